/* exchange/claim/value.c - the ports, counts and protocols that claims state.
 *
 * What is stated and cannot be read must not count as unsaid: the claim would say
 * less than it does, and more would fit it.
 */
#include <string.h>

#include "base/core/text.h"
#include "base/model/observation.h"
#include "exchange/claim/draft.h"

enum { GROUP_DIGITS = 3 };

static bool same_word(struct bytes s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.data, word, s.len) == 0;
}

uint8_t claim_proto(struct bytes text)
{
    static const struct {
        const char *name;
        uint8_t number;
    } known[] = {{"tcp", PROTO_TCP},          {"udp", PROTO_UDP},  {"icmp", PROTO_ICMP},
                 {"sctp", PROTO_SCTP},        {"gre", PROTO_GRE},  {"icmpv6", PROTO_ICMPV6},
                 {"icmp6", PROTO_ICMPV6},     {"http", PROTO_TCP}, {"https", PROTO_TCP},
                 {"ipv6-icmp", PROTO_ICMPV6}, {"ssh", PROTO_TCP}};
    uint64_t n;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (same_word(text, known[i].name)) {
            return known[i].number;
        }
    }
    return text_u64(text, UINT8_MAX - 1, &n) == ST_OK ? (uint8_t)n : 0;
}

bool claim_key_is_stated(enum claim_key key)
{
    return key == CLAIM_KEY_SOURCE_PORT || key == CLAIM_KEY_TARGET_PORT || key == CLAIM_KEY_PROTO ||
           key == CLAIM_KEY_TALLY;
}

/* As programs write what they do not know; "-" is Zeek's. */
static bool is_nothing(struct bytes v)
{
    static const char *const known[] = {"-", "n/a", "none", "null", "unknown"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (same_word(v, known[i])) {
            return true;
        }
    }
    return v.len == 0;
}

/* "22.0" is what spreadsheets make of 22. */
static struct bytes without_zero(struct bytes v)
{
    bool zero = v.len > 2 && v.data[v.len - 2] == '.' && v.data[v.len - 1] == '0';
    return zero ? bytes_of(v.data, v.len - 2) : v;
}

/* --- ports ------------------------------------------------------------------------ */

/* "tcp/22" and "22/tcp"; *ret_proto is 0 where there is none. */
static bool read_port(struct bytes v, uint64_t *ret_port, uint8_t *ret_proto)
{
    const uint8_t *mark = v.len > 0 ? memchr(v.data, '/', v.len) : NULL;
    *ret_proto = 0;
    if (mark != NULL) {
        size_t n = (size_t)(mark - v.data);
        struct bytes a = text_trim(bytes_of(v.data, n));
        struct bytes b = text_trim(bytes_of(mark + 1, v.len - n - 1));
        bool first = a.len > 0 && (a.data[0] < '0' || a.data[0] > '9');
        struct bytes name = first ? a : b;
        bool known = same_word(name, "tcp") || same_word(name, "udp") || same_word(name, "sctp");
        *ret_proto = known ? claim_proto(name) : 0;
        return known && text_u64(first ? b : a, UINT16_MAX, ret_port) == ST_OK;
    }
    return text_u64(without_zero(v), UINT16_MAX, ret_port) == ST_OK;
}

static bool state_port(struct claim *c, enum claim_key key, struct bytes v)
{
    uint64_t port;
    uint8_t proto;
    if (!read_port(v, &port, &proto) || (proto != 0 && c->proto != 0 && c->proto != proto)) {
        return false;
    }
    c->proto = proto != 0 ? proto : c->proto;
    *(key == CLAIM_KEY_SOURCE_PORT ? &c->source_port : &c->target_port) = (uint16_t)port;
    return true;
}

static bool state_proto(struct claim *c, struct bytes v)
{
    uint8_t proto = claim_proto(v);
    if (proto == 0 || (c->proto != 0 && c->proto != proto)) {
        return false;
    }
    c->proto = proto;
    return true;
}

/* --- counts ----------------------------------------------------------------------- */

/* Groups of three digits behind the first mark: "1,000,000"; a lone point may be
 * that of a fraction. The digits alone into `out`. */
static size_t without_marks(struct bytes v, char *out, size_t size)
{
    static const char marks[] = ",.'_ ";
    uint8_t mark = 0;
    size_t n = 0, run = 0, groups = 0;
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.data[i];
        if (c >= '0' && c <= '9' && n < size) {
            out[n++] = (char)c;
            run++;
            continue;
        }
        bool begins = mark == 0 && run >= 1 && run <= GROUP_DIGITS && out[0] != '0';
        bool goes_on = mark == c && run == GROUP_DIGITS;
        if (c == 0 || strchr(marks, c) == NULL || !(begins || goes_on)) {
            return 0;
        }
        mark = c;
        run = 0;
        groups++;
    }
    return run == GROUP_DIGITS && groups >= (mark == '.' ? 2 : 1) ? n : 0;
}

static bool state_tally(struct claim *c, struct bytes v)
{
    enum { DIGITS_MAX = 20 };
    char digits[DIGITS_MAX];
    uint64_t count;
    if (text_u64(without_zero(v), INT64_MAX, &count) != ST_OK &&
        text_u64(bytes_of(digits, without_marks(v, digits, sizeof(digits))), INT64_MAX, &count) !=
            ST_OK) {
        return false;
    }
    c->count = count;
    return true;
}

bool claim_state(struct claim *c, enum claim_key key, struct bytes value)
{
    struct bytes v = text_trim(value);
    bool port = key == CLAIM_KEY_SOURCE_PORT || key == CLAIM_KEY_TARGET_PORT;
    if (is_nothing(v)) {
        return true;
    }
    if (port                     ? state_port(c, key, v)
        : key == CLAIM_KEY_PROTO ? state_proto(c, v)
                                 : state_tally(c, v)) {
        return true;
    }
    claim_unread(c,
                 key == CLAIM_KEY_SOURCE_PORT   ? CLAIM_STATED_SOURCE_PORT
                 : key == CLAIM_KEY_TARGET_PORT ? CLAIM_STATED_TARGET_PORT
                 : key == CLAIM_KEY_PROTO       ? CLAIM_STATED_PROTOCOL
                                                : CLAIM_STATED_TALLY,
                 v);
    return false;
}
