/* exchange/blocklist.c - nftables, ipset, and one address a line. */
#include "exchange/blocklist.h"

#include <stdlib.h>

static bool blocks(const struct notice_item *x, const struct local_nets *own)
{
    static const struct notice_options strict = {.org = ""};
    enum notice_left left = notice_judge(&strict, x);
    const struct finding *f = x->finding;
    /* Where it is not known which side is one's own, nobody is outside. */
    return (left == NOTICE_TOLD || left == NOTICE_NO_CONTACT) &&
           f->authentic == AUTHENTIC_TWO_WAY && (f->flags & FINDING_LOCAL_KNOWN) != 0 &&
           !local_contains(own, &f->remote);
}

static int compare(const void *a, const void *b)
{
    return addr_compare(a, b);
}

enum status blocklist_make(const struct notice_item *items, size_t n, const struct local_nets *own,
                           struct addr **ret, size_t *ret_n)
{
    struct addr *list = calloc(n + 1, sizeof(*list));
    size_t all = 0;
    size_t kept = 0;
    if (list == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (blocks(&items[i], own)) {
            list[all++] = items[i].finding->remote;
        }
    }
    qsort(list, all, sizeof(*list), compare);
    for (size_t i = 0; i < all; i++) {
        if (kept == 0 || !addr_equal(&list[kept - 1], &list[i])) {
            list[kept++] = list[i];
        }
    }
    *ret = list;
    *ret_n = kept;
    return ST_OK;
}

static void each(struct buf *out, const struct addr *list, size_t n, bool v4, const char *before,
                 const char *after)
{
    for (size_t i = 0; i < n; i++) {
        if (addr_is_v4(&list[i]) == v4) {
            char text[ADDR_TEXT_MAX];
            (void)addr_format(&list[i], text);
            buf_printf(out, "%s%s%s", before, text, after);
        }
    }
}

static size_t count(const struct addr *list, size_t n, bool v4)
{
    size_t of = 0;
    for (size_t i = 0; i < n; i++) {
        of += addr_is_v4(&list[i]) == v4;
    }
    return of;
}

/* A table of its own, made anew: loading it twice is the same as once. */
static void write_nft(struct buf *out, const struct addr *list, size_t n)
{
    buf_str(out, "#!/usr/sbin/nft -f\n"
                 "# Addresses that were seen attacking over proven connections.\n"
                 "table inet exhibit\ndelete table inet exhibit\ntable inet exhibit {\n");
    for (int v4 = 1; v4 >= 0; v4--) {
        buf_printf(out, "\tset blocked%d {\n\t\ttype ipv%d_addr\n", v4 ? 4 : 6, v4 ? 4 : 6);
        if (count(list, n, v4 != 0) > 0) {
            buf_str(out, "\t\telements = {\n");
            each(out, list, n, v4 != 0, "\t\t\t", ",\n");
            buf_str(out, "\t\t}\n");
        }
        buf_str(out, "\t}\n");
    }
    buf_str(out, "\tchain input {\n\t\ttype filter hook input priority -10; policy accept;\n"
                 "\t\tip saddr @blocked4 drop\n\t\tip6 saddr @blocked6 drop\n\t}\n}\n");
}

/* For `ipset restore`. */
static void write_ipset(struct buf *out, const struct addr *list, size_t n)
{
    for (int v4 = 1; v4 >= 0; v4--) {
        const char *name = v4 ? "exhibit4" : "exhibit6";
        char before[32] = "add exhibit4 ";
        before[11] = v4 ? '4' : '6';
        size_t most = count(list, n, v4 != 0);
        buf_printf(out, "create %s hash:ip family inet%s maxelem %zu -exist\nflush %s\n", name,
                   v4 ? "" : "6", most < 65536 ? 65536 : most, name);
        each(out, list, n, v4 != 0, before, " -exist\n");
    }
}

void blocklist_write(struct buf *out, enum blocklist_form form, const struct addr *list, size_t n)
{
    if (form == BLOCKLIST_NFT) {
        write_nft(out, list, n);
    } else if (form == BLOCKLIST_IPSET) {
        write_ipset(out, list, n);
    } else {
        each(out, list, n, true, "", "\n");
        each(out, list, n, false, "", "\n");
    }
}
