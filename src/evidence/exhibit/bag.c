/* evidence/exhibit/bag.c - what stands around data/, computed from it. */
#include "evidence/exhibit/bag.h"

#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"

static const char mimetype[] = "application/vnd.exhibit+zip";

static const char bagit[] = "BagIt-Version: 1.0\n"
                            "Tag-File-Character-Encoding: UTF-8\n";

/* The same in every exhibit: nothing that somebody says about himself fits in. */
static const char readme[] =
    "This file is an exhibit: records of network traffic or of a server's log that\n"
    "somebody sealed, what he claims they show, and the proofs that they are part of\n"
    "what he sealed, unchanged.\n"
    "\n"
    "It holds no verdict. Whoever doubts it checks it himself, with a program of his\n"
    "own choice and with his own list of keys to trust; docs/FORMATS.md of the\n"
    "program that made it says how, byte by byte.\n"
    "\n"
    "Local addresses are hidden: where the views need one, it is made up, from\n"
    "240.0.0.0/4 and 100::/64. They are hidden from third parties, not from whoever\n"
    "sent the packets.\n"
    "\n"
    "A seal fixes a story, true or false, between two dates. An address is not a\n"
    "machine, a machine is not a person, a person is not a state.\n"
    "\n"
    "data/findings.json          what is claimed\n"
    "data/definitions.json       the rules by which it is counted\n"
    "data/ladder.json            what sources say about the remote addresses\n"
    "data/segments/N/header.txt  what was sealed, when, and by whom\n"
    "data/segments/N/proof.tlog-proof   that it stands in a ledger\n"
    "data/segments/N/entry.salt  from the header to the ledger's entry\n"
    "data/segments/N/remotes.bin whose records there are, and whose not\n"
    "data/segments/N/flows.bin   the same for connections\n"
    "data/segments/N/open/       the records that are shown\n"
    "data/time/                  timestamps\n"
    "data/view.csv, data/view.pcapng   the records once more, for other programs\n"
    "\n"
    "Whether the file arrived whole: sha256sum -c manifest-sha256.txt\n";

static const struct {
    const char *name, *text; /* NULL: computed */
} tags[BAG_BEFORE + BAG_AFTER] = {
    {"mimetype", mimetype}, {"README.txt", readme},        {"bag-info.txt", NULL},
    {"bagit.txt", bagit},   {"manifest-sha256.txt", NULL}, {"tagmanifest-sha256.txt", NULL},
};

static struct bytes text_bytes(const char *s)
{
    return bytes_of(s, strlen(s));
}

/* One line, as sha256sum writes and reads it. */
static enum status put_line(struct buf *out, const struct evidence_zip_member *m)
{
    char hex[DIGEST_TEXT_MAX];
    struct digest d;
    TRY(digest_sha256(m->data, &d));
    digest_format(&d, hex);
    buf_str(out, hex);
    buf_str(out, "  ");
    buf_append(out, m->name.data, m->name.len);
    buf_byte(out, '\n');
    return out->failed;
}

static enum status put_manifest(const struct evidence_zip_member *data, size_t n,
                                struct evidence_bag *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        TRY(put_line(&b->manifest, &data[i]));
        sum += data[i].data.len;
    }
    buf_printf(&b->info,
               "External-Description: Records of network traffic, sealed and opened in part.\n"
               "Payload-Oxum: %llu.%zu\n",
               (unsigned long long)sum, n);
    return b->info.failed;
}

/* All tag members but itself, ascending by name. */
static enum status put_tags(struct evidence_bag *b)
{
    static const size_t order[] = {1, 2, 3, 4, 0};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct evidence_zip_member m;
        evidence_bag_member(b, order[i], &m);
        TRY(put_line(&b->tags, &m));
    }
    return ST_OK;
}

void evidence_bag_fini(struct evidence_bag *b)
{
    buf_fini(&b->info);
    buf_fini(&b->manifest);
    buf_fini(&b->tags);
}

