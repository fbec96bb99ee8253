/* base/net/http.c - libcurl, with what it may do narrowed down. */
#include "base/net/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct answer {
    struct buf *to;
    size_t was; /* its length before */
};

static void free_easy(CURL **c)
{
    curl_easy_cleanup(*c);
}

static void free_list(struct curl_slist **l)
{
    curl_slist_free_all(*l);
}

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
    struct answer *a = ctx;
    buf_append(a->to, data, size * n);
    return a->to->failed == ST_OK ? size * n : 0;
}

/* "Name: value", appended to the list. */
static bool header(struct curl_slist **list, const char *name, const char *value)
{
    char text[256];
    int n = snprintf(text, sizeof(text), "%s: %s", name, value);
    struct curl_slist *more =
        n > 0 && n < (int)sizeof(text) ? curl_slist_append(*list, text) : NULL;
    if (more != NULL) {
        *list = more;
    }
    return more != NULL;
}

static bool set_up(CURL *c, const struct http_question *q, struct curl_slist *headers,
                   struct answer *a, char error[CURL_ERROR_SIZE])
{
    return curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_URL, q->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)q->body.len) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, (const char *)q->body.data) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, a) == CURLE_OK;
}

/* A page that says sorry comes with status 200, too. */
static enum status judge(CURL *c, const struct http_question *q, char error[HTTP_ERROR_MAX])
{
    long code = 0;
    const char *type = NULL;
    size_t n = strlen(q->accept);
    if (curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code) != CURLE_OK || code != 200) {
        (void)snprintf(error, HTTP_ERROR_MAX, "it answers with status %ld", code);
        return ST_DENIED;
    }
    if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || type == NULL ||
        strncasecmp(type, q->accept, n) != 0 || strcspn(type + n, "; ") != 0) {
        (void)snprintf(error, HTTP_ERROR_MAX, "its answer is no %s", q->accept);
        return ST_MALFORMED;
    }
    return ST_OK;
}

static enum status ask(CURL *c, const struct http_question *q, struct answer *a,
                       char error[HTTP_ERROR_MAX])
{
    CLEANUP(free_list) struct curl_slist *headers = NULL;
    char said[CURL_ERROR_SIZE] = "";
    (void)snprintf(error, HTTP_ERROR_MAX, "not enough memory");
    /* Without this one libcurl waits for leave to send longer bodies. */
    if (!header(&headers, "Content-Type", q->type) || !header(&headers, "Accept", q->accept) ||
        !header(&headers, "Expect", "") || !set_up(c, q, headers, a, said)) {
        return ST_NOMEM;
    }
    CURLcode got = curl_easy_perform(c);
    if (got != CURLE_OK) {
        enum status st = a->to->failed;
        (void)snprintf(error, HTTP_ERROR_MAX, "%s",
                       st == ST_LIMIT    ? "its answer is too long"
                       : said[0] != '\0' ? said
                                         : curl_easy_strerror(got));
        return st != ST_OK ? st : ST_SYS;
    }
    return judge(c, q, error);
}

enum status http_ask(const struct http_question *q, struct buf *ret, char error[HTTP_ERROR_MAX])
{
    struct answer a = {ret, ret->len};
    (void)snprintf(error, HTTP_ERROR_MAX, "not enough memory");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return ST_NOMEM;
    }
    CLEANUP(free_easy) CURL *c = curl_easy_init();
    enum status st = c != NULL ? ask(c, q, &a, error) : ST_NOMEM;
    if (st != ST_OK) {
        ret->len = a.was;
    }
    return st;
}
