/* tests/unit/detect/test_web.c - who looks for weak spots on web servers. */
#include <fcntl.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "base/model/tool.h"
#include "capture/input.h"
#include "detect/web/web.h"
#include "detect/web/words.h"
#include "test.h"

static struct definition_set definitions;

/* A detector under test, and what has not been fed to it yet. */
struct bench {
    struct web *web;
    struct finding_list findings;
    struct obs_batch batch;
    size_t batch_max; /* so many observations at once */
    uint64_t pos;
    enum status st;
};

enum { MISSING = 20, PATHS = 5, IDLE_S = 3600, FRAMES_MAX = 1024 };
static const char browser[] = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101";

static enum status begin(struct bench *b, size_t batch_max, uint64_t seed)
{
    struct web_options opt = {.definitions = &definitions, .findings = &b->findings, .seed = seed};
    *b = (struct bench){.batch_max = batch_max};
    finding_list_init(&b->findings, 1 << 20);
    return definition_set_builtin("default", &definitions) == ST_OK ? web_new(&opt, &b->web)
                                                                    : ST_NOMEM;
}

static void flush(struct bench *b)
{
    if (b->st == ST_OK && b->batch.n > 0) {
        b->st = web_feed(b->web, &b->batch);
    }
    b->batch.n = 0;
}

static void end(struct bench *b)
{
    flush(b);
    b->st = b->st == ST_OK ? web_finish(b->web) : b->st;
    finding_list_sort(&b->findings);
}

static void drop(struct bench *b)
{
    web_free(b->web);
    finding_list_fini(&b->findings);
}

/* A text with a number in the place of its '#'. It must live until its batch is fed. */
static const char *text_of(const char *with_hash, int i)
{
    static char ring[OBS_BATCH_MAX * 4][64];
    static size_t at;
    char *out = ring[at++ % (sizeof(ring) / sizeof(ring[0]))];
    const char *hash = strchr(with_hash, '#');
    (void)snprintf(out, sizeof(ring[0]), "%.*s%d%s", (int)(hash - with_hash), with_hash, i,
                   hash + 1);
    return out;
}

static struct observation *next_of(struct bench *b, enum obs_type type, int time_s)
{
    if (b->batch.n >= b->batch_max || (b->batch.n > 0 && b->batch.obs[0].type != type)) {
        flush(b);
    }
    struct observation *o = &b->batch.obs[b->batch.n];
    *o = (struct observation){
        .type = (uint8_t)type, .time_ns = time_s * TIME_SECOND, .pos = pos_make(0, b->pos += 100)};
    return o;
}

static void line_by(struct bench *b, uint32_t who, int time_s, const char *path, uint16_t status,
                    const char *agent)
{
    struct observation *o = next_of(b, OBS_LOG, time_s);
    struct obs_log *l = &b->batch.logs[b->batch.n++];
    o->src = addr_from_v4(who);
    o->log = l;
    *l = (struct obs_log){.service = LOG_WEB,
                          .repeat = 1,
                          .status = status,
                          .method = BYTES_LITERAL("GET"),
                          .path = bytes_of(path, strlen(path)),
                          .agent = bytes_of(agent, strlen(agent))};
}

static void line(struct bench *b, int time_s, const char *path, uint16_t status)
{
    line_by(b, 0x01020304, time_s, path, status, browser);
}

static struct observation *packet(struct bench *b, int time_s, uint16_t port, bool answer)
{
    struct observation *o = next_of(b, OBS_PACKET, time_s);
    b->batch.n++;
    o->src = addr_from_v4(answer ? 0xc0000201 : 0x01020304);
    o->dst = addr_from_v4(answer ? 0x01020304 : 0xc0000201);
    o->src_port = answer ? 80 : port;
    o->dst_port = answer ? port : 80;
    o->proto = PROTO_TCP;
    o->flags = OBS_L4;
    o->tcp_flags = TCP_ACK | TCP_PSH;
    return o;
}

/* A request of 100 bytes that acknowledges `ack`, answered or not. */
static void asks(struct bench *b, uint16_t port, uint32_t seq, uint32_t ack, const char *payload)
{
    struct observation *o = packet(b, 10, port, false);
    o->seq = seq;
    o->ack = ack;
    o->payload = (const uint8_t *)payload;
    o->captured_len = (uint16_t)strlen(payload);
    o->payload_len = 100;
}

