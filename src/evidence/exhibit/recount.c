/* evidence/exhibit/recount.c - rows in their order, fed to the detectors. */
#include "evidence/exhibit/recount.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/model/definition.h"
#include "base/model/tool.h"
#include "detect/detect.h"
#include "evidence/rebuild.h"

struct recounter {
    const struct evidence_contents *c;
    const struct evidence_claim *claim;
    struct detect *detect;
    struct evidence_stand_ins *stand_ins;
    struct obs_batch batch;
    evidence_line_parse *lines;
    struct buf room; /* of the batch's texts that no line has as they are */
    uint64_t rows;
    bool unread; /* of the lines of logs, some were not */
    const char *false_line;
    uint32_t false_segment, false_record;
    bool whole, linked;
    bool hidden, opened; /* C_x of every packet, address of every row */
    bool local;          /* some row has an end in the networks */
};

static void recounter_fini(struct recounter *r)
{
    detect_free(r->detect);
    evidence_stand_ins_free(r->stand_ins);
    buf_fini(&r->room);
}

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

/* --- which addresses are local -------------------------------------------------------- */

static void add_net(struct local_nets *l, const struct prefix *p)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->nets[i].len == p->len && addr_equal(&l->nets[i].net, &p->net)) {
            return;
        }
    }
    if (l->n < LOCAL_NETS_MAX) {
        l->nets[l->n++] = *p;
    }
}

static void add_shown(struct local_nets *l, const struct evidence_shown *s)
{
    for (size_t i = 0; i < s->net_count; i++) {
        add_net(l, &s->nets[i]);
    }
    for (uint32_t i = 0; i < s->row_count; i++) {
        if ((s->rows[i].record.cls & RECORD_INTERNAL) != 0) {
            struct prefix self = prefix_of(&s->remote, TRIE_BITS);
            add_net(l, &self); /* a remote end that is local too */
            return;
        }
    }
}

/* Stand-ins, and what was opened. */
static void find_locals(const struct recounter *r, struct local_nets *ret)
{
    struct addr v4 = addr_from_v4(0xf0000000U), v6 = {{1}};
    *ret = (struct local_nets){.rule = LOCAL_GIVEN};
    ret->nets[ret->n++] = prefix_of(&v4, 100);
    ret->nets[ret->n++] = prefix_of(&v6, 64);
    for (uint32_t k = r->claim->from; k <= r->claim->to; k++) {
        for (size_t i = 0; i < r->claim->remote_n; i++) {
            const struct evidence_shown *s =
                evidence_contents_shown(&r->c->parts[k], &r->claim->remotes[i]);
            if (s != NULL) {
                add_shown(ret, s);
            }
        }
    }
}

/* --- rows ------------------------------------------------------------------------------- */

static enum status flush(struct recounter *r)
{
    enum status st = detect_feed(r->detect, &r->batch);
    r->batch.n = 0;
    r->room.len = 0;
    return st;
}

/* Batches are of log lines or of packets, and of lines no more than the room has text of. */
static enum status make_room(struct recounter *r, const struct evidence_row *row)
{
    const struct obs_batch *b = &r->batch;
    bool log = row->record.type == OBS_LOG;
    bool line = log && (row->opened & OPEN_DATA) != 0 && r->lines != NULL;
    if (line && r->room.cap == 0 && !buf_reserve(&r->room, LIMIT_OPENED_LINE_BYTES)) {
        return r->room.failed;
    }
    bool full = b->n == OBS_BATCH_MAX || (b->n > 0 && (b->obs[0].type == OBS_LOG) != log) ||
                (line && row->data.payload.len > r->room.cap - r->room.len);
    return full ? flush(r) : ST_OK;
}

/* Of a row of a log that is in the batch already. */
static void read_line(struct recounter *r, const struct evidence_part *p,
                      const struct evidence_shown *s, const struct evidence_row *row,
                      struct obs_log *l)
{
    const char *why;
    bool opened = (row->opened & OPEN_DATA) != 0 && r->lines != NULL;
    r->unread = r->unread || !opened;
    if (opened &&
        evidence_line_read(r->lines, &r->room, s, (uint32_t)(row - s->rows), l, &why) != ST_OK &&
        r->false_line == NULL) {
        r->false_line = why;
        r->false_segment = (uint32_t)(p - r->c->parts);
        r->false_record = row->number;
    }
}

