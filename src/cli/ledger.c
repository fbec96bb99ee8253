/* cli/ledger.c - exhibit ledger checkpoint|prove|consistency|export. */
#include "cli/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/base64.h"
#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/file.h"
#include "cli/ledger_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verb.h"
#include "ledger/export.h"
#include "ledger/proof.h"
#include "ledger/reader.h"

enum { OPT_OUTPUT = 1, OPT_POLICY, OPT_REQUEST, OPT_RESPONSE, OPT_CA, OPT_OLD, OPT_HOME, OPT_JSON };

const struct option_spec ledger_options[] = {
    {"--output", 'o', "FILE", "checkpoint, prove, ask: write to FILE instead of standard output.",
     OPT_OUTPUT, NULL},
    {"--policy", 0, "FILE", "audit, collect: whose keys to trust (C2SP tlog-policy).", OPT_POLICY,
     NULL},
    {"--old", 0, "SIZE", "ask: what the witness cosigned last; 0, if not given.", OPT_OLD, NULL},
    {"--request", 0, "FILE",
     "timestamp: ask nobody, write the question to FILE; with --response: what was asked.",
     OPT_REQUEST, NULL},
    {"--response", 0, "FILE", "timestamp: take an authority's answer from FILE.", OPT_RESPONSE,
     NULL},
    {"--ca", 0, "FILE",
     "timestamp --response: roots (PEM) that its certificate must lead to; else the system's.",
     OPT_CA, NULL},
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer with one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct parsed {
    struct ledger_job job;
    unsigned given;
};

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct parsed *p = ctx;
    if (spec->id == OPTION_HELP) {
        return true;
    }
    p->given |= 1U << spec->id;
    switch (spec->id) {
    case OPT_OUTPUT:
        p->job.output = value;
        break;
    case OPT_POLICY:
        p->job.policy = value;
        break;
    case OPT_OLD:
        p->job.old = value;
        break;
    case OPT_REQUEST:
        p->job.request = value;
        break;
    case OPT_RESPONSE:
        p->job.response = value;
        break;
    case OPT_CA:
        p->job.ca = value;
        break;
    case OPT_HOME:
        p->job.home = value;
        break;
    default:
        p->job.json = true;
    }
    return true;
}

/* --- shared --------------------------------------------------------------------- */

int ledger_failed(const char *place, enum status st, const struct fault *why)
{
    say_fault(place, st, why);
    return st == ST_MISMATCH ? LEDGER_FAILS : LEDGER_COULD_NOT;
}

int ledger_answer(const struct buf *out, int status)
{
    if (out->failed != ST_OK) {
        say("the answer: %s", status_text(out->failed));
        return LEDGER_COULD_NOT;
    }
    return output_write(buf_bytes(out)) ? status : LEDGER_COULD_NOT;
}

int ledger_look(const struct ledger_job *job, struct evidence_home **h, struct evidence_public *p)
{
    struct fault why = {0};
    if (!home_get(job->home, h)) {
        return LEDGER_COULD_NOT;
    }
    enum status st = evidence_public_read(&(*h)->party, "log/", p, &why);
    return st == ST_OK ? 0 : ledger_failed((*h)->path, st, &why);
}

static void emit_hash(struct emit *j, const char *key, const struct digest *d)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(64);
    base64_append(&text, bytes_of(d->b, sizeof(d->b)));
    if (key != NULL) {
        emit_member_text(j, key, buf_bytes(&text));
    } else {
        emit_text(j, buf_bytes(&text));
    }
}

static void emit_path(struct emit *j, const struct ledger_path *path)
{
    emit_key(j, "proof");
    emit_array(j);
    for (size_t i = 0; i < path->n; i++) {
        emit_hash(j, NULL, &path->hash[i]);
    }
    emit_array_end(j);
}

void ledger_tell_checkpoint(struct emit *j, const struct evidence_public *p)
{
    CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_KEY_BYTES);
    ledger_key_format(&p->signer->key, &key);
    emit_member_text(j, "origin", p->checkpoint.origin);
    emit_member_u64(j, "size", p->checkpoint.size);
    emit_hash(j, "root", &p->checkpoint.root);
    emit_member_text(j, "key", buf_bytes(&key));
    emit_member_u64(j, "signatures", p->note.lines);
}

int ledger_deliver(const struct ledger_job *job, struct bytes content)
{
    struct fault why = {0};
    if (job->output == NULL) {
        return output_write(content) ? LEDGER_HOLDS : LEDGER_COULD_NOT;
    }
    enum status st = file_write(job->output, content, 0644, &why);
    return st == ST_OK ? LEDGER_HOLDS : ledger_failed(job->output, st, &why);
}

