/* exchange/claim/text.c - text for people, with labels, fixed sentences of
 * fail2ban, X-ARF's "Key: value" lines, and lines of logs in it.
 *
 * Only fixed forms are read. An address that merely occurs in a text accuses
 * nobody: mails quote registries, signatures and other mails.
 */
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "exchange/claim/forms.h"
#include "exchange/intake.h"

enum { KEY_MAX_BYTES = 40, ARENA_BYTES = 1 << 20 };

struct text {
    struct claim_reading *r;
    struct claim_draft labels; /* of "Key: value" lines */
    struct claim_draft banned; /* of fail2ban's sentence */
    struct arena arena;        /* of a finding's texts */
    bool xarf;                 /* a line that only X-ARF has */
    bool head;                 /* within the headers of a mail that is quoted */
    size_t findings, lines;
};

static struct bytes from(struct bytes s, size_t n)
{
    return bytes_of(s.data + n, s.len - n);
}

/* Where `word` begins in s; s.len when nowhere. */
static size_t find(struct bytes s, const char *word)
{
    const uint8_t *p = s.len > 0 ? memmem(s.data, s.len, word, strlen(word)) : NULL;
    return p != NULL ? (size_t)(p - s.data) : s.len;
}

static bool after(struct bytes s, const char *word, struct bytes *ret)
{
    size_t at = find(s, word);
    if (at == s.len) {
        return false;
    }
    *ret = from(s, at + strlen(word));
    return true;
}

static struct bytes word_of(struct bytes s)
{
    s = text_trim(s);
    const uint8_t *blank = s.len > 0 ? memchr(s.data, ' ', s.len) : NULL;
    return blank != NULL ? bytes_of(s.data, (size_t)(blank - s.data)) : s;
}

/* The marks of quoted mail, and indentation. */
static struct bytes unquote(struct bytes s)
{
    while (s.len > 0 && (s.data[0] == '>' || s.data[0] == ' ' || s.data[0] == '\t')) {
        s = from(s, 1);
    }
    return s;
}

/* --- fail2ban ----------------------------------------------------------------------- */

/* "5 attempts against sshd." */
static void take_attempts(struct text *t, struct bytes s)
{
    struct bytes jail;
    if (!t->banned.has_source || !after(s, "attempts against ", &jail)) {
        return;
    }
    jail = word_of(jail);
    jail.len -= jail.len > 0 && jail.data[jail.len - 1] == '.';
    struct claim_set *set = t->r->set;
    struct bytes n = word_of(s);
    if (n.len > 0 && n.data[0] >= '0' && n.data[0] <= '9') { /* or another word is in front */
        (void)claim_draft_set(set, &t->banned, &t->r->clock, CLAIM_KEY_TALLY, n);
    }
    (void)claim_draft_set(set, &t->banned, &t->r->clock, CLAIM_KEY_SERVICE, jail);
}

static bool take_fail2ban(struct text *t, struct bytes s)
{
    struct bytes rest;
    int64_t zone;
    bool local = after(s, "Local timezone is ", &rest);
    if (local && claim_zone_read(rest, &zone) > 0) { /* of complain.conf */
        t->r->clock.has_zone = true;
        t->r->clock.zone_given = false;
        t->r->clock.zone_ns = zone;
        return true;
    }
    bool ban = find(s, " banned by Fail2Ban after") < s.len && after(s, "The IP ", &rest);
    bool abuse = after(s, "abuse from the IP address ", &rest) || /* "We have detected ..." */
                 after(s, "Lines containing failures of ", &rest);
    if (ban || abuse) {
        rest = word_of(rest);
        rest.len -= rest.len > 0 && rest.data[rest.len - 1] == ',';
        if (!t->banned.has_source) {
            claim_form(t->r, "mail of fail2ban");
            (void)claim_draft_set(t->r->set, &t->banned, &t->r->clock, CLAIM_KEY_SOURCE, rest);
        }
        take_attempts(t, s); /* some have it in the same line */
        return true;
    }
    take_attempts(t, s);
    return false;
}

/* --- labels ------------------------------------------------------------------------- */

