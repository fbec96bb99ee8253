/* exchange/calibrate/opening.c - judgements written, read and committed to. */
#include "exchange/calibrate/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "base/core/text.h"
#include "exchange/accord/accord.h"

static const char opening_format[] = "exhibit-calibration-opening/v1";
static const char file_format[] = "exhibit-judgement/v1";

enum { WORD_MAX = 64 };

/* --- words ------------------------------------------------------------------------ */

enum status calibrate_verdict_parse(const char *text, struct calibrate_judgement *ret)
{
    int verdict = calibrate_word_find(CALIBRATE_VERDICTS, text), needs = 0;
    if (strncmp(text, "needs:", 6) == 0) {
        verdict = CALIBRATE_NEEDS_MORE;
        needs = calibrate_word_find(CALIBRATE_NEEDS, text + 6);
    } else if (verdict == CALIBRATE_NEEDS_MORE) {
        return ST_MALFORMED; /* what does it need? */
    }
    if (verdict < 0 || needs < 0) {
        return ST_MALFORMED;
    }
    ret->verdict = (enum calibrate_verdict)verdict;
    ret->needs = (size_t)needs;
    return ST_OK;
}

void calibrate_verdict_text(const struct calibrate_judgement *j, char out[CALIBRATE_VERDICT_MAX])
{
    bool more = j->verdict == CALIBRATE_NEEDS_MORE;
    (void)snprintf(out, CALIBRATE_VERDICT_MAX, "%s%s%s",
                   calibrate_word_at(CALIBRATE_VERDICTS, j->verdict).name, more ? ":" : "",
                   more ? calibrate_word_at(CALIBRATE_NEEDS, j->needs).name : "");
}

/* --- judgements ------------------------------------------------------------------- */

static enum status read_judgement(const json_t *o, const char *scenario,
                                  struct calibrate_judgement *ret, struct fault *why)
{
    static const char *const names[] = {"scenario", "verdict", "answer", NULL};
    char id[CALIBRATE_NAME_MAX], word[WORD_MAX];
    if (!exchange_members_known(o, names) || !exchange_text_of(o, "scenario", id, sizeof(id)) ||
        strcmp(id, scenario) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "scenario of a judgement, or their order");
    }
    if (!exchange_text_of(o, "verdict", word, sizeof(word)) ||
        calibrate_verdict_parse(word, ret) != ST_OK) {
        return fault_at(why, ST_MALFORMED, 0, "verdict");
    }
    int answer = exchange_text_of(o, "answer", word, sizeof(word))
                     ? calibrate_word_find(CALIBRATE_ANSWERS, word)
                     : -1;
    ret->answer = (size_t)answer;
    return answer >= 0 ? ST_OK : fault_at(why, ST_MALFORMED, 0, "answer");
}

static enum status read_judgements(const json_t *o, const struct calibrate_round *r,
                                   struct calibrate_judgements *ret, struct fault *why)
{
    const json_t *list = json_object_get(o, "judgements");
    if (!json_is_array(list) || json_array_size(list) != r->scenario_n) {
        return fault_at(why, ST_MALFORMED, 0, "judgements: one for each scenario");
    }
    for (size_t i = 0; i < r->scenario_n; i++) {
        TRY(read_judgement(json_array_get(list, i), r->scenario[i].id, &ret->list[i], why));
    }
    return accord_definitions_read(json_object_get(o, "definitions"), &ret->definitions, why);
}

static enum status judgements_json(const struct calibrate_round *r,
                                   const struct calibrate_judgements *j, json_t *o)
{
    json_t *list = json_array();
    if (list == NULL || json_object_set_new(o, "judgements", list) != 0 ||
        json_object_set_new(o, "definitions", accord_definitions_json(&j->definitions)) != 0) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < r->scenario_n; i++) {
        char verdict[CALIBRATE_VERDICT_MAX];
        const char *answer = calibrate_word_at(CALIBRATE_ANSWERS, j->list[i].answer).name;
        json_t *one = json_object();
        calibrate_verdict_text(&j->list[i], verdict);
        bool good = one != NULL &&
                    json_object_set_new(one, "scenario", json_string(r->scenario[i].id)) == 0 &&
                    json_object_set_new(one, "verdict", json_string(verdict)) == 0 &&
                    json_object_set_new(one, "answer", json_string(answer)) == 0;
        if (!good) {
            json_decref(one);
            return ST_NOMEM;
        }
        if (json_array_append_new(list, one) != 0) {
            return ST_NOMEM;
        }
    }
    return ST_OK;
}

/* --- the file --------------------------------------------------------------------- */

