/* tests/unit/ledger/test_log.c - a ledger loses nothing, however it is stopped. */
#include "ledger/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/fake_files.h"
#include "ledger/reader.h"

enum { CHECKPOINTS = 64, ENTRIES = 1024 };

/* Tiles fill at 256: the batches stop short of it, cross it, and fill it. */
static const unsigned batch[] = {1, 2, 252, 3, 254, 1, 5};

struct history {
    struct fake disk;
    struct ledger_files files;
    struct ledger_signer signer;
    uint64_t acknowledged;
    uint32_t entry[ENTRIES]; /* what was acknowledged, and perhaps more */
    uint32_t next;           /* every entry is another one, also the lost ones */
    struct {
        uint64_t size;
        struct digest root;
    } given[CHECKPOINTS]; /* checkpoints that anybody could have seen */
    size_t givens;
};

static void give(void *ctx, struct bytes note)
{
    struct history *h = ctx;
    struct ledger_note n;
    struct ledger_checkpoint c;
    struct ledger_signed seen;
    CHECK(ledger_checkpoint_read(note, &n, &c, NULL) == ST_OK);
    CHECK(ledger_note_check(&n, &h->signer.key, 1, &seen, NULL) == ST_OK);
    for (size_t i = 0; i < h->givens; i++) {
        if (h->given[i].size == c.size && memcmp(&h->given[i].root, &c.root, sizeof(c.root)) == 0) {
            return;
        }
    }
    CHECK(h->givens < CHECKPOINTS);
    h->given[h->givens].size = c.size;
    h->given[h->givens++].root = c.root;
}

static void begin(struct history *h)
{
    fake_clear(&h->disk);
    h->files = fake_files(&h->disk);
    h->disk.watch = "log/checkpoint";
    h->disk.seen = give;
    h->disk.seen_ctx = h;
    h->signer = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    h->acknowledged = h->givens = h->next = 0;
}

static enum status make_or_open(struct history *h, struct ledger_log **l)
{
    struct fault why = {0};
    enum status st = ledger_log_open(&h->files, &h->signer, l, &why);
    return st == ST_END ? ledger_log_make(&h->files, &h->signer, l, &why) : st;
}

/* Add n entries and commit; remember them if that worked. */
static enum status add_batch(struct history *h, struct ledger_log *l, unsigned n)
{
    uint64_t at = ledger_log_size(l), number = 0;
    uint32_t first = h->next;
    for (unsigned i = 0; i < n; i++) {
        uint8_t e[4];
        store_be32(e, h->next++);
        TRY(ledger_log_add(l, bytes_of(e, sizeof(e)), &number, NULL));
        CHECK(number == at + i);
    }
    CHECK(at + n <= ENTRIES);
    /* A commit that fails may have done all but say so. */
    for (unsigned i = 0; i < n; i++) {
        h->entry[at + i] = first + i;
    }
    TRY(ledger_log_commit(l, NULL));
    test_fail_allocation(0); /* the rest is the test's own */
    CHECK(ledger_log_size(l) == at + n);
    h->acknowledged = at + n;
    give(h, ledger_log_checkpoint(l));
    return ST_OK;
}

static enum status run(struct history *h)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    TRY(make_or_open(h, &l));
    for (size_t i = 0; i < ARRAY_LEN(batch); i++) {
        TRY(add_batch(h, l, batch[i]));
    }
    return ST_OK;
}

static int entries_missing(struct history *h, struct ledger_reader *r)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LEDGER_BUNDLE_MAX);
    int bad = 0;
    for (uint64_t at = 0; at < h->acknowledged; at += LEDGER_TILE_WIDTH) {
        buf_clear(&b);
        CHECK(ledger_reader_bundle(r, at / LEDGER_TILE_WIDTH, &b) == ST_OK);
        struct cursor c = cursor_of(buf_bytes(&b));
        for (uint64_t i = at; i < h->acknowledged && i < at + LEDGER_TILE_WIDTH; i++) {
            struct bytes e;
            bad += ledger_bundle_next(&c, &e) != ST_OK || e.len != 4 ||
                   load_be32(e.data) != h->entry[i];
        }
    }
    return bad;
}

