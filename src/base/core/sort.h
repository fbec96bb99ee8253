/* base/core/sort.h - sorting many plain numbers, in time linear in their number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Ascending, by their bytes from the lowest up; `spare` has room for n. */
void sort_u32(uint32_t *v, size_t n, uint32_t *spare);
