/* tests/unit/ledger/test_note.c - keys and signed notes. */
#include "ledger/note.h"

#include "ledger/material.h"
#include "test.h"

/* The vector of C2SP signed-note. */
static const char vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char note[] = "This is an example message.\n"
                           "\n"
                           "\xe2\x80\x94 example.com/foo "
                           "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3"
                           "mFXmRKuwHjG1Yu72IneyaQM=\n";

static enum status check(struct bytes file, const struct ledger_key *keys, size_t n,
                         struct ledger_signed *seen)
{
    static struct ledger_note parsed;
    struct fault why = {0};
    enum status st = ledger_note_parse(file, &parsed, &why);
    if (st != ST_OK) {
        CHECK(why.field != NULL && why.offset <= file.len);
        return st;
    }
    return ledger_note_check(&parsed, keys, n, seen, &why);
}

static struct ledger_key key_of(const char *text)
{
    struct ledger_key k = {.id = 0};
    CHECK(ledger_key_parse(material_text(text), &k, NULL) == ST_OK);
    return k;
}

static void the_vector_of_the_specification_holds(void)
{
    struct ledger_key k = key_of(vkey);
    struct ledger_signed seen = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    CHECK_INT(k.id, 0x530d903a);
    CHECK_STR(k.name, "example.com/foo");
    CHECK(check(material_text(note), &k, 1, &seen) == ST_OK && seen.valid && seen.time_s == 0);
    ledger_key_format(&k, &b);
    CHECK_STR(material_string(&b), vkey);
}

static void no_changed_byte_is_accepted(void)
{
    struct ledger_key k = key_of(vkey);
    struct ledger_signed seen = {0};
    uint8_t copy[sizeof(note)];
    int bad = 0;
    for (size_t i = 0; i < sizeof(note) - 1; i++) {
        for (unsigned v = 0; v < 256; v++) {
            memcpy(copy, note, sizeof(note));
            copy[i] = (uint8_t)v;
            bad += v != (uint8_t)note[i] &&
                   check(bytes_of(copy, sizeof(note) - 1), &k, 1, &seen) == ST_OK;
        }
        bad += check(bytes_of(note, i), &k, 1, &seen) == ST_OK;
    }
    CHECK_INT(bad, 0);
    CHECK(!seen.valid);
}

static void no_changed_key_is_accepted(void)
{
    struct ledger_signed seen;
    uint8_t copy[sizeof(vkey)];
    int bad = 0;
    for (size_t i = 0; i < sizeof(vkey) - 1; i++) {
        for (unsigned v = 0; v < 256; v++) {
            struct ledger_key k;
            memcpy(copy, vkey, sizeof(vkey));
            copy[i] = (uint8_t)v;
            bad += v != (uint8_t)vkey[i] &&
                   ledger_key_parse(bytes_of(copy, sizeof(vkey) - 1), &k, NULL) == ST_OK &&
                   check(material_text(note), &k, 1, &seen) == ST_OK;
        }
    }
    CHECK_INT(bad, 0);
}

/* Somebody else's ML-DSA-44 line, of its true length. */
static void add_mldsa_line(struct buf *b)
{
    buf_str(b, "\xe2\x80\x94 witness.example/pq AAAA");
    for (size_t i = 0; i < (4 + 8 + 2420 - 3) / 3; i++) {
        buf_str(b, "QUJD");
    }
    buf_byte(b, '\n');
}

static void unknown_keys_mean_nothing(void)
{
    struct ledger_key k = key_of(vkey);
    struct ledger_signed seen = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LIMIT_NOTE_BYTES);
    buf_str(&b, note);
    for (size_t i = 0; i < 15; i++) {
        add_mldsa_line(&b);
    }
    CHECK(check(buf_bytes(&b), &k, 1, &seen) == ST_OK && seen.valid);
    struct ledger_signer other = material_signer("example.com/foo", LEDGER_KEY_SIGN, 1);
    CHECK(check(buf_bytes(&b), &other.key, 1, &seen) == ST_DENIED);
    CHECK(check(buf_bytes(&b), NULL, 0, &seen) == ST_DENIED);
    for (size_t i = 0; i < LIMIT_NOTE_SIGNATURES; i++) {
        add_mldsa_line(&b);
    }
    CHECK(check(buf_bytes(&b), &k, 1, &seen) == ST_LIMIT);
}

