/* capture/log_line.h - one line of any log that is read here.
 *
 * Each line is told by its own look and read alone, so that files may be
 * concatenated, and cut anywhere, without changing what is read.
 */
#pragma once

#include <stdint.h>

#include "base/model/observation.h"
#include "capture/log_json.h"
#include "capture/log_scan.h"
#include "capture/log_time.h"

struct log_reader {
    struct log_clock clock;
    struct log_room room; /* for decoded text of the batch being made */
    /* What the last line was, besides what is returned: */
    struct log_stamp stamp; /* with OBSERVATION, REPEAT and TIME */
    uint32_t repeat;        /* with REPEAT */
    enum log_form form;     /* unless NOTHING or ROOM */
    bool sshd;              /* sshd wrote it */
    bool clear;             /* its form cannot be taken for another's */
};

/* With OBSERVATION o and l are filled, but for o's pos and log; their text is
 * borrowed from the line or r's room. Else they hold anything. */
enum log_found log_line_read(struct log_reader *r, struct log_text line, struct observation *o,
                             struct obs_log *l);

/* The name of a form, for people: with sshd's lines in it, or without. Never NULL. */
const char *log_form_name(enum log_form form, bool sshd);

/* Does the text begin like a log? Looks at the whole lines of the first 64 KiB;
 * the form that most of them have, or NULL. */
const char *log_line_sniff(struct bytes first);