static int inconsistent(struct history *h, struct ledger_reader *r, const struct digest *root)
{
    struct ledger_hashes src = ledger_reader_hashes(r);
    int bad = 0;
    for (size_t i = 0; i < h->givens; i++) {
        struct ledger_path p;
        bad += ledger_tree_prove_growth(&src, h->given[i].size, r->size, &p) != ST_OK ||
               ledger_tree_check_growth(h->given[i].size, &h->given[i].root, r->size, root, &p) !=
                   ST_OK;
    }
    return bad;
}

/* What the text at the top of log.h promises. */
static bool promises_hold(struct history *h)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    struct ledger_note n;
    struct ledger_checkpoint c;
    if (make_or_open(h, &l) != ST_OK || ledger_log_size(l) < h->acknowledged) {
        return false;
    }
    for (int more = 0; more < 2; more++) {
        if (ledger_checkpoint_read(ledger_log_checkpoint(l), &n, &c, NULL) != ST_OK ||
            ledger_reader_new(&h->files, "log/", c.size, &r) != ST_OK ||
            ledger_reader_audit(r, &c.root) != ST_OK || entries_missing(h, r) > 0 ||
            inconsistent(h, r, &c.root) > 0) {
            return false;
        }
        free(r);
        r = NULL;
        if (more == 0 && add_batch(h, l, 2) != ST_OK) {
            return false;
        }
    }
    return true;
}

static struct history history;

static void undisturbed_it_holds(void)
{
    begin(&history);
    CHECK(run(&history) == ST_OK);
    CHECK_INT(history.acknowledged, 518);
    printf("# %u changing file operations\n", history.disk.step);
    CHECK(promises_hold(&history));
    fake_clear(&history.disk);
}

/* What happens after the failure. */
enum after {
    GO_ON,      /* the program opens the ledger again */
    LOOK,       /* it opens it, says what it sees, and then the power fails */
    POWER_FAILS /* at once */
};

static void look(struct history *h)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    if (make_or_open(h, &l) == ST_OK) {
        give(h, ledger_log_checkpoint(l));
        h->acknowledged = ledger_log_size(l);
    }
}

/* Fail the nth operation of the run for every n; then see. */
static int broken_promises(enum fake_failure failure, bool variant, enum after after,
                           enum fake_outcome outcome)
{
    int bad = 0;
    for (unsigned n = 1;; n++) {
        struct history *h = &history;
        begin(h);
        h->disk.failure = failure;
        h->disk.fail_at = n;
        h->disk.variant = variant;
        enum status st = run(h);
        bool failed = h->disk.failed;
        h->disk.full = false;
        h->disk.failure = FAKE_NEVER;
        if (after == LOOK) {
            look(h);
        }
        if (after != GO_ON) {
            fake_crash(&h->disk, outcome, n * 2654435761U + (unsigned)outcome);
        }
        bool good = promises_hold(h);
        if (after == GO_ON) {
            /* And what it then built on that is durable, too. */
            fake_crash(&h->disk, FAKE_STRICT, n);
            good = good && promises_hold(h);
        }
        if (!good) {
            printf("# failure %d at operation %u, variant %d, outcome %d\n", failure, n, variant,
                   after != GO_ON ? (int)outcome : -1);
            bad++;
        }
        fake_clear(&h->disk);
        if (!failed) {
            CHECK(st == ST_OK && n > 80);
            return bad;
        }
    }
}

static void a_failed_operation_loses_nothing(void)
{
    for (int variant = 0; variant < 2; variant++) {
        CHECK_INT(broken_promises(FAKE_ERROR, variant, GO_ON, FAKE_STRICT), 0);
        CHECK_INT(broken_promises(FAKE_ERROR, variant, LOOK, FAKE_STRICT), 0);
        CHECK_INT(broken_promises(FAKE_ERROR, variant, POWER_FAILS, FAKE_STRICT), 0);
        CHECK_INT(broken_promises(FAKE_ERROR, variant, POWER_FAILS, FAKE_RANDOM), 0);
    }
}

