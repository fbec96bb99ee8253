/* tests/unit/ledger/test_policy.c - policies, and tlog-proofs under them. */
#include "ledger/policy.h"

#include "base/core/base64.h"
#include "ledger/material.h"
#include "ledger/proof.h"
#include "ledger/succession.h"
#include "test.h"

enum { WITNESSES = 6 };

static struct ledger_signer log_key, witness[WITNESSES], log_as_witness;

static void make_keys(void)
{
    log_key = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    for (uint8_t i = 0; i < WITNESSES; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "w%u.example", i);
        witness[i] = material_signer(name, LEDGER_KEY_COSIGN, (uint8_t)(10 + i));
    }
    log_as_witness = material_signer("same.example", LEDGER_KEY_COSIGN, 1);
}

/* "%L" is the log's key, "%S" the same as a witness's, "%0" to "%5" those of the witnesses. */
static void expand(const char *s, struct buf *out)
{
    for (; *s != '\0'; s++) {
        if (*s == '%') {
            s++;
            ledger_key_format(*s == 'L'   ? &log_key.key
                              : *s == 'S' ? &log_as_witness.key
                                          : &witness[*s - '0'].key,
                              out);
        } else {
            buf_byte(out, (uint8_t)*s);
        }
    }
}

static struct ledger_policy *policy_of(const char *s)
{
    struct ledger_policy *p = NULL;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
    make_keys();
    expand(s, &b);
    enum status st = ledger_policy_parse(buf_bytes(&b), &p, &why);
    if (st != ST_OK) {
        CHECK(p == NULL && why.field != NULL && why.offset <= b.len);
    }
    return p;
}

/* The example of C2SP tlog-policy. */
static const char example[] =
    "log %L\n\n"
    "witness X1 %0\nwitness X2 %1\nwitness X3 %2\n"
    "group X-witnesses 2 X1 X2 X3\n\n"
    "witness Y1 %3\nwitness Y2\t%4   https://y2.example/w\nwitness Y3 %5\n"
    "group Y-witnesses any Y1 Y2 Y3\n"
    "  # a comment\n"
    "group X-and-Y all X-witnesses Y-witnesses\n"
    "quorum X-and-Y\n";

static void groups_count_as_the_specification_says(void)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *p = policy_of(example);
    CHECK(p != NULL);
    for (unsigned set = 0; p != NULL && set < 64; set++) {
        bool seen[LIMIT_POLICY_ITEMS] = {false};
        for (unsigned i = 0; i < WITNESSES; i++) {
            seen[i] = (set >> i & 1) != 0;
        }
        bool want = seen[0] + seen[1] + seen[2] >= 2 && (seen[3] || seen[4] || seen[5]);
        CHECK(ledger_policy_met(p, seen) == want);
    }
    CHECK_STR(p != NULL ? ledger_policy_witness_url(p, 4) : NULL, "https://y2.example/w");
    CHECK_STR(p != NULL ? ledger_policy_witness_name(p, 4) : NULL, "Y2");
}

static void a_lone_witness_or_none_can_be_the_quorum(void)
{
    CLEANUP(ledger_policy_freep)
    struct ledger_policy *one = policy_of("witness a %0\nwitness b %1\nquorum b\n");
    CLEANUP(ledger_policy_freep) struct ledger_policy *none = policy_of("quorum none\n");
    bool a[LIMIT_POLICY_ITEMS] = {true}, b[LIMIT_POLICY_ITEMS] = {false, true};
    CHECK(one != NULL && !ledger_policy_met(one, a) && ledger_policy_met(one, b));
    CHECK(none != NULL && ledger_policy_met(none, a) && ledger_policy_quorum_none(none));
}

/* As an editor or a mail program of another system leaves it. */
static void lines_may_end_with_a_carriage_return(void)
{
    CLEANUP(ledger_policy_freep)
    struct ledger_policy *p = policy_of("log %L\r\n\r\n# a comment\r\n#sizes 0 -\r\nlog %1\r\n");
    CHECK(p == NULL); /* %1 is a witness's */
    CLEANUP(ledger_policy_freep)
    struct ledger_policy *good =
        policy_of("#sizes 0 -\r\nlog %L\r\n\r\n# a comment\r\nwitness a %1\r\nquorum a\r\n");
    bool seen[LIMIT_POLICY_ITEMS] = {true};
    CHECK(good != NULL && ledger_policy_met(good, seen));
    CHECK(policy_of("quorum\r none\n") == NULL);
    CHECK(policy_of("quorum none\r\r\n") == NULL);
    CHECK(policy_of("quorum none\r") == NULL);
}

