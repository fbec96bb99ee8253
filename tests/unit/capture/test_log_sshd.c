/* tests/unit/capture/test_log_sshd.c - sshd's messages: what is read from each,
 * and that hostile names cannot move the address. */
#include "capture/log_sshd.h"

#include "test_log.h"

struct answer {
    enum log_found found;
    struct observation o;
    struct obs_log l;
};

static struct answer ask(const char *message, bool cut)
{
    /* On an exact copy, so that a sanitizer sees a step too far. */
    size_t n = strlen(message);
    static char *copy;
    free(copy);
    copy = malloc(n ? n : 1);
    memcpy(copy, message, n);
    struct answer a = {.l = {.service = LOG_SSH, .repeat = 1, .session = 9}};
    a.found = log_sshd_read((struct log_text){.s = bytes_of(copy, n), .cut = cut}, &a.o, &a.l);
    return a;
}

struct want {
    const char *message;
    enum log_outcome outcome;
    const char *src;
    unsigned port;
    const char *user, *method; /* NULL: the message does not say */
    bool strong;
    enum log_tally tally;
};

static bool text_is(struct bytes s, const char *want)
{
    return want == NULL ? s.data == NULL
                        : s.data != NULL && bytes_equal(s, bytes_of(want, strlen(want)));
}

static void check(const struct want *w)
{
    struct answer a = ask(w->message, false);
    int before = test_failures;
    CHECK_INT(a.found, LOG_FOUND_OBSERVATION);
    if (a.found == LOG_FOUND_OBSERVATION) {
        CHECK_STR(addr_text(&a.o.src), w->src);
        CHECK_INT(a.o.src_port, w->port);
        CHECK_INT(a.l.outcome, w->outcome);
        CHECK_INT(a.l.weak, !w->strong);
        CHECK_INT(a.l.tally, w->tally);
        CHECK_INT(a.l.repeat, 1);
        CHECK_INT(a.l.session, 9);
        CHECK(text_is(a.l.user, w->user));
        CHECK(text_is(a.l.method, w->method));
        CHECK_INT((a.o.flags & OBS_V6) != 0, strchr(w->src, ':') != NULL);
    }
    if (test_failures > before) {
        printf("# in: %s\n", w->message);
    }
}

#define FAIL LOG_REFUSED
#define NONE LOG_TALLY_NONE

