/* cli/analysis.h - what the commands that read inputs have in common: from files
 * to findings that were asked for, each with where its remote seems to be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli/locate.h"
#include "cli/reader.h"
#include "cli/settings.h"
#include "report/view.h"

struct analysis {
    struct settings settings;
    struct reader_file *files;
    size_t file_n;
    struct reading reading;
    struct view_finding *shown; /* those that the settings select */
    size_t shown_n, found, outside_got_in;
    struct located located;
    bool partial;                     /* something was not read */
    struct sealing *sealing;          /* what is read is sealed, too; borrowed, or NULL */
    const struct reader_watch *watch; /* borrowed; or NULL */
    bool unlocated;                   /* nobody's whereabouts are asked for */
};

/* NULL without memory; said. */
struct analysis *analysis_new(const char *command);
void analysis_free(struct analysis *a);
static inline void analysis_freep(struct analysis **a)
{
    analysis_free(*a);
}

/* Check the settings and open the inputs; false: none could be, or wrong use.
 * What is wrong was said. */
bool analysis_open(struct analysis *a, char **names, int n);
/* Read alone. False: nothing could be done; said. */
bool analysis_read(struct analysis *a);
/* The same for one input that is open already; it is closed in any case. */
bool analysis_take(struct analysis *a, const char *name, int fd);
/* Read, judge, select, look up. False: nothing could be done; said. */
bool analysis_run(struct analysis *a);
