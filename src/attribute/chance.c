/* attribute/chance.c - binomial tails and the chi-square distribution.
 *
 * Tails are summed term by term in logarithms; the upper incomplete gamma
 * function is its series for small arguments and its continued fraction
 * (modified Lentz) for large ones: NIST DLMF 8.11.4 and 8.9.2.
 */
#include "attribute/chance.h"

#include <float.h>
#include <math.h>

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign); /* lgamma writes a global */
}

static double term(uint64_t k, uint64_t n, double p)
{
    if (p <= 0 || p >= 1) {
        return k == (p <= 0 ? 0 : n) ? 1 : 0;
    }
    double a = (double)k;
    double b = (double)(n - k);
    return exp(log_gamma(a + b + 1) - log_gamma(a + 1) - log_gamma(b + 1) + a * log(p) +
               b * log1p(-p));
}

/* The last of the terms k to n that is not 0, or k. Behind the most likely one
 * terms only shrink, soon to less than a double can hold: of a thousand of a
 * large tail a few are left, and the sum is the same without the others. */
static uint64_t last_term(uint64_t k, uint64_t n, double p)
{
    double most = (double)n * (p < 1 ? p : 1);
    uint64_t low = (double)k < most ? (uint64_t)most : k;
    uint64_t high = n;
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        if (term(middle, n, p) > 0) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

double attribute_chance_at_least(uint64_t k, uint64_t n, double p)
{
    double sum = 0;
    if (k > n) {
        return 0;
    }
    for (uint64_t i = last_term(k, n, p) + 1; i > k; i--) { /* small terms first */
        sum += term(i - 1, n, p);
    }
    return sum < 1 ? sum : 1;
}

double attribute_chance_at_most(uint64_t k, uint64_t n, double p)
{
    double sum = 0;
    for (uint64_t i = 0; i <= k && i <= n; i++) {
        sum += term(i, n, p);
    }
    return sum < 1 ? sum : 1;
}

/* P(a, x) by its series, for x < a + 1. */
static double lower_series(double a, double x)
{
    double t = 1 / a;
    double sum = t;
    for (int i = 1; i < 10000 && t > sum * DBL_EPSILON; i++) {
        t *= x / (a + i);
        sum += t;
    }
    return sum * exp(-x + a * log(x) - log_gamma(a));
}

/* Q(a, x) by its continued fraction, for x >= a + 1. */
static double upper_fraction(double a, double x)
{
    const double tiny = 1e-300;
    double b = x + 1 - a;
    double c = 1 / tiny;
    double d = 1 / b;
    double h = d;
    for (int i = 1; i < 10000; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + an / c;
        c = fabs(c) < tiny ? tiny : c;
        double step = d * c;
        h *= step;
        if (fabs(step - 1) < DBL_EPSILON) {
            break;
        }
    }
    return h * exp(-x + a * log(x) - log_gamma(a));
}

double attribute_chance_chi2(double x, unsigned df)
{
    double a = df / 2.0;
    double half = x / 2;
    if (df == 0 || x <= 0) {
        return 1;
    }
    return half < a + 1 ? 1 - lower_series(a, half) : upper_fraction(a, half);
}
