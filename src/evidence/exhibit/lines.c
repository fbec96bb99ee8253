/* evidence/exhibit/lines.c - lines against the clear fields of their records. */
#include "evidence/exhibit/lines.h"

#include <string.h>

/* What a record made of this observation would say otherwise; NULL: nothing. */
static const char *differs(const struct evidence_shown *s, const struct evidence_row *row,
                           const struct observation *o)
{
    const struct evidence_item item = {.obs = o};
    const struct evidence_record *r = &row->record;
    struct evidence_place places[2];
    struct evidence_record said;
    const struct local_nets none = {.n = 0}; /* a log line's remote is the one that it names */
    (void)evidence_record_places(&none, &item, places);
    evidence_record_clear(&item, &places[0], &said);
    bool known = (row->opened & OPEN_LINK) != 0 && s->tokens[row->token].known;
    if (!addr_equal(&places[0].remote, &s->remote)) {
        return "an opened line of a log names another remote than its record";
    }
    if (known && !addr_equal(&places[0].local, &s->tokens[row->token].local)) {
        return "an opened line of a log names another server than its record";
    }
    if (said.time_ns != r->time_ns) {
        return "an opened line of a log has another time than its record";
    }
    if (said.remote_port != r->remote_port || said.local_port != r->local_port) {
        return "an opened line of a log names other ports than its record";
    }
    bool same = said.proto == r->proto && said.cls == r->cls && said.code == r->code &&
                said.flags == (r->flags & (uint16_t)~RECORD_LATE) &&
                memcmp(said.ext, r->ext, sizeof(said.ext)) == 0;
    return same ? NULL : "an opened line of a log tells of something else than its record";
}

/* The line before, which was this remote's too; it says what is repeated. */
static void take_repeated(evidence_line_parse *parse, struct buf *room,
                          const struct evidence_shown *s, uint32_t i, struct obs_log *l)
{
    struct observation o;
    struct obs_log before;
    const struct evidence_row *row = &s->rows[i], *last = i > 0 ? row - 1 : row;
    if (last == row || last->number + 1 != row->number || (last->opened & OPEN_DATA) == 0 ||
        last->record.type != OBS_LOG ||
        parse(last->data.payload, false, last->record.time_ns, room, &o, &before) != ST_OK) {
        return;
    }
    o.log = &before;
    o.time_ns = row->record.time_ns;
    before.repeat = l->repeat;
    if (differs(s, row, &o) == NULL) {
        *l = before;
    }
}

enum status evidence_line_read(evidence_line_parse *parse, struct buf *room,
                               const struct evidence_shown *s, uint32_t i, struct obs_log *l,
                               const char **ret_why)
{
    const struct evidence_row *row = &s->rows[i];
    const size_t begin = room->len;
    *ret_why = "an opened line of a log is none that a record is made of";
    /* Whether the log ended inside this line is not known: then its last word counted
     * for less. */
    for (int cut = 0; cut < 2; cut++) {
        struct observation o;
        struct obs_log said;
        enum status st = parse(row->data.payload, cut != 0, row->record.time_ns, room, &o, &said);
        if (st == ST_END && said.repeat == l->repeat && o.time_ns == row->record.time_ns &&
            l->service == said.service) {
            take_repeated(parse, room, s, i, l);
            return ST_OK;
        }
        if (st == ST_OK) {
            o.log = &said;
            const char *why = differs(s, row, &o);
            if (why == NULL) {
                *l = said;
                return ST_OK;
            }
            *ret_why = cut == 0 ? why : *ret_why;
        }
        room->len = begin;
    }
    return ST_MISMATCH;
}
