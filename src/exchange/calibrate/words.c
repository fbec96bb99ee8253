/* exchange/calibrate/words.c - the closed lists. */
#include "exchange/calibrate/words.h"

#include <string.h>

#include "base/core/status.h"

static const struct accord_word kinds[] = {
    {"scan", "asking many addresses or ports"},
    {"guessing", "trying passwords"},
    {"flood", "more packets than an answer needs"},
    {"research", "measuring, with a name and a way to be left out"},
    {"misconfiguration", "programs that are set wrongly"},
    {"agreed-test", "a test that the owner has ordered"},
    {"own-hosts", "tools turned on one's own machines"},
    {"backscatter", "answers to packets that somebody else has sent"},
    {"relay", "acts behind an address that many use"},
    {"ordinary", "ordinary use"},
};

static const struct accord_word verdicts[] = {
    {"counts", "counts as an act"},
    {"does-not-count", "does not count"},
    {"needs", "needs more before it can be judged"},
};

static const struct accord_word needs[] = {
    {"other-border", "records of the other side's border"},
    {"both-directions", "records of both directions"},
    {"longer-time", "records of a longer time"},
    {"server-log", "the log of the server that was asked"},
    {"permission", "whether the owner of the machines has agreed"},
    {"operator", "who runs the machine, and what for"},
    {"user-behind", "which of those behind the address it was"},
    {"harm", "whether a service suffered"},
};

static const struct accord_word answers[] = {
    {"no-notice", "none: no notice should be sent"},
    {"acted", "it was stopped"},
    {"confirmed", "seen, too"},
    {"investigating", "somebody looks into it"},
    {"forwarded", "passed on to who runs the machine"},
    {"disputed", "it is not so, with records"},
    {"declined", "nothing is done about it, and why"},
    {"not-on-our-network", "the address is not ours"},
    {"past-retention", "records of that time are gone"},
    {"cannot-say", "nothing can be said of it"},
};

static const struct {
    const struct accord_word *words;
    size_t n;
} lists[CALIBRATE_LISTS] = {
    [CALIBRATE_KINDS] = {kinds, ARRAY_LEN(kinds)},
    [CALIBRATE_VERDICTS] = {verdicts, ARRAY_LEN(verdicts)},
    [CALIBRATE_NEEDS] = {needs, ARRAY_LEN(needs)},
    [CALIBRATE_ANSWERS] = {answers, ARRAY_LEN(answers)},
};

struct accord_word calibrate_word_at(enum calibrate_list list, size_t i)
{
    return i < lists[list].n ? lists[list].words[i] : (struct accord_word){NULL, NULL};
}

int calibrate_word_find(enum calibrate_list list, const char *name)
{
    for (size_t i = 0; i < lists[list].n; i++) {
        if (strcmp(lists[list].words[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}
