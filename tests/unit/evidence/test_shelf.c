/* tests/unit/evidence/test_shelf.c - sealed files of a home: whole or not there.
 *
 * A home seals two files while any one operation of its disk fails, or its
 * machine stops inside one; afterwards what was said to be sealed is, and the
 * rest is sealed by the next run.
 */
#include "evidence/rest/shelf.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "evidence/rest/stage.h"
#include "evidence/sealing.h"
#include "ledger/fake_files.h"
#include "ledger/log.h"

enum { FILES = 3 };

static struct evidence_engine engine;
static struct sealed streams[FILES]; /* their segments ... */
static struct buf at_rest[FILES][8]; /* ... as files */
static struct evidence_file about[FILES];

static const char party[] = "cert-a.example";

/* Spans of ten seconds, `segments` of them. */
static void make_stream(int which, unsigned segments)
{
    struct sealed *s = &streams[which];
    struct made m;
    static char sensor[FILES][LEDGER_NAME_MAX + 1];
    struct evidence_sealer_config c = sealed_config(s, KIND_FILE, (uint64_t)which + 20);
    memset(about[which].sha256.b, which + 1, DIGEST_BYTES);
    about[which].kind = KIND_FILE;
    about[which].size_bytes = 1000;
    evidence_file_set_name(&about[which], "a file\n");
    evidence_file_sensor(&about[which].sha256, sensor[which]);
    c.sensor = sensor[which];
    CHECK(evidence_sealer_new(&c, &s->sealer) == ST_OK);
    for (uint32_t i = 0; i < segments * 4; i++) {
        random_item(&m, &s->seed, 5, START_NS + i * SECOND_NS * 5 / 2);
        CHECK(evidence_sealer_add(s->sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s->sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s->n, segments);
    for (size_t i = 0; i < s->n; i++) {
        uint8_t nonce[REST_NONCE_BYTES] = {(uint8_t)i, (uint8_t)which};
        at_rest[which][i] = BUF_INIT(LIMIT_REST_BYTES);
        CHECK(evidence_rest_write(&engine, s->s[i], nonce, &at_rest[which][i]) == ST_OK);
    }
}

static void set_up(void)
{
    engine = an_engine();
    make_stream(0, 3);
    make_stream(1, 2);
    make_stream(2, 1);
}

static struct evidence_networks networks(const char *more)
{
    struct evidence_networks n = {.salt.b = {1, 2, 3}};
    struct local_nets l = sample_nets();
    if (more != NULL) {
        CHECK(prefix_parse(bytes_of(more, strlen(more)), &l.nets[l.n++]) == ST_OK);
    }
    evidence_networks_set(&n, &l);
    return n;
}

struct home {
    struct ledger_files files;
    struct ledger_signer signer;
};

static enum status seal_one(struct evidence_stage *stage, struct ledger_log *log, int which,
                            const struct evidence_networks *nets, struct evidence_file *ret)
{
    struct fault why = {0};
    TRY(evidence_stage_begin(stage, &about[which], &why));
    for (size_t i = 0; i < streams[which].n; i++) {
        TRY(evidence_stage_put(stage, buf_bytes(&at_rest[which][i]), &why));
    }
    return evidence_stage_commit(stage, log, party, nets, ret, &why);
}

static enum status open_log(const struct home *h, struct ledger_log **ret)
{
    struct fault why = {0};
    enum status st = ledger_log_open(&h->files, &h->signer, ret, &why);
    return st == ST_END ? ledger_log_make(&h->files, &h->signer, ret, &why) : st;
}

/* A run over the first n files; *ret_sealed is those that it was told are sealed
 * (now or already). */
static enum status run(const struct home *h, int n, unsigned *ret_sealed)
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(evidence_stage_freep) struct evidence_stage *stage = NULL;
    struct evidence_shelf shelf;
    struct fault why = {0};
    TRY(open_log(h, &log));
    TRY(evidence_shelf_open(&engine, &h->files, -1, &h->files, &shelf, &why));
    enum status st = evidence_stage_open(&shelf, &stage, &why);
    for (int i = 0; st == ST_OK && i < n; i++) {
        struct evidence_networks nets = networks(i == 2 ? "192.0.2.0/24" : NULL);
        struct evidence_file f;
        st = seal_one(stage, log, i, &nets, &f);
        if (st == ST_DENIED) { /* already */
            st = evidence_shelf_file(&shelf, &about[i].sha256, &f, &why);
        }
        *ret_sealed |= st == ST_OK ? 1U << i : 0;
    }
    evidence_stage_free(TAKE(stage));
    evidence_shelf_fini(&shelf);
    return st;
}

/* Is the file there with all its records, and only as a whole? */
static bool is_sealed(const struct home *h, int which, bool *ret_broken)
{
    struct evidence_shelf shelf;
    struct evidence_file f;
    struct fault why = {0};
    bool sealed = false;
    if (evidence_shelf_open(&engine, &h->files, -1, &h->files, &shelf, &why) != ST_OK) {
        *ret_broken = true;
        return false;
    }
    enum status st = evidence_shelf_file(&shelf, &about[which].sha256, &f, &why);
    *ret_broken |= st != ST_OK && st != ST_END;
    if (st == ST_OK) {
        sealed = f.segments == streams[which].n;
        *ret_broken |= !sealed;
        for (uint64_t i = 0; sealed && i < f.segments; i++) {
            struct evidence_segment *s = NULL;
            st = evidence_shelf_load(&shelf, &f, i, &streams[which].opening, 3, &s, &why);
            *ret_broken |= st != ST_OK || s->count != streams[which].s[i]->count;
            evidence_segment_free(s);
        }
    }
    evidence_shelf_fini(&shelf);
    return sealed;
}

static struct fake disk;

static struct home new_home(void)
{
    fake_clear(&disk);
    return (struct home){.files = fake_files(&disk),
                         .signer = material_signer("cert-a.example", LEDGER_KEY_SIGN, 7)};
}

static void what_is_sealed_is_found_and_loaded(void)
{
    struct home h = new_home();
    unsigned sealed = 0;
    bool broken = false;
    CHECK(run(&h, FILES, &sealed) == ST_OK);
    CHECK_INT(sealed, 7);
    for (int i = 0; i < FILES; i++) {
        CHECK(is_sealed(&h, i, &broken));
    }
    CHECK(!broken);
    /* Again: nothing more is added. */
    struct ledger_log *log = NULL;
    CHECK(open_log(&h, &log) == ST_OK);
    uint64_t size = ledger_log_size(log);
    CHECK_INT(size, 3 + 2 + 1 + 2); /* a declaration for the first two, one for the third */
    ledger_log_free(log);
    CHECK(run(&h, FILES, &sealed) == ST_OK);
    CHECK(open_log(&h, &log) == ST_OK);
    CHECK_INT(ledger_log_size(log), size);
    ledger_log_free(log);
    fake_clear(&disk);
}

static enum status count_segment(void *ctx, const struct evidence_at_rest *p)
{
    uint64_t *sum = ctx;
    sum[0]++;
    sum[1] += p->records;
    CHECK(p->entry == p->file->first_entry + p->seq);
    return ST_OK;
}

static void remotes_are_found_by_time(void)
{
    struct home h = new_home();
    unsigned sealed = 0;
    struct evidence_shelf shelf;
    struct evidence_file f;
    struct evidence_networks nets;
    struct fault why = {0};
    CHECK(run(&h, FILES, &sealed) == ST_OK);
    CHECK(evidence_shelf_open(&engine, &h.files, -1, &h.files, &shelf, &why) == ST_OK);
    CHECK(evidence_shelf_file(&shelf, &about[0].sha256, &f, &why) == ST_OK);
    CHECK_STR(f.name, "a%20file%0A");
    struct prefix all = {.len = 0};
    struct evidence_sought what = {&all, INT64_MIN, INT64_MAX};
    uint64_t sum[2] = {0};
    CHECK(evidence_shelf_find(&shelf, &f, &what, count_segment, sum, &why) == ST_OK);
    CHECK_INT(sum[0], 3);
    CHECK_INT(sum[1], f.records);
    /* The second span alone: its ends do not meet the others. */
    what = (struct evidence_sought){NULL, START_NS + 10 * SECOND_NS, START_NS + 20 * SECOND_NS};
    sum[0] = sum[1] = 0;
    CHECK(evidence_shelf_find(&shelf, &f, &what, count_segment, sum, &why) == ST_OK);
    CHECK_INT(sum[0], 1);
    struct prefix nobody = {.net = addr_from_v4(0x01020304), .len = 128};
    what = (struct evidence_sought){&nobody, INT64_MIN, INT64_MAX};
    sum[0] = 0;
    CHECK(evidence_shelf_find(&shelf, &f, &what, count_segment, sum, &why) == ST_OK);
    CHECK_INT(sum[0], 0);
    CHECK(evidence_shelf_networks(&shelf, &f, &nets, &why) == ST_OK);
    struct evidence_networks want = networks(NULL);
    CHECK(evidence_networks_equal(&nets, &want));
    evidence_shelf_fini(&shelf);
    fake_clear(&disk);
}

static void segments_of_others_are_refused(void)
{
    struct home h = new_home();
    struct ledger_log *log = NULL;
    struct evidence_shelf shelf;
    struct evidence_stage *stage = NULL;
    struct evidence_file f;
    struct fault why = {0};
    CHECK(open_log(&h, &log) == ST_OK);
    CHECK(evidence_shelf_open(&engine, &h.files, -1, &h.files, &shelf, &why) == ST_OK);
    CHECK(evidence_stage_open(&shelf, &stage, &why) == ST_OK);
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[0][0]), &why) == ST_DENIED);
    CHECK(evidence_stage_begin(stage, &about[0], &why) == ST_OK);
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[0][1]), &why) == ST_MISMATCH);
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[1][0]), &why) == ST_MISMATCH);
    CHECK(evidence_stage_put(stage, bytes_of(at_rest[0][0].data, 100), &why) == ST_SHORT);
    CHECK(evidence_stage_commit(stage, log, party, NULL, &f, &why) == ST_DENIED);
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[0][0]), &why) == ST_OK);
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[0][0]), &why) == ST_MISMATCH);
    /* A segment that is not the ledger's is not loaded. */
    CHECK(evidence_stage_put(stage, buf_bytes(&at_rest[0][1]), &why) == ST_OK);
    CHECK(evidence_stage_commit(stage, log, party, NULL, &f, &why) == ST_OK);
    CHECK(!f.declared && f.segments == 2);
    struct ledger_writer w = {.files = &h.files, .scratch = "segment/new"};
    struct evidence_segment *s = NULL;
    char path[SHELF_PATH_MAX];
    CHECK(evidence_shelf_load(&shelf, &f, 1, &streams[0].opening, 1, &s, &why) == ST_OK);
    evidence_segment_free(s);
    evidence_shelf_segment_path(&about[0].sha256, 1, path);
    CHECK(ledger_writer_put(&w, path, buf_bytes(&at_rest[0][0]), &why) == ST_OK);
    s = NULL;
    CHECK(evidence_shelf_load(&shelf, &f, 1, &streams[0].opening, 1, &s, &why) == ST_MISMATCH);
    CHECK(s == NULL);
    evidence_stage_free(stage);
    evidence_shelf_fini(&shelf);
    ledger_log_free(log);
    fake_clear(&disk);
}

