/* exchange/claim/misp.c - addresses in MISP events.
 *
 * An attribute's `timestamp` is when it was edited; when something was seen is
 * in first_seen and last_seen, else only the event's date is known. "ip-src" is
 * who did it; "ip-dst" is whom something talked to, and so a host.
 */
#include <string.h>

#include "base/core/limits.h"
#include "exchange/claim/forms.h"

struct event {
    struct claim_reading *r;
    struct bytes date, info;
};

/* When, and what it is said to be. */
static void dress(const struct event *e, struct claim_draft *d, const json_t *a)
{
    struct claim_set *s = e->r->set;
    const struct claim_clock *clock = &e->r->clock;
    struct bytes first = claim_json_member(a, "first_seen");
    struct bytes last = claim_json_member(a, "last_seen");
    struct bytes comment = claim_json_member(a, "comment");
    if (first.len > 0 || last.len > 0) {
        (void)claim_draft_set(s, d, clock, CLAIM_KEY_FIRST, first); /* noted when it is none */
        (void)claim_draft_set(s, d, clock, CLAIM_KEY_LAST, last);
    } else if (!d->c.when.known) {
        (void)claim_draft_set(s, d, clock, CLAIM_KEY_TIME, e->date);
    }
    if (d->c.act == CLAIM_ACT_UNSAID) {
        (void)claim_draft_set(s, d, clock, CLAIM_KEY_ACT, comment.len > 0 ? comment : e->info);
    }
}

static bool begins(struct bytes s, const char *word)
{
    return bytes_begin(s, bytes_of(word, strlen(word)));
}

static enum status read_attribute(const struct event *e, const json_t *a)
{
    struct bytes type = claim_json_member(a, "type");
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    bool host = begins(type, "ip-dst");
    if (!host && !begins(type, "ip-src")) {
        return ST_OK; /* no address: names, hashes... */
    }
    (void)claim_draft_set(e->r->set, &d, &e->r->clock, CLAIM_KEY_SOURCE,
                          claim_json_member(a, "value")); /* noted when it is none */
    d.c.act = host ? CLAIM_ACT_HOST : CLAIM_ACT_UNSAID;
    dress(e, &d, a);
    return claim_draft_end(e->r->set, &d);
}

static enum status read_object(const struct event *e, const json_t *o)
{
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    const json_t *list = json_object_get(o, "Attribute");
    for (size_t i = 0; i < json_array_size(list) && i < LIMIT_CLAIM_COLUMNS; i++) {
        const json_t *a = json_array_get(list, i);
        const json_t *v = json_object_get(a, "value");
        struct bytes name = claim_json_member(a, "object_relation");
        if (json_is_string(v) && claim_key_of(name) != CLAIM_KEY_NONE) {
            (void)claim_draft_set(e->r->set, &d, &e->r->clock, claim_key_of(name),
                                  claim_json_text(v)); /* noted when it is none */
        }
    }
    if (!d.has_source && d.c.has_target) {
        d.c.source = d.c.target;
        d.c.source_port = d.c.target_port;
        d.c.has_target = false;
        d.c.target_port = 0;
        d.c.act = CLAIM_ACT_HOST;
        d.has_source = true;
    }
    dress(e, &d, o);
    return claim_draft_end(e->r->set, &d);
}

enum status claim_read_misp(struct claim_reading *r, const json_t *event)
{
    struct event e = {
        .r = r, .date = claim_json_member(event, "date"), .info = claim_json_member(event, "info")};
    const json_t *attributes = json_object_get(event, "Attribute");
    const json_t *objects = json_object_get(event, "Object");
    struct bytes org = claim_json_member(json_object_get(event, "Orgc"), "name");
    struct bytes uuid = claim_json_member(event, "uuid");
    if (r->set->accuser[0] == '\0') {
        claim_copy(r->set->accuser, sizeof(r->set->accuser), org);
    }
    if (r->set->reference[0] == '\0') {
        claim_copy(r->set->reference, sizeof(r->set->reference), uuid);
    }
    claim_set_quote(r->set, BYTES_LITERAL("info"), e.info);
    for (size_t i = 0; i < json_array_size(attributes); i++) {
        TRY(read_attribute(&e, json_array_get(attributes, i)));
    }
    for (size_t i = 0; i < json_array_size(objects); i++) {
        TRY(read_object(&e, json_array_get(objects, i)));
    }
    return ST_OK;
}