static void the_line_is_told(void)
{
    static const struct {
        const char *text;
        uint64_t line;
    } rows[] = {{"wrong\nquorum none\n", 1},
                {"quorum none\n\nwrong\n", 3},
                {"\n\nquorum none\r\nquorum none\n", 4},
                {"quorum none\n# no end", 2}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ledger_policy *p = NULL;
        struct fault why = {0};
        struct bytes text = bytes_of(rows[i].text, strlen(rows[i].text));
        CHECK(ledger_policy_parse(text, &p, &why) != ST_OK);
        CHECK_STR(why.unit, "line");
        CHECK_INT(why.offset, rows[i].line);
    }
}

static void hostile_policies_are_refused(void)
{
    static const char *const no[] = {
        "",
        "log %L\n",
        "quorum x\n",
        "quorum none",
        "quorum none\nquorum none\n",
        "quorum none x\n",
        "quorum\n",
        "log\nquorum none\n",
        "log %0\nquorum none\n",
        "log %L url more\nquorum none\n",
        "log %L\nlog %L\nquorum none\n",
        "witness a %L\nquorum none\n",
        "witness none %0\nquorum none\n",
        "witness a %0\nwitness a %1\nquorum none\n",
        "witness a %0\nwitness b %0\nquorum none\n",
        "witness a %0\ngroup a any a\nquorum none\n",
        "witness a %0\ngroup g any\nquorum none\n",
        "witness a %0\ngroup g 0 a\nquorum none\n",
        "witness a %0\ngroup g 2 a\nquorum none\n",
        "witness a %0\ngroup g -1 a\nquorum none\n",
        "witness a %0\ngroup g 01 a\nquorum none\n",
        "witness a %0\ngroup g most a\nquorum none\n",
        "witness a %0\ngroup g any a a\nquorum g\n",
        "witness a %0\ngroup g any a\ngroup h any a\nquorum h\n",
        "witness a %0\ngroup g any a g\nquorum g\n",
        "witness a %0\ngroup g any a none\nquorum g\n",
        "group g any a\nwitness a %0\nquorum g\n",
        "quorum a\nwitness a %0\n",
        "trust everybody\nquorum none\n",
        "quorum none\n\x01\n",
        "quorum\vnone\n",
        "log %L\nwitness a %S\nquorum none\n",
        "witness a %S\nlog %L\nquorum none\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        struct ledger_policy *p = policy_of(no[i]);
        CHECK(p == NULL);
        if (p != NULL) {
            printf("# accepted: %s\n", no[i]);
        }
        ledger_policy_free(p);
    }
}

static void keys_that_we_cannot_check_are_listed_and_never_count(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
    struct ledger_policy *p = NULL;
    uint8_t in[4 + 1313] = {'p', 'q', '\n', 6};
    struct digest d;
    CHECK(digest_sha256(bytes_of(in, 3 + 1313), &d) == ST_OK);
    buf_printf(&b, "witness pq pq+%08x+", load_be32(d.b));
    base64_append(&b, bytes_of(in + 3, 1313));
    buf_str(&b, "\nquorum pq\n");
    CHECK(ledger_policy_parse(buf_bytes(&b), &p, NULL) == ST_OK);
    const struct ledger_key *keys = NULL;
    CHECK(p != NULL && ledger_policy_witnesses(p, &keys) == 1 && !ledger_key_usable(keys));
    ledger_policy_free(p);
}

