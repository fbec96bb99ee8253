/* exchange/calibrate/change.c - trying each difference of two sets alone. */
#include "exchange/calibrate/change.h"

#include <stdlib.h>
#include <string.h>

static size_t place_of(const struct definition_set *set, const char *name)
{
    size_t i = 0;
    while (i < set->n && strcmp(set->items[i].name, name) != 0) {
        i++;
    }
    return i;
}

static size_t compare(const struct definition *a, const struct definition *b,
                      struct calibrate_change *out)
{
    size_t n = 0;
    if (a->method != b->method || a->version != b->version || strcmp(a->kind, b->kind) != 0) {
        out[0] = (struct calibrate_change){.how = CALIBRATE_OTHER, .definition = b->name};
        return 1;
    }
    for (size_t i = 0; i < DEFINITION_PARAMS_MAX && method_param_name(b->method, i) != NULL; i++) {
        if (a->params[i] != b->params[i]) {
            out[n++] = (struct calibrate_change){.how = CALIBRATE_PARAMETER,
                                                 .definition = b->name,
                                                 .parameter = method_param_name(b->method, i),
                                                 .without = a->params[i],
                                                 .with = b->params[i]};
        }
    }
    return n;
}

size_t calibrate_changes(const struct definition_set *without, const struct definition_set *with,
                         struct calibrate_change out[CALIBRATE_CHANGES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < with->n; i++) {
        const struct definition *b = &with->items[i];
        size_t at = place_of(without, b->name);
        if (at == without->n) {
            out[n++] = (struct calibrate_change){.how = CALIBRATE_ADDED, .definition = b->name};
        } else {
            n += compare(&without->items[at], b, &out[n]);
        }
    }
    return n;
}

static void set_parameter(struct definition *d, const char *name, int64_t value)
{
    for (size_t i = 0; i < DEFINITION_PARAMS_MAX && method_param_name(d->method, i) != NULL; i++) {
        if (strcmp(method_param_name(d->method, i), name) == 0) {
            d->params[i] = value;
        }
    }
}

void calibrate_change_apply(const struct calibrate_change *c, const struct definition_set *with,
                            struct definition_set *set)
{
    size_t from = place_of(with, c->definition), at = place_of(set, c->definition);
    if (c->how == CALIBRATE_PARAMETER) {
        set_parameter(&set->items[at], c->parameter, c->with);
        return;
    }
    if (at == set->n && set->n < DEFINITIONS_MAX) {
        set->n++;
    }
    if (at < set->n) {
        set->items[at] = with->items[from];
    }
}

void calibrate_change_undo(const struct calibrate_change *c, const struct definition_set *without,
                           struct definition_set *set)
{
    size_t at = place_of(set, c->definition);
    switch (c->how) {
    case CALIBRATE_PARAMETER:
        set_parameter(&set->items[at], c->parameter, c->without);
        break;
    case CALIBRATE_ADDED:
        memmove(&set->items[at], &set->items[at + 1], (set->n - at - 1) * sizeof(set->items[0]));
        set->n--;
        break;
    case CALIBRATE_OTHER:
        set->items[at] = without->items[place_of(without, c->definition)];
        break;
    }
}

/* Those of all changes after which the probe says `wanted`. */
static enum status try_each(const struct definition_set *without, const struct definition_set *with,
                            const struct calibrate_probe *probe, bool wanted,
                            struct calibrate_flips *ret)
{
    CLEANUP(free_ptr) struct calibrate_change *all = calloc(CALIBRATE_CHANGES_MAX, sizeof(*all));
    CLEANUP(free_ptr) struct definition_set *set = calloc(1, sizeof(*set));
    if (all == NULL || set == NULL) {
        return ST_NOMEM;
    }
    size_t n = calibrate_changes(without, with, all);
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        *set = wanted ? *without : *with;
        if (wanted) {
            calibrate_change_apply(&all[i], with, set);
        } else {
            calibrate_change_undo(&all[i], without, set);
        }
        if (set->n > 0) {
            TRY(probe->found(probe->ctx, set, &found));
        }
        if (found == wanted) {
            ret->list[ret->n++] = all[i];
        }
    }
    return ST_OK;
}

enum status calibrate_flips_find(const struct definition_set *without,
                                 const struct definition_set *with,
                                 const struct calibrate_probe *probe, struct calibrate_flips *ret)
{
    ret->n = 0;
    ret->alone = true;
    TRY(try_each(without, with, probe, true, ret));
    if (ret->n == 0) {
        ret->alone = false;
        TRY(try_each(without, with, probe, false, ret));
    }
    return ST_OK;
}
