/* cli/sealing.c - taking what the reader sealed. */
#include "cli/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/home.h"
#include "cli/progress.h"
#include "cli/reader_child.h"
#include "cli/say.h"

enum { CHUNK_BYTES = 1 << 18 };

/* --- what is read ----------------------------------------------------------------------- */

/* What was being hashed or spooled. */
struct intake {
    struct grown_look look;  /* when it has one: compared, too */
    struct digest_run *hash; /* else */
    uint64_t bytes;
    struct progress *progress;
    uint64_t before; /* of other inputs */
};

static enum status write_all(int fd, const uint8_t *p, size_t n, struct fault *why)
{
    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno != EINTR) {
            return fault_sys(why, errno, "writing it into the home");
        }
        p += put > 0 ? put : 0;
        n -= put > 0 ? (size_t)put : 0;
    }
    return ST_OK;
}

/* To the end, into the hash and (spool >= 0) into a file. */
static enum status take_in(int fd, int spool, struct intake *in, struct fault *why)
{
    const volatile sig_atomic_t *stop = process_stop_flag();
    CLEANUP(free_ptr) uint8_t *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) {
        return ST_NOMEM;
    }
    while (*stop == 0) {
        ssize_t n = read(fd, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? ST_OK : fault_sys(why, errno, "read");
        }
        if (in->hash != NULL) {
            digest_run_add(in->hash, bytes_of(chunk, (size_t)n));
        } else {
            TRY(grown_add(&in->look, bytes_of(chunk, (size_t)n)));
        }
        in->bytes += (uint64_t)n;
        if (spool >= 0) {
            TRY(write_all(spool, chunk, (size_t)n, why));
        }
        progress_show(in->progress, in->before + in->bytes);
    }
    return fault_at(why, ST_DENIED, in->bytes, "stopped before its end");
}

