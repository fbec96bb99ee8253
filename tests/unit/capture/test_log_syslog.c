/* tests/unit/capture/test_log_syslog.c - who logged a line: only a program's
 * own place names it. */
#include "capture/log_syslog.h"

#include "test_log.h"

static bool split(const char *line, struct log_syslog *s)
{
    struct log_clock c;
    log_clock_init(&c, NOW);
    return log_syslog_read(&c, bytes_of(line, strlen(line)), s);
}

static bool text_is(struct bytes s, const char *want)
{
    return bytes_equal(s, bytes_of(want, strlen(want)));
}

/* Every form in which the same message may come. */
static void forms_give_host_program_pid_and_message(void)
{
    static const struct {
        const char *line, *time;
        bool host;
        unsigned pid;
    } cases[] = {
        {"May 17 10:05:03 box sshd[7]: hello", "2024-05-17T10:05:03.000000000Z", true, 7},
        {"May 17 10:05:03 box sshd: hello", "2024-05-17T10:05:03.000000000Z", true, 0},
        {"May 17 10:05:03 box [sshd]: hello", "2024-05-17T10:05:03.000000000Z", true, 0},
        {"May 17 10:05:03 box [sshd] hello", "2024-05-17T10:05:03.000000000Z", true, 0},
        {"May 17 10:05:03 sshd[7]: hello", "2024-05-17T10:05:03.000000000Z", false, 7},
        {"May 17 10:05:03 [sshd]: hello", "2024-05-17T10:05:03.000000000Z", false, 0},
        {"May 17 10:05:03 [sshd] hello", "2024-05-17T10:05:03.000000000Z", false, 0},
        {"<38>May 17 10:05:03 box sshd[7]: hello", "2024-05-17T10:05:03.000000000Z", true, 7},
        {"<38>May 17 10:05:03 sshd[7]: hello", "2024-05-17T10:05:03.000000000Z", false, 7},
        {"May 17 10:05:03.5 box sshd[7]: hello", "2024-05-17T10:05:03.500000000Z", true, 7},
        {"2024-05-17T10:05:03.25+02:00 box sshd[7]: hello", "2024-05-17T08:05:03.250000000Z", true,
         7},
        {"2024-05-17T10:05:03+0200 box sshd[7]: hello", "2024-05-17T08:05:03.000000000Z", true, 7},
        {"<38>1 2024-05-17T10:05:03Z box sshd 7 - - hello", "2024-05-17T10:05:03.000000000Z", true,
         7},
        {"<38>1 2024-05-17T10:05:03Z - sshd - - - hello", "2024-05-17T10:05:03.000000000Z", false,
         0},
        {"<38>1 2024-05-17T10:05:03Z box sshd 7 id [a b=\"c\"][d e=\"]\\\"[\"] hello",
         "2024-05-17T10:05:03.000000000Z", true, 7},
        {"<38>1 2024-05-17T10:05:03Z box sshd 7 - - \xef\xbb\xbfhello",
         "2024-05-17T10:05:03.000000000Z", true, 7},
        {"1 2024-05-17T10:05:03Z box sshd 7 - - hello", "2024-05-17T10:05:03.000000000Z", true, 7},
        {"Fri 2024-05-17 10:05:03 UTC box sshd[7]: hello", "2024-05-17T10:05:03.000000000Z", true,
         7},
        {"1715940303.250000 box sshd[7]: hello", "2024-05-17T10:05:03.250000000Z", true, 7},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct log_syslog s;
        bool ok = split(cases[i].line, &s) && log_syslog_is_sshd(s.program) &&
                  text_is(s.message, "hello") && text_is(s.host, cases[i].host ? "box" : "");
        CHECK(ok);
        if (!ok) {
            printf("# %s\n", cases[i].line);
            continue;
        }
        CHECK(s.stamp.valid);
        CHECK_STR(time_text(s.stamp.time_ns), cases[i].time);
        CHECK_INT(s.pid, cases[i].pid);
    }
}