static void emit_judgement(struct emit *j, const char *id, const struct calibrate_judgement *one)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1024);
    char verdict[CALIBRATE_VERDICT_MAX];
    struct emit e;
    calibrate_verdict_text(one, verdict);
    emit_begin(&e, &text);
    buf_str(&text, "\n  ");
    emit_object(&e);
    emit_member_str(&e, "scenario", id);
    emit_member_str(&e, "verdict", verdict);
    emit_member_str(&e, "answer", calibrate_word_at(CALIBRATE_ANSWERS, one->answer).name);
    emit_object_end(&e);
    emit_raw(j, buf_bytes(&text));
    j->out->failed = text.failed != ST_OK ? text.failed : j->out->failed;
}

/* A judgement on each line, so that it can be changed by hand. */
void calibrate_file_write(const struct calibrate_round *r, const struct calibrate_judgements *j,
                          struct buf *out)
{
    CLEANUP(buf_fini) struct buf set = BUF_INIT(LIMIT_STATEMENT_BYTES);
    char hex[DIGEST_TEXT_MAX];
    struct emit e;
    definition_set_write(&j->definitions, &set);
    digest_format(&j->definitions.hash, hex);
    if (set.failed != ST_OK) {
        out->failed = set.failed;
        return;
    }
    emit_begin(&e, out);
    emit_object(&e);
    emit_member_str(&e, "format", file_format);
    emit_member_str(&e, "calibration", r->id);
    emit_key(&e, "judgements");
    emit_array(&e);
    for (size_t i = 0; i < r->scenario_n; i++) {
        emit_judgement(&e, r->scenario[i].id, &j->list[i]);
    }
    emit_array_end(&e);
    emit_key(&e, "definitions");
    emit_object(&e);
    emit_member_str(&e, "hash", hex);
    emit_key(&e, "set");
    emit_raw(&e, buf_bytes(&set));
    emit_object_end(&e);
    emit_object_end(&e);
    buf_byte(out, '\n');
}

static enum status read_json(struct bytes file, const struct calibrate_round *r,
                             struct calibrate_judgements *ret, struct fault *why)
{
    static const char *const names[] = {"format", "calibration", "judgements", "definitions", NULL};
    CLEANUP(canon_freep) json_t *root = NULL;
    char format[sizeof(file_format)], id[EXCHANGE_ID_TEXT];
    TRY(canon_load(file, EXCHANGE_DEPTH, &root, why));
    if (!exchange_members_known(root, names) ||
        !exchange_text_of(root, "format", format, sizeof(format)) ||
        strcmp(format, file_format) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "format of judgements");
    }
    if (!exchange_text_of(root, "calibration", id, sizeof(id)) || strcmp(id, r->id) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "judgements of another round");
    }
    return read_judgements(root, r, ret, why);
}

/* The next field of a line, up to a tab or its end. */
static bool field(struct bytes *line, char *out, size_t max)
{
    const uint8_t *tab = line->len > 0 ? memchr(line->data, '\t', line->len) : NULL;
    size_t n = tab != NULL ? (size_t)(tab - line->data) : line->len;
    if (n == 0 || n >= max) {
        return false;
    }
    memcpy(out, line->data, n);
    out[n] = '\0';
    size_t skip = tab != NULL ? n + 1 : n;
    *line = bytes_of(line->data + skip, line->len - skip);
    return true;
}

static enum status read_line(struct bytes line, const struct calibrate_round *r,
                             struct calibrate_judgements *ret, bool *seen, struct fault *why)
{
    char id[CALIBRATE_NAME_MAX], verdict[CALIBRATE_VERDICT_MAX], answer[WORD_MAX];
    struct calibrate_judgement one = {.answer = 0};
    if (!field(&line, id, sizeof(id)) || !field(&line, verdict, sizeof(verdict)) ||
        !field(&line, answer, sizeof(answer)) || line.len > 0) {
        return fault_at(why, ST_MALFORMED, 0, "line: SCENARIO, VERDICT and ANSWER, with tabs");
    }
    int place = calibrate_scenario_place(r, id);
    int word = calibrate_word_find(CALIBRATE_ANSWERS, answer);
    if (place < 0 || seen[place]) {
        return fault_at(why, ST_MALFORMED, 0, place < 0 ? "no such scenario" : "scenario twice");
    }
    if (calibrate_verdict_parse(verdict, &one) != ST_OK || word < 0) {
        return fault_at(why, ST_MALFORMED, 0, word < 0 ? "answer" : "verdict");
    }
    one.answer = (size_t)word;
    ret->list[place] = one;
    seen[place] = true;
    return ST_OK;
}