/* "Key: value" or "Key = value"; the key's length, or 0. */
static size_t label(struct bytes s, struct bytes *ret_value)
{
    size_t n = 0;
    while (n < s.len && n < KEY_MAX_BYTES && s.data[n] != ':' && s.data[n] != '=' &&
           s.data[n] != '\t') { /* a tab: of a table with two columns */
        n++;
    }
    if (n == 0 || n == s.len || n == KEY_MAX_BYTES) {
        return 0;
    }
    *ret_value = text_trim(from(s, n + 1));
    struct bytes v = *ret_value;
    if (v.len > 1 && (v.data[0] == '"' || v.data[0] == '\'') && v.data[v.len - 1] == v.data[0]) {
        *ret_value = bytes_of(v.data + 1, v.len - 2); /* YAML quotes what looks odd */
    }
    return n;
}

/* A second source begins a second incident. */
static enum status take_label(struct text *t, struct bytes s)
{
    struct bytes value;
    struct addr a;
    uint16_t port;
    size_t n = label(s, &value);
    enum claim_key key = n > 0 ? claim_key_of(bytes_of(s.data, n)) : CLAIM_KEY_NONE;
    if (n > 0 && (bytes_begin(s, BYTES_LITERAL("Report-Type")) ||
                  bytes_begin(s, BYTES_LITERAL("Schema-URL")))) {
        t->xarf = true;
        t->labels.port = CLAIM_KEY_TARGET_PORT; /* X-ARF's schema: the attacked port */
    }
    if (key == CLAIM_KEY_NONE || value.len == 0) {
        return ST_OK;
    }
    bool end = key == CLAIM_KEY_SOURCE || key == CLAIM_KEY_TARGET;
    if (end && !claim_endpoint(value, &a, &port)) {
        if (t->xarf) {
            (void)claim_draft_set(t->r->set, &t->labels, &t->r->clock, key, value); /* noted */
        }
        return ST_OK; /* "source: RIPE" of a registry */
    }
    if (key == CLAIM_KEY_SOURCE && t->labels.has_source) {
        TRY(claim_draft_end(t->r->set, &t->labels));
    }
    struct claim_when w;
    bool time = key == CLAIM_KEY_TIME || key == CLAIM_KEY_FIRST || key == CLAIM_KEY_LAST;
    if (time && t->head) {
        return ST_OK; /* when somebody wrote */
    }
    if (!time || t->xarf || claim_when_read(value, &t->r->clock, &w) == ST_OK) {
        struct bytes name = bytes_of(s.data, n);
        if (t->xarf) {
            claim_draft_named(t->r->set, &t->labels, &t->r->clock, name, value);
        } else { /* prose has colons, too: what is no value is not quoted */
            (void)claim_draft_set(t->r->set, &t->labels, &t->r->clock, key, value);
        }
    }
    return ST_OK;
}

/* --- lines --------------------------------------------------------------------------- */

static enum status take_finding(struct text *t, struct bytes s, bool *ret_taken)
{
    struct finding f;
    struct local_nets locals;
    enum intake_line what;
    struct claim c;
    enum status st = intake_read(s, &t->arena, &what, &f, &locals, NULL);
    *ret_taken = st == ST_OK;
    if (st != ST_OK) {
        return st == ST_NOMEM ? st : ST_OK;
    }
    if (what == INTAKE_FINDING && claim_of_finding(&f, &c)) {
        st = claim_set_add(t->r->set, &c);
        t->findings++;
    }
    arena_fini(&t->arena);
    arena_init(&t->arena, ARENA_BYTES);
    return st;
}

static bool take_log(const struct text *t, struct bytes s, struct claim *ret)
{
    const struct claim_options *opt = t->r->opt;
    bool log = opt->line != NULL && opt->line(opt->line_ctx, s, &t->r->clock, ret);
    return log || claim_line_read(t->r, s, ret);
}

/* Mail programs break long lines. Does the next one belong to this one, and is
 * more known then? */