static const struct want messages[] = {
    {"Failed password for root from 192.0.2.9 port 4022 ssh2", FAIL, "192.0.2.9", 4022, "root",
     "password", true, LOG_TALLY_SSHD},
    {"Failed password for invalid user bob from 2001:db8::9 port 4022 ssh2", FAIL, "2001:db8::9",
     4022, "bob", "password", true, LOG_TALLY_SSHD},
    {"Failed password for invalid user  from 192.0.2.9 port 4022 ssh2", FAIL, "192.0.2.9", 4022, "",
     "password", true, LOG_TALLY_SSHD},
    {"Failed password for illegal user bob from ::ffff:192.0.2.9 port 4022 ssh2", FAIL, "192.0.2.9",
     4022, "bob", "password", true, LOG_TALLY_SSHD},
    {"Failed password for root from fe80::9%eth0 port 4022 ssh2", FAIL, "fe80::9", 4022, "root",
     "password", true, LOG_TALLY_SSHD},
    {"Failed keyboard-interactive/pam for bob from 192.0.2.9 port 1 ssh2", FAIL, "192.0.2.9", 1,
     "bob", "keyboard-interactive/pam", true, LOG_TALLY_SSHD},
    {"Failed none for invalid user bob from 192.0.2.9 port 1 ssh2", FAIL, "192.0.2.9", 1, "bob",
     "none", false, LOG_TALLY_SSHD},
    {"Failed publickey for bob from 192.0.2.9 port 1 ssh2: RSA SHA256:AbCd", FAIL, "192.0.2.9", 1,
     "bob", "publickey", true, LOG_TALLY_SSHD},
    {"Failed publickey for bob from 192.0.2.9 port 1 ssh2", FAIL, "192.0.2.9", 1, "bob",
     "publickey", true, LOG_TALLY_SSHD},
    {"Failed publickey for bob from 192.0.2.9 port 1 ssh2: RSA-CERT SHA256:AbCd ID my laptop "
     "(serial 0) CA ED25519 SHA256:EfGh",
     FAIL, "192.0.2.9", 1, "bob", "publickey", true, LOG_TALLY_SSHD},
    {"Failed hostbased for bob from 192.0.2.9 port 1 ssh2: RSA SHA256:AbCd, client user "
     "\"bob\", client host \"box.example\"",
     FAIL, "192.0.2.9", 1, "bob", "hostbased", true, LOG_TALLY_SSHD},
    {"Failed gssapi-with-mic for bob from 192.0.2.9 port 1 ssh2: bob@EXAMPLE.COM", FAIL,
     "192.0.2.9", 1, "bob", "gssapi-with-mic", true, LOG_TALLY_SSHD},
    {"Failed password for bob from 192.0.2.9 port 1 ssh1", FAIL, "192.0.2.9", 1, "bob", "password",
     true, LOG_TALLY_SSHD},
    {"Failed rhosts-rsa for bob from 192.0.2.9 port 1 ssh1: ruser bob", FAIL, "192.0.2.9", 1, "bob",
     "rhosts-rsa", true, LOG_TALLY_SSHD},
    {"[ID 800047 auth.info] Failed keyboard-interactive for bob from 192.0.2.9 port 1 ssh2", FAIL,
     "192.0.2.9", 1, "bob", "keyboard-interactive", true, LOG_TALLY_SSHD},
    {"Accepted password for bob from 192.0.2.9 port 1 ssh2", LOG_ACCEPTED, "192.0.2.9", 1, "bob",
     "password", true, NONE},
    {"Accepted publickey for bob from 192.0.2.9 port 1 ssh2: ED25519 SHA256:AbCd", LOG_ACCEPTED,
     "192.0.2.9", 1, "bob", "publickey", true, NONE},
    {"Accepted keyboard-interactive/pam for bob from 2001:db8::9 port 1 ssh2", LOG_ACCEPTED,
     "2001:db8::9", 1, "bob", "keyboard-interactive/pam", true, NONE},
    {"Postponed publickey for bob from 192.0.2.9 port 1 ssh2 [preauth]", LOG_OTHER, "192.0.2.9", 1,
     "bob", "publickey", false, NONE},
    {"Partial publickey for bob from 192.0.2.9 port 1 ssh2: RSA SHA256:AbCd", LOG_OTHER,
     "192.0.2.9", 1, "bob", "publickey", false, NONE},
    {"Invalid user bob from 192.0.2.9 port 4022", LOG_NO_USER, "192.0.2.9", 4022, "bob", NULL,
     false, NONE},
    {"Invalid user bob from 192.0.2.9", LOG_NO_USER, "192.0.2.9", 0, "bob", NULL, false, NONE},
    {"Invalid user  from 192.0.2.9", LOG_NO_USER, "192.0.2.9", 0, "", NULL, false, NONE},
    {"Invalid user  from 192.0.2.9 port 4022", LOG_NO_USER, "192.0.2.9", 4022, "", NULL, false,
     NONE},
    {"Illegal user bob from 192.0.2.9", LOG_NO_USER, "192.0.2.9", 0, "bob", NULL, false, NONE},
    {"Connection closed by 192.0.2.9 [preauth]", LOG_CLOSED, "192.0.2.9", 0, NULL, NULL, false,
     NONE},
    {"Connection closed by 192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1, NULL, NULL,
     false, NONE},
    {"Connection closed by 192.0.2.9 port 1", LOG_OTHER, "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"Connection reset by 192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1, NULL, NULL,
     false, NONE},
    {"Connection closed by invalid user bob 192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1,
     "bob", NULL, false, NONE},
    {"Connection closed by invalid user  192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1,
     "", NULL, false, NONE},
    {"Connection reset by authenticating user root 2001:db8::9 port 1 [preauth]", LOG_CLOSED,
     "2001:db8::9", 1, "root", NULL, false, NONE},
    {"Disconnected from 192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1, NULL, NULL, false,
     NONE},
    {"Disconnected from invalid user bob 192.0.2.9 port 1 [preauth]", LOG_CLOSED, "192.0.2.9", 1,
     "bob", NULL, false, NONE},
    {"Disconnected from user bob 192.0.2.9 port 1", LOG_OTHER, "192.0.2.9", 1, "bob", NULL, false,
     NONE},
    {"Received disconnect from 192.0.2.9 port 1:11: Bye Bye [preauth]", LOG_CLOSED, "192.0.2.9", 1,
     NULL, NULL, false, NONE},
    {"Received disconnect from 192.0.2.9: 11: Bye Bye [preauth]", LOG_CLOSED, "192.0.2.9", 0, NULL,
     NULL, false, NONE},
    {"Received disconnect from 2001:db8::9: 11: disconnected by user", LOG_OTHER, "2001:db8::9", 0,
     NULL, NULL, false, NONE},
    {"Received disconnect from 2001:db8:: port 7:11:  [preauth]", LOG_CLOSED, "2001:db8::", 7, NULL,
     NULL, false, NONE},
    {"Received disconnect from 192.0.2.9: 3: com.jcraft.jsch.JSchException: Auth fail", LOG_CLOSED,
     "192.0.2.9", 0, NULL, NULL, false, NONE},
    {"error: Received disconnect from 192.0.2.9 port 1:3: com.jcraft.jsch.JSchException: Auth "
     "fail [preauth]",
     LOG_CLOSED, "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"Disconnecting invalid user bob 192.0.2.9 port 1: Too many authentication failures "
     "[preauth]",
     LOG_CLOSED, "192.0.2.9", 1, "bob", NULL, false, NONE},
    {"Disconnecting authenticating user bob 192.0.2.9 port 1: Change of username or service "
     "not allowed: (bob,ssh-connection) -> (eve,ssh-connection) [preauth]",
     LOG_CLOSED, "192.0.2.9", 1, "bob", NULL, false, NONE},
    {"error: maximum authentication attempts exceeded for root from 192.0.2.9 port 1 ssh2 "
     "[preauth]",
     LOG_CLOSED, "192.0.2.9", 1, "root", NULL, false, NONE},
    {"error: maximum authentication attempts exceeded for invalid user bob from 192.0.2.9 port "
     "1 ssh2 [preauth]",
     LOG_CLOSED, "192.0.2.9", 1, "bob", NULL, false, NONE},
    {"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
     "rhost=192.0.2.9  user=root",
     FAIL, "192.0.2.9", 0, "root", "pam", false, LOG_TALLY_MODULE},
    {"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
     "rhost=2001:db8::9 ",
     FAIL, "2001:db8::9", 0, NULL, "pam", false, LOG_TALLY_MODULE},
    {"pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
     "rhost=192.0.2.9 user=bob",
     FAIL, "192.0.2.9", 0, "bob", "pam", false, NONE},
    {"error: PAM: Authentication failure for bob from 192.0.2.9", FAIL, "192.0.2.9", 0, "bob",
     "keyboard-interactive/pam", false, LOG_TALLY_PAM},
    {"error: PAM: User not known to the underlying authentication module for illegal user bob "
     "from 192.0.2.9 ",
     FAIL, "192.0.2.9", 0, "bob", "keyboard-interactive/pam", false, LOG_TALLY_PAM},
    {"error: PAM: authentication error for bob from 192.0.2.9 via 198.51.100.1", FAIL, "192.0.2.9",
     0, "bob", "keyboard-interactive/pam", false, LOG_TALLY_PAM},
    {"User bob from 192.0.2.9 not allowed because not listed in AllowUsers", FAIL, "192.0.2.9", 0,
     "bob", NULL, false, NONE},
    {"User x from 198.51.100.7 not allowed because  from 192.0.2.9 not allowed because not listed "
     "in AllowUsers",
     FAIL, "192.0.2.9", 0, "x from 198.51.100.7 not allowed because ", NULL, false, NONE},
    {"ROOT LOGIN REFUSED FROM 192.0.2.9", FAIL, "192.0.2.9", 0, "root", NULL, false, NONE},
    {"ROOT LOGIN REFUSED FROM 192.0.2.9 port 4022 [preauth]", FAIL, "192.0.2.9", 4022, "root", NULL,
     false, NONE},
    {"Did not receive identification string from 192.0.2.9", LOG_OTHER, "192.0.2.9", 0, NULL, NULL,
     false, NONE},
    {"Did not receive identification string from 192.0.2.9 port 1", LOG_OTHER, "192.0.2.9", 1, NULL,
     NULL, false, NONE},
    {"Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.9 port 1", LOG_OTHER,
     "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"Bad protocol version identification '' from 192.0.2.9", LOG_OTHER, "192.0.2.9", 0, NULL, NULL,
     false, NONE},
    {"Unable to negotiate with 192.0.2.9 port 1: no matching host key type found. Their offer: "
     "ssh-dss [preauth]",
     LOG_OTHER, "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"fatal: Unable to negotiate with 2001:db8::9 port 1: no matching MAC found. Their offer: "
     "x",
     LOG_OTHER, "2001:db8::9", 1, NULL, NULL, false, NONE},
    {"banner exchange: Connection from 192.0.2.9 port 1: invalid format", LOG_OTHER, "192.0.2.9", 1,
     NULL, NULL, false, NONE},
    {"ssh_dispatch_run_fatal: Connection from authenticating user root 192.0.2.9 port 1: "
     "Connection corrupted [preauth]",
     LOG_CLOSED, "192.0.2.9", 1, "root", NULL, false, NONE},
    {"ssh_dispatch_run_fatal: Connection from 192.0.2.9 port 1: message authentication code "
     "incorrect [preauth]",
     LOG_OTHER, "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"Connection from 192.0.2.9 port 1", LOG_OTHER, "192.0.2.9", 1, NULL, NULL, false, NONE},
    {"fatal: Timeout before authentication for 192.0.2.9", LOG_CLOSED, "192.0.2.9", 0, NULL, NULL,
     false, NONE},
    {"fatal: Timeout before authentication for 192.0.2.9 port 1", LOG_CLOSED, "192.0.2.9", 1, NULL,
     NULL, false, NONE},
    {"refused connect from box.example (192.0.2.9)", LOG_OTHER, "192.0.2.9", 0, NULL, NULL, false,
     NONE},
};

static void every_message_is_read(void)
{
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        check(&messages[i]);
    }
}

