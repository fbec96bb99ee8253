/* report/calibrate.h - a calibration as a document and in JSON.
 *
 * Judgements of scenarios side by side; nobody gets a mark.
 */
#pragma once

#include "exchange/calibrate/agree.h"
#include "exchange/calibrate/change.h"
#include "report/document.h"

/* A capture under one party's definitions. */
struct calibrate_seen {
    bool looked, found;
    char definition[DEFINITION_TEXT_MAX]; /* of the first finding */
};

/* The definitions of `with` find something in it, those of `without` do not. */
struct calibrate_difference {
    size_t scenario, without, with;
    struct calibrate_flips flips;
};

struct calibrate_view {
    const struct calibrate_fold *fold;
    size_t self; /* the reader's place among the parties */
    bool open;   /* judgements may be shown */
    struct calibrate_seen (*seen)[LIMIT_CALIBRATE_PARTIES]; /* for each scenario; NULL: the
                                                               captures were not looked at */
    struct calibrate_difference *differences;
    size_t difference_n;
};

void report_calibrate(struct document *d, const struct calibrate_view *v);
/* JSON Lines: calibration, party, scenario, agreement, difference. */
void report_calibrate_json(struct buf *out, const struct calibrate_view *v);
/* The first of those lines alone. */
void report_calibrate_state_json(struct buf *out, const struct calibrate_fold *f);
