/* fuzz/fuzz_verify.c - whole exhibits.
 *
 * Properties: bytes that are no exhibit are refused with a place; a good exhibit of
 * which a member was changed, in a bag made right again, never holds; what is said
 * of it can be printed in both forms.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/casefile.h"
#include "report/proof.h"

int test_failures;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct casefile *c, struct bytes file, bool good)
{
    struct verified v;
    struct terminal_options opt = {.columns = 80};
    struct buf text = BUF_INIT(16 << 20), json = BUF_INIT(16 << 20);
    case_verify(c, file, &v);
    if (v.st == ST_OK) {
        assert(v.v.report.holds == good);
        report_proof(&text, &v.v.report, &opt);
        report_proof_json(&json, &v.v.report);
        assert(text.failed == ST_OK && json.failed == ST_OK);
    } else {
        assert(!good && v.why.at.field != NULL);
    }
    buf_fini(&text);
    buf_fini(&json);
    verified_fini(&v);
}

/* Members whose every byte is bound. */
static struct bytes *member_of(struct casefile *c, uint8_t which)
{
    struct bytes *all[] = {
        &c->x.findings,
        &c->x.definitions,
        &c->x.csv,
        &c->x.pcap,
        &c->segments[0].header,
        &c->segments[0].proof,
        &c->segments[0].remotes,
        &c->segments[0].entry_salt,
        &c->openings[0].bytes,
        &c->segments[1].header,
        &c->segments[1].proof,
        &c->segments[1].remotes,
        &c->segments[1].entry_salt,
        &c->openings[1].bytes,
    };
    return all[which % ARRAY_LEN(all)];
}

/* Bytes of a member set as the input says: place u16, byte. */
static void change(struct casefile *c, struct cursor *in)
{
    struct bytes *m = member_of(c, cursor_u8(in));
    struct bytes was = *m;
    uint8_t *copy = malloc(was.len + 1);
    assert(copy != NULL);
    memcpy(copy, was.data, was.len);
    while (cursor_left(in) >= 3) {
        size_t at = cursor_be16(in) % was.len;
        copy[at] = cursor_u8(in);
    }
    bool same = memcmp(copy, was.data, was.len) == 0;
    *m = bytes_of(copy, was.len);
    buf_clear(&c->file);
    if (evidence_exhibit_write(&c->x, &c->file) == ST_OK) {
        look_at(c, buf_bytes(&c->file), same);
    }
    *m = was;
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct casefile *c; /* sealing costs more than a run */
    if (c == NULL) {
        struct casefile_wish w = {.no_margins = true};
        c = case_make(&w);
        look_at(c, buf_bytes(&c->file), true);
    }
    if (size == 0) {
        return 0;
    }
    uint8_t *copy = malloc(size); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    memcpy(copy, data, size);
    if (copy[0] == 'P') {
        look_at(c, bytes_of(copy, size), false);
    } else {
        struct cursor in = cursor_of(bytes_of(copy, size));
        change(c, &in);
    }
    free(copy);
    return 0;
}
