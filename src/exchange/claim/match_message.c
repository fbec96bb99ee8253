/* exchange/claim/match_message.c - what was matched, between processes. */
#include "base/core/limits.h"
#include "exchange/claim/match_parts.h"

/* --- messages --------------------------------------------------------------------------- */

#define MATCH_NUMBERS(r)                                                                           \
    {                                                                                              \
        &(r)->packets, &(r)->exact, &(r)->back, &(r)->lines, &(r)->lines_exact, &(r)->other,       \
            &(r)->asks, &(r)->answers, &(r)->greetings, &(r)->asked_by, &(r)->first_pos,           \
            &(r)->connections, &(r)->completed, &(r)->refused, &(r)->sending, &(r)->begun,         \
            &(r)->theirs, &(r)->ever, &(r)->portless, &(r)->swapped, &(r)->carried                 \
    }

#define COVER_NUMBERS(c)                                                                           \
    {                                                                                              \
        &(c)->records, &(c)->in, &(c)->out[CLAIM_TCP], &(c)->out[CLAIM_UDP],                       \
            &(c)->out[CLAIM_ICMP], &(c)->out[CLAIM_OTHER]                                          \
    }

static void put_match(struct buf *out, const struct claim_match *r)
{
    const uint64_t *numbers[] = MATCH_NUMBERS(r);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        buf_be64(out, *numbers[i]);
    }
    buf_be64(out, (uint64_t)r->first_ns);
    buf_be64(out, (uint64_t)r->last_ns);
    buf_be64(out, (uint64_t)r->offset_ns);
    buf_be64(out, (uint64_t)r->near_ns);
    buf_byte(out, (uint8_t)(r->has_offset | r->has_near << 1 | r->near_exact << 2 |
                            r->more_connections << 3));
    buf_be32(out, r->moments_met);
    for (size_t i = 0; i < CLAIM_SLOTS; i++) {
        buf_be32(out, r->slots[i]);
    }
}

static void get_match(struct cursor *in, struct claim_match *r)
{
    uint64_t *numbers[] = MATCH_NUMBERS(r);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i] = cursor_be64(in);
    }
    r->first_ns = (int64_t)cursor_be64(in);
    r->last_ns = (int64_t)cursor_be64(in);
    r->offset_ns = (int64_t)cursor_be64(in);
    r->near_ns = (int64_t)cursor_be64(in);
    uint8_t bits = cursor_u8(in);
    r->has_offset = (bits & 1) != 0;
    r->has_near = (bits & 2) != 0;
    r->near_exact = (bits & 4) != 0;
    r->more_connections = (bits & 8) != 0;
    r->moments_met = cursor_be32(in);
    for (size_t i = 0; i < CLAIM_SLOTS; i++) {
        r->slots[i] = cursor_be32(in);
    }
    in->failed |= r->offset_ns == INT64_MIN || r->near_ns == INT64_MIN ||
                  r->moments_met >> CLAIM_MOMENTS_MAX != 0;
}

static void put_cover(struct buf *out, const struct claim_cover *c)
{
    const uint64_t *numbers[] = COVER_NUMBERS(c);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        buf_be64(out, *numbers[i]);
    }
    buf_byte(out, (uint8_t)(c->has_time | c->log << 1 | c->more_silences << 2 | c->flows << 3));
    buf_be64(out, (uint64_t)c->first_ns);
    buf_be64(out, (uint64_t)c->last_ns);
    buf_byte(out, (uint8_t)c->silence_n);
    for (size_t i = 0; i < c->silence_n; i++) {
        buf_be64(out, (uint64_t)c->silences[i].from_ns);
        buf_be64(out, (uint64_t)c->silences[i].to_ns);
    }
}

static void get_cover(struct cursor *in, struct claim_cover *c)
{
    uint64_t *numbers[] = COVER_NUMBERS(c);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i] = cursor_be64(in);
    }
    uint8_t bits = cursor_u8(in);
    c->has_time = (bits & 1) != 0;
    c->log = (bits & 2) != 0;
    c->more_silences = (bits & 4) != 0;
    c->flows = (bits & 8) != 0;
    c->first_ns = (int64_t)cursor_be64(in);
    c->last_ns = (int64_t)cursor_be64(in);
    size_t n = cursor_u8(in);
    in->failed |= n > CLAIM_SILENCES_MAX || c->last_ns < c->first_ns;
    for (size_t i = 0; i < n && !in->failed; i++) {
        c->silences[i].from_ns = (int64_t)cursor_be64(in);
        c->silences[i].to_ns = (int64_t)cursor_be64(in);
        c->silence_n = i + 1;
    }
}

void claim_matches_put(struct buf *out, const struct claim_matcher *m)
{
    for (size_t i = 0; i < m->opt.claims->n; i++) {
        put_match(out, &m->matches[i]);
    }
}

void claim_cover_put(struct buf *out, const struct claim_matcher *m, size_t input)
{
    put_cover(out, &m->covers[input]);
}

enum status claim_matches_get(struct cursor *in, struct claim_match *ret, size_t n)
{
    for (size_t i = 0; i < n && !in->failed; i++) {
        get_match(in, &ret[i]);
    }
    return in->failed || cursor_left(in) != 0 ? ST_MALFORMED : ST_OK;
}

enum status claim_cover_get(struct cursor *in, struct claim_cover *ret)
{
    struct claim_cover c = {.has_time = false};
    get_cover(in, &c);
    if (in->failed || cursor_left(in) != 0) {
        return ST_MALFORMED;
    }
    *ret = c;
    return ST_OK;
}