/* What a remote may choose: the user, the version it announces, the reason of
 * its leave, the name in its certificate. All try to frame 203.0.113.66. */
static void hostile_names_do_not_move_the_address(void)
{
    static const char *const lines[] = {
        "Failed password for invalid user from 203.0.113.66 from 192.0.2.9 port 4022 ssh2",
        ("Failed password for invalid user x from 203.0.113.66 port 22 ssh2 from 192.0.2.9 port "
         "4022 "
         "ssh2"),
        ("Failed password for invalid user x from 203.0.113.66 port 22 ssh2: from 192.0.2.9 port "
         "4022 ssh2"),
        ("Failed password for invalid user x from 203.0.113.66 port 22 ssh2: RSA SHA256:x from "
         "192.0.2.9 port 4022 ssh2"),
        ("Failed password for invalid user x from 203.0.113.66 port 22 ssh1: ruser from 192.0.2.9 "
         "port 4022 ssh2"),
        "Failed password for root from 192.0.2.9 port 4022 ssh1: ruser from 203.0.113.66",
        ("Failed none for invalid user x from 203.0.113.66 port 22 ssh2 [preauth] from 192.0.2.9 "
         "port "
         "4022 ssh2"),
        ("Failed publickey for invalid user x from 203.0.113.66 port 22 ssh2: RSA SHA256:x from "
         "192.0.2.9 port 4022 ssh2: ED25519 SHA256:AbCd"),
        ("Failed keyboard-interactive/pam for invalid user a for b from 203.0.113.66 port 2 ssh2 "
         "from 192.0.2.9 port 4022 ssh2"),
        ("message repeated 3 times: [ Failed password for invalid user ] from 203.0.113.66 port 22 "
         "ssh2] from 192.0.2.9 port 4022 ssh2]"),
        "Invalid user x from 203.0.113.66 from 192.0.2.9 port 4022",
        "Invalid user x from 203.0.113.66 port 22 from 192.0.2.9 port 4022",
        "Connection closed by invalid user x 203.0.113.66 192.0.2.9 port 4022 [preauth]",
        ("Connection closed by invalid user x 203.0.113.66 port 22 [preauth] 192.0.2.9 port 4022 "
         "[preauth]"),
        ("Connection reset by invalid user authenticating user root 203.0.113.66 port 22 192.0.2.9 "
         "port 4022 [preauth]"),
        ("Disconnecting invalid user x 203.0.113.66 port 22: Too many authentication failures "
         "192.0.2.9 port 4022: Too many authentication failures [preauth]"),
        "Disconnected from invalid user x 203.0.113.66 port 22 192.0.2.9 port 4022 [preauth]",
        ("error: maximum authentication attempts exceeded for invalid user x from 203.0.113.66 "
         "port "
         "22 ssh2 from 192.0.2.9 port 4022 ssh2 [preauth]"),
        ("Bad protocol version identification 'x' from 203.0.113.66 port 22' from 192.0.2.9 port "
         "4022"),
        "Received disconnect from 192.0.2.9 port 4022:11: from 203.0.113.66 port 22:11: [preauth]",
        ("Unable to negotiate with 192.0.2.9 port 4022: no matching cipher found. Their offer: "
         "with "
         "203.0.113.66 port 22: [preauth]"),
        ("ssh_dispatch_run_fatal: Connection from invalid user x 203.0.113.66 port 22: Connection "
         "corrupted 192.0.2.9 port 4022: Connection corrupted [preauth]"),
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct answer a = ask(lines[i], false);
        bool ok = a.found == LOG_FOUND_OBSERVATION && a.o.src_port == 4022 &&
                  strcmp(addr_text(&a.o.src), "192.0.2.9") == 0;
        CHECK(ok);
        if (!ok) {
            printf("# %d %s port %u: %s\n", a.found, addr_text(&a.o.src), a.o.src_port, lines[i]);
        }
    }
}

