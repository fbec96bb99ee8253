/* exchange/accord/differ.c - comparing two accords, term by term. */
#include "exchange/accord/differ.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/base64.h"

enum { DIFFER_BYTES = 8 << 20, DIFFER_MOST = 4096, TEXT_BYTES = 4096 };

struct saying {
    const char *about, *what, *old, *now;
};

static char *keep(struct accord_differences *d, const char *text)
{
    return arena_text(&d->arena, bytes_of(text, strlen(text)));
}

static enum status grow(struct accord_differences *d)
{
    if (d->n < d->cap) {
        return ST_OK;
    }
    size_t want = d->cap != 0 ? d->cap * 2 : 32;
    void *more = want <= DIFFER_MOST ? realloc(d->list, want * sizeof(*d->list)) : NULL;
    if (more == NULL) {
        return want <= DIFFER_MOST ? ST_NOMEM : ST_LIMIT;
    }
    d->list = more;
    d->cap = want;
    return ST_OK;
}

__attribute__((format(printf, 3, 4))) static enum status
tell(struct accord_differences *d, struct saying s, const char *format, ...)
{
    char line[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args); /* what is longer is cut */
    va_end(args);
    TRY(grow(d));
    struct accord_difference r = {.about = s.about,
                                  .what = keep(d, s.what),
                                  .old = keep(d, s.old != NULL ? s.old : ""),
                                  .now = keep(d, s.now != NULL ? s.now : ""),
                                  .says = keep(d, line)};
    if (r.what == NULL || r.old == NULL || r.now == NULL || r.says == NULL) {
        return ST_NOMEM;
    }
    d->list[d->n++] = r;
    return ST_OK;
}

/* --- clauses ---------------------------------------------------------------------- */

static const struct accord_declined *declined(const struct accord *a, const char *id)
{
    for (size_t i = 0; i < a->declined_n; i++) {
        if (strcmp(a->declined[i].clause->id, id) == 0) {
            return &a->declined[i];
        }
    }
    return NULL;
}

static enum status differ_clauses(const struct accord *old, const struct accord *now,
                                  struct accord_differences *d)
{
    const struct accord_clause *c;
    for (size_t i = 0; (c = accord_clause_at(i)) != NULL; i++) {
        bool was = accord_has_clause(old, c->id), is = accord_has_clause(now, c->id);
        const struct accord_declined *q = declined(now, c->id);
        if (!was && is) {
            TRY(tell(d, (struct saying){"clause", c->id, NULL, c->text}, "\"%s\" is new: %s",
                     c->title, c->text));
        } else if (was && !is && q != NULL) {
            TRY(tell(d, (struct saying){"clause", c->id, c->text, NULL},
                     "\"%s\" does not hold any more: %s declined it (%s). It is quoted, and means "
                     "nothing.",
                     c->title, q->by, accord_word_at(ACCORD_GROUNDS, q->ground).name));
        } else if (was && !is) {
            TRY(tell(d, (struct saying){"clause", c->id, c->text, NULL}, "\"%s\" is gone.",
                     c->title));
        }
    }
    return ST_OK;
}

/* --- definitions ------------------------------------------------------------------- */

static enum status differ_params(const struct definition *a, const struct definition *b,
                                 struct accord_differences *d)
{
    char full[DEFINITION_TEXT_MAX], what[DEFINITION_TEXT_MAX + 64], x[32], y[32];
    (void)definition_full_name(b, full);
    for (size_t i = 0; method_param_name(a->method, i) != NULL; i++) {
        const char *name = method_param_name(a->method, i);
        if (a->params[i] == b->params[i]) {
            continue;
        }
        (void)snprintf(what, sizeof(what), "%s %s", full, name);
        (void)snprintf(x, sizeof(x), "%lld", (long long)a->params[i]);
        (void)snprintf(y, sizeof(y), "%lld", (long long)b->params[i]);
        TRY(tell(d, (struct saying){"definition", what, x, y}, "%s: %s is %s instead of %s.", full,
                 name, y, x));
    }
    return ST_OK;
}

