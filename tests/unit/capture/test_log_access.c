/* tests/unit/capture/test_log_access.c - access logs, in lines and in JSON. */
#include "capture/log_access.h"

#include "test_log.h"

struct want {
    const char *line, *src, *time;
    unsigned status;
    const char *method, *path, *agent, *user, *host; /* NULL: the line does not say */
    unsigned port, src_port;
};

static struct seen_list one(const char *line)
{
    struct seen_list list = see(line);
    CHECK_INT(list.end, ST_END);
    return list;
}

static bool same(const char *got, const char *want)
{
    return (got == NULL) == (want == NULL) && (got == NULL || strcmp(got, want) == 0);
}

static void check(const struct want *w)
{
    struct seen_list list = one(w->line);
    int before = test_failures;
    CHECK_INT(list.n, 1);
    if (list.n == 1) {
        const struct seen *s = &list.items[0];
        CHECK_INT(s->log.service, LOG_WEB);
        CHECK_STR(addr_text(&s->src), w->src);
        CHECK_STR(time_text(s->time_ns), w->time);
        CHECK_INT(s->log.status, w->status);
        CHECK(same(s->method, w->method));
        CHECK(same(s->path, w->path));
        CHECK(same(s->agent, w->agent));
        CHECK(same(s->user, w->user));
        CHECK(same(s->host, w->host));
        CHECK_INT(s->dst_port, w->port);
        CHECK_INT(s->src_port, w->src_port);
        CHECK_INT((s->flags & OBS_V6) != 0, strchr(w->src, ':') != NULL);
        CHECK_INT(s->log.repeat, 1);
        if (test_failures > before) {
            printf("# got %s|%s|%s|%s|%s\n", s->method, s->path, s->agent, s->user, s->host);
        }
    }
    if (test_failures > before) {
        printf("# in: %s\n", w->line);
    }
    forget(&list);
}

#define AT    "[17/May/2015:10:05:03 +0000]"
#define AT_IS "2015-05-17T10:05:03.000000000Z"

static void line_formats_are_read(void)
{
    static const struct want wants[] = {
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS, 200, "GET", "/a"},
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"", "192.0.2.9", AT_IS, 200,
         "GET", "/a"},
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 404 - \"http://x/\" \"curl/8\"", "192.0.2.9",
         AT_IS, 404, "GET", "/a", "curl/8"},
        {"192.0.2.9 - bob " AT " \"PROPFIND /a b HTTP/1.1\" 401 5 \"-\" \"curl/8\" \"203.0.113.1\"",
         "192.0.2.9", AT_IS, 401, "PROPFIND", "/a b", "curl/8", "bob"},
        {"2001:db8::9 - - " AT " \"HEAD / HTTP/2.0\" 301 0 \"-\" \"a \\\"b\\\" c\"", "2001:db8::9",
         AT_IS, 301, "HEAD", "/", "a \\\"b\\\" c"},
        {"www.example.com:443 192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl/8\"",
         "192.0.2.9", AT_IS, 200, "GET", "/a", "curl/8", NULL, "www.example.com", 443},
        {"www.example.com 192.0.2.9 - bob " AT " \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS,
         200, "GET", "/a", NULL, "bob", "www.example.com"},
        {"198.51.100.1:80 192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS, 200,
         "GET", "/a", NULL, NULL, "198.51.100.1", 80},
        {"[2001:db8::1]:80 192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS, 200,
         "GET", "/a", NULL, NULL, "2001:db8::1", 80},
        {"192.0.2.9:4022 - - " AT " \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS, 200, "GET",
         "/a", NULL, NULL, NULL, 0, 4022},
        {"192.0.2.9 - " AT " \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl/8\"", "192.0.2.9", AT_IS, 200,
         "GET", "/a", "curl/8"},
        {"192.0.2.9 - - [17/May/2015:12:05:03 +0200] \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS,
         200, "GET", "/a"},
        {"192.0.2.9 - - [2015-05-17T10:05:03+00:00] \"GET /a HTTP/1.1\" 200 5", "192.0.2.9", AT_IS,
         200, "GET", "/a"},
        {"192.0.2.9 - - " AT " \"GET /a\" 200 5", "192.0.2.9", AT_IS, 200, "GET", "/a"},
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5 0.004 \"-\" \"curl/8\"", "192.0.2.9",
         AT_IS, 200, "GET", "/a", "curl/8"},
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" 200 5 \"-\" \"Mozilla/5.0 (cut", "192.0.2.9",
         AT_IS, 200, "GET", "/a", "Mozilla/5.0 (cut"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        check(&wants[i]);
    }
}

