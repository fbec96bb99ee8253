/* exchange/accord/words.c - the closed lists. */
#include "exchange/accord/words.h"

#include <string.h>

#include "base/core/status.h"
#include "evidence/verify/report.h"

#include "accords_builtin.h"

const struct accord_clause *accord_clause_at(size_t i)
{
    return i < ARRAY_LEN(accord_clauses) ? &accord_clauses[i] : NULL;
}

const struct accord_template *accord_template_at(size_t i)
{
    return i < ARRAY_LEN(accord_templates) ? &accord_templates[i] : NULL;
}

const struct accord_clause *accord_clause_find(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(accord_clauses); i++) {
        if (strcmp(accord_clauses[i].id, id) == 0) {
            return &accord_clauses[i];
        }
    }
    return NULL;
}

const struct accord_template *accord_template_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(accord_templates); i++) {
        if (strcmp(accord_templates[i].name, name) == 0) {
            return &accord_templates[i];
        }
    }
    return NULL;
}

const struct accord_clause *accord_clause_governing(const char *member)
{
    for (size_t i = 0; i < ARRAY_LEN(accord_clauses); i++) {
        if (strcmp(accord_clauses[i].governs, member) == 0) {
            return &accord_clauses[i];
        }
    }
    return NULL;
}

static const struct accord_word grounds[] = {
    {"political-offence", "the request is about a political offence"},
    {"sovereignty", "granting it would touch sovereignty or security"},
    {"ordre-public", "granting it would go against essential public interests"},
    {"no-legal-basis", "the law that applies here gives no basis for it"},
    {"privacy", "it would disclose what privacy law protects"},
};

static const struct accord_word lanes[] = {
    {"machine", "evidence that teams handle"},
    {"inquiry", "formal inquiry at a duty desk"},
    {"leaders", "an act that may become a crisis"},
};

static const struct accord_word tlp[] = {
    {"CLEAR", "may be passed on to anybody"},
    {"GREEN", "within the community"},
    {"AMBER", "within the organisation and its clients, who need to know"},
    {"AMBER+STRICT", "within the organisation, who need to know"},
    {"RED", "for the persons addressed alone"},
};

static const struct accord_word recipients[] = {
    {"own-organisation", "the party's own organisation"},
    {"customer", "the customer whose network or machine it is about"},
    {"national-cert", "the party's national response team"},
    {"law-enforcement", "the authority that prosecutes such acts where the party is"},
    {"foreign-ministry", "the authority that keeps the party's foreign relations"},
    {"witnesses", "the witnesses named in this accord"},
};

static const struct accord_word limit_names[ACCORD_LIMITS] = {
    {"receipt_hours", "hours to say that a notice has come in"},
    {"urgent_hours", "hours to a first answer in the lanes of inquiry and of leaders"},
    {"answer_days", "days to a first answer"},
    {"final_days", "days to a final answer"},
    {"preserve_days", "days for which data is kept when that is asked"},
    {"retention_days", "days back to which a party can answer at all"},
    {"review_days", "days between two reviews of the record"},
};

static const unsigned limit_most[ACCORD_LIMITS] = {720, 720, 365, 730, 3650, 3650, 3650};

unsigned accord_limit_most(size_t i)
{
    return i < ACCORD_LIMITS ? limit_most[i] : 0;
}

struct accord_word accord_word_at(enum accord_list list, size_t i)
{
    static const struct {
        const struct accord_word *words;
        size_t n;
    } lists[ACCORD_LISTS] = {
        [ACCORD_GROUNDS] = {grounds, ARRAY_LEN(grounds)},
        [ACCORD_LANES] = {lanes, ARRAY_LEN(lanes)},
        [ACCORD_TLP] = {tlp, ARRAY_LEN(tlp)},
        [ACCORD_RECIPIENTS] = {recipients, ARRAY_LEN(recipients)},
        [ACCORD_LIMIT_NAMES] = {limit_names, ARRAY_LEN(limit_names)},
    };
    if (list == ACCORD_DENIALS && i < DENIAL_COUNT) {
        enum evidence_denial d = (enum evidence_denial)i;
        return (struct accord_word){evidence_denial_name(d), evidence_denial_says(d)};
    }
    return i < lists[list].n ? lists[list].words[i] : (struct accord_word){NULL, NULL};
}

int accord_word_find(enum accord_list list, const char *name)
{
    for (size_t i = 0;; i++) {
        struct accord_word w = accord_word_at(list, i);
        if (w.name == NULL || strcmp(w.name, name) == 0) {
            return w.name == NULL ? -1 : (int)i;
        }
    }
}

bool accord_act_valid(const char *name)
{
    /* Design, section 5: names of kinds; and the rules of other tools. */
    static const char *const begins[] = {
        "scan.",
        "flood.",
        "backscatter",
        "bruteforce.",
        "spray.",
        "stuffing.",
        "access.after-guessing",
        "probe.",
        "zeek.",
        "snort.",
        "fail2ban.",
    };
    for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
        if (strncmp(name, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    return false;
}