static void a_full_disk_loses_nothing(void)
{
    CHECK_INT(broken_promises(FAKE_FULL, false, GO_ON, FAKE_STRICT), 0);
    CHECK_INT(broken_promises(FAKE_FULL, false, POWER_FAILS, FAKE_RANDOM), 0);
}

static void a_kill_loses_nothing(void)
{
    for (int variant = 0; variant < 2; variant++) {
        CHECK_INT(broken_promises(FAKE_STOP, variant, POWER_FAILS, FAKE_STRICT), 0);
        CHECK_INT(broken_promises(FAKE_STOP, variant, POWER_FAILS, FAKE_LUCKY), 0);
        CHECK_INT(broken_promises(FAKE_STOP, variant, POWER_FAILS, FAKE_RANDOM), 0);
    }
}

/* Real files, in a directory of our own. */
struct place {
    char path[64];
    int fd;
    struct ledger_files files;
};

static void place_make(struct place *p)
{
    (void)snprintf(p->path, sizeof(p->path), "/tmp/test-ledger-XXXXXX");
    CHECK(mkdtemp(p->path) != NULL);
    p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(p->fd >= 0);
    p->files = ledger_files_at(&p->fd);
}

static void place_remove(struct place *p)
{
    char command[128];
    (void)close(p->fd);
    (void)snprintf(command, sizeof(command), "rm -rf %s", p->path);
    CHECK(system(command) == 0);
}

static enum status open_place(struct place *p, const struct ledger_signer *s, struct ledger_log **l)
{
    struct fault why = {0};
    enum status st = ledger_log_open(&p->files, s, l, &why);
    CHECK(st == ST_OK || st == ST_END || st == ST_NOMEM || why.field != NULL);
    return st;
}

static void only_one_may_write_and_only_with_its_key(void)
{
    struct place p;
    struct ledger_log *a = NULL, *b = NULL;
    struct ledger_signer s = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    struct ledger_signer other = material_signer("log.example/1", LEDGER_KEY_SIGN, 2);
    struct ledger_signer cosigner = material_signer("log.example/1", LEDGER_KEY_COSIGN, 1);
    place_make(&p);
    CHECK(open_place(&p, &s, &a) == ST_END);
    CHECK(ledger_log_make(&p.files, &cosigner, &a, NULL) == ST_DENIED);
    CHECK(ledger_log_make(&p.files, &s, &a, NULL) == ST_OK);
    CHECK(open_place(&p, &s, &b) == ST_DENIED && b == NULL);
    ledger_log_free(a);
    a = NULL;
    CHECK(ledger_log_make(&p.files, &s, &a, NULL) == ST_DENIED);
    CHECK(open_place(&p, &other, &a) == ST_DENIED);
    CHECK(open_place(&p, &s, &a) == ST_OK);
    ledger_log_free(a);
    place_remove(&p);
}