/* Stops a run inside its n-th operation, for every n. */
static int broken_promises(enum fake_failure failure, bool variant, enum fake_outcome outcome)
{
    int bad = 0;
    bool failed = true;
    for (unsigned n = 1; failed; n++) {
        struct home h = new_home();
        unsigned said = 0, later = 0;
        bool broken = false;
        disk.failure = failure;
        disk.variant = variant;
        disk.fail_at = n;
        enum status st = run(&h, FILES, &said);
        failed = disk.failed;
        if (!failed) {
            bad += st != ST_OK || said != 7;
        }
        if (failure == FAKE_STOP || outcome != FAKE_LUCKY) {
            fake_crash(&disk, outcome, n * 2654435761U);
        }
        disk.failure = FAKE_NEVER;
        disk.full = disk.stopped = false;
        for (int i = 0; i < FILES; i++) {
            bad += (said >> i & 1) != 0 && !is_sealed(&h, i, &broken);
        }
        bad += run(&h, FILES, &later) != ST_OK || later != 7;
        for (int i = 0; i < FILES; i++) {
            bad += !is_sealed(&h, i, &broken);
        }
        bad += broken;
        fake_clear(&disk);
    }
    return bad;
}

static void a_run_that_is_killed_anywhere_leaves_what_the_next_one_seals(void)
{
    CHECK_INT(broken_promises(FAKE_STOP, false, FAKE_STRICT), 0);
    CHECK_INT(broken_promises(FAKE_STOP, true, FAKE_LUCKY), 0);
    CHECK_INT(broken_promises(FAKE_STOP, false, FAKE_RANDOM), 0);
}

