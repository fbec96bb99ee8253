/* tests/unit/exchange/test_statement.c - what is said is kept, shown and followed. */
#include "exchange/talk/statement.h"

#include "base/core/canon.h"
#include "exchange/talk/handed.h"
#include "talking.h"

static const char note_type[] = "exhibit-receipt/v1";

static struct exchange_statement *read_text(const char *json, struct fault *why, enum status *ret)
{
    char note[2048];
    struct exchange_statement *s = NULL;
    int n = snprintf(note, sizeof(note), "%s\n\n\xe2\x80\x94 a.example AAAAAAAAAAA=\n", json);
    *ret = exchange_statement_read(bytes_of(note, (size_t)n), &s, why);
    return s;
}

#define HEX32 "00112233445566778899aabbccddeeff"
#define GOOD                                                                                       \
    "{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a.example\",\"time\":\"2027-01-15T08:00:00Z\"," \
    "\"type\":\"exhibit-receipt/v1\"}"

static void every_flaw_has_its_name(void)
{
    static const struct {
        const char *json, *field;
    } no[] = {
        {"{}", "type"},
        {"[]", "a member that is not known"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a b\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "party"},
        {"{\"body\":{},\"id\":\"00\",\"party\":\"a\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "id"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15 08:00:00Z\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "time"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15T08:00:00+00:00\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "time"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"other-receipt/v1\"}",
         "type"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"exhibit-receipt/v2\"}",
         "type"},
        {"{\"body\":1,\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "body"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"party\":\"a\",\"previous\":null,"
         "\"time\":\"2027-01-15T08:00:00Z\",\"type\":\"exhibit-receipt/v1\"}",
         "previous"},
        {"{\"body\":{},\"id\":\"" HEX32 "\",\"more\":1,\"party\":\"a\","
         "\"time\":\"2027-01-15T08:00:00Z\",\"type\":\"exhibit-receipt/v1\"}",
         "a member that is not known"},
        {"{\"id\":\"" HEX32 "\",\"body\":{},\"party\":\"a\",\"time\":\"2027-01-15T08:00:00Z\","
         "\"type\":\"exhibit-receipt/v1\"}",
         "spelling (RFC 8785)"},
        {"{\"body\":{\"a\":1.5},\"id\":\"" HEX32 "\",\"party\":\"a\",\"time\":\"2027-01-15T08:"
         "00:00Z\",\"type\":\"exhibit-receipt/v1\"}",
         "number that is not whole, or too large"},
        {"{\"body\":{},\"body\":{}}", "name that is there twice"},
        {"{\"body\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}", "nesting"},
        {"{", "JSON"},
    };
    enum status st;
    struct exchange_statement *s = read_text(GOOD, NULL, &st);
    CHECK_INT(st, ST_OK);
    exchange_statement_free(s);
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        struct fault why = {0};
        s = read_text(no[i].json, &why, &st);
        CHECK(st != ST_OK && s == NULL);
        CHECK_STR(why.field, no[i].field);
    }
}

static void what_is_made_is_read_back(void)
{
    struct talker a;
    talker_make(&a, "a.example");
    struct digest before = {{7}};
    struct exchange_statement *s =
        talker_says(&a, note_type, 3, &before, "{\"z\":1,\"a\":[\"\\u00e9\"]}");
    struct exchange_statement *again = NULL;
    struct ledger_signed seen;
    CHECK_INT(exchange_statement_read(buf_bytes(&s->file), &again, NULL), ST_OK);
    CHECK_STR(again->type, note_type);
    CHECK_STR(again->party, "a.example");
    CHECK_STR(again->id, "03000000000000000000000000000000");
    CHECK(again->time_ns == s->time_ns && again->answers);
    CHECK(memcmp(&again->previous, &before, sizeof(before)) == 0);
    CHECK(memcmp(&again->hash, &s->hash, sizeof(s->hash)) == 0);
    CHECK_INT(ledger_note_check(&again->note, &a.home->signer.key, 1, &seen, NULL), ST_OK);
    CHECK_INT(exchange_statement_expect(again, note_type, TALK_TIME, NULL), ST_OK);
    CHECK_INT(exchange_statement_expect(again, note_type, TALK_TIME - 2 * EXCHANGE_AHEAD_NS, NULL),
              ST_MALFORMED);
    CHECK_INT(exchange_statement_expect(again, "exhibit-case/v1", TALK_TIME, NULL), ST_MALFORMED);
    exchange_statement_free(again);
    exchange_statement_free(s);
    talker_remove(&a);
}

