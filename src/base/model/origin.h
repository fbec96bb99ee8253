/* base/model/origin.h - where an address seems to come from, and who says so.
 *
 * Plain data with bounded arrays: lookups run in a caged process and their
 * answers cross a pipe. Every answer stands on statements, and every statement
 * names its source. Nothing here says who did anything.
 *
 * Long because an answer is one plain value, whatever it is made of.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/status.h"

enum {
    ORIGIN_STATEMENTS_MAX = 48,
    ORIGIN_VALUES_MAX = 6,
    ORIGIN_AS_MAX = 4,
    ORIGIN_NAME_MAX = 64,
    ORIGIN_CREDIT_MAX = 80,
    ORIGIN_WORDS_MAX = 48,
    ORIGIN_NO_DAY = INT32_MIN, /* a record without a date of its own */
};

/* Where a source has its knowledge from. Two sources of one family copy from
 * the same place, so they are one voice. */
enum origin_family {
    ORIGIN_FAMILY_UNKNOWN,
    ORIGIN_DELEGATION,  /* what the registries delegated */
    ORIGIN_RECORDS,     /* what holders wrote into registry records */
    ORIGIN_MEASUREMENT, /* measured or sold */
    ORIGIN_LEGACY,      /* kept, no longer maintained */
    ORIGIN_ROUTING,     /* seen in routing tables */
    ORIGIN_SIGNED,      /* signed by holders in the RPKI */
    ORIGIN_OPERATOR,    /* an operator's own word about its networks, unchecked */
    ORIGIN_FAMILY_COUNT
};

/* What is known about how old the data of a source is. */
enum origin_date {
    ORIGIN_UNDATED,
    ORIGIN_DATE_PINNED, /* the user said so */
    ORIGIN_DATE_DATA,   /* stated, in a format where the statement is about the data */
    ORIGIN_DATE_BUILD,  /* when the file was built: the data may be much older */
    ORIGIN_DATE_COUNT
};

enum origin_format {
    ORIGIN_FORMAT_NONE,
    ORIGIN_TOR_GEOIP,
    ORIGIN_LIBLOC,
    ORIGIN_MMDB,
    ORIGIN_RIR,
    ORIGIN_LIST,
    ORIGIN_MISP,
    ORIGIN_RDAP,
    ORIGIN_WHOIS,
    ORIGIN_MRT,
    ORIGIN_VRP,
    ORIGIN_GEOFEED,
    ORIGIN_FORMAT_COUNT
};

enum origin_flag {
    ORIGIN_TOR_EXIT,
    ORIGIN_ANONYMOUS_PROXY,
    ORIGIN_VPN,
    ORIGIN_RELAY, /* a privacy relay that stands for many people */
    ORIGIN_RESIDENTIAL_PROXY,
    ORIGIN_HOSTING,
    ORIGIN_ANYCAST,
    ORIGIN_SATELLITE,
    ORIGIN_DROP_LIST,
    ORIGIN_RESEARCH_SCANNER,
    ORIGIN_OWN_SCANNER, /* the user's own, by an allow-list */
    ORIGIN_FLAG_COUNT
};

struct origin_source {
    char name[ORIGIN_NAME_MAX];     /* its identity, as a report shows it */
    char credit[ORIGIN_CREDIT_MAX]; /* whom to name when the data is used, or "" */
    enum origin_format format;
    enum origin_family family;
    enum origin_date date;
    int64_t date_ns; /* with any date but ORIGIN_UNDATED */
    bool digested;   /* the file was read, so its digest is known */
    struct digest digest;
    bool has_flag; /* of a list: what those on it are */
    enum origin_flag flag;
};

/* The sources of one run; statements count from here. */
struct origin_sources {
    size_t n;
    struct origin_source items[LIMIT_SOURCES];
};

enum origin_about {
    ORIGIN_NETWORK,    /* range, origin AS and its name */
    ORIGIN_REGISTERED, /* the country its holder registered in */
    ORIGIN_RECORDED,   /* the country in the network's own record */
    ORIGIN_LOCATED,    /* the country the host seems to be in */
    ORIGIN_FLAGGED,
    ORIGIN_AUTHORIZED, /* who may announce it, by the RPKI */
    ORIGIN_ABOUT_COUNT
};

struct origin_statement {
    uint8_t source; /* index in origin_sources */
    enum origin_about about;
    enum origin_flag flag; /* with ORIGIN_FLAGGED */
    bool has_asn;
    uint32_t asn;
    char code[3];               /* as the source wrote it, or "" */
    struct addr first, last;    /* what its record covers */
    int32_t day;                /* of the record itself, days since 1970 */
    bool aggregated;            /* one AS of several in a set: no single origin */
    uint16_t seen, of;          /* peers that have the route, of those with any; 0: not told */
    uint8_t max_len;            /* with ORIGIN_AUTHORIZED, as in struct prefix */
    bool expired;               /* with ORIGIN_AUTHORIZED: before the event */
    char text[ORIGIN_NAME_MAX]; /* AS name, operator, registry; bytes as read */
};

/* The fixed words for a country. */
enum origin_word {
    ORIGIN_UNKNOWN,
    ORIGIN_AGREED,
    ORIGIN_SPLIT,
    ORIGIN_REGION,     /* EU, AP: not a country */
    ORIGIN_NO_MEANING, /* anycast, satellite: there is no one place */
    ORIGIN_WORD_COUNT
};

