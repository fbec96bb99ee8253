/* tests/unit/exchange/test_case_state.c - whatever order statements come in, the case is
 * where its parties brought it.
 *
 * Two parties act one after the other, and a simple model keeps book as they do. What
 * they said is then handed over shuffled, repeated and in part, and folded.
 */
#include "exchange/case/state.h"

#include "test.h"

enum { EVENTS = 24, COPIES = 3 * EVENTS, HISTORIES = 6000 };

#define SECOND INT64_C(1000000000)
#define HOUR   (3600 * SECOND)
#define BEGIN  (INT64_C(1800000000) * SECOND)

static unsigned long long seed = 1;

/* Knuth's constants; the upper half. */
static unsigned draw(unsigned n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(seed >> 33) % n;
}

/* --- the model --------------------------------------------------------------------- */

struct model {
    struct case_event said[EVENTS];
    size_t n;
    unsigned count[CASE_SIDES];
    int64_t now, off; /* the accuser's clock, and how far the other's is from it */
    int64_t due[3];
    bool deeds;          /* something is to be done, not only said */
    int64_t done[3];     /* 0: not */
    int phase;           /* as it would be told */
    int answer, outcome; /* words; -1: none */
    bool lied[CASE_SIDES];
    int64_t oldest; /* by the accused's clock */
};

/* 1: it settles, 0: it does not, 2: it does if nothing is to be done. */
static const int settles[CASE_ANSWERS] = {0, 2, 1, 1, 1, 0, 1, 1, 1};

static struct case_event *speak(struct model *m, enum case_kind kind, enum case_side by,
                                size_t word)
{
    struct case_event *e = &m->said[m->n];
    *e = (struct case_event){.kind = kind,
                             .by = by,
                             .number = ++m->count[by],
                             .time_ns = m->now + (by == CASE_ACCUSED ? m->off : 0),
                             .word = word};
    e->id[0] = (uint8_t)(m->n + 1);
    e->id[1] = (uint8_t)by;
    e->hash.b[0] = (uint8_t)draw(256);
    e->hash.b[1] = (uint8_t)(m->n + 1);
    e->about = m->n == 0 ? e->hash : m->said[0].hash;
    m->n++;
    if (by == CASE_ACCUSED && (m->oldest == 0 || e->time_ns < m->oldest)) {
        m->oldest = e->time_ns;
    }
    return e;
}

static void model_notice(struct model *m)
{
    struct case_event *e = speak(m, CASE_NOTICE, CASE_ACCUSER, 0);
    e->requests = 1 + draw(31);
    m->deeds = (e->requests & 14) != 0;
    for (int i = 0; i < 3; i++) {
        m->due[i] = m->now + (i + 1) * HOUR * (1 + draw(20));
        e->due_ns[i] = m->due[i];
    }
    m->phase = 1;
}

static void reach(struct model *m, int duty, const struct case_event *e)
{
    if (m->done[duty] == 0) {
        m->done[duty] = e->time_ns;
    }
}

static void model_receipt(struct model *m)
{
    reach(m, 0, speak(m, CASE_RECEIPT, CASE_ACCUSED, 0));
    m->phase = m->phase == 1 ? 2 : m->phase;
}

static void model_answer(struct model *m)
{
    unsigned word = draw(CASE_ANSWERS);
    const struct case_event *e = speak(m, CASE_ANSWER, CASE_ACCUSED, word);
    bool settled = settles[word] == 1 || (settles[word] == 2 && !m->deeds);
    reach(m, 0, e);
    reach(m, 1, e);
    if (settled) {
        reach(m, 2, e);
    } else {
        m->done[2] = 0; /* open again */
    }
    m->phase = m->phase == 5 ? 5 : settled ? 4 : 3;
    m->answer = (int)word;
}

/* Somebody says something else under a number or an id that he has used. */
static void model_lie(struct model *m)
{
    size_t i = draw((unsigned)m->n);
    enum case_side by = m->said[i].by;
    struct case_event old = m->said[i];
    struct case_event *e = &m->said[m->n];
    bool id = draw(2) == 0;
    *e = old;
    e->hash.b[2] = (uint8_t)(1 + m->n);
    if (e->kind == CASE_NOTICE) {
        e->about = e->hash;
    } else if (id) {
        e->number = ++m->count[by];
    } else {
        e->id[2] = 1;
    }
    e->time_ns += (int64_t)draw(3) * HOUR - HOUR;
    m->n++;
    m->lied[by] = true;
}

