/* attribute/source.c - formats, dates, families.
 *
 * Whose date is believed: Tor's header is that of the export it was converted
 * from, libloc's that of its export, a registry's the day of its last record:
 * these are dates of the data. A MaxMind DB knows only when it was built, and
 * repackers build old data anew, so its date is kept as a bound. Lists have
 * the date that their user, or their own header, gives them. A date in the
 * future is not believed in any format.
 */
#include "attribute/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "attribute/mmdbcheck.h"
#include "attribute/rdap.h"
#include "attribute/source_parts.h"
#include "attribute/torgeo.h"
#include "attribute/whois.h"
#include "base/core/timefmt.h"

/* Exits of VPN services are few: a list of them has 3 million addresses, and
 * one of data centres, which goes by the same name, 377 million. */
enum { VPN_ADDRESSES_MAX = 1 << 24 };

/* What a remark is about; its value tells remarks apart. */
enum about {
    ABOUT_DATE,
    ABOUT_MASKED,
    ABOUT_MEANING,
    ABOUT_INVENTED,
    ABOUT_FAMILY,
    ABOUT_SKIPPED,
    ABOUT_REPEATED,
    ABOUT_COUNT
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

void attribute_source_label(const struct attribute_source *s, char out[ATTRIBUTE_LABEL_MAX])
{
    size_t n = 0;
    const char *from = s->info.name[0] != '\0' ? s->info.name : base_name(s->spec.path);
    for (; n < ATTRIBUTE_LABEL_MAX - 1 && from[n] != '\0'; n++) {
        char c = from[n];
        out[n] = c >= ' ' && c <= '~' ? c : '?';
    }
    out[n] = '\0';
}

const char *attribute_source_path(const struct attribute_source *s)
{
    return s->spec.path;
}

static void remark(const struct attribute_source *s, enum about about, const char *what,
                   struct remark_list *remarks)
{
    struct remark r = {.code = REMARK_SOURCE,
                       .input = UINT32_MAX,
                       .value = (uint64_t)s->index * ABOUT_COUNT + about};
    char label[ATTRIBUTE_LABEL_MAX];
    attribute_source_label(s, label);
    (void)snprintf(r.text, sizeof(r.text), "%s: %s", label, what);
    remark_add(remarks, &r);
}

/* Take a date that the file states, unless the user gave one. */
static void date(struct attribute_source *s, enum origin_date kind, bool stated, int64_t ns,
                 struct remark_list *remarks)
{
    if (s->info.date == ORIGIN_DATE_PINNED || !stated) {
        return;
    }
    if (ns > s->now_ns && ns - s->now_ns > TIME_DAY) { /* clocks and zones differ by a day */
        remark(s, ABOUT_DATE, "its date lies in the future: taken as undated", remarks);
        return;
    }
    s->info.date = kind;
    s->info.date_ns = ns;
}

static void name(struct attribute_source *s, const char *text)
{
    if (s->info.name[0] == '\0') {
        origin_text(s->info.name, sizeof(s->info.name), bytes_of(text, strlen(text)));
    }
}

static void family(struct attribute_source *s, enum origin_family f)
{
    if (!s->spec.has_family) {
        s->info.family = f;
    }
}

static void recognise_table(struct attribute_source *s, struct bytes head,
                            struct remark_list *remarks)
{
    int64_t ns = 0;
    s->info.format = ORIGIN_MRT;
    name(s, base_name(s->spec.path));
    family(s, ORIGIN_ROUTING);
    bool stated = attribute_rib_date(head, &ns);
    date(s, ORIGIN_DATE_DATA, stated, ns, remarks);
}

/* What the first bytes tell without parsing the rest. */
static bool recognise(struct attribute_source *s, struct bytes head, struct bytes tail,
                      struct remark_list *remarks)
{
    struct attribute_rir rir = {0};
    struct attribute_list_head list;
    int64_t ns = 0;
    s->v4 = s->v6 = true;
    enum attribute_torgeo_kind tor = attribute_torgeo_sniff(head);
    if (attribute_locdb_sniff(head)) {
        s->info.format = ORIGIN_LIBLOC;
    } else if (attribute_mmdb_sniff(tail)) {
        s->info.format = ORIGIN_MMDB;
    } else if (tor != TORGEO_NOT) {
        s->info.format = ORIGIN_TOR_GEOIP;
        s->v4 = tor == TORGEO_V4;
        s->v6 = tor == TORGEO_V6;
        name(s, s->v4 ? "Tor geoip, IPv4" : "Tor geoip, IPv6");
        family(s, ORIGIN_RECORDS);
        bool stated = attribute_torgeo_date(head, &ns);
        date(s, ORIGIN_DATE_DATA, stated, ns, remarks);
        attribute_torgeo_credit(head, s->info.credit, sizeof(s->info.credit));
    } else if (attribute_rir_header(head, &rir)) {
        s->info.format = ORIGIN_RIR;
        char text[40];
        (void)snprintf(text, sizeof(text), "%s delegations", rir.registry);
        name(s, text);
        family(s, ORIGIN_DELEGATION);
        date(s, ORIGIN_DATE_DATA, rir.dated, rir.date_ns, remarks);
    } else if (attribute_rdap_sniff(head) || attribute_whois_sniff(head)) {
        s->info.format = attribute_rdap_sniff(head) ? ORIGIN_RDAP : ORIGIN_WHOIS;
        name(s, base_name(s->spec.path));
        family(s, ORIGIN_RECORDS);
    } else if (attribute_vrps_sniff(head)) {
        s->info.format = ORIGIN_VRP; /* the date comes with the parsing */
        name(s, base_name(s->spec.path));
        family(s, ORIGIN_SIGNED);
    } else if (attribute_geofeed_sniff(head)) {
        s->info.format = ORIGIN_GEOFEED;
        name(s, base_name(s->spec.path));
        family(s, ORIGIN_OPERATOR);
    } else if (attribute_rib_sniff(head)) {
        recognise_table(s, head, remarks);
    } else if (attribute_misp_sniff(head)) {
        s->info.format = ORIGIN_MISP; /* name, meaning and date come with the parsing */
    } else if (attribute_list_sniff(head)) {
        s->info.format = ORIGIN_LIST;
        attribute_list_head(head, &list);
        s->flag = s->spec.has_flag ? s->spec.flag : list.flag;
        s->has_flag = s->spec.has_flag || list.has_flag;
        name(s, list.name[0] != '\0' ? list.name : base_name(s->spec.path));
        date(s, ORIGIN_DATE_DATA, list.dated, list.date_ns, remarks);
    }
    return s->info.format != ORIGIN_FORMAT_NONE;
}

static enum status open_mmdb(struct attribute_source *s, struct remark_list *remarks,
                             struct fault *why)
{
    int64_t ns = 0;
    unsigned tried;
    TRY(attribute_mmdb_open(&s->file, &s->mmdb, why));
    const char *type = attribute_mmdb_type(s->mmdb);
    const char *credit = attribute_mmdb_credit(type);
    name(s, type);
    family(s, attribute_mmdb_family(type));
    origin_text(s->info.credit, sizeof(s->info.credit), bytes_of(credit, strlen(credit)));
    bool stated = attribute_mmdb_built(s->mmdb, &ns);
    date(s, ORIGIN_DATE_BUILD, stated, ns, remarks);
    if (attribute_mmdb_invented(s->mmdb, &tried) > 0) {
        remark(s, ABOUT_INVENTED, "has countries for addresses that nobody can hold", remarks);
    }
    if (s->info.family == ORIGIN_FAMILY_UNKNOWN) {
        remark(s, ABOUT_FAMILY, "does not tell where its data is from: see family=", remarks);
    }
    return ST_OK;
}

static enum status open_locdb(struct attribute_source *s, struct remark_list *remarks,
                              struct fault *why)
{
    int64_t ns = 0;
    TRY(attribute_locdb_open(&s->file, &s->loc, why));
    name(s, "libloc");
    family(s, ORIGIN_RECORDS);
    bool stated = attribute_locdb_created(s->loc, &ns);
    date(s, ORIGIN_DATE_DATA, stated, ns, remarks);
    attribute_locdb_credit(s->loc, s->info.credit, sizeof(s->info.credit));
    return ST_OK;
}

static enum status open_library(struct attribute_source *s, struct remark_list *remarks,
                                struct fault *why)
{
    TRY(attribute_file_read(&s->file, true, why));
    TRY(s->info.format == ORIGIN_MMDB ? open_mmdb(s, remarks, why) : open_locdb(s, remarks, why));
    s->info.digest = s->file.digest;
    s->info.digested = true;
    s->loaded = true;
    return ST_OK;
}

static enum status peek(struct attribute_source *s, struct remark_list *remarks, struct fault *why)
{
    size_t head = 0;
    size_t tail = 0;
    CLEANUP(free_ptr) uint8_t *room = malloc(ATTRIBUTE_HEAD_BYTES + ATTRIBUTE_TAIL_BYTES);
    if (room == NULL) {
        return fault_at(why, ST_NOMEM, 0, "source");
    }
    uint8_t *end = room + ATTRIBUTE_HEAD_BYTES;
    if (attribute_file_peek(&s->file, room, &head, end, &tail) != ST_OK) {
        return fault_sys(why, errno, "source file");
    }
    if (!recognise(s, bytes_of(room, head), bytes_of(end, tail), remarks)) {
        return fault_at(why, ST_MALFORMED, 0, "not a source of a format that is read");
    }
    return ST_OK;
}

static enum status open_parts(struct attribute_source *s, struct remark_list *remarks,
                              struct fault *why)
{
    TRY(attribute_file_open(s->spec.path, &s->file, why));
    TRY(peek(s, remarks, why));
    enum origin_format f = s->info.format;
    if (s->spec.has_flag && f != ORIGIN_LIST && f != ORIGIN_MISP) {
        return fault_at(why, ST_MALFORMED, 0, "as= is for lists");
    }
    if (f == ORIGIN_LIST && !s->has_flag) {
        return fault_at(why, ST_MALFORMED, 0, ATTRIBUTE_SPEC_MEANING);
    }
    return f == ORIGIN_MMDB || f == ORIGIN_LIBLOC ? open_library(s, remarks, why) : ST_OK;
}

enum status attribute_source_open(const struct attribute_spec *spec, unsigned index, int64_t now_ns,
                                  struct attribute_source **ret, struct remark_list *remarks,
                                  struct fault *why)
{
    struct attribute_source *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return fault_at(why, ST_NOMEM, 0, "source");
    }
    s->spec = *spec;
    s->file = ATTRIBUTE_FILE_NONE;
    s->index = index;
    s->now_ns = now_ns;
    memcpy(s->info.name, spec->name, sizeof(s->info.name));
    s->info.family = spec->has_family ? spec->family : ORIGIN_FAMILY_UNKNOWN;
    if (spec->dated) {
        s->info.date = ORIGIN_DATE_PINNED;
        s->info.date_ns = spec->date_ns;
    }
    enum status st = open_parts(s, remarks, why);
    if (st != ST_OK) {
        attribute_source_free(s);
        return st;
    }
    *ret = s;
    return ST_OK;
}

