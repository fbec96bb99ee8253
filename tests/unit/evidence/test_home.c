/* tests/unit/evidence/test_home.c - a party's home: whole or not there, its keys
 * its own. */
#include "evidence/home/home.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/parts.h"
#include "ledger/checkpoint.h"
#include "ledger/fake_files.h"
#include "ledger/reader.h"

/* As little as libsodium allows: the tests are about files. */
static const struct evidence_lock_cost cheap = {1, 8192};

static struct evidence_home_plan plan_of(const char *name)
{
    struct evidence_home_plan p = {.cost = cheap, .config.local.rule = LOCAL_UNKNOWN};
    (void)snprintf(p.config.name, sizeof(p.config.name), "%s", name);
    return p;
}

/* --- a folder that goes away -------------------------------------------------- */

struct folder {
    char path[64];
    int fd;
    struct ledger_files files;
};

static void folder_make(struct folder *f)
{
    (void)snprintf(f->path, sizeof(f->path), "/tmp/exhibit-home-XXXXXX");
    CHECK(mkdtemp(f->path) != NULL);
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(f->fd >= 0);
    f->files = ledger_files_private_at(&f->fd);
}

static void folder_remove(struct folder *f)
{
    char command[128];
    (void)close(f->fd);
    (void)snprintf(command, sizeof(command), "rm -r %s", f->path);
    CHECK(system(command) == 0);
}

static enum status make_in(struct folder *f, const struct evidence_home_plan *p)
{
    bool finished = false;
    struct fault why = {0};
    enum status st = evidence_home_make(&f->files, p, &finished, &why);
    CHECK(!finished);
    return st;
}

static void open_in(const struct folder *f, struct evidence_home **h)
{
    struct fault why = {0};
    CHECK_INT(evidence_home_open(f->path, h, &why), ST_OK);
    CHECK_STR(why.field != NULL ? why.field : "", "");
}

/* --- claims ------------------------------------------------------------------- */

static void a_made_home_opens_and_signs(void)
{
    struct folder f;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK(prefix_parse(BYTES_LITERAL("192.0.2.0/24"), &p.config.local.nets[0]) == ST_OK);
    p.config.local.n = 1;
    CHECK_INT(make_in(&f, &p), ST_OK);

    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct ledger_signed seen;
    struct ledger_note note;
    uint64_t number = 0;
    open_in(&f, &h);
    CHECK_STR(h->config.name, "cert-a.example");
    CHECK_INT(h->config.local.n, 1);
    CHECK_INT(h->config.local.rule, LOCAL_GIVEN);
    CHECK(!h->locked && h->open_here && !h->open_locked);
    CHECK_INT(evidence_home_ledger(h, &log, NULL), ST_DENIED); /* not unlocked */
    CHECK_INT(evidence_home_unlock(h, (struct bytes){0}, NULL), ST_OK);
    CHECK_INT(evidence_home_ledger(h, &log, NULL), ST_OK);
    CHECK_INT(ledger_log_size(log), 1);
    CHECK_INT(ledger_log_add(log, BYTES_LITERAL("a statement\n"), &number, NULL), ST_OK);
    CHECK_INT(number, 1);
    CHECK_INT(ledger_log_commit(log, NULL), ST_OK);
    CHECK_INT(ledger_note_parse(ledger_log_checkpoint(log), &note, NULL), ST_OK);
    CHECK_INT(ledger_note_check(&note, &h->signer.key, 1, &seen, NULL), ST_OK);
    folder_remove(&f);
}

/* The first entry says who signs and promises who is next. */
static void the_first_entry_names_the_keys(void)
{
    struct folder f;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(LEDGER_ENTRY_MAX);
    struct ledger_succession s;
    open_in(&f, &h);
    CHECK_INT(ledger_reader_new(&h->party, "log/", 1, &r), ST_OK);
    CHECK_INT(ledger_reader_entry(r, 0, &entry), ST_OK);
    CHECK_INT(ledger_succession_parse(buf_bytes(&entry), &s, NULL), ST_OK);
    CHECK(memcmp(&s.key.material, &h->signer.key.material, sizeof(s.key.material)) == 0);
    CHECK(memcmp(&s.next, &h->next, sizeof(s.next)) == 0);
    CHECK(memcmp(&s.next, &s.key.material, sizeof(s.next)) != 0);
    folder_remove(&f);
}

