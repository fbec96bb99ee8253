/* cli/opening.c - --open, and what is said before it is done. */
#include "cli/opening.h"

#include <string.h>
#include <sys/stat.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "cli/say.h"

/* Up to the next slash, or the end. */
static bool take_number(const char **text, uint32_t *ret)
{
    uint64_t v;
    size_t n = strcspn(*text, "/");
    bool good = text_u64(bytes_of(*text, n), UINT32_MAX, &v) == ST_OK;
    *ret = good ? (uint32_t)v : 0;
    *text += n + ((*text)[n] == '/');
    return good;
}

bool opening_cell(const char *value, struct evidence_cell *ret)
{
    bool data = strncmp(value, "data:", 5) == 0;
    struct evidence_cell c = {.data = data};
    if (!data && strncmp(value, "hidden:", 7) != 0) {
        return false;
    }
    value += data ? 5 : 7;
    if (!take_number(&value, &c.segment) || !take_number(&value, &c.row)) {
        return false;
    }
    c.has_remote = *value != '\0';
    if (c.has_remote && addr_parse(bytes_of(value, strlen(value)), &c.remote) != ST_OK) {
        return false;
    }
    *ret = c;
    return true;
}

bool opening_take(const char *command, struct opening *o, const char *value)
{
    struct addr a;
    const struct {
        const char *word;
        bool *flag;
    } words[] = {
        {"targets", &o->targets}, {"hidden", &o->hidden}, {"data", &o->data}, {"marks", &o->marks}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(value, words[i].word) == 0) {
            *words[i].flag = true;
            return true;
        }
    }
    if (o->cell_n < OPENING_CELLS_MAX && opening_cell(value, &o->cells[o->cell_n])) {
        o->cell_n++;
        return true;
    }
    if (addr_parse(bytes_of(value, strlen(value)), &a) != ST_OK) {
        say("%s: --open %s: targets, hidden, data, marks, or a local address", command, value);
        return false;
    }
    if (o->local_n == OPENING_LOCALS_MAX) {
        say("%s: --open: at most %d addresses", command, OPENING_LOCALS_MAX);
        return false;
    }
    o->locals[o->local_n++] = a;
    return true;
}

bool opening_agreed(const char *command, const struct opening *o, bool yes)
{
    if (o->targets) {
        say("%s: --open targets opens every local address of these remotes, in every segment of "
            "the same epochs, to everybody who has or ever gets their records",
            command);
    }
    if (o->marks) {
        say("%s: --open marks opens fields from which local addresses can be computed (Mirai, "
            "Masscan, Unicornscan)",
            command);
    }
    if (!yes && (o->targets || o->marks)) {
        say("%s: this cannot be taken back, so nothing was written; --yes does it", command);
        return false;
    }
    return true;
}

bool opening_may_write(const char *command, const char *path, bool replace)
{
    struct stat s;
    bool may = replace || lstat(path, &s) != 0;
    if (!may) {
        say("%s: %s is there already, and was left as it is; --replace puts the exhibit in its "
            "place",
            command, path);
    }
    return may;
}

/* --- what was done ---------------------------------------------------------------------- */

static size_t named(const struct evidence_cut_told *t)
{
    return t->left_out < EVIDENCE_CUT_LEFT_MAX ? t->left_out : EVIDENCE_CUT_LEFT_MAX;
}

