/* capture/log_webjson.c - access logs of web servers in JSON. */
#include "capture/log_webjson.h"

#include "capture/log_access.h"

enum field {
    FIELD_TIME,
    FIELD_REMOTE,
    FIELD_PORT,
    FIELD_SERVER,
    FIELD_SERVER_PORT,
    FIELD_REQUEST, /* "GET / HTTP/1.1", or a path alone */
    FIELD_METHOD,
    FIELD_PATH,
    FIELD_STATUS,
    FIELD_AGENT,
    FIELD_USER,
    FIELD_HOST,
    FIELD_COUNT,
    FIELD_INSIDE = FIELD_COUNT, /* the headers, an object of their own */
};

/* Of two names for one thing, that with the lower rank is taken. */
struct name {
    const char *text;
    uint8_t len;
    uint8_t field;
    uint8_t rank;
};

#define NAME(text, field, rank)                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1, field, rank                                                        \
    }

/* clang-format off */
static const struct name names[] = { /* by length */
    NAME("ts", FIELD_TIME, 5),
    NAME("uri", FIELD_PATH, 2), NAME("url", FIELD_PATH, 3),
    NAME("verb", FIELD_METHOD, 2), NAME("path", FIELD_PATH, 3), NAME("host", FIELD_HOST, 3),
    NAME("time", FIELD_TIME, 6), NAME("msec", FIELD_TIME, 4), NAME("user", FIELD_USER, 2),
    NAME("agent", FIELD_AGENT, 2), NAME("vhost", FIELD_HOST, 1),
    NAME("method", FIELD_METHOD, 1), NAME("status", FIELD_STATUS, 0),
    NAME("remote", FIELD_REMOTE, 2), NAME("client", FIELD_REMOTE, 5),
    NAME("request", FIELD_REQUEST, 1), NAME("headers", FIELD_INSIDE, 0),
    NAME("user_id", FIELD_USER, 1),
    NAME("response", FIELD_STATUS, 2), NAME("remoteIP", FIELD_REMOTE, 1),
    NAME("remoteIp", FIELD_REMOTE, 1), NAME("clientip", FIELD_REMOTE, 4),
    NAME("clientIp", FIELD_REMOTE, 4), NAME("StartUTC", FIELD_TIME, 1),
    NAME("remote_ip", FIELD_REMOTE, 1), NAME("client_ip", FIELD_REMOTE, 4),
    NAME("userAgent", FIELD_AGENT, 1), NAME("timestamp", FIELD_TIME, 3),
    NAME("http_host", FIELD_HOST, 2),
    NAME("ClientAddr", FIELD_REMOTE, 0), NAME("ClientHost", FIELD_REMOTE, 4),
    NAME("ClientPort", FIELD_PORT, 1), NAME("user_agent", FIELD_AGENT, 1),
    NAME("User-Agent", FIELD_AGENT, 1), NAME("time_local", FIELD_TIME, 2),
    NAME("@timestamp", FIELD_TIME, 1), NAME("statusCode", FIELD_STATUS, 1),
    NAME("remoteAddr", FIELD_REMOTE, 0),
    NAME("remote_addr", FIELD_REMOTE, 0), NAME("remote-addr", FIELD_REMOTE, 0),
    NAME("remote_port", FIELD_PORT, 0), NAME("remote_user", FIELD_USER, 0),
    NAME("request_uri", FIELD_PATH, 0), NAME("server_name", FIELD_HOST, 0),
    NAME("server_addr", FIELD_SERVER, 0), NAME("server_port", FIELD_SERVER_PORT, 0),
    NAME("status_code", FIELD_STATUS, 1), NAME("http_method", FIELD_METHOD, 1),
    NAME("RequestPath", FIELD_PATH, 1), NAME("RequestHost", FIELD_HOST, 1),
    NAME("time_iso8601", FIELD_TIME, 0), NAME("request_line", FIELD_REQUEST, 0),
    NAME("RequestMethod", FIELD_METHOD, 0), NAME("response_code", FIELD_STATUS, 1),
    NAME("remoteAddress", FIELD_REMOTE, 0),
    NAME("request_method", FIELD_METHOD, 0), NAME("ClientUsername", FIELD_USER, 1),
    NAME("http_user_agent", FIELD_AGENT, 0),
    NAME("DownstreamStatus", FIELD_STATUS, 0),
    NAME("request_User-Agent", FIELD_AGENT, 0),
};
/* clang-format on */

struct found {
    struct log_json_value value[FIELD_COUNT];
    uint8_t rank[FIELD_COUNT]; /* of what is in value, plus 1; 0: nothing */
    bool twice;                /* the remote has one name twice: escaping was off */
};

