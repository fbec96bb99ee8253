/* cli/seal.c - from files to segments and entries of the ledger. */
#include "cli/seal.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/model/remark.h"
#include "cli/analysis.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, ANSWER_MAX_BYTES = INT_MAX, NAME_COLUMNS = 200 };

/* clang-format off */
const struct option_spec seal_options[] = {
    {"--local", 'l', "CIDR",
     "One's own networks, declared in the ledger; may be repeated. Else those of the home's "
     "configuration; else a fixed rule tells them from each file, and the seal says so.",
     SETTINGS_LOCAL, NULL},
    SETTINGS_ROW_PAYLOAD,
    HOME_ROW_PASSPHRASE_FILE(SETTINGS_PASSPHRASE_FILE),
    {"--definitions", 'd', "SET|FILE", "The rules in force, whose hash goes into every header.",
     SETTINGS_DEFINITIONS, "default zeek-6.0 snort3 fail2ban"},
    {"--json", 'j', NULL, "JSON Lines: what became of each file, and a summary last.",
     SETTINGS_JSON, NULL},
    HOME_ROW_DIR(SETTINGS_HOME),
    SETTINGS_ROWS_LAST,
};
/* clang-format on */

static void put_entries(const struct evidence_file *f, struct buf *out)
{
    if (f->segments == 1) {
        buf_printf(out, "entry %" PRIu64, f->first_entry);
    } else {
        buf_printf(out, "entries %" PRIu64 " to %" PRIu64, f->first_entry,
                   f->first_entry + f->segments - 1);
    }
}

void seal_sentence(const struct sealing_result *r, struct buf *out)
{
    const struct evidence_file *f = &r->file;
    if (r->outcome == SEALING_NOT || r->outcome == SEALING_EMPTY) {
        buf_printf(out, "not sealed: %s", r->why);
        return;
    }
    buf_str(out, r->outcome == SEALING_NOW ? "sealed: " : "sealed already: ");
    text_count(out, f->records);
    buf_str(out, f->records == 1 ? " record in " : " records in ");
    text_count(out, f->segments);
    buf_str(out, f->segments == 1 ? " segment, " : " segments, ");
    put_entries(f, out);
    if (f->part) {
        buf_str(out, "; the lines before them were sealed when the log was shorter");
    } else if (f->grown) {
        buf_str(out,
                "; it begins with a file that was sealed before, and is cut from in its place");
    }
    if (f->declared) {
        buf_printf(out, "; networks as declared in entry %" PRIu64, f->networks_entry);
    } else {
        buf_str(out, f->kind == KIND_LOG ? "" : "; networks inferred, so nothing absent is proven");
    }
}

/* What of an input was passed over or assumed. Partial ones were complained of. */
struct remarks {
    const struct remark *items;
    size_t n;
};

static bool is_about(const struct remark *r, size_t input)
{
    return r->input == input && !r->partial;
}

static void tell_remarks(const struct remarks *all, size_t input, struct buf *out)
{
    char sentence[REMARK_SENTENCE_MAX];
    for (size_t i = 0; i < all->n; i++) {
        const struct remark *r = &all->items[i];
        if (!is_about(r, input)) {
            continue;
        }
        buf_str(out, "  ");
        if (remark_has_place(r)) {
            buf_printf(out, "offset %" PRIu64 ": ", r->offset);
        }
        (void)remark_sentence(r, sentence, sizeof(sentence));
        text_show(out, bytes_of(sentence, strlen(sentence)), SIZE_MAX);
        buf_byte(out, '\n');
    }
}

static void put_remarks(const struct remarks *all, size_t input, struct emit *j)
{
    char sentence[REMARK_SENTENCE_MAX];
    emit_key(j, "remarks");
    emit_array(j);
    for (size_t i = 0; i < all->n; i++) {
        const struct remark *r = &all->items[i];
        if (is_about(r, input)) {
            emit_object(j);
            emit_member_str(j, "code", remark_name(r->code));
            emit_member_str(j, "text", remark_sentence(r, sentence, sizeof(sentence)));
            emit_member_u64(j, "offset", r->offset);
            emit_member_u64(j, "count", r->count);
            emit_object_end(j);
        }
    }
    emit_array_end(j);
}

