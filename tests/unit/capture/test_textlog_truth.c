/* tests/unit/capture/test_textlog_truth.c - what other people's tools and truths
 * say of real logs. */
#include <jansson.h>

#include "test_log.h"

static const struct addr *find_addr(const struct addr *set, size_t n, const struct addr *a)
{
    for (size_t i = 0; i < n; i++) {
        if (addr_equal(&set[i], a)) {
            return &set[i];
        }
    }
    return NULL;
}

struct counted {
    uint64_t lines, events;
    size_t sources;
    struct addr set[4000];
};

static void count(struct counted *c, const struct seen *s)
{
    c->lines++;
    c->events += s->log.repeat;
    if (find_addr(c->set, c->sources, &s->src) == NULL && c->sources < ARRAY_LEN(c->set)) {
        c->set[c->sources++] = s->src;
    }
}

static bool is_failed(const struct seen *s)
{
    return s->log.outcome == LOG_REFUSED && s->log.tally == LOG_TALLY_SSHD;
}

struct guesser {
    const char *src, *first, *last;
    unsigned events, users;
};

static void check_guesser(const struct seen_list *list, const struct guesser *g)
{
    const char *users[64];
    const struct seen *first = NULL;
    const struct seen *last = NULL;
    unsigned events = 0;
    unsigned n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct seen *s = &list->items[i];
        if (!is_failed(s) || strcmp(addr_text(&s->src), g->src) != 0) {
            continue;
        }
        first = first ? first : s;
        last = s;
        events += s->log.repeat;
        unsigned k = 0;
        while (k < n && strcmp(users[k], s->user) != 0) {
            k++;
        }
        if (k == n && n < ARRAY_LEN(users)) {
            users[n++] = s->user;
        }
    }
    CHECK_INT(events, g->events);
    CHECK_INT(n, g->users);
    CHECK(first != NULL && strstr(time_text(first->time_ns), g->first) != NULL);
    CHECK(last != NULL && strstr(time_text(last->time_ns), g->last) != NULL);
}

static void truth_of_an_auth_log_is_found(void)
{
    static struct counted failed, invalid, accepted;
    struct bytes text = shared_file("sshd/elastic-auth.log");
    if (text.data == NULL) {
        return;
    }
    struct seen_list list = see_at(text, NOW);
    for (size_t i = 0; i < list.n; i++) {
        const struct seen *s = &list.items[i];
        if (is_failed(s)) {
            count(&failed, s);
        } else if (s->log.outcome == LOG_NO_USER) {
            count(&invalid, s);
        } else if (s->log.outcome == LOG_ACCEPTED) {
            count(&accepted, s);
        }
    }
    CHECK_INT(list.counts.lines, 7121);
    CHECK_INT(failed.lines, 717); /* 85 of them "message repeated" */
    CHECK_INT(failed.events, 1042);
    CHECK_INT(failed.sources, 105);
    CHECK_INT(invalid.events, 178);
    CHECK_INT(invalid.sources, 68);
    CHECK_INT(accepted.events, 226);
    static const struct guesser guessers[] = {
        {"24.151.103.17", "03-29T17:48:33", "03-30T16:01:35", 157, 7},
        {"49.4.143.105", "04-05T07:11:17", "04-05T07:28:02", 120, 1},
        {"34.204.227.175", "04-06T20:48:27", "04-06T20:52:19", 43, 0},
    };
    for (size_t i = 0; i < 2; i++) {
        check_guesser(&list, &guessers[i]);
    }
    forget(&list);
    free_bytes(text);
}

static void truth_of_an_access_log_is_found(void)
{
    static struct counted all, errors, loudest;
    struct bytes text = shared_file("web/elastic-apache_logs");
    if (text.data == NULL) {
        return;
    }
    struct seen_list list = see_at(text, NOW);
    for (size_t i = 0; i < list.n; i++) {
        const struct seen *s = &list.items[i];
        count(&all, s);
        if (s->log.status >= 400 && s->log.status < 500) {
            count(&errors, s);
            if (strcmp(addr_text(&s->src), "208.91.156.11") == 0) {
                count(&loudest, s);
            }
        }
    }
    CHECK_INT(list.counts.lines, 10000);
    CHECK_INT(all.lines, 10000);
    CHECK_INT(all.sources, 1753);
    CHECK_INT(errors.lines, 217);
    CHECK_INT(loudest.lines, 60);
    forget(&list);
    free_bytes(text);
}

/* Where our reading differs from fail2ban's, and why ours stands. */
static bool understood(const char *line, const char *host)
{
    return strstr(line, host) == NULL /* it remembers the line before */
           /* A password's line ends behind "ssh2": the first address is a name's. */
           || strstr(line, "58946 ssh2: from 10.10.1.2 port 55555 ssh2") != NULL ||
           strstr(line, " [error] ") != NULL; /* error logs are not read here */
}