/* --- checkpoint ----------------------------------------------------------------- */

static int checkpoint(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct emit j;
    (void)operands;
    int failed = ledger_look(job, &h, &p);
    if (failed != 0 || !job->json) {
        return failed != 0 ? failed : ledger_deliver(job, buf_bytes(&p.text));
    }
    emit_begin(&j, &out);
    emit_object(&j);
    emit_member_str(&j, "type", "checkpoint");
    ledger_tell_checkpoint(&j, &p);
    emit_member_text(&j, "checkpoint", buf_bytes(&p.text));
    emit_object_end(&j);
    buf_byte(&out, '\n');
    return out.failed == ST_OK ? ledger_deliver(job, buf_bytes(&out)) : ledger_answer(&out, 0);
}

/* --- prove ---------------------------------------------------------------------- */

static void prove_json(const struct evidence_public *p, const struct evidence_proven *v,
                       struct bytes proof, struct buf *out)
{
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(2 * LEDGER_ENTRY_MAX);
    struct emit j;
    base64_append(&entry, buf_bytes(&v->entry));
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "inclusion");
    emit_member_u64(&j, "index", v->proof.index);
    emit_member_text(&j, "entry", buf_bytes(&entry));
    emit_hash(&j, "leaf", &v->leaf);
    emit_path(&j, &v->proof.path);
    ledger_tell_checkpoint(&j, p);
    emit_member_text(&j, "tlog_proof", proof);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static int prove(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    CLEANUP(buf_fini) struct buf json = BUF_INIT(LEDGER_OUT_MAX);
    struct evidence_proven v = {.entry = BUF_INIT(LEDGER_ENTRY_MAX)};
    struct fault why = {0};
    uint64_t index = 0;
    if (ledger_line_number(bytes_of(operands[0], strlen(operands[0])), &index) != ST_OK) {
        say("ledger prove %s: not the number of an entry", operands[0]);
        return LEDGER_COULD_NOT;
    }
    int failed = ledger_look(job, &h, &p);
    if (failed != 0) {
        return failed;
    }
    if (index >= p.checkpoint.size) {
        say("ledger prove %s: there are %" PRIu64 " entries, and the first is 0", operands[0],
            p.checkpoint.size);
        return LEDGER_COULD_NOT;
    }
    enum status st = evidence_public_prove(&h->party, "log/", &p, index, &v, &why);
    if (st == ST_OK) {
        ledger_proof_write(&v.proof, &out);
        prove_json(&p, &v, buf_bytes(&out), &json);
        st = out.failed != ST_OK ? out.failed : json.failed;
    }
    buf_fini(&v.entry);
    return st != ST_OK ? ledger_failed(h->path, st, &why)
                       : ledger_deliver(job, buf_bytes(job->json ? &json : &out));
}

/* --- consistency ---------------------------------------------------------------- */

enum status ledger_growth_read(const char *operand, const struct evidence_public *p,
                               struct ledger_growth *g, struct fault *why)
{
    struct ledger_note note;
    struct ledger_signed seen;
    if (ledger_line_number(bytes_of(operand, strlen(operand)), &g->old.size) == ST_OK) {
        return ST_OK;
    }
    TRY(file_read(operand, &g->text, why));
    TRY(ledger_checkpoint_read(buf_bytes(&g->text), &note, &g->old, why));
    if (!bytes_equal(g->old.origin, p->checkpoint.origin)) {
        return fault_at(why, ST_DENIED, 0, "a checkpoint of another ledger");
    }
    for (size_t i = 0; i < p->terms.n; i++) {
        enum status st = ledger_note_check(&note, &p->terms.term[i].key, 1, &seen, why);
        if (st != ST_DENIED) {
            return st;
        }
    }
    return fault_at(why, ST_DENIED, 0, "no key of this ledger has signed it");
}

enum status ledger_growth_prove(const struct evidence_home *h, const struct evidence_public *p,
                                struct ledger_growth *g, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    if (g->old.size > p->checkpoint.size) {
        return g->text.len > 0 ? fault_at(why, ST_MISMATCH, g->old.size, "entries are missing here")
                               : fault_limit(why, g->old.size, "size", p->checkpoint.size);
    }
    TRY(ledger_reader_new(&h->party, "log/", p->checkpoint.size, &r));
    struct ledger_hashes src = ledger_reader_hashes(r);
    enum status st = ledger_tree_root_of(&src, g->old.size, &g->root);
    st = st != ST_OK ? st
                     : ledger_tree_prove_growth(&src, g->old.size, p->checkpoint.size, &g->path);
    if (st != ST_OK) {
        return fault_pass(why, st, &r->why);
    }
    if (g->text.len > 0 && memcmp(&g->root, &g->old.root, sizeof(g->root)) != 0) {
        return fault_at(why, ST_MISMATCH, g->old.size, "this ledger did not grow out of that one");
    }
    st = ledger_tree_check_growth(g->old.size, &g->root, p->checkpoint.size, &p->checkpoint.root,
                                  &g->path);
    return st == ST_OK ? st : fault_at(why, st, g->old.size, "files of the ledger");
}

