/* exchange/calibrate/agree.c - counting agreement. */
#include "exchange/calibrate/agree.h"

#include <string.h>

enum { VERDICTS = 3 };

/* How often each verdict was said of a scenario; by how many parties. */
static size_t tally(const struct calibrate_fold *f, size_t scenario, size_t out[VERDICTS])
{
    size_t n = 0;
    memset(out, 0, VERDICTS * sizeof(*out));
    for (size_t i = 0; i < f->terms->party_n; i++) {
        if (f->seat[i].judged != NULL) {
            out[f->seat[i].judged->list[scenario].verdict]++;
            n++;
        }
    }
    return n;
}

static bool one_verdict(const size_t said[VERDICTS], size_t n)
{
    for (size_t v = 0; v < VERDICTS; v++) {
        if (said[v] == n) {
            return true;
        }
    }
    return false;
}

bool calibrate_alike(const struct calibrate_fold *f, size_t scenario)
{
    size_t said[VERDICTS];
    size_t n = tally(f, scenario, said);
    return one_verdict(said, n);
}

static bool one_answer(const struct calibrate_fold *f, size_t scenario)
{
    const struct calibrate_judgement *first = NULL;
    for (size_t i = 0; i < f->terms->party_n; i++) {
        const struct calibrate_judgement *j =
            f->seat[i].judged != NULL ? &f->seat[i].judged->list[scenario] : NULL;
        if (j != NULL && first != NULL && j->answer != first->answer) {
            return false;
        }
        first = first != NULL ? first : j;
    }
    return true;
}

/* Krippendorff, Content Analysis (2004), 11.3: alpha = 1 - Do / De, with
 *   Do = sum over units and values of n_uc (m_u - n_uc) / (m_u - 1), over n,
 *   De = sum over values of n_c (n - n_c), over n (n - 1). */
static void take_alpha(struct calibrate_agreement *a, double observed, const size_t total[VERDICTS])
{
    double n = 0, expected = 0;
    for (size_t v = 0; v < VERDICTS; v++) {
        n += (double)total[v];
    }
    for (size_t v = 0; v < VERDICTS; v++) {
        expected += (double)total[v] * (n - (double)total[v]);
    }
    /* Where all have said one verdict of everything, chance is not to be told from
     * agreement. */
    a->has_alpha = a->scenarios >= CALIBRATE_ALPHA_LEAST && expected > 0;
    a->alpha = a->has_alpha ? 1 - (n - 1) * observed / expected : 0;
}

void calibrate_agree(const struct calibrate_fold *f, size_t kind, struct calibrate_agreement *ret)
{
    size_t total[VERDICTS] = {0};
    double observed = 0;
    *ret = (struct calibrate_agreement){.scenarios = 0};
    for (size_t u = 0; u < f->terms->scenario_n; u++) {
        size_t said[VERDICTS];
        size_t n = tally(f, u, said);
        if (n < 2 || (kind != CALIBRATE_ALL && f->terms->scenario[u].kind != kind)) {
            continue;
        }
        ret->scenarios++;
        ret->alike += one_verdict(said, n) ? 1 : 0;
        ret->answers_alike += one_answer(f, u) ? 1 : 0;
        ret->pairs += n * (n - 1) / 2;
        for (size_t v = 0; v < VERDICTS; v++) {
            ret->pairs_alike += said[v] > 0 ? said[v] * (said[v] - 1) / 2 : 0;
            observed += (double)(said[v] * (n - said[v])) / (double)(n - 1);
            total[v] += said[v];
        }
    }
    take_alpha(ret, observed, total);
}
