/* cli/sourcing.c - sources as they lie in the file system. */
#include "cli/sourcing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribute/sources.h"
#include "attribute/spec.h"
#include "base/core/buf.h"
#include "cli/say.h"

bool sourcing_check(const char *const *specs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct attribute_spec spec;
        struct fault why = {0};
        enum status st = attribute_spec_parse(specs[i], &spec, &why);
        if (st == ST_OK && access(spec.path, R_OK) != 0) {
            st = fault_sys(&why, errno, "open");
        }
        if (st != ST_OK) {
            say_fault(specs[i], st, &why);
            return false;
        }
    }
    return true;
}

/* Content is not hashed here: an update changes a file's size, number or times,
 * and reading 80 MB to see that nothing changed would cost more than all else. */
static void put_state(struct buf *out, const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0) {
        buf_str(out, "absent\n");
        return;
    }
    buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %lld.%09ld %lld.%09ld\n",
               (uint64_t)s.st_dev, (uint64_t)s.st_ino, (uint64_t)s.st_size,
               (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec, (long long)s.st_ctim.tv_sec,
               s.st_ctim.tv_nsec);
}

/* Two runs with the same relative name may mean different files. */
static void put_place(struct buf *out)
{
    char folder[ATTRIBUTE_PATH_MAX];
    buf_str(out, getcwd(folder, sizeof(folder)) != NULL ? folder : "");
    buf_byte(out, '\n');
}

enum status sourcing_identify(const char *const *specs, size_t n, struct sourcing_identity *ret)
{
    CLEANUP(buf_fini) struct buf set = BUF_INIT(1 << 20);
    CLEANUP(buf_fini) struct buf state = BUF_INIT(1 << 20);
    const char *path;
    for (size_t i = 0; (path = attribute_sources_default(i)) != NULL; i++) {
        put_state(&state, path);
    }
    buf_str(&set, "defaults\n");
    for (size_t i = 0; i < n; i++) {
        struct attribute_spec spec;
        TRY(attribute_spec_parse(specs[i], &spec, NULL));
        if (spec.path[0] != '/') {
            put_place(&set);
        }
        buf_str(&set, specs[i]);
        buf_byte(&set, '\n');
        put_state(&state, spec.path);
    }
    buf_append(&state, set.data, set.len);
    TRY(set.failed);
    TRY(state.failed);
    TRY(digest_sha256(buf_bytes(&set), &ret->set));
    return digest_sha256(buf_bytes(&state), &ret->state);
}