struct origin_value {
    char code[3];
    uint8_t families; /* a bit for each that says so */
    uint8_t sources;  /* how many say so */
};

struct origin_country {
    enum origin_word word;
    char code[3];      /* with AGREED and REGION, else "" */
    uint8_t families;  /* how many families spoke */
    bool dissent;      /* a source contradicts the voice of its own family */
    bool from_records; /* stands on records of the network alone */
    size_t n;          /* every value that was said, the most families first */
    struct origin_value values[ORIGIN_VALUES_MAX];
};

/* Of a route, by RFC 6811. Untold: no routing table names the route, or no
 * authorizations are near enough to the event. */
enum origin_validity {
    ORIGIN_VALIDITY_UNTOLD,
    ORIGIN_VALID,
    ORIGIN_INVALID_ASN,    /* authorized for others only */
    ORIGIN_INVALID_LENGTH, /* authorized for this AS, but not so narrow a network */
    ORIGIN_NOT_FOUND,      /* nobody signed anything about it */
    ORIGIN_VALIDITY_COUNT
};

struct origin_as {
    uint32_t number;
    uint8_t source; /* that says so, nearest in date to the event */
    enum origin_validity validity;
    uint16_t seen, of;              /* peers, by the routing table that says so; 0: none does */
    char name[ORIGIN_NAME_MAX];     /* "" for numbers that belong to nobody */
    char special[ORIGIN_WORDS_MAX]; /* what such a number is, with its RFC, or "" */
};

/* Does the host seem to be where its address is registered? */
enum origin_relation {
    ORIGIN_RELATION_UNTOLD, /* one of them is not known, or both stand on one statement */
    ORIGIN_SAME,
    ORIGIN_DIFFERENT,
    ORIGIN_RELATION_COUNT
};

/* An IPv4 address that travels inside an IPv6 one. IPv4-mapped addresses need
 * none of this: struct addr keeps IPv4 in that form. */
enum origin_wrap { ORIGIN_WRAP_NONE, ORIGIN_6TO4, ORIGIN_TEREDO, ORIGIN_NAT64, ORIGIN_WRAP_COUNT };

/* A special-purpose range. */
struct origin_special {
    bool present;
    bool bogon;   /* cannot be a source on the Internet */
    bool anycast; /* many hosts answer to it, by design */
    char name[ORIGIN_WORDS_MAX];
    char rfc[ORIGIN_WORDS_MAX];
};

struct origin {
    struct addr addr;      /* as asked */
    struct addr looked_up; /* the embedded IPv4 address, else the same */
    enum origin_wrap wrap;
    struct addr server; /* with ORIGIN_TEREDO: the relay's server */
    int64_t event_ns;
    struct origin_special special;

    bool has_net;
    struct prefix net; /* the narrowest network that a source names */
    size_t n_as;       /* several: the sources disagree, or */
    bool moas;         /* one routing table has several origins of one network */
    struct origin_as as[ORIGIN_AS_MAX];
    struct origin_country registered, located;
    enum origin_relation relation;
    uint32_t flags;                      /* bits of enum origin_flag; none says nothing */
    uint32_t stale;                      /* flags for which no list is near enough to the event */
    char operator_name[ORIGIN_NAME_MAX]; /* with ORIGIN_RESEARCH_SCANNER */

    uint32_t damaged; /* sources whose record for this address is broken */
    uint32_t dropped; /* statements past the maximum */
    size_t n;
    struct origin_statement statements[ORIGIN_STATEMENTS_MAX];
};

/* Room for one more statement, zeroed but for its day; NULL when full. */
struct origin_statement *origin_state(struct origin *o, uint8_t source, enum origin_about about);
/* Copy text from an input: cut to fit between code points, and at a NUL. */
void origin_text(char *out, size_t size, struct bytes s);

static inline bool origin_has(const struct origin *o, enum origin_flag f)
{
    return (o->flags >> f & 1) != 0;
}

/* A bit for each source that a statement is from. */
uint64_t origin_cited(const struct origin *o);

/* Days from the source's date to the event: positive when the event came
 * later. False when undated. With ORIGIN_DATE_BUILD it is a bound: the data
 * was no younger than that. */
bool origin_gap_days(const struct origin_source *s, int64_t event_ns, int64_t *ret_days);

/* Stable names for JSON and options; NULL past the end. */
const char *origin_family_name(enum origin_family f);
const char *origin_date_name(enum origin_date d);
const char *origin_format_name(enum origin_format f);
const char *origin_flag_name(enum origin_flag f);
const char *origin_word_name(enum origin_word w);
const char *origin_about_name(enum origin_about a);
const char *origin_wrap_name(enum origin_wrap w);
const char *origin_validity_name(enum origin_validity v);

/* Between our own processes; _get accepts nothing that _put cannot write. */
void origin_put(struct buf *out, const struct origin *o);
MUST_USE enum status origin_get(struct cursor *c, struct origin *ret, struct fault *why);
void origin_sources_put(struct buf *out, const struct origin_sources *s);
MUST_USE enum status origin_sources_get(struct cursor *c, struct origin_sources *ret,
                                        struct fault *why);