/* A file without a name, gone when it is closed. */
static int open_spool(const struct evidence_home *h)
{
    int fd = openat(h->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* a file system that knows no such thing */
        static const char name[] = "segment/spool";
        (void)unlinkat(h->dir_fd, name, 0); /* of a run that was killed */
        fd = openat(h->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        (void)unlinkat(h->dir_fd, name, 0); /* it stays open */
    }
    return fd;
}

/* Standard input and pipes can be read once, and their hash must be known first. */
static enum status spool_input(const struct sealing *s, struct reader_file *f, struct intake *in,
                               struct fault *why)
{
    int spool = open_spool(s->home);
    if (spool < 0) {
        return fault_sys(why, errno, "a file for it in the home");
    }
    enum status st = take_in(f->fd, spool, in, why);
    if (f->fd > STDIN_FILENO) {
        (void)close(f->fd); /* only read from */
    }
    f->fd = spool;
    f->size_bytes = in->bytes;
    return st;
}

/* gzip (RFC 1952, 2.3.1), zstd and its skippable frames (RFC 8878, 3.1): whatever
 * is behind lines of such a file, its bytes are not lines. */
static bool is_compressed(int fd)
{
    uint8_t b[4] = {0};
    if (pread(fd, b, sizeof(b), 0) < 2) {
        return false;
    }
    uint32_t magic = load_be32(b);
    return (magic >> 16) == 0x1f8b || magic == 0x28b52ffd ||
           ((magic >> 28) == 5 && (magic & 0xffffff) == 0x2a4d18);
}

/* Only what comes after the part of a log that was sealed before. */
static enum status hash_end(int fd, const struct grown_look *look, struct progress *progress,
                            struct sealing_result *r, struct fault *why)
{
    struct intake in = {.progress = progress, .before = r->whole_bytes};
    if (lseek(fd, (off_t)look->line_begin_of, SEEK_SET) < 0) {
        return fault_sys(why, errno, "seek");
    }
    TRY(digest_run_new(&in.hash));
    enum status st = take_in(fd, -1, &in, why);
    st = st == ST_OK ? digest_run_end(in.hash, &r->file.sha256) : st;
    digest_run_free(in.hash);
    r->file.part = true;
    r->file.part_from = look->line_begin_of;
    r->file.whole = r->whole;
    r->file.size_bytes = in.bytes;
    return st;
}

/* It begins with a file that was sealed before, and is longer. */
static enum status note_growth(int fd, const struct grown_look *look, struct progress *progress,
                               struct sealing_result *r, struct fault *why)
{
    if (look->with.log && !is_compressed(fd)) {
        return hash_end(fd, look, progress, r, why);
    }
    r->file.grown = true;
    r->file.grown_of = look->with.sha256;
    return ST_OK;
}

static enum status hash_input(struct sealing *s, struct reader_file *f, struct progress *progress,
                              uint64_t before, struct sealing_result *r, struct fault *why)
{
    struct intake in = {.progress = progress, .before = before};
    struct stat about;
    TRY(grown_begin(&s->sealed, &in.look));
    bool again =
        fstat(f->fd, &about) == 0 && S_ISREG(about.st_mode) && lseek(f->fd, 0, SEEK_CUR) == 0;
    enum status st = again ? take_in(f->fd, -1, &in, why) : spool_input(s, f, &in, why);
    st = st == ST_OK ? grown_end(&in.look, &r->whole) : st;
    r->whole_bytes = r->file.size_bytes = in.bytes;
    r->file.sha256 = r->whole;
    if (st == ST_OK && in.look.found && in.look.with.size == in.bytes) {
        r->file.sha256 = in.look.with.sha256; /* all of it, in parts */
    } else if (st == ST_OK && in.look.found) {
        st = note_growth(f->fd, &in.look, progress, r, why);
    }
    if (st == ST_OK && lseek(f->fd, 0, SEEK_SET) != 0) {
        st = fault_sys(why, errno, "seek");
    }
    grown_look_fini(&in.look);
    r->hashed = st == ST_OK;
    return st;
}

/* --- which are to be sealed --------------------------------------------------------------- */

static void explain(struct sealing_result *r, enum status st, const struct fault *why)
{
    const char *field = why->field != NULL ? why->field : status_text(st);
    if (why->sys_errno != 0) {
        (void)snprintf(r->why, sizeof(r->why), "%s: %s", field, strerror(why->sys_errno));
    } else if (st == ST_LIMIT && why->limit > 0) {
        (void)snprintf(r->why, sizeof(r->why), "%s: past the limit of %" PRIu64, field, why->limit);
    } else {
        (void)snprintf(r->why, sizeof(r->why), "%s", field);
    }
}

/* Is it an input of this run already? */
static bool is_repeated(const struct sealing *s, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (s->files[k].wanted && memcmp(&s->files[k].sha256, &s->results[i].file.sha256,
                                         sizeof(s->files[k].sha256)) == 0) {
            return true;
        }
    }
    return false;
}

static enum status look_up(struct sealing *s, size_t i, struct fault *why)
{
    struct sealing_result *r = &s->results[i];
    struct evidence_file have;
    enum status st = evidence_shelf_file(&s->shelf, &r->file.sha256, &have, why);
    if (st == ST_OK) {
        r->outcome = SEALING_ALREADY;
        r->file = have;
        return ST_OK;
    }
    if (st != ST_END) {
        return st;
    }
    s->files[i].sha256 = r->file.sha256;
    s->files[i].from = r->file.part_from;
    s->files[i].wanted = !is_repeated(s, i);
    (void)snprintf(r->why, sizeof(r->why), "%s",
                   s->files[i].wanted ? "it was not read" : "the same as another input");
    evidence_file_set_name(&r->file, s->inputs[i].name);
    return ST_OK;
}

static bool look_at_inputs(struct sealing *s, struct reader_file *files, bool show)
{
    struct progress progress;
    uint64_t total = 0, before = 0;
    for (size_t i = 0; i < s->n; i++) {
        total += files[i].size_bytes;
    }
    progress_begin(&progress, show, total);
    for (size_t i = 0; i < s->n; i++) {
        struct fault why = {0};
        if (files[i].fd < 0) {
            (void)snprintf(s->results[i].why, sizeof(s->results[i].why), "it cannot be opened");
            continue;
        }
        enum status st = hash_input(s, &files[i], &progress, before, &s->results[i], &why);
        st = st == ST_OK ? look_up(s, i, &why) : st;
        before += s->results[i].whole_bytes;
        if (st != ST_OK) {
            progress_clear(&progress);
            explain(&s->results[i], st, &why);
        }
    }
    progress_clear(&progress);
    return true;
}

