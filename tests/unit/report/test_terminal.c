/* tests/unit/report/test_terminal.c - the first screen. */
#include "base/core/text.h"
#include "base/model/kind.h"
#include "report/layout.h"
#include "sample.h"
#include "test.h"

static const char *const hostile =
    "x\033[2J\r\nfake line\xe2\x80\xae"
    "evil\x9b\xff\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97";

/* The report as a text; the caller frees. */
static char *report(const struct sample *s, const struct terminal_options *opt)
{
    struct buf out = BUF_INIT(64 << 20);
    report_terminal(&out, &s->v, opt);
    CHECK(out.failed == ST_OK);
    buf_byte(&out, '\0');
    return (char *)out.data;
}

static char *screen(const struct sample *s)
{
    struct terminal_options opt = {.unicode = true};
    return report(s, &opt);
}

static size_t count_lines(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        n += *s == '\n';
    }
    return n;
}

/* The columns of the widest line; SGR sequences take none. */
static unsigned widest(const char *s)
{
    unsigned most = 0;
    unsigned at = 0;
    while (*s != '\0') {
        uint32_t cp = 0;
        if (*s == '\033') {
            s = strchr(s, 'm') + 1;
            continue;
        }
        size_t n = text_utf8_next(bytes_of(s, strlen(s)), &cp);
        CHECK(n > 0);
        at = cp == '\n' ? 0 : at + layout_width(cp);
        most = at > most ? at : most;
        s += n > 0 ? n : 1;
    }
    return most;
}

/* Without its line breaks: one space wherever there are some. */
static void join(char *s)
{
    char *to = s;
    char last = ' ';
    for (; *s != '\0'; s++) {
        bool space = *s == ' ' || *s == '\n';
        if (!space || last != ' ') {
            last = space ? ' ' : *s;
            *to++ = last;
        }
    }
    *to = '\0';
}

/* Between two of the questions. */
static bool says_between(const char *text, const char *from, const char *to, const char *what)
{
    const char *a = strstr(text, from);
    const char *b = a != NULL ? strstr(a, to) : NULL;
    const char *x = a != NULL ? strstr(a, what) : NULL;
    return b != NULL && x != NULL && x < b;
}

#define GOT_IN  "Did anyone get in?"
#define TO_DO   "What needs doing?"
#define IGNORED "What can be ignored?"

static void three_questions_are_answered_in_order(void)
{
    struct sample *s = sample_full();
    char *text = screen(s);
    const char *a = strstr(text, GOT_IN);
    const char *b = strstr(text, TO_DO);
    const char *c = strstr(text, IGNORED);
    CHECK(a != NULL && b != NULL && c != NULL && a < b && b < c);
    free(text);
    s->v.finding_n = 0;
    text = screen(s);
    CHECK(says_between(text, GOT_IN, TO_DO, "Nothing seen of it"));
    CHECK(says_between(text, TO_DO, IGNORED, "Nothing."));
    free(text);
    sample_free(s);
}

static void a_login_after_guessing_is_said_first(void)
{
    struct sample *s = sample_full();
    char *text = screen(s);
    CHECK(says_between(text, GOT_IN, TO_DO, "Yes"));
    CHECK(says_between(text, GOT_IN, TO_DO, "203.0.113.7: By the log, let in as root after 1,214"));
    CHECK(
        says_between(text, TO_DO, IGNORED, "203.0.113.7 (two-way proven: it could read answers)"));
    CHECK(strstr(text, "access.after-guessing/1") < strstr(text, "scan.block/1"));
    free(text);
    sample_free(s);
}

/* --- A "no" is said of no more than was looked at. ---------------------------- */

static void a_selection_denies_nothing_outside_it(void)
{
    struct sample *s = sample_new(1);
    s->v.filter.kind = "flood";
    s->v.found = s->v.outside_got_in = 1;
    char *text = screen(s);
    CHECK(says_between(text, GOT_IN, TO_DO, "1 finding outside the selection says"));
    CHECK(strstr(text, "Nothing seen of it") == NULL);
    free(text);
    sample_free(s);
}

static void who_got_in_and_is_allowed_is_named(void)
{
    struct sample *s = sample_new(1);
    struct finding *f = sample_add(s, "access.after-guessing", "198.51.100.9");
    f->flags |= FINDING_ALLOWED | FINDING_LOG;
    f->earlier = 46;
    char *text = screen(s);
    join(text);
    CHECK(says_between(text, GOT_IN, TO_DO, "On your allow-list, 198.51.100.9: By the log"));
    CHECK(says_between(text, GOT_IN, TO_DO, "it had been let in 46 times before"));
    CHECK(strstr(text, "Nothing seen of it") == NULL);
    free(text);
    sample_free(s);
}

