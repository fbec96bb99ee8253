/* base/model/kind.c - the table of advice. */
#include "base/model/kind.h"

#include <string.h>

/* What must hold besides the kind. */
enum when {
    ALWAYS,
    INSIDE,      /* the initiator is one's own */
    SESSIONS,    /* something was said both ways */
    ANSWERED,    /* something was answered */
    BLIND,       /* nothing of the target's side was seen, so nobody knows */
    AWAY,        /* the victim is outside */
    REFLECTS,    /* ... and was answered: by a server of one's own, mostly */
    MOSTLY_GONE, /* web: nearly nothing of it was there */
    NEIGHBOURS,  /* ARP: both are of one network */
    RULE,        /* by another tool's rule */
    GATEWAY,     /* a server's log has a private address: perhaps it stands for others */
};

struct row {
    const char *kind; /* or what kinds begin with */
    enum when when;
    struct kind_advice advice;
};

#define OWN_MACHINE                                                                                \
    "Find the program on that machine that does this; if nobody knows it, take the machine off "   \
    "the network."
#define NO_PASSWORDS                                                                               \
    "Switch off password logins (sshd_config: PasswordAuthentication no) and use keys."
#define CLOSE_PORTS                                                                                \
    "Check that every port that answered is meant to be open to everybody; close the others."
#define ORDERED_TEST "A security test that somebody ordered, or a research scanner."
#define NOTHING_OPEN "Nothing: what it asked for was not there."
#define OWN_SCANNER  "A scanner, an inventory or a monitoring host of your own."
#define RESEARCH     "A research scanner that asks the whole Internet, or a mistyped network."

#define COUNTS_ALL "The rule counts what comes to nothing for any reason."
#define COMPARE    "Run it again with the default definitions and compare."
#define FRONT      "A reverse proxy, load balancer or container gateway in front of the server."
#define LOOK_FRONT                                                                                 \
    "If a proxy or gateway has this address, look in its own log for who asked; else find the "    \
    "program on that machine that does this."

