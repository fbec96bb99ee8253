/* fuzz/fuzz_claim_mail.c - mails taken apart.
 *
 * Properties: parts are bounded in number, none is longer than the mail, and
 * headers come out in one line.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "exchange/claim/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t parts, most;
};

static void take_header(void *ctx, struct bytes name, struct bytes value)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CLAIM_BYTES);
    const struct seen *s = ctx;
    assert(name.len > 0 && name.len + value.len <= s->most);
    mail_header_text(&text, value);
    assert(text.failed == ST_OK && text.len <= value.len + 1);
}

static enum status take_part(void *ctx, const struct mail_part *p)
{
    struct seen *s = ctx;
    s->parts++;
    assert(p->content.len <= s->most && memchr(p->type, 0, sizeof(p->type)) != NULL);
    for (size_t i = 0; i < p->content.len; i++) { /* all of it may be read */
        s->parts += p->content.data[i] == 0 && s->parts == SIZE_MAX;
    }
    return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct seen seen = {.most = size};
    uint32_t notes = 0;
    struct mail_ops ops = {.header = take_header, .part = take_part, .ctx = &seen, .notes = &notes};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    (void)mail_sniff(bytes_of(copy, size)); /* must not read past it */
    assert(mail_read(bytes_of(copy, size), &ops) == ST_OK);
    assert(seen.parts <= LIMIT_CLAIM_PARTS && notes >> CLAIM_NOTE_COUNT == 0);
    free(copy);
    return 0;
}
