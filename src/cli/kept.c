/* cli/kept.c - the index of kept sources, and their files. */
#include "cli/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/os/file.h"
#include "cli/home.h"
#include "cli/say.h"

enum { INDEX_MAX_BYTES = 1 << 18, KEPT_MODE = 0600, FOLDER_MODE = 0700 };

#define INDEX_NAME "index.json"

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd); /* a folder, or only read from */
    }
}

static void unref(json_t **j)
{
    json_decref(*j);
}

/* Commands that only look must work where there is no place for a home. */
static bool has_place(const char *given)
{
    const char *const variables[] = {"EXHIBIT_HOME", "XDG_DATA_HOME", "HOME"};
    bool any = given != NULL;
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        const char *v = getenv(variables[i]);
        any |= v != NULL && *v != '\0' && (i == 0 || *v == '/');
    }
    return any;
}

/* --- the index -------------------------------------------------------------------- */

static bool take_text(const json_t *o, const char *key, char *out, size_t size)
{
    const json_t *v = json_object_get(o, key);
    size_t n = json_string_length(v);
    if (!json_is_string(v) || n >= size) {
        return false;
    }
    memcpy(out, json_string_value(v), n + 1);
    return true;
}

/* A name in the folder, and nothing else. */
static bool is_name(const char *s)
{
    return *s != '\0' && *s != '.' && strchr(s, '/') == NULL && strchr(s, ',') == NULL;
}

static bool take_source(const json_t *o, struct kept_source *ret)
{
    char hex[DIGEST_TEXT_MAX];
    *ret = (struct kept_source){.file = ""};
    return take_text(o, "file", ret->file, sizeof(ret->file)) && is_name(ret->file) &&
           take_text(o, "options", ret->options, sizeof(ret->options)) &&
           take_text(o, "licence", ret->licence, sizeof(ret->licence)) &&
           take_text(o, "sha256", hex, sizeof(hex)) &&
           digest_parse(bytes_of(hex, strlen(hex)), &ret->digest) == ST_OK;
}

static bool take_index(struct bytes text, struct kept *k)
{
    CLEANUP(unref)
    json_t *root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(root, "sources");
    size_t n = json_array_size(list);
    if (json_integer_value(json_object_get(root, "version")) != 1 || !json_is_array(list) ||
        n > KEPT_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!take_source(json_array_get(list, i), &k->items[i])) {
            return false;
        }
    }
    k->n = n;
    return true;
}

bool kept_read(const char *home, struct kept *ret)
{
    char path[PATH_MAX];
    *ret = (struct kept){.n = 0};
    if (!has_place(home)) {
        return true;
    }
    if (!home_path(home, path)) {
        return false;
    }
    if (snprintf(ret->folder, sizeof(ret->folder), "%s/source", path) >= (int)sizeof(ret->folder)) {
        say("%s: the path is too long", path);
        return false;
    }
    CLEANUP(close_fd) int dir = open(ret->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 && errno == ENOENT) {
        return true;
    }
    CLEANUP(buf_fini) struct buf text = BUF_INIT(INDEX_MAX_BYTES);
    struct fault why = {0};
    enum status st =
        dir < 0 ? fault_sys(&why, errno, "open") : file_read_at(dir, INDEX_NAME, &text, &why);
    if (st == ST_SYS && why.sys_errno == ENOENT) {
        return true;
    }
    if (st != ST_OK || !take_index(buf_bytes(&text), ret)) {
        st = st == ST_OK ? fault_at(&why, ST_MALFORMED, 0, "list of kept sources") : st;
        say_fault(ret->folder, st, &why);
        return false;
    }
    return true;
}

