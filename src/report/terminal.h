/* report/terminal.h - what the parts of the terminal's report share. */
#pragma once

#include "base/core/timefmt.h"
#include "report/act.h"
#include "report/group.h"
#include "report/layout.h"
#include "report/view.h"

enum { INDENT = 2, NAMES_MOST = 3, INPUT_COLUMNS = 60 };

struct screen {
    const struct view *v;
    const struct terminal_options *opt;
    struct layout l;
    struct buf say; /* the sentence that is being made */
    struct groups groups;
    bool filtered, one_day, anything;
    bool glossed;          /* "two-way proven" was explained */
    size_t shown;          /* groups */
    const char *last_step; /* so that it is not said twice in a row */
};

/* To end with screen_end, also when it fails. The layout is that of a terminal. */
MUST_USE enum status screen_begin(struct screen *s, struct buf *out, const struct view *v,
                                  const struct terminal_options *opt);
void screen_end(struct screen *s);

/* Put the sentence into the open paragraph; the next one begins. */
void screen_flow(struct screen *s, enum tone tone);
/* The sentence as a paragraph of its own. */
void screen_say(struct screen *s, unsigned first, unsigned rest, enum tone tone);

void screen_heading(struct screen *s, const char *text);

/* What was read, and what was asked for. */
void extent_tell(struct screen *s);
/* Did anyone get in? */
void verdict_tell(struct screen *s);
/* What needs doing? */
void todo_tell(struct screen *s);
/* A group in a few lines. */
void block_group(struct screen *s, const struct group *g);
/* The two halves of that: who and from where; one act. */
void block_head(struct screen *s, const struct group *g);
void block_act(struct screen *s, const struct finding *f);
/* A group with all its findings and all that is known of them. */
void detail_group(struct screen *s, const struct group *g);
/* One of its findings; where its remote seems to be. */
void detail_finding(struct screen *s, const struct group_item *it);
void detail_origin(struct screen *s, const struct view_finding *vf);
/* The rungs of a finding, below what was said of it. */
void detail_ladder(struct screen *s, const struct view_finding *vf);
/* What can be ignored? */
void ignored_tell(struct screen *s);
/* Near misses, remarks, sources. */
void ending_tell(struct screen *s);
