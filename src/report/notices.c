/* report/notices.c - whom was told what, and when. */
#include "report/notices.h"

#include <string.h>

#include "base/core/json.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "exchange/intake.h"
#include "report/act.h"

enum { NAME_COLUMNS = 76 };

static void show(struct buf *out, const char *s)
{
    text_show(out, bytes_of(s, strlen(s)), NAME_COLUMNS);
}

enum status notices_json(struct buf *out, const struct store_notice *n, struct fault *why)
{
    static const char foreign[] = "a stored notice is not one of this program's";
    enum status st = intake_check(n->json, false, why);
    if (st != ST_OK) {
        return st == ST_NOMEM ? st : fault_at(why, ST_MALFORMED, 0, foreign);
    }
    buf_append(out, n->json.data, n->json.len);
    buf_byte(out, '\n');
    return ST_OK;
}

enum status notices_terminal(struct buf *out, const struct store_notice *n, struct fault *why)
{
    CLEANUP(json_unref)
    json_t *j = json_loadb((const char *)n->json.data, n->json.len, JSON_REJECT_DUPLICATES, NULL);
    const char *subject = json_string_value(json_object_get(j, "subject"));
    if (subject == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "a stored notice is not one of this program's");
    }
    char when[TIME_TEXT_MAX];
    (void)time_format_short(n->stored_ns, when);
    buf_printf(out, "%s  %s  ", n->id, when);
    show(out, n->mail);
    buf_str(out, "\n    ");
    show(out, subject);
    buf_str(out, "\n    ");
    act_count(out, json_array_size(json_object_get(j, "findings")), "finding", "findings");
    buf_str(out, "\n\n");
    return ST_OK;
}

void notices_end(struct buf *out, size_t n)
{
    act_count(out, n, "notice", "notices");
    buf_str(out, ". Times are UTC.\n");
}
