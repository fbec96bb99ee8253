/* exchange/claim/flow.c - rows of flow tables. */
#include "exchange/claim/flow.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "exchange/claim/draft.h"

enum { HEADER_LINES_MAX = 20, NAME_BYTES = 24 };

enum column {
    COL_NONE,
    COL_FIRST,
    COL_LAST,
    COL_DURATION,
    COL_SRC,
    COL_DST,
    COL_SRC_PORT,
    COL_DST_PORT,
    COL_PROTO,
    COL_PACKETS,
    COL_BACK,
    COL_FLAGS,
    COL_STATE,
    COL_COUNT
};

struct claim_flow_table {
    struct claim_clock clock;
    bool begun, zeek, json;
    bool ended; /* nfdump's summary follows */
    char separator;
    size_t lines, n;
    uint8_t columns[LIMIT_CLAIM_COLUMNS];
};

enum status claim_flow_table_new(const struct claim_clock *clock, struct claim_flow_table **ret)
{
    struct claim_flow_table *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return ST_NOMEM;
    }
    t->clock = *clock;
    *ret = t;
    return ST_OK;
}

void claim_flow_table_free(struct claim_flow_table *t)
{
    free(t);
}

const char *claim_flow_format(const struct claim_flow_table *t)
{
    return t->zeek || t->json ? "connections of Zeek" : t->begun ? "flows (table)" : "";
}

/* --- names ---------------------------------------------------------------------------------- */

static enum column column_of(struct bytes name)
{
    static const struct {
        const char *name;
        enum column column;
    } known[] = {
        {"ts", COL_FIRST},         {"firstseen", COL_FIRST},
        {"stime", COL_FIRST},      {"start", COL_FIRST},
        {"te", COL_LAST},          {"lastseen", COL_LAST},
        {"etime", COL_LAST},       {"end", COL_LAST},
        {"td", COL_DURATION},      {"duration", COL_DURATION},
        {"dur", COL_DURATION},     {"sa", COL_SRC},
        {"srcaddr", COL_SRC},      {"sip", COL_SRC},
        {"idorigh", COL_SRC},      {"da", COL_DST},
        {"dstaddr", COL_DST},      {"dip", COL_DST},
        {"idresph", COL_DST},      {"sp", COL_SRC_PORT},
        {"srcport", COL_SRC_PORT}, {"sport", COL_SRC_PORT},
        {"idorigp", COL_SRC_PORT}, {"dp", COL_DST_PORT},
        {"dstport", COL_DST_PORT}, {"dport", COL_DST_PORT},
        {"idrespp", COL_DST_PORT}, {"pr", COL_PROTO},
        {"proto", COL_PROTO},      {"protocol", COL_PROTO},
        {"pro", COL_PROTO},        {"ipkt", COL_PACKETS},
        {"packets", COL_PACKETS},  {"pkts", COL_PACKETS},
        {"origpkts", COL_PACKETS}, {"resppkts", COL_BACK},
        {"flg", COL_FLAGS},        {"flags", COL_FLAGS},
        {"connstate", COL_STATE},
    };
    char plain[NAME_BYTES];
    claim_plain_name(plain, sizeof(plain), name);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(plain, known[i].name) == 0) {
            return known[i].column;
        }
    }
    return COL_NONE;
}

/* Up to the separator; *s goes on behind it. Quotes around are dropped. */
static struct bytes next_cell(struct bytes *s, char separator)
{
    const uint8_t *end = s->len > 0 ? memchr(s->data, separator, s->len) : NULL;
    size_t n = end != NULL ? (size_t)(end - s->data) : s->len;
    struct bytes cell = text_trim(bytes_of(s->data, n));
    *s = bytes_of(s->data + n + (end != NULL), s->len - n - (end != NULL));
    if (cell.len > 1 && cell.data[0] == '"' && cell.data[cell.len - 1] == '"') {
        cell = bytes_of(cell.data + 1, cell.len - 2);
    }
    return cell;
}

static char separator_of(struct bytes line)
{
    static const char marks[] = ",\t|;";
    for (const char *m = marks; *m != '\0'; m++) {
        if (line.len > 0 && memchr(line.data, *m, line.len) != NULL) {
            return *m;
        }
    }
    return ',';
}

static bool take_header(struct claim_flow_table *t, struct bytes line)
{
    uint32_t had = 0;
    struct bytes rest = line;
    t->n = 0;
    while (rest.len > 0 && t->n < LIMIT_CLAIM_COLUMNS) {
        enum column c = column_of(next_cell(&rest, t->separator));
        bool again = (had >> c & 1) != 0;
        t->columns[t->n++] = (uint8_t)(again ? COL_NONE : c);
        had |= UINT32_C(1) << c;
    }
    const uint32_t need = 1U << COL_FIRST | 1U << COL_SRC | 1U << COL_DST | 1U << COL_PROTO;
    const uint32_t flow = 1U << COL_LAST | 1U << COL_DURATION | 1U << COL_PACKETS;
    t->begun = (had & need) == need && (had & flow) != 0;
    return t->begun;
}

/* --- values ----------------------------------------------------------------------------------- */

