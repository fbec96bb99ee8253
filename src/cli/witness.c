/* cli/witness.c - exhibit witness cosign: one request, from a file. */
#include "cli/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verb.h"
#include "evidence/home/keyfile.h"
#include "ledger/policy.h"
#include "ledger/witness.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_COULD_NOT = 2 };

enum { OPT_KEY = 1, OPT_POLICY, OPT_STATE, OPT_OUTPUT, OPT_PASSPHRASE_FILE, OPT_JSON };

const struct option_spec witness_options[] = {
    {"--key", 'k', "FILE", "The witness's key (exhibit key make --cosign).", OPT_KEY, NULL},
    {"--policy", 0, "FILE", "Whose ledgers to cosign: the logs of a C2SP tlog-policy.", OPT_POLICY,
     NULL},
    {"--state", 0, "DIR", "Where the witness remembers what it has cosigned.", OPT_STATE, NULL},
    {"--output", 'o', "FILE", "Write the answer to FILE instead of standard output.", OPT_OUTPUT,
     NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    {"--json", 'j', NULL, "Answer with one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct witness_job {
    const char *key, *policy, *state, *output, *passphrase_file;
    bool json;
};

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct witness_job *w = ctx;
    switch (spec->id) {
    case OPT_KEY:
        w->key = value;
        break;
    case OPT_POLICY:
        w->policy = value;
        break;
    case OPT_STATE:
        w->state = value;
        break;
    case OPT_OUTPUT:
        w->output = value;
        break;
    case OPT_PASSPHRASE_FILE:
        w->passphrase_file = value;
        break;
    case OPT_JSON:
        w->json = true;
        break;
    default:
        break;
    }
    return true;
}

static bool read_key(const struct witness_job *w, struct ledger_signer *ret)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    struct fault why = {0};
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    enum status st = file_read(w->key, &text, &why);
    if (st == ST_OK && evidence_locked_is(buf_bytes(&text)) &&
        !home_passphrase(w->passphrase_file, w->key, false, &words)) {
        return false;
    }
    st = st != ST_OK ? st : evidence_keyfile_signer(buf_bytes(&text), buf_bytes(&words), ret, &why);
    if (st == ST_OK && ret->key.type != LEDGER_KEY_COSIGN) {
        st = fault_at(&why, ST_DENIED, 0, "this key signs; a witness's cosigns");
    }
    if (st != ST_OK) {
        say_fault(w->key, st, &why);
    }
    return st == ST_OK;
}

static bool read_policy(const struct witness_job *w, struct ledger_policy **ret)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
    struct fault why = {0};
    enum status st = file_read(w->policy, &text, &why);
    st = st != ST_OK ? st : ledger_policy_parse(buf_bytes(&text), ret, &why);
    if (st != ST_OK) {
        say_fault(w->policy, st, &why);
    }
    return st == ST_OK;
}

static const char *reason(enum ledger_witness_code code)
{
    switch (code) {
    case LEDGER_WITNESS_SIGNED:
        return "cosigned";
    case LEDGER_WITNESS_BAD_LOG:
        return "not signed by a key of that ledger";
    case LEDGER_WITNESS_UNKNOWN:
        return "a ledger that is not in the policy";
    case LEDGER_WITNESS_OTHER_SIZE:
        return "another size was cosigned last; ask with it as --old";
    case LEDGER_WITNESS_NO_PROOF:
        return "not shown to have grown out of what was cosigned last";
    default:
        return "no request";
    }
}

static int deliver(const struct witness_job *w, struct bytes answer)
{
    struct fault why = {0};
    if (w->output == NULL) {
        return output_write(answer) ? EXIT_DONE : EXIT_COULD_NOT;
    }
    enum status st = file_write(w->output, answer, 0644, &why);
    if (st != ST_OK) {
        say_fault(w->output, st, &why);
    }
    return st == ST_OK ? EXIT_DONE : EXIT_COULD_NOT;
}

