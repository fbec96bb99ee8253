/* tests/unit/evidence/casefile.h - whole exhibits, made as a party would make them.
 *
 * Traffic is sealed, segments become entries of a ledger in memory, its checkpoint
 * is signed, cosigned and stamped, and an exhibit is cut. What is asked for is in
 * struct casefile_wish: each test takes away one thing.
 */
#pragma once

#include "base/core/base64.h"
#include "base/core/timefmt.h"
#include "capture/log_alone.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view.h"
#include "evidence/sealing.h"
#include "evidence/verify/verify.h"
#include "ledger/material.h"
#include "ledger/proof.h"

#define CASE_TARGETS 40
/* Of the act: in two segments. */
#define CASE_FIRST_S  65
#define CASE_FIRST_NS (START_NS + CASE_FIRST_S * SECOND_NS)

struct casefile_wish {
    bool live;       /* a sensor's own ledger, and segments on both sides */
    bool logless;    /* the witness has not seen it */
    bool unlinked;   /* targets are not opened */
    bool handshakes; /* answers came and were acknowledged; hidden fields are opened */
    bool partly;     /* not every record is shown */
    bool no_margins; /* only the segments of the act itself */
    bool no_stamp;
    bool file_clock;    /* nothing is known of the clock */
    bool no_ports;      /* no ports were captured */
    bool udp;           /* asks that nothing answers */
    bool one_sided;     /* the sensor saw one side of most connections */
    int64_t lag_s;      /* from the end of the last segment to witness and stamp */
    int64_t after_s;    /* so long before the end a witness cosigned what headers name */
    const char *ladder; /* data/ladder.json; NULL: no source was asked */
    bool log;           /* a spray in sshd's log instead; its lines are opened */
    bool some_lines;    /* ... every other one */
    const char *lie;    /* what is sealed as one of its lines */
    bool icmp;          /* echoes that nothing answers */
    bool second;        /* by another party, with a key of its own */
};

struct casefile {
    struct casefile_wish wish;
    struct evidence_engine engine;
    struct sealed sealed;
    struct definition_set definitions;
    struct ledger_signer signer, witness;
    struct digest leaves[SEGMENTS_MAX];
    size_t first, n; /* segments shown */
    struct evidence_exhibit x;
    struct evidence_exhibit_segment segments[SEGMENTS_MAX];
    struct evidence_exhibit_opening openings[SEGMENTS_MAX];
    struct evidence_exhibit_time time;
    struct evidence_claim claim;
    char after[HEADER_AFTER_MAX + 1];
    struct buf checkpoint, definitions_json, findings, csv, pcap, ladder, file, policy, response;
    struct buf proofs[SEGMENTS_MAX], tries[SEGMENTS_MAX], flows[SEGMENTS_MAX], opens[SEGMENTS_MAX];
};

static inline struct addr case_remote(void)
{
    return remote4(66);
}

static const char case_definitions[] =
    "{\"set\": \"case\", \"definitions\": [{\"name\": \"scan.horizontal\", \"version\": 1, "
    "\"method\": \"scan.horizontal\", \"parameters\": {\"idle_s\": 20}}]}";
static const char case_log_definitions[] =
    "{\"set\": \"case\", \"definitions\": [{\"name\": \"spray.ssh\", \"version\": 1, "
    "\"method\": \"spray.log\", \"parameters\": {\"idle_s\": 20}}]}";

/* --- traffic ------------------------------------------------------------------------- */

static inline void case_add(struct casefile *c, struct made *m)
{
    if (c->wish.no_ports) {
        m->o.flags &= (uint16_t)~OBS_L4;
    }
    CHECK(evidence_sealer_add(c->sealed.sealer, made_item(m)) == ST_OK);
}

