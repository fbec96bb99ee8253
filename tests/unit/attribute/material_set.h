/* tests/unit/attribute/material_set.h - sets of sources that are made in memory. */
#pragma once

#include "attribute/sources.h"
#include "base/core/timefmt.h"
#include "material.h"

/* The time at which sets are asked, when nothing else is said. */
#define NOW (INT64_C(1790000000) * TIME_SECOND)

static struct remark_list remarks;

static inline struct attribute_sources *new_set(void)
{
    struct attribute_sources *set = NULL;
    remarks = (struct remark_list){0};
    CHECK_INT(attribute_sources_new(NOW, &set), ST_OK);
    return set;
}

/* One more source, with options as on a command line: ",as=vpn". */
static inline void add(struct attribute_sources *set, struct bytes bytes, const char *options)
{
    char path[40];
    char spec[256];
    struct fault why = {0};
    int fd = material_file(bytes, path);
    (void)snprintf(spec, sizeof(spec), "%s%s", path, options);
    CHECK_INT(attribute_sources_add(set, spec, &remarks, &why), ST_OK);
    close(fd);
}
