/* attribute/sources.c - the set, the defaults, the lookup. */
#include "attribute/sources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute/conclude.h"
#include "attribute/contacts.h"
#include "attribute/misp.h"
#include "attribute/source_parts.h"
#include "attribute/special.h"
#include "base/core/timefmt.h"

struct attribute_sources {
    int64_t now_ns;
    size_t n;
    struct attribute_source *items[LIMIT_SOURCES];
    bool broken[LIMIT_SOURCES];
    struct origin_sources info;
};

/* Where Debian installs them; of one package's files the first that is there. */
static const struct {
    const char *package;
    const char *paths[2];
    const char *lost; /* what its absence costs */
} defaults[] = {
    {"tor-geoipdb", {"/usr/share/tor/geoip"}, "countries of IPv4"},
    {"tor-geoipdb", {"/usr/share/tor/geoip6"}, "countries of IPv6"},
    {"libloc-database",
     {"/var/lib/location/database.db", "/usr/share/libloc-location/location.db"},
     "networks, AS, flags"},
};

/* Values of remarks about the set itself lie above those of its sources. */
enum { REMARK_SET = 1 << 20 };

enum status attribute_sources_new(int64_t now_ns, struct attribute_sources **ret)
{
    /* OpenSSL reads its configuration and jansson the random device when they
     * are first used, which must not be inside a cage. */
    struct digest first;
    TRY(digest_sha256((struct bytes){0}, &first));
    attribute_misp_begin();
    struct attribute_sources *set = calloc(1, sizeof(*set));
    if (set == NULL) {
        return ST_NOMEM;
    }
    set->now_ns = now_ns;
    *ret = set;
    return ST_OK;
}

void attribute_sources_free(struct attribute_sources *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->n; i++) {
        attribute_source_free(set->items[i]);
    }
    free(set);
}

/* Statements name their source: two files of one name are told apart by a
 * number, in order. */
static void keep_info(struct attribute_sources *set, size_t i)
{
    struct origin_source *x = &set->info.items[i];
    unsigned alike = 1;
    *x = *attribute_source_info(set->items[i]);
    for (size_t k = 0; k < i; k++) {
        alike += strcmp(attribute_source_info(set->items[k])->name, x->name) == 0;
    }
    if (alike > 1) {
        char name[ORIGIN_NAME_MAX + 16];
        enum { NUMBER_MAX = 5 }; /* " (64)" */
        (void)snprintf(name, sizeof(name), "%.*s (%u)", ORIGIN_NAME_MAX - 1 - NUMBER_MAX, x->name,
                       alike);
        origin_text(x->name, sizeof(x->name), bytes_of(name, strlen(name)));
    }
}

enum status attribute_sources_add_of(struct attribute_sources *set, const char *text,
                                     uint32_t formats, struct remark_list *remarks,
                                     struct fault *why)
{
    struct attribute_spec spec;
    if (set->n == LIMIT_SOURCES) {
        return fault_limit(why, 0, "sources", LIMIT_SOURCES);
    }
    TRY(attribute_spec_parse(text, &spec, why));
    TRY(attribute_source_open(&spec, (unsigned)set->n, set->now_ns, &set->items[set->n], remarks,
                              why));
    if ((formats >> attribute_source_info(set->items[set->n])->format & 1) == 0) {
        attribute_source_free(set->items[set->n]);
        set->items[set->n] = NULL;
        return ST_OK;
    }
    keep_info(set, set->n);
    set->info.n = ++set->n;
    return ST_OK;
}

enum status attribute_sources_add(struct attribute_sources *set, const char *text,
                                  struct remark_list *remarks, struct fault *why)
{
    return attribute_sources_add_of(set, text, UINT32_MAX, remarks, why);
}

__attribute__((format(printf, 4, 5))) static void
remark_text(struct remark_list *remarks, uint64_t value, bool partial, const char *format, ...)
{
    struct remark r = {
        .code = REMARK_SOURCE, .input = UINT32_MAX, .value = value, .partial = partial};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r.text, sizeof(r.text), format, args); /* cut to fit */
    va_end(args);
    remark_add(remarks, &r);
}

void attribute_sources_complain(const char *spec, enum status st, const struct fault *why,
                                struct remark_list *remarks)
{
    enum { NAME_MAX_SHOWN = 100 };
    struct attribute_spec parsed;
    const char *path = attribute_spec_parse(spec, &parsed, NULL) == ST_OK ? parsed.path : spec;
    size_t n = strlen(path);
    char name[NAME_MAX_SHOWN + 1];
    char text[FAULT_TEXT_MAX];
    const char *from = n > NAME_MAX_SHOWN ? path + n - (NAME_MAX_SHOWN - 3) : path;
    (void)snprintf(name, sizeof(name), "%s%s", from != path ? "..." : "", from);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    /* Each its own remark: equal values would be counted as one. */
    uint64_t value = hash_bytes(bytes_of(spec, strlen(spec)), 0);
    remark_text(remarks, value | UINT64_C(1) << 63, true, "source %s cannot be used: %s", name,
                fault_text(st, why, text, sizeof(text)));
}

const char *attribute_sources_default(size_t i)
{
    if (i >= ARRAY_LEN(defaults)) {
        return NULL;
    }
    bool other = access(defaults[i].paths[0], F_OK) != 0 && defaults[i].paths[1] != NULL;
    return defaults[i].paths[other ? 1 : 0];
}

