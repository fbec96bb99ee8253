/* exchange/accord/remarks.c - terms that do not go together: said, never repaired. */
#include "exchange/accord/remarks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct list {
    struct accord_remark *to;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void remark(struct list *l, const char *format, ...)
{
    va_list args;
    if (l->n < ACCORD_REMARKS_MAX) {
        va_start(args, format);
        (void)vsnprintf(l->to[l->n++].text, ACCORD_REMARK_MAX, format, args); /* cut to fit */
        va_end(args);
    }
}

/* TLP 2.0: RED is for the persons addressed, AMBER+STRICT for their organisation. */
static void look_at_sharing(struct list *l, const struct accord *a)
{
    static const char *const own = "own-organisation";
    const char *tlp = a->has_sharing ? accord_word_at(ACCORD_TLP, a->tlp).name : "";
    bool red = strcmp(tlp, "RED") == 0, strict = strcmp(tlp, "AMBER+STRICT") == 0;
    struct accord_word w;
    for (size_t i = 0; (w = accord_word_at(ACCORD_RECIPIENTS, i)).name != NULL; i++) {
        if ((a->recipients >> i & 1U) != 0 && (red || (strict && strcmp(w.name, own) != 0))) {
            remark(l, "TLP:%s is %s, and yet it may be passed on to %s", tlp,
                   accord_word_at(ACCORD_TLP, a->tlp).says, w.name);
        }
    }
}

static void look_at_networks(struct list *l, const struct accord_party *a,
                             const struct accord_party *b)
{
    for (size_t i = 0; i < a->network_n; i++) {
        for (size_t k = 0; k < b->network_n; k++) {
            const struct prefix *x = &a->network[i], *y = &b->network[k];
            char one[PREFIX_TEXT_MAX], other[PREFIX_TEXT_MAX];
            if (prefix_contains(x, &y->net) || prefix_contains(y, &x->net)) {
                (void)prefix_format(x, one);
                (void)prefix_format(y, other);
                remark(l,
                       "%s names %s as its own, and %s names %s: whose acts are those from there",
                       a->name, one, b->name, other);
            }
        }
    }
}

/* Two time limits, in hours, of which the first is to be over first. */
static void look_at_limits(struct list *l, const struct accord *a, const char *first,
                           const char *last)
{
    int x = accord_word_find(ACCORD_LIMIT_NAMES, first),
        y = accord_word_find(ACCORD_LIMIT_NAMES, last);
    if (!a->has_limits || x < 0 || y < 0 || a->limits[x] == 0 || a->limits[y] == 0) {
        return;
    }
    unsigned long hours = a->limits[x] * (strstr(first, "_days") != NULL ? 24UL : 1UL),
                  most = a->limits[y] * (strstr(last, "_days") != NULL ? 24UL : 1UL);
    if (hours > most) {
        remark(l, "%s is %u, and %s, which ends later, is %u: that is sooner", first, a->limits[x],
               last, a->limits[y]);
    }
}

size_t accord_remarks(const struct accord *a, const bool *spoke,
                      struct accord_remark ret[ACCORD_REMARKS_MAX])
{
    struct list l = {.to = ret};
    look_at_sharing(&l, a);
    look_at_limits(&l, a, "receipt_hours", "answer_days");
    look_at_limits(&l, a, "urgent_hours", "answer_days");
    look_at_limits(&l, a, "answer_days", "final_days");
    for (size_t i = 0; i < a->party_n; i++) {
        if (spoke[i] && a->party[i].contact_n == 0) {
            remark(&l, "%s names no contact point (--contact): nobody is there to be asked",
                   a->party[i].name);
        }
        for (size_t k = i + 1; k < a->party_n; k++) {
            look_at_networks(&l, &a->party[i], &a->party[k]);
        }
    }
    return l.n;
}
