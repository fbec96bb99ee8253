/* cli/storing.h - what a run tells, kept in the home. */
#pragma once

#include "evidence/home/home.h"
#include "report/request.h"
#include "report/view.h"
#include "store/store.h"

/* What is wrong with a home's store, said. */
void storing_say(const struct evidence_home *home, enum status st, const struct fault *why);
/* *ret stays NULL when nothing was stored there yet. False: said. */
bool storing_open(const struct evidence_home *home, enum store_mode mode, struct store **ret);

/* The findings of a view, near misses left out: all of them or none. False: said. */
bool storing_findings(const struct evidence_home *home, const struct view *v, int64_t now_ns);
/* The notices of a request that were written. False: said. */
bool storing_notices(const struct evidence_home *home, const struct notice_options *opt,
                     const struct request_view *v);

/* Findings by their ids, or how those begin, as a file of JSON Lines that is only
 * in memory; each id must be that of one finding. False: said why not. */
bool storing_lines(const struct evidence_home *home, char *const *ids, size_t n, int *ret_fd);
/* All of them, in the same way. */
bool storing_all_lines(const struct evidence_home *home, int *ret_fd);
/* Could it be such an id? */
bool storing_is_id(const char *s);
