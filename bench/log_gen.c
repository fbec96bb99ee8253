/* bench/log_gen.c - makes large logs with truth: auth.log and access.log.
 *
 *   log_gen auth|access|json MEGABYTES [SEED] >FILE 2>TRUTH
 *
 * An auth.log as a server on the open network has it: guessing from a few
 * thousand addresses, some of it folded by "message repeated", a few people,
 * cron and sudo between. An access log (combined, or nginx's JSON): browsers,
 * robots, and probes of paths that are not there. All chance comes from one
 * seeded stream, so a seed and a size fix every byte.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/status.h"
#include "base/core/timefmt.h"

#define START_NS INT64_C(1704067200000000000) /* 2024-01-01T00:00:00Z */

enum { OUT_BYTES = 1 << 20, LINE_ROOM = 4096, GUESSERS = 4000, CLIENTS = 20000 };

struct gen {
    uint64_t random;
    int64_t now_ns;
    uint64_t written, wanted;
    size_t len;
    char out[OUT_BYTES];
    uint64_t lines, failed, accepted, invalid, closed, web, web_errors;
};

static const char *const users[] = {"root",  "admin",  "ubuntu", "test",   "oracle", "postgres",
                                    "guest", "pi",     "git",    "deploy", "ftp",    "mysql",
                                    "user",  "nagios", "hadoop", "debian"};
static const char *const paths[] = {
    "/",           "/index.html", "/style.css",  "/app.js",         "/images/logo.png",
    "/about",      "/contact",    "/blog/12",    "/blog/13?page=2", "/favicon.ico",
    "/robots.txt", "/feed.xml",   "/api/items/7"};
static const char *const probes[] = {"/wp-login.php",           "/.env",         "/.git/config",
                                     "/phpmyadmin/index.php",   "/cgi-bin/luci", "/boaform/admin",
                                     "/vendor/phpunit/eval.php"};
static const char *const agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/120.0.0.0 Safari/537.36"),
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://example.com/bot.html)", "curl/8.5.0", "-"};

/* Splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
static uint64_t draw(struct gen *g)
{
    uint64_t z = g->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(struct gen *g, unsigned n)
{
    return (unsigned)(draw(g) % n);
}

#define ONE_OF(g, list) ((list)[below((g), sizeof(list) / sizeof((list)[0]))])

static void flush(struct gen *g)
{
    if (fwrite(g->out, 1, g->len, stdout) != g->len) {
        perror("log_gen");
        exit(2);
    }
    g->written += g->len;
    g->len = 0;
}

static void __attribute__((format(printf, 2, 3))) put(struct gen *g, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(g->out + g->len, sizeof(g->out) - g->len, format, args);
    va_end(args);
    g->len += n > 0 ? (size_t)n : 0;
}

static void end_line(struct gen *g)
{
    g->out[g->len++] = '\n';
    g->lines++;
    if (g->len > sizeof(g->out) - LINE_ROOM) {
        flush(g);
    }
}

static void begin_syslog(struct gen *g)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c;
    time_to_civil(g->now_ns, &c);
    put(g, "%s %2d %02d:%02d:%02d server-1 ", months[c.month - 1], c.day, c.hour, c.minute,
        c.second);
}

/* The nth address of a kind: documentation networks are too small, so the
 * benchmarking network (RFC 2544) and 2001:db8::/32 serve. */
static const char *address(unsigned n, char out[48])
{
    if (n % 16 == 15) {
        (void)snprintf(out, 48, "2001:db8:%x:%x::%x", n >> 8, n & 255, n % 91 + 1);
    } else {
        (void)snprintf(out, 48, "198.%u.%u.%u", 18 + (n >> 16 & 1), n >> 8 & 255, n & 255);
    }
    return out;
}

static void guess(struct gen *g)
{
    char a[48];
    unsigned pid = 1000 + below(g, 60000);
    unsigned port = 1024 + below(g, 60000);
    bool known = below(g, 2);
    const char *user = known ? "root" : ONE_OF(g, users);
    const char *invalid = known ? "" : "invalid user ";
    (void)address(below(g, GUESSERS), a);
    if (!known) {
        begin_syslog(g);
        put(g, "sshd[%u]: Invalid user %s from %s port %u", pid, user, a, port);
        end_line(g);
        g->invalid++;
    }
    begin_syslog(g);
    put(g,
        "sshd[%u]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
        "ruser= rhost=%s %s%s",
        pid, a, known ? " user=" : "", known ? user : "");
    end_line(g);
    begin_syslog(g);
    put(g, "sshd[%u]: Failed password for %s%s from %s port %u ssh2", pid, invalid, user, a, port);
    end_line(g);
    g->failed++;
    if (known && below(g, 8) == 0) {
        unsigned more = 2 + below(g, 4);
        begin_syslog(g);
        put(g,
            "sshd[%u]: message repeated %u times: [ Failed password for %s from %s port %u ssh2]",
            pid, more, user, a, port);
        end_line(g);
        g->failed += more;
    }
    begin_syslog(g);
    put(g, "sshd[%u]: Connection closed by %s %s %s port %u [preauth]", pid,
        known ? "authenticating user" : "invalid user", user, a, port);
    end_line(g);
    g->closed++;
}