enum status evidence_bag_make(const struct evidence_zip_member *data, size_t n,
                              struct evidence_bag *ret)
{
    struct evidence_bag b = {.info = BUF_INIT(4096),
                             .manifest = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES),
                             .tags = BUF_INIT(4096)};
    enum status st = put_manifest(data, n, &b);
    st = st == ST_OK ? put_tags(&b) : st;
    if (st != ST_OK) {
        evidence_bag_fini(&b);
        return st;
    }
    *ret = b;
    return ST_OK;
}

void evidence_bag_member(const struct evidence_bag *b, size_t i, struct evidence_zip_member *ret)
{
    static const size_t info = 2, manifest = 4;
    *ret = (struct evidence_zip_member){.name = text_bytes(tags[i].name)};
    ret->data = tags[i].text != NULL ? text_bytes(tags[i].text)
                : i == info          ? buf_bytes(&b->info)
                : i == manifest      ? buf_bytes(&b->manifest)
                                     : buf_bytes(&b->tags);
}

/* --- checking ---------------------------------------------------------------------- */

static const char *missing(size_t i)
{
    static const char *const words[] = {
        "bag: no mimetype in its place",
        "bag: no README.txt in its place",
        "bag: no bag-info.txt in its place",
        "bag: no bagit.txt in its place",
        "bag: no manifest-sha256.txt in its place, or members that do not belong",
        "bag: no tagmanifest-sha256.txt in its place, or members that do not belong",
    };
    return words[i];
}

static const char *differs(size_t i)
{
    static const char *const words[] = {
        "bag: mimetype of another kind of file",
        "bag: README.txt has another text",
        "bag: bag-info.txt counts other members",
        "bag: bagit.txt has another text",
        "bag: manifest-sha256.txt has other hashes or members",
        "bag: tagmanifest-sha256.txt has other hashes or members",
    };
    return words[i];
}

/* Member i of all, where a member of the bag should stand. */
static enum status check_name(const struct evidence_zip_member *m, size_t tag, struct fault *why)
{
    return bytes_equal(m->name, text_bytes(tags[tag].name))
               ? ST_OK
               : fault_at(why, ST_MALFORMED, m->offset, missing(tag));
}

enum status evidence_bag_check(const struct evidence_zip_member *members, size_t n,
                               const struct evidence_zip_member **ret, size_t *ret_n,
                               struct fault *why)
{
    /* The member that was changed is named before those that hash it. */
    static const size_t order[BAG_BEFORE + BAG_AFTER] = {0, 1, 3, 4, 2, 5};
    for (size_t i = 0; i < BAG_BEFORE && i < n; i++) {
        TRY(check_name(&members[i], i, why));
    }
    if (n < BAG_BEFORE + BAG_AFTER) {
        return fault_at(why, ST_MALFORMED, 0, "bag: members are missing");
    }
    const struct evidence_zip_member *data = members + BAG_BEFORE, *after = members + n - BAG_AFTER;
    size_t data_n = n - BAG_BEFORE - BAG_AFTER;
    for (size_t i = 0; i < BAG_AFTER; i++) {
        TRY(check_name(&after[i], BAG_BEFORE + i, why));
    }
    CLEANUP(evidence_bag_fini) struct evidence_bag want = {.info = BUF_INIT(0)};
    enum status st = evidence_bag_make(data, data_n, &want);
    if (st != ST_OK) {
        return fault_at(why, st, 0, "bag: manifest");
    }
    for (size_t k = 0; k < ARRAY_LEN(order); k++) {
        size_t i = order[k];
        const struct evidence_zip_member *have =
            i < BAG_BEFORE ? &members[i] : &after[i - BAG_BEFORE];
        struct evidence_zip_member m;
        evidence_bag_member(&want, i, &m);
        if (!bytes_equal(have->data, m.data)) {
            return fault_at(why, ST_MISMATCH, have->offset, differs(i));
        }
    }
    *ret = data;
    *ret_n = data_n;
    return ST_OK;
}
