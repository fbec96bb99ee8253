/* exchange/claim/read.c - which form a claim has. */
#include "exchange/claim/read.h"

#include <stdio.h>
#include <string.h>

#include "base/core/json.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "exchange/claim/forms.h"
#include "exchange/claim/mail.h"
#include "exchange/claim/pack.h"
#include "exchange/claim/plain.h"

enum { NAME_COLUMNS = 40 }; /* so that what follows it is kept whole */

void claim_form(struct claim_reading *r, const char *name)
{
    if (r->set->format[0] == '\0') {
        (void)snprintf(r->set->format, sizeof(r->set->format), "%s%s", name,
                       r->in_mail && strstr(name, "mail") == NULL ? " (in a mail)" : "");
    }
}

/* --- content ------------------------------------------------------------------------ */

/* One document; several lines of them are read as lines. ST_MALFORMED: none of
 * the kinds that are known. */
static enum status read_document(struct claim_reading *r, struct bytes s, struct fault *why)
{
    json_error_t error;
    CLEANUP(json_unref)
    json_t *root = json_loadb((const char *)s.data, s.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        bool memory = json_error_code(&error) == json_error_out_of_memory;
        uint64_t at = error.position > 0 ? (uint64_t)error.position : 0;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, at, "JSON");
    }
    enum status st = claim_read_json(r, root);
    return st == ST_MALFORMED ? fault_at(why, st, 0, "format") : st;
}

static bool has_claim(const struct claim_set *s)
{
    return s->n > 0;
}

static struct bytes without_mark(struct bytes s)
{
    if (bytes_begin(s, BYTES_LITERAL("\xef\xbb\xbf"))) {
        s = bytes_of(s.data + 3, s.len - 3);
    }
    while (s.len > 0 &&
           (s.data[0] == ' ' || s.data[0] == '\n' || s.data[0] == '\r' || s.data[0] == '\t')) {
        s = bytes_of(s.data + 1, s.len - 1);
    }
    return s;
}

static enum status read_html(struct claim_reading *r, struct bytes s)
{
    struct claim_plain p = {.text = BUF_INIT(LIMIT_CLAIM_BYTES)};
    claim_plain_html(&p, s);
    enum status st = p.text.failed;
    size_t done = 0;
    for (size_t i = 0; i < p.table_n && st == ST_OK; i++) { /* they do not overlap */
        const struct claim_plain_table *t = &p.tables[i];
        struct bytes table = bytes_of(p.text.data + t->from, t->to - t->from);
        if (table.len > 0 && claim_csv_sniff(table)) {
            st = claim_read_text(r, bytes_of(p.text.data + done, t->from - done));
            st = st == ST_OK ? claim_read_csv(r, table) : st;
            done = t->to;
        }
    }
    if (st == ST_OK && p.text.len > done) {
        st = claim_read_text(r, bytes_of(p.text.data + done, p.text.len - done));
    }
    buf_fini(&p.text);
    return st;
}

static bool begins_html(struct bytes s)
{
    static const char *const marks[] = {"<!doctype html", "<html"};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t n = strlen(marks[i]);
        if (s.len >= n && strncasecmp((const char *)s.data, marks[i], n) == 0) {
            return true;
        }
    }
    return false;
}

/* --- what is not read ----------------------------------------------------------------- */

static bool has_word(const char *type, const char *word)
{
    return strstr(type, word) != NULL;
}

