/* cli/accord_next.c - what became of an accord, and who does what next. */
#include <stdio.h>
#include <string.h>

#include "cli/accord_parts.h"
#include "cli/say.h"
#include "exchange/accord/remarks.h"

enum { NAMES_BYTES = 1 << 16 };

/* Those that have a part in what comes next; each once, but for ourselves. */
enum part { NONE, FIRST, AGAIN, TAKES_IN };

static enum part part_of(const struct accord_standing *s, const struct accord_version *v,
                         const char *name, const char *self)
{
    if (strcmp(name, self) == 0 || accord_left(s, v, name) != NULL) {
        return NONE;
    }
    if (s->state == ACCORD_ENDED || accord_signed_by(v, name)) {
        return TAKES_IN;
    }
    return accord_signed_last(s, v, name) != NULL ? AGAIN : FIRST;
}

/* "b.example, c.example"; false: none. */
static bool names_of(const struct accord_standing *s, const struct accord_version *v,
                     const char *self, enum part part, struct buf *out)
{
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const char *name = v->accord->party[i].name;
        if (part_of(s, v, name, self) == part) {
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
        }
    }
    bool any = out->len > 0;
    buf_byte(out, '\0');
    return any && out->failed == ST_OK;
}

/* Only when nobody has to sign is taking it in what there is to do. */
static void tell_steps(const struct accord_job *job, const struct accord_standing *s,
                       const struct accord_version *v, const char *self)
{
    CLEANUP(buf_fini)
    struct buf first = BUF_INIT(NAMES_BYTES), again = BUF_INIT(NAMES_BYTES),
               others = BUF_INIT(NAMES_BYTES);
    const char *slash = job->output != NULL ? strrchr(job->output, '/') : NULL;
    const char *file = slash != NULL ? slash + 1 : job->output != NULL ? job->output : "FILE";
    bool new_ones = names_of(s, v, self, FIRST, &first),
         known = names_of(s, v, self, AGAIN, &again);
    if (new_ones) {
        say("next: send %s to %s; there: exhibit accord show %s", file, (const char *)first.data,
            file);
        say("      and then: exhibit accord sign %s --with KEY -o NEXT", file);
        say("      (KEY: what exhibit key show --policy prints here, sent by another way)");
    }
    if (known) {
        say("next: send %s to %s; there: exhibit accord diff %s", file, (const char *)again.data,
            file);
        say("      and then: exhibit accord sign %s --version %u -o NEXT", file,
            v->accord->version);
    }
    if (!new_ones && !known && names_of(s, v, self, TAKES_IN, &others)) {
        say("next: send %s to %s, who take%s it in: exhibit accord sign %s -o NEXT", file,
            (const char *)others.data, strchr((const char *)others.data, ',') != NULL ? "" : "s",
            file);
    }
}

/* "b.example, c.example (has left)" */
static void missing_of(const struct accord_standing *s, const struct accord_version *v,
                       struct buf *out)
{
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const char *name = v->accord->party[i].name;
        if (!v->signed_by[i]) {
            buf_printf(out, "%s%s%s", out->len > 0 ? ", " : "", name,
                       accord_left(s, v, name) != NULL ? " (has left: amend without it)" : "");
        }
    }
    buf_byte(out, '\0');
}

void accord_tell_next(const struct accord_job *job, const struct accord_standing *s,
                      const struct accord_version *v, const char *self, const char *did)
{
    CLEANUP(buf_fini) struct buf missing = BUF_INIT(NAMES_BYTES);
    struct accord_remark list[ACCORD_REMARKS_MAX];
    missing_of(s, v, &missing);
    if (missing.failed != ST_OK) {
        return;
    }
    say("accord %.8s, version %u: %s; %s%s", v->accord->id, v->accord->version, did,
        s->state == ACCORD_ENDED ? "it has ended: fewer than two parties are left"
        : missing.len > 1        ? "not yet signed by "
        : v->complete            ? "signed by all: it is in force"
                                 : "a party that it leaves out has not signed",
        s->state == ACCORD_ENDED ? "" : (const char *)missing.data);
    for (size_t i = 0; i < accord_remarks(v->accord, v->signed_by, list); i++) {
        say("remark: %s", list[i].text);
    }
    tell_steps(job, s, v, self);
}
