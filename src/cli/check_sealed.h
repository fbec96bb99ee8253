/* cli/check_sealed.h - the sealed segments of one's own home, as records. */
#pragma once

#include "base/model/finding.h"
#include "base/model/summary.h"
#include "cli/settings.h"
#include "exchange/claim/match.h"
#include "report/view.h"

struct check_sealed;

/* Open the home, its opening key, and look for the files with segments around the
 * times of the claims. False: said. On true, *ret is the caller's. */
bool check_sealed_open(const char *home, const char *key, const char *passphrase_file,
                       const struct claim_set *claims, struct check_sealed **ret);
/* The same for segments that meet these times. */
bool check_sealed_open_times(const char *home, const char *key, const char *passphrase_file,
                             int64_t from_ns, int64_t to_ns, struct check_sealed **ret);
void check_sealed_free(struct check_sealed *s);

/* The files, named for people; as many as the matcher shall have inputs. */
size_t check_sealed_inputs(const struct check_sealed *s, const struct view_input **ret);
/* The networks that the home declares; n is 0 when there are none. */
const struct local_nets *check_sealed_networks(const struct check_sealed *s);
/* Load the segments, feed the matcher and the detectors, and finish both. The
 * findings live as long as s. False: said. */
bool check_sealed_read(struct check_sealed *s, const struct settings *settings,
                       struct claim_matcher *m, struct summary *ret_summary,
                       const struct finding_list **ret_findings);
/* The same with anybody who looks at what is replayed. */
typedef void check_sealed_feed(void *ctx, const struct obs_batch *batch);
bool check_sealed_replay(struct check_sealed *s, const struct settings *settings,
                         check_sealed_feed *each, void *ctx, struct summary *ret_summary,
                         const struct finding_list **ret_findings);
