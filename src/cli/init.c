/* cli/init.c - a home: keys, a ledger, a configuration. Asks nobody anything. */
#include "cli/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, OUT_MAX_BYTES = 1 << 20 };

enum { OPT_NAME = 1, OPT_LOCAL, OPT_PASSPHRASE, OPT_PASSPHRASE_FILE, OPT_HOME, OPT_JSON };

const struct option_spec init_options[] = {
    {"--name", 'n', "NAME", "What the party is called: cert-a.example. It cannot change later.",
     OPT_NAME, NULL},
    {"--local", 'l', "CIDR", "One of its own networks; may be repeated.", OPT_LOCAL, NULL},
    {"--passphrase", 'p', NULL, "Ask for a passphrase and keep the keys under it.", OPT_PASSPHRASE,
     NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Say what was made as one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct init {
    struct evidence_home_plan plan;
    const char *home, *passphrase_file;
    bool named, passphrase, json;
};

/* --- options -------------------------------------------------------------------- */

static bool take_name(struct init *in, const char *value)
{
    struct bytes name = bytes_of(value, strlen(value));
    if (!home_name_good("init", value)) {
        return false;
    }
    memcpy(in->plan.config.name, value, name.len + 1);
    in->named = true;
    return true;
}

static bool take_local(struct init *in, const char *value)
{
    struct local_nets *l = &in->plan.config.local;
    if (l->n == LOCAL_NETS_MAX) {
        say("init: --local: at most %d networks", LOCAL_NETS_MAX);
        return false;
    }
    if (prefix_parse(bytes_of(value, strlen(value)), &l->nets[l->n]) != ST_OK) {
        say("init: --local %s: not a network such as 192.0.2.0/24", value);
        return false;
    }
    l->n++;
    l->rule = LOCAL_GIVEN;
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct init *in = ctx;
    switch (spec->id) {
    case OPT_NAME:
        return take_name(in, value);
    case OPT_LOCAL:
        return take_local(in, value);
    case OPT_PASSPHRASE:
        in->passphrase = true;
        return true;
    case OPT_PASSPHRASE_FILE:
        in->passphrase_file = value;
        in->passphrase = true;
        return true;
    case OPT_HOME:
        in->home = value;
        return true;
    case OPT_JSON:
        in->json = true;
        return true;
    default:
        return spec->id == OPTION_HELP;
    }
}

/* --- making --------------------------------------------------------------------- */

/* The folder, and what is missing of the way to it. */
static int make_folder(char path[PATH_MAX])
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700); /* if it cannot be made, opening tells */
        *at = '/';
    }
    (void)mkdir(path, 0700); /* likewise */
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s", path, strerror(errno));
    }
    return fd;
}

