/* tests/unit/detect/test_login.c - guessing of passwords, as captures show it. */
#include "detect/login/login.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "capture/input.h"
#include "detect/login_stage.h"
#include "test.h"

static void ftp_login(struct stage *s, const char *user, const char *reply)
{
    struct line l = dial(s, 21);
    server(s, &l, "220 ready\r\n");
    client(s, &l, "USER ");
    client(s, &l, user);
    client(s, &l, "\r\n");
    server(s, &l, "331 Please specify the password.\r\n");
    client(s, &l, "PASS secret\r\n");
    server(s, &l, reply);
    hang_up(s, &l);
}

static void ftp_fail(struct stage *s, int n)
{
    for (int i = 0; i < n; i++) {
        ftp_login(s, "bob", "530 Login incorrect.\r\n");
    }
}

static const struct finding *only(struct stage *s, const char *definition)
{
    const struct finding *found = NULL;
    int n = 0;
    for (size_t i = 0; i < s->findings.n; i++) {
        if (strcmp(s->findings.items[i]->definition, definition) == 0) {
            found = s->findings.items[i];
            n++;
        }
    }
    CHECK_INT(n, 1);
    return n == 1 ? found : NULL;
}

static void one_failure_less_is_no_guessing(void)
{
    struct stage s;
    stage_init(&s);
    ftp_fail(&s, 9);
    stage_end(&s);
    CHECK_INT(s.st, ST_OK);
    CHECK_INT(s.findings.n, 0);
    CHECK_INT(login_stats(s.login).background_attempts, 9);
    stage_fini(&s);
}

static void ten_failures_are_told_in_full(void)
{
    struct stage s;
    stage_init(&s);
    int64_t first = s.now_ns;
    ftp_fail(&s, 10);
    stage_end(&s);
    const struct finding *f = only(&s, "bruteforce.ftp/1");
    if (f != NULL) {
        CHECK_STR(f->kind, "bruteforce.ftp");
        CHECK_STR(f->protocol, "ftp");
        CHECK_STR(f->technique, "password");
        CHECK_INT(f->attempts, 10);
        CHECK_INT(f->accepted, 0);
        CHECK_INT(f->counted, 10);
        CHECK_INT(f->threshold, 10);
        CHECK_INT(f->sessions, 10);
        CHECK_INT(f->packets, s.packets);
        CHECK_INT(f->targets, 1);
        CHECK_INT(f->port_n, 1);
        CHECK_INT(f->port_list[0], 21);
        CHECK_INT(f->users, 1);
        CHECK_STR(f->text_n == 1 ? f->texts[0] : NULL, "bob");
        CHECK_INT(f->when.first_ns, first);
        CHECK_INT(f->when.last_ns, s.now_ns - 1000000);
        CHECK_INT(f->authentic, AUTHENTIC_TWO_WAY);
        CHECK(f->has_victim && addr_v4(&f->victim) == 0xc633640a);
        CHECK(f->has_initiator && addr_v4(&f->initiator) == 0xcb007142);
    }
    stage_fini(&s);
}

static size_t found_after_gap(int64_t gap_ns)
{
    struct stage s;
    stage_init(&s);
    ftp_fail(&s, 5);
    s.now_ns += gap_ns - 1000000; /* a packet is a millisecond after the one before */
    ftp_fail(&s, 5);
    stage_end(&s);
    size_t n = s.findings.n;
    stage_fini(&s);
    return n;
}

static void an_event_ends_with_a_gap_over_the_idle_time(void)
{
    CHECK_INT(found_after_gap(3600 * TIME_SECOND), 1);
    CHECK_INT(found_after_gap(3600 * TIME_SECOND + 1), 0);
}

static void logins_that_succeed_are_no_guessing(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 40; i++) {
        ftp_login(&s, "bob", "230 Login successful.\r\n");
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    CHECK_INT(login_stats(s.login).accepted, 40);
    CHECK_INT(login_stats(s.login).refused, 0);
    stage_fini(&s);
}

