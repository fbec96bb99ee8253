/* evidence/exhibit/cut.c - cut twice: first with everything open, to see what there
 * is to claim and what it rests on; then with what is to be shown.
 */
#include "evidence/exhibit/cut.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/model/tool.h"
#include "evidence/exhibit/claim.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/ladder.h"
#include "evidence/exhibit/leak.h"
#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view.h"

/* The members of one segment. */
struct part {
    struct buf text, proof, remotes, flows;
    struct evidence_salt salt;
    struct buf *bytes; /* of each opening */
    struct evidence_exhibit_opening *openings;
    size_t opening_n;
};

/* What of a remote's hidden fields is opened. */
enum depth {
    DEPTH_NONE,
    DEPTH_ANSWERS, /* of TCP packets with ACK: that a connection was completed */
    DEPTH_ALL,
};

struct cutter {
    const struct evidence_engine *e;
    const struct evidence_cut_wish *wish;
    struct part *parts;
    bool all;                     /* the first time */
    bool one_way;                 /* something was found that such a sensor cannot tell */
    bool exact;                   /* the group's records are all shown, and their lines opened */
    enum depth *depth;            /* of each remote */
    bool *options;                /* ... do marks rest on its options? */
    struct evidence_leaks *leaks; /* of each remote */
    struct buf definitions, findings, ladder, csv, pcap;
    struct evidence_exhibit_segment *segments;
    struct evidence_exhibit exhibit;
    struct evidence_contents contents;
    struct finding_list found; /* with everything open */
    struct evidence_claim *claims;
    size_t claim_n, claim_room;
    struct arena arena; /* of claims */
    struct evidence_cut_told told;
    struct fault *why;
};

static void part_fini(struct part *p)
{
    for (size_t i = 0; i < p->opening_n; i++) {
        buf_fini(&p->bytes[i]);
    }
    free(p->bytes);
    free(p->openings);
    buf_fini(&p->text);
    buf_fini(&p->proof);
    buf_fini(&p->remotes);
    buf_fini(&p->flows);
    *p = (struct part){.opening_n = 0};
}

static void cutter_clear(struct cutter *c)
{
    evidence_contents_fini(&c->contents);
    for (size_t i = 0; c->parts != NULL && i < c->wish->source->n; i++) {
        part_fini(&c->parts[i]);
    }
}

static void cutter_fini(struct cutter *c)
{
    cutter_clear(c);
    for (size_t i = 0; c->leaks != NULL && i < c->wish->remote_n; i++) {
        evidence_leaks_fini(&c->leaks[i]);
    }
    free(c->parts);
    free(c->depth);
    free(c->options);
    free(c->leaks);
    free(c->segments);
    free(c->claims);
    buf_fini(&c->definitions);
    buf_fini(&c->findings);
    buf_fini(&c->ladder);
    buf_fini(&c->csv);
    buf_fini(&c->pcap);
    finding_list_fini(&c->found);
    arena_fini(&c->arena);
}

static enum status no_memory(struct cutter *c)
{
    return fault_whole(c->why, ST_NOMEM, "cut");
}

/* --- what to open of a row --------------------------------------------------------------- */

struct opener {
    struct cutter *c;
    const struct evidence_segment *s;
    uint32_t base;
    size_t remote; /* number in the wish */
    struct fault bad;
};

static bool is_asked(const struct evidence_cut_wish *w, const struct addr *local)
{
    for (size_t i = 0; i < w->local_n; i++) {
        if (addr_equal(&w->locals[i], local)) {
            return true;
        }
    }
    return w->kr || evidence_is_nobody(local);
}

static bool wants_hidden(const struct opener *o, const struct evidence_record *r)
{
    enum depth depth = o->c->depth[o->remote];
    depth = o->c->wish->hidden ? DEPTH_ALL : depth;
    bool tcp = r->type == OBS_PACKET && r->proto == PROTO_TCP && (r->flags & RECORD_QUOTED) == 0;
    return depth == DEPTH_ALL || (depth == DEPTH_ANSWERS && tcp && (r->code & TCP_ACK) != 0);
}