static void a_login_just_below_the_threshold_is_told(void)
{
    struct sample *s = sample_new(0);
    s->summary.packets = 0;
    s->summary.lines = 10;
    s->summary.logins_log = (struct summary_logins){.refused = 9, .accepted = 1, .nearest = 9};
    char *text = screen(s);
    join(text);
    CHECK(says_between(text, GOT_IN, TO_DO,
                       "By the logs 1 login was let in, none by password "
                       "after 10 failed ones or more (the most was 9)."));
    free(text);
    sample_free(s);
}

static void what_was_not_looked_for_is_not_denied(void)
{
    static const char *const sets[] = {"zeek-6.0", "snort3", "fail2ban"};
    struct sample *s = sample_new(0);
    s->summary.lines = 10;
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        CHECK(definition_set_builtin(sets[i], &s->definitions) == ST_OK);
        char *text = screen(s);
        CHECK(says_between(text, GOT_IN, TO_DO, "Not looked for"));
        CHECK(strstr(text, "Nothing seen of it") == NULL);
        free(text);
    }
    sample_free(s);
}

static void nothing_read_is_no_all_clear(void)
{
    struct sample *s = sample_new(0);
    s->summary.packets = 0;
    s->inputs[1].log = true;
    s->inputs[1].records = 1182;
    char *text = screen(s);
    CHECK(strstr(text, "1,182 log lines (none about a remote)") != NULL);
    CHECK(strstr(text, "0 packets") == NULL);
    CHECK(says_between(text, GOT_IN, TO_DO, "Cannot be told"));
    CHECK(strstr(text, "Nothing seen of it") == NULL);
    free(text);
    sample_free(s);
}

static void another_tools_rule_says_what_it_counted_and_no_more(void)
{
    struct sample *s = sample_new(3);
    struct finding *f = sample_add(s, "bruteforce.ssh", "198.51.100.9");
    f->flags |= FINDING_RULE | FINDING_LOG;
    f->attempts = 157;
    finding_decide(f, "failures within findtime", 5, 5);
    f = sample_add(s, "scan.vertical", "198.51.100.10");
    f->flags |= FINDING_RULE | FINDING_ONE_WAY;
    char *text = screen(s);
    join(text);
    CHECK(strstr(text, "5 failures within findtime (it asks for 5)") != NULL);
    CHECK(strstr(text, "let in,") == NULL && strstr(text, "Tried") == NULL);
    CHECK(strstr(text, "answered") == NULL && strstr(text, "no answer") == NULL);
    CHECK(strstr(text, "one-way") == NULL);
    CHECK(strstr(text, "came to nothing, as far") == NULL);
    free(text);
    sample_free(s);
}

static void where_the_victim_is_says_nothing_of_the_senders(void)
{
    struct sample *s = sample_new(1);
    struct finding *f = sample_add(s, "flood.amplification", "198.51.100.9");
    f->has_initiator = false;
    f->victim = f->remote;
    f->sources = 44;
    char *text = screen(s);
    CHECK(strstr(text, "44 reflectors") != NULL);
    CHECK(strstr(text, "AS64500") == NULL);
    free(text);
    struct terminal_options opt = {.all = true};
    text = report(s, &opt);
    join(text);
    CHECK(strstr(text, "The victim, 198.51.100.9, seems to be in AS64500") != NULL);
    CHECK(strstr(text, "seems to come from") == NULL);
    free(text);
    sample_free(s);
}

static void logs_and_captures_are_told_apart(void)
{
    struct sample *s = sample_new(3);
    struct finding *f = sample_add(s, "access.after-guessing", "198.51.100.9");
    finding_words(f, "password", "ssh");
    f->flags |= FINDING_LOG;
    f->attempts = 31;
    f->refused = 30;
    finding_decide(f, "failed logins before one was let in", 31, 10);
    f = sample_add(s, "access.after-guessing", "198.51.100.9");
    finding_words(f, "password", "ssh");
    finding_decide(f, "failed logins before one was let in", 15, 10);
    s->summary.logins_log.background_attempts = s->summary.logins_seen.background_attempts = 3;
    char *text = screen(s);
    join(text);
    CHECK(strstr(text, "By the log, let in after 31 failed or broken-off logins") != NULL);
    CHECK(strstr(text, "By the form of its connections, it seems, let in after 15") != NULL);
    CHECK(strstr(text, "may tell of the same logins") != NULL);
    CHECK(strstr(text, "3 failed logins of 0 addresses in the logs") != NULL);
    CHECK(strstr(text, "3 failed logins of 0 addresses in the captures") != NULL);
    free(text);
    sample_free(s);
}

