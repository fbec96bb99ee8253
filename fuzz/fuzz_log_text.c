/* fuzz/fuzz_log_text.c - log files: one line, and the bytes as a whole file.
 *
 * Properties: texts lie inside the line, in the room for decoded text, or are
 * our own words; offsets grow and lie inside the input; every observation has
 * valid fields; every line is counted once, and nothing is read twice; whatever
 * became an observation says the same when its line is read alone.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "capture/log_alone.h"
#include "capture/log_line.h"
#include "capture/textlog.h"

#define NOW INT64_C(1716000000000000000) /* 2024-05-18T02:40:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct bytes s, struct bytes whole)
{
    uintptr_t a = (uintptr_t)s.data;
    uintptr_t b = (uintptr_t)whole.data;
    return a >= b && s.len <= whole.len && a - b <= whole.len - s.len;
}

static bool own_word(struct bytes s)
{
    return LOG_IS(s, "root") || LOG_IS(s, "pam") || LOG_IS(s, "keyboard-interactive/pam");
}

static void check_fields(const struct observation *o, const struct obs_log *l)
{
    assert(o->type == OBS_LOG && o->proto == PROTO_TCP);
    assert(l->service == LOG_SSH || l->service == LOG_WEB);
    assert(l->repeat >= 1);
    assert((unsigned)l->outcome <= LOG_NO_USER && l->status <= 999);
    assert(((o->flags & OBS_V6) != 0) == !addr_is_v4(&o->src));
    assert(l->service == LOG_SSH || (l->outcome == LOG_OTHER && l->repeat == 1));
    assert(l->outcome != LOG_REFUSED || l->service == LOG_SSH);
}

static void one_line(const uint8_t *data, size_t size)
{
    size_t n = size < LIMIT_LINE_BYTES ? size : LIMIT_LINE_BYTES;
    uint8_t *line = malloc(n ? n : 1);
    uint8_t *room = malloc(n ? n : 1);
    assert(line != NULL && room != NULL);
    for (int cut = 0; cut < 2; cut++) {
        struct log_reader r = {.room = {.data = room, .cap = n}};
        struct observation o;
        struct obs_log l;
        memcpy(line, data, n);
        log_clock_init(&r.clock, NOW);
        enum log_found found =
            log_line_read(&r, (struct log_text){.s = {line, n}, .cut = cut}, &o, &l);
        assert(r.room.used <= n && memcmp(line, data, n) == 0);
        if (found != LOG_FOUND_OBSERVATION) {
            continue;
        }
        const struct bytes texts[] = {l.host, l.user, l.method, l.path, l.agent};
        check_fields(&o, &l);
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            assert(texts[i].data == NULL || own_word(texts[i]) ||
                   inside(texts[i], bytes_of(line, n)) ||
                   inside(texts[i], bytes_of(room, r.room.used)));
        }
    }
    free(room);
    free(line);
}

/* Touch every byte, so that a sanitizer sees a view that is stale. */
static unsigned touch(struct bytes s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.len; i++) {
        sum += s.data[i];
    }
    return sum;
}

static bool says_the_same(const struct observation *a, const struct obs_log *x,
                          const struct observation *b, const struct obs_log *y)
{
    return a->time_ns == b->time_ns && addr_equal(&a->src, &b->src) &&
           addr_equal(&a->dst, &b->dst) && a->src_port == b->src_port &&
           a->dst_port == b->dst_port && a->flags == b->flags && x->service == y->service &&
           x->outcome == y->outcome && x->repeat == y->repeat && x->session == y->session &&
           x->status == y->status && x->weak == y->weak && x->tally == y->tally &&
           bytes_equal(x->user, y->user) && bytes_equal(x->method, y->method) &&
           bytes_equal(x->path, y->path) && bytes_equal(x->agent, y->agent) &&
           bytes_equal(x->host, y->host);
}

/* As whoever verifies meets it. */
static void read_alone(struct bytes line, const struct observation *o)
{
    static uint8_t memory[LIMIT_OPENED_LINE_BYTES];
    bool same = false;
    for (int cut = 0; cut < 2 && !same; cut++) {
        struct buf room = {.data = memory, .cap = sizeof(memory), .max = sizeof(memory)};
        struct observation a;
        struct obs_log l;
        enum status st = capture_line_read(line, cut != 0, o->time_ns, &room, &a, &l);
        same = st == ST_END ? a.time_ns == o->time_ns && l.repeat == o->log->repeat
                            : st == ST_OK && says_the_same(&a, &l, o, o->log);
    }
    assert(same);
}

static void check_batch(const struct obs_batch *b, uint64_t *next, size_t size)
{
    unsigned sum = 0;
    assert(b->n > 0 && b->n <= OBS_BATCH_MAX);
    for (size_t i = 0; i < b->n; i++) {
        const struct observation *o = &b->obs[i];
        uint64_t offset = pos_offset(o->pos);
        assert(o->log == &b->logs[i] && pos_input(o->pos) == 5);
        assert(offset >= *next && offset < size);
        *next = offset + 1;
        check_fields(o, o->log);
        sum += touch(o->log->host) + touch(o->log->user) + touch(o->log->method) +
               touch(o->log->path) + touch(o->log->agent);
    }
    __asm__ volatile("" : : "r"(sum)); /* the reads must happen */
}

static void whole_file(const uint8_t *data, size_t size)
{
    static struct obs_batch batch;
    struct stream *s = NULL;
    struct textlog *t = NULL;
    struct remark_list remarks = {0};
    struct fault why;
    uint64_t next = 0;
    uint64_t seen = 0;
    enum status st;
    int fd = memfd_create("log", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    if (stream_open(fd, NULL, &s, &why) == ST_OK && stream_coding(s) == STREAM_PLAIN &&
        textlog_open(5, NOW, &t) == ST_OK) {
        while ((st = textlog_next(t, s, &batch, &remarks, &why)) == ST_OK) {
            check_batch(&batch, &next, size);
            for (size_t i = 0; i < batch.n; i++) {
                struct bytes line;
                assert(textlog_line(t, s, &batch, i, &line) == ST_OK);
                read_alone(line, &batch.obs[i]);
            }
            seen += batch.n;
        }
        struct textlog_counts c = textlog_counts(t);
        assert(st == ST_END && c.observations == seen && stream_offset(s) == size);
        assert(c.observations + c.other + c.unknown + c.nameless == c.lines);
        assert(c.lines <= size);
    }
    textlog_free(t);
    stream_free(s);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *name = textlog_sniff(bytes_of(data, size < 65536 ? size : 65536));
    assert(name == NULL || name[0] != '\0');
    one_line(data, size);
    whole_file(data, size);
    return 0;
}