static void json_left(struct emit *j, const char *key, const struct evidence_cut_told *t)
{
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < named(t); i++) {
        emit_object(j);
        emit_member_str(j, "definition", t->left[i].definition);
        if (t->left[i].has_initiator) {
            emit_member_addr(j, "initiator", &t->left[i].initiator);
        }
        emit_member_time(j, "first", t->left[i].first_ns);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void json_hidden(struct emit *j, const struct evidence_cut_told *was,
                        const struct evidence_cut_told *is)
{
    emit_key(j, "hidden_now");
    emit_object(j);
    emit_member_u64(j, "records", was->rows - is->rows);
    emit_member_u64(j, "local_addresses", was->locals - is->locals);
    emit_member_u64(j, "hidden_fields", was->hidden - is->hidden);
    emit_member_u64(j, "data", was->data - is->data);
    emit_object_end(j);
}

void opening_json(const struct opening_done *d, struct buf *out)
{
    const struct evidence_cut_told *t = d->shown;
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", d->type);
    emit_member_str(&j, "file", d->file);
    emit_member_u64(&j, "bytes", d->bytes);
    emit_member_u64(&j, "claims", t->claims);
    emit_member_u64(&j, "at_least", t->at_least);
    emit_member_u64(&j, "cutters_word", t->said);
    emit_member_u64(&j, d->again ? "claims_dropped" : "left_out", t->left_out);
    json_left(&j, d->again ? "claims_dropped_findings" : "left_out_findings", t);
    emit_member_u64(&j, "segments", t->segments);
    emit_member_u64(&j, "records", t->rows);
    emit_member_u64(&j, "hidden_fields", t->hidden);
    emit_member_u64(&j, "data", t->data);
    emit_member_u64(&j, "local_addresses", t->locals);
    emit_member_u64(&j, "kept_back", t->kept_back);
    emit_member_u64(&j, "other_remotes", t->others);
    if (d->before != NULL) {
        json_hidden(&j, d->before, t);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    text_count(out, n);
    buf_str(out, " ");
    buf_str(out, n == 1 ? one : many);
}

static void line(struct buf *out, const char *before, uint64_t n, const char *one, const char *many,
                 const char *after)
{
    if (n > 0) {
        buf_str(out, before);
        count(out, n, one, many);
        buf_str(out, after);
    }
}

static void text_left(struct buf *out, const struct evidence_cut_told *t)
{
    char text[ADDR_TEXT_MAX], time[TIME_TEXT_MAX];
    for (size_t i = 0; i < named(t); i++) {
        (void)addr_format(&t->left[i].initiator, text);
        (void)time_format_short(t->left[i].first_ns, time);
        buf_printf(out, "    %s%s%s, %s UTC\n", t->left[i].definition,
                   t->left[i].has_initiator ? " by " : "", t->left[i].has_initiator ? text : "",
                   time);
    }
    if (t->left_out > named(t)) {
        buf_str(out, "    and ");
        count(out, t->left_out - named(t), "other", "others");
        buf_str(out, "\n");
    }
}

struct amount {
    const char *before;
    uint64_t n;
    const char *one, *many;
    const char *hide; /* the option that closes it */
};

static void amounts(struct buf *out, const char *head, const struct amount *list, size_t n,
                    bool hints)
{
    const char *gap = head;
    for (size_t i = 0; i < n; i++) {
        if (list[i].n == 0) {
            continue;
        }
        buf_str(out, gap);
        buf_str(out, list[i].before);
        count(out, list[i].n, list[i].one, list[i].many);
        if (hints && list[i].hide != NULL) {
            buf_printf(out, " (--hide %s)", list[i].hide);
        }
        gap = "; ";
    }
    if (gap != head) {
        buf_str(out, ".\n");
    }
}

static void text_hidden(struct buf *out, const struct evidence_cut_told *was,
                        const struct evidence_cut_told *is)
{
    const struct amount closed[] = {
        {"", was->rows - is->rows, "record as a whole", "records as a whole", NULL},
        {"", was->locals - is->locals, "local address", "local addresses", NULL},
        {"hidden fields of ", was->hidden - is->hidden, "record", "records", NULL},
        {"options, payload or line of ", was->data - is->data, "record", "records", NULL}};
    const struct amount open[] = {
        {"", is->locals, "local address", "local addresses", "targets"},
        {"hidden fields of ", is->hidden, "record", "records", "hidden"},
        {"options, payload or line of ", is->data, "record", "records", "data"}};
    amounts(out, "  Hidden now: ", closed, ARRAY_LEN(closed), false);
    amounts(out, "  Still open: ", open, ARRAY_LEN(open), true);
}

static void text_opened(struct buf *out, const struct evidence_cut_told *t)
{
    buf_str(out, "  Opened: ");
    count(out, t->locals, "local address", "local addresses");
    buf_str(out, "; hidden fields of ");
    count(out, t->hidden, "record", "records");
    buf_str(out, "; options, payload or line of ");
    count(out, t->data, "record", "records");
    buf_str(out, ".\n");
}

void opening_text(const struct opening_done *d, struct buf *out)
{
    const struct evidence_cut_told *t = d->shown;
    text_show(out, bytes_of(d->file, strlen(d->file)), 200);
    buf_str(out, ": ");
    count(out, t->claims, "claim", "claims");
    buf_str(out, ", ");
    count(out, d->bytes, "byte", "bytes");
    buf_str(out, "\n  Shown: ");
    count(out, t->rows, "record", "records");
    buf_str(out, " in ");
    count(out, t->segments, "segment", "segments");
    buf_str(out, ".\n");
    if (d->before != NULL) {
        text_hidden(out, d->before, t);
    } else {
        text_opened(out, t);
    }
    line(out, "  Kept back: hidden fields of ", t->kept_back, "record", "records",
         ", from which the local address could follow.\n");
    line(out, "  Seen besides, to show where a remote is or is not: ", t->others, "other remote",
         "other remotes", ", with the number of their records.\n");
    line(out, "  At least: the counts of ", t->at_least, "claim", "claims",
         "; that there was no more is not shown.\n");
    line(out, "  The cutter's word only: ", t->said, "claim", "claims",
         "; nothing that is opened shows it.\n");
    if (d->again) {
        line(out, "  No longer claimed: ", t->left_out, "claim", "claims", ":\n");
    } else {
        line(out, "  Left out: ", t->left_out, "finding", "findings",
             " that would not follow from what is opened:\n");
    }
    text_left(out, t);
    if (t->data_shows) {
        buf_str(out, "  With --open data (payload, lines of logs) these could follow.\n");
    }
    buf_str(out, "  Hidden from third parties, not from whoever sent the packets.\n");
}
