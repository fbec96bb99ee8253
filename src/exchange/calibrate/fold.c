/* exchange/calibrate/fold.c - from statements to who committed and who revealed. */
#include "exchange/calibrate/fold.h"

#include <stdlib.h>
#include <string.h>

const char *calibrate_state_word(enum calibrate_state s)
{
    static const char *const words[] = {"silent", "committed", "revealed", "misfit"};
    return words[s];
}

bool calibrate_equivocal(const struct calibrate_seat *s)
{
    return s->commitment_too != NULL || s->reveal_too != NULL;
}

/* --- form ------------------------------------------------------------------------- */

static bool is_type(const struct exchange_statement *s, const char *type)
{
    return strcmp(s->type, type) == 0;
}

static enum status check_commit(const struct exchange_statement *round,
                                const struct exchange_statement *s, struct fault *why)
{
    static const char *const names[] = {"calibration", "commitment", NULL};
    struct digest hash;
    if (!exchange_members_known(s->body, names) ||
        !exchange_hex_of(s->body, "commitment", hash.b, sizeof(hash.b)) || !s->answers ||
        memcmp(&s->previous, &round->hash, sizeof(hash)) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "commitment");
    }
    return ST_OK;
}

/* The commitments that a reveal says it has seen, by the order of the parties. */
static bool seen_of(const struct exchange_statement *s, size_t i, struct digest *ret)
{
    const json_t *v = json_array_get(json_object_get(s->body, "commitments"), i);
    return json_is_string(v) &&
           digest_parse(bytes_of(json_string_value(v), json_string_length(v)), ret) == ST_OK;
}

static enum status check_reveal(const struct calibrate_round *r, const struct exchange_statement *s,
                                struct fault *why)
{
    static const char *const names[] = {"calibration", "commitments", "opening", NULL};
    struct digest hash;
    bool good = exchange_members_known(s->body, names) && s->answers &&
                json_is_object(json_object_get(s->body, "opening")) &&
                json_array_size(json_object_get(s->body, "commitments")) == r->party_n;
    for (size_t i = 0; i < r->party_n && good; i++) {
        good = seen_of(s, i, &hash);
    }
    return good ? ST_OK : fault_at(why, ST_MALFORMED, 0, "reveal");
}

enum status calibrate_said_check(const struct calibrate_round *r,
                                 const struct exchange_statement *round,
                                 const struct exchange_statement *s, struct fault *why)
{
    char id[EXCHANGE_ID_TEXT];
    if (!exchange_text_of(s->body, "calibration", id, sizeof(id)) || strcmp(id, r->id) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "statement of another round");
    }
    if (calibrate_party_place(r, s->party) < 0) {
        return fault_at(why, ST_DENIED, 0, "statement by nobody of the round's parties");
    }
    if (is_type(s, CALIBRATE_COMMIT_TYPE)) {
        return check_commit(round, s, why);
    }
    return is_type(s, CALIBRATE_REVEAL_TYPE)
               ? check_reveal(r, s, why)
               : fault_at(why, ST_MALFORMED, 0, "neither a commitment nor a reveal");
}

/* --- seats ------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
    const struct exchange_statement *x = ((const struct calibrate_said *)a)->statement,
                                    *y = ((const struct calibrate_said *)b)->statement;
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    return memcmp(&x->hash, &y->hash, sizeof(x->hash));
}

/* The first counts, unless others say that they saw the other one. */
static void take(const struct calibrate_said **first, const struct calibrate_said **other,
                 const struct calibrate_said *s)
{
    if (*first == NULL) {
        *first = s;
    } else if (*other == NULL) {
        *other = s;
    }
}

static bool same(const struct calibrate_said *s, const struct digest *hash)
{
    return s != NULL && memcmp(&s->statement->hash, hash, sizeof(*hash)) == 0;
}

/* Of two commitments that one counts which a reveal names: of another party, since
 * one's own word on it decides nothing. */
static void settle(struct calibrate_fold *f, size_t i)
{
    struct calibrate_seat *s = &f->seat[i];
    for (size_t k = 0; k < f->terms->party_n && s->commitment_too != NULL; k++) {
        struct digest hash;
        if (k != i && f->seat[k].reveal != NULL &&
            seen_of(f->seat[k].reveal->statement, i, &hash) && same(s->commitment_too, &hash)) {
            const struct calibrate_said *first = s->commitment;
            s->commitment = s->commitment_too;
            s->commitment_too = first;
            return;
        }
    }
}