static void answers(struct bench *b, uint16_t port, uint32_t seq, const char *payload)
{
    struct observation *o = packet(b, 10, port, true);
    o->seq = seq;
    o->payload = (const uint8_t *)payload;
    o->captured_len = (uint16_t)strlen(payload);
    o->payload_len = 500;
}

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
static const char found[] = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n";

/* The only finding, or NULL. */
static const struct finding *only(const struct bench *b)
{
    return b->findings.n == 1 ? b->findings.items[0] : NULL;
}

static bool speaks_of(int missing, int there)
{
    struct bench b;
    CHECK(begin(&b, 7, 1) == ST_OK);
    for (int i = 0; i < missing; i++) {
        line(&b, i, text_of("/page#", i), 404);
    }
    for (int i = 0; i < there; i++) {
        line(&b, missing + i, "/", 200);
    }
    end(&b);
    CHECK(b.st == ST_OK);
    bool found_one = b.findings.n > 0;
    if (!found_one) {
        CHECK_INT(web_stats(b.web).background_remotes, missing > 0);
        CHECK_INT(web_stats(b.web).background_missing, missing);
    }
    drop(&b);
    return found_one;
}

static void twenty_missing_paths_are_a_probe_and_nineteen_are_not(void)
{
    CHECK(!speaks_of(MISSING - 1, 0));
    CHECK(speaks_of(MISSING, 0));
}

static void they_must_be_half_of_what_was_asked_for(void)
{
    CHECK(speaks_of(MISSING, MISSING));
    CHECK(!speaks_of(MISSING, MISSING + 1));
}

static void a_finding_counts_every_request_of_its_event(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    line(&b, 5, "/", 200);
    for (int i = 0; i < 30; i++) {
        line(&b, 10 + i, text_of("/a?b=#", i % 3), 404);
        line(&b, 10 + i, text_of("/p#", i), 403);
    }
    line_by(&b, 0x05060708, 20, "/p1", 404, browser); /* somebody else */
    line(&b, 99, "/index.html", 304);
    end(&b);
    const struct finding *f = only(&b);
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_STR(f->definition, "probe.web/1");
        CHECK_STR(f->protocol, "http");
        CHECK_STR(f->technique, "request");
        CHECK_INT(f->packets, 62);
        CHECK_INT(f->paths, 35); /* with the query: it is part of the target */
        CHECK_INT(f->missing, 60);
        CHECK_INT(f->counted, 31); /* without */
        CHECK_INT(f->threshold, MISSING);
        CHECK_INT(f->when.first_ns / TIME_SECOND, 5);
        CHECK_INT(f->when.last_ns / TIME_SECOND, 99);
        CHECK_INT(pos_offset(f->when.first_pos), 100);
        CHECK(f->authentic == AUTHENTIC_TWO_WAY && (f->flags & FINDING_LOG) != 0);
        CHECK(f->has_initiator && addr_v4(&f->initiator) == 0x01020304);
    }
    drop(&b);
}

/* As many virtual hosts as there are names, in whatever order requests come. */
static void every_server_is_counted_once(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    static const char *const hosts[] = {"one.example", "two.example", "one.exampl", "two.example"};
    for (int i = 0; i < 60; i++) {
        line(&b, i, text_of("/page#", i), 404);
        struct obs_log *l = &b.batch.logs[b.batch.n - 1];
        const char *host = hosts[i % 7 % 4];
        l->host = bytes_of(host, strlen(host));
        line_by(&b, 0x05060708, i, "/", 200, browser); /* in between, of no name */
    }
    end(&b);
    const struct finding *f = only(&b);
    CHECK(f != NULL && f->targets == 3);
    drop(&b);
}

static void events_end_with_a_gap_over_the_idle_time(void)
{
    for (int over = 0; over < 2; over++) {
        struct bench b;
        CHECK(begin(&b, 64, 1) == ST_OK);
        for (int i = 0; i < MISSING; i++) {
            line(&b, i < MISSING / 2 ? 0 : IDLE_S + over, text_of("/page#", i), 404);
        }
        end(&b);
        CHECK_INT(b.findings.n, !over);
        drop(&b);
    }
}

static size_t after_times(const char *path, uint16_t status, int times, bool numbered)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int i = 0; i < times; i++) {
        line(&b, i, numbered ? text_of(path, i) : path, status);
    }
    end(&b);
    size_t n = b.findings.n;
    drop(&b);
    return n;
}

