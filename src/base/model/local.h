/* base/model/local.h - which networks are one's own, and who said so. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/addr.h"

enum { LOCAL_NETS_MAX = 64 };

/* Given by the user, or which step of the rule told (detect/local/look.h). */
enum local_rule { LOCAL_GIVEN, LOCAL_PRIVATE, LOCAL_ASKED, LOCAL_ASKING, LOCAL_UNKNOWN };

struct local_nets {
    enum local_rule rule;
    size_t n;
    struct prefix nets[LOCAL_NETS_MAX];
};

bool local_contains(const struct local_nets *l, const struct addr *a);
const char *local_rule_name(enum local_rule r); /* "given", "private"... */
const char *local_rule_text(enum local_rule r); /* for people */
