/* cli/home.c - finding the home, and asking for passphrases. */
#include "cli/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "cli/say.h"

bool home_path(const char *given, char out[PATH_MAX])
{
    const char *home = given != NULL ? given : getenv("EXHIBIT_HOME");
    const char *data = getenv("XDG_DATA_HOME");
    const char *user = getenv("HOME");
    int n = home != NULL && *home != '\0'  ? snprintf(out, PATH_MAX, "%s", home)
            : data != NULL && *data == '/' ? snprintf(out, PATH_MAX, "%s/exhibit", data)
            : user != NULL && *user == '/'
                ? snprintf(out, PATH_MAX, "%s/.local/share/exhibit", user)
                : -1;
    if (n <= 0 || n >= PATH_MAX) {
        say(n < 0 ? "there is no place for a home: name one with --home"
                  : "--home: the path is empty or too long");
        return false;
    }
    return true;
}

/* What is wrong in key/ says which file; the rest was read from config.json. */
void home_say(const char *path, enum status st, const struct fault *why)
{
    char config[PATH_MAX + 16];
    const char *field = why->field != NULL ? why->field : "";
    bool key = st == ST_SYS || st == ST_NOMEM || strstr(field, "key/") != NULL ||
               strstr(field, "config.json") != NULL;
    (void)snprintf(config, sizeof(config), "%s/config.json", path);
    say_fault(key ? path : config, st, why);
}

enum status home_look(const char *given, struct evidence_home **ret)
{
    char path[PATH_MAX];
    struct fault why = {0};
    if (!home_path(given, path)) {
        return ST_DENIED;
    }
    enum status st = evidence_home_open(path, ret, &why);
    if (st != ST_OK && st != ST_END) {
        home_say(path, st, &why);
    }
    return st;
}

bool home_name_good(const char *command, const char *name)
{
    struct bytes rest = bytes_of(name, strlen(name));
    bool good = ledger_name_valid(rest);
    while (good && rest.len > 0) {
        uint32_t c = 0;
        size_t n = text_utf8_next(rest, &c);
        good = n > 0 && !text_is_deceptive(c);
        rest = bytes_of(rest.data + n, rest.len - n);
    }
    if (!good) {
        say("%s: --name %s: 1 to %d bytes without blanks, \"+\", and characters that are not seen",
            command, name, LEDGER_NAME_MAX);
    }
    return good;
}

bool home_get(const char *given, struct evidence_home **ret)
{
    char path[PATH_MAX];
    enum status st = home_look(given, ret);
    if (st == ST_END && home_path(given, path)) {
        say("%s: there is no home here (exhibit init makes one)", path);
    }
    return st == ST_OK;
}

/* --- passphrases ---------------------------------------------------------------- */

/* Up to the end of the line. A signal ends it. */
static bool read_line(int fd, struct buf *out)
{
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0) {
            return false;
        }
        if (n == 0 || c == '\n') {
            return out->failed == ST_OK;
        }
        buf_byte(out, (uint8_t)c);
    }
}

/* Ask without showing what is typed. */
static bool ask(int tty, const char *what, const char *word, struct buf *out)
{
    struct termios was, quiet;
    (void)process_stop_flag(); /* so that a signal does not leave the terminal silent */
    if (tcgetattr(tty, &was) != 0) {
        return false;
    }
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    /* First silent, then the question: the change throws away what was typed. */
    bool good = tcsetattr(tty, TCSAFLUSH, &quiet) == 0 && dprintf(tty, "%s%s: ", word, what) > 0 &&
                read_line(tty, out);
    (void)tcsetattr(tty, TCSADRAIN, &was); /* there is nothing else to try */
    (void)dprintf(tty, "\n");
    return good;
}

static bool ask_terminal(const char *what, bool is_new, struct buf *out)
{
    CLEANUP(evidence_secret_buf_fini) struct buf again = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        say("a passphrase is needed, and there is no terminal: --passphrase-file");
        return false;
    }
    (void)buf_reserve(&again, LIMIT_PASSPHRASE_BYTES); /* so that no copy stays behind */
    bool good = ask(tty, what, is_new ? "New passphrase for " : "Passphrase of ", out) &&
                (!is_new || ask(tty, what, "The same again for ", &again));
    (void)close(tty); /* a terminal */
    if (!good) {
        say("no passphrase was read");
        return false;
    }
    if (is_new && !bytes_equal(buf_bytes(out), buf_bytes(&again))) {
        say("the two passphrases differ");
        return false;
    }
    return true;
}

static bool from_file(const char *file, struct buf *out)
{
    struct fault why = {0};
    struct file_input in;
    enum status st = file_input_open(file, &in, &why);
    if (st != ST_OK) {
        say_fault(file, st, &why);
        return false;
    }
    bool good = read_line(in.fd, out);
    file_input_close(&in);
    if (!good) {
        say("%s: a passphrase has at most %d bytes", file, LIMIT_PASSPHRASE_BYTES);
    }
    return good;
}

bool home_passphrase(const char *file, const char *what, bool is_new, struct buf *out)
{
    buf_init(out, LIMIT_PASSPHRASE_BYTES);
    (void)buf_reserve(out, LIMIT_PASSPHRASE_BYTES); /* so that no copy stays behind */
    if (file != NULL ? !from_file(file, out) : !ask_terminal(what, is_new, out)) {
        return false;
    }
    if (out->len == 0) {
        say("the passphrase is empty");
    }
    return out->len > 0;
}

bool home_unlock(struct evidence_home *h, const char *passphrase_file)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    struct fault why = {0};
    if (h->locked && !home_passphrase(passphrase_file, h->config.name, false, &words)) {
        return false;
    }
    enum status st = evidence_home_unlock(h, buf_bytes(&words), &why);
    if (st == ST_MISMATCH && h->locked) {
        say("%s: this is not its passphrase, or its key file was changed", h->path);
    } else if (st != ST_OK) {
        say_fault(h->path, st, &why);
    }
    return st == ST_OK;
}

bool home_ledger(struct evidence_home *h, const char *passphrase_file, struct ledger_log **ret)
{
    struct fault why = {0};
    if (!home_unlock(h, passphrase_file)) {
        return false;
    }
    enum status st = evidence_home_ledger(h, ret, &why);
    if (st == ST_DENIED && why.field != NULL && strcmp(why.field, "lock") == 0) {
        say("%s: another command is writing to the ledger", h->path);
    } else if (st != ST_OK) {
        say_fault(h->path, st, &why);
    }
    return st == ST_OK;
}

bool home_opening_key(const struct evidence_home *h, const char *key_file,
                      const char *passphrase_file, struct evidence_opening_key *ret)
{
    CLEANUP(evidence_secret_buf_fini) struct buf words = BUF_INIT(LIMIT_PASSPHRASE_BYTES);
    const char *place = key_file != NULL ? key_file : h->path;
    struct fault why = {0};
    bool locked = false;
    enum status st = evidence_home_opening_locked(h, key_file, &locked, &why);
    if (st == ST_OK && locked &&
        !home_passphrase(passphrase_file, "the opening key", false, &words)) {
        return false;
    }
    st = st != ST_OK ? st : evidence_home_opening_key(h, key_file, buf_bytes(&words), ret, &why);
    if (st == ST_END) {
        say("%s: the opening key is not here: --key FILE names where it was moved", place);
    } else if (st == ST_MISMATCH && why.field != NULL && strcmp(why.field, "passphrase") == 0) {
        say("%s: this is not its passphrase, or the file was changed", place);
    } else if (st != ST_OK) {
        say_fault(place, st, &why);
    }
    return st == ST_OK;
}
