/* cli/locate_lines.c - bulk lookups, by the compiled table.
 *
 * Lines are taken a few hundred at a time, so that the table can fetch what it
 * needs for all of them together. What comes after address and network is the
 * same text for all addresses of one value, and is made once.
 */
#include "cli/locate_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute/sources.h"
#include "attribute/table.h"
#include "base/core/limits.h"
#include "base/core/pages.h"
#include "base/core/text.h"
#include "base/os/cage.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "cli/output.h"
#include "cli/say.h"

enum lines_says {
    LINES_CAGE = 1, /* text: what is not in force */
    LINES_OUT,      /* to standard output */
    LINES_BAD,      /* be64 line number, the line's beginning */
    LINES_END,      /* be64 how many were no address, u8: was all read? */
};

enum {
    IN_BYTES = 1 << 18,
    OUT_BYTES = 1 << 18, /* sent when there is that much, or no more input */
    ENOUGH_BYTES = 1 << 17,
    LINE_MAX_BYTES = 4096,
    GROUP = 256,
    QUOTE_BYTES = 60,
    COMPLAINTS_MAX = 20,
    RESTS_MAX_BYTES = 1 << 30,
    NO_NET = 255,
};

struct asked {
    struct addr addr;
    uint32_t value;
    bool odd; /* its answer is its own: it lies outside of the table's reach */
};

/* What is known of a value's line: where in `rests` its text lies, how long
 * that is, and the length of its network. */
struct rest {
    uint64_t at;
    uint32_t len; /* 0: not made yet */
    uint8_t net_len;
};

struct lines {
    const struct locate_lines_job *job;
    struct attribute_table *table;
    struct attribute_sources *routes; /* NULL: there is no routing table */
    int channel;
    struct buf out;
    struct buf rests; /* one behind the other */
    struct rest *by_value;
    struct asked group[GROUP];
    uint32_t keys[GROUP], found[GROUP];
    size_t n;
    uint64_t line, bad;
    enum status failed;
};

static void keep(struct lines *l, enum status st)
{
    l->failed = l->failed == ST_OK ? st : l->failed;
}

/* --- answering ---------------------------------------------------------------------- */

static void flush(struct lines *l)
{
    keep(l, l->out.failed);
    if (l->out.len > 0 && l->failed == ST_OK) {
        keep(l, channel_send(l->channel, LINES_OUT, buf_bytes(&l->out), NULL));
    }
    buf_clear(&l->out);
}

static void make_rest(struct lines *l, const struct asked *a, struct rest *r)
{
    struct origin o;
    size_t from = l->rests.len;
    attribute_table_origin(l->table, &a->addr, &o);
    line_rest(&l->rests, l->job->form, &o);
    keep(l, l->rests.failed);
    *r = (struct rest){from, (uint32_t)(l->rests.len - from), o.has_net ? o.net.len : NO_NET};
}

/* How many peers have a route, and whether it is valid, is no part of the table:
 * it is another for each network. */
static void answer_route(struct lines *l, const struct asked *a)
{
    struct origin o;
    if (l->routes != NULL) {
        attribute_sources_lookup(l->routes, &a->addr, l->job->event_ns, &o);
        line_route(&l->out, &o, attribute_sources_info(l->routes));
    }
}

static void answer_odd(struct lines *l, const struct asked *a)
{
    struct origin o;
    attribute_table_origin(l->table, &a->addr, &o);
    line_whole(&l->out, l->job->form, &o, NULL);
    answer_route(l, a);
}

/* prefix_of, for IPv4 without a loop. */
static struct prefix network_of(const struct addr *a, uint8_t len)
{
    if (!addr_is_v4(a) || len < 97) {
        return prefix_of(a, len);
    }
    uint32_t mask = UINT32_MAX << (128 - len);
    return (struct prefix){addr_from_v4(addr_v4(a) & mask), len};
}

static void answer(struct lines *l, const struct asked *a)
{
    if (a->odd) {
        answer_odd(l, a);
        return;
    }
    struct rest *r = &l->by_value[a->value];
    if (r->len == 0) {
        make_rest(l, a, r);
    }
    if (!buf_reserve(&l->out, LINE_HEAD_MAX + r->len)) {
        return;
    }
    struct prefix net;
    bool known = r->net_len != NO_NET;
    if (known) {
        net = network_of(&a->addr, r->net_len);
    }
    uint8_t *to = l->out.data + l->out.len;
    size_t n = line_head(l->job->form, &a->addr, known ? &net : NULL, (char *)to);
    memcpy(to + n, l->rests.data + r->at, r->len);
    l->out.len += n + r->len;
    answer_route(l, a);
}

/* What the answers need is asked for before the first one is written. */
static void answer_all(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) {
        __builtin_prefetch(&l->by_value[l->group[i].value]);
    }
    for (size_t i = 0; i < l->n && l->rests.len > 0; i++) {
        __builtin_prefetch(l->rests.data + l->by_value[l->group[i].value].at);
    }
    for (size_t i = 0; i < l->n; i++) {
        answer(l, &l->group[i]);
    }
    l->n = 0;
}

