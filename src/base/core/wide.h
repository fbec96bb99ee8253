/* base/core/wide.h - 128-bit integers, which compilers have and ISO C has not. */
#pragma once

__extension__ typedef unsigned __int128 uint128;
