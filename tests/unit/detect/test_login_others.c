/* tests/unit/detect/test_login_others.c - what looks like a refused login, and is none. */
#include "detect/login/login.h"

#include "detect/login_stage.h"

/* Answers that say nothing of a login, to what looks like one. */
static const struct {
    uint16_t port;
    const char *asks, *says;
} others[] = {
    {110, "PASS secret\r\n", "-ERR [IN-USE] locked\r\n"},
    {110, "PASS secret\r\n", "-ERR [SYS/TEMP] later\r\n"},
    {110, "USER bob\r\n", "-ERR no\r\n"},
    {110, "USER bob\r\nPASS secret\r\n", "+OK\r\n-ERR no\r\n"}, /* sent ahead: whose is it? */
    {110, "AUTH PLAIN\r\n", "-ERR not offered\r\n"},
    {110, "STLS\r\nPASS secret\r\n", "+OK\r\n-ERR no\r\n"},
    {143, "a1 LOGIN bob secret\r\n", "a1 BAD no\r\n"},
    {143, "a1 LOGIN bob secret\r\n", "a1 NO [UNAVAILABLE] later\r\n"},
    {143, "a1 LOGIN bob secret\r\n", "a11 NO no\r\na2 NO no\r\n* NO no\r\n"},
    {143, "a1 SELECT login\r\n", "a1 NO no\r\n"},
    {143, "a0 STARTTLS\r\na1 LOGIN bob secret\r\n", "a0 OK\r\na2 NO no\r\n"},
    {6379, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "-ERR AUTH called without any password\r\n"},
    {6379, "*2\r\n$4\r\nECHO\r\n$4\r\nAUTH\r\n", "-WRONGPASS no\r\n"},
    {6379, "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", "+PONG\r\n-WRONGPASS no\r\n"},
    {6379, "*3\r\n$3\r\nSET\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", "+OK\r\n"},
};

static void other_answers_are_no_refusals(void)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct stage s;
        stage_init(&s);
        for (int k = 0; k < 20; k++) {
            struct line l = dial(&s, others[i].port);
            client(&s, &l, others[i].asks);
            server(&s, &l, others[i].says);
            hang_up(&s, &l);
        }
        stage_end(&s);
        CHECK_INT(s.findings.n, 0);
        bool silent = login_stats(s.login).refused == 0 && login_stats(s.login).accepted == 0;
        CHECK(silent);
        if (!silent) {
            printf("# %s", others[i].asks);
        }
        stage_fini(&s);
    }
}

TEST_MAIN(TEST(other_answers_are_no_refusals))