/* What a person can do with a part that is not read here; NULL: it is text. */
static const char *advice_of(const char *type, struct bytes s)
{
    struct bytes t = without_mark(s);
    bool xml = bytes_begin(t, BYTES_LITERAL("<?xml")) || has_word(type, "xml");
    bool pgp = bytes_begin(t, BYTES_LITERAL("-----BEGIN PGP MESSAGE-----"));
    bool tnef = bytes_begin(s, BYTES_LITERAL("\x78\x9f\x3e\x22")) || has_word(type, "ms-tnef");
    bool pdf = bytes_begin(t, BYTES_LITERAL("%PDF")) || strcmp(type, "application/pdf") == 0;
    bool picture = strncmp(type, "image/", 6) == 0;
    bool smime = has_word(type, "pkcs7-mime");
    bool binary = s.len > 0 && memchr(s.data, 0, s.len) != NULL;
    return strcmp(type, "text/html") == 0 ? NULL
           : smime ? "S/MIME: open it in a mail program, save what is in it, and check that"
           : pgp   ? "encrypted by PGP: decrypt it, and check what comes out"
           : tnef  ? "winmail.dat of Outlook: unpack it, and check what is in it"
           : xml ? "XML (as IODEF): write down its addresses, ports and times as labels, and check "
                   "those"
           : pdf ? "a document: copy its text to a file, and check that"
           : picture
               ? "a picture: write down its addresses, ports and times as labels, and check those"
           : binary ? "no text: look what it is, and check it by itself if it can be read"
                    : NULL;
}

/* Say which part had no part in the answer, how large it is, and what to do. */
static void tell_unread(struct claim_reading *r, const struct mail_part *p, const char *otherwise)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4 * CLAIM_TEXT_MAX);
    const char *advice = advice_of(p->type, p->content);
    advice = advice != NULL ? advice : otherwise;
    if (advice == NULL) {
        return;
    }
    r->set->notes |= CLAIM_NOTE_UNREAD;
    const char *name = p->name[0] != '\0' ? p->name : p->type;
    text_show(&b, bytes_of(name, strlen(name)), NAME_COLUMNS);
    buf_str(&b, p->name[0] != '\0' || p->type[0] != '\0' ? ", " : "");
    text_count(&b, p->content.len);
    buf_printf(&b, " bytes: %s", advice);
    if (b.failed == ST_OK) {
        claim_set_quote(r->set, BYTES_LITERAL(CLAIM_QUOTE_PART), buf_bytes(&b));
    }
}

static enum status take_part(void *ctx, const struct mail_part *part);
static enum status read_mails(struct claim_reading *r, struct bytes in);

/* What came out of an archive; a mail in a mail's archive is as one forwarded. */
static enum status take_member(void *ctx, struct bytes s)
{
    struct claim_reading *r = ctx;
    struct mail_ops ops = {.part = take_part, .ctx = r, .notes = &r->set->notes};
    struct mail_part part = {.name = "in an archive", .content = s};
    if (!mail_sniff(s)) {
        return take_part(r, &part);
    }
    return r->in_mail ? mail_read(s, &ops) : read_mails(r, s);
}

static enum status read_packed(struct claim_reading *r, struct bytes s)
{
    struct claim_pack pack = {
        .allowance = &r->allowance, .notes = &r->set->notes, .part = take_member, .ctx = r};
    if (r->packed) {
        r->set->notes |= CLAIM_NOTE_UNREAD; /* an archive in an archive */
        return ST_OK;
    }
    r->packed = true;
    enum status st = claim_unpack(s, &pack);
    r->packed = false;
    return st;
}

static enum status read_content(struct claim_reading *r, struct bytes s, struct fault *why)
{
    if (claim_exhibit_sniff(s)) {
        return claim_read_exhibit(r, s, why);
    }
    if (claim_is_gzip(s) || claim_is_zip(s)) {
        return read_packed(r, s);
    }
    if (claim_plain_is_utf16(s)) {
        CLEANUP(buf_fini) struct buf text = BUF_INIT(2 * (size_t)LIMIT_CLAIM_BYTES);
        claim_plain_utf16(&text, s, false);
        TRY(text.failed);
        return read_content(r, buf_bytes(&text), why);
    }
    s = without_mark(s);
    if (begins_html(s)) {
        return read_html(r, s);
    }
    if (s.len > 0 && (s.data[0] == '{' || s.data[0] == '[')) {
        size_t before = r->set->n;
        enum status st = read_document(r, s, why);
        if (st != ST_MALFORMED) {
            return st;
        }
        TRY(claim_read_text(r, s));
        return r->set->n > before ? ST_OK : st;
    }
    if (s.len > 0 && memchr(s.data, 0, s.len) != NULL) { /* no text */
        r->set->notes |= CLAIM_NOTE_UNREAD;
        return fault_at(why, ST_MALFORMED, 0, "format");
    }
    return claim_csv_sniff(s) ? claim_read_csv(r, s) : claim_read_text(r, s);
}