static int readable_by_others(const char *folder, const char *name)
{
    char path[256];
    struct stat s;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &s) != 0 || (s.st_mode & 077) != 0;
}

static void nobody_else_reads_the_keys(void)
{
    static const char *const names[] = {"key",    "key/sign",           "key/next",    "key/open",
                                        "ledger", "ledger/party/state", "config.json", "epoch"};
    struct folder f;
    struct evidence_secret k;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    open_in(&f, &h);
    CHECK_INT(evidence_home_epoch(h, 1, NULL, &k, NULL, NULL), ST_OK);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CHECK_INT(readable_by_others(f.path, names[i]), 0);
    }
    folder_remove(&f);
}

static void a_second_home_is_refused(void)
{
    struct folder f;
    struct fault why = {0};
    bool finished = false;
    struct evidence_home *none = NULL;
    folder_make(&f);
    CHECK_INT(evidence_home_open(f.path, &none, NULL), ST_END);
    CHECK_INT(evidence_home_open("/nonexistent/home", &none, NULL), ST_END);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CHECK_INT(evidence_home_make(&f.files, &p, &finished, &why), ST_DENIED);
    CHECK_STR(why.field, "there is a home already");
    CHECK_INT(unlinkat(f.fd, "config.json", 0), 0); /* its keys must survive that */
    CHECK_INT(evidence_home_make(&f.files, &p, &finished, &why), ST_DENIED);
    CHECK_STR(why.field, "keys or a ledger without config.json are there");
    folder_remove(&f);
}

static void a_passphrase_guards_both_keys(void)
{
    struct folder f;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    p.passphrase = BYTES_LITERAL("usual suspects");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    open_in(&f, &h);
    CHECK(h->locked && h->open_locked);
    CHECK_INT(evidence_home_unlock(h, BYTES_LITERAL("usual suspect"), NULL), ST_MISMATCH);
    CHECK_INT(evidence_home_unlock(h, (struct bytes){0}, NULL), ST_MISMATCH);
    CHECK(!h->unlocked);
    CHECK_INT(evidence_home_unlock(h, p.passphrase, NULL), ST_OK);
    CHECK_INT(evidence_home_opening_key(h, NULL, BYTES_LITERAL("rain"), &k, NULL), ST_MISMATCH);
    CHECK_INT(evidence_home_opening_key(h, NULL, p.passphrase, &k, NULL), ST_OK);
    CHECK(memcmp(k.pub, h->open_pub, sizeof(k.pub)) == 0);
    folder_remove(&f);
}

/* No byte of a locked file may change what it opens to. */
static void every_change_of_a_locked_key_is_noticed(void)
{
    struct ledger_signer s = material_signer("cert-a.example", LEDGER_KEY_SIGN, 7), got;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    const struct bytes words = BYTES_LITERAL("round up");
    int bad = 0;
    CHECK_INT(evidence_keyfile_sign(&s, words, &cheap, &text, NULL), ST_OK);
    CHECK_INT(evidence_keyfile_signer(buf_bytes(&text), words, &got, NULL), ST_OK);
    CHECK(memcmp(got.seed, s.seed, sizeof(s.seed)) == 0);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        bad += evidence_keyfile_signer(buf_bytes(&text), words, &got, NULL) == ST_OK;
        text.data[i] ^= 1;
    }
    for (size_t n = 0; n < text.len; n++) {
        bad += evidence_keyfile_signer(bytes_of(text.data, n), words, &got, NULL) == ST_OK;
    }
    CHECK_INT(bad, 0);
    buf_byte(&text, '\n');
    CHECK_INT(evidence_keyfile_signer(buf_bytes(&text), words, &got, NULL), ST_MALFORMED);
}

