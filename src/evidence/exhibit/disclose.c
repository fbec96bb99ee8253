/* evidence/exhibit/disclose.c - first open, then close, then count again. */
#include "evidence/exhibit/disclose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/ladder.h"
#include "evidence/exhibit/leak.h"
#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view.h"
#include "evidence/narrow.h"

/* The new members of one segment. */
struct part {
    struct buf remotes;
    struct buf *bytes; /* of each opening */
    struct evidence_exhibit_opening *openings;
    size_t opening_n;
};

struct discloser {
    const struct evidence_engine *e;
    const struct evidence_exhibit *x;
    const struct evidence_disclose_wish *wish;
    struct evidence_contents was, is;
    struct part *parts; /* of every old segment */
    struct evidence_exhibit_segment *segments;
    uint32_t *number; /* of every old segment among the new ones; UINT32_MAX: gone */
    struct evidence_claim *claims;
    size_t claim_n;
    struct addr *remotes; /* of the claims that stay, ascending */
    size_t remote_n;
    struct buf findings, ladder, csv, pcap;
    struct evidence_exhibit now;
    struct evidence_disclose_told told;
    struct evidence_contents_fault *why;
};

static void part_fini(struct part *p)
{
    for (size_t i = 0; i < p->opening_n; i++) {
        buf_fini(&p->bytes[i]);
    }
    free(p->bytes);
    free(p->openings);
    buf_fini(&p->remotes);
}

static void discloser_fini(struct discloser *d)
{
    for (size_t k = 0; d->parts != NULL && k < d->x->segment_n; k++) {
        part_fini(&d->parts[k]);
    }
    free(d->parts);
    free(d->segments);
    free(d->number);
    free(d->claims);
    free(d->remotes);
    buf_fini(&d->findings);
    buf_fini(&d->ladder);
    buf_fini(&d->csv);
    buf_fini(&d->pcap);
    evidence_contents_fini(&d->was);
    evidence_contents_fini(&d->is);
}

static enum status refuse(struct discloser *d, enum status st, const char *member,
                          const char *field)
{
    if (d->why != NULL) {
        (void)snprintf(d->why->member, sizeof(d->why->member), "%s", member); /* it fits */
    }
    return fault_at(d->why != NULL ? &d->why->at : NULL, st, 0, field);
}

static bool is_among(const struct addr *list, size_t n, const struct addr *a)
{
    for (size_t i = 0; i < n; i++) {
        if (addr_equal(&list[i], a)) {
            return true;
        }
    }
    return false;
}

static const struct evidence_cell *find_cell(const struct evidence_cell *cells, size_t n,
                                             size_t segment, const struct addr *remote,
                                             uint32_t row)
{
    for (size_t i = 0; i < n; i++) {
        const struct evidence_cell *c = &cells[i];
        if (c->segment == segment && c->row == row &&
            (!c->has_remote || addr_equal(&c->remote, remote))) {
            return c;
        }
    }
    return NULL;
}

/* --- which claims, remotes and segments stay ------------------------------------------------ */

