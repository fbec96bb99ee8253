/* evidence/header.c - writing, parsing and chaining of segment headers. */
#include "evidence/header.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/text.h"

static const char *const kinds[] = {"live", "file", "log"};
static const char *const ends[] = {"closed", "crash"};
static const char *const bases[] = {"inferred", "declared"};

static void line_b64(struct buf *out, const char *name, const void *data, size_t n)
{
    buf_printf(out, "%s ", name);
    base64_append(out, bytes_of(data, n));
    buf_byte(out, '\n');
}

static void write_nets(const struct evidence_header *h, struct buf *out)
{
    buf_printf(out, "local %s %" PRIu32 "\n", bases[h->declared], h->net_count);
    for (uint32_t i = 0; i < h->net_count && i < LOCAL_NETS_MAX; i++) {
        line_b64(out, "net", h->net[i].b, DIGEST_BYTES);
    }
}

static void write_counters(const struct evidence_counters *c, struct buf *out)
{
    buf_printf(out, "packets %" PRIu64 " %" PRIu64 "\n", c->packets, c->octets);
    buf_printf(out, "late %" PRIu64 "\n", c->late);
    buf_printf(out, "drops %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", c->drop_interface,
               c->drop_kernel, c->drop_sensor);
    buf_printf(out, "sampling %" PRIu64 "\n", c->sampling);
    buf_printf(out, "two-way %" PRIu64 " %" PRIu64 "\n", c->two_way, c->connections);
}

void evidence_header_write(const struct evidence_header *h, struct buf *out)
{
    buf_printf(out, "exhibit-header/v1\nparty %s\nsensor %s\nseq %" PRIu64 "\n", h->party,
               h->sensor, h->seq);
    line_b64(out, "segid", h->segid, sizeof(h->segid));
    buf_printf(out, "span %" PRId64 " %" PRId64 "\n", h->from_ns, h->to_ns);
    buf_printf(out, "mono %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", h->mono_from_ns, h->mono_to_ns,
               h->clock_steps);
    buf_printf(out, "clock %s %" PRIu64 "\n", h->clock_source, h->clock_bound_ns);
    buf_printf(out, "kind %s\n", kinds[h->kind]);
    line_b64(out, "root", h->root.b, DIGEST_BYTES);
    buf_printf(out, "remotes %" PRIu32 "\nrecords %" PRIu64 "\n", h->remotes, h->records);
    buf_printf(out, "flows %" PRIu32 " %" PRIu64 " %" PRIu64 "\n", h->flows, h->flows_unseen,
               h->flows_lost);
    write_nets(h, out);
    write_counters(&h->counters, out);
    if (h->payload == 0) {
        buf_str(out, "payload none\n");
    } else if (h->payload == HEADER_PAYLOAD_ALL) {
        buf_str(out, "payload all\n");
    } else {
        buf_printf(out, "payload %" PRIu32 "\n", h->payload);
    }
    buf_printf(out, "epoch %" PRIu64 "\n", h->epoch);
    line_b64(out, "key", h->key.b, DIGEST_BYTES);
    line_b64(out, "definitions", h->definitions.b, DIGEST_BYTES);
    line_b64(out, "program", h->program.b, DIGEST_BYTES);
    line_b64(out, "next", h->next.b, DIGEST_BYTES);
    line_b64(out, "prev", h->prev.b, DIGEST_BYTES);
    buf_printf(out, "after %s\nend %s\n", h->after, ends[h->end]);
}

/* Lines come in one order; the first thing that does not fit stays named. */
struct lines {
    struct cursor c;
    const char *bad;
    size_t at;
};

static struct bytes line(struct lines *l, const char *name)
{
    size_t have = cursor_left(&l->c), n = strlen(name), from = l->c.pos;
    const uint8_t *p = l->c.in.data + from;
    const uint8_t *end = have > 0 ? memchr(p, '\n', have) : NULL;
    bool good = l->bad == NULL && end != NULL && (size_t)(end - p) > n && p[n] == ' ' &&
                memcmp(p, name, n) == 0;
    if (!good) {
        l->at = l->bad == NULL ? from : l->at;
        l->bad = l->bad == NULL ? name : l->bad;
        return (struct bytes){0};
    }
    cursor_skip(&l->c, (size_t)(end - p) + 1);
    return bytes_of(p + n + 1, (size_t)(end - p) - n - 1);
}

