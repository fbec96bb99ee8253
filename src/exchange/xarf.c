/* exchange/xarf.c - findings in the members of XARF's schemas. */
#include "exchange/xarf.h"

#include <stdio.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/hash.h"
#include "base/core/text.h"
#include "base/model/kind.h"
#include "exchange/moment.h"

enum { ORG_COLUMNS = 190, DESCRIPTION_COLUMNS = 240, PATH_COLUMNS = 200 };

enum type { TYPE_NONE, TYPE_LOGIN, TYPE_SCAN, TYPE_SCAN_NO_PORT, TYPE_WEB, TYPE_DDOS };

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_login(const struct finding *f)
{
    return begins(f->kind, "bruteforce.") || begins(f->kind, "spray.") ||
           begins(f->kind, "stuffing.") || begins(f->kind, "access.") ||
           begins(f->kind, "fail2ban.") || begins(f->kind, "zeek.password");
}

/* Which of the transports that the schemas know; NULL: none. */
static const char *transport(const struct finding *f)
{
    static const char *const known[] = {"tcp", "udp", "icmp", "sctp"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(f->protocol, known[i]) == 0) {
            return known[i];
        }
    }
    return is_login(f) || begins(f->kind, "probe.web") ? "tcp" : NULL;
}

static enum type type_of(const struct finding *f)
{
    bool port = f->flows.n > 0;
    const char *t = transport(f);
    if (t == NULL) {
        return TYPE_NONE;
    }
    if (is_login(f)) {
        return port ? TYPE_LOGIN : TYPE_NONE;
    }
    if (begins(f->kind, "probe.web")) {
        return TYPE_WEB;
    }
    if (begins(f->kind, "flood.")) {
        return port ? TYPE_DDOS : TYPE_NONE;
    }
    bool scan = begins(f->kind, "scan.") || begins(f->kind, "zeek.") || begins(f->kind, "snort.");
    return !scan                    ? TYPE_NONE
           : port                   ? TYPE_SCAN
           : strcmp(t, "sctp") != 0 ? TYPE_SCAN_NO_PORT
                                    : TYPE_NONE;
}

bool xarf_can_say(const struct finding *f)
{
    return type_of(f) != TYPE_NONE;
}

/* --- members ------------------------------------------------------------------ */

/* RFC 9562: the same report has the same id whenever it is written, so its
 * reader can tell repetitions. XARF asks for the form of version 4. */
static void report_id(struct emit *j, const struct notice_options *opt, const struct finding *f)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    struct digest d = {{0}};
    char id[40];
    buf_printf(&b, "report/1\n%s\n%s\n", opt->mail, f->id);
    if (b.failed == ST_OK) {
        j->out->failed = digest_sha256(buf_bytes(&b), &d) == ST_OK ? j->out->failed : ST_NOMEM;
    }
    d.b[6] = (uint8_t)(0x40 | (d.b[6] & 0x0f));
    d.b[8] = (uint8_t)(0x80 | (d.b[8] & 0x3f));
    const uint8_t *u = d.b;
    (void)snprintf(id, sizeof(id),
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0],
                   u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13],
                   u[14], u[15]);
    emit_member_str(j, "report_id", id);
}

/* Text of any kind, shown, at most so many columns. */
static void member_shown(struct emit *j, const char *key, struct bytes s, size_t columns)
{
    CLEANUP(buf_fini) struct buf shown = BUF_INIT(16384);
    text_show(&shown, s, columns);
    emit_member_text(j, key, buf_bytes(&shown));
}

static void member_moment(struct emit *j, const char *key, const struct finding *f, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    moment_format(f, ns, text);
    emit_member_str(j, key, text);
}

static void party(struct emit *j, const char *key, const struct notice_options *opt)
{
    emit_key(j, key);
    emit_object(j);
    member_shown(j, "org", bytes_of(opt->org, strlen(opt->org)), ORG_COLUMNS);
    emit_member_str(j, "contact", opt->mail);
    emit_member_text(j, "domain", mailbox_host(bytes_of(opt->mail, strlen(opt->mail))));
    emit_object_end(j);
}

static void ends(struct emit *j, const struct notice_options *opt, const struct finding *f)
{
    const struct addr *target = notice_target(opt, f);
    if (target != NULL) {
        emit_member_addr(j, "destination_ip", target);
    }
    uint16_t port = f->flows.n > 0 ? f->flows.items[0].target_port : 0;
    port = port == 0 && f->port_n == 1 ? f->port_list[0] : port;
    if (port != 0 && type_of(f) != TYPE_SCAN_NO_PORT) {
        emit_member_u64(j, "destination_port", port);
    }
    if (transport(f) != NULL) {
        emit_member_str(j, "protocol", transport(f));
    }
    member_moment(j, "first_seen", f, f->when.first_ns);
    member_moment(j, "last_seen", f, f->when.last_ns);
}

static void member_if(struct emit *j, const char *key, uint64_t v)
{
    if (v > 0) {
        emit_member_u64(j, key, v);
    }
}

