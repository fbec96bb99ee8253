/* exchange/claim/csv.c - tables (RFC 4180, and with other separators).
 *
 * The header line says which column is what. Shadowserver's reports have the
 * accused in `ip` and `port`, and their times are UTC by their documentation.
 */
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "exchange/claim/forms.h"

enum { FIELD_MAX_BYTES = 4096 };

struct table {
    struct bytes s;
    size_t at;
    char separator;
    bool cut;  /* a quote was not closed */
    bool zeek; /* its header says "#fields" */
    size_t n;
    bool again[LIMIT_CLAIM_COLUMNS]; /* another column means the same */
    enum claim_key keys[LIMIT_CLAIM_COLUMNS];
    char names[LIMIT_CLAIM_COLUMNS][32];
    uint8_t field[FIELD_MAX_BYTES];
    size_t field_len;
};

/* The next field into t->field, cut to fit; false at the end of the row. */
static bool next_field(struct table *t, bool *row_open)
{
    if (!*row_open) {
        return false;
    }
    bool quoted = t->at < t->s.len && t->s.data[t->at] == '"';
    t->at += quoted;
    t->field_len = 0;
    for (;;) {
        if (t->at >= t->s.len) {
            t->cut |= quoted;
            *row_open = false;
            return true;
        }
        uint8_t c = t->s.data[t->at++];
        if (quoted && c == '"') {
            if (t->at < t->s.len && t->s.data[t->at] == '"') {
                t->at++; /* "" stands for one */
            } else {
                quoted = false;
                continue;
            }
        } else if (!quoted && c == (uint8_t)t->separator) {
            return true;
        } else if (!quoted && c == '\n') {
            *row_open = false;
            return true;
        }
        if (t->field_len < FIELD_MAX_BYTES && (quoted || c != '\r')) {
            t->field[t->field_len++] = c;
        }
    }
}

static bool has_key(const struct table *t, enum claim_key key)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->keys[i] == key) {
            return true;
        }
    }
    return false;
}

