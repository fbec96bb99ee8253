/* exchange/notice.c - grouping by contact, ids, and the mail. */
#include "exchange/notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"
#include "exchange/letter.h"
#include "exchange/mime.h"
#include "exchange/xarf.h"

enum { LETTER_MAX_BYTES = 1 << 20, REPORT_MAX_BYTES = 1 << 20, SUBJECT_MAX_BYTES = 1024 };

/* --- sorting -------------------------------------------------------------------- */

/* Told ones by contact and address, then those left out by reason; within that
 * in the order of output. */
static int compare(const void *a, const void *b)
{
    const struct notice_item *x = a;
    const struct notice_item *y = b;
    if (x->left != y->left) {
        return (int)x->left - (int)y->left;
    }
    int order = x->left == NOTICE_TOLD ? strcasecmp(x->contact->mail, y->contact->mail) : 0;
    order = order ? order : addr_compare(&x->finding->remote, &y->finding->remote);
    return order ? order : finding_compare(x->finding, y->finding);
}

static bool same_mail(const struct notice_item *x, const struct notice_item *y)
{
    return strcasecmp(x->contact->mail, y->contact->mail) == 0;
}

/* Crockford's base 32: no letters that are taken for digits. */
static void spell(const struct digest *d, char out[NOTICE_ID_MAX])
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t bits = load_be64(d->b);
    for (unsigned i = 0; i < NOTICE_ID_CHARS; i++) {
        out[i] = letters[bits >> (59 - 5 * i) & 31];
    }
    out[NOTICE_ID_CHARS] = '\0';
}

/* Of who writes to whom about what, so that the same notice has the same id. */
static enum status identify(const struct notice_options *opt, const struct notice_set *s,
                            struct notice *n)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SIZE_MAX);
    struct digest d;
    buf_printf(&b, "notice/1\n%s\n", opt->mail);
    for (const char *c = n->mail; *c != '\0'; c++) { /* its case means nothing */
        buf_byte(&b, (uint8_t)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
    }
    for (size_t i = 0; i < n->n; i++) {
        buf_printf(&b, "\n%s", s->items[n->first + i].finding->id);
    }
    TRY(b.failed);
    TRY(digest_sha256(buf_bytes(&b), &d));
    spell(&d, n->id);
    return ST_OK;
}

static enum status gather(const struct notice_options *opt, struct notice_set *s)
{
    s->notices = calloc(s->told + 1, sizeof(*s->notices));
    if (s->notices == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < s->told; i += s->notices[s->notice_n++].n) {
        struct notice *n = &s->notices[s->notice_n];
        const struct notice_item *x = &s->items[i];
        *n = (struct notice){
            .first = i, .mail = x->contact->mail, .holder = x->contact->holder, .addresses = 1};
        for (n->n = 1; i + n->n < s->told && same_mail(x, &x[n->n]); n->n++) {
            n->addresses += !addr_equal(&x[n->n].finding->remote, &x[n->n - 1].finding->remote);
            if (strcmp(x[n->n].contact->holder, n->holder) != 0) {
                n->holder = ""; /* several: a desk that works for all of them */
            }
        }
        TRY(identify(opt, s, n));
    }
    return ST_OK;
}

enum status notice_set_make(const struct notice_options *opt, struct notice_item *items, size_t n,
                            struct notice_set *ret)
{
    *ret = (struct notice_set){.items = items, .n = n};
    for (size_t i = 0; i < n; i++) {
        items[i].left = notice_judge(opt, &items[i]);
        items[i].doubts = notice_doubts(opt, &items[i]);
        ret->told += items[i].left == NOTICE_TOLD;
    }
    if (n > 1) {
        qsort(items, n, sizeof(*items), compare);
    }
    enum status st = gather(opt, ret);
    if (st != ST_OK) {
        notice_set_fini(ret);
    }
    return st;
}

void notice_set_fini(struct notice_set *s)
{
    free(s->notices);
    *s = (struct notice_set){0};
}

/* --- the mail --------------------------------------------------------------------- */

static void write_headers(struct buf *out, const struct notice_options *opt,
                          const struct notice_set *s, const struct notice *n)
{
    CLEANUP(buf_fini) struct buf subject = BUF_INIT(SUBJECT_MAX_BYTES);
    struct bytes host = mailbox_host(bytes_of(opt->mail, strlen(opt->mail)));
    letter_subject(&subject, s, n);
    mime_header_mailbox(out, "From", bytes_of(opt->org, strlen(opt->org)), opt->mail);
    mime_header_mailbox(out, "To", (struct bytes){0}, n->mail);
    mime_header(out, "Subject", buf_bytes(&subject));
    mime_header_date(out, opt->now_ns);
    buf_printf(out, "Message-ID: <exhibit.%s.%" PRId64 "@%.*s>\r\n", n->id,
               opt->now_ns / TIME_SECOND, (int)host.len, (const char *)host.data);
    /* RFC 3834, 5: no machine is to answer it by itself. */
    buf_str(out, "Auto-Submitted: auto-generated\r\n");
    out->failed = out->failed == ST_OK ? subject.failed : out->failed;
}

static void attach(struct buf *out, const char *boundary, const struct notice_options *opt,
                   const struct notice_item *x, const struct notice *n, size_t number)
{
    CLEANUP(buf_fini) struct buf report = BUF_INIT(REPORT_MAX_BYTES);
    char name[40] = "xarf.json";
    if (n->n > 1) {
        (void)snprintf(name, sizeof(name), "xarf-%zu.json", number);
    }
    xarf_write(&report, opt, x, n->id);
    mime_part_file(out, boundary, "application/json", name, buf_bytes(&report));
    out->failed = out->failed == ST_OK ? report.failed : out->failed;
}

bool notice_encloses(const struct notice_set *s, const struct notice *n, const struct enclosure *e)
{
    size_t met = 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct addr *remote = &s->items[n->first + i].finding->remote;
        bool again = false;
        for (size_t k = 0; k < i && !again; k++) {
            again = addr_equal(remote, &s->items[n->first + k].finding->remote);
        }
        met += !again && enclosure_shows(e, remote);
    }
    return e->n > 0 && met == e->n;
}

static void enclose(struct buf *out, const char *boundary, const struct notice_options *opt,
                    const struct notice_set *s, const struct notice *n)
{
    char name[ENCLOSURE_NAME_MAX];
    for (size_t i = 0; i < opt->enclosure_n; i++) {
        struct enclosure *e = &opt->enclosures[i];
        if (notice_encloses(s, n, e)) {
            enclosure_name(i, name);
            mime_part_file(out, boundary, "application/vnd.exhibit+zip", name, buf_bytes(&e->file));
        }
    }
}

void notice_write(struct buf *out, const struct notice_options *opt, const struct notice_set *s,
                  const struct notice *n)
{
    CLEANUP(buf_fini) struct buf letter = BUF_INIT(LETTER_MAX_BYTES);
    char boundary[40];
    (void)snprintf(boundary, sizeof(boundary), "=_exhibit_%s", n->id);
    letter_write(&letter, opt, s, n);
    write_headers(out, opt, s, n);
    mime_begin(out, boundary);
    mime_part_text(out, boundary, buf_bytes(&letter));
    for (size_t i = 0; i < n->n; i++) {
        const struct notice_item *x = &s->items[n->first + i];
        if (xarf_can_say(x->finding)) {
            attach(out, boundary, opt, x, n, i + 1);
        }
    }
    enclose(out, boundary, opt, s, n);
    mime_end(out, boundary);
    out->failed = out->failed == ST_OK ? letter.failed : out->failed;
}
