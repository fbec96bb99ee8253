/* base/model/ladder.c - words, and the JSON form. */
#include "base/model/ladder.h"

#include "base/core/status.h"

enum { LADDER_BYTES_MAX = 1 << 18 };

void ladder_init(struct ladder *l)
{
    *l = (struct ladder){.about = "", .stops = ""};
    arena_init(&l->arena, LADDER_BYTES_MAX);
    for (size_t i = 0; i < LADDER_STEPS; i++) {
        struct ladder_rung *r = &l->rungs[i];
        r->word = r->answer = r->basis = r->refuted = r->ask = "";
    }
}

void ladder_fini(struct ladder *l)
{
    arena_fini(&l->arena);
}

#define NAMED(function, type, ...)                                                                 \
    const char *function(type v)                                                                   \
    {                                                                                              \
        static const char *const names[] = {__VA_ARGS__};                                          \
        return (size_t)v < ARRAY_LEN(names) ? names[v] : "unknown";                                \
    }

/* clang-format off */
NAMED(ladder_step_name, enum ladder_step,
      "packet", "address-and-time", "network", "registered-country", "located-country", "role")
NAMED(ladder_step_title, enum ladder_step,
      "Packet", "Address and time", "Network", "Registered country", "Located country",
      "Role of the host")
NAMED(ladder_step_question, enum ladder_step,
      "Is the source address authentic?", "Which address and port, and when?",
      "Which network was it, and who announced it?",
      "In which country is its holder registered?",
      "In which country does the host seem to be?",
      "Is the host an end, or something in between?")
NAMED(ladder_confidence_name, enum ladder_confidence, "none", "low", "moderate", "high")
/* clang-format on */

const char *ladder_likelihood(double chance)
{
    static const struct {
        double below;
        const char *word;
    } words[] = {
        {0.05, "almost no chance"}, {0.20, "very unlikely"}, {0.45, "unlikely"},
        {0.55, "roughly even"},     {0.80, "likely"},        {0.95, "very likely"},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (chance < words[i].below) {
            return words[i].word;
        }
    }
    return "almost certain";
}

const char *ladder_text(struct ladder *l, const struct buf *text)
{
    const char *s = text->failed == ST_OK ? arena_text(&l->arena, buf_bytes(text)) : NULL;
    l->failed |= s == NULL;
    return s != NULL ? s : "";
}

void ladder_line(struct ladder *l, struct ladder_lines *lines, const struct buf *text)
{
    if (lines->n < LADDER_LINES_MAX) {
        lines->items[lines->n++] = ladder_text(l, text);
    }
}

void ladder_test(struct ladder_rung *r, const char *name, const char *given, double chance)
{
    if (r->test_n < LADDER_TESTS_MAX) {
        r->tests[r->test_n++] = (struct ladder_test){name, given, chance};
    }
}

/* --- JSON --------------------------------------------------------------------------- */

static void member_if(struct emit *j, const char *key, const char *text)
{
    if (text[0] != '\0') {
        emit_member_str(j, key, text);
    }
}

static void lines(struct emit *j, const char *key, const struct ladder_lines *l)
{
    if (l->n == 0) {
        return;
    }
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < l->n; i++) {
        emit_str(j, l->items[i]);
    }
    emit_array_end(j);
}

static void tests(struct emit *j, const struct ladder_rung *r)
{
    if (r->test_n == 0) {
        return;
    }
    emit_key(j, "tests");
    emit_array(j);
    for (size_t i = 0; i < r->test_n; i++) {
        emit_object(j);
        emit_member_str(j, "name", r->tests[i].name);
        emit_member_str(j, "given", r->tests[i].given);
        emit_key(j, "chance");
        emit_double(j, r->tests[i].chance, 15); /* a small one is not none */
        emit_member_str(j, "likelihood", ladder_likelihood(r->tests[i].chance));
        emit_object_end(j);
    }
    emit_array_end(j);
}

/* Places in the list of those that are cited. */
static void sources(struct emit *j, uint64_t of_rung, uint64_t cited)
{
    uint64_t place = 0;
    if ((of_rung & cited) == 0) {
        return;
    }
    emit_key(j, "sources");
    emit_array(j);
    for (unsigned i = 0; i < 64; i++) {
        if ((of_rung & cited) >> i & 1) {
            emit_u64(j, place);
        }
        place += cited >> i & 1;
    }
    emit_array_end(j);
}

static void rung(struct emit *j, enum ladder_step step, const struct ladder_rung *r, uint64_t cited)
{
    emit_object(j);
    emit_member_str(j, "rung", ladder_step_name(step));
    emit_member_str(j, "word", r->word);
    member_if(j, "answer", r->answer);
    emit_member_str(j, "confidence", ladder_confidence_name(r->confidence));
    member_if(j, "basis", r->basis);
    sources(j, r->sources, cited);
    lines(j, "supports", &r->supports);
    lines(j, "weakens", &r->weakens);
    tests(j, r);
    member_if(j, "refuted_by", r->refuted);
    member_if(j, "only_they_can_tell", r->ask);
    emit_object_end(j);
}

void ladder_json(struct emit *j, const struct ladder *l, uint64_t cited)
{
    emit_object(j);
    emit_member_str(j, "about", l->about);
    emit_key(j, "rungs");
    emit_array(j);
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        if (l->rungs[i].present) {
            rung(j, (enum ladder_step)i, &l->rungs[i], cited);
        }
    }
    emit_array_end(j);
    emit_member_str(j, "stops", l->stops);
    emit_object_end(j);
}