/* A file that asks for a day of hashing is not obeyed. */
static void the_cost_of_a_locked_key_is_bounded(void)
{
    struct ledger_signer s = material_signer("cert-a.example", LEDGER_KEY_SIGN, 7), got;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(buf_fini) struct buf dear = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    struct fault why = {0};
    CHECK_INT(evidence_keyfile_sign(&s, BYTES_LITERAL("x"), &cheap, &text, NULL), ST_OK);
    const char *cost = strstr(material_string(&text), "argon2id 1 8192\n");
    CHECK(cost != NULL);
    if (cost != NULL) {
        size_t at = (size_t)(cost - (const char *)text.data);
        buf_append(&dear, text.data, at);
        buf_str(&dear, "argon2id 4000000000 1099511627776\n");
        buf_append(&dear, cost + 16, text.len - at - 16);
        CHECK_INT(evidence_keyfile_signer(buf_bytes(&dear), BYTES_LITERAL("x"), &got, &why),
                  ST_LIMIT);
        CHECK_INT(why.limit, LIMIT_LOCK_PASSES);
    }
}

static void an_epoch_keeps_its_key(void)
{
    struct folder f;
    struct evidence_secret a, b, c;
    struct evidence_box box;
    uint8_t id[EVIDENCE_ID_BYTES];
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    open_in(&f, &h);
    CHECK_INT(evidence_home_opening_key(h, NULL, (struct bytes){0}, &k, NULL), ST_OK);
    CHECK_INT(evidence_home_epoch(h, 19676, &k, &a, &box, NULL), ST_OK);
    CHECK_INT(evidence_home_epoch(h, 19676, &k, &b, NULL, NULL), ST_OK);
    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
    CHECK_INT(evidence_home_epoch(h, 19677, &k, &b, NULL, NULL), ST_OK);
    CHECK(memcmp(&a, &b, sizeof(a)) != 0);
    /* Without the opening key: a new one, which can be opened later. */
    CHECK_INT(evidence_home_epoch(h, 19676, NULL, &b, &box, NULL), ST_OK);
    CHECK(memcmp(&a, &b, sizeof(a)) != 0);
    evidence_epoch_id(19676, id);
    CHECK_INT(evidence_box_open(&box, id, &k, &c), ST_OK);
    CHECK(memcmp(&b, &c, sizeof(b)) == 0);
    evidence_epoch_id(19677, id);
    CHECK_INT(evidence_box_open(&box, id, &k, &c), ST_MISMATCH);
    folder_remove(&f);
}

static void a_backup_is_taken_back_only_by_its_home(void)
{
    struct folder f, g;
    char backup[96];
    folder_make(&f);
    folder_make(&g);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CHECK_INT(make_in(&g, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    (void)snprintf(backup, sizeof(backup), "%s/moved", g.path);
    CHECK_INT(renameat(f.fd, "key/open", g.fd, "moved"), 0);
    open_in(&f, &h);
    CHECK(!h->open_here);
    CHECK_INT(evidence_home_opening_key(h, NULL, (struct bytes){0}, &k, NULL), ST_END);
    CHECK_INT(evidence_home_opening_key(h, backup, (struct bytes){0}, &k, NULL), ST_OK);
    (void)snprintf(backup, sizeof(backup), "%s/key/open", g.path);
    CHECK_INT(evidence_home_opening_key(h, backup, (struct bytes){0}, &k, NULL), ST_MISMATCH);
    folder_remove(&f);
    folder_remove(&g);
}

/* --- making, stopped anywhere --------------------------------------------------- */

static struct fake disk;

/* Is it a home, as evidence_home_open sees it? */
static bool is_whole(const struct ledger_files *files)
{
    static const char *const keys[] = {"key/sign", "key/next", "key/open", "key/open.pub"};
    struct ledger_below at = {files, "ledger/party/"};
    struct ledger_files party = ledger_files_below(&at);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct ledger_signer s;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        buf_clear(&text);
        if (ledger_files_read(files, keys[i], &text, NULL) != ST_OK || text.len == 0) {
            return false;
        }
    }
    buf_clear(&text);
    return ledger_files_read(files, "key/sign", &text, NULL) == ST_OK &&
           evidence_keyfile_signer(buf_bytes(&text), (struct bytes){0}, &s, NULL) == ST_OK &&
           ledger_log_open(&party, &s, &log, NULL) == ST_OK && ledger_log_size(log) == 1;
}

static bool is_home(const struct ledger_files *files)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    struct evidence_config c;
    return ledger_files_read(files, "config.json", &text, NULL) == ST_OK &&
           evidence_config_parse(buf_bytes(&text), &c, NULL) == ST_OK;
}