/* A changed byte in text or signature line never leaves a statement that checks. */
static void no_changed_byte_passes(void)
{
    struct talker a;
    talker_make(&a, "a.example");
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{\"x\":\"y\"}");
    struct exchange_keys k;
    size_t key = 9;
    int bad = 0;
    talker_keys(&a, &k);
    CHECK_INT(exchange_keys_signed(&k, &s->note, &key, NULL), ST_OK);
    for (size_t i = 0; i < s->file.len; i++) {
        struct exchange_statement *t = NULL;
        s->file.data[i] ^= 1;
        if (exchange_statement_read(buf_bytes(&s->file), &t, NULL) == ST_OK) {
            bad += exchange_keys_signed(&k, &t->note, &key, NULL) == ST_OK;
        }
        exchange_statement_free(t);
        s->file.data[i] ^= 1;
    }
    CHECK_INT(bad, 0);
    exchange_statement_free(s);
    talker_remove(&a);
}

static void two_parties_sign_one_text(void)
{
    struct talker a, b;
    talker_make(&a, "a.example");
    talker_make(&b, "b.example");
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}"), *t = NULL, *u = NULL;
    struct ledger_key keys[2] = {a.home->signer.key, b.home->signer.key};
    struct ledger_signed seen[2] = {{0}};
    CHECK_INT(exchange_statement_read(buf_bytes(&s->file), &t, NULL), ST_OK);
    CHECK_INT(exchange_statement_sign(t, &b.home->signer, NULL), ST_OK);
    CHECK_INT(exchange_statement_sign(t, &b.home->signer, NULL), ST_OK); /* once is enough */
    CHECK_INT(t->note.lines, 2);
    CHECK(memcmp(&t->hash, &s->hash, sizeof(s->hash)) == 0);
    CHECK_INT(exchange_statement_merge(s, t, NULL), ST_OK);
    CHECK_INT(ledger_note_check(&s->note, keys, 2, seen, NULL), ST_OK);
    CHECK(seen[0].valid && seen[1].valid);
    u = talker_says(&b, note_type, 2, NULL, "{}");
    CHECK_INT(exchange_statement_merge(s, u, NULL), ST_MISMATCH);
    exchange_statement_free(s);
    exchange_statement_free(t);
    exchange_statement_free(u);
    talker_remove(&a);
    talker_remove(&b);
}

/* --- ledgers ---------------------------------------------------------------------- */

/* a says something, b takes it in: both ledgers hold it, and either file shows that. */
static void both_ledgers_hold_it(void)
{
    struct talker a, b;
    struct exchange_keys ka, kb;
    struct exchange_handed *h = NULL, *g = NULL;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20), back = BUF_INIT(1 << 20);
    talker_make(&a, "a.example");
    talker_make(&b, "b.example");
    talker_keys(&a, &ka);
    talker_keys(&b, &kb);
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
    CHECK_INT(talker_keeps(&a, s, NULL, NULL, NULL), ST_OK);
    talker_hands(&a, &s->hash, 1, &file);
    CHECK_INT(exchange_handed_read(buf_bytes(&file), &h, NULL), ST_OK);
    CHECK_INT(h->n, 1);
    CHECK_INT(h->item[0].logged_n, 1);
    CHECK_INT(exchange_item_check(&h->item[0], &ka, true, NULL), ST_OK);
    CHECK_INT(exchange_item_check(&h->item[0], &kb, true, NULL), ST_DENIED);

    const json_t *logged =
        json_object_get(json_array_get(json_object_get(h->root, "statements"), 0), "logged");
    CHECK_INT(talker_keeps(&b, h->item[0].statement, logged, NULL, NULL), ST_OK);
    talker_hands(&b, &s->hash, 1, &back);
    CHECK_INT(exchange_handed_read(buf_bytes(&back), &g, NULL), ST_OK);
    CHECK_INT(g->item[0].logged_n, 2);
    uint64_t index = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct exchange_logged *l = &g->item[0].logged[i];
        const struct exchange_keys *k = strcmp(l->party, "a.example") == 0 ? &ka : &kb;
        CHECK_INT(exchange_logged_check(l, &s->hash, k, &index, NULL), ST_OK);
        CHECK_INT(index, 1);
        struct digest other = {{1}};
        CHECK_INT(exchange_logged_check(l, &other, k, NULL, NULL), ST_MISMATCH);
    }
    exchange_handed_free(h);
    exchange_handed_free(g);
    exchange_statement_free(s);
    talker_remove(&a);
    talker_remove(&b);
}

