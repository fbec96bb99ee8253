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
    const char *text; /* lower case, decoded */
    uint8_t where, word;
};

/* clang-format off */
static const struct pattern patterns[] = {
    /* Leaving the folder that is served, to known files. */
    {"../../", ANYWHERE, WEB_STRONG}, {"..\\..\\", ANYWHERE, WEB_STRONG},
    {"/etc/passwd", ANYWHERE, WEB_STRONG}, {"/etc/shadow", ANYWHERE, WEB_STRONG},
    {"/etc/group", ANYWHERE, WEB_STRONG}, {"/etc/hosts", ANYWHERE, WEB_STRONG},
    {"/proc/self/", ANYWHERE, WEB_STRONG}, {"win.ini", ANYWHERE, WEB_STRONG},
    {"boot.ini", ANYWHERE, WEB_STRONG}, {"../", ANYWHERE, WEB_WEAK}, {"..\\", ANYWHERE, WEB_WEAK},
    {"..;/", IN_PATH, WEB_STRONG},
    /* Code handed to an interpreter. */
    {"${jndi:", ANYWHERE, WEB_STRONG}, {"${${", ANYWHERE, WEB_STRONG},
    {"() {", ANYWHERE, WEB_STRONG}, {"(){", ANYWHERE, WEB_WEAK},
    {"<?php", ANYWHERE, WEB_STRONG}, {"php://", ANYWHERE, WEB_STRONG},
    {"allow_url_include", ANYWHERE, WEB_STRONG}, {"auto_prepend_file", ANYWHERE, WEB_STRONG},
    {"class.module.classloader", ANYWHERE, WEB_STRONG},
    {"invokefunction", ANYWHERE, WEB_STRONG}, {"call_user_func_array", ANYWHERE, WEB_STRONG},
    {"/bin/sh", ANYWHERE, WEB_STRONG}, {"/bin/bash", ANYWHERE, WEB_STRONG},
    {"cmd.exe", ANYWHERE, WEB_STRONG}, {";wget", ANYWHERE, WEB_STRONG},
    {"wget http", ANYWHERE, WEB_STRONG}, {"wget+http", ANYWHERE, WEB_STRONG},
    {"curl http", ANYWHERE, WEB_STRONG}, {"curl+http", ANYWHERE, WEB_STRONG},
    {"cat+/", ANYWHERE, WEB_STRONG}, {"cat /", ANYWHERE, WEB_STRONG},
    {"<script", ANYWHERE, WEB_WEAK}, {"=http://", ANYWHERE, WEB_WEAK},
    {"=ftp://", ANYWHERE, WEB_WEAK}, {"=-s", ANYWHERE, WEB_WEAK},
    {"?-s", ANYWHERE, WEB_STRONG}, {"?-d", ANYWHERE, WEB_STRONG},
    /* Files with secrets, which lie in the folder by mistake. */
    {"/.env", IN_PATH, WEB_STRONG}, {"/.git/config", IN_PATH, WEB_STRONG},
    {"/.git/head", IN_PATH, WEB_STRONG}, {"/.git/index", IN_PATH, WEB_STRONG},
    {"/.git", SEGMENT, WEB_WEAK}, {"/.gitignore", IN_PATH, WEB_WEAK},
    {"/.svn/", IN_PATH, WEB_STRONG}, {"/.hg/", IN_PATH, WEB_STRONG},
    {"/.bzr/", IN_PATH, WEB_STRONG}, {"/cvs/entries", IN_PATH, WEB_STRONG},
    {"/.aws/", IN_PATH, WEB_STRONG}, {"/.ssh/", IN_PATH, WEB_STRONG},
    {"/.kube/", IN_PATH, WEB_STRONG}, {"/.docker/", IN_PATH, WEB_STRONG},
    {"/id_rsa", IN_PATH, WEB_STRONG}, {"/id_dsa", IN_PATH, WEB_STRONG},
    {"/id_ed25519", IN_PATH, WEB_STRONG}, {"/.htpasswd", IN_PATH, WEB_STRONG},
    {"/.htaccess", IN_PATH, WEB_WEAK}, {"/.bash_history", IN_PATH, WEB_STRONG},
    {"/.mysql_history", IN_PATH, WEB_STRONG}, {"/.npmrc", IN_PATH, WEB_STRONG},
    {"/.ds_store", IN_PATH, WEB_WEAK}, {"/.vscode/", IN_PATH, WEB_WEAK},
    {"/.idea/", IN_PATH, WEB_WEAK}, {"/web.config", IN_PATH, WEB_WEAK},
    {"/wp-config", IN_PATH, WEB_STRONG}, {"/config.php", IN_PATH, WEB_WEAK},
    {"/config.json", IN_PATH, WEB_WEAK}, {"/credentials", SEGMENT, WEB_WEAK},
    {"/backup", SEGMENT, WEB_WEAK}, {"/dump.sql", IN_PATH, WEB_WEAK},
    {"/db.sql", IN_PATH, WEB_WEAK}, {"/database.sql", IN_PATH, WEB_WEAK},
    {"/backup.sql", IN_PATH, WEB_WEAK}, {".php.bak", IN_PATH, WEB_WEAK},
    {".php~", IN_PATH, WEB_WEAK}, {".php.old", IN_PATH, WEB_WEAK},
    {".php.swp", IN_PATH, WEB_WEAK},
    /* What administers a server or an application. */
    {"/wp-login.php", IN_PATH, WEB_WEAK}, {"/wp-admin", SEGMENT, WEB_WEAK},
    {"/xmlrpc.php", IN_PATH, WEB_WEAK}, {"/wp-content/plugins/", IN_PATH, WEB_WEAK},
    {"/wp-includes/wlwmanifest.xml", IN_PATH, WEB_WEAK}, {"/wp-json/wp/v2/users", IN_PATH, WEB_WEAK},
    {"/wlwmanifest.xml", IN_PATH, WEB_WEAK}, {"/phpmyadmin", IN_PATH, WEB_WEAK},
    {"/php-my-admin", IN_PATH, WEB_WEAK}, {"/mysqladmin", IN_PATH, WEB_WEAK},
    {"/mysql-admin", IN_PATH, WEB_WEAK}, {"/dbadmin", IN_PATH, WEB_WEAK},
    {"/sqladmin", IN_PATH, WEB_WEAK}, {"/websql", IN_PATH, WEB_WEAK},
    {"/webdb", IN_PATH, WEB_WEAK}, {"/phppgadmin", IN_PATH, WEB_WEAK},
    {"/adminer", IN_PATH, WEB_WEAK}, {"/pma", SEGMENT, WEB_WEAK},
    {"/myadmin", IN_PATH, WEB_WEAK}, {"/scripts/setup.php", IN_PATH, WEB_WEAK},
    {"/setup.php", IN_PATH, WEB_WEAK}, {"/install.php", IN_PATH, WEB_WEAK},
    {"/administrator", SEGMENT, WEB_WEAK}, {"/admin", SEGMENT, WEB_WEAK},
    {"/user/register", SEGMENT, WEB_WEAK}, {"/manager/html", IN_PATH, WEB_WEAK},
    {"/host-manager/", IN_PATH, WEB_WEAK}, {"/jmx-console", IN_PATH, WEB_WEAK},
    {"/web-console", IN_PATH, WEB_WEAK}, {"/invoker/", IN_PATH, WEB_WEAK},
    {"/server-status", IN_PATH, WEB_WEAK}, {"/server-info", IN_PATH, WEB_WEAK},
    {"/actuator", SEGMENT, WEB_WEAK}, {"/jolokia", IN_PATH, WEB_WEAK},
    {"/jenkins", SEGMENT, WEB_WEAK}, {"/solr/", IN_PATH, WEB_WEAK},
    {"/_cat/", IN_PATH, WEB_WEAK}, {"/_all_dbs", IN_PATH, WEB_WEAK},
    {"/console", SEGMENT, WEB_WEAK}, {"/phpinfo", IN_PATH, WEB_WEAK},
    {"/info.php", IN_PATH, WEB_WEAK}, {"/test.php", IN_PATH, WEB_WEAK},
    {"/telescope/requests", IN_PATH, WEB_WEAK}, {"/debug/default/view", IN_PATH, WEB_WEAK},
    {"/_profiler", IN_PATH, WEB_WEAK}, {"/owa/auth", IN_PATH, WEB_WEAK},
    {"/ecp/", IN_PATH, WEB_WEAK}, {"/autodiscover/autodiscover.json", IN_PATH, WEB_WEAK},
    {"/remote/login", IN_PATH, WEB_WEAK}, {"/remote/fgt_lang", IN_PATH, WEB_STRONG},
    {"/dana-na/", IN_PATH, WEB_WEAK}, {"/global-protect/", IN_PATH, WEB_WEAK},
    {"/+cscoe+/", IN_PATH, WEB_WEAK}, {"/sslvpn", IN_PATH, WEB_WEAK},
    {"/geoserver", IN_PATH, WEB_WEAK}, {"/druid/", IN_PATH, WEB_WEAK},
    {"/nacos/", IN_PATH, WEB_WEAK}, {"/portal/redlion", IN_PATH, WEB_WEAK},
    {"/sitecore/", IN_PATH, WEB_WEAK}, {"/struts", IN_PATH, WEB_WEAK},
    {"/axis2", IN_PATH, WEB_WEAK}, {"/containers/json", IN_PATH, WEB_WEAK},
    /* Programs with known holes, of servers and of small devices. */
    {"/cgi-bin/", IN_PATH, WEB_WEAK}, {"/cgi/", IN_PATH, WEB_WEAK},
    {"/setup.cgi", IN_PATH, WEB_WEAK}, {"/vendor/phpunit", IN_PATH, WEB_STRONG},
    {"/eval-stdin.php", IN_PATH, WEB_STRONG}, {"/_ignition/", IN_PATH, WEB_STRONG},
    {"/boaform", IN_PATH, WEB_WEAK}, {"/hnap1", IN_PATH, WEB_WEAK},
    {"/goform/", IN_PATH, WEB_WEAK}, {"/gponform", IN_PATH, WEB_WEAK},
    {"/tmunblock.cgi", IN_PATH, WEB_STRONG}, {"/ctrlt/deviceupgrade", IN_PATH, WEB_STRONG},
    {"/picsdesc.xml", IN_PATH, WEB_STRONG}, {"/wanipcn.xml", IN_PATH, WEB_STRONG},
    {"/ud/act", SEGMENT, WEB_WEAK}, {"/sdk", SEGMENT, WEB_WEAK},
    {"/evox/about", IN_PATH, WEB_WEAK}, {"/nmaplowercheck", IN_PATH, WEB_STRONG},
    {"/nmaphnap", IN_PATH, WEB_STRONG}, {"/nice ports,/", IN_PATH, WEB_STRONG},
    {"/nice%20ports", IN_PATH, WEB_STRONG}, {"/muieblackcat", IN_PATH, WEB_STRONG},
    {"/w00tw00t", IN_PATH, WEB_STRONG}, {"/thinkphp", IN_PATH, WEB_WEAK},
    {"/fckeditor", IN_PATH, WEB_WEAK}, {"/kcfinder", IN_PATH, WEB_WEAK},
    {"/elfinder", IN_PATH, WEB_WEAK}, {"/roundcube", IN_PATH, WEB_WEAK},
    {"/_vti_bin", IN_PATH, WEB_WEAK}, {"/_vti_pvt", IN_PATH, WEB_WEAK},
    /* Programs that an earlier intruder left. */
    {"/shell", SEGMENT, WEB_WEAK}, {"/cmd.php", IN_PATH, WEB_WEAK},
    {"/c99", IN_PATH, WEB_WEAK}, {"/r57", IN_PATH, WEB_WEAK}, {"/wso.php", IN_PATH, WEB_WEAK},
    {"/alfa.php", IN_PATH, WEB_WEAK}, {"/alfacgiapi", IN_PATH, WEB_WEAK},
    {"/alfa_data", IN_PATH, WEB_WEAK}, {"/b374k", IN_PATH, WEB_WEAK},
    {"/webshell", IN_PATH, WEB_WEAK}, {"/backdoor", IN_PATH, WEB_WEAK},
};

