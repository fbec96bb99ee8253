/* attribute/chance.h - the few distributions that a p-value needs.
 *
 * Results are good to about ten digits, far more than is ever printed.
 */
#pragma once

#include <stdint.h>

/* P(X >= k) and P(X <= k) for X of n trials with chance p each. */
double attribute_chance_at_least(uint64_t k, uint64_t n, double p);
double attribute_chance_at_most(uint64_t k, uint64_t n, double p);
/* P(X >= x) for chi-square with df degrees of freedom; 1 for df 0. */
double attribute_chance_chi2(double x, unsigned df);