static void garbage_requests_keep_their_text(void)
{
    static const struct want wants[] = {
        {"192.0.2.9 - - " AT " \"\\x16\\x03\\x01\\x00\\xEE\\x01\" 400 150 \"-\" \"-\"", "192.0.2.9",
         AT_IS, 400, NULL, "\\x16\\x03\\x01\\x00\\xEE\\x01"},
        {"192.0.2.9 - - " AT " \"-\" 408 0 \"-\" \"-\"", "192.0.2.9", AT_IS, 408},
        {"192.0.2.9 - - " AT " \"\" 400 0 \"-\" \"-\"", "192.0.2.9", AT_IS, 400},
        {"192.0.2.9 - - " AT " \"hello there\" 400 0 \"-\" \"-\"", "192.0.2.9", AT_IS, 400, NULL,
         "hello there"},
        {"192.0.2.9 - - " AT " \"GET \\\"/a\\\" HTTP/1.1\" 400 0", "192.0.2.9", AT_IS, 400, "GET",
         "\\\"/a\\\""},
        {"192.0.2.9 - - " AT " \"GET /\\\\\" 400 0", "192.0.2.9", AT_IS, 400, "GET", "/\\\\"},
        {"192.0.2.9 - - " AT " \"GET  HTTP/1.1\" 400 0", "192.0.2.9", AT_IS, 400, "GET",
         " HTTP/1.1"},
        {"192.0.2.9 - - " AT " \"GET /a HTTP/1.1\" - 0", "192.0.2.9", AT_IS, 0, "GET", "/a"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        check(&wants[i]);
    }
}

/* The user's name, the path, the referer and the agent are the remote's. */
static void hostile_fields_do_not_move_the_address(void)
{
    static const char *const lines[] = {
        "192.0.2.9 - x 203.0.113.66 - - [01/Jan/2000:00:00:00 +0000] " AT
        " \"GET / HTTP/1.1\" 200 5",
        "192.0.2.9 - x [01/Jan/2000:00:00:00 +0000] \\\"GET / HTTP/1.1\\\" 200 5 " AT
        " \"GET / HTTP/1.1\" 200 5",
        "192.0.2.9 - - " AT " \"GET /\\\" 200 5 203.0.113.66 - - [01/Jan/2000:00:00:00 +0000] "
        "\\\"GET / HTTP/1.1\" 200 5",
        "192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 200 5 \"203.0.113.66 - - [01/Jan/2000:00:00:00 "
        "+0000] \\\"GET /\" \"x\" \"203.0.113.66\"",
        "www.example.com 192.0.2.9 - 203.0.113.66 " AT " \"GET / HTTP/1.1\" 200 5",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct seen_list list = one(lines[i]);
        CHECK(list.n == 1 && strcmp(addr_text(&list.items[0].src), "192.0.2.9") == 0 &&
              strcmp(time_text(list.items[0].time_ns), AT_IS) == 0);
        forget(&list);
    }
}

/* A virtual host that is an address, or a forwarded-for field: both are the
 * remote's to choose, and look the same. */
static void two_addresses_are_not_chosen_between(void)
{
    static const char *const lines[] = {
        "203.0.113.66 192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 200 5",
        "203.0.113.66, 192.0.2.8 192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 200 5",
        "x 203.0.113.66 192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 200 5",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct seen_list list = one(lines[i]);
        CHECK_INT(list.n, 0);
        CHECK_INT(list.counts.nameless, 1);
        CHECK_INT(remarks_of(&list, REMARK_SKIPPED), 1);
        forget(&list);
    }
}

static void host_names_are_counted_and_passed_over(void)
{
    struct seen_list list = one("crawler.example.com - - " AT " \"GET / HTTP/1.1\" 200 5\n"
                                "- - - " AT " \"GET / HTTP/1.1\" 200 5\n"
                                "192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 200 5\n");
    CHECK_INT(list.n, 1);
    CHECK_INT(list.counts.nameless, 2);
    CHECK_INT(remarks_of(&list, REMARK_SKIPPED), 2);
    forget(&list);
}

static void what_is_no_request_is_passed_over(void)
{
    static const char *const lines[] = {
        "192.0.2.9 - - " AT " \"GET / HTTP/1.1\"",    /* cut: no status, but whole */
        "192.0.2.9 - - " AT " \"GET / HTTP/1.1",      /* cut in the request */
        "192.0.2.9 - - " AT " \"GET / HTTP/1.1\" 20", /* cut in the status */
        "192.0.2.9 - - " AT " \"GET / HTTP/1.1\" OK 5",
        "192.0.2.9 - - [32/May/2015] \"GET / HTTP/1.1\" 200 5",
        "192.0.2.9 - - 17/May/2015:10:05:03 +0000 \"GET / HTTP/1.1\" 200 5",
        "192.0.2.9" AT " \"GET / HTTP/1.1\" 200 5",
        "[Thu Oct 13 12:24:49.880562 2022] [error] [client 192.0.2.9:5] \"GET /\" 200",
        "2015/01/21 10:56:10 [error] open() \"/x\" failed, client: 192.0.2.9",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct seen_list list = one(lines[i]);
        CHECK_INT(list.n, i == 0);
        CHECK_INT(list.counts.lines, 1);
        forget(&list);
    }
    struct seen_list bad =
        one("192.0.2.9 - - [31/Feb/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5");
    CHECK_INT(bad.n, 0);
    CHECK_INT(remarks_of(&bad, REMARK_TIME_INVALID), 1);
    forget(&bad);
}

static void json_formats_are_read(void)
{
    static const struct want wants[] = {
        /* nginx, as its administrators write it */
        {"{\"time_iso8601\":\"2015-05-17T12:05:03+02:00\",\"remote_addr\":\"192.0.2.9\","
         "\"remote_user\":\"bob\",\"request\":\"GET /a HTTP/1.1\",\"status\":\"404\","
         "\"http_user_agent\":\"curl/8\",\"server_name\":\"www.example.com\","
         "\"http_x_forwarded_for\":\"203.0.113.66\"}",
         "192.0.2.9", AT_IS, 404, "GET", "/a", "curl/8", "bob", "www.example.com"},
        {"{ \"time_local\": \"17/May/2015:10:05:03 +0000\", \"remote_addr\": \"2001:db8::9\", "
         "\"request_method\": \"POST\", \"request_uri\": \"/a?b\", \"status\": 200, "
         "\"http_user_agent\": \"-\", \"remote_port\": \"4022\", \"server_port\": \"443\" }",
         "2001:db8::9", AT_IS, 200, "POST", "/a?b", NULL, NULL, NULL, 443, 4022},
        {"{\"msec\":\"1431857103.000\",\"remote_addr\":\"192.0.2.9\",\"request\":"
         "\"\\\\x16\\\\x03\","
         "\"status\":400}",
         "192.0.2.9", AT_IS, 400, NULL, "\\x16\\x03"},
        {"{\"msec\":\"1431857103.000\",\"remote_addr\":\"192.0.2.9\",\"request\":\"\\x16\\x03\","
         "\"status\":400}",
         "192.0.2.9", AT_IS, 400, NULL, "\\x16\\x03"},
        /* Caddy: what came by X-Forwarded-For is in client_ip */
        {"{\"level\":\"info\",\"ts\":1431857103.0,\"logger\":\"http.log.access\",\"msg\":\"handled "
         "request\",\"request\":{\"remote_ip\":\"192.0.2.9\",\"remote_port\":\"4022\","
         "\"client_ip\":\"203.0.113.66\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":"
         "\"www.example.com\",\"uri\":\"/a\",\"headers\":{\"User-Agent\":[\"curl/8\"],"
         "\"remote_addr\":[\"203.0.113.66\"]},\"tls\":{\"resumed\":false}},\"user_id\":\"\","
         "\"duration\":0.0009,\"size\":10900,\"status\":404,\"resp_headers\":{\"Server\":"
         "[\"Caddy\"]}}",
         "192.0.2.9", AT_IS, 404, "GET", "/a", "curl/8", NULL, "www.example.com", 0, 4022},
        {"{\"ts\":1431857103,\"request\":{\"remote_addr\":\"[2001:db8::9]:4022\",\"method\":"
         "\"GET\","
         "\"uri\":\"/a\"},\"status\":200}",
         "2001:db8::9", AT_IS, 200, "GET", "/a", NULL, NULL, NULL, 0, 4022},
        /* Traefik: ClientHost may be the forwarded one, ClientAddr never is */
        {"{\"ClientAddr\":\"192.0.2.9:4022\",\"ClientHost\":\"203.0.113.66\",\"ClientPort\":"
         "\"4022\",\"ClientUsername\":\"-\",\"DownstreamStatus\":404,\"OriginStatus\":200,"
         "\"RequestHost\":\"www.example.com\",\"RequestMethod\":\"GET\",\"RequestPath\":\"/a\","
         "\"StartUTC\":\"2015-05-17T10:05:03Z\",\"request_User-Agent\":\"curl/8\",\"time\":"
         "\"2015-05-17T10:05:09Z\"}",
         "192.0.2.9", AT_IS, 404, "GET", "/a", "curl/8", NULL, "www.example.com", 0, 4022},
        /* Apache, as its administrators write it */
        {"{\"time\":\"[17/May/2015:10:05:03 +0000]\",\"remoteIP\":\"192.0.2.9\",\"host\":"
         "\"www.example.com\",\"request\":\"/a\",\"query\":\"\",\"method\":\"GET\",\"status\":"
         "\"200\",\"userAgent\":\"curl/8\"}",
         "192.0.2.9", AT_IS, 200, "GET", "/a", "curl/8", NULL, "www.example.com"},
        {"{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"192.0.2.9\",\"uri\":\"/a\","
         "\"status\":2404,\"remote_port\":70000}",
         "192.0.2.9", AT_IS, 0, NULL, "/a"},
        {"{\"@timestamp\":\"2015-05-17T10:05:03.000Z\",\"clientip\":\"192.0.2.9\",\"verb\":\"GET\","
         "\"url\":\"\\/a\\/\\u00e9\",\"response\":200,\"agent\":\"a \\\"b\\\"\"}",
         "192.0.2.9", AT_IS, 200, "GET", "/a/\xc3\xa9", "a \"b\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        check(&wants[i]);
    }
}

static void json_of_something_else_is_no_request(void)
{
    static const char *const lines[] = {
        "{}",
        "{\"a\":1}",
        "{\"ts\":1431857103.0,\"id.orig_h\":\"192.0.2.9\",\"method\":\"GET\",\"uri\":\"/a\"}",
        "{\"timestamp\":\"2015-05-17T10:05:03Z\",\"src_ip\":\"192.0.2.9\",\"event_type\":\"http\"}",
        "{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"192.0.2.9\",\"msg\":\"hello\"}",
        "{\"remote_addr\":\"192.0.2.9\",\"request\":\"GET / HTTP/1.1\",\"status\":200}",
        "{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"192.0.2.9\",\"request\":\"GET /",
        "[{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"192.0.2.9\",\"uri\":\"/\"}]",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct seen_list list = one(lines[i]);
        CHECK_INT(list.n, 0);
        CHECK_INT(list.counts.unknown, 1);
        forget(&list);
    }
}

/* nginx without escaping lets a header close its string and add a member. */
static void json_with_two_remotes_is_not_read(void)
{
    struct seen_list list =
        one("{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"192.0.2.9\",\"request\":\"GET / "
            "HTTP/1.1\",\"http_user_agent\":\"x\",\"remote_addr\":\"203.0.113.66\"}\n"
            "{\"time\":\"2015-05-17T10:05:03Z\",\"remote_addr\":\"unix:\",\"request\":\"GET / "
            "HTTP/1.1\"}\n"
            "{\"time\":\"2015-05-17T10:05:03Z\",\"ClientHost\":\"203.0.113.66, 192.0.2.9\","
            "\"request\":\"GET / HTTP/1.1\"}\n");
    CHECK_INT(list.n, 0);
    CHECK_INT(list.counts.nameless, 3);
    forget(&list);
}

/* clang-format off */
TEST_MAIN(
    TEST(line_formats_are_read),
    TEST(garbage_requests_keep_their_text),
    TEST(hostile_fields_do_not_move_the_address),
    TEST(two_addresses_are_not_chosen_between),
    TEST(host_names_are_counted_and_passed_over),
    TEST(what_is_no_request_is_passed_over),
    TEST(json_formats_are_read),
    TEST(json_of_something_else_is_no_request),
    TEST(json_with_two_remotes_is_not_read),
)
/* clang-format on */
