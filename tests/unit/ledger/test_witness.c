/* tests/unit/ledger/test_witness.c - a witness cosigns growth and nothing else. */
#include "ledger/witness.h"

#include "ledger/fake_files.h"
#include "ledger/log.h"
#include "ledger/reader.h"

/* A log and a witness, each on a disk of its own. */
struct scene {
    struct fake log_disk, witness_disk;
    struct ledger_files log_files, witness_files;
    struct ledger_signer log_key, key;
    struct ledger_log *log;
    struct ledger_witness w;
};

static struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    fake_clear(&s->log_disk);
    fake_clear(&s->witness_disk);
    s->log_files = fake_files(&s->log_disk);
    s->witness_files = fake_files(&s->witness_disk);
    s->log_key = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    s->key = material_signer("w.example", LEDGER_KEY_COSIGN, 2);
    CHECK(ledger_log_make(&s->log_files, &s->log_key, &s->log, NULL) == ST_OK);
    CHECK(ledger_witness_init(&s->w, &s->witness_files, &s->key, &s->log_key.key, 1, NULL) ==
          ST_OK);
    return s;
}

static void scene_free(struct scene *s)
{
    ledger_log_free(s->log);
    ledger_witness_fini(&s->w);
    fake_clear(&s->log_disk);
    fake_clear(&s->witness_disk);
    free(s);
}

static void grow(struct scene *s, unsigned n)
{
    uint64_t number;
    for (unsigned i = 0; i < n; i++) {
        CHECK(ledger_log_add(s->log, bytes_of(&i, sizeof(i)), &number, NULL) == ST_OK);
    }
    CHECK(ledger_log_commit(s->log, NULL) == ST_OK);
}

static void ask(struct scene *s, uint64_t old, struct buf *out)
{
    struct ledger_reader *r = NULL;
    struct ledger_path p = {.n = 0};
    uint64_t size = ledger_log_size(s->log);
    CHECK(ledger_reader_new(&s->log_files, "log/", size, &r) == ST_OK);
    struct ledger_hashes src = ledger_reader_hashes(r);
    CHECK(ledger_tree_prove_growth(&src, old, size, &p) == ST_OK);
    ledger_witness_ask(old, &p, ledger_log_checkpoint(s->log), out);
    free(r);
}

static unsigned answer(struct scene *s, struct bytes request, uint64_t now_s, struct buf *body)
{
    enum ledger_witness_code code = 0;
    struct fault why = {0};
    buf_clear(body);
    enum status st = ledger_witness_answer(&s->w, request, now_s, &code, body, &why);
    CHECK(st == ST_OK || body->len == 0);
    return st == ST_OK ? (unsigned)code : 0;
}

static void growth_is_cosigned_and_collected(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536);
    uint64_t old = 0;
    for (unsigned i = 0; i < 12; i++) {
        CLEANUP(buf_fini) struct buf note = BUF_INIT(65536);
        struct ledger_note n;
        struct ledger_signed seen = {0};
        size_t added = 0;
        grow(s, 1 + i * i);
        buf_clear(&q);
        ask(s, old, &q);
        CHECK_INT(answer(s, buf_bytes(&q), 1000 + i, &body), 200);
        CHECK(ledger_witness_collect(ledger_log_checkpoint(s->log), buf_bytes(&body), &s->key.key,
                                     1, &note, &added, NULL) == ST_OK);
        CHECK_INT(added, 1);
        CHECK(ledger_note_parse(buf_bytes(&note), &n, NULL) == ST_OK);
        CHECK(ledger_note_check(&n, &s->key.key, 1, &seen, NULL) == ST_OK);
        CHECK_INT(seen.time_s, 1000 + i);
        CHECK(ledger_log_publish(s->log, buf_bytes(&note), NULL) == ST_OK);
        old = ledger_log_size(s->log);
        /* The same again is no conflict. */
        buf_clear(&q);
        ask(s, old, &q);
        CHECK_INT(answer(s, buf_bytes(&q), 1000 + i, &body), 200);
    }
    scene_free(s);
}

