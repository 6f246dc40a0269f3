// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hooks that are attached and see nothing, and kernels that lack a field: the self-test names the
 * hook, and a load names the field. A hook is made blind by taking its link away behind the probe's
 * back; a field is taken away by a copy of this kernel's BTF in which it has another name.
 *
 * Seen failing: with the link left alone, and with the BTF copied as it is.
 */
#include "rows.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/session/hook.h"
#include "engine/canary.h"
#include "world.h"

static int null_fd = -1;

static bool is_link_of(int fd, const char *program)
{
	struct bpf_link_info link = { 0 };
	struct bpf_prog_info info = { 0 };
	uint32_t n = sizeof(link);
	int prog;

	/* Asked for a link, the kernel says EINVAL or EBADF of any other descriptor. */
	if (bpf_obj_get_info_by_fd(fd, &link, &n) || !link.prog_id)
		return false;
	prog = bpf_prog_get_fd_by_id(link.prog_id);
	n = sizeof(info);
	if (prog < 0)
		return false;
	if (bpf_obj_get_info_by_fd(prog, &info, &n))
		info.name[0] = 0;
	close(prog);
	return !strncmp(info.name, program, sizeof(info.name) - 1);
}

static bool is_link(int fd)
{
	char path[64], at[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, at, sizeof(at) - 1);
	at[n > 0 ? n : 0] = 0;
	return strstr(at, "bpf_link") || strstr(at, "bpf-link");
}

/* The descriptor stays taken, so that whoever closes it closes nothing of anybody's. */
static size_t take_away(const char *program)
{
	size_t taken = 0;

	for (int fd = 3; fd < 256; fd++) {
		if (is_link(fd) && is_link_of(fd, program)) {
			assert_int_equal(dup2(null_fd, fd), fd);
			taken++;
		}
	}
	return taken;
}

/* Where there are any: what they are spares of is then seen by nothing. */
static void take_spares_away(uint64_t taken)
{
	for (unsigned int hook = 0; hook < HOOKS_N; hook++) {
		if (hook_rows[hook].way == HOOK_WAY_SPARE &&
		    (taken & HOOK_BIT(hook_rows[hook].spare_of)))
			take_away(hook_program(hook));
	}
}

static bool is_blinded(const struct selftest *test, unsigned int act, uint64_t hooks)
{
	int hook = selftest_act_hook(test, act);

	return hook >= 0 && (hooks & HOOK_BIT(hook));
}

static void check_told(const struct canary *canary, uint64_t hooks)
{
	struct buf told = { 0 };
	char names[96];

	canary_tell(canary, &told);
	buf_addc(&told, '\0');
	assert_false(told.failed);
	assert_null(strchr(told.p, '\n'));
	for (unsigned int hook = 0; hook < HOOKS_N; hook++) {
		snprintf(names, sizeof(names), " was not seen by %s (%s)", hook_program(hook),
			 hook_place(hook));
		assert_int_equal(strstr(told.p, names) != NULL, (hooks >> hook) & 1);
	}
	buf_free(&told);
}

static void blind_row(const void *what)
{
	uint64_t taken = *(const uint64_t *)what, hooks;
	struct world world = { 0 };
	struct canary canary;
	char why[512];

	world__open(&world, (struct probe_opts){ 0 });
	taken &= probe__facts(world.probe)->programs;
	if (!taken) {
		print_message("  not tried: this kernel runs no such program\n");
		world__close(&world);
		return;
	}
	/* A fork is proven by the child's exit. */
	hooks = taken | (taken & HOOK_BIT(HOOK_EXIT) ? HOOK_BIT(HOOK_FORK) : 0);
	for (unsigned int hook = 0; hook < HOOKS_N; hook++)
		assert_int_equal(taken & HOOK_BIT(hook) ? take_away(hook_program(hook)) : 1, 1);
	take_spares_away(taken);
	assert_int_equal(canary_run(world.probe, &canary, NULL, NULL, why, sizeof(why)), 0);
	assert_false(selftest_passed(&canary.test));
	for (unsigned int act = 0; act < SELFTEST_ACTS; act++) {
		enum selftest_state state = selftest_state(&canary.test, act);

		if (is_blinded(&canary.test, act, hooks))
			assert_int_equal(state, SELFTEST_BLIND);
		else
			assert_true(state != SELFTEST_BLIND && state != SELFTEST_UNTRIED);
	}
	check_told(&canary, hooks);
	world__close(&world);
}