static bool claim_stays(const struct discloser *d, size_t i)
{
    const struct evidence_hide *h = &d->wish->hide;
    const struct evidence_claim *c = &d->was.claims.items[i];
    for (size_t k = 0; k < h->claim_n; k++) {
        if (h->claims[k] == i + 1) {
            return false;
        }
    }
    for (size_t k = 0; k < c->remote_n; k++) {
        if (is_among(h->remotes, h->remote_n, &c->remotes[k])) {
            return false;
        }
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static enum status choose(struct discloser *d)
{
    d->claims = calloc(d->was.claims.n + 1, sizeof(*d->claims));
    if (d->claims == NULL) {
        return refuse(d, ST_NOMEM, "data/findings.json", "claims");
    }
    for (size_t i = 0; i < d->was.claims.n; i++) {
        const struct evidence_claim *c = &d->was.claims.items[i];
        if (!claim_stays(d, i)) {
            evidence_cut_leave_out(&d->told.shown, &c->finding);
            continue;
        }
        d->claims[d->claim_n++] = *c;
        for (uint32_t k = c->from; k <= c->to; k++) {
            d->number[k] = 0;
        }
    }
    TRY(evidence_claims_remotes(d->claims, d->claim_n, &d->remotes, &d->remote_n));
    return d->claim_n > 0 ? ST_OK : refuse(d, ST_END, "data/findings.json", "no claim is left");
}

/* What was said of remotes that are claimed no more goes with them. */
static enum status narrow_ladder(struct discloser *d)
{
    CLEANUP(free_ptr) struct addr *remotes = NULL;
    size_t n = 0;
    TRY(evidence_claims_remotes(d->claims, d->claim_n, &remotes, &n));
    return evidence_ladder_narrow(d->x->ladder, remotes, n, &d->ladder,
                                  d->why != NULL ? &d->why->at : NULL);
}

/* --- opening more ------------------------------------------------------------------------------
 */

struct unhider {
    struct discloser *d;
    size_t segment;
    const struct evidence_shown *shown;
    struct evidence_leaks leaks;
};

static uint8_t open_row(void *ctx, uint32_t row, const struct evidence_kept *k)
{
    const struct unhider *u = ctx;
    const struct evidence_unhide *o = &u->d->wish->open;
    const struct evidence_cell *cell =
        find_cell(o->cells, o->cell_n, u->segment, &u->shown->remote, row);
    const struct evidence_row *r = NULL;
    uint32_t low = 0, high = u->shown->row_count;
    while (low < high) { /* rows ascend by number */
        uint32_t mid = low + (high - low) / 2;
        r = &u->shown->rows[mid];
        if (r->number == row) {
            break;
        }
        low = r->number < row ? mid + 1 : low;
        high = r->number < row ? high : mid;
    }
    if (r == NULL || r->number != row) {
        return 0; /* not one of those that are shown */
    }
    struct evidence_hidden h;
    evidence_hidden_get(k->hidden, &h);
    bool local =
        o->targets || is_among(o->locals, o->local_n, &k->local) || (r->opened & OPEN_LOCAL) != 0;
    bool tells = !local && evidence_leaks_tell(&u->leaks, &r->record, &h, &k->local);
    uint8_t open = (uint8_t)(r->opened | (local ? OPEN_LINK | OPEN_LOCAL : 0));
    bool data = o->data || (cell != NULL && cell->data), hidden = o->hidden || cell != NULL;
    if (tells && !o->marks) {
        u->d->told.shown.kept_back += (data || hidden) && (r->opened & OPEN_HIDDEN) == 0;
        return open;
    }
    return (uint8_t)(open | (data ? OPEN_HIDDEN | OPEN_DATA : 0) |
                     (hidden || o->marks ? OPEN_HIDDEN : 0));
}

/* All rows of the remote in the segment, shown or not: formulas are over them all. */
static enum status find_leaks(struct unhider *u, const struct evidence_segment *s,
                              const struct evidence_leaf *leaf)
{
    uint32_t base = s->start[leaf - s->remotes.leaves];
    for (uint32_t i = 0; i < leaf->n; i++) {
        struct evidence_record r;
        struct evidence_hidden h;
        const struct evidence_kept *k = &s->rows[base + i];
        TRY(evidence_record_get(s->records + (size_t)(base + i) * RECORD_BYTES, &r, NULL));
        evidence_hidden_get(k->hidden, &h);
        if (r.type == OBS_PACKET) {
            TRY(evidence_leaks_add(&u->leaks, &r, &h, &k->local));
        }
    }
    TRY(evidence_leaks_sort(&u->leaks));
    return ST_OK;
}

static enum status cut_again(struct discloser *d, size_t k, const struct evidence_segment *s,
                             const struct evidence_shown *shown, struct buf *out)
{
    struct unhider u = {.d = d, .segment = k, .shown = shown};
    const struct evidence_leaf *leaf = evidence_trie_find(&s->remotes, shown->remote.b);
    CLEANUP(free_ptr) struct evidence_run *runs = calloc(shown->row_count + 1U, sizeof(*runs));
    if (leaf == NULL || runs == NULL) {
        return runs == NULL ? ST_NOMEM : ST_MISMATCH;
    }
    size_t n = 0;
    for (uint32_t i = 0; i < shown->row_count; i++) {
        uint32_t number = shown->rows[i].number;
        if (n > 0 && runs[n - 1].first + runs[n - 1].count == number) {
            runs[n - 1].count++;
        } else {
            runs[n++] = (struct evidence_run){number, 1};
        }
    }
    struct evidence_wish wish = {.runs = runs,
                                 .run_count = n,
                                 .kr = d->wish->open.targets || (shown->wide & WIDE_KR) != 0,
                                 .what = open_row,
                                 .ctx = &u};
    enum status st = find_leaks(&u, s, leaf);
    st = st != ST_OK ? st : evidence_opening_cut(d->e, s, &shown->remote, &wish, out);
    evidence_leaks_fini(&u.leaks);
    return st != ST_OK ? st : out->failed;
}

/* --- closing ------------------------------------------------------------------------------------
 */

struct hider {
    const struct evidence_hide *hide;
    size_t segment;
};

static uint8_t close_row(void *ctx, const struct evidence_shown *shown,
                         const struct evidence_row *row)
{
    const struct hider *x = ctx;
    const struct evidence_hide *h = x->hide;
    const struct evidence_cell *cell =
        find_cell(h->cells, h->cell_n, x->segment, &shown->remote, row->number);
    uint8_t open = OPEN_LINK | OPEN_HIDDEN | OPEN_DATA | OPEN_LOCAL;
    if (h->targets || ((row->opened & OPEN_LOCAL) != 0 &&
                       is_among(h->locals, h->local_n, &shown->tokens[row->token].local))) {
        open &= (uint8_t)~OPEN_LOCAL;
    }
    open &= (uint8_t) ~(h->links ? OPEN_LINK | OPEN_LOCAL : 0);
    bool hidden = h->hidden || (cell != NULL && !cell->data);
    open &= (uint8_t) ~(hidden ? OPEN_HIDDEN | OPEN_DATA : 0);
    return open & (uint8_t) ~(h->data || cell != NULL ? OPEN_DATA : 0);
}

static bool keep_row(void *ctx, const struct evidence_shown *shown, const struct evidence_row *row)
{
    (void)shown;
    const struct evidence_hide *h = ((const struct hider *)ctx)->hide;
    return !h->rows || (row->record.time_ns >= h->from_ns && row->record.time_ns <= h->to_ns);
}

/* kr would open an address again that was closed. */
static bool keeps_kr(const struct evidence_hide *h)
{
    return !h->targets && !h->links && h->local_n == 0;
}

/* One opening, opened and closed. ST_END: no row of it is left. */
static enum status renew(struct discloser *d, size_t k, const struct evidence_segment *s, size_t i,
                         struct buf *out)
{
    CLEANUP(buf_fini) struct buf more = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    CLEANUP(evidence_shown_fini) struct evidence_shown wider = {.row_count = 0};
    const struct evidence_part *part = &d->was.parts[k];
    const struct evidence_exhibit_opening *o = &d->x->segments[k].openings[i];
    const struct evidence_shown *shown = &part->shown[i];
    struct bytes bytes = o->bytes;
    if (s != NULL) {
        TRY(cut_again(d, k, s, shown, &more));
        bytes = buf_bytes(&more);
        TRY(evidence_opening_check(d->e, &part->header, &part->remotes.leaves[o->number], bytes,
                                   &wider, d->why != NULL ? &d->why->at : NULL));
        shown = &wider;
    }
    struct hider hider = {.hide = &d->wish->hide, .segment = k};
    struct evidence_narrow narrow = {
        .what = close_row, .keep = keep_row, .kr = keeps_kr(&d->wish->hide), .ctx = &hider};
    return evidence_narrow(d->e, bytes, shown, &narrow, out);
}

/* --- segments
 * ------------------------------------------------------------------------------------- */

static void segment_freep(struct evidence_segment **s)
{
    evidence_segment_free(*s);
}

static enum status load(struct discloser *d, size_t k, struct evidence_segment **ret)
{
    const struct evidence_unhide *o = &d->wish->open;
    struct fault *why = d->why != NULL ? &d->why->at : NULL;
    if (o->segment == NULL) {
        return ST_OK;
    }
    TRY(o->segment(o->ctx, &d->was.parts[k].header, ret, why));
    bool same = memcmp((*ret)->hash.b, d->was.parts[k].hash.b, DIGEST_BYTES) == 0;
    return same ? ST_OK : fault_whole(why, ST_MISMATCH, "the home has another segment here");
}

static enum status renew_openings(struct discloser *d, size_t k, const struct evidence_segment *s)
{
    const struct evidence_exhibit_segment *old = &d->x->segments[k];
    CLEANUP(evidence_trie_fini) struct evidence_trie shown = {.top = TRIE_NONE};
    struct evidence_part *was = &d->was.parts[k];
    struct part *p = &d->parts[k];
    TRY(evidence_trie_get(d->e, TRIE_REMOTES, buf_bytes(&p->remotes), was->header.records,
                          was->header.remotes, &shown, d->why != NULL ? &d->why->at : NULL));
    p->bytes = calloc(old->opening_n + 1, sizeof(*p->bytes));
    p->openings = calloc(old->opening_n + 1, sizeof(*p->openings));
    if (p->bytes == NULL || p->openings == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < old->opening_n; i++) {
        const struct addr *remote = &was->shown[i].remote;
        if (bsearch(remote, d->remotes, d->remote_n, sizeof(*remote), by_address) == NULL) {
            continue;
        }
        struct buf *out = &p->bytes[p->opening_n];
        *out = BUF_INIT(LIMIT_EXHIBIT_BYTES);
        enum status st = renew(d, k, s, i, out);
        if (st == ST_END) {
            buf_fini(out);
            continue;
        }
        p->openings[p->opening_n++] = (struct evidence_exhibit_opening){
            .number = (uint32_t)(evidence_trie_find(&shown, remote->b) - shown.leaves),
            .bytes = buf_bytes(out)};
        TRY(st);
    }
    d->told.shown.others += shown.leaf_count - p->opening_n;
    return ST_OK;
}

static enum status renew_segment(struct discloser *d, size_t k)
{
    CLEANUP(segment_freep) struct evidence_segment *s = NULL;
    struct evidence_trie *t = &d->was.parts[k].remotes;
    struct part *p = &d->parts[k];
    p->remotes = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    for (uint32_t i = 0; i < t->node_count; i++) {
        t->nodes[i].shown = false;
    }
    for (size_t i = 0; i < d->remote_n; i++) {
        struct prefix query = prefix_of(&d->remotes[i], TRIE_BITS);
        evidence_trie_show(t, &query, false);
    }
    evidence_trie_put(t, &p->remotes);
    TRY(p->remotes.failed);
    TRY(load(d, k, &s));
    TRY(renew_openings(d, k, s));
    struct evidence_exhibit_segment *now = &d->segments[d->now.segment_n];
    *now = d->x->segments[k];
    now->remotes = buf_bytes(&p->remotes);
    now->openings = p->openings;
    now->opening_n = p->opening_n;
    d->number[k] = (uint32_t)d->now.segment_n++;
    return ST_OK;
}

static enum status renew_segments(struct discloser *d)
{
    for (size_t k = 0; k < d->x->segment_n; k++) {
        if (d->number[k] == UINT32_MAX) {
            continue;
        }
        if (d->why != NULL) {
            (void)snprintf(d->why->member, sizeof(d->why->member), "data/segments/%04zu", k);
            d->why->at = (struct fault){.field = "opening"};
        }
        enum status st = renew_segment(d, k);
        if (st == ST_DENIED && d->wish->hide.rows) {
            return refuse(d, st, "data/segments", "records were left out of it already");
        }
        TRY(st);
    }
    return ST_OK;
}

/* --- claims
 * ----------------------------------------------------------------------------------------- */

static bool has_mark(const struct finding_tool *tools, size_t n, uint8_t mark)
{
    for (size_t i = 0; i < n; i++) {
        if (tools[i].mark == mark) {
            return true;
        }
    }
    return false;
}

/* Marks that no longer follow are the cutter's word from now on; those that follow
 * now are not. */
static void carry_marks(const struct evidence_claim *was, struct evidence_claim *now)
{
    const struct finding_tool *from[] = {was->finding.tools, was->said_tools};
    const size_t n[] = {was->finding.tool_n, was->said_tool_n};
    now->said_tool_n = 0;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < n[k] && now->said_tool_n < FINDING_TOOLS_MAX; i++) {
            if (!has_mark(now->finding.tools, now->finding.tool_n, from[k][i].mark)) {
                now->said_tools[now->said_tool_n++] = from[k][i];
            }
        }
    }
}

