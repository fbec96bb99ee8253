/* exchange/talk/keeping.c - statements written, found and listed. */
#include "exchange/talk/keeping.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/base64.h"
#include "base/core/canon.h"
#include "base/os/random.h"
#include "exchange/talk/kept.h"
#include "ledger/reader.h"

static const char format_name[] = "exhibit-kept/v1";

enum { KEPT_DEPTH = 6, KEPT_BYTES = 4 << 20 };

/* --- files ------------------------------------------------------------------------ */

enum status exchange_kept_put(const struct evidence_home *h, const char *path, struct bytes content,
                              struct fault *why)
{
    struct ledger_writer w = {.files = &h->files, .scratch = "talk/new"};
    int err = h->files.mkdir(h->files.ctx, "talk");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    TRY(ledger_writer_put(&w, path, content, why));
    return ledger_writer_sync(&w, why);
}

static void path_of(const char *folder, const struct digest *hash, char out[LEDGER_PATH_MAX])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(hash, hex);
    (void)snprintf(out, LEDGER_PATH_MAX, "talk/%s/%s", folder, hex);
}

enum status exchange_file_keep(const struct evidence_home *h, struct bytes content,
                               struct digest *ret, struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    TRY(digest_sha256(content, ret));
    path_of("file", ret, path);
    return exchange_kept_put(h, path, content, why);
}

enum status exchange_file_get(const struct evidence_home *h, const struct digest *hash,
                              struct buf *ret, struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    struct digest again;
    size_t before = ret->len;
    path_of("file", hash, path);
    TRY(ledger_files_read(&h->files, path, ret, why));
    TRY(digest_sha256(bytes_of(ret->data + before, ret->len - before), &again));
    return memcmp(&again, hash, sizeof(again)) == 0
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "kept file was changed");
}

/* --- one statement ---------------------------------------------------------------- */

void exchange_kept_free(struct exchange_kept *k)
{
    if (k != NULL) {
        exchange_statement_free(k->statement);
        json_decref(k->others);
        free(k);
    }
}

void exchange_kept_freep(struct exchange_kept **k)
{
    exchange_kept_free(*k);
}

static enum status read_kept(const json_t *root, struct exchange_kept *k, struct fault *why)
{
    static const char *const names[] = {"format", "note", "salt", "index", "logged", NULL};
    char format[sizeof(format_name)], salt[32];
    const json_t *note = json_object_get(root, "note"), *index = json_object_get(root, "index");
    size_t n = 0;
    if (!exchange_members_known(root, names) ||
        !exchange_text_of(root, "format", format, sizeof(format)) ||
        strcmp(format, format_name) != 0 || !json_is_string(note)) {
        return fault_at(why, ST_MALFORMED, 0, "kept statement");
    }
    if (!exchange_text_of(root, "salt", salt, sizeof(salt)) ||
        base64_decode(bytes_of(salt, strlen(salt)), k->salt, sizeof(k->salt), &n) != ST_OK ||
        n != sizeof(k->salt)) {
        return fault_at(why, ST_MALFORMED, 0, "salt of a kept statement");
    }
    if (index != NULL && (!json_is_integer(index) || json_integer_value(index) < 0)) {
        return fault_at(why, ST_MALFORMED, 0, "index of a kept statement");
    }
    k->logged = index != NULL;
    k->index = (uint64_t)json_integer_value(index);
    const json_t *others = json_object_get(root, "logged");
    k->others = json_is_array(others) ? json_deep_copy(others) : json_array();
    if (k->others == NULL) {
        return ST_NOMEM;
    }
    return exchange_statement_read(bytes_of(json_string_value(note), json_string_length(note)),
                                   &k->statement, why);
}

static enum status get_path(const struct evidence_home *h, const char *path,
                            struct exchange_kept **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(KEPT_BYTES);
    CLEANUP(canon_freep) json_t *root = NULL;
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    TRY(ledger_files_read(&h->files, path, &text, why));
    TRY(canon_load(buf_bytes(&text), KEPT_DEPTH, &root, why));
    k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return ST_NOMEM;
    }
    TRY(read_kept(root, k, why));
    *ret = TAKE(k);
    return ST_OK;
}

