/* cli/case_mail.c - a mail's headers, the ids that it quotes, and its signatures. */
#include "cli/case_mail.h"

#include <string.h>
#include <strings.h>

#include "base/core/text.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "cli/say.h"
#include "exchange/claim/mail.h"
#include "exchange/notice.h"

enum {
    SAYS_MAIL = 1,
    SAYS_FAULT = 2,
    CASE_DIGITS = 32,
    SHOWN_COLUMNS = 120,
    HEADER_BYTES = 65536,
    MESSAGE_BYTES = 1 << 20
};

/* --- ids --------------------------------------------------------------------------- */

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void add(struct case_mail_ids *l, const uint8_t *p, size_t n, bool upper)
{
    char id[CASE_MAIL_ID_MAX] = "";
    for (size_t i = 0; i < n; i++) {
        id[i] = (char)(upper && p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]);
    }
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->id[i], id) == 0) {
            return;
        }
    }
    if (l->n == CASE_MAIL_IDS) {
        l->more = true;
        return;
    }
    memcpy(l->id[l->n++], id, sizeof(id));
}

/* "[exhibit:ID]" of a subject and "<exhibit.ID.time@host>" of a Message-ID (notice.c);
 * a case's id is a word of its own. */
static void scan(struct case_mail_ids *l, struct bytes s)
{
    static const char mark[] = "exhibit";
    enum { MARK = sizeof(mark) - 1 };
    size_t end;
    for (size_t i = 0; i < s.len; i = end + 1) {
        for (end = i; end < s.len && is_word(s.data[end]); end++) {
        }
        size_t n = end - i;
        const uint8_t *p = s.data + i;
        bool marked = i > MARK && (p[-1] == ':' || p[-1] == '.') &&
                      strncasecmp((const char *)p - 1 - MARK, mark, MARK) == 0;
        if (n == NOTICE_ID_CHARS && marked) {
            add(l, p, n, true);
        } else if (n == CASE_DIGITS) {
            add(l, p, n, false);
        }
    }
}

/* --- in the cage --------------------------------------------------------------------- */

struct job {
    struct bytes mail;
    const struct dkim_keys *keys;
    uint64_t now_s;
    struct case_mail *ret;
};

static bool named(struct bytes name, const char *what)
{
    return name.len == strlen(what) && strncasecmp((const char *)name.data, what, name.len) == 0;
}

static void show(char out[CASE_MAIL_TEXT_MAX], struct bytes text)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(HEADER_BYTES);
    text_show(&b, text, SHOWN_COLUMNS);
    if (b.failed == ST_OK && b.len < CASE_MAIL_TEXT_MAX) {
        memcpy(out, b.data, b.len);
        out[b.len] = '\0';
    }
}

static void take_header(void *ctx, struct bytes name, struct bytes value)
{
    struct case_mail *m = ctx;
    CLEANUP(buf_fini) struct buf line = BUF_INIT(HEADER_BYTES);
    mail_header_text(&line, value);
    struct bytes text = text_trim(buf_bytes(&line));
    if (line.failed != ST_OK || text.len == 0) {
        return;
    }
    if (named(name, "From")) {
        show(m->from, text);
    } else if (named(name, "Message-ID")) {
        m->ours |= bytes_begin(text, BYTES_LITERAL("<exhibit."));
    } else if (named(name, "Auto-Submitted")) {
        m->automatic |= text.len < 2 || strncasecmp((const char *)text.data, "no", 2) != 0;
    } else if (named(name, "Subject")) {
        show(m->subject, text);
        scan(&m->headers, text);
    } else if (named(name, "In-Reply-To") || named(name, "References")) {
        scan(&m->headers, text);
    }
}

static enum status take_part(void *ctx, const struct mail_part *part)
{
    struct case_mail *m = ctx;
    if (strncmp(part->type, "text/", 5) == 0) {
        scan(&m->text, part->content);
    }
    return ST_OK;
}