static bool contains(struct bytes in, const char *what)
{
    return memmem(in.data, in.len, what, strlen(what)) != NULL;
}

/* Entries of an accord and of an answer look alike and name nobody. */
static void an_entry_shows_neither_kind_nor_content(void)
{
    uint8_t salt[EXCHANGE_SALT_BYTES] = {1}, other[EXCHANGE_SALT_BYTES] = {2};
    struct digest hash = {{5}};
    CLEANUP(buf_fini) struct buf e = BUF_INIT(256), f = BUF_INIT(256);
    char hex[DIGEST_TEXT_MAX];
    digest_format(&hash, hex);
    CHECK_INT(exchange_entry_write(salt, &hash, &e), ST_OK);
    CHECK_INT(exchange_entry_write(other, &hash, &f), ST_OK);
    CHECK_INT(e.len, 21 + 44 + 1);
    CHECK(bytes_begin(buf_bytes(&e), BYTES_LITERAL("exhibit-statement/v1\n")));
    CHECK(!contains(buf_bytes(&e), hex) && !contains(buf_bytes(&e), "accord"));
    CHECK(!bytes_equal(buf_bytes(&e), buf_bytes(&f))); /* who guesses the text learns nothing */
}

static void keeping_twice_is_keeping_once(void)
{
    struct talker a;
    bool is_new = false;
    talker_make(&a, "a.example");
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
    struct exchange_kept_list all;
    CHECK_INT(talker_keeps(&a, s, NULL, &is_new, NULL), ST_OK);
    CHECK(is_new);
    CHECK_INT(talker_entries(&a), 2);
    CHECK_INT(talker_keeps(&a, s, NULL, &is_new, NULL), ST_OK);
    CHECK(!is_new);
    CHECK_INT(talker_entries(&a), 2);
    CHECK_INT(exchange_kept_all(a.home, note_type, &all, NULL), ST_OK);
    CHECK_INT(all.n, 1);
    CHECK(all.n == 1 && all.item[0]->logged && all.item[0]->index == 1);
    exchange_kept_list_fini(&all);
    CHECK_INT(exchange_kept_all(a.home, "exhibit-case/v1", &all, NULL), ST_OK);
    CHECK_INT(all.n, 0);
    exchange_kept_list_fini(&all);
    exchange_statement_free(s);
    talker_remove(&a);
}

/* Stopped at any file operation: keeping it again leaves one statement, one entry. */
struct stopping {
    struct ledger_files real;
    unsigned left; /* operations until everything fails */
};

static bool stop_now(struct stopping *s)
{
    s->left -= s->left > 0 ? 1 : 0;
    return s->left == 0;
}

static int stop_rename(void *ctx, const char *from, const char *to)
{
    struct stopping *s = ctx;
    return stop_now(s) ? -EIO : s->real.rename(s->real.ctx, from, to);
}

static int stop_fsync(void *ctx, int fd)
{
    struct stopping *s = ctx;
    return stop_now(s) ? -EIO : s->real.fsync(s->real.ctx, fd);
}

static int pass_open(void *ctx, const char *path, int flags)
{
    struct stopping *s = ctx;
    return s->real.open(s->real.ctx, path, flags);
}
static ssize_t pass_read(void *ctx, int fd, void *d, size_t n)
{
    struct stopping *s = ctx;
    return s->real.read(s->real.ctx, fd, d, n);
}
static ssize_t pass_write(void *ctx, int fd, const void *d, size_t n)
{
    struct stopping *s = ctx;
    return s->real.write(s->real.ctx, fd, d, n);
}
static int pass_close(void *ctx, int fd)
{
    struct stopping *s = ctx;
    return s->real.close(s->real.ctx, fd);
}
static int pass_mkdir(void *ctx, const char *path)
{
    struct stopping *s = ctx;
    return s->real.mkdir(s->real.ctx, path);
}
static int pass_unlink(void *ctx, const char *path)
{
    struct stopping *s = ctx;
    return s->real.unlink(s->real.ctx, path);
}

static enum status keep_stopped(struct talker *a, const struct exchange_statement *s, unsigned at)
{
    struct stopping stop = {a->home->files, at};
    struct ledger_files was = a->home->files;
    a->home->files = (struct ledger_files){.ctx = &stop,
                                           .open = pass_open,
                                           .read = pass_read,
                                           .write = pass_write,
                                           .fsync = stop_fsync,
                                           .close = pass_close,
                                           .rename = stop_rename,
                                           .mkdir = pass_mkdir,
                                           .unlink = pass_unlink,
                                           .rmdir = was.rmdir,
                                           .lock = was.lock};
    enum status st = talker_keeps(a, s, NULL, NULL, NULL);
    a->home->files = was;
    return st;
}

