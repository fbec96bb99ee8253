/* detect/login/dialog.h - what a connection to a login service says of logins.
 *
 * Text and framed protocols answer a login in words that are read: the count
 * is of these answers. SSH is encrypted by then, and is judged by the sizes of
 * the server's answers (ssh.c); RDP only by the form of the whole connection.
 * Bytes are read in the order of their sequence numbers, each once; nothing is
 * kept but the beginning of the line or frame that is being read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/core/cursor.h"
#include "base/model/login.h"
#include "base/model/observation.h"

/* A frame's header and what matters of its body: SMB2's header and the flags
 * of its session setup response need 4 + 68 bytes. */
enum { DIALOG_HEAD = 72, DIALOG_USER = 32 };

struct dialog_side {
    uint32_t next;  /* sequence number expected */
    uint32_t left;  /* bytes to come of the frame's body */
    uint64_t bytes; /* of payload, each counted once */
    uint16_t turns; /* times it spoke after the other had spoken; saturating */
    uint8_t have;   /* bytes in head */
    bool begun;     /* next is known */
    bool opened;    /* its SYN was seen */
    bool lost;      /* where frames or lines begin is not known */
    uint8_t head[DIALOG_HEAD];
};

enum dialog_phase {
    DIALOG_OPEN,   /* nothing yet that matters */
    DIALOG_ASKED,  /* a login was asked for, its answer is awaited */
    DIALOG_SEALED, /* SSH: what the server says is encrypted */
    DIALOG_DONE    /* nothing more is to be learned */
};

struct dialog {
    struct dialog_side client, server;
    enum login_service service;
    enum dialog_phase phase;
    bool server_spoke_last;
    /* SSH, of the server's answers in the login phase (ssh.c). */
    bool ssh_client_sealed, ssh_named_client, ssh_named_server, ssh_asked;
    uint16_t ssh_accept; /* size of SERVICE_ACCEPT; 0: none yet */
    uint16_t ssh_least;  /* smallest answer since, and how many had this size */
    uint16_t ssh_same;
    uint16_t ssh_answers;
    uint16_t ssh_request; /* bytes that the client sent for the first answer */
    uint8_t ssh_types[2]; /* last readable message of client, of server */
    uint64_t ssh_sent;    /* client bytes at the answer before */
    /* Telnet: a prompt for a password is open; one was typed, and not answered. */
    bool password_asked, password_typed;
    /* How much of a command was read: see mailbox.c and redis.c. */
    uint8_t step;
    bool awaiting; /* a command was not answered yet: one that is sent ahead is not followed */
    /* The account name that a login is tried with, where the text gives it. */
    uint8_t user_len;
    bool user_known;
    uint8_t user[DIALOG_USER]; /* IMAP: the tag of the login, whose answer is awaited */
};

/* What is new. */
struct dialog_said {
    uint32_t failed, accepted;
    bool by_key; /* accepted, with something that nobody guesses */
};

void dialog_begin(struct dialog *d, enum login_service service);
/* The sequence number of a side's SYN. */
void dialog_open(struct dialog *d, bool from_server, uint32_t seq);
/* A packet of one of the two. */
void dialog_feed(struct dialog *d, bool from_server, const struct observation *o,
                 struct dialog_said *said);
/* The connection was closed: what can only be told by then. */
void dialog_close(const struct dialog *d, struct dialog_said *said);
/* SSH: one answer only, to a request of ret->ssh_request bytes, which may have
 * been a question for the ways to log in. */
bool dialog_one_answer(const struct dialog *d);

/* For dialog.c: what is new in a segment. */
struct dialog_piece {
    uint32_t missed;   /* bytes before it that were never seen */
    struct bytes data; /* borrowed */
    uint32_t cut;      /* bytes after it that were not captured */
};
void replies_read(struct dialog *d, bool from_server, const struct dialog_piece *piece,
                  struct dialog_said *said);
/* A whole line of a side's, in its head; these are services whose lines are read. */
void pop3_line(struct dialog *d, bool from_server, struct dialog_said *said);
void imap_line(struct dialog *d, bool from_server, struct dialog_said *said);
void redis_line(struct dialog *d, bool from_server, struct dialog_said *said);
/* Does the side's line begin with the word, in whatever case? */
static inline bool dialog_word_at(const struct dialog_side *s, const char *word)
{
    size_t n = strlen(word);
    return s->have >= n && strncasecmp((const char *)s->head, word, n) == 0;
}
void ssh_read(struct dialog *d, bool from_server, const struct dialog_piece *piece,
              struct dialog_said *said);
bool ssh_looks_failed(const struct dialog *d);

/* For readers of frames: take bytes of `data` up to the end of the frame or of
 * the data. The header has `header` bytes; `length` gives the body's, or a
 * number over `most` when it cannot be one. True when a frame is complete:
 * `head` then has its beginning, up to DIALOG_HEAD bytes. */
struct frame_form {
    uint8_t header;
    uint32_t most;
    uint32_t (*length)(const uint8_t *head);
};
bool frame_take(struct dialog_side *s, const struct frame_form *form, struct bytes *data);
/* Bytes that were not captured; true when a frame is complete by them. */
bool frame_miss(struct dialog_side *s, const struct frame_form *form, uint32_t n);
