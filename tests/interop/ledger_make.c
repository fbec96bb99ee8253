/* tests/interop/ledger_make.c - a ledger for others to check.
 *
 *   ledger_make make DIR                   log/, *.vkey, *.tlog-proof, consistency
 *   ledger_make ask FILE OUT               a timestamp request for FILE
 *   ledger_make stamp RESP FILE ASK CA     does the response hold?
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "ledger/log.h"
#include "ledger/policy.h"
#include "ledger/proof.h"
#include "ledger/reader.h"
#include "ledger/timestamp.h"
#include "ledger/witness.h"

enum { COMMITS = 7 };

static const unsigned batch[COMMITS] = {1, 2, 252, 3, 254, 65536, 300};

static struct ledger_signer signer_of(const char *name, uint8_t type, uint8_t n)
{
    struct ledger_signer s;
    uint8_t seed[LEDGER_KEY_BYTES];
    memset(seed, n, sizeof(seed));
    enum status st = ledger_signer_make(bytes_of(name, strlen(name)), type, seed, &s);
    assert(st == ST_OK);
    return s;
}

static void save(int dir, const char *name, struct bytes data)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert(fd >= 0);
    ssize_t n = write(fd, data.data, data.len);
    assert(n == (ssize_t)data.len);
    (void)close(fd);
}

static void save_key(int dir, const char *name, const struct ledger_signer *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    ledger_key_format(&s->key, &b);
    save(dir, name, buf_bytes(&b));
}

static void fill(struct ledger_log *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char entry[32];
        uint64_t number = ledger_log_size(l) + i, got = 0;
        int len = snprintf(entry, sizeof(entry), "entry %llu", (unsigned long long)number);
        enum status st = ledger_log_add(l, bytes_of(entry, (size_t)len), &got, NULL);
        assert(st == ST_OK && got == number);
    }
    enum status st = ledger_log_commit(l, NULL);
    assert(st == ST_OK);
}

/* The witness's side of it in a directory of its own. */
static void cosign(struct ledger_log *l, struct ledger_witness *w, struct ledger_reader *r,
                   uint64_t *old, struct buf *growth)
{
    CLEANUP(buf_fini) struct buf q = BUF_INIT(65536), body = BUF_INIT(65536), n = BUF_INIT(65536);
    struct ledger_hashes src = ledger_reader_hashes(r);
    struct ledger_path p;
    enum ledger_witness_code code = 0;
    size_t added = 0;
    enum status st = ledger_tree_prove_growth(&src, *old, r->size, &p);
    assert(st == ST_OK);
    ledger_witness_ask(*old, &p, ledger_log_checkpoint(l), &q);
    st = ledger_witness_answer(w, buf_bytes(&q), 1700000000 + r->size, &code, &body, NULL);
    assert(st == ST_OK && code == LEDGER_WITNESS_SIGNED);
    st = ledger_witness_collect(ledger_log_checkpoint(l), buf_bytes(&body), &w->signer->key, 1, &n,
                                &added, NULL);
    assert(st == ST_OK && added == 1);
    st = ledger_log_publish(l, buf_bytes(&n), NULL);
    assert(st == ST_OK);
    buf_printf(growth, "%llu %llu\n", (unsigned long long)*old, (unsigned long long)r->size);
    ledger_path_write(&p, growth);
    buf_byte(growth, '\n');
    *old = r->size;
}

static void prove(int dir, struct ledger_log *l, struct ledger_reader *r)
{
    for (uint64_t i = 0; i < r->size; i = 2 * i + 1) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
        struct ledger_hashes src = ledger_reader_hashes(r);
        struct ledger_proof p = {.index = i, .checkpoint = ledger_log_checkpoint(l)};
        char name[64];
        enum status st = ledger_tree_prove(&src, i, r->size, &p.path);
        assert(st == ST_OK);
        ledger_proof_write(&p, &b);
        (void)snprintf(name, sizeof(name), "%llu-%llu.tlog-proof", (unsigned long long)r->size,
                       (unsigned long long)i);
        save(dir, name, buf_bytes(&b));
    }
}

static void make(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert(dir >= 0 && mkdirat(dir, "witness", 0755) == 0);
    int witness_dir = openat(dir, "witness", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct ledger_files files = ledger_files_at(&dir), its = ledger_files_at(&witness_dir);
    struct ledger_signer key = signer_of("log.example/1", LEDGER_KEY_SIGN, 1);
    struct ledger_signer cosigner = signer_of("witness.example/w", LEDGER_KEY_COSIGN, 2);
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    CLEANUP(buf_fini) struct buf growth = BUF_INIT(1 << 20);
    struct ledger_witness w;
    uint64_t old = 0;
    enum status st = ledger_log_make(&files, &key, &l, NULL);
    assert(st == ST_OK);
    st = ledger_witness_init(&w, &its, &cosigner, &key.key, 1, NULL);
    assert(st == ST_OK);
    for (unsigned i = 0; i < COMMITS; i++) {
        CLEANUP(free_ptr) struct ledger_reader *r = NULL;
        fill(l, batch[i]);
        st = ledger_reader_new(&files, "log/", ledger_log_size(l), &r);
        assert(st == ST_OK);
        cosign(l, &w, r, &old, &growth);
        prove(dir, l, r);
    }
    ledger_witness_fini(&w);
    save_key(dir, "log.vkey", &key);
    save_key(dir, "witness.vkey", &cosigner);
    save(dir, "consistency", buf_bytes(&growth));
    (void)close(witness_dir);
    (void)close(dir);
}

static void load(const char *path, struct buf *out)
{
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct ledger_files files = ledger_files_at(&here);
    enum status st = ledger_files_read(&files, path, out, NULL);
    assert(st == ST_OK);
    (void)close(here);
}

static void ask(const char *file, const char *out)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20), q = BUF_INIT(4096);
    struct digest d;
    load(file, &b);
    enum status st = digest_sha256(buf_bytes(&b), &d);
    assert(st == ST_OK);
    st = ledger_timestamp_ask(&d, 0xfedcba9876543210, &q);
    assert(st == ST_OK);
    save(AT_FDCWD, out, buf_bytes(&q));
}

static int stamp(char **path)
{
    CLEANUP(buf_fini) struct buf r = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
    CLEANUP(buf_fini) struct buf q = BUF_INIT(1 << 20), ca = BUF_INIT(1 << 20);
    struct ledger_timestamp t;
    struct fault why = {0};
    load(path[0], &r);
    load(path[1], &b);
    load(path[2], &q);
    load(path[3], &ca);
    enum status st = ledger_timestamp_check(buf_bytes(&r), buf_bytes(&b), buf_bytes(&q),
                                            buf_bytes(&ca), &t, &why);
    if (st != ST_OK) {
        printf("%s: %s\n", why.field, status_text(st));
        return 1;
    }
    char when[TIME_TEXT_MAX];
    (void)time_format(t.time_ns, when);
    printf("%s by %s\n", when, t.authority);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make(argv[2]);
    } else if (argc == 4 && strcmp(argv[1], "ask") == 0) {
        ask(argv[2], argv[3]);
    } else if (argc == 6 && strcmp(argv[1], "stamp") == 0) {
        return stamp(argv + 2);
    } else {
        return 2;
    }
    return 0;
}