static void what_was_not_seen_is_not_said(void)
{
    struct sample *s = sample_new(3);
    struct finding *f = sample_add(s, "probe.web", "198.51.100.9");
    f->paths = 5;
    f->answered = f->missing = 0;
    f = sample_add(s, "scan.block", "198.51.100.10");
    f->flags |= FINDING_INSIDE;
    f->remote = f->victim;
    f->attempts = 0;
    f = sample_add(s, "bruteforce.ssh", "198.51.100.11");
    f->users = 1;
    f->texts[f->text_n++] = arena_text(&s->list.arena, BYTES_LITERAL(""));
    struct terminal_options opt = {.top = 5, .unicode = true};
    char *text = report(s, &opt);
    join(text);
    CHECK(strstr(text, "for 5 paths; no answer was seen") != NULL);
    CHECK(strstr(text, "may be forged) against 192.0.2.10, which seems to be in") != NULL);
    CHECK(strstr(text, "(an empty name)") != NULL);
    CHECK(strstr(text, " ;") == NULL);
    free(text);
    sample_free(s);
}

static void a_scanner_with_sessions_is_no_plain_no(void)
{
    struct sample *s = sample_new(1);
    sample_add(s, "scan.vertical", "198.51.100.1")->sessions = 1;
    char *text = screen(s);
    CHECK(says_between(text, GOT_IN, TO_DO, "Perhaps"));
    CHECK(strstr(text, "Nothing seen of it") == NULL);
    free(text);
    sample_free(s);
}

static void one_remote_is_one_block(void)
{
    struct sample *s = sample_new(3);
    sample_add(s, "scan.vertical", "198.51.100.1")->answered = 1;
    sample_add(s, "scan.block", "198.51.100.1")->answered = 1;
    sample_add(s, "scan.horizontal", "198.51.100.1")->answered = 1;
    char *text = screen(s);
    const char *first = strstr(text, "198.51.100.1 (");
    CHECK(first != NULL && strstr(first + 1, "198.51.100.1 (") == NULL);
    CHECK(strstr(text, "1 more finding of the same remote") != NULL);
    CHECK(strstr(text, "scan.vertical/1") != NULL);
    free(text);
    sample_free(s);
}