/* Were all the commitments there that the reveal says it has seen? */
static bool was_ready(const struct calibrate_fold *f, const struct exchange_statement *reveal)
{
    for (size_t i = 0; i < f->terms->party_n; i++) {
        struct digest hash;
        if (!seen_of(reveal, i, &hash) ||
            !(same(f->seat[i].commitment, &hash) || same(f->seat[i].commitment_too, &hash))) {
            return false;
        }
    }
    return true;
}

/* Does the opening fit the commitment, and say something about each scenario? */
static enum status open_seat(struct calibrate_fold *f, size_t i)
{
    struct calibrate_seat *s = &f->seat[i];
    const struct exchange_statement *reveal = s->reveal->statement;
    const json_t *opening = json_object_get(reveal->body, "opening");
    struct digest hash, wanted;
    s->state = CALIBRATE_MISFIT;
    TRY(calibrate_commitment(opening, &hash));
    if (s->commitment == NULL || !same(s->commitment, &reveal->previous) ||
        !exchange_hex_of(s->commitment->statement->body, "commitment", wanted.b,
                         sizeof(wanted.b)) ||
        memcmp(&hash, &wanted, sizeof(hash)) != 0) {
        return ST_OK;
    }
    CLEANUP(free_ptr) struct calibrate_judgements *j = calloc(1, sizeof(*j));
    if (j == NULL) {
        return ST_NOMEM;
    }
    enum status st =
        calibrate_opening_read(opening, f->terms, &f->round->hash, f->terms->party[i], j, NULL);
    if (st == ST_NOMEM) {
        return st;
    }
    if (st == ST_OK) {
        s->state = CALIBRATE_REVEALED;
        s->judged = TAKE(j);
        f->revealed++;
    }
    return ST_OK;
}

static enum status sit_down(struct calibrate_fold *f, struct calibrate_said *said, size_t n,
                            struct fault *why)
{
    for (size_t i = 0; i < n; i++) {
        const struct exchange_statement *s = said[i].statement;
        TRY(calibrate_said_check(f->terms, f->round, s, why));
        struct calibrate_seat *seat = &f->seat[calibrate_party_place(f->terms, s->party)];
        if (is_type(s, CALIBRATE_COMMIT_TYPE)) {
            take(&seat->commitment, &seat->commitment_too, &said[i]);
        } else {
            take(&seat->reveal, &seat->reveal_too, &said[i]);
        }
    }
    return ST_OK;
}

enum status calibrate_fold_make(const struct exchange_statement *round, struct calibrate_said *said,
                                size_t n, struct calibrate_fold **ret, struct fault *why)
{
    CLEANUP(calibrate_fold_freep) struct calibrate_fold *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->round = round;
    TRY(calibrate_round_read(round, &f->terms, why));
    if (n > 0) {
        qsort(said, n, sizeof(*said), by_time);
    }
    TRY(sit_down(f, said, n, why));
    for (size_t i = 0; i < f->terms->party_n; i++) {
        settle(f, i);
    }
    for (size_t i = 0; i < f->terms->party_n; i++) {
        struct calibrate_seat *s = &f->seat[i];
        s->state = s->commitment != NULL ? CALIBRATE_COMMITTED : CALIBRATE_SILENT;
        f->committed += s->commitment != NULL ? 1 : 0;
        if (s->reveal != NULL) {
            s->unready = !was_ready(f, s->reveal->statement);
            TRY(open_seat(f, i));
        }
    }
    *ret = TAKE(f);
    return ST_OK;
}

void calibrate_fold_free(struct calibrate_fold *f)
{
    if (f != NULL) {
        for (size_t i = 0; i < LIMIT_CALIBRATE_PARTIES; i++) {
            free(f->seat[i].judged);
        }
        free(f->terms);
        free(f);
    }
}

void calibrate_fold_freep(struct calibrate_fold **f)
{
    calibrate_fold_free(*f);
}

bool calibrate_withheld(const struct calibrate_fold *f, size_t party, int64_t *ret_since,
                        bool *ret_proven)
{
    bool any = false;
    *ret_proven = false;
    *ret_since = INT64_MAX;
    if (f->seat[party].state != CALIBRATE_COMMITTED) {
        return false;
    }
    for (size_t i = 0; i < f->terms->party_n; i++) {
        const struct calibrate_said *r = f->seat[i].reveal;
        if (i != party && r != NULL) {
            any = true;
            *ret_since = r->statement->time_ns < *ret_since ? r->statement->time_ns : *ret_since;
            *ret_proven = *ret_proven || r->held[party];
        }
    }
    return any;
}
