/* tests/unit/evidence/test_exhibit.c - the container: one spelling, no tricks. */
#include "container.h"
#include "evidence/exhibit/bag.h"
#include "evidence/exhibit/crc.h"

/* Reading an exact-size copy; the field of the fault, NULL when it is accepted. */
static const char *refusal(const void *data, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    struct evidence_exhibit x;
    struct fault why = {0};
    CHECK(copy != NULL);
    memcpy(copy, data, n);
    enum status st = evidence_exhibit_read(bytes_of(copy, n), &x, &why);
    if (st == ST_OK) {
        evidence_exhibit_fini(&x);
    } else {
        CHECK(why.field != NULL && why.offset <= n);
    }
    free(copy);
    return st == ST_OK ? NULL : why.field != NULL ? why.field : "";
}

static bool refused_as(struct bytes file, const char *words)
{
    const char *field = refusal(file.data, file.len);
    bool as = field != NULL && strstr(field, words) != NULL;
    if (!as) {
        printf("# wanted \"%s\", not \"%s\"\n", words, field != NULL ? field : "accepted");
    }
    return as;
}

static void what_is_read_is_written_as_the_same_bytes(void)
{
    struct sample_exhibit s;
    struct evidence_exhibit x;
    struct buf again = BUF_INIT(1 << 20);
    sample_exhibit(&s);
    CHECK(evidence_exhibit_read(buf_bytes(&s.file), &x, NULL) == ST_OK);
    CHECK_INT(x.segment_n, 2);
    CHECK_INT(x.time_n, 1);
    CHECK(x.segments[0].flows.data == NULL);
    CHECK_INT(x.segments[0].opening_n, 0);
    CHECK(bytes_equal(x.segments[1].flows, BYTES_LITERAL("flow")));
    CHECK_INT(x.segments[1].opening_n, 3);
    CHECK_INT(x.segments[1].openings[2].number, 14);
    CHECK(bytes_equal(x.segments[1].openings[2].bytes, BYTES_LITERAL("rows")));
    CHECK(bytes_equal(x.times[0].response, BYTES_LITERAL("stamp")));
    CHECK(evidence_exhibit_write(&x, &again) == ST_OK);
    CHECK(bytes_equal(buf_bytes(&s.file), buf_bytes(&again)));
    evidence_exhibit_fini(&x);
    buf_fini(&again);
    sample_exhibit_fini(&s);
}

static void no_byte_can_be_changed(void)
{
    static const uint8_t flips[] = {0x01, 0x20, 0x80, 0xff};
    struct sample_exhibit s;
    int accepted = 0;
    sample_exhibit(&s);
    for (size_t i = 0; i < s.file.len; i++) {
        for (size_t k = 0; k < sizeof(flips); k++) {
            s.file.data[i] ^= flips[k];
            accepted += refusal(s.file.data, s.file.len) == NULL;
            s.file.data[i] ^= flips[k];
        }
    }
    CHECK_INT(accepted, 0);
    sample_exhibit_fini(&s);
}

static void no_end_can_be_cut_off_and_none_added(void)
{
    struct sample_exhibit s;
    int accepted = 0;
    sample_exhibit(&s);
    for (size_t n = 0; n < s.file.len; n++) {
        accepted += refusal(s.file.data, n) == NULL;
    }
    CHECK_INT(accepted, 0);
    buf_byte(&s.file, 0);
    CHECK(refused_as(buf_bytes(&s.file), "bytes behind the end"));
    sample_exhibit_fini(&s);
}

/* The members of a good exhibit, to be written again in another way. */
struct raw {
    struct sample_exhibit s;
    struct evidence_zip_member *m;
    size_t n;
    struct buf out;
};

static void raw_begin(struct raw *r)
{
    struct evidence_zip_member *m = NULL;
    *r = (struct raw){.out = BUF_INIT(1 << 20)};
    sample_exhibit(&r->s);
    CHECK(evidence_zip_read(buf_bytes(&r->s.file), &m, &r->n, NULL) == ST_OK);
    r->m = calloc(r->n + 2, sizeof(*r->m)); /* room for more */
    CHECK(r->m != NULL);
    memcpy(r->m, m, r->n * sizeof(*m));
    free(m);
}

