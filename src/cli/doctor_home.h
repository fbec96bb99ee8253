/* cli/doctor_home.h - what `doctor` tells, and its half about the home. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/status.h"
#include "evidence/rest/inspect.h"

enum { DOCTOR_TEXT_MAX = 512, DOCTOR_CHECKS_MAX = 20, DOCTOR_DAMAGE_MAX = 64 };

/* Weak: it works, and one should know. Bad: what is proven with it may not hold. */
enum health { GOOD, WEAK, BAD, NONE };

struct check {
    const char *name;
    enum health health;
    char text[DOCTOR_TEXT_MAX];
    size_t first, damaged; /* of the list of damage; more may be damaged than it holds */
};

struct doctor {
    const char *home, *key, *passphrase_file;
    bool json, all;
    size_t n;
    struct check check[DOCTOR_CHECKS_MAX];
    size_t damage_n;
    struct evidence_damage damage[DOCTOR_DAMAGE_MAX];
};

__attribute__((format(printf, 4, 5))) void
doctor_report(struct doctor *d, const char *name, enum health health, const char *format, ...);
void doctor_report_fault(struct doctor *d, const char *name, enum status st,
                         const struct fault *why);

/* False: wrong use, said. */
bool doctor_home(struct doctor *d);
