/* tests/unit/evidence/case_dump.c - an exhibit and policies, as files.
 *
 * case_dump FOLDER live|file|log|lie [NO_WORD...]: FOLDER/case.exhibit, its checkpoint, and
 * the policies of readers who ask for the witness, for none, and who know nobody.
 */
#include "base/os/file.h"
#include "evidence/casefile.h"

int test_failures;

static void put(const char *folder, const char *name, const struct buf *b)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    CHECK(file_write(path, buf_bytes(b), 0644, NULL) == ST_OK);
}

/* The exhibit with another file of stamps in place of its own. */
static void restamp(struct casefile *c, const char *path)
{
    buf_clear(&c->response);
    CHECK(file_read(path, &c->response, NULL) == ST_OK);
    c->time.response = buf_bytes(&c->response);
    case_write(c);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    struct casefile_wish wish = {
        .live = strcmp(argv[2], "file") != 0, .handshakes = true, .no_stamp = argc < 4};
    bool lie = strcmp(argv[2], "lie") == 0;
    wish.log = lie || strcmp(argv[2], "log") == 0;
    wish.lie = lie ? "2026-11-23T06:24:47Z host sshd[1007]: Accepted password for name7 from "
                     "11.0.0.66 port 40007 ssh2"
                   : NULL;
    struct casefile *c = case_make(&wish);
    if (argc > 3) {
        restamp(c, argv[3]);
    }
    put(argv[1], "case.exhibit", &c->file);
    put(argv[1], "checkpoint", &c->checkpoint);
    put(argv[1], "witness.policy", &c->policy);
    case_policy(c, false);
    put(argv[1], "plain.policy", &c->policy);
    c->signer = material_signer("cert-b.example", LEDGER_KEY_SIGN, 7);
    case_policy(c, false);
    put(argv[1], "stranger.policy", &c->policy);
    case_free(c);
    return test_failures != 0;
}
