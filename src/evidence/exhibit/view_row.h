/* evidence/exhibit/view_row.h - one row of each view; used by view.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/model/observation.h"
#include "evidence/opening.h"

/* A row, with everything that is known of it. */
struct view_row {
    size_t part;
    const struct evidence_row *row;
    bool opened; /* its local address */
    struct observation obs;
    struct obs_quote quote;
    struct obs_log log;
};

enum {
    VIEW_LINE_BYTES = 320,           /* of 18 fields, the longest two of 39 */
    VIEW_BLOCK_BYTES = 65535 + 1024, /* a payload, and headers, a quote, a comment around it */
};

extern const char view_csv_head[];

/* What lines have in common with the one before. */
struct view_csv_memory {
    int64_t second;
    char time[20]; /* "2006-01-02T15:04:05." */
    struct addr remote;
    char remote_text[ADDR_TEXT_MAX];
    size_t time_len, remote_len;
};

/* How many bytes it took. */
size_t view_csv_row(struct view_csv_memory *m, const struct view_row *v, char out[VIEW_LINE_BYTES]);
/* 0: the row is no packet. */
size_t view_pcap_row(const struct view_row *v, uint8_t out[VIEW_BLOCK_BYTES]);
/* What stands before the packets. */
void view_pcap_head(struct buf *out);
