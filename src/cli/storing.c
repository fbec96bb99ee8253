/* cli/storing.c - findings into the store. */
#include "cli/storing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "cli/say.h"
#include "exchange/letter.h"
#include "report/origin_json.h"

enum { RUN_MAX_BYTES = 1 << 20, SUBJECT_MAX_BYTES = 1024, ID_LEAST = 8 };

void storing_say(const struct evidence_home *home, enum status st, const struct fault *why)
{
    char path[PATH_MAX + sizeof(STORE_FILE) + 1];
    (void)snprintf(path, sizeof(path), "%s/%s", home->path, STORE_FILE);
    if (st == ST_MALFORMED && why->field != NULL) {
        say("%s: %s", path, why->field); /* a sentence (store.h) */
    } else {
        say_fault(path, st, why);
    }
}

bool storing_open(const struct evidence_home *home, enum store_mode mode, struct store **ret)
{
    struct fault why = {0};
    enum status st = store_open(home->path, mode, ret, &why);
    if (st != ST_OK && st != ST_END) {
        storing_say(home, st, &why);
        return false;
    }
    return true;
}

static void definitions_json(struct buf *out, const struct definition_set *set)
{
    char hash[DIGEST_TEXT_MAX];
    struct emit j;
    digest_format(&set->hash, hash);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "set", set->name);
    emit_member_str(&j, "sha256", hash);
    emit_object_end(&j);
}

static enum status add(struct store *s, const struct view *v, const struct view_finding *vf,
                       struct buf *line, struct fault *why)
{
    const struct view_input *in = view_input_at(v, vf->finding->when.first_pos);
    enum store_added added;
    buf_clear(line);
    report_json_finding(line, v, vf);
    TRY(line->failed);
    struct store_finding x = {.finding = vf->finding,
                              .input = in != NULL ? in->name : "",
                              .json = {line->data, line->len - 1}}; /* its end is the form's */
    return store_add(s, &x, &added, why);
}

static enum status add_all(struct store *s, const struct view *v, int64_t now_ns, struct fault *why)
{
    CLEANUP(buf_fini) struct buf definitions = BUF_INIT(RUN_MAX_BYTES);
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(RUN_MAX_BYTES);
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LIMIT_FINDING_LINE_BYTES);
    struct emit j;
    definitions_json(&definitions, v->definitions);
    emit_begin(&j, &sources);
    origin_json_sources(&j, v->sources);
    TRY(definitions.failed);
    TRY(sources.failed);
    const struct store_run run = {.stored_ns = now_ns,
                                  .definitions = buf_bytes(&definitions),
                                  .sources = buf_bytes(&sources)};
    TRY(store_begin(s, &run, why));
    for (size_t i = 0; i < v->finding_n; i++) {
        if ((v->findings[i].finding->flags & FINDING_BELOW) == 0) {
            TRY(add(s, v, &v->findings[i], &line, why));
        }
    }
    return store_commit(s, why);
}

bool storing_findings(const struct evidence_home *home, const struct view *v, int64_t now_ns)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct fault why = {0};
    if (!storing_open(home, STORE_WRITE, &s)) {
        return false;
    }
    enum status st = add_all(s, v, now_ns, &why);
    if (st != ST_OK) {
        storing_say(home, st, &why);
    }
    return st == ST_OK;
}

/* --- notices ---------------------------------------------------------------------------- */

static enum status add_notice(struct store *s, const struct notice_options *opt,
                              const struct request_view *v, const struct notice *n,
                              struct fault *why)
{
    CLEANUP(buf_fini) struct buf subject = BUF_INIT(SUBJECT_MAX_BYTES);
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LIMIT_STORE_ROW_BYTES);
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(LIMIT_STORE_ROW_BYTES);
    letter_subject(&subject, v->set, n);
    const struct request_stored more = {
        .written_ns = opt->now_ns, .reporter = opt->mail, .subject = buf_bytes(&subject)};
    request_notice_json(&line, v, n, &more);
    notice_write(&mail, opt, v->set, n);
    TRY(subject.failed);
    TRY(line.failed);
    TRY(mail.failed);
    const struct store_notice x = {.id = n->id,
                                   .mail = n->mail,
                                   .stored_ns = opt->now_ns,
                                   .json = {line.data, line.len - 1}, /* its end is the form's */
                                   .text = buf_bytes(&mail)};
    return store_add_notice(s, &x, why);
}

