/* cli/calibrate_judge.c - exhibit calibrate judge: from a file, by definitions, or asked. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/text.h"
#include "base/os/file.h"
#include "cli/analysis.h"
#include "cli/calibrate_parts.h"
#include "cli/say.h"

enum { LINE_MAX_BYTES = 128 };

/* --- captures --------------------------------------------------------------------- */

bool calibrate_capture(const struct calibrate_job *job, const struct calibrate_scenario *s,
                       char *path, size_t max)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_CALIBRATE_CAPTURE_BYTES);
    struct digest hash;
    struct fault why = {0};
    (void)snprintf(path, max, "%s/%s.pcap", job->scenarios, s->id);
    enum status st = file_read(path, &file, &why);
    st = st != ST_OK ? st : digest_sha256(buf_bytes(&file), &hash);
    if (st == ST_OK && memcmp(&hash, &s->capture, sizeof(hash)) != 0) {
        st = fault_at(&why, ST_MISMATCH, 0, "not the capture of this round");
    }
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

bool calibrate_look(const char *path, const struct calibrate_scenario *s,
                    const struct definition_set *set, bool *ret, char *ret_name)
{
    CLEANUP(analysis_freep) struct analysis *a = analysis_new("calibrate");
    char *names[] = {(char *)(uintptr_t)path};
    if (a == NULL) {
        return false;
    }
    a->unlocated = true;
    a->settings.definitions = *set;
    a->settings.quiet = true;
    a->settings.locals = (struct local_nets){.rule = LOCAL_GIVEN, .n = s->local_n};
    memcpy(a->settings.locals.nets, s->local, s->local_n * sizeof(s->local[0]));
    if (!analysis_open(a, names, 1) || !analysis_read(a) || a->partial) {
        return false;
    }
    *ret = false;
    for (size_t i = 0; i < a->reading.findings.n && !*ret; i++) {
        const struct finding *f = a->reading.findings.items[i];
        *ret = (f->flags & FINDING_BELOW) == 0;
        if (*ret && ret_name != NULL) {
            (void)snprintf(ret_name, DEFINITION_TEXT_MAX, "%s", f->definition);
        }
    }
    return true;
}

/* What counts by the definitions; the answer that one would then expect is a guess. */
static bool propose(const struct calibrate_job *job, const struct calibrate_round *r,
                    struct calibrate_judgements *j)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < r->scenario_n; i++) {
        bool found = false;
        if (!calibrate_capture(job, &r->scenario[i], path, sizeof(path)) ||
            !calibrate_look(path, &r->scenario[i], &j->definitions, &found, NULL)) {
            return false;
        }
        j->list[i] =
            (struct calibrate_judgement){.verdict = found ? CALIBRATE_COUNTS : CALIBRATE_COUNTS_NOT,
                                         .answer = (size_t)calibrate_word_find(
                                             CALIBRATE_ANSWERS, found ? "acted" : "no-notice")};
    }
    return true;
}

/* --- asking ----------------------------------------------------------------------- */

