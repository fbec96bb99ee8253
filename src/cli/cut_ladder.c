/* cli/cut_ladder.c - the remotes are looked up as findings are. */
#include "cli/cut_ladder.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/os/clock.h"
#include "cli/kept.h"
#include "cli/locate.h"
#include "cli/say.h"
#include "evidence/exhibit/ladder.h"

struct asked {
    struct finding *findings;
    struct view_finding *shown;
    struct reading reading;
    struct located located;
};

static void asked_fini(struct asked *a)
{
    located_fini(&a->located);
    reading_fini(&a->reading);
    free(a->findings);
    free(a->shown);
}

static bool look_up(const struct cut_ladder *l, struct asked *a)
{
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    struct fault why = {0};
    if (!kept_specs(l->home, l->sources, l->source_n, &specs)) {
        return false;
    }
    const struct locate_job job = {
        .specs = specs.items, .spec_n = specs.n, .now_ns = clock_now_ns()};
    enum status st = locate_run(&job, a->shown, l->remote_n, &a->reading, &a->located, &why);
    if (st != ST_OK) {
        say_fault("looking up addresses", st, &why);
        return false;
    }
    for (size_t i = 0; i < a->reading.remark_n; i++) {
        if (!a->reading.remarks[i].partial) { /* those that are were said */
            say("%s: %s", l->command, a->reading.remarks[i].text);
        }
    }
    return true;
}

static bool write_statements(const struct cut_ladder *l, struct asked *a, struct buf *out)
{
    CLEANUP(free_ptr) struct origin *origins = calloc(l->remote_n + 1, sizeof(*origins));
    struct evidence_ladder ladder = {.sources = &a->located.sources, .origins = origins};
    for (size_t i = 0; origins != NULL && i < l->remote_n; i++) {
        if (a->shown[i].origin != NULL) {
            const struct origin *o = a->shown[i].origin; /* as long as what it states */
            memcpy(&origins[ladder.n++], o,
                   offsetof(struct origin, statements) + o->n * sizeof(o->statements[0]));
        }
    }
    if (origins != NULL) {
        evidence_ladder_write(&ladder, out);
    }
    if (origins == NULL || out->failed != ST_OK) {
        say("%s: the ladder: %s", l->command, status_text(origins ? out->failed : ST_NOMEM));
        return false;
    }
    return true;
}

bool cut_ladder_write(const struct cut_ladder *l, struct buf *out)
{
    CLEANUP(asked_fini)
    struct asked a = {.findings = calloc(l->remote_n + 1, sizeof(*a.findings)),
                      .shown = calloc(l->remote_n + 1, sizeof(*a.shown))};
    if (a.findings == NULL || a.shown == NULL) {
        say("not enough memory");
        return false;
    }
    for (size_t i = 0; i < l->remote_n; i++) {
        a.findings[i].has_remote = true;
        a.findings[i].remote = l->remotes[i];
        a.findings[i].when.first_ns = a.findings[i].when.last_ns = l->event_ns;
        a.shown[i].finding = &a.findings[i];
    }
    return look_up(l, &a) && write_statements(l, &a, out);
}