static void raw_end(struct raw *r)
{
    free(r->m);
    buf_fini(&r->out);
    sample_exhibit_fini(&r->s);
}

static bool raw_refused(struct raw *r, const char *words)
{
    buf_clear(&r->out);
    raw_zip(&r->out, r->m, r->n);
    return refused_as(buf_bytes(&r->out), words);
}

static size_t raw_find(const struct raw *r, const char *name)
{
    size_t i = 0;
    while (i < r->n && !bytes_equal(r->m[i].name, bytes_of(name, strlen(name)))) {
        i++;
    }
    CHECK(i < r->n);
    return i;
}

static void raw_insert(struct raw *r, size_t at, const char *name, const char *data)
{
    memmove(r->m + at + 1, r->m + at, (r->n - at) * sizeof(*r->m));
    r->m[at] = a_member(name, data);
    r->n++;
}

static void the_raw_writer_of_these_tests_writes_the_same(void)
{
    struct raw r;
    raw_begin(&r);
    raw_zip(&r.out, r.m, r.n);
    CHECK(bytes_equal(buf_bytes(&r.out), buf_bytes(&r.s.file)));
    raw_end(&r);
}

static void every_missing_member_is_missed(void)
{
    struct raw r;
    raw_begin(&r);
    int accepted = 0;
    for (size_t i = 0; i < r.n; i++) {
        struct evidence_zip_member m = r.m[i];
        memmove(r.m + i, r.m + i + 1, (r.n - i - 1) * sizeof(m));
        r.n--;
        buf_clear(&r.out);
        raw_zip(&r.out, r.m, r.n);
        accepted += refusal(r.out.data, r.out.len) == NULL;
        memmove(r.m + i + 1, r.m + i, (r.n - i) * sizeof(m));
        r.m[i] = m;
        r.n++;
    }
    CHECK_INT(accepted, 0);
    raw_end(&r);
}

static void members_that_do_not_belong_are_refused(void)
{
    static const struct {
        const char *before, *name, *words;
    } rows[] = {
        {"data/findings.json", "data/extra.txt", "manifest"},
        {"manifest-sha256.txt", "extra.txt", "manifest"},
        {"README.txt", "EXTRA.txt", "README.txt"},
        {"tagmanifest-sha256.txt", "manifest-sha512.txt", "manifest"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct raw r;
        raw_begin(&r);
        raw_insert(&r, raw_find(&r, rows[i].before), rows[i].name, "x");
        CHECK(raw_refused(&r, rows[i].words));
        raw_end(&r);
    }
}

/* The bag around the members under data/, made right again. */
static bool rebagged_refused(struct raw *r, const char *words)
{
    struct evidence_bag bag;
    size_t n = r->n - BAG_BEFORE - BAG_AFTER;
    CHECK(evidence_bag_make(r->m + BAG_BEFORE, n, &bag) == ST_OK);
    for (size_t i = 0; i < BAG_BEFORE + BAG_AFTER; i++) {
        evidence_bag_member(&bag, i, &r->m[i < BAG_BEFORE ? i : n + i]);
    }
    bool refused = raw_refused(r, words);
    evidence_bag_fini(&bag);
    return refused;
}

static bool goes_before(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, n);
    return order < 0 || (order == 0 && a.len < b.len);
}

/* Even where all the manifests agree. */
static void members_of_unknown_name_are_refused_in_a_good_bag(void)
{
    static const char *const names[] = {
        "data/a",
        "data/findings.json.bak",
        "data/segments/0000/open/00000.txt",
        "data/segments/0000/open/0.bin",
        "data/segments/0000/open/0000a.bin",
        "data/segments/00000/entry.salt",
        "data/segments/0000/zzz",
        "data/segments/0002/entry.salt",
        "data/time/0001.tsr",
        "data/time/0002.checkpoint",
        "data/view.pcapng2",
        "data/zzz",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct raw r;
        raw_begin(&r);
        size_t at = BAG_BEFORE;
        struct bytes name = bytes_of(names[i], strlen(names[i]));
        while (at < r.n - BAG_AFTER && goes_before(r.m[at].name, name)) {
            at++;
        }
        raw_insert(&r, at, names[i], "0123456789abcdef");
        CHECK(rebagged_refused(&r, "exhibit: "));
        raw_end(&r);
    }
}

