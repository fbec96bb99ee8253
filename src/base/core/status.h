/* base/core/status.h - how functions say that they could not.
 *
 * A status says what kind of failure; a fault says where in the input and
 * which field. Rooms never log, print or exit: both travel up to cli.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST_USE __attribute__((warn_unused_result))

enum status {
    ST_OK,
    ST_END,       /* a reader has no more */
    ST_NOMEM,     /* an allocation failed */
    ST_SHORT,     /* the input ends inside something */
    ST_MALFORMED, /* the input breaks its format */
    ST_LIMIT,     /* past one of limits.h */
    ST_DENIED,    /* not allowed by policy, cage or permission */
    ST_MISMATCH,  /* a proof does not hold: an answer, not an accident */
    ST_SYS,       /* the operating system refused; errno is in the fault */
};

/* Where an input failed. `field` is a string constant. */
struct fault {
    uint64_t offset;
    const char *field;
    uint64_t limit; /* with ST_LIMIT, else 0 */
    int sys_errno;  /* with ST_SYS, else 0 */
    /* What offset counts when that is not bytes ("entry"): a string constant; "": there
     * is no place to tell. */
    const char *unit;
};

/* Fill *why (which may be NULL) and hand the status back. */
static inline enum status fault_at(struct fault *why, enum status st, uint64_t offset,
                                   const char *field)
{
    if (why != NULL) {
        *why = (struct fault){.offset = offset, .field = field};
    }
    return st;
}

/* The same at a number of something. */
static inline enum status fault_number(struct fault *why, enum status st, const char *unit,
                                       uint64_t number, const char *field)
{
    if (why != NULL) {
        *why = (struct fault){.offset = number, .field = field, .unit = unit};
    }
    return st;
}

/* The same of all of it. */
static inline enum status fault_whole(struct fault *why, enum status st, const char *field)
{
    return fault_number(why, st, "", 0, field);
}

/* What somebody else found, passed on. */
static inline enum status fault_pass(struct fault *why, enum status st, const struct fault *from)
{
    if (why != NULL) {
        *why = *from;
    }
    return st;
}

static inline enum status fault_limit(struct fault *why, uint64_t offset, const char *field,
                                      uint64_t limit)
{
    if (why != NULL) {
        *why = (struct fault){.offset = offset, .field = field, .limit = limit};
    }
    return ST_LIMIT;
}

static inline enum status fault_sys(struct fault *why, int err, const char *field)
{
    if (why != NULL) {
        *why = (struct fault){.field = field, .sys_errno = err};
    }
    return ST_SYS;
}

/* In words, for messages: "ends early", "malformed", ... Never NULL. */
const char *status_text(enum status st);
enum { FAULT_TEXT_MAX = 256 };
/* "offset 24: captured length: past the limit of 262144": all but the file.
 * Cut to fit; returns out. */
const char *fault_text(enum status st, const struct fault *why, char *out, size_t size);

#define TRY(x)                                                                                     \
    do {                                                                                           \
        enum status try_status_ = (x);                                                             \
        if (try_status_ != ST_OK) {                                                                \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

#define CLEANUP(f) __attribute__((cleanup(f)))

#define TAKE(p)                                                                                    \
    (__extension__({                                                                               \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    }))

/* For CLEANUP on anything that came from malloc. */
static inline void free_ptr(void *p)
{
    free(*(void **)p);
}

/* Discard a MUST_USE status, for the reason that the comment beside it gives. */
static inline void status_ignore(enum status st)
{
    (void)st;
}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline enum status size_add(size_t a, size_t b, size_t *ret)
{
    return __builtin_add_overflow(a, b, ret) ? ST_LIMIT : ST_OK;
}

static inline enum status size_mul(size_t a, size_t b, size_t *ret)
{
    return __builtin_mul_overflow(a, b, ret) ? ST_LIMIT : ST_OK;
}
