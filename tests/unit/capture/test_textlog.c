/* tests/unit/capture/test_textlog.c - whole logs: batches, cuts, chunks,
 * years. */
#include <sys/wait.h>
#include <zlib.h>

#include "base/core/limits.h"
#include "test_log.h"

/* One of everything that is read. */
static const char mixed[] =
    "May 17 10:05:03 box sshd[7]: Failed password for root from 192.0.2.9 port 4022 ssh2\n"
    "May  7 10:05:04 box sshd[7]: message repeated 2 times: [ Failed password for root from "
    "192.0.2.9 port 4022 ssh2]\n"
    "May 17 10:05:05 box CRON[8]: pam_unix(cron:session): session opened for user root\n"
    "\n"
    "May 17 10:05:06 box sshd[9]: Invalid user a b from 192.0.2.10\r\n"
    "May 17 10:05:06 box last message repeated 3 times\n"
    "<38>1 2024-05-17T10:05:07.5Z box sshd 9 - - Accepted password for bob from 2001:db8::9 port 1 "
    "ssh2\n"
    "2024-05-17T12:05:08+02:00 box sshd-session[10]: Connection closed by authenticating user root "
    "192.0.2.11 port 2 [preauth]\n"
    "192.0.2.12 - - [17/May/2024:10:05:09 +0000] \"GET /a HTTP/1.1\" 404 5 \"-\" \"curl/8\"\n"
    "{\"time_iso8601\":\"2024-05-17T10:05:10Z\",\"remote_addr\":\"192.0.2.13\",\"request\":\"GET "
    "\\/b HTTP/1.1\",\"status\":200,\"http_user_agent\":\"a \\\"b\\\"\"}\n"
    "{\"__REALTIME_TIMESTAMP\":\"1715940311000000\",\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"11\","
    "\"MESSAGE\":\"Failed password for invalid user \\u00e9 from 192.0.2.14 port 3 ssh2\"}\n"
    "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1715940312000000\nSYSLOG_IDENTIFIER=sshd\n_PID=12\n"
    "MESSAGE=Failed password for root from 192.0.2.15 port 4 ssh2\n\n"
    "May 17 10:05:13 box sshd[13]: Failed password for root from host.example port 5 ssh2\n"
    "May 17 10:05:14 box sshd[13]: Failed publickey for bob from 192.0.2.16 port 6 ssh2: RSA "
    "SHA256:AbCd\n";

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_place(const struct seen *a, const struct seen *b)
{
    return a->time_ns == b->time_ns && a->offset == b->offset && addr_equal(&a->src, &b->src);
}

static bool same_seen(const struct seen *a, const struct seen *b)
{
    return same_place(a, b) && addr_equal(&a->dst, &b->dst) && a->src_port == b->src_port &&
           a->dst_port == b->dst_port && a->flags == b->flags && a->log.service == b->log.service &&
           a->log.outcome == b->log.outcome && a->log.repeat == b->log.repeat &&
           a->log.session == b->log.session && a->log.status == b->log.status &&
           a->log.weak == b->log.weak && a->log.tally == b->log.tally &&
           same_text(a->host, b->host) && same_text(a->user, b->user) &&
           same_text(a->method, b->method) && same_text(a->path, b->path) &&
           same_text(a->agent, b->agent);
}

static bool same_list(const struct seen_list *a, const struct seen_list *b)
{
    bool same = a->n == b->n && a->remarks.n == b->remarks.n && a->end == b->end &&
                memcmp(&a->counts, &b->counts, sizeof(a->counts)) == 0;
    for (size_t i = 0; same && i < a->n; i++) {
        same = same_seen(&a->items[i], &b->items[i]);
    }
    for (size_t i = 0; same && i < a->remarks.n; i++) {
        const struct remark *x = &a->remarks.items[i];
        const struct remark *y = &b->remarks.items[i];
        same = x->code == y->code && x->count == y->count && x->offset == y->offset &&
               x->value == y->value && strcmp(x->text, y->text) == 0;
    }
    return same;
}

