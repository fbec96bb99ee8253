/* exchange/claim/json.c - XARF, findings, and which JSON it is. */
#include <stdio.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "base/model/observation.h"
#include "exchange/claim/forms.h"

enum { QUOTE_BYTES = CLAIM_TEXT_MAX };

/* --- XARF 4 ------------------------------------------------------------------------- */

static void take_reporter(struct claim_reading *r, const json_t *o)
{
    struct bytes org = claim_json_member(o, "org");
    struct bytes contact = claim_json_member(o, "contact");
    char text[CLAIM_TEXT_MAX];
    if (r->set->accuser[0] == '\0' && (org.len > 0 || contact.len > 0)) {
        (void)snprintf(text, sizeof(text), "%.*s%s%.*s%s", (int)(org.len < 90 ? org.len : 90),
                       org.len > 0 ? (const char *)org.data : "",
                       org.len > 0 && contact.len > 0 ? " <" : "",
                       (int)(contact.len < 60 ? contact.len : 60),
                       contact.len > 0 ? (const char *)contact.data : "",
                       org.len > 0 && contact.len > 0 ? ">" : "");
        claim_copy(r->set->accuser, sizeof(r->set->accuser), bytes_of(text, strlen(text)));
    }
}

/* Log lines in a report sharpen it. What is no text is passed over. */
static enum status take_evidence(struct claim_reading *r, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && i < LIMIT_CLAIM_PARTS; i++) {
        const json_t *e = json_array_get(list, i);
        struct bytes type = claim_json_member(e, "content_type");
        struct bytes coded = claim_json_member(e, "payload");
        CLEANUP(free_ptr) uint8_t *room = malloc(base64_size(coded.len) + 1);
        size_t n;
        if (room == NULL) {
            return ST_NOMEM;
        }
        if (!bytes_begin(type, BYTES_LITERAL("text/"))) {
            r->set->notes |= type.len > 0 ? CLAIM_NOTE_UNREAD : 0;
            continue;
        }
        if (base64_decode(coded, room, base64_size(coded.len), &n) != ST_OK) {
            r->set->notes |= CLAIM_NOTE_ENCODING;
            continue;
        }
        r->evidence = true;
        enum status st = claim_read_text(r, bytes_of(room, n));
        r->evidence = false;
        TRY(st);
    }
    return ST_OK;
}

/* A port of a connection; one that cannot be read is kept with the claim. */
static uint16_t port_of(struct claim *c, enum claim_key key, const json_t *j)
{
    char text[QUOTE_BYTES];
    struct claim one = {.count = 0};
    if (!claim_state(&one, key, claim_json_value(j, text, sizeof(text)))) {
        (void)claim_state(c, key, claim_json_value(j, text, sizeof(text))); /* nor there */
    }
    return key == CLAIM_KEY_SOURCE_PORT ? one.source_port : one.target_port;
}

/* Our own member: the connections, each with time and ports. */
static void take_connections(const struct claim_reading *r, struct claim *c, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && i < CLAIM_MOMENTS_MAX; i++) {
        const json_t *x = json_array_get(list, i);
        struct claim_when w;
        if (claim_when_read(claim_json_member(x, "time"), &r->clock, &w) == ST_OK) {
            claim_add_moment(
                c, &w, port_of(c, CLAIM_KEY_SOURCE_PORT, json_object_get(x, "source_port")),
                port_of(c, CLAIM_KEY_TARGET_PORT, json_object_get(x, "destination_port")));
        }
    }
}

static void take_member(struct claim_reading *r, struct claim_draft *d, const char *key,
                        const json_t *v)
{
    static const char *const passed[] = {"xarf_version", "category", "sender",         "evidence",
                                         "exhibit",      "tags",     "evidence_source"};
    char text[QUOTE_BYTES];
    struct bytes name = bytes_of(key, strlen(key));
    for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
        if (strcmp(key, passed[i]) == 0) {
            return;
        }
    }
    if (json_is_string(v)) {
        claim_draft_named(r->set, d, &r->clock, name, claim_json_text(v));
        return;
    }
    struct bytes value = claim_json_value(v, text, sizeof(text));
    if (json_is_null(v)) {
        return;
    }
    if (json_is_integer(v) || claim_key_is_stated(claim_key_of(name))) {
        claim_draft_named(r->set, d, &r->clock, name, value);
    } else if (strcmp(key, "reporter") == 0) {
        take_reporter(r, v);
    } else {
        claim_set_quote(r->set, name, value);
    }
}