/* Quiet: only what was not sealed as it should be. */
static void tell_text(const struct sealing *s, const struct remarks *remarks, bool quiet,
                      struct buf *out)
{
    for (size_t i = 0; i < s->n; i++) {
        if (quiet && seal_is_fine(&s->results[i])) {
            continue;
        }
        const char *name = s->inputs[i].name;
        CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 16);
        seal_sentence(&s->results[i], &line);
        text_show(out, bytes_of(name, strlen(name)), NAME_COLUMNS);
        buf_str(out, ": ");
        text_show(out, buf_bytes(&line), SIZE_MAX);
        buf_byte(out, '\n');
        tell_remarks(remarks, i, out);
    }
}

static void tell_file(const struct sealing *s, const struct remarks *remarks, size_t i,
                      struct buf *out)
{
    static const char *const outcomes[] = {"not-sealed", "sealed", "sealed-already", "empty"};
    const struct sealing_result *r = &s->results[i];
    char hex[DIGEST_TEXT_MAX];
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "file");
    emit_member_str(&j, "name", s->inputs[i].name);
    emit_member_str(&j, "outcome", outcomes[r->outcome]);
    if (r->hashed) {
        digest_format(&r->file.sha256, hex);
        emit_member_str(&j, "sha256", hex);
        emit_member_u64(&j, "bytes", r->file.size_bytes);
        if (r->file.part) {
            digest_format(&r->file.whole, hex);
            emit_member_u64(&j, "from", r->file.part_from);
            emit_member_str(&j, "whole_sha256", hex);
        }
        if (r->file.grown) {
            digest_format(&r->file.grown_of, hex);
            emit_member_str(&j, "grown_of", hex);
        }
    }
    if (r->outcome == SEALING_NOW || r->outcome == SEALING_ALREADY) {
        emit_member_str(&j, "kind", r->file.kind == KIND_LOG ? "log" : "capture");
        emit_member_u64(&j, "segments", r->file.segments);
        emit_member_u64(&j, "records", r->file.records);
        emit_member_u64(&j, "first_entry", r->file.first_entry);
        emit_member_str(&j, "networks", r->file.declared ? "declared" : "inferred");
        if (r->file.declared) {
            emit_member_u64(&j, "networks_entry", r->file.networks_entry);
        }
    } else {
        emit_member_str(&j, "why", r->why);
    }
    put_remarks(remarks, i, &j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void tell_json(const struct sealing *s, const struct remarks *remarks, struct buf *out)
{
    uint64_t sealed = 0, already = 0;
    struct emit j;
    for (size_t i = 0; i < s->n; i++) {
        tell_file(s, remarks, i, out);
        sealed += s->results[i].outcome == SEALING_NOW;
        already += s->results[i].outcome == SEALING_ALREADY;
    }
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "summary");
    emit_member_str(&j, "party", s->home->config.name);
    emit_member_u64(&j, "files", s->n);
    emit_member_u64(&j, "sealed", sealed);
    emit_member_u64(&j, "sealed_already", already);
    emit_member_u64(&j, "entries", s->shelf.entries->size);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static bool tell(const struct sealing *s, const struct remarks *remarks,
                 const struct settings *settings)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(ANSWER_MAX_BYTES);
    if (settings->form == FORM_JSON) {
        tell_json(s, remarks, &out);
    } else {
        tell_text(s, remarks, settings->quiet, &out);
    }
    if (out.failed != ST_OK) {
        say("the answer: %s", status_text(out.failed));
        return false;
    }
    return output_write(buf_bytes(&out));
}

static bool all_fine(const struct sealing *s)
{
    bool fine = true;
    for (size_t i = 0; i < s->n; i++) {
        fine = fine && seal_is_fine(&s->results[i]);
    }
    return fine;
}

int seal_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(analysis_freep) struct analysis *a = analysis_new(self->name);
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(sealing_fini) struct sealing s = {.n = 0};
    int n;
    if (a == NULL || !options_parse(self, argc, argv, settings_take, &a->settings, &n) ||
        !home_get(a->settings.home, &home) || !analysis_open(a, argv, n)) {
        return EXIT_COULD_NOT;
    }
    struct sealing_options opt = {.home = home, .settings = &a->settings, .alone = true};
    a->sealing = &s;
    if (!sealing_begin(&s, &opt, a->files, a->file_n) || !analysis_read(a)) {
        return EXIT_COULD_NOT;
    }
    struct remarks remarks = {a->reading.remarks, a->reading.remark_n};
    return tell(&s, &remarks, &a->settings) && all_fine(&s) && !a->partial ? EXIT_DONE
                                                                           : EXIT_COULD_NOT;
}
