// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "exec_act.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void copy_file(const char *from, const char *to, unsigned int mode)
{
	char buffer[65536];
	ssize_t n;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	if (in < 0 || out < 0)
		exit(125);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			exit(125);
	if (n < 0 || fchmod(out, mode))
		exit(125);
	close(in);
	close(out);
}

void room__open(struct room *room)
{
	snprintf(room->dir, sizeof(room->dir), "/tmp/lockstep-test-%d", getpid());
	snprintf(room->actor, sizeof(room->actor), "%s/self", room->dir);
	assert_int_equal(mkdir(room->dir, 0755), 0);
	copy_file(actor_path("actor_self"), room->actor, 0755);
}

static int sweep(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void room__close(const struct room *room)
{
	assert_int_equal(nftw(room->dir, sweep, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

const char *room__path(const struct room *room, const char *name)
{
	static char path[8][PATH_MAX];
	static unsigned int turn;
	char *out = path[turn++ % 8];

	snprintf(out, PATH_MAX, "%s/%s", room->dir, name);
	return out;
}

void act__child(void *ctx)
{
	const struct act *act = ctx;
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0 || dup2(fd, 0) < 0 || (fd != 0 && close(fd)))
		_exit(125);
	if (act->prepare)
		act->prepare();
	if (act->exec)
		act->exec(act);
	else
		execve(act->path, act->argv, act->env);
	_exit(124);
}

static const char *expanded(const struct room *room, const char *path, const char *otherwise)
{
	if (!path)
		return otherwise;
	return path[0] == '@' ? room__path(room, path + 2) : path;
}

struct act act__filled(const struct act *row, const struct room *room)
{
	static char *const argv[] = { "self", "one", NULL };
	static char *const env[] = { "A=1", "PATH=/usr/bin", NULL };
	struct act act = *row;

	act.room = room;
	act.argv = act.argv ? act.argv : argv;
	act.env = act.env ? act.env : env;
	act.path = expanded(room, act.path, room->actor);
	act.filename = expanded(room, act.filename, act.path);
	act.interp = expanded(room, act.interp, "");
	act.root = expanded(room, act.root, "/");
	act.stdin_kind = act.stdin_kind ? act.stdin_kind : LS_STDIN_NULL;
	return act;
}

/* The record of the exec that the actor speaks of: the process's last. */
static const struct event *act_event(const struct act *act, const struct run *run)
{
	unsigned long long tgid = run__truth_u64(run, act->blind & ACT_PID ? "outer" : "pid", 0);
	const struct event *e, *found = NULL;
	size_t i;

	for (i = 0; (e = run__event(run, RECORD_EXEC, i)); i++)
		if (e->tgid == tgid)
			found = e;
	if (!found)
		fail_msg("no exec record of process %llu; the actor said: %s", tgid, run->truth);
	return found;
}

/* The record's paths begin at the top of the mount tree, the actor's at its root. */
static void check_path(const struct run *run, const char *key, struct span path, struct span root,
		       const char *end)
{
	char text[2 * PATH_MAX];

	if (root.n > 1 && path.n >= root.n && !memcmp(path.p, root.p, root.n)) {
		path.p += root.n;
		path.n -= root.n;
	}
	snprintf(text, sizeof(text), "%.*s%s", (int)path.n, path.n ? path.p : "/", end);
	if (path.n == 0)
		snprintf(text, sizeof(text), "/%s", end);
	if (!run__truth_bytes(run, key, 0, text, strlen(text)))
		fail_msg("%s is \"%s\" in the record", key, text);
}

/* What the opener writes on its way is recorded too where the kernel shows it. */
static size_t writes_before(const struct run *run, uint64_t sseq)
{
	const struct event *e;
	size_t i, n = 0;

	for (i = 0; (e = run__event(run, RECORD_WRITE, i)); i++)
		n += e->sseq < sseq;
	return n;
}

static uint64_t exec_before(const struct run *run, const struct event *last)
{
	const struct event *e;
	uint64_t found = 0;
	size_t i;

	for (i = 0; (e = run__event(run, RECORD_EXEC, i)); i++)
		if (e->tgid == last->tgid && e->sseq < last->sseq)
			found = e->sseq;
	return found;
}

static void check_process(const struct act *act, const struct run *run, const struct event *e)
{
	if (!(act->blind & ACT_OTHERS)) {
		assert_int_equal(e->tgid, run->pid);
		assert_int_equal(e->sseq, 1 + writes_before(run, e->sseq));
	}
	assert_int_equal(e->image, act->blind & ACT_IMAGE ? exec_before(run, e) : act->image);
	assert_int_not_equal(e->image, e->sseq);
	if (!(act->blind & (ACT_PID | ACT_PPID)))
		assert_int_equal(e->ppid, run__truth_u64(run, "ppid", 0));
	if (act->blind & ACT_UID) {
		assert_int_equal(e->uid, act->uid);
		assert_int_equal(e->euid, act->uid);
	} else {
		assert_int_equal(e->uid, run__truth_u64(run, "uid", 0));
		assert_int_equal(e->euid, run__truth_u64(run, "euid", 0));
		assert_int_equal(e->auid, run__truth_u64(run, "auid", 0));
	}
	assert_int_equal(e->asid, run__truth_u64(run, "asid", 0));
	assert_int_equal(e->mntns, run__truth_u64(run, "mntns", 0));
	assert_true(e->start_ns > 0 && e->start_ns < e->ts_ns);
}

static void check_file(const struct act *act, const struct run *run, const struct event *e)
{
	assert_int_equal(e->exec.file.dev, run__truth_u64(run, "dev", 0));
	assert_int_equal(e->exec.file.ino, run__truth_u64(run, "ino", 0));
	assert_int_equal(e->exec.file.size, run__truth_u64(run, "size", 0));
	assert_int_equal(e->exec.file.ctime_ns, run__truth_u64(run, "ctime_ns", 0));
	assert_int_equal(e->exec.root_ino, run__truth_u64(run, "root_ino", 0));
	assert_true(span_is(e->exec.root, act->root));
	check_path(run, "exe", e->exec.exe, e->exec.root,
		   act->flags & LS_EXEC_DELETED ? " (deleted)" : "");
	if (!(act->blind & ACT_CWD))
		check_path(run, "cwd", e->exec.cwd, e->exec.root, "");
}

static void check_strings(const struct act *act, const struct run *run, const struct event *e)
{
	const char *key = act->blind & ACT_LOADER ? "cmdline" : "argv";

	if (!(act->blind & ACT_LOADER))
		assert_int_equal(e->exec.argc, run__truth_u64(run, "argc", 0));
	if (!(act->blind & ACT_ARGV)) {
		assert_true(run__truth_bytes(run, key, 0, e->exec.argv.p, e->exec.argv.n));
		assert_int_equal(e->exec.argv_len, e->exec.argv.n);
	}
	assert_true(run__truth_bytes(run, "env", 0, e->exec.env.p, e->exec.env.n));
	assert_int_equal(e->exec.env_len, e->exec.env.n);
	if (act->filename[0] && !span_is(e->exec.filename, act->filename))
		fail_msg("filename is \"%.*s\" in the record", (int)e->exec.filename.n,
			 e->exec.filename.p);
	if (!span_is(e->exec.interp, act->interp))
		fail_msg("interp is \"%.*s\" in the record", (int)e->exec.interp.n,
			 e->exec.interp.p);
}

static void check_image(const struct act *act, const struct run *run, const struct event *e)
{
	assert_int_equal(e->exec.exec_flags, act->flags);
	assert_int_equal(!!(e->exec.exec_flags & LS_EXEC_SECURE), run__truth_u64(run, "secure", 0));
	assert_int_equal(e->exec.stdin_kind, run__truth_u64(run, "stdin", 0));
	if (!(act->blind & ACT_STDIN))
		assert_int_equal(e->exec.stdin_kind, act->stdin_kind);
	assert_int_equal(e->exec.tty, run__truth_u64(run, "tty", 0));
}

/* The actor's exit, which ends the image that its exec began. */
static void check_exit(const struct act *act, const struct run *run, const struct event *exec)
{
	const struct event *e;
	size_t i = 0;

	do {
		e = run__event(run, RECORD_EXIT, i++);
		assert_non_null(e);
	} while (e->tgid != exec->tgid);
	assert_int_equal(e->exit.status, act->status << 8);
	assert_int_equal(e->image, exec->sseq);
	assert_int_equal(e->start_ns, exec->start_ns);
	assert_false(e->shared);
	if (act->blind & ACT_OTHERS)
		return;
	assert_int_equal(run->seen_n, 2 + writes_before(run, UINT64_MAX));
	assert_int_equal(e->sseq, 2 + writes_before(run, e->sseq));
	assert_true(e->last);
}

void act__run(const struct act *row, const struct room *room, struct world *world)
{
	struct act act = act__filled(row, room);
	const struct event *e;
	struct run run;

	run__session(&run, world, act__child, &act, 0);
	e = act_event(&act, &run);
	check_process(&act, &run, e);
	check_file(&act, &run, e);
	check_strings(&act, &run, e);
	check_image(&act, &run, e);
	check_exit(&act, &run, e);
	if (act.check)
		act.check(&act, &run, e);
	run__free(&run);
}
