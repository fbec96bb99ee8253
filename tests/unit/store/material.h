/* tests/unit/store/material.h - a folder with a store, and findings for it. */
#pragma once

#include <assert.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "store/store.h"
#include "test.h"

struct place {
    char folder[64];
    char file[96];
};

/* In memory where there is room for files: they are synced thousands of times. */
static inline struct place place_make(void)
{
    struct place p = {.folder = "/tmp/exhibit-store-XXXXXX"};
    if (access("/dev/shm", W_OK) == 0) {
        (void)snprintf(p.folder, sizeof(p.folder), "/dev/shm/exhibit-store-XXXXXX");
    }
    assert(mkdtemp(p.folder) != NULL);
    (void)snprintf(p.file, sizeof(p.file), "%s/%s", p.folder, STORE_FILE);
    return p;
}

static inline int place_remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void place_remove(const struct place *p)
{
    CHECK(nftw(p->folder, place_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static inline struct addr address(const char *s)
{
    struct addr a = {0};
    assert(addr_parse(bytes_of(s, strlen(s)), &a) == ST_OK);
    return a;
}

/* The nth of many findings: ids ascend with n, times with the hour. */
static inline struct finding finding_nth(unsigned n)
{
    struct finding f = {.has_initiator = true, .has_remote = true, .packets = 10};
    f.initiator = f.remote = addr_from_v4(0xcb007100 + n); /* 203.0.113.n */
    f.when.first_ns = (1700000000 + 3600 * (int64_t)n) * TIME_SECOND;
    f.when.last_ns = f.when.first_ns + 60 * TIME_SECOND;
    (void)snprintf(f.id, sizeof(f.id), "%032x", n);
    (void)snprintf(f.definition, sizeof(f.definition), "scan.vertical/1");
    (void)snprintf(f.kind, sizeof(f.kind), "scan.vertical");
    finding_words(&f, "syn", "tcp");
    return f;
}

static const struct store_run run_sample = {
    .stored_ns = 1700100000 * INT64_C(1000000000),
    .definitions = {(const uint8_t *)"{\"set\":\"default\"}", 17},
    .sources = {(const uint8_t *)"[{\"name\":\"tor-geoip\"}]", 22},
};

/* What is stored for a finding: its id and what it counted. */
static inline struct bytes line_of(const struct finding *f, char out[96])
{
    int n = snprintf(out, 96, "{\"type\":\"finding\",\"id\":\"%s\",\"packets\":%u}", f->id,
                     (unsigned)f->packets);
    return bytes_of(out, (size_t)n);
}

static inline enum status put(struct store *s, const struct finding *f, enum store_added *ret)
{
    char line[96];
    struct store_finding x = {.finding = f, .input = "a.pcap", .json = line_of(f, line)};
    enum store_added added = STORE_NEW;
    enum status st = store_add(s, &x, &added, NULL);
    if (st == ST_OK && ret != NULL) {
        *ret = added;
    }
    return st;
}

/* Findings `from` to `to` (without it), in one go. */
static inline enum status put_range(const char *folder, unsigned from, unsigned to)
{
    CLEANUP(store_freep) struct store *s = NULL;
    TRY(store_open(folder, STORE_WRITE, &s, NULL));
    TRY(store_begin(s, &run_sample, NULL));
    for (unsigned i = from; i < to; i++) {
        struct finding f = finding_nth(i);
        TRY(put(s, &f, NULL));
    }
    return store_commit(s, NULL);
}

/* What a question finds, as text: the last byte of each id in hexadecimal, with
 * a blank behind. Every row must be what put() stored. */
static inline enum status ask(struct store *s, const struct store_query *q, struct buf *ret)
{
    CLEANUP(store_rows_freep) struct store_rows *rows = NULL;
    struct store_row row;
    enum status st;
    TRY(store_find(s, q, &rows, NULL));
    while ((st = store_rows_next(rows, &row, NULL)) == ST_OK) {
        char line[96];
        unsigned long n = strtoul(row.id, NULL, 16);
        struct finding f = finding_nth((unsigned)n);
        struct bytes want = line_of(&f, line);
        CHECK_STR(row.id, f.id);
        CHECK(row.json.len >= want.len - 4 && memcmp(row.json.data, want.data, 60) == 0);
        buf_printf(ret, "%lx ", n);
    }
    buf_byte(ret, '\0');
    return st == ST_END ? ret->failed : st;
}

/* All of a folder's store. */
static inline enum status ask_all(const char *folder, struct buf *ret)
{
    CLEANUP(store_freep) struct store *s = NULL;
    static const struct store_query all;
    TRY(store_open(folder, STORE_READ, &s, NULL));
    return ask(s, &all, ret);
}
