/* cli/locate_table.c - looking for a table, compiling one, keeping it. */
#include "cli/locate_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribute/table.h"
#include "base/core/limits.h"
#include "base/core/pages.h"
#include "base/os/cage.h"
#include "base/os/channel.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/say.h"
#include "cli/sourcing.h"

enum table_says {
    TABLE_CAGE = 1, /* text: what is not in force */
    TABLE_REMARK,   /* remark_put */
    TABLE_PIECE,    /* the next bytes of it */
    TABLE_DONE,
};

enum { MESSAGE_MAX = 1 << 20, NAME_HEX = 16, KEPT_MODE = 0600 };

/* --- compiling, in a cage --------------------------------------------------------- */

struct compiling {
    const struct locate_table_job *job;
    const struct digest *identity;
    uint64_t seed;
    int channel;
    struct remark_list remarks;
};

static enum status tell_remarks(struct compiling *c)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_MAX);
    for (size_t i = 0; i < c->remarks.n; i++) {
        buf_clear(&message);
        remark_put(&message, &c->remarks.items[i]);
        TRY(message.failed);
        TRY(channel_send(c->channel, TABLE_REMARK, buf_bytes(&message), NULL));
    }
    return ST_OK;
}

static enum status add_sources(struct compiling *c, struct attribute_sources *set)
{
    TRY(attribute_sources_add_defaults(set, &c->remarks));
    for (size_t i = 0; i < c->job->spec_n; i++) {
        struct fault why = {0};
        enum status st = attribute_sources_add(set, c->job->specs[i], &c->remarks, &why);
        if (st != ST_OK) {
            attribute_sources_complain(c->job->specs[i], st, &why, &c->remarks);
        }
    }
    return ST_OK;
}

static enum status send_table(struct compiling *c, struct bytes table)
{
    while (table.len > 0) {
        size_t n = table.len < MESSAGE_MAX ? table.len : MESSAGE_MAX;
        TRY(channel_send(c->channel, TABLE_PIECE, bytes_of(table.data, n), NULL));
        table.data += n;
        table.len -= n;
    }
    return channel_send(c->channel, TABLE_DONE, (struct bytes){0}, NULL);
}

static enum status compile(struct compiling *c)
{
    CLEANUP(attribute_sources_freep) struct attribute_sources *set = NULL;
    CLEANUP(buf_fini) struct buf table = BUF_INIT(LIMIT_TABLE_BYTES);
    TRY(attribute_sources_new(c->job->now_ns, &set));
    TRY(add_sources(c, set));
    struct cage_report cage;
    cage_enter(CAGE_ANALYST, &cage);
    if (!cage.whole) {
        struct bytes text = bytes_of(cage.text, strlen(cage.text));
        TRY(channel_send(c->channel, TABLE_CAGE, text, NULL));
    }
    TRY(attribute_sources_load(set, true, true, &c->remarks));
    TRY(attribute_table_compile(set, c->identity, c->seed, &table, &c->remarks));
    TRY(tell_remarks(c));
    return send_table(c, buf_bytes(&table));
}

static int compile_child(void *ctx, int channel, const struct cage_report *none)
{
    (void)none; /* the cage comes later */
    struct compiling *c = ctx;
    c->channel = channel;
    return compile(c) == ST_OK ? 0 : 2;
}

/* What it says; *done when the table is whole. */
static enum status take(uint8_t type, struct bytes body, struct buf *table,
                        struct locate_table *ret, bool *done)
{
    struct cursor in = cursor_of(body);
    struct remark r;
    switch (type) {
    case TABLE_CAGE:
        say("the sandbox is not whole: %.*s", (int)body.len, (const char *)body.data);
        return ST_OK;
    case TABLE_REMARK:
        TRY(remark_get(&in, &r));
        say("%s", r.text);
        ret->partial |= r.partial;
        return ST_OK;
    case TABLE_PIECE:
        buf_append(table, body.data, body.len);
        return table->failed;
    case TABLE_DONE:
        *done = true;
        return ST_OK;
    default:
        return ST_MALFORMED;
    }
}

static bool run_compiler(const struct locate_table_job *job, const struct digest *identity,
                         struct buf *table, struct locate_table *ret)
{
    struct compiling c = {.job = job, .identity = identity};
    struct process_options opt = {.name = "analyst", .cage = CAGE_NONE};
    CLEANUP(process_freep) struct process *child = NULL;
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_MAX);
    struct process_end end;
    struct fault why = {0};
    bool done = false;
    enum status st = random_bytes(&c.seed, sizeof(c.seed));
    st = st == ST_OK ? process_start(&opt, compile_child, &c, &child, &why) : st;
    while (st == ST_OK && !done) {
        uint8_t type;
        st = channel_receive(process_channel(child), &type, &message, NULL);
        st = st == ST_OK ? take(type, buf_bytes(&message), table, ret, &done) : st;
    }
    if (child == NULL || process_wait(child, &end, &why) != ST_OK) {
        say_fault("compiling the sources", st, &why);
    } else if (!done) {
        say("compiling the sources: %s", end.text);
    }
    return done;
}