static enum status read_lines(struct bytes file, const struct calibrate_round *r,
                              struct calibrate_judgements *ret, struct fault *why)
{
    bool seen[LIMIT_CALIBRATE_SCENARIOS] = {false};
    for (size_t at = 0; at < file.len;) {
        const uint8_t *end = memchr(file.data + at, '\n', file.len - at);
        size_t n = end != NULL ? (size_t)(end - file.data) - at : file.len - at;
        struct bytes line = text_trim(bytes_of(file.data + at, n));
        if (line.len > 0 && line.data[line.len - 1] == '\r') {
            line.len--;
        }
        enum status st =
            line.len == 0 || line.data[0] == '#' ? ST_OK : read_line(line, r, ret, seen, why);
        if (st != ST_OK) {
            return why != NULL ? fault_at(why, st, at, why->field) : st;
        }
        at += n + 1;
    }
    for (size_t i = 0; i < r->scenario_n; i++) {
        if (!seen[i]) {
            return fault_at(why, ST_MALFORMED, file.len, "judgements: one for each scenario");
        }
    }
    return ST_OK;
}

enum status calibrate_file_read(struct bytes file, const struct calibrate_round *r,
                                struct calibrate_judgements *ret, struct fault *why)
{
    struct bytes text = text_trim(file);
    return text.len > 0 && text.data[0] == '{' ? read_json(file, r, ret, why)
                                               : read_lines(file, r, ret, why);
}

/* --- openings --------------------------------------------------------------------- */

enum status calibrate_opening_write(const struct calibrate_round *r, const struct digest *round,
                                    const char *party, const uint8_t salt[CALIBRATE_SALT_BYTES],
                                    const struct calibrate_judgements *j, struct buf *out)
{
    CLEANUP(canon_freep) json_t *o = json_object();
    char hash[DIGEST_TEXT_MAX], hidden[2 * CALIBRATE_SALT_BYTES + 1];
    digest_format(round, hash);
    exchange_hex_text(salt, CALIBRATE_SALT_BYTES, hidden);
    bool good = o != NULL && json_object_set_new(o, "format", json_string(opening_format)) == 0 &&
                json_object_set_new(o, "round", json_string(hash)) == 0 &&
                json_object_set_new(o, "party", json_string(party)) == 0 &&
                json_object_set_new(o, "salt", json_string(hidden)) == 0;
    if (!good) {
        return ST_NOMEM;
    }
    TRY(judgements_json(r, j, o));
    return canon_write(o, out);
}

enum status calibrate_opening_read(const json_t *o, const struct calibrate_round *r,
                                   const struct digest *round, const char *party,
                                   struct calibrate_judgements *ret, struct fault *why)
{
    static const char *const names[] = {"format",      "round",      "party", "salt",
                                        "definitions", "judgements", NULL};
    char format[sizeof(opening_format)], name[LEDGER_NAME_MAX + 1];
    uint8_t salt[CALIBRATE_SALT_BYTES];
    struct digest hash;
    if (!exchange_members_known(o, names) ||
        !exchange_text_of(o, "format", format, sizeof(format)) ||
        strcmp(format, opening_format) != 0 || !exchange_hex_of(o, "salt", salt, sizeof(salt)) ||
        !exchange_hex_of(o, "round", hash.b, sizeof(hash.b)) ||
        !exchange_text_of(o, "party", name, sizeof(name))) {
        return fault_at(why, ST_MALFORMED, 0, "opening");
    }
    if (memcmp(&hash, round, sizeof(hash)) != 0 || strcmp(name, party) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "opening of another round or party");
    }
    return read_judgements(o, r, ret, why);
}

enum status calibrate_commitment(const json_t *opening, struct digest *ret)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    TRY(canon_write(opening, &text));
    return digest_sha256(buf_bytes(&text), ret);
}

/* --- bodies ----------------------------------------------------------------------- */

json_t *calibrate_commit_body(const char *round, const struct digest *commitment)
{
    json_t *o = json_object();
    char hex[DIGEST_TEXT_MAX];
    digest_format(commitment, hex);
    if (o == NULL || json_object_set_new(o, "calibration", json_string(round)) != 0 ||
        json_object_set_new(o, "commitment", json_string(hex)) != 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

json_t *calibrate_reveal_body(const char *round, const struct digest *seen, size_t n,
                              const json_t *opening)
{
    json_t *o = json_object(), *list = json_array();
    bool good = o != NULL && list != NULL;
    for (size_t i = 0; i < n && good; i++) {
        char hex[DIGEST_TEXT_MAX];
        digest_format(&seen[i], hex);
        good = json_array_append_new(list, json_string(hex)) == 0;
    }
    good = good && json_object_set(o, "commitments", list) == 0 &&
           json_object_set_new(o, "calibration", json_string(round)) == 0 &&
           json_object_set_new(o, "opening", json_deep_copy(opening)) == 0;
    json_decref(list);
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}
