/* detect/web/words.c - what those ask for who look for weak spots. */
#include "detect/web/words.h"

#include <assert.h>
#include <string.h>

#include "base/core/status.h"
#include "base/model/tool.h"

/* Bytes of a target that are looked at: servers refuse longer ones (Apache's
 * LimitRequestLine is 8190). */
enum { LOOKED_AT = 8192 };

enum where {
    ANYWHERE, /* query too */
    IN_PATH,  /* the path has it */
    SEGMENT,  /* the path has it, and there a segment or its stem ends */
};

struct pattern {
    const char *text; /* lower case, decoded; two bytes at least */
    uint8_t len, where, word;
};

#define TEXT(s) s, sizeof(s) - 1

/* clang-format off */
static const struct pattern patterns[] = {
    /* Leaving the folder that is served, to known files. */
    {TEXT("../../"), ANYWHERE, WEB_STRONG}, {TEXT("..\\..\\"), ANYWHERE, WEB_STRONG},
    {TEXT("/etc/passwd"), ANYWHERE, WEB_STRONG}, {TEXT("/etc/shadow"), ANYWHERE, WEB_STRONG},
    {TEXT("/etc/group"), ANYWHERE, WEB_STRONG}, {TEXT("/etc/hosts"), ANYWHERE, WEB_STRONG},
    {TEXT("/proc/self/"), ANYWHERE, WEB_STRONG}, {TEXT("win.ini"), ANYWHERE, WEB_STRONG},
    {TEXT("boot.ini"), ANYWHERE, WEB_STRONG}, {TEXT("../"), ANYWHERE, WEB_WEAK}, {TEXT("..\\"), ANYWHERE, WEB_WEAK},
    {TEXT("..;/"), IN_PATH, WEB_STRONG},
    /* Code handed to an interpreter. */
    {TEXT("${jndi:"), ANYWHERE, WEB_STRONG}, {TEXT("${${"), ANYWHERE, WEB_STRONG},
    {TEXT("() {"), ANYWHERE, WEB_STRONG}, {TEXT("(){"), ANYWHERE, WEB_WEAK},
    {TEXT("<?php"), ANYWHERE, WEB_STRONG}, {TEXT("php://"), ANYWHERE, WEB_STRONG},
    {TEXT("allow_url_include"), ANYWHERE, WEB_STRONG}, {TEXT("auto_prepend_file"), ANYWHERE, WEB_STRONG},
    {TEXT("class.module.classloader"), ANYWHERE, WEB_STRONG},
    {TEXT("invokefunction"), ANYWHERE, WEB_STRONG}, {TEXT("call_user_func_array"), ANYWHERE, WEB_STRONG},
    {TEXT("/bin/sh"), ANYWHERE, WEB_STRONG}, {TEXT("/bin/bash"), ANYWHERE, WEB_STRONG},
    {TEXT("cmd.exe"), ANYWHERE, WEB_STRONG}, {TEXT(";wget"), ANYWHERE, WEB_STRONG},
    {TEXT("wget http"), ANYWHERE, WEB_STRONG}, {TEXT("wget+http"), ANYWHERE, WEB_STRONG},
    {TEXT("curl http"), ANYWHERE, WEB_STRONG}, {TEXT("curl+http"), ANYWHERE, WEB_STRONG},
    {TEXT("cat+/"), ANYWHERE, WEB_STRONG}, {TEXT("cat /"), ANYWHERE, WEB_STRONG},
    {TEXT("<script"), ANYWHERE, WEB_WEAK}, {TEXT("=http://"), ANYWHERE, WEB_WEAK},
    {TEXT("=ftp://"), ANYWHERE, WEB_WEAK}, {TEXT("=-s"), ANYWHERE, WEB_WEAK},
    {TEXT("?-s"), ANYWHERE, WEB_STRONG}, {TEXT("?-d"), ANYWHERE, WEB_STRONG},
    /* Files with secrets, which lie in the folder by mistake. */
    {TEXT("/.env"), IN_PATH, WEB_STRONG}, {TEXT("/.git/config"), IN_PATH, WEB_STRONG},
    {TEXT("/.git/head"), IN_PATH, WEB_STRONG}, {TEXT("/.git/index"), IN_PATH, WEB_STRONG},
    {TEXT("/.git"), SEGMENT, WEB_WEAK}, {TEXT("/.gitignore"), IN_PATH, WEB_WEAK},
    {TEXT("/.svn/"), IN_PATH, WEB_STRONG}, {TEXT("/.hg/"), IN_PATH, WEB_STRONG},
    {TEXT("/.bzr/"), IN_PATH, WEB_STRONG}, {TEXT("/cvs/entries"), IN_PATH, WEB_STRONG},
    {TEXT("/.aws/"), IN_PATH, WEB_STRONG}, {TEXT("/.ssh/"), IN_PATH, WEB_STRONG},
    {TEXT("/.kube/"), IN_PATH, WEB_STRONG}, {TEXT("/.docker/"), IN_PATH, WEB_STRONG},
    {TEXT("/id_rsa"), IN_PATH, WEB_STRONG}, {TEXT("/id_dsa"), IN_PATH, WEB_STRONG},
    {TEXT("/id_ed25519"), IN_PATH, WEB_STRONG}, {TEXT("/.htpasswd"), IN_PATH, WEB_STRONG},
    {TEXT("/.htaccess"), IN_PATH, WEB_WEAK}, {TEXT("/.bash_history"), IN_PATH, WEB_STRONG},
    {TEXT("/.mysql_history"), IN_PATH, WEB_STRONG}, {TEXT("/.npmrc"), IN_PATH, WEB_STRONG},
    {TEXT("/.ds_store"), IN_PATH, WEB_WEAK}, {TEXT("/.vscode/"), IN_PATH, WEB_WEAK},
    {TEXT("/.idea/"), IN_PATH, WEB_WEAK}, {TEXT("/web.config"), IN_PATH, WEB_WEAK},
    {TEXT("/wp-config"), IN_PATH, WEB_STRONG}, {TEXT("/config.php"), IN_PATH, WEB_WEAK},
    {TEXT("/config.json"), IN_PATH, WEB_WEAK}, {TEXT("/credentials"), SEGMENT, WEB_WEAK},
    {TEXT("/backup"), SEGMENT, WEB_WEAK}, {TEXT("/dump.sql"), IN_PATH, WEB_WEAK},
    {TEXT("/db.sql"), IN_PATH, WEB_WEAK}, {TEXT("/database.sql"), IN_PATH, WEB_WEAK},
    {TEXT("/backup.sql"), IN_PATH, WEB_WEAK}, {TEXT(".php.bak"), IN_PATH, WEB_WEAK},
    {TEXT(".php~"), IN_PATH, WEB_WEAK}, {TEXT(".php.old"), IN_PATH, WEB_WEAK},
    {TEXT(".php.swp"), IN_PATH, WEB_WEAK},
    /* What administers a server or an application. */
    {TEXT("/wp-login.php"), IN_PATH, WEB_WEAK}, {TEXT("/wp-admin"), SEGMENT, WEB_WEAK},
    {TEXT("/xmlrpc.php"), IN_PATH, WEB_WEAK}, {TEXT("/wp-content/plugins/"), IN_PATH, WEB_WEAK},
    {TEXT("/wp-includes/wlwmanifest.xml"), IN_PATH, WEB_WEAK}, {TEXT("/wp-json/wp/v2/users"), IN_PATH, WEB_WEAK},
    {TEXT("/wlwmanifest.xml"), IN_PATH, WEB_WEAK}, {TEXT("/phpmyadmin"), IN_PATH, WEB_WEAK},
    {TEXT("/php-my-admin"), IN_PATH, WEB_WEAK}, {TEXT("/mysqladmin"), IN_PATH, WEB_WEAK},
    {TEXT("/mysql-admin"), IN_PATH, WEB_WEAK}, {TEXT("/dbadmin"), IN_PATH, WEB_WEAK},
    {TEXT("/sqladmin"), IN_PATH, WEB_WEAK}, {TEXT("/websql"), IN_PATH, WEB_WEAK},
    {TEXT("/webdb"), IN_PATH, WEB_WEAK}, {TEXT("/phppgadmin"), IN_PATH, WEB_WEAK},
    {TEXT("/adminer"), IN_PATH, WEB_WEAK}, {TEXT("/pma"), SEGMENT, WEB_WEAK},
    {TEXT("/myadmin"), IN_PATH, WEB_WEAK}, {TEXT("/scripts/setup.php"), IN_PATH, WEB_WEAK},
    {TEXT("/setup.php"), IN_PATH, WEB_WEAK}, {TEXT("/install.php"), IN_PATH, WEB_WEAK},
    {TEXT("/administrator"), SEGMENT, WEB_WEAK}, {TEXT("/admin"), SEGMENT, WEB_WEAK},
    {TEXT("/user/register"), SEGMENT, WEB_WEAK}, {TEXT("/manager/html"), IN_PATH, WEB_WEAK},
    {TEXT("/host-manager/"), IN_PATH, WEB_WEAK}, {TEXT("/jmx-console"), IN_PATH, WEB_WEAK},
    {TEXT("/web-console"), IN_PATH, WEB_WEAK}, {TEXT("/invoker/"), IN_PATH, WEB_WEAK},
    {TEXT("/server-status"), IN_PATH, WEB_WEAK}, {TEXT("/server-info"), IN_PATH, WEB_WEAK},
    {TEXT("/actuator"), SEGMENT, WEB_WEAK}, {TEXT("/jolokia"), IN_PATH, WEB_WEAK},
    {TEXT("/jenkins"), SEGMENT, WEB_WEAK}, {TEXT("/solr/"), IN_PATH, WEB_WEAK},
    {TEXT("/_cat/"), IN_PATH, WEB_WEAK}, {TEXT("/_all_dbs"), IN_PATH, WEB_WEAK},
    {TEXT("/console"), SEGMENT, WEB_WEAK}, {TEXT("/phpinfo"), IN_PATH, WEB_WEAK},
    {TEXT("/info.php"), IN_PATH, WEB_WEAK}, {TEXT("/test.php"), IN_PATH, WEB_WEAK},
    {TEXT("/telescope/requests"), IN_PATH, WEB_WEAK}, {TEXT("/debug/default/view"), IN_PATH, WEB_WEAK},
    {TEXT("/_profiler"), IN_PATH, WEB_WEAK}, {TEXT("/owa/auth"), IN_PATH, WEB_WEAK},
    {TEXT("/ecp/"), IN_PATH, WEB_WEAK}, {TEXT("/autodiscover/autodiscover.json"), IN_PATH, WEB_WEAK},
    {TEXT("/remote/login"), IN_PATH, WEB_WEAK}, {TEXT("/remote/fgt_lang"), IN_PATH, WEB_STRONG},
    {TEXT("/dana-na/"), IN_PATH, WEB_WEAK}, {TEXT("/global-protect/"), IN_PATH, WEB_WEAK},
    {TEXT("/+cscoe+/"), IN_PATH, WEB_WEAK}, {TEXT("/sslvpn"), IN_PATH, WEB_WEAK},
    {TEXT("/geoserver"), IN_PATH, WEB_WEAK}, {TEXT("/druid/"), IN_PATH, WEB_WEAK},
    {TEXT("/nacos/"), IN_PATH, WEB_WEAK}, {TEXT("/portal/redlion"), IN_PATH, WEB_WEAK},
    {TEXT("/sitecore/"), IN_PATH, WEB_WEAK}, {TEXT("/struts"), IN_PATH, WEB_WEAK},
    {TEXT("/axis2"), IN_PATH, WEB_WEAK}, {TEXT("/containers/json"), IN_PATH, WEB_WEAK},
    /* Programs with known holes, of servers and of small devices. */
    {TEXT("/cgi-bin/"), IN_PATH, WEB_WEAK}, {TEXT("/cgi/"), IN_PATH, WEB_WEAK},
    {TEXT("/setup.cgi"), IN_PATH, WEB_WEAK}, {TEXT("/vendor/phpunit"), IN_PATH, WEB_STRONG},
    {TEXT("/eval-stdin.php"), IN_PATH, WEB_STRONG}, {TEXT("/_ignition/"), IN_PATH, WEB_STRONG},
    {TEXT("/boaform"), IN_PATH, WEB_WEAK}, {TEXT("/hnap1"), IN_PATH, WEB_WEAK},
    {TEXT("/goform/"), IN_PATH, WEB_WEAK}, {TEXT("/gponform"), IN_PATH, WEB_WEAK},
    {TEXT("/tmunblock.cgi"), IN_PATH, WEB_STRONG}, {TEXT("/ctrlt/deviceupgrade"), IN_PATH, WEB_STRONG},
    {TEXT("/picsdesc.xml"), IN_PATH, WEB_STRONG}, {TEXT("/wanipcn.xml"), IN_PATH, WEB_STRONG},
    {TEXT("/ud/act"), SEGMENT, WEB_WEAK}, {TEXT("/sdk"), SEGMENT, WEB_WEAK},
    {TEXT("/evox/about"), IN_PATH, WEB_WEAK}, {TEXT("/nmaplowercheck"), IN_PATH, WEB_STRONG},
    {TEXT("/nmaphnap"), IN_PATH, WEB_STRONG}, {TEXT("/nice ports,/"), IN_PATH, WEB_STRONG},
    {TEXT("/nice%20ports"), IN_PATH, WEB_STRONG}, {TEXT("/muieblackcat"), IN_PATH, WEB_STRONG},
    {TEXT("/w00tw00t"), IN_PATH, WEB_STRONG}, {TEXT("/thinkphp"), IN_PATH, WEB_WEAK},
    {TEXT("/fckeditor"), IN_PATH, WEB_WEAK}, {TEXT("/kcfinder"), IN_PATH, WEB_WEAK},
    {TEXT("/elfinder"), IN_PATH, WEB_WEAK}, {TEXT("/roundcube"), IN_PATH, WEB_WEAK},
    {TEXT("/_vti_bin"), IN_PATH, WEB_WEAK}, {TEXT("/_vti_pvt"), IN_PATH, WEB_WEAK},
    /* Programs that an earlier intruder left. */
    {TEXT("/shell"), SEGMENT, WEB_WEAK}, {TEXT("/cmd.php"), IN_PATH, WEB_WEAK},
    {TEXT("/c99"), IN_PATH, WEB_WEAK}, {TEXT("/r57"), IN_PATH, WEB_WEAK}, {TEXT("/wso.php"), IN_PATH, WEB_WEAK},
    {TEXT("/alfa.php"), IN_PATH, WEB_WEAK}, {TEXT("/alfacgiapi"), IN_PATH, WEB_WEAK},
    {TEXT("/alfa_data"), IN_PATH, WEB_WEAK}, {TEXT("/b374k"), IN_PATH, WEB_WEAK},
    {TEXT("/webshell"), IN_PATH, WEB_WEAK}, {TEXT("/backdoor"), IN_PATH, WEB_WEAK},
};