static void lines_keep_within_the_columns(void)
{
    static const unsigned columns[] = {20, 40, 80, 100, 120};
    struct sample *s = sample_full();
    struct finding *f = sample_add(s, "spray.ssh", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
    f->texts[f->text_n++] = arena_text(&s->list.arena, bytes_of(hostile, strlen(hostile)));
    s->inputs[0].name = hostile;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        for (int k = 0; k < 8; k++) {
            struct terminal_options opt = {.columns = columns[i],
                                           .top = 20,
                                           .all = (k & 1) != 0,
                                           .colour = (k & 2) != 0,
                                           .unicode = (k & 4) != 0};
            char *text = report(s, &opt);
            CHECK(widest(text) <= columns[i]);
            CHECK(columns[i] < 40 ||
                  strstr(text, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff") != NULL);
            free(text);
        }
    }
    sample_free(s);
}

static void text_of_inputs_is_escaped(void)
{
    struct sample *s = sample_full();
    struct finding *f = sample_add(s, "bruteforce.ssh", "198.51.100.9");
    f->users = 1;
    f->attempts = 99999;
    f->texts[f->text_n++] = arena_text(&s->list.arena, bytes_of(hostile, strlen(hostile)));
    s->inputs[0].name = hostile;
    s->v.filter.kind = hostile;
    struct origin *o = &s->origins[0];
    (void)snprintf(o->as[0].name, sizeof(o->as[0].name), "\033]0;x\007");
    memcpy(o->located.values[0].code, "\033[", 2);
    for (int all = 0; all < 2; all++) {
        struct terminal_options opt = {.all = all != 0, .unicode = true, .columns = 100};
        char *text = report(s, &opt);
        CHECK(strchr(text, '\033') == NULL && strchr(text, '\r') == NULL);
        CHECK(strstr(text, "\xe2\x80\xae") == NULL && strstr(text, "\nfake") == NULL);
        CHECK(strstr(text, "\\u{1b}[2J") != NULL);
        free(text);
    }
    sample_free(s);
}

static void colour_is_only_on_request(void)
{
    struct sample *s = sample_full();
    struct terminal_options opt = {.unicode = true};
    char *plain = report(s, &opt);
    opt.colour = true;
    char *tinted = report(s, &opt);
    CHECK(strchr(plain, '\033') == NULL);
    CHECK(strchr(tinted, '\033') != NULL);
    free(plain);
    free(tinted);
    sample_free(s);
}

static void without_unicode_there_is_only_ascii(void)
{
    struct sample *s = sample_full();
    s->inputs[0].name = "gr\xc3\xbc\xc3\x9f.pcap";
    struct terminal_options opt = {.all = true};
    char *text = report(s, &opt);
    for (const char *p = text; *p != '\0'; p++) {
        CHECK((unsigned char)*p < 0x80);
    }
    CHECK(strstr(text, "gr\\u{fc}\\u{df}.pcap") != NULL);
    free(text);
    sample_free(s);
}

static void four_thousand_scanners_are_one_screen(void)
{
    struct sample *s = sample_scanners(4000);
    sample_remark(s, REMARK_CUT, true);
    sample_remark(s, REMARK_TIME_BACKWARDS, false);
    char *text = screen(s);
    CHECK(count_lines(text) <= 45);
    join(text);
    CHECK(strstr(text, "scan.vertical/1") != NULL);
    CHECK(strstr(text, "2,263 remotes: scan of many hosts") != NULL);
    CHECK(strstr(text, "198.18.11.113, 198.18.7.127, 198.18.3.141 and 37 more.") != NULL);
    free(text);
    sample_free(s);
}

static void top_and_all_show_more(void)
{
    struct sample *s = sample_scanners(100);
    struct terminal_options opt = {.top = 20, .unicode = true};
    char *few = screen(s);
    char *top = report(s, &opt);
    opt = (struct terminal_options){.all = true, .unicode = true};
    char *all = report(s, &opt);
    size_t n[3] = {0};
    const char *texts[3] = {few, top, all};
    for (size_t i = 0; i < 3; i++) {
        for (const char *p = strstr(texts[i], "• 198."); p != NULL; p = strstr(p + 1, "• 198.")) {
            n[i]++;
        }
    }
    CHECK(n[0] >= 3 && n[0] <= 7);
    CHECK_INT(n[1], 20);
    CHECK_INT(n[2], 100);
    free(few);
    free(top);
    free(all);
    sample_free(s);
}

static void a_forged_flood_names_no_country(void)
{
    struct sample *s = sample_new(2);
    struct finding *f = sample_add(s, "flood.syn", "198.51.100.3");
    f->flags |= FINDING_MANY;
    f->has_initiator = false;
    f->sources = 5000;
    struct view_finding *vf = sample_last(s);
    vf->tested = true;
    vf->spoof.verdict = SPOOF_CONSISTENT;
    for (int all = 0; all < 2; all++) {
        struct terminal_options opt = {.all = all != 0};
        char *text = report(s, &opt);
        CHECK(strstr(text, "spoof-consistent") != NULL);
        CHECK(strstr(text, "NL") == NULL && strstr(text, " DE") == NULL);
        CHECK(strstr(text, "AS64500") == NULL);
        free(text);
    }
    sample_free(s);
}

static void near_misses_and_the_allowed_are_no_findings(void)
{
    struct sample *s = sample_new(2);
    sample_add(s, "scan.vertical", "198.51.100.70")->flags |= FINDING_BELOW;
    sample_add(s, "scan.vertical", "192.0.2.5")->flags |= FINDING_ALLOWED;
    char *text = screen(s);
    CHECK(says_between(text, TO_DO, IGNORED, "Nothing."));
    CHECK(says_between(text, IGNORED, "Stayed below", "allow-list: 192.0.2.5"));
    CHECK(strstr(strstr(text, "Stayed below"), "198.51.100.70") != NULL);
    free(text);
    sample_free(s);
}

static void parts_are_under_their_whole(void)
{
    struct sample *s = sample_new(3);
    struct finding *whole = sample_add(s, "scan.distributed", NULL);
    whole->flags |= FINDING_MANY;
    whole->sources = 12;
    whole->answered = 3;
    for (int i = 0; i < 2; i++) {
        struct finding *f = sample_add(s, "scan.vertical", i ? "198.51.100.50" : "198.51.100.51");
        f->answered = 1;
        f->flags |= FINDING_PART;
        memcpy(f->part_of, whole->id, sizeof(f->part_of));
    }
    char *text = screen(s);
    CHECK(strstr(text, "12 senders") != NULL);
    CHECK(strstr(text, "2 more findings that are part of it") != NULL);
    CHECK(strstr(text, "198.51.100.5") == NULL);
    free(text);
    sample_free(s);
}

static void what_was_not_read_is_said(void)
{
    struct sample *s = sample_full();
    char *text = screen(s);
    CHECK(strstr(text, "Not everything was read") != NULL);
    CHECK(strstr(text, "offset 77: ends in the middle of a record") != NULL);
    CHECK(strstr(text, "offset 77: ends") < strstr(text, "time runs backwards"));
    free(text);
    sample_free(s);
}

static void sources_are_dated_and_credited(void)
{
    struct sample *s = sample_full();
    char *text = screen(s);
    join(text);
    CHECK(strstr(text, "geo A, 2024-05-17") != NULL);
    CHECK(strstr(text, "Project A, CC BY-SA 4.0") != NULL);
    free(text);
    sample_free(s);
}

static void sources_that_were_not_asked_are_not_credited(void)
{
    struct sample *s = sample_new(1);
    sample_add(s, "scan.vertical", "192.168.1.7");
    s->origins[0] = (struct origin){.special = {.present = true, .bogon = true}};
    char *text = screen(s);
    CHECK(strstr(text, "looked up in") == NULL && strstr(text, "CC BY-SA") == NULL);
    free(text);
    sample_free(s);
}

static void a_private_address_in_a_log_may_be_a_gateway(void)
{
    static const char *const kinds[] = {"bruteforce.ssh", "spray.ssh", "probe.web"};
    struct sample *s = sample_new(ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct finding *f = sample_add(s, kinds[i], "172.17.0.1");
        f->flags |= FINDING_LOG | FINDING_INSIDE;
        CHECK(strstr(kind_advise(f).innocent, "proxy") != NULL);
        CHECK(strstr(kind_advise(f).step, "off the network") == NULL);
        f->flags &= ~(uint32_t)FINDING_LOG;
        CHECK(strstr(kind_advise(f).innocent, "proxy") == NULL);
    }
    sample_free(s);
}

static void lack_of_memory_is_reported(void)
{
    struct sample *s = sample_full();
    struct terminal_options opt = {.all = true};
    for (unsigned n = 1;; n++) {
        struct buf out = BUF_INIT(64 << 20);
        test_fail_allocation(n);
        report_terminal(&out, &s->v, &opt);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(out.failed == (failed ? ST_NOMEM : ST_OK));
        buf_fini(&out);
        if (!failed) {
            CHECK(n > 5);
            break;
        }
    }
    sample_free(s);
}

TEST_MAIN(TEST(three_questions_are_answered_in_order), TEST(a_login_after_guessing_is_said_first),
          TEST(a_selection_denies_nothing_outside_it), TEST(who_got_in_and_is_allowed_is_named),
          TEST(a_login_just_below_the_threshold_is_told),
          TEST(what_was_not_looked_for_is_not_denied), TEST(nothing_read_is_no_all_clear),
          TEST(another_tools_rule_says_what_it_counted_and_no_more),
          TEST(where_the_victim_is_says_nothing_of_the_senders),
          TEST(logs_and_captures_are_told_apart), TEST(what_was_not_seen_is_not_said),
          TEST(a_scanner_with_sessions_is_no_plain_no), TEST(one_remote_is_one_block),
          TEST(lines_keep_within_the_columns), TEST(text_of_inputs_is_escaped),
          TEST(colour_is_only_on_request), TEST(without_unicode_there_is_only_ascii),
          TEST(four_thousand_scanners_are_one_screen), TEST(top_and_all_show_more),
          TEST(a_forged_flood_names_no_country), TEST(near_misses_and_the_allowed_are_no_findings),
          TEST(parts_are_under_their_whole), TEST(what_was_not_read_is_said),
          TEST(sources_are_dated_and_credited), TEST(sources_that_were_not_asked_are_not_credited),
          TEST(a_private_address_in_a_log_may_be_a_gateway), TEST(lack_of_memory_is_reported))
