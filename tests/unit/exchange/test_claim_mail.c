/* tests/unit/exchange/test_claim_mail.c - mails taken apart, traps included. */
#include "exchange/claim/mail.h"

#include "base/core/limits.h"
#include "claims.h"

enum { PARTS_MAX = 16 };

struct seen {
    size_t n;
    char types[PARTS_MAX][MAIL_TYPE_MAX];
    char content[PARTS_MAX][128];
    uint32_t notes;
    size_t parts; /* also those past PARTS_MAX */
};

static enum status take_part(void *ctx, const struct mail_part *p)
{
    struct seen *s = ctx;
    if (s->n < PARTS_MAX) {
        memcpy(s->types[s->n], p->type, MAIL_TYPE_MAX);
        claim_copy(s->content[s->n++], sizeof(s->content[0]), p->content);
    }
    s->parts++;
    return ST_OK;
}

static struct seen see_bytes(struct bytes mail)
{
    struct seen s = {.n = 0};
    struct mail_ops ops = {.part = take_part, .ctx = &s, .notes = &s.notes};
    uint8_t *copy = malloc(mail.len ? mail.len : 1);
    assert(copy != NULL);
    if (mail.len > 0) {
        memcpy(copy, mail.data, mail.len);
    }
    CHECK_INT(mail_read(bytes_of(copy, mail.len), &ops), ST_OK);
    free(copy);
    return s;
}

static struct seen see(const char *mail)
{
    return see_bytes(text(mail));
}

static void parts_are_decoded(void)
{
    struct seen s = see("From: a@b.example\r\nContent-Type: multipart/mixed;\r\n"
                        "\tboundary=\"x y\"\r\n\r\nnot a part\r\n--x y\r\n\r\nplain\r\n--x y\r\n"
                        "Content-Type: text/CSV; charset=us-ascii\r\n"
                        "Content-Transfer-Encoding: BASE64\r\n\r\naGVs\r\n bG8=\r\n--x y\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc=C3=A9\r\n"
                        "--x y--\r\nnor this\r\n");
    CHECK_INT(s.n, 3);
    CHECK_STR(s.content[0], "plain\r\n");
    CHECK_STR(s.types[1], "text/csv");
    CHECK_STR(s.content[1], "hello");
    CHECK_STR(s.content[2], "a=bc\xc3\xa9\r\n");
    CHECK_INT(s.notes, 0);
}

static void a_boundary_that_begins_like_another_is_another(void)
{
    struct seen s = see("Content-Type: multipart/mixed; boundary=ab\n\n--ab\n"
                        "Content-Type: multipart/mixed; boundary=abc\n\n--abc\n\ninner\n--abc--\n"
                        "--ab\n\nouter\n--ab--\n");
    CHECK_INT(s.n, 2);
    CHECK_STR(s.content[0], "inner\n");
    CHECK_STR(s.content[1], "outer\n");
}

static void a_mail_in_a_mail_is_read(void)
{
    struct seen s =
        see("Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/plain\n\nin");
    CHECK_INT(s.n, 1);
    CHECK_STR(s.content[0], "in");
}

static void a_mail_that_ends_early_is_read_and_said(void)
{
    struct seen s = see("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo");
    CHECK_INT(s.n, 2);
    CHECK_STR(s.content[1], "two");
    CHECK((s.notes & CLAIM_NOTE_CUT) != 0);
}

static void the_first_of_two_headers_counts(void)
{
    struct seen s = see("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n"
                        "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n"
                        "--b\n\naGVsbG8=\n--b--\n");
    CHECK_INT(s.n, 1);
    CHECK(strstr(s.content[0], "aGVsbG8=") != NULL);
}

static void parts_that_are_encoded_as_a_whole_are_refused(void)
{
    struct seen s = see("Content-Type: multipart/mixed; boundary=b\n"
                        "Content-Transfer-Encoding: base64\n\n--b\n\none\n--b--\n");
    CHECK_INT(s.n, 0);
    CHECK((s.notes & CLAIM_NOTE_ENCODING) != 0);
}