enum status claim_read_content(struct claim_reading *r, struct bytes s)
{
    enum status st = read_content(r, s, NULL);
    if (claim_exhibit_sniff(s) && st != ST_OK && st != ST_NOMEM) {
        r->set->notes |= CLAIM_NOTE_ENCODING; /* one that does not hold together */
        return ST_OK;
    }
    return st == ST_MALFORMED ? ST_OK : st; /* a part that is no claim */
}

/* --- mail --------------------------------------------------------------------------- */

static bool same_word(struct bytes s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.data, word, s.len) == 0;
}

static void take_header(void *ctx, struct bytes name, struct bytes value)
{
    struct claim_reading *r = ctx;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CLAIM_BYTES);
    struct claim_when w;
    mail_header_text(&text, value);
    struct bytes v = text_trim(buf_bytes(&text));
    if (same_word(name, "From") && r->set->accuser[0] == '\0') {
        claim_copy(r->set->accuser, sizeof(r->set->accuser), v);
    } else if (same_word(name, "Subject")) {
        claim_set_quote(r->set, BYTES_LITERAL("Subject"), v);
    } else if (same_word(name, "X-ARF") || same_word(name, "X-XARF")) {
        r->xarf = true;
    } else if (same_word(name, "Message-ID") && r->set->reference[0] == '\0') {
        claim_copy(r->set->reference, sizeof(r->set->reference), v);
    } else if (same_word(name, "Date") && claim_when_read(v, &r->clock, &w) == ST_OK) {
        r->clock.now_ns = w.first_ns; /* lines without a year are not after it */
    }
}

/* What has no type came out of an archive. */
static bool is_text(const struct mail_part *p)
{
    static const char *const texts[] = {"text/",
                                        "message/feedback-report",
                                        "application/json",
                                        "application/octet-stream",
                                        "application/stix+json",
                                        "application/csv",
                                        "application/taxii+json",
                                        "application/x-yaml",
                                        "application/yaml"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strncmp(p->type, texts[i], strlen(texts[i])) == 0) {
            return true;
        }
    }
    return p->type[0] == '\0' || claim_is_gzip(p->content) || claim_is_zip(p->content);
}

