/* detect/web/judge.c - which events are findings, and what they say. */
#include <stdlib.h>
#include <string.h>

#include "detect/web/prober.h"

static bool asks_for_the_missing(const struct definition *d, const struct prober *p)
{
    return p->absent >= (uint64_t)d->params[WEB_MISSING] &&
           p->refused * 100 >= p->known * (uint64_t)d->params[WEB_MISSING_PERCENT];
}

/* The groups in which texts are shown. */
static unsigned group_of(const struct text_slot *slot)
{
    if ((slot->flags & TEXT_SERVED) != 0) {
        return TEXT_FIRST;
    }
    if ((slot->flags & TEXT_SUSPECT) != 0) {
        return (slot->flags & TEXT_STRONG) != 0 ? TEXT_SECOND : TEXT_THIRD;
    }
    return (slot->flags & TEXT_ABSENT) != 0 ? TEXT_FOURTH : 0;
}

static enum status sample(struct arena *arena, const struct prober *p, struct finding *f)
{
    static const unsigned groups[] = {TEXT_FIRST, TEXT_SECOND, TEXT_THIRD, TEXT_FOURTH};
    for (uint32_t i = 0; i < p->texts.cap; i++) {
        p->texts.slots[i].flags |= (uint16_t)group_of(&p->texts.slots[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(groups) && f->text_n < FINDING_TEXTS_MAX; i++) {
        size_t more;
        TRY(text_set_top(&p->texts, groups[i], FINDING_TEXTS_MAX - f->text_n, arena,
                         f->texts + f->text_n, &more));
        f->text_n += more;
    }
    return ST_OK;
}

static int compare_addrs(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static int compare_ports(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The distinct ones of `n`, in order; how many there are. */
static size_t distinct(void *all, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    uint8_t *items = all;
    size_t kept = 0;
    qsort(items, n, size, compare);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare(items + (kept - 1) * size, items + i * size) != 0) {
            memmove(items + kept++ * size, items + i * size, size);
        }
    }
    return kept;
}

static enum status add_servers(const struct prober *p, struct finding *f)
{
    CLEANUP(free_ptr) struct addr *addrs = calloc(p->servers.n, sizeof(*addrs));
    CLEANUP(free_ptr) uint16_t *ports = calloc(p->servers.n, sizeof(*ports));
    size_t n = 0;
    if (addrs == NULL || ports == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < p->servers.cap; i++) {
        struct bytes key = text_set_text(&p->servers, &p->servers.slots[i]);
        if (text_slot_used(&p->servers.slots[i]) && key.len == PROBER_SERVER_BYTES) {
            addrs[n] = addr_from_v6(key.data);
            ports[n++] = load_be16(key.data + sizeof(addrs->b));
        }
    }
    f->pairs = p->servers.n;
    f->targets = distinct(addrs, n, sizeof(*addrs), compare_addrs);
    f->ports = distinct(ports, n, sizeof(*ports), compare_ports);
    f->has_victim = f->targets == 1;
    f->victim = f->has_victim ? addrs[0] : f->victim;
    f->target_n = f->targets < FINDING_SAMPLE_MAX ? (size_t)f->targets : FINDING_SAMPLE_MAX;
    f->port_n = f->ports < FINDING_PORTS_MAX ? (size_t)f->ports : FINDING_PORTS_MAX;
    memcpy(f->target_sample, addrs, f->target_n * sizeof(*addrs));
    memcpy(f->port_list, ports, f->port_n * sizeof(*ports));
    return ST_OK;
}

static void add_tools(const struct prober *p, struct finding *f)
{
    for (size_t i = 0; i < FINDING_TOOLS_MAX && p->marks[i] != 0; i++) {
        f->tools[f->tool_n++] =
            (struct finding_tool){.mark = p->marks[i], .matched = p->marked[i], .of = p->requests};
    }
}

bool web_judge_meets(const struct definition *d, const struct prober *p)
{
    return asks_for_the_missing(d, p) || p->suspects >= (uint64_t)d->params[WEB_PATHS];
}

enum status web_judge_add(struct finding_list *findings, const struct definition *d, bool log,
                          const struct prober *p)
{
    struct finding *f = finding_list_begin(findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    finding_words(f, "request", "http");
    f->has_initiator = true;
    f->initiator = p->item.who;
    f->when = p->item.when;
    /* Who reads a server's log knows that the connection was made; in a
     * capture it takes an answer to show it. */
    bool two_way = log || p->two_way;
    f->authentic = two_way ? AUTHENTIC_TWO_WAY : AUTHENTIC_ONE_WAY;
    f->flags = (log ? FINDING_LOG : 0u) | (two_way ? 0u : FINDING_ONE_WAY) |
               (p->cut ? FINDING_AT_LEAST : 0u);
    f->packets = p->requests;
    f->paths = p->targets;
    f->missing = p->missing;
    f->served = p->served;
    f->answered = p->known;
    f->targets = p->servers.n;
    if (!log) {
        TRY(add_servers(p, f));
    }
    add_tools(p, f);
    TRY(sample(&findings->arena, p, f));
    if (asks_for_the_missing(d, p)) {
        finding_decide(f, "distinct paths that are not there", p->absent, d->params[WEB_MISSING]);
    } else {
        finding_decide(f, "suspicious request targets", p->suspects, d->params[WEB_PATHS]);
    }
    return finding_identify(f);
}