/* A false line by a key that is known condemns the note, wherever it stands. */
static void one_false_line_of_a_known_key_fails_all(void)
{
    struct ledger_signer a = material_signer("a.example", LEDGER_KEY_SIGN, 1);
    struct ledger_signer b = material_signer("b.example", LEDGER_KEY_SIGN, 2);
    struct ledger_key keys[2] = {a.key, b.key};
    struct ledger_signed seen[2] = {{0}};
    CLEANUP(buf_fini) struct buf n = BUF_INIT(4096);
    buf_str(&n, "text\n\n");
    CHECK(ledger_note_sign(material_text("text\n"), &a, 0, &n) == ST_OK);
    CHECK(check(buf_bytes(&n), keys, 2, seen) == ST_OK && seen[0].valid && !seen[1].valid);
    CHECK(ledger_note_sign(material_text("other\n"), &b, 0, &n) == ST_OK);
    CHECK(check(buf_bytes(&n), keys, 2, seen) == ST_MISMATCH);
    CHECK(check(buf_bytes(&n), keys, 1, seen) == ST_OK);
}

static void a_cosignature_binds_its_time(void)
{
    struct ledger_signer w = material_signer("w.example/1", LEDGER_KEY_COSIGN, 3);
    struct ledger_signed seen = {0};
    CLEANUP(buf_fini) struct buf n = BUF_INIT(4096);
    buf_str(&n, "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n");
    size_t text_len = n.len - 1;
    CHECK(ledger_note_sign(bytes_of(n.data, text_len), &w, 1700000000, &n) == ST_OK);
    CHECK(check(buf_bytes(&n), &w.key, 1, &seen) == ST_OK);
    CHECK_INT(seen.time_s, 1700000000);
    int bad = 0;
    for (size_t i = 0; i < n.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            n.data[i] ^= (uint8_t)(1 << bit);
            bad += check(buf_bytes(&n), &w.key, 1, &seen) == ST_OK;
            n.data[i] ^= (uint8_t)(1 << bit);
        }
    }
    CHECK_INT(bad, 0);
    /* The same bytes as a plain signature are another key and another message. */
    struct ledger_signer plain = material_signer("w.example/1", LEDGER_KEY_SIGN, 3);
    CHECK(plain.key.id != w.key.id);
    CHECK(check(buf_bytes(&n), &plain.key, 1, &seen) == ST_DENIED);
    CHECK(ledger_note_sign(material_text("x\n"), &w, UINT64_C(1) << 63, &n) == ST_MALFORMED);
}

static void malformed_notes_are_refused(void)
{
    static const char *const no[] = {
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n\xe2\x80\x94 name QUJDREU=",
        "text\n\n- name QUJDREU=\n",
        "text\n\n\xe2\x80\x94name QUJDREU=\n",
        "text\n\n\xe2\x80\x94 name  QUJDREU=\n",
        "text\n\n\xe2\x80\x94 name QUJDREU= \n",
        "text\n\n\xe2\x80\x94 name QUJDRA==\n", /* an id and nothing */
        "text\n\n\xe2\x80\x94 name QUJDREV=\n", /* spare bits */
        "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 na+me QUJDREU=\n",
        "text\n\n\xe2\x80\x94 na\xc2\xa0me QUJDREU=\n",
        "te\txt\n\n\xe2\x80\x94 name QUJDREU=\n",
        "te\xfft\n\n\xe2\x80\x94 name QUJDREU=\n",
        "text\r\n\n\xe2\x80\x94 name QUJDREU=\n",
        "text\n\xe2\x80\x94 name QUJDREU=\n",
        "text\n\n\xe2\x80\x94 name QUJDREU=\nrest\n",
    };
    struct ledger_note n;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        enum status st = ledger_note_parse(material_text(no[i]), &n, NULL);
        CHECK(st == ST_MALFORMED || st == ST_SHORT);
    }
    static const char yes[] = "a\n\nb\n\n\xe2\x80\x94 name QUJDREU=\n";
    CHECK(ledger_note_parse(material_text(yes), &n, NULL) == ST_OK);
    CHECK(bytes_equal(n.text, material_text("a\n\nb\n")) && n.lines == 1);
}