static void a_disk_that_fails_or_is_full_loses_nothing_that_was_sealed(void)
{
    CHECK_INT(broken_promises(FAKE_ERROR, false, FAKE_LUCKY), 0);
    CHECK_INT(broken_promises(FAKE_ERROR, true, FAKE_STRICT), 0);
    CHECK_INT(broken_promises(FAKE_FULL, false, FAKE_LUCKY), 0);
}

static enum status count_file(void *ctx, const struct evidence_file *f)
{
    int *seen = ctx;
    CHECK(f->sha256.b[0] == *seen + 1);
    (*seen)++;
    return ST_OK;
}

static void sealed_files_are_listed_in_order(void)
{
    char folder[] = "/tmp/test_shelf.XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), seen = 0;
    struct home h = {.files = ledger_files_at(&fd),
                     .signer = material_signer("cert-a.example", LEDGER_KEY_SIGN, 7)};
    struct evidence_shelf shelf;
    struct fault why = {0};
    unsigned sealed = 0;
    struct ledger_log *log = NULL;
    CHECK(open_log(&h, &log) == ST_OK);
    ledger_log_free(log);
    CHECK(evidence_shelf_open(&engine, &h.files, fd, &h.files, &shelf, &why) == ST_OK);
    CHECK(evidence_shelf_files(&shelf, count_file, &seen, &why) == ST_OK);
    CHECK_INT(seen, 0);
    evidence_shelf_fini(&shelf);
    CHECK(run(&h, FILES, &sealed) == ST_OK);
    CHECK(mkdirat(fd,
                  "segment/file/0000000000000000000000000000000000000000000000000000000000000000",
                  0700) == 0); /* left over */
    CHECK(mkdirat(fd, "segment/file/something", 0700) == 0);
    CHECK(evidence_shelf_open(&engine, &h.files, fd, &h.files, &shelf, &why) == ST_OK);
    CHECK(evidence_shelf_files(&shelf, count_file, &seen, &why) == ST_OK);
    CHECK_INT(seen, FILES);
    evidence_shelf_fini(&shelf);
    close(fd);
    char command[64];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(system(command) == 0);
}