/* A SYN's options and nothing else. */
static bool wants_options(const struct opener *o, const struct evidence_record *r,
                          const struct evidence_kept *k)
{
    return o->c->options[o->remote] && r->type == OBS_PACKET && r->proto == PROTO_TCP &&
           (r->code & TCP_SYN) != 0 && k->payload == 0 && k->ip_options == 0;
}

static uint8_t open_row(void *ctx, uint32_t row, const struct evidence_kept *k)
{
    struct opener *o = ctx;
    const struct evidence_cut_wish *w = o->c->wish;
    struct evidence_record r;
    struct evidence_hidden h;
    struct fault why;
    if (o->c->all) {
        return OPEN_LINK | OPEN_LOCAL | OPEN_HIDDEN | OPEN_DATA;
    }
    if (evidence_record_get(o->s->records + (size_t)(o->base + row) * RECORD_BYTES, &r, &why) !=
        ST_OK) {
        return 0; /* the segment's own record; were it broken, the opening would not hold */
    }
    evidence_hidden_get(k->hidden, &h);
    bool local = is_asked(w, &k->local);
    uint8_t open = (uint8_t)(OPEN_LINK | (local ? OPEN_LOCAL : 0));
    bool tells = !local && evidence_leaks_tell(&o->c->leaks[o->remote], &r, &h, &k->local);
    bool data = w->data || wants_options(o, &r, k);
    if (!wants_hidden(o, &r) && !data) {
        return open;
    }
    if (tells && !w->marks) {
        o->c->told.kept_back++;
        return open;
    }
    return (uint8_t)(open | OPEN_HIDDEN | (data ? OPEN_DATA : 0));
}

/* --- members of a segment ------------------------------------------------------------------ */

static enum status cut_opening(struct cutter *c, struct part *p, const struct evidence_segment *s,
                               size_t remote, const struct evidence_leaf *leaf, uint32_t number)
{
    struct evidence_run run = {0, leaf->n};
    struct opener o = {
        .c = c, .s = s, .base = s->start[leaf - s->remotes.leaves], .remote = remote};
    struct evidence_wish wish = {
        .runs = &run, .run_count = 1, .kr = c->wish->kr && !c->all, .what = open_row, .ctx = &o};
    struct buf *out = &p->bytes[p->opening_n];
    *out = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    p->openings[p->opening_n++].number = number;
    TRY(evidence_opening_cut(c->e, s, &c->wish->remotes[remote], &wish, out));
    TRY(out->failed);
    p->openings[p->opening_n - 1].bytes = buf_bytes(out);
    return ST_OK;
}

static void hide_all(struct evidence_trie *t)
{
    for (uint32_t i = 0; i < t->node_count; i++) {
        t->nodes[i].shown = false;
    }
}

/* The walks of all remotes; which leaves they show tells the numbers of openings. */
static enum status cut_openings(struct cutter *c, struct part *p, struct evidence_segment *s)
{
    CLEANUP(evidence_trie_fini) struct evidence_trie shown = {.top = TRIE_NONE};
    hide_all(&s->remotes);
    hide_all(&s->flows);
    for (size_t i = 0; i < c->wish->remote_n; i++) {
        struct prefix query = prefix_of(&c->wish->remotes[i], TRIE_BITS);
        evidence_trie_show(&s->remotes, &query, false);
    }
    evidence_trie_put(&s->remotes, &p->remotes);
    evidence_trie_put(&s->flows, &p->flows);
    TRY(p->remotes.failed);
    TRY(p->flows.failed);
    TRY(evidence_trie_get(c->e, TRIE_REMOTES, buf_bytes(&p->remotes), s->header.records,
                          s->header.remotes, &shown, c->why));
    p->bytes = calloc(c->wish->remote_n, sizeof(*p->bytes));
    p->openings = calloc(c->wish->remote_n, sizeof(*p->openings));
    if (p->bytes == NULL || p->openings == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < c->wish->remote_n; i++) {
        const struct evidence_leaf *own = evidence_trie_find(&s->remotes, c->wish->remotes[i].b);
        const struct evidence_leaf *leaf = evidence_trie_find(&shown, c->wish->remotes[i].b);
        if (own != NULL && leaf != NULL) {
            TRY(cut_opening(c, p, s, i, own, (uint32_t)(leaf - shown.leaves)));
        }
    }
    c->told.others += shown.leaf_count - p->opening_n;
    return ST_OK;
}