/* A log of five entries and the proof of its fourth. */
static void make_proof(struct buf *out, unsigned cosigners, struct digest *ret_leaf)
{
    struct digest leaf[5];
    struct ledger_proof p = {.index = 3};
    struct ledger_checkpoint c = {.origin = material_text("log.example/1"), .size = 5};
    CLEANUP(buf_fini) struct buf note = BUF_INIT(65536);
    for (uint8_t i = 0; i < 5; i++) {
        CHECK(ledger_tree_leaf(bytes_of(&i, 1), &leaf[i]) == ST_OK);
    }
    struct digest pair;
    CHECK(ledger_tree_node(&leaf[0], &leaf[1], &pair) == ST_OK);
    p.path = (struct ledger_path){.hash = {leaf[2], pair, leaf[4]}, .n = 3};
    CHECK(ledger_tree_root(leaf, 5, &c.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&c, &log_key, &note) == ST_OK);
    struct ledger_note parsed;
    for (unsigned i = 0; i < WITNESSES; i++) {
        CHECK(ledger_note_parse(buf_bytes(&note), &parsed, NULL) == ST_OK);
        if ((cosigners >> i & 1) != 0) {
            CLEANUP(buf_fini) struct buf line = BUF_INIT(1024);
            CHECK(ledger_note_sign(parsed.text, &witness[i], 1000 + 10 * i, &line) == ST_OK);
            buf_append(&note, line.data, line.len);
        }
    }
    p.checkpoint = buf_bytes(&note);
    ledger_proof_write(&p, out);
    *ret_leaf = leaf[3];
}

static enum status check(struct bytes file, const struct digest *leaf,
                         const struct ledger_policy *p, struct ledger_verdict *v)
{
    struct ledger_proof proof;
    struct fault why = {0};
    enum status st = ledger_proof_parse(file, &proof, &why);
    CHECK(st == ST_OK || (why.field != NULL && why.offset <= file.len));
    return st == ST_OK ? ledger_proof_check(&proof, leaf, p, v, &why) : st;
}

static void a_proof_holds_when_enough_witnesses_saw_it(void)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *p = policy_of(example);
    static struct ledger_verdict v;
    for (unsigned set = 0; p != NULL && set < 64; set++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
        struct digest leaf;
        make_proof(&b, set, &leaf);
        bool want = __builtin_popcount(set & 7) >= 2 && (set & 56) != 0;
        CHECK(check(buf_bytes(&b), &leaf, p, &v) == (want ? ST_OK : ST_MISMATCH));
        CHECK(v.quorum == want && v.witnesses == (size_t)__builtin_popcount(set));
        CHECK_STR(v.log != NULL ? v.log->name : NULL, "log.example/1");
        CHECK(want || v.quorum_time_s == 0);
    }
    CLEANUP(buf_fini) struct buf all = BUF_INIT(65536);
    struct digest leaf;
    make_proof(&all, 63, &leaf);
    CHECK(check(buf_bytes(&all), &leaf, p, &v) == ST_OK);
    CHECK_INT(v.quorum_time_s, 1030); /* the first two, and the first of the second three */
}

static void no_changed_byte_of_a_proof_is_accepted(void)
{
    CLEANUP(ledger_policy_freep)
    struct ledger_policy *p =
        policy_of("log %L\nwitness a %0\nwitness b %1\ngroup g all a b\nquorum g\n");
    CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
    static struct ledger_verdict v;
    struct digest leaf;
    int bad = 0;
    make_proof(&b, 3, &leaf);
    CHECK(check(buf_bytes(&b), &leaf, p, &v) == ST_OK);
    for (size_t i = 0; i < b.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            b.data[i] ^= (uint8_t)(1 << bit);
            bad += check(buf_bytes(&b), &leaf, p, &v) == ST_OK;
            b.data[i] ^= (uint8_t)(1 << bit);
        }
        bad += check(bytes_of(b.data, i), &leaf, p, &v) == ST_OK;
    }
    CHECK_INT(bad, 0);
    leaf.b[5] ^= 1;
    CHECK(check(buf_bytes(&b), &leaf, p, &v) == ST_MISMATCH);
}

static void a_proof_of_another_log_is_not_known(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
    static struct ledger_verdict v;
    struct digest leaf;
    make_keys();
    make_proof(&b, 0, &leaf);
    log_key = material_signer("log.example/2", LEDGER_KEY_SIGN, 2);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
    expand("log %L\nquorum none\n", &text);
    CLEANUP(ledger_policy_freep) struct ledger_policy *p = NULL;
    CHECK(ledger_policy_parse(buf_bytes(&text), &p, NULL) == ST_OK);
    CHECK(check(buf_bytes(&b), &leaf, p, &v) == ST_DENIED);
}