/* What the columns of a row say. */
struct row {
    struct bytes v[COL_COUNT];
};

/* As Zeek writes what is not set. */
static bool is_nothing(struct bytes s)
{
    return s.len == 0 || bytes_equal(s, BYTES_LITERAL("-")) ||
           bytes_equal(s, BYTES_LITERAL("(empty)"));
}

/* A value that is there and makes no sense is no zero: more would fit the row, or
 * less. The row is left out, and the column named. */
static bool number_of(struct bytes s, uint64_t most, uint64_t *ret)
{
    *ret = 0;
    return is_nothing(s) || text_u64(s, most, ret) == ST_OK;
}

/* ICMP has none: nfdump writes type and code there, as "8.0". */
static bool port_of(struct bytes s, uint8_t proto, uint16_t *ret)
{
    uint64_t port = 0;
    bool ports = proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
    bool good = !ports || number_of(s, UINT16_MAX, &port);
    *ret = (uint16_t)port;
    return good;
}

/* Seconds with a fraction. */
static bool duration_of(struct bytes s, int64_t *ret)
{
    const uint8_t *dot = s.len > 0 ? memchr(s.data, '.', s.len) : NULL;
    size_t whole = dot != NULL ? (size_t)(dot - s.data) : s.len;
    uint64_t seconds;
    int64_t unit = TIME_SECOND / 10;
    *ret = 0;
    if (is_nothing(s)) {
        return true;
    }
    if (text_u64(bytes_of(s.data, whole), UINT32_MAX, &seconds) != ST_OK) {
        return false;
    }
    *ret = (int64_t)seconds * TIME_SECOND;
    for (size_t i = whole + 1; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
        *ret += (s.data[i] - '0') * unit;
        unit /= 10;
    }
    return true;
}

/* nfdump's "...AP.SF", SiLK's "FSRPA". */
static uint8_t flags_of(struct bytes s)
{
    static const struct {
        char letter;
        uint8_t flag;
    } known[] = {{'F', TCP_FIN}, {'S', TCP_SYN}, {'R', TCP_RST},
                 {'P', TCP_PSH}, {'A', TCP_ACK}, {'U', TCP_URG}};
    uint8_t flags = 0;
    for (size_t i = 0; i < s.len; i++) {
        for (size_t k = 0; k < ARRAY_LEN(known); k++) {
            flags |= s.data[i] == (uint8_t)known[k].letter ? known[k].flag : 0;
        }
    }
    return flags;
}