static void segment_freep(struct evidence_segment **s)
{
    evidence_segment_free(*s);
}

static enum status cut_part(struct cutter *c, size_t i)
{
    CLEANUP(segment_freep) struct evidence_segment *s = NULL;
    const struct evidence_cut_source *from = c->wish->source;
    struct part *p = &c->parts[i];
    *p = (struct part){.text = BUF_INIT(LIMIT_HEADER_BYTES),
                       .proof = BUF_INIT(LIMIT_NOTE_BYTES + LIMIT_PROOF_EXTRA_BYTES),
                       .remotes = BUF_INIT(LIMIT_EXHIBIT_BYTES),
                       .flows = BUF_INIT(LIMIT_EXHIBIT_BYTES)};
    TRY(from->segment(from->ctx, i, &s, c->why));
    TRY(from->proof(from->ctx, i, &p->proof, c->why));
    buf_append(&p->text, s->text.data, s->text.len);
    TRY(p->text.failed);
    p->salt = s->entry_salt;
    TRY(cut_openings(c, p, s));
    c->segments[i] = (struct evidence_exhibit_segment){
        .header = buf_bytes(&p->text),
        .proof = buf_bytes(&p->proof),
        .entry_salt = bytes_of(p->salt.b, sizeof(p->salt.b)),
        .remotes = buf_bytes(&p->remotes),
        .flows = s->header.flows > 0 ? buf_bytes(&p->flows) : (struct bytes){0},
        .openings = p->openings,
        .opening_n = p->opening_n,
    };
    return ST_OK;
}

/* All segments, and what they then say. */
static enum status cut_all(struct cutter *c)
{
    struct evidence_contents_fault why = {.member = ""};
    cutter_clear(c);
    c->told = (struct evidence_cut_told){.segments = c->wish->source->n};
    for (size_t i = 0; i < c->wish->source->n; i++) {
        TRY(cut_part(c, i));
    }
    enum status st = evidence_contents_open(c->e, &c->exhibit, &c->contents, &why);
    if (st != ST_OK) {
        if (c->why != NULL) {
            *c->why = why.at;
        }
        return st;
    }
    TRY(evidence_stand_ins_number(&c->contents, c->wish->seed));
    for (size_t k = 0; k < c->contents.part_n; k++) {
        if (memcmp(c->contents.parts[k].header.definitions.b, c->wish->definitions->hash.b,
                   DIGEST_BYTES) != 0) {
            return fault_whole(c->why, ST_MISMATCH, "sealed under other definitions");
        }
    }
    return ST_OK;
}

/* --- what follows --------------------------------------------------------------------------- */

/* The end of the sensor's segments that begin at k. */
static size_t sensor_end(const struct cutter *c, size_t k)
{
    size_t end = k + 1;
    const struct evidence_header *h = &c->contents.parts[k].header;
    while (end < c->contents.part_n &&
           strcmp(h->sensor, c->contents.parts[end].header.sensor) == 0 &&
           strcmp(h->party, c->contents.parts[end].header.party) == 0) {
        end++;
    }
    return end;
}

static bool is_wanted(const struct cutter *c, const struct finding *f)
{
    const struct evidence_cut_wish *w = c->wish;
    if ((f->flags & FINDING_BELOW) != 0) {
        return false;
    }
    for (size_t i = 0; i < w->finding_n; i++) {
        const struct finding *x = &w->findings[i];
        if (x->when.first_ns == f->when.first_ns && strcmp(x->definition, f->definition) == 0 &&
            strcmp(x->kind, f->kind) == 0 &&
            (evidence_claim_technique(x, f) || evidence_claim_technique(f, x)) &&
            strcmp(x->protocol, f->protocol) == 0) {
            return true;
        }
    }
    return w->finding_n == 0;
}

