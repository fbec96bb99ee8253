/* detect/below.c - keeping the nearest misses. */
#include "detect/below.h"

#include <string.h>

bool below_is_near(uint64_t counted, int64_t threshold)
{
    return threshold > 0 && counted < (uint64_t)threshold &&
           counted >= ((uint64_t)threshold + 1) / 2;
}

/* The nearer first, by the share of its threshold; then as findings go. */
static int compare(const struct finding *x, const struct finding *y)
{
    uint64_t a = x->counted * y->threshold; /* thresholds are under 2^31 */
    uint64_t b = y->counted * x->threshold;
    return a != b ? (a < b) - (a > b) : finding_compare(x, y);
}

static bool same_act(const struct finding *x, const struct finding *y)
{
    return x->has_initiator == y->has_initiator && addr_equal(&x->initiator, &y->initiator) &&
           addr_equal(&x->victim, &y->victim) && strcmp(x->definition, y->definition) == 0 &&
           strcmp(x->technique, y->technique) == 0 && strcmp(x->protocol, y->protocol) == 0 &&
           (x->port_n > 0 ? x->port_list[0] : 0) == (y->port_n > 0 ? y->port_list[0] : 0);
}

static void take_out(struct below *b, size_t i)
{
    b->n--;
    memmove(&b->items[i], &b->items[i + 1], (b->n - i) * sizeof(b->items[0]));
}

enum status below_offer(struct below *b, const struct finding *f)
{
    struct finding one = *f;
    one.flags |= FINDING_BELOW;
    TRY(finding_identify(&one));
    for (size_t i = 0; i < b->n; i++) {
        if (same_act(&b->items[i], &one)) {
            if (compare(&b->items[i], &one) <= 0) {
                return ST_OK;
            }
            take_out(b, i);
            break;
        }
    }
    size_t i = b->n;
    while (i > 0 && compare(&one, &b->items[i - 1]) < 0) {
        i--;
    }
    if (i == BELOW_MAX) {
        return ST_OK;
    }
    b->n -= b->n == BELOW_MAX;
    memmove(&b->items[i + 1], &b->items[i], (b->n - i) * sizeof(b->items[0]));
    b->items[i] = one;
    b->n++;
    return ST_OK;
}

static bool is_found(const struct finding_list *l, size_t n, const struct finding *f)
{
    for (size_t i = 0; i < n; i++) {
        const struct finding *x = l->items[i];
        if (x->has_initiator && addr_equal(&x->initiator, &f->initiator) &&
            strcmp(x->kind, f->kind) == 0) {
            return true;
        }
    }
    return false;
}

enum status below_tell(struct below *b, struct finding_list *findings)
{
    size_t found = findings->n;
    for (size_t i = 0; i < b->n; i++) {
        if (is_found(findings, found, &b->items[i])) {
            continue;
        }
        struct finding *f = finding_list_add(findings);
        if (f == NULL) {
            return ST_NOMEM;
        }
        *f = b->items[i];
    }
    return ST_OK;
}