static int tell(const struct witness_job *w, const char *request, enum ledger_witness_code code,
                const struct buf *body)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(2 * LIMIT_NOTE_BYTES);
    struct emit j;
    bool good = code == LEDGER_WITNESS_SIGNED;
    if (!good) {
        struct bytes size = text_trim(bytes_of(body->data, body->len > 0 ? body->len - 1 : 0));
        say("%s: %s%s%.*s", request, reason(code), size.len > 0 ? ": " : "", (int)size.len,
            (const char *)size.data);
    }
    if (!w->json) {
        return good ? deliver(w, buf_bytes(body)) : EXIT_REFUSED;
    }
    emit_begin(&j, &out);
    emit_object(&j);
    emit_member_str(&j, "type", "cosigning");
    emit_member_bool(&j, "cosigned", good);
    emit_member_u64(&j, "status", (uint64_t)code);
    emit_member_str(&j, "reason", reason(code));
    emit_member_text(&j, "answer", buf_bytes(body));
    emit_object_end(&j);
    buf_byte(&out, '\n');
    int status = out.failed == ST_OK ? deliver(w, buf_bytes(&out)) : EXIT_COULD_NOT;
    return status == EXIT_DONE && !good ? EXIT_REFUSED : status;
}

/* With the folder of the witness's memory. */
static int answer(const struct witness_job *w, const char *request, int state_fd,
                  const struct ledger_signer *signer, const struct ledger_policy *policy)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(2 * LIMIT_NOTE_BYTES);
    CLEANUP(buf_fini) struct buf body = BUF_INIT(LIMIT_NOTE_BYTES);
    const struct ledger_files files = ledger_files_private_at(&state_fd);
    const struct ledger_key *logs = NULL;
    size_t n = ledger_policy_logs(policy, &logs);
    enum ledger_witness_code code = LEDGER_WITNESS_BAD_REQUEST;
    struct home_turn turn = {.place = w->state};
    struct ledger_witness witness;
    struct fault why = {0};
    const char *place = request;
    enum status st = file_read(request, &text, &why);
    if (st == ST_OK) {
        place = w->state;
        do {
            st = ledger_witness_init(&witness, &files, signer, logs, n, &why);
        } while (home_turn_waits(&turn, st, &why));
    }
    if (st == ST_OK) {
        st = ledger_witness_answer(&witness, buf_bytes(&text),
                                   (uint64_t)(clock_now_ns() / 1000000000), &code, &body, &why);
        ledger_witness_fini(&witness);
    }
    if (st != ST_OK) {
        say_fault(place, st, &why);
        return EXIT_COULD_NOT;
    }
    return tell(w, request, code, &body);
}

static int cosign(const struct witness_job *w, const char *request)
{
    CLEANUP(ledger_signer_fini) struct ledger_signer signer = {.key.id = 0};
    CLEANUP(ledger_policy_freep) struct ledger_policy *policy = NULL;
    if (!read_policy(w, &policy) || !read_key(w, &signer)) {
        return EXIT_COULD_NOT;
    }
    (void)mkdir(w->state, 0700); /* if it cannot be made, opening tells */
    int fd = open(w->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s", w->state, strerror(errno));
        return EXIT_COULD_NOT;
    }
    int status = answer(w, request, fd, &signer, policy);
    (void)close(fd); /* only a place to look from */
    return status;
}

int witness_main(const struct command *self, int argc, char **argv)
{
    static const struct verb verbs[] = {{"cosign", 1, 1, ~0U}, {NULL, 0, 0, 0}};
    struct witness_job w = {.key = NULL};
    int n;
    if (!options_parse(self, argc, argv, take, &w, &n) || verb_find(self, verbs, n, argv, 0) < 0) {
        return EXIT_COULD_NOT;
    }
    if (w.key == NULL || w.policy == NULL || w.state == NULL) {
        say("witness cosign: it needs --key, --policy and --state");
        return EXIT_COULD_NOT;
    }
    return cosign(&w, argv[1]);
}