/* One target asked; with handshakes it answers, is acknowledged and reset. */
static inline void case_probe(struct casefile *c, uint32_t i, int64_t t)
{
    struct made m;
    made_packet(&m, case_remote(), local4(i), t);
    m.o.src_port = (uint16_t)(40000 + i);
    m.o.dst_port = 23;
    m.o.seq = 1000 + i;
    if (c->wish.udp) {
        m.o.proto = PROTO_UDP;
        m.o.tcp_flags = m.o.icmp_code = 0;
        m.o.payload_len = 8;
        case_add(c, &m);
        return;
    }
    if (c->wish.icmp) {
        m.o.proto = PROTO_ICMP;
        m.o.src_port = m.o.dst_port = 0;
        m.o.tcp_flags = 8;
        m.o.icmp_code = 0;
        case_add(c, &m);
        return;
    }
    case_add(c, &m);
    made_packet(&m, local4(i), case_remote(), t + 1000);
    m.o.src_port = 23;
    m.o.dst_port = (uint16_t)(40000 + i);
    m.o.tcp_flags = TCP_RST | TCP_ACK;
    if (c->wish.handshakes && i < 4) {
        m.o.tcp_flags = TCP_SYN | TCP_ACK;
        m.o.seq = 5000 + i;
        m.o.ack = 1001 + i;
    }
    case_add(c, &m);
    if (c->wish.handshakes && i < 4) {
        made_packet(&m, case_remote(), local4(i), t + 2000);
        m.o.src_port = (uint16_t)(40000 + i);
        m.o.dst_port = 23;
        m.o.tcp_flags = TCP_ACK;
        m.o.seq = 1001 + i;
        m.o.ack = 5001 + i;
        case_add(c, &m);
    }
}

/* A login that fails, of an account of its own. */
static inline void case_login(struct casefile *c, uint32_t i, int64_t t)
{
    struct made m = {.o.type = OBS_LOG};
    struct buf room = BUF_INIT(1024);
    char when[TIME_TEXT_MAX];
    (void)time_format(t, when);
    m.item.line.len = (size_t)snprintf(m.line, sizeof(m.line),
                                       "%s host sshd[%u]: Failed password for invalid user name%u "
                                       "from 11.0.0.66 port %u ssh2",
                                       when, 1000 + i, i, 40000 + i);
    CHECK(buf_reserve(&room, 1024));
    CHECK(capture_line_read(bytes_of(m.line, m.item.line.len), false, t, &room, &m.o, &m.log) ==
          ST_OK);
    if (c->wish.lie != NULL && i == 7) {
        m.item.line.len = strlen(c->wish.lie);
        memcpy(m.line, c->wish.lie, m.item.line.len);
    }
    CHECK(evidence_sealer_add(c->sealed.sealer, made_item(&m)) == ST_OK);
    buf_fini(&room);
}

/* Another remote, so that there is something that is not shown. */
static inline void case_other(struct casefile *c, int64_t t)
{
    struct made m;
    made_packet(&m, remote4(5), local4(200), t);
    m.o.src_port = 50000;
    m.o.dst_port = 443;
    CHECK(evidence_sealer_add(c->sealed.sealer, made_item(&m)) == ST_OK);
}

static inline void case_clock(void *ctx, struct evidence_clock *ret)
{
    (void)ctx;
    *ret = (struct evidence_clock){.source = "ntp", .bound_ns = 1000000};
}

/* Another log's checkpoint, with the witness's cosignature. */
static inline void case_after(struct casefile *c)
{
    struct ledger_signer other = material_signer("other.example", LEDGER_KEY_SIGN, 8);
    struct ledger_checkpoint cp = {.origin = material_text("other.example"), .size = 1};
    struct buf note = BUF_INIT(4096), text = BUF_INIT(4096);
    struct bytes body;
    if (c->wish.after_s == 0) {
        return;
    }
    uint64_t at = (uint64_t)(START_NS / SECOND_NS + 120 - c->wish.after_s);
    CHECK(ledger_checkpoint_sign(&cp, &other, &note) == ST_OK);
    ledger_checkpoint_write(&cp, &text);
    body = buf_bytes(&text);
    CHECK(ledger_note_sign(body, &c->witness, at, &note) == ST_OK);
    buf_clear(&text);
    buf_str(&text, "note ");
    base64_append(&text, buf_bytes(&note));
    CHECK(text.len <= HEADER_AFTER_MAX);
    memcpy(c->after, text.data, text.len);
    buf_fini(&note);
    buf_fini(&text);
}