static void a_mixed_file_is_read_line_by_line(void)
{
    static const char *const sources[] = {"192.0.2.9",   "192.0.2.9",  "192.0.2.10", "192.0.2.10",
                                          "2001:db8::9", "192.0.2.11", "192.0.2.12", "192.0.2.13",
                                          "192.0.2.14",  "192.0.2.15", "192.0.2.16"};
    struct seen_list list = see(mixed);
    CHECK_INT(list.end, ST_END);
    CHECK_INT(list.n, ARRAY_LEN(sources));
    for (size_t i = 0; i < list.n && i < ARRAY_LEN(sources); i++) {
        CHECK_STR(addr_text(&list.items[i].src), sources[i]);
    }
    if (list.n == ARRAY_LEN(sources)) {
        CHECK_INT(list.items[1].log.repeat, 2);
        CHECK_INT(list.items[3].log.repeat, 3);
        CHECK_STR(list.items[3].user, "a b");
        CHECK_STR(list.items[7].path, "/b");
        CHECK_STR(list.items[7].agent, "a \"b\"");
        CHECK_STR(list.items[8].user, "\xc3\xa9");
        CHECK_INT(list.items[9].log.session, 12);
    }
    CHECK_INT(list.counts.lines, 14);
    CHECK_INT(list.counts.observations, 11);
    CHECK_INT(list.counts.other, 1);
    CHECK_INT(list.counts.unknown, 1);
    CHECK_INT(list.counts.nameless, 1);
    CHECK_INT(remarks_of(&list, REMARK_SKIPPED), 1);
    CHECK_INT(remarks_of(&list, REMARK_ZONE_ASSUMED), 1);
    CHECK_INT(remarks_of(&list, REMARK_YEAR_ASSUMED), 1);
    CHECK_INT(remarks_of(&list, REMARK_TIME_BACKWARDS), 1);
    forget(&list);
}

/* Offsets lead back to the line that an observation was made of. */
static void offsets_are_those_of_the_lines(void)
{
    struct seen_list list = see(mixed);
    uint64_t last = 0;
    for (size_t i = 0; i < list.n; i++) {
        uint64_t at = list.items[i].offset;
        CHECK(at < sizeof(mixed) && (at == 0 || mixed[at - 1] == '\n'));
        CHECK(i == 0 || at > last);
        last = at;
    }
    forget(&list);
}

/* A pipe in packet mode hands over what each write gave, and no more. */
static struct seen_list see_in_pieces(struct bytes text, size_t piece)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC | O_DIRECT) != 0) {
        abort();
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        for (size_t at = 0; at < text.len; at += piece) {
            size_t n = text.len - at < piece ? text.len - at : piece;
            if (write(fd[1], text.data + at, n) != (ssize_t)n) {
                _exit(1);
            }
        }
        _exit(0);
    }
    close(fd[1]);
    struct seen_list list = see_fd(fd[0], NOW);
    int status = -1;
    close(fd[0]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return list;
}

static void pieces_make_no_difference(void)
{
    struct seen_list whole = see(mixed);
    static const size_t sizes[] = {1, 2, 7, 100, 1000, 4000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct seen_list list = see_in_pieces(bytes_of(mixed, sizeof(mixed) - 1), sizes[i]);
        CHECK(same_list(&list, &whole));
        forget(&list);
    }
    forget(&whole);
}

/* More than fits the window and the batches, with decoded text in between. */
static void long_files_are_read_whole(void)
{
    enum { COPIES = 700 };
    size_t n = sizeof(mixed) - 1;
    char *text = malloc(n * COPIES);
    for (size_t i = 0; i < COPIES; i++) {
        memcpy(text + i * n, mixed, n);
    }
    struct seen_list one = see(mixed);
    struct seen_list all = see_at(bytes_of(text, n * COPIES), NOW);
    CHECK_INT(all.n, one.n * COPIES);
    CHECK_INT(all.counts.lines, one.counts.lines * COPIES);
    int bad = 0;
    for (size_t i = 0; i < all.n; i++) {
        struct seen want = one.items[i % one.n];
        want.offset += i / one.n * n;
        bad += !same_seen(&all.items[i], &want);
    }
    CHECK_INT(bad, 0);
    forget(&one);
    forget(&all);
    free(text);
}

