/* cli/verify_small.c - the program exhibit-verify: verify and nothing else.
 *
 * For whoever wants to trust as little code as possible. The same words as
 * `exhibit verify`, without sources of attribution. One binary, linked statically.
 */
#include <stdio.h>
#include <string.h>

#include "base/os/clock.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verify_run.h"

static int usage(FILE *to, int status)
{
    (void)fputs("exhibit-verify --policy FILE [--ca FILE] [--json] FILE\n"
                "What an exhibit shows under a policy of your own, and what it does not.\n\n"
                "  --policy FILE  whom to trust: keys of ledgers and witnesses (tlog-policy)\n"
                "  --ca FILE      certificates (PEM) of timestamp authorities to trust\n"
                "  --json         the same as one JSON object\n\n"
                "Exit status: 0 every claim holds, 1 one does not, 2 the policy lacks a key\n"
                "or FILE cannot be read. Manual: exhibit-verify(1).\n",
                to);
    return status;
}

/* The value of an option, attached or the next argument; NULL: it is another. */
static const char *value_of(const char *name, char **argv, int *at)
{
    size_t n = strlen(name);
    if (strncmp(argv[*at], name, n) != 0) {
        return NULL;
    }
    if (argv[*at][n] == '=') {
        return argv[*at] + n + 1;
    }
    return argv[*at][n] == '\0' && argv[*at + 1] != NULL ? argv[++*at] : NULL;
}

static bool take(struct verify_job *job, char **argv, int *at)
{
    const char *value;
    if ((value = value_of("--policy", argv, at)) != NULL) {
        job->policy = value;
    } else if ((value = value_of("--ca", argv, at)) != NULL) {
        job->ca = value;
    } else if (strcmp(argv[*at], "--json") == 0) {
        job->json = true;
    } else if (job->file == NULL && (argv[*at][0] != '-' || argv[*at][1] == '\0')) {
        job->file = argv[*at];
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct verify_job job = {.now_ns = clock_now_ns(), .terminal = output_terminal(COLOUR_AUTO)};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return usage(stdout, 0);
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("exhibit-verify %s\n", EXHIBIT_VERSION);
            return 0;
        }
        if (!take(&job, argv, &i)) {
            return usage(stderr, VERIFY_COULD_NOT);
        }
    }
    if (job.file == NULL || job.policy == NULL) {
        return usage(stderr, VERIFY_COULD_NOT);
    }
    return verify_run(&job);
}
