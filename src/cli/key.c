/* cli/key.c - exhibit key make|show|rotate|backup. */
#include "cli/key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/base64.h"
#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verb.h"
#include "evidence/home/backup.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/public.h"
#include "exchange/talk/keeping.h"

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, OUT_MAX_BYTES = 1 << 20 };

enum {
    OPT_NAME = 1,
    OPT_COSIGN,
    OPT_POLICY,
    OPT_MOVE,
    OPT_PASSPHRASE,
    OPT_NEW_FILE,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
};

const struct option_spec key_options[] = {
    {"--policy", 0, NULL, "show: a policy (C2SP tlog-policy) that trusts the party's ledger.",
     OPT_POLICY, NULL},
    {"--move", 0, NULL, "backup: and remove the opening key's secret half from the home.", OPT_MOVE,
     NULL},
    {"--name", 'n', "NAME", "make: what the key is called.", OPT_NAME, NULL},
    {"--cosign", 0, NULL, "make: a witness's key, which cosigns checkpoints of others.", OPT_COSIGN,
     NULL},
    {"--passphrase", 'p', NULL, "make, backup: ask for a new passphrase and keep the key under it.",
     OPT_PASSPHRASE, NULL},
    {"--new-passphrase-file", 0, "FILE", "The same, read from the first line of FILE.",
     OPT_NEW_FILE, NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer with one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct key {
    const char *home, *name, *passphrase_file, *new_file;
    unsigned given;
};

static bool take_name(struct key *k, const char *value)
{
    if (!home_name_good("key", value)) {
        return false;
    }
    k->name = value;
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct key *k = ctx;
    if (spec->id == OPTION_HELP) {
        return true;
    }
    k->given |= 1U << spec->id;
    switch (spec->id) {
    case OPT_NAME:
        return take_name(k, value);
    case OPT_NEW_FILE:
        k->new_file = value;
        break;
    case OPT_PASSPHRASE_FILE:
        k->passphrase_file = value;
        break;
    case OPT_HOME:
        k->home = value;
        break;
    default:
        break;
    }
    return true;
}

static bool given(const struct key *k, int id)
{
    return (k->given >> id & 1U) != 0;
}

static bool wants_new(const struct key *k)
{
    return given(k, OPT_PASSPHRASE) || given(k, OPT_NEW_FILE);
}

/* --- make ----------------------------------------------------------------------- */

static bool write_all(int fd, struct bytes b)
{
    while (b.len > 0) {
        ssize_t n = write(fd, b.data, b.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        b.data += n > 0 ? n : 0;
        b.len -= n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

/* A file with a secret: for its owner alone, and never in place of another. */
static bool put_secret(const char *path, struct bytes content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        say("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = write_all(fd, content);
    int err = errno;
    good = close(fd) == 0 && good;
    if (!good) {
        say("%s: %s", path, strerror(err));
        (void)unlink(path); /* the first failure is the one to tell */
    }
    return good;
}

static bool draw(const struct key *k, struct ledger_signer *ret)
{
    uint8_t seed[LEDGER_KEY_BYTES];
    uint8_t type = given(k, OPT_COSIGN) ? LEDGER_KEY_COSIGN : LEDGER_KEY_SIGN;
    enum status st = random_bytes(seed, sizeof(seed));
    st = st != ST_OK ? st : ledger_signer_make(bytes_of(k->name, strlen(k->name)), type, seed, ret);
    explicit_bzero(seed, sizeof(seed));
    if (st != ST_OK) {
        say("key: %s", status_text(st));
    }
    return st == ST_OK;
}

static int tell_key(const struct key *k, const struct ledger_key *key)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_BYTES);
    struct emit j;
    ledger_key_format(key, &text);
    if (given(k, OPT_JSON)) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "key");
        emit_member_str(&j, "name", key->name);
        emit_member_text(&j, "key", buf_bytes(&text));
        emit_object_end(&j);
    } else {
        buf_append(&out, text.data, text.len);
    }
    buf_byte(&out, '\n');
    return out.failed == ST_OK && output_write(buf_bytes(&out)) ? EXIT_DONE : EXIT_COULD_NOT;
}

static int make(const struct key *k, char **operands)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    struct fault why = {0};
    if (k->name == NULL) {
        say("key make: --name NAME: what is the key called?");
        return EXIT_COULD_NOT;
    }
    if ((wants_new(k) && !home_passphrase(k->new_file, k->name, true, &words)) || !draw(k, &s)) {
        return EXIT_COULD_NOT;
    }
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    enum status st = evidence_keyfile_sign(&s, buf_bytes(&words), &EVIDENCE_LOCK_COST, &text, &why);
    if (st != ST_OK) {
        say_fault(operands[0], st, &why);
        return EXIT_COULD_NOT;
    }
    return put_secret(operands[0], buf_bytes(&text)) ? tell_key(k, &s.key) : EXIT_COULD_NOT;
}

/* --- show ----------------------------------------------------------------------- */

static void tell_policy(struct buf *out, const struct evidence_public *p)
{
    buf_str(out, "# Whoever reads with this policy trusts this party's ledger, and no witness:\n"
                 "# that nothing in it was changed or taken out is then its own word. Add\n"
                 "# witnesses (C2SP tlog-policy) to need more than that.\n"
                 "# A line of sizes says which checkpoints the key behind it may sign; next is\n"
                 "# the hash of the key that will follow.\n");
    evidence_public_policy(p, out);
}

static void tell_terms(struct buf *out, const struct evidence_public *p)
{
    for (size_t i = 0; i + 1 < p->terms.n; i++) {
        const struct ledger_term *t = &p->terms.term[i];
        buf_str(out, "Earlier key     ");
        ledger_key_format(&t->key, out);
        buf_printf(out, "\n                signed sizes %" PRIu64 " to %" PRIu64 "\n", t->first,
                   t->last);
    }
}

static void tell_home(struct buf *out, const struct evidence_home *h,
                      const struct evidence_public *p)
{
    char finger[EXCHANGE_FINGERPRINT_MAX];
    buf_printf(out, "Party           %s\nHome            %s\nSigning key     ", h->config.name,
               h->path);
    ledger_key_format(&h->signer.key, out);
    exchange_fingerprint(&h->signer.key, finger);
    buf_printf(out, "\n                fingerprint %s\n                %s\n", finger,
               h->locked ? "under a passphrase" : "in clear, readable by its owner alone");
    tell_terms(out, p);
    buf_str(out, "Next key        its hash is promised: ");
    base64_append(out, bytes_of(h->next.b, sizeof(h->next.b)));
    buf_str(out, "\nOpening key     ");
    evidence_keyfile_open_pub(h->open_pub, out);
    buf_printf(out, "                %s\n",
               !h->open_here    ? "its secret half was moved out of the home"
               : h->open_locked ? "its secret half is in the home, under a passphrase"
                                : "its secret half is in the home, in clear");
}

static void json_terms(struct emit *j, const struct evidence_public *p)
{
    emit_key(j, "keys");
    emit_array(j);
    for (size_t i = 0; i < p->terms.n; i++) {
        CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_KEY_BYTES);
        const struct ledger_term *t = &p->terms.term[i];
        ledger_key_format(&t->key, &key);
        emit_object(j);
        emit_member_text(j, "key", buf_bytes(&key));
        emit_member_u64(j, "entry", t->entry);
        emit_member_u64(j, "first_size", t->first);
        emit_key(j, "last_size");
        if (t->last == UINT64_MAX) {
            emit_null(j);
        } else {
            emit_u64(j, t->last);
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void tell_json(struct buf *out, const struct evidence_home *h,
                      const struct evidence_public *p)
{
    CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_KEY_BYTES);
    CLEANUP(buf_fini) struct buf next = BUF_INIT(64);
    CLEANUP(buf_fini) struct buf open = BUF_INIT(64);
    char finger[EXCHANGE_FINGERPRINT_MAX];
    struct emit j;
    ledger_key_format(&h->signer.key, &key);
    base64_append(&next, bytes_of(h->next.b, sizeof(h->next.b)));
    base64_append(&open, bytes_of(h->open_pub, sizeof(h->open_pub)));
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "keys");
    emit_member_str(&j, "name", h->config.name);
    emit_member_text(&j, "key", buf_bytes(&key));
    exchange_fingerprint(&h->signer.key, finger);
    emit_member_str(&j, "fingerprint", finger);
    emit_member_bool(&j, "passphrase", h->locked);
    emit_member_text(&j, "next", buf_bytes(&next));
    emit_member_text(&j, "opening_key", buf_bytes(&open));
    emit_member_bool(&j, "opening_key_here", h->open_here);
    emit_member_bool(&j, "opening_key_passphrase", h->open_locked);
    json_terms(&j, p);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static int show_home(const struct key *k)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    struct evidence_public p;
    struct fault why = {0};
    if (!home_get(k->home, &h)) {
        return EXIT_COULD_NOT;
    }
    enum status st = evidence_public_read(&h->party, "log/", &p, &why);
    if (st != ST_OK) {
        say_fault(h->path, st, &why);
        return EXIT_COULD_NOT;
    }
    if (given(k, OPT_POLICY)) {
        tell_policy(&out, &p);
    } else if (given(k, OPT_JSON)) {
        tell_json(&out, h, &p);
    } else {
        tell_home(&out, h, &p);
    }
    evidence_public_fini(&p);
    return out.failed == ST_OK && output_write(buf_bytes(&out)) ? EXIT_DONE : EXIT_COULD_NOT;
}

/* Of a key file, its public half. */
static int show_file(const struct key *k, const char *path)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    struct ledger_key key;
    struct fault why = {0};
    bool locked;
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    enum status st = file_read(path, &text, &why);
    st = st != ST_OK ? st : evidence_keyfile_sign_public(buf_bytes(&text), &key, &locked, &why);
    if (st != ST_OK) {
        say_fault(path, st, &why);
        return EXIT_COULD_NOT;
    }
    return tell_key(k, &key);
}