static void act(struct model *m, bool may_lie)
{
    m->now += (int64_t)draw(10 * 3600) * SECOND;
    switch (draw(may_lie ? 7 : 6)) {
    case 0:
        model_receipt(m);
        break;
    case 1:
    case 2:
    case 3:
        model_answer(m);
        break;
    case 4:
        m->outcome = (int)draw(CASE_OUTCOMES);
        (void)speak(m, CASE_OUTCOME, CASE_ACCUSER, (size_t)m->outcome);
        break;
    case 5:
        if (draw(4) == 0) {
            (void)speak(m, CASE_WITHDRAWAL, CASE_ACCUSER, draw(CASE_REASONS));
            m->phase = 5;
        }
        break;
    default:
        model_lie(m);
        break;
    }
}

static void model_run(struct model *m, bool may_lie)
{
    *m = (struct model){.now = BEGIN, .answer = -1, .outcome = -1};
    m->off = draw(2) == 0 ? 0 : ((int64_t)draw(96) - 48) * HOUR;
    model_notice(m);
    for (unsigned left = draw(EVENTS - 1); left > 0 && m->n < EVENTS; left--) {
        act(m, may_lie);
    }
}

/* --- what is handed over ----------------------------------------------------------- */

static size_t shuffle(const struct case_event *from, size_t n, struct case_event *to)
{
    size_t have = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned copies = 1 + draw(3); copies > 0; copies--) {
            to[have++] = from[i];
        }
    }
    for (size_t i = have; i > 1; i--) {
        size_t k = draw((unsigned)i);
        struct case_event t = to[i - 1];
        to[i - 1] = to[k];
        to[k] = t;
    }
    return have;
}

static bool same_event(const struct case_event *a, const struct case_event *b)
{
    return a == NULL || b == NULL ? a == b : memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0;
}

static bool same_state(const struct case_state *a, const struct case_state *b)
{
    return a->phase == b->phase && same_event(a->notice, b->notice) &&
           same_event(a->receipt, b->receipt) && same_event(a->answer, b->answer) &&
           same_event(a->outcome, b->outcome) && same_event(a->withdrawal, b->withdrawal) &&
           a->owes == b->owes && a->overdue == b->overdue && a->owed == b->owed &&
           a->until_ns == b->until_ns && a->clocks_ns == b->clocks_ns && a->strays == b->strays &&
           memcmp(a->late, b->late, sizeof(a->late)) == 0 &&
           memcmp(a->missing, b->missing, sizeof(a->missing)) == 0 &&
           memcmp(a->two_faced, b->two_faced, sizeof(a->two_faced)) == 0;
}

static bool late(int64_t t, int64_t due)
{
    return t > due + 600 * SECOND;
}

static bool agrees(const struct model *m, const struct case_state *s, int64_t now)
{
    int owed = -1;
    bool good =
        (int)s->phase == m->phase && (s->answer == NULL ? -1 : (int)s->answer->word) == m->answer &&
        (s->outcome == NULL ? -1 : (int)s->outcome->word) == m->outcome && s->missing[0] == 0 &&
        s->missing[1] == 0 && s->strays == 0 && !s->two_faced[0] && !s->two_faced[1];
    for (int i = 2; i >= 0; i--) {
        owed = m->done[i] == 0 && m->phase != 5 ? i : owed;
        good = good && s->late[i] == (m->done[i] != 0 && late(m->done[i], m->due[i]));
    }
    int64_t apart = m->oldest != 0 && BEGIN > m->oldest ? m->said[0].time_ns - m->oldest : 0;
    return good && s->clocks_ns == apart && s->owes == (owed >= 0) &&
           (owed < 0 || ((int)s->owed == owed && s->until_ns == m->due[owed] &&
                         s->overdue == late(now, m->due[owed])));
}

static void any_order_tells_what_was_done(void)
{
    int bad = 0;
    int phases[CASE_PHASES] = {0};
    for (int i = 0; i < HISTORIES; i++) {
        struct model m;
        struct case_event heard[COPIES];
        struct case_state s;
        model_run(&m, false);
        int64_t now = m.now + (int64_t)draw(200) * HOUR;
        case_state_of(heard, shuffle(m.said, m.n, heard), now, &s);
        bad += !agrees(&m, &s, now);
        phases[s.phase]++;
    }
    CHECK_INT(bad, 0);
    for (int i = CASE_SENT; i < CASE_PHASES; i++) {
        CHECK(phases[i] > 100); /* else it would show little */
    }
}