static void a_member_missing_from_a_good_bag_is_missed(void)
{
    struct raw r;
    raw_begin(&r);
    size_t n = r.n;
    for (size_t i = BAG_BEFORE; i < n - BAG_AFTER; i++) {
        struct evidence_zip_member *all = malloc(n * sizeof(*all));
        CHECK(all != NULL);
        memcpy(all, r.m, n * sizeof(*all));
        const char *name = (const char *)all[i].name.data;
        bool may_miss = strstr(name, "/open/") == name + 18 || memcmp(name + 18, "/flows", 6) == 0;
        memmove(r.m + i, r.m + i + 1, (n - i - 1) * sizeof(*all));
        r.n = n - 1;
        if (!may_miss) {
            CHECK(rebagged_refused(&r, "exhibit: "));
        }
        memcpy(r.m, all, n * sizeof(*all));
        r.n = n;
        free(all);
    }
    raw_end(&r);
}

static void two_members_of_one_name_are_refused(void)
{
    struct raw r;
    raw_begin(&r);
    raw_insert(&r, raw_find(&r, "data/findings.json"), "data/findings.json", "[]");
    CHECK(raw_refused(&r, "two members of one name"));
    raw_end(&r);
    raw_begin(&r);
    raw_insert(&r, r.n, "mimetype", "application/vnd.exhibit+zip");
    CHECK(raw_refused(&r, "two members of one name"));
    raw_end(&r);
}

static void members_in_another_order_are_refused(void)
{
    struct raw r;
    raw_begin(&r);
    for (size_t i = 0; i + 1 < r.n; i++) {
        struct evidence_zip_member m = r.m[i];
        r.m[i] = r.m[i + 1];
        r.m[i + 1] = m;
        CHECK(raw_refused(&r, i == 0 ? "" : "order of members"));
        r.m[i + 1] = r.m[i];
        r.m[i] = m;
    }
    raw_end(&r);
}

static void names_that_lead_elsewhere_are_refused(void)
{
    static const char *const names[] = {
        "/etc/passwd",  "../x",   "data/../x", "data/./x", "data//x", "data/",    ".hidden",
        "data/.hidden", "C:\\x",  "data\\x",   "a:b",      "a b",     "a\nb",     "\xc3\xa4",
        "-x",           "data/-", "",          "a\x7f",    "a*",      "zz/\xff/a"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct evidence_zip_member m = a_member(names[i], "x");
        struct buf out = BUF_INIT(4096);
        CHECK(!evidence_zip_name_valid(m.name));
        CHECK(evidence_zip_write(&m, 1, &out) == ST_MALFORMED);
        buf_clear(&out);
        raw_zip(&out, &m, 1);
        CHECK(refused_as(buf_bytes(&out), "name of a member"));
        buf_fini(&out);
    }
    char nul[] = "a\0b";
    CHECK(!evidence_zip_name_valid(bytes_of(nul, 3)));
}