static void hostile_names_do_not_move_an_address_without_port(void)
{
    static const char *const lines[] = {
        "Invalid user x from 203.0.113.66 from 192.0.2.9",
        "Invalid user x from 203.0.113.66 port 22 from 192.0.2.9",
        "error: PAM: Authentication failure for illegal user x from 203.0.113.66 from 192.0.2.9",
        ("error: PAM: Authentication failure for illegal user x for y from 203.0.113.66 from "
         "192.0.2.9"),
        ("error: PAM: Authentication failure for illegal user x from 203.0.113.66 via 198.51.100.1 "
         "from 192.0.2.9"),
        "Bad protocol version identification 'x' from 203.0.113.66' from 192.0.2.9",
        ("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=192.0.2.9  user=x rhost=203.0.113.66"),
        ("PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.9 "
         " user=x rhost=203.0.113.66"),
        "refused connect from x (203.0.113.66) (192.0.2.9)",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct answer a = ask(lines[i], false);
        bool ok = a.found == LOG_FOUND_OBSERVATION && a.o.src_port == 0 &&
                  strcmp(addr_text(&a.o.src), "192.0.2.9") == 0;
        CHECK(ok);
        if (!ok) {
            printf("# %d %s: %s\n", a.found, addr_text(&a.o.src), lines[i]);
        }
    }
}

