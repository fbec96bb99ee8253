/* base/model/local.c - membership and words of local networks. */
#include "base/model/local.h"

#include "base/core/status.h"

bool local_contains(const struct local_nets *l, const struct addr *a)
{
    for (size_t i = 0; i < l->n; i++) {
        if (prefix_contains(&l->nets[i], a)) {
            return true;
        }
    }
    return l->rule == LOCAL_PRIVATE && addr_is_private(a);
}

const char *local_rule_name(enum local_rule r)
{
    static const char *const names[] = {
        [LOCAL_GIVEN] = "given",   [LOCAL_PRIVATE] = "private", [LOCAL_ASKED] = "asked",
        [LOCAL_ASKING] = "asking", [LOCAL_UNKNOWN] = "unknown",
    };
    return (size_t)r < ARRAY_LEN(names) ? names[r] : "unknown";
}

const char *local_rule_text(enum local_rule r)
{
    static const char *const text[] = {
        [LOCAL_GIVEN] = "as given",
        [LOCAL_PRIVATE] = "private addresses, a guess: half of the packets have one at one end",
        [LOCAL_ASKED] = "guessed: the destinations of nearly all that is asked for; see --local",
        [LOCAL_ASKING] = "guessed: the sources of nearly all that is asked for; see --local",
        [LOCAL_UNKNOWN] = "none could be told; give them with --local",
    };
    return (size_t)r < ARRAY_LEN(text) ? text[r] : "";
}
