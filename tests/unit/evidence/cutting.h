/* tests/unit/evidence/cutting.h - sealed scans, to cut exhibits from. */
#pragma once

#include "base/model/tool.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/cut.h"
#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view.h"
#include "evidence/sealing.h"

enum scan_shape { SCAN_PLAIN, SCAN_MIRAI, SCAN_MASSCAN, SCAN_ZMAP, SCAN_UNICORN, SCAN_TURNED };

/* Segments that the cutter gets a copy of: sealed anew each time, from the same
 * stream, because whoever cuts frees them. */
struct cutting {
    struct sealed sealed;
    struct definition_set definitions;
    enum evidence_kind kind;
    bool declared;
    enum scan_shape shape;
    uint32_t targets;
    int64_t before_s, after_s; /* seconds that the sensor watches around the scan */
    struct evidence_cut_source source;
};

static inline void scan_packet(const struct cutting *c, uint32_t i, struct made *m)
{
    struct addr scanner = remote4(1), target = local4(i + 1);
    uint32_t dst = addr_v4(&target);
    made_packet(m, scanner, target, START_NS + (int64_t)i * 100000000);
    m->o.src_port = (uint16_t)(40000 + i % 7);
    m->o.dst_port = 23;
    m->o.seq = 0x9e3779b9U * (i + 1);
    m->o.window = (uint16_t)(14600 + i);
    m->o.ip_id = (uint16_t)(i * 31337);
    switch (c->shape) {
    case SCAN_MIRAI:
        m->o.seq = dst;
        break;
    case SCAN_TURNED:
        m->o.seq = __builtin_bswap32(dst);
        break;
    case SCAN_MASSCAN:
        m->o.ip_id = (uint16_t)(dst ^ m->o.dst_port ^ m->o.seq);
        break;
    case SCAN_ZMAP:
        m->o.ip_id = 54321;
        break;
    case SCAN_UNICORN:
        m->o.seq = 0x12345678U ^ dst ^ (((uint32_t)m->o.dst_port << 16) + m->o.src_port);
        break;
    default:
        break;
    }
}

/* Others talk too: around the scanner's address, so that walks meet them. */
static inline void feed_others(struct evidence_sealer *s, int64_t time_ns, uint32_t n)
{
    struct made m;
    for (uint32_t i = 0; i < n; i++) {
        made_packet(&m, remote4(i * 977 + 5), local4(200), time_ns);
        m.o.dst_port = 443;
        CHECK(evidence_sealer_add(s, made_item(&m)) == ST_OK);
    }
}

static inline void cutting_seal(struct cutting *c)
{
    struct evidence_sealer_config config = sealed_config(&c->sealed, c->kind, 7);
    config.definitions = c->definitions.hash;
    config.declared = c->declared;
    CHECK(evidence_sealer_new(&config, &c->sealed.sealer) == ST_OK);
    feed_others(c->sealed.sealer, START_NS - c->before_s * SECOND_NS, 3);
    feed_others(c->sealed.sealer, START_NS - c->before_s / 2 * SECOND_NS, 3);
    struct made m;
    for (uint32_t i = 0; i < c->targets; i++) {
        scan_packet(c, i, &m);
        CHECK(evidence_sealer_add(c->sealed.sealer, made_item(&m)) == ST_OK);
        if (i % 16 == 0) {
            feed_others(c->sealed.sealer, m.o.time_ns, 40);
        }
    }
    int64_t end = START_NS + (int64_t)c->targets * 100000000 + c->after_s * SECOND_NS;
    feed_others(c->sealed.sealer, end - c->after_s / 2 * SECOND_NS, 3);
    feed_others(c->sealed.sealer, end, 3);
    CHECK(evidence_sealer_end(c->sealed.sealer, end + SECOND_NS, END_CLOSED) == ST_OK);
}

static inline enum status cutting_segment(void *ctx, size_t i, struct evidence_segment **ret,
                                          struct fault *why)
{
    (void)why;
    struct cutting *c = ctx;
    if (c->sealed.n == 0 || c->sealed.s[i] == NULL) { /* it was given away: seal again */
        sealed_fini(&c->sealed);
        cutting_seal(c);
    }
    *ret = c->sealed.s[i];
    c->sealed.s[i] = NULL;
    return ST_OK;
}

static inline enum status cutting_proof(void *ctx, size_t i, struct buf *out, struct fault *why)
{
    (void)ctx;
    (void)why;
    buf_printf(out, "proof %zu\n", i);
    return out->failed;
}

static inline void cutting_begin(struct cutting *c, enum scan_shape shape)
{
    *c = (struct cutting){.kind = KIND_LIVE,
                          .declared = true,
                          .shape = shape,
                          .targets = 150,
                          .before_s = 40,
                          .after_s = 40};
    CHECK(definition_set_builtin("default", &c->definitions) == ST_OK);
    cutting_seal(c);
    c->source = (struct evidence_cut_source){
        .n = c->sealed.n, .ctx = c, .segment = cutting_segment, .proof = cutting_proof};
}

static inline void cutting_end(struct cutting *c)
{
    sealed_fini(&c->sealed);
}

/* An exhibit and all that it says. */
struct opened_exhibit {
    struct buf file;
    struct evidence_exhibit x;
    struct evidence_contents contents;
    struct evidence_cut_told told;
};

static inline enum status try_cut(struct cutting *c, struct evidence_cut_wish *w,
                                  struct opened_exhibit *ret, struct fault *why)
{
    struct evidence_engine e = an_engine();
    w->source = &c->source;
    w->definitions = &c->definitions;
    *ret = (struct opened_exhibit){.file = BUF_INIT(64 << 20)};
    return evidence_cut(&e, w, &ret->file, &ret->told, why);
}

static inline void open_file(struct opened_exhibit *x)
{
    struct evidence_engine e = an_engine();
    struct evidence_contents_fault why = {.member = ""};
    CHECK(evidence_exhibit_read(buf_bytes(&x->file), &x->x, NULL) == ST_OK);
    CHECK(evidence_contents_open(&e, &x->x, &x->contents, &why) == ST_OK);
    CHECK_STR(why.at.field == NULL ? "" : why.at.field, "");
    CHECK(evidence_stand_ins_number(&x->contents, 7) == ST_OK);
}

static inline void cut_one(struct cutting *c, struct evidence_cut_wish *w,
                           struct opened_exhibit *ret)
{
    struct addr scanner = remote4(1);
    struct fault why = {0};
    w->remotes = w->remotes != NULL ? w->remotes : &scanner;
    w->remote_n = w->remote_n > 0 ? w->remote_n : 1;
    enum status st = try_cut(c, w, ret, &why);
    CHECK(st == ST_OK);
    CHECK_STR(st == ST_OK ? "" : why.field, "");
    if (st == ST_OK) {
        open_file(ret);
    }
}

static inline void opened_fini(struct opened_exhibit *x)
{
    evidence_contents_fini(&x->contents);
    evidence_exhibit_fini(&x->x);
    buf_fini(&x->file);
}
