/* tests/unit/capture/test_log_journal.c - the systemd journal, as JSON and in
 * export format, and whose entries count as sshd's. */
#include "capture/log_journal.h"

#include "test_log.h"

#define FAILED "Failed password for root from 192.0.2.9 port 4022 ssh2"
#define US     "1715940303250000"
#define US_IS  "2024-05-17T10:05:03.250000000Z"

static struct seen_list one(struct bytes text, bool seen)
{
    struct seen_list list = see_at(text, NOW);
    CHECK_INT(list.end, ST_END);
    CHECK_INT(list.n, seen);
    if (list.n == 1 && seen) {
        CHECK_STR(addr_text(&list.items[0].src), "192.0.2.9");
        CHECK_INT(list.items[0].src_port, 4022);
        CHECK_STR(time_text(list.items[0].time_ns), US_IS);
        CHECK_INT(list.items[0].log.outcome, LOG_REFUSED);
        CHECK_STR(list.items[0].user, "root");
    } else if (list.n != seen) {
        printf("# %.*s\n", text.len < 300 ? (int)text.len : 300, (const char *)text.data);
    }
    return list;
}

static void reads(const char *text)
{
    struct seen_list list = one(bytes_of(text, strlen(text)), true);
    CHECK_INT(list.remarks.n, 0);
    if (list.n == 1) {
        CHECK_INT(list.items[0].log.session, 77);
        CHECK_STR(list.items[0].host, "box");
    }
    forget(&list);
}

static void reads_not(const char *text)
{
    struct seen_list list = one(bytes_of(text, strlen(text)), false);
    forget(&list);
}

#define JSON(more)                                                                                 \
    "{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"" US "\",\"_HOSTNAME\":\"box\"," more "}"

#define TWICE JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"77\",\"MESSAGE\":\"" FAILED "\"")
#define EXPORT_TWICE                                                                               \
    "__REALTIME_TIMESTAMP=" US "\n_HOSTNAME=box\nSYSLOG_IDENTIFIER=sshd\n_PID=77\nMESSAGE=" FAILED \
    "\nMESSAGE=x\n\n"

static void json_entries_of_sshd_are_read(void)
{
    reads(JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"77\",\"MESSAGE\":\"" FAILED "\"") "\n");
    reads(JSON("\"_COMM\":\"sshd-session\",\"_PID\":\"77\",\"MESSAGE\":\"" FAILED "\""));
    reads(JSON("\"MESSAGE\":\"" FAILED "\",\"SYSLOG_IDENTIFIER\":\"sshd-session\",\"_COMM\":\"sshd-"
               "session\",\"_PID\":\"77\"") "\r\n");
    reads("\x1e" JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"77\",\"MESSAGE\":\"" FAILED
                      "\"") "\n");
    /* Text that is not UTF-8 comes as an array of bytes. */
    reads(JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"77\",\"MESSAGE\":[70,97,105,108,101,100,"
               "32,112,97,115,115,119,111,114,100,32,102,111,114,32,114,111,111,116,32,102,114,111,"
               "109,32,49,57,50,46,48,46,50,46,57,32,112,111,114,116,32,52,48,50,50,32,115,115,104,"
               "50]"));
    reads(JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"77\",\"MESSAGE\":\"Failed password for "
               "\\u0072oot from 192.0.2.9 port 4022 ssh2\""));
}