/* Of one remote, what it did or what was done to it; of several together, only what
 * none of them did alone. */
static bool is_about(const struct evidence_claim *group, const struct finding *f)
{
    return group->remote_n == 1 || !f->has_initiator;
}

typedef enum status each_finding(struct cutter *c, const struct evidence_claim *group,
                                 const struct finding *f);

/* That nothing was answered, of a sensor that saw one side: not even `analyze` says so. */
static bool cannot_tell(struct cutter *c, const struct evidence_claim *group,
                        const struct finding *f)
{
    struct evidence_claim claim = *group;
    struct evidence_seen seen;
    claim.finding = *f;
    bool one_way = evidence_recount_one_way(&c->contents, &claim, &seen);
    if (one_way && !c->all) {
        evidence_cut_leave_out(&c->told, f);
    }
    return one_way;
}

static enum status recount(struct cutter *c, struct evidence_claim *group, each_finding *each)
{
    CLEANUP(evidence_recount_fini) struct evidence_recount r = {.detect = NULL};
    TRY(evidence_recount(&c->contents, group, c->wish->lines, c->wish->seed, &r));
    if (!c->all && r.false_line != NULL) { /* whoever verifies would see it too */
        return fault_whole(c->why, ST_MISMATCH, r.false_line);
    }
    c->exact = r.whole && !r.closed;
    for (size_t i = 0; i < r.findings->n; i++) {
        const struct finding *f = r.findings->items[i];
        if (!is_wanted(c, f) || !is_about(group, f)) {
            continue;
        }
        if (cannot_tell(c, group, f)) {
            c->one_way = true;
            continue;
        }
        TRY(each(c, group, f));
    }
    return ST_OK;
}

/* Every remote of every sensor that has records of it, then all together. */
static enum status recount_all(struct cutter *c, each_finding *each)
{
    const struct evidence_cut_wish *w = c->wish;
    for (size_t k = 0; k < c->contents.part_n; k = sensor_end(c, k)) {
        struct addr *present = arena_alloc(&c->arena, w->remote_n * sizeof(*present));
        if (present == NULL) {
            return no_memory(c);
        }
        struct evidence_claim group = {
            .from = (uint32_t)k, .to = (uint32_t)sensor_end(c, k) - 1, .remotes = present};
        for (size_t i = 0; i < w->remote_n; i++) {
            bool shown = false;
            for (uint32_t j = group.from; j <= group.to && !shown; j++) {
                shown = evidence_contents_shown(&c->contents.parts[j], &w->remotes[i]) != NULL;
            }
            if (shown) {
                struct evidence_claim one = group;
                present[group.remote_n] = w->remotes[i];
                one.remotes = &present[group.remote_n++];
                one.remote_n = 1;
                TRY(recount(c, &one, each));
            }
        }
        if (group.remote_n > 1) {
            TRY(recount(c, &group, each));
        }
    }
    return ST_OK;
}

/* --- with everything open ----------------------------------------------------------------- */

static bool is_login(const struct finding *f)
{
    return strncmp(f->kind, "bruteforce.", 11) == 0 || strncmp(f->kind, "access.", 7) == 0 ||
           strncmp(f->kind, "spray.", 6) == 0;
}

static bool is_own_mark(uint8_t mark)
{
    return mark < TOOL_COUNT && mark != TOOL_MASSCAN && mark != TOOL_MIRAI &&
           mark != TOOL_UNICORNSCAN;
}

static void deepen(enum depth *d, enum depth to)
{
    *d = *d < to ? to : *d;
}

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static bool is_in(const struct evidence_claim *group, const struct addr *remote)
{
    return bsearch(remote, group->remotes, group->remote_n, sizeof(*remote), by_address) != NULL;
}