static void *btf_read(size_t *n)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;
	ssize_t got;

	assert_true(fd >= 0 && !fstat(fd, &st) && st.st_size > 0);
	bytes = malloc((size_t)st.st_size);
	assert_non_null(bytes);
	for (*n = 0; *n < (size_t)st.st_size; *n += (size_t)got) {
		got = read(fd, bytes + *n, (size_t)st.st_size - *n);
		assert_true(got > 0);
	}
	close(fd);
	return bytes;
}

/* Names are strings between NULs, each there once (Documentation/bpf/btf.rst). */
static void btf_rename(char *bytes, size_t n, const char *field)
{
	size_t len = strlen(field) + 2;
	char name[64] = "", *at;

	memcpy(name + 1, field, len - 2);
	at = memmem(bytes, n, name, len);
	assert_non_null(at);
	at[1] = '?';
}

static void field_row(const void *what)
{
	const char *field = what;
	char path[] = "/tmp/lockstep-btf.XXXXXX", why[1024];
	int fd = mkstemp(path);
	struct probe_opts opts = { .btf = path };
	struct world world = { 0 };
	struct probe *probe;
	size_t n;
	char *bytes = btf_read(&n);
	int ret;

	btf_rename(bytes, n, field);
	assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
	free(bytes);
	world__cgroup(&world);
	opts.cgroup = world.cgroup;
	ret = probe__open(&probe, &opts, why, sizeof(why));
	unlink(path);
	world__close(&world);
	print_message("  %s\n", why);
	assert_true(ret < 0);
	assert_null(probe);
	assert_non_null(strstr(why, field));
	assert_null(strchr(why, '\n'));
}

/* clang-format takes the braces of these rows for blocks. */
/* clang-format off */
#define BLIND(name, hooks) { "blind " name, blind_row, &(const uint64_t){ hooks } }
#define FIELD(name)        { "no field " name, field_row, name }
/* clang-format on */
#define CGROUP_HOOKS                                                                               \
	HOOK_BIT(HOOK_CONNECT4) | HOOK_BIT(HOOK_CONNECT6) | HOOK_BIT(HOOK_SENDMSG4) |              \
		HOOK_BIT(HOOK_SENDMSG6) | HOOK_BIT(HOOK_BIND4) | HOOK_BIT(HOOK_BIND6)

#define UNIX_HOOKS                                                                                 \
	HOOK_BIT(HOOK_CONNECT_UNIX) | HOOK_BIT(HOOK_SENDMSG_UNIX) | HOOK_BIT(HOOK_UNIX_STREAM) |   \
		HOOK_BIT(HOOK_UNIX_DGRAM) | HOOK_BIT(HOOK_UNIX_SEND)

static const struct row rows[] = {
	FIELD("start_boottime"),
	FIELD("group_leader"),
	FIELD("arg_start"),
	FIELD("skc_daddr"),
	BLIND("on_exec", HOOK_BIT(HOOK_EXEC)),
	BLIND("on_fork", HOOK_BIT(HOOK_FORK)),
	BLIND("on_exit", HOOK_BIT(HOOK_EXIT)),
	BLIND("on_sock_state", HOOK_BIT(HOOK_SOCK_STATE)),
	BLIND("hooks of the cgroup", CGROUP_HOOKS),
	BLIND("hooks of unix sockets", UNIX_HOOKS),
	BLIND("hooks of other sockets", HOOK_BIT(HOOK_SOCK_CREATE) | HOOK_BIT(HOOK_SOCKET)),
};

static int set_up(void **state)
{
	(void)state;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null_fd < 0;
}

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, NULL);
}
