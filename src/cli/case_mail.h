/* cli/case_mail.h - a mail that answers a notice, read in a process that can do nothing else. */
#pragma once

#include "base/core/cursor.h"
#include "exchange/dkim.h"

/* Ids that one place of a mail may quote before nobody can tell which is meant. */
enum { CASE_MAIL_IDS = 64, CASE_MAIL_ID_MAX = 33, CASE_MAIL_TEXT_MAX = 512 };

/* What looks like an id: eight characters are a notice's, 32 digits a case's. */
struct case_mail_ids {
    size_t n;
    bool more;
    char id[CASE_MAIL_IDS][CASE_MAIL_ID_MAX];
};

/* Texts are made safe to show. Nothing here is more than what the mail says. */
struct case_mail {
    char from[CASE_MAIL_TEXT_MAX], subject[CASE_MAIL_TEXT_MAX];
    bool ours;                    /* its Message-ID is that of a notice: no answer */
    bool automatic;               /* RFC 3834, 5: nobody wrote it */
    struct case_mail_ids headers; /* In-Reply-To, References, Subject */
    struct case_mail_ids text;
    struct dkim_report signatures;
};

/* False: said. `keys` may be NULL. */
bool case_mail_read(const char *name, struct bytes mail, const struct dkim_keys *keys,
                    uint64_t now_s, struct case_mail *ret);
