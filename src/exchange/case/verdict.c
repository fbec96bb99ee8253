/* exchange/case/verdict.c - verdicts, kept once. */
#include "exchange/case/verdict.h"

#include <stdio.h>

#include "base/core/canon.h"
#include "exchange/talk/kept.h"
#include "exchange/talk/statement.h"

enum { VERDICT_BYTES = 1 << 20, VERDICT_DEPTH = 4 };

static enum status path_of(const struct digest *statement, const struct digest *exhibit,
                           char out[LEDGER_PATH_MAX])
{
    const struct digest both[2] = {*statement, *exhibit};
    struct digest name;
    char hex[DIGEST_TEXT_MAX];
    TRY(digest_sha256(bytes_of(both, sizeof(both)), &name));
    digest_format(&name, hex);
    (void)snprintf(out, LEDGER_PATH_MAX, "talk/verified/%s", hex);
    return ST_OK;
}

bool case_verdict_valid(const json_t *v)
{
    static const char *const names[] = {"claims", "conclusion", "exit_status",
                                        "grade",  "time",       NULL};
    static const char *const of_claim[] = {"holds", "number", "sentence", NULL};
    const json_t *claims = json_object_get(v, "claims");
    bool good = exchange_members_known(v, names) && json_is_array(claims) &&
                json_is_string(json_object_get(v, "conclusion")) &&
                json_is_string(json_object_get(v, "grade")) &&
                json_is_string(json_object_get(v, "time")) &&
                json_is_integer(json_object_get(v, "exit_status"));
    for (size_t i = 0; i < json_array_size(claims) && good; i++) {
        const json_t *c = json_array_get(claims, i);
        good = exchange_members_known(c, of_claim) &&
               json_is_boolean(json_object_get(c, "holds")) &&
               json_is_integer(json_object_get(c, "number")) &&
               json_is_string(json_object_get(c, "sentence"));
    }
    return good;
}

enum status case_verdict_get(const struct evidence_home *h, const struct digest *statement,
                             const struct digest *exhibit, json_t **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(VERDICT_BYTES);
    CLEANUP(canon_freep) json_t *v = NULL;
    char path[LEDGER_PATH_MAX];
    TRY(path_of(statement, exhibit, path));
    TRY(ledger_files_read(&h->files, path, &text, why));
    TRY(canon_load(buf_bytes(&text), VERDICT_DEPTH, &v, why));
    if (!case_verdict_valid(v)) {
        return fault_at(why, ST_MALFORMED, 0, "kept verdict");
    }
    *ret = TAKE(v);
    return ST_OK;
}

enum status case_verdict_keep(const struct evidence_home *h, const struct digest *statement,
                              const struct digest *exhibit, const json_t *verdict,
                              struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(VERDICT_BYTES), old = BUF_INIT(VERDICT_BYTES);
    char path[LEDGER_PATH_MAX];
    TRY(path_of(statement, exhibit, path));
    enum status st = ledger_files_read(&h->files, path, &old, why);
    if (st != ST_END) {
        return st;
    }
    TRY(canon_write(verdict, &text));
    return exchange_kept_put(h, path, buf_bytes(&text), why);
}