/* Zeek's conn_state: what is seen of the handshake. */
static enum claim_flow_state state_of(struct bytes s)
{
    static const char *const done[] = {"SF", "S1", "S2", "S3", "RSTO", "RSTR"};
    static const char *const unanswered[] = {"S0", "SH", "RSTOS0"};
    for (size_t i = 0; i < ARRAY_LEN(done); i++) {
        if (bytes_equal(s, bytes_of(done[i], strlen(done[i])))) {
            return CLAIM_FLOW_DONE;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(unanswered); i++) {
        if (bytes_equal(s, bytes_of(unanswered[i], strlen(unanswered[i])))) {
            return CLAIM_FLOW_UNANSWERED;
        }
    }
    return bytes_equal(s, BYTES_LITERAL("REJ")) ? CLAIM_FLOW_REFUSED : CLAIM_FLOW_UNSAID;
}

/* The name of what is wrong with the row's times; NULL: nothing. */
static const char *take_times(const struct claim_flow_table *t, const struct row *r,
                              struct claim_flow *f, bool *ret_zone)
{
    struct claim_when first, last;
    int64_t duration;
    if (claim_when_read(r->v[COL_FIRST], &t->clock, &first) != ST_OK) {
        return "first time";
    }
    *ret_zone = !first.zone_assumed && !first.year_assumed;
    f->first_ns = first.first_ns;
    f->last_ns = first.first_ns;
    if (!duration_of(r->v[COL_DURATION], &duration)) {
        return "duration";
    }
    if (!is_nothing(r->v[COL_LAST])) {
        if (claim_when_read(r->v[COL_LAST], &t->clock, &last) != ST_OK) {
            return "last time";
        }
        f->last_ns = last.first_ns;
    } else if (__builtin_add_overflow(f->first_ns, duration, &f->last_ns)) {
        return "duration";
    }
    return f->last_ns < f->first_ns ? "last time" : NULL;
}

static const char *take_ends(const struct row *r, struct claim_flow *f)
{
    f->proto = claim_proto(r->v[COL_PROTO]);
    return f->proto == 0                                                  ? "protocol"
           : addr_parse(r->v[COL_SRC], &f->src) != ST_OK                  ? "source address"
           : addr_parse(r->v[COL_DST], &f->dst) != ST_OK                  ? "destination address"
           : !port_of(r->v[COL_SRC_PORT], f->proto, &f->src_port)         ? "source port"
           : !port_of(r->v[COL_DST_PORT], f->proto, &f->dst_port)         ? "destination port"
           : !number_of(r->v[COL_PACKETS], INT64_MAX, &f->packets)        ? "packets"
           : f->joined && !number_of(r->v[COL_BACK], INT64_MAX, &f->back) ? "packets back"
                                                                          : NULL;
}

static enum status take_row(const struct claim_flow_table *t, const struct row *r,
                            enum claim_flow_line *what, struct claim_flow *ret, struct fault *why)
{
    struct claim_flow f = {.joined = t->zeek || t->json};
    bool zone = true;
    const char *wrong = take_times(t, r, &f, &zone);
    if (!zone) {
        return fault_at(why, ST_MALFORMED, 0, "time zone");
    }
    wrong = wrong == NULL ? take_ends(r, &f) : wrong;
    if (wrong != NULL) {
        *what = CLAIM_FLOW_BAD;
        status_ignore(fault_at(why, ST_MALFORMED, 0, wrong)); /* of this row alone */
        return ST_OK;
    }
    f.packets = f.packets == 0 && !f.joined ? 1 : f.packets;
    f.tcp_flags = flags_of(r->v[COL_FLAGS]);
    f.state = f.joined ? state_of(r->v[COL_STATE]) : CLAIM_FLOW_UNSAID;
    if (f.joined && f.packets == 0) { /* a log without counts */
        f.packets = 1;
        f.back = f.state == CLAIM_FLOW_DONE || f.state == CLAIM_FLOW_REFUSED;
    }
    *what = CLAIM_FLOW_ROW;
    *ret = f;
    return ST_OK;
}

/* --- lines ------------------------------------------------------------------------------------ */

static void decref(json_t **j)
{
    json_decref(*j);
}

enum { VALUE_BYTES = 64 };

/* A value as text, in `room`. Fractions without an exponent: Zeek writes short times
 * as 9.1e-06. What is no value of a flow stays text that no column takes. */
static struct bytes value_of(const json_t *v, char room[VALUE_BYTES])
{
    struct bytes none = BYTES_LITERAL("?");
    int n = VALUE_BYTES;
    if (v == NULL || json_is_null(v)) {
        return (struct bytes){0};
    }
    if (json_is_string(v)) {
        size_t len = json_string_length(v);
        memcpy(room, json_string_value(v), len < VALUE_BYTES ? len : VALUE_BYTES);
        return len <= VALUE_BYTES ? bytes_of(room, len) : none;
    }
    if (json_is_integer(v)) {
        n = snprintf(room, VALUE_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    } else if (json_is_real(v)) {
        n = snprintf(room, VALUE_BYTES, "%.9f", json_real_value(v));
    }
    return n > 0 && n < VALUE_BYTES ? bytes_of(room, (size_t)n) : none;
}

static enum status read_json(const struct claim_flow_table *t, struct bytes line,
                             enum claim_flow_line *what, struct claim_flow *ret, struct fault *why)
{
    char room[COL_COUNT][VALUE_BYTES];
    CLEANUP(decref)
    json_t *o = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
    struct row r = {0};
    const char *key;
    json_t *v;
    json_object_foreach(o, key, v)
    {
        enum column c = column_of(bytes_of(key, strlen(key)));
        r.v[c] = value_of(v, room[c]);
    }
    if (json_is_object(o)) {
        return take_row(t, &r, what, ret, why);
    }
    *what = CLAIM_FLOW_BAD;
    status_ignore(fault_at(why, ST_MALFORMED, 0, "JSON")); /* of this row alone */
    return ST_OK;
}

static enum status begin(struct claim_flow_table *t, struct bytes line, struct fault *why)
{
    static const char fields[] = "#fields\t";
    t->lines++;
    if (line.len > 0 && line.data[0] == '{') {
        t->begun = t->json = true;
        return ST_OK;
    }
    if (bytes_begin(line, bytes_of(fields, sizeof(fields) - 1))) {
        t->zeek = true;
        t->separator = '\t';
        line = bytes_of(line.data + sizeof(fields) - 1, line.len - (sizeof(fields) - 1));
    } else if (line.len == 0 || line.data[0] == '#') {
        return t->lines < HEADER_LINES_MAX ? ST_OK : fault_at(why, ST_MALFORMED, 0, "format");
    } else {
        t->separator = separator_of(line);
    }
    return take_header(t, line) ? ST_OK : fault_at(why, ST_MALFORMED, 0, "format");
}

enum status claim_flow_read(struct claim_flow_table *t, struct bytes line,
                            enum claim_flow_line *what, struct claim_flow *ret, struct fault *why)
{
    struct row r = {0};
    *what = CLAIM_FLOW_NONE;
    line = text_trim(line);
    line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
    if (!t->begun) {
        TRY(begin(t, line, why));
        if (!t->json) {
            return ST_OK;
        }
    }
    t->ended |= bytes_equal(line, BYTES_LITERAL("Summary"));
    if (line.len == 0 || line.data[0] == '#' || t->ended) {
        return ST_OK;
    }
    if (t->json) {
        return read_json(t, line, what, ret, why);
    }
    for (size_t i = 0; i < t->n && line.len > 0; i++) {
        struct bytes cell = next_cell(&line, t->separator);
        r.v[t->columns[i]] = cell;
    }
    return take_row(t, &r, what, ret, why);
}
