/* capture/log_scan.h - words, numbers and addresses inside a log line.
 *
 * Names in a message are chosen by attackers, so most messages are read from
 * their end: words are taken off the back until a fixed word must stand there.
 * A view never leaves the line; nothing is copied.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/core/addr.h"
#include "base/core/cursor.h"

/* What a reader made of a line. */
enum log_found {
    LOG_FOUND_NOTHING,   /* no line of a log that is read here */
    LOG_FOUND_OTHER,     /* a log line, but not one that an observation is made of */
    LOG_FOUND_NAME,      /* ours, but it names a host where an address is needed */
    LOG_FOUND_AMBIGUOUS, /* ours, but hostile text lets it be read in two ways */
    LOG_FOUND_TIME,      /* ours, but with a time that cannot be */
    LOG_FOUND_REPEAT,    /* "last message repeated N times" */
    LOG_FOUND_ROOM,      /* no room for decoded text: hand out the batch, then ask again */
    LOG_FOUND_ENTRY,     /* the first line of an entry in journal export format */
    LOG_FOUND_OBSERVATION,
};

/* How a line is written. */
enum log_form {
    LOG_FORM_SYSLOG,
    LOG_FORM_RFC5424,
    LOG_FORM_JOURNAL, /* journalctl's short-full and short-unix */
    LOG_FORM_JOURNAL_JSON,
    LOG_FORM_JOURNAL_EXPORT,
    LOG_FORM_WEB_COMMON,
    LOG_FORM_WEB_COMBINED,
    LOG_FORM_WEB_JSON,
    LOG_FORM_COUNT
};

/* One end of a connection, as a message writes it. */
struct log_endpoint {
    struct addr addr;
    uint16_t port; /* 0 when the message does not say */
};

/* A line, and whether the input ended inside it: its last word may be cut. */
struct log_text {
    struct bytes s;
    bool cut;
};

static inline bool log_digit(uint8_t c)
{
    return (uint8_t)(c - '0') <= 9;
}

static inline bool log_starts(struct bytes s, const char *word, size_t n)
{
    return s.len >= n && memcmp(s.data, word, n) == 0;
}

static inline bool log_ends(struct bytes s, const char *word, size_t n)
{
    return s.len >= n && memcmp(s.data + s.len - n, word, n) == 0;
}

static inline struct bytes log_from(struct bytes s, size_t n)
{
    return (struct bytes){s.data + n, s.len - n};
}

/* Take a fixed text off the front or the back; false when it is not there. */
static inline bool log_take(struct bytes *s, const char *word, size_t n)
{
    if (!log_starts(*s, word, n)) {
        return false;
    }
    *s = log_from(*s, n);
    return true;
}

static inline bool log_drop(struct bytes *s, const char *word, size_t n)
{
    if (!log_ends(*s, word, n)) {
        return false;
    }
    s->len -= n;
    return true;
}

#define LOG_STARTS(s, word) log_starts((s), (word), sizeof(word) - 1)
#define LOG_TAKE(s, word)   log_take((s), (word), sizeof(word) - 1)
#define LOG_DROP(s, word)   log_drop((s), (word), sizeof(word) - 1)
#define LOG_IS(s, word)     ((s).len == sizeof(word) - 1 && LOG_STARTS((s), word))

/* The last word, taken off together with the one space before it. */
static inline struct bytes log_pop(struct bytes *s)
{
    size_t i = s->len;
    while (i > 0 && s->data[i - 1] != ' ') {
        i--;
    }
    struct bytes word = {s->data + i, s->len - i};
    s->len = i > 0 ? i - 1 : 0;
    return word;
}

/* The first word, taken off together with the one space behind it. */
struct bytes log_shift(struct bytes *s);

/* Where `word` stands in s, at or after `from`; SIZE_MAX when nowhere. */
size_t log_find(struct bytes s, size_t from, const char *word, size_t n);

/* The whole of s as a decimal number up to max. */
bool log_number(struct bytes s, uint64_t max, uint64_t *ret);

/* As addr_parse, but faster, and an IPv6 zone ("%eth0") is left out: it names
 * an interface of the machine that logged. */
bool log_addr(struct bytes s, struct addr *ret);

/* "A port P" or "A" at the end of line->s, taken off. OBSERVATION when an
 * address stands there, NAME when another word does (taken off, too), NOTHING
 * when none does.
 * In a cut line a last word that ends with it is not believed: an address
 * might lack digits (NOTHING), and a port becomes 0. */
enum log_found log_pop_endpoint(struct log_text *line, struct log_endpoint *ret);

/* The same at the front, where the message goes on behind it: "A port P:11:",
 * "A: 11:", "A port P on B". A name is left where it is. */
enum log_found log_shift_endpoint(struct log_text *line, struct log_endpoint *ret);
