/* evidence/exhibit/bag.h - the members that make an exhibit a bag (RFC 8493).
 *
 * All of them follow from the members under data/: they are written by
 * computing them, and checked by computing them again.
 */
#pragma once

#include <stddef.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "evidence/exhibit/zip.h"

/* The members around data/, in the file's order: mimetype, README.txt,
 * bag-info.txt, bagit.txt, then data/, then the two manifests. */
enum { BAG_BEFORE = 4, BAG_AFTER = 2 };

struct evidence_bag {
    struct buf info, manifest, tags;
};

/* Texts for these members of data/, which ascend by name. */
MUST_USE enum status evidence_bag_make(const struct evidence_zip_member *data, size_t n,
                                       struct evidence_bag *ret);
void evidence_bag_fini(struct evidence_bag *b);
/* The tag members, in the file's order: i < BAG_BEFORE + BAG_AFTER. */
void evidence_bag_member(const struct evidence_bag *b, size_t i, struct evidence_zip_member *ret);

/* Are these all members of a bag, with what belongs into the tag members? *ret and
 * *ret_n are then those under data/. ST_MISMATCH: a hash or a text is another. */
MUST_USE enum status evidence_bag_check(const struct evidence_zip_member *members, size_t n,
                                        const struct evidence_zip_member **ret, size_t *ret_n,
                                        struct fault *why);
