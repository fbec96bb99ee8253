/* cli/output.c - standard output. */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/say.h"

bool output_write(struct bytes out)
{
    for (size_t at = 0; at < out.len;) {
        ssize_t n = write(STDOUT_FILENO, out.data + at, out.len - at);
        if (n < 0 && errno != EINTR) {
            say("standard output: %s", strerror(errno));
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool output_is_terminal(void)
{
    return isatty(STDOUT_FILENO) != 0;
}

struct terminal_options output_terminal(enum colour colour)
{
    bool terminal = output_is_terminal();
    const char *coding = getenv("LC_ALL");
    coding = coding != NULL && *coding != '\0' ? coding : getenv("LC_CTYPE");
    coding = coding != NULL && *coding != '\0' ? coding : getenv("LANG");
    struct terminal_options opt = {
        .unicode =
            coding != NULL && (strstr(coding, "UTF-8") != NULL || strstr(coding, "utf8") != NULL),
        .colour = colour == COLOUR_ALWAYS ||
                  (colour == COLOUR_AUTO && terminal && getenv("NO_COLOR") == NULL),
    };
    struct winsize size;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        opt.columns = size.ws_col;
    }
    return opt;
}
