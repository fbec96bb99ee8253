/* cli/reader_child.h - what the reader says, and the half that runs caged. */
#pragma once

#include <limits.h>

#include "base/os/cage.h"
#include "cli/reader.h"

enum reader_says {
    READER_PROGRESS = 1, /* be64: bytes taken from descriptors */
    READER_CAGE,         /* text: what is not in force */
    READER_INPUT,        /* be32 index, be64 records, u8 has_time, be64 first, text: format */
    READER_FAULT,        /* be32 index, u8 status, be64 offset, be64 limit, be32 errno, text */
    READER_REMARK,       /* remark_put */
    READER_FINDING,      /* finding_put */
    READER_SUMMARY,      /* summary_put: the last */
    READER_WATCHED,      /* be32 part, and what reader_watch put */
    READER_FAILED,       /* u8 status: no summary will come */
    /* Sealing. One input at a time: begin, its segments, and one of the last two. */
    READER_SEAL_KNOWN,   /* be32 index, be32 which of the sealed files it decompresses to */
    READER_EPOCH,        /* be64 epoch; the answer is of the same type: its key, or nothing */
    READER_SEAL_BEGIN,   /* be32 index, u8 enum evidence_kind */
    READER_SEAL_PART,    /* bytes of the next segment at rest */
    READER_SEAL_SEGMENT, /* they were all of it */
    READER_SEALED,       /* be32 index, digest and be64 length of what was read; if that was
                          * compressed, the digest of what was in it */
    READER_UNSEALED,     /* be32 index, text: why not */
};

enum { READER_MESSAGE_MAX = 4 << 20 };
#define READER_WHOLE_RUN UINT_MAX /* a remark's input: none */

/* The child's main; its exit status. */
int reader_child(void *job, int channel, const struct cage_report *cage);