static enum status add_notices(struct store *s, const struct notice_options *opt,
                               const struct request_view *v, struct fault *why)
{
    static const struct store_run none;
    TRY(store_begin(s, &none, why));
    for (size_t i = 0; i < v->set->notice_n; i++) {
        TRY(add_notice(s, opt, v, &v->set->notices[i], why));
    }
    return store_commit(s, why);
}

bool storing_notices(const struct evidence_home *home, const struct notice_options *opt,
                     const struct request_view *v)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct fault why = {0};
    if (!storing_open(home, STORE_WRITE, &s)) {
        return false;
    }
    enum status st = add_notices(s, opt, v, &why);
    if (st != ST_OK) {
        storing_say(home, st, &why);
    }
    return st == ST_OK;
}

/* --- findings by id ------------------------------------------------------------------------ */

bool storing_is_id(const char *s)
{
    size_t n = strlen(s);
    return n >= ID_LEAST && n < FINDING_ID_MAX && strspn(s, "0123456789abcdef") == n &&
           access(s, F_OK) != 0;
}

static bool write_all(int fd, struct bytes b)
{
    for (size_t at = 0; at < b.len;) {
        ssize_t n = write(fd, b.data + at, b.len - at);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* ST_END: there is none; ST_LIMIT: several. */
static enum status write_line(struct store *s, const char *id, int fd, struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *rows = NULL;
    const struct store_query ask = {.ids = {id}, .id_n = 1};
    struct store_row row;
    TRY(store_find(s, &ask, &rows, why));
    TRY(store_rows_next(rows, &row, why));
    if (!write_all(fd, row.json) || !write_all(fd, BYTES_LITERAL("\n"))) {
        return fault_sys(why, errno, "memory for findings");
    }
    enum status st = store_rows_next(rows, &row, why);
    return st == ST_END ? ST_OK : st == ST_OK ? ST_LIMIT : st;
}

static bool write_lines(const struct evidence_home *home, struct store *s, char *const *ids,
                        size_t n, int fd)
{
    for (size_t i = 0; i < n; i++) {
        struct fault why = {0};
        enum status st = s != NULL ? write_line(s, ids[i], fd, &why) : ST_END;
        if (st == ST_END) {
            say("%s: neither a file, nor the id of a finding that is stored in %s", ids[i],
                home->path);
        } else if (st == ST_LIMIT) {
            say("%s: several findings have ids that begin so (exhibit query --id tells them)",
                ids[i]);
        } else if (st != ST_OK) {
            storing_say(home, st, &why);
        }
        if (st != ST_OK) {
            return false;
        }
    }
    return true;
}

static enum status write_rows(struct store *s, int fd, struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *rows = NULL;
    const struct store_query all = {.id_n = 0};
    struct store_row row;
    TRY(store_find(s, &all, &rows, why));
    enum status st;
    while ((st = store_rows_next(rows, &row, why)) == ST_OK) {
        if (!write_all(fd, row.json) || !write_all(fd, BYTES_LITERAL("\n"))) {
            return fault_sys(why, errno, "memory for findings");
        }
    }
    return st == ST_END ? ST_OK : st;
}

static int lines_begin(void)
{
    int fd = memfd_create("findings", MFD_CLOEXEC);
    if (fd < 0) {
        say("memory for findings: %s", strerror(errno));
    }
    return fd;
}

bool storing_all_lines(const struct evidence_home *home, int *ret_fd)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct fault why = {0};
    int fd = lines_begin();
    if (fd < 0) {
        return false;
    }
    bool opened = storing_open(home, STORE_READ, &s);
    enum status st = opened && s != NULL ? write_rows(s, fd, &why) : ST_OK;
    if (st != ST_OK) {
        storing_say(home, st, &why);
    }
    if (!opened || st != ST_OK || lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd); /* only memory */
        return false;
    }
    *ret_fd = fd;
    return true;
}

bool storing_lines(const struct evidence_home *home, char *const *ids, size_t n, int *ret_fd)
{
    CLEANUP(store_freep) struct store *s = NULL;
    int fd = lines_begin();
    if (fd < 0) {
        return false;
    }
    if (!storing_open(home, STORE_READ, &s) || !write_lines(home, s, ids, n, fd) ||
        lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd); /* only memory */
        return false;
    }
    *ret_fd = fd;
    return true;
}