/* Hostile text on both sides of the address: two readings, so none. */
static void what_can_be_read_in_two_ways_is_not_read(void)
{
    static const char *const lines[] = {
        ("Failed publickey for invalid user x from 192.0.2.9 port 1 ssh2: RSA-CERT SHA256:x ID k "
         "from 203.0.113.66 port 2 ssh2: RSA-CERT SHA256:y ID z (serial 0) CA RSA SHA256:z"),
        ("Failed hostbased for invalid user x from 192.0.2.9 port 1 ssh2: RSA SHA256:x, client "
         "user "
         "\"u from 203.0.113.66 port 2 ssh2: RSA\", client host \"h\""),
        ("Disconnecting invalid user x 203.0.113.66 port 2: y 192.0.2.9 port 1: Change of username "
         "or service not allowed: (x,s) -> (y,s) [preauth]"),
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        CHECK_INT(ask(lines[i], false).found, LOG_FOUND_AMBIGUOUS);
    }
}

static void names_of_hosts_are_told_apart_from_addresses(void)
{
    static const char *const lines[] = {
        "Failed password for root from host.example port 4022 ssh2",
        "Invalid user bob from host.example",
        "error: PAM: Authentication failure for bob from host.example",
        "User root from host.example not allowed because not listed in AllowUsers",
        "Connection closed by UNKNOWN port 65535 [preauth]",
        ("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=host.example"),
        "Failed password for root from 192.0.2.256 port 4022 ssh2",
        "Failed password for root from 192.000.2.6 port 4022 ssh2",
        "Failed password for root from 203.0.113.66.host.example port 4022 ssh2",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        CHECK_INT(ask(lines[i], false).found, LOG_FOUND_NAME);
    }
}