/* What the finding rests on. */
static enum status note_found(struct cutter *c, const struct evidence_claim *group,
                              const struct finding *f)
{
    for (size_t i = 0; i < c->wish->remote_n; i++) {
        if (!is_in(group, &c->wish->remotes[i])) {
            continue;
        }
        deepen(&c->depth[i], f->authentic == AUTHENTIC_TWO_WAY ? DEPTH_ANSWERS : DEPTH_NONE);
        /* What was said is in the payload; without it the rest tells nothing. */
        deepen(&c->depth[i], is_login(f) && c->wish->data ? DEPTH_ALL : DEPTH_NONE);
        for (size_t t = 0; t < f->tool_n; t++) {
            bool own = is_own_mark(f->tools[t].mark) || c->wish->marks;
            deepen(&c->depth[i], own && f->tools[t].mark < TOOL_COUNT ? DEPTH_ALL : DEPTH_NONE);
            c->options[i] |= f->tools[t].mark == TOOL_ZMAP_OPTIONS ||
                             f->tools[t].mark == TOOL_NMAP || f->tools[t].mark == TOOL_HPING;
        }
    }
    struct finding *copy = finding_list_add(&c->found);
    if (copy == NULL) {
        return no_memory(c);
    }
    *copy = *f;
    return ST_OK;
}

static enum status note_leaks(struct cutter *c)
{
    for (size_t k = 0; k < c->contents.part_n; k++) {
        for (size_t i = 0; i < c->wish->remote_n; i++) {
            const struct evidence_shown *s =
                evidence_contents_shown(&c->contents.parts[k], &c->wish->remotes[i]);
            for (uint32_t n = 0; s != NULL && n < s->row_count; n++) {
                const struct evidence_row *row = &s->rows[n];
                if (row->record.type == OBS_PACKET) {
                    TRY(evidence_leaks_add(&c->leaks[i], &row->record, &row->hidden,
                                           &s->tokens[row->token].local));
                }
            }
        }
    }
    for (size_t i = 0; i < c->wish->remote_n; i++) {
        TRY(evidence_leaks_sort(&c->leaks[i]));
    }
    return ST_OK;
}

/* --- claims ----------------------------------------------------------------------------------- */

static struct evidence_claim *next_claim(struct cutter *c)
{
    if (c->claim_n == c->claim_room) {
        size_t room = c->claim_room == 0 ? 16 : c->claim_room * 2;
        struct evidence_claim *claims = realloc(c->claims, room * sizeof(*claims));
        if (claims == NULL) {
            return NULL;
        }
        c->claims = claims;
        c->claim_room = room;
    }
    return &c->claims[c->claim_n++];
}

static bool has_mark(const struct finding *f, uint8_t mark)
{
    for (size_t i = 0; i < f->tool_n; i++) {
        if (f->tools[i].mark == mark) {
            return true;
        }
    }
    return false;
}

/* Marks that only whoever has everything can see. */
static void say_tools(const struct finding *all, struct evidence_claim *claim)
{
    for (size_t i = 0; i < all->tool_n; i++) {
        if (!has_mark(&claim->finding, all->tools[i].mark)) {
            claim->said_tools[claim->said_tool_n++] = all->tools[i];
        }
    }
}

/* The same event: `a` is what was found with everything open, or what is claimed. */
static bool same_event(const struct finding *a, const struct finding *b)
{
    bool who = a->has_initiator == b->has_initiator &&
               (!a->has_initiator || addr_equal(&a->initiator, &b->initiator));
    return who && a->when.first_ns == b->when.first_ns && a->has_remote == b->has_remote &&
           (!a->has_remote || addr_equal(&a->remote, &b->remote)) &&
           strcmp(a->definition, b->definition) == 0 && strcmp(a->kind, b->kind) == 0 &&
           evidence_claim_technique(a, b) && strcmp(a->protocol, b->protocol) == 0;
}

/* Whose SYNs are a tool's own, connected with another program, also when the fields
 * that show it are not opened. */
static void name_technique(const struct cutter *c, struct finding *f)
{
    for (size_t i = 0; i < c->found.n; i++) {
        const struct finding *all = c->found.items[i];
        if (same_event(all, f) && strcmp(all->technique, f->technique) != 0) {
            finding_words(f, all->technique, all->protocol);
            return;
        }
    }
}