enum status attribute_sources_add_defaults(struct attribute_sources *set,
                                           struct remark_list *remarks)
{
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
        struct fault why = {0};
        enum status st = attribute_sources_add(set, attribute_sources_default(i), remarks, &why);
        if (st == ST_NOMEM) {
            return st;
        }
        if (st == ST_SYS && why.sys_errno == ENOENT) {
            remark_text(remarks, REMARK_SET + i, false, "no %s: install the package %s",
                        defaults[i].lost, defaults[i].package);
        } else if (st != ST_OK) {
            attribute_sources_complain(attribute_sources_default(i), st, &why, remarks);
        }
    }
    return ST_OK;
}

enum status attribute_sources_load(struct attribute_sources *set, bool v4, bool v6,
                                   struct remark_list *remarks)
{
    for (size_t i = 0; i < set->n; i++) {
        struct fault why = {0};
        if (set->broken[i] || !attribute_source_serves(set->items[i], v4, v6)) {
            continue;
        }
        enum status st = attribute_source_load(set->items[i], remarks, &why);
        if (st == ST_NOMEM) {
            return st;
        }
        if (st != ST_OK) {
            set->broken[i] = true;
            attribute_sources_complain(attribute_source_path(set->items[i]), st, &why, remarks);
        }
        keep_info(set, i);
    }
    return ST_OK;
}

const struct origin_sources *attribute_sources_info(const struct attribute_sources *set)
{
    return &set->info;
}

static void note_special(const struct addr *a, struct origin *o)
{
    const struct attribute_special *s = attribute_special_find(a);
    if (s == NULL) {
        return;
    }
    o->special.present = true;
    o->special.bogon = !s->global;
    o->special.anycast = s->anycast;
    origin_text(o->special.name, sizeof(o->special.name), bytes_of(s->name, strlen(s->name)));
    origin_text(o->special.rfc, sizeof(o->special.rfc), bytes_of(s->rfc, strlen(s->rfc)));
}

size_t attribute_sources_count(const struct attribute_sources *set)
{
    return set->n;
}

const struct attribute_source *attribute_sources_at(const struct attribute_sources *set, size_t i)
{
    return set->broken[i] || !set->items[i]->loaded ? NULL : set->items[i];
}

bool attribute_sources_begin(const struct addr *a, int64_t event_ns, struct origin *ret)
{
    *ret = (struct origin){.addr = *a, .looked_up = *a, .event_ns = event_ns};
    note_special(a, ret);
    ret->wrap = attribute_special_unwrap(a, &ret->looked_up, &ret->server);
    if (ret->wrap != ORIGIN_WRAP_NONE) {
        note_special(&ret->looked_up, ret); /* 6to4 from 10.0.0.1 is as impossible as 10.0.0.1 */
    }
    return !ret->special.bogon;
}

void attribute_sources_lookup(const struct attribute_sources *set, const struct addr *a,
                              int64_t event_ns, struct origin *ret)
{
    if (!attribute_sources_begin(a, event_ns, ret)) {
        return;
    }
    for (size_t i = 0; i < set->n; i++) {
        attribute_source_state(set->items[i], &ret->looked_up, ret);
    }
    attribute_conclude(ret, &set->info);
}

int attribute_sources_routes(const struct attribute_sources *set, int64_t event_ns,
                             uint64_t without)
{
    int best = -1;
    int64_t best_gap = INT64_MAX;
    for (size_t i = 0; i < set->n; i++) {
        const struct origin_source *info = &set->info.items[i];
        int64_t gap =
            info->date == ORIGIN_UNDATED ? INT64_MAX : time_abs_diff(info->date_ns, event_ns);
        if ((without >> i & 1) == 0 && attribute_source_routes(set->items[i]) &&
            (best < 0 || gap < best_gap)) {
            best = (int)i;
            best_gap = gap;
        }
    }
    return best;
}

bool attribute_sources_announced(const struct attribute_sources *set, int source,
                                 const struct addr *a)
{
    return attribute_source_announced(set->items[source], a);
}

static const struct contact *find_contact(const struct attribute_sources *set, const struct addr *a,
                                          enum attribute_contacts_want want, uint8_t *ret_source)
{
    const struct contact *best = NULL;
    for (size_t i = 0; i < set->n; i++) {
        const struct attribute_contacts *c = attribute_source_contacts(set->items[i]);
        const struct contact *found = c != NULL ? attribute_contacts_find(c, a, want, best) : best;
        if (found != best) {
            best = found;
            *ret_source = (uint8_t)i;
        }
    }
    return best;
}

bool attribute_sources_contact(const struct attribute_sources *set, const struct addr *a,
                               struct contact *ret)
{
    uint8_t source = 0;
    uint8_t other;
    const struct contact *mail = find_contact(set, a, CONTACTS_MAIL, &source);
    const struct contact *holder = find_contact(set, a, CONTACTS_HOLDER, &other);
    if (mail == NULL) {
        return false;
    }
    *ret = *mail;
    ret->source = source;
    if (ret->holder[0] == '\0') {
        memcpy(ret->holder, holder->holder, sizeof(ret->holder));
    }
    return true;
}
