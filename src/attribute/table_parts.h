/* attribute/table_parts.h - the layout of a compiled table, for what writes it
 * (compile.c) and what reads it (table.c).
 *
 *   0    magic "EXHTABLE"
 *   8    version u32; 0x01020304 as this machine writes it
 *   16   identity 32, of the sources
 *   48   digest of the special-purpose ranges 32
 *   80   lengths in bytes, u64 each: the seven sections
 *   136  sum of everything behind the header u64
 *   144  SHA-256 of everything before it
 *
 * The sections follow, each at a multiple of 64: trie of IPv4, of IPv6; where
 * values begin (u32 each, one more for the end), values; where says begin,
 * says; the sources. All numbers are the machine's own.
 *
 *   value   net length u8, special range u8 (1 for the first, 0 for none),
 *           number of a say u32, and so on: in order of sources
 *   say     source u8, damaged u8, statements u8, and for each: about u8,
 *           flag u8, has AS u8, AS u32, code, text (length u8 and bytes)
 */
#pragma once

#include "attribute/cuts.h"
#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum table_section {
    TABLE_TRIE4,
    TABLE_TRIE6,
    TABLE_VALUE_STARTS,
    TABLE_VALUES,
    TABLE_SAY_STARTS,
    TABLE_SAYS,
    TABLE_SOURCES,
    TABLE_SECTIONS,
};

enum {
    TABLE_VERSION = 2,
    TABLE_IDENTITY_AT = 16,
    TABLE_SPECIAL_AT = 48,
    TABLE_LENGTHS_AT = 80,
    TABLE_CONTENT_AT = TABLE_LENGTHS_AT + TABLE_SECTIONS * 8,
    TABLE_SUM_AT = TABLE_CONTENT_AT + 8,
    TABLE_HEADER_BYTES = TABLE_SUM_AT + DIGEST_BYTES,
    TABLE_ALIGN = 64,
    TABLE_SAYS_MAX = 64, /* of one value: LIMIT_SOURCES */
};

#define TABLE_MAGIC  "EXHTABLE"
#define TABLE_ENDIAN UINT32_C(0x01020304)

/* Tells damage, not tampering: four times faster than any digest. */
uint64_t attribute_table_content(struct bytes content);
/* Of the ranges that this program knows as special. */
MUST_USE enum status attribute_table_special(struct digest *ret);
/* Where the first section begins, or the one after `at` bytes. */
static inline size_t attribute_table_align(size_t at)
{
    return (at + TABLE_ALIGN - 1) / TABLE_ALIGN * TABLE_ALIGN;
}
