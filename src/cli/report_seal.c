/* cli/report_seal.c - from the ledger's newest checkpoint, and from the segments' headers. */
#include "cli/report_seal.h"

#include <stdint.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "cli/say.h"
#include "evidence/home/public.h"
#include "evidence/rest/shelf.h"

enum { NAME_COLUMNS = 80 };

struct sealed {
    const struct evidence_shelf *shelf;
    uint64_t files, segments;
    int64_t first_ns, last_ns;
    struct fault *why;
};

static enum status see_segment(void *ctx, const struct evidence_at_rest *p)
{
    struct sealed *s = ctx;
    int64_t from = p->rest->header.from_ns;
    int64_t to = p->rest->header.to_ns;
    s->first_ns = from < s->first_ns ? from : s->first_ns;
    s->last_ns = to > s->last_ns ? to : s->last_ns;
    s->segments++;
    return ST_OK;
}

static enum status see_file(void *ctx, const struct evidence_file *f)
{
    static const struct evidence_sought all = {.from_ns = INT64_MIN, .to_ns = INT64_MAX};
    struct sealed *s = ctx;
    s->files++;
    return evidence_shelf_find(s->shelf, f, &all, see_segment, s, s->why);
}

static enum status count(const struct evidence_home *home, struct sealed *s)
{
    struct evidence_engine engine;
    struct evidence_shelf shelf;
    TRY(evidence_engine_init(&engine));
    enum status st =
        evidence_shelf_open(&engine, &home->files, home->dir_fd, &home->party, &shelf, s->why);
    if (st == ST_OK) {
        s->shelf = &shelf;
        st = evidence_shelf_files(&shelf, see_file, s, s->why);
        evidence_shelf_fini(&shelf);
    }
    return st;
}

static void tell_segments(struct buf *out, const struct sealed *s)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    if (s->segments == 0) {
        buf_str(out, "Nothing is sealed in this home yet. ");
        return;
    }
    (void)time_format_short(s->first_ns, first);
    (void)time_format_short(s->last_ns, last);
    text_count(out, s->files);
    buf_str(out, s->files == 1 ? " input is" : " inputs are");
    buf_str(out, " sealed in this home, ");
    text_count(out, s->segments);
    buf_printf(out, "%s somewhere between %s and %s UTC. ",
               s->segments == 1 ? " segment" : " segments", first, last);
    buf_str(out, "A segment's bounds say where its records may lie, not that there was always "
                 "somebody watching. ");
}

/* Signatures by other keys than the ledger's own are for the reader to trust or not. */
static void tell_checkpoint(struct buf *out, const struct evidence_public *p)
{
    size_t others = 0;
    buf_str(out, "Its ledger ");
    text_show(out, p->checkpoint.origin, NAME_COLUMNS);
    buf_str(out, " has ");
    text_count(out, p->checkpoint.size);
    buf_str(out, p->checkpoint.size == 1 ? " entry" : " entries");
    for (size_t i = 0; i < p->note.lines; i++) {
        if (!bytes_equal(p->note.line[i].name, p->checkpoint.origin)) {
            buf_str(out,
                    others++ == 0 ? "; cosignatures that its newest checkpoint carries: " : ", ");
            text_show(out, p->note.line[i].name, NAME_COLUMNS);
        }
    }
    buf_str(out, others == 0 ? "; no witness has cosigned its newest checkpoint. " : ". ");
    buf_str(out, "Whether a finding follows from what is sealed, an exhibit shows.");
}

bool report_seal_tell(const struct evidence_home *home, struct buf *out)
{
    struct evidence_public p;
    struct fault why = {0};
    struct sealed s = {.first_ns = INT64_MAX, .last_ns = INT64_MIN, .why = &why};
    enum status st = count(home, &s);
    if (st == ST_OK) {
        st = evidence_public_read(&home->party, "log/", &p, &why);
    }
    if (st != ST_OK) {
        say_fault(home->path, st, &why);
        return false;
    }
    tell_segments(out, &s);
    tell_checkpoint(out, &p);
    evidence_public_fini(&p);
    return true;
}