static inline const char *case_party(const struct casefile *c)
{
    return c->wish.second ? "cert-b.example" : "cert-a.example";
}

static inline const char *case_sensor(const struct casefile *c)
{
    return c->wish.second ? "cert-b.example/border" : "cert-a.example/border";
}

static inline void case_seal(struct casefile *c)
{
    struct evidence_sealer_config cfg =
        sealed_config(&c->sealed, c->wish.live ? KIND_LIVE : KIND_FILE, 7);
    cfg.party = case_party(c);
    cfg.sensor = c->wish.live ? case_sensor(c)
                              : "file/0000000000000000000000000000000000000000000000000000000000"
                                "000000";
    cfg.definitions = c->definitions.hash;
    cfg.clock = c->wish.live && !c->wish.file_clock ? case_clock : NULL;
    case_after(c);
    cfg.after = c->after[0] != '\0' ? c->after : NULL;
    CHECK(evidence_sealer_new(&cfg, &c->sealed.sealer) == ST_OK);
    struct evidence_counters seen = {.two_way = 3, .connections = c->wish.one_sided ? 90 : 4};
    for (int s = 0; s < 120; s++) {
        int64_t now = START_NS + s * SECOND_NS;
        if (c->wish.live) {
            CHECK(evidence_sealer_tick(c->sealed.sealer, now) == ST_OK);
        }
        case_other(c, now);
        if (s % 10 == 0) {
            evidence_sealer_count(c->sealed.sealer, &seen);
        }
        for (uint32_t i = 0; i < 4 && s >= CASE_FIRST_S && s < CASE_FIRST_S + CASE_TARGETS / 4;
             i++) {
            uint32_t n = (uint32_t)(s - CASE_FIRST_S) * 4 + i;
            if (c->wish.log) {
                case_login(c, n, now);
            } else {
                case_probe(c, n, now + 1000 + i * 1000000);
            }
        }
    }
    CHECK(evidence_sealer_end(c->sealed.sealer, START_NS + 120 * SECOND_NS, END_CLOSED) == ST_OK);
}

/* --- the ledger ------------------------------------------------------------------------ */

static inline enum status case_hash(void *ctx, unsigned level, uint64_t index, struct digest *ret)
{
    const struct casefile *c = ctx;
    size_t n = (size_t)1 << level;
    return ledger_tree_root(c->leaves + index * n, n, ret);
}

static inline int64_t case_end_ns(const struct casefile *c)
{
    return c->sealed.s[c->sealed.n - 1]->header.to_ns;
}

static inline void case_ledger(struct casefile *c)
{
    const char *name = c->wish.live ? case_sensor(c) : case_party(c);
    c->signer = material_signer(name, LEDGER_KEY_SIGN, c->wish.second ? 6 : 3);
    for (size_t i = 0; i < c->sealed.n; i++) {
        CHECK(ledger_tree_leaf(buf_bytes(&c->sealed.s[i]->entry), &c->leaves[i]) == ST_OK);
    }
    struct ledger_checkpoint cp = {.origin = material_text(name), .size = c->sealed.n};
    struct ledger_hashes src = {c, case_hash};
    CHECK(ledger_tree_root_of(&src, cp.size, &cp.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&cp, &c->signer, &c->checkpoint) == ST_OK);
    struct ledger_note note;
    CHECK(ledger_checkpoint_read(buf_bytes(&c->checkpoint), &note, &cp, NULL) == ST_OK);
    if (!c->wish.logless) {
        struct buf line = BUF_INIT(4096);
        uint64_t at = (uint64_t)(case_end_ns(c) / SECOND_NS + c->wish.lag_s);
        CHECK(ledger_note_sign(note.text, &c->witness, at, &line) == ST_OK);
        buf_append(&c->checkpoint, line.data, line.len);
        buf_fini(&line);
    }
}