enum status exchange_kept_get(const struct evidence_home *h, const struct digest *hash,
                              struct exchange_kept **ret, struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    path_of("statement", hash, path);
    TRY(get_path(h, path, &k, why));
    if (memcmp(&k->statement->hash, hash, sizeof(*hash)) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "kept statement was changed");
    }
    *ret = TAKE(k);
    return ST_OK;
}

static enum status put_kept(const struct evidence_home *h, const struct exchange_kept *k,
                            struct fault *why)
{
    CLEANUP(buf_fini) struct buf salt = BUF_INIT(64), text = BUF_INIT(KEPT_BYTES);
    CLEANUP(canon_freep) json_t *root = json_object();
    char path[LEDGER_PATH_MAX];
    const struct buf *note = &k->statement->file;
    base64_append(&salt, bytes_of(k->salt, sizeof(k->salt)));
    bool good =
        root != NULL && salt.failed == ST_OK &&
        json_object_set_new(root, "format", json_string(format_name)) == 0 &&
        json_object_set_new(root, "note", json_stringn((const char *)note->data, note->len)) == 0 &&
        json_object_set_new(root, "salt", json_stringn((const char *)salt.data, salt.len)) == 0 &&
        json_object_set(root, "logged", k->others) == 0;
    if (good && k->logged) {
        good = json_object_set_new(root, "index", json_integer((json_int_t)k->index)) == 0;
    }
    if (!good) {
        return ST_NOMEM;
    }
    TRY(canon_write(root, &text));
    path_of("statement", &k->statement->hash, path);
    return exchange_kept_put(h, path, buf_bytes(&text), why);
}

/* --- keeping ---------------------------------------------------------------------- */

static enum status fresh(const struct exchange_statement *s, struct exchange_kept **ret,
                         struct fault *why)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return ST_NOMEM;
    }
    k->others = json_array();
    if (k->others == NULL) {
        return ST_NOMEM;
    }
    TRY(random_bytes(k->salt, sizeof(k->salt)));
    TRY(exchange_statement_read(buf_bytes(&s->file), &k->statement, why));
    *ret = TAKE(k);
    return ST_OK;
}

static bool has_party(const json_t *list, const char *party)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "party"));
        if (name != NULL && strcmp(name, party) == 0) {
            return true;
        }
    }
    return false;
}

/* Ours is made from our own ledger each time. */
static enum status add_others(struct exchange_kept *k, const json_t *others, const char *self,
                              struct fault *why)
{
    for (size_t i = 0; i < json_array_size(others); i++) {
        struct exchange_logged l;
        const json_t *o = json_array_get(others, i);
        TRY(exchange_logged_read(o, &l, why));
        if (strcmp(l.party, self) == 0 || has_party(k->others, l.party)) {
            continue;
        }
        if (json_array_size(k->others) >= LIMIT_ACCORD_PARTIES) {
            return fault_limit(why, 0, "ledgers that hold a statement", LIMIT_ACCORD_PARTIES);
        }
        json_t *copy = json_deep_copy(o);
        if (copy == NULL || json_array_append_new(k->others, copy) != 0) {
            return ST_NOMEM;
        }
    }
    return ST_OK;
}

/* Was it committed before the machine stopped? From the newest entry back. */
static enum status find_entry(const struct evidence_home *h, uint64_t size, struct bytes want,
                              bool *ret, uint64_t *ret_index, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    *ret = false;
    TRY(ledger_reader_new(&h->party, "log/", size, &r));
    for (uint64_t i = size; i-- > 0 && !*ret;) {
        CLEANUP(buf_fini) struct buf entry = BUF_INIT(LEDGER_ENTRY_MAX);
        enum status st = ledger_reader_entry(r, i, &entry);
        if (st != ST_OK) {
            return fault_pass(why, st, &r->why);
        }
        *ret = bytes_equal(buf_bytes(&entry), want);
        *ret_index = i;
    }
    return ST_OK;
}

static enum status log_it(const struct evidence_home *h, struct ledger_log *log,
                          struct exchange_kept *k, bool was_kept, struct fault *why)
{
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(256);
    bool there = false;
    TRY(exchange_entry_write(k->salt, &k->statement->hash, &entry));
    if (was_kept) {
        TRY(find_entry(h, ledger_log_size(log), buf_bytes(&entry), &there, &k->index, why));
    }
    if (!there) {
        TRY(ledger_log_add(log, buf_bytes(&entry), &k->index, why));
        TRY(ledger_log_commit(log, why));
    }
    k->logged = true;
    return put_kept(h, k, why);
}

