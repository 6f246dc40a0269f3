/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/id.h"

#include "core/base/ascii.h"

bool id_valid(struct span id)
{
	size_t i;

	if (id.n == 0 || id.n >= ID_ROOM || id.p[0] == '.')
		return false;
	for (i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!ascii_is_alnum(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}
