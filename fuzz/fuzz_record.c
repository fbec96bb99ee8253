/* fuzz/fuzz_record.c - records as anybody may write them.
 *
 * Properties: what is accepted has one spelling, and gives an observation that
 * detectors may read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/rebuild.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct evidence_record *r, struct bytes rest)
{
    struct addr remote = addr_from_v4(0x0b000001), local = addr_from_v4(0xc6336401);
    struct evidence_hidden hidden = {.seq = 1};
    struct evidence_data d = {.tcp_options = rest, .payload = rest};
    struct evidence_opened o = {&remote, &local, &hidden, &d};
    struct observation obs;
    struct obs_quote quote;
    struct obs_log log;
    struct evidence_lengths len;
    evidence_rebuild(r, &o, &obs, &quote, &log);
    evidence_record_lengths(r, &len);
    assert(obs.type >= OBS_PACKET && obs.type <= OBS_LOG);
    assert(obs.type == OBS_LOG || (obs.flags & OBS_QUOTED) == 0 || obs.quote == &quote);
    assert(obs.type != OBS_LOG || (obs.log == &log && log.repeat > 0));
    assert(obs.captured_len == 0 || obs.payload == rest.data);
    assert(len.wire >= r->wire_len && len.payload >= r->payload_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t raw[RECORD_BYTES] = {0}, again[RECORD_BYTES];
    struct evidence_record r;
    struct fault why = {0};
    size_t n = size < RECORD_BYTES ? size : RECORD_BYTES;
    uint8_t *rest = malloc(size - n + 1);
    assert(rest != NULL);
    if (size > 0) {
        memcpy(raw, data, n);
        memcpy(rest, data + n, size - n);
    }
    if (evidence_record_get(raw, &r, &why) == ST_OK) {
        evidence_record_put(&r, again);
        assert(memcmp(raw, again, sizeof(raw)) == 0);
        check(&r, bytes_of(rest, size - n));
    } else {
        assert(why.field != NULL && why.offset < RECORD_BYTES);
    }
    free(rest);
    return 0;
}