/* Make with the n-th operation failing, lose power, look, make again. */
static bool stopped_at(unsigned n, enum fake_failure failure, bool variant,
                       enum fake_outcome outcome, int *bad)
{
    struct ledger_files files = fake_files(&disk);
    struct evidence_home_plan p = plan_of("cert-a.example");
    bool finished = false;
    fake_clear(&disk);
    disk.failure = failure;
    disk.fail_at = n;
    disk.variant = variant;
    enum status st = evidence_home_make(&files, &p, &finished, NULL);
    bool reached = disk.failed;
    fake_crash(&disk, outcome, n);
    bool home = is_home(&files);
    *bad += home && !is_whole(&files); /* nothing half made */
    *bad += st == ST_OK && !home;      /* what was told is there */
    enum status again = evidence_home_make(&files, &p, &finished, NULL);
    /* A renamed file system entry that is under neither name: never made whole. */
    bool lost = outcome == FAKE_RANDOM && again == ST_DENIED && !is_home(&files);
    *bad += !lost && (home ? again != ST_DENIED : again != ST_OK);
    *bad += !lost && (!is_home(&files) || !is_whole(&files));
    return reached;
}

static void a_home_is_whole_or_absent_wherever_it_is_stopped(void)
{
    static const enum fake_failure failures[] = {FAKE_ERROR, FAKE_STOP, FAKE_FULL};
    static const enum fake_outcome outcomes[] = {FAKE_STRICT, FAKE_LUCKY, FAKE_RANDOM};
    for (size_t f = 0; f < ARRAY_LEN(failures); f++) {
        for (size_t o = 0; o < ARRAY_LEN(outcomes); o++) {
            for (int variant = 0; variant < 2; variant++) {
                int bad = 0;
                unsigned n = 1;
                while (stopped_at(n, failures[f], variant != 0, outcomes[o], &bad)) {
                    n++;
                }
                CHECK(n > 60); /* it writes a dozen files, each with its steps */
                CHECK_INT(bad, 0);
            }
        }
    }
    fake_clear(&disk);
}

static void failing_allocations_leave_no_half_home(void)
{
    struct evidence_home_plan p = plan_of("cert-a.example");
    int bad = 0;
    bool failed = true;
    for (unsigned n = 1; failed; n++) {
        struct folder f;
        bool finished = false;
        folder_make(&f);
        test_fail_allocation(n);
        enum status st = evidence_home_make(&f.files, &p, &finished, NULL);
        failed = test_allocation_failed();
        test_fail_allocation(0);
        bad += is_home(&f.files) != (st == ST_OK) || (!failed && st != ST_OK);
        folder_remove(&f);
    }
    CHECK_INT(bad, 0);
}

/* --- keys that change --------------------------------------------------------------- */

/* Does this key sign the newest checkpoint, and is it the newest term's? */
static int complaints_about_keys(struct evidence_home *h, size_t least, size_t most)
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    uint64_t number;
    if (evidence_home_unlock(h, (struct bytes){0}, NULL) != ST_OK ||
        evidence_home_ledger(h, &log, NULL) != ST_OK ||
        ledger_terms_read(&h->party, "log/", ledger_log_size(log), &t, NULL) != ST_OK) {
        return 1;
    }
    const struct ledger_term *now = &t.term[t.n - 1];
    int bad = t.n < least || t.n > most;
    bad += memcmp(&now->key.material, &h->signer.key.material, sizeof(now->next)) != 0;
    bad += memcmp(&now->next, &h->next, sizeof(now->next)) != 0;
    bad += ledger_log_add(log, BYTES_LITERAL("later"), &number, NULL) != ST_OK ||
           ledger_log_commit(log, NULL) != ST_OK;
    return bad;
}