static void broken_links_are_no_probes(void)
{
    CHECK_INT(after_times("/files/logstash.jar", 404, 60, false), 0);
    CHECK_INT(after_times("/poll?t=#", 404, 60, true), 0);  /* one path */
    CHECK_INT(after_times("/img/#.PNG", 404, 60, true), 0); /* a page that lost its pictures */
    CHECK_INT(after_times("/private/#", 401, 60, true), 0); /* log in first */
    CHECK_INT(after_times("/page/#", 429, 60, true), 0);    /* slow down */
    CHECK_INT(after_times("/page/#", 500, 60, true), 0);    /* the server's own fault */
    CHECK_INT(after_times("/page/#", 200, 60, true), 0);
    CHECK_INT(after_times("/wp-login.php", 200, 60, false), 0); /* the site's owner at work */
    CHECK_INT(after_times("/wp-login.php", 403, 60, false), 0);
    CHECK_INT(after_times("/page/#", 404, 60, true), 1); /* but this */
}

static void visitors_are_silent(void)
{
    static const char *const parts[] = {"/favicon.ico", "/apple-touch-icon.png", "/robots.txt",
                                        "/apple-touch-icon-precomposed.png", "/ads.txt"};
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int who = 0; who < 50; who++) {
        line_by(&b, 0x0a000000u + (uint32_t)who, who, "/", 200, browser);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
            line_by(&b, 0x0a000000u + (uint32_t)who, who, parts[i], 404, browser);
        }
    }
    end(&b);
    CHECK_INT(b.findings.n, 0);
    CHECK_INT(web_stats(b.web).requests, 300);
    CHECK_INT(web_stats(b.web).background_remotes, 50);
    CHECK_INT(web_stats(b.web).background_missing, 250);
    drop(&b);
}

static void what_a_probe_was_given_comes_first(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int i = 0; i < 30; i++) {
        line(&b, i, text_of("/.env.#", i), 404);
        line(&b, i, i % 2 ? "/z/.git/config" : "/", i == 0 || i == 5 ? 200 : 304);
    }
    end(&b);
    const struct finding *f = only(&b);
    CHECK(f != NULL && f->served == 1);
    CHECK(f != NULL && strcmp(f->texts[0], "/z/.git/config") == 0);
    drop(&b);
}

static const char *const suspicious[] = {"/wp-login.php", "/phpmyadmin/", "/cgi-bin/test", "/HNAP1",
                                         "/actuator/env?x=1"};
static const char *const attacks[] = {"/.env", "/.git/config", "/x?f=..%2f..%2Fetc/passwd",
                                      "/?q=$%7Bjndi:ldap://x}", "/a.php?-s"};

static size_t probes(const char *const paths[], size_t n, uint16_t status, const char *agent)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (size_t i = 0; i < n * 3; i++) {
        line_by(&b, 1, (int)i, paths[i % n], status, agent);
    }
    for (int i = 0; i < 100; i++) {
        line_by(&b, 1, i, text_of("/page/#", i), 200, agent);
    }
    end(&b);
    const struct finding *f = only(&b);
    if (f != NULL) {
        CHECK_INT(f->counted, n);
        CHECK_INT(f->packets, n * 3 + 100);
        CHECK_INT(f->text_n, n);
        CHECK_INT(f->tool_n, agent == browser ? 0 : 1);
    }
    size_t count = b.findings.n;
    drop(&b);
    return count;
}

static void five_suspicious_targets_are_a_probe(void)
{
    CHECK_INT(probes(suspicious, PATHS - 1, 404, browser), 0);
    CHECK_INT(probes(suspicious, PATHS, 404, browser), 1);
    CHECK_INT(probes(suspicious, PATHS, 200, browser), 0); /* a site that has them */
    CHECK_INT(probes(attacks, PATHS - 1, 200, browser), 0);
    CHECK_INT(probes(attacks, PATHS, 200, browser), 1);
}

static void a_scanner_that_names_itself_needs_no_status(void)
{
    static const char nikto[] = "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:sitefiles)";
    CHECK_INT(probes(suspicious, PATHS - 1, 0, nikto), 0);
    CHECK_INT(probes(suspicious, PATHS, 0, nikto), 1);
    CHECK_INT(probes(suspicious, PATHS, 0, browser), 0);
    CHECK_INT(probes(suspicious, 0, 0, nikto), 0); /* the name alone is no probe */
}

