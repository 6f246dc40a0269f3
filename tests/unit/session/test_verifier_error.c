/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/verifier_error.h"
#include "lib/cmocka.h"

#include <stdio.h>
#include <string.h>

#define END                                                                                        \
	"libbpf: prog 'on_exec': failed to load: -22\n",                                           \
		"libbpf: failed to load object 'lockstep_bpf'\n",                                  \
		"libbpf: failed to load BPF skeleton 'lockstep_bpf': -22\n"

/* As libbpf 1.1 said it when a program asked for a field that no kernel has, and the like. */
static const struct {
	const char *name;
	const char *heard[6];
	const char *want;
} rows[] = {
	{ "nothing", { NULL }, "" },
	{ "only what follows", { "libbpf: failed to load object 'lockstep_bpf'\n" }, "" },
	{ "an empty line between", { "one\n\ntwo\n" }, "one; two" },
	{ "empty lines", { "\n\n", "" }, "" },
	{ "a field that is not there",
	  { "libbpf: prog 'on_exec': BPF program load failed: Invalid argument\n",
	    "libbpf: prog 'on_exec': -- BEGIN PROG LOAD LOG --\n"
	    "193: (15) if r0 == 0x0 goto pc+12\n194: <invalid CO-RE relocation>\n"
	    "failed to resolve CO-RE relocation <byte_off> [138] struct tcp_sock.bytes_gone (0:1)\n"
	    "processed 295 insns (limit 1000000)\n-- END PROG LOAD LOG --\n",
	    END },
	  "this kernel's BTF does not have <byte_off> [138] struct tcp_sock.bytes_gone (0:1)" },
	{ "what the verifier refuses",
	  { "R1 invalid mem access 'scalar'\nprocessed 9 insns\n-- END PROG LOAD LOG --\n", END },
	  "R1 invalid mem access 'scalar'; libbpf: prog 'on_exec': failed to load: -22" },
	{ "no newline at the end",
	  { "libbpf: map 'ring': failed to create" },
	  "libbpf: map 'ring': failed to create" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct verifier_error words = { 0 };
		char got[600];

		for (size_t k = 0; k < 6 && rows[i].heard[k]; k++)
			verifier_error_add(&words, rows[i].heard[k]);
		verifier_error_line(&words, got, sizeof(got));
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, got);
	}
}

/* A line longer than the room is cut, whatever it begins with. */
static void test_long(void **state)
{
	static char text[2000] = "failed to resolve CO-RE relocation ";
	struct verifier_error words = { 0 };
	char got[4000];

	(void)state;
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	verifier_error_add(&words, text);
	verifier_error_add(&words, text);
	verifier_error_line(&words, got, sizeof(got));
	assert_int_equal(strlen(words.last), 255);
	assert_true(strlen(words.field) < sizeof(words.field) && strlen(words.field) >= 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_long) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