static void person(struct gen *g)
{
    unsigned pid = 1000 + below(g, 60000);
    begin_syslog(g);
    put(g,
        "sshd[%u]: Accepted publickey for deploy from 192.0.2.%u port %u ssh2: ED25519 "
        "SHA256:u3Vdf1nGkSWYJ8a5PqTmZcYxwLhRbE9oKi2QvNs7tX0",
        pid, 1 + below(g, 9), 1024 + below(g, 60000));
    end_line(g);
    g->accepted++;
    begin_syslog(g);
    put(g, "sshd[%u]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)",
        pid);
    end_line(g);
}

static void cron(struct gen *g)
{
    unsigned pid = 1000 + below(g, 60000);
    begin_syslog(g);
    put(g, "CRON[%u]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)", pid);
    end_line(g);
    begin_syslog(g);
    put(g, "CRON[%u]: pam_unix(cron:session): session closed for user root", pid);
    end_line(g);
}

static void auth(struct gen *g)
{
    unsigned what = below(g, 100);
    if (what < 80) {
        guess(g);
    } else if (what < 85) {
        person(g);
    } else {
        cron(g);
    }
    g->now_ns += below(g, 40) == 0 ? TIME_SECOND : 0;
}

struct request {
    const char *method, *path, *agent;
    unsigned status, bytes;
    char client[48];
};

static struct request any_request(struct gen *g)
{
    struct request r = {.method = "GET", .status = 200, .bytes = below(g, 60000)};
    bool probe = below(g, 100) < 12;
    (void)address(below(g, probe ? 200 : CLIENTS), r.client);
    r.path = probe ? ONE_OF(g, probes) : ONE_OF(g, paths);
    r.agent = ONE_OF(g, agents);
    r.status = probe ? 404 : below(g, 20) == 0 ? 304 : 200;
    g->web++;
    g->web_errors += probe;
    g->now_ns += below(g, 20) == 0 ? TIME_SECOND : 0;
    return r;
}

static void access_line(struct gen *g)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct request r = any_request(g);
    struct civil c;
    time_to_civil(g->now_ns, &c);
    put(g, "%s - - [%02d/%s/%04d:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %u %u \"%s\" \"%s\"",
        r.client, c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second, r.method, r.path,
        r.status, r.bytes, below(g, 2) ? "-" : "https://www.example.com/start", r.agent);
    end_line(g);
}

static void json_line(struct gen *g)
{
    struct request r = any_request(g);
    char when[TIME_TEXT_MAX];
    (void)time_format(g->now_ns, when);
    put(g,
        "{\"time_iso8601\":\"%.19s+00:00\",\"remote_addr\":\"%s\",\"remote_user\":\"\","
        "\"request\":\"%s %s HTTP/1.1\",\"status\":\"%u\",\"body_bytes_sent\":\"%u\","
        "\"http_referer\":\"\",\"http_user_agent\":\"%s\",\"request_time\":\"0.003\"}",
        when, r.client, r.method, r.path, r.status, r.bytes, r.agent);
    end_line(g);
}

static void print_truth(const struct gen *g)
{
    fprintf(stderr,
            "lines %" PRIu64 " failed %" PRIu64 " accepted %" PRIu64 " invalid %" PRIu64
            " closed %" PRIu64 " web %" PRIu64 " web-4xx %" PRIu64 "\n",
            g->lines, g->failed, g->accepted, g->invalid, g->closed, g->web, g->web_errors);
}

int main(int argc, char **argv)
{
    static struct gen g;
    void (*one)(struct gen *) = NULL;
    const char *what = argc > 1 ? argv[1] : "";
    one = strcmp(what, "auth") == 0     ? auth
          : strcmp(what, "access") == 0 ? access_line
          : strcmp(what, "json") == 0   ? json_line
                                        : NULL;
    if (argc < 3 || argc > 4 || one == NULL) {
        fputs("log_gen auth|access|json MEGABYTES [SEED] >FILE 2>TRUTH\n", stderr);
        return 2;
    }
    g.wanted = strtoull(argv[2], NULL, 10) * 1000000;
    g.random = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    g.now_ns = START_NS;
    while (g.written + g.len < g.wanted) {
        one(&g);
    }
    flush(&g);
    print_truth(&g);
    return fflush(stdout) == 0 ? 0 : 2;
}