/* IPv4 addresses are looked up together; others are few, or take their time. */
static void answer_group(struct lines *l)
{
    size_t n4 = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (addr_is_v4(&l->group[i].addr)) {
            l->keys[n4++] = addr_v4(&l->group[i].addr);
        }
    }
    attribute_table_batch4(l->table, l->keys, n4, l->found);
    n4 = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct asked *a = &l->group[i];
        if (addr_is_v4(&a->addr)) {
            a->value = l->found[n4++];
        } else {
            a->odd = !attribute_table_reaches(&a->addr);
            a->value = a->odd ? 0 : attribute_table_find(l->table, &a->addr);
        }
    }
    answer_all(l);
    if (l->out.len >= ENOUGH_BYTES) {
        flush(l);
    }
}

/* --- lines ----------------------------------------------------------------------------- */

static void complain(struct lines *l, struct bytes line)
{
    answer_group(l); /* those before it come first */
    line_no_address(&l->out, l->job->form,
                    bytes_of(line.data, line.len < LINE_MAX_BYTES ? line.len : LINE_MAX_BYTES));
    if (l->out.len >= ENOUGH_BYTES) {
        flush(l);
    }
    CLEANUP(buf_fini) struct buf message = BUF_INIT(LINE_MAX_BYTES);
    if (l->bad++ >= COMPLAINTS_MAX || l->failed != ST_OK) {
        return;
    }
    buf_be64(&message, l->line);
    buf_append(&message, line.data, line.len < QUOTE_BYTES ? line.len : QUOTE_BYTES);
    keep(l, message.failed);
    if (message.failed == ST_OK) {
        keep(l, channel_send(l->channel, LINES_BAD, buf_bytes(&message), NULL));
    }
}

/* Four small numbers and nothing else; all other forms are addr_parse's. */
static bool plain_v4(struct bytes s, struct addr *ret)
{
    uint32_t a = 0;
    size_t i = 0;
    for (unsigned octet = 0; octet < 4; octet++) {
        unsigned v = 0;
        size_t from = i;
        while (i < s.len && i - from < 3 && (uint8_t)(s.data[i] - '0') < 10) {
            v = v * 10 + (uint8_t)(s.data[i++] - '0');
        }
        bool padded = i - from > 1 && s.data[from] == '0';
        if (i == from || v > 255 || padded) {
            return false;
        }
        a = a << 8 | v;
        if (octet < 3 && (i == s.len || s.data[i++] != '.')) {
            return false;
        }
    }
    *ret = addr_from_v4(a);
    return i == s.len;
}

static void take_line(struct lines *l, struct bytes line)
{
    l->line++;
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    struct asked *a = &l->group[l->n];
    *a = (struct asked){.odd = false};
    if (!plain_v4(line, &a->addr)) {
        line = text_trim(line);
        if (line.len == 0) {
            return;
        }
        if (addr_parse(line, &a->addr) != ST_OK) {
            complain(l, line);
            return;
        }
    }
    if (++l->n == GROUP) {
        answer_group(l);
    }
}

/* Whole lines of in; what is left of the last one moves to the front. */
static void take_lines(struct lines *l, uint8_t *in, size_t *len, bool *skipping)
{
    size_t at = 0;
    for (;;) {
        const uint8_t *stop = memchr(in + at, '\n', *len - at);
        if (stop == NULL) {
            break;
        }
        size_t n = (size_t)(stop - in) - at;
        if (!*skipping) {
            take_line(l, bytes_of(in + at, n));
        }
        *skipping = false;
        at += n + 1;
    }
    if (*len - at > LINE_MAX_BYTES) { /* no address is that long */
        if (!*skipping) {
            l->line++;
            complain(l, bytes_of(in + at, *len - at));
        }
        *skipping = true;
        at = *len;
    }
    memmove(in, in + at, *len - at);
    *len -= at;
}

static enum status read_lines(struct lines *l)
{
    CLEANUP(free_ptr) uint8_t *in = malloc(IN_BYTES);
    size_t len = 0;
    bool skipping = false;
    if (in == NULL) {
        return ST_NOMEM;
    }
    while (l->failed == ST_OK) {
        ssize_t got = read(STDIN_FILENO, in + len, IN_BYTES - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ST_SYS;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
        take_lines(l, in, &len, &skipping);
        answer_group(l);
        flush(l); /* whoever waits for an answer gets it */
    }
    if (len > 0 && !skipping) {
        take_line(l, bytes_of(in, len));
        answer_group(l);
        flush(l);
    }
    return l->failed;
}

static enum status tell_end(struct lines *l, bool whole)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(16);
    buf_be64(&message, l->bad);
    buf_byte(&message, whole);
    TRY(message.failed);
    return channel_send(l->channel, LINES_END, buf_bytes(&message), NULL);
}

