/* report/page_data.c - all findings for the page's script, small.
 *
 * Two kinds of blocks, each compressed (base/core/deflate) and in base64, whose
 * letters are no markup: first the columns of the table, as JSON, words by number;
 * then the findings in full, PAGE_CHUNK to a block, as the lines that --json
 * writes (report/page_pack). The script opens a block when somebody looks at a finding in it.
 */
#include <stdlib.h>

#include "attribute/intern.h"
#include "base/core/base64.h"
#include "base/core/deflate.h"
#include "base/core/emit.h"
#include "base/core/timefmt.h"
#include "report/page_pack.h"
#include "report/page_parts.h"

enum { WORDS_MAX = 1 << 24, WORDS_MAX_BYTES = 1 << 30, ID_SHOWN = 12 };

struct row {
    const struct view_finding *vf;
    struct kind_advice advice;
    size_t group;
};

struct rows {
    struct row *items;
    size_t n;
    struct attribute_intern words;
};

/* --- which, in which order -------------------------------------------------------------- */

/* What matters most first, then what is on the allow-list. */
static enum status collect(struct page *p, struct rows *ret)
{
    const struct groups *g = &p->s.groups;
    ret->items = calloc(p->v->finding_n + 1, sizeof(*ret->items));
    if (ret->items == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < g->n; i++) {
        for (size_t k = 0; k < g->groups[i].n; k++) {
            const struct group_item *it = &g->groups[i].items[k];
            ret->items[ret->n++] = (struct row){it->vf, it->advice, i};
        }
    }
    for (size_t i = 0; i < p->v->finding_n; i++) {
        const struct view_finding *vf = &p->v->findings[i];
        if ((vf->finding->flags & (FINDING_ALLOWED | FINDING_BELOW)) == FINDING_ALLOWED) {
            ret->items[ret->n++] = (struct row){vf, kind_advise(vf->finding), g->n};
        }
    }
    return ST_OK;
}

/* --- columns ------------------------------------------------------------------------------ */

static void word(struct emit *j, struct rows *r, struct bytes s)
{
    uint32_t n = 0;
    enum status st = attribute_intern_add(&r->words, s, &n);
    if (st != ST_OK) {
        j->out->failed = st;
    }
    emit_u64(j, n);
}

static void word_str(struct emit *j, struct rows *r, const char *s)
{
    word(j, r, bytes_of(s, strlen(s)));
}

static void word_addr(struct emit *j, struct rows *r, bool has, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    word(j, r, bytes_of(text, has ? addr_format(a, text) : 0));
}

typedef void column_cell(struct emit *j, struct rows *r, const struct row *x);

static void cell_id(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_text(j, bytes_of(x->vf->finding->id, ID_SHOWN)); /* enough to tell them apart */
}

static void cell_definition(struct emit *j, struct rows *r, const struct row *x)
{
    word_str(j, r, x->vf->finding->definition);
}

static void cell_kind(struct emit *j, struct rows *r, const struct row *x)
{
    word_str(j, r, x->vf->finding->kind);
}

static void cell_title(struct emit *j, struct rows *r, const struct row *x)
{
    word_str(j, r, kind_title(x->vf->finding));
}

static void cell_initiator(struct emit *j, struct rows *r, const struct row *x)
{
    const struct finding *f = x->vf->finding;
    word_addr(j, r, f->has_initiator && (f->flags & FINDING_MANY) == 0, &f->initiator);
}

static void cell_victim(struct emit *j, struct rows *r, const struct row *x)
{
    word_addr(j, r, x->vf->finding->has_victim, &x->vf->finding->victim);
}

static void cell_network(struct emit *j, struct rows *r, const struct row *x)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
    const struct origin *o = page_origin(x->vf);
    for (size_t i = 0; o != NULL && i < o->n_as; i++) {
        buf_printf(&text, "%sAS%u %s", i ? " or " : "", (unsigned)o->as[i].number, o->as[i].name);
    }
    word(j, r, text_trim(buf_bytes(&text)));
}

static void cell_country(struct emit *j, struct rows *r, const struct row *x)
{
    const struct origin *o = page_origin(x->vf);
    word_str(j, r, o != NULL && o->located.word == ORIGIN_AGREED ? o->located.code : "");
}

static void cell_address(struct emit *j, struct rows *r, const struct row *x)
{
    word_str(j, r, view_authentic_told(x->vf) ? act_authentic(view_authentic(x->vf)) : "");
}

static void cell_first(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_i64(j, x->vf->finding->when.first_ns / (TIME_SECOND / 1000));
}

static void cell_length(struct emit *j, struct rows *r, const struct row *x)
{
    const struct extent *e = &x->vf->finding->when;
    (void)r;
    emit_i64(j, time_abs_diff(e->last_ns, e->first_ns) / (TIME_SECOND / 1000));
}

static void cell_size(struct emit *j, struct rows *r, const struct row *x)
{
    const struct finding *f = x->vf->finding;
    (void)r;
    emit_u64(j, f->attempts > f->packets ? f->attempts : f->packets);
}

static void cell_targets(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_u64(j, x->vf->finding->targets);
}

static void cell_ports(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_u64(j, x->vf->finding->ports);
}

