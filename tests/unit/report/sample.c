/* tests/unit/report/sample.c - what the made-up views hold. */
#include "sample.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "base/model/tool.h"

#define EPOCH (INT64_C(1715940303) * TIME_SECOND) /* 2024-05-17 10:05:03 */

static void require(bool ok)
{
    if (!ok) {
        puts("Bail out! no memory for a test");
        exit(1);
    }
}

static struct addr address(const char *text)
{
    struct addr a;
    enum status st = addr_parse(bytes_of(text, strlen(text)), &a);
    assert(st == ST_OK);
    (void)st;
    return a;
}

struct sample *sample_new(size_t cap)
{
    struct sample *s = calloc(1, sizeof(*s));
    require(s != NULL);
    s->cap = cap;
    s->findings = calloc(cap + 1, sizeof(*s->findings));
    s->origins = calloc(cap + 1, sizeof(*s->origins));
    require(s->findings != NULL && s->origins != NULL);
    finding_list_init(&s->list, 1 << 30);
    require(definition_set_builtin("default", &s->definitions) == ST_OK);
    s->inputs[0] = (struct view_input){.name = "border.pcap",
                                       .format = "pcap (gzip)",
                                       .records = 1234567,
                                       .has_time = true,
                                       .first_ns = EPOCH};
    s->inputs[1] = (struct view_input){.name = "auth.log", .format = "sshd log (syslog)"};
    s->summary = (struct summary){.packets = 1234567,
                                  .tcp = 1000000,
                                  .has_time = true,
                                  .first_ns = EPOCH,
                                  .last_ns = EPOCH + TIME_HOUR,
                                  .locals = {.rule = LOCAL_GIVEN, .n = 1}};
    s->summary.locals.nets[0] = (struct prefix){.net = address("192.0.2.0"), .len = 120};
    s->sources.n = 2;
    s->sources.items[0] = (struct origin_source){.name = "geo A",
                                                 .credit = "Project A, CC BY-SA 4.0",
                                                 .format = ORIGIN_TOR_GEOIP,
                                                 .family = ORIGIN_RECORDS,
                                                 .date = ORIGIN_DATE_DATA,
                                                 .date_ns = EPOCH,
                                                 .digested = true};
    s->sources.items[1] = (struct origin_source){.name = "geo B", .format = ORIGIN_MMDB};
    s->v = (struct view){.version = "0.1.0",
                         .inputs = s->inputs,
                         .input_n = SAMPLE_INPUTS,
                         .findings = s->findings,
                         .remarks = s->remarks,
                         .summary = &s->summary,
                         .sources = &s->sources,
                         .definitions = &s->definitions};
    return s;
}

void sample_free(struct sample *s)
{
    finding_list_fini(&s->list);
    free(s->findings);
    free(s->origins);
    free(s);
}

static void set_origin(struct origin *o, const struct addr *a)
{
    *o = (struct origin){.addr = *a, .looked_up = *a, .has_net = true, .n_as = 1};
    o->net = prefix_of(a, 120);
    o->as[0].number = 64500;
    (void)snprintf(o->as[0].name, sizeof(o->as[0].name), "Example Hosting");
    o->registered = (struct origin_country){
        .word = ORIGIN_AGREED, .code = "NL", .families = 1, .n = 1, .values = {{"NL", 1, 1}}};
    o->located = (struct origin_country){
        .word = ORIGIN_SPLIT, .families = 2, .n = 2, .values = {{"DE", 2, 1}, {"NL", 1, 1}}};
    o->relation = ORIGIN_DIFFERENT;
    o->flags = 1U << ORIGIN_HOSTING | 1U << ORIGIN_TOR_EXIT;
    o->stale = 1U << ORIGIN_TOR_EXIT;
    struct origin_statement *st = origin_state(o, 0, ORIGIN_NETWORK);
    st->has_asn = true;
    st->asn = 64500;
    st->first = st->last = *a;
    st->day = 19000;
    st = origin_state(o, 1, ORIGIN_LOCATED);
    memcpy(st->code, "DE", 3);
    st->first = st->last = *a;
}

struct finding *sample_add(struct sample *s, const char *kind, const char *initiator)
{
    assert(s->v.finding_n < s->cap);
    struct finding *f = finding_list_add(&s->list);
    require(f != NULL);
    (void)snprintf(f->kind, sizeof(f->kind), "%s", kind);
    (void)snprintf(f->definition, sizeof(f->definition), "%s/1", kind);
    finding_words(f, "syn", "tcp");
    f->flags = FINDING_LOCAL_KNOWN;
    f->when = (struct extent){EPOCH, EPOCH + 4 * TIME_MINUTE, pos_make(0, 24), pos_make(0, 9000)};
    f->packets = 1500;
    f->targets = 1;
    f->ports = 1000;
    f->pairs = 1000;
    f->refused = 1000;
    for (f->port_n = 0; f->port_n < FINDING_PORTS_MAX; f->port_n++) {
        f->port_list[f->port_n] = (uint16_t)(f->port_n + 20);
    }
    f->has_victim = true;
    f->victim = f->target_sample[0] = address("192.0.2.10");
    f->target_n = 1;
    finding_decide(f, "ports of one target that came to nothing", 1000, 15);
    if (initiator != NULL) {
        f->has_initiator = f->has_remote = true;
        f->initiator = f->remote = address(initiator);
        set_origin(&s->origins[s->v.finding_n], &f->remote);
        s->findings[s->v.finding_n].origin = &s->origins[s->v.finding_n];
    }
    require(finding_identify(f) == ST_OK);
    s->findings[s->v.finding_n++].finding = f;
    s->v.found++;
    return f;
}