static void refuse(struct lines *l, const char *what)
{
    if (l->bad == NULL) {
        l->bad = what;
        l->at = l->c.pos;
    }
}

/* The next word of a line. Blanks are checked when all is written again. */
static struct bytes word(struct bytes *rest)
{
    if (rest->len == 0) {
        return (struct bytes){0};
    }
    const uint8_t *sp = memchr(rest->data, ' ', rest->len);
    size_t n = sp == NULL ? rest->len : (size_t)(sp - rest->data);
    struct bytes w = bytes_of(rest->data, n);
    size_t skip = sp == NULL ? n : n + 1;
    *rest = bytes_of(rest->data + skip, rest->len - skip);
    return w;
}

static uint64_t number(struct lines *l, struct bytes *rest, uint64_t max, const char *what)
{
    uint64_t v = 0;
    if (text_u64(word(rest), max, &v) != ST_OK) {
        refuse(l, what);
    }
    return v;
}

static int64_t signed_number(struct lines *l, struct bytes *rest, const char *what)
{
    bool minus = rest->len > 0 && rest->data[0] == '-';
    if (minus) {
        *rest = bytes_of(rest->data + 1, rest->len - 1);
    }
    uint64_t v = number(l, rest, (uint64_t)INT64_MAX + (minus ? 1 : 0), what);
    return minus ? (int64_t)(0 - v) : (int64_t)v;
}

static unsigned choice(struct lines *l, struct bytes w, const char *const *of, unsigned n,
                       const char *what)
{
    for (unsigned i = 0; i < n; i++) {
        if (bytes_equal(w, bytes_of(of[i], strlen(of[i])))) {
            return i;
        }
    }
    refuse(l, what);
    return 0;
}

static void blob(struct lines *l, const char *name, void *out, size_t n)
{
    struct bytes text = line(l, name);
    uint8_t raw[DIGEST_BYTES];
    size_t got = 0;
    if (base64_decode(text, raw, n, &got) != ST_OK || got != n) {
        refuse(l, name);
        return;
    }
    memcpy(out, raw, n);
}

/* Printable ASCII without what could end a word or a line. */
static void copy(struct lines *l, struct bytes s, char *out, size_t max, const char *what)
{
    bool good = s.len > 0 && s.len <= max;
    for (size_t i = 0; good && i < s.len; i++) {
        good = s.data[i] >= 0x20 && s.data[i] < 0x7f;
    }
    if (!good) {
        refuse(l, what);
        return;
    }
    memcpy(out, s.data, s.len);
    out[s.len] = '\0';
}

static void name(struct lines *l, const char *what, char out[LEDGER_NAME_MAX + 1])
{
    struct bytes s = line(l, what);
    if (!ledger_name_valid(s) || s.len > LEDGER_NAME_MAX || memchr(s.data, 0, s.len) != NULL) {
        refuse(l, what);
        return;
    }
    memcpy(out, s.data, s.len);
    out[s.len] = '\0';
}

static void parse_when(struct lines *l, struct evidence_header *h)
{
    struct bytes s = line(l, "span");
    h->from_ns = signed_number(l, &s, "span");
    h->to_ns = signed_number(l, &s, "span");
    s = line(l, "mono");
    h->mono_from_ns = number(l, &s, UINT64_MAX, "mono");
    h->mono_to_ns = number(l, &s, UINT64_MAX, "mono");
    h->clock_steps = number(l, &s, UINT64_MAX, "mono");
    s = line(l, "clock");
    copy(l, word(&s), h->clock_source, HEADER_SOURCE_MAX, "clock");
    h->clock_bound_ns = number(l, &s, UINT64_MAX, "clock");
    h->kind = (enum evidence_kind)choice(l, line(l, "kind"), kinds, ARRAY_LEN(kinds), "kind");
}

static void parse_root(struct lines *l, struct evidence_header *h)
{
    blob(l, "root", h->root.b, DIGEST_BYTES);
    struct bytes s = line(l, "remotes");
    h->remotes = (uint32_t)number(l, &s, UINT32_MAX, "remotes");
    s = line(l, "records");
    h->records = number(l, &s, UINT32_MAX, "records");
    s = line(l, "flows");
    h->flows = (uint32_t)number(l, &s, UINT32_MAX, "flows");
    h->flows_unseen = number(l, &s, UINT64_MAX, "flows");
    h->flows_lost = number(l, &s, UINT64_MAX, "flows");
}

