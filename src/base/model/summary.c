/* base/model/summary.c - the message form of summaries. */
#include "base/model/summary.h"

#include <string.h>

#define SUMMARY_LOGINS(l)                                                                          \
    &(l)->refused, &(l)->accepted, &(l)->nearest, &(l)->background_guessers,                       \
        &(l)->background_attempts

/* The fields that are plain 64-bit numbers, in message order. */
#define SUMMARY_NUMBERS(s)                                                                         \
    {                                                                                              \
        &(s)->packets, &(s)->lines, &(s)->tcp, &(s)->udp, &(s)->icmp, &(s)->arp, &(s)->other,      \
            &(s)->wire_bytes, &(s)->background_initiators, &(s)->background_packets, &(s)->strays, \
            &(s)->early, &(s)->lost, &(s)->peak_bytes, &(s)->two_way, &(s)->one_way,               \
            SUMMARY_LOGINS(&(s)->logins_log), SUMMARY_LOGINS(&(s)->logins_seen), &(s)->requests,   \
            &(s)->background_probers, &(s)->background_missing                                     \
    }

void summary_put(struct buf *out, const struct summary *s)
{
    const uint64_t *numbers[] = SUMMARY_NUMBERS(s);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        buf_be64(out, *numbers[i]);
    }
    buf_byte(out, s->has_time);
    buf_be64(out, (uint64_t)s->first_ns);
    buf_be64(out, (uint64_t)s->last_ns);
    buf_byte(out, (uint8_t)s->locals.rule);
    buf_byte(out, (uint8_t)s->locals.n);
    for (size_t i = 0; i < s->locals.n; i++) {
        buf_append(out, s->locals.nets[i].net.b, sizeof(s->locals.nets[i].net.b));
        buf_byte(out, s->locals.nets[i].len);
    }
}

static void get_locals(struct cursor *in, struct local_nets *l)
{
    uint8_t rule = cursor_u8(in);
    l->n = cursor_u8(in);
    if (rule > LOCAL_UNKNOWN || l->n > LOCAL_NETS_MAX) {
        in->failed = true;
        l->n = 0;
    }
    l->rule = (enum local_rule)rule;
    for (size_t i = 0; i < l->n; i++) {
        struct bytes b = cursor_take(in, sizeof(l->nets[i].net.b));
        if (b.len > 0) {
            memcpy(l->nets[i].net.b, b.data, b.len);
        }
        l->nets[i].len = cursor_u8(in);
        in->failed |= l->nets[i].len > 128;
    }
}

enum status summary_get(struct cursor *in, struct summary *ret)
{
    struct summary s = {0};
    uint64_t *numbers[] = SUMMARY_NUMBERS(&s);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i] = cursor_be64(in);
    }
    s.has_time = cursor_u8(in) != 0;
    s.first_ns = (int64_t)cursor_be64(in);
    s.last_ns = (int64_t)cursor_be64(in);
    get_locals(in, &s.locals);
    if (in->failed) {
        return ST_MALFORMED;
    }
    *ret = s;
    return ST_OK;
}
