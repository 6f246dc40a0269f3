// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/search.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

/*
 * The kernel gathers the findings in a buffer of 8 pages and shows a task again whose finding did
 * not fit. By then it would be tagged, and not found: so no read asks for more than half of that
 * (bpf_seq_read() in kernel/bpf/bpf_iter.c stops when it has what was asked for).
 */
enum { PIECE = 4096 / sizeof(struct ls_found) };

int search_pass(int link, void (*each)(void *ctx, const struct ls_found *found), void *ctx)
{
	struct ls_found found[PIECE];
	int fd = bpf_iter_create(link);
	ssize_t n = 0;
	int ret = 0;

	if (fd < 0)
		return -errno;
	while (!ret && (n = read(fd, found, sizeof(found))) > 0) {
		for (size_t i = 0; i < (size_t)n / sizeof(*found); i++) {
			/* The kernel's word for a full hash is E2BIG. */
			if (found[i].error == -E2BIG)
				ret = -ENOSPC;
			else
				each(ctx, &found[i]);
		}
		if (n % sizeof(*found))
			ret = -EPROTO;
	}
	if (!ret && n < 0)
		ret = -errno;
	close(fd);
	return ret;
}