/* A log cut at any byte gives what its whole lines give; of the cut line, at
 * most an observation of the true remote at the true time. */
static int cuts_that_lie(struct bytes text)
{
    struct seen_list whole = see_at(text, NOW);
    int bad = 0;
    for (size_t n = 0; n < text.len; n++) {
        struct seen_list list = see_at(bytes_of(text.data, n), NOW);
        bool ok = list.end == ST_END && list.n <= whole.n;
        for (size_t i = 0; ok && i < list.n; i++) {
            ok = i + 1 < list.n ? same_seen(&list.items[i], &whole.items[i])
                                : same_place(&list.items[i], &whole.items[i]);
        }
        for (size_t i = list.n; ok && i < whole.n; i++) { /* whole lines are all there */
            const uint8_t *end =
                memchr(text.data + whole.items[i].offset, '\n', text.len - whole.items[i].offset);
            ok = end == NULL || (size_t)(end - text.data) >= n ||
                 text.data[whole.items[i].offset] == '_';
        }
        if (!ok && bad++ < 5) {
            printf("# cut at %zu\n", n);
        }
        forget(&list);
    }
    forget(&whole);
    return bad;
}

static void every_cut_keeps_what_is_before_it(void)
{
    CHECK_INT(cuts_that_lie(bytes_of(mixed, sizeof(mixed) - 1)), 0);
}

/* Two files hold what one did. Not between a line and syslogd's "last message
 * repeated", which says nothing alone, nor inside a journal's entry. */
static void files_may_be_split_between_lines(void)
{
    size_t n = sizeof(mixed) - 1;
    struct seen_list whole = see(mixed);
    for (size_t at = 1; at < n; at++) {
        bool apart = mixed[at - 1] == '\n' && strstr(mixed + at, "__CURSOR=") != NULL &&
                     strncmp(mixed + at, "May 17 10:05:06 box last", 24) != 0;
        if (!apart) {
            continue;
        }
        struct seen_list one = see_at(bytes_of(mixed, at), NOW);
        struct seen_list two = see_at(bytes_of(mixed + at, n - at), NOW);
        CHECK_INT(one.n + two.n, whole.n);
        for (size_t i = 0; i < one.n + two.n && i < whole.n; i++) {
            struct seen s = i < one.n ? one.items[i] : two.items[i - one.n];
            s.offset += i < one.n ? 0 : at;
            CHECK(same_seen(&s, &whole.items[i]));
        }
        forget(&one);
        forget(&two);
    }
    forget(&whole);
}

static void repeats_of_the_line_before_are_counted(void)
{
    struct seen_list list = see(
        "May 17 10:05:01 box sshd[7]: error: PAM: Authentication error for root from 192.0.2.9\n"
        "May 17 10:05:09 box last message repeated 2 times\n"
        "May 17 10:05:10 box last message repeated 2 times\n" /* of what? */
        "May 17 10:05:11 box sshd[8]: Failed password for root from 192.0.2.8 port 1 ssh2\n"
        "May 17 10:05:12 box --- last message repeated 1 time ---\n"
        "May 17 10:05:13 box sshd[8]: Failed password for root from 192.0.2.8 port 1 ssh2\n"
        "May 17 10:05:14 box syslogd: last message repeated 4 times\n"
        "May 17 10:05:15 box sshd[8]: Failed password for root from 192.0.2.8 port 1 ssh2\n"
        "May 17 10:05:16 box su[9]: something else\n"
        "May 17 10:05:17 box last message repeated 9 times\n"
        "May 17 10:05:18 box sshd[8]: Failed password for root from 192.0.2.8 port 1 ssh2\n"
        "May 17 10:05:19 last message repeated 6 times\n"
        "May 17 10:05:20 box sshd[8]: Failed password for root from 192.0.2.8 port 1 ssh2\n"
        "May 17 10:05:21 box su[9]: last message repeated 9 times\n"
        "192.0.2.1 - - [17/May/2024:10:05:22 +0000] \"GET / HTTP/1.1\" 200 5\n"
        "May 17 10:05:23 box last message repeated 9 times\n");
    static const unsigned repeats[] = {1, 2, 1, 1, 4, 1, 1, 6, 1, 1};
    CHECK_INT(list.n, ARRAY_LEN(repeats));
    for (size_t i = 0; i < list.n && i < ARRAY_LEN(repeats); i++) {
        CHECK_INT(list.items[i].log.repeat, repeats[i]);
    }
    CHECK_STR(time_text(list.items[1].time_ns), "2024-05-17T10:05:09.000000000Z");
    CHECK_INT(list.items[1].log.tally, LOG_TALLY_PAM);
    forget(&list);
}