static void malformed_and_weak_keys_are_refused(void)
{
    static const char *const no[] = {
        "",
        "+",
        "a",
        "a+530d903a",
        "a+530d903a+",
        "a+530d903a+AQ==",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        " +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"};
    static const char *const weak[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    struct ledger_key k;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        CHECK(ledger_key_parse(material_text(no[i]), &k, NULL) == ST_MALFORMED);
    }
    for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(512);
        struct ledger_signer s = material_signer("w", LEDGER_KEY_SIGN, 0);
        uint8_t in[35] = {'w', '\n', 1};
        struct digest d;
        (void)material_hex(weak[i], s.key.pub);
        memcpy(in + 3, s.key.pub, 32);
        CHECK(digest_sha256(bytes_of(in, sizeof(in)), &d) == ST_OK);
        s.key.id = load_be32(d.b); /* the right id: only the point is wrong */
        ledger_key_format(&s.key, &b);
        CHECK(ledger_key_parse(buf_bytes(&b), &k, NULL) == ST_MALFORMED);
    }
}

/* RFC 8032, 7.1, tests 1 to 3. */
static void ed25519_is_that_of_the_rfc(void)
{
    static const char *const t[][4] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
         "1cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
         "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
         "984dc6594a7c15e9716ed28dc027beceea1ec40a"}};
    for (size_t i = 0; i < ARRAY_LEN(t); i++) {
        uint8_t seed[32], pub[32], message[2], want[64], got[64];
        struct ledger_signer s;
        (void)material_hex(t[i][0], seed);
        (void)material_hex(t[i][1], pub);
        struct bytes m = {message, material_hex(t[i][2], message)};
        (void)material_hex(t[i][3], want);
        CHECK(ledger_signer_make(material_text("x"), LEDGER_KEY_SIGN, seed, &s) == ST_OK);
        CHECK(memcmp(s.key.pub, pub, 32) == 0);
        CHECK(ledger_ed25519_sign(&s, m, got) == ST_OK && memcmp(got, want, 64) == 0);
        CHECK(ledger_ed25519_check(&s.key, m, want) == ST_OK);
    }
}

static void a_private_key_survives_as_text(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    struct ledger_signer s = material_signer("cert-a.example", LEDGER_KEY_COSIGN, 7), back;
    ledger_signer_format(&s, &b);
    CHECK(ledger_signer_parse(buf_bytes(&b), &back, NULL) == ST_OK);
    CHECK(memcmp(&s, &back, sizeof(s)) == 0);
    int bad = 0;
    for (size_t i = 0; i < b.len; i++) {
        b.data[i] ^= 1;
        bad += ledger_signer_parse(buf_bytes(&b), &back, NULL) == ST_OK;
        b.data[i] ^= 1;
    }
    CHECK_INT(bad, 0);
}

static void without_memory_nothing_is_accepted(void)
{
    struct ledger_key k = key_of(vkey);
    struct ledger_signer s = material_signer("w", LEDGER_KEY_COSIGN, 1);
    for (unsigned nth = 1;; nth++) {
        struct ledger_signed seen = {0};
        struct buf b = BUF_INIT(1024);
        test_fail_allocation(nth);
        enum status st = check(material_text(note), &k, 1, &seen);
        enum status signing = ledger_note_sign(material_text("x\n"), &s, 5, &b);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        buf_fini(&b);
        if (!failed) {
            CHECK(st == ST_OK && signing == ST_OK);
            break;
        }
        CHECK((st == ST_NOMEM && !seen.valid) || signing == ST_NOMEM);
    }
}

TEST_MAIN(TEST(the_vector_of_the_specification_holds), TEST(no_changed_byte_is_accepted),
          TEST(no_changed_key_is_accepted), TEST(unknown_keys_mean_nothing),
          TEST(one_false_line_of_a_known_key_fails_all), TEST(a_cosignature_binds_its_time),
          TEST(malformed_notes_are_refused), TEST(malformed_and_weak_keys_are_refused),
          TEST(ed25519_is_that_of_the_rfc), TEST(a_private_key_survives_as_text),
          TEST(without_memory_nothing_is_accepted))
