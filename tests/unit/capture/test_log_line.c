/* tests/unit/capture/test_log_line.c - telling logs by their look. */
#include "test_log.h"

#define FAILED "Failed password for root from 192.0.2.9 port 4022 ssh2\n"

static const char *sniff(const char *text)
{
    const char *name = textlog_sniff(bytes_of(text, strlen(text)));
    return name != NULL ? name : "none";
}

static void logs_are_told_by_their_content(void)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"May 17 10:05:03 box sshd[7]: " FAILED, "sshd log (syslog)"},
        {"May 17 10:05:03 box sshd[7]: " FAILED "May 17 10:05:03 box CRON[8]: x\n",
         "sshd log (syslog)"},
        {"May 17 10:05:03 box CRON[8]: x\nMay 17 10:05:03 box su: y\n", "syslog"},
        {"May 17 10:05:03 box kernel: x", "syslog"},
        {"2024-05-17T10:05:03.1+02:00 box sshd[7]: " FAILED, "sshd log (syslog)"},
        {"<38>1 2024-05-17T10:05:03Z box sshd 7 - - " FAILED, "sshd log (RFC 5424)"},
        {"1715940303.250000 box sshd[7]: " FAILED, "sshd log (journal)"},
        {"{\"__REALTIME_TIMESTAMP\":\"1\",\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":\"x\"}\n",
         "sshd log (journal JSON)"},
        {"{\"__REALTIME_TIMESTAMP\":\"1\",\"SYSLOG_IDENTIFIER\":\"su\",\"MESSAGE\":\"x\"}\n",
         "journal (JSON)"},
        {"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=x\n\n",
         "sshd log (journal export)"},
        {"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nSYSLOG_IDENTIFIER=su\nMESSAGE=x\n\n",
         "journal (export)"},
        {"192.0.2.9 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5\n",
         "web access log (common)"},
        {"192.0.2.9 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n",
         "web access log (combined)"},
        {"{\"ts\":1.5,\"request\":{\"remote_ip\":\"192.0.2.9\",\"method\":\"GET\",\"uri\":\"/"
         "\"}}\n",
         "web access log (JSON)"},
        {"\xef\xbb\xbfMay 17 10:05:03 box sshd[7]: " FAILED, "sshd log (syslog)"},
        {"\r\nMay 17 10:05:03 box sshd[7]: " FAILED, "sshd log (syslog)"},
        {"# a comment\n# another\n# a third\n# a fourth\nMay 17 10:05:03 box sshd[7]: " FAILED,
         "sshd log (syslog)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STR(sniff(cases[i].text), cases[i].name);
    }
}

static void other_text_is_no_log(void)
{
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "hello\n",
        "May be the force with you.\nSunday is a day.\n",
        "a,b,c\n1,2,3\n",
        "2024-05-17,10:05:03,box,sshd,x\n",
        "2024-05-17 10:05:03 something happened\n2024-05-17 10:05:04 something else\n",
        "2024-05-17T10:05:03Z INFO something happened\n",
        "{\"ts\":1.5,\"uid\":\"C1\",\"id.orig_h\":\"192.0.2.9\",\"proto\":\"tcp\"}\n",
        "{\"eventid\":\"login.failed\",\"src_ip\":\"192.0.2.9\",\"timestamp\":\"2024-05-17T10:05:"
        "03Z\"}\n",
        "#separator \\x09\n#path\tconn\n1.5\tC1\t192.0.2.9\n",
        "x\nx\nx\nx\nx\nx\nx\nx\nMay 17 10:05:03 box sshd[7]: " FAILED,
        "%PDF-1.4\n",
        "\x7f"
        "ELF\x02\x01\x01",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CHECK_STR(sniff(texts[i]), "none");
    }
}

static void noise_is_no_log(void)
{
    static uint8_t junk[65536];
    uint64_t seed = 3;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(junk); i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            junk[i] = (uint8_t)(seed >> 40);
        }
        CHECK(textlog_sniff(bytes_of(junk, sizeof(junk))) == NULL);
    }
    memset(junk, '{', sizeof(junk));
    CHECK(textlog_sniff(bytes_of(junk, sizeof(junk))) == NULL);
    memset(junk, '"', sizeof(junk));
    CHECK(textlog_sniff(bytes_of(junk, sizeof(junk))) == NULL);
    memset(junk, '\n', sizeof(junk));
    CHECK(textlog_sniff(bytes_of(junk, sizeof(junk))) == NULL);
}

/* A pipe may show less of the input than a file does. */
static void only_the_first_64_kib_count(void)
{
    size_t n = 300000;
    char *text = malloc(n + 1);
    size_t at = 0;
    while (at < 65536) {
        strcpy(text + at, "May 17 10:05:03 box sshd[7]: " FAILED);
        at += strlen(text + at);
    }
    memset(text + at, '\n', n - at);
    for (size_t i = at; i + 2 < n; i += 3) {
        text[i] = 'x';
    }
    text[n] = '\0';
    CHECK_STR(sniff(text), "sshd log (syslog)");
    free(text);
}

static void every_form_has_a_name(void)
{
    for (int i = 0; i < LOG_FORM_COUNT; i++) {
        CHECK(log_form_name((enum log_form)i, false) != NULL);
        CHECK(log_form_name((enum log_form)i, true) != NULL);
    }
}

static void real_files_are_told(void)
{
    static const struct {
        const char *file, *name;
    } cases[] = {
        {"sshd/elastic-auth.log", "sshd log (syslog)"},
        {"fail2ban/sshd", "sshd log (syslog)"},
        {"crowdsec/sshd-logs/sshd-logs.log", "sshd log (syslog)"},
        {"web/elastic-apache_logs", "web access log (combined)"},
        {"crowdsec/apache-http-probing/apache-http-probing.log", "web access log (common)"},
        {"crowdsec/nginx_http-logs/nginx_http-logs.log", "web access log (combined)"},
        {"fail2ban/apache-badbots", "web access log (combined)"},
        {"firewall/dunneja-iptables.log", "syslog"},
        {"honeypot/ranguli-cowrie.json", "none"},
        {"zeek/slips-vertical-conn.log", "none"},
        {"zeek/slips-test10-conn.log", "none"},
        {"zeek/slips-test10-notice.log", "none"},
        {"zeek/zed-ssh.log", "none"},
        {"crowdsec/suricata-logs-evelog/suricata-logs-evelog.log", "none"},
        {"crowdsec/sshesame/sshesame.log", "none"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bytes text = shared_file(cases[i].file);
        if (text.data == NULL) {
            return;
        }
        struct bytes first = {text.data, text.len < 65536 ? text.len : 65536};
        const char *name = textlog_sniff(first);
        CHECK_STR(name ? name : "none", cases[i].name);
        free_bytes(text);
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(logs_are_told_by_their_content),
    TEST(other_text_is_no_log),
    TEST(noise_is_no_log),
    TEST(only_the_first_64_kib_count),
    TEST(every_form_has_a_name),
    TEST(real_files_are_told),
)
/* clang-format on */