static const struct {
    const char *text; /* lower case */
    enum tool_mark mark;
} agents[] = {
    {"nikto", TOOL_NIKTO}, {"nmap scripting engine", TOOL_NMAP_SCRIPT}, {"sqlmap", TOOL_SQLMAP},
    {"gobuster", TOOL_GOBUSTER}, {"feroxbuster", TOOL_FEROXBUSTER},
    {"fuzz faster u fool", TOOL_FFUF}, {"wfuzz", TOOL_WFUZZ}, {"dirbuster", TOOL_DIRBUSTER},
    {"dirsearch", TOOL_DIRSEARCH}, {"nuclei", TOOL_NUCLEI}, {"wpscan", TOOL_WPSCAN},
    {"whatweb", TOOL_WHATWEB}, {"zgrab", TOOL_ZGRAB}, {"masscan", TOOL_MASSCAN_AGENT},
    {"acunetix", TOOL_ACUNETIX}, {"nessus", TOOL_NESSUS}, {"openvas", TOOL_OPENVAS},
    {"arachni", TOOL_ARACHNI}, {"w3af", TOOL_W3AF}, {"skipfish", TOOL_SKIPFISH},
    {"zmeu", TOOL_ZMEU}, {"jorgee", TOOL_JORGEE}, {"(hydra)", TOOL_HYDRA},
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
        size_t n = strlen(p->text);
        struct bytes where = p->where == ANYWHERE ? s : bytes_of(s.data, path_len);
        if (p->word <= best || at >= where.len || n > where.len - at ||
            memcmp(where.data + at, p->text, n) != 0 ||
            (p->where == SEGMENT && !ends_word(where, at + n))) {
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
        enum web_word one = met(w, s, path_len, i);
        best = one > best ? one : best;
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
        if (memmem(text, n, agents[i].text, strlen(agents[i].text)) != NULL) {
            ret.mark = (uint8_t)agents[i].mark;
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
