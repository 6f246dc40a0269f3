/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/plan/action.h"
#include "lib/cmocka.h"

/* "|" stands for NUL, after the last argument too. */
static struct span piped(const char *text, char *room, size_t n)
{
	size_t len = strlen(text);

	if (len >= n)
		fail_msg("row too long");
	memcpy(room, text, len);
	for (size_t i = 0; i < len; i++)
		room[i] = room[i] == '|' ? 0 : room[i];
	return (struct span){ room, len };
}

static void test_build(void **state)
{
	static const struct {
		const char *name, *exe, *cwd, *filename, *interp, *argv;
		int ret;
		bool script;
		const char *want, *path, *own;
	} rows[] = {
		{ "script path not in argv", "/bin/dash", "/", "/x.sh", "/bin/sh",
		  "/bin/sh|/y.sh|a|", -EINVAL, false, "/bin/dash|/bin/sh|/y.sh|a|", "/bin/dash",
		  "/bin/sh|/y.sh|a|" },
		{ "script path only as the interpreter's name", "/bin/dash", "/", "/x.sh",
		  "/bin/sh", "/x.sh|a|", -EINVAL, false, "/bin/dash|/x.sh|a|", "/bin/dash",
		  "/x.sh|a|" },
		{ "no argv at all", "/bin/ls", "/", "ls", "", "", 0, false, "/bin/ls|", "/bin/ls",
		  "" },
		{ "empty last argument", "/bin/ls", "/", "ls", "", "ls|-t||", 0, false,
		  "/bin/ls|ls|-t||", "/bin/ls", "ls|-t||" },
		{ "forged argv[0] stays", "/tmp/evil", "/", "/tmp/evil", "", "nginx|-t|", 0, false,
		  "/tmp/evil|nginx|-t|", "/tmp/evil", "nginx|-t|" },
		{ "script", "/bin/dash", "/", "/usr/bin/x.sh", "/bin/sh",
		  "/bin/sh|/usr/bin/x.sh|a|b|", 0, true, "/usr/bin/x.sh|/usr/bin/x.sh|a|b|",
		  "/usr/bin/x.sh", "/usr/bin/x.sh|a|b|" },
		{ "script with an interpreter's argument", "/bin/dash", "/", "/x.sh", "/bin/sh",
		  "/bin/sh|-eu|/x.sh|", 0, true, "/x.sh|/x.sh|", "/x.sh", "/x.sh|" },
		{ "relative script", "/bin/dash", "/srv/app", "bin/x.sh", "/bin/sh",
		  "/bin/sh|bin/x.sh|a|", 0, true, "/srv/app/bin/x.sh|/srv/app/bin/x.sh|a|",
		  "/srv/app/bin/x.sh", "bin/x.sh|a|" },
		{ "relative script in the root", "/bin/dash", "/", "x.sh", "/bin/sh",
		  "/bin/sh|x.sh|", 0, true, "/x.sh|/x.sh|", "/x.sh", "x.sh|" },
		{ "a leading ./ goes", "/bin/dash", "/srv", "./x.sh", "/bin/sh", "/bin/sh|./x.sh|",
		  0, true, "/srv/x.sh|/srv/x.sh|", "/srv/x.sh", "./x.sh|" },
		{ ".. stays", "/bin/dash", "/srv/app", "../x.sh", "/bin/sh", "/bin/sh|../x.sh|", 0,
		  true, "/srv/app/../x.sh|/srv/app/../x.sh|", "/srv/app/../x.sh", "../x.sh|" },
		{ "an argument that repeats the path", "/bin/dash", "/", "/x.sh", "/bin/sh",
		  "/bin/sh|/x.sh|/x.sh|", 0, true, "/x.sh|/x.sh|/x.sh|", "/x.sh", "/x.sh|/x.sh|" },
	};
	struct buf room = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char argv[256], want[256], own[256];
		struct event_exec exec = {
			.exe = span_of(rows[i].exe),
			.cwd = span_of(rows[i].cwd),
			.filename = span_of(rows[i].filename),
			.interp = span_of(rows[i].interp),
			.argv = piped(rows[i].argv, argv, sizeof(argv)),
		};
		struct action action;

		if (action_build(&exec, &room, &action) != rows[i].ret ||
		    action.script != rows[i].script ||
		    !span_eq(action.bytes, piped(rows[i].want, want, sizeof(want))) ||
		    !span_is(action.path, rows[i].path) ||
		    !span_eq(action.argv, piped(rows[i].own, own, sizeof(own))))
			fail_msg("row \"%s\"", rows[i].name);
	}
	buf_free(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_build) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