/* As when a file is sealed while the keys are changed: the checkpoint of the
 * hand-over has both signatures, and yet the old key must sign nothing more. */
static void a_key_that_was_read_before_the_change_signs_nothing(void)
{
    struct folder f;
    bool finished = true;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *before = NULL;
    CLEANUP(evidence_home_freep) struct evidence_home *changer = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    open_in(&f, &before);
    open_in(&f, &changer);
    CHECK_INT(evidence_home_unlock(before, (struct bytes){0}, NULL), ST_OK);
    CHECK_INT(evidence_home_rotate(changer, (struct bytes){0}, &cheap, &finished, NULL), ST_OK);
    CHECK_INT(evidence_home_ledger(before, &log, NULL), ST_DENIED);
    CHECK_INT(evidence_home_ledger(changer, &log, NULL), ST_OK);
    folder_remove(&f);
}

static void a_changed_key_signs_and_the_old_one_does_not(void)
{
    struct folder f;
    bool finished = true;
    struct ledger_signed seen;
    struct ledger_note note;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    p.passphrase = BYTES_LITERAL("letters of transit");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_home_freep) struct evidence_home *again = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    open_in(&f, &h);
    struct ledger_key old = h->signer.key;
    struct digest promised = h->next;
    CHECK_INT(evidence_home_rotate(h, BYTES_LITERAL("?"), &cheap, &finished, NULL), ST_MISMATCH);
    CHECK_INT(evidence_home_rotate(h, p.passphrase, &cheap, &finished, NULL), ST_OK);
    CHECK(!finished);
    CHECK(memcmp(&promised, &h->signer.key.material, sizeof(promised)) == 0);
    CHECK_INT(evidence_home_ledger(h, &log, NULL), ST_OK);
    /* The checkpoint of the hand-over fits both keys, later ones only the new. */
    CHECK_INT(ledger_note_parse(ledger_log_checkpoint(log), &note, NULL), ST_OK);
    CHECK_INT(note.lines, 2);
    CHECK_INT(ledger_note_check(&note, &old, 1, &seen, NULL), ST_OK);
    CHECK_INT(ledger_note_check(&note, &h->signer.key, 1, &seen, NULL), ST_OK);
    uint64_t number;
    CHECK_INT(ledger_log_add(log, BYTES_LITERAL("x"), &number, NULL), ST_OK);
    CHECK_INT(ledger_log_commit(log, NULL), ST_OK);
    CHECK_INT(ledger_note_parse(ledger_log_checkpoint(log), &note, NULL), ST_OK);
    CHECK_INT(ledger_note_check(&note, &old, 1, &seen, NULL), ST_DENIED);
    CHECK_INT(ledger_note_check(&note, &h->signer.key, 1, &seen, NULL), ST_OK);
    CHECK_INT(ledger_terms_read(&h->party, "log/", 3, &t, NULL), ST_OK);
    CHECK_INT(t.n, 2);
    CHECK_INT(t.term[0].first, 0);
    CHECK_INT(t.term[0].last, 2);
    CHECK_INT(t.term[1].first, 2);
    open_in(&f, &again);
    CHECK_INT(evidence_home_unlock(again, p.passphrase, NULL), ST_OK);
    CHECK(memcmp(&again->signer, &h->signer, sizeof(h->signer)) == 0);
    CHECK(memcmp(&again->next, &h->next, sizeof(h->next)) == 0);
    folder_remove(&f);
}

