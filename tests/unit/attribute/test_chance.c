/* tests/unit/attribute/test_chance.c - against values from tables. */
#include "attribute/chance.h"

#include <math.h>

#include "test.h"

static bool near(double got, double want)
{
    bool ok = fabs(got - want) <= 1e-9 + fabs(want) * 1e-6;
    if (!ok) {
        printf("# %.12g, not %.12g\n", got, want);
    }
    return ok;
}

static void binomial_tails_are_exact(void)
{
    CHECK(near(attribute_chance_at_most(0, 18, 0.229), 0.009267845919608142));
    CHECK(near(attribute_chance_at_least(1, 10, 0.5), 1 - 1 / 1024.0));
    CHECK(near(attribute_chance_at_least(8, 10, 0.5), 56 / 1024.0));
    CHECK(near(attribute_chance_at_most(3, 10, 0.5), 176 / 1024.0));
    CHECK(near(attribute_chance_at_least(0, 10, 0.3), 1));
    CHECK(near(attribute_chance_at_least(11, 10, 0.3), 0));
    CHECK(near(attribute_chance_at_least(30, 1000, 0.01), 2.0599888509719412e-07));
    CHECK(near(attribute_chance_at_most(5, 5, 0), 1));
    CHECK(near(attribute_chance_at_least(1, 5, 0), 0));
    CHECK(near(attribute_chance_at_least(5, 5, 1), 1));
}

/* Every term, as it is defined: what is left out must not have counted. */
static double all_terms(uint64_t k, uint64_t n, double p)
{
    double sum = 0;
    for (uint64_t i = n + 1; i > k; i--) {
        double a = (double)(i - 1);
        double b = (double)(n - (i - 1));
        sum += exp(lgamma(a + b + 1) - lgamma(a + 1) - lgamma(b + 1) + a * log(p) + b * log1p(-p));
    }
    return sum < 1 ? sum : 1;
}

static void terms_left_out_are_nothing(void)
{
    static const double shares[] = {1e-9, 1 / 65536.0, 0.01, 0.3, 0.5, 0.97, 1 - 1e-9};
    int wrong = 0;
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        for (uint64_t n = 1; n < 40000; n = n * 3 + 1) {
            for (uint64_t k = 0; k <= n; k += 1 + n / 7) {
                wrong += attribute_chance_at_least(k, n, shares[i]) != all_terms(k, n, shares[i]);
            }
        }
    }
    CHECK_INT(wrong, 0);
}

/* Both tails and the term between them make one. */
static void tails_are_complementary(void)
{
    int wrong = 0;
    for (unsigned k = 1; k < 2000; k += 37) {
        double sum =
            attribute_chance_at_least(k, 2000, 0.23) + attribute_chance_at_most(k - 1, 2000, 0.23);
        wrong += fabs(sum - 1) > 1e-9;
    }
    CHECK_INT(wrong, 0);
}

static void chi_square_matches_the_tables(void)
{
    CHECK(near(attribute_chance_chi2(3.841458820694124, 1), 0.05));
    CHECK(near(attribute_chance_chi2(6.634896601021213, 1), 0.01));
    CHECK(near(attribute_chance_chi2(18.307038053275146, 10), 0.05));
    CHECK(fabs(attribute_chance_chi2(2.558212, 10) - 0.99) < 1e-6);
    CHECK(near(attribute_chance_chi2(124.34211340400407, 100), 0.05));
    CHECK(fabs(attribute_chance_chi2(293.2478, 255) - 0.05) < 1e-5);
    CHECK(near(attribute_chance_chi2(0, 5), 1));
    CHECK(near(attribute_chance_chi2(10, 0), 1));
    CHECK(attribute_chance_chi2(1e6, 255) < 1e-300);
}

TEST_MAIN(TEST(binomial_tails_are_exact), TEST(terms_left_out_are_nothing),
          TEST(tails_are_complementary), TEST(chi_square_matches_the_tables))