enum status exchange_keep(const struct evidence_home *h, struct ledger_log *log,
                          const struct exchange_statement *s, const json_t *others, bool *ret_new,
                          struct fault *why)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    enum status st = exchange_kept_get(h, &s->hash, &k, why);
    bool was_kept = st == ST_OK;
    if (st == ST_END) {
        st = fresh(s, &k, why);
    }
    TRY(st);
    TRY(exchange_statement_merge(k->statement, s, why));
    TRY(add_others(k, others, h->config.name, why));
    TRY(put_kept(h, k, why));
    if (!k->logged) {
        TRY(log_it(h, log, k, was_kept, why));
    }
    if (ret_new != NULL) {
        *ret_new = !was_kept;
    }
    return ST_OK;
}

enum status exchange_kept_show(const struct evidence_home *h, const struct digest *hash,
                               const json_t *logged, struct fault *why)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    struct exchange_logged l;
    TRY(exchange_kept_get(h, hash, &k, why));
    TRY(exchange_logged_read(logged, &l, why));
    for (size_t i = json_array_size(k->others); i-- > 0;) {
        const char *name =
            json_string_value(json_object_get(json_array_get(k->others, i), "party"));
        if (name != NULL && strcmp(name, l.party) == 0) {
            (void)json_array_remove(k->others, i); /* the place is there */
        }
    }
    json_t *copy = json_deep_copy(logged);
    if (copy == NULL || json_array_append_new(k->others, copy) != 0) {
        return ST_NOMEM;
    }
    return put_kept(h, k, why);
}

/* --- listing ---------------------------------------------------------------------- */

void exchange_kept_list_fini(struct exchange_kept_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        exchange_kept_free(l->item[i]);
    }
    free(l->item);
    *l = (struct exchange_kept_list){0};
}

static int by_time(const void *a, const void *b)
{
    const struct exchange_statement *x = (*(struct exchange_kept *const *)a)->statement;
    const struct exchange_statement *y = (*(struct exchange_kept *const *)b)->statement;
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    return memcmp(&x->hash, &y->hash, sizeof(x->hash));
}

static enum status add_kept(struct exchange_kept_list *l, size_t *cap, struct exchange_kept **k,
                            struct fault *why)
{
    if (l->n == LIMIT_KEPT_STATEMENTS) {
        return fault_limit(why, 0, "kept statements", LIMIT_KEPT_STATEMENTS);
    }
    if (l->n == *cap) {
        size_t want = *cap != 0 ? *cap * 2 : 64;
        void *more = realloc(l->item, want * sizeof(struct exchange_kept *));
        if (more == NULL) {
            return ST_NOMEM;
        }
        l->item = more;
        *cap = want;
    }
    l->item[l->n++] = TAKE(*k);
    return ST_OK;
}

static void close_dir(DIR **d)
{
    if (*d != NULL) {
        (void)closedir(*d); /* only read from */
    }
}

static enum status list(const struct evidence_home *h, DIR *dir, const char *type,
                        struct exchange_kept_list *ret, struct fault *why)
{
    size_t cap = 0;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
        struct digest hash;
        if (digest_parse(bytes_of(e->d_name, strlen(e->d_name)), &hash) != ST_OK) {
            continue; /* "." and what is no statement */
        }
        TRY(exchange_kept_get(h, &hash, &k, why));
        if (type == NULL || strcmp(k->statement->type, type) == 0) {
            TRY(add_kept(ret, &cap, &k, why));
        }
    }
    if (ret->n > 0) {
        qsort(ret->item, ret->n, sizeof(*ret->item), by_time);
    }
    return ST_OK;
}

enum status exchange_kept_all(const struct evidence_home *h, const char *type,
                              struct exchange_kept_list *ret, struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list l = {0};
    int fd = openat(h->dir_fd, "talk/statement", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT) {
        return fault_sys(why, errno, "opening the statements");
    }
    CLEANUP(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && dir == NULL) {
        (void)close(fd); /* only read from */
        return ST_NOMEM;
    }
    if (dir != NULL) {
        TRY(list(h, dir, type, &l, why));
    }
    *ret = l;
    l = (struct exchange_kept_list){0};
    return ST_OK;
}
