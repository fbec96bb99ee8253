/* tests/unit/capture/test_log.h - reading logs from memory, for the tests of
 * the log readers. What was seen is copied, so that it outlives the batch. */
#pragma once

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "capture/log_line.h"
#include "capture/textlog.h"
#include "test.h"

struct seen {
    int64_t time_ns;
    uint64_t offset;
    struct addr src, dst;
    uint16_t src_port, dst_port, flags;
    struct obs_log log; /* its text is in `text` */
    char *text;         /* host NUL user NUL method NUL path NUL agent NUL */
    const char *host, *user, *method, *path, *agent; /* NULL: the line does not say */
};

struct seen_list {
    size_t n, cap;
    struct seen *items;
    enum status end; /* how reading ended: ST_END when all went well */
    struct remark_list remarks;
    struct textlog_counts counts;
};

#define NOW INT64_C(1716000000000000000) /* 2024-05-18T02:40:00Z */

static inline const char *keep_text(char **to, struct bytes text)
{
    if (text.data == NULL) {
        return NULL;
    }
    char *begin = *to;
    memcpy(begin, text.data, text.len);
    begin[text.len] = '\0';
    *to += text.len + 1;
    return begin;
}

static inline void keep_seen(struct seen *s, const struct observation *o, const struct obs_log *l)
{
    *s = (struct seen){.time_ns = o->time_ns,
                       .offset = pos_offset(o->pos),
                       .src = o->src,
                       .dst = o->dst,
                       .src_port = o->src_port,
                       .dst_port = o->dst_port,
                       .flags = o->flags,
                       .log = *l};
    s->text = malloc(l->host.len + l->user.len + l->method.len + l->path.len + l->agent.len + 5);
    if (s->text == NULL) {
        abort();
    }
    char *to = s->text;
    s->host = keep_text(&to, l->host);
    s->user = keep_text(&to, l->user);
    s->method = keep_text(&to, l->method);
    s->path = keep_text(&to, l->path);
    s->agent = keep_text(&to, l->agent);
}

static inline void push_batch(struct seen_list *list, const struct obs_batch *b)
{
    if (list->n + b->n > list->cap) {
        list->cap = (list->n + b->n) * 2;
        void *bigger = malloc(list->cap * sizeof(*list->items));
        if (bigger == NULL) {
            abort();
        }
        if (list->n > 0) {
            memcpy(bigger, list->items, list->n * sizeof(*list->items));
        }
        free(list->items);
        list->items = bigger;
    }
    for (size_t i = 0; i < b->n; i++) {
        CHECK(b->obs[i].type == OBS_LOG && b->obs[i].log != NULL);
        keep_seen(&list->items[list->n++], &b->obs[i], b->obs[i].log);
    }
}

static inline struct seen_list see_fd(int fd, int64_t now_ns)
{
    static struct obs_batch batch;
    struct seen_list list = {0};
    struct stream *s = NULL;
    struct textlog *t = NULL;
    struct fault why;
    if (stream_open(fd, NULL, &s, &why) != ST_OK || textlog_open(3, now_ns, &t) != ST_OK) {
        abort();
    }
    while ((list.end = textlog_next(t, s, &batch, &list.remarks, &why)) == ST_OK) {
        CHECK(batch.n > 0);
        push_batch(&list, &batch);
    }
    list.counts = textlog_counts(t);
    textlog_free(t);
    stream_free(s);
    return list;
}

static inline struct seen_list see_at(struct bytes text, int64_t now_ns)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len || lseek(fd, 0, SEEK_SET)) {
        abort();
    }
    struct seen_list list = see_fd(fd, now_ns);
    close(fd);
    return list;
}

static inline struct seen_list see(const char *text)
{
    return see_at(bytes_of(text, strlen(text)), NOW);
}

static inline void forget(struct seen_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].text);
    }
    free(list->items);
    *list = (struct seen_list){0};
}

static inline uint64_t remarks_of(const struct seen_list *list, enum remark_code code)
{
    uint64_t n = 0;
    for (size_t i = 0; i < list->remarks.n; i++) {
        n += list->remarks.items[i].code == code ? list->remarks.items[i].count : 0;
    }
    return n;
}

static inline const char *addr_text(const struct addr *a)
{
    static char text[4][ADDR_TEXT_MAX];
    static unsigned turn;
    char *out = text[turn++ % 4];
    (void)addr_format(a, out);
    return out;
}

static inline const char *time_text(int64_t ns)
{
    static char text[4][TIME_TEXT_MAX];
    static unsigned turn;
    char *out = text[turn++ % 4];
    (void)time_format(ns, out);
    return out;
}

/* The whole file under the shared data; NULL data when it is not there. */
static inline struct bytes shared_file(const char *name)
{
    char path[5000];
    struct stat st;
    const char *root = test_shared();
    if (root == NULL) {
        printf("# skipped: no shared data\n");
        return (struct bytes){0};
    }
    (void)snprintf(path, sizeof(path), "%s/captures/logs/%s", root, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        CHECK(!"a shared file cannot be opened");
        printf("# %s\n", path);
        return (struct bytes){0};
    }
    size_t n = (size_t)st.st_size;
    uint8_t *data = malloc(n + 1);
    if (data == NULL || read(fd, data, n) != (ssize_t)n) {
        abort();
    }
    close(fd);
    data[n] = '\0';
    return bytes_of(data, n);
}

static inline void free_bytes(struct bytes b)
{
    free((void *)(uintptr_t)b.data);
}
