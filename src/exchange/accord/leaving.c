/* exchange/accord/leaving.c - who has left, and which versions that is about.
 *
 * A leaving names the version that was in force. It is about that version and those that
 * follow it as long as they name the party: a change that it had signed before does not
 * bring it back. A version that leaves the party out ends this; one after it may name the
 * party again, and needs its signature like that of everybody.
 */
#include <string.h>

#include "exchange/accord/standing.h"

static enum status take(struct accord_standing *s, const struct exchange_item *it,
                        struct fault *why)
{
    static const char *const names[] = {"accord", NULL};
    const struct exchange_statement *st = it->statement;
    const struct accord_member *m = accord_member_find(s, st->party);
    char id[EXCHANGE_ID_TEXT];
    if (!exchange_members_known(st->body, names) ||
        !exchange_text_of(st->body, "accord", id, sizeof(id)) ||
        strcmp(id, s->version[0].accord->id) != 0 || m == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "leaving of another accord, or by no party");
    }
    struct accord_leave leave = {.party = st->party, .version = -1, .time_ns = st->time_ns};
    for (size_t i = 0; i < s->n && st->answers; i++) {
        if (memcmp(&s->version[i].item->statement->hash, &st->previous, DIGEST_BYTES) == 0 &&
            accord_party_find(s->version[i].accord, st->party) != NULL) {
            leave.version = (int)i;
        }
    }
    if (leave.version < 0) {
        return fault_at(why, ST_MALFORMED, 0, "leaving of no version that names its party");
    }
    TRY(exchange_item_check(it, &m->keys, false, why));
    s->leave[s->leave_n++] = leave;
    return ST_OK;
}

enum status accord_leaves_take(struct accord_standing *s, struct fault *why)
{
    for (size_t i = 0; i < s->handed->n; i++) {
        if (strcmp(s->handed->item[i].statement->type, ACCORD_LEAVE_TYPE) == 0) {
            TRY(take(s, &s->handed->item[i], why));
        }
    }
    return ST_OK;
}

/* Does this one follow the version that was left, all between naming the party? */
static bool is_about(const struct accord_standing *s, const struct accord_leave *l, int version)
{
    while (version >= 0 && version != l->version &&
           accord_party_find(s->version[version].accord, l->party) != NULL) {
        version = s->version[version].before;
    }
    return version == l->version;
}

const struct accord_leave *accord_left(const struct accord_standing *s,
                                       const struct accord_version *v, const char *party)
{
    for (size_t i = 0; i < s->leave_n; i++) {
        const struct accord_leave *l = &s->leave[i];
        if (strcmp(l->party, party) == 0 && s->version[l->version].complete &&
            is_about(s, l, (int)(v - s->version))) {
            return l;
        }
    }
    return NULL;
}
