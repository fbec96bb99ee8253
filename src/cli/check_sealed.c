/* cli/check_sealed.c - what was sealed around the times of a claim, replayed.
 *
 * Nothing here is hostile: segments are loaded only if they are what the ledger
 * says, under the key that sealed them.
 */
#include "cli/check_sealed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/os/random.h"
#include "cli/home.h"
#include "cli/say.h"
#include "detect/detect.h"
#include "evidence/home/home.h"
#include "evidence/replay.h"
#include "evidence/rest/shelf.h"

/* What else is looked at: other zones, and a day for clocks that are off. */
#define AROUND_NS (25 * TIME_HOUR)

struct sealed_file {
    struct evidence_file file;
    int64_t first_ns; /* of its segments that were looked for */
    uint64_t first_seq, segments;
};

struct check_sealed {
    struct evidence_home *home;
    struct evidence_opening_key key;
    struct evidence_engine engine;
    struct evidence_shelf shelf;
    bool shelved;
    int64_t from_ns, to_ns;
    struct sealed_file *files;
    size_t n, cap;
    struct view_input *inputs;
    struct detect *detect;
    check_sealed_feed *feed;
    void *ctx; /* of feed */
    uint64_t seed;
};

void check_sealed_free(struct check_sealed *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; s->inputs != NULL && i < s->n; i++) {
        free((char *)(uintptr_t)s->inputs[i].name);
    }
    free(s->inputs);
    free(s->files);
    detect_free(s->detect);
    if (s->shelved) {
        evidence_shelf_fini(&s->shelf);
    }
    evidence_opening_key_fini(&s->key);
    evidence_home_free(s->home);
    free(s);
}

static bool failed(const struct check_sealed *s, enum status st, const struct fault *why)
{
    say_fault(s->home->path, st, why);
    return false;
}

/* --- looking -------------------------------------------------------------------------------- */

static void span_of(const struct claim_set *claims, int64_t *from, int64_t *to)
{
    *from = INT64_MAX;
    *to = INT64_MIN;
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim_when *w = &claims->items[i].when;
        int64_t begin, end;
        if (!w->known) {
            continue;
        }
        begin = __builtin_sub_overflow(w->first_ns, AROUND_NS, &begin) ? INT64_MIN : begin;
        end =
            __builtin_add_overflow(w->last_ns, AROUND_NS + w->precision_ns, &end) ? INT64_MAX : end;
        *from = begin < *from ? begin : *from;
        *to = end > *to ? end : *to;
    }
}

static enum status note_segment(void *ctx, const struct evidence_at_rest *p)
{
    struct sealed_file *f = ctx;
    f->first_seq = f->segments == 0 ? p->seq : f->first_seq;
    f->first_ns = f->segments == 0 ? p->rest->header.from_ns : f->first_ns;
    f->segments = p->seq - f->first_seq + 1; /* in their order, without a gap */
    return ST_OK;
}

struct look {
    struct check_sealed *s;
    struct fault *why;
};

