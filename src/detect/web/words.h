/* detect/web/words.h - what those ask for who look for weak spots.
 *
 * Patterns are about technical acts: files that no page links to, programs
 * with known holes, attempts to leave the folder that is served. A list of our
 * own; exhibit-web(7) says what kinds of entries it has.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"

enum web_word {
    WEB_PLAIN,
    WEB_WEAK,   /* telling where the server has no such thing */
    WEB_STRONG, /* nothing but a probe or an attack asks for it */
};

struct web_words {
    uint8_t slash[256]; /* 1 + first pattern that begins with '/' and this byte, 0: none */
    uint8_t other[256]; /* ... that begins with this byte */
    uint8_t next[256];  /* ... of those that begin alike */
};

void web_words_init(struct web_words *w);
/* Of a request target as it was sent, escaped by whoever wrote it down or not. */
enum web_word web_words_target(const struct web_words *w, struct bytes target);

struct web_agent {
    bool attack;  /* it is an attack itself */
    uint8_t mark; /* enum tool_mark, or 0: no tool that we know */
};
struct web_agent web_words_agent(const struct web_words *w, struct bytes agent);

/* The path of a target: without scheme and host, query and fragment. */
struct bytes web_target_path(struct bytes target);
/* Is it a picture, style, script, font or film: what pages are made of, and
 * what is missing where a site is broken? */
bool web_path_is_part(struct bytes path);