static void three_programs_are_sshd_and_no_other(void)
{
    CHECK(log_syslog_is_sshd(BYTES_LITERAL("sshd")));
    CHECK(log_syslog_is_sshd(BYTES_LITERAL("sshd-session")));
    CHECK(log_syslog_is_sshd(BYTES_LITERAL("sshd-auth")));
    static const char *const others[] = {"",      "ssh",       "sshdx", "sshd-sess", "sshd2",
                                         "xsshd", "sshguardd", "SSHD",  "sshd.bak"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        CHECK(!log_syslog_is_sshd(bytes_of(others[i], strlen(others[i]))));
    }
}

/* A message that looks like a line of sshd's does not make it one. */
static void words_of_a_message_are_no_program(void)
{
    static const char *const lines[] = {
        "May 17 10:05:03 box su: sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2",
        "May 17 10:05:03 box web[3]: May 17 10:05:03 box sshd[7]: Failed password for x",
        "May 17 10:05:03 su: sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2",
        "May 17 10:05:03 su[12]: sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2",
        "May 17 10:05:03 [su] sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2",
        "May 17 10:05:03 box logger sshd[7]: Failed password for root from 192.0.2.1 port 1",
        "2024-05-17T10:05:03Z box kernel: sshd[7]: Failed password for root from 192.0.2.1",
        "<38>1 2024-05-17T10:05:03Z sshd kernel 7 - - sshd[7]: Failed password",
        "<38>1 2024-05-17T10:05:03Z box kernel sshd sshd - sshd[7]: Failed password",
        "May 17 10:05:03 sshd CRON[7]: a host of that name",
        "May 17 10:05:03 box sshguard[7]: blocked",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct log_syslog s;
        bool wrong = split(lines[i], &s) && log_syslog_is_sshd(s.program);
        CHECK(!wrong);
        if (wrong) {
            printf("# %s\n", lines[i]);
        }
    }
}

static void what_is_no_log_line_is_refused(void)
{
    static const char *const lines[] = {
        "",
        "hello, world, this is a text",
        "May be the force with you all",
        "2024-05-17,10:05:03,box,sshd[7]:",
        "<>May 17 10:05:03 box sshd[7]: hello",
        "<1234>May 17 10:05:03 box sshd[7]: hello",
        "<38>1 2024-05-17T10:05:03Z box sshd 7 - [a b=\"c hello",
        "<38>1 2024-05-17T10:05:03Z box sshd 7 - hello",
        "<38>1 yesterday box sshd 7 - - hello",
        "May 17 10:05:03",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct log_syslog s;
        bool wrong = split(lines[i], &s);
        CHECK(!wrong);
        if (wrong) {
            printf("# %s\n", lines[i]);
        }
    }
}

/* On an exact copy of every prefix, so that a sanitizer sees a step too far. */
static void every_prefix_is_read_without_a_step_too_far(void)
{
    static const char line[] = "<38>1 2024-05-17T10:05:03Z box sshd 7 - [a b=\"\\]\"] hello";
    static const char other[] = "<38>Fri 2024-05-17 10:05:03 UTC box sshd[7]: hello";
    for (size_t n = 0; n < sizeof(line); n++) {
        for (int k = 0; k < 2; k++) {
            size_t len = n < sizeof(other) ? n : sizeof(other) - 1;
            char *copy = malloc(len ? len : 1);
            struct log_syslog s;
            struct log_clock c;
            log_clock_init(&c, NOW);
            memcpy(copy, k ? line : other, len);
            (void)log_syslog_read(&c, bytes_of(copy, len), &s); /* any answer will do */
            free(copy);
        }
    }
    CHECK(true);
}

/* clang-format off */
TEST_MAIN(
    TEST(forms_give_host_program_pid_and_message),
    TEST(three_programs_are_sshd_and_no_other),
    TEST(words_of_a_message_are_no_program),
    TEST(what_is_no_log_line_is_refused),
    TEST(every_prefix_is_read_without_a_step_too_far),
)
/* clang-format on */