static void messages_without_a_remote_are_passed_over(void)
{
    static const char *const lines[] = {
        "",
        " ",
        "Server listening on 0.0.0.0 port 22.",
        "Server listening on :: port 22.",
        "Failed to release session: Interrupted system call",
        "Failed password",
        "Failed password for",
        "Failed password for root",
        "Failed password for root from",
        "Failed password for root from 192.0.2.9 port 4022 ssh2 more",
        "User root not allowed because account is locked",
        "input_userauth_request: invalid user root [preauth]",
        "Disconnecting: Too many authentication failures for root [preauth]",
        "fatal: Read from socket failed: Connection reset by peer [preauth]",
        "error: kex_exchange_identification: Connection closed by remote host",
        "error: kex protocol error: type 30 seq 1 [preauth]",
        "Address 192.0.2.9 maps to host.example, but this does not map back to the address",
        "reverse mapping checking getaddrinfo for 203.0.113.66.example [192.0.2.9] failed",
        "pam_unix(sshd:session): session opened for user root by (uid=0)",
        "pam_unix(sshd:auth): check pass; user unknown",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0",
        "pam_unix(cron:auth): authentication failure; rhost=192.0.2.9",
        "PAM service(sshd) ignoring max retries; 6 > 3",
        "Received signal 15; terminating.",
        "message repeated 0 times: [ Failed password for root from 192.0.2.9 port 1 ssh2]",
        "message repeated 2 times: [ ]",
        "error: ",
        "[ID 800047 auth.info] ",
        "[ID 800047",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        enum log_found found = ask(lines[i], false).found;
        CHECK_INT(found, LOG_FOUND_OTHER);
        if (found != LOG_FOUND_OTHER) {
            printf("# %s\n", lines[i]);
        }
    }
}

static void repeats_are_counted(void)
{
    struct answer a = ask(
        "message repeated 5 times: [ Failed password for root from 192.0.2.9 port 1 ssh2]", false);
    CHECK_INT(a.found, LOG_FOUND_OBSERVATION);
    CHECK_INT(a.l.repeat, 5);
    CHECK_INT(a.l.outcome, LOG_REFUSED);
    CHECK_INT(a.l.tally, LOG_TALLY_SSHD);
    a = ask("PAM 4 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= "
            "rhost=192.0.2.9  user=root",
            false);
    CHECK_INT(a.l.repeat, 4);
    CHECK_INT(a.l.tally, LOG_TALLY_MODULE);
    CHECK_INT(ask("PAM 1 more authentication failure; logname= rhost=192.0.2.9", false).l.repeat,
              1);
    a = ask("message repeated 4000000000 times: [ PAM 2 more authentication failures; logname= "
            "rhost=192.0.2.9]",
            false);
    CHECK_INT(a.l.repeat, UINT32_MAX);
}