static enum status read_xarf(struct claim_reading *r, const json_t *root)
{
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    const char *key;
    json_t *value;
    claim_form(r, "XARF 4");
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        take_member(r, &d, key, value);
    }
    take_connections(r, &d.c, json_object_get(json_object_get(root, "exhibit"), "connections"));
    TRY(claim_draft_end(r->set, &d));
    return take_evidence(r, json_object_get(root, "evidence"));
}

/* --- findings ----------------------------------------------------------------------- */

static const struct addr *target_of(const struct finding *f)
{
    return f->has_victim                         ? &f->victim
           : f->targets == 1 && f->target_n == 1 ? &f->target_sample[0]
           : f->has_remote && f->has_initiator && !addr_equal(&f->remote, &f->initiator)
               ? &f->remote
               : NULL;
}

static enum claim_state state_of(enum authentic a)
{
    return a == AUTHENTIC_TWO_WAY ? CLAIM_STATE_TWO_WAY : CLAIM_STATE_ONE_WAY;
}

bool claim_of_finding(const struct finding *f, struct claim *ret)
{
    struct claim c = {.has_target = false};
    const struct addr *target = target_of(f);
    if (!f->has_initiator && !f->has_remote) {
        return false;
    }
    c.source = f->has_initiator ? f->initiator : f->remote;
    if (target != NULL && !addr_equal(target, &c.source)) {
        c.target = *target;
        c.has_target = true;
    }
    c.target_port = f->port_n == 1 && f->ports <= 1 ? f->port_list[0] : 0;
    c.proto = claim_proto(bytes_of(f->protocol, strlen(f->protocol)));
    c.act = claim_act_of(bytes_of(f->kind, strlen(f->kind)));
    c.state = state_of(f->authentic);
    c.when = (struct claim_when){
        .known = true, .first_ns = f->when.first_ns, .last_ns = f->when.last_ns, .precision_ns = 1};
    c.count = f->packets;
    (void)snprintf(c.said, sizeof(c.said), "%s", f->kind);
    for (size_t i = 0; i < f->flows.n; i++) {
        const struct flow *x = &f->flows.items[i];
        struct claim_when w = c.when;
        w.first_ns = w.last_ns = x->time_ns;
        claim_add_moment(&c, &w, x->source_port, x->target_port);
    }
    *ret = c;
    return true;
}

/* --- which it is -------------------------------------------------------------------- */

static bool is_misp(const json_t *o)
{
    const json_t *e = json_object_get(o, "Event");
    return json_is_object(e) ||
           (json_is_array(json_object_get(o, "Attribute")) && json_object_get(o, "info") != NULL);
}

static enum status read_list(struct claim_reading *r, const json_t *list)
{
    enum status found = ST_MALFORMED;
    for (size_t i = 0; i < json_array_size(list) && i < LIMIT_CLAIMS; i++) {
        const json_t *o = json_array_get(list, i);
        enum status st = json_is_object(o) ? claim_read_json(r, o) : ST_MALFORMED;
        if (st != ST_OK && st != ST_MALFORMED) {
            return st;
        }
        found = st == ST_OK ? ST_OK : found;
    }
    r->set->notes |= json_array_size(list) > LIMIT_CLAIMS ? CLAIM_NOTE_LIMIT : 0;
    return found;
}

enum status claim_read_json(struct claim_reading *r, const json_t *root)
{
    struct bytes type = claim_json_member(root, "type");
    const json_t *misp = json_object_get(root, "response");
    if (json_is_array(root)) {
        return read_list(r, root);
    }
    if (json_object_get(root, "xarf_version") != NULL) {
        return read_xarf(r, root);
    }
    if (bytes_equal(type, BYTES_LITERAL("bundle")) && json_object_get(root, "id") != NULL) {
        claim_form(r, "STIX 2");
        return claim_read_stix(r, root);
    }
    if (is_misp(root)) {
        const json_t *e = json_object_get(root, "Event");
        claim_form(r, "MISP event");
        return claim_read_misp(r, e != NULL ? e : root);
    }
    if (json_is_array(misp)) {
        return read_list(r, misp);
    }
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    uint32_t before = r->set->notes;
    if (!claim_of_members(r, root, &d) || json_object_get(root, "type") != NULL) {
        r->set->notes = before;
        return ST_MALFORMED;
    }
    claim_form(r, "alert (JSON)");
    return claim_draft_end(r->set, &d);
}