static int show(const struct key *k, char **operands)
{
    if (given(k, OPT_POLICY) && (operands[0] != NULL || given(k, OPT_JSON))) {
        say("key show: --policy goes with neither FILE nor --json");
        return EXIT_COULD_NOT;
    }
    return operands[0] != NULL ? show_file(k, operands[0]) : show_home(k);
}

/* --- rotate --------------------------------------------------------------------- */

static int rotate(const struct key *k, char **operands)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    struct fault why = {0};
    bool finished = false;
    (void)operands;
    if (!home_get(k->home, &h) ||
        (h->locked && !home_passphrase(k->passphrase_file, h->config.name, false, &words))) {
        return EXIT_COULD_NOT;
    }
    enum status st =
        evidence_home_rotate(h, buf_bytes(&words), &EVIDENCE_LOCK_COST, &finished, &why);
    /* Counterparts follow the change by this; later, the next key would have signed it. */
    st = st != ST_OK ? st : exchange_term_keep(h, &why);
    if (st != ST_OK) {
        say_fault(h->path, st, &why);
        return EXIT_COULD_NOT;
    }
    if (finished) {
        say("key rotate: finished a change that was interrupted");
    }
    return tell_key(k, &h->signer.key);
}

/* --- backup --------------------------------------------------------------------- */

