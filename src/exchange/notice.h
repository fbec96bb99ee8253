/* exchange/notice.h - what is said to whom about which findings.
 *
 * A notice goes to one contact and has all findings about its addresses. What
 * is not said to anybody is kept with the reason. Nothing is ever sent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/contact.h"
#include "base/model/finding.h"
#include "base/model/local.h"
#include "base/model/origin.h"
#include "exchange/enclosure.h"

/* Why nobody is told; in the order in which it is asked. */
enum notice_left {
    NOTICE_TOLD,       /* it is for a notice */
    NOTICE_ALLOWED,    /* on the allow-list */
    NOTICE_INSIDE,     /* one's own */
    NOTICE_VICTIM,     /* its remote is attacked itself */
    NOTICE_REFLECTOR,  /* its senders are made to answer */
    NOTICE_MANY,       /* there is no single source */
    NOTICE_FORGED,     /* sources spread as forged ones are */
    NOTICE_IMPOSSIBLE, /* nobody can have sent from there */
    NOTICE_OWN,        /* a source calls it one's own scanner */
    NOTICE_ONE_WAY,    /* nothing shows that the address is real */
    NOTICE_NO_CONTACT, /* nobody is known who could be told */
    NOTICE_LEFT_COUNT
};
const char *notice_left_name(enum notice_left l); /* "one-way" */
const char *notice_left_text(enum notice_left l); /* a sentence without its stop */

/* Why a request may come to nothing; bits. */
enum notice_doubt {
    DOUBT_NO_PORT,  /* many may share the address: without a source port, which one? */
    DOUBT_SHARED,   /* a relay that stands for many people */
    DOUBT_TOR,      /* nobody can tell who used it */
    DOUBT_OLD,      /* longer ago than records are usually kept */
    DOUBT_ONE_WAY,  /* it may be forged: told because it was asked for */
    DOUBT_RESEARCH, /* says of itself that it scans for research */
    DOUBT_ZONE,     /* the log has no time zone: UTC was taken */
    DOUBT_YEAR,     /* nor years */
    DOUBT_TARGET,   /* which address of ours was reached is not known */
    DOUBT_COUNT
};
const char *notice_doubt_name(enum notice_doubt d);
const char *notice_doubt_text(enum notice_doubt d);

struct notice_item {
    const struct finding *finding;
    const struct origin *origin;       /* of its remote; or NULL */
    const struct contact *contact;     /* or NULL */
    const struct contact_query *query; /* that would name one; or NULL */
    bool zone_assumed, year_assumed;   /* by its log's reader */
    int year;                          /* that was assumed; 0: several */
    enum notice_left left;
    uint32_t doubts; /* bits of enum notice_doubt */
};

struct notice_options {
    const char *org;           /* who writes: UTF-8, any text */
    const char *mail;          /* one that mailbox_is */
    const char *clock;         /* what is known about the sensor's clock, or NULL */
    const struct addr *server; /* that wrote the logs, or NULL: they do not name it */
    bool include_one_way, hide_targets;
    bool retold; /* findings of a file: what was assumed for their times is not known */
    struct enclosure *enclosures; /* borrowed */
    size_t enclosure_n;
    int64_t now_ns;
    int64_t retention_ns; /* how long records are usually kept */
};

enum { NOTICE_ID_CHARS = 8, NOTICE_ID_MAX = NOTICE_ID_CHARS + 1 };

struct notice {
    char id[NOTICE_ID_MAX]; /* in the subject, as "[exhibit:...]" */
    const char *mail;
    const char *holder; /* of the first address's network, or "" */
    size_t first, n;    /* of the items */
    size_t addresses;
};

struct notice_set {
    struct notice_item *items; /* those of one notice side by side, those left out behind */
    size_t n, told;            /* items; how many of them are in notices */
    struct notice *notices;
    size_t notice_n;
};

/* Judges and sorts the items, which stay the caller's, and makes the notices:
 * the same items give the same notices and ids. */
MUST_USE enum status notice_set_make(const struct notice_options *opt, struct notice_item *items,
                                     size_t n, struct notice_set *ret);
void notice_set_fini(struct notice_set *s);

/* Does this exhibit go along: is everybody in it in the notice? */
bool notice_encloses(const struct notice_set *s, const struct notice *n, const struct enclosure *e);
/* The mail, lines with CR LF. May fail for memory: out->failed. */
void notice_write(struct buf *out, const struct notice_options *opt, const struct notice_set *s,
                  const struct notice *n);

/* For notice_set_make, and the block list. */
enum notice_left notice_judge(const struct notice_options *opt, const struct notice_item *item);
uint32_t notice_doubts(const struct notice_options *opt, const struct notice_item *item);
/* The one target, where there is one that means something elsewhere and may be
 * told; else NULL. */
const struct addr *notice_target(const struct notice_options *opt, const struct finding *f);
