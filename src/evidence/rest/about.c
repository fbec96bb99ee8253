/* evidence/rest/about.c - texts about sealed files and declared networks. */
#include "evidence/rest/about.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "ledger/checkpoint.h"

static const char file_magic[] = "exhibit-file/v1";
static const char networks_magic[] = "exhibit-networks/v1";
static const char *const kinds[] = {"live", "file", "log"};

void evidence_file_sensor(const struct digest *sha256, char out[LEDGER_NAME_MAX + 1])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(sha256, hex);
    (void)snprintf(out, LEDGER_NAME_MAX + 1, "file/%s", hex);
}

void evidence_file_set_name(struct evidence_file *f, const char *name)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)name;
         *p != '\0' && n + 4 < sizeof(f->name); p++) {
        bool plain = *p > 0x20 && *p < 0x7f && *p != '%';
        n += (size_t)snprintf(f->name + n, sizeof(f->name) - n, plain ? "%c" : "%%%02X", *p);
    }
    f->name[n] = '\0';
}

void evidence_file_write(const struct evidence_file *f, struct buf *out)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(&f->sha256, hex);
    buf_printf(out, "%s\nsha256 %s\nsize %" PRIu64 "\nkind %s\n", file_magic, hex, f->size_bytes,
               kinds[f->kind]);
    buf_printf(out, "segments %" PRIu64 "\nrecords %" PRIu64 "\nentry %" PRIu64 "\n", f->segments,
               f->records, f->first_entry);
    if (f->declared) {
        buf_printf(out, "networks %" PRIu64 "\n", f->networks_entry);
    } else {
        buf_str(out, "networks inferred\n");
    }
    if (f->part) {
        digest_format(&f->whole, hex);
        buf_printf(out, "part %" PRIu64 " %s\n", f->part_from, hex);
    }
    if (f->grown) {
        digest_format(&f->grown_of, hex);
        buf_printf(out, "grown %s\n", hex);
    }
    if (f->packed) {
        digest_format(&f->content, hex);
        buf_printf(out, "packed %s\n", hex);
    }
    buf_printf(out, "name %s\n", f->name);
}

bool evidence_file_repeats(const struct evidence_file *f, const struct evidence_file *other)
{
    const struct digest *a = f->packed ? &f->content : &f->sha256;
    const struct digest *b = other->packed ? &other->content : &other->sha256;
    return other->first_entry < f->first_entry && !f->part && !other->part &&
           memcmp(a, b, sizeof(*a)) == 0;
}

/* The rest of the next line after its name and a blank. */
struct lines {
    struct cursor in;
    const char *bad; /* the first name that was not there, or whose value is wrong */
};

static struct bytes line(struct lines *l, const char *name)
{
    struct bytes text = {0};
    size_t n = strlen(name);
    bool good = l->bad == NULL && ledger_line_next(&l->in, &text) == ST_OK && text.len > n &&
                memcmp(text.data, name, n) == 0 && text.data[n] == ' ';
    if (!good) {
        l->bad = l->bad != NULL ? l->bad : name;
        return (struct bytes){0};
    }
    return bytes_of(text.data + n + 1, text.len - n - 1);
}

static uint64_t number(struct lines *l, const char *name)
{
    uint64_t v = 0;
    if (ledger_line_number(line(l, name), &v) != ST_OK && l->bad == NULL) {
        l->bad = name;
    }
    return v;
}

static void begin(struct lines *l, struct bytes text, const char *magic)
{
    struct bytes first;
    l->in = cursor_of(text);
    l->bad = NULL;
    if (ledger_line_next(&l->in, &first) != ST_OK ||
        !bytes_equal(first, bytes_of(magic, strlen(magic)))) {
        l->bad = magic;
    }
}

/* Is the next line of this name? */
static bool next_is(const struct lines *l, const char *name)
{
    struct lines look = *l;
    (void)line(&look, name);
    return look.bad == NULL;
}

/* "part 17 HEX" */
static void read_part(struct lines *l, struct evidence_file *f)
{
    struct bytes text = line(l, "part");
    size_t n = text.len > DIGEST_TEXT_MAX ? text.len - DIGEST_TEXT_MAX : 0;
    f->part = true;
    if (n == 0 || text.data[n] != ' ' ||
        ledger_line_number(bytes_of(text.data, n), &f->part_from) != ST_OK ||
        digest_parse(bytes_of(text.data + n + 1, DIGEST_TEXT_MAX - 1), &f->whole) != ST_OK) {
        l->bad = "part";
    }
}

/* Of a file that had been sealed before it grew. */
static void read_growth(struct lines *l, struct evidence_file *f)
{
    if (next_is(l, "part")) {
        read_part(l, f);
    }
    if (next_is(l, "grown")) {
        f->grown = true;
        if (digest_parse(line(l, "grown"), &f->grown_of) != ST_OK) {
            l->bad = "grown";
        }
    }
}