/* Is it what was written, for whoever comes back with it? */
static bool reads_back(const char *path, struct bytes content)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    struct fault why = {0};
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* as above */
    enum status st = file_read(path, &text, &why);
    if (st != ST_OK || !bytes_equal(buf_bytes(&text), content)) {
        say("%s: it does not read back as it was written", path);
        return false;
    }
    return true;
}

static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash == path ? 1 : slash - path),
                       path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    if (!good) {
        say("%s: %s", folder, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd); /* only a folder */
    }
    return good;
}

static enum status backup_text(const struct key *k, const struct evidence_home *h, struct buf *text,
                               struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    CLEANUP(evidence_secret_buf_fini) struct buf fresh = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    if (wants_new(k)) {
        if ((h->open_locked &&
             !home_passphrase(k->passphrase_file, h->config.name, false, &words)) ||
            !home_passphrase(k->new_file, "the backup", true, &fresh)) {
            return fault_at(why, ST_DENIED, 0, "no backup was made");
        }
    }
    (void)buf_reserve(text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    return evidence_backup_write(h, buf_bytes(&words), buf_bytes(&fresh), &EVIDENCE_LOCK_COST, text,
                                 why);
}

static int tell_backup(const struct key *k, const struct evidence_home *h, const char *path)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    struct emit j;
    if (given(k, OPT_JSON)) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "backup");
        emit_member_str(&j, "file", path);
        emit_member_bool(&j, "moved", !h->open_here);
        emit_member_bool(&j, "passphrase", wants_new(k) || h->open_locked);
        emit_object_end(&j);
        buf_byte(&out, '\n');
    } else {
        buf_printf(&out, "%s the opening key to %s\n", h->open_here ? "Copied" : "Moved", path);
        buf_str(&out, h->open_here ? ""
                                   : "What is sealed here can now be opened only with that file:\n"
                                     "name it with --key. Take it away from this machine.\n");
    }
    return out.failed == ST_OK && output_write(buf_bytes(&out)) ? EXIT_DONE : EXIT_COULD_NOT;
}

