/* tests/unit/report/json_lines.c - prints the JSON of a made-up view, for
 * check_schema.py.
 */
#include <stdio.h>

#include "sample.h"

int main(void)
{
    struct sample *s = sample_full();
    struct buf out = BUF_INIT(1 << 20);
    report_json(&out, &s->v);
    s->v.finding_n = 0;
    s->v.remark_n = 0;
    s->v.sources = NULL;
    s->v.version = NULL;
    s->v.filter = (struct view_filter){0};
    report_json(&out, &s->v);
    size_t n = fwrite(out.data, 1, out.len, stdout);
    bool ok = out.failed == ST_OK && n == out.len;
    buf_fini(&out);
    sample_free(s);
    return ok ? 0 : 1;
}