static void the_wrong_size_is_told_the_right_one(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536);
    grow(s, 5);
    ask(s, 0, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 200);
    grow(s, 5);
    buf_clear(&q);
    ask(s, 0, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 409);
    CHECK_STR(material_string(&body), "5\n");
    buf_clear(&q);
    ask(s, 7, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 409);
    buf_clear(&q);
    ask(s, 5, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 200);
    scene_free(s);
}

/* The log's owner restores it and writes another history. */
static void a_fork_is_refused(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536);
    struct ledger_path none = {.n = 0};
    grow(s, 5);
    ask(s, 0, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 200);
    ledger_log_free(s->log);
    s->log = NULL;
    fake_clear(&s->log_disk);
    CHECK(ledger_log_make(&s->log_files, &s->log_key, &s->log, NULL) == ST_OK);
    grow(s, 2);
    grow(s, 3);
    buf_clear(&q);
    ask(s, 5, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 422); /* same size, other root */
    CHECK_INT(body.len, 0);
    grow(s, 4);
    buf_clear(&q);
    ask(s, 5, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 422);
    buf_clear(&q);
    ledger_witness_ask(5, &none, ledger_log_checkpoint(s->log), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 422);
    scene_free(s);
}

static void strangers_are_turned_away(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536), n = BUF_INIT(65536);
    struct ledger_path none = {.n = 0};
    struct ledger_signer other = material_signer("log.example/1", LEDGER_KEY_SIGN, 7);
    struct ledger_signer far = material_signer("far.example", LEDGER_KEY_SIGN, 7);
    struct ledger_checkpoint c = {.origin = material_text("log.example/1"), .size = 3};
    CHECK(ledger_checkpoint_sign(&c, &other, &n) == ST_OK);
    ledger_witness_ask(0, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 403);
    other.key.id = s->log_key.key.id; /* claims the known key, and is false */
    buf_clear(&n);
    buf_clear(&q);
    CHECK(ledger_checkpoint_sign(&c, &other, &n) == ST_OK);
    ledger_witness_ask(0, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 403);
    c.origin = material_text("far.example");
    buf_clear(&n);
    buf_clear(&q);
    CHECK(ledger_checkpoint_sign(&c, &far, &n) == ST_OK);
    ledger_witness_ask(0, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 404);
    /* An empty tree has one root; an empty old tree needs no proof. */
    c = (struct ledger_checkpoint){.origin = material_text("log.example/1"), .size = 0};
    buf_clear(&n);
    buf_clear(&q);
    CHECK(ledger_checkpoint_sign(&c, &s->log_key, &n) == ST_OK);
    ledger_witness_ask(0, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 422);
    c.size = 4;
    none.n = 1;
    buf_clear(&n);
    buf_clear(&q);
    CHECK(ledger_checkpoint_sign(&c, &s->log_key, &n) == ST_OK);
    ledger_witness_ask(0, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 422);
    buf_clear(&q);
    ledger_witness_ask(5, &none, buf_bytes(&n), &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 400);
    scene_free(s);
}

static void no_changed_byte_is_cosigned_as_another_tree(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536);
    grow(s, 3);
    ask(s, 0, &q);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 200);
    grow(s, 4);
    buf_clear(&q);
    ask(s, 3, &q);
    int bad = 0;
    for (size_t i = 0; i < q.len; i++) {
        q.data[i] ^= 0x01;
        bad += answer(s, buf_bytes(&q), 1, &body) == 200;
        q.data[i] ^= 0x01;
        bad += answer(s, bytes_of(q.data, i), 1, &body) == 200;
    }
    CHECK_INT(bad, 0);
    CHECK_INT(answer(s, buf_bytes(&q), 1, &body), 200);
    scene_free(s);
}

/* Whatever fails, a witness never cosigns two trees that do not fit: with every
 * operation failing in turn, it either knows what it cosigned or has said nothing. */