static bool read_line(char out[LINE_MAX_BYTES])
{
    if (fgets(out, LINE_MAX_BYTES, stdin) == NULL) {
        say("calibrate judge: the answers ended before the scenarios did");
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return true;
}

static void show_words(enum calibrate_list list, const char *before)
{
    for (size_t i = 0; calibrate_word_at(list, i).name != NULL; i++) {
        const struct accord_word w = calibrate_word_at(list, i);
        (void)fprintf(stderr, "  %s%-20s %s\n", before, w.name, w.says); /* a prompt */
    }
}

static bool ask_verdict(struct calibrate_judgement *j)
{
    char line[LINE_MAX_BYTES], old[CALIBRATE_VERDICT_MAX];
    calibrate_verdict_text(j, old);
    for (;;) {
        (void)fprintf(stderr, "verdict [%s]: ", old); /* a prompt */
        if (!read_line(line)) {
            return false;
        }
        if (line[0] == '\0' || calibrate_verdict_parse(line, j) == ST_OK) {
            return true;
        }
        (void)fprintf(stderr, "  counts\n  does-not-count\n"); /* a prompt */
        show_words(CALIBRATE_NEEDS, "needs:");
    }
}

static bool ask_answer(struct calibrate_judgement *j)
{
    char line[LINE_MAX_BYTES];
    for (;;) {
        (void)fprintf(stderr, "answer [%s]: ", /* a prompt */
                      calibrate_word_at(CALIBRATE_ANSWERS, j->answer).name);
        if (!read_line(line)) {
            return false;
        }
        int place = line[0] != '\0' ? calibrate_word_find(CALIBRATE_ANSWERS, line) : (int)j->answer;
        if (place >= 0) {
            j->answer = (size_t)place;
            return true;
        }
        show_words(CALIBRATE_ANSWERS, "");
    }
}

/* Each scenario in turn, with what is proposed; an empty line takes that. */
static bool ask(const struct calibrate_round *r, struct calibrate_judgements *j)
{
    for (size_t i = 0; i < r->scenario_n; i++) {
        CLEANUP(buf_fini) struct buf text = BUF_INIT(8 * CALIBRATE_TEXT_MAX);
        text_show(&text, bytes_of(r->scenario[i].text, strlen(r->scenario[i].text)), SIZE_MAX);
        buf_byte(&text, '\0');
        if (text.failed != ST_OK) {
            return false;
        }
        (void)fprintf(stderr, "\n%zu of %zu: %s\n%s\n", i + 1, r->scenario_n, /* a prompt */
                      r->scenario[i].id, (const char *)text.data);
        if (!ask_verdict(&j->list[i]) || !ask_answer(&j->list[i])) {
            return false;
        }
    }
    return true;
}

/* --- judge ------------------------------------------------------------------------ */

static bool own_definitions(const struct calibrate_job *job, struct definition_set *set)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_STATEMENT_BYTES);
    const char *name = job->definitions != NULL ? job->definitions : "default";
    struct fault why = {0};
    enum status st = definition_set_builtin(name, set);
    if (st == ST_END) {
        st = file_read(name, &file, &why);
        st = st != ST_OK ? st : definition_set_read(buf_bytes(&file), set, &why);
    }
    if (st != ST_OK) {
        say_fault(name, st, &why);
    }
    return st == ST_OK;
}

static bool from_file(const struct calibrate_job *job, const struct calibrate_round *r,
                      struct calibrate_judgements *j)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_STATEMENT_BYTES);
    CLEANUP(free_ptr) struct definition_set *own = malloc(sizeof(*own));
    struct fault why = {0};
    if (own == NULL) {
        return false;
    }
    *own = j->definitions;
    enum status st = file_read(job->from, &file, &why);
    st = st != ST_OK ? st : calibrate_file_read(buf_bytes(&file), r, j, &why);
    if (st != ST_OK) {
        say_fault(job->from, st, &why);
    }
    if (job->definitions != NULL) {
        j->definitions = *own; /* what is asked for holds over what the file says */
    }
    return st == ST_OK;
}

static bool fill_in(const struct calibrate_job *job, const struct calibrate_round *r,
                    struct calibrate_judgements *j)
{
    bool terminal = isatty(STDIN_FILENO) == 1;
    if (job->from != NULL) {
        return from_file(job, r, j);
    }
    if (job->automatic || (terminal && job->scenarios != NULL)) {
        if (job->scenarios == NULL) {
            say("calibrate judge: --auto needs --scenarios DIR");
            return false;
        }
        if (!propose(job, r, j)) {
            return false;
        }
    }
    if (!job->automatic && !terminal) {
        say("calibrate judge: --from FILE or --auto: there is no terminal to ask at");
        return false;
    }
    return job->automatic || ask(r, j);
}

int calibrate_judge(const struct calibrate_job *job, char **operands)
{
    CLEANUP(calibrate_desk_fini) struct calibrate_desk d = {.self = 0};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_STATEMENT_BYTES);
    CLEANUP(free_ptr) struct calibrate_judgements *j = calloc(1, sizeof(*j));
    struct fault why = {0};
    if (j == NULL || !own_definitions(job, &j->definitions)) {
        return ACCORD_COULD_NOT;
    }
    for (size_t i = 0; i < LIMIT_CALIBRATE_SCENARIOS; i++) {
        j->list[i].verdict = CALIBRATE_COUNTS_NOT; /* where nothing else is said */
    }
    int failed = calibrate_take_in(job, operands, &d);
    if (failed != 0) {
        return failed;
    }
    if (!fill_in(job, d.fold->terms, j)) {
        return ACCORD_COULD_NOT;
    }
    calibrate_file_write(d.fold->terms, j, &out);
    if (job->output == NULL || out.failed != ST_OK) {
        return accord_answer(&out, ACCORD_DONE);
    }
    /* Nobody else's business until it is revealed. */
    enum status st = file_write(job->output, buf_bytes(&out), 0600, &why);
    return st == ST_OK ? ACCORD_DONE : accord_failed(job->output, st, &why);
}