static void an_attack_may_stand_in_the_agent(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int i = 0; i < PATHS; i++) {
        line_by(&b, 1, i, text_of("/#", i), 200, "() { :; }; echo Content-type: text/plain");
    }
    end(&b);
    CHECK_INT(b.findings.n, 1);
    drop(&b);
}

static enum web_word word_of(const char *target)
{
    struct web_words w;
    web_words_init(&w);
    return web_words_target(&w, bytes_of(target, strlen(target)));
}

static void words_are_met_however_they_are_written(void)
{
    CHECK(word_of("/../../etc/passwd") == WEB_STRONG);
    CHECK(word_of("/%2e%2E/%2e%2e/x") == WEB_STRONG);
    CHECK(word_of("/%252e%252e%252f%252e%252e%252fx") == WEB_STRONG);
    CHECK(word_of("/a?b=\\x2e\\x2e/../x") == WEB_STRONG);
    CHECK(word_of("http://host.example/.ENV") == WEB_STRONG);
    CHECK(word_of("/.environment") == WEB_STRONG); /* .env.local and such */
    CHECK(word_of("/x?y=/.env") == WEB_PLAIN);     /* the query asks for no file */
    CHECK(word_of("/administrator/index.php") == WEB_WEAK);
    CHECK(word_of("/administrators") == WEB_PLAIN);
    CHECK(word_of("/index.html") == WEB_PLAIN);
    CHECK(word_of("/") == WEB_PLAIN);
    CHECK(word_of("*") == WEB_PLAIN);
    CHECK(word_of("/%") == WEB_PLAIN);
    CHECK(word_of("/%2") == WEB_PLAIN);
    CHECK(word_of("") == WEB_PLAIN);
}

static void paths_are_found_in_every_form_of_target(void)
{
    static const char *const pairs[][2] = {
        {"/a/b?c=/d", "/a/b"},
        {"http://h.example/a?b", "/a"},
        {"http://h.example", ""},
        {"/go?u=http://x/y", "/go"},
        {"*", "*"},
        {"?a=b", ""},
        {"/a#b", "/a"},
        {"?u=http://x/y", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct bytes got = web_target_path(bytes_of(pairs[i][0], strlen(pairs[i][0])));
        CHECK(bytes_equal(got, bytes_of(pairs[i][1], strlen(pairs[i][1]))));
    }
}

/* --- captures --------------------------------------------------------------- */

static const char *get(int i)
{
    return text_of("GET /page# HTTP/1.1\r\nHost: x\r\n\r\n", i);
}

static void captures_are_judged_by_the_same_rule(void)
{
    for (int missing = MISSING - 1; missing <= MISSING; missing++) {
        struct bench b;
        CHECK(begin(&b, 3, 1) == ST_OK);
        for (int i = 0; i < missing; i++) {
            asks(&b, (uint16_t)(4000 + i), 1000, 77, get(i));
            answers(&b, (uint16_t)(4000 + i), 77, not_found);
        }
        asks(&b, 3000, 1000, 77, "GET /.env HTTP/1.1\r\n\r\n");
        asks(&b, 3001, 1000, 77, "GET / HTTP/1.1\r\n\r\n");
        answers(&b, 3001, 77, found);
        answers(&b, 3000, 77, found);
        end(&b);
        const struct finding *f = only(&b);
        CHECK((f != NULL) == (missing == MISSING));
        if (f != NULL) {
            CHECK_INT(f->packets, MISSING + 2);
            CHECK_INT(f->paths, MISSING + 2);
            CHECK_INT(f->served, 1);
            CHECK_STR(f->texts[0], "/.env");
            CHECK_INT(f->missing, MISSING);
            CHECK_INT(f->targets, 1);
            CHECK_INT(f->port_list[0], 80);
            CHECK(f->has_victim && addr_v4(&f->victim) == 0xc0000201);
            CHECK((f->flags & (FINDING_LOG | FINDING_ONE_WAY)) == 0);
            CHECK(f->authentic == AUTHENTIC_TWO_WAY);
        }
        drop(&b);
    }
}

static struct web_stats stats_after(void (*act)(struct bench *b))
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    act(&b);
    end(&b);
    CHECK(b.st == ST_OK);
    struct web_stats s = web_stats(b.web);
    drop(&b);
    return s;
}