enum status evidence_file_parse(struct bytes text, struct evidence_file *ret, struct fault *why)
{
    struct evidence_file f = {.kind = KIND_FILE};
    struct lines l;
    begin(&l, text, file_magic);
    if (digest_parse(line(&l, "sha256"), &f.sha256) != ST_OK && l.bad == NULL) {
        l.bad = "sha256";
    }
    f.size_bytes = number(&l, "size");
    f.kind = bytes_equal(line(&l, "kind"), BYTES_LITERAL("log")) ? KIND_LOG : KIND_FILE;
    f.segments = number(&l, "segments");
    f.records = number(&l, "records");
    f.first_entry = number(&l, "entry");
    struct bytes nets = line(&l, "networks");
    f.declared = !bytes_equal(nets, BYTES_LITERAL("inferred"));
    if (f.declared && ledger_line_number(nets, &f.networks_entry) != ST_OK && l.bad == NULL) {
        l.bad = "networks";
    }
    read_growth(&l, &f);
    if (next_is(&l, "packed")) {
        f.packed = true;
        if (digest_parse(line(&l, "packed"), &f.content) != ST_OK) {
            l.bad = "packed";
        }
    }
    struct bytes name = line(&l, "name");
    if (l.bad != NULL || name.len >= sizeof(f.name)) {
        return fault_at(why, ST_MALFORMED, l.in.pos, l.bad != NULL ? l.bad : "name");
    }
    memcpy(f.name, name.data, name.len);
    /* One spelling: what we would write. */
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_HEADER_BYTES);
    evidence_file_write(&f, &again);
    TRY(again.failed);
    if (!bytes_equal(text, buf_bytes(&again))) {
        return fault_at(why, ST_MALFORMED, 0, "text about a sealed file");
    }
    *ret = f;
    return ST_OK;
}

/* --- networks ----------------------------------------------------------------- */

static int by_net(const void *a, const void *b)
{
    const struct prefix *x = a;
    const struct prefix *y = b;
    int order = addr_compare(&x->net, &y->net);
    return order != 0 ? order : x->len - y->len;
}

void evidence_networks_set(struct evidence_networks *n, const struct local_nets *nets)
{
    size_t kept = 0;
    n->nets = *nets;
    n->nets.rule = LOCAL_GIVEN;
    qsort(n->nets.nets, n->nets.n, sizeof(n->nets.nets[0]), by_net);
    for (size_t i = 0; i < n->nets.n; i++) {
        if (kept == 0 || by_net(&n->nets.nets[kept - 1], &n->nets.nets[i]) != 0) {
            n->nets.nets[kept++] = n->nets.nets[i];
        }
    }
    n->nets.n = kept;
}

bool evidence_networks_equal(const struct evidence_networks *a, const struct evidence_networks *b)
{
    bool same = a->nets.n == b->nets.n;
    for (size_t i = 0; same && i < a->nets.n; i++) {
        same = by_net(&a->nets.nets[i], &b->nets.nets[i]) == 0;
    }
    return same;
}

/* What is hashed. */
static void write_nets(const struct evidence_networks *n, struct buf *out)
{
    char text[PREFIX_TEXT_MAX];
    for (size_t i = 0; i < n->nets.n; i++) {
        (void)prefix_format(&n->nets.nets[i], text);
        buf_printf(out, "net %s\n", text);
    }
}

void evidence_networks_write(const struct evidence_networks *n, struct buf *out)
{
    buf_printf(out, "%s\nsalt ", networks_magic);
    base64_append(out, bytes_of(n->salt.b, sizeof(n->salt.b)));
    buf_byte(out, '\n');
    write_nets(n, out);
}

enum status evidence_networks_parse(struct bytes text, struct evidence_networks *ret,
                                    struct fault *why)
{
    struct evidence_networks n = {.nets.rule = LOCAL_GIVEN}, sorted;
    struct lines l;
    size_t len = 0;
    begin(&l, text, networks_magic);
    if (base64_decode(line(&l, "salt"), n.salt.b, sizeof(n.salt.b), &len) != ST_OK ||
        len != sizeof(n.salt.b)) {
        l.bad = l.bad != NULL ? l.bad : "salt";
    }
    while (l.bad == NULL && cursor_left(&l.in) > 0 && n.nets.n < LOCAL_NETS_MAX) {
        struct bytes net = line(&l, "net");
        if (l.bad == NULL && prefix_parse(net, &n.nets.nets[n.nets.n++]) != ST_OK) {
            l.bad = "net";
        }
    }
    if (l.bad != NULL) {
        return fault_at(why, ST_MALFORMED, l.in.pos, l.bad);
    }
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_HEADER_BYTES);
    sorted = n;
    evidence_networks_set(&sorted, &n.nets);
    evidence_networks_write(&sorted, &again);
    TRY(again.failed);
    if (!bytes_equal(text, buf_bytes(&again))) {
        return fault_at(why, ST_MALFORMED, 0, "text about networks");
    }
    *ret = n;
    return ST_OK;
}

enum status evidence_networks_entry(const struct evidence_engine *e,
                                    const struct evidence_networks *n, const char *party,
                                    struct buf *out)
{
    CLEANUP(buf_fini) struct buf nets = BUF_INIT(LIMIT_HEADER_BYTES);
    struct digest text, hash;
    write_nets(n, &nets);
    TRY(nets.failed);
    struct bytes all = buf_bytes(&nets);
    sha256x_parts(e->sha, &all, 1, &text);
    struct bytes parts[] = {bytes_of(n->salt.b, sizeof(n->salt.b)), bytes_of(text.b, DIGEST_BYTES)};
    evidence_hash(e, TAG_NETWORKS, parts, ARRAY_LEN(parts), &hash);
    buf_printf(out, "%s\n%s\n", networks_magic, party);
    base64_append(out, bytes_of(hash.b, DIGEST_BYTES));
    buf_byte(out, '\n');
    return out->failed;
}