static void extra_data_is_carried_and_strict(void)
{
    static const char *const no[] = {"c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx",
                                     "c2sp.org/tlog-proof@v1\nextra QQ\nindex 0\n\nx",
                                     "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
                                     "c2sp.org/tlog-proof@v1\nindex 0\n\n",
                                     "c2sp.org/tlog-proof@v1\nindex 0\n",
                                     "c2sp.org/tlog-proof@v1\nindex 0\nQQ==\n\nx",
                                     "c2sp.org/tlog-proof@v1\nindex 0\nextra QQ==\n\nx",
                                     "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
                                     "c2sp.org/tlog-proof@v1\nindex  0\n\nx"};
    struct ledger_proof p;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        CHECK(ledger_proof_parse(material_text(no[i]), &p, NULL) != ST_OK);
    }
    static const char yes[] = "c2sp.org/tlog-proof@v1\nextra QQ==\nindex 7\n\nx";
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    CHECK(ledger_proof_parse(material_text(yes), &p, NULL) == ST_OK && p.index == 7);
    ledger_proof_write(&p, &b);
    CHECK_STR(material_string(&b), yes);
}

static void without_memory_no_policy_comes_out(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(65536);
    make_keys();
    expand(example, &b);
    for (unsigned nth = 1;; nth++) {
        struct ledger_policy *p = NULL;
        test_fail_allocation(nth);
        enum status st = ledger_policy_parse(buf_bytes(&b), &p, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == (failed ? ST_NOMEM : ST_OK) && (p == NULL) == failed);
        ledger_policy_free(p);
        if (!failed) {
            break;
        }
    }
}

/* docs/FORMATS.md, 10: what others build against. */
static void the_vector_of_the_document_is_what_we_write(void)
{
    CLEANUP(buf_fini) struct buf doc = BUF_INIT(1 << 20), want = BUF_INIT(65536);
    CLEANUP(buf_fini) struct buf note = BUF_INIT(65536);
    struct ledger_signer log = material_signer("log.example/1", LEDGER_KEY_SIGN, 1);
    struct ledger_signer w = material_signer("witness.example/w", LEDGER_KEY_COSIGN, 2);
    struct ledger_checkpoint c = {.origin = material_text("log.example/1"), .size = 3};
    struct ledger_note n;
    struct digest leaf[3];
    char path[4096];
    for (unsigned i = 0; i < 3; i++) {
        char entry[] = {'e', 'n', 't', 'r', 'y', ' ', (char)('0' + i)};
        CHECK(ledger_tree_leaf(bytes_of(entry, sizeof(entry)), &leaf[i]) == ST_OK);
    }
    CHECK(ledger_tree_root(leaf, 3, &c.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&c, &log, &note) == ST_OK);
    CHECK(ledger_note_parse(buf_bytes(&note), &n, NULL) == ST_OK);
    CLEANUP(buf_fini) struct buf line = BUF_INIT(1024);
    CHECK(ledger_note_sign(n.text, &w, 1700000000, &line) == ST_OK);
    buf_append(&note, line.data, line.len);
    struct ledger_proof p = {
        .index = 1, .path = {.hash = {leaf[0], leaf[2]}, .n = 2}, .checkpoint = buf_bytes(&note)};
    ledger_proof_write(&p, &want);
    (void)snprintf(path, sizeof(path), "%s/docs/FORMATS.md", getenv("EXHIBIT_SOURCE_ROOT"));
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    for (int ch = 0; f != NULL && (ch = fgetc(f)) != EOF;) {
        buf_byte(&doc, (uint8_t)ch);
    }
    CHECK(f == NULL || fclose(f) == 0);
    CHECK(strstr(material_string(&doc), material_string(&want)) != NULL);
    buf_clear(&want);
    ledger_signer_format(&log, &want);
    buf_byte(&want, '\n');
    ledger_key_format(&log.key, &want);
    buf_byte(&want, '\n');
    ledger_signer_format(&w, &want);
    buf_byte(&want, '\n');
    ledger_key_format(&w.key, &want);
    CHECK(strstr(material_string(&doc), material_string(&want)) != NULL);
    struct ledger_signer next = material_signer("log.example/1", LEDGER_KEY_SIGN, 3);
    struct ledger_succession s = {.key = log.key, .next = next.key.material};
    buf_clear(&want);
    ledger_succession_write(&s, &want);
    bool there = strstr(material_string(&doc), material_string(&want)) != NULL;
    CHECK(there);
    if (!there) {
        printf("# not in the document:\n%s", material_string(&want));
    }
}