static void again(struct bench *b)
{
    asks(b, 4000, 1000, 77, get(1));
    asks(b, 4000, 1000, 77, get(1)); /* sent again */
    answers(b, 4000, 77, not_found);
    answers(b, 4000, 77, not_found);
    asks(b, 4000, 1100, 577, get(2));
    asks(b, 4000, 1000, 77, get(1));  /* very late */
    asks(b, 4000, 900000, 5, get(1)); /* a new connection */
}

static void what_is_sent_again_counts_once(void)
{
    struct web_stats s = stats_after(again);
    CHECK_INT(s.requests, 3);
    CHECK_INT(s.background_missing, 1);
}

static void pipelined(struct bench *b)
{
    asks(b, 4000, 1000, 77, get(1));
    asks(b, 4000, 1100, 77, get(2));
    asks(b, 4000, 1200, 77, get(3));
    answers(b, 4000, 77, not_found); /* to whichever: not said */
    asks(b, 4000, 1300, 577, get(4));
    answers(b, 4000, 9999, not_found); /* not where the answer begins */
    answers(b, 4000, 577, not_found);
}

static void only_a_requests_own_answer_counts(void)
{
    struct web_stats s = stats_after(pipelined);
    CHECK_INT(s.requests, 4);
    CHECK_INT(s.background_missing, 1);
}

static void late(struct bench *b)
{
    asks(b, 4000, 1000, 77, get(1));
    asks(b, 4001, 1000, 88, get(2));
    b->batch.obs[b->batch.n - 1].time_ns += (IDLE_S + 1) * TIME_SECOND;
    answers(b, 4000, 77, not_found); /* its event is over */
    answers(b, 4001, 88, not_found);
}

static void an_answer_after_the_event_is_not_of_the_next(void)
{
    CHECK_INT(stats_after(late).background_missing, 1);
}

static void paths_outlive_the_targets_that_they_are_parts_of(void)
{
    struct bench b;
    CHECK(begin(&b, 1, 1) == ST_OK);
    for (int i = 0; i < 300; i++) {
        asks(&b, (uint16_t)i, 1000, 77, text_of("GET /page#?query HTTP/1.1\r\n\r\n", i));
        answers(&b, (uint16_t)i, 77, not_found);
    }
    end(&b);
    const struct finding *f = only(&b);
    CHECK(f != NULL && f->counted == 300 && f->paths == 300);
    for (size_t i = 0; f != NULL && i < f->text_n; i++) {
        CHECK(strncmp(f->texts[i], "/page", 5) == 0 && strchr(f->texts[i], '?') == NULL);
    }
    drop(&b);
}

static void interim(struct bench *b)
{
    asks(b, 4000, 1000, 77, "POST /up HTTP/1.1\r\nExpect: 100-continue\r\n\r\n");
    answers(b, 4000, 77, "HTTP/1.1 100 Continue\r\n\r\n");
    answers(b, 4000, 577, not_found);
}

static void an_interim_answer_is_not_the_answer(void)
{
    CHECK_INT(stats_after(interim).background_missing, 1);
}

static void not_http(struct bench *b)
{
    static const char *const others[] = {"HELO mail.example\r\nMAIL FROM:<a@b.example>",
                                         "GET /x HTTP/2.0\r\n\r\n",
                                         "OPTIONS rtsp://x RTSP/1.0\r\n\r\n",
                                         "INVITE sip:a@b SIP/2.0\r\n\r\n",
                                         "GETTING / HTTP\r\n",
                                         "HTTP/1.1 404 Not Found\r\n\r\n",
                                         "USER anonymous\r\nPASS",
                                         "GET key1 key2 key3"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        asks(b, 4000, 1000 + 100 * (uint32_t)i, 77, others[i]);
    }
    asks(b, 4000, 5000, 77, "GET / HTTP/1.1\r\n\r\n");
    b->batch.obs[b->batch.n - 1].flags = OBS_LATER | OBS_FRAGMENT; /* no ports */
}

static void other_protocols_are_no_requests(void)
{
    CHECK_INT(stats_after(not_http).requests, 0);
}

static void a_cut_request_line_makes_counts_lower_bounds(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int i = 0; i < MISSING; i++) {
        asks(&b, (uint16_t)(4000 + i), 1000, 77, text_of("GET /page-with-a-long-name#", i));
        answers(&b, (uint16_t)(4000 + i), 77, not_found);
    }
    end(&b);
    const struct finding *f = only(&b);
    CHECK(f != NULL && (f->flags & FINDING_AT_LEAST) != 0);
    drop(&b);
}

