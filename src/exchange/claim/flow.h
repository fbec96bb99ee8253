/* exchange/claim/flow.h - flow records as text: Zeek's conn.log (with its header, or
 * JSON), and tables with a header line as nfdump and SiLK write them.
 *
 * A flow is one direction of a connection, or both where its writer joined them
 * (Zeek). Times without a zone are read in the zone that is given, and without
 * one the table is refused: an hour off would deny what is true.
 */
#pragma once

#include "exchange/claim/when.h"

enum claim_flow_state {
    CLAIM_FLOW_UNSAID,
    CLAIM_FLOW_DONE, /* a connection came about */
    CLAIM_FLOW_REFUSED,
    CLAIM_FLOW_UNANSWERED, /* none that is shown */
};

struct claim_flow {
    struct addr src, dst;
    uint16_t src_port, dst_port;
    uint8_t proto, tcp_flags; /* of all packets from src; 0: not said */
    bool joined;              /* both directions; src began it */
    enum claim_flow_state state;
    int64_t first_ns, last_ns;
    uint64_t packets, back; /* from src, to src; back of joined ones only */
    uint64_t pos;           /* see pos_make */
};

/* What a line is. */
enum claim_flow_line { CLAIM_FLOW_NONE, CLAIM_FLOW_ROW, CLAIM_FLOW_BAD };

struct claim_flow_table;

MUST_USE enum status claim_flow_table_new(const struct claim_clock *clock,
                                          struct claim_flow_table **ret);
void claim_flow_table_free(struct claim_flow_table *t);
static inline void claim_flow_table_freep(struct claim_flow_table **t)
{
    claim_flow_table_free(*t);
}

/* The next line, without its end. With CLAIM_FLOW_BAD, *why names the column that
 * cannot be read; the next line may be read. ST_MALFORMED with field "format" at the first
 * lines: it is no such table; with "time zone": see above. */
MUST_USE enum status claim_flow_read(struct claim_flow_table *t, struct bytes line,
                                     enum claim_flow_line *what, struct claim_flow *ret,
                                     struct fault *why);
/* "Zeek connections", "flows (table)"; "" before the header. */
const char *claim_flow_format(const struct claim_flow_table *t);