/* Anybody may call himself sshd; the kernel's name for him says otherwise. */
static void entries_of_others_are_not_sshds(void)
{
    reads_not(JSON("\"SYSLOG_IDENTIFIER\":\"su\",\"MESSAGE\":\"" FAILED "\""));
    reads_not(
        JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"_COMM\":\"logger\",\"MESSAGE\":\"" FAILED "\""));
    reads_not(JSON("\"SYSLOG_IDENTIFIER\":\"su\",\"_COMM\":\"sshd\",\"MESSAGE\":\"" FAILED "\""));
    reads_not(JSON("\"MESSAGE\":\"" FAILED "\""));
    reads_not(JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":null"));
    reads_not(JSON("\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":[70,300]"));
    reads_not("__CURSOR=s=1\n__REALTIME_TIMESTAMP=" US "\nSYSLOG_IDENTIFIER=sshd\n_COMM=logger\n"
              "MESSAGE=" FAILED "\n\n");
    reads_not("__CURSOR=s=1\n__REALTIME_TIMESTAMP=" US "\nMESSAGE=" FAILED "\n\n");
    reads_not("__CURSOR=s=1\n__REALTIME_TIMESTAMP=" US "\nSYSLOG_IDENTIFIER=su\nMESSAGE="
              "SYSLOG_IDENTIFIER=sshd " FAILED "\n\n");
}

#define HEAD "__CURSOR=s=1\n__REALTIME_TIMESTAMP=" US "\n__MONOTONIC_TIMESTAMP=5\n_HOSTNAME=box\n"
#define SSHD "SYSLOG_IDENTIFIER=sshd\n_COMM=sshd\n_PID=77\n"

/* Which of the two is right, nothing tells. */
static void entries_with_a_field_twice_are_not_read_but_told(void)
{
    static const char *const again[] = {"\"MESSAGE\":\"" FAILED "\"", "\"_PID\":\"78\"",
                                        "\"_HOSTNAME\":\"box\"", "\"__REALTIME_TIMESTAMP\":\"1\""};
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
        char text[1024];
        (void)snprintf(text, sizeof(text), "%.*s,%s}\n", (int)sizeof(TWICE) - 2, TWICE, again[i]);
        struct seen_list list = one(bytes_of(text, strlen(text)), false);
        CHECK(list.remarks.n == 2 && list.remarks.items[0].code == REMARK_SKIPPED);
        forget(&list);
    }
    struct seen_list list = one(BYTES_LITERAL(EXPORT_TWICE), false);
    CHECK(list.remarks.n == 2 && list.remarks.items[0].code == REMARK_SKIPPED);
    forget(&list);
}

static void export_entries_of_sshd_are_read(void)
{
    reads(HEAD SSHD "MESSAGE=" FAILED "\n\n");
    reads(HEAD "MESSAGE=" FAILED "\n" SSHD "\n");
    reads("\n\n" HEAD SSHD "MESSAGE=" FAILED "\n\n\n");
    reads(HEAD "SYSLOG_IDENTIFIER=CRON\nMESSAGE=" FAILED "\n\n" HEAD SSHD "MESSAGE=" FAILED "\n\n");
}

/* NAME, line end, 64 bits of length, so many bytes, line end. */
static struct bytes with_binary(const char *name, struct bytes value, const char *before,
                                const char *after)
{
    size_t n = strlen(before) + strlen(name) + 1 + 8 + value.len + 1 + strlen(after);
    uint8_t *data = malloc(n);
    uint8_t *to = data;
    to = (uint8_t *)mempcpy(to, before, strlen(before));
    to = (uint8_t *)mempcpy(to, name, strlen(name));
    *to++ = '\n';
    for (int i = 0; i < 8; i++) {
        *to++ = (uint8_t)((uint64_t)value.len >> (8 * i));
    }
    to = (uint8_t *)mempcpy(to, value.data, value.len);
    *to++ = '\n';
    memcpy(to, after, strlen(after));
    return bytes_of(data, n);
}

static void fields_with_a_length_are_read_and_passed_over(void)
{
    struct bytes message =
        with_binary("MESSAGE", BYTES_LITERAL(FAILED), HEAD SSHD, "SYSLOG_FACILITY=4\n\n");
    struct seen_list list = one(message, true);
    forget(&list);
    free_bytes(message);
    struct bytes hostile = with_binary(
        "DATA",
        BYTES_LITERAL("x\n\nSYSLOG_IDENTIFIER=su\nMESSAGE=y\n\nMay 17 10:05:03 box sshd[1]:"
                      " Accepted password for root from 203.0.113.66 port 1 ssh2\n"),
        HEAD SSHD, "MESSAGE=" FAILED "\n\n");
    list = one(hostile, true);
    forget(&list);
    free_bytes(hostile);
}