/* --- keeping ------------------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd); /* a folder, or only read from */
    }
}

/* --home, EXHIBIT_HOME, or the XDG cache (XDG Base Directory, 3). */
static bool folder_path(const struct locate_table_job *job, char out[PATH_MAX])
{
    const char *home = job->home != NULL ? job->home : getenv("EXHIBIT_HOME");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *user = getenv("HOME");
    int n = home != NULL && *home != '\0'    ? snprintf(out, PATH_MAX, "%s", home)
            : cache != NULL && *cache == '/' ? snprintf(out, PATH_MAX, "%s/exhibit", cache)
            : user != NULL && *user == '/'   ? snprintf(out, PATH_MAX, "%s/.cache/exhibit", user)
                                             : -1;
    return n > 0 && n < PATH_MAX;
}

/* Open it, making what is missing of it; -1 when there can be none. */
static int open_folder(const struct locate_table_job *job)
{
    char path[PATH_MAX];
    if (!folder_path(job, path)) {
        return -1;
    }
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700); /* if it cannot be made, opening tells */
        *at = '/';
    }
    (void)mkdir(path, 0700); /* likewise */
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s: the table cannot be kept there", path, strerror(errno));
    }
    return fd;
}

static void table_name(const struct sourcing_identity *id, char out[64])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(&id->set, hex);
    (void)snprintf(out, 64, "locate-%.*s.table", NAME_HEX, hex); /* fits */
}

static bool read_into(int fd, uint8_t *to, size_t n)
{
    size_t at = 0;
    while (at < n) {
        ssize_t got = read(fd, to + at, n - at);
        if (got <= 0 && (got == 0 || errno != EINTR)) {
            return false;
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool room(struct locate_table *t, size_t n)
{
    t->memory = pages_alloc(n);
    t->memory_bytes = n;
    t->file = bytes_of(t->memory, n);
    return t->memory != NULL;
}

/* Copied, not mapped: a file that is shortened while it is mapped ends the
 * process, and huge pages, which only memory has, make lookups faster. */
static bool read_kept(int folder, const char *name, const struct sourcing_identity *id,
                      struct locate_table *ret)
{
    uint8_t header[ATTRIBUTE_TABLE_HEADER];
    struct stat s;
    CLEANUP(close_fd) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_uid != geteuid() ||
        s.st_size < (off_t)sizeof(header) || s.st_size > LIMIT_TABLE_BYTES ||
        !read_into(fd, header, sizeof(header)) ||
        !attribute_table_current(bytes_of(header, sizeof(header)), &id->state) ||
        lseek(fd, 0, SEEK_SET) != 0 || !room(ret, (size_t)s.st_size)) {
        return false;
    }
    struct attribute_table *t;
    if (read_into(fd, ret->memory, ret->memory_bytes) && attribute_table_whole(ret->file) &&
        attribute_table_open(ret->file, 0, &t, NULL) == ST_OK) {
        attribute_table_free(t);
        return true;
    }
    locate_table_fini(ret);
    return false;
}

static bool make(const struct locate_table_job *job, const struct sourcing_identity *id, int folder,
                 const char *name, struct locate_table *ret)
{
    CLEANUP(buf_fini) struct buf table = BUF_INIT(LIMIT_TABLE_BYTES);
    struct fault why = {0};
    if (!run_compiler(job, &id->state, &table, ret)) {
        return false;
    }
    /* One that lacks a source is not kept: each run shall say so. */
    if (folder >= 0 && !ret->partial) {
        enum status st = file_write_at(folder, name, buf_bytes(&table), KEPT_MODE, &why);
        if (st != ST_OK) {
            say_fault(name, st, &why);
        }
    }
    if (!room(ret, table.len)) {
        say("not enough memory");
        return false;
    }
    memcpy(ret->memory, table.data, table.len);
    return true;
}

bool locate_table_get(const struct locate_table_job *job, struct locate_table *ret)
{
    struct sourcing_identity id;
    char name[64];
    *ret = (struct locate_table){.memory = NULL};
    if (sourcing_identify(job->specs, job->spec_n, &id) != ST_OK) {
        say("not enough memory");
        return false;
    }
    table_name(&id, name);
    CLEANUP(close_fd) int folder = open_folder(job);
    return (folder >= 0 && read_kept(folder, name, &id, ret)) || make(job, &id, folder, name, ret);
}

void locate_table_fini(struct locate_table *t)
{
    if (t->memory != NULL) {
        pages_free(t->memory, t->memory_bytes);
    }
    *t = (struct locate_table){.partial = t->partial};
}