static enum status differ_pair(const struct definition *a, const struct definition *b,
                               struct accord_differences *d)
{
    char x[DEFINITION_TEXT_MAX], y[DEFINITION_TEXT_MAX];
    (void)definition_full_name(a, x);
    (void)definition_full_name(b, y);
    if (strcmp(x, y) != 0 || strcmp(a->kind, b->kind) != 0) {
        TRY(tell(d, (struct saying){"definition", a->name, x, y}, "%s is now %s (%s).", x, y,
                 b->kind));
    }
    if (a->method != b->method) {
        return tell(
            d, (struct saying){"definition", y, method_name(a->method), method_name(b->method)},
            "%s is found in another way: %s instead of %s.", y, method_name(b->method),
            method_name(a->method));
    }
    return differ_params(a, b, d);
}

static enum status differ_sets(const struct definition_set *old, const struct definition_set *now,
                               struct accord_differences *d)
{
    char full[DEFINITION_TEXT_MAX];
    for (size_t i = 0; i < old->n; i++) {
        const struct definition *b = definition_by_name(now, old->items[i].name);
        (void)definition_full_name(&old->items[i], full);
        TRY(b != NULL ? differ_pair(&old->items[i], b, d)
                      : tell(d, (struct saying){"definition", full, full, NULL},
                             "%s does not count any more.", full));
    }
    for (size_t i = 0; i < now->n; i++) {
        (void)definition_full_name(&now->items[i], full);
        if (definition_by_name(old, now->items[i].name) == NULL) {
            TRY(tell(d, (struct saying){"definition", full, NULL, full}, "%s counts as well.",
                     full));
        }
    }
    return ST_OK;
}

static enum status differ_definitions(const struct accord *old, const struct accord *now,
                                      struct accord_differences *d)
{
    static const struct definition_set none = {.n = 0};
    return differ_sets(old->has_definitions ? &old->definitions : &none,
                       now->has_definitions ? &now->definitions : &none, d);
}

/* --- numbers and lists ------------------------------------------------------------- */

static enum status differ_limits(const struct accord *old, const struct accord *now,
                                 struct accord_differences *d)
{
    for (size_t i = 0; i < ACCORD_LIMITS; i++) {
        struct accord_word w = accord_word_at(ACCORD_LIMIT_NAMES, i);
        char x[16], y[16];
        if (old->limits[i] == now->limits[i]) {
            continue;
        }
        (void)snprintf(x, sizeof(x), "%u", old->limits[i]);
        (void)snprintf(y, sizeof(y), "%u", now->limits[i]);
        struct saying s = {"limit", w.name, old->limits[i] != 0 ? x : "",
                           now->limits[i] != 0 ? y : ""};
        TRY(old->limits[i] == 0   ? tell(d, s, "%s %s (new).", y, w.says)
            : now->limits[i] == 0 ? tell(d, s, "No limit any more: %s.", w.says)
                                  : tell(d, s, "%s %s instead of %s.", y, w.says, x));
    }
    return ST_OK;
}

static enum status differ_words(enum accord_list list, const char *what, uint32_t old, uint32_t now,
                                struct accord_differences *d)
{
    struct accord_word w;
    for (size_t i = 0; (w = accord_word_at(list, i)).name != NULL; i++) {
        bool was = (old >> i & 1U) != 0, is = (now >> i & 1U) != 0;
        if (was != is) {
            struct saying s = {"list", what, was ? w.name : "", is ? w.name : ""};
            TRY(tell(d, s, is ? "%s: %s (%s) is new." : "%s: %s (%s) is gone.", what, w.name,
                     w.says));
        }
    }
    return ST_OK;
}

static enum status differ_sharing(const struct accord *old, const struct accord *now,
                                  struct accord_differences *d)
{
    const char *x = old->has_sharing ? accord_word_at(ACCORD_TLP, old->tlp).name : "";
    const char *y = now->has_sharing ? accord_word_at(ACCORD_TLP, now->tlp).name : "";
    if (strcmp(x, y) != 0) {
        TRY(tell(d, (struct saying){"sharing", "tlp", x, y}, "What passes is marked %s%s%s.",
                 y[0] != '\0' ? "TLP:" : "not at all", y, x[0] != '\0' ? ", not as before" : ""));
    }
    return differ_words(ACCORD_RECIPIENTS, "may be passed on to", old->recipients, now->recipients,
                        d);
}

