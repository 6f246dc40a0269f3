/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/id.h"

#include "core/base/chars.h"

static bool is_id_char(char c)
{
	return is_alnum(c) || is_one_of(c, "._-");
}

bool id_valid(struct span id)
{
	return id.n < ID_ROOM && span_all(id, is_id_char) && id.p[0] != '.';
}
