/* exchange/claim/claim.h - what somebody says that an address of ours has done.
 *
 * One struct for all forms of accusations. What is not said stays unset, and what
 * we do not know how to read is kept as quoted text. Sets are bounded; between
 * processes they are messages, and parsed there as hostile input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "exchange/claim/fields.h"
#include "exchange/dkim.h"

enum {
    CLAIM_MOMENTS_MAX = 16,
    CLAIM_WORD_MAX = 64,
    CLAIM_TEXT_MAX = 160,
    CLAIM_QUOTES_MAX = 24,
};

enum claim_act {
    CLAIM_ACT_UNSAID,
    CLAIM_ACT_LOGIN,
    CLAIM_ACT_SCAN,
    CLAIM_ACT_WEB,
    CLAIM_ACT_FLOOD,
    CLAIM_ACT_HOST, /* the address is said to serve something: control, malware, an open service */
    CLAIM_ACT_OTHER,
    CLAIM_ACT_COUNT
};

/* What the claim says of the connection. */
enum claim_state { CLAIM_STATE_UNSAID, CLAIM_STATE_ONE_WAY, CLAIM_STATE_TWO_WAY };

/* When, and how well that is known. */
struct claim_when {
    bool known;
    bool zone_assumed; /* the text has no zone: UTC was taken */
    bool zone_given;   /* the text has no zone: one that the reader gave was taken */
    bool year_assumed; /* nor a year */
    int64_t first_ns, last_ns;
    int64_t precision_ns; /* of the text: a second, a minute, a day... */
};

/* One connection that the claim names. */
struct claim_moment {
    int64_t time_ns;
    uint16_t source_port, target_port; /* 0: not said */
};

struct claim {
    struct addr source; /* the accused */
    bool has_target;
    bool evidence; /* by a log line that came with a claim, or is all of it */
    bool service;  /* target_port was taken from the name of a service */
    struct addr target;
    uint16_t source_port, target_port; /* 0: not said */
    uint8_t proto;                     /* IANA; 0: not said */
    enum claim_act act;
    enum claim_state state;
    struct claim_when when;
    uint64_t count; /* of attempts, packets, lines; 0: not said */
    size_t moment_n;
    bool more_moments; /* than are kept */
    struct claim_moment moments[CLAIM_MOMENTS_MAX];
    char said[CLAIM_TEXT_MAX]; /* the act in its words; escape before showing */
    /* What it states and could not be read, in its words; "": nothing. */
    char unread[CLAIM_STATED_COUNT][CLAIM_WORD_MAX];
};

struct claim_quote {
    char key[CLAIM_WORD_MAX];
    char text[CLAIM_TEXT_MAX];
};

/* What a reader of the claim should know about its form. */
enum claim_note {
    CLAIM_NOTE_CUT = 1 << 0,        /* it ends early */
    CLAIM_NOTE_UNREAD = 1 << 1,     /* a part is of a kind that is not read */
    CLAIM_NOTE_DEEP = 1 << 2,       /* parts inside parts past the limit */
    CLAIM_NOTE_LIMIT = 1 << 3,      /* more incidents than are kept */
    CLAIM_NOTE_OTHERS = 1 << 4,     /* log lines about other addresses */
    CLAIM_NOTE_NAMES = 1 << 5,      /* a name or a network where an address should be */
    CLAIM_NOTE_TIMES = 1 << 6,      /* a time that cannot be read */
    CLAIM_NOTE_LONG_LINES = 1 << 7, /* lines past the limit */
    CLAIM_NOTE_ENCODING = 1 << 8,   /* a part whose coding is broken */
    CLAIM_NOTE_SHIFTED = 1 << 9,    /* lines without a zone, set to the report's times */
    CLAIM_NOTE_SEALED = 1 << 10,    /* an exhibit, whose seals were not looked at */
    CLAIM_NOTE_PACKED = 1 << 11,    /* an archive that is broken, or more than is unpacked */
    CLAIM_NOTE_COUNT = 12
};

struct claim_set {
    char format[CLAIM_WORD_MAX];    /* ours: "XARF 4 (JSON)" */
    char accuser[CLAIM_TEXT_MAX];   /* as it says; not checked */
    char reference[CLAIM_WORD_MAX]; /* its own */
    struct claim *items;
    size_t n, cap;
    uint64_t *seen; /* hashes of what was added; stays with its process */
    size_t seen_n, seen_cap;
    uint32_t notes;
    size_t quote_n;
    bool more_quotes;
    struct claim_quote quotes[CLAIM_QUOTES_MAX];
    bool mail, signatures_asked; /* with keys to verify them */
    struct dkim_report signatures;
};

void claim_set_fini(struct claim_set *s);
/* Join it to one of the same ends and act, or keep it; past LIMIT_CLAIMS it is noted
 * and dropped. What was added before counts no second time: mails say it twice. */
MUST_USE enum status claim_set_add(struct claim_set *s, const struct claim *c);
/* Keep what could not be read; under this name, a part and what to do with it. */
#define CLAIM_QUOTE_PART "not read"
void claim_set_quote(struct claim_set *s, struct bytes key, struct bytes text);
/* At the end: log lines sharpen the claims that they belong to. */
void claim_set_settle(struct claim_set *s);

/* Another connection of it, with its time if it has one. */
void claim_add_moment(struct claim *c, const struct claim_when *w, uint16_t source_port,
                      uint16_t target_port);
/* Cut to fit, and with a NUL. */
void claim_copy(char *out, size_t size, struct bytes s);

/* The act that these words are likely to mean. */
enum claim_act claim_act_of(struct bytes words);
const char *claim_act_name(enum claim_act a); /* "login"... */
const char *claim_note_text(enum claim_note n);
/* Could anybody have made what it describes, with any address for its sender? */
enum claim_forging { CLAIM_FORGING_EASY, CLAIM_FORGING_HARD, CLAIM_FORGING_UNSAID };
enum claim_forging claim_forging_of(const struct claim *c);

void claim_set_put(struct buf *out, const struct claim_set *s);
/* On ST_OK, *ret is the caller's, to end with claim_set_fini. */
MUST_USE enum status claim_set_get(struct cursor *in, struct claim_set *ret);