static void parse_nets(struct lines *l, struct evidence_header *h)
{
    struct bytes s = line(l, "local");
    h->declared = choice(l, word(&s), bases, ARRAY_LEN(bases), "local") == 1;
    h->net_count = (uint32_t)number(l, &s, LOCAL_NETS_MAX, "local");
    for (uint32_t i = 0; i < h->net_count && l->bad == NULL; i++) {
        blob(l, "net", h->net[i].b, DIGEST_BYTES);
        if (i > 0 && memcmp(h->net[i - 1].b, h->net[i].b, DIGEST_BYTES) >= 0) {
            refuse(l, "net");
        }
    }
}

static void parse_counters(struct lines *l, struct evidence_counters *c)
{
    struct bytes s = line(l, "packets");
    c->packets = number(l, &s, UINT64_MAX, "packets");
    c->octets = number(l, &s, UINT64_MAX, "packets");
    s = line(l, "late");
    c->late = number(l, &s, UINT64_MAX, "late");
    s = line(l, "drops");
    c->drop_interface = number(l, &s, UINT64_MAX, "drops");
    c->drop_kernel = number(l, &s, UINT64_MAX, "drops");
    c->drop_sensor = number(l, &s, UINT64_MAX, "drops");
    s = line(l, "sampling");
    c->sampling = number(l, &s, UINT64_MAX, "sampling");
    s = line(l, "two-way");
    c->two_way = number(l, &s, UINT64_MAX, "two-way");
    c->connections = number(l, &s, UINT64_MAX, "two-way");
}

static void parse_payload(struct lines *l, struct evidence_header *h)
{
    struct bytes s = line(l, "payload");
    if (bytes_equal(s, BYTES_LITERAL("none"))) {
        h->payload = 0;
    } else if (bytes_equal(s, BYTES_LITERAL("all"))) {
        h->payload = HEADER_PAYLOAD_ALL;
    } else {
        h->payload = (uint32_t)number(l, &s, UINT32_MAX - 1, "payload");
    }
}

static bool is_zero(const struct digest *d)
{
    static const struct digest zero;
    return memcmp(d, &zero, sizeof(zero)) == 0;
}

static const char *contradiction(const struct evidence_header *h)
{
    if (h->seq == 0 && !is_zero(&h->prev)) {
        return "prev: there is nothing before number 0";
    }
    if (h->from_ns >= h->to_ns) {
        return "span";
    }
    if (h->mono_from_ns > h->mono_to_ns) {
        return "mono";
    }
    if (h->remotes > h->records || (h->remotes == 0) != (h->records == 0)) {
        return "remotes";
    }
    if (h->counters.sampling == 0) {
        return "sampling";
    }
    return h->counters.two_way > h->counters.connections ? "two-way" : NULL;
}

static enum status same_spelling(struct bytes text, const struct evidence_header *h,
                                 struct fault *why)
{
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_HEADER_BYTES);
    evidence_header_write(h, &again);
    if (again.failed != ST_OK) {
        return again.failed;
    }
    return bytes_equal(text, buf_bytes(&again)) ? ST_OK
                                                : fault_at(why, ST_MALFORMED, 0, "spelling");
}

enum status evidence_header_parse(struct bytes text, struct evidence_header *ret, struct fault *why)
{
    static const char first[] = "exhibit-header/v1\n";
    struct evidence_header h = {.seq = 0};
    if (text.len > LIMIT_HEADER_BYTES) {
        return fault_limit(why, 0, "header", LIMIT_HEADER_BYTES);
    }
    if (!bytes_begin(text, BYTES_LITERAL(first))) {
        return fault_at(why, ST_MALFORMED, 0, "first line");
    }
    struct lines l = {.c = cursor_of(text)};
    cursor_skip(&l.c, sizeof(first) - 1);
    name(&l, "party", h.party);
    name(&l, "sensor", h.sensor);
    struct bytes s = line(&l, "seq");
    h.seq = number(&l, &s, UINT64_MAX, "seq");
    blob(&l, "segid", h.segid, sizeof(h.segid));
    parse_when(&l, &h);
    parse_root(&l, &h);
    parse_nets(&l, &h);
    parse_counters(&l, &h.counters);
    parse_payload(&l, &h);
    s = line(&l, "epoch");
    h.epoch = number(&l, &s, UINT64_MAX, "epoch");
    blob(&l, "key", h.key.b, DIGEST_BYTES);
    blob(&l, "definitions", h.definitions.b, DIGEST_BYTES);
    blob(&l, "program", h.program.b, DIGEST_BYTES);
    blob(&l, "next", h.next.b, DIGEST_BYTES);
    blob(&l, "prev", h.prev.b, DIGEST_BYTES);
    copy(&l, line(&l, "after"), h.after, HEADER_AFTER_MAX, "after");
    h.end = (enum evidence_end)choice(&l, line(&l, "end"), ends, ARRAY_LEN(ends), "end");
    const char *bad = l.bad != NULL ? l.bad : contradiction(&h);
    if (bad != NULL) {
        return fault_at(why, ST_MALFORMED, l.at, bad);
    }
    TRY(same_spelling(text, &h, why));
    *ret = h;
    return ST_OK;
}

