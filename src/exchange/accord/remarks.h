/* exchange/accord/remarks.h - terms that may be signed, and do not go together. */
#pragma once

#include <stddef.h>

#include "exchange/accord/accord.h"

enum { ACCORD_REMARKS_MAX = 32, ACCORD_REMARK_MAX = 768 };

struct accord_remark {
    char text[ACCORD_REMARK_MAX]; /* a sentence without its end */
};

/* In order; what comes past the last place is left out. `spoke` (in the order of the
 * parties): who has had his say, and so could have named a contact point. */
size_t accord_remarks(const struct accord *a, const bool *spoke,
                      struct accord_remark ret[ACCORD_REMARKS_MAX]);