/* The repeated line may be the last of a batch whose bytes are gone. */
static void repeats_are_counted_across_batches(void)
{
    enum { LINES = 3 * OBS_BATCH_MAX };
    for (int lead = 0; lead < 3; lead++) {
        char *text = malloc((LINES + 3) * 256);
        size_t n = 0;
        for (int i = 0; i < LINES + lead; i++) {
            n += (size_t)sprintf(text + n,
                                 "May 17 10:05:01 box sshd[%d]: Failed password for user%d from "
                                 "192.0.2.9 port 1 ssh2\n",
                                 i, i);
            if (i % OBS_BATCH_MAX == OBS_BATCH_MAX - 1) {
                n += (size_t)sprintf(text + n,
                                     "May 17 10:05:02 box last message repeated 5 times\n");
            }
        }
        struct seen_list list = see_in_pieces(bytes_of(text, n), 97);
        CHECK_INT(list.n, LINES + lead + 3);
        for (size_t i = 1; i < list.n; i++) {
            if (list.items[i].log.repeat == 5) {
                CHECK_STR(list.items[i].user, list.items[i - 1].user);
                CHECK_STR(list.items[i].host, "box");
                CHECK_INT(list.items[i].log.session, list.items[i - 1].log.session);
            }
        }
        forget(&list);
        free(text);
    }
}

static void years_that_were_assumed_are_told_once_each(void)
{
    struct seen_list list =
        see("Dec 31 23:59:58 box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "Dec 31 23:59:59 box sshd[7]: Invalid user b from 192.0.2.9 port 1\n"
            "Jan  1 00:00:00 box sshd[7]: Invalid user c from 192.0.2.9 port 1\n"
            "Feb 29 00:00:00 box sshd[7]: Invalid user c from 192.0.2.9 port 1\n"
            "May 17 00:00:00 box sshd[7]: Invalid user d from 192.0.2.9 port 1\n");
    CHECK_INT(list.n, 5);
    CHECK_STR(time_text(list.items[1].time_ns), "2023-12-31T23:59:59.000000000Z");
    CHECK_STR(time_text(list.items[2].time_ns), "2024-01-01T00:00:00.000000000Z");
    CHECK_STR(time_text(list.items[3].time_ns), "2024-02-29T00:00:00.000000000Z");
    CHECK_INT(remarks_of(&list, REMARK_YEAR_ASSUMED), 2);
    CHECK_INT(remarks_of(&list, REMARK_ZONE_ASSUMED), 1);
    CHECK_INT(remarks_of(&list, REMARK_TIME_BACKWARDS), 0);
    bool named[2] = {false, false};
    for (size_t i = 0; i < list.remarks.n; i++) {
        named[0] |= list.remarks.items[i].value == 2023;
        named[1] |= list.remarks.items[i].value == 2024;
        CHECK(!list.remarks.items[i].partial);
    }
    CHECK(named[0] && named[1]);
    forget(&list);
}

static void times_that_run_backwards_are_counted(void)
{
    struct seen_list list =
        see("2024-05-17T10:05:03Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "2024-05-17T10:05:02Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "2024-05-17T10:05:00Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "2023-05-17T10:05:00Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "2024-02-30T10:05:00Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n"
            "2024-05-17T10:05:00Z box sshd[7]: Invalid user a from 192.0.2.9 port 1\n");
    CHECK_INT(list.n, 5);
    CHECK_INT(remarks_of(&list, REMARK_TIME_BACKWARDS), 2);
    CHECK_INT(remarks_of(&list, REMARK_TIME_INVALID), 1);
    CHECK_INT(remarks_of(&list, REMARK_YEAR_ASSUMED), 0);
    CHECK_INT(remarks_of(&list, REMARK_ZONE_ASSUMED), 0);
    forget(&list);
}