/* Whom the reader trusts; with the witness, when it is asked for. */
static inline void case_policy(struct casefile *c, bool quorum)
{
    buf_clear(&c->policy);
    buf_str(&c->policy, "log ");
    ledger_key_format(&c->signer.key, &c->policy);
    buf_str(&c->policy, "\nwitness w ");
    ledger_key_format(&c->witness.key, &c->policy);
    buf_str(&c->policy, quorum ? "\nquorum w\n" : "\nquorum none\n");
}

/* --- the exhibit ------------------------------------------------------------------------ */

static inline uint8_t case_open(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    const struct casefile *c = ctx;
    (void)kept;
    bool line = c->wish.log && (!c->wish.some_lines || row % 2 == 0);
    return (uint8_t)((c->wish.unlinked ? 0 : OPEN_LINK) | (c->wish.handshakes ? OPEN_HIDDEN : 0) |
                     (line ? OPEN_HIDDEN | OPEN_DATA : 0));
}

static inline void case_segment(struct casefile *c, size_t i)
{
    struct evidence_segment *s = c->sealed.s[c->first + i];
    struct evidence_exhibit_segment *to = &c->segments[i];
    struct addr remote = case_remote();
    struct prefix q = prefix_of(&remote, 128);
    struct ledger_proof p = {.index = c->first + i, .checkpoint = buf_bytes(&c->checkpoint)};
    struct ledger_hashes src = {c, case_hash};
    struct evidence_answer found;
    c->proofs[i] = BUF_INIT(65536);
    c->tries[i] = BUF_INIT(65536);
    c->flows[i] = BUF_INIT(65536);
    c->opens[i] = BUF_INIT(1 << 20);
    CHECK(ledger_tree_prove(&src, p.index, c->sealed.n, &p.path) == ST_OK);
    ledger_proof_write(&p, &c->proofs[i]);
    evidence_trie_walk(&s->remotes, &q, &found);
    evidence_trie_show(&s->remotes, &q, true);
    evidence_trie_put(&s->remotes, &c->tries[i]);
    evidence_trie_put(&s->flows, &c->flows[i]);
    *to = (struct evidence_exhibit_segment){
        .header = buf_bytes(&s->text),
        .proof = buf_bytes(&c->proofs[i]),
        .entry_salt = bytes_of(s->entry_salt.b, sizeof(s->entry_salt.b)),
        .remotes = buf_bytes(&c->tries[i]),
    };
    if (s->header.flows > 0) {
        to->flows = buf_bytes(&c->flows[i]);
    }
    if (found.found == FOUND_LEAF) {
        uint32_t rows = c->wish.partly ? found.n - 1 : found.n;
        struct evidence_run run = {0, rows};
        struct evidence_wish w = {.runs = &run, .run_count = 1, .what = case_open, .ctx = c};
        CHECK(evidence_opening_cut(&c->engine, s, &remote, &w, &c->opens[i]) == ST_OK);
        struct evidence_trie shown;
        CHECK(evidence_trie_get(&c->engine, TRIE_REMOTES, to->remotes, s->header.records,
                                s->header.remotes, &shown, NULL) == ST_OK);
        const struct evidence_leaf *leaf = evidence_trie_find(&shown, remote.b);
        c->openings[i] = (struct evidence_exhibit_opening){
            .number = leaf != NULL ? (uint32_t)(leaf - shown.leaves) : 0,
            .bytes = buf_bytes(&c->opens[i])};
        evidence_trie_fini(&shown);
        to->openings = &c->openings[i];
        to->opening_n = 1;
    }
}

static inline bool case_of_act(const struct evidence_segment *s)
{
    return s->header.to_ns > CASE_FIRST_NS &&
           s->header.from_ns <= CASE_FIRST_NS + CASE_TARGETS / 4 * SECOND_NS;
}