static enum status read_mail(const struct job *job)
{
    uint32_t notes = 0;
    const struct mail_ops ops = {
        .header = take_header, .part = take_part, .ctx = job->ret, .notes = &notes};
    if (!mail_sniff(job->mail)) {
        return ST_MALFORMED;
    }
    TRY(mail_read(job->mail, &ops));
    return job->keys == NULL ? ST_OK
                             : dkim_verify(job->mail, job->keys, job->now_s, &job->ret->signatures);
}

static void put_ids(struct buf *out, const struct case_mail_ids *l)
{
    buf_byte(out, (uint8_t)l->n);
    buf_byte(out, l->more);
    for (size_t i = 0; i < l->n; i++) {
        buf_append(out, l->id[i], CASE_MAIL_ID_MAX);
    }
}

static int mail_child(void *ctx, int channel, const struct cage_report *cage)
{
    (void)cage; /* as for a claim: told where records are read */
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_BYTES);
    const struct job *job = ctx;
    const struct case_mail *m = job->ret;
    enum status st = read_mail(job);
    if (st == ST_OK) {
        buf_append(&message, m->from, sizeof(m->from));
        buf_append(&message, m->subject, sizeof(m->subject));
        buf_byte(&message, m->ours);
        buf_byte(&message, m->automatic);
        put_ids(&message, &m->headers);
        put_ids(&message, &m->text);
        dkim_report_put(&message, &m->signatures);
        st = message.failed;
    }
    if (st != ST_OK) {
        buf_clear(&message);
        buf_byte(&message, (uint8_t)st);
    }
    uint8_t type = st == ST_OK ? SAYS_MAIL : SAYS_FAULT;
    return channel_send(channel, type, buf_bytes(&message), NULL) == ST_OK ? 0 : 2;
}

/* --- the parent ---------------------------------------------------------------------- */

static bool get_chars(struct cursor *in, char *out, size_t size)
{
    struct bytes b = cursor_take(in, size);
    if (in->failed || memchr(b.data, 0, size) == NULL) {
        return false;
    }
    memcpy(out, b.data, size);
    return true;
}

static bool get_ids(struct cursor *in, struct case_mail_ids *l)
{
    l->n = cursor_u8(in);
    l->more = cursor_u8(in) != 0;
    bool good = !in->failed && l->n <= CASE_MAIL_IDS;
    for (size_t i = 0; good && i < l->n; i++) {
        good = get_chars(in, l->id[i], CASE_MAIL_ID_MAX);
    }
    return good;
}

static bool get_mail(struct cursor *in, struct case_mail *m)
{
    if (!get_chars(in, m->from, sizeof(m->from)) ||
        !get_chars(in, m->subject, sizeof(m->subject))) {
        return false;
    }
    m->ours = cursor_u8(in) != 0;
    m->automatic = cursor_u8(in) != 0;
    return get_ids(in, &m->headers) && get_ids(in, &m->text) &&
           dkim_report_get(in, &m->signatures) == ST_OK;
}

static bool listen_to(const char *name, int fd, struct case_mail *ret)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_BYTES);
    uint8_t type;
    if (channel_receive(fd, &type, &message, NULL) != ST_OK) {
        say("%s: the mail's reader ended before it was done", name);
        return false;
    }
    struct cursor in = cursor_of(buf_bytes(&message));
    if (type == SAYS_MAIL && get_mail(&in, ret)) {
        return true;
    }
    if (type == SAYS_FAULT && cursor_u8(&in) == ST_MALFORMED) {
        say("%s: not a mail as it came (RFC 5322)", name);
    } else {
        say("%s: the mail could not be read", name);
    }
    return false;
}

bool case_mail_read(const char *name, struct bytes mail, const struct dkim_keys *keys,
                    uint64_t now_s, struct case_mail *ret)
{
    struct fault why = {0};
    struct job job = {.mail = mail, .keys = keys, .now_s = now_s, .ret = ret};
    const struct process_options opt = {.name = "mail's reader", .cage = CAGE_READER};
    CLEANUP(process_freep) struct process *child = NULL;
    *ret = (struct case_mail){.ours = false};
    if (keys != NULL) {
        dkim_begin();
    }
    enum status st = process_start(&opt, mail_child, &job, &child, &why);
    if (st != ST_OK) {
        say_fault(name, st, &why);
        return false;
    }
    return listen_to(name, process_channel(child), ret);
}
