/* bench/stages.c - what reading, detecting and the end of a capture cost, each
 * by itself and in one process without a cage, so that profilers can look in.
 *
 *   stages FILE
 *
 * Processor seconds: read alone; read and detected, less that; the end.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "capture/input.h"
#include "detect/detect.h"

static double cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* this clock exists */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All of the file, to the detectors if there are any. */
static enum status read_all(const char *name, struct detect *d, uint64_t *ret_n, double *ret_s)
{
    static struct obs_batch batch;
    struct capture_options opt = {.now_ns = INT64_MAX};
    struct capture_input *in = NULL;
    struct fault why = {0};
    double start = cpu_seconds();
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    enum status st = fd < 0 ? ST_SYS : capture_input_open(fd, 0, &opt, &in, &why);
    *ret_n = 0;
    while (st == ST_OK && (st = capture_input_next(in, &batch, &why)) == ST_OK) {
        *ret_n += batch.n;
        st = d != NULL ? detect_feed(d, &batch) : ST_OK;
    }
    capture_input_free(in);
    if (fd >= 0) {
        (void)close(fd); /* only read from */
    }
    *ret_s = cpu_seconds() - start;
    return st == ST_END ? ST_OK : st;
}

static enum status measure(const char *name)
{
    static struct definition_set set;
    static struct remark_list remarks;
    const struct finding_list *findings;
    struct summary summary;
    struct detect *d = NULL;
    uint64_t n;
    double read_s;
    double both_s;
    TRY(definition_set_builtin("default", &set));
    struct detect_options opt = {.definitions = &set, .seed = UINT64_C(0x9e3779b97f4a7c15)};
    TRY(detect_new(&opt, &d));
    TRY(read_all(name, NULL, &n, &read_s));
    TRY(read_all(name, d, &n, &both_s));
    double start = cpu_seconds();
    TRY(detect_finish(d, &remarks, &findings, &summary));
    printf("observations %" PRIu64 " read_s %.3f detect_s %.3f end_s %.3f findings %zu\n", n,
           read_s, both_s - read_s, cpu_seconds() - start, findings->n);
    detect_free(d);
    return ST_OK;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: stages FILE\n", stderr);
        return 2;
    }
    enum status st = measure(argv[1]);
    if (st != ST_OK) {
        fprintf(stderr, "stages: %s: %s\n", argv[1], status_text(st));
    }
    return st == ST_OK ? 0 : 2;
}
