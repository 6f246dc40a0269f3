/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/hook.h"
#include "lib/cmocka.h"

#include <stdio.h>
#include <string.h>

enum { MUST, UNIX, STREAM, DGRAM, WRITE, MUST_2, MUST_3, ROWS };
#define BIT HOOK_BIT

/* A table with all that a row can be. */
static const struct hook_row table[ROWS] = {
	[MUST] = { .program = "must", .way = HOOK_WAY_TRACEPOINT, .required = true },
	[UNIX] = { .program = "unix", .way = HOOK_WAY_CGROUP_UNIX },
	[STREAM] = { .program = "stream",
		     .way = HOOK_WAY_FENTRY,
		     .function = "unix_stream_connect",
		     .stands_in = BIT(UNIX) },
	[DGRAM] = { .program = "dgram",
		    .way = HOOK_WAY_FENTRY,
		    .function = "unix_dgram_connect",
		    .stands_in = BIT(UNIX) | BIT(STREAM) },
	[WRITE] = { .program = "write", .way = HOOK_WAY_LSM, .function = "bpf_lsm_file_open" },
	[MUST_2] = { .program = "must_2", .way = HOOK_WAY_SPARE, .spare_of = (enum hook)MUST },
	[MUST_3] = { .program = "must_3", .way = HOOK_WAY_SPARE, .spare_of = (enum hook)MUST },
};

#define FENTRY .fentry = FACT_YES
#define ALL    .functions = BIT(STREAM) | BIT(DGRAM) | BIT(WRITE)

static const struct {
	const char *name;
	struct kernel_facts facts;
	uint64_t refused, want;
} choices[] = {
	{ "nothing known", { .btf = FACT_UNKNOWN }, 0, BIT(MUST) },
	{ "required, and refused: an error of the load",
	  { .btf = FACT_YES },
	  BIT(MUST),
	  BIT(MUST) },
	{ "fentry, and no function", { FENTRY }, 0, BIT(MUST) },
	{ "functions, and no fentry", { ALL, .fentry = FACT_NO }, 0, BIT(MUST) },
	{ "fentry is no LSM",
	  { ALL, FENTRY, .lsm = FACT_NO, .lsm_bpf = FACT_YES },
	  0,
	  BIT(MUST) | BIT(STREAM) | BIT(DGRAM) },
	{ "an LSM that attaches, and is not active",
	  { ALL, .lsm = FACT_YES, .lsm_bpf = FACT_NO },
	  0,
	  BIT(MUST) },
	{ "an LSM that attaches, and may be active", { ALL, .lsm = FACT_YES }, 0, BIT(MUST) },
	{ "LSM is no fentry",
	  { ALL, .lsm = FACT_YES, .lsm_bpf = FACT_YES },
	  0,
	  BIT(MUST) | BIT(WRITE) },
	{ "one function", { FENTRY, .functions = BIT(STREAM) }, 0, BIT(MUST) | BIT(STREAM) },
	{ "the better one", { ALL, .cgroup_unix = FACT_YES }, 0, BIT(MUST) | BIT(UNIX) },
	{ "the better one, and one that needs both",
	  { ALL, FENTRY, .cgroup_unix = FACT_YES },
	  0,
	  BIT(MUST) | BIT(UNIX) },
	{ "the better one is refused",
	  { ALL, FENTRY, .cgroup_unix = FACT_YES },
	  BIT(UNIX),
	  BIT(MUST) | BIT(STREAM) | BIT(DGRAM) },
	{ "tracepoints that keep their processor", { .preempt = FACT_NO }, 0, BIT(MUST) },
	{ "tracepoints that do not",
	  { .preempt = FACT_YES },
	  0,
	  BIT(MUST) | BIT(MUST_2) | BIT(MUST_3) },
	{ "a spare is refused", { .preempt = FACT_YES }, BIT(MUST_2), BIT(MUST) | BIT(MUST_3) },
	{ "what stands in is refused", { ALL, FENTRY }, BIT(STREAM), BIT(MUST) | BIT(DGRAM) },
};

static void test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		uint64_t got = hooks_choose(table, ROWS, &choices[i].facts, choices[i].refused);

		if (got != choices[i].want)
			fail_msg("%s: got %#llx", choices[i].name, (unsigned long long)got);
	}
}

#define BOTH BIT(MUST_2) | BIT(MUST_3)