static enum status add_claim(struct cutter *c, const struct evidence_claim *group,
                             const struct finding *f)
{
    struct evidence_claim *claim = next_claim(c);
    if (claim == NULL) {
        return no_memory(c);
    }
    bool before, after;
    *claim = *group;
    claim->finding = *f;
    name_technique(c, &claim->finding);
    evidence_recount_margins(&c->contents, claim, &before, &after);
    claim->finding.flags |= before && after && c->exact ? 0 : FINDING_AT_LEAST;
    c->told.at_least += (claim->finding.flags & FINDING_AT_LEAST) != 0;
    return ST_OK;
}

static struct evidence_claim *claim_of(struct cutter *c, const struct finding *f)
{
    for (size_t i = 0; i < c->claim_n; i++) {
        if (same_event(&c->claims[i].finding, f)) {
            return &c->claims[i];
        }
    }
    return NULL;
}

/* The sensor's segments in which an event began. */
static void place_said(const struct cutter *c, struct evidence_claim *claim)
{
    int64_t first = claim->finding.when.first_ns;
    for (size_t k = 0; k < c->contents.part_n; k = sensor_end(c, k)) {
        claim->from = (uint32_t)k;
        claim->to = (uint32_t)sensor_end(c, k) - 1;
        if (c->contents.parts[claim->to].header.to_ns > first &&
            c->contents.parts[k].header.from_ns <= first) {
            return;
        }
    }
}

/* A finding that was asked for by name, and does not follow: its numbers are the
 * cutter's word. */
static enum status add_said(struct cutter *c, const struct finding *f)
{
    struct addr *remote = arena_alloc(&c->arena, sizeof(*remote));
    struct evidence_claim *claim = remote != NULL ? next_claim(c) : NULL;
    if (claim == NULL) {
        return no_memory(c);
    }
    *remote = f->remote;
    *claim = (struct evidence_claim){
        .finding = *f, .remotes = remote, .remote_n = 1, .said = true, .said_tool_n = f->tool_n};
    memcpy(claim->said_tools, f->tools, sizeof(f->tools));
    claim->finding.tool_n = 0;
    claim->finding.flags |= FINDING_AT_LEAST;
    place_said(c, claim);
    c->told.said++;
    return ST_OK;
}

void evidence_cut_leave_out(struct evidence_cut_told *t, const struct finding *f)
{
    if (t->left_out < EVIDENCE_CUT_LEFT_MAX) {
        struct evidence_cut_left *left = &t->left[t->left_out];
        memcpy(left->definition, f->definition, sizeof(left->definition));
        left->has_initiator = f->has_initiator;
        left->initiator = f->initiator;
        left->first_ns = f->when.first_ns;
    }
    t->left_out++;
}

/* What was found with everything open: marks that do not follow from what is shown
 * are the cutter's word; a finding that does not is claimed only when it was named. */
static enum status compare_found(struct cutter *c)
{
    for (size_t i = 0; i < c->found.n; i++) {
        const struct finding *f = c->found.items[i];
        struct evidence_claim *claim = claim_of(c, f);
        if (claim != NULL) {
            say_tools(f, claim);
        } else if (c->wish->finding_n > 0 && f->has_remote) {
            TRY(add_said(c, f));
        } else {
            evidence_cut_leave_out(&c->told, f);
        }
        c->told.data_shows |= claim == NULL && !c->wish->data;
    }
    return ST_OK;
}