static void any_part_in_any_order_is_one_state(void)
{
    int bad = 0, lies = 0, strays = 0;
    for (int i = 0; i < HISTORIES; i++) {
        struct model m;
        struct case_event part[EVENTS], one[COPIES], two[COPIES];
        struct case_state a, b;
        size_t n = 0;
        model_run(&m, true);
        for (size_t k = 0; k < m.n; k++) {
            if (draw(4) != 0) {
                part[n++] = m.said[k];
            }
        }
        int64_t now = m.now + (int64_t)draw(200) * HOUR;
        case_state_of(one, shuffle(part, n, one), now, &a);
        case_state_of(two, shuffle(part, n, two), now, &b);
        bad += !same_state(&a, &b);
        lies += a.two_faced[0] || a.two_faced[1];
        strays += a.strays > 0;
        bad += (a.two_faced[0] && !m.lied[0]) || (a.two_faced[1] && !m.lied[1]);
    }
    CHECK_INT(bad, 0);
    CHECK(lies > 500 && strays > 500);
}

static void who_says_two_things_is_always_seen(void)
{
    int bad = 0, lies = 0;
    for (int i = 0; i < HISTORIES; i++) {
        struct model m;
        struct case_event heard[COPIES];
        struct case_state s;
        model_run(&m, true);
        case_state_of(heard, shuffle(m.said, m.n, heard), m.now, &s);
        bad += s.two_faced[0] != m.lied[0] || s.two_faced[1] != m.lied[1];
        lies += m.lied[0] || m.lied[1];
    }
    CHECK_INT(bad, 0);
    CHECK(lies > 500);
}

/* --- single claims ----------------------------------------------------------------- */

static void what_has_not_come_is_known_by_its_number(void)
{
    struct model m = {.now = BEGIN};
    struct case_state s;
    model_notice(&m);
    model_receipt(&m);
    model_answer(&m);
    model_answer(&m);
    m.said[1] = m.said[3]; /* its third statement came, the first did not */
    case_state_of(m.said, 3, BEGIN, &s);
    CHECK_INT(s.missing[CASE_ACCUSED], 1);
    CHECK_INT(s.missing[CASE_ACCUSER], 0);
    CHECK(s.answer == &m.said[1]);
}

static void silence_is_told_after_the_limit_and_not_before(void)
{
    struct model m = {.now = BEGIN};
    struct case_state s;
    model_notice(&m);
    int64_t due = m.due[0];
    case_state_of(m.said, 1, due + CASE_SLACK_NS, &s);
    CHECK(s.owes && !s.overdue && s.owed == CASE_DUTY_RECEIPT && s.until_ns == due);
    case_state_of(m.said, 1, due + CASE_SLACK_NS + 1, &s);
    CHECK(s.overdue && s.phase == CASE_SENT);
    model_receipt(&m);
    case_state_of(m.said, 2, m.due[1] + 2 * CASE_SLACK_NS, &s);
    CHECK(s.overdue && s.phase == CASE_RECEIVED && s.owed == CASE_DUTY_ANSWER);
}

static void the_wrong_side_moves_nothing(void)
{
    struct model m = {.now = BEGIN};
    struct case_state s;
    model_notice(&m);
    (void)speak(&m, CASE_RECEIPT, CASE_ACCUSER, 0);    /* one's own receipt */
    (void)speak(&m, CASE_WITHDRAWAL, CASE_ACCUSED, 0); /* of another's notice */
    case_state_of(m.said, 3, BEGIN, &s);
    CHECK(s.phase == CASE_SENT && s.strays == 2 && !s.two_faced[0] && !s.two_faced[1]);
    case_state_of(m.said + 1, 2, BEGIN, &s);
    CHECK(s.phase == CASE_NO_NOTICE && s.strays == 2 && s.notice == NULL);
    case_state_of(NULL, 0, BEGIN, &s);
    CHECK(s.phase == CASE_NO_NOTICE && !s.owes);
}

/* A later notice under the same id does not replace the one that was answered, whatever
 * time it claims. */
static void a_notice_is_not_replaced_behind_the_others_back(void)
{
    struct model m = {.now = BEGIN};
    struct case_state s;
    model_notice(&m);
    model_receipt(&m);
    struct case_event twin = m.said[0];
    twin.hash.b[5] = 9;
    twin.about = twin.hash;
    twin.time_ns -= 48 * HOUR;
    m.said[2] = twin;
    case_state_of(m.said, 3, BEGIN, &s);
    CHECK(s.notice == &m.said[0] && s.two_faced[CASE_ACCUSER] && s.phase == CASE_RECEIVED);
}

TEST_MAIN(TEST(any_order_tells_what_was_done), TEST(any_part_in_any_order_is_one_state),
          TEST(who_says_two_things_is_always_seen), TEST(what_has_not_come_is_known_by_its_number),
          TEST(silence_is_told_after_the_limit_and_not_before), TEST(the_wrong_side_moves_nothing),
          TEST(a_notice_is_not_replaced_behind_the_others_back))
