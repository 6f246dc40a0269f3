/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/memory.h"

#include <malloc.h>
#include <sys/prctl.h>

enum { MAPPED_BYTES = 256 << 10, TRIM_BYTES = 512 << 10 };

void memory_keep_small(void)
{
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

void memory_give_back(void)
{
	malloc_trim(0);
}