static void a_changed_file_is_noticed(void)
{
    struct place p;
    struct ledger_log *l = NULL;
    struct ledger_signer s = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    static const char *const file[] = {"log/tile/0/000", "log/tile/entries/000",
                                       "log/tile/1/000.p/1", "log/tile/0/001.p/44",
                                       "log/tile/entries/001.p/44"};
    uint64_t number;
    place_make(&p);
    CHECK(ledger_log_make(&p.files, &s, &l, NULL) == ST_OK);
    for (unsigned i = 0; i < 300; i++) {
        CHECK(ledger_log_add(l, bytes_of(&i, sizeof(i)), &number, NULL) == ST_OK);
    }
    CHECK(ledger_log_commit(l, NULL) == ST_OK);
    struct ledger_note n;
    struct ledger_checkpoint c;
    CHECK(ledger_checkpoint_read(ledger_log_checkpoint(l), &n, &c, NULL) == ST_OK);
    int missed = 0;
    for (size_t i = 0; i < ARRAY_LEN(file); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
        CHECK(ledger_files_read(&p.files, file[i], &b, NULL) == ST_OK && b.len > 0);
        for (size_t at = 0; at < b.len; at += 1 + at / 16) {
            int fd = openat(p.fd, file[i], O_WRONLY);
            uint8_t v = b.data[at] ^ 0x10;
            CLEANUP(free_ptr) struct ledger_reader *r = NULL;
            CHECK(pwrite(fd, &v, 1, (off_t)at) == 1);
            CHECK(ledger_reader_new(&p.files, "log/", c.size, &r) == ST_OK);
            missed += ledger_reader_audit(r, &c.root) == ST_OK;
            CHECK(pwrite(fd, &b.data[at], 1, (off_t)at) == 1);
            (void)close(fd);
        }
    }
    CHECK_INT(missed, 0);
    ledger_log_free(l);
    l = NULL;
    CHECK(unlinkat(p.fd, "log/tile/0/001.p/44", 0) == 0);
    CHECK(open_place(&p, &s, &l) == ST_MALFORMED && l == NULL);
    place_remove(&p);
}

static void a_restored_ledger_waits_for_somebody_who_remembers(void)
{
    struct place p;
    struct ledger_log *l = NULL;
    struct ledger_signer s = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    uint64_t number = 0;
    place_make(&p);
    CHECK(ledger_log_make(&p.files, &s, &l, NULL) == ST_OK);
    CHECK(ledger_log_add(l, BYTES_LITERAL("one"), &number, NULL) == ST_OK && number == 0);
    CHECK(ledger_log_commit(l, NULL) == ST_OK && !ledger_log_held(l));
    CHECK(ledger_log_hold(l, NULL) == ST_OK);
    ledger_log_free(l);
    l = NULL;
    CHECK(open_place(&p, &s, &l) == ST_OK && ledger_log_held(l));
    CHECK(ledger_log_add(l, BYTES_LITERAL("two"), &number, NULL) == ST_OK && number == 1);
    CHECK(ledger_log_commit(l, NULL) == ST_DENIED && ledger_log_size(l) == 1);
    CHECK(ledger_log_release(l, 2, NULL) == ST_MISMATCH && ledger_log_held(l));
    CHECK(ledger_log_release(l, 1, NULL) == ST_OK);
    CHECK(ledger_log_commit(l, NULL) == ST_OK && ledger_log_size(l) == 2);
    ledger_log_free(l);
    l = NULL;
    CHECK(open_place(&p, &s, &l) == ST_OK && !ledger_log_held(l));
    ledger_log_free(l);
    place_remove(&p);
}

static void cosignatures_join_the_newest_checkpoint_only(void)
{
    struct place p;
    struct ledger_log *l = NULL;
    struct ledger_signer s = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    struct ledger_signer w = material_signer("w.example", LEDGER_KEY_COSIGN, 2);
    struct ledger_note n;
    struct ledger_signed seen;
    uint64_t number;
    CLEANUP(buf_fini) struct buf note = BUF_INIT(4096);
    place_make(&p);
    CHECK(ledger_log_make(&p.files, &s, &l, NULL) == ST_OK);
    CHECK(ledger_note_parse(ledger_log_checkpoint(l), &n, NULL) == ST_OK);
    struct bytes old = ledger_log_checkpoint(l);
    buf_append(&note, old.data, old.len);
    CHECK(ledger_note_sign(n.text, &w, 1700000000, &note) == ST_OK);
    CHECK(ledger_log_publish(l, buf_bytes(&note), NULL) == ST_OK);
    ledger_log_free(l);
    l = NULL;
    CHECK(open_place(&p, &s, &l) == ST_OK);
    CHECK(ledger_note_parse(ledger_log_checkpoint(l), &n, NULL) == ST_OK);
    CHECK(ledger_note_check(&n, &w.key, 1, &seen, NULL) == ST_OK && seen.time_s == 1700000000);
    CHECK(ledger_log_add(l, BYTES_LITERAL("one"), &number, NULL) == ST_OK);
    CHECK(ledger_log_commit(l, NULL) == ST_OK);
    CHECK(ledger_log_publish(l, buf_bytes(&note), NULL) == ST_MISMATCH);
    ledger_log_free(l);
    place_remove(&p);
}