static enum status judged(const char *policy, uint64_t size)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *p = policy_of(policy);
    CLEANUP(buf_fini) struct buf file = BUF_INIT(4096);
    struct ledger_checkpoint c = {.origin = BYTES_LITERAL("log.example/1"), .size = size}, got;
    struct ledger_verdict v;
    struct ledger_note note;
    CHECK(p != NULL);
    CHECK(ledger_checkpoint_sign(&c, &log_key, &file) == ST_OK);
    CHECK(ledger_checkpoint_read(buf_bytes(&file), &note, &got, NULL) == ST_OK);
    return p != NULL ? ledger_policy_check(p, &note, &got, &v, NULL) : ST_NOMEM;
}

static void a_key_signs_only_the_sizes_that_are_its_own(void)
{
    CHECK_INT(judged("log %L\nquorum none\n", 1000), ST_OK);
    CHECK_INT(judged("witness a %S\nquorum none\n", 1000), ST_DENIED);
    CHECK_INT(judged("#sizes 5 17\nlog %L\nquorum none\n", 4), ST_MISMATCH);
    CHECK_INT(judged("#sizes 5 17\nlog %L\nquorum none\n", 5), ST_OK);
    CHECK_INT(judged("#sizes 5 17\nlog %L\nquorum none\n", 17), ST_OK);
    CHECK_INT(judged("#sizes 5 17\nlog %L\nquorum none\n", 18), ST_MISMATCH);
    CHECK_INT(judged("#sizes 5 -\nlog %L\nquorum none\n", 1000), ST_OK);
    CHECK_INT(judged("#sizes 5 -\nlog %L\nquorum none\n", 4), ST_MISMATCH);
    /* They belong to the next line alone, and other comments stay comments. */
    CHECK_INT(judged("# sizes 5 17\nlog %L\nquorum none\n", 4), ST_OK);
}

static void sizes_that_bound_nothing_are_refused(void)
{
    static const char *const bad[] = {
        "#sizes 5\nlog %L\nquorum none\n",         "#sizes 17 5\nlog %L\nquorum none\n",
        "#sizes 05 17\nlog %L\nquorum none\n",     "#sizes 5 17 x\nlog %L\nquorum none\n",
        "#sizes - 17\nlog %L\nquorum none\n",      "#sizes 5 17\n\nlog %L\nquorum none\n",
        "#sizes 5 17\n# x\nlog %L\nquorum none\n", "log %L\nquorum none\n#sizes 5 17\n",
        "#sizes 5 17\nwitness a %0\nquorum a\n",   "#sizes 0 5\n#sizes 5 17\nlog %L\nquorum none\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK(policy_of(bad[i]) == NULL);
    }
}

TEST_MAIN(TEST(a_key_signs_only_the_sizes_that_are_its_own),
          TEST(sizes_that_bound_nothing_are_refused), TEST(groups_count_as_the_specification_says),
          TEST(a_lone_witness_or_none_can_be_the_quorum), TEST(hostile_policies_are_refused),
          TEST(lines_may_end_with_a_carriage_return), TEST(the_line_is_told),
          TEST(keys_that_we_cannot_check_are_listed_and_never_count),
          TEST(a_proof_holds_when_enough_witnesses_saw_it),
          TEST(no_changed_byte_of_a_proof_is_accepted), TEST(a_proof_of_another_log_is_not_known),
          TEST(extra_data_is_carried_and_strict), TEST(without_memory_no_policy_comes_out),
          TEST(the_vector_of_the_document_is_what_we_write))