static void a_stop_anywhere_loses_and_doubles_nothing(void)
{
    for (unsigned at = 1;; at++) {
        struct talker a;
        struct exchange_kept_list all;
        talker_make(&a, "a.example");
        struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
        enum status st = keep_stopped(&a, s, at);
        CHECK_INT(talker_keeps(&a, s, NULL, NULL, NULL), ST_OK);
        CHECK_INT(talker_entries(&a), 2);
        CHECK_INT(exchange_kept_all(a.home, NULL, &all, NULL), ST_OK);
        CHECK_INT(all.n, 1);
        CHECK(all.n == 1 && all.item[0]->logged);
        exchange_kept_list_fini(&all);
        exchange_statement_free(s);
        talker_remove(&a);
        if (st == ST_OK) {
            CHECK(at > 4);
            break;
        }
    }
}

/* --- keys ------------------------------------------------------------------------- */

/* b knows the first key of a alone; a changes it twice and goes on talking. */
static void keys_are_followed_through_their_promises(void)
{
    struct talker a, b;
    struct exchange_keys k, again;
    struct exchange_handed *h = NULL;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    struct digest hash[2];
    talker_make(&a, "a.example");
    talker_make(&b, "b.example");
    talker_keys(&a, &k);
    again = k;
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
    CHECK_INT(talker_keeps(&a, s, NULL, NULL, NULL), ST_OK);
    talker_rotates(&a);
    talker_rotates(&a);
    struct exchange_statement *t = talker_says(&a, note_type, 2, NULL, "{}");
    CHECK_INT(talker_keeps(&a, t, NULL, NULL, NULL), ST_OK);
    hash[0] = s->hash;
    hash[1] = t->hash;
    talker_hands(&a, hash, 2, &file);
    CHECK_INT(exchange_handed_read(buf_bytes(&file), &h, NULL), ST_OK);
    CHECK_INT(exchange_item_check(&h->item[1], &k, true, NULL), ST_DENIED); /* not followed yet */
    CHECK_INT(exchange_keys_follow_all(&k, h->keys, h->keys_n, NULL), ST_OK);
    CHECK_INT(k.n, 3);
    CHECK_INT(exchange_item_check(&h->item[0], &k, true, NULL), ST_OK);
    CHECK_INT(exchange_item_check(&h->item[1], &k, true, NULL), ST_OK);
    CHECK_INT(exchange_keys_keep(b.home, &k, h, NULL), ST_OK);
    CHECK_INT(exchange_keys_kept(b.home, &again, NULL), ST_OK);
    CHECK_INT(again.n, 3);
    /* Who begins with a later key passes the entries before it over. */
    struct exchange_keys late;
    talker_keys(&a, &late);
    CHECK_INT(exchange_keys_follow_all(&late, h->keys, h->keys_n, NULL), ST_OK);
    CHECK_INT(late.n, 1);
    exchange_handed_free(h);
    exchange_statement_free(s);
    exchange_statement_free(t);
    talker_remove(&a);
    talker_remove(&b);
}

/* Somebody who has the key that a uses, and nothing of the next one. */
static void a_thief_names_no_successor(void)
{
    struct talker a, thief;
    struct exchange_keys k;
    struct exchange_handed *h = NULL;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    talker_make(&a, "a.example");
    talker_make(&thief, "a.example"); /* a ledger of his own under that name */
    talker_keys(&a, &k);
    talker_rotates(&thief);
    struct exchange_statement *s = talker_says(&thief, note_type, 1, NULL, "{}");
    CHECK_INT(talker_keeps(&thief, s, NULL, NULL, NULL), ST_OK);
    talker_hands(&thief, &s->hash, 1, &file);
    CHECK_INT(exchange_handed_read(buf_bytes(&file), &h, NULL), ST_OK);
    CHECK_INT(exchange_keys_follow_all(&k, h->keys, h->keys_n, NULL), ST_MISMATCH);
    CHECK_INT(k.n, 1);
    CHECK_INT(exchange_item_check(&h->item[0], &k, true, NULL), ST_DENIED);
    exchange_handed_free(h);
    exchange_statement_free(s);
    talker_remove(&a);
    talker_remove(&thief);
}

