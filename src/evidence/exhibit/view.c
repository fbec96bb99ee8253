/* evidence/exhibit/view.c - one walk over all rows, which makes both views.
 *
 * Whoever writes has them appended; whoever checks has each piece held against what
 * stands in its place.
 */
#include "evidence/exhibit/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view_row.h"
#include "evidence/rebuild.h"

/* Where a view goes. */
struct view_end {
    struct buf *to;    /* NULL: checking */
    struct bytes have; /* what is left to compare */
    bool same;
};

static void end_put(struct view_end *e, const void *data, size_t n)
{
    if (e->to != NULL) {
        buf_append(e->to, data, n);
        return;
    }
    e->same = e->same && n <= e->have.len && (n == 0 || memcmp(e->have.data, data, n) == 0);
    if (e->same) {
        e->have = bytes_of(e->have.data + n, e->have.len - n);
    }
}

struct viewer {
    struct view_end csv, pcap;
    struct view_csv_memory memory;
    char line[VIEW_LINE_BYTES];
    uint8_t block[VIEW_BLOCK_BYTES];
};

static void view_row(struct viewer *v, size_t part, const struct evidence_shown *s,
                     const struct evidence_row *row)
{
    struct view_row r = {.part = part, .row = row};
    const struct addr *known = evidence_row_local(s, row);
    bool log = row->record.type == OBS_LOG;
    bool hidden = (row->opened & OPEN_HIDDEN) != 0 && !log;
    bool data = (row->opened & OPEN_DATA) != 0 && !log;
    struct addr stand_in;
    if (known == NULL) {
        stand_in = evidence_stand_in(row->stand_in, (row->record.flags & RECORD_V6) != 0);
    }
    struct evidence_opened opened = {.remote = &s->remote,
                                     .local = known != NULL ? known : &stand_in,
                                     .hidden = hidden ? &row->hidden : NULL,
                                     .data = data ? &row->data : NULL};
    r.opened = known != NULL;
    evidence_rebuild(&row->record, &opened, &r.obs, &r.quote, &r.log);
    end_put(&v->csv, v->line, view_csv_row(&v->memory, &r, v->line));
    end_put(&v->pcap, v->block, view_pcap_row(&r, v->block));
}

static bool is_over(const struct view_end *e)
{
    return e->to != NULL ? e->to->failed != ST_OK : !e->same;
}

/* All rows: by segment, remote, number. */
static void view_all(struct viewer *v, const struct evidence_contents *c)
{
    for (size_t k = 0; k < c->part_n; k++) {
        for (size_t i = 0; i < c->parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->parts[k].shown[i];
            for (uint32_t n = 0; n < s->row_count; n++) {
                view_row(v, k, s, &s->rows[n]);
            }
            if (is_over(&v->csv) && is_over(&v->pcap)) {
                return; /* nothing can change any more */
            }
        }
    }
}

static enum status view_both(const struct evidence_contents *c, struct view_end *csv,
                             struct view_end *pcap)
{
    CLEANUP(free_ptr) struct viewer *v = calloc(1, sizeof(*v));
    CLEANUP(buf_fini) struct buf head = BUF_INIT(1024);
    if (v == NULL) {
        return ST_NOMEM;
    }
    assert(c->numbered);
    view_pcap_head(&head);
    TRY(head.failed);
    v->csv = *csv;
    v->pcap = *pcap;
    end_put(&v->csv, view_csv_head, strlen(view_csv_head));
    end_put(&v->pcap, head.data, head.len);
    view_all(v, c);
    *csv = v->csv;
    *pcap = v->pcap;
    return ST_OK;
}

enum status evidence_view_write(const struct evidence_contents *c, struct buf *csv,
                                struct buf *pcap)
{
    struct view_end to_csv = {.to = csv}, to_pcap = {.to = pcap};
    TRY(view_both(c, &to_csv, &to_pcap));
    return csv->failed != ST_OK ? csv->failed : pcap->failed;
}

enum status evidence_view_check(const struct evidence_contents *c, struct bytes csv,
                                struct bytes pcap, struct evidence_view_same *ret)
{
    struct view_end have_csv = {.have = csv, .same = true},
                    have_pcap = {.have = pcap, .same = true};
    TRY(view_both(c, &have_csv, &have_pcap));
    *ret = (struct evidence_view_same){have_csv.same && have_csv.have.len == 0,
                                       have_pcap.same && have_pcap.have.len == 0};
    return ST_OK;
}