static bool joins(const struct text *t, struct bytes s, struct bytes next, struct claim *ret)
{
    enum { WRAPPED_LEAST = 55, WRAPPED_MOST = 110 };
    CLEANUP(buf_fini) struct buf both = BUF_INIT(4096);
    struct claim alone;
    uint8_t first = s.len > 0 ? s.data[0] : 0;
    bool begins = (first >= '0' && first <= '9') || first == '[' || (first >= 'A' && first <= 'S');
    if (!begins || s.len < WRAPPED_LEAST || s.len > WRAPPED_MOST || next.len == 0 ||
        next.len > WRAPPED_MOST || take_log(t, next, &alone)) {
        return false;
    }
    buf_append(&both, s.data, s.len);
    buf_byte(&both, ' ');
    buf_append(&both, next.data, next.len);
    if (both.failed != ST_OK || !take_log(t, buf_bytes(&both), ret)) {
        return false;
    }
    return !take_log(t, s, &alone) || alone.source_port != ret->source_port;
}

static struct bytes clean(struct bytes line)
{
    struct bytes s = unquote(line);
    while (s.len > 0 && (s.data[s.len - 1] == '\r' || s.data[s.len - 1] == ' ')) {
        s.len--;
    }
    return s;
}

/* As mail programs quote: "-------- Forwarded Message --------", and headers until
 * an empty line. */
static bool begins_head(struct bytes s)
{
    bool rule = bytes_begin(s, BYTES_LITERAL("--")) &&
                (find(s, "Message") < s.len || find(s, "message") < s.len);
    bool from = bytes_begin(s, BYTES_LITERAL("From: ")) && memchr(s.data, '@', s.len) != NULL;
    return rule || from;
}

/* *used: the next line was taken, too. */
static enum status take_line(struct text *t, struct bytes line, struct bytes next, bool *used)
{
    struct claim c = {.has_target = false};
    struct bytes s = clean(line);
    bool taken = false;
    *used = false;
    t->head = s.len > 0 && (t->head || begins_head(s));
    if (s.len == 0) {
        return ST_OK;
    }
    if (s.data[0] == '{') {
        TRY(take_finding(t, s, &taken));
    }
    *used = !taken && joins(t, s, clean(next), &c);
    if (*used || (!taken && take_log(t, s, &c))) {
        c.evidence = true;
        t->lines++;
        return claim_set_add(t->r->set, &c);
    }
    return taken || take_fail2ban(t, s) ? ST_OK : take_label(t, s);
}

/* The line at the beginning of *s, which goes on behind it. */
static struct bytes next_line(struct bytes *s)
{
    const uint8_t *end = s->len > 0 ? memchr(s->data, '\n', s->len) : NULL;
    size_t n = end != NULL ? (size_t)(end - s->data) : s->len;
    struct bytes line = bytes_of(s->data, n);
    *s = from(*s, n + (end != NULL));
    return line;
}

static enum status take_lines(struct text *t, struct bytes s)
{
    while (s.len > 0) {
        struct bytes line = next_line(&s);
        struct bytes rest = s;
        struct bytes next = next_line(&rest);
        bool used = false;
        if (line.len > LIMIT_LINE_BYTES) {
            t->r->set->notes |= CLAIM_NOTE_LONG_LINES;
        } else {
            TRY(take_line(t, line, next, &used));
        }
        s = used ? rest : s;
    }
    return ST_OK;
}

enum status claim_read_text(struct claim_reading *r, struct bytes s)
{
    struct text t = {.r = r,
                     .labels = {.port = r->xarf ? CLAIM_KEY_TARGET_PORT : CLAIM_KEY_NONE,
                                .evidence = r->evidence},
                     .banned = {.evidence = r->evidence},
                     .xarf = r->xarf};
    arena_init(&t.arena, ARENA_BYTES);
    enum status st = take_lines(&t, s);
    arena_fini(&t.arena);
    TRY(st);
    /* Fail2ban's X-ARF mail says the same twice: once is enough. */
    bool twice = t.labels.has_source && t.banned.has_source &&
                 addr_equal(&t.labels.c.source, &t.banned.c.source);
    if (t.labels.has_source) {
        claim_form(r, t.xarf ? "X-ARF" : "text with labels");
    }
    TRY(claim_draft_end(r->set, &t.labels));
    if (!twice) {
        TRY(claim_draft_end(r->set, &t.banned));
    }
    if (t.findings > 0) {
        claim_form(r, "findings (JSON Lines)");
    } else if (t.lines > 0) {
        claim_form(r, "log lines");
    }
    return ST_OK;
}