void attribute_source_free(struct attribute_source *s)
{
    if (s == NULL) {
        return;
    }
    switch (s->info.format) {
    case ORIGIN_TOR_GEOIP:
        attribute_ranges_fini(&s->tor);
        break;
    case ORIGIN_RIR:
        attribute_rir_fini(&s->rir);
        break;
    case ORIGIN_LIST:
        attribute_list_fini(&s->list);
        break;
    case ORIGIN_MISP:
        attribute_misp_fini(&s->misp);
        break;
    case ORIGIN_MMDB:
        attribute_mmdb_free(s->mmdb);
        break;
    case ORIGIN_LIBLOC:
        attribute_locdb_free(s->loc);
        break;
    case ORIGIN_RDAP:
    case ORIGIN_WHOIS:
        attribute_contacts_fini(&s->contacts);
        break;
    case ORIGIN_MRT:
        attribute_rib_fini(&s->rib);
        break;
    case ORIGIN_VRP:
        attribute_vrps_fini(&s->vrps);
        break;
    case ORIGIN_GEOFEED:
        attribute_geofeed_fini(&s->geofeed);
        break;
    case ORIGIN_FORMAT_NONE:
    case ORIGIN_FORMAT_COUNT:
        break;
    }
    attribute_file_fini(&s->file);
    free(s);
}

