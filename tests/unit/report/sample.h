/* tests/unit/report/sample.h - views made up for tests. */
#pragma once

#include "report/view.h"

enum { SAMPLE_INPUTS = 2, SAMPLE_REMARKS = 4 };

struct sample {
    struct view v;
    struct view_input inputs[SAMPLE_INPUTS];
    struct finding_list list;
    struct view_finding *findings;
    struct origin *origins; /* one for each finding */
    size_t cap;
    struct remark remarks[SAMPLE_REMARKS];
    struct summary summary;
    struct origin_sources sources;
    struct definition_set definitions;
};

/* Room for so many findings; ends the program without memory. */
struct sample *sample_new(size_t cap);
void sample_free(struct sample *s);

/* A finding of a kind by an address, with ordinary numbers. */
struct finding *sample_add(struct sample *s, const char *kind, const char *initiator);
/* The view of the finding added last. */
struct view_finding *sample_last(struct sample *s);
void sample_remark(struct sample *s, enum remark_code code, bool partial);

/* One of everything: kinds, sides, marks, origins, remarks. */
struct sample *sample_full(void);

/* So many scanners, each with a finding or two. */
struct sample *sample_scanners(size_t n);