static inline void case_write(struct casefile *c)
{
    buf_clear(&c->findings);
    evidence_claims_write(&c->claim, 1, &c->findings);
    c->x.findings = buf_bytes(&c->findings);
    buf_clear(&c->file);
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
}

/* What follows is what is claimed; then the views. */
static inline void case_claim(struct casefile *c)
{
    struct evidence_contents contents;
    struct evidence_contents_fault why = {.member = ""};
    struct evidence_recount again;
    bool before, after;
    enum status st = evidence_contents_open(&c->engine, &c->x, &contents, &why);
    CHECK(st == ST_OK);
    if (st != ST_OK) {
        printf("# %s: %s\n", why.member, why.at.field != NULL ? why.at.field : "?");
        return;
    }
    CHECK(evidence_stand_ins_number(&contents, 7) == ST_OK);
    CHECK(evidence_recount(&contents, &c->claim, capture_line_read, 1, &again) == ST_OK);
    CHECK(again.findings->n >= 1);
    if (again.findings->n >= 1) {
        c->claim.finding = *again.findings->items[0];
    }
    struct finding *f = &c->claim.finding;
    memset(f->id, 0, sizeof(f->id));
    f->has_victim = false;
    f->target_n = f->source_n = f->text_n = f->tool_n = 0;
    f->flows.n = 0;
    f->when.first_pos = f->when.last_pos = 0;
    evidence_recount_margins(&contents, &c->claim, &before, &after);
    f->flags |= before && after && !c->wish.partly ? 0 : FINDING_AT_LEAST;
    CHECK(evidence_view_write(&contents, &c->csv, &c->pcap) == ST_OK);
    c->x.csv = buf_bytes(&c->csv);
    c->x.pcap = buf_bytes(&c->pcap);
    evidence_recount_fini(&again);
    evidence_contents_fini(&contents);
}

static inline void case_stamp_of(struct bytes stamped, int64_t at_s, struct buf *out)
{
    struct digest d;
    char hex[DIGEST_TEXT_MAX];
    CHECK(digest_sha256(stamped, &d) == ST_OK);
    digest_format(&d, hex);
    buf_clear(out);
    buf_printf(out, "stamp %lld %s", (long long)at_s, hex);
}

static inline void case_exhibit(struct casefile *c)
{
    c->n = c->sealed.n;
    if (c->wish.no_margins) {
        for (c->first = 0; !case_of_act(c->sealed.s[c->first]);) {
            c->first++;
        }
        for (c->n = 0;
             c->first + c->n < c->sealed.n && case_of_act(c->sealed.s[c->first + c->n]);) {
            c->n++;
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        case_segment(c, i);
    }
    definition_set_write(&c->definitions, &c->definitions_json);
    buf_str(&c->ladder,
            c->wish.ladder != NULL ? c->wish.ladder : "{\"sources\":[],\"remotes\":[]}\n");
    static struct addr remote;
    remote = case_remote();
    c->claim = (struct evidence_claim){
        .finding = {.definition = "scan.horizontal/1",
                    .kind = "scan.horizontal",
                    .technique = "syn",
                    .protocol = "tcp",
                    .flags = FINDING_LOCAL_KNOWN,
                    .has_initiator = true,
                    .initiator = remote},
        .from = 0,
        .to = (uint32_t)c->n - 1,
        .remotes = &remote,
        .remote_n = 1,
    };
    c->x = (struct evidence_exhibit){.definitions = buf_bytes(&c->definitions_json),
                                     .ladder = buf_bytes(&c->ladder),
                                     .segments = c->segments,
                                     .segment_n = c->n};
    if (!c->wish.no_stamp) {
        case_stamp_of(buf_bytes(&c->checkpoint), case_end_ns(c) / SECOND_NS + c->wish.lag_s,
                      &c->response);
        c->time = (struct evidence_exhibit_time){.response = buf_bytes(&c->response),
                                                 .checkpoint = buf_bytes(&c->checkpoint)};
        c->x.times = &c->time;
        c->x.time_n = 1;
    }
    case_write(c);
    case_claim(c);
    case_write(c);
}

static inline struct casefile *case_make(const struct casefile_wish *wish)
{
    struct casefile *c = calloc(1, sizeof(*c));
    struct buf *bufs[] = {&c->checkpoint, &c->definitions_json, &c->findings, &c->csv,
                          &c->pcap,       &c->ladder,           &c->file,     &c->policy,
                          &c->response};
    CHECK(c != NULL);
    c->wish = *wish;
    c->wish.lag_s = wish->lag_s != 0 ? wish->lag_s : 30;
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) {
        *bufs[i] = BUF_INIT(16 << 20);
    }
    c->engine = an_engine();
    const char *definitions = c->wish.log ? case_log_definitions : case_definitions;
    CHECK(definition_set_read(bytes_of(definitions, strlen(definitions)), &c->definitions, NULL) ==
          ST_OK);
    c->witness = material_signer("witness.example", LEDGER_KEY_COSIGN, 4);
    case_seal(c);
    case_ledger(c);
    case_policy(c, true);
    case_exhibit(c);
    return c;
}

