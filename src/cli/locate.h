/* cli/locate.h - where remotes seem to be, asked in a process that can do
 * nothing else: databases are hostile input too. */
#pragma once

#include "base/core/arena.h"
#include "base/core/status.h"
#include "base/model/contact.h"
#include "base/model/origin.h"
#include "cli/reader.h"
#include "report/view.h"

struct located_contact {
    const struct contact *contact;     /* NULL: no answer is about the address */
    const struct contact_query *query; /* NULL when there is a contact with mail */
};

struct located {
    struct arena arena; /* origins and words */
    struct origin_sources sources;
    struct baseline *baselines[2];    /* of IPv4, of IPv6; NULL: there were few remotes */
    bool known;                       /* the sources were told */
    struct located_contact *contacts; /* one for each finding, when they were asked for */
};

struct locate_job {
    const char *const *specs; /* see attribute/spec.h */
    size_t spec_n;
    bool contacts; /* also whom to write to about each remote */
    bool alone;    /* without what Debian's packages install */
    bool baseline; /* also what random addresses look like, if there are many remotes */
    bool all;      /* read every source, whatever addresses are met */
    int64_t now_ns;
};

/* Fill origin and spoof of the findings. What went wrong is a remark: then
 * they stay empty. Fails without memory, or when there can be no process. */
MUST_USE enum status locate_run(const struct locate_job *job, struct view_finding *findings,
                                size_t n, struct reading *reading, struct located *ret,
                                struct fault *why);
void located_fini(struct located *l);
