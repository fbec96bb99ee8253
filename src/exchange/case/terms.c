/* exchange/case/terms.c - terms out of accords, and time limits out of terms. */
#include "exchange/case/terms.h"

#include <string.h>

#include "exchange/accord/standing.h"
#include "exchange/talk/keeping.h"

#define HOUR_NS (INT64_C(3600) * 1000000000)

enum { EVERY = -1 };

void case_terms_preset(struct case_terms *ret)
{
    *ret = (struct case_terms){.receipt_hours = 24,
                               .urgent_hours = 8,
                               .answer_days = 7,
                               .final_days = 30,
                               .preserve_days = 60,
                               .retention_days = 90,
                               .tlp = (size_t)accord_word_find(ACCORD_TLP, "AMBER"),
                               .denials = (uint32_t)EVERY,
                               .grounds = (uint32_t)EVERY};
}

/* What an accord leaves open is as it would be without one. */
static void take_terms(const struct accord_version *v, struct case_terms *ret)
{
    const struct accord *a = v->accord;
    unsigned *const fields[] = {&ret->receipt_hours, &ret->urgent_hours,  &ret->answer_days,
                                &ret->final_days,    &ret->preserve_days, &ret->retention_days};
    case_terms_preset(ret);
    for (size_t i = 0; i < ARRAY_LEN(fields) && a->has_limits; i++) {
        *fields[i] = a->limits[i] != 0 ? a->limits[i] : *fields[i];
    }
    ret->has_accord = true;
    ret->has_retention =
        a->has_limits && a->limits[ARRAY_LEN(fields) - 1] != 0; /* the last of them */
    memcpy(ret->accord, a->id, sizeof(ret->accord));
    ret->version = v->item->statement->hash;
    ret->tlp = a->has_sharing ? a->tlp : ret->tlp;
    ret->denials = a->has_denials ? a->denials : ret->denials;
    ret->grounds = a->has_grounds ? a->grounds : ret->grounds;
}

static bool names_both(const struct accord_version *v, const char *self, const char *party)
{
    return accord_party_find(v->accord, self) != NULL &&
           accord_party_find(v->accord, party) != NULL;
}

/* The version asked for (one that has been agreed), or the one in force, unless one of the
 * two has left it. */
static const struct accord_version *version_of(const struct accord_standing *s, const char *self,
                                               const char *party, const struct digest *hash)
{
    const struct accord_version *now = accord_standing_now(s);
    if (hash == NULL) {
        return s->state == ACCORD_IN_FORCE && accord_left(s, now, party) == NULL &&
                       accord_left(s, now, self) == NULL
                   ? now
                   : NULL;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->version[i].complete &&
            memcmp(&s->version[i].item->statement->hash, hash, sizeof(*hash)) == 0) {
            return &s->version[i];
        }
    }
    return NULL;
}

static enum status look_in(const struct evidence_home *h, const char *id, const char *party,
                           const struct digest *hash, struct case_terms *ret, bool *found,
                           struct fault *why)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    TRY(accord_gather(h, id, &file, why));
    TRY(exchange_handed_read(buf_bytes(&file), &handed, why));
    TRY(accord_standing_make(handed, h, NULL, &s, why));
    const struct accord_version *v = version_of(s, h->config.name, party, hash);
    *found = v != NULL && names_both(v, h->config.name, party);
    if (*found) {
        take_terms(v, ret);
    }
    return ST_OK;
}

enum status case_terms_now(const struct evidence_home *h, const char *party, struct case_terms *ret,
                           struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    bool found = false;
    TRY(exchange_kept_all(h, ACCORD_TYPE, &all, why));
    for (size_t i = 0; i < all.n && !found; i++) {
        const struct exchange_statement *s = all.item[i]->statement;
        if (!s->answers) { /* a first version: its id is the accord's */
            TRY(look_in(h, s->id, party, NULL, ret, &found, why));
        }
    }
    if (!found) {
        case_terms_preset(ret);
    }
    return ST_OK;
}

enum status case_terms_of(const struct evidence_home *h, const struct case_said *notice,
                          const char *party, struct case_terms *ret, struct fault *why)
{
    bool found = false;
    if (!notice->has_accord) {
        case_terms_preset(ret);
        return ST_OK;
    }
    enum status st = look_in(h, notice->accord, party, &notice->accord_hash, ret, &found, why);
    if (st == ST_END || (st == ST_OK && !found)) {
        return fault_at(why, ST_DENIED, 0,
                        "accord that is not in force between these parties here");
    }
    return st;
}

void case_due(const struct case_terms *t, size_t lane, int64_t time_ns, int64_t due[CASE_DUTIES])
{
    bool urgent = lane != (size_t)accord_word_find(ACCORD_LANES, "machine");
    int64_t answer = urgent ? t->urgent_hours * HOUR_NS : t->answer_days * 24 * HOUR_NS;
    int64_t receipt = t->receipt_hours * HOUR_NS;
    due[CASE_DUTY_RECEIPT] = time_ns + (receipt < answer ? receipt : answer);
    due[CASE_DUTY_ANSWER] = time_ns + answer;
    due[CASE_DUTY_FINAL] = time_ns + t->final_days * 24 * HOUR_NS;
}
