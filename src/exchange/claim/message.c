/* exchange/claim/message.c - sets of claims between our own processes. */
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "exchange/claim/claim.h"

enum {
    HAS_TARGET = 1,
    EVIDENCE = 2,
    SERVICE = 4,
    MORE = 8,
    KNOWN = 16,
    ZONE = 32,
    YEAR = 64,
    GIVEN = 128
};

/* Sums with spans of days do not overflow within. The years that are read end
 * well before. */
#define TIME_MOST_NS INT64_C(9220000000000000000)

static bool in_range(int64_t ns)
{
    return ns >= -TIME_MOST_NS && ns <= TIME_MOST_NS;
}

static void put_text(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    buf_be16(out, (uint16_t)n);
    buf_append(out, s, n);
}

static void get_text(struct cursor *in, char *out, size_t size)
{
    struct bytes s = cursor_take(in, cursor_be16(in));
    if (s.len >= size || (s.len > 0 && memchr(s.data, 0, s.len) != NULL)) {
        in->failed = true;
        return;
    }
    claim_copy(out, size, s);
}

static void put_claim(struct buf *out, const struct claim *c)
{
    buf_append(out, c->source.b, sizeof(c->source.b));
    buf_append(out, c->target.b, sizeof(c->target.b));
    buf_byte(out, (uint8_t)((c->has_target ? HAS_TARGET : 0) | (c->evidence ? EVIDENCE : 0) |
                            (c->service ? SERVICE : 0) | (c->more_moments ? MORE : 0) |
                            (c->when.known ? KNOWN : 0) | (c->when.zone_assumed ? ZONE : 0) |
                            (c->when.year_assumed ? YEAR : 0) | (c->when.zone_given ? GIVEN : 0)));
    buf_be16(out, c->source_port);
    buf_be16(out, c->target_port);
    buf_byte(out, c->proto);
    buf_byte(out, (uint8_t)c->act);
    buf_byte(out, (uint8_t)c->state);
    buf_be64(out, (uint64_t)c->when.first_ns);
    buf_be64(out, (uint64_t)c->when.last_ns);
    buf_be64(out, (uint64_t)c->when.precision_ns);
    buf_be64(out, c->count);
    put_text(out, c->said);
    for (size_t i = 0; i < CLAIM_STATED_COUNT; i++) {
        put_text(out, c->unread[i]);
    }
    buf_byte(out, (uint8_t)c->moment_n);
    for (size_t i = 0; i < c->moment_n; i++) {
        buf_be64(out, (uint64_t)c->moments[i].time_ns);
        buf_be16(out, c->moments[i].source_port);
        buf_be16(out, c->moments[i].target_port);
    }
}

static void get_addr(struct cursor *in, struct addr *a)
{
    struct bytes b = cursor_take(in, sizeof(a->b));
    if (b.len > 0) {
        memcpy(a->b, b.data, b.len);
    }
}

static void get_claim(struct cursor *in, struct claim *c)
{
    get_addr(in, &c->source);
    get_addr(in, &c->target);
    uint8_t bits = cursor_u8(in);
    c->has_target = (bits & HAS_TARGET) != 0;
    c->evidence = (bits & EVIDENCE) != 0;
    c->service = (bits & SERVICE) != 0;
    c->more_moments = (bits & MORE) != 0;
    c->when.known = (bits & KNOWN) != 0;
    c->when.zone_assumed = (bits & ZONE) != 0;
    c->when.year_assumed = (bits & YEAR) != 0;
    c->when.zone_given = (bits & GIVEN) != 0;
    c->source_port = cursor_be16(in);
    c->target_port = cursor_be16(in);
    c->proto = cursor_u8(in);
    uint8_t act = cursor_u8(in);
    uint8_t state = cursor_u8(in);
    in->failed |= act >= CLAIM_ACT_COUNT || state > CLAIM_STATE_TWO_WAY;
    c->act = in->failed ? CLAIM_ACT_UNSAID : (enum claim_act)act;
    c->state = in->failed ? CLAIM_STATE_UNSAID : (enum claim_state)state;
    c->when.first_ns = (int64_t)cursor_be64(in);
    c->when.last_ns = (int64_t)cursor_be64(in);
    c->when.precision_ns = (int64_t)cursor_be64(in);
    in->failed |= c->when.last_ns < c->when.first_ns || !in_range(c->when.first_ns) ||
                  !in_range(c->when.last_ns) || c->when.precision_ns < 0 ||
                  c->when.precision_ns > TIME_DAY;
    c->count = cursor_be64(in);
    get_text(in, c->said, sizeof(c->said));
    for (size_t i = 0; i < CLAIM_STATED_COUNT; i++) {
        get_text(in, c->unread[i], sizeof(c->unread[i]));
    }
    size_t n = cursor_u8(in);
    in->failed |= n > CLAIM_MOMENTS_MAX;
    for (size_t i = 0; i < n && !in->failed; i++) {
        c->moments[i].time_ns = (int64_t)cursor_be64(in);
        c->moments[i].source_port = cursor_be16(in);
        c->moments[i].target_port = cursor_be16(in);
        in->failed |= !in_range(c->moments[i].time_ns);
        c->moment_n = i + 1;
    }
}

void claim_set_put(struct buf *out, const struct claim_set *s)
{
    put_text(out, s->format);
    put_text(out, s->accuser);
    put_text(out, s->reference);
    buf_be32(out, s->notes);
    buf_byte(out, s->more_quotes);
    buf_byte(out, (uint8_t)s->quote_n);
    for (size_t i = 0; i < s->quote_n; i++) {
        put_text(out, s->quotes[i].key);
        put_text(out, s->quotes[i].text);
    }
    buf_byte(out, (uint8_t)((s->mail ? 1 : 0) | (s->signatures_asked ? 2 : 0)));
    dkim_report_put(out, &s->signatures);
    buf_be32(out, (uint32_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        put_claim(out, &s->items[i]);
    }
}

static void get_head(struct cursor *in, struct claim_set *s)
{
    get_text(in, s->format, sizeof(s->format));
    get_text(in, s->accuser, sizeof(s->accuser));
    get_text(in, s->reference, sizeof(s->reference));
    s->notes = cursor_be32(in);
    s->more_quotes = cursor_u8(in) != 0;
    size_t n = cursor_u8(in);
    in->failed |= n > CLAIM_QUOTES_MAX || s->notes >> CLAIM_NOTE_COUNT != 0;
    for (size_t i = 0; i < n && !in->failed; i++) {
        get_text(in, s->quotes[i].key, sizeof(s->quotes[i].key));
        get_text(in, s->quotes[i].text, sizeof(s->quotes[i].text));
        s->quote_n = i + 1;
    }
}

enum status claim_set_get(struct cursor *in, struct claim_set *ret)
{
    CLEANUP(claim_set_fini) struct claim_set s = {.n = 0};
    get_head(in, &s);
    uint8_t bits = cursor_u8(in);
    s.mail = (bits & 1) != 0;
    s.signatures_asked = (bits & 2) != 0;
    TRY(dkim_report_get(in, &s.signatures));
    size_t n = cursor_be32(in);
    if (in->failed || n > LIMIT_CLAIMS) {
        return ST_MALFORMED;
    }
    s.items = calloc(n + 1, sizeof(*s.items));
    if (s.items == NULL) {
        return ST_NOMEM;
    }
    s.cap = n + 1;
    for (; s.n < n && !in->failed; s.n++) {
        get_claim(in, &s.items[s.n]);
    }
    if (in->failed) {
        return ST_MALFORMED;
    }
    *ret = s;
    s.items = NULL;
    return ST_OK;
}