static enum status look_at(void *ctx, const struct evidence_file *file)
{
    struct look *l = ctx;
    struct check_sealed *s = l->s;
    struct sealed_file f = {.file = *file};
    struct evidence_sought all = {.from_ns = s->from_ns, .to_ns = s->to_ns};
    TRY(evidence_shelf_find(&s->shelf, file, &all, note_segment, &f, l->why));
    if (f.segments == 0) {
        return ST_OK;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 16;
        struct sealed_file *p = realloc(s->files, cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        s->files = p;
        s->cap = cap;
    }
    if (s->n == LIMIT_INPUTS) {
        return fault_limit(l->why, 0, "sealed files", LIMIT_INPUTS);
    }
    s->files[s->n++] = f;
    return ST_OK;
}

/* Does another one begin with this? Then it has these records, too. */
static bool is_within_another(const struct check_sealed *s, size_t file)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct evidence_file *f = &s->files[i].file;
        if (f->grown && memcmp(&f->grown_of, &s->files[file].file.sha256, DIGEST_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* Or were the same bytes sealed sooner, in another packing? */
static bool is_copy(const struct check_sealed *s, size_t file)
{
    for (size_t i = 0; i < s->n; i++) {
        if (evidence_file_repeats(&s->files[file].file, &s->files[i].file)) {
            return true;
        }
    }
    return false;
}

static int by_time(const void *a, const void *b)
{
    const struct sealed_file *x = a;
    const struct sealed_file *y = b;
    if (x->first_ns != y->first_ns) {
        return x->first_ns < y->first_ns ? -1 : 1;
    }
    return memcmp(&x->file.sha256, &y->file.sha256, DIGEST_BYTES);
}

static enum status choose(struct check_sealed *s)
{
    CLEANUP(free_ptr) bool *drop = calloc(s->n + 1, sizeof(*drop));
    size_t kept = 0;
    if (drop == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < s->n; i++) {
        drop[i] = is_within_another(s, i) || is_copy(s, i);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!drop[i]) {
            s->files[kept++] = s->files[i];
        }
    }
    s->n = kept;
    if (s->n > 0) { /* C 7.22.5: qsort's array is one even then */
        qsort(s->files, s->n, sizeof(*s->files), by_time);
    }
    s->inputs = calloc(s->n + 1, sizeof(*s->inputs));
    for (size_t i = 0; s->inputs != NULL && i < s->n; i++) {
        char *name = NULL;
        if (asprintf(&name, "sealed: %s", s->files[i].file.name) < 0) {
            return ST_NOMEM;
        }
        s->inputs[i] = (struct view_input){.name = name, .format = "segments"};
    }
    return s->inputs != NULL ? ST_OK : ST_NOMEM;
}

static bool find_files(struct check_sealed *s)
{
    struct fault why = {0};
    struct look l = {s, &why};
    enum status st = evidence_engine_init(&s->engine);
    st = st != ST_OK ? st : random_bytes(&s->seed, sizeof(s->seed));
    st = st != ST_OK ? st
                     : evidence_shelf_open(&s->engine, &s->home->files, s->home->dir_fd,
                                           &s->home->party, &s->shelf, &why);
    s->shelved = st == ST_OK;
    if (st == ST_OK && s->from_ns <= s->to_ns) {
        st = evidence_shelf_files(&s->shelf, look_at, &l, &why);
    }
    st = st != ST_OK ? st : choose(s);
    return st == ST_OK || failed(s, st, &why);
}

bool check_sealed_open(const char *home, const char *key, const char *passphrase_file,
                       const struct claim_set *claims, struct check_sealed **ret)
{
    int64_t from, to;
    span_of(claims, &from, &to);
    return check_sealed_open_times(home, key, passphrase_file, from, to, ret);
}

bool check_sealed_open_times(const char *home, const char *key, const char *passphrase_file,
                             int64_t from_ns, int64_t to_ns, struct check_sealed **ret)
{
    struct check_sealed *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        say("not enough memory");
        return false;
    }
    s->from_ns = from_ns;
    s->to_ns = to_ns;
    if (!home_get(home, &s->home) || !home_opening_key(s->home, key, passphrase_file, &s->key) ||
        !find_files(s)) {
        check_sealed_free(s);
        return false;
    }
    *ret = s;
    return true;
}

size_t check_sealed_inputs(const struct check_sealed *s, const struct view_input **ret)
{
    *ret = s->inputs;
    return s->n;
}

const struct local_nets *check_sealed_networks(const struct check_sealed *s)
{
    return &s->home->config.local;
}

/* --- replaying -------------------------------------------------------------------------------- */

static enum status feed(void *ctx, const struct obs_batch *batch)
{
    struct check_sealed *s = ctx;
    s->feed(s->ctx, batch);
    bool lines = batch->obs[0].type == OBS_LOG; /* without their text: names count there */
    return lines ? ST_OK : detect_feed(s->detect, batch);
}

static enum status replay_file(struct check_sealed *s, size_t i, struct fault *why)
{
    const struct sealed_file *f = &s->files[i];
    uint64_t number = 0;
    for (uint64_t k = 0; k < f->segments; k++) {
        struct evidence_segment *segment = NULL;
        TRY(evidence_shelf_load(&s->shelf, &f->file, f->first_seq + k, &s->key, s->seed, &segment,
                                why));
        enum status st = evidence_replay(segment, (unsigned)i, &number, feed, s);
        evidence_segment_free(segment);
        TRY(st);
    }
    s->inputs[i].records = number;
    return ST_OK;
}

static enum status replay(struct check_sealed *s, struct summary *summary,
                          const struct finding_list **ret, struct fault *why)
{
    struct remark_list remarks = {.n = 0};
    for (size_t i = 0; i < s->n; i++) {
        TRY(replay_file(s, i, why));
    }
    return detect_finish(s->detect, &remarks, ret, summary);
}

static void feed_matcher(void *ctx, const struct obs_batch *batch)
{
    claim_matcher_feed(ctx, batch);
}

bool check_sealed_read(struct check_sealed *s, const struct settings *settings,
                       struct claim_matcher *m, struct summary *ret_summary,
                       const struct finding_list **ret_findings)
{
    bool good = check_sealed_replay(s, settings, feed_matcher, m, ret_summary, ret_findings);
    if (good) {
        claim_matcher_finish(m);
    }
    return good;
}

bool check_sealed_replay(struct check_sealed *s, const struct settings *settings,
                         check_sealed_feed *each, void *ctx, struct summary *ret_summary,
                         const struct finding_list **ret_findings)
{
    struct fault why = {0};
    struct detect_options opt = {.definitions = &settings->definitions,
                                 .locals = settings->locals,
                                 .seed = s->seed,
                                 .memory_bytes = settings->memory_bytes};
    s->feed = each;
    s->ctx = ctx;
    enum status st = detect_new(&opt, &s->detect);
    st = st != ST_OK ? st : replay(s, ret_summary, ret_findings, &why);
    return st == ST_OK || failed(s, st, &why);
}
