/* tests/unit/ledger/test_export.c - a copy is whole for its checkpoint, always. */
#include "ledger/export.h"

#include "base/core/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/fake_files.h"
#include "ledger/log.h"
#include "ledger/reader.h"

static struct fake disk;

struct scene {
    struct ledger_files files, from, to;
    struct ledger_below from_at, to_at;
    struct ledger_signer signer;
    uint64_t salt; /* other entries for another ledger */
};

static void begin(struct scene *s)
{
    fake_clear(&disk);
    s->files = fake_files(&disk);
    s->from_at = (struct ledger_below){&s->files, "from/"};
    s->to_at = (struct ledger_below){&s->files, "to/"};
    s->from = ledger_files_below(&s->from_at);
    s->to = ledger_files_below(&s->to_at);
    s->salt = 0;
    s->signer = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    CHECK(s->files.mkdir(s->files.ctx, "from") == 0 && s->files.mkdir(s->files.ctx, "to") == 0);
    fake_make_durable(&disk, 0);
}

/* The ledger with n more entries; its checkpoint. */
static void grow(struct scene *s, unsigned n, struct buf *checkpoint)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    uint64_t number = 0;
    enum status st = ledger_log_open(&s->from, &s->signer, &l, NULL);
    st = st == ST_END ? ledger_log_make(&s->from, &s->signer, &l, NULL) : st;
    CHECK_INT(st, ST_OK);
    for (unsigned i = 0; i < n; i++) {
        uint8_t entry[8];
        store_be64(entry, s->salt + ledger_log_size(l) + i);
        CHECK_INT(ledger_log_add(l, bytes_of(entry, sizeof(entry)), &number, NULL), ST_OK);
    }
    CHECK_INT(ledger_log_commit(l, NULL), ST_OK);
    struct bytes note = ledger_log_checkpoint(l);
    buf_clear(checkpoint);
    buf_append(checkpoint, note.data, note.len);
}

/* The size of a copy that holds from its first entry to its last; -1: it does not. */
static long long copied(const struct scene *s)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    struct ledger_note note;
    struct ledger_checkpoint c;
    if (ledger_files_read(&s->to, "checkpoint", &text, NULL) != ST_OK ||
        ledger_checkpoint_read(buf_bytes(&text), &note, &c, NULL) != ST_OK ||
        ledger_reader_new(&s->to, "", c.size, &r) != ST_OK ||
        ledger_reader_audit(r, &c.root) != ST_OK) {
        return -1;
    }
    return (long long)c.size;
}

static void a_copy_has_everything(void)
{
    static const unsigned steps[] = {1, 255, 1, 300};
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    struct scene s;
    long long size = 0;
    begin(&s);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        grow(&s, steps[i], &note);
        size += steps[i];
        CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL), ST_OK);
        CHECK_INT(copied(&s), size);
    }
    CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL), ST_OK);
    fake_clear(&disk);
}

static void another_ledger_is_not_written_over(void)
{
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    struct fault why = {0};
    struct scene s;
    begin(&s);
    grow(&s, 3, &note);
    CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL), ST_OK);
    s.from_at.prefix = "other/"; /* of the same name and key: a fork */
    s.salt = 1000;
    CHECK_INT(s.files.mkdir(s.files.ctx, "other"), 0);
    grow(&s, 2, &note);
    CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, &why), ST_DENIED);
    CHECK_STR(why.field, "a longer ledger is there");
    grow(&s, 2, &note);
    CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, &why), ST_DENIED);
    CHECK_STR(why.field, "a ledger is there that this one did not grow out of");
    CHECK_INT(copied(&s), 3);
    fake_clear(&disk);
}

/* The n-th operation fails and power is lost: the copy of before, or that of now. */
static bool stopped_at(unsigned n, enum fake_failure failure, bool variant, int *bad)
{
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    struct scene s;
    begin(&s);
    grow(&s, 2, &note);
    CHECK_INT(ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL), ST_OK);
    grow(&s, 256, &note);
    disk.step = 0;
    disk.fail_at = n;
    disk.failure = failure;
    disk.variant = variant;
    disk.failed = false;
    enum status st = ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL);
    bool reached = disk.failed;
    fake_crash(&disk, n % 2 != 0 ? FAKE_STRICT : FAKE_LUCKY, n);
    long long size = copied(&s);
    *bad += size != 258 && (size != 2 || st == ST_OK);
    *bad += ledger_export(&s.from, "log/", buf_bytes(&note), &s.to, NULL) != ST_OK;
    *bad += copied(&s) != 258;
    return reached;
}

static void a_copy_holds_wherever_copying_is_stopped(void)
{
    static const enum fake_failure failures[] = {FAKE_ERROR, FAKE_STOP, FAKE_FULL};
    for (size_t f = 0; f < ARRAY_LEN(failures); f++) {
        for (int variant = 0; variant < 2; variant++) {
            int bad = 0;
            unsigned n = 1;
            while (stopped_at(n, failures[f], variant != 0, &bad)) {
                n++;
            }
            CHECK(n > 20);
            CHECK_INT(bad, 0);
        }
    }
    fake_clear(&disk);
}

TEST_MAIN(TEST(a_copy_has_everything), TEST(another_ledger_is_not_written_over),
          TEST(a_copy_holds_wherever_copying_is_stopped))
