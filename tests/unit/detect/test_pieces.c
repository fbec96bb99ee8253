/* tests/unit/detect/test_pieces.c - a scan whose probes come in pieces of 8
 * bytes is the scan that it is, however its pieces come.
 */
#include "base/core/limits.h"
#include "synth.h"

#define STEP (TIME_SECOND / 50) /* too slow for a flood */

static const uint32_t SCANNER = 0xcb007142, HOST = 0xc633640a; /* 203.0.113.66, 198.51.100.10 */

/* Ports and sequence number; acknowledgement, header length, flags, window. */
static uint8_t firsts[1024][8];
static const uint8_t second[8] = {0, 0, 0, 0, 0x60, TCP_SYN, 4, 0};

static struct observation *piece(struct synth *s, int64_t at, unsigned i, uint16_t units)
{
    struct observation *o = synth_packet(s, at, PROTO_TCP, SCANNER, HOST);
    store_be16(firsts[i], 40000);
    store_be16(firsts[i] + 2, (uint16_t)(i + 1));
    o->flags = OBS_FRAGMENT | (units < 2 ? OBS_MORE : 0) | (units > 0 ? OBS_LATER : 0);
    o->frag_units = units;
    o->ip_id = (uint16_t)(i * 31);
    o->payload = units == 0 ? firsts[i] : units == 1 ? second : NULL;
    o->payload_len = 8;
    o->captured_len = units < 2 ? 8 : 0;
    return o;
}

enum order { IN_ORDER, ALL_FIRST, BACKWARDS, NO_SECOND };

static void probes(struct synth *s, unsigned n, enum order order)
{
    for (unsigned i = 0; i < n; i++) {
        for (uint16_t k = 0; k < 3; k++) {
            uint16_t units = order == BACKWARDS ? 2 - k : k;
            if ((order == NO_SECOND && units == 1) || (order == ALL_FIRST && units != 0)) {
                continue;
            }
            (void)piece(s, i * STEP + k, i, units);
        }
    }
    for (unsigned i = 0; i < n && order == ALL_FIRST; i++) {
        (void)piece(s, (n + i) * STEP, i, 1);
    }
}

static uint64_t ports_found(const struct synth *s, size_t batch)
{
    struct synth_run r = {.batch = batch, .seed = batch};
    synth_run(&r, "default", s);
    const struct finding *f = synth_find(&r, "scan.vertical");
    CHECK_INT(r.findings->n, f != NULL);
    uint64_t n = f != NULL ? f->ports : 0;
    if (f != NULL) {
        CHECK_STR(f->technique, "syn");
        CHECK_INT(f->packets, n);
        CHECK(f->has_initiator && addr_v4(&f->initiator) == SCANNER);
    }
    synth_run_fini(&r);
    return n;
}

static uint64_t found(unsigned n, enum order order, size_t batch)
{
    struct synth s = {0};
    probes(&s, n, order);
    uint64_t ports = ports_found(&s, batch);
    synth_fini(&s);
    return ports;
}

static void a_scan_in_pieces_is_a_scan(void)
{
    CHECK_INT(found(60, IN_ORDER, 0), 60);
    CHECK_INT(found(60, ALL_FIRST, 0), 60);
}

static void batches_do_not_matter(void)
{
    for (size_t batch = 1; batch <= OBS_BATCH_MAX; batch += 7) {
        CHECK_INT(found(60, IN_ORDER, batch), 60);
    }
}

static void what_is_not_known_is_not_guessed(void)
{
    CHECK_INT(found(60, NO_SECOND, 0), 0);
    CHECK_INT(found(60, BACKWARDS, 0), 0); /* nobody sends so */
}

static void few_wait_and_the_oldest_go_first(void)
{
    CHECK_INT(found(LIMIT_PIECES, ALL_FIRST, 0), LIMIT_PIECES);
    CHECK_INT(found(LIMIT_PIECES + 20, ALL_FIRST, 0), LIMIT_PIECES);
}

/* Another sender, target or number, too late, or joined before. */
static void pieces_of_others_do_not_fit(void)
{
    for (int odd = 0; odd < 6; odd++) {
        struct synth s = {0};
        for (unsigned i = 0; i < 60; i++) {
            (void)piece(&s, i * STEP, i, 0);
            int64_t late = odd == 3 ? 60 * TIME_SECOND + 1 : 0;
            struct observation *o = piece(&s, i * STEP + late, i, 1);
            o->src = odd == 0 ? addr_from_v4(SCANNER + 1) : o->src;
            o->dst = odd == 1 ? addr_from_v4(HOST + 1) : o->dst;
            o->ip_id = (uint16_t)(o->ip_id + (odd == 2));
            o->captured_len = odd == 4 ? 5 : 8; /* without the flags */
            if (odd == 5) {
                (void)piece(&s, i * STEP, i, 1);
            }
        }
        CHECK_INT(ports_found(&s, 0), odd == 5 ? 60 : 0);
        synth_fini(&s);
    }
}

TEST_MAIN(TEST(a_scan_in_pieces_is_a_scan), TEST(batches_do_not_matter),
          TEST(what_is_not_known_is_not_guessed), TEST(few_wait_and_the_oldest_go_first),
          TEST(pieces_of_others_do_not_fit))