static void more_successes_than_failures_are_no_guessing(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 12; i++) {
        ftp_fail(&s, 1);
        ftp_login(&s, "bob", "230 Login successful.\r\n");
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    stage_fini(&s);
}

static void a_530_to_another_command_is_no_guess(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 20; i++) {
        struct line l = dial(&s, 21);
        server(&s, &l, "220 ready\r\n");
        client(&s, &l, "SYST\r\n");
        server(&s, &l, "530 Please login with USER and PASS.\r\n");
        hang_up(&s, &l);
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    stage_fini(&s);
}

static void a_right_guess_is_access(void)
{
    struct stage s;
    stage_init(&s);
    ftp_fail(&s, 10);
    ftp_login(&s, "bob", "230 Login successful.\r\n");
    stage_end(&s);
    const struct finding *f = only(&s, "access.after-guessing.shape/1");
    if (f != NULL) {
        CHECK_STR(f->kind, "access.after-guessing");
        CHECK_INT(f->counted, 10);
        CHECK_INT(f->accepted, 1);
        CHECK_STR(f->text_n == 1 ? f->texts[0] : NULL, "bob");
    }
    (void)only(&s, "bruteforce.ftp/1");
    stage_fini(&s);
}

static void anonymous_ftp_is_no_access(void)
{
    struct stage s;
    stage_init(&s);
    ftp_fail(&s, 20);
    ftp_login(&s, "anonymous", "230 Login successful.\r\n");
    stage_end(&s);
    CHECK_INT(s.findings.n, 1);
    stage_fini(&s);
}

/* --- SSH -------------------------------------------------------------------- */

static void blob(struct stage *s, struct line *l, bool from_server, size_t n)
{
    static const uint8_t noise[4096] = {1};
    say(s, l, from_server, bytes_of(noise, n));
}

static void ssh_packet(uint8_t *at, uint32_t body, uint8_t type)
{
    memset(at, 0, 4 + body);
    store_be32(at, body);
    at[4] = 4;
    at[5] = type;
}

/* Up to the client's request for the service ssh-userauth and its answer. */
static struct line ssh_dial(struct stage *s)
{
    uint8_t hello[1200];
    struct line l = dial(s, 22);
    client(s, &l, "SSH-2.0-x\r\n");
    server(s, &l, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
    ssh_packet(hello, 1100, 20);
    say(s, &l, false, bytes_of(hello, 1104));
    say(s, &l, true, bytes_of(hello, 1104));
    ssh_packet(hello, 44, 30);
    say(s, &l, false, bytes_of(hello, 48));
    ssh_packet(hello, 188, 31);
    ssh_packet(hello + 192, 12, 21); /* NEWKEYS, and EXT_INFO behind it */
    memset(hello + 208, 0xee, 100);
    say(s, &l, true, bytes_of(hello, 308));
    ssh_packet(hello, 12, 21);
    say(s, &l, false, bytes_of(hello, 16));
    blob(s, &l, false, 44);
    blob(s, &l, true, 44); /* SERVICE_ACCEPT */
    return l;
}

static void ssh_fail(struct stage *s, int tries)
{
    struct line l = ssh_dial(s);
    blob(s, &l, false, 68);
    blob(s, &l, true, 52);
    for (int i = 0; i < tries; i++) {
        blob(s, &l, false, 76);
        blob(s, &l, true, 52);
    }
    hang_up(s, &l);
}

/* OpenSSH with a key: none, a key that is wrong, the right one, a command. */
static void ssh_with_key(struct stage *s, size_t output)
{
    struct line l = ssh_dial(s);
    blob(s, &l, false, 68);
    blob(s, &l, true, 52);
    blob(s, &l, false, 140);
    blob(s, &l, true, 52);
    blob(s, &l, false, 140);
    blob(s, &l, true, 100); /* USERAUTH_PK_OK */
    blob(s, &l, false, 308);
    blob(s, &l, true, 28); /* USERAUTH_SUCCESS */
    blob(s, &l, false, 112);
    blob(s, &l, true, 264);
    blob(s, &l, false, 112);
    blob(s, &l, true, output);
    blob(s, &l, true, 36);
    hang_up(s, &l);
}

static void ssh_with_password(struct stage *s)
{
    struct line l = ssh_dial(s);
    blob(s, &l, false, 68);
    blob(s, &l, true, 52);
    blob(s, &l, false, 148); /* OpenSSH pads a password */
    blob(s, &l, true, 28);
    blob(s, &l, false, 112);
    blob(s, &l, true, 500);
    hang_up(s, &l);
}

static size_t ssh_found(int failing, int with_key)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < failing; i++) {
        ssh_fail(&s, 2);
    }
    for (int i = 0; i < with_key; i++) {
        ssh_with_key(&s, 72);
    }
    stage_end(&s);
    size_t n = s.findings.n;
    stage_fini(&s);
    return n;
}

