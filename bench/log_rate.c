/* bench/log_rate.c - how fast logs are read, and what was counted in them.
 *
 *   log_rate FILE...    (a lone "-" is standard input)
 *
 * One line a file: bytes, seconds of processor time, rates; then what the log
 * said, to be held against the generator's truth.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/input.h"

struct sums {
    uint64_t raw_bytes, lines, observations;
    uint64_t outcome[LOG_NO_USER + 1]; /* repeats counted, by sshd's own lines */
    uint64_t pam, web, web_errors, session, text_bytes;
};

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t); /* these clocks exist */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct sums *s, const struct obs_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct obs_log *l = b->obs[i].log;
        s->observations++;
        s->text_bytes += l->user.len + l->path.len + l->agent.len;
        if (l->service == LOG_WEB) {
            s->web++;
            s->web_errors += l->status >= 400 && l->status < 500;
        } else if (l->outcome == LOG_REFUSED && l->tally != LOG_TALLY_SSHD) {
            s->pam += l->repeat;
        } else {
            s->outcome[l->outcome] += l->repeat;
        }
    }
}

static enum status read_all(int fd, struct sums *s, char *format, size_t n)
{
    static struct obs_batch batch;
    struct capture_options opt = {.now_ns = (int64_t)time(NULL) * 1000000000};
    struct capture_input *in = NULL;
    struct fault why = {0};
    enum status st = capture_input_open(fd, 0, &opt, &in, &why);
    if (st != ST_OK) {
        return st;
    }
    while ((st = capture_input_next(in, &batch, &why)) == ST_OK) {
        add(s, &batch);
    }
    s->raw_bytes = capture_input_raw_offset(in);
    s->lines = capture_input_records(in);
    (void)snprintf(format, n, "%s", capture_input_format(in));
    capture_input_free(in);
    return st == ST_END ? ST_OK : st;
}

static int measure(const char *name)
{
    struct sums s = {0};
    char format[64] = "";
    int fd = strcmp(name, "-") == 0 ? 0 : open(name, O_RDONLY | O_CLOEXEC);
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds_of(CLOCK_MONOTONIC);
    enum status st = fd < 0 ? ST_SYS : read_all(fd, &s, format, sizeof(format));
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = seconds_of(CLOCK_MONOTONIC) - wall;
    if (fd > 0) {
        (void)close(fd); /* only read from */
    }
    if (st != ST_OK) {
        fprintf(stderr, "log_rate: %s: %s\n", name, status_text(st));
        return 2;
    }
    printf("%s: %s: %.0f MB in %.3f s (wall %.3f): %.0f MB/s, %.2f million lines/s\n", name, format,
           (double)s.raw_bytes / 1e6, cpu, wall, (double)s.raw_bytes / 1e6 / cpu,
           (double)s.lines / 1e6 / cpu);
    printf("  lines %" PRIu64 " observations %" PRIu64 " failed %" PRIu64 " accepted %" PRIu64
           " invalid %" PRIu64 " closed %" PRIu64 " pam %" PRIu64 " web %" PRIu64
           " web-4xx %" PRIu64 "\n",
           s.lines, s.observations, s.outcome[LOG_REFUSED], s.outcome[LOG_ACCEPTED],
           s.outcome[LOG_NO_USER], s.outcome[LOG_CLOSED], s.pam, s.web, s.web_errors);
    return 0;
}

int main(int argc, char **argv)
{
    int worst = argc < 2 ? 2 : 0;
    for (int i = 1; i < argc; i++) {
        int rc = measure(argv[i]);
        worst = rc > worst ? rc : worst;
    }
    return worst;
}
