/* bench/tally.c - one CSV line per actor that sent anything. */
#include "tally.h"

#include <inttypes.h>

void tally_list_init(struct tally_list *l, struct arena *a)
{
    *l = (struct tally_list){.arena = a};
    l->end = &l->first;
}

struct tally *tally_new(struct tally_list *l, const char *kind, const char *protocol,
                        const struct addr *source, unsigned sets)
{
    struct tally *t = arena_alloc(l->arena, sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->kind = kind;
    t->protocol = protocol;
    t->many_sources = source == NULL;
    if (source != NULL) {
        t->source = *source;
    }
    if ((sets & TALLY_TARGET_SET) && !(t->targets = arena_alloc(l->arena, TALLY_TARGETS / 8))) {
        return NULL;
    }
    if ((sets & TALLY_PORT_SET) && !(t->ports = arena_alloc(l->arena, TALLY_PORTS / 8))) {
        return NULL;
    }
    *l->end = t;
    l->end = &t->next;
    return t;
}

static unsigned count_bits(const uint8_t *bits, size_t n)
{
    unsigned count = 0;
    for (size_t i = 0; i < n / 8; i++) {
        count += (unsigned)__builtin_popcount(bits[i]);
    }
    return count;
}

/* Up to eight ports by name, more as "*", none for protocols without. */
static void write_ports(const struct tally *t, unsigned n, FILE *out)
{
    if (n == 0 || n > 8) {
        fputs(n == 0 ? "," : "*,", out);
        return;
    }
    const char *before = "";
    for (unsigned port = 0; port < TALLY_PORTS; port++) {
        if (t->ports[port >> 3] >> (port & 7) & 1) {
            fprintf(out, "%s%u", before, port);
            before = ";";
        }
    }
    fputs(",", out);
}

static void write_line(const struct tally *t, FILE *out)
{
    char text[ADDR_TEXT_MAX] = "*";
    if (!t->many_sources) {
        (void)addr_format(&t->source, text); /* its length is not needed */
    }
    unsigned targets = t->targets == NULL ? 0 : count_bits(t->targets, TALLY_TARGETS);
    unsigned ports = t->ports == NULL ? 0 : count_bits(t->ports, TALLY_PORTS);
    fprintf(out, "%s,%s,%s,", text, t->kind, t->protocol);
    write_ports(t, ports, out);
    fprintf(out, "%" PRIu64 ",", t->packets);
    /* An empty field says that nobody counted. */
    if (t->targets != NULL) {
        fprintf(out, "%u", targets);
    }
    fputs(",", out);
    if (t->ports != NULL) {
        fprintf(out, "%u", ports);
    }
    (void)addr_format(&t->target, text);
    fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%s\n", t->first_ns, t->last_ns,
            targets == 1 ? text : "*");
}

void tally_write(const struct tally_list *l, FILE *out)
{
    fputs("source,kind,protocol,ports,packets,distinct_targets,distinct_ports,first_ns,last_ns,"
          "target\n",
          out);
    for (const struct tally *t = l->first; t != NULL; t = t->next) {
        if (t->packets > 0) {
            write_line(t, out);
        }
    }
}