/* Rotate with the n-th operation failing, lose power, rotate again. */
static bool rotation_stopped_at(unsigned n, enum fake_failure failure, bool variant,
                                enum fake_outcome outcome, int *bad)
{
    struct evidence_home_plan p = plan_of("cert-a.example");
    struct evidence_home h = {.files = fake_files(&disk)}, later = {.files = fake_files(&disk)};
    bool finished = false;
    fake_clear(&disk);
    CHECK_INT(evidence_home_make(&h.files, &p, &finished, NULL), ST_OK);
    CHECK_INT(home_load(&h, NULL), ST_OK);
    disk.failure = failure;
    disk.step = 0;
    disk.fail_at = n;
    disk.variant = variant;
    disk.failed = false;
    enum status st = evidence_home_rotate(&h, (struct bytes){0}, &cheap, &finished, NULL);
    bool reached = disk.failed;
    fake_crash(&disk, outcome, n);
    if (home_load(&later, NULL) != ST_OK) {
        (*bad)++;
        return reached;
    }
    *bad += st == ST_OK && complaints_about_keys(&later, 2, 2) != 0;
    *bad += evidence_home_rotate(&later, (struct bytes){0}, &cheap, &finished, NULL) != ST_OK;
    *bad += st == ST_OK && finished;
    *bad += complaints_about_keys(&later, 2, 3);
    return reached;
}

static void a_change_of_keys_loses_no_key_wherever_it_is_stopped(void)
{
    static const enum fake_failure failures[] = {FAKE_ERROR, FAKE_STOP, FAKE_FULL};
    for (size_t f = 0; f < ARRAY_LEN(failures); f++) {
        for (int variant = 0; variant < 2; variant++) {
            for (int lucky = 0; lucky < 2; lucky++) {
                int bad = 0;
                unsigned n = 1;
                while (rotation_stopped_at(n, failures[f], variant != 0,
                                           lucky ? FAKE_LUCKY : FAKE_STRICT, &bad)) {
                    n++;
                }
                CHECK(n > 30);
                CHECK_INT(bad, 0);
            }
        }
    }
    fake_clear(&disk);
}

/* Whoever has the key that signs, but not the promised one. */
static void a_thief_names_no_successor(void)
{
    struct folder f;
    folder_make(&f);
    struct evidence_home_plan p = plan_of("cert-a.example");
    CHECK_INT(make_in(&f, &p), ST_OK);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    struct ledger_signer his = material_signer("cert-a.example", LEDGER_KEY_SIGN, 66);
    struct fault why = {0};
    open_in(&f, &h);
    CHECK_INT(evidence_home_unlock(h, (struct bytes){0}, NULL), ST_OK);
    CHECK_INT(evidence_home_ledger(h, &log, NULL), ST_OK);
    CHECK_INT(home_add_succession(log, &his.key, &his.key, NULL), ST_OK);
    CHECK_INT(ledger_terms_read(&h->party, "log/", 2, &t, &why), ST_MISMATCH);
    CHECK_STR(why.field, "key that was not promised");
    CHECK_INT(why.offset, 1);
    folder_remove(&f);
}

static void key_entries_have_one_spelling(void)
{
    struct ledger_signer a = material_signer("cert-a.example", LEDGER_KEY_SIGN, 1);
    struct ledger_signer w = material_signer("cert-a.example", LEDGER_KEY_COSIGN, 1);
    struct ledger_succession s = {.key = a.key, .next = a.key.material}, got;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1024);
    CLEANUP(buf_fini) struct buf again = BUF_INIT(1024);
    ledger_succession_write(&s, &text);
    CHECK_INT(ledger_succession_parse(buf_bytes(&text), &got, NULL), ST_OK);
    CHECK(memcmp(&got, &s, sizeof(s)) == 0);
    int bad = 0;
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        if (ledger_succession_parse(buf_bytes(&text), &got, NULL) == ST_OK) {
            buf_clear(&again);
            ledger_succession_write(&got, &again);
            bad += !bytes_equal(buf_bytes(&again), buf_bytes(&text));
        }
        text.data[i] ^= 1;
        bad += ledger_succession_parse(bytes_of(text.data, i), &got, NULL) == ST_OK;
    }
    CHECK_INT(bad, 0);
    buf_byte(&text, '\n');
    CHECK_INT(ledger_succession_parse(buf_bytes(&text), &got, NULL), ST_MALFORMED);
    s.key = w.key;
    buf_clear(&text);
    ledger_succession_write(&s, &text);
    CHECK_INT(ledger_succession_parse(buf_bytes(&text), &got, NULL), ST_MALFORMED);
}

/* --- configuration ---------------------------------------------------------------- */