static void connections_are_forgotten_in_order_and_counted(void)
{
    enum { MORE = 10, ALL = (1 << 16) + MORE };
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    for (int i = 0; i < ALL; i++) {
        asks(&b, (uint16_t)i, (uint32_t)(1000 + i / 65536 * 500000), 77, "GET / HTTP/1.1\r\n\r\n");
        b.batch.obs[b.batch.n - 1].dst_port = (uint16_t)(80 + i / 65536);
    }
    answers(&b, 0, 77, not_found);    /* forgotten */
    answers(&b, MORE, 77, not_found); /* not yet */
    end(&b);
    CHECK_INT(web_stats(b.web).requests, ALL);
    CHECK_INT(web_stats(b.web).forgotten, MORE);
    CHECK_INT(web_stats(b.web).background_missing, 1);
    CHECK(web_stats(b.web).peak_bytes < 16 << 20);
    drop(&b);
}

/* --- the order and the cuts of the input -------------------------------------- */

enum { REMOTES = 40, EACH = 60 };

/* Some remotes that probe and some that do not, each in order; who comes when
 * is up to the shuffle. */
static void feed_shuffled(struct bench *b, unsigned shuffle)
{
    int sent[REMOTES] = {0};
    for (int n = 0; n < REMOTES * EACH;) {
        shuffle = shuffle * 1103515245u + 12345u;
        unsigned who = shuffle / 65536 % REMOTES;
        if (sent[who] >= EACH) {
            continue;
        }
        int i = sent[who]++;
        line_by(b, who, i, text_of("/p#", who % 2 ? i : i % 3), i % 4 ? 404 : 200, browser);
        b->batch.obs[b->batch.n - 1].pos = pos_make(0, who * 1000 + (unsigned)i);
        n++;
    }
}

static void put_all(struct buf *out, const struct bench *b)
{
    for (size_t i = 0; i < b->findings.n; i++) {
        finding_put(out, b->findings.items[i]);
    }
}

static void findings_do_not_depend_on_batches_seeds_or_other_remotes(void)
{
    CLEANUP(buf_fini) struct buf want = BUF_INIT(1 << 20);
    for (unsigned i = 0; i < 6; i++) {
        struct bench b;
        CLEANUP(buf_fini) struct buf got = BUF_INIT(1 << 20);
        CHECK(begin(&b, i % 2 ? 1 : 64, i * 7919) == ST_OK);
        feed_shuffled(&b, i);
        end(&b);
        CHECK_INT(b.findings.n, REMOTES / 2);
        put_all(i == 0 ? &want : &got, &b);
        CHECK(i == 0 || bytes_equal(buf_bytes(&want), buf_bytes(&got)));
        drop(&b);
    }
}

static void little_memory_ends_events_early_and_says_so(void)
{
    struct bench b;
    CHECK(begin(&b, 64, 1) == ST_OK);
    web_free(b.web);
    struct web_options opt = {
        .definitions = &definitions, .findings = &b.findings, .memory_bytes = 65536, .seed = 1};
    CHECK(web_new(&opt, &b.web) == ST_OK);
    for (int i = 0; i < 5000; i++) {
        line_by(&b, (uint32_t)i, i, text_of("/some/path/that/is/long/#", i), 404, browser);
    }
    end(&b);
    CHECK(b.st == ST_OK);
    CHECK(web_stats(b.web).early > 0);
    CHECK(web_stats(b.web).peak_bytes < 3 * 65536);
    CHECK_INT(web_stats(b.web).background_missing, 5000);
    drop(&b);
}

static void every_failed_allocation_is_reported(void)
{
    for (unsigned nth = 1;; nth++) {
        struct bench b;
        test_fail_allocation(nth);
        enum status st = begin(&b, 5, 1);
        for (int i = 0; st == ST_OK && i < 40; i++) {
            line_by(&b, (uint32_t)i % 2, i, text_of("/admin?#", i), 404, browser);
            asks(&b, (uint16_t)(4000 + i), 1000, 77, text_of("GET /a#/../../ HTTP/1.0\r\n\r\n", i));
            answers(&b, (uint16_t)(4000 + i), 77, i % 2 ? not_found : found);
        }
        if (st == ST_OK) {
            end(&b);
            st = b.st;
        }
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st == ST_NOMEM : st == ST_OK);
        drop(&b);
        if (!failed || nth > 500) {
            CHECK(nth > 20);
            break;
        }
    }
}