static void port_list(struct emit *j, const char *key, const struct finding *f)
{
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < f->port_n; i++) {
        if (f->port_list[i] != 0) { /* the schema begins with 1 */
            emit_u64(j, f->port_list[i]);
        }
    }
    emit_array_end(j);
}

static void paths(struct emit *j, const struct finding *f)
{
    emit_key(j, "probed_resources");
    emit_array(j);
    for (size_t i = 0; i < f->text_n; i++) {
        CLEANUP(buf_fini) struct buf shown = BUF_INIT(16384);
        text_show(&shown, bytes_of(f->texts[i], strlen(f->texts[i])), PATH_COLUMNS);
        emit_text(j, buf_bytes(&shown));
    }
    emit_array_end(j);
}

static const char *type_name(enum type t)
{
    static const char *const names[] = {[TYPE_NONE] = "",
                                        [TYPE_LOGIN] = "login_attack",
                                        [TYPE_SCAN] = "port_scan",
                                        [TYPE_SCAN_NO_PORT] = "vulnerability_scan",
                                        [TYPE_WEB] = "reconnaissance",
                                        [TYPE_DDOS] = "ddos"};
    return names[t];
}

/* What only this type has. */
static void particulars(struct emit *j, const struct finding *f)
{
    switch (type_of(f)) {
    case TYPE_LOGIN:
        emit_member_str(j, "service", f->protocol);
        member_if(j, "attempt_count", f->attempts);
        emit_member_u64(j, "successful_logins", f->accepted);
        break;
    case TYPE_SCAN:
        emit_member_str(j, "scan_type", f->technique);
        port_list(j, "ports_scanned", f);
        member_if(j, "packets_sent", f->packets);
        break;
    case TYPE_SCAN_NO_PORT:
        emit_member_str(j, "scan_type", "port_scan");
        port_list(j, "targeted_ports", f);
        member_if(j, "total_requests", f->packets);
        break;
    case TYPE_WEB:
        paths(j, f);
        member_if(j, "total_probes", f->packets);
        break;
    case TYPE_DDOS:
        member_if(j, "peak_pps", f->peak);
        break;
    case TYPE_NONE:
        break;
    }
}

static void flows(struct emit *j, const struct finding *f)
{
    emit_key(j, "connections");
    emit_array(j);
    for (size_t i = 0; i < f->flows.n; i++) {
        emit_object(j);
        member_moment(j, "time", f, f->flows.items[i].time_ns);
        emit_member_u64(j, "source_port", f->flows.items[i].source_port);
        member_if(j, "destination_port", f->flows.items[i].target_port);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void doubts(struct emit *j, uint32_t bits)
{
    emit_key(j, "doubts");
    emit_array(j);
    for (unsigned d = 0; d < DOUBT_COUNT; d++) {
        if ((bits >> d & 1) != 0) {
            emit_str(j, notice_doubt_name((enum notice_doubt)d));
        }
    }
    emit_array_end(j);
}

/* What the schema has no member for. */
static void own_members(struct emit *j, const struct notice_options *opt,
                        const struct notice_item *item, const char *notice_id)
{
    const struct finding *f = item->finding;
    emit_member_str(j, "connection_state", authentic_word(f->authentic));
    emit_key(j, "exhibit");
    emit_object(j);
    emit_member_str(j, "notice", notice_id);
    emit_member_str(j, "finding", f->id);
    emit_member_str(j, "definition", f->definition);
    emit_member_str(j, "technique", f->technique);
    emit_member_u64(j, "targets", f->targets);
    member_if(j, "answered", f->answered);
    flows(j, f);
    if (opt->clock != NULL) {
        member_shown(j, "clock", bytes_of(opt->clock, strlen(opt->clock)), DESCRIPTION_COLUMNS / 2);
    }
    doubts(j, item->doubts);
    emit_member_str(j, "innocent_explanation", kind_advise(f).innocent);
    emit_object_end(j);
}

void xarf_write(struct buf *out, const struct notice_options *opt, const struct notice_item *item,
                const char *notice_id)
{
    const struct finding *f = item->finding;
    char text[DESCRIPTION_COLUMNS];
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "xarf_version", "4.2.0");
    report_id(&j, opt, f);
    member_moment(&j, "timestamp", f, f->when.last_ns);
    party(&j, "reporter", opt);
    party(&j, "sender", opt);
    emit_member_addr(&j, "source_identifier", &f->remote);
    if (f->flows.n > 0) {
        emit_member_u64(&j, "source_port", f->flows.items[0].source_port);
    }
    emit_member_str(&j, "category", "connection");
    emit_member_str(&j, "type", type_name(type_of(f)));
    emit_member_str(&j, "evidence_source",
                    (f->flags & FINDING_LOG) != 0 && type_of(f) != TYPE_DDOS
                        ? "log_analysis"
                        : "traffic_monitoring");
    ends(&j, opt, f);
    particulars(&j, f);
    (void)snprintf(text, sizeof(text), "%s, which seems to come from this address (%s)",
                   kind_title(f), authentic_word(f->authentic));
    emit_member_str(&j, "description", text);
    own_members(&j, opt, item, notice_id);
    emit_object_end(&j);
    buf_byte(out, '\n');
}