static bool remote_is_shown(const struct discloser *d, const struct evidence_claim *c)
{
    for (size_t i = 0; i < c->remote_n; i++) {
        bool shown = false;
        for (uint32_t k = c->from; k <= c->to && !shown; k++) {
            shown = evidence_contents_shown(&d->is.parts[k], &c->remotes[i]) != NULL;
        }
        if (!shown) {
            return false;
        }
    }
    return true;
}

/* Without the fields that show that it went on, "connect" is no more than "syn". */
static const struct finding *find_again(const struct evidence_recount *r, const struct finding *was)
{
    const struct finding *f = evidence_recount_find(r, was, 0);
    if (f != NULL || strcmp(was->technique, "connect") != 0) {
        return f;
    }
    struct finding less = *was;
    finding_words(&less, "syn", was->protocol);
    return evidence_recount_find(r, &less, 0);
}

/* ST_END: it does not follow any more. What never did stays its cutter's word. */
static enum status renew_claim(struct discloser *d, struct evidence_claim *c)
{
    CLEANUP(evidence_recount_fini) struct evidence_recount r = {.detect = NULL};
    struct evidence_claim was = *c;
    bool before, after;
    TRY(evidence_recount(&d->is, c, d->wish->lines, d->wish->seed, &r));
    if (r.false_line != NULL) {
        return refuse(d, ST_MISMATCH, "data/segments", r.false_line);
    }
    const struct finding *f = find_again(&r, &c->finding);
    if (f == NULL) {
        d->told.shown.said += c->said;
        return c->said ? ST_OK : ST_END;
    }
    bool syn = strcmp(c->finding.technique, "syn") == 0;
    c->finding = *f;
    if (syn) { /* what was known of its marks is still true */
        finding_words(&c->finding, "syn", f->protocol);
    }
    c->said = false;
    evidence_recount_margins(&d->is, c, &before, &after);
    c->finding.flags |= before && after && r.whole && !r.closed ? 0 : FINDING_AT_LEAST;
    carry_marks(&was, c);
    d->told.shown.at_least += (c->finding.flags & FINDING_AT_LEAST) != 0;
    return ST_OK;
}

