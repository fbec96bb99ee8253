/* cli/main.c - the program: one word that says what to do, and the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/analyze.h"
#include "cli/locate_main.h"
#include "cli/option.h"
#include "cli/request.h"
#include "cli/say.h"
#include "cli/settings.h"
#include "cli/verify.h"

enum { EXIT_WRONG_USE = 2 };

static const struct option_spec no_options[] = {
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

static int completion_main(const struct command *self, int argc, char **argv)
{
    (void)self;
    if (argc != 2 || !completion_write(argv[1])) {
        say("completion: for which shell: bash, zsh or fish?");
        return EXIT_WRONG_USE;
    }
    return 0;
}

static int help_main(const struct command *self, int argc, char **argv)
{
    (void)self;
    const struct command *c = argc > 1 ? command_find(argv[1]) : NULL;
    if (argc > 1 && c == NULL) {
        say("help: no such command: %s", argv[1]);
        return EXIT_WRONG_USE;
    }
    if (c != NULL) {
        help_command(c);
    } else {
        help_program();
    }
    return 0;
}

const struct command commands[] = {
    {"analyze", "What happened in captures and logs, who seems to have done it, what to do.",
     "FILE...",
     "FILE is a pcap or pcapng capture, a log of sshd (syslog, journalctl -o export or json) or "
     "of a web server (common, combined, JSON), also in gzip or zstd; \"-\" is standard input. "
     "The format is recognised by content. Exit status 2 when something could not be read.",
     settings_options, analyze_main},
    {"completion", "A completion script for bash, zsh or fish.", "SHELL", NULL, no_options,
     completion_main},
    {"help", "Help on a command.", "[COMMAND]", NULL, no_options, help_main},
    {"locate", "Where addresses seem to be, and how sure that is.", "[ADDRESS...]",
     "Without ADDRESS, standard input has one in each line, and each gets one line. Exit status 2 "
     "when something was no address, or a source could not be used; 0 also when nothing is known.",
     locate_options, locate_main},
    {"request", "Notices to abuse contacts, and block lists, from findings. Sends nothing.",
     "FILE...",
     "FILE as for analyze; or --from FILE with findings. Without --output or --mbox it tells what "
     "it would write, what it leaves out and why, and whom to ask for missing contacts.",
     request_options, request_main},
    {"verify", "What an exhibit shows, by one's own policy, and what it does not.", "FILE",
     "Nothing in FILE is believed: signatures, openings and findings are checked and computed "
     "again. Exit status 0 when every claim holds under the policy, 1 when one does not, 2 when "
     "the policy lacks a key or FILE cannot be read.",
     verify_options, verify_main},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* A standard descriptor that is closed would be that of the next file opened:
 * it is taken by something that refuses what the descriptor is for. */
static bool hold_standard(void)
{
    static const int refusing[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", refusing[fd]) != fd) {
            return false;
        }
    }
    return true;
}

/* Help and completions are printed unchecked; the stream remembers. */
static int printed(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        say("standard output: %s", strerror(errno));
        return EXIT_WRONG_USE;
    }
    return status;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        help_program();
        return EXIT_WRONG_USE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_program();
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("exhibit %s\n", EXHIBIT_VERSION);
        return 0;
    }
    const struct command *c = command_find(argv[1]);
    if (c == NULL) {
        say("no such command: %s (exhibit --help lists them)", argv[1]);
        return EXIT_WRONG_USE;
    }
    if (wants_help(argc - 1, argv + 1)) {
        help_command(c);
        return 0;
    }
    return c->run(c, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    return hold_standard() ? printed(run(argc, argv)) : EXIT_WRONG_USE;
}
