/* report/view.h - what a report shows, before it has a form.
 *
 * The terminal, JSON and CSV show the same numbers because they are made from
 * one view. All of it is borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/ladder.h"
#include "attribute/spoof.h"
#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/baseline.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/origin.h"
#include "base/model/remark.h"
#include "base/model/summary.h"
#include "base/model/trace.h"

struct view_input {
    const char *name;   /* as the user gave it; "-" is standard input */
    const char *format; /* "pcap (gzip)", "sshd log (syslog)"... */
    uint64_t records;   /* packets or lines */
    bool log;           /* it has lines */
    bool has_time;
    int64_t first_ns; /* of its first record */
};

struct view_finding {
    const struct finding *finding;
    const struct origin *origin; /* of its remote; NULL: none was asked for */
    bool tested;                 /* the sources of a flood were */
    struct attribute_spoof_result spoof;
    const struct trace *trace; /* some of its records; NULL: not looked for */
};

/* Which findings were asked for. */
struct view_filter {
    const char *kind;   /* "scan.vertical", or a prefix of names: "scan"; NULL: all */
    const char *remote; /* as text, for the report's words; NULL: all */
    bool has_since, has_until;
    int64_t since_ns, until_ns;
};

struct view {
    const char *version; /* of the program; NULL: not told */
    const struct view_input *inputs;
    size_t input_n;
    const struct view_finding *findings; /* those that pass the filter, in output order */
    size_t finding_n;
    bool stored;           /* they come from a store: no input was read for them */
    size_t found;          /* before the filter */
    size_t outside_got_in; /* of those that do not pass it, how many tell that somebody got in */
    const struct remark *remarks;
    size_t remark_n;
    const struct summary *summary;
    const struct origin_sources *sources; /* NULL: none */
    const struct baseline *baselines[2];  /* of IPv4, of IPv6; NULL: too few remotes to need one */
    const struct definition_set *definitions;
    struct view_filter filter;
};

struct terminal_options {
    unsigned columns; /* of the terminal; 0: not one, 80 are taken */
    bool colour;
    bool unicode; /* the locale's coding is UTF-8 */
    bool all;     /* every finding in full */
    bool explain; /* the rungs below each remote */
    size_t top;   /* how many findings the first screen names, 0: its own choice */
};

/* The first rung, the test of a flood's sources included. */
enum authentic view_authentic(const struct view_finding *vf);
/* Was it looked at? Another tool's rule need not see answers. */
bool view_authentic_told(const struct view_finding *vf);
/* The rungs of a finding; to give to ladder_fini. `sources` may be NULL. */
void view_ladder(const struct view_finding *vf, const struct origin_sources *sources,
                 struct ladder *ret);
/* "inside", "outside" or "unknown": where the initiator is. */
const char *view_side(const struct finding *f);
/* A finding proper: neither a near miss nor on the allow-list. */
bool view_counts(const struct finding *f);
/* The input at a position; NULL when there is none such. */
const struct view_input *view_input_at(const struct view *v, uint64_t pos);

/* All may fail for memory or past the buffer's maximum: out->failed. */
/* The report for people. */
void report_terminal(struct buf *out, const struct view *v, const struct terminal_options *opt);
/* JSON Lines: findings, then remarks, then the summary
 * (docs/schemas/analyze.schema.json). */
void report_json(struct buf *out, const struct view *v);
/* The line of one finding in it; of the view, the inputs and sources count. */
void report_json_finding(struct buf *out, const struct view *v, const struct view_finding *vf);
/* One line a finding, with a header line (RFC 4180). */
void report_csv(struct buf *out, const struct view *v);
/* The same, line by line. */
void report_csv_header(struct buf *out);
void report_csv_finding(struct buf *out, const struct view_finding *vf);
