/* fuzz/replay.c - runs a fuzz target without libFuzzer: over seeds, then over
 * mutations of them that are the same in every run.
 *
 * replay FILE|FOLDER...; prints TAP. An input that kills the target is left in
 * the working folder as PROGRAM.failed, and can be given as a FILE.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*f)(void)) __attribute__((weak));

/* Mutations of one target, and what they may cost. */
enum { MUTATIONS = 4000, MUTATION_SECONDS = 4, SEED_MAX = 1 << 20, MUTANT_MAX = 1 << 16 };

struct seed {
    char *name;
    uint8_t *data;
    size_t len;
};

struct corpus {
    struct seed *items;
    size_t n;
};

/* What the target is at, for the handler of its death. */
static const uint8_t *current;
static size_t current_len;
static char failed_path[4096];

static void save_current(void)
{
    int fd = open(failed_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        ssize_t n = write(fd, current, current_len);
        (void)n; /* dying: nothing else can be done */
        close(fd);
    }
}

static void on_death(int sig)
{
    save_current();
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

static void run_one(const uint8_t *data, size_t len)
{
    current = data;
    current_len = len;
    (void)LLVMFuzzerTestOneInput(data, len); /* only 0 is defined */
}

static void read_seed(struct corpus *c, const char *path)
{
    struct seed *items = realloc(c->items, (c->n + 1) * sizeof(*items));
    uint8_t *data = malloc(SEED_MAX);
    FILE *f = fopen(path, "rb");
    if (items == NULL || data == NULL || f == NULL) {
        (void)fprintf(stderr, "replay: cannot read %s\n", path);
        exit(2);
    }
    size_t len = fread(data, 1, SEED_MAX, f);
    (void)fclose(f); /* it was only read */
    c->items = items;
    c->items[c->n++] = (struct seed){strdup(path), data, len};
}

static int by_name(const void *a, const void *b)
{
    const struct seed *x = a;
    const struct seed *y = b;
    return strcmp(x->name, y->name);
}

static void read_all(struct corpus *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        read_seed(c, path);
        return;
    }
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        char name[4096];
        if (e->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
            read_all(c, name);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

/* xorshift64*: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static size_t below(uint64_t *state, size_t n)
{
    return n == 0 ? 0 : (size_t)(next_random(state) % n);
}

/* A number that lengths and counts are often wrong by, at 1, 2, 4 or 8 bytes. */
static void put_number(uint64_t *state, uint8_t *p, size_t len)
{
    static const uint64_t odd[] = {0,          1,       0x7f,    0x80,       0xff,
                                   0x7fff,     0x8000,  0xffff,  0x7fffffff, 0xffffffff,
                                   UINT64_MAX, 0x10000, 0x40000, 0x40001};
    size_t width = (size_t)1 << below(state, 4);
    uint64_t v = odd[below(state, sizeof(odd) / sizeof(odd[0]))];
    bool big = below(state, 2) == 1;
    if (width > len) {
        return;
    }
    size_t at = below(state, len - width + 1);
    for (size_t i = 0; i < width; i++) {
        p[at + i] = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));
    }
}

/* Take a run of bytes out, or put it in once more. */
static size_t move_run(uint64_t *state, uint8_t *p, size_t len)
{
    size_t from = below(state, len);
    size_t n = 1 + below(state, (len - from < 64 ? len - from : 64));
    n = n > len - from ? len - from : n;
    if (below(state, 2) == 0) {
        memmove(p + from, p + from + n, len - from - n);
        return len - n;
    }
    if (len + n > MUTANT_MAX) {
        return len;
    }
    memmove(p + from + n, p + from, len - from);
    return len + n;
}

static size_t mutate_once(uint64_t *state, uint8_t *p, size_t len, const struct seed *other)
{
    if (len == 0) {
        return 0;
    }
    switch (below(state, 6)) {
    case 0:
        p[below(state, len)] ^= (uint8_t)(1U << below(state, 8));
        return len;
    case 1:
        p[below(state, len)] = (uint8_t)next_random(state);
        return len;
    case 2:
        put_number(state, p, len);
        return len;
    case 3:
        return below(state, len + 1);
    case 4:
        return move_run(state, p, len);
    default: { /* go on as another seed does */
        size_t keep = below(state, len);
        size_t from = below(state, other->len);
        size_t n = other->len - from;
        n = n > MUTANT_MAX - keep ? MUTANT_MAX - keep : n;
        memcpy(p + keep, other->data + from, n);
        return keep + n;
    }
    }
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* How many mutations were run. */
static int run_mutations(const struct corpus *c)
{
    static uint8_t mutant[MUTANT_MAX];
    uint64_t state = 20171;
    struct timespec start;
    int n = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &start); /* cannot fail */
    while (n < MUTATIONS && seconds_since(&start) < MUTATION_SECONDS) {
        const struct seed *s = &c->items[(size_t)n % c->n];
        size_t len = s->len < MUTANT_MAX ? s->len : MUTANT_MAX;
        memcpy(mutant, s->data, len);
        for (size_t k = 1 + below(&state, 4); k > 0; k--) {
            len = mutate_once(&state, mutant, len, &c->items[below(&state, c->n)]);
        }
        run_one(mutant, len);
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    struct corpus c = {0};
    const char *name = strrchr(argv[0], '/');
    (void)snprintf(failed_path, sizeof(failed_path), "%s.failed", name ? name + 1 : argv[0]);
    for (int i = 1; i < argc; i++) {
        read_all(&c, argv[i]);
    }
    if (c.n == 0) {
        (void)fprintf(stderr, "replay: no seeds\n");
        return 2;
    }
    qsort(c.items, c.n, sizeof(c.items[0]), by_name);
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(save_current);
    }
    (void)signal(SIGABRT, on_death);
    if (__sanitizer_set_death_callback == NULL) {
        (void)signal(SIGSEGV, on_death);
    }
    printf("1..2\n");
    for (size_t i = 0; i < c.n; i++) {
        run_one(c.items[i].data, c.items[i].len);
    }
    run_one((const uint8_t *)"", 0);
    printf("ok 1 - %zu seeds\n", c.n);
    fflush(stdout);
    printf("ok 2 - %d mutations\n", run_mutations(&c));
    for (size_t i = 0; i < c.n; i++) {
        free(c.items[i].name);
        free(c.items[i].data);
    }
    free(c.items);
    return 0;
}