static int backup(const struct key *k, char **operands)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    struct fault why = {0};
    if (!home_get(k->home, &h)) {
        return EXIT_COULD_NOT;
    }
    bool locked = h->open_locked;
    enum status st = backup_text(k, h, &text, &why);
    if (st == ST_END) {
        say("%s: the opening key is not here: it was moved before", h->path);
        return EXIT_COULD_NOT;
    }
    if (st == ST_OK &&
        (!put_secret(operands[0], buf_bytes(&text)) || !reads_back(operands[0], buf_bytes(&text)) ||
         !sync_folder_of(operands[0]))) {
        return EXIT_COULD_NOT;
    }
    if (st == ST_OK && given(k, OPT_MOVE)) {
        st = evidence_backup_forget(h, &why);
    }
    if (st != ST_OK) {
        say_fault(h->path, st, &why);
        return EXIT_COULD_NOT;
    }
    h->open_locked = locked;
    return tell_backup(k, h, operands[0]);
}

/* --- which ---------------------------------------------------------------------- */

#define BIT(id) (1U << (id))

int key_main(const struct command *self, int argc, char **argv)
{
    static const unsigned fresh = BIT(OPT_PASSPHRASE) | BIT(OPT_NEW_FILE);
    static const struct verb verbs[] = {
        {"make", 1, 1, fresh | BIT(OPT_NAME) | BIT(OPT_COSIGN) | BIT(OPT_JSON)},
        {"show", 0, 1, BIT(OPT_POLICY) | BIT(OPT_HOME) | BIT(OPT_JSON)},
        {"rotate", 0, 0, BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_HOME) | BIT(OPT_JSON)},
        {"backup", 1, 1,
         fresh | BIT(OPT_MOVE) | BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_HOME) | BIT(OPT_JSON)},
        {NULL, 0, 0, 0},
    };
    static int (*const run[])(const struct key *, char **) = {make, show, rotate, backup};
    struct key k = {.home = NULL};
    int n;
    if (!options_parse(self, argc, argv, take, &k, &n)) {
        return EXIT_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    int which = verb_find(self, verbs, n, argv, k.given);
    return which < 0 ? EXIT_COULD_NOT : run[which](&k, argv + 1);
}
