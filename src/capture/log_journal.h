/* capture/log_journal.h - entries of the systemd journal: JSON and export.
 *
 * Export format (systemd.io/JOURNAL_EXPORT_FORMATS): fields "NAME=TEXT", or a
 * line with the name alone, then 64 bits of length (little endian), so many
 * bytes and a line end; an empty line ends the entry. Any field may be huge:
 * those that are not needed are passed over without being held.
 *
 * An entry is sshd's when neither the name it gave itself nor the program's
 * name that the kernel gave says otherwise: the first one anybody can claim.
 */
#pragma once

#include "base/core/limits.h"
#include "base/model/observation.h"
#include "capture/log_json.h"
#include "capture/log_scan.h"
#include "capture/log_time.h"

enum { LOG_HOST_MAX = 255 }; /* a DNS name's length, RFC 1035, 2.3.4 */

struct log_entry {
    struct log_stamp stamp;
    uint32_t pid;
    bool sshd;     /* some name says that it is */
    bool stranger; /* some name says that it is not */
    bool twice;    /* a field that an entry has once stands there again */
    uint8_t given; /* fields that were, as bits of log_journal.c's own */
    struct bytes host, message;
};

/* One field; host and message are kept as views. */
void log_entry_field(struct log_entry *e, struct bytes name, struct bytes value);
/* What its message says; o and l as for log_sshd_read, with host and session
 * set here. OTHER when it is not sshd's. */
enum log_found log_entry_read(const struct log_entry *e, struct observation *o, struct obs_log *l);

/* One line of journalctl -o json; false when it is none. Text that cannot be
 * borrowed goes into `room`, which has as many bytes as the line. */
bool log_entry_json(struct bytes line, struct log_room *room, struct log_entry *ret);

/* An entry in export format, as far as it was read, with its own copy of the
 * text that is needed. */
struct log_export {
    struct log_entry entry;
    uint64_t offset; /* of its first byte */
    bool open;       /* inside an entry */
    bool passing;    /* over the rest of a long line */
    bool whole;      /* `entry` is complete and waits to be read */
    uint64_t skip;   /* bytes of a field still to be passed over */
    size_t used;     /* of text */
    uint8_t text[LIMIT_LINE_BYTES + LOG_HOST_MAX];
};

enum log_export_step {
    LOG_EXPORT_MORE,   /* more bytes are needed; at the end of the input: an entry was cut */
    LOG_EXPORT_ENTRY,  /* an entry is complete */
    LOG_EXPORT_LONG,   /* a needed field was too long and was passed over; go on */
    LOG_EXPORT_BROKEN, /* no end, or a length that cannot be: what follows is read as lines */
    LOG_EXPORT_LEAVE,  /* the next line is none of an entry */
};

/* Reads on in w, whose first byte has that offset; *used says how far. */
enum log_export_step log_export_read(struct log_export *x, struct bytes w, uint64_t offset,
                                     size_t *used);
/* Is this the first line of an entry? */
bool log_export_begins(struct bytes line);
/* Could this be a field, or the beginning of one that was cut? */
bool log_export_field(struct bytes line);