/* 0 got in, 1 needs doing, 2 can be ignored, 3 on the allow-list. */
static void cell_question(struct emit *j, struct rows *r, const struct row *x)
{
    bool allowed = (x->vf->finding->flags & FINDING_ALLOWED) != 0;
    (void)r;
    emit_u64(j, allowed ? 3 : (uint64_t)x->advice.question);
}

static void cell_weight(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_u64(j, x->advice.weight);
}

static void cell_group(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_u64(j, x->group);
}

static void cell_assumes(struct emit *j, struct rows *r, const struct row *x)
{
    (void)r;
    emit_u64(j, page_assumes(x->vf));
}

/* The whole that it is part of; a whole is of itself. */
static void cell_whole(struct emit *j, struct rows *r, const struct row *x)
{
    const struct finding *f = x->vf->finding;
    word_str(j, r,
             (f->flags & FINDING_PART) != 0   ? f->part_of
             : (f->flags & FINDING_MANY) != 0 ? f->id
                                              : "");
}

static void cell_act(struct emit *j, struct rows *r, const struct row *x)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 16);
    (void)r;
    act_tell(&text, x->vf->finding, NAMES_MOST);
    emit_text(j, buf_bytes(&text));
    j->out->failed = text.failed != ST_OK ? text.failed : j->out->failed;
}

/* The names are those of web/report/data.ts. */
static const struct {
    const char *name;
    column_cell *cell;
} columns[] = {
    {"id", cell_id},
    {"definition", cell_definition},
    {"kind", cell_kind},
    {"title", cell_title},
    {"initiator", cell_initiator},
    {"victim", cell_victim},
    {"network", cell_network},
    {"country", cell_country},
    {"address", cell_address},
    {"first", cell_first},
    {"length", cell_length},
    {"size", cell_size},
    {"targets", cell_targets},
    {"ports", cell_ports},
    {"question", cell_question},
    {"weight", cell_weight},
    {"group", cell_group},
    {"whole", cell_whole},
    {"assumes", cell_assumes},
    {"act", cell_act},
};

static void words(struct emit *j, const struct attribute_intern *t)
{
    emit_key(j, "words");
    emit_array(j);
    for (size_t i = 0; i < t->n; i++) {
        size_t len = t->starts[i + 1] - t->starts[i];
        emit_text(j, len > 0 ? bytes_of(t->bytes.data + t->starts[i], len) : bytes_of("", 0));
    }
    emit_array_end(j);
}

static void columns_json(struct buf *out, struct rows *r)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_u64(&j, "rows", r->n);
    emit_member_u64(&j, "chunk", PAGE_CHUNK);
    for (size_t c = 0; c < ARRAY_LEN(columns); c++) {
        emit_key(&j, columns[c].name);
        emit_array(&j);
        for (size_t i = 0; i < r->n; i++) {
            columns[c].cell(&j, r, &r->items[i]);
        }
        emit_array_end(&j);
    }
    words(&j, &r->words);
    emit_key(&j, "assumptions");
    emit_array(&j);
    for (size_t i = 0; i < PAGE_ASSUMPTIONS; i++) {
        emit_str(&j, page_assumptions[i]);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

/* --- blocks -------------------------------------------------------------------------------- */

static void block(struct page *p, const char *kind, struct buf *content)
{
    CLEANUP(buf_fini) struct buf small = BUF_INIT(p->out->max);
    deflate_append(&small, buf_bytes(content));
    buf_printf(p->out, "<script type=\"application/octet-stream\" data-block=\"%s\">", kind);
    base64_append(p->out, buf_bytes(&small));
    buf_str(p->out, "</script>\n");
    enum status st = content->failed != ST_OK ? content->failed : small.failed;
    p->out->failed = st != ST_OK ? st : p->out->failed;
    buf_clear(content);
}

/* Findings from..to, in full. */
static enum status findings(struct page *p, const struct rows *r, size_t from, size_t to)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(p->out->max);
    CLEANUP(buf_fini) struct buf content = BUF_INIT(p->out->max);
    CLEANUP(page_pack_fini) struct page_pack pack;
    TRY(page_pack_begin(&pack, p->opt->seed));
    for (size_t i = from; i < to; i++) {
        buf_clear(&line);
        report_json_finding(&line, p->v, r->items[i].vf);
        TRY(line.failed);
        page_pack_add(&pack, bytes_of(line.data, line.len - 1)); /* without its end */
    }
    page_pack_end(&pack, &content);
    block(p, "findings", &content);
    return ST_OK;
}

static enum status blocks(struct page *p, struct rows *r)
{
    CLEANUP(buf_fini) struct buf content = BUF_INIT(p->out->max);
    columns_json(&content, r);
    block(p, "columns", &content);
    for (size_t i = 0; i < r->n; i += PAGE_CHUNK) {
        TRY(findings(p, r, i, i + PAGE_CHUNK < r->n ? i + PAGE_CHUNK : r->n));
    }
    return ST_OK;
}

void page_data(struct page *p)
{
    struct rows r = {.items = NULL};
    enum status st = attribute_intern_init(&r.words, WORDS_MAX, WORDS_MAX_BYTES, p->opt->seed);
    st = st == ST_OK ? collect(p, &r) : st;
    st = st == ST_OK ? blocks(p, &r) : st;
    p->out->failed = st != ST_OK ? st : p->out->failed;
    attribute_intern_fini(&r.words);
    free(r.items);
}
