/* evidence/verify/report.c - lists in an arena, and the fixed words. */
#include "evidence/verify/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/core/limits.h"

const char *evidence_grade_word(enum evidence_grade g)
{
    static const char *const words[] = {[GRADE_NONE] = "does-not-hold",
                                        [GRADE_AFTER_THE_FACT] = "after-the-fact",
                                        [GRADE_SEALED_LIVE] = "sealed-live",
                                        [GRADE_WITNESSED] = "witnessed",
                                        [GRADE_CORROBORATED] = "corroborated"};
    return words[g];
}

const char *evidence_word_text(enum evidence_word w)
{
    static const char *const words[] = {[WORD_HOLDS] = "holds",
                                        [WORD_FAILS] = "does not hold",
                                        [WORD_AT_LEAST] = "at least",
                                        [WORD_SEALERS_WORD] = "the sealer's word",
                                        [WORD_CUTTERS_WORD] = "the cutter's word",
                                        [WORD_UNKNOWN_KEY] = "no key in the policy",
                                        [WORD_NOT_CHECKED] = "not checked here",
                                        [WORD_NOT_THERE] = "not there"};
    return words[w];
}

const char *evidence_met_word(enum evidence_met m)
{
    static const char *const words[] = {[MET] = "met",
                                        [PARTLY_MET] = "partly met",
                                        [NOT_MET] = "not met",
                                        [ONLY_YOU] = "only you can answer"};
    return words[m];
}

static const struct {
    const char *name, *says;
} denials[DENIAL_COUNT] = {
    [DENIAL_FABRICATED] = {"fabricated", "the records were made up"},
    [DENIAL_ALTERED] = {"altered", "the records were changed later"},
    [DENIAL_PICKED] = {"picked", "only what suits was shown"},
    [DENIAL_STAGED] = {"staged", "you did it yourself"},
    [DENIAL_FORGED_SOURCE] = {"forged-source", "somebody forged our address"},
    [DENIAL_NOT_OURS] = {"not-ours", "the address is not ours"},
    [DENIAL_RELAY] = {"relay", "the address only passed it on"},
    [DENIAL_COMPROMISED] = {"compromised", "the machine was broken into itself"},
    [DENIAL_BENIGN] = {"benign", "it was research, a test or a mistake"},
    [DENIAL_NOT_AN_OFFENCE] = {"not-an-offence", "that is no attack"},
    [DENIAL_WRONG_TIME] = {"wrong-time", "the times are wrong"},
    [DENIAL_TOO_LATE] = {"too-late", "nothing is kept that long"},
    [DENIAL_INSUFFICIENT] = {"insufficient", "that is not enough to look for anything"},
};

const char *evidence_denial_name(enum evidence_denial d)
{
    return denials[d].name;
}

const char *evidence_denial_says(enum evidence_denial d)
{
    return denials[d].says;
}

int evidence_report_exit(const struct evidence_report *r)
{
    return r->lacks_key ? 2 : r->holds ? 0 : 1;
}

void evidence_report_init(struct evidence_report *r)
{
    *r = (struct evidence_report){.grade_reason = "", .conclusion = "", .wrong = ""};
    arena_init(&r->arena, LIMIT_VERIFY_REPORT_BYTES);
    for (size_t i = 0; i < DENIAL_COUNT; i++) {
        r->denials[i] = (struct evidence_denial_row){NOT_MET, "", ""};
    }
}

void evidence_report_fini(struct evidence_report *r)
{
    arena_fini(&r->arena);
    *r = (struct evidence_report){.grade_reason = "", .conclusion = "", .wrong = ""};
}

const char *evidence_report_text(struct evidence_report *r, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n < 0) {
        return NULL;
    }
    size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    return arena_text(&r->arena, bytes_of(text, len));
}

/* Room for one more; what was there is left to the arena. */
static void *grow(struct evidence_report *r, void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room) {
        return items;
    }
    size_t want = *room == 0 ? 16 : *room * 2;
    void *more = arena_alloc(&r->arena, want * size);
    if (more != NULL) {
        if (n > 0) {
            memcpy(more, items, n * size);
        }
        *room = want;
    }
    return more;
}

enum status evidence_report_point(struct evidence_report *r, struct evidence_points *to,
                                  const struct evidence_point *p)
{
    if (p->detail == NULL || p->assumes == NULL) {
        return ST_NOMEM;
    }
    void *items = grow(r, to->items, to->n, &to->room, sizeof(*to->items));
    if (items == NULL) {
        return ST_NOMEM;
    }
    to->items = items;
    to->items[to->n++] = *p;
    return ST_OK;
}

enum status evidence_report_not_shown(struct evidence_report *r, const char *text)
{
    void *items = grow(r, (void *)(uintptr_t)r->not_shown, r->not_shown_n, &r->not_shown_room,
                       sizeof(char *));
    if (text == NULL || items == NULL) {
        return ST_NOMEM;
    }
    r->not_shown = items;
    r->not_shown[r->not_shown_n++] = text;
    return ST_OK;
}