static void huge_fields_take_no_memory(void)
{
    size_t n = 9U << 20;
    uint8_t *junk = malloc(n);
    memset(junk, '\n', n);
    struct bytes text =
        with_binary("COREDUMP", bytes_of(junk, n), HEAD SSHD, "MESSAGE=" FAILED "\n\n");
    struct seen_list list = one(text, true);
    CHECK_INT(list.remarks.n, 0);
    forget(&list);
    free_bytes(text);
    text = with_binary("MESSAGE", bytes_of(junk, n), HEAD SSHD, "\n");
    list = one(text, false);
    CHECK_INT(remarks_of(&list, REMARK_LINE_LONG), 1);
    forget(&list);
    free_bytes(text);
    memset(junk, 'x', n);
    junk[n - 1] = '\0';
    char *line = malloc(n + 400);
    (void)snprintf(line, n + 400, "%sENVIRONMENT=%s\n%s%s", HEAD, (char *)junk, SSHD,
                   "MESSAGE=" FAILED "\n\n");
    list = one(bytes_of(line, strlen(line)), true);
    CHECK_INT(remarks_of(&list, REMARK_LINE_LONG), 1);
    forget(&list);
    free(line);
    free(junk);
}

static void a_length_that_cannot_be_ends_the_entry(void)
{
    static const char text[] = HEAD SSHD "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7f\n"
                                         "May 17 10:05:03.25 box sshd[77]: " FAILED "\n";
    struct seen_list list = one(BYTES_LITERAL(text), true);
    CHECK_INT(remarks_of(&list, REMARK_SKIPPED), 1);
    forget(&list);
}

static void what_follows_an_export_is_read_as_lines(void)
{
    static const char text[] =
        HEAD SSHD "MESSAGE=" FAILED "\n\n"
                  "May 17 10:05:03 box sshd[1]: " FAILED "\n" HEAD SSHD "MESSAGE=" FAILED "\n\n"
                  "192.0.2.1 - - [17/May/2024:10:05:03 +0000] \"GET / "
                  "HTTP/1.1\" 200 5\n";
    struct seen_list list = see(text);
    CHECK_INT(list.n, 4);
    CHECK_INT(list.counts.lines, 4);
    CHECK_INT(list.items[3].log.service, LOG_WEB);
    CHECK_INT(list.items[0].offset, 0);
    CHECK_INT(list.items[2].offset, strstr(text + 1, "__CURSOR") - text);
    forget(&list);
}

static void an_entry_that_is_cut_is_told(void)
{
    static const char text[] =
        HEAD SSHD "MESSAGE=" FAILED "\n\n" HEAD SSHD "MESSAGE=" FAILED "\n\n";
    size_t whole = (sizeof(text) - 1) / 2;
    for (size_t n = whole + 1; n + 1 < sizeof(text); n++) {
        struct seen_list list = see_at(bytes_of(text, n), NOW);
        CHECK_INT(list.n, 1);
        CHECK_INT(remarks_of(&list, REMARK_CUT), 1);
        CHECK(list.remarks.n == 1 && list.remarks.items[0].partial &&
              list.remarks.items[0].offset == whole);
        forget(&list);
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(json_entries_of_sshd_are_read),
    TEST(entries_of_others_are_not_sshds),
    TEST(entries_with_a_field_twice_are_not_read_but_told),
    TEST(export_entries_of_sshd_are_read),
    TEST(fields_with_a_length_are_read_and_passed_over),
    TEST(huge_fields_take_no_memory),
    TEST(a_length_that_cannot_be_ends_the_entry),
    TEST(what_follows_an_export_is_read_as_lines),
    TEST(an_entry_that_is_cut_is_told),
)
/* clang-format on */