static inline void case_free(struct casefile *c)
{
    struct buf *bufs[] = {&c->checkpoint, &c->definitions_json, &c->findings, &c->csv,
                          &c->pcap,       &c->ladder,           &c->file,     &c->policy,
                          &c->response};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) {
        buf_fini(bufs[i]);
    }
    for (size_t i = 0; i < c->n; i++) {
        buf_fini(&c->proofs[i]);
        buf_fini(&c->tries[i]);
        buf_fini(&c->flows[i]);
        buf_fini(&c->opens[i]);
    }
    sealed_fini(&c->sealed);
    free(c);
}

/* --- reading it ---------------------------------------------------------------------------- */

/* An authority whose stamps are text: "stamp SECONDS HASH". */
static inline enum status case_stamp(struct bytes response, struct bytes stamped,
                                     struct bytes request, struct bytes ca,
                                     struct ledger_timestamp *ret, struct fault *why)
{
    (void)request;
    CHECK(ca.len > 0);
    char text[160] = "", hex[DIGEST_TEXT_MAX], said[DIGEST_TEXT_MAX] = "";
    struct digest d;
    long long s;
    TRY(digest_sha256(stamped, &d));
    digest_format(&d, hex);
    memcpy(text, response.data, response.len < 159 ? response.len : 159);
    if (sscanf(text, "stamp %lld %64s", &s, said) != 2 || strcmp(hex, said) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "signature");
    }
    *ret = (struct ledger_timestamp){.time_ns = s * SECOND_NS, .authority = "CN=Test"};
    return ST_OK;
}

struct verified {
    enum status st;
    struct evidence_verify v;
    struct ledger_policy *policy;
    struct evidence_contents_fault why;
};

/* Free with verified_fini, whatever came of it. */
static inline void case_verify(const struct casefile *c, struct bytes file, struct verified *ret)
{
    struct fault why = {0};
    *ret = (struct verified){.why = {.member = ""}};
    CHECK(ledger_policy_parse(buf_bytes(&c->policy), &ret->policy, &why) == ST_OK);
    struct evidence_verify_options opt = {.policy = ret->policy,
                                          .ca = BYTES_LITERAL("certificates"),
                                          .stamp = case_stamp,
                                          .lines = capture_line_read,
                                          .now_ns = case_end_ns(c) + 3600 * SECOND_NS,
                                          .seed = 1};
    ret->st = evidence_verify_open(&c->engine, file, &opt, &ret->v, &ret->why);
    if (ret->st == ST_OK) {
        ret->st = evidence_verify_close(&ret->v);
    }
}

static inline void verified_fini(struct verified *v)
{
    evidence_verify_fini(&v->v);
    ledger_policy_free(v->policy);
}

static inline const struct evidence_point *point_of(const struct evidence_points *p,
                                                    const char *what)
{
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->items[i].what, what) == 0) {
            return &p->items[i];
        }
    }
    return NULL;
}
