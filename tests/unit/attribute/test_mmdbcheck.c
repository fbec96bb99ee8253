/* tests/unit/attribute/test_mmdbcheck.c - what libmaxminddb may be given. */
#include "attribute/mmdbcheck.h"

#include "base/core/limits.h"
#include "material.h"

static enum status check(const struct buf *b, struct fault *why)
{
    return attribute_mmdb_check_value(buf_bytes(b), 0, why);
}

static void values_of_every_type_are_known(void)
{
    struct buf b = BUF_INIT(4096);
    mm_map(&b, 6);
    mm_text(&b, "a");
    mm_bool(&b, true);
    mm_text(&b, "b");
    mm_head(&b, 3, 8);
    buf_be64(&b, 0);
    mm_text(&b, "c");
    mm_head(&b, 11, 2); /* array */
    mm_u16(&b, 1);
    mm_head(&b, 15, 4);
    buf_be32(&b, 0);
    mm_text(&b, "d");
    mm_head(&b, 10, 16);
    buf_be64(&b, 0);
    buf_be64(&b, 0);
    mm_text(&b, "e");
    mm_pointer(&b, 1); /* at the key "a" */
    mm_pointer(&b, 1);
    mm_head(&b, 4, 3);
    buf_str(&b, "xyz");
    CHECK_INT(check(&b, NULL), ST_OK);
    int taken = 0;
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, b.data, n);
        taken += attribute_mmdb_check_value(bytes_of(copy, n), 0, NULL) == ST_OK;
        free(copy);
    }
    CHECK_INT(taken, 0);
    buf_fini(&b);
}

static void impossible_sizes_and_types_are_refused(void)
{
    static const struct {
        unsigned type, size;
    } bad[] = {{3, 4},   {15, 8}, {5, 3},  {6, 5},  {9, 9},
               {10, 17}, {14, 2}, {12, 0}, {13, 0}, {20, 0}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf b = BUF_INIT(4096);
        struct fault why = {0};
        mm_head(&b, bad[i].type, bad[i].size);
        for (unsigned k = 0; k < 32; k++) {
            buf_byte(&b, 0);
        }
        CHECK_INT(check(&b, &why), ST_MALFORMED);
        CHECK_STR(why.field, "value of the MaxMind DB");
        buf_fini(&b);
    }
}

static void pointers_at_pointers_are_refused(void)
{
    struct buf b = BUF_INIT(64);
    struct fault why = {0};
    mm_pointer(&b, 5);
    mm_pointer(&b, 10);
    mm_u16(&b, 1);
    CHECK_INT(check(&b, &why), ST_MALFORMED);
    CHECK_STR(why.field, "pointer to a pointer");
    CHECK_INT(attribute_mmdb_check_value(buf_bytes(&b), 5, NULL), ST_OK);
    buf_fini(&b);
}

static void cycles_and_depth_end(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct fault why = {0};
    mm_head(&b, 11, 1); /* an array that holds itself */
    mm_pointer(&b, 0);
    CHECK_INT(check(&b, &why), ST_MALFORMED);
    CHECK_STR(why.field, "nesting or items of a record");
    buf_clear(&b);
    for (unsigned i = 0; i + 1 < LIMIT_MMDB_DEPTH; i++) {
        mm_head(&b, 11, 1);
    }
    mm_u16(&b, 1);
    CHECK_INT(check(&b, NULL), ST_OK);
    buf_clear(&b);
    for (unsigned i = 0; i < 100000; i++) {
        mm_head(&b, 11, 1);
    }
    CHECK_INT(check(&b, NULL), ST_MALFORMED);
    buf_fini(&b);
}

/* Twenty arrays of ten pointers at the next have 10^20 items. */
static void multiplied_items_are_counted(void)
{
    struct buf b = BUF_INIT(1 << 16);
    struct fault why = {0};
    for (unsigned i = 0; i < 20; i++) {
        uint32_t next = (uint32_t)b.len + 2 + 10 * 5;
        mm_head(&b, 11, 10);
        for (unsigned k = 0; k < 10; k++) {
            mm_pointer(&b, next);
        }
    }
    mm_u16(&b, 1);
    CHECK_INT(check(&b, &why), ST_MALFORMED);
    CHECK_STR(why.field, "nesting or items of a record");
    buf_fini(&b);
}

static void keys_must_be_text(void)
{
    struct buf b = BUF_INIT(64);
    struct fault why = {0};
    mm_map(&b, 1);
    mm_u16(&b, 7);
    mm_u16(&b, 7);
    CHECK_INT(check(&b, &why), ST_MALFORMED);
    CHECK_STR(why.field, "map key of the MaxMind DB");
    buf_fini(&b);
}

static void make(struct buf *b)
{
    struct buf data = BUF_INIT(256);
    const struct mm_net nets[] = {{"192.0.2.0/24", 0}, {"2001:db8::/32", 0}};
    mm_map(&data, 1);
    mm_text(&data, "country_code");
    mm_text(&data, "AU");
    mm_file(b, 6, "test", nets, ARRAY_LEN(nets), buf_bytes(&data));
    buf_fini(&data);
}

static void a_whole_file_is_accepted_and_every_cut_refused(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_mmdb_layout layout;
    make(&b);
    CHECK_INT(attribute_mmdb_check(buf_bytes(&b), &layout, NULL), ST_OK);
    int taken = 0;
    for (size_t n = 1; n < b.len; n++) {
        uint8_t *copy = malloc(n);
        memcpy(copy, b.data, n);
        taken += attribute_mmdb_check(bytes_of(copy, n), &layout, NULL) == ST_OK;
        free(copy);
    }
    CHECK_INT(taken, 0);
    buf_fini(&b);
}

static void tree_records_outside_of_tree_and_data_are_refused(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_mmdb_layout layout;
    struct fault why = {0};
    make(&b);
    CHECK_INT(attribute_mmdb_check(buf_bytes(&b), &layout, NULL), ST_OK);
    uint32_t nodes = (uint32_t)(layout.data.data - b.data - 16) / 6;
    const uint32_t bad[] = {0, nodes + 1, nodes + 15, nodes + 16 + (uint32_t)layout.data.len,
                            0xffffff};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        b.data[0] = (uint8_t)(bad[i] >> 16);
        store_be16(b.data + 1, (uint16_t)bad[i]);
        CHECK_INT(attribute_mmdb_check(buf_bytes(&b), &layout, &why), ST_MALFORMED);
        CHECK_STR(why.field, "search tree of the MaxMind DB");
    }
    buf_fini(&b);
}

TEST_MAIN(TEST(values_of_every_type_are_known), TEST(impossible_sizes_and_types_are_refused),
          TEST(pointers_at_pointers_are_refused), TEST(cycles_and_depth_end),
          TEST(multiplied_items_are_counted), TEST(keys_must_be_text),
          TEST(a_whole_file_is_accepted_and_every_cut_refused),
          TEST(tree_records_outside_of_tree_and_data_are_refused))