static void configurations_come_back_as_they_were(void)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    struct evidence_config c = {.local = {.rule = LOCAL_GIVEN, .n = 1}, .authority_n = 2}, d;
    (void)snprintf(c.name, sizeof(c.name), "cert-ä.example/\"1\"");
    CHECK(prefix_parse(BYTES_LITERAL("2001:db8::/32"), &c.local.nets[0]) == ST_OK);
    (void)snprintf(c.authorities[0].url, EVIDENCE_URL_MAX, "http://tsa.example/");
    (void)snprintf(c.authorities[1].url, EVIDENCE_URL_MAX, "https://tsa.example/2?a=b");
    (void)snprintf(c.authorities[1].ca, PATH_MAX, "/etc/roots of ours.pem");
    evidence_config_write(&c, &text);
    CHECK_INT(evidence_config_parse(buf_bytes(&text), &d, NULL), ST_OK);
    CHECK_STR(d.name, c.name);
    CHECK_INT(d.local.n, 1);
    CHECK(memcmp(&d.local.nets[0], &c.local.nets[0], sizeof(struct prefix)) == 0);
    CHECK_INT(d.authority_n, 2);
    CHECK_STR(d.authorities[0].url, c.authorities[0].url);
    CHECK_STR(d.authorities[1].ca, c.authorities[1].ca);
}

static void a_configuration_that_means_nothing_is_refused(void)
{
#define CONFIG(more) "{\"format\":\"exhibit-config/v1\",\"name\":\"a.example\"" more "}"
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"name\":\"a.example\"}",
        "{\"format\":\"exhibit-config/v2\",\"name\":\"a.example\"}",
        "{\"format\":\"exhibit-config/v1\",\"name\":\"a b\"}",
        "{\"format\":\"exhibit-config/v1\",\"name\":\"\"}",
        "{\"format\":\"exhibit-config/v1\",\"name\":1}",
        CONFIG(",\"name\":\"b.example\""),
        CONFIG(",\"timestamp\":[]"),
        CONFIG(",\"local\":\"192.0.2.0/24\""),
        CONFIG(",\"local\":[\"192.0.2.1/24\"]"),
        CONFIG(",\"timestamps\":[\"http://tsa.example\"]"),
        CONFIG(",\"timestamps\":[{\"ca\":\"x\"}]"),
        CONFIG(",\"timestamps\":[{\"url\":\"ftp://tsa.example\"}]"),
        CONFIG(",\"timestamps\":[{\"url\":\"http://tsa.example/a b\"}]"),
        CONFIG(",\"timestamps\":[{\"url\":\"http://tsa.example\",\"pin\":1}]"),
        CONFIG(",\"timestamps\":[{\"url\":\"http://tsa.example\\u0000\"}]"),
        CONFIG("") "x",
    };
    struct evidence_config c;
    CHECK_INT(evidence_config_parse(material_text(CONFIG("")), &c, NULL), ST_OK);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK_INT(evidence_config_parse(material_text(bad[i]), &c, NULL), ST_MALFORMED);
    }
}

TEST_MAIN(TEST(a_made_home_opens_and_signs), TEST(the_first_entry_names_the_keys),
          TEST(nobody_else_reads_the_keys), TEST(a_second_home_is_refused),
          TEST(a_passphrase_guards_both_keys), TEST(every_change_of_a_locked_key_is_noticed),
          TEST(the_cost_of_a_locked_key_is_bounded), TEST(an_epoch_keeps_its_key),
          TEST(a_backup_is_taken_back_only_by_its_home),
          TEST(a_home_is_whole_or_absent_wherever_it_is_stopped),
          TEST(failing_allocations_leave_no_half_home),
          TEST(a_key_that_was_read_before_the_change_signs_nothing),
          TEST(a_changed_key_signs_and_the_old_one_does_not),
          TEST(a_change_of_keys_loses_no_key_wherever_it_is_stopped),
          TEST(a_thief_names_no_successor), TEST(key_entries_have_one_spelling),
          TEST(configurations_come_back_as_they_were),
          TEST(a_configuration_that_means_nothing_is_refused))
