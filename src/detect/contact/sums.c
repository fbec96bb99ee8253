/* detect/contact/sums.c - counting pairs by what became of them. */
#include "detect/contact/sums.h"

void pair_sums_add(struct pair_sums *s, enum technique t, uint64_t slot)
{
    uint64_t both = PAIR_CLIENT_DATA | PAIR_SERVER_DATA;
    s->pairs++;
    s->failed += pair_failed(t, slot);
    s->answered += (slot & PAIR_ANSWERED) != 0;
    s->refused += (slot & PAIR_REFUSED) != 0;
    s->completed += (slot & PAIR_COMPLETED) != 0;
    s->sessions += (slot & both) == both;
    s->packets += pair_count(slot);
    s->saturated |= pair_count(slot) == PAIR_COUNT_MAX;
}

/* Most slots are pairs without any answer: these are counted alone, the
 * others in full. */
struct pair_sums pair_sums_of(const struct contact_ended *e)
{
    struct pair_sums s = {0};
    uint64_t silent = 0;
    for (size_t i = 0; i < e->pair_n; i++) {
        uint64_t slot = e->slots[i];
        if ((slot & 0xffff) == 1) { /* one packet, no state */
            silent++;
        } else {
            pair_sums_add(&s, e->technique, slot);
        }
    }
    s.pairs += silent;
    s.failed += pair_failed(e->technique, 1) ? silent : 0;
    s.packets += silent;
    return s;
}
