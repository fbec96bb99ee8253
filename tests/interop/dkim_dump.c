/* tests/interop/dkim_dump.c - what the verifier says to mails.
 *
 * Its argument is a file of keys. Read by signed_mail.py: mails on standard input, each behind its
 * length (be32); for each a line, with "step aligned whole body_signed/body_bytes loose" for each
 * signature. Also compared: the same mail read as a message of our own.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/dkim.h"

static size_t read_some(FILE *f, uint8_t *to, size_t n)
{
    return fread(to, 1, n, f);
}

static struct dkim_keys *keys_of(const char *path)
{
    static uint8_t text[1 << 20];
    struct dkim_keys *k = NULL;
    struct fault why = {0};
    FILE *f = fopen(path, "rb");
    assert(f != NULL);
    size_t n = read_some(f, text, sizeof(text));
    (void)fclose(f);
    if (dkim_keys_read(bytes_of(text, n), &k, &why) != ST_OK) {
        (void)fprintf(stderr, "offset %" PRIu64 ": %s\n", why.offset, why.field);
        exit(2);
    }
    return k;
}

static void print(const struct dkim_report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct dkim_signature *s = &r->items[i];
        printf("%s%s %s %d %" PRIu64 "/%" PRIu64 " %x", i > 0 ? "; " : "", dkim_step_word(s->step),
               dkim_aligned_word(s->aligned), s->body_whole, s->body_signed, s->body_bytes,
               s->loose);
    }
    puts(r->more ? "; more" : "");
}

static void verify(struct bytes mail, const struct dkim_keys *keys, uint64_t now_s)
{
    static struct dkim_report r, again;
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    assert(dkim_verify(mail, keys, now_s, &r) == ST_OK);
    dkim_report_put(&b, &r);
    struct cursor in = cursor_of(buf_bytes(&b));
    assert(dkim_report_get(&in, &again) == ST_OK && cursor_left(&in) == 0 && again.n == r.n);
    print(&again);
}

int main(int argc, char **argv)
{
    uint8_t head[4];
    assert(argc > 1);
    struct dkim_keys *keys = keys_of(argv[1]);
    uint64_t now_s = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    while (read_some(stdin, head, sizeof(head)) == sizeof(head)) {
        size_t n = load_be32(head);
        uint8_t *mail = malloc(n + 1);
        assert(mail != NULL && read_some(stdin, mail, n) == n);
        verify(bytes_of(mail, n), keys, now_s);
        free(mail);
    }
    dkim_keys_free(keys);
    return 0;
}
