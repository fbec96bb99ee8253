/* exchange/claim/sealed.c - an exhibit as a claim.
 *
 * The container, the tries and the openings are checked, for what is read rests
 * on them; seals, ledgers and time stamps are not: that is for `verify`. Rows
 * that are opened or not have times and ports in clear: they are the moments.
 */
#include <string.h>

#include "evidence/exhibit/contents.h"
#include "exchange/claim/forms.h"

bool claim_exhibit_sniff(struct bytes s)
{
    static const char first[] = "mimetypeapplication/vnd.exhibit+zip";
    enum { AT = 30 }; /* behind the header of the first member */
    return s.len > AT && bytes_begin(s, BYTES_LITERAL("PK\x03\x04")) &&
           bytes_begin(bytes_of(s.data + AT, s.len - AT), bytes_of(first, sizeof(first) - 1));
}

static bool has_port(const struct claim *c, uint16_t source_port)
{
    for (size_t i = 0; i < c->moment_n; i++) {
        if (c->moments[i].source_port == source_port) {
            return true;
        }
    }
    return false;
}

/* The first row that the accused sent from each of its ports. */
static void take_rows(struct claim *c, const struct finding *f, const struct evidence_shown *shown)
{
    for (uint32_t i = 0; i < shown->row_count; i++) {
        const struct evidence_record *r = &shown->rows[i].record;
        struct claim_when w = c->when;
        w.first_ns = w.last_ns = r->time_ns;
        bool sent = (r->cls & RECORD_OUT) == 0 && (r->flags & RECORD_L4) != 0;
        bool within = r->time_ns >= f->when.first_ns && r->time_ns <= f->when.last_ns;
        if (sent && within && r->remote_port != 0 && !has_port(c, r->remote_port)) {
            claim_add_moment(c, &w, r->remote_port, r->local_port);
        }
    }
}

/* The one local address, where every one that is shown was opened. */
static void take_target(struct claim *c, const struct evidence_shown *shown, bool *one)
{
    for (uint32_t i = 0; i < shown->token_count && *one; i++) {
        const struct evidence_token *t = &shown->tokens[i];
        *one = t->known && (!c->has_target || addr_equal(&c->target, &t->local));
        c->has_target = *one;
        c->target = *one ? t->local : c->target;
    }
    *one &= shown->token_count > 0;
    c->has_target &= *one;
}

static enum status take_claim(struct claim_reading *r, const struct evidence_contents *x,
                              const struct evidence_claim *e)
{
    struct claim c;
    bool one = true;
    if (!claim_of_finding(&e->finding, &c)) {
        return ST_OK; /* about somebody of theirs, who is not shown */
    }
    for (size_t k = 0; k < x->part_n; k++) {
        const struct evidence_shown *shown = evidence_contents_shown(&x->parts[k], &c.source);
        if (shown != NULL) {
            take_rows(&c, &e->finding, shown);
            take_target(&c, shown, &one);
        }
    }
    return claim_set_add(r->set, &c);
}

static enum status take_contents(struct claim_reading *r, const struct evidence_exhibit *x,
                                 struct fault *why)
{
    struct evidence_engine engine;
    struct evidence_contents contents;
    struct evidence_contents_fault bad = {.member = ""};
    TRY(evidence_engine_init(&engine));
    enum status st = evidence_contents_open(&engine, x, &contents, &bad);
    if (st != ST_OK) {
        return fault_at(why, st, bad.at.offset, bad.at.field != NULL ? bad.at.field : "exhibit");
    }
    for (size_t i = 0; i < contents.claims.n && st == ST_OK; i++) {
        st = take_claim(r, &contents, &contents.claims.items[i]);
    }
    if (contents.part_n > 0 && r->set->accuser[0] == '\0') {
        const char *party = contents.parts[0].header.party;
        claim_copy(r->set->accuser, sizeof(r->set->accuser), bytes_of(party, strlen(party)));
    }
    evidence_contents_fini(&contents);
    return st;
}

enum status claim_read_exhibit(struct claim_reading *r, struct bytes s, struct fault *why)
{
    struct evidence_exhibit x;
    TRY(evidence_exhibit_read(s, &x, why));
    enum status st = take_contents(r, &x, why);
    evidence_exhibit_fini(&x);
    if (st == ST_OK) {
        claim_form(r, "exhibit");
        r->set->notes |= CLAIM_NOTE_SEALED;
    }
    return st;
}
