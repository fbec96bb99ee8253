/* attribute/ask.c - registries, and how they are asked.
 *
 * Base URLs are those of IANA's bootstrap files (RFC 9224, 4) and change
 * rarely; whois servers are those that whois.iana.org refers to. Where no source
 * names the registry, the query is one that finds it.
 */
#include "attribute/ask.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name; /* as in delegation files */
    const char *rdap;
    const char *whois;
    const char *before; /* what stands before the address in a whois query */
} registries[] = {
    {"afrinic", "https://rdap.afrinic.net/rdap/ip/", "whois.afrinic.net", ""},
    {"apnic", "https://rdap.apnic.net/ip/", "whois.apnic.net", ""},
    {"arin", "https://rdap.arin.net/registry/ip/", "whois.arin.net", "n + "},
    {"lacnic", "https://rdap.lacnic.net/rdap/ip/", "whois.lacnic.net", ""},
    {"ripencc", "https://rdap.db.ripe.net/ip/", "whois.ripe.net", ""},
};

/* A statement of a delegation file begins "ripencc, ". */
static size_t registry_of(const struct origin *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        for (size_t k = 0; s->about == ORIGIN_REGISTERED && k < ARRAY_LEN(registries); k++) {
            size_t n = strlen(registries[k].name);
            if (strncmp(s->text, registries[k].name, n) == 0 && s->text[n] == ',') {
                return k;
            }
        }
    }
    return ARRAY_LEN(registries);
}

void attribute_ask(const struct origin *o, struct contact_query *ret)
{
    char text[ADDR_TEXT_MAX];
    (void)addr_format(&o->looked_up, text);
    *ret = (struct contact_query){.registry = ""};
    size_t k = registry_of(o);
    if (k < ARRAY_LEN(registries)) {
        (void)snprintf(ret->registry, sizeof(ret->registry), "%s", registries[k].name);
        (void)snprintf(ret->rdap, sizeof(ret->rdap), "%s%s", registries[k].rdap, text);
        (void)snprintf(ret->whois, sizeof(ret->whois), "whois -h %s '%s%s'", registries[k].whois,
                       registries[k].before, text);
        return;
    }
    /* RFC 7480, 5.2: a server that redirects to whoever holds the network. */
    (void)snprintf(ret->rdap, sizeof(ret->rdap), "https://rdap-bootstrap.arin.net/bootstrap/ip/%s",
                   text);
    (void)snprintf(ret->whois, sizeof(ret->whois), "whois '%s'", text);
}