bool attribute_source_serves(const struct attribute_source *s, bool v4, bool v6)
{
    return (v4 && s->v4) || (v6 && s->v6);
}

/* A list that is called one of VPN exits, and is one of data centres. */
static void check_meaning(struct attribute_source *s, const struct attribute_list *list,
                          struct remark_list *remarks)
{
    if (list->masked > 0) {
        remark(s, ABOUT_MASKED, "has networks with bits past their length: masked", remarks);
    }
    if (s->flag != ORIGIN_VPN) {
        return;
    }
    if (attribute_misp_says_hosting(s->info.name) || attribute_misp_says_hosting(s->spec.path) ||
        attribute_ranges_count4(&list->ranges) > VPN_ADDRESSES_MAX) {
        s->flag = ORIGIN_HOSTING;
        remark(s, ABOUT_MEANING, "holds data centres: taken as hosting, not as vpn", remarks);
    }
}

static enum status load_misp(struct attribute_source *s, struct remark_list *remarks,
                             struct fault *why)
{
    TRY(attribute_misp_parse(s->file.data, &s->misp, why));
    name(s, s->misp.name);
    date(s, ORIGIN_DATE_BUILD, s->misp.dated, s->misp.date_ns, remarks);
    memcpy(s->operator_name, s->misp.operator_name, sizeof(s->operator_name));
    s->flag = s->spec.has_flag ? s->spec.flag : s->misp.flag;
    s->has_flag = s->spec.has_flag || s->misp.has_flag;
    if (!s->has_flag) {
        return fault_at(why, ST_MALFORMED, 0, ATTRIBUTE_SPEC_MEANING);
    }
    if (s->spec.has_flag && s->spec.flag == ORIGIN_VPN && s->misp.flag == ORIGIN_HOSTING &&
        s->misp.has_flag) {
        s->flag = ORIGIN_HOSTING;
        remark(s, ABOUT_MEANING, "names data centres: taken as hosting, not as vpn", remarks);
    }
    check_meaning(s, &s->misp.list, remarks);
    return ST_OK;
}

