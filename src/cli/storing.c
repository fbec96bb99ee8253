/* cli/storing.c - findings into the store. */
#include "cli/storing.h"

#include <stdio.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "cli/say.h"
#include "report/origin_json.h"

enum { RUN_MAX_BYTES = 1 << 20 };

void storing_say(const struct evidence_home *home, enum status st, const struct fault *why)
{
    char path[PATH_MAX + sizeof(STORE_FILE) + 1];
    (void)snprintf(path, sizeof(path), "%s/%s", home->path, STORE_FILE);
    if (st == ST_MALFORMED && why->field != NULL) {
        say("%s: %s", path, why->field); /* a sentence (store.h) */
    } else {
        say_fault(path, st, why);
    }
}

bool storing_open(const struct evidence_home *home, enum store_mode mode, struct store **ret)
{
    struct fault why = {0};
    enum status st = store_open(home->path, mode, ret, &why);
    if (st != ST_OK && st != ST_END) {
        storing_say(home, st, &why);
        return false;
    }
    return true;
}

static void definitions_json(struct buf *out, const struct definition_set *set)
{
    char hash[DIGEST_TEXT_MAX];
    struct emit j;
    digest_format(&set->hash, hash);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "set", set->name);
    emit_member_str(&j, "sha256", hash);
    emit_object_end(&j);
}

static enum status add(struct store *s, const struct view *v, const struct view_finding *vf,
                       struct buf *line, struct fault *why)
{
    const struct view_input *in = view_input_at(v, vf->finding->when.first_pos);
    enum store_added added;
    buf_clear(line);
    report_json_finding(line, v, vf);
    TRY(line->failed);
    struct store_finding x = {.finding = vf->finding,
                              .input = in != NULL ? in->name : "",
                              .json = {line->data, line->len - 1}}; /* its end is the form's */
    return store_add(s, &x, &added, why);
}

static enum status add_all(struct store *s, const struct view *v, int64_t now_ns, struct fault *why)
{
    CLEANUP(buf_fini) struct buf definitions = BUF_INIT(RUN_MAX_BYTES);
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(RUN_MAX_BYTES);
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LIMIT_FINDING_LINE_BYTES);
    struct emit j;
    definitions_json(&definitions, v->definitions);
    emit_begin(&j, &sources);
    origin_json_sources(&j, v->sources);
    TRY(definitions.failed);
    TRY(sources.failed);
    const struct store_run run = {.stored_ns = now_ns,
                                  .definitions = buf_bytes(&definitions),
                                  .sources = buf_bytes(&sources)};
    TRY(store_begin(s, &run, why));
    for (size_t i = 0; i < v->finding_n; i++) {
        if ((v->findings[i].finding->flags & FINDING_BELOW) == 0) {
            TRY(add(s, v, &v->findings[i], &line, why));
        }
    }
    return store_commit(s, why);
}

bool storing_findings(const struct evidence_home *home, const struct view *v, int64_t now_ns)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct fault why = {0};
    if (!storing_open(home, STORE_WRITE, &s)) {
        return false;
    }
    enum status st = add_all(s, v, now_ns, &why);
    if (st != ST_OK) {
        storing_say(home, st, &why);
    }
    return st == ST_OK;
}