static const struct name *look_up(struct bytes key)
{
    for (size_t i = 0; i < ARRAY_LEN(names) && names[i].len <= key.len; i++) {
        if (names[i].len == key.len && memcmp(names[i].text, key.data, key.len) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

static void keep(struct found *f, const struct name *name, const struct log_json_value *v)
{
    if (v->type == LOG_JSON_LITERAL || name->field == FIELD_INSIDE) {
        return;
    }
    uint8_t rank = (uint8_t)(name->rank + 1);
    if (f->rank[name->field] == rank && name->field == FIELD_REMOTE) {
        f->twice = true;
    }
    if (f->rank[name->field] == 0 || rank < f->rank[name->field]) {
        f->rank[name->field] = rank;
        f->value[name->field] = *v;
    }
}

/* A header's value may be a list: its first one. */
static void keep_first(struct found *f, const struct name *name, const struct log_json_value *list)
{
    struct log_json j;
    struct log_json_value v;
    if (log_json_array(&j, list->text) && log_json_element(&j, &v)) {
        keep(f, name, &v);
    }
}

/* Where the members being read stand. Names of headers are the remote's to
 * choose: of them only the agent is taken. */
enum place { PLACE_LINE, PLACE_REQUEST, PLACE_HEADERS };

static bool collect(struct bytes s, enum place place, struct found *f);

static void collect_inside(const struct name *name, struct bytes object, enum place place,
                           struct found *f)
{
    if (place == PLACE_LINE && name->field == FIELD_REQUEST) {
        (void)collect(object, PLACE_REQUEST, f); /* as far as it goes */
    } else if (place != PLACE_HEADERS && name->field == FIELD_INSIDE) {
        (void)collect(object, PLACE_HEADERS, f);
    }
}

static bool collect(struct bytes s, enum place place, struct found *f)
{
    struct log_json j;
    struct log_json_value v;
    struct bytes key;
    if (!log_json_object(&j, s)) {
        return false;
    }
    while (log_json_member(&j, &key, &v)) {
        const struct name *name = look_up(key);
        if (name == NULL || (place == PLACE_HEADERS && name->field != FIELD_AGENT)) {
            continue;
        }
        if (v.type == LOG_JSON_OBJECT) {
            collect_inside(name, v.text, place, f);
        } else if (v.type == LOG_JSON_ARRAY) {
            keep_first(f, name, &v);
        } else {
            keep(f, name, &v);
        }
    }
    return j.ended;
}

static struct bytes text_of(const struct found *f, enum field field, struct log_room *room)
{
    struct bytes s = {0};
    if (f->rank[field] != 0 && !log_json_text(&f->value[field], room, &s)) {
        return (struct bytes){0};
    }
    return log_access_said(s);
}

static uint16_t number_of(const struct found *f, enum field field, uint16_t max)
{
    uint64_t v = 0;
    if (f->rank[field] != 0 && !log_number(f->value[field].text, max, &v)) {
        return 0;
    }
    return (uint16_t)v;
}

static void request(const struct found *f, struct log_room *room, struct obs_log *l)
{
    struct bytes line = text_of(f, FIELD_REQUEST, room);
    if (line.len > 0 && !f->rank[FIELD_METHOD] && !f->rank[FIELD_PATH]) {
        log_access_request(line, l);
        return;
    }
    l->method = text_of(f, FIELD_METHOD, room);
    l->path = text_of(f, FIELD_PATH, room);
    if (l->path.len == 0 && line.len > 0) { /* Apache's %U is often called "request" */
        struct obs_log whole = {0};
        log_access_request(line, &whole);
        l->path = whole.path;
    }
}

enum log_found log_webjson_read(struct log_clock *clock, struct bytes line, struct log_room *room,
                                struct observation *o, struct obs_log *l, struct log_stamp *stamp)
{
    struct found f = {0};
    struct log_endpoint remote = {.port = 0};
    struct log_stamp at = {0};
    if (!collect(line, PLACE_LINE, &f) || !f.rank[FIELD_REMOTE] || !f.rank[FIELD_TIME] ||
        !(f.rank[FIELD_REQUEST] || f.rank[FIELD_METHOD] || f.rank[FIELD_PATH])) {
        return LOG_FOUND_NOTHING;
    }
    struct bytes name = log_access_port(text_of(&f, FIELD_REMOTE, room), &remote.port);
    if (!log_time_any(clock, text_of(&f, FIELD_TIME, room), &at)) {
        return LOG_FOUND_TIME;
    }
    if (f.twice || !log_addr(name, &remote.addr)) {
        return f.twice ? LOG_FOUND_AMBIGUOUS : LOG_FOUND_NAME;
    }
    request(&f, room, l);
    l->status = number_of(&f, FIELD_STATUS, 999);
    l->agent = text_of(&f, FIELD_AGENT, room);
    l->user = text_of(&f, FIELD_USER, room);
    l->host = text_of(&f, FIELD_HOST, room);
    *stamp = at;
    o->src = remote.addr;
    o->src_port = remote.port ? remote.port : number_of(&f, FIELD_PORT, 65535);
    o->flags |= addr_is_v4(&o->src) ? 0 : OBS_V6;
    (void)log_addr(text_of(&f, FIELD_SERVER, room), &o->dst); /* else unknown: :: */
    o->dst_port = number_of(&f, FIELD_SERVER_PORT, 65535);
    return LOG_FOUND_OBSERVATION;
}
