/* detect/login/redis.c - answers to AUTH at Redis.
 *
 * RESP (redis.io, "Redis serialization protocol"): a command is "*2", then for
 * each of its words "$4" and the word, in lines; or all words in one line. An
 * answer to it is "+..." or "-...". Commands may be sent ahead: then the first
 * answer is another's, and nothing is counted.
 */
#include "detect/login/dialog.h"

enum { REDIS_NONE, REDIS_ARRAY, REDIS_WORD, REDIS_REST };

static void asked(struct dialog *d)
{
    const struct dialog_side *s = &d->client;
    bool begins = s->head[0] == '*' || d->step == REDIS_NONE;
    bool ahead = d->awaiting;
    d->awaiting = true;
    if (begins && ahead) {
        d->phase = DIALOG_OPEN;
        d->step = REDIS_REST;
    } else if (s->head[0] == '*') {
        d->step = REDIS_ARRAY;
    } else if (d->step == REDIS_ARRAY) {
        d->step = dialog_word_at(s, "$4") && s->have == 2 ? REDIS_WORD : REDIS_REST;
    } else if (d->step == REDIS_WORD) {
        d->phase = dialog_word_at(s, "AUTH") && s->have == 4 ? DIALOG_ASKED : DIALOG_OPEN;
        d->step = REDIS_REST; /* its other words */
    } else if (d->step == REDIS_NONE) {
        d->phase = dialog_word_at(s, "AUTH ") ? DIALOG_ASKED : DIALOG_OPEN;
    }
}

/* Redis 6 and later say WRONGPASS, those before "invalid password". That no
 * password is asked for is an error, too, but refuses nobody. */
void redis_line(struct dialog *d, bool from_server, struct dialog_said *said)
{
    const struct dialog_side *s = &d->server;
    if (!from_server) {
        asked(d);
        return;
    }
    if (d->phase == DIALOG_ASKED) {
        said->accepted += dialog_word_at(s, "+OK") && s->have == 3;
        said->failed +=
            dialog_word_at(s, "-WRONGPASS") || dialog_word_at(s, "-ERR invalid password");
    }
    d->phase = DIALOG_OPEN;
    d->step = REDIS_NONE;
    d->awaiting = false;
}