static bool file_text_refused(struct bytes text)
{
    struct evidence_file f;
    struct fault why = {0};
    return evidence_file_parse(text, &f, &why) == ST_MALFORMED && why.field != NULL;
}

static void texts_have_one_spelling(void)
{
    struct evidence_file f = about[0], g;
    struct evidence_networks n = networks("10.0.0.0/8"), m;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 16);
    f.segments = 3;
    f.declared = true;
    f.networks_entry = 12;
    evidence_file_write(&f, &text);
    CHECK(evidence_file_parse(buf_bytes(&text), &g, &why) == ST_OK);
    CHECK(g.networks_entry == 12 && g.segments == 3 && strcmp(g.name, f.name) == 0);
    int bad = 0;
    for (size_t i = 0; i < text.len; i++) {
        bad += !file_text_refused(bytes_of(text.data, i));
    }
    buf_byte(&text, '\n');
    bad += !file_text_refused(buf_bytes(&text));
    CHECK_INT(bad, 0);
    buf_clear(&text);
    f.part = f.grown = true;
    f.part_from = 17;
    f.whole = f.grown_of = f.sha256;
    evidence_file_write(&f, &text);
    CHECK(evidence_file_parse(buf_bytes(&text), &g, &why) == ST_OK);
    CHECK(g.part && g.part_from == 17 && g.grown &&
          memcmp(&g.whole, &f.whole, sizeof(g.whole)) == 0);
    buf_clear(&text);
    g = (struct evidence_file){.sha256 = f.whole, .first_entry = f.first_entry + 1};
    f.part = f.grown = false;
    f.packed = true;
    memset(f.content.b, 7, sizeof(f.content.b));
    evidence_file_write(&f, &text);
    CHECK(!evidence_file_repeats(&g, &f));
    g.sha256 = f.content;
    CHECK(evidence_file_repeats(&g, &f) && !evidence_file_repeats(&f, &g));
    CHECK(evidence_file_parse(buf_bytes(&text), &g, &why) == ST_OK);
    CHECK(g.packed && memcmp(&g.content, &f.content, sizeof(g.content)) == 0);
    CHECK(file_text_refused(BYTES_LITERAL("exhibit-file/v1\nsha256 x\n")));
    buf_clear(&text);
    evidence_networks_write(&n, &text);
    CHECK(evidence_networks_parse(buf_bytes(&text), &m, &why) == ST_OK);
    CHECK(evidence_networks_equal(&n, &m) && memcmp(&n.salt, &m.salt, sizeof(n.salt)) == 0);
    for (size_t i = 0; i + 1 < text.len; i++) {
        enum status st = evidence_networks_parse(bytes_of(text.data, i), &m, &why);
        bad += st == ST_OK && text.data[i - 1] != '\n';
        bad += st != ST_OK && st != ST_MALFORMED;
    }
    CHECK_INT(bad, 0);
}

static void tear_down(void)
{
    for (int i = 0; i < FILES; i++) {
        for (size_t k = 0; k < streams[i].n; k++) {
            buf_fini(&at_rest[i][k]);
        }
        sealed_fini(&streams[i]);
    }
}

TEST_MAIN(TEST(set_up), TEST(what_is_sealed_is_found_and_loaded), TEST(remotes_are_found_by_time),
          TEST(segments_of_others_are_refused),
          TEST(a_run_that_is_killed_anywhere_leaves_what_the_next_one_seals),
          TEST(a_disk_that_fails_or_is_full_loses_nothing_that_was_sealed),
          TEST(sealed_files_are_listed_in_order), TEST(texts_have_one_spelling), TEST(tear_down))