/* The first row that fits is taken. */
static const struct row rows[] = {
    {"bruteforce.ssh",
     RULE,
     {KIND_TO_DO, 54, "A script, a backup job or a person with an old password.", NO_PASSWORDS}},
    {"", RULE, {KIND_TO_DO, 20, COUNTS_ALL, COMPARE}},

    {"access.after-guessing",
     INSIDE,
     {KIND_GOT_IN, 100, "Somebody who forgot the password and then remembered it.",
      "Ask the owner of the account today; if it was nobody, look for an intruder on both "
      "machines."}},
    {"access.after-guessing",
     ALWAYS,
     {KIND_GOT_IN, 100, "Somebody who forgot the password and then remembered it.",
      "Ask the owner of the account now; if it was nobody, cut the machine off and call for "
      "help before you change anything."}},

    {"flood.amplification",
     REFLECTS,
     {KIND_TO_DO, 91, "A load test, or a program that asks one thing again and again.",
      "Let this service answer your own networks only, or limit how often it answers one address; "
      "do not block or report the victim."}},
    {"flood.amplification",
     ANSWERED,
     {KIND_TO_DO, 70, "A load test, or a program that asks one thing again and again.",
      "Find out which program asks this so often; if none does, somebody forges the address."}},
    {"flood.",
     INSIDE,
     {KIND_TO_DO, 92, "A load test, a backup or a speed test that somebody started.", OWN_MACHINE}},
    {"flood.amplification",
     ALWAYS,
     {KIND_TO_DO, 84, "Answers to questions of your own that were not seen here.",
      "Ask your provider to drop such answers on their way to the victim; do not block the "
      "senders, they are used by somebody else."}},
    {"flood.",
     AWAY,
     {KIND_TO_DO, 60, "Heavy but ordinary use of a service elsewhere.",
      "Find out which of your machines takes part, if one does."}},
    {"flood.syn",
     ALWAYS,
     {KIND_TO_DO, 86, "A rush of real visitors, or a load test.",
      "Check that SYN cookies are on (sysctl net.ipv4.tcp_syncookies) and give your provider "
      "the times."}},
    {"flood.udp",
     ALWAYS,
     {KIND_TO_DO, 85, "A game, voice or video service of which only one side was seen.",
      "Ask your provider to filter it on the way to you while it lasts; give times and ports."}},
    {"flood.icmp",
     ALWAYS,
     {KIND_TO_DO, 83, "A monitoring host or a test of the line that pings hard.",
      "Limit the rate of ICMP at your border; if the line itself was full, ask your provider "
      "to."}},
    {"flood.fragment",
     ALWAYS,
     {KIND_TO_DO, 82, "A tunnel or a file service on a path that takes only small packets.",
      "Ask your provider to drop fragments to this address while it lasts."}},
    {"flood.",
     ALWAYS,
     {KIND_TO_DO, 80, "A rush of real use, or a load test.",
      "Give your provider the times and the victim's address."}},

    {"backscatter",
     ALWAYS,
     {KIND_IGNORED, 5,
      "It is innocent: somebody floods this host under forged addresses, of which some are yours.",
      "Nothing: do not block or report it, it is a victim."}},

    {"bruteforce.", GATEWAY, {KIND_TO_DO, 94, FRONT, LOOK_FRONT}},
    {"spray.", GATEWAY, {KIND_TO_DO, 94, FRONT, LOOK_FRONT}},
    {"probe.web", GATEWAY, {KIND_TO_DO, 88, FRONT, LOOK_FRONT}},

    {"bruteforce.",
     INSIDE,
     {KIND_TO_DO, 94, "A script or a backup job with an old password.", OWN_MACHINE}},
    {"bruteforce.ssh",
     ALWAYS,
     {KIND_TO_DO, 55, "A script, a backup job or a person with an old password.", NO_PASSWORDS}},
    {"bruteforce.",
     ALWAYS,
     {KIND_TO_DO, 58, "A mail program, a script or a backup job with an old password.",
      "Look in that service's own log whether a login was let in, and limit how often one may "
      "try."}},
    {"spray.",
     INSIDE,
     {KIND_TO_DO, 94, "A gateway behind which many people mistype their passwords.", OWN_MACHINE}},
    {"spray.ssh",
     ALWAYS,
     {KIND_TO_DO, 56, "An office or a school: one address for many people who mistype.",
      NO_PASSWORDS}},
    {"spray.",
     ALWAYS,
     {KIND_TO_DO, 57, "An office or a school: one address for many people who mistype.",
      "Check that no account has a guessable password, and ask for a second factor."}},

    {"probe.web",
     INSIDE,
     {KIND_TO_DO, 88, "A link checker or a security test of your own.", OWN_MACHINE}},
    {"probe.web",
     MOSTLY_GONE,
     {KIND_IGNORED, 14, "A search engine or a link checker with an old map of the site.",
      NOTHING_OPEN}},
    {"probe.web",
     ALWAYS,
     {KIND_TO_DO, 34, "A search engine or a link checker with an old map of the site.",
      "Check that what it asked for and got was meant to be public."}},

    {"scan.",
     NEIGHBOURS,
     {KIND_TO_DO, 66, "A router or an inventory that looks for its neighbours.", OWN_MACHINE}},
    {"scan.", INSIDE, {KIND_TO_DO, 90, OWN_SCANNER, OWN_MACHINE}},
    {"scan.",
     SESSIONS,
     {KIND_GOT_IN, 76, "A research scanner that reads greetings, or a client at the same address.",
      "Look in the logs of those services what was asked and answered at that time."}},
    {"scan.distributed",
     ANSWERED,
     {KIND_TO_DO, 52, "A scanning service that shares its work out over many addresses.",
      CLOSE_PORTS}},
    {"scan.distributed",
     ALWAYS,
     {KIND_IGNORED, 22, "A scanning service that shares its work out over many addresses.",
      "Nothing: nothing was seen to answer. Blocking single senders does not stop it."}},
    {"scan.vertical", ANSWERED, {KIND_TO_DO, 50, ORDERED_TEST, CLOSE_PORTS}},
    {"scan.vertical",
     BLIND,
     {KIND_TO_DO, 30, ORDERED_TEST,
      "Compare these ports with those that are open on the victim: no answers were seen here."}},
    {"scan.vertical", ALWAYS, {KIND_IGNORED, 18, ORDERED_TEST, NOTHING_OPEN}},
    {"scan.block", ANSWERED, {KIND_TO_DO, 48, RESEARCH, CLOSE_PORTS}},
    {"scan.block", ALWAYS, {KIND_IGNORED, 16, RESEARCH, NOTHING_OPEN}},
    {"scan.", ANSWERED, {KIND_TO_DO, 24, RESEARCH, CLOSE_PORTS}},
    {"scan.", ALWAYS, {KIND_IGNORED, 10, RESEARCH, NOTHING_OPEN}},

    {"",
     ALWAYS,
     {KIND_TO_DO, 20, "An ordinary use that this definition does not know.",
      "Look at the records it rests on."}},
};