static enum status renew_claims(struct discloser *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->claim_n; i++) {
        struct evidence_claim *c = &d->claims[i];
        c->from = d->number[c->from];
        c->to = d->number[c->to];
        enum status st = remote_is_shown(d, c) ? renew_claim(d, c) : ST_END;
        if (st == ST_END) {
            evidence_cut_leave_out(&d->told.shown, &c->finding);
            continue;
        }
        TRY(st);
        d->claims[n++] = *c;
    }
    d->claim_n = n;
    d->told.shown.claims = n;
    if (n == 0) {
        return refuse(d, ST_END, "data/findings.json", "no claim is left");
    }
    evidence_claims_write(d->claims, n, &d->findings);
    return d->findings.failed;
}

/* --- the whole
 * ------------------------------------------------------------------------------------------ */

static void count_shown(const struct evidence_contents *c, struct evidence_cut_told *t)
{
    t->segments = c->part_n;
    for (size_t k = 0; k < c->part_n; k++) {
        for (size_t i = 0; i < c->parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->parts[k].shown[i];
            t->rows += s->row_count;
            for (uint32_t n = 0; n < s->row_count; n++) {
                t->hidden += (s->rows[n].opened & OPEN_HIDDEN) != 0;
                t->data += (s->rows[n].opened & OPEN_DATA) != 0;
            }
            for (uint32_t n = 0; n < s->token_count; n++) {
                t->locals += evidence_token_tells(&s->tokens[n]);
            }
        }
    }
}

