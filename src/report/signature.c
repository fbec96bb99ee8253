/* report/signature.c - DKIM for people.
 *
 * A signature names a domain, not a person, and says nothing of the truth of a
 * mail; what it does not cover is told beside what it does.
 */
#include "report/signature.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

enum { NAME_COLUMNS = 80, LIST_COLUMNS = 120, LIST_BYTES = 4096 };

static void shown(struct buf *out, const char *text, size_t columns)
{
    text_show(out, bytes_of(text, strlen(text)), columns);
}

static void put_loose(struct buf *out, uint32_t loose)
{
    bool first = true;
    for (unsigned i = 0; i < DKIM_LOOSE_COUNT; i++) {
        if ((loose >> i & 1) != 0) {
            buf_str(out, first ? " Not signed, and so perhaps changed: " : ", ");
            buf_str(out, dkim_loose_text((enum dkim_loose)(1U << i)));
            first = false;
        }
    }
    buf_str(out, first ? "" : ".");
}

static void put_body(struct buf *out, const struct dkim_signature *s)
{
    if (s->body_whole) {
        buf_str(out, " and the whole body.");
    } else {
        buf_printf(out,
                   " and the first %" PRIu64 " of %" PRIu64
                   " bytes of the body: what follows may be anybody's.",
                   s->body_signed, s->body_bytes);
    }
}

static void put_domain(struct buf *out, const struct dkim_signature *s)
{
    static const char *const beside[DKIM_ALIGNED_COUNT] = {
        [DKIM_OTHER] = ", which is not the domain of From,",
        [DKIM_SAME] = "",
        [DKIM_ABOVE] = ", above the domain of From,",
        [DKIM_BELOW] = ", below the domain of From,",
    };
    shown(out, s->domain, NAME_COLUMNS);
    buf_str(out, beside[s->aligned]);
}

void signature_tell(struct buf *out, const struct dkim_signature *s)
{
    if (s->step != DKIM_HOLDS) {
        buf_str(out, s->domain[0] != '\0' ? "A signature in the name of " : "A signature");
        if (s->domain[0] != '\0') {
            put_domain(out, s);
        }
        buf_printf(out, " (DKIM) proves nothing: %s.", dkim_step_text(s->step));
        return;
    }
    put_domain(out, s);
    buf_str(out, " signed this mail (DKIM): ");
    shown(out, s->headers, LIST_COLUMNS);
    put_body(out, s);
    put_loose(out, s->loose);
    buf_str(out, s->testing ? " The domain says that it is only testing (t=y)." : "");
    buf_str(out, " That rests on the key file; what the mail says may still be wrong.");
}

static void member_shown(struct emit *j, const char *key, const char *text)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LIST_BYTES);
    shown(&b, text, DKIM_HEADERS_MAX);
    emit_member_text(j, key, buf_bytes(&b));
}

static void member_seconds(struct emit *j, const char *key, uint64_t s)
{
    int64_t ns;
    if (time_from_parts(s, 0, 1, &ns)) { /* hostile numbers have no date */
        emit_member_time(j, key, ns);
    }
}

void signature_json(struct emit *j, const struct dkim_signature *s)
{
    emit_object(j);
    emit_member_str(j, "step", dkim_step_word(s->step));
    member_shown(j, "domain", s->domain);
    member_shown(j, "selector", s->selector);
    emit_member_str(j, "from", dkim_aligned_word(s->aligned));
    member_shown(j, "headers", s->headers);
    emit_key(j, "not_signed");
    emit_array(j);
    for (unsigned i = 0; i < DKIM_LOOSE_COUNT; i++) {
        if ((s->loose >> i & 1) != 0) {
            emit_str(j, dkim_loose_text((enum dkim_loose)(1U << i)));
        }
    }
    emit_array_end(j);
    emit_member_bool(j, "body_whole", s->body_whole);
    emit_member_u64(j, "body_signed", s->body_signed);
    emit_member_u64(j, "body_bytes", s->body_bytes);
    emit_member_bool(j, "testing", s->testing);
    if (s->has_signed) {
        member_seconds(j, "signed", s->signed_s);
    }
    if (s->has_expires) {
        member_seconds(j, "expires", s->expires_s);
    }
    emit_object_end(j);
}
