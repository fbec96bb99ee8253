/* fuzz/fuzz_web.c - HTTP in packets, and request targets and agents in logs.
 *
 * The input is a script: one byte says what comes (a request or an answer on
 * one of four connections, a line of a log, time that passes), one how long
 * the text behind it is. Properties: what is read of a payload lies inside it;
 * paths lie inside their targets; no request is counted that was not fed; a
 * finding's numbers agree with each other; one batch or many give the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/buf.h"
#include "base/core/timefmt.h"
#include "detect/web/http.h"
#include "detect/web/web.h"
#include "detect/web/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct bytes s, struct bytes whole)
{
    uintptr_t a = (uintptr_t)s.data;
    uintptr_t b = (uintptr_t)whole.data;
    return s.len == 0 || (a >= b && s.len <= whole.len && a - b <= whole.len - s.len);
}

static void check_readers(struct bytes s)
{
    struct http_request r;
    struct web_words words;
    web_words_init(&words);
    if (http_request_read(s, &r)) {
        assert(r.method.len > 0 && r.target.len > 0 && http_status_read(s) == 0);
        assert(inside(r.method, s) && inside(r.target, s) && inside(r.agent, s));
    }
    assert(http_status_read(s) <= 999);
    assert(inside(web_target_path(s), s));
    assert(web_words_target(&words, s) <= WEB_STRONG);
    struct web_agent agent = web_words_agent(&words, s);
    assert(!agent.attack || s.len > 0);
}

static void make_packet(struct observation *o, uint8_t what, struct bytes text)
{
    bool answer = (what & 4) != 0;
    o->type = OBS_PACKET;
    o->proto = PROTO_TCP;
    o->flags = OBS_L4;
    o->src = addr_from_v4(answer ? 2 : 1);
    o->dst = addr_from_v4(answer ? 1 : 2);
    o->src_port = answer ? 80 : (uint16_t)(1000 + what % 4);
    o->dst_port = answer ? (uint16_t)(1000 + what % 4) : 80;
    o->seq = what >> 4;
    o->ack = what >> 5;
    o->payload = text.len > 0 ? text.data : NULL;
    o->captured_len = (uint16_t)text.len;
    o->payload_len = (uint32_t)text.len;
}

static void make_line(struct observation *o, struct obs_log *l, uint8_t what, struct bytes text)
{
    static const uint16_t statuses[] = {0, 200, 404, 403};
    size_t half = text.len / 2;
    o->type = OBS_LOG;
    o->src = addr_from_v4(what & 4);
    o->log = l;
    *l = (struct obs_log){.service = LOG_WEB,
                          .repeat = 1,
                          .status = statuses[what % 4],
                          .method = BYTES_LITERAL("GET"),
                          .path = bytes_of(text.data, text.len - half),
                          .agent = bytes_of(text.data + text.len - half, half)};
}

static uint64_t feed_all(struct web *w, struct bytes in, size_t batch_max)
{
    static struct obs_batch batch;
    struct cursor c = cursor_of(in);
    int64_t now_s = 0;
    uint64_t fed = 0;
    batch.n = 0;
    while (cursor_left(&c) >= 2) {
        uint8_t what = cursor_u8(&c);
        size_t len = cursor_u8(&c);
        struct bytes text = cursor_take(&c, len < cursor_left(&c) ? len : cursor_left(&c));
        bool line = (what & 8) != 0;
        uint8_t type = line ? OBS_LOG : OBS_PACKET;
        now_s += (what & 0xf0) == 0xf0 ? 3601 : 1;
        if (batch.n >= batch_max || (batch.n > 0 && batch.obs[0].type != type)) {
            assert(web_feed(w, &batch) == ST_OK);
            batch.n = 0;
        }
        struct observation *o = &batch.obs[batch.n];
        *o = (struct observation){.time_ns = now_s * TIME_SECOND, .pos = c.pos};
        if (line) {
            make_line(o, &batch.logs[batch.n], what, text);
        } else {
            make_packet(o, what, text);
        }
        batch.n++;
        fed++;
    }
    assert(web_feed(w, &batch) == ST_OK && web_finish(w) == ST_OK);
    return fed;
}

static void check_finding(const struct finding *f)
{
    assert(f->packets >= f->paths && f->packets >= f->missing && f->answered >= f->missing);
    assert(f->paths >= f->served);
    assert(f->paths > 0 && f->counted >= f->threshold && f->text_n > 0);
    assert(f->when.first_ns <= f->when.last_ns && f->has_initiator);
}

static void run(struct bytes in, size_t batch_max, struct buf *out)
{
    static struct definition_set set;
    struct finding_list findings;
    struct web *w = NULL;
    struct web_options opt = {.definitions = &set, .findings = &findings, .seed = batch_max};
    finding_list_init(&findings, 64 << 20);
    assert(definition_set_builtin("default", &set) == ST_OK && web_new(&opt, &w) == ST_OK);
    uint64_t fed = feed_all(w, in, batch_max);
    assert(web_stats(w).requests <= fed);
    finding_list_sort(&findings);
    for (size_t i = 0; i < findings.n; i++) {
        check_finding(findings.items[i]);
        finding_put(out, findings.items[i]);
    }
    web_free(w);
    finding_list_fini(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    CLEANUP(buf_fini) struct buf one = BUF_INIT(64 << 20);
    CLEANUP(buf_fini) struct buf many = BUF_INIT(64 << 20);
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    check_readers(bytes_of(copy, size));
    run(bytes_of(copy, size), 1, &one);
    run(bytes_of(copy, size), OBS_BATCH_MAX, &many);
    assert(bytes_equal(buf_bytes(&one), buf_bytes(&many)));
    free(copy);
    return 0;
}
