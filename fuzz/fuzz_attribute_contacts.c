/* fuzz/fuzz_attribute_contacts.c - saved RDAP and whois answers.
 *
 * Properties: ranges are in order, mail is an address of mail that can stand in
 * a header, those of a registry have none; what is put is read back.
 */
#include <assert.h>
#include <stdlib.h>

#include "attribute/rdap.h"
#include "attribute/whois.h"
#include "base/core/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct contact *c)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    struct contact back;
    assert(addr_compare(&c->first, &c->last) <= 0);
    assert(c->mail[0] == '\0' || mailbox_is(bytes_of(c->mail, strlen(c->mail))));
    assert(!c->registry_only || c->mail[0] == '\0');
    contact_put(&b, c);
    struct cursor in = cursor_of(buf_bytes(&b));
    assert(b.failed == ST_OK && contact_get(&in, &back) == ST_OK);
    assert(strcmp(back.holder, c->holder) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    for (int whois = 0; whois < 2; whois++) {
        struct attribute_contacts s;
        struct fault why = {0};
        struct bytes text = bytes_of(copy, size);
        enum status st =
            whois ? attribute_whois_parse(text, &s, &why) : attribute_rdap_parse(text, &s, &why);
        assert(st == ST_OK ? s.n > 0 : why.field != NULL);
        for (size_t i = 0; i < s.n; i++) {
            check(&s.items[i]);
        }
        attribute_contacts_fini(&s);
    }
    (void)attribute_rdap_sniff(bytes_of(copy, size));
    (void)attribute_whois_sniff(bytes_of(copy, size));
    free(copy);
    return 0;
}