#define ONE "May 17 10:05:03 box sshd[7]: Failed password for root from 192.0.2.9 port 4022 ssh2\n"

static void long_lines_are_passed_over_and_told(void)
{
    static const size_t lengths[] = {
        LIMIT_LINE_BYTES - 1, LIMIT_LINE_BYTES, LIMIT_LINE_BYTES + 1, 200000, 300000, 5000000};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        size_t n = lengths[i];
        char *text = malloc(n + 400);
        strcpy(text, ONE);
        size_t at = strlen(text);
        memset(text + at, 'x', n);
        strcpy(text + at + n, "\n" ONE);
        struct seen_list list = see(text);
        CHECK_INT(list.n, 2);
        CHECK_INT(list.counts.lines, 3);
        CHECK_INT(remarks_of(&list, REMARK_LINE_LONG), n > LIMIT_LINE_BYTES);
        for (size_t k = 0; k < list.remarks.n; k++) {
            CHECK(list.remarks.items[k].code != REMARK_LINE_LONG ||
                  (list.remarks.items[k].offset == at && list.remarks.items[k].partial));
        }
        forget(&list);
        strcpy(text + at + n, ""); /* and one that never ends */
        list = see(text);
        CHECK_INT(list.n, 1);
        CHECK_INT(list.counts.lines, 2);
        forget(&list);
        free(text);
    }
}

static void odd_bytes_do_no_harm(void)
{
    static const char text[] = "\0\0\0\n" ONE "\xff\xfe\x80\n\0" ONE "\r\n\r\r\n" ONE
                               "May 17 10:05:03 box sshd[7]: Failed password for \0\xff from "
                               "192.0.2.9 port 4022 ssh2\r\n";
    struct seen_list list = see_at(bytes_of(text, sizeof(text) - 1), NOW);
    CHECK_INT(list.n, 3);
    CHECK(list.n == 3 && list.items[2].log.user.len == 2);
    forget(&list);
}

/* Lines and entries are read by different rules: neither may wait for the
 * other. */
static void a_marked_journal_is_read_to_its_end(void)
{
    struct seen_list list =
        see("\xef\xbb\xbf__CURSOR=s=1\n__REALTIME_TIMESTAMP=1715940312000000\n"
            "SYSLOG_IDENTIFIER=sshd\nMESSAGE=Failed password for root from 192.0.2.15 port 4 "
            "ssh2\n\n");
    CHECK_INT(list.end, ST_END);
    CHECK_INT(list.n, 1);
    forget(&list);
}

static void empty_input_has_nothing(void)
{
    struct seen_list list = see("");
    CHECK_INT(list.end, ST_END);
    CHECK_INT(list.n + list.counts.lines + list.remarks.n, 0);
    forget(&list);
    list = see("\n");
    CHECK_INT(list.counts.lines, 1);
    forget(&list);
}

static void a_last_line_without_an_end_is_read(void)
{
    struct seen_list list = see_at(bytes_of(ONE, sizeof(ONE) - 2), NOW);
    CHECK_INT(list.n, 1);
    CHECK_INT(remarks_of(&list, REMARK_CUT), 0);
    forget(&list);
    list = see(ONE "May 17 10:05:03 box sshd[7]: Invalid user x from 192.0.2.9");
    CHECK_INT(list.n, 1); /* more digits might have followed */
    CHECK_INT(list.counts.lines, 2);
    forget(&list);
}

static struct bytes gzipped(struct bytes text)
{
    z_stream z = {0};
    size_t room = text.len + 1000;
    uint8_t *out = malloc(room);
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    z.next_in = (Bytef *)(uintptr_t)text.data;
    z.avail_in = (uInt)text.len;
    z.next_out = out;
    z.avail_out = (uInt)room;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t n = room - z.avail_out;
    deflateEnd(&z);
    return bytes_of(out, n);
}

