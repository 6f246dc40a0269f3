/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* The kernel's walk and the collector's must name the same accept set, action by action. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "automaton_walk.skel.h"
#include "core/match/automaton_build.h"
#include "lib/plan_fixture.h"

enum { ACTION_MAX = 4096 };

static const char *const lines[] = {
	"nginx -t",
	"install -m 0600 /root/staged/*.pem... /etc/nginx/tls/",
	"systemctl {reload,restart} nginx",
	"deploy --all ...",
	"deploy --all now",
	"mysql --password {secret} app",
	"tar -C /srv/** -x",
};

static const struct {
	const char *name, *path, *argv;
	bool accepted;
} rows[] = {
	{ "another program", "/tmp/nginx", "nginx|-t|", false },
	{ "an argument more", "/usr/bin/nginx", "nginx|-t||", false },
	{ "no argument", "/usr/bin/nginx", "nginx|", false },
	{ "a path that climbs", "/usr/bin/tar", "tar|-C|/srv/a/../b|-x|", false },
	{ "an unended argument", "/usr/bin/nginx", "nginx|-t", false },
	{ "nothing", "", "", false },
	{ "as written", "/usr/bin/nginx", "nginx|-t|", true },
	{ "a repeated word", "/usr/bin/install",
	  "install|-m|0600|/root/staged/a.pem|/root/staged/b.pem|/etc/nginx/tls/|", true },
	{ "an alternative", "/usr/bin/systemctl", "systemctl|restart|nginx|", true },
	{ "two rules", "/usr/bin/deploy", "deploy|--all|now|", true },
	{ "any arguments", "/usr/bin/deploy", "deploy|--all|-x||/..|", true },
	{ "a secret", "/usr/bin/mysql", "mysql|--password|\xff\x01|app|", true },
	{ "a double star", "/usr/bin/tar", "tar|-C|/srv/a/b/c|-x|", true },
};

static struct automaton_walk *walker;
static struct plan *plan;

static int set_map(const struct bpf_map *map, const void *value)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(bpf_map__fd(map), &zero, value, BPF_ANY);
}

static uint32_t kernel_walk(struct span action)
{
	uint64_t args[1] = { action.n };
	unsigned char value[ACTION_MAX] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	assert_in_range(action.n, 0, ACTION_MAX);
	memcpy(value, action.p, action.n);
	assert_int_equal(set_map(walker->maps.action_map, value), 0);
	assert_int_equal(
		bpf_prog_test_run_opts(bpf_program__fd(walker->progs.automaton_walk), &opts), 0);
	return opts.retval;
}

static void test_rows(void **state)
{
	struct buf action = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t here, there;

		fixture_action(&action, rows[i].path, rows[i].argv);
		here = automaton_walk(plan->automaton, buf_span(&action));
		there = kernel_walk(buf_span(&action));
		if (here != there || (here != 0) != rows[i].accepted)
			fail_msg("%s: set %u here, %u in the kernel", rows[i].name, here, there);
	}
	buf_free(&action);
}

/* As long as the kernel takes it: the last byte decides. */
static void test_longest(void **state)
{
	struct buf action = { 0 };
	uint32_t set;

	(void)state;
	fixture_action(&action, "/usr/bin/deploy", "deploy|--all|");
	while (action.n < ACTION_MAX - 1)
		buf_addc(&action, 'x');
	assert_int_equal(kernel_walk(buf_span(&action)), 0);
	buf_addc(&action, 0);
	set = kernel_walk(buf_span(&action));
	assert_int_not_equal(set, 0);
	assert_int_equal(set, automaton_walk(plan->automaton, buf_span(&action)));
	buf_free(&action);
}

/* A map value is always as large as the largest table; what no row uses is free. */
static int load_table(const struct ls_automaton *automaton)
{
	uint32_t *entries = malloc(LS_AUTOMATON_ENTRIES_MAX * sizeof(*entries));
	int ret;

	if (!entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < LS_AUTOMATON_ENTRIES_MAX; i++)
		entries[i] = i < automaton->head.entries_n ? automaton->entries[i] : LS_COLUMN_FREE;
	ret = set_map(walker->maps.entries_map, entries);
	if (!ret)
		ret = set_map(walker->maps.head_map, &automaton->head);
	free(entries);
	return ret;
}

static int set_up(void **state)
{
	(void)state;
	plan = fixture_plan(fixture_ticket(lines, sizeof(lines) / sizeof(lines[0])));
	walker = automaton_walk__open_and_load();
	if (!walker && (errno == EPERM || errno == EACCES)) {
		puts("loading a program needs root");
		exit(77);
	}
	return walker ? load_table(plan->automaton) : -1;
}

static int tear_down(void **state)
{
	(void)state;
	automaton_walk__destroy(walker);
	plan_free(plan);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