/* A real process and a real SIGKILL, at whatever moment it comes. */
static void kill_9_loses_nothing(void)
{
    struct place p;
    struct ledger_signer s = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    uint64_t told = 0;
    place_make(&p);
    for (unsigned round = 0; round < 5; round++) {
        int pipe_fd[2];
        CHECK(pipe(pipe_fd) == 0);
        pid_t child = fork();
        if (child == 0) {
            struct ledger_log *l = NULL;
            uint64_t number;
            if (ledger_log_open(&p.files, &s, &l, NULL) != ST_OK &&
                ledger_log_make(&p.files, &s, &l, NULL) != ST_OK) {
                _exit(1);
            }
            for (;;) {
                uint64_t size = ledger_log_size(l) + 1;
                if (ledger_log_add(l, bytes_of(&size, 8), &number, NULL) != ST_OK ||
                    ledger_log_commit(l, NULL) != ST_OK || write(pipe_fd[1], &size, 8) != 8) {
                    _exit(1);
                }
            }
        }
        (void)close(pipe_fd[1]);
        for (unsigned i = 0; i < 7 + 3 * round; i++) {
            CHECK(read(pipe_fd[0], &told, 8) == 8);
        }
        CHECK(kill(child, SIGKILL) == 0);
        uint64_t more;
        while (read(pipe_fd[0], &more, 8) == 8) {
            told = more;
        }
        (void)close(pipe_fd[0]);
        CHECK(waitpid(child, NULL, 0) == child);
        CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
        CLEANUP(free_ptr) struct ledger_reader *r = NULL;
        struct ledger_note n;
        struct ledger_checkpoint c;
        CHECK(open_place(&p, &s, &l) == ST_OK);
        if (l == NULL) {
            break;
        }
        CHECK(ledger_log_size(l) >= told && ledger_log_size(l) <= told + 1);
        CHECK(ledger_checkpoint_read(ledger_log_checkpoint(l), &n, &c, NULL) == ST_OK);
        CHECK(ledger_reader_new(&p.files, "log/", c.size, &r) == ST_OK);
        CHECK(ledger_reader_audit(r, &c.root) == ST_OK);
    }
    place_remove(&p);
}

static void without_memory_nothing_is_lost(void)
{
    for (unsigned nth = 1;; nth++) {
        struct history *h = &history;
        struct ledger_log *l = NULL;
        struct place p;
        begin(h);
        place_make(&p); /* the files in memory need memory, too */
        h->files = p.files;
        CHECK(make_or_open(h, &l) == ST_OK && add_batch(h, l, 250) == ST_OK);
        ledger_log_free(l);
        l = NULL;
        test_fail_allocation(nth);
        enum status st = make_or_open(h, &l);
        st = st == ST_OK ? add_batch(h, l, 20) : st;
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == (failed ? ST_NOMEM : ST_OK));
        ledger_log_free(l);
        CHECK(promises_hold(h));
        place_remove(&p);
        if (!failed) {
            CHECK(nth > 10);
            break;
        }
    }
}

TEST_MAIN(TEST(undisturbed_it_holds), TEST(a_failed_operation_loses_nothing),
          TEST(a_full_disk_loses_nothing), TEST(a_kill_loses_nothing),
          TEST(only_one_may_write_and_only_with_its_key), TEST(a_changed_file_is_noticed),
          TEST(a_restored_ledger_waits_for_somebody_who_remembers),
          TEST(cosignatures_join_the_newest_checkpoint_only), TEST(kill_9_loses_nothing),
          TEST(without_memory_nothing_is_lost))