static enum status write_all(struct discloser *d, struct buf *out)
{
    d->now.findings = BYTES_LITERAL("[]\n");
    d->now.ladder = BYTES_LITERAL(EVIDENCE_LADDER_NONE);
    TRY(evidence_contents_open(d->e, &d->now, &d->is, d->why));
    TRY(evidence_stand_ins_number(&d->is, d->wish->seed));
    TRY(renew_claims(d));
    TRY(narrow_ladder(d));
    TRY(evidence_view_write(&d->is, &d->csv, &d->pcap));
    d->now.findings = buf_bytes(&d->findings);
    d->now.ladder = buf_bytes(&d->ladder);
    d->now.csv = buf_bytes(&d->csv);
    d->now.pcap = buf_bytes(&d->pcap);
    count_shown(&d->was, &d->told.before);
    count_shown(&d->is, &d->told.shown);
    return evidence_exhibit_write(&d->now, out);
}

enum status evidence_disclose(const struct evidence_engine *e, const struct evidence_exhibit *x,
                              const struct evidence_disclose_wish *wish, struct buf *out,
                              struct evidence_disclose_told *ret,
                              struct evidence_contents_fault *why)
{
    CLEANUP(discloser_fini)
    struct discloser d = {.e = e,
                          .x = x,
                          .wish = wish,
                          .now = *x,
                          .findings = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                          .ladder = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                          .csv = BUF_INIT(LIMIT_EXHIBIT_BYTES),
                          .pcap = BUF_INIT(LIMIT_EXHIBIT_BYTES),
                          .why = why};
    d.parts = calloc(x->segment_n + 1, sizeof(*d.parts));
    d.segments = calloc(x->segment_n + 1, sizeof(*d.segments));
    d.number = malloc((x->segment_n + 1) * sizeof(*d.number));
    if (d.parts == NULL || d.segments == NULL || d.number == NULL) {
        return refuse(&d, ST_NOMEM, "data/segments", "segments");
    }
    memset(d.number, 0xff, (x->segment_n + 1) * sizeof(*d.number));
    d.now.segments = d.segments;
    d.now.segment_n = 0;
    TRY(evidence_contents_open(e, x, &d.was, why));
    TRY(choose(&d));
    TRY(renew_segments(&d));
    TRY(write_all(&d, out));
    *ret = d.told;
    return ST_OK;
}
