/* cli/main.c - the program: one word that says what to do, and the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/accord.h"
#include "cli/analyze.h"
#include "cli/calibrate.h"
#include "cli/case.h"
#include "cli/check.h"
#include "cli/cut.h"
#include "cli/disclose.h"
#include "cli/doctor.h"
#include "cli/init.h"
#include "cli/key.h"
#include "cli/ledger.h"
#include "cli/locate_main.h"
#include "cli/option.h"
#include "cli/query.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/say.h"
#include "cli/seal.h"
#include "cli/settings.h"
#include "cli/source.h"
#include "cli/verify.h"
#include "cli/witness.h"

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
    {"accord", "Terms that two parties or more have signed: what counts, who answers, by when.",
     "VERB [FILE|ID]",
     "VERB: new proposes one; show reads it like a document; sign takes FILE in and signs it; "
     "check says who has signed, with which keys; diff [OLD] NEW tells in words what differs; "
     "propose and decline answer a proposal with another; amend changes what is in force; leave "
     "ends it for us; ping tries a contact point, or answers FILE; list tells all of the home. "
     "FILE is what goes between the parties, by mail say; ID the first digits of one in the "
     "home. Exit status of check: 0 all have signed with keys that you know, 1 not, 2 it cannot "
     "be told.",
     accord_options, accord_main},
    {"analyze", "What happened in captures and logs, who seems to have done it, what to do.",
     "FILE...",
     "FILE is a pcap or pcapng capture, a log of sshd (syslog, journalctl -o export or json) or "
     "of a web server (common, combined, JSON), also in gzip or zstd; \"-\" is standard input. "
     "The format is recognised by content. Exit status 2 when something could not be read.",
     settings_options, analyze_main},
    {"answer", "Answer a case that somebody has against us, on the record.", "CASE",
     "CASE is the first digits of its id (exhibit case list). One answer at a time; the newest "
     "counts, and all stay. The file that it writes goes back to the other side. Observation and "
     "attribution are answered apart from each other.",
     answer_options, answer_main},
    {"case", "Notices that rest on exhibits, to a party that answers: what was said, what is owed.",
     "VERB [FILE|CASE]",
     "VERB: new writes a notice; receive takes in FILE, a notice or what answers one, whole or "
     "not at all, and verifies its exhibits; list tells all of the home, and who owes what until "
     "when; show one; ack says that it came in, which agrees to nothing (exhibit answer answers); "
     "withdraw takes a notice of ours back; file writes the file of a case again; enclosed writes "
     "the exhibits that came along into a folder; reply keeps FILE, a mail that answers a notice "
     "(of exhibit request, too) without an accord. CASE is the "
     "first digits of its id. Nothing is sent: the files go by mail, say. Exit status of receive "
     "and show --verify: 0 every claim holds, 1 one does not, or the file is false, 2 it was "
     "refused, or could not be told.",
     case_options, case_main},
    {"calibrate", "Do parties mean the same by an accord's words? They judge the same scenarios.",
     "VERB [FILE|ID...]",
     "VERB: new makes a round of scenarios for parties of an accord; judge writes down one's own "
     "judgements; commit binds us to them without showing them; reveal shows them, when all have "
     "committed; report tells where they agree, and which parameter makes the difference. FILE "
     "is what goes between the parties, by mail say; ID the first digits of a round in the home. "
     "Exit status of report: 0 all have revealed what they committed to, 1 somebody did "
     "otherwise, 2 not all have yet.",
     calibrate_options, calibrate_main},
    {"check", "Somebody accuses us: what do our own records say?", "CLAIM --against FILE [FILE...]",
     "CLAIM is a mail (X-ARF, fail2ban, or with any of these in it), XARF, a table with a header "
     "line (Shadowserver), a MISP event, a STIX bundle, an exhibit, findings, or log lines; \"-\" "
     "is standard "
     "input. FILE as for analyze. Exit status 0 when our records show what the claim says; 1 when "
     "it does not hold; 2 when that cannot be told.",
     check_options, check_main},
    {"completion", "A completion script for bash, zsh or fish.", "SHELL", NULL, no_options,
     completion_main},
    {"cut", "An exhibit for findings: a file that others check without trust in you.",
     "[FINDING-ID...]",
     "It shows all records of the findings' remotes in the sealed segments of the event, with "
     "local addresses hidden, and proofs that they were sealed. It says what it opens. Exit "
     "status 1 when no finding follows from what is sealed.",
     cut_options, cut_main},
    {"disclose", "A version of an exhibit that shows less, or more.", "FILE",
     "Hiding needs the exhibit alone; opening needs the home that it was cut from. Claims are "
     "computed again from what is then shown; one that does not follow any more is gone. Exit "
     "status 1 when no claim would be left.",
     disclose_options, disclose_main},
    {"doctor", "Is this machine as it should be, and the party's home?", "",
     "Known answers of all that is computed for proofs; the cages in force; clock; randomness; the "
     "home's keys and ledger. Exit status 1 when something is bad; what is weak is only said.",
     doctor_options, doctor_main},
    {"help", "Help on a command.", "[COMMAND]", NULL, no_options, help_main},
    {"init", "Make a party's home: keys, a ledger, a configuration. Asks nothing.", "",
     "Nothing is sent to anybody. An existing home is left alone. A home that an interrupted init "
     "left behind is made anew, or finished.",
     init_options, init_main},
    {"key", "Keys: make, show, rotate (change) and backup.", "make|show|rotate|backup [FILE]",
     "show tells the home's keys, or the public half of FILE. rotate hands the ledger over to the "
     "key that was promised to be next, and promises another. backup takes the opening key out. "
     "make writes a new key, for a witness say, to FILE and prints its public half.",
     key_options, key_main},
    {"ledger", "The party's ledger: show, prove, audit, copy, have it timestamped.", "VERB [WHAT]",
     "VERB: checkpoint prints the newest; prove N proves entry N; consistency SIZE|FILE proves "
     "that the ledger grew out of that size or checkpoint; audit [DIR] reads all of it, or of a "
     "copy; export DIR copies what others may be served; timestamp asks the authorities of "
     "config.json; ask and collect FILE are for witnesses; hold stops signing after a restore, and "
     "release FILE ends that. Exit status 1 when it does not hold.",
     ledger_options, ledger_main},
    {"locate", "Where addresses seem to be, and how sure that is.", "[ADDRESS...]",
     "Without ADDRESS, standard input has one in each line, and each gets one line. Exit status 2 "
     "when something was no address, or a source could not be used; 0 also when nothing is known.",
     locate_options, locate_main},
    {"query", "Findings and notices that the home has kept.", "",
     "Findings are told as analyze told them, in the order of time. Exit status 0 also when there "
     "are none; 2 when the store cannot be read.",
     query_options, query_main},
    {"report", "One file to look at in a browser, offline: what was found, with all its reasons.",
     "-o FILE [INPUT...]",
     "INPUT as for analyze; without one, the findings that the home keeps. The page says what the "
     "terminal says, loads nothing, and reads without scripts; with them its findings can be "
     "sorted, filtered and opened. Exit status 2 when something could not be read.",
     report_options, report_main},
    {"request", "Notices to abuse contacts, and block lists, from findings. Sends nothing.",
     "FILE...|FINDING-ID...",
     "FILE as for analyze; or --from FILE with findings; or ids of findings that the home keeps. "
     "Without --output or --mbox it tells what "
     "it would write, what it leaves out and why, and whom to ask for missing contacts.",
     request_options, request_main},
    {"seal", "Seal captures and logs into the party's ledger, so that they can prove something.",
     "FILE...",
     "FILE as for analyze. A file is sealed whole or not at all, and once: its name in the ledger "
     "is its SHA-256. Standard input is copied into the home while it is sealed. Exit status 2 "
     "when a file could not be sealed.",
     seal_options, seal_main},
    {"source", "Sources for where addresses seem to be: keep, list, check, compile.",
     "add|list|check|compile [FILE[,as=...]]",
     "add checks FILE and keeps a copy in the home: analyze, locate and request then use it. list "
     "tells of each source what it is, how old its data is, and its digest. check does so for FILE "
     "alone; exit status 1 when it cannot be used. compile builds the table that locate answers "
     "lines from.",
     source_options, source_main},
    {"verify", "What an exhibit shows under a policy of your own, and what it does not.", "FILE",
     "Nothing in FILE is believed: signatures, openings and findings are checked and computed "
     "again. Exit status 0 when every claim holds under the policy, 1 when one does not, 2 when "
     "the policy lacks a key or FILE cannot be read.",
     verify_options, verify_main},
    {"witness", "Cosign the ledgers of others, so that they cannot show two of one name.",
     "cosign REQUEST",
     "REQUEST is what a ledger asks (exhibit ledger ask); the answer goes back to it (exhibit "
     "ledger collect). Only what grew out of what was cosigned before is cosigned. Exit status 1 "
     "when it is not.",
     witness_options, witness_main},
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