static void ten_ssh_connections_without_entry_are_guessing(void)
{
    CHECK_INT(ssh_found(9, 0), 0);
    CHECK_INT(ssh_found(10, 0), 1);
}

static void a_robot_with_a_key_is_silent(void)
{
    CHECK_INT(ssh_found(0, 200), 0);
    CHECK_INT(ssh_found(10, 11), 0);
}

static void an_entry_after_ssh_guesses_is_access(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 12; i++) {
        ssh_fail(&s, 2);
    }
    ssh_with_key(&s, 4000); /* is not: nobody guesses a key */
    stage_end(&s);
    CHECK_INT(s.findings.n, 1);
    stage_fini(&s);
    stage_init(&s);
    for (int i = 0; i < 12; i++) {
        ssh_fail(&s, 2);
    }
    ssh_with_password(&s);
    stage_end(&s);
    (void)only(&s, "bruteforce.ssh.shape/1");
    const struct finding *f = only(&s, "access.after-guessing.shape/1");
    CHECK(f != NULL && f->counted == 12);
    stage_fini(&s);
}

/* Who asks which ways to log in there are does not guess; who asks with
 * something of another length each time does. */
static void one_answer_counts_only_when_requests_differ(void)
{
    for (int differ = 0; differ < 2; differ++) {
        struct stage s;
        stage_init(&s);
        for (size_t i = 0; i < 20; i++) {
            struct line l = ssh_dial(&s);
            blob(&s, &l, false, differ ? 64 + i % 2 * 16 : 64);
            blob(&s, &l, true, 80);
            hang_up(&s, &l);
        }
        stage_end(&s);
        CHECK_INT(s.findings.n, differ);
        stage_fini(&s);
    }
}

static void a_missed_segment_makes_no_failure(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 20; i++) {
        struct line l = ssh_dial(&s);
        blob(&s, &l, false, 68);
        blob(&s, &l, true, 52);
        blob(&s, &l, false, 76);
        l.seq[1] += 28; /* perhaps the server's USERAUTH_SUCCESS */
        blob(&s, &l, true, 52);
        hang_up(&s, &l);
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    stage_fini(&s);
}