/* One field at a place, in the first local header or in its directory entry. */
static void every_field_that_could_be_chosen_is_fixed(void)
{
    static const struct {
        bool central;
        size_t at;
        uint16_t value;
        const char *words;
    } rows[] = {
        {false, 4, 45, "version needed"},
        {false, 6, 0x0001, "encrypted"},
        {false, 6, 0x0008, "descriptor"},
        {false, 6, 0x0800, "flags"},
        {false, 8, 8, "compressed"},
        {false, 8, 99, "compressed"},
        {false, 10, 1, "time"},
        {false, 12, 0x5000, "date"},
        {false, 18, 0xffff, "two sizes"},
        {false, 28, 4, "extra field"},
        {true, 4, 0x0314, "made by"},
        {true, 6, 45, "version needed"},
        {true, 8, 1, "encrypted"},
        {true, 10, 8, "compressed"},
        {true, 16, 7, "checksum in"},
        {true, 20, 0xffff, "size in"},
        {true, 24, 0xffff, "size in"},
        {true, 28, 3, "name in"},
        {true, 30, 4, "extra field in"},
        {true, 32, 1, "comment in"},
        {true, 34, 1, "disk"},
        {true, 36, 1, "attributes"},
        {true, 38, 0x20, "attributes"},
        {true, 40, 0x81a4, "attributes"},
        {true, 42, 4, "offset in"},
        {true, 47, 'I' << 8, "name in"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sample_exhibit s;
        sample_exhibit(&s);
        size_t base = 0;
        if (rows[i].central) {
            base = s.file.data[s.file.len - 6] | s.file.data[s.file.len - 5] << 8;
        }
        uint8_t *p = s.file.data + base + rows[i].at;
        p[0] = (uint8_t)rows[i].value;
        p[1] = (uint8_t)(rows[i].value >> 8);
        CHECK(refused_as(buf_bytes(&s.file), rows[i].words));
        sample_exhibit_fini(&s);
    }
}

static void the_end_says_what_there_is(void)
{
    static const struct {
        size_t at; /* from the end */
        const char *words;
    } rows[] = {{22, "directory has more"},
                {18, "disk"},
                {16, "disk"},
                {14, "count of members"},
                {12, "count of members"},
                {10, "size of the directory"},
                {6, "offset of the directory"},
                {2, "comment"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sample_exhibit s;
        sample_exhibit(&s);
        s.file.data[s.file.len - rows[i].at] ^= 1;
        CHECK(refused_as(buf_bytes(&s.file), rows[i].words));
        sample_exhibit_fini(&s);
    }
}

static void insert(struct buf *b, size_t at, const void *data, size_t n)
{
    struct buf tail = BUF_INIT(1 << 20);
    buf_append(&tail, b->data + at, b->len - at);
    b->len = at;
    buf_append(b, data, n);
    buf_append(b, tail.data, tail.len);
    buf_fini(&tail);
}

static void bytes_that_belong_to_no_member_are_refused(void)
{
    static const uint8_t locator[20] = {'P', 'K', 6, 7};
    struct sample_exhibit s;
    sample_exhibit(&s);
    insert(&s.file, 0, "MZ", 2);
    CHECK(refused_as(buf_bytes(&s.file), "before the first member"));
    sample_exhibit_fini(&s);
    sample_exhibit(&s);
    insert(&s.file, 30 + 8 + 27, "gap", 3); /* behind mimetype */
    CHECK(refused_as(buf_bytes(&s.file), "between members"));
    sample_exhibit_fini(&s);
    sample_exhibit(&s);
    insert(&s.file, s.file.len - 22, locator, sizeof(locator)); /* ZIP64 */
    CHECK(refused_as(buf_bytes(&s.file), "directory has more"));
    sample_exhibit_fini(&s);
}

static void a_second_exhibit_behind_the_first_is_refused(void)
{
    struct sample_exhibit s;
    sample_exhibit(&s);
    struct buf twice = BUF_INIT(1 << 20);
    buf_append(&twice, s.file.data, s.file.len);
    buf_append(&twice, s.file.data, s.file.len);
    CHECK(refused_as(buf_bytes(&twice), "bytes behind the end"));
    buf_fini(&twice);
    sample_exhibit_fini(&s);
}

static void hashes_of_other_members_are_refused(void)
{
    static const struct {
        const char *name, *data, *words;
    } rows[] = {
        {"data/findings.json", "[1]", "manifest-sha256.txt has other"},
        {"README.txt", "It is all true.\n", "README.txt has another"},
        {"bagit.txt", "BagIt-Version: 0.97\n", "bagit.txt has another"},
        {"bag-info.txt", "Payload-Oxum: 1.1\n", "bag-info.txt counts"},
        {"mimetype", "application/zip", "mimetype of another"},
        {"manifest-sha256.txt", "", "manifest-sha256.txt has other"},
        {"tagmanifest-sha256.txt", "", "tagmanifest-sha256.txt has other"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct raw r;
        raw_begin(&r);
        r.m[raw_find(&r, rows[i].name)].data = bytes_of(rows[i].data, strlen(rows[i].data));
        CHECK(raw_refused(&r, rows[i].words));
        raw_end(&r);
    }
}

static void writing_refuses_what_reading_would(void)
{
    struct sample_exhibit s;
    sample_exhibit(&s);
    struct evidence_exhibit_opening o = s.openings[0];
    s.openings[0] = s.openings[1];
    CHECK(evidence_exhibit_write(&s.x, &s.file) == ST_MALFORMED); /* not ascending */
    s.openings[0] = o;
    s.openings[2].number = 100000;
    CHECK(evidence_exhibit_write(&s.x, &s.file) == ST_LIMIT);
    s.openings[2].number = 99999;
    buf_clear(&s.file);
    CHECK(evidence_exhibit_write(&s.x, &s.file) == ST_OK);
    CHECK(refusal(s.file.data, s.file.len) == NULL);
    sample_exhibit_fini(&s);
}

static void sizes_of_members_are_what_they_must_be(void)
{
    struct sample_exhibit s;
    sample_exhibit(&s);
    s.segments[0].entry_salt = BYTES_LITERAL("short");
    buf_clear(&s.file);
    CHECK(evidence_exhibit_write(&s.x, &s.file) == ST_OK);
    CHECK(refused_as(buf_bytes(&s.file), "entry.salt"));
    static uint8_t big[LIMIT_HEADER_BYTES + 1];
    s.segments[0].entry_salt = s.segments[1].entry_salt;
    s.segments[0].header = bytes_of(big, sizeof(big));
    buf_clear(&s.file);
    CHECK(evidence_exhibit_write(&s.x, &s.file) == ST_OK);
    CHECK(refused_as(buf_bytes(&s.file), "header.txt"));
    sample_exhibit_fini(&s);
}

/* IEEE 802.3, bit by bit. */
static uint32_t plain_crc(const uint8_t *p, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
        }
    }
    return ~crc;
}

static void the_checksum_is_that_of_ieee_802_3_at_any_length(void)
{
    uint8_t text[700];
    int bad = 0;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * i * 31 + i / 5);
    }
    for (size_t n = 0; n <= sizeof(text); n++) {
        uint32_t want = plain_crc(text, n);
        bad += evidence_crc32(bytes_of(text, n)) != want;
        bad += evidence_crc32_portable(bytes_of(text, n)) != want;
    }
    CHECK_INT(bad, 0);
    CHECK(evidence_crc32(BYTES_LITERAL("123456789")) == 0xcbf43926U);
}