static void compressed_logs_are_read_and_cuts_told(void)
{
    struct bytes zipped = gzipped(bytes_of(mixed, sizeof(mixed) - 1));
    struct seen_list whole = see(mixed);
    struct seen_list list = see_at(zipped, NOW);
    CHECK(same_list(&list, &whole));
    forget(&list);
    int bad = 0;
    for (size_t n = 20; n < zipped.len; n++) {
        list = see_at(bytes_of(zipped.data, n), NOW);
        bad += list.end != ST_END || remarks_of(&list, REMARK_CUT) != 1 || list.n > whole.n;
        forget(&list);
    }
    CHECK_INT(bad, 0);
    forget(&whole);
    free_bytes(zipped);
}

static void a_read_error_is_handed_on(void)
{
    struct stream *s = NULL;
    struct textlog *t = NULL;
    static struct obs_batch batch;
    struct remark_list remarks = {0};
    struct fault why = {0};
    int fd[2];
    CHECK(pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(write(fd[1], ONE, sizeof(ONE) - 1) == sizeof(ONE) - 1);
    CHECK(stream_open(fd[0], NULL, &s, &why) == ST_OK && textlog_open(0, NOW, &t) == ST_OK);
    CHECK_INT(textlog_next(t, s, &batch, &remarks, &why), ST_OK);
    CHECK_INT(batch.n, 1);
    CHECK_INT(textlog_next(t, s, &batch, &remarks, &why), ST_SYS); /* nothing to read yet */
    CHECK_INT(batch.n, 0);
    textlog_free(t);
    stream_free(s);
    close(fd[0]);
    close(fd[1]);
}

static enum status read_failing(int fd, unsigned nth)
{
    static struct obs_batch batch;
    struct stream *s = NULL;
    struct textlog *t = NULL;
    struct remark_list remarks = {0};
    struct fault why;
    test_fail_allocation(nth);
    enum status st = stream_open(fd, NULL, &s, &why);
    st = st == ST_OK ? textlog_open(0, NOW, &t) : st;
    while (st == ST_OK) {
        st = textlog_next(t, s, &batch, &remarks, &why);
    }
    bool failed = test_allocation_failed();
    test_fail_allocation(0);
    textlog_free(t);
    stream_free(s);
    CHECK(failed == (st == ST_NOMEM));
    return st;
}

static void every_allocation_may_fail(void)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    CHECK(write(fd, mixed, sizeof(mixed) - 1) == sizeof(mixed) - 1);
    enum status st = ST_NOMEM;
    for (unsigned nth = 1; nth < 20 && st != ST_END; nth++) {
        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        st = read_failing(fd, nth);
    }
    CHECK_INT(st, ST_END);
    close(fd);
}

static void real_logs_may_be_cut_anywhere(void)
{
    static const char *const files[] = {
        "crowdsec/sshd-logs/sshd-logs.log",
        "crowdsec/apache2-logs/apache2-logs.log",
        "crowdsec/nginx_http-logs/nginx_http-logs.log",
        "fail2ban/nginx-botsearch",
        "crowdsec/ssh-time-based-bf/ssh-time-based-bf.log",
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct bytes text = shared_file(files[i]);
        if (text.data == NULL) {
            return;
        }
        CHECK_INT(cuts_that_lie(text), 0);
        free_bytes(text);
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(a_mixed_file_is_read_line_by_line),
    TEST(offsets_are_those_of_the_lines),
    TEST(pieces_make_no_difference),
    TEST(long_files_are_read_whole),
    TEST(every_cut_keeps_what_is_before_it),
    TEST(files_may_be_split_between_lines),
    TEST(repeats_of_the_line_before_are_counted),
    TEST(repeats_are_counted_across_batches),
    TEST(years_that_were_assumed_are_told_once_each),
    TEST(times_that_run_backwards_are_counted),
    TEST(long_lines_are_passed_over_and_told),
    TEST(odd_bytes_do_no_harm),
    TEST(a_marked_journal_is_read_to_its_end),
    TEST(empty_input_has_nothing),
    TEST(a_last_line_without_an_end_is_read),
    TEST(compressed_logs_are_read_and_cuts_told),
    TEST(a_read_error_is_handed_on),
    TEST(every_allocation_may_fail),
    TEST(real_logs_may_be_cut_anywhere),
)
/* clang-format on */
