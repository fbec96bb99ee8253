/* tests/unit/ledger/test_checkpoint.c - checkpoints as text. */
#include "ledger/checkpoint.h"

#include "ledger/material.h"
#include "test.h"

/* The example of C2SP tlog-checkpoint. */
static const char text[] = "example.com/behind-the-sofa\n20852163\n"
                           "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

static void the_example_is_read_and_written_back(void)
{
    struct ledger_checkpoint c;
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    CHECK(ledger_checkpoint_parse(material_text(text), &c, NULL) == ST_OK);
    CHECK(bytes_equal(c.origin, material_text("example.com/behind-the-sofa")));
    CHECK_INT(c.size, 20852163);
    CHECK(c.root.b[0] == 0x0a && c.root.b[31] == 0x62 && c.extensions.len == 0);
    ledger_checkpoint_write(&c, &b);
    CHECK_STR(material_string(&b), text);
}

static void extension_lines_are_kept(void)
{
    struct ledger_checkpoint c;
    CLEANUP(buf_fini) struct buf in = BUF_INIT(1024), out = BUF_INIT(1024);
    buf_str(&in, text);
    buf_str(&in, "one\ntwo words\n");
    CHECK(ledger_checkpoint_parse(buf_bytes(&in), &c, NULL) == ST_OK);
    CHECK(bytes_equal(c.extensions, material_text("one\ntwo words\n")));
    ledger_checkpoint_write(&c, &out);
    CHECK(bytes_equal(buf_bytes(&in), buf_bytes(&out)));
}

static void other_spellings_are_refused(void)
{
    static const char *const no[] = {
        "",
        "a\n",
        "a\n1\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n0x1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nx",
    };
    struct ledger_checkpoint c;
    CHECK(ledger_checkpoint_parse((struct bytes){0}, &c, NULL) == ST_MALFORMED); /* an empty file */
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        struct fault why = {0};
        CHECK(ledger_checkpoint_parse(material_text(no[i]), &c, &why) == ST_MALFORMED);
        CHECK(why.field != NULL);
    }
}

static void a_signed_checkpoint_holds_and_no_changed_byte_does(void)
{
    struct ledger_signer s = material_signer("example.com/behind-the-sofa", LEDGER_KEY_SIGN, 9);
    struct ledger_checkpoint c, back;
    static struct ledger_note note;
    struct ledger_signed seen = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    CHECK(ledger_checkpoint_parse(material_text(text), &c, NULL) == ST_OK);
    CHECK(ledger_checkpoint_sign(&c, &s, &b) == ST_OK);
    CHECK(ledger_checkpoint_read(buf_bytes(&b), &note, &back, NULL) == ST_OK);
    CHECK(ledger_note_check(&note, &s.key, 1, &seen, NULL) == ST_OK && back.size == c.size);
    int bad = 0;
    for (size_t i = 0; i < b.len; i++) {
        for (unsigned v = 1; v < 256; v++) {
            b.data[i] ^= (uint8_t)v;
            bad += ledger_checkpoint_read(buf_bytes(&b), &note, &back, NULL) == ST_OK &&
                   ledger_note_check(&note, &s.key, 1, &seen, NULL) == ST_OK;
            b.data[i] ^= (uint8_t)v;
        }
    }
    CHECK_INT(bad, 0);
}

TEST_MAIN(TEST(the_example_is_read_and_written_back), TEST(extension_lines_are_kept),
          TEST(other_spellings_are_refused),
          TEST(a_signed_checkpoint_holds_and_no_changed_byte_does))