static enum status load_contacts(struct attribute_source *s, struct remark_list *remarks,
                                 struct fault *why)
{
    TRY(s->info.format == ORIGIN_RDAP ? attribute_rdap_parse(s->file.data, &s->contacts, why)
                                      : attribute_whois_parse(s->file.data, &s->contacts, why));
    if (s->contacts.skipped > 0) {
        remark(s, ABOUT_SKIPPED, "has answers that name no network or no contact", remarks);
    }
    return ST_OK;
}

static enum status load_rib(struct attribute_source *s, struct remark_list *remarks,
                            struct fault *why)
{
    TRY(attribute_rib_parse(s->file.data, &s->rib, why));
    if (s->info.date == ORIGIN_UNDATED) {
        date(s, ORIGIN_DATE_DATA, true, s->rib.date_ns, remarks);
    }
    if (s->rib.unread > 0) {
        remark(s, ABOUT_SKIPPED, "has paths whose origin cannot be read", remarks);
    }
    return ST_OK;
}

static enum status load_vrps(struct attribute_source *s, struct remark_list *remarks,
                             struct fault *why)
{
    TRY(attribute_vrps_parse(s->file.data, &s->vrps, why));
    date(s, ORIGIN_DATE_DATA, s->vrps.dated, s->vrps.date_ns, remarks);
    return ST_OK;
}

static enum status load_geofeed(struct attribute_source *s, struct remark_list *remarks,
                                struct fault *why)
{
    TRY(attribute_geofeed_parse(s->file.data, &s->geofeed, why));
    if (s->geofeed.skipped > 0) {
        remark(s, ABOUT_SKIPPED, "has lines that cannot be read: left out", remarks);
    }
    if (s->geofeed.repeated > 0) {
        remark(s, ABOUT_REPEATED, "names networks twice: not used for them", remarks);
    }
    return ST_OK;
}

static enum status parse(struct attribute_source *s, struct remark_list *remarks, struct fault *why)
{
    switch (s->info.format) {
    case ORIGIN_TOR_GEOIP:
        return attribute_torgeo_parse(s->file.data, &s->tor, why);
    case ORIGIN_RIR:
        return attribute_rir_parse(s->file.data, &s->rir, why);
    case ORIGIN_LIST:
        TRY(attribute_list_parse(s->file.data, &s->list, why));
        memcpy(s->operator_name, s->info.name, sizeof(s->operator_name));
        check_meaning(s, &s->list, remarks);
        return ST_OK;
    case ORIGIN_MISP:
        return load_misp(s, remarks, why);
    case ORIGIN_RDAP:
    case ORIGIN_WHOIS:
        return load_contacts(s, remarks, why);
    case ORIGIN_MRT:
        return load_rib(s, remarks, why);
    case ORIGIN_VRP:
        return load_vrps(s, remarks, why);
    case ORIGIN_GEOFEED:
        return load_geofeed(s, remarks, why);
    case ORIGIN_MMDB:
    case ORIGIN_LIBLOC:
    case ORIGIN_FORMAT_NONE:
    case ORIGIN_FORMAT_COUNT:
        break;
    }
    return ST_OK; /* those were opened whole */
}

enum status attribute_source_load(struct attribute_source *s, struct remark_list *remarks,
                                  struct fault *why)
{
    if (s->loaded) {
        return ST_OK;
    }
    TRY(attribute_file_read(&s->file, false, why));
    s->info.digest = s->file.digest;
    s->info.digested = true;
    TRY(parse(s, remarks, why));
    attribute_file_drop(&s->file);
    s->info.has_flag = s->has_flag;
    s->info.flag = s->flag;
    s->loaded = true;
    return ST_OK;
}

const struct origin_source *attribute_source_info(const struct attribute_source *s)
{
    return &s->info;
}