bool evidence_header_first(const struct evidence_header *h)
{
    return h->seq == 0 && is_zero(&h->prev);
}

enum status evidence_header_follows(const struct evidence_header *h, const struct digest *hash,
                                    const struct evidence_header *next, struct fault *why)
{
    const char *bad = NULL;
    if (strcmp(h->party, next->party) != 0 || strcmp(h->sensor, next->sensor) != 0) {
        bad = "another sensor";
    } else if (next->seq == h->seq) {
        bad = "two headers of one number";
    } else if (h->seq == UINT64_MAX || next->seq != h->seq + 1) {
        bad = "number is not the next one";
    } else if (memcmp(hash, &next->prev, sizeof(*hash)) != 0) {
        bad = "previous header is another";
    } else if (next->from_ns < h->to_ns) {
        bad = "spans overlap";
    } else if (next->from_ns > h->to_ns) {
        bad = "gap between spans";
    } else if (next->kind != h->kind) {
        bad = "another kind";
    }
    return bad == NULL ? ST_OK : fault_number(why, ST_MISMATCH, "segment", next->seq, bad);
}

const char *evidence_header_no_absence(const struct evidence_header *h, bool flows)
{
    const struct evidence_counters *c = &h->counters;
    if (h->kind != KIND_LIVE) {
        return "a file proves no absence";
    }
    if (!h->declared || h->net_count == 0) {
        return "local networks were inferred";
    }
    if ((c->drop_interface | c->drop_kernel | c->drop_sensor) != 0) {
        return "packets were dropped";
    }
    if (c->sampling != 1) {
        return "packets were sampled";
    }
    if (h->end != END_CLOSED) {
        return "the segment ended in a crash";
    }
    if (flows && (h->flows_unseen != 0 || h->flows_lost != 0)) {
        return "connections began unseen";
    }
    return NULL;
}

void evidence_entry_hash(const struct evidence_engine *e, const struct evidence_salt *salt,
                         const struct digest *header, struct digest *ret)
{
    struct bytes parts[] = {bytes_of(salt->b, sizeof(salt->b)), bytes_of(header->b, DIGEST_BYTES)};
    evidence_hash(e, TAG_ENTRY, parts, ARRAY_LEN(parts), ret);
}

void evidence_entry_write(const struct evidence_header *h, const struct digest *hash,
                          struct buf *out)
{
    buf_printf(out, "exhibit-segment/v1\n%s\n%" PRIu64 "\n", h->sensor, h->seq);
    base64_append(out, bytes_of(hash->b, DIGEST_BYTES));
    buf_byte(out, '\n');
}

enum status evidence_entry_check(const struct evidence_engine *e, struct bytes entry,
                                 struct bytes header_text, const struct evidence_salt *salt,
                                 struct fault *why)
{
    struct evidence_header h;
    struct digest text, hash;
    CLEANUP(buf_fini) struct buf want = BUF_INIT(LIMIT_HEADER_BYTES);
    TRY(evidence_header_parse(header_text, &h, why));
    sha256x_parts(e->sha, &header_text, 1, &text);
    evidence_entry_hash(e, salt, &text, &hash);
    evidence_entry_write(&h, &hash, &want);
    if (want.failed != ST_OK) {
        return want.failed;
    }
    return bytes_equal(entry, buf_bytes(&want))
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "entry is not of this header");
}
