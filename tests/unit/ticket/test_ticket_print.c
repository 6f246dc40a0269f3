/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cmocka.h"
#include "lib/rich_ticket.h"
#include "lib/ticket_same.h"

#define HEAD                                                                                       \
	"lockstep: 1\nticket: T\nrequester: x\noperators: [a]\n"                                   \
	"window: {from: 2026-11-23T20:00:00.5Z, until: 2026-11-23T23:00:00+01:00}\n"

static void test_bytes(void **state)
{
	static const char text[] =
		HEAD "summary: 'a \"b\" \\ c: # d'\n"
		     "approvals: 3\norder: strict\n"
		     "profiles: [p, "
		     "q@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef]\n"
		     "path: [/bin]\n"
		     "steps:\n"
		     "  - {id: a, run: \"cat 'x y' \\\"z\\\" *...\", times: "
		     "1-3, stdin: [pipe, tty], cwd: /}\n"
		     "  - id: b\n"
		     "    run: id\n"
		     "    children: [id -u, \"sh\"]\n"
		     "    env: {A: '', B: '*'}\n"
		     "    sockets: [other, raw]\n"
		     "allow: {write: [/tmp/**]}\n";
	static const char want[] =
		"lockstep: 1\n"
		"ticket: \"T\"\n"
		"summary: \"a \\\"b\\\" \\\\ c: # d\"\n"
		"requester: \"x\"\n"
		"operators: [\"a\"]\n"
		"window: {from: \"2026-11-23T20:00:00.500000000Z\", until: "
		"\"2026-11-23T22:00:00.000000000Z\"}\n"
		"approvals: 3\n"
		"order: strict\n"
		"profiles: [\"p\", \"q@sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]\n"
		"path: [\"/bin\"]\n"
		"steps:\n"
		"  - id: \"a\"\n"
		"    run: \"cat 'x y' \\\"z\\\" *...\"\n"
		"    times: 1-3\n"
		"    stdin: [tty, pipe]\n"
		"    cwd: \"/\"\n"
		"  - id: \"b\"\n"
		"    run: \"id\"\n"
		"    children: [\"id -u\", \"sh\"]\n"
		"    env: {A: \"\", B: \"*\"}\n"
		"    sockets: [raw, other]\n"
		"allow:\n"
		"  write: [\"/tmp/**\"]\n";
	struct buf out = { 0 };
	struct ticket *ticket;
	struct errs errs;

	(void)state;
	if (ticket_parse(text, sizeof(text) - 1, &ticket, &errs))
		fail_msg("%u: %s", errs.v[0].line, errs.v[0].message);
	assert_int_equal(ticket_print(ticket, &out), 0);
	buf_addc(&out, 0);
	assert_string_equal(out.p, want);
	buf_free(&out);
	ticket_free(ticket);
}

/* A ticket, a profile or neither; returns how many it was. */
static unsigned int hold(const char *name, const char *text, size_t n)
{
	unsigned int held = 0;

	for (int profile = 0; profile < 2; profile++) {
		struct ticket *ticket;
		char message[512];
		const char *wrong;

		if (profile ? profile_parse(text, n, &ticket, NULL)
			    : ticket_parse(text, n, &ticket, NULL))
			continue;
		wrong = ticket_fixpoint(ticket, message);
		if (wrong)
			fail_msg("%s: %s", name, wrong);
		ticket_free(ticket);
		held++;
	}
	return held;
}

static unsigned int hold_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned int held = 0;

	if (!dir)
		fail_msg("\"%s\" is not there: run from the source's top directory", path);
	while ((entry = readdir(dir))) {
		static char text[TICKET_BYTES_MAX + 1];
		char name[512];
		FILE *file;

		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
		if (!file)
			continue;
		held += hold(name, text, fread(text, 1, sizeof(text), file));
		fclose(file);
	}
	closedir(dir);
	return held;
}

static void test_fixpoint(void **state)
{
	static const char *const rows[] = {
		rich_ticket,
		HEAD "steps: [{id: 1, run: x, times: 7, stdin: any, children: none}]\n",
		HEAD "steps: [{id: '1', run: x, times: any, children: any, as: 'DOM\\user'}]\n",
		HEAD "hosts: ['*']\nsummary: \"\xc3\xa9 \xe2\x86\x92 \\uFFFE\"\nsteps: [{id: a, "
		     "run: x y}]\n",
		"lockstep: 1\nprofile: p\n",
		"lockstep: 1\nprofile: p\nsummary: s\npath: [/a, /a]\nallow: {connect: "
		"[\"tcp://[::/0]:*\"]}\n",
	};
	unsigned int held;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (hold(rows[i], rows[i], strlen(rows[i])) != 1)
			fail_msg("%s: is no ticket", rows[i]);
	held = hold("rich", rich_ticket, strlen(rich_ticket));
	held += hold_directory("examples/tickets") + hold_directory("examples/profiles");
	held += hold_directory("tests/fuzz/corpus/ticket");
	print_message("%u tickets and profiles of files are the same when printed and read again\n",
		      held);
	assert_true(held >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_fixpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