static void ssh_scans_and_checks_are_silent(void)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 50; i++) {
        struct line l = dial(&s, 22);
        server(&s, &l, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
        client(&s, &l, "SSH-2.0-check\r\n");
        hang_up(&s, &l);
        l = ssh_dial(&s); /* reads the host key, asks for nothing */
        hang_up(&s, &l);
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    stage_fini(&s);
}

/* The server's NEWKEYS stands behind 192 bytes of another message. */
static void short_captures_suffice_for_ssh(void)
{
    for (uint16_t captured = 8; captured <= 200; captured += 32) {
        struct stage s;
        stage_init(&s);
        s.captured = captured;
        for (int i = 0; i < 10; i++) {
            ssh_fail(&s, 2);
        }
        for (int i = 0; i < 5; i++) {
            ssh_with_key(&s, 72);
        }
        stage_end(&s);
        CHECK_INT(s.st, ST_OK);
        CHECK_INT(s.findings.n, captured >= 40);
        stage_fini(&s);
    }
}

/* --- the other services ------------------------------------------------------ */

struct reply {
    uint16_t port;
    const char *definition;
    struct bytes asks, fails, succeeds;
};

#define RAW(text)                                                                                  \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define SMB2_ZEROS                                                                                 \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct reply replies[] = {
    {25, "bruteforce.smtp/1", RAW("AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n"),
     RAW("535 Incorrect authentication data\r\n"), RAW("235 Authentication succeeded\r\n")},
    {23, "bruteforce.telnet/1", RAW("secret\r\n"), RAW("\r\nLogin incorrect\r\nlogin: "),
     RAW("\r\nLast login: Mon\r\n$ ")},
    {3306, "bruteforce.mysql/1", RAW("\x06\0\0\x01\x85\xa2\0\0\0\0"),
     RAW("\x09\0\0\x02\xff\x15\x04#28000"), RAW("\x07\0\0\x02\0\0\0\x02\0\0\0")},
    {5432, "bruteforce.postgresql/1", RAW("\0\0\0\x0c\0\x03\0\0user"),
     RAW("E\0\0\0\x1eSFATAL\0VFATAL\0C28P01\0Mno\0\0"), RAW("R\0\0\0\x08\0\0\0\0")},
    {445, "bruteforce.smb/1", RAW("x"),
     RAW("\0\0\0\x44\xfeSMB\x40\0\0\0\x6d\0\0\xc0\x01\0\x01\0\x01" SMB2_ZEROS "\0\0\0\x09\0\0\0"),
     RAW("\0\0\0\x44\xfeSMB\x40\0\0\0\0\0\0\0\x01\0\x01\0\x01" SMB2_ZEROS "\0\0\0\x09\0\0\0")},
    {110, "bruteforce.pop3/1", RAW("PASS secret\r\n"), RAW("-ERR [AUTH] no\r\n"),
     RAW("+OK Logged in.\r\n")},
    {143, "bruteforce.imap/1", RAW("a1 login bob secret\r\n"),
     RAW("* CAPABILITY IMAP4rev1\r\na1 NO [AUTHENTICATIONFAILED] no\r\n"),
     RAW("a1 OK [CAPABILITY IMAP4rev1] Logged in\r\n")},
    {6379, "bruteforce.redis/1", RAW("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"),
     RAW("-WRONGPASS invalid username-password pair\r\n"), RAW("+OK\r\n")},
};

/* Another way of some of them. */
static const struct reply ways[] = {
    {110, "bruteforce.pop3/1", RAW("AUTH PLAIN AGJvYgBz\r\n"), RAW("-ERR no\r\n"), RAW("+OK\r\n")},
    {143, "bruteforce.imap/1", RAW("2 AUTHENTICATE PLAIN\r\nAGJvYgBz\r\n"),
     RAW("+ \r\n2 NO no\r\n"), RAW("+ \r\n2 OK yes\r\n")},
    {6379, "bruteforce.redis/1", RAW("auth secret\r\n"), RAW("-ERR invalid password\r\n"),
     RAW("+OK\r\n")},
};

static void converse(struct stage *s, const struct reply *r, bool right)
{
    struct line l = dial(s, r->port);
    say(s, &l, false, r->asks);
    say(s, &l, true, right ? r->succeeds : r->fails);
    hang_up(s, &l);
}