/* --- real ones ------------------------------------------------------------------ */

static size_t read_all(struct bench *b, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/captures/%s", test_shared(), name);
    struct capture_input *in = NULL;
    struct capture_options opt = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && begin(b, 64, 1) == ST_OK);
    if (fd >= 0 && capture_input_open(fd, 0, &opt, &in, NULL) == ST_OK) {
        while (b->st == ST_OK && capture_input_next(in, &b->batch, NULL) == ST_OK) {
            flush(b);
        }
    }
    end(b);
    CHECK(in != NULL && b->st == ST_OK);
    capture_input_free(in);
    close(fd);
    return b->findings.n;
}

static void nikto_is_seen_in_full(void)
{
    struct bench b;
    if (test_shared() == NULL) {
        printf("# skipped: the shared captures are not here\n");
        return;
    }
    CHECK_INT(read_all(&b, "pcap/web/ndpi-WebattackRCE.pcap"), 1);
    const struct finding *f = only(&b);
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    if (f != NULL) {
        time_format(f->when.first_ns, first);
        time_format(f->when.last_ns, last);
        CHECK_STR(first, "2019-12-15T14:31:16.577658000Z");
        CHECK_STR(last, "2019-12-15T14:31:18.014387000Z");
        CHECK_INT(addr_v4(&f->initiator), 0x7f000001);
        CHECK_INT(f->packets, 797);
        CHECK_INT(f->paths, 607);
        CHECK_INT(f->port_list[0], 8080);
        CHECK_INT(f->tools[0].mark, TOOL_NIKTO);
    }
    drop(&b);
}

static void ordinary_web_traffic_is_silent(void)
{
    static const char *const quiet[] = {
        "pcap/benign/zeek-wikipedia.pcap", "pcap/benign/zeek-1000-requests-ipv6.pcap.gz",
        "pcap/web/zeek-http-methods.pcap", "pcap/benign/ndpi-http_ipv6.pcap"};
    struct bench b;
    if (test_shared() == NULL) {
        printf("# skipped: the shared captures are not here\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(quiet); i++) {
        CHECK_INT(read_all(&b, quiet[i]), 0);
        drop(&b);
    }
    struct addr sixty; /* 60 times one page that is not there */
    CHECK(addr_parse(BYTES_LITERAL("208.91.156.11"), &sixty) == ST_OK);
    (void)read_all(&b, "logs/web/elastic-apache_logs");
    for (size_t i = 0; i < b.findings.n; i++) {
        CHECK(!addr_equal(&b.findings.items[i]->initiator, &sixty));
    }
    drop(&b);
}

/* clang-format off */
TEST_MAIN(
    TEST(twenty_missing_paths_are_a_probe_and_nineteen_are_not),
    TEST(they_must_be_half_of_what_was_asked_for),
    TEST(a_finding_counts_every_request_of_its_event),
    TEST(every_server_is_counted_once),
    TEST(events_end_with_a_gap_over_the_idle_time),
    TEST(broken_links_are_no_probes),
    TEST(visitors_are_silent),
    TEST(what_a_probe_was_given_comes_first),
    TEST(five_suspicious_targets_are_a_probe),
    TEST(a_scanner_that_names_itself_needs_no_status),
    TEST(an_attack_may_stand_in_the_agent),
    TEST(words_are_met_however_they_are_written),
    TEST(paths_are_found_in_every_form_of_target),
    TEST(captures_are_judged_by_the_same_rule),
    TEST(what_is_sent_again_counts_once),
    TEST(only_a_requests_own_answer_counts),
    TEST(an_answer_after_the_event_is_not_of_the_next),
    TEST(paths_outlive_the_targets_that_they_are_parts_of),
    TEST(an_interim_answer_is_not_the_answer),
    TEST(other_protocols_are_no_requests),
    TEST(a_cut_request_line_makes_counts_lower_bounds),
    TEST(connections_are_forgotten_in_order_and_counted),
    TEST(findings_do_not_depend_on_batches_seeds_or_other_remotes),
    TEST(little_memory_ends_events_early_and_says_so),
    TEST(every_failed_allocation_is_reported),
    TEST(nikto_is_seen_in_full),
    TEST(ordinary_web_traffic_is_silent),
)
/* clang-format on */