/* What is wrong with a source was said when the table was made. */
static enum status add_routes(struct lines *l)
{
    const uint32_t formats = 1U << ORIGIN_MRT | 1U << ORIGIN_VRP;
    struct remark_list remarks = {.n = 0};
    struct attribute_sources *set;
    if (l->job->form != LINE_JSON || l->job->spec_n == 0) {
        return ST_OK;
    }
    TRY(attribute_sources_new(l->job->now_ns, &set));
    l->routes = set;
    bool tables = false;
    for (size_t i = 0; i < l->job->spec_n; i++) {
        status_ignore(attribute_sources_add_of(set, l->job->specs[i], formats, &remarks, NULL));
    }
    for (size_t i = 0; i < attribute_sources_count(set); i++) {
        tables |= attribute_sources_info(set)->items[i].format == ORIGIN_MRT;
    }
    if (!tables) {
        attribute_sources_free(set);
        l->routes = NULL;
    }
    return ST_OK;
}

static enum status run(struct lines *l)
{
    struct remark_list remarks = {.n = 0};
    TRY(attribute_table_open(l->job->table, l->job->event_ns, &l->table, NULL));
    TRY(add_routes(l));
    struct cage_report cage;
    cage_enter(CAGE_READER, &cage);
    if (!cage.whole) {
        struct bytes text = bytes_of(cage.text, strlen(cage.text));
        TRY(channel_send(l->channel, LINES_CAGE, text, NULL));
    }
    if (l->routes != NULL) {
        TRY(attribute_sources_load(l->routes, true, true, &remarks));
    }
    l->by_value = calloc(attribute_table_values(l->table), sizeof(*l->by_value));
    if (l->by_value == NULL) {
        return ST_NOMEM;
    }
    buf_str(&l->out, line_header(l->job->form));
    enum status st = read_lines(l);
    flush(l);
    TRY(tell_end(l, st == ST_OK && l->failed == ST_OK));
    return st;
}

static int lines_child(void *ctx, int channel, const struct cage_report *none)
{
    (void)none; /* the cage comes later */
    struct lines *l = ctx;
    l->channel = channel;
    l->out = BUF_INIT(8 * OUT_BYTES);
    l->rests = BUF_INIT(RESTS_MAX_BYTES);
    enum status st = run(l);
    free(l->by_value);
    buf_fini(&l->out);
    buf_fini(&l->rests);
    attribute_table_free(l->table);
    attribute_sources_free(l->routes);
    return st == ST_OK ? 0 : 2;
}

/* --- the other half -------------------------------------------------------------------- */

struct heard {
    uint64_t bad;
    bool ended, whole, written;
};

static enum status hear(uint8_t type, struct bytes body, struct heard *h)
{
    struct cursor in = cursor_of(body);
    switch (type) {
    case LINES_CAGE:
        say("the sandbox is not whole: %.*s", (int)body.len, (const char *)body.data);
        return ST_OK;
    case LINES_OUT:
        h->written = output_write(body);
        return h->written ? ST_OK : ST_SYS;
    case LINES_BAD: {
        uint64_t line = cursor_be64(&in);
        struct bytes text = cursor_rest(&in);
        say("line %" PRIu64 ": not an address: %.*s", line, (int)text.len,
            text.len > 0 ? (const char *)text.data : "");
        return ST_OK;
    }
    case LINES_END:
        h->bad = cursor_be64(&in);
        h->whole = cursor_u8(&in) == 1;
        h->ended = !in.failed;
        return h->ended ? ST_OK : ST_MALFORMED;
    default:
        return ST_MALFORMED;
    }
}

static enum status listen(struct process *child, struct heard *h)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(8 * OUT_BYTES + 16);
    while (!h->ended) {
        uint8_t type;
        TRY(channel_receive(process_channel(child), &type, &message, NULL));
        TRY(hear(type, buf_bytes(&message), h));
    }
    return ST_OK;
}

static bool tell_result(const struct heard *h, const struct process_end *end)
{
    if (h->bad > COMPLAINTS_MAX) {
        say("%" PRIu64 " lines in all were no address", h->bad);
    }
    if (!h->ended) {
        say("looking up addresses: %s", end->text);
    } else if (!h->whole) {
        say("standard input: not all of it could be read");
    }
    return h->ended && h->whole && h->bad == 0;
}

bool locate_lines_run(const struct locate_lines_job *job)
{
    static const int kept[] = {STDIN_FILENO};
    CLEANUP(free_ptr) struct lines *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        say("not enough memory");
        return false;
    }
    l->job = job;
    struct process_options opt = {
        .name = "analyst", .cage = CAGE_NONE, .keep = kept, .n_keep = ARRAY_LEN(kept)};
    CLEANUP(process_freep) struct process *child = NULL;
    struct process_end end;
    struct fault why = {0};
    struct heard h = {.written = true};
    enum status st = process_start(&opt, lines_child, l, &child, &why);
    if (st != ST_OK) {
        say_fault("looking up addresses", st, &why);
        return false;
    }
    if (listen(child, &h) != ST_OK && !h.written) {
        return false; /* that it could not be written was said */
    }
    if (process_wait(child, &end, &why) != ST_OK) {
        say_fault("looking up addresses", ST_SYS, &why);
        return false;
    }
    return tell_result(&h, &end);
}