static void says_no_and_yes(const struct reply *r)
{
    struct stage s;
    stage_init(&s);
    for (int i = 0; i < 10; i++) {
        converse(&s, r, false);
    }
    stage_end(&s);
    const struct finding *f = only(&s, r->definition);
    CHECK(f != NULL && f->attempts == 10);
    stage_fini(&s);
    stage_init(&s);
    for (int i = 0; i < 30; i++) {
        converse(&s, r, true);
    }
    stage_end(&s);
    CHECK_INT(s.findings.n, 0);
    CHECK_INT(login_stats(s.login).accepted, r->port == 23 ? 0 : 30);
    stage_fini(&s);
}

static void each_service_says_no_and_yes_in_its_way(void)
{
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        says_no_and_yes(&replies[i]);
    }
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        says_no_and_yes(&ways[i]);
    }
}

static void a_guest_of_smb_has_not_logged_in(void)
{
    struct reply guest = replies[4];
    uint8_t copy[128];
    memcpy(copy, guest.succeeds.data, guest.succeeds.len);
    copy[4 + 66] = 1; /* SMB2_SESSION_FLAG_IS_GUEST */
    guest.succeeds = bytes_of(copy, guest.succeeds.len);
    struct stage s;
    stage_init(&s);
    converse(&s, &guest, true);
    stage_end(&s);
    CHECK_INT(login_stats(s.login).accepted, 0);
    stage_fini(&s);
}

static void short_rdp_connections_are_guessing_and_long_ones_are_not(void)
{
    for (int slow = 0; slow < 2; slow++) {
        struct stage s;
        stage_init(&s);
        for (int i = 0; i < 12; i++) {
            struct line l = dial(&s, 3389);
            say(&s, &l, false, bytes_of("\x03\0\0\x13\x0e\xe0", 6));
            for (int turn = 0; turn < 5; turn++) {
                blob(&s, &l, false, 200);
                blob(&s, &l, true, 300);
            }
            s.now_ns += slow ? 61 * TIME_SECOND : 0;
            hang_up(&s, &l);
        }
        stage_end(&s);
        CHECK_INT(s.findings.n, !slow);
        stage_fini(&s);
    }
}

/* --- the ways of packets ------------------------------------------------------ */

static void mixed(struct stage *s)
{
    for (int i = 0; i < 11; i++) {
        ftp_fail(s, 1);
        ssh_fail(s, 2);
        for (size_t r = 0; r < sizeof(replies) / sizeof(replies[0]); r++) {
            converse(s, &replies[r], false);
        }
    }
    ftp_login(s, "bob", "230 Login successful.\r\n");
    ssh_with_password(s);
}

static void check_same(const struct finding_list *a, const struct finding_list *b, bool packets)
{
    CHECK_INT(a->n, b->n);
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        CHECK_STR(a->items[i]->id, b->items[i]->id);
        CHECK_INT(a->items[i]->attempts, b->items[i]->attempts);
        CHECK_INT(a->items[i]->counted, b->items[i]->counted);
        CHECK(!packets || a->items[i]->packets == b->items[i]->packets);
    }
}

static void batches_make_no_difference(void)
{
    struct stage one, many;
    stage_init(&one);
    stage_init(&many);
    many.batch = OBS_BATCH_MAX;
    mixed(&one);
    mixed(&many);
    stage_end(&one);
    stage_end(&many);
    CHECK_INT(one.findings.n, 12);
    check_same(&one.findings, &many.findings, true);
    stage_fini(&one);
    stage_fini(&many);
}

static void retransmissions_count_as_packets_only(void)
{
    struct stage once, twice;
    stage_init(&once);
    stage_init(&twice);
    twice.twice = true;
    mixed(&once);
    mixed(&twice);
    stage_end(&once);
    stage_end(&twice);
    CHECK_INT(twice.findings.n, once.findings.n);
    for (size_t i = 0; i < once.findings.n && i < twice.findings.n; i++) {
        CHECK_INT(twice.findings.items[i]->attempts, once.findings.items[i]->attempts);
        CHECK(strncmp(twice.findings.items[i]->kind, "brute", 5) != 0 ||
              twice.findings.items[i]->packets == 2 * once.findings.items[i]->packets);
    }
    stage_fini(&once);
    stage_fini(&twice);
}