static void broken_codings_are_said(void)
{
    struct seen s = see("Content-Transfer-Encoding: base64\n\naGVs*bG8=");
    CHECK_STR(s.content[0], "hello");
    CHECK((s.notes & CLAIM_NOTE_ENCODING) != 0);
    s = see("Content-Transfer-Encoding: quoted-printable\n\na=ZZb=");
    CHECK_STR(s.content[0], "a=ZZb");
    CHECK((s.notes & CLAIM_NOTE_ENCODING) != 0);
    s = see("Content-Type: text/plain; charset=\"utf-16le\"\n"
            "Content-Transfer-Encoding: base64\n\naABpAA==");
    CHECK_STR(s.content[0], "hi");
    s = see("Content-Type: text/plain; charset=UTF-16\n"
            "Content-Transfer-Encoding: base64\n\n/v8AaABp");
    CHECK_STR(s.content[0], "hi");
    s = see("Content-Type: text/plain; charset=\"utf-32\"\n\na");
    CHECK_INT(s.n, 0);
    CHECK((s.notes & CLAIM_NOTE_UNREAD) != 0);
}

/* 40 multiparts inside each other. */
static void depth_is_bounded(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    for (int i = 0; i < 40; i++) {
        buf_printf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    }
    struct seen s = see_bytes(buf_bytes(&b));
    CHECK_INT(s.n, 0);
    CHECK((s.notes & CLAIM_NOTE_DEEP) != 0);
}

static void the_number_of_parts_is_bounded(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    buf_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 3 * LIMIT_CLAIM_PARTS; i++) {
        buf_str(&b, "--b\n\n");
    }
    struct seen s = see_bytes(buf_bytes(&b));
    CHECK(s.parts < LIMIT_CLAIM_PARTS);
    CHECK((s.notes & CLAIM_NOTE_DEEP) != 0);
}

static void headers_are_decoded_into_one_line(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    mail_header_text(&b,
                     text("=?UTF-8?B?w6Q=?= =?utf-8?q?=C3=B6_x?=\r\n\tend =?x?B?eA==?= =?utf-8?"));
    buf_byte(&b, 0);
    CHECK_STR((const char *)b.data, "\xc3\xa4\xc3\xb6 x end =?x?B?eA==?= =?utf-8?");
}

static void what_begins_like_a_mail_is_told(void)
{
    CHECK(mail_sniff(text("Return-Path: <a@b>\nReceived: x\n\nbody")));
    CHECK(mail_sniff(text("From MAILER-DAEMON Tue\nFrom: a@b.example\n\n")));
    CHECK(mail_sniff(text("X: y\n folded\nFrom: A <a@b.example>\n")));
    CHECK(!mail_sniff(text("Source: 192.0.2.1\nDate: 2026-03-03\n")));
    CHECK(!mail_sniff(text("{\"From\": \"a@b\"}")));
    CHECK(!mail_sniff(text("")));
    CHECK(!mail_sniff(text("just text\nFrom: a@b.example\n")));
}

/* A relay may have put any number of headers in front. */
static void headers_far_down_tell_a_mail(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    for (int i = 0; i < 500; i++) {
        buf_printf(&b, "ARC-Seal: i=%d; a=rsa-sha256;\r\n\td=relay.example\r\n", i);
    }
    CHECK(!mail_sniff(buf_bytes(&b)));
    buf_str(&b, "From: A <a@b.example>\r\n\r\n");
    CHECK(mail_sniff(buf_bytes(&b)));
}

static void every_cut_and_every_changed_byte_is_survived(void)
{
    static const char mail[] = "From: a@b\nContent-Type: multipart/mixed; boundary=\"q\\\"b\"\n\n"
                               "--q\"b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?Q?=41?=\n"
                               "Content-Transfer-Encoding: quoted-printable\n\n=41=\n--q\"b--\n";
    char copy[sizeof(mail)];
    for (size_t i = 0; i < sizeof(mail); i++) {
        (void)see_bytes(bytes_of(mail, i));
        memcpy(copy, mail, sizeof(mail));
        copy[i] ^= 0x1d;
        (void)see_bytes(bytes_of(copy, sizeof(mail) - 1));
    }
    CHECK_INT(see(mail).n, 1);
}

TEST_MAIN(TEST(headers_far_down_tell_a_mail), TEST(parts_are_decoded),
          TEST(a_boundary_that_begins_like_another_is_another), TEST(a_mail_in_a_mail_is_read),
          TEST(a_mail_that_ends_early_is_read_and_said), TEST(the_first_of_two_headers_counts),
          TEST(parts_that_are_encoded_as_a_whole_are_refused), TEST(broken_codings_are_said),
          TEST(depth_is_bounded), TEST(the_number_of_parts_is_bounded),
          TEST(headers_are_decoded_into_one_line), TEST(what_begins_like_a_mail_is_told),
          TEST(every_cut_and_every_changed_byte_is_survived))
