/* fuzz/fuzz_notice.c - findings as JSON, and the mail about them.
 *
 * Properties: what is accepted crosses our border as it is; whatever it holds,
 * the mail has the headers that it should have and no others, no byte beyond
 * printable ASCII, and no line over 78 characters.
 */
#include <assert.h>
#include <stdlib.h>

#include "exchange/intake.h"
#include "exchange/notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 1 << 20, MAIL_MAX = 1 << 22, HEADERS = 9, LINE_MAX_CHARS = 78 };

static void check_mail(struct bytes mail)
{
    size_t column = 0;
    size_t headers = 0;
    bool body = false;
    for (size_t i = 0; i < mail.len; i++) {
        uint8_t c = mail.data[i];
        assert((c >= ' ' && c <= '~') || c == '\r' || c == '\n');
        assert((c == '\r') == (i + 1 < mail.len && mail.data[i + 1] == '\n'));
        body |= column == 0 && c == '\r';
        headers += !body && column == 0 && c != ' ';
        column = c == '\n' ? 0 : column + (c != '\r');
        assert(column <= LINE_MAX_CHARS);
    }
    assert(headers == HEADERS - 1);
}

static void check_finding(const struct finding *f, struct arena *arena)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MAIL_MAX);
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(MAIL_MAX);
    struct finding again;
    struct notice_set set;
    const struct contact desk = {.mail = "abuse@example.net"};
    const struct notice_options opt = {
        .org = "Example", .mail = "noc@example.org", .include_one_way = true, .retention_ns = 1};
    struct notice_item item = {.finding = f, .contact = &desk};
    finding_put(&message, f);
    struct cursor in = cursor_of(buf_bytes(&message));
    assert(finding_get(&in, arena, &again) == ST_OK && cursor_left(&in) == 0);
    assert(notice_set_make(&opt, &item, 1, &set) == ST_OK);
    if (set.notice_n == 1) {
        notice_write(&mail, &opt, &set, &set.notices[0]);
        assert(mail.failed == ST_OK);
        check_mail(buf_bytes(&mail));
    }
    notice_set_fini(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct arena arena;
    struct finding f;
    struct local_nets locals;
    struct fault why = {0};
    enum intake_line what;
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    arena_init(&arena, ARENA_MAX);
    enum status st = intake_read(bytes_of(copy, size), &arena, &what, &f, &locals, &why);
    assert(st == ST_OK || why.field != NULL);
    if (st == ST_OK && what == INTAKE_FINDING) {
        check_finding(&f, &arena);
    }
    arena_fini(&arena);
    free(copy);
    return 0;
}