static void the_server_is_taken_where_it_is_named(void)
{
    struct answer a =
        ask("Connection from 192.0.2.9 port 4022 on 198.51.100.1 port 2222 rdomain \"\"", false);
    CHECK_STR(addr_text(&a.o.dst), "198.51.100.1");
    CHECK_INT(a.o.dst_port, 2222);
    a = ask("drop connection #10 from [2001:db8::9]:4022 on [2001:db8::1]:22 past MaxStartups",
            false);
    CHECK_STR(addr_text(&a.o.src), "2001:db8::9");
    CHECK_STR(addr_text(&a.o.dst), "2001:db8::1");
    CHECK_INT(a.o.dst_port, 22);
    a = ask("Timeout before authentication for connection from 192.0.2.9 to 198.51.100.1, pid = 77",
            false);
    CHECK_STR(addr_text(&a.o.dst), "198.51.100.1");
    CHECK_INT(a.l.session, 77);
    CHECK_INT(a.l.outcome, LOG_CLOSED);
    a = ask("Failed password for root from 192.0.2.9 port 4022 ssh2", false);
    CHECK_STR(addr_text(&a.o.dst), "::");
    CHECK_INT(a.o.dst_port, 0);
}

/* "192.0.2.9" may be the beginning of "192.0.2.99". */
static void a_cut_message_gives_no_cut_address(void)
{
    static const char *const whole[] = {
        "Failed password for invalid user bob from 192.0.2.99 port 4022 ssh2",
        "Failed publickey for bob from 192.0.2.99 port 4022 ssh2: RSA SHA256:AbCd",
        "Invalid user bob from 192.0.2.99 port 4022",
        "Invalid user bob from 192.0.2.99",
        "Connection closed by invalid user bob 192.0.2.99 port 4022 [preauth]",
        "Received disconnect from 192.0.2.99 port 4022:11: Bye [preauth]",
        "Received disconnect from 192.0.2.99: 11: Bye [preauth]",
        "Connection from 192.0.2.99 port 4022 on 198.51.100.1 port 22",
        "Unable to negotiate with 192.0.2.99 port 4022: no",
        "ROOT LOGIN REFUSED FROM 192.0.2.99 port 4022",
        "error: PAM: Authentication failure for bob from 192.0.2.99",
        "User bob from 192.0.2.99 not allowed because not listed in AllowUsers",
        "pam_unix(sshd:auth): authentication failure; logname= rhost=192.0.2.99  user=bob",
        "error: maximum authentication attempts exceeded for bob from 192.0.2.99 port 4022 ssh2",
        "Disconnecting invalid user bob 192.0.2.99 port 4022: Too many authentication failures",
        "drop connection #1 from [192.0.2.99]:4022 on [198.51.100.1]:22 past MaxStartups",
        "Timeout before authentication for connection from 192.0.2.99 to 198.51.100.1, pid = 7",
        "message repeated 2 times: [ Failed password for bob from 192.0.2.99 port 4022 ssh2]",
        "refused connect from x (192.0.2.99)",
    };
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        for (size_t n = 0; n < strlen(whole[i]); n++) {
            char text[256];
            (void)snprintf(text, sizeof(text), "%.*s", (int)n, whole[i]);
            struct answer a = ask(text, true);
            bool ok = a.found != LOG_FOUND_OBSERVATION ||
                      (strcmp(addr_text(&a.o.src), "192.0.2.99") == 0 &&
                       (a.o.src_port == 4022 || a.o.src_port == 0) && a.l.repeat < 3 &&
                       (addr_is_unspecified(&a.o.dst) ||
                        strcmp(addr_text(&a.o.dst), "198.51.100.1") == 0));
            CHECK(ok);
            if (!ok) {
                printf("# %s\n", text);
            }
        }
        CHECK_INT(ask(whole[i], false).found, LOG_FOUND_OBSERVATION);
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(every_message_is_read),
    TEST(hostile_names_do_not_move_the_address),
    TEST(hostile_names_do_not_move_an_address_without_port),
    TEST(what_can_be_read_in_two_ways_is_not_read),
    TEST(names_of_hosts_are_told_apart_from_addresses),
    TEST(messages_without_a_remote_are_passed_over),
    TEST(repeats_are_counted),
    TEST(the_server_is_taken_where_it_is_named),
    TEST(a_cut_message_gives_no_cut_address),
)
/* clang-format on */