static void put_index(struct buf *out, const struct kept *k)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_u64(&j, "version", 1);
    emit_key(&j, "sources");
    emit_array(&j);
    for (size_t i = 0; i < k->n; i++) {
        char hex[DIGEST_TEXT_MAX];
        digest_format(&k->items[i].digest, hex);
        emit_object(&j);
        emit_member_str(&j, "file", k->items[i].file);
        emit_member_str(&j, "options", k->items[i].options);
        emit_member_str(&j, "licence", k->items[i].licence);
        emit_member_str(&j, "sha256", hex);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

/* --- adding ------------------------------------------------------------------------- */

static int make_folder(const char *path)
{
    char at[PATH_MAX];
    (void)snprintf(at, sizeof(at), "%s", path); /* of the same size */
    for (char *slash = strchr(at + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(at, FOLDER_MODE); /* if it cannot be made, opening tells */
        *slash = '/';
    }
    (void)mkdir(at, FOLDER_MODE); /* likewise */
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s", path, strerror(errno));
    }
    return fd;
}

/* The name of the file, as far as it can be one of ours, and is not taken. */
static void choose_name(const struct kept *k, const char *path, char out[KEPT_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    const char *from = slash != NULL ? slash + 1 : path;
    char base[KEPT_NAME_MAX - 8];
    size_t n = 0;
    for (; from[n] != '\0' && n < sizeof(base) - 1; n++) {
        bool plain = (from[n] >= 'a' && from[n] <= 'z') || (from[n] >= 'A' && from[n] <= 'Z') ||
                     (from[n] >= '0' && from[n] <= '9') || (n > 0 && from[n] == '.') ||
                     from[n] == '-';
        base[n] = plain ? from[n] : '_';
    }
    base[n] = '\0';
    bool taken = strcmp(base, INDEX_NAME) == 0 || n == 0;
    for (size_t i = 0; i < k->n; i++) {
        taken |= strcmp(base, k->items[i].file) == 0;
    }
    (void)snprintf(out, KEPT_NAME_MAX, taken ? "%s-%zu" : "%s", base, k->n + 1); /* fits */
}

static bool copy(int dir, const char *name, const char *path, const struct digest *want)
{
    CLEANUP(buf_fini) struct buf content = BUF_INIT(LIMIT_SOURCE_BYTES);
    struct fault why = {0};
    struct digest got;
    enum status st = file_read(path, &content, &why);
    st = st == ST_OK ? digest_sha256(buf_bytes(&content), &got) : st;
    if (st == ST_OK && memcmp(got.b, want->b, sizeof(got.b)) != 0) {
        st = fault_at(&why, ST_MISMATCH, 0, "it changed while it was added");
    }
    st = st == ST_OK ? file_write_at(dir, name, buf_bytes(&content), KEPT_MODE, &why) : st;
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

bool kept_add(struct kept *k, const char *path, const struct kept_source *source)
{
    if (k->n == KEPT_MAX || k->folder[0] == '\0') {
        say(k->n == KEPT_MAX ? "past the limit of %d kept sources"
                             : "there is no place for a home: name one with --home",
            KEPT_MAX);
        return false;
    }
    CLEANUP(close_fd) int dir = make_folder(k->folder);
    struct kept_source *x = &k->items[k->n];
    *x = *source;
    choose_name(k, path, x->file);
    if (dir < 0 || !copy(dir, x->file, path, &x->digest)) {
        return false;
    }
    k->n++;
    CLEANUP(buf_fini) struct buf index = BUF_INIT(INDEX_MAX_BYTES);
    struct fault why = {0};
    put_index(&index, k);
    enum status st = index.failed;
    st = st == ST_OK ? file_write_at(dir, INDEX_NAME, buf_bytes(&index), KEPT_MODE, &why) : st;
    if (st != ST_OK) {
        say_fault(k->folder, st, &why);
    }
    return st == ST_OK;
}

/* --- for a run ------------------------------------------------------------------------ */

void kept_specs_fini(struct kept_specs *s)
{
    for (size_t i = 0; i < s->text_n; i++) {
        free(s->texts[i]);
    }
    *s = (struct kept_specs){.n = 0};
}

bool kept_specs(const char *home, const char *const *given, size_t n, struct kept_specs *ret)
{
    struct kept *k = malloc(sizeof(*k));
    *ret = (struct kept_specs){.n = 0};
    bool well = k != NULL && kept_read(home, k);
    for (size_t i = 0; well && i < k->n; i++) {
        const struct kept_source *x = &k->items[i];
        char *text = NULL;
        if (asprintf(&text, "%s/%s%s%s", k->folder, x->file, x->options[0] != '\0' ? "," : "",
                     x->options) < 0) {
            say("not enough memory");
            well = false;
            break;
        }
        ret->texts[ret->text_n++] = text;
        ret->items[ret->n++] = text;
    }
    for (size_t i = 0; well && i < n && i < SETTINGS_SOURCES_MAX; i++) {
        ret->items[ret->n++] = given[i];
    }
    if (k == NULL) {
        say("not enough memory");
    }
    free(k);
    return well;
}