static bool has_name(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static struct bytes field_of(const struct table *t)
{
    return text_trim(bytes_of(t->field, t->field_len));
}

/* The first column of a meaning has it; where that is empty, another. */
static void read_names(struct table *t)
{
    bool open = true;
    while (next_field(t, &open)) {
        struct bytes name = field_of(t);
        if (t->n == LIMIT_CLAIM_COLUMNS) {
            continue;
        }
        enum claim_key key = claim_key_of(name);
        t->again[t->n] = key != CLAIM_KEY_NONE && has_key(t, key);
        t->keys[t->n] = key;
        claim_copy(t->names[t->n], sizeof(t->names[0]), name);
        t->n++;
    }
}

static char separator_of(struct bytes line)
{
    static const char marks[] = ",;\t|";
    char best = ',';
    size_t most = 0;
    for (const char *m = marks; *m != '\0'; m++) {
        size_t n = 0;
        for (size_t i = 0; i < line.len; i++) {
            n += line.data[i] == (uint8_t)*m;
        }
        best = n > most ? *m : best;
        most = n > most ? n : most;
    }
    return best;
}

/* Zeek's logs begin with lines about themselves; where the names stand. */
static bool find_fields(struct bytes s, size_t *ret_at)
{
    enum { LINES_MAX = 20 };
    size_t at = 0;
    for (int i = 0; i < LINES_MAX && at < s.len && s.data[at] == '#'; i++) {
        struct bytes line = bytes_of(s.data + at, s.len - at);
        if (bytes_begin(line, BYTES_LITERAL("#fields\t"))) {
            *ret_at = at + sizeof("#fields");
            return true;
        }
        const uint8_t *end = memchr(line.data, '\n', line.len);
        at = end != NULL ? (size_t)(end - s.data) + 1 : s.len;
    }
    return false;
}

static void begin(struct table *t, struct bytes s)
{
    size_t at = 0;
    t->zeek = find_fields(s, &at);
    while (!t->zeek && at < s.len &&
           (s.data[at] == '#' || s.data[at] == ' ' || s.data[at] == '\n' || s.data[at] == '\r')) {
        at++;
    }
    const uint8_t *end = at < s.len ? memchr(s.data + at, '\n', s.len - at) : NULL;
    size_t n = end != NULL ? (size_t)(end - s.data) - at : s.len - at;
    t->s = s;
    t->at = at;
    t->n = 0;
    t->cut = false;
    t->separator = separator_of(n > 0 ? bytes_of(s.data + at, n) : (struct bytes){0});
    read_names(t);
}

bool claim_csv_sniff(struct bytes s)
{
    struct table *t = malloc(sizeof(*t));
    if (t == NULL) {
        return false;
    }
    begin(t, s);
    size_t known = 0;
    for (size_t i = 0; i < t->n; i++) {
        known += t->keys[i] != CLAIM_KEY_NONE;
    }
    bool address = has_key(t, CLAIM_KEY_SOURCE);
    bool time = has_key(t, CLAIM_KEY_TIME) || has_key(t, CLAIM_KEY_FIRST);
    bool is = t->n > 1 && address && (time || known > 2);
    free(t);
    return is;
}

/* Which end a lone "port" is of. */
static enum claim_key port_of(const struct table *t, bool shadowserver)
{
    return shadowserver || has_key(t, CLAIM_KEY_TARGET_PORT) ? CLAIM_KEY_SOURCE_PORT
                                                             : CLAIM_KEY_NONE;
}

static enum status read_row(struct claim_reading *r, struct table *t, struct claim_draft *d)
{
    bool open = true;
    size_t column = 0;
    uint32_t done = 0;
    while (next_field(t, &open)) {
        if (column < t->n && t->field_len > 0) {
            struct bytes v = field_of(t);
            enum claim_key key = t->keys[column];
            bool empty = bytes_equal(v, BYTES_LITERAL("-"));
            bool second = t->again[column] && (done >> key & 1) != 0;
            bool taken = empty || (key != CLAIM_KEY_NONE && !second &&
                                   claim_draft_set(r->set, d, &r->clock, key, v));
            done |= taken && !empty ? UINT32_C(1) << key : 0;
            if (!taken && !r->set->more_quotes) {
                claim_set_quote(r->set, bytes_of(t->names[column], strlen(t->names[column])), v);
            }
        }
        column++;
    }
    return claim_draft_end(r->set, d);
}

enum status claim_read_csv(struct claim_reading *r, struct bytes s)
{
    CLEANUP(free_ptr) struct table *t = malloc(sizeof(*t));
    if (t == NULL) {
        return ST_NOMEM;
    }
    begin(t, s);
    bool shadowserver =
        has_name(t, "timestamp") && has_name(t, "ip") && (has_name(t, "asn") || has_name(t, "geo"));
    struct claim_draft d = {.port = port_of(t, shadowserver)};
    struct claim_clock before = r->clock;
    claim_form(r, t->zeek        ? "log of Zeek"
                  : shadowserver ? "Shadowserver report (CSV)"
                                 : "table (CSV)");
    if (shadowserver && !r->clock.has_zone) {
        r->clock.has_zone = true;
        r->clock.zone_ns = 0;
        (void)claim_draft_set(r->set, &d, &r->clock, CLAIM_KEY_ACCUSER,
                              BYTES_LITERAL("Shadowserver, by the form of the report"));
    }
    enum status st = ST_OK;
    while (st == ST_OK && t->at < t->s.len) {
        if (t->zeek && t->s.data[t->at] == '#') { /* "#types", "#close" */
            const uint8_t *end = memchr(t->s.data + t->at, '\n', t->s.len - t->at);
            t->at = end != NULL ? (size_t)(end - t->s.data) + 1 : t->s.len;
            continue;
        }
        st = read_row(r, t, &d);
    }
    r->set->notes |= t->cut ? CLAIM_NOTE_CUT : 0;
    r->clock = before;
    return st;
}