static const struct {
    const char *text; /* lower case */
    uint8_t len, mark;
} agents[] = {
    {TEXT("nikto"), TOOL_NIKTO}, {TEXT("nmap scripting engine"), TOOL_NMAP_SCRIPT}, {TEXT("sqlmap"), TOOL_SQLMAP},
    {TEXT("gobuster"), TOOL_GOBUSTER}, {TEXT("feroxbuster"), TOOL_FEROXBUSTER},
    {TEXT("fuzz faster u fool"), TOOL_FFUF}, {TEXT("wfuzz"), TOOL_WFUZZ}, {TEXT("dirbuster"), TOOL_DIRBUSTER},
    {TEXT("dirsearch"), TOOL_DIRSEARCH}, {TEXT("nuclei"), TOOL_NUCLEI}, {TEXT("wpscan"), TOOL_WPSCAN},
    {TEXT("whatweb"), TOOL_WHATWEB}, {TEXT("zgrab"), TOOL_ZGRAB}, {TEXT("masscan"), TOOL_MASSCAN_AGENT},
    {TEXT("acunetix"), TOOL_ACUNETIX}, {TEXT("nessus"), TOOL_NESSUS}, {TEXT("openvas"), TOOL_OPENVAS},
    {TEXT("arachni"), TOOL_ARACHNI}, {TEXT("w3af"), TOOL_W3AF}, {TEXT("skipfish"), TOOL_SKIPFISH},
    {TEXT("zmeu"), TOOL_ZMEU}, {TEXT("jorgee"), TOOL_JORGEE}, {TEXT("(hydra)"), TOOL_HYDRA},
};