static void a_cosignature_is_remembered_or_not_given(void)
{
    for (int variant = 0; variant < 2; variant++) {
        for (unsigned nth = 1; nth < 40; nth++) {
            struct scene *s = scene_new();
            CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536);
            grow(s, 3);
            ask(s, 0, &q);
            s->witness_disk.failure = FAKE_STOP;
            s->witness_disk.fail_at = s->witness_disk.step + nth;
            s->witness_disk.variant = variant;
            bool given = answer(s, buf_bytes(&q), 1, &body) == 200;
            ledger_witness_fini(&s->w);
            fake_crash(&s->witness_disk, nth % 2 != 0 ? FAKE_STRICT : FAKE_RANDOM, nth);
            CHECK(ledger_witness_init(&s->w, &s->witness_files, &s->key, &s->log_key.key, 1,
                                      NULL) == ST_OK);
            unsigned again = answer(s, buf_bytes(&q), 1, &body);
            CHECK(given ? again == 409 : again == 409 || again == 200);
            bool done = !s->witness_disk.failed;
            scene_free(s);
            if (done) {
                CHECK(nth > 4);
                break;
            }
        }
    }
}

static void strange_answers_add_nothing(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf out = BUF_INIT(65536), lines = BUF_INIT(65536);
    struct ledger_note n;
    size_t added = 9;
    struct bytes note = ledger_log_checkpoint(s->log);
    struct ledger_signer stranger = material_signer("x.example", LEDGER_KEY_COSIGN, 9);
    CHECK(ledger_note_parse(note, &n, NULL) == ST_OK);
    CHECK(ledger_note_sign(n.text, &stranger, 5, &lines) == ST_OK);
    CHECK(ledger_witness_collect(note, buf_bytes(&lines), &s->key.key, 1, &out, &added, NULL) ==
          ST_OK);
    CHECK(added == 0 && bytes_equal(buf_bytes(&out), note));
    CHECK(ledger_note_sign(n.text, &s->key, 5, &lines) == ST_OK);
    CHECK(ledger_note_sign(n.text, &s->key, 6, &lines) == ST_OK);
    buf_clear(&out);
    CHECK(ledger_witness_collect(note, buf_bytes(&lines), &s->key.key, 1, &out, &added, NULL) ==
          ST_OK);
    CHECK_INT(added, 1);
    CHECK(ledger_note_sign(material_text("other\n"), &s->key, 6, &lines) == ST_OK);
    CHECK(ledger_witness_collect(note, buf_bytes(&lines), &s->key.key, 1, &out, &added, NULL) ==
          ST_MISMATCH);
    CHECK(ledger_witness_collect(note, material_text("<html>"), &s->key.key, 1, &out, &added,
                                 NULL) == ST_MALFORMED);
    scene_free(s);
}

static void without_memory_nothing_is_said(void)
{
    struct scene *s = scene_new();
    CLEANUP(buf_fini) struct buf lines = BUF_INIT(65536), q = BUF_INIT(65536);
    struct ledger_note n;
    CHECK(ledger_note_parse(ledger_log_checkpoint(s->log), &n, NULL) == ST_OK);
    CHECK(ledger_note_sign(n.text, &s->key, 5, &lines) == ST_OK);
    ledger_witness_ask(3, &(struct ledger_path){.n = 0}, ledger_log_checkpoint(s->log), &q);
    for (unsigned nth = 1;; nth++) {
        CLEANUP(buf_fini) struct buf out = BUF_INIT(65536), body = BUF_INIT(65536);
        enum ledger_witness_code code = 0;
        size_t added = 0;
        test_fail_allocation(nth);
        enum status st = ledger_witness_collect(ledger_log_checkpoint(s->log), buf_bytes(&lines),
                                                &s->key.key, 1, &out, &added, NULL);
        enum status said = ledger_witness_answer(&s->w, buf_bytes(&q), 1, &code, &body, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == ST_OK ? added == 1 : st == ST_NOMEM && added == 0);
        CHECK(said == ST_OK ? code == LEDGER_WITNESS_BAD_REQUEST : said == ST_NOMEM && code == 0);
        if (!failed) {
            CHECK(st == ST_OK && said == ST_OK);
            break;
        }
        CHECK(st == ST_NOMEM || said == ST_NOMEM);
    }
    scene_free(s);
}

TEST_MAIN(TEST(growth_is_cosigned_and_collected), TEST(the_wrong_size_is_told_the_right_one),
          TEST(a_fork_is_refused), TEST(strangers_are_turned_away),
          TEST(no_changed_byte_is_cosigned_as_another_tree),
          TEST(a_cosignature_is_remembered_or_not_given), TEST(strange_answers_add_nothing),
          TEST(without_memory_nothing_is_said))
