/* report/page_parts.h - the parts of a page, in their order. */
#pragma once

#include <string.h>

#include "base/core/text.h"
#include "report/page.h"
#include "report/terminal.h"

enum { PAGE_WEIGHTIEST = 50, PAGE_CHUNK = 512 };

struct page {
    struct buf *out;
    const struct view *v;
    const struct page_options *opt;
    struct screen s; /* its layout writes HTML into `out` */
};

static inline void page_text(struct page *p, const char *text)
{
    text_html(p->out, bytes_of(text, strlen(text)));
}

/* <td>, or any other element, with text in it. */
static inline void page_element(struct page *p, const char *open, const char *text,
                                const char *close)
{
    buf_str(p->out, open);
    page_text(p, text);
    buf_str(p->out, close);
}

/* What screen_say would say, as the inside of an element. */
static inline void page_said(struct page *p)
{
    text_html(p->out, buf_bytes(&p->s.say));
    buf_clear(&p->s.say);
}

/* What a finding assumes and does not show: bit i of the mask is sentence i. */
enum { PAGE_ASSUMPTIONS = 9 };
extern const char *const page_assumptions[PAGE_ASSUMPTIONS];
unsigned page_assumes(const struct view_finding *vf);

/* Where its initiator seems to be: not where a victim is, or the other side of one's own
 * host, and of senders that may all be forged nothing. */
const struct origin *page_origin(const struct view_finding *vf);

/* Findings by kind over time, as a picture. */
void page_timeline(struct page *p);
/* Who, and from which networks. */
void page_who(struct page *p);
/* Shares by country and network, next to those of random addresses. */
void page_where(struct page *p);
/* The findings that matter most, in full. */
void page_weightiest(struct page *p);
/* All findings, for the script. */
void page_data(struct page *p);