/* Text and frames are read whatever segments they come in. */
static void cut_segments_say_the_same(void)
{
    for (size_t cut = 1; cut < 12; cut++) {
        struct stage s;
        stage_init(&s);
        s.segment = cut;
        ftp_fail(&s, 10);
        for (size_t r = 0; r < sizeof(replies) / sizeof(replies[0]); r++) {
            for (int i = 0; i < 10; i++) {
                converse(&s, &replies[r], false);
            }
        }
        stage_end(&s);
        CHECK_INT(s.findings.n, 9);
        for (size_t i = 0; i < s.findings.n; i++) {
            CHECK_INT(s.findings.items[i]->attempts, 10);
        }
        stage_fini(&s);
    }
}

static void a_flood_of_syns_costs_little(void)
{
    struct stage s;
    stage_init(&s);
    s.batch = OBS_BATCH_MAX;
    for (uint32_t i = 0; i < 300000; i++) {
        struct line l = {
            addr_from_v4(0x01000000 + i * 7919), addr_from_v4(0xc633640a), (uint16_t)i, 22, {i, 0}};
        put(&s, &l, false, TCP_SYN, nothing);
        s.now_ns -= 999000; /* a million a second */
    }
    ftp_fail(&s, 10);
    stage_end(&s);
    CHECK_INT(s.st, ST_OK);
    CHECK_INT(s.findings.n, 1);
    CHECK(login_stats(s.login).peak_bytes < 64 << 20);
    stage_fini(&s);
}

static void a_memory_limit_is_kept_and_what_it_cost_is_counted(void)
{
    struct stage s;
    stage_init(&s);
    s.memory_bytes = 1 << 20;
    s.batch = OBS_BATCH_MAX;
    for (uint32_t i = 0; i < 20000; i++) {
        struct line l = {addr_from_v4(0x01000000 + i * 7919),
                         addr_from_v4(0xc633640a),
                         (uint16_t)(2000 + i),
                         21,
                         {i, 0}};
        put(&s, &l, false, TCP_SYN, nothing);
        put(&s, &l, true, TCP_SYN | TCP_ACK, nothing);
        put(&s, &l, false, TCP_ACK, nothing);
    }
    ftp_fail(&s, 10);
    stage_end(&s);
    CHECK_INT(s.st, ST_OK);
    (void)only(&s, "bruteforce.ftp/1");
    CHECK(login_stats(s.login).early > 0);
    CHECK(login_stats(s.login).peak_bytes < 4 << 20);
    stage_fini(&s);
}

static void every_failed_allocation_is_reported(void)
{
    for (unsigned n = 1; n < 1000; n++) {
        struct stage s;
        stage_init(&s);
        test_fail_allocation(n);
        mixed(&s);
        stage_end(&s);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? s.st == ST_NOMEM : s.st == ST_OK);
        stage_fini(&s);
        if (!failed) {
            CHECK(n > 10);
            return;
        }
    }
    CHECK(false);
}

/* --- real captures -------------------------------------------------------------- */