static const struct {
	const char *name;
	uint64_t programs, misses[ROWS], want;
} skipped[] = {
	{ "nothing is attached", 0, { [MUST] = 7 }, 0 },
	{ "no spares", BIT(MUST) | BIT(WRITE), { [MUST] = 7, [WRITE] = 1 }, 8 },
	{ "spares that are not there", BIT(MUST), { [MUST] = 7, [MUST_2] = 1, [MUST_3] = 1 }, 7 },
	{ "seen by a spare", BIT(MUST) | BOTH, { [MUST] = 7 }, 0 },
	{ "spares alone were kept from it", BIT(MUST) | BOTH, { [MUST_2] = 2, [MUST_3] = 1 }, 0 },
	{ "all were kept from some",
	  BIT(MUST) | BOTH,
	  { [MUST] = 7, [MUST_2] = 3, [MUST_3] = 2 },
	  2 },
	{ "one spare", BIT(MUST) | BIT(MUST_3), { [MUST] = 7, [MUST_3] = 3 }, 3 },
	{ "another program's misses",
	  BIT(MUST) | BIT(STREAM) | BOTH,
	  { [MUST] = 7, [STREAM] = 4, [MUST_2] = 1, [MUST_3] = 1 },
	  5 },
};

static void test_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(skipped) / sizeof(*skipped); i++) {
		uint64_t got = hooks_skipped(table, ROWS, skipped[i].programs, skipped[i].misses);

		if (got != skipped[i].want)
			fail_msg("%s: got %llu", skipped[i].name, (unsigned long long)got);
	}
}

static const struct {
	const char *name;
	unsigned int row;
	struct kernel_facts facts;
	const char *want;
} whys[] = {
	{ "required", MUST, { .btf = FACT_NO }, "" },
	{ "no such hook", UNIX, { .cgroup_unix = FACT_NO }, "; needs Linux 6.7" },
	{ "no fentry", STREAM, { ALL }, "; this kernel takes no fentry program" },
	{ "no function", STREAM, { FENTRY }, "; this kernel has no unix_stream_connect" },
	{ "an LSM of which nothing is known",
	  WRITE,
	  { ALL, .lsm = FACT_YES },
	  "; the active LSMs can't be read (/sys/kernel/security)" },
	{ "an LSM that is not active",
	  WRITE,
	  { ALL, .lsm = FACT_YES, .lsm_bpf = FACT_NO },
	  "; the BPF LSM is not active (lsm=...,bpf)" },
	{ "no LSM",
	  WRITE,
	  { ALL, .lsm_bpf = FACT_NO },
	  "; the BPF LSM is not active (lsm=...,bpf)" },
	{ "an LSM that refuses",
	  WRITE,
	  { ALL, .lsm = FACT_NO, .lsm_bpf = FACT_YES },
	  "; this kernel takes no LSM program" },
	{ "the kernel's words",
	  STREAM,
	  { ALL, FENTRY, .refused = { [STREAM] = "load: no" } },
	  "; refused: load: no" },
	{ "it could run", STREAM, { ALL, FENTRY }, "" },
};

static void test_whys(void **state)
{
	struct buf why = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(whys) / sizeof(*whys); i++) {
		buf_reset(&why);
		hook_why_not(&table[whys[i].row], whys[i].row, &whys[i].facts, "; ", &why);
		if (!span_is(buf_span(&why), whys[i].want))
			fail_msg("%s: \"%.*s\"", whys[i].name, (int)why.n, why.p);
	}
	buf_free(&why);
}

static const struct {
	const char *line;
	int want;
} lines[] = {
	{ "", -1 },
	{ "libbpf: prog 'on_exec", -1 },
	{ "libbpf: prog 'on_exec2': failed", -1 },
	{ "libbpf: failed to load object 'on_exec'", -1 },
	{ "libbpf: prog 'a_name_that_is_longer_than_any_that_a_program_of_the_kernel_can_have': x",
	  -1 },
	{ "libbpf: prog 'on_exec': failed to load: -22", HOOK_EXEC },
	{ "libbpf: prog 'on_bind6': BPF program load failed: Invalid argument", HOOK_BIND6 },
};

static void test_blamed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (hook_blamed(lines[i].line) != lines[i].want)
			fail_msg("\"%s\": %d", lines[i].line, hook_blamed(lines[i].line));
	}
}

/* Whole, each name once, and what stands in for another can be left out. */
static void test_table(void **state)
{
	char kernel_name[16];

	(void)state;
	for (int i = 0; i < HOOKS_N; i++) {
		const struct hook_row *row = &hook_rows[i];

		if (!row->program || !row->place || hook_of_program(row->program) != i)
			fail_msg("row %d: not whole, or twice", i);
		if (row->required && (row->stands_in || row->function))
			fail_msg("%s: required, and yet not", row->program);
		if (row->stands_in & HOOK_BIT(i))
			fail_msg("%s: stands in for itself", row->program);
		if (row->way == HOOK_WAY_SPARE &&
		    strcmp(row->place, hook_rows[row->spare_of].place) != 0)
			fail_msg("%s: a spare in another place", row->program);
		snprintf(kernel_name, sizeof(kernel_name), "%s", row->program);
		if (hook_of_kernel_name(kernel_name) != i)
			fail_msg("%s: not told apart by the name that the kernel keeps",
				 row->program);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices), cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_whys),    cmocka_unit_test(test_blamed),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