static const struct kind_advice impossible = {
    KIND_IGNORED, 12, "A private network that leaks, or a device that is set up wrongly.",
    "Drop packets with impossible senders at your border; do not report the address."};

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool holds(enum when when, const struct finding *f)
{
    bool inside = (f->flags & FINDING_INSIDE) != 0;
    switch (when) {
    case INSIDE:
        return inside;
    case SESSIONS:
        return f->sessions > 0;
    case ANSWERED: /* that a host is there is no news */
        return f->answered > 0 && strcmp(f->protocol, "icmp") != 0;
    case BLIND:
        return (f->flags & FINDING_ONE_WAY) != 0;
    case AWAY:
        return (f->flags & FINDING_LOCAL_KNOWN) != 0 && f->has_remote && f->has_victim &&
               addr_equal(&f->remote, &f->victim);
    case REFLECTS:
        return holds(AWAY, f) && holds(ANSWERED, f);
    case MOSTLY_GONE:
        return f->served == 0 && f->missing >= f->packets - f->packets / 20;
    case NEIGHBOURS:
        return strcmp(f->protocol, "arp") == 0;
    case RULE:
        return (f->flags & FINDING_RULE) != 0;
    case GATEWAY:
        return inside && (f->flags & FINDING_LOG) != 0;
    default:
        return true;
    }
}

/* Whoever's it is. */
static struct kind_advice advise(const struct finding *f)
{
    if (f->authentic == AUTHENTIC_IMPOSSIBLE && begins(f->kind, "scan.")) {
        return impossible;
    }
    size_t i = 0;
    while (!begins(f->kind, rows[i].kind) || !holds(rows[i].when, f)) {
        i++; /* the last row fits everything */
    }
    return rows[i].advice;
}

struct kind_advice kind_advise(const struct finding *f)
{
    struct kind_advice a = advise(f);
    if ((f->flags & FINDING_INNER) != 0 && a.question != KIND_IGNORED) {
        a.question = KIND_TO_DO;
        a.step = "Find out whose tunnel it was in: its sender can make up both sides of what is "
                 "inside.";
    }
    if ((f->flags & FINDING_ALLOWED) != 0) {
        a.question = KIND_IGNORED;
        a.weight = 1;
        a.step = "Nothing: it is on your allow-list.";
    }
    return a;
}

bool kind_got_in(const struct finding *f)
{
    return advise(f).question == KIND_GOT_IN;
}

const char *kind_question_name(enum kind_question q)
{
    static const char *const names[] = {
        [KIND_GOT_IN] = "got-in", [KIND_TO_DO] = "needs-doing", [KIND_IGNORED] = "ignored"};
    return (size_t)q < ARRAY_LEN(names) ? names[q] : "needs-doing";
}

const char *kind_title(const struct finding *f)
{
    static const struct {
        const char *kind, *title;
    } titles[] = {
        {"scan.horizontal", "scan of many hosts"},
        {"scan.vertical", "scan of one host's ports"},
        {"scan.block", "scan of many ports of many hosts"},
        {"scan.distributed", "scan by many hosts together"},
        {"flood.syn", "SYN flood"},
        {"flood.udp", "UDP flood"},
        {"flood.icmp", "ICMP flood"},
        {"flood.fragment", "flood of fragments"},
        {"flood.amplification", "amplified flood"},
        {"flood.", "flood"},
        {"backscatter", "answers to somebody else's forged packets"},
        {"bruteforce.", "password guessing"},
        {"spray.", "password guessing over many accounts"},
        {"access.after-guessing", "login after guessing"},
        {"probe.web", "web probing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        if (begins(f->kind, titles[i].kind)) {
            return titles[i].title;
        }
    }
    return f->kind;
}