/* --- beginning ------------------------------------------------------------------------------ */

/* The hash of this program, so that a header can say which one sealed. */
static void hash_program(struct digest *ret)
{
    struct progress none = {.on = false};
    struct intake in = {.progress = &none};
    struct digest d;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && digest_run_new(&in.hash) == ST_OK) {
        if (take_in(fd, -1, &in, NULL) == ST_OK && digest_run_end(in.hash, &d) == ST_OK) {
            *ret = d;
        }
        digest_run_free(in.hash);
    }
    if (fd >= 0) {
        (void)close(fd); /* only read from */
    }
}

static bool make_job(struct sealing *s, const struct sealing_options *opt)
{
    struct seal_job *j = &s->job;
    const struct local_nets *given = &opt->settings->locals;
    const struct local_nets *nets = given->n > 0 ? given : &s->home->config.local;
    *j = (struct seal_job){
        .files = s->files,
        .sealed = &s->sealed,
        .alone = opt->alone,
        .party = s->home->config.name,
        .definitions = opt->settings->definitions.hash,
        .next = s->home->next,
        .declared = nets->n > 0,
        .payload = opt->settings->payload,
    };
    memcpy(j->opening_pub, s->home->open_pub, sizeof(j->opening_pub));
    hash_program(&j->program);
    if (j->declared) {
        evidence_networks_set(&s->networks, nets);
        j->nets = s->networks.nets;
    }
    return random_bytes(s->networks.salt.b, sizeof(s->networks.salt.b)) == ST_OK;
}

static struct bytes words_if(bool locked, const struct buf *words)
{
    return locked ? buf_bytes(words) : (struct bytes){0};
}

/* The key that signs; and the opening key, with which an epoch has one key across
 * runs: where it is elsewhere, sealing works without it. The passphrase is asked
 * for, or read from its file, once. */
static bool have_keys(struct sealing *s, const char *passphrase_file)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    struct evidence_home *h = s->home;
    struct fault why = {0};
    bool locked = h->locked || h->open_locked;
    if (locked && !home_passphrase(passphrase_file, h->config.name, false, &words)) {
        return false;
    }
    enum status st = evidence_home_unlock(h, words_if(h->locked, &words), &why);
    if (st == ST_OK && h->open_here) {
        st =
            evidence_home_opening_key(h, NULL, words_if(h->open_locked, &words), &s->opening, &why);
        s->has_opening = st == ST_OK;
    }
    if (st == ST_MISMATCH && locked) {
        say("%s: this is not its passphrase, or a key file was changed", h->path);
    } else if (st != ST_OK) {
        say_fault(h->path, st, &why);
    }
    return st == ST_OK;
}

static enum status open_stage(struct sealing *s, struct fault *why)
{
    struct home_turn turn = {.place = s->home->path};
    enum status st;
    do {
        st = evidence_stage_open(&s->shelf, &s->stage, why);
    } while (home_turn_waits(&turn, st, why));
    return st;
}

static bool have_shelf(struct sealing *s)
{
    struct fault why = {0};
    enum status st = evidence_engine_init(&s->engine);
    st = st == ST_OK ? evidence_shelf_open(&s->engine, &s->home->files, s->home->dir_fd,
                                           &s->home->party, &s->shelf, &why)
                     : st;
    st = st == ST_OK ? open_stage(s, &why) : st;
    st = st == ST_OK ? grown_list(&s->shelf, &s->sealed, &why) : st;
    if (st != ST_OK) {
        say_fault(s->home->path, st, &why);
    }
    return st == ST_OK;
}

