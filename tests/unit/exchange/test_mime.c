/* tests/unit/exchange/test_mime.c - headers that nothing can add to, and lines
 * that every mail program takes. */
#include "exchange/mime.h"

#include "material.h"

static bool is(const struct buf *b, const char *want)
{
    bool same = bytes_equal(buf_bytes(b), text(want));
    if (!same) {
        printf("# \"%.*s\"\n", (int)b->len, (const char *)b->data);
    }
    return same;
}

static void plain_text_stays_plain(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mime_header(&b, "Subject", text("[exhibit:ABCD2345] a scan"));
    CHECK(is(&b, "Subject: [exhibit:ABCD2345] a scan\r\n"));
    buf_clear(&b);
    mime_header_mailbox(&b, "From", text("A \"B\" \\ C"), "x@example.org");
    CHECK(is(&b, "From: \"A \\\"B\\\" \\\\ C\"\r\n <x@example.org>\r\n"));
    buf_clear(&b);
    mime_header_mailbox(&b, "To", (struct bytes){0}, "x@example.org");
    CHECK(is(&b, "To: x@example.org\r\n"));
}

static void other_text_becomes_encoded_words_of_whole_characters(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mime_header(&b, "Subject", text("\xc3\xa9"));
    CHECK(is(&b, "Subject: =?UTF-8?B?w6k=?=\r\n"));
    buf_clear(&b);
    mime_header(&b, "Subject", text("=?UTF-8?B?QQ==?="));
    CHECK(is(&b, "Subject: =?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?=\r\n"));
}

static size_t longest(struct bytes s)
{
    size_t most = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n = s.data[i] == '\n' ? 0 : n + 1;
        most = n > most ? n : most;
    }
    return most;
}

/* However it is cut: one header, one CR LF that no blank follows, at the end. */
static bool is_one_header(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool end = i + 1 == s.len;
        if (s.data[i] == '\n' &&
            (i == 0 || s.data[i - 1] != '\r' || (!end && s.data[i + 1] != ' '))) {
            return false;
        }
        if (s.data[i] == '\r' && (end || s.data[i + 1] != '\n')) {
            return false;
        }
        if (s.data[i] >= 0x7f || (s.data[i] < ' ' && s.data[i] != '\r' && s.data[i] != '\n')) {
            return false;
        }
    }
    return s.len > 2 && s.data[s.len - 1] == '\n';
}

static void no_text_can_begin_another_header(void)
{
    char all[3 * 256 + 1];
    for (int i = 0; i < 256; i++) {
        all[3 * i] = (char)(i ? i : ' ');
        all[3 * i + 1] = '\r';
        all[3 * i + 2] = '\n';
    }
    all[sizeof(all) - 1] = '\0';
    char run[700];
    memset(run, 'x', sizeof(run) - 1);
    run[sizeof(run) - 1] = '\0';
    const char *const values[] = {"a\r\nBcc: x@example.org",
                                  "\r\n\r\nbody",
                                  all,
                                  run,
                                  "",
                                  " ",
                                  "\xe2\x80\xae",
                                  "\xc3",
                                  "a\nb",
                                  "\xff\xfe"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
        mime_header(&b, "Subject", text(values[i]));
        CHECK(is_one_header(buf_bytes(&b)));
        CHECK(longest(buf_bytes(&b)) <= 78);
        buf_clear(&b);
        mime_header_mailbox(&b, "From", text(values[i]), "x@example.org");
        CHECK(is_one_header(buf_bytes(&b)));
        CHECK(longest(buf_bytes(&b)) <= 78);
    }
}

static void dates_have_their_day_of_the_week(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mime_header_date(&b, 1700000000 * TIME_SECOND);
    CHECK(is(&b, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    buf_clear(&b);
    mime_header_date(&b, -TIME_SECOND);
    CHECK(is(&b, "Date: Wed, 31 Dec 1969 23:59:59 +0000\r\n"));
}

static void text_is_quoted_printable(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mime_part_text(&b, "x", text("From here\n.\na=b \n\xc3\xa9\n"));
    const char *body = strstr((const char *)b.data, "\r\n\r\n");
    CHECK(body != NULL);
    buf_byte(&b, '\0');
    body = strstr((const char *)b.data, "quoted-printable\r\n\r\n") + 20;
    CHECK_STR(body, "=46rom here\r\n=2E\r\na=3Db=20\r\n=C3=A9\r\n");
}

static void long_lines_are_cut_softly(void)
{
    for (size_t n = 70; n < 170; n++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
        char line[200];
        memset(line, n % 2 ? 'F' : '=', n);
        mime_part_text(&b, "x", bytes_of(line, n));
        CHECK(longest(buf_bytes(&b)) <= 77); /* and its CR */
    }
}

static void mailboxes_quote_what_looks_like_their_marks(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mime_mbox(&b, text("A: b\r\n\r\nFrom x\r\n>From y\r\n>>From z\r\nFromage\r\n"),
              1700000000 * TIME_SECOND);
    CHECK(is(&b, "From MAILER-DAEMON Tue Nov 14 22:13:20 2023\nA: b\n\n>From x\n>>From y\n"
                 ">>>From z\nFromage\n\n"));
}

TEST_MAIN(TEST(plain_text_stays_plain), TEST(other_text_becomes_encoded_words_of_whole_characters),
          TEST(no_text_can_begin_another_header), TEST(dates_have_their_day_of_the_week),
          TEST(text_is_quoted_printable), TEST(long_lines_are_cut_softly),
          TEST(mailboxes_quote_what_looks_like_their_marks))
