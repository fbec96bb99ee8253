/* fuzz/fuzz_policy.c - policy files.
 *
 * Properties: bounded; nobody's cosignature is enough only where the quorum is
 * none; everybody's is always enough; one more witness never makes it less.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct ledger_policy *p = NULL;
    const struct ledger_key *keys = NULL;
    struct fault why = {0};
    bool seen[LIMIT_POLICY_ITEMS] = {false};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (ledger_policy_parse(bytes_of(copy, size), &p, &why) != ST_OK) {
        assert(p == NULL && why.field != NULL && why.offset <= size);
        free(copy);
        return 0;
    }
    free(copy); /* the policy keeps nothing of it */
    size_t n = ledger_policy_witnesses(p, &keys);
    assert(n <= LIMIT_POLICY_ITEMS && ledger_policy_logs(p, &keys) <= LIMIT_POLICY_ITEMS);
    bool met = ledger_policy_met(p, seen);
    assert(met == ledger_policy_quorum_none(p));
    for (size_t i = 0; i < n; i++) {
        seen[(i * 7 + size) % n] = n % 7 != 0;
        seen[i] = true;
        bool now = ledger_policy_met(p, seen);
        assert(now || !met);
        met = now;
    }
    assert(met);
    ledger_policy_free(p);
    return 0;
}