static bool make(const struct init *in, char path[PATH_MAX], bool *ret_finished)
{
    struct fault why = {0};
    int fd = make_folder(path);
    if (fd < 0) {
        return false;
    }
    struct ledger_files files = ledger_files_private_at(&fd);
    enum status st = evidence_home_make(&files, &in->plan, ret_finished, &why);
    (void)close(fd); /* only a place to look from */
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

/* --- saying --------------------------------------------------------------------- */

static void tell_networks(struct buf *out, const struct local_nets *l)
{
    buf_str(out, "Own networks    ");
    for (size_t i = 0; i < l->n; i++) {
        char text[PREFIX_TEXT_MAX];
        (void)prefix_format(&l->nets[i], text);
        buf_printf(out, "%s%s", i > 0 ? ", " : "", text);
    }
    buf_str(out, l->n > 0 ? "\n" : "none declared: a rule tells them from the traffic\n");
}

static void tell_next(struct buf *out, const struct evidence_home *h)
{
    buf_printf(
        out,
        "\nNobody was asked or told anything. What is worth doing now:\n\n"
        "1. Keep a copy of the opening key elsewhere. Without it, nothing that is sealed\n"
        "   here can ever be opened again. With --move it is only there, and whoever\n"
        "   takes this machine cannot open it either:\n"
        "     exhibit key backup FILE\n"
        "     exhibit key backup --move FILE\n\n"
        "2. Name two timestamp authorities (RFC 3161) of different operators, in\n"
        "   %s/config.json:\n"
        "     \"timestamps\": [\n"
        "       {\"url\": \"https://FIRST.example/tsr\", \"ca\": \"/PATH/OF/ITS/ROOT.pem\"},\n"
        "       {\"url\": \"https://SECOND.example/tsr\", \"ca\": \"/PATH/OF/ITS/ROOT.pem\"}\n"
        "     ]\n"
        "   They learn a hash, and then answer to: exhibit ledger timestamp\n\n"
        "3. Give this to those who shall be able to check what you seal, on a way that\n"
        "   they trust:\n"
        "     exhibit key show --policy\n",
        h->path);
}

static void tell(struct buf *out, const struct evidence_home *h, bool finished)
{
    buf_printf(out, "%s %s\n\nParty           %s\nSigning key     ",
               finished ? "An interrupted init was finished: the home" : "Made the home", h->path,
               h->config.name);
    ledger_key_format(&h->signer.key, out);
    buf_printf(out, "\nOpening key     %s/key/open%s\n", h->path,
               h->open_locked ? ", under the passphrase" : "");
    buf_printf(out, "Keys            %s\n",
               h->locked ? "under a passphrase" : "in clear, readable by their owner alone");
    tell_networks(out, &h->config.local);
    tell_next(out, h);
}

static void tell_json(struct buf *out, const struct evidence_home *h, bool finished)
{
    CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_KEY_BYTES);
    struct emit j;
    ledger_key_format(&h->signer.key, &key);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "home");
    emit_member_str(&j, "path", h->path);
    emit_member_str(&j, "name", h->config.name);
    emit_member_text(&j, "key", buf_bytes(&key));
    emit_member_bool(&j, "passphrase", h->locked);
    emit_member_bool(&j, "finished", finished);
    emit_key(&j, "local");
    emit_array(&j);
    for (size_t i = 0; i < h->config.local.n; i++) {
        char text[PREFIX_TEXT_MAX];
        (void)prefix_format(&h->config.local.nets[i], text);
        emit_str(&j, text);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static bool show(const struct init *in, const char *path, bool finished)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    if (!home_get(path, &h)) {
        return false;
    }
    if (in->json) {
        tell_json(&out, h, finished);
    } else {
        tell(&out, h, finished);
    }
    return out.failed == ST_OK && output_write(buf_bytes(&out));
}

/* Before a passphrase is asked for. */
static bool may_be_made(const char *path)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    enum status st = home_look(path, &h);
    if (st == ST_OK) {
        say("%s: there is a home already, of %s", path, h->config.name);
    }
    return st == ST_END;
}

int init_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    struct init in = {.plan = {.cost = EVIDENCE_LOCK_COST, .config.local.rule = LOCAL_UNKNOWN}};
    char path[PATH_MAX];
    bool finished = false;
    int n;
    if (!options_parse(self, argc, argv, take, &in, &n)) {
        return EXIT_COULD_NOT;
    }
    if (n > 0 || !in.named) {
        say("init: %s", n > 0 ? "it takes no arguments" : "--name NAME: what is the party called?");
        return EXIT_COULD_NOT;
    }
    if (!home_path(in.home, path) || !may_be_made(path)) {
        return EXIT_COULD_NOT;
    }
    if (in.passphrase && !home_passphrase(in.passphrase_file, in.plan.config.name, true, &words)) {
        return EXIT_COULD_NOT;
    }
    in.plan.passphrase = buf_bytes(&words);
    return make(&in, path, &finished) && show(&in, path, finished) ? EXIT_DONE : EXIT_COULD_NOT;
}