bool sealing_begin(struct sealing *s, const struct sealing_options *opt, struct reader_file *files,
                   size_t n)
{
    *s = (struct sealing){.home = opt->home, .inputs = files, .n = n, .at = n};
    s->segment = BUF_INIT(LIMIT_REST_BYTES);
    s->files = calloc(n, sizeof(*s->files));
    s->results = calloc(n, sizeof(*s->results));
    if (s->files == NULL || s->results == NULL || !make_job(s, opt)) {
        say("not enough memory");
        return false;
    }
    return have_keys(s, opt->settings->passphrase_file) && have_shelf(s) &&
           look_at_inputs(s, files, settings_progress(opt->settings));
}

void sealing_fini(struct sealing *s)
{
    evidence_stage_free(s->stage);
    evidence_shelf_fini(&s->shelf);
    evidence_opening_key_fini(&s->opening);
    grown_fini(&s->sealed);
    free(s->files);
    free(s->results);
    buf_fini(&s->segment);
    *s = (struct sealing){.n = 0};
}

/* --- messages ------------------------------------------------------------------------------- */

/* The file at hand cannot be sealed; the reader goes on. */
static void give_up(struct sealing *s, enum status st, const struct fault *why)
{
    if (s->failed == ST_OK) {
        s->failed = st;
        explain(&s->results[s->at], st, why);
    }
}

static enum status answer_epoch(struct sealing *s, struct cursor *in, int channel)
{
    uint64_t epoch = cursor_be64(in);
    struct evidence_secret key;
    struct fault why = {0};
    if (in->failed || s->at == s->n) {
        return ST_MALFORMED;
    }
    enum status st = s->epochs++ < LIMIT_RUN_EPOCHS
                         ? evidence_home_epoch(s->home, epoch, s->has_opening ? &s->opening : NULL,
                                               &key, NULL, &why)
                         : fault_limit(&why, 0, "days of one run", LIMIT_RUN_EPOCHS);
    if (st != ST_OK) {
        give_up(s, st, &why);
    }
    struct bytes answer = bytes_of(key.b, st == ST_OK ? sizeof(key.b) : 0);
    st = channel_send(channel, READER_EPOCH, answer, NULL);
    evidence_secret_fini(&key);
    return st;
}

/* The reader found it to be a compressed copy of a log that is sealed. */
static enum status take_known(struct sealing *s, struct cursor *in)
{
    uint32_t index = cursor_be32(in), which = cursor_be32(in);
    struct fault why = {0};
    if (in->failed || s->at != s->n || index >= s->n || !s->files[index].wanted ||
        which >= s->sealed.n || !s->sealed.items[which].log) {
        return ST_MALFORMED;
    }
    struct sealing_result *r = &s->results[index];
    struct evidence_file have;
    enum status st = evidence_shelf_file(&s->shelf, &s->sealed.items[which].sha256, &have, &why);
    if (st != ST_OK) {
        explain(r, st, &why);
        return ST_OK;
    }
    r->outcome = SEALING_ALREADY;
    r->file = have;
    r->why[0] = '\0';
    return ST_OK;
}

static enum status take_begin(struct sealing *s, struct cursor *in)
{
    uint32_t index = cursor_be32(in);
    uint8_t kind = cursor_u8(in);
    struct fault why = {0};
    if (in->failed || s->at != s->n || index >= s->n || !s->files[index].wanted ||
        (kind != KIND_FILE && kind != KIND_LOG)) {
        return ST_MALFORMED;
    }
    s->at = index;
    s->failed = ST_OK;
    buf_clear(&s->segment);
    s->results[index].file.kind = (enum evidence_kind)kind;
    enum status st = evidence_stage_begin(s->stage, &s->results[index].file, &why);
    if (st != ST_OK) {
        give_up(s, st, &why);
    }
    return ST_OK;
}

static enum status take_part(struct sealing *s, struct cursor *in)
{
    struct bytes part = cursor_rest(in);
    if (s->at == s->n || part.len > SEAL_PART_BYTES) {
        return ST_MALFORMED;
    }
    if (s->failed == ST_OK) {
        buf_append(&s->segment, part.data, part.len);
    }
    return s->segment.failed;
}

static enum status take_segment(struct sealing *s)
{
    struct fault why = {0};
    if (s->at == s->n) {
        return ST_MALFORMED;
    }
    if (s->failed == ST_OK) {
        enum status st = evidence_stage_put(s->stage, buf_bytes(&s->segment), &why);
        if (st != ST_OK) {
            give_up(s, st, &why);
        }
    }
    buf_clear(&s->segment);
    return ST_OK;
}