static enum status feed_row(struct recounter *r, const struct evidence_part *p,
                            const struct evidence_shown *s, const struct evidence_row *row)
{
    struct obs_batch *b = &r->batch;
    bool log = row->record.type == OBS_LOG;
    TRY(make_room(r, row));
    struct addr local = evidence_stand_ins_local(r->stand_ins, s, row);
    bool hidden = (row->opened & OPEN_HIDDEN) != 0 && !log;
    bool data = (row->opened & OPEN_DATA) != 0 && !log;
    struct evidence_opened opened = {.remote = &s->remote,
                                     .local = &local,
                                     .hidden = hidden ? &row->hidden : NULL,
                                     .data = data ? &row->data : NULL};
    struct observation *o = &b->obs[b->n];
    evidence_rebuild(&row->record, &opened, o, &b->quotes[b->n], &b->logs[b->n]);
    o->window = (row->record.flags & RECORD_DATA) != 0 && !data ? 0 : o->window;
    if (log) {
        read_line(r, p, s, row, &b->logs[b->n]);
    }
    o->pos = pos_make(0, r->rows++);
    r->local = r->local || (row->record.cls & (RECORD_TWIN | RECORD_INTERNAL)) != RECORD_TWIN;
    r->linked = r->linked && (row->opened & OPEN_LINK) != 0;
    r->hidden = r->hidden && (hidden || row->record.type != OBS_PACKET);
    r->opened = r->opened && (row->opened & OPEN_LINK) != 0 && s->tokens[row->token].known;
    b->n++;
    return ST_OK;
}

/* Rows of several remotes by time, each remote's own in their order. */
struct next_row {
    int64_t time_ns; /* the latest of its remote so far */
    const struct evidence_shown *shown;
    uint32_t row;
};

