/* fuzz/fuzz_case.c - statements of cases, and what a set of them comes to.
 *
 * Properties: what is read has the members that its kind needs and contradicts nothing of
 * itself; a case has a notice, its statements are its parties', and it stands where it
 * stands in whatever order they come; faults are named. The input is a note, or a file.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/case/case.h"
#include "exchange/talk/handed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1800000000) * 1000000000)

static void check_said(const struct case_said *s, const struct exchange_statement *st)
{
    assert(s->event.number >= 1 && s->event.number <= LIMIT_HANDED_STATEMENTS);
    assert(s->note != NULL && strlen(s->note) <= LIMIT_CASE_TEXT);
    switch (s->event.kind) {
    case CASE_NOTICE:
        assert(!st->answers && s->event.requests != 0 && s->claim_n > 0 && s->enclosed_n > 0);
        assert(strcmp(s->to, st->party) != 0 && strcmp(s->key.name, st->party) == 0);
        for (size_t i = 0; i < s->claim_n; i++) {
            assert(s->claim[i].exhibit < s->enclosed_n && s->claim[i].remote_n > 0);
            assert(accord_act_valid(s->claim[i].definition));
        }
        break;
    case CASE_ANSWER:
        assert((s->denials != 0) == (s->event.word == CASE_DISPUTED));
        for (int about = 0; about < 2; about++) {
            enum case_opinion said = about == 0 ? s->observation : s->attribution;
            assert(case_answer_implies((enum case_answer)s->event.word, s->denials, about) !=
                       CASE_DISAGREE ||
                   said == CASE_DISAGREE);
        }
        break;
    default:
        assert(st->answers);
        break;
    }
}

static void note(struct bytes in)
{
    struct exchange_statement *st = NULL;
    struct case_said *said = NULL;
    struct fault why = {0};
    if (exchange_statement_read(in, &st, &why) != ST_OK) {
        return;
    }
    if (case_said_read(st, &said, &why) == ST_OK) {
        check_said(said, st);
        free(said);
    } else {
        assert(why.field != NULL);
    }
    exchange_statement_free(st);
}

static void check_one(const struct case_one *c)
{
    struct case_event back[LIMIT_HANDED_STATEMENTS];
    struct case_state a, b;
    assert(c->n > 0 && c->n <= LIMIT_HANDED_STATEMENTS);
    for (size_t i = 0; i < c->n; i++) {
        check_said(c->item[i].said, c->item[i].statement);
        back[c->n - 1 - i] = c->event[i];
    }
    case_state_at(c, NOW, &a);
    case_state_of(back, c->n, NOW, &b);
    assert(a.phase == b.phase && a.phase != CASE_NO_NOTICE && a.owes == b.owes);
    assert(a.strays == 0 && a.until_ns == b.until_ns && a.owed == b.owed);
    assert(memcmp(a.two_faced, b.two_faced, sizeof(a.two_faced)) == 0);
    assert(memcmp(a.missing, b.missing, sizeof(a.missing)) == 0);
    assert(case_notice(c) != NULL && strcmp(case_notice(c)->statement->party, c->accuser) == 0);
}

static void file(struct bytes in)
{
    const struct exchange_statement *list[LIMIT_HANDED_STATEMENTS];
    struct exchange_handed *h = NULL;
    struct case_list l;
    struct fault why = {0};
    size_t total = 0;
    if (exchange_handed_read(in, &h, &why) != ST_OK) {
        return;
    }
    for (size_t i = 0; i < h->n; i++) {
        list[i] = h->item[i].statement;
    }
    if (case_group(list, NULL, h->n, &l, &why) == ST_OK) {
        for (size_t i = 0; i < l.n; i++) {
            check_one(&l.one[i]);
            total += l.one[i].n;
        }
        assert(total + l.strays <= h->n);
        case_list_fini(&l);
    } else {
        assert(why.field != NULL);
    }
    exchange_handed_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    note(bytes_of(copy, size));
    file(bytes_of(copy, size));
    free(copy);
    return 0;
}