static enum status open_ledger(struct sealing *s, struct ledger_log **ret, struct fault *why)
{
    struct home_turn turn = {.place = s->home->path};
    enum status st;
    do {
        st = evidence_home_ledger(s->home, ret, why);
    } while (home_turn_waits(&turn, st, why));
    return st;
}

static enum status commit(struct sealing *s, struct fault *why)
{
    struct sealing_result *r = &s->results[s->at];
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    TRY(open_ledger(s, &log, why));
    TRY(evidence_stage_commit(s->stage, log, s->job.party, s->job.declared ? &s->networks : NULL,
                              &r->file, why));
    r->outcome = SEALING_NOW;
    r->why[0] = '\0';
    return ST_OK;
}

/* Its other names of this run are sealed with it. */
static void share(struct sealing *s, size_t at)
{
    for (size_t i = 0; i < s->n; i++) {
        struct sealing_result *r = &s->results[i];
        if (i != at && r->hashed &&
            memcmp(&r->file.sha256, &s->files[at].sha256, sizeof(r->file.sha256)) == 0) {
            r->outcome = SEALING_ALREADY;
            r->file = s->results[at].file;
            r->why[0] = '\0';
        }
    }
}

static enum status take_sealed(struct sealing *s, struct cursor *in)
{
    uint32_t index = cursor_be32(in);
    struct bytes sha256 = cursor_take(in, DIGEST_BYTES);
    uint64_t size = cursor_be64(in);
    bool packed = cursor_left(in) > 0;
    struct bytes content = cursor_take(in, packed ? DIGEST_BYTES : 0);
    struct fault why = {0};
    if (in->failed || s->at == s->n || index != s->at) {
        return ST_MALFORMED;
    }
    struct sealing_result *r = &s->results[index];
    if (packed && s->failed == ST_OK) {
        struct digest inside;
        memcpy(inside.b, content.data, DIGEST_BYTES);
        evidence_stage_packed(s->stage, &inside);
    }
    if (s->failed == ST_OK &&
        (size != r->whole_bytes || memcmp(sha256.data, r->whole.b, DIGEST_BYTES) != 0)) {
        (void)fault_at(&why, ST_MISMATCH, 0, "it changed while it was read");
        give_up(s, ST_MISMATCH, &why);
    }
    if (s->failed == ST_OK && evidence_stage_segments(s->stage) == 0) {
        r->outcome = SEALING_EMPTY;
        (void)snprintf(r->why, sizeof(r->why), "there is nothing in it to seal");
    } else if (s->failed == ST_OK) {
        enum status st = commit(s, &why);
        if (st != ST_OK) {
            give_up(s, st, &why);
        } else {
            share(s, index);
        }
    }
    s->at = s->n;
    return ST_OK;
}

static enum status take_unsealed(struct sealing *s, struct cursor *in)
{
    uint32_t index = cursor_be32(in);
    struct bytes text = cursor_rest(in);
    if (in->failed || s->at == s->n || index != s->at) {
        return ST_MALFORMED;
    }
    struct sealing_result *r = &s->results[index];
    if (s->failed == ST_OK) {
        (void)snprintf(r->why, sizeof(r->why), "%.*s", (int)text.len, (const char *)text.data);
    }
    s->at = s->n;
    return ST_OK;
}

enum status sealing_take(struct sealing *s, uint8_t type, struct cursor *in, int channel)
{
    if (s == NULL) {
        return ST_MALFORMED;
    }
    switch (type) {
    case READER_SEAL_KNOWN:
        return take_known(s, in);
    case READER_EPOCH:
        return answer_epoch(s, in, channel);
    case READER_SEAL_BEGIN:
        return take_begin(s, in);
    case READER_SEAL_PART:
        return take_part(s, in);
    case READER_SEAL_SEGMENT:
        return take_segment(s);
    case READER_SEALED:
        return take_sealed(s, in);
    case READER_UNSEALED:
        return take_unsealed(s, in);
    default:
        return ST_MALFORMED;
    }
}