static int by_finding(const void *a, const void *b)
{
    const struct evidence_claim *x = a, *y = b;
    int order = finding_compare(&x->finding, &y->finding);
    order = order != 0 ? order : addr_compare(&x->remotes[0], &y->remotes[0]);
    return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

/* Of the remotes that were asked for, those that something is claimed of. */
static enum status add_ladder(struct cutter *c)
{
    CLEANUP(free_ptr) struct addr *remotes = NULL;
    size_t n = 0;
    if (c->wish->ladder.len == 0) {
        return ST_OK;
    }
    TRY(evidence_claims_remotes(c->claims, c->claim_n, &remotes, &n));
    TRY(evidence_ladder_narrow(c->wish->ladder, remotes, n, &c->ladder, c->why));
    c->exhibit.ladder = buf_bytes(&c->ladder);
    return ST_OK;
}

static enum status write_members(struct cutter *c)
{
    if (c->claim_n == 0) {
        return fault_whole(
            c->why, ST_END,
            c->found.n > 0 ? "what was found rests on what is not opened (--open data)"
            : c->one_way   ? "the sensor saw most connections from one side only: whether "
                             "anything was answered, nobody can tell"
            : c->wish->finding_n > 0 ? "it does not follow from these records"
                                     : "no finding follows from these records");
    }
    qsort(c->claims, c->claim_n, sizeof(*c->claims), by_finding);
    c->told.claims = c->claim_n;
    evidence_claims_write(c->claims, c->claim_n, &c->findings);
    TRY(c->findings.failed);
    TRY(evidence_view_write(&c->contents, &c->csv, &c->pcap));
    TRY(add_ladder(c));
    c->exhibit.findings = buf_bytes(&c->findings);
    c->exhibit.csv = buf_bytes(&c->csv);
    c->exhibit.pcap = buf_bytes(&c->pcap);
    return ST_OK;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static enum status begin(struct cutter *c)
{
    const struct evidence_cut_wish *w = c->wish;
    c->parts = calloc(w->source->n + 1, sizeof(*c->parts));
    c->segments = calloc(w->source->n + 1, sizeof(*c->segments));
    c->depth = calloc(w->remote_n + 1, sizeof(*c->depth));
    c->options = calloc(w->remote_n + 1, sizeof(*c->options));
    c->leaks = calloc(w->remote_n + 1, sizeof(*c->leaks));
    if (c->parts == NULL || c->segments == NULL || c->depth == NULL || c->options == NULL ||
        c->leaks == NULL) {
        return no_memory(c);
    }
    definition_set_write(w->definitions, &c->definitions);
    TRY(c->definitions.failed);
    c->exhibit = (struct evidence_exhibit){
        .findings = BYTES_LITERAL("[]\n"),
        .definitions = buf_bytes(&c->definitions),
        .ladder = BYTES_LITERAL(EVIDENCE_LADDER_NONE),
        .segments = c->segments,
        .segment_n = w->source->n,
        .times = w->times,
        .time_n = w->time_n,
    };
    return ST_OK;
}

static void count_shown(struct cutter *c)
{
    for (size_t k = 0; k < c->contents.part_n; k++) {
        for (size_t i = 0; i < c->contents.parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->contents.parts[k].shown[i];
            c->told.rows += s->row_count;
            for (uint32_t n = 0; n < s->row_count; n++) {
                c->told.hidden += (s->rows[n].opened & OPEN_HIDDEN) != 0;
                c->told.data += (s->rows[n].opened & OPEN_DATA) != 0;
            }
            for (uint32_t n = 0; n < s->token_count; n++) {
                c->told.locals += evidence_token_tells(&s->tokens[n]);
            }
        }
    }
}

enum status evidence_cut(const struct evidence_engine *e, const struct evidence_cut_wish *wish,
                         struct buf *out, struct evidence_cut_told *ret, struct fault *why)
{
    CLEANUP(cutter_fini)
    struct cutter c = {.e = e,
                       .wish = wish,
                       .all = true,
                       .definitions = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                       .findings = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                       .ladder = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                       .csv = BUF_INIT(LIMIT_EXHIBIT_BYTES),
                       .pcap = BUF_INIT(LIMIT_EXHIBIT_BYTES),
                       .why = why};
    if (why != NULL) {
        *why = (struct fault){.field = "cut"};
    }
    finding_list_init(&c.found, LIMIT_EXHIBIT_BYTES);
    arena_init(&c.arena, LIMIT_EXHIBIT_BYTES);
    TRY(begin(&c));
    TRY(cut_all(&c));
    TRY(recount_all(&c, note_found));
    TRY(note_leaks(&c));
    c.all = false;
    TRY(cut_all(&c));
    TRY(recount_all(&c, add_claim));
    TRY(compare_found(&c));
    TRY(write_members(&c));
    count_shown(&c);
    TRY(evidence_exhibit_write(&c.exhibit, out));
    *ret = c.told;
    return ST_OK;
}
