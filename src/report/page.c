/* report/page.c - the page's frame, its policy and its first screen. */
#include "report/page.h"

#include "base/core/base64.h"
#include "base/core/hash.h"
#include "page_builtin.h"
#include "report/page_parts.h"

/* What is never claimed, whoever reads. */
static const char *const limits[] = {
    "An address is not a machine, a machine is not a person, a person is not a state. Findings "
    "\u201cseem to come from\u201d an address; nothing here names who is behind it.",
    "Presence is not guilt, and absence of a finding is not innocence: what the inputs do not show "
    "is not here.",
    "Countries are what registries and databases say of addresses, each with its date. They are "
    "wrong at times, and a host that is abused seems to come from where it stands.",
    "This file is a report, not a proof: anybody can write such a file. What can be checked "
    "without trust in who wrote it is an exhibit.",
};

static void hash(struct page *p, struct bytes text)
{
    struct digest d;
    enum status st = digest_sha256(text, &d);
    if (st != ST_OK) {
        p->out->failed = st;
        return;
    }
    buf_str(p->out, "'sha256-");
    base64_append(p->out, bytes_of(d.b, sizeof(d.b)));
    buf_byte(p->out, '\'');
}

static void head(struct page *p)
{
    const struct bytes script = bytes_of(page_script, sizeof(page_script));
    const struct bytes style = bytes_of(page_style, sizeof(page_style));
    buf_str(p->out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "script-src ");
    hash(p, script);
    buf_str(p->out, "; style-src ");
    hash(p, style);
    buf_str(p->out, "; base-uri 'none'; form-action 'none'; "
                    "require-trusted-types-for 'script'; trusted-types 'none'\">\n"
                    "<meta name=\"referrer\" content=\"no-referrer\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<title>What was found</title>\n<style>");
    buf_append(p->out, style.data, style.len);
    buf_str(p->out, "</style>\n</head>\n");
}

static void begin(struct page *p, const char *id, const char *heading)
{
    buf_printf(p->out, "<section id=\"%s\">\n", id);
    if (heading != NULL) {
        page_element(p, "<h2>", heading, "</h2>\n");
    }
}

static void end(struct page *p)
{
    buf_str(p->out, "</section>\n");
}

/* How much there is of what was kept, and from when. */
static void stored(struct page *p)
{
    struct buf *say = &p->s.say;
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    size_t n = 0;
    for (size_t i = 0; i < p->v->finding_n; i++) {
        const struct finding *f = p->v->findings[i].finding;
        if ((f->flags & FINDING_BELOW) == 0) {
            first = f->when.first_ns < first ? f->when.first_ns : first;
            last = f->when.last_ns > last ? f->when.last_ns : last;
            n++;
        }
    }
    act_count(say, n, "finding", "findings");
    buf_str(say, " as they were kept");
    if (n > 0) {
        buf_str(say, ", ");
        act_time(say, first, last, false);
        buf_str(say, " UTC");
    }
    buf_str(say, ". Where their addresses seem to be was looked up anew.");
    screen_say(&p->s, 0, 0, TONE_FAINT);
}

static void first_screen(struct page *p)
{
    buf_str(p->out, "<header>\n<h1>What was found</h1>\n<div id=\"extent\">\n");
    if (p->v->stored) {
        stored(p);
    }
    extent_tell(&p->s);
    buf_str(p->out, "</div>\n</header>\n<div id=\"first\">\n");
    begin(p, "verdict", NULL);
    verdict_tell(&p->s);
    end(p);
    begin(p, "todo", NULL);
    todo_tell(&p->s);
    end(p);
    begin(p, "ignored", NULL);
    ignored_tell(&p->s);
    end(p);
    buf_str(p->out, "</div>\n");
}

static void sealed(struct page *p)
{
    begin(p, "sealed", "Is it sealed?");
    page_element(p, "<p>",
                 p->opt->sealed != NULL
                     ? p->opt->sealed
                     : "Nothing is known of a seal. Records that were not sealed when they were "
                       "seen can be said to be made up.",
                 "</p>\n");
    end(p);
}

static void closing(struct page *p)
{
    begin(p, "notes", NULL);
    ending_tell(&p->s);
    end(p);
    begin(p, "limits", "What this does not show");
    buf_str(p->out, "<ul>\n");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        page_element(p, "<li>", limits[i], "</li>\n");
    }
    buf_str(p->out, "</ul>\n");
    end(p);
    buf_str(p->out,
            "<p class=\"faint\">Times are UTC. This page loads nothing and sends nothing.</p>\n");
}

static void body(struct page *p)
{
    buf_str(p->out, "<body>\n<a class=\"skip\" href=\"#findings\">To the findings</a>\n<main>\n");
    first_screen(p);
    page_timeline(p);
    page_who(p);
    page_where(p);
    sealed(p);
    buf_str(p->out, "<section id=\"findings\" tabindex=\"-1\">\n<h2>Findings</h2>\n"
                    "<div id=\"app\" hidden></div>\n");
    page_weightiest(p);
    end(p);
    closing(p);
    buf_str(p->out, "</main>\n");
    page_data(p);
    buf_str(p->out, "<script>");
    buf_append(p->out, page_script, sizeof(page_script));
    buf_str(p->out, "</script>\n</body>\n</html>\n");
}

void report_page(struct buf *out, const struct view *v, const struct page_options *opt)
{
    const struct terminal_options terminal = {.unicode = true};
    struct page p = {.out = out, .v = v, .opt = opt};
    enum status st = screen_begin(&p.s, out, v, &terminal);
    if (st != ST_OK) {
        out->failed = st;
    } else {
        layout_html(&p.s.l, out);
        head(&p);
        body(&p);
    }
    screen_end(&p.s);
}
