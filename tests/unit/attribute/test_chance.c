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

TEST_MAIN(TEST(binomial_tails_are_exact), TEST(tails_are_complementary),
          TEST(chi_square_matches_the_tables))