static void tell_growth(const struct ledger_job *job, const struct evidence_public *p,
                        const struct ledger_growth *g, struct buf *out)
{
    struct emit j;
    if (!job->json) {
        buf_printf(out, "consistent: size %" PRIu64 " grew to %" PRIu64 "\n", g->old.size,
                   p->checkpoint.size);
        ledger_path_write(&g->path, out);
        return;
    }
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "consistency");
    emit_member_u64(&j, "old_size", g->old.size);
    emit_hash(&j, "old_root", &g->root);
    ledger_tell_checkpoint(&j, p);
    emit_path(&j, &g->path);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static int consistency(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct ledger_growth g = {.text = BUF_INIT(LIMIT_NOTE_BYTES)};
    struct fault why = {0};
    int failed = ledger_look(job, &h, &p);
    if (failed != 0) {
        return failed;
    }
    enum status st = ledger_growth_read(operands[0], &p, &g, &why);
    st = st != ST_OK ? st : ledger_growth_prove(h, &p, &g, &why);
    if (st == ST_OK) {
        tell_growth(job, &p, &g, &out);
    }
    buf_fini(&g.text);
    return st == ST_OK ? ledger_answer(&out, LEDGER_HOLDS) : ledger_failed(operands[0], st, &why);
}

/* --- export --------------------------------------------------------------------- */

static int export_to(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct fault why = {0};
    struct emit j;
    int failed = ledger_look(job, &h, &p);
    if (failed != 0) {
        return failed;
    }
    (void)mkdir(operands[0], 0755); /* if it cannot be made, opening tells */
    int fd = open(operands[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s", operands[0], strerror(errno));
        return LEDGER_COULD_NOT;
    }
    struct ledger_files to = ledger_files_at(&fd);
    enum status st = ledger_export(&h->party, "log/", buf_bytes(&p.text), &to, &why);
    (void)close(fd); /* only a place to look from */
    if (st != ST_OK) {
        return ledger_failed(operands[0], st, &why);
    }
    if (job->json) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "export");
        emit_member_str(&j, "folder", operands[0]);
        ledger_tell_checkpoint(&j, &p);
        emit_object_end(&j);
        buf_byte(&out, '\n');
    } else {
        buf_printf(&out, "%s has the ledger up to size %" PRIu64 "\n", operands[0],
                   p.checkpoint.size);
    }
    return ledger_answer(&out, LEDGER_HOLDS);
}

/* --- which ---------------------------------------------------------------------- */

#define BIT(id) (1U << (id))

int ledger_main(const struct command *self, int argc, char **argv)
{
    static const unsigned common = BIT(OPT_HOME) | BIT(OPT_JSON);
    static const struct verb verbs[] = {
        {"checkpoint", 0, 0, common | BIT(OPT_OUTPUT)},
        {"prove", 1, 1, common | BIT(OPT_OUTPUT)},
        {"consistency", 1, 1, common},
        {"audit", 0, 1, common | BIT(OPT_POLICY)},
        {"export", 1, 1, common},
        {"ask", 0, 0, BIT(OPT_HOME) | BIT(OPT_OLD) | BIT(OPT_OUTPUT)},
        {"collect", 1, 1, common | BIT(OPT_POLICY)},
        {"hold", 0, 0, common},
        {"release", 1, 1, common},
        {"timestamp", 0, 0, common | BIT(OPT_REQUEST) | BIT(OPT_RESPONSE) | BIT(OPT_CA)},
        {NULL, 0, 0, 0},
    };
    static int (*const run[])(const struct ledger_job *, char **) = {
        checkpoint, prove,          consistency, ledger_audit,   export_to,
        ledger_ask, ledger_collect, ledger_hold, ledger_release, ledger_stamp};
    struct parsed p = {.given = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &p, &n)) {
        return LEDGER_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    int which = verb_find(self, verbs, n, argv, p.given);
    return which < 0 ? LEDGER_COULD_NOT : run[which](&p.job, argv + 1);
}
