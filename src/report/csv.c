/* report/csv.c - one line a finding (RFC 4180), for spreadsheets and scripts. */
#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/kind.h"
#include "base/model/tool.h"
#include "report/view.h"

/* A line is written field by field, each with its comma behind it. */
static const char header[] =
    "id,state,definition,kind,technique,protocol,side,initiator,remote,victim,first,last,packets,"
    "lines,targets,ports,port_list,answered,refused,sessions,sources,attempts,accepted,users,paths,"
    "missing,peak,tool,authentic,prefix,as,as_name,registered,located,flags,part_of,question,"
    "innocent_explanation,next_step\r\n";

static void field(struct buf *out, const char *text)
{
    text_csv(out, bytes_of(text, strlen(text)));
    buf_byte(out, ',');
}

static void number(struct buf *out, bool has, uint64_t v)
{
    if (has) {
        buf_printf(out, "%" PRIu64, v);
    }
    buf_byte(out, ',');
}

static void address(struct buf *out, bool has, const struct addr *a)
{
    char text[ADDR_TEXT_MAX] = "";
    if (has) {
        (void)addr_format(a, text);
    }
    field(out, text);
}

static void instant(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format(ns, text);
    field(out, text);
}

static const char *state(const struct finding *f)
{
    if ((f->flags & FINDING_BELOW) != 0) {
        return "below";
    }
    return (f->flags & FINDING_ALLOWED) != 0 ? "allowed" : "finding";
}

static void who(struct buf *out, const struct finding *f)
{
    field(out, f->id);
    field(out, state(f));
    field(out, f->definition);
    field(out, f->kind);
    field(out, f->technique);
    field(out, f->protocol);
    field(out, view_side(f));
    address(out, f->has_initiator && (f->flags & FINDING_MANY) == 0, &f->initiator);
    address(out, f->has_remote, &f->remote);
    address(out, f->has_victim, &f->victim);
    instant(out, f->when.first_ns);
    instant(out, f->when.last_ns);
}

static void counts(struct buf *out, const struct finding *f)
{
    bool lines = (f->flags & FINDING_LOG) != 0;
    number(out, !lines, f->packets);
    number(out, lines, f->packets);
    number(out, true, f->targets);
    number(out, true, f->ports);
    for (size_t i = 0; i < f->port_n; i++) {
        buf_printf(out, "%s%u", i ? " " : "", f->port_list[i]);
    }
    buf_byte(out, ',');
    const uint64_t rest[] = {f->answered, f->refused, f->sessions, f->sources, f->attempts,
                             f->accepted, f->users,   f->paths,    f->missing, f->peak};
    for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
        number(out, true, rest[i]);
    }
    for (size_t i = 0; i < f->tool_n; i++) {
        buf_printf(out, "%s%s", i ? " " : "", tool_name((enum tool_mark)f->tools[i].mark));
    }
    buf_byte(out, ',');
}

/* What is not agreed on is empty: JSON has every value with its sources. */
static void origin(struct buf *out, const struct origin *o)
{
    static const struct origin none;
    o = o != NULL ? o : &none;
    char net[PREFIX_TEXT_MAX] = "";
    if (o->has_net) {
        (void)prefix_format(&o->net, net);
    }
    field(out, net);
    number(out, o->n_as == 1, o->as[0].number);
    field(out, o->n_as == 1 ? o->as[0].name : "");
    field(out, o->registered.code);
    field(out, o->located.code);
    const char *gap = "";
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((o->flags >> i & 1) != 0) {
            buf_printf(out, "%s%s", gap, origin_flag_name((enum origin_flag)i));
            gap = " ";
        }
    }
    buf_byte(out, ',');
}

void report_csv_header(struct buf *out)
{
    buf_str(out, header);
}

void report_csv_finding(struct buf *out, const struct view_finding *vf)
{
    const struct finding *f = vf->finding;
    struct kind_advice advice = kind_advise(f);
    who(out, f);
    counts(out, f);
    field(out, authentic_word(view_authentic(vf)));
    origin(out, vf->origin);
    field(out, (f->flags & FINDING_PART) != 0 ? f->part_of : "");
    field(out, kind_question_name(advice.question));
    field(out, advice.innocent);
    text_csv(out, bytes_of(advice.step, strlen(advice.step)));
    buf_str(out, "\r\n");
}

void report_csv(struct buf *out, const struct view *v)
{
    report_csv_header(out);
    for (size_t i = 0; i < v->finding_n; i++) {
        report_csv_finding(out, &v->findings[i]);
    }
}
