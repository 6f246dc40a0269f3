/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/action.h"

#include <errno.h>

/* Cuts argv down to the script's own: its path as given, and what follows. False when that is not
 * in it. */
static bool script_argv(const struct event_exec *exec, struct span *own)
{
	struct span rest = exec->argv, item;

	*own = exec->argv;
	if (!strings_next(&rest, &item)) /* the interpreter */
		return false;
	for (*own = rest; strings_next(&rest, &item); *own = rest) {
		if (span_eq(item, exec->filename))
			return true;
	}
	*own = exec->argv;
	return false;
}

/* A relative path is taken from cwd; but for one leading "./" nothing is tidied: ".." never
 * matches. */
static void add_absolute(struct buf *buf, struct span path, struct span cwd)
{
	if (path.n == 0 || path.p[0] != '/') {
		buf_add(buf, cwd.p, cwd.n);
		if (cwd.n == 0 || cwd.p[cwd.n - 1] != '/')
			buf_addc(buf, '/');
		if (path.n > 2 && path.p[0] == '.' && path.p[1] == '/') {
			path.p += 2;
			path.n -= 2;
		}
	}
	buf_add(buf, path.p, path.n);
}

int action_build(const struct event_exec *exec, struct buf *room, struct action *out)
{
	struct span args, argv0;
	bool script = exec->interp.n > 0;
	int ret = 0;
	size_t n;

	*out = (struct action){ .argv = exec->argv };
	buf_reset(room);
	if (script && !script_argv(exec, &out->argv)) {
		script = false;
		ret = -EINVAL;
	}
	args = out->argv;
	if (script)
		strings_next(&args, &argv0);
	if (script)
		add_absolute(room, exec->filename, exec->cwd);
	else
		buf_add(room, exec->exe.p, exec->exe.n);
	n = room->n;
	buf_addc(room, 0);
	if (script) {
		add_absolute(room, exec->filename, exec->cwd);
		buf_addc(room, 0);
	}
	buf_add(room, args.p, args.n);
	if (room->failed)
		return -ENOMEM;
	out->bytes = buf_span(room);
	out->path = (struct span){ room->p, n };
	out->script = script;
	return ret;
}

bool action_script_path(const struct event_exec *exec, struct buf *room, struct span *path)
{
	struct span own;

	*path = (struct span){ NULL, 0 };
	if (exec->interp.n == 0 || !script_argv(exec, &own))
		return false;
	buf_reset(room);
	add_absolute(room, exec->filename, exec->cwd);
	if (room->failed)
		return false;
	*path = buf_span(room);
	return true;
}