static const char *const parts[] = {
    "avif", "bmp", "css", "eot", "gif", "ico", "jpeg", "jpg", "js", "m3u8", "map", "mjs",
    "mp3", "mp4", "otf", "png", "svg", "ts", "ttf", "webm", "webp", "woff", "woff2",
};
/* clang-format on */

void web_words_init(struct web_words *w)
{
    static_assert(ARRAY_LEN(patterns) < 256, "their numbers are bytes");
    *w = (struct web_words){0};
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        const char *s = patterns[i].text;
        uint8_t *head = s[0] == '/' ? &w->slash[(uint8_t)s[1]] : &w->other[(uint8_t)s[0]];
        w->next[i] = *head;
        *head = (uint8_t)(i + 1);
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that begins s in one of the ways of writing it: itself, %2e (RFC
 * 3986, 2.1), or the \x2e, \" and \\ of servers' logs. Its length in *ret_n. */
static uint8_t decode_one(struct bytes s, size_t *ret_n)
{
    size_t skip = s.data[0] == '%' ? 1 : s.data[0] == '\\' && s.len > 1 && s.data[1] == 'x' ? 2 : 0;
    if (skip > 0 && s.len >= skip + 2) {
        int high = hex_digit(s.data[skip]);
        int low = hex_digit(s.data[skip + 1]);
        if (high >= 0 && low >= 0) {
            *ret_n = skip + 2;
            return (uint8_t)(high << 4 | low);
        }
    }
    bool escaped = s.len > 1 && s.data[0] == '\\' && (s.data[1] == '"' || s.data[1] == '\\');
    *ret_n = escaped ? 2 : 1;
    return s.data[escaped];
}

/* In lower case, and decoded. `out` may be where s lies: it never gets longer. */
static size_t decode(struct bytes s, uint8_t *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0, step; i < s.len && n < max; i += step) {
        uint8_t c = decode_one(bytes_of(s.data + i, s.len - i), &step);
        out[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
    }
    return n;
}

/* Attackers encode twice to get past filters. */
static size_t decode_twice(struct bytes s, uint8_t *out, size_t max)
{
    size_t n = decode(s, out, max);
    return n < s.len ? decode(bytes_of(out, n), out, n) : n;
}

static bool ends_word(struct bytes s, size_t at)
{
    return at >= s.len || s.data[at] == '/' || s.data[at] == '.' || s.data[at] == ';';
}

static enum web_word met(const struct web_words *w, struct bytes s, size_t path_len, size_t at)
{
    bool slash = s.data[at] == '/' && at + 1 < s.len;
    unsigned i = slash ? w->slash[s.data[at + 1]] : w->other[s.data[at]];
    enum web_word best = WEB_PLAIN;
    for (; i != 0; i = w->next[i - 1]) {
        const struct pattern *p = &patterns[i - 1];
        struct bytes where = p->where == ANYWHERE ? s : bytes_of(s.data, path_len);
        if (p->word <= best || at >= where.len || p->len > where.len - at ||
            where.data[at + 1] != (uint8_t)p->text[1] || /* most differ here */
            memcmp(where.data + at, p->text, p->len) != 0 ||
            (p->where == SEGMENT && !ends_word(where, at + p->len))) {
            continue;
        }
        best = (enum web_word)p->word;
    }
    return best;
}

static enum web_word look(const struct web_words *w, struct bytes s, size_t path_len)
{
    enum web_word best = WEB_PLAIN;
    for (size_t i = 0; i < s.len && best != WEB_STRONG; i++) {
        if (s.data[i] == '/' || w->other[s.data[i]] != 0) {
            enum web_word one = met(w, s, path_len, i);
            best = one > best ? one : best;
        }
    }
    return best;
}

enum web_word web_words_target(const struct web_words *w, struct bytes target)
{
    uint8_t text[LOOKED_AT];
    struct bytes path = web_target_path(target);
    if (path.len == 0) {
        return WEB_PLAIN;
    }
    const uint8_t *query = path.data + path.len;
    size_t query_len = target.len - (size_t)(query - target.data);
    size_t n = decode_twice(path, text, sizeof(text));
    size_t more = decode_twice(bytes_of(query, query_len), text + n, sizeof(text) - n);
    return look(w, bytes_of(text, n + more), n);
}

struct web_agent web_words_agent(const struct web_words *w, struct bytes agent)
{
    uint8_t text[LOOKED_AT];
    struct web_agent ret = {0};
    size_t n = decode_twice(agent, text, sizeof(text));
    ret.attack = look(w, bytes_of(text, n), 0) == WEB_STRONG;
    for (size_t i = 0; i < ARRAY_LEN(agents) && ret.mark == 0; i++) {
        if (memmem(text, n, agents[i].text, agents[i].len) != NULL) {
            ret.mark = agents[i].mark;
        }
    }
    return ret;
}

struct bytes web_target_path(struct bytes target)
{
    struct bytes path = target;
    if (path.len > 0 && path.data[0] != '/') { /* RFC 9112, 3.2.2 */
        const uint8_t *scheme = memmem(path.data, path.len, "://", 3);
        const uint8_t *query = memchr(path.data, '?', path.len);
        if (scheme != NULL && (query == NULL || scheme < query)) {
            size_t past = (size_t)(scheme - path.data) + 3;
            const uint8_t *root = memchr(path.data + past, '/', path.len - past);
            past = root != NULL ? (size_t)(root - path.data) : path.len;
            path = bytes_of(path.data + past, path.len - past);
        }
    }
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '?' || path.data[i] == '#') {
            path.len = i;
        }
    }
    return path;
}

bool web_path_is_part(struct bytes path)
{
    const uint8_t *dot = path.len > 0 ? memrchr(path.data, '.', path.len) : NULL;
    char ext[8];
    size_t n = dot != NULL ? path.len - (size_t)(dot - path.data) - 1 : 0;
    if (n == 0 || n >= sizeof(ext)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t c = dot[1 + i];
        ext[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    ext[n] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (strcmp(parts[i], ext) == 0) {
            return true;
        }
    }
    return false;
}
