/* tests/unit/exchange/talking.h - parties with homes, for the tests of statements. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "evidence/home/home.h"
#include "exchange/talk/keeping.h"
#include "test.h"

struct talker {
    char path[64];
    struct evidence_home *home;
};

#define TALK_TIME (INT64_C(1800000000) * 1000000000)

static inline void talker_make(struct talker *t, const char *name)
{
    static const struct evidence_lock_cost cheap = {1, 8192};
    struct evidence_home_plan plan = {.cost = cheap, .config.local.rule = LOCAL_UNKNOWN};
    struct ledger_files files;
    bool finished = false;
    (void)snprintf(plan.config.name, sizeof(plan.config.name), "%s", name);
    (void)snprintf(t->path, sizeof(t->path), "/tmp/exhibit-talk-XXXXXX");
    CHECK(mkdtemp(t->path) != NULL);
    int fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    files = ledger_files_private_at(&fd);
    CHECK_INT(evidence_home_make(&files, &plan, &finished, NULL), ST_OK);
    (void)close(fd);
    CHECK_INT(evidence_home_open(t->path, &t->home, NULL), ST_OK);
    CHECK_INT(evidence_home_unlock(t->home, (struct bytes){0}, NULL), ST_OK);
}

static inline void talker_remove(struct talker *t)
{
    char command[128];
    evidence_home_free(t->home);
    (void)snprintf(command, sizeof(command), "rm -r %s", t->path);
    CHECK(system(command) == 0);
}

/* A statement of this party with a body in JSON. */
static inline struct exchange_statement *talker_says(const struct talker *t, const char *type,
                                                     uint8_t id, const struct digest *previous,
                                                     const char *body)
{
    struct exchange_statement *ret = NULL;
    struct exchange_saying s = {.type = type,
                                .party = t->home->config.name,
                                .id = {id},
                                .time_ns = TALK_TIME + id * INT64_C(1000000000),
                                .previous = previous,
                                .body = json_loads(body, 0, NULL)};
    CHECK(s.body != NULL);
    CHECK_INT(exchange_statement_make(&s, &t->home->signer, &ret, NULL), ST_OK);
    json_decref(s.body);
    return ret;
}

static inline enum status talker_keeps(const struct talker *t, const struct exchange_statement *s,
                                       const json_t *others, bool *ret_new, struct fault *why)
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    TRY(evidence_home_ledger(t->home, &log, why));
    return exchange_keep(t->home, log, s, others, ret_new, why);
}

static inline uint64_t talker_entries(const struct talker *t)
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CHECK_INT(evidence_home_ledger(t->home, &log, NULL), ST_OK);
    return ledger_log_size(log);
}

/* What the party hands over of these statements. */
static inline void talker_hands(const struct talker *t, const struct digest *hash, size_t n,
                                struct buf *out)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    CHECK_INT(exchange_handing_init(&w), ST_OK);
    CHECK_INT(exchange_hand_keys(t->home, &w, NULL), ST_OK);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(exchange_hand(t->home, &hash[i], &w, NULL), ST_OK);
    }
    CHECK_INT(exchange_handing_write(&w, out, NULL), ST_OK);
}

/* Its keys as an accord names them. */
static inline void talker_keys(const struct talker *t, struct exchange_keys *k)
{
    exchange_keys_begin(k, &t->home->signer.key, &t->home->next);
}

static inline void talker_rotates(struct talker *t)
{
    static const struct evidence_lock_cost cheap = {1, 8192};
    bool finished = false;
    CHECK_INT(evidence_home_rotate(t->home, (struct bytes){0}, &cheap, &finished, NULL), ST_OK);
    CHECK_INT(exchange_term_keep(t->home, NULL), ST_OK);
}