static void every_allocation_may_fail(void)
{
    struct sample_exhibit s;
    sample_exhibit(&s);
    for (unsigned n = 1;; n++) {
        struct evidence_exhibit x;
        struct buf again = BUF_INIT(1 << 20);
        test_fail_allocation(n);
        enum status st = evidence_exhibit_read(buf_bytes(&s.file), &x, NULL);
        enum status written = st == ST_OK ? evidence_exhibit_write(&x, &again) : ST_OK;
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        if (st == ST_OK) {
            evidence_exhibit_fini(&x);
        }
        buf_fini(&again);
        CHECK(failed || (st == ST_OK && written == ST_OK));
        CHECK(!failed || st == ST_NOMEM || written == ST_NOMEM);
        if (!failed || n > 1000) {
            CHECK(n > 5);
            break;
        }
    }
    sample_exhibit_fini(&s);
}

TEST_MAIN(TEST(what_is_read_is_written_as_the_same_bytes), TEST(no_byte_can_be_changed),
          TEST(no_end_can_be_cut_off_and_none_added),
          TEST(the_raw_writer_of_these_tests_writes_the_same), TEST(every_missing_member_is_missed),
          TEST(members_that_do_not_belong_are_refused),
          TEST(members_of_unknown_name_are_refused_in_a_good_bag),
          TEST(a_member_missing_from_a_good_bag_is_missed),
          TEST(two_members_of_one_name_are_refused), TEST(members_in_another_order_are_refused),
          TEST(names_that_lead_elsewhere_are_refused),
          TEST(every_field_that_could_be_chosen_is_fixed), TEST(the_end_says_what_there_is),
          TEST(bytes_that_belong_to_no_member_are_refused),
          TEST(a_second_exhibit_behind_the_first_is_refused),
          TEST(hashes_of_other_members_are_refused), TEST(writing_refuses_what_reading_would),
          TEST(sizes_of_members_are_what_they_must_be),
          TEST(the_checksum_is_that_of_ieee_802_3_at_any_length), TEST(every_allocation_may_fail))
