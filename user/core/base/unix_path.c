/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/unix_path.h"

/* Cuts the first component off, with the slashes before it; false at the end. */
static bool next_component(struct span *rest, struct span *out)
{
	while (rest->n && rest->p[0] == '/') {
		rest->p++;
		rest->n--;
	}
	*out = (struct span){ rest->p, 0 };
	while (rest->n && rest->p[0] != '/') {
		rest->p++;
		rest->n--;
		out->n++;
	}
	return out->n > 0;
}

struct span unix_path_tidy(struct span path, char room[UNIX_PATH_ROOM])
{
	static const char var[] = "/var/run/";
	struct span rest = path, component;
	size_t n = 0;

	if (path.n == 0 || path.p[0] != '/' || path.n > UNIX_PATH_ROOM)
		return path;
	while (next_component(&rest, &component)) {
		if (span_is(component, "."))
			continue;
		room[n++] = '/';
		memcpy(room + n, component.p, component.n);
		n += component.n;
	}
	if (n >= sizeof(var) && memcmp(room, var, sizeof(var) - 1) == 0)
		return (struct span){ room + 4, n - 4 };
	return (struct span){ room, n };
}

bool unix_path_can_match(struct span path)
{
	struct span rest = path, component;
	size_t n = 0;

	if (path.n == 0 || path.p[0] != '/')
		return false;
	while (next_component(&rest, &component)) {
		if (span_is(component, ".") || span_is(component, ".."))
			return false;
		n += component.n + 1;
	}
	return n == path.n;
}