static bool has_witness(const struct accord *a, const struct accord_witness *w)
{
    for (size_t i = 0; i < a->witness_n; i++) {
        if (memcmp(&a->witness[i].key.material, &w->key.material, sizeof(struct digest)) == 0) {
            return true;
        }
    }
    return false;
}

static enum status differ_witnesses(const struct accord *old, const struct accord *now,
                                    struct accord_differences *d)
{
    char x[16], y[16];
    for (size_t i = 0; i < old->witness_n; i++) {
        const char *name = old->witness[i].key.name;
        if (!has_witness(now, &old->witness[i])) {
            TRY(tell(d, (struct saying){"witness", name, name, NULL}, "%s is no witness any more.",
                     name));
        }
    }
    for (size_t i = 0; i < now->witness_n; i++) {
        const char *name = now->witness[i].key.name;
        if (!has_witness(old, &now->witness[i])) {
            TRY(tell(d, (struct saying){"witness", name, NULL, name}, "%s is a witness.", name));
        }
    }
    if (old->quorum != now->quorum) {
        (void)snprintf(x, sizeof(x), "%u", old->quorum);
        (void)snprintf(y, sizeof(y), "%u", now->quorum);
        return tell(d, (struct saying){"witness", "quorum", x, y},
                    "%s witnesses have to cosign instead of %s.", y, x);
    }
    return ST_OK;
}

/* --- parties ----------------------------------------------------------------------- */

static bool has_network(const struct accord_party *p, const struct prefix *n)
{
    char a[PREFIX_TEXT_MAX], b[PREFIX_TEXT_MAX];
    (void)prefix_format(n, a);
    for (size_t i = 0; i < p->network_n; i++) {
        (void)prefix_format(&p->network[i], b);
        if (strcmp(a, b) == 0) {
            return true;
        }
    }
    return false;
}

static enum status differ_networks(const struct accord_party *a, const struct accord_party *b,
                                   struct accord_differences *d)
{
    char text[PREFIX_TEXT_MAX];
    for (size_t i = 0; i < a->network_n; i++) {
        (void)prefix_format(&a->network[i], text);
        if (!has_network(b, &a->network[i])) {
            TRY(tell(d, (struct saying){"party", b->name, text, NULL},
                     "%s does not name %s as its own any more.", b->name, text));
        }
    }
    for (size_t i = 0; i < b->network_n; i++) {
        (void)prefix_format(&b->network[i], text);
        if (!has_network(a, &b->network[i])) {
            TRY(tell(d, (struct saying){"party", b->name, NULL, text}, "%s names %s as its own.",
                     b->name, text));
        }
    }
    return ST_OK;
}

static void contact_text(const struct accord_contact *c, char *out, size_t max)
{
    (void)snprintf(out, max, "%s: %s%s%s%s%s%s%s", accord_word_at(ACCORD_LANES, c->lane).name,
                   c->mail, c->phone[0] != '\0' ? ", " : "", c->phone,
                   c->hours[0] != '\0' ? ", " : "", c->hours, c->role[0] != '\0' ? ", " : "",
                   c->role);
}

static bool has_contact(const struct accord_party *p, const char *text)
{
    char other[1024];
    for (size_t i = 0; i < p->contact_n; i++) {
        contact_text(&p->contact[i], other, sizeof(other));
        if (strcmp(other, text) == 0) {
            return true;
        }
    }
    return false;
}

static enum status differ_contacts(const struct accord_party *a, const struct accord_party *b,
                                   struct accord_differences *d)
{
    char text[1024];
    for (size_t i = 0; i < a->contact_n; i++) {
        contact_text(&a->contact[i], text, sizeof(text));
        if (!has_contact(b, text)) {
            TRY(tell(d, (struct saying){"party", b->name, text, NULL},
                     "%s: this contact point is gone: %s.", b->name, text));
        }
    }
    for (size_t i = 0; i < b->contact_n; i++) {
        contact_text(&b->contact[i], text, sizeof(text));
        if (!has_contact(a, text)) {
            TRY(tell(d, (struct saying){"party", b->name, NULL, text},
                     "%s: a new contact point: %s.", b->name, text));
        }
    }
    return ST_OK;
}