static void ask_like_fail2ban(const char *line, const json_t *want, unsigned *agreed)
{
    char text[2000];
    int n = snprintf(text, sizeof(text), "%s\n", line);
    struct seen_list list =
        see_at(bytes_of(text, (size_t)n), INT64_C(1124020800000000000)); /* 2005-08-14 */
    const char *host = json_string_value(json_object_get(want, "host"));
    const char *time = json_string_value(json_object_get(want, "time"));
    struct addr a;
    for (size_t i = 0; i < list.n; i++) { /* nobody is accused who is not in the line */
        CHECK(strstr(line, addr_text(&list.items[i].src)) != NULL);
    }
    if (host == NULL || addr_parse(bytes_of(host, strlen(host)), &a) != ST_OK ||
        understood(line, host)) {
        forget(&list);
        return;
    }
    bool same = list.n == 1 && addr_equal(&list.items[0].src, &a);
    CHECK(same);
    if (!same) {
        printf("# %s\n# %s\n", host, line);
    }
    if (same && time != NULL && line[0] >= 'A' && line[0] <= 'Z') { /* others name a zone */
        CHECK(strncmp(time_text(list.items[0].time_ns), time, 19) == 0);
    }
    *agreed += same;
    forget(&list);
}

static unsigned hold_against_fail2ban(const char *file)
{
    unsigned agreed = 0;
    struct bytes text = shared_file(file);
    char *rest = (char *)(uintptr_t)text.data;
    json_t *want = NULL;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "# failJSON: ", 12) == 0) {
            json_decref(want);
            want = json_loads(line + 12, 0, NULL);
            CHECK(want != NULL);
        } else if (line[0] != '#' && line[0] != '\0' && want != NULL) {
            ask_like_fail2ban(line, want, &agreed);
        }
    }
    json_decref(want);
    free_bytes(text);
    return agreed;
}

static void fail2ban_finds_the_same_addresses(void)
{
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    CHECK_INT(hold_against_fail2ban("fail2ban/sshd"), 91);
    CHECK_INT(hold_against_fail2ban("fail2ban/apache-badbots"), 4);
    CHECK_INT(hold_against_fail2ban("fail2ban/nginx-botsearch"), 8);
}

/* Error logs are not read here; they begin "[Thu" or "2021/". */
static bool in_error_log(struct bytes text, const char *message)
{
    const uint8_t *at = memmem(text.data, text.len, message, strlen(message));
    const uint8_t *line = at;
    while (line != NULL && line > text.data && line[-1] != '\n') {
        line--;
    }
    return line != NULL && (line[0] == '[' || line[4] == '/');
}

/* CrowdSec's expectations: pairs of a message and the address in it. */
static unsigned hold_against_crowdsec(const char *log, const char *expected)
{
    struct bytes text = shared_file(log);
    struct bytes truth = shared_file(expected);
    if (text.data == NULL || truth.data == NULL) {
        return 0;
    }
    struct seen_list list = see_at(text, NOW);
    unsigned agreed = 0;
    char *rest = (char *)(uintptr_t)truth.data;
    char message[1000] = "";
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *value = strstr(line, "\"] == \"");
        if (value == NULL || strstr(line, "[\"s01-parse\"]") == NULL) {
            continue;
        }
        value += 7;
        value[strlen(value) - 1] = '\0';
        if (strstr(line, "Evt.Parsed[\"message\"]") != NULL) {
            size_t n = 0;
            for (char *c = value; *c != '\0' && n + 1 < sizeof(message); c++) {
                c += *c == '\\' && c[1] != '\0';
                message[n++] = *c;
            }
            message[n] = '\0';
        } else if (strstr(line, "Evt.Meta[\"source_ip\"]") != NULL) {
            bool found = false;
            for (size_t i = 0; i < list.n && !found; i++) {
                const char *at = (const char *)text.data + list.items[i].offset;
                const char *end = strchrnul(at, '\n');
                found = memmem(at, (size_t)(end - at), message, strlen(message)) != NULL &&
                        strcmp(addr_text(&list.items[i].src), value) == 0;
            }
            bool error_log = in_error_log(text, message);
            CHECK(found || error_log);
            if (!found && !error_log) {
                printf("# %s: %s\n", value, message);
            }
            agreed += found;
        }
    }
    forget(&list);
    free_bytes(text);
    free_bytes(truth);
    return agreed;
}

static void crowdsec_finds_the_same_addresses(void)
{
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    CHECK_INT(hold_against_crowdsec("crowdsec/sshd-logs/sshd-logs.log",
                                    "crowdsec/sshd-logs/parser.assert"),
              23);
    CHECK_INT(hold_against_crowdsec("crowdsec/sshd-invalid-bf/sshd-invalid-bf.log",
                                    "crowdsec/sshd-invalid-bf/parser.assert"),
              6);
    CHECK_INT(hold_against_crowdsec("crowdsec/apache2-logs/apache2-logs.log",
                                    "crowdsec/apache2-logs/parser.assert"),
              7);
    CHECK_INT(hold_against_crowdsec("crowdsec/nginx_http-logs/nginx_http-logs.log",
                                    "crowdsec/nginx_http-logs/parser.assert"),
              8);
}

/* clang-format off */
TEST_MAIN(
    TEST(truth_of_an_auth_log_is_found),
    TEST(truth_of_an_access_log_is_found),
    TEST(fail2ban_finds_the_same_addresses),
    TEST(crowdsec_finds_the_same_addresses),
)
/* clang-format on */