struct view_finding *sample_last(struct sample *s)
{
    return &s->findings[s->v.finding_n - 1];
}

void sample_remark(struct sample *s, enum remark_code code, bool partial)
{
    assert(s->v.remark_n < SAMPLE_REMARKS);
    struct remark *r = &s->remarks[s->v.remark_n++];
    *r = (struct remark){.code = code, .count = 2, .offset = 77, .partial = partial};
    (void)snprintf(r->text, sizeof(r->text), "%s", code == REMARK_CUT ? "pcap record" : "");
}

static void add_flood(struct sample *s)
{
    struct finding *f = sample_add(s, "flood.syn", NULL);
    f->flags |= FINDING_MANY;
    f->sources = 5000;
    f->peak = 900;
    f->source_n = 1;
    f->source_sample[0] = address("198.51.100.7");
    struct view_finding *vf = sample_last(s);
    vf->tested = true;
    vf->spoof = (struct attribute_spoof_result){
        .verdict = SPOOF_CONSISTENT, .test = "share of impossible sources", .space = "all of IPv4"};
}

static void add_guessing(struct sample *s)
{
    struct finding *f = sample_add(s, "bruteforce.ssh", "203.0.113.7");
    finding_words(f, "password", "ssh");
    f->flags |= FINDING_LOG;
    f->authentic = AUTHENTIC_TWO_WAY;
    f->attempts = 1214;
    f->users = 2;
    f->texts[f->text_n++] = arena_text(&s->list.arena, BYTES_LITERAL("root"));
    f->texts[f->text_n++] = arena_text(&s->list.arena, BYTES_LITERAL("=cmd|' /C'!A0,\"x\""));
    f = sample_add(s, "access.after-guessing", "203.0.113.7");
    finding_words(f, "password", "ssh");
    f->flags |= FINDING_LOG;
    f->authentic = AUTHENTIC_TWO_WAY;
    f->accepted = 1;
    f->users = 1;
    f->texts[f->text_n++] = arena_text(&s->list.arena, BYTES_LITERAL("root"));
    finding_decide(f, "failed logins before one was let in", 1214, 10);
}

struct sample *sample_full(void)
{
    struct sample *s = sample_new(16);
    struct finding *f = sample_add(s, "scan.vertical", "198.51.100.1");
    f->tool_n = 2;
    f->tools[0] = (struct finding_tool){TOOL_MASSCAN, 10, 12};
    f->tools[1] = (struct finding_tool){TOOL_NMAP, 10, 12};
    f = sample_add(s, "scan.horizontal", "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa");
    f->targets = 4096;
    f->sessions = 2;
    f->answered = 12;
    f->flags |= FINDING_BOUNDS | FINDING_AT_LEAST | FINDING_INNER;
    f = sample_add(s, "scan.block", "192.0.2.99");
    f->flags |= FINDING_INSIDE;
    add_guessing(s);
    add_flood(s);
    f = sample_add(s, "scan.distributed", NULL);
    f->flags |= FINDING_MANY | FINDING_ONE_WAY;
    f->sources = 12;
    const char *whole = f->id;
    f = sample_add(s, "scan.vertical", "198.51.100.50");
    f->flags |= FINDING_PART;
    memcpy(f->part_of, whole, sizeof(f->part_of));
    f = sample_add(s, "probe.web", "198.51.100.60");
    f->paths = 30;
    f->missing = 1400;
    f->served = 2;
    f->texts[f->text_n++] = arena_text(&s->list.arena, BYTES_LITERAL("/wp-login.php"));
    f = sample_add(s, "scan.vertical", "198.51.100.70");
    f->flags |= FINDING_BELOW;
    f = sample_add(s, "scan.horizontal", "192.0.2.5");
    f->flags |= FINDING_ALLOWED | FINDING_INSIDE;
    sample_remark(s, REMARK_TIME_BACKWARDS, false);
    sample_remark(s, REMARK_CUT, true);
    s->summary.background_initiators = 23;
    s->summary.background_packets = 45;
    s->v.filter = (struct view_filter){.has_since = true, .since_ns = EPOCH};
    return s;
}

struct sample *sample_scanners(size_t n)
{
    struct sample *s = sample_new(2 * n);
    for (size_t i = 0; i < n; i++) {
        char text[ADDR_TEXT_MAX];
        (void)snprintf(text, sizeof(text), "198.%zu.%zu.%zu", 18 + i / 65536, i / 256 % 256,
                       i % 256);
        struct finding *f = sample_add(s, i % 3 ? "scan.horizontal" : "scan.vertical", text);
        f->packets += i % 977;
        f->answered = i % 7 == 0 ? i : 0;
        f->sessions = i % 101 == 0;
        if (i % 5 == 0) {
            sample_add(s, "backscatter", NULL)->flags |= FINDING_MANY;
        }
    }
    return s;
}