static bool has_sensor(const struct accord_party *p, const char *name)
{
    for (size_t i = 0; i < p->sensor_n; i++) {
        if (strcmp(p->sensor[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static enum status differ_sensors(const struct accord_party *a, const struct accord_party *b,
                                  struct accord_differences *d)
{
    for (size_t i = 0; i < a->sensor_n; i++) {
        if (!has_sensor(b, a->sensor[i])) {
            TRY(tell(d, (struct saying){"party", b->name, a->sensor[i], NULL},
                     "%s: sensor %s is gone.", b->name, a->sensor[i]));
        }
    }
    for (size_t i = 0; i < b->sensor_n; i++) {
        if (!has_sensor(a, b->sensor[i])) {
            TRY(tell(d, (struct saying){"party", b->name, NULL, b->sensor[i]},
                     "%s: sensor %s is new.", b->name, b->sensor[i]));
        }
    }
    return ST_OK;
}

static enum status differ_identity(const struct accord_party *a, const struct accord_party *b,
                                   struct accord_differences *d)
{
    if (memcmp(&a->key.material, &b->key.material, sizeof(struct digest)) != 0) {
        TRY(tell(d, (struct saying){"party", b->name, "key", "key"}, "%s signs with another key.",
                 b->name));
    }
    if (a->has_next != b->has_next || memcmp(&a->next, &b->next, sizeof(a->next)) != 0) {
        TRY(tell(d, (struct saying){"party", b->name, "next", "next"},
                 "%s promises another next key.", b->name));
    }
    if (strcmp(a->title, b->title) != 0) {
        TRY(tell(d, (struct saying){"party", b->name, a->title, b->title},
                 "%s is called \"%s\" instead of \"%s\".", b->name, b->title, a->title));
    }
    if (a->tls_n != b->tls_n || memcmp(a->tls, b->tls, a->tls_n * sizeof(a->tls[0])) != 0) {
        TRY(tell(d, (struct saying){"party", b->name, "tls", "tls"}, "%s names other certificates.",
                 b->name));
    }
    return ST_OK;
}

static enum status differ_parties(const struct accord *old, const struct accord *now,
                                  struct accord_differences *d)
{
    static const struct accord_party nobody = {.has_next = false};
    for (size_t i = 0; i < old->party_n; i++) {
        const char *name = old->party[i].name;
        if (accord_party_find(now, name) == NULL) {
            TRY(tell(d, (struct saying){"party", name, name, NULL}, "%s is no party any more.",
                     name));
        }
    }
    for (size_t i = 0; i < now->party_n; i++) {
        const struct accord_party *b = &now->party[i], *a = accord_party_find(old, b->name);
        if (a == NULL) {
            TRY(tell(d, (struct saying){"party", b->name, NULL, b->name}, "%s is a party.",
                     b->name));
            a = &nobody;
        } else {
            TRY(differ_identity(a, b, d));
        }
        TRY(differ_contacts(a, b, d));
        TRY(differ_networks(a, b, d));
        TRY(differ_sensors(a, b, d));
    }
    return ST_OK;
}

static enum status differ(const struct accord *old, const struct accord *now,
                          struct accord_differences *d)
{
    if (strcmp(old->title, now->title) != 0) {
        TRY(tell(d, (struct saying){"title", "title", old->title, now->title},
                 "The title is \"%s\" instead of \"%s\".", now->title, old->title));
    }
    TRY(differ_parties(old, now, d));
    TRY(differ_clauses(old, now, d));
    TRY(differ_definitions(old, now, d));
    TRY(differ_limits(old, now, d));
    TRY(differ_words(ACCORD_DENIALS, "grounds for disputing", old->denials, now->denials, d));
    TRY(differ_words(ACCORD_GROUNDS, "grounds for declining", old->grounds, now->grounds, d));
    TRY(differ_witnesses(old, now, d));
    return differ_sharing(old, now, d);
}

enum status accord_differ(const struct accord *old, const struct accord *now,
                          struct accord_differences *ret)
{
    struct accord_differences d = {.n = 0};
    arena_init(&d.arena, DIFFER_BYTES);
    enum status st = differ(old, now, &d);
    if (st != ST_OK) {
        accord_differences_fini(&d);
        return st;
    }
    *ret = d;
    return ST_OK;
}

void accord_differences_fini(struct accord_differences *d)
{
    arena_fini(&d->arena);
    free(d->list);
    *d = (struct accord_differences){.n = 0};
}