static int by_time(const void *a, const void *b)
{
    const struct next_row *x = a, *y = b;
    int order = (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
    order = order != 0 ? order : addr_compare(&x->shown->remote, &y->shown->remote);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

/* Does the part say all there is of this remote? */
static bool is_whole(const struct evidence_part *p, const struct addr *remote,
                     const struct evidence_shown *s)
{
    struct prefix query = prefix_of(remote, TRIE_BITS);
    struct evidence_answer found;
    evidence_trie_walk(&p->remotes, &query, &found);
    return found.found == FOUND_ABSENT ||
           (found.found == FOUND_LEAF && s != NULL && evidence_shown_complete(s));
}

static enum status feed_many(struct recounter *r, const struct evidence_part *p, size_t n)
{
    CLEANUP(free_ptr) struct next_row *rows = malloc((n + 1) * sizeof(*rows));
    if (rows == NULL) {
        return ST_NOMEM;
    }
    size_t at = 0;
    for (size_t i = 0; i < r->claim->remote_n; i++) {
        const struct evidence_shown *s = evidence_contents_shown(p, &r->claim->remotes[i]);
        int64_t latest = INT64_MIN;
        for (uint32_t k = 0; s != NULL && k < s->row_count; k++) {
            int64_t t = s->rows[k].record.time_ns;
            latest = t > latest ? t : latest;
            rows[at++] = (struct next_row){latest, s, k};
        }
    }
    qsort(rows, at, sizeof(*rows), by_time);
    for (size_t i = 0; i < at; i++) {
        TRY(feed_row(r, p, rows[i].shown, &rows[i].shown->rows[rows[i].row]));
    }
    return ST_OK;
}

static enum status feed_part(struct recounter *r, const struct evidence_part *p)
{
    size_t n = 0;
    for (size_t i = 0; i < r->claim->remote_n; i++) {
        const struct evidence_shown *s = evidence_contents_shown(p, &r->claim->remotes[i]);
        r->whole = r->whole && is_whole(p, &r->claim->remotes[i], s);
        n += s != NULL ? s->row_count : 0;
    }
    if (r->claim->remote_n > 1) {
        return feed_many(r, p, n);
    }
    const struct evidence_shown *s = evidence_contents_shown(p, &r->claim->remotes[0]);
    for (uint32_t k = 0; k < n; k++) {
        TRY(feed_row(r, p, s, &s->rows[k]));
    }
    return ST_OK;
}

/* --- findings ------------------------------------------------------------------------------ */

/* Formulas over fields that are zero mean nothing, nor do those that hold the target
 * over stand-ins. */
static bool mark_follows(const struct recounter *r, uint8_t mark)
{
    bool target = mark == TOOL_MASSCAN || mark == TOOL_MIRAI || mark == TOOL_UNICORNSCAN;
    return mark >= TOOL_AGENT || (r->hidden && (!target || r->opened));
}

static bool is_remote(const struct evidence_claim *c, const struct addr *a)
{
    return bsearch(a, c->remotes, c->remote_n, sizeof(*a), by_address) != NULL;
}

static void say_less(const struct recounter *r, struct finding *f)
{
    size_t tools = 0;
    for (size_t i = 0; i < f->tool_n; i++) {
        if (mark_follows(r, f->tools[i].mark)) {
            f->tools[tools++] = f->tools[i];
        }
    }
    f->tool_n = tools;
    f->flags &= ~(uint32_t)(r->local ? 0 : FINDING_INSIDE); /* both ends are outside */
    f->has_initiator = f->has_initiator && is_remote(r->claim, &f->initiator);
    f->has_victim = false;
    f->has_remote = r->claim->remote_n == 1;
    f->remote = r->claim->remotes[0];
    f->target_n = 0;
    f->source_n = 0;
    f->text_n = 0;
    f->flows.n = 0;
    f->spoof_n = 0;
    f->when.first_pos = 0;
    f->when.last_pos = 0;
    f->id[0] = '\0';
    f->part_of[0] = '\0';
    f->flags &= ~(uint32_t)FINDING_PART;
}

enum status evidence_recount(const struct evidence_contents *c, const struct evidence_claim *claim,
                             evidence_line_parse *lines, uint64_t seed,
                             struct evidence_recount *ret)
{
    CLEANUP(recounter_fini)
    struct recounter r = {.c = c,
                          .claim = claim,
                          .lines = lines,
                          .room = BUF_INIT(LIMIT_OPENED_LINE_BYTES),
                          .whole = true,
                          .linked = true,
                          .hidden = true,
                          .opened = true};
    struct detect_options opt = {.definitions = &c->definitions, .seed = seed, .part = true};
    struct remark_list remarks = {.n = 0};
    struct summary summary;
    const struct finding_list *findings;
    find_locals(&r, &opt.locals);
    TRY(detect_new(&opt, &r.detect));
    TRY(evidence_stand_ins_new(c, &r.stand_ins));
    for (uint32_t k = r.claim->from; k <= r.claim->to; k++) {
        TRY(feed_part(&r, &c->parts[k]));
    }
    TRY(flush(&r));
    TRY(detect_finish(r.detect, &remarks, &findings, &summary));
    if (summary.lost > 0 || summary.early > 0) {
        return ST_NOMEM; /* what there was no room for would be missing from what follows */
    }
    for (size_t i = 0; i < findings->n; i++) {
        say_less(&r, findings->items[i]);
    }
    *ret = (struct evidence_recount){.findings = findings,
                                     .rows = r.rows,
                                     .whole = r.whole,
                                     .closed = r.unread,
                                     .linked = r.linked,
                                     .false_line = r.false_line,
                                     .false_segment = r.false_segment,
                                     .false_record = r.false_record};
    ret->detect = TAKE(r.detect);
    return ST_OK;
}

void evidence_recount_fini(struct evidence_recount *r)
{
    detect_free(r->detect);
    *r = (struct evidence_recount){.detect = NULL};
}

static bool is_act(const struct finding *f, const struct finding *claimed)
{
    bool who = f->has_initiator == claimed->has_initiator &&
               (!f->has_initiator || addr_equal(&f->initiator, &claimed->initiator));
    return who && f->when.first_ns == claimed->when.first_ns &&
           strcmp(f->definition, claimed->definition) == 0 && strcmp(f->kind, claimed->kind) == 0 &&
           strcmp(f->protocol, claimed->protocol) == 0 && evidence_claim_technique(claimed, f);
}

const struct finding *evidence_recount_find(const struct evidence_recount *r,
                                            const struct finding *claimed, size_t before)
{
    const struct finding *near = NULL;
    for (size_t i = 0; i < r->findings->n; i++) {
        const struct finding *f = r->findings->items[i];
        if (!is_act(f, claimed)) {
            continue;
        }
        if (evidence_claim_differs(claimed, f) != NULL) {
            near = near == NULL ? f : near;
        } else if (before-- == 0) {
            return f;
        }
    }
    return near;
}

/* --- answers ---------------------------------------------------------------------------- */

bool evidence_recount_one_way(const struct evidence_contents *c, const struct evidence_claim *claim,
                              struct evidence_seen *ret)
{
    struct evidence_seen seen = {.connections = 0};
    for (uint32_t i = claim->from; i <= claim->to; i++) {
        const struct evidence_counters *n = &c->parts[i].header.counters;
        bool full = __builtin_add_overflow(seen.connections, n->connections, &seen.connections);
        seen.two_way = full ? 0 : seen.two_way + n->two_way; /* at most as many: header.h */
        seen.connections = full ? UINT64_MAX : seen.connections;
    }
    *ret = seen;
    return detect_needs_answers(&claim->finding) &&
           detect_one_way(seen.two_way, seen.connections - seen.two_way);
}

/* --- margins ---------------------------------------------------------------------------- */

static bool part_tells(const struct evidence_part *p, const struct evidence_claim *c)
{
    for (size_t i = 0; i < c->remote_n; i++) {
        if (!is_whole(p, &c->remotes[i], evidence_contents_shown(p, &c->remotes[i]))) {
            return false;
        }
    }
    return evidence_header_no_absence(&p->header, false) == NULL;
}

/* The span around a moment that these parts cover without a gap. */
static bool covered(const struct evidence_contents *c, const struct evidence_claim *claim,
                    int64_t from_ns, int64_t to_ns)
{
    int64_t reached = from_ns;
    bool began = false;
    for (uint32_t k = claim->from; k <= claim->to; k++) {
        const struct evidence_part *p = &c->parts[k];
        if (p->header.to_ns <= from_ns || p->header.from_ns > to_ns) {
            continue;
        }
        bool follows = !began ? p->header.from_ns <= from_ns : p->header.from_ns == reached;
        if (!follows || !part_tells(p, claim)) {
            return false;
        }
        began = true;
        reached = p->header.to_ns;
    }
    return began && reached > to_ns;
}

void evidence_recount_margins(const struct evidence_contents *c, const struct evidence_claim *x,
                              bool *ret_before, bool *ret_after)
{
    char name[DEFINITION_TEXT_MAX];
    const struct definition *d = NULL;
    for (size_t i = 0; i < c->definitions.n && d == NULL; i++) {
        definition_full_name(&c->definitions.items[i], name);
        d = strcmp(name, x->finding.definition) == 0 ? &c->definitions.items[i] : NULL;
    }
    *ret_before = false;
    *ret_after = false;
    uint64_t bound = 0;
    for (uint32_t k = x->from; k <= x->to; k++) {
        uint64_t b = c->parts[k].header.clock_bound_ns;
        bound = b > bound ? b : bound;
    }
    int64_t first = x->finding.when.first_ns, last = x->finding.when.last_ns, idle, from, to;
    if (d == NULL || bound > INT64_MAX / 2) {
        return;
    }
    idle = d->params[PARAM_IDLE_S] * TIME_SECOND + (int64_t)bound;
    if (__builtin_sub_overflow(first, idle, &from) || __builtin_add_overflow(last, idle, &to)) {
        return;
    }
    *ret_before = covered(c, x, from, last);
    *ret_after = covered(c, x, first, to);
}