static enum status read_capture(struct stage *s, const char *path)
{
    struct capture_options opt = {0};
    struct capture_input *in;
    struct fault why = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status st = fd < 0 ? ST_SYS : capture_input_open(fd, 0, &opt, &in, &why);
    if (st == ST_OK) {
        while ((st = capture_input_next(in, &s->out, &why)) == ST_OK) {
            stage_flush(s);
        }
        capture_input_free(in);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    s->out.n = 0;
    stage_end(s);
    return st;
}

static void check_golden(const char *name, const char *definition, uint64_t attempts,
                         uint64_t packets, const char *first, const char *last)
{
    const char *shared = test_shared();
    if (shared == NULL) {
        printf("# skipped: %s\n", name);
        return;
    }
    char path[4200], t1[64], t2[64];
    (void)snprintf(path, sizeof(path), "%s/captures/pcap/bruteforce/%s", shared, name);
    struct stage s;
    stage_init(&s);
    CHECK_INT(read_capture(&s, path), ST_END);
    const struct finding *f = only(&s, definition);
    CHECK_INT(s.findings.n, 1);
    if (f != NULL) {
        CHECK_INT(f->sessions, attempts);
        CHECK_INT(f->attempts, attempts);
        CHECK_INT(f->packets, packets);
        time_format(f->when.first_ns, t1);
        time_format(f->when.last_ns, t2);
        CHECK_STR(t1, first);
        CHECK_STR(t2, last);
    }
    stage_fini(&s);
}

static void shared_ftp_guessing_is_found(void)
{
    check_golden("zeek-ftp-bruteforce.pcap", "bruteforce.ftp/1", 30, 606,
                 "2014-01-14T17:37:24.820046000Z", "2014-01-14T17:38:23.938346000Z");
}

static void shared_ssh_guessing_is_found(void)
{
    check_golden("zeek-sshguess.pcap", "bruteforce.ssh.shape/1", 11, 431,
                 "2015-03-30T14:44:49.213953000Z", "2015-03-30T14:45:59.306612000Z");
}

static void the_other_shared_captures_are_silent(void)
{
    static const char *const folders[] = {"benign", "scan", "ddos", "web", "tunnel", "linktype"};
    const char *shared = test_shared();
    for (size_t i = 0; shared != NULL && i < sizeof(folders) / sizeof(folders[0]); i++) {
        char path[8600];
        (void)snprintf(path, sizeof(path), "%s/captures/pcap/%s", shared, folders[i]);
        DIR *dir = opendir(path);
        CHECK(dir != NULL);
        for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
            if (e->d_name[0] == '.') {
                continue;
            }
            struct stage s;
            stage_init(&s);
            (void)snprintf(path, sizeof(path), "%s/captures/pcap/%s/%s", shared, folders[i],
                           e->d_name);
            (void)read_capture(&s, path);
            if (s.findings.n > 0) {
                printf("# %s: %s\n", e->d_name, s.findings.items[0]->definition);
            }
            CHECK_INT(s.findings.n, 0);
            stage_fini(&s);
        }
        if (dir != NULL) {
            (void)closedir(dir);
        }
    }
}

TEST_MAIN(TEST(one_failure_less_is_no_guessing), TEST(ten_failures_are_told_in_full),
          TEST(an_event_ends_with_a_gap_over_the_idle_time),
          TEST(logins_that_succeed_are_no_guessing),
          TEST(more_successes_than_failures_are_no_guessing),
          TEST(a_530_to_another_command_is_no_guess), TEST(a_right_guess_is_access),
          TEST(anonymous_ftp_is_no_access), TEST(ten_ssh_connections_without_entry_are_guessing),
          TEST(a_robot_with_a_key_is_silent), TEST(an_entry_after_ssh_guesses_is_access),
          TEST(one_answer_counts_only_when_requests_differ),
          TEST(a_missed_segment_makes_no_failure), TEST(ssh_scans_and_checks_are_silent),
          TEST(short_captures_suffice_for_ssh), TEST(each_service_says_no_and_yes_in_its_way),
          TEST(a_guest_of_smb_has_not_logged_in),
          TEST(short_rdp_connections_are_guessing_and_long_ones_are_not),
          TEST(batches_make_no_difference), TEST(retransmissions_count_as_packets_only),
          TEST(cut_segments_say_the_same), TEST(a_flood_of_syns_costs_little),
          TEST(a_memory_limit_is_kept_and_what_it_cost_is_counted),
          TEST(every_failed_allocation_is_reported), TEST(shared_ftp_guessing_is_found),
          TEST(shared_ssh_guessing_is_found), TEST(the_other_shared_captures_are_silent))