/* What only proves or decorates what is read. */
static bool is_silent(const struct mail_part *p)
{
    static const char *const known[] = {
        "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
        "application/pgp-keys", "application/pgp-encrypted"}; /* RFC 3156, 4: "Version: 1" */
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(p->type, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum status take_part(void *ctx, const struct mail_part *part)
{
    struct claim_reading *r = ctx;
    size_t before = r->set->n;
    if (!is_text(part)) {
        if (!is_silent(part)) {
            tell_unread(r, part, "look what it is, and check it by itself if it is a report");
        }
        return ST_OK;
    }
    if (strcmp(part->type, "text/html") == 0) { /* beside a text it says the same again */
        return r->set->n > r->before ? ST_OK : read_html(r, part->content);
    }
    TRY(claim_read_content(r, part->content));
    bool packed = claim_is_gzip(part->content) || claim_is_zip(part->content);
    if (r->set->n == before && !packed) { /* what is in an archive is told by itself */
        tell_unread(r, part, NULL);
    }
    return ST_OK;
}

/* --- who signed it ------------------------------------------------------------------ */

/* A mailbox file has one ">" more before "From " (mboxrd). */
static void unquote_box(struct buf *out, struct bytes in)
{
    for (size_t at = 0; at < in.len;) {
        const uint8_t *end = memchr(in.data + at, '\n', in.len - at);
        size_t n = end != NULL ? (size_t)(end - in.data) + 1 - at : in.len - at;
        struct bytes line = bytes_of(in.data + at, n);
        size_t marks = 0;
        while (marks < n && line.data[marks] == '>') {
            marks++;
        }
        bool quoted = marks > 0 &&
                      bytes_begin(bytes_of(line.data + marks, n - marks), BYTES_LITERAL("From "));
        buf_append(out, line.data + quoted, n - quoted);
        at += n;
    }
}

static enum status verify_mail(struct claim_reading *r, struct bytes in, bool box)
{
    CLEANUP(buf_fini) struct buf plain = BUF_INIT(LIMIT_CLAIM_BYTES);
    CLEANUP(free_ptr) struct dkim_report *one = calloc(1, sizeof(*one));
    struct dkim_report *all = &r->set->signatures;
    int64_t now_ns = r->opt->clock.now_ns;
    if (one == NULL) {
        return ST_NOMEM;
    }
    if (box) {
        unquote_box(&plain, in);
        TRY(plain.failed);
        in = buf_bytes(&plain);
    }
    r->set->signatures_asked = true;
    TRY(dkim_verify(in, r->opt->keys, now_ns > 0 ? (uint64_t)(now_ns / TIME_SECOND) : 0, one));
    all->more += one->more; /* a claim's bytes are bounded, and so are its headers */
    for (size_t i = 0; i < one->n; i++) {
        if (all->n < DKIM_SIGNATURES_MAX) {
            all->items[all->n++] = one->items[i];
        } else {
            all->more++;
        }
    }
    return ST_OK;
}

static enum status read_mail(struct claim_reading *r, struct bytes in, bool box)
{
    struct mail_ops ops = {
        .header = take_header, .part = take_part, .ctx = r, .notes = &r->set->notes};
    r->in_mail = true;
    r->before = r->set->n;
    r->set->mail = true;
    if (r->opt->keys != NULL) {
        TRY(verify_mail(r, in, box));
    }
    TRY(mail_read(in, &ops));
    claim_form(r, "mail");
    return ST_OK;
}

/* One mail, or those of a mailbox file (mboxrd: "From " stands behind a blank
 * line only where a mail begins). */
static enum status read_mails(struct claim_reading *r, struct bytes in)
{
    static const char mark[] = "\n\nFrom ";
    bool box = bytes_begin(in, BYTES_LITERAL("From "));
    for (size_t n = 0; in.len > 0; n++) {
        const uint8_t *next = box ? memmem(in.data, in.len, mark, sizeof(mark) - 1) : NULL;
        size_t len = next != NULL ? (size_t)(next - in.data) + 2 : in.len;
        if (n == LIMIT_CLAIM_PARTS) {
            r->set->notes |= CLAIM_NOTE_DEEP;
            return ST_OK;
        }
        r->clock = r->opt->clock;
        r->xarf = false;
        TRY(read_mail(r, bytes_of(in.data, len), box));
        in = bytes_of(in.data + len, in.len - len);
    }
    return ST_OK;
}

enum status claim_read(struct bytes in, const struct claim_options *opt, struct claim_set *ret,
                       struct fault *why)
{
    CLEANUP(claim_set_fini) struct claim_set set = {.n = 0};
    struct claim_reading r = {
        .opt = opt, .clock = opt->clock, .set = &set, .allowance = LIMIT_CLAIM_UNPACKED_BYTES};
    size_t most = claim_exhibit_sniff(in) ? LIMIT_CLAIM_EXHIBIT_BYTES : LIMIT_CLAIM_BYTES;
    if (in.len > most) {
        return fault_limit(why, 0, "claim", most);
    }
    struct bytes mail = without_mark(in); /* nor do editors' marks hide a mail */
    if (mail_sniff(mail)) {
        TRY(read_mails(&r, mail));
    } else {
        struct mail_part whole = {.content = in};
        TRY(read_content(&r, in, why));
        if (set.n == 0 && !claim_is_gzip(in) && !claim_is_zip(in)) {
            tell_unread(&r, &whole, NULL);
        }
    }
    claim_set_settle(&set);
    if (!has_claim(&set)) {
        claim_form(&r, "text");
    }
    *ret = set;
    set = (struct claim_set){.n = 0};
    return ST_OK;
}
