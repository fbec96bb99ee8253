/* exchange/claim/draft.h - claims put together from named values.
 *
 * XARF members, X-ARF lines, columns of tables and labels in mails name the
 * same few things in many ways; this is the one list of their names.
 */
#pragma once

#include "exchange/claim/when.h"

enum claim_key {
    CLAIM_KEY_NONE,
    CLAIM_KEY_SOURCE,
    CLAIM_KEY_SOURCE_PORT,
    CLAIM_KEY_TARGET,
    CLAIM_KEY_TARGET_PORT,
    CLAIM_KEY_PORT, /* whose, the name does not say */
    CLAIM_KEY_TIME,
    CLAIM_KEY_FIRST,
    CLAIM_KEY_LAST,
    CLAIM_KEY_PROTO,
    CLAIM_KEY_ACT,
    CLAIM_KEY_SERVICE,
    CLAIM_KEY_TALLY,
    CLAIM_KEY_STATE,
    CLAIM_KEY_ACCUSER,
    CLAIM_KEY_REFERENCE,
};

/* Is what it names a port, a count or a protocol? */
bool claim_key_is_stated(enum claim_key key);
/* Take one of those: "22", "tcp/22", "1,000,000", "udp". False: it cannot be read,
 * or it is not what was stated before; that is kept (claim_unread). Text that says
 * that nothing is known ("n/a") states nothing. */
bool claim_state(struct claim *c, enum claim_key key, struct bytes value);

/* Letters and digits alone, in lower case; empty when that is too long. */
void claim_plain_name(char *out, size_t size, struct bytes name);
/* By letters and digits alone, whatever their case: "Source-IP" is "source_ip". */
enum claim_key claim_key_of(struct bytes name);

struct claim_draft {
    struct claim c;
    bool has_source;
    struct claim_when told, first, last; /* of which c.when is made */
    bool evidence;                       /* what is drafted belongs to another claim */
    enum claim_key port; /* whose CLAIM_KEY_PORT is, in this format; NONE: it is quoted */
    char service[CLAIM_WORD_MAX];
};

/* Take a value; false when it is none such (it was noted). Text that is of no
 * use is quoted. */
bool claim_draft_set(struct claim_set *s, struct claim_draft *d, const struct claim_clock *clock,
                     enum claim_key key, struct bytes value);
/* The same, by name. */
void claim_draft_named(struct claim_set *s, struct claim_draft *d, const struct claim_clock *clock,
                       struct bytes name, struct bytes value);
/* Add what there is, if it names an address, and begin anew. */
MUST_USE enum status claim_draft_end(struct claim_set *s, struct claim_draft *d);

/* "192.0.2.1", "192[.]0[.]2[.]1", "192.0.2.1:80", "[2001:db8::1]:80",
 * "192.0.2.1|80"; *ret_port is 0 when there is none. */
bool claim_endpoint(struct bytes text, struct addr *ret, uint16_t *ret_port);
/* IANA's number for "tcp", "6"...; 0: not known. */
uint8_t claim_proto(struct bytes text);
/* The usual port of a service by its name: "sshd"; 0: not known. */
uint16_t claim_service_port(struct bytes text);