/* A key that was replaced signs nothing that is in the ledger behind its end. */
static void an_old_key_says_nothing_new(void)
{
    struct talker a;
    struct exchange_keys k;
    struct exchange_handed *h = NULL;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    talker_make(&a, "a.example");
    talker_keys(&a, &k);
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
    talker_rotates(&a); /* what was signed before is put into the ledger after */
    CHECK_INT(talker_keeps(&a, s, NULL, NULL, NULL), ST_OK);
    talker_hands(&a, &s->hash, 1, &file);
    CHECK_INT(exchange_handed_read(buf_bytes(&file), &h, NULL), ST_OK);
    CHECK_INT(exchange_keys_follow_all(&k, h->keys, h->keys_n, NULL), ST_OK);
    CHECK_INT(exchange_item_check(&h->item[0], &k, true, &why), ST_MISMATCH);
    CHECK_STR(why.field, "signed by a key that was out of use");
    exchange_handed_free(h);
    exchange_statement_free(s);
    talker_remove(&a);
}

static void fingerprints_compare_as_people_write_them(void)
{
    struct talker a, b;
    char text[EXCHANGE_FINGERPRINT_MAX];
    talker_make(&a, "a.example");
    talker_make(&b, "b.example");
    exchange_fingerprint(&a.home->signer.key, text);
    CHECK_INT(strlen(text), EXCHANGE_FINGERPRINT_MAX - 1);
    CHECK(exchange_fingerprint_is(&a.home->signer.key, text));
    CHECK(!exchange_fingerprint_is(&b.home->signer.key, text));
    text[4] = ':';
    CHECK(exchange_fingerprint_is(&a.home->signer.key, text));
    text[38] = '\0';
    CHECK(!exchange_fingerprint_is(&a.home->signer.key, text));
    CHECK(!exchange_fingerprint_is(&a.home->signer.key, ""));
    talker_remove(&a);
    talker_remove(&b);
}

/* --- files ------------------------------------------------------------------------ */

static void what_goes_along_comes_back(void)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    struct exchange_handed *h = NULL;
    struct talker a;
    talker_make(&a, "a.example");
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{}");
    CHECK_INT(exchange_handing_init(&w), ST_OK);
    CHECK_INT(exchange_handing_add(&w, s, NULL), ST_OK);
    CHECK_INT(exchange_handing_enclose(&w, "case.exhibit", BYTES_LITERAL("PK\0\1")), ST_OK);
    CHECK_INT(exchange_handing_write(&w, &file, NULL), ST_OK);
    CHECK_INT(exchange_handed_read(buf_bytes(&file), &h, NULL), ST_OK);
    CHECK_INT(h->enclosed_n, 1);
    CHECK_STR(h->enclosed[0].name, "case.exhibit");
    CHECK(bytes_equal(buf_bytes(&h->enclosed[0].content), BYTES_LITERAL("PK\0\1")));
    exchange_handed_free(h);
    exchange_statement_free(s);
    talker_remove(&a);
}

static void a_failed_allocation_leaks_nothing(void)
{
    struct talker a;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    talker_make(&a, "a.example");
    struct exchange_statement *s = talker_says(&a, note_type, 1, NULL, "{\"a\":[1,\"b\"]}");
    CHECK_INT(talker_keeps(&a, s, NULL, NULL, NULL), ST_OK);
    talker_hands(&a, &s->hash, 1, &file);
    for (unsigned n = 1;; n++) {
        struct exchange_handed *h = NULL;
        test_fail_allocation(n);
        enum status st = exchange_handed_read(buf_bytes(&file), &h, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_OK : st == ST_OK);
        exchange_handed_free(h);
        if (!failed) {
            CHECK(n > 3);
            break;
        }
    }
    for (unsigned n = 1;; n++) {
        struct exchange_kept_list all = {0};
        test_fail_allocation(n);
        enum status st = exchange_kept_all(a.home, NULL, &all, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_OK : st == ST_OK);
        exchange_kept_list_fini(&all);
        if (!failed) {
            break;
        }
    }
    exchange_statement_free(s);
    talker_remove(&a);
}

TEST_MAIN(TEST(every_flaw_has_its_name), TEST(what_is_made_is_read_back),
          TEST(no_changed_byte_passes), TEST(two_parties_sign_one_text), TEST(both_ledgers_hold_it),
          TEST(an_entry_shows_neither_kind_nor_content), TEST(keeping_twice_is_keeping_once),
          TEST(a_stop_anywhere_loses_and_doubles_nothing),
          TEST(keys_are_followed_through_their_promises), TEST(a_thief_names_no_successor),
          TEST(an_old_key_says_nothing_new), TEST(fingerprints_compare_as_people_write_them),
          TEST(what_goes_along_comes_back), TEST(a_failed_allocation_leaks_nothing))
