// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/session/capability.h"
#include "lib/wait.h"

static void cgroup_mount(char *path, size_t n)
{
	char line[4096], at[2048] = "";
	FILE *file = fopen("/proc/self/mountinfo", "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, " - cgroup2 "))
			assert_int_equal(sscanf(line, "%*s %*s %*s %*s %2047s", at), 1);
	fclose(file);
	assert_true(at[0]);
	assert_true((size_t)snprintf(path, n, "%s/lockstep-test-%d", at, getpid()) < n);
}

/* A failed assertion jumps over world__close(); what it leaves behind ends with the test. */
static char cgroup_left[128];
static pid_t cgroup_of; /* who made it: its children inherit the handler */

/* A process that is gone can hold its cgroup for a moment. */
static int cgroup_remove(const char *path)
{
	struct wait wait = wait_begin();

	while (rmdir(path)) {
		if (errno != EBUSY || !wait_again(&wait))
			return -errno;
	}
	return 0;
}

static void cgroup_sweep(void)
{
	char path[256];
	int fd;

	if (!cgroup_left[0])
		return;
	snprintf(path, sizeof(path), "%s/cgroup.kill", cgroup_left);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) != 1)
		fprintf(stderr, "cannot end what is in %s\n", cgroup_left);
	if (fd >= 0)
		close(fd);
	cgroup_remove(cgroup_left);
}

/* tests/check ends by SIGTERM what takes too long. */
static void cgroup_sweep_killed(int signal_number)
{
	if (getpid() == cgroup_of)
		cgroup_sweep();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void cgroup_guard(void)
{
	cgroup_of = getpid();
	atexit(cgroup_sweep);
	signal(SIGTERM, cgroup_sweep_killed);
	signal(SIGINT, cgroup_sweep_killed);
}

void world__cgroup(struct world *world)
{
	memset(world, 0, sizeof(*world));
	cgroup_mount(world->cgroup, sizeof(world->cgroup));
	if (mkdir(world->cgroup, 0755) && errno != EEXIST)
		fail_msg("cgroup \"%s\": %s", world->cgroup, strerror(errno));
	if (!cgroup_left[0])
		cgroup_guard();
	snprintf(cgroup_left, sizeof(cgroup_left), "%s", world->cgroup);
}

void world__open(struct world *world, struct probe_opts opts)
{
	char why[512];

	world__cgroup(world);
	opts.cgroup = world->cgroup;
	if (probe__open(&world->probe, &opts, why, sizeof(why)))
		fail_msg("%s", why);
}

const char *world__unseen(const struct world *world, const char *name)
{
	static char text[512];
	struct buf why = { 0 };

	for (size_t i = 0; i < capability_n(); i++) {
		const struct capability *capability = capability_at(i);

		if (strcmp(capability->name, name) != 0)
			continue;
		if (capability_probe(capability, probe__facts(world->probe), &why) ==
		    CAPABILITY_SERVED)
			return NULL;
		snprintf(text, sizeof(text), "%.*s", (int)why.n, why.p);
		buf_free(&why);
		return text;
	}
	fail_msg("no capability \"%s\"", name);
	return NULL;
}

void world__close(struct world *world)
{
	probe__close(world->probe);
	world->probe = NULL;
	assert_int_equal(cgroup_remove(world->cgroup), 0);
}

static void seen_add(struct run *run, const void *record, size_t n)
{
	struct seen *seen;

	run->came++;
	run->last |= ((const struct ls_hdr *)record)->flags & LS_F_LAST;
	if (run->count_only)
		return;
	if (run->seen_n == run->seen_room) {
		run->seen_room = run->seen_room ? 2 * run->seen_room : 64;
		run->seen = realloc(run->seen, run->seen_room * sizeof(*run->seen));
		assert_non_null(run->seen);
	}
	seen = &run->seen[run->seen_n++];
	memset(seen, 0, sizeof(*seen));
	seen->record = malloc(n);
	seen->decoder = malloc(sizeof(*seen->decoder));
	assert_non_null(seen->record);
	assert_non_null(seen->decoder);
	memcpy(seen->record, record, n);
	seen->refused = decode_record(seen->decoder, seen->record, n, &seen->event) != 0;
	seen->n = seen->refused ? n : ((const struct ls_hdr *)record)->len;
}

/* How many came. */
static size_t run_read_ring(struct run *run, struct probe *probe, bool keep)
{
	const void *record;
	size_t n, before = run->came;

	while (probe__next(probe, &record, &n)) {
		seen_add(run, record, n);
		if (!keep)
			probe__release(probe, probe__cursor(probe));
	}
	return run->came - before;
}

/*
 * What came ended with a look in vain, for which the reader naps; after the next it sleeps, and the
 * actor, once it is there, may go on.
 */
static void run_pace(const struct run *run, const struct world *world, bool *naps, size_t came)
{
	if (world->pace && *naps && came == 0 && run->came)
		assert_int_equal(write(world->pace, "g", 1), 1);
	*naps = came > 0;
}

static void run_read_truth(struct run *run)
{
	ssize_t n = read(run->truth_fd, run->truth + run->truth_n, TRUTH_MAX - 1 - run->truth_n);

	if (n > 0)
		run->truth_n += (size_t)n;
	run->truth_eof |= n == 0;
	run->truth[run->truth_n] = 0;
}

static bool run_over(const struct run *run, struct probe *probe)
{
	struct ls_session counters;

	return !probe__counters(probe, run->session, &counters) && counters.members == 0;
}

/* The last exit's record may be among the lost; then the counters tell. */
static bool run_done(const struct run *run, const struct world *world, size_t closes)
{
	if (!run->truth_eof)
		return false;
	if (run__count(run, RECORD_CLOSE) < closes && !run__truth(run, "unseen", 0)[0])
		return false;
	return run->last || (world->hold && run_over(run, world->probe));
}

static void run_fail(const struct run *run, struct probe *probe, size_t closes)
{
	struct ls_session counters = { 0 };

	probe__counters(probe, run->session, &counters);
	fail_msg(
		"no end: %zu records came, %zu of %zu closes, last exit: %d; the actor %s; kernel: "
		"emitted %llu, members %llu; programs skipped: %llu",
		run->came, run__count(run, RECORD_CLOSE), closes, run->last,
		run->truth_eof ? "ended" : "lives", (unsigned long long)counters.emitted,
		(unsigned long long)counters.members,
		(unsigned long long)probe__recursion_misses(probe));
}

static void run_collect(struct run *run, const struct world *world, size_t closes)
{
	struct probe *probe = world->probe;
	struct pollfd fds[2] = { { .fd = probe__fd(probe), .events = POLLIN },
				 { .fd = run->truth_fd, .events = POLLIN } };
	const int64_t deadline_ms = wait_now_ms() + wait_seconds() * 1000;
	bool naps = false;

	for (;;) {
		size_t exits = run__count(run, RECORD_EXIT);

		if (!world->hold || run_over(run, probe))
			run_pace(run, world, &naps, run_read_ring(run, probe, world->keep));
		for (; world->pace_exits && exits < run__count(run, RECORD_EXIT); exits++)
			assert_int_equal(write(world->pace_exits, "g", 1), 1);
		if (run_done(run, world, closes))
			break;
		if (wait_now_ms() > deadline_ms)
			run_fail(run, probe, closes);
		fds[0].fd = world->hold ? -1 : probe__fd(probe);
		fds[1].fd = run->truth_eof ? -1 : run->truth_fd;
		poll(fds, 2, world->hold ? 10 : 1000);
		run->wakes += fds[0].revents != 0;
		if (!run->truth_eof && fds[1].revents)
			run_read_truth(run);
	}
	run_read_ring(run, probe, false);
	probe__release(probe, probe__cursor(probe));
}

static void cgroup_enter(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(120);
	close(fd);
}

/*
 * The opener says when it is in its cgroup, which opens a file, waits until it is tagged, and keeps
 * nothing of the test's open but the truth.
 */
static void opener(const struct world *world, int go, int truth, void (*act)(void *ctx), void *ctx)
{
	char byte;

	cgroup_enter(world->cgroup);
	if (write(go, "r", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(121);
	if (truth != TRUTH_FD && dup2(truth, TRUTH_FD) < 0)
		_exit(122);
	syscall(SYS_close_range, TRUTH_FD + 1, ~0u, 0);
	act(ctx);
	_exit(123);
}

static void run_tag(struct run *run, struct world *world, int go)
{
	int pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	char byte;

	assert_true(pidfd >= 0);
	assert_int_equal(read(go, &byte, 1), 1);
	run->session = ++world->sessions;
	assert_int_equal(probe__tag(world->probe, run->session, pidfd), 0);
	assert_int_equal(probe__tag(world->probe, run->session + 1000000, pidfd), -EEXIST);
	assert_int_equal(write(go, "g", 1), 1);
	close(pidfd);
}

static void run_check(struct run *run, struct world *world)
{
	const struct ls_session *c = &run->counters;
	uint64_t lost = 0;
	size_t i;

	assert_int_equal(probe__counters(world->probe, run->session, &run->counters), 0);
	for (i = 0; i < LS_LOST_REASONS; i++)
		lost += c->lost[i];
	assert_int_equal(c->emitted, run->came + lost);
	assert_int_equal(c->members, 0);
	for (i = 0; i < run->seen_n; i++) {
		assert_false(run->seen[i].refused);
		assert_int_equal(run->seen[i].event.session, run->session);
	}
}

void run__session(struct run *run, struct world *world, void (*act)(void *ctx), void *ctx,
		  size_t closes)
{
	int go[2], truth[2], status;

	memset(run, 0, sizeof(*run));
	run->count_only = world->count_only;
	run->truth = calloc(1, TRUTH_MAX);
	assert_non_null(run->truth);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go), 0);
	assert_int_equal(pipe2(truth, O_CLOEXEC), 0);
	run->truth_fd = truth[0];
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0)
		opener(world, go[0], truth[1], act, ctx);
	close(truth[1]);
	close(go[0]);
	run_tag(run, world, go[1]);
	close(go[1]);
	run_collect(run, world, closes);
	close(truth[0]);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	run_check(run, world);
	assert_int_equal(probe__forget(world->probe, run->session), 0);
}

void run__free(struct run *run)
{
	size_t i;

	for (i = 0; i < run->seen_n; i++) {
		free(run->seen[i].record);
		free(run->seen[i].decoder);
	}
	free(run->seen);
	free(run->truth);
}

const struct event *run__event(const struct run *run, enum record_kind kind, size_t n)
{
	size_t i;

	for (i = 0; i < run->seen_n; i++)
		if (run->seen[i].event.kind == kind && n-- == 0)
			return &run->seen[i].event;
	return NULL;
}

size_t run__count(const struct run *run, enum record_kind kind)
{
	size_t n = 0;

	while (run__event(run, kind, n))
		n++;
	return n;
}

static const char *truth_find(const struct run *run, const char *key, size_t n, size_t *len)
{
	size_t key_n = strlen(key);
	const char *line = run->truth, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (strncmp(line, key, key_n) || line[key_n] != ' ' || n-- > 0)
			continue;
		*len = (size_t)(end - line) - key_n - 1;
		return line + key_n + 1;
	}
	*len = 0;
	return "";
}

const char *run__truth(const struct run *run, const char *key, size_t n)
{
	static char value[4][256];
	static unsigned int turn;
	size_t len;
	const char *found = truth_find(run, key, n, &len);
	char *out = value[turn++ % 4];

	snprintf(out, sizeof(value[0]), "%.*s", (int)len, found);
	return out;
}

unsigned long long run__truth_u64(const struct run *run, const char *key, size_t n)
{
	return strtoull(run__truth(run, key, n), NULL, 0);
}

bool run__truth_bytes(const struct run *run, const char *key, size_t n, const void *bytes,
		      size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t hex_n, i;
	const char *hex = truth_find(run, key, n, &hex_n);

	if (hex_n != 2 * len)
		return false;
	for (i = 0; i < len; i++)
		if (hex[2 * i] != digits[p[i] >> 4] || hex[2 * i + 1] != digits[p[i] & 15])
			return false;
	return true;
}

static bool capture_record(FILE *out, const struct seen *seen)
{
	static const char zeros[8];

	return fwrite(seen->record, seen->n, 1, out) == 1 &&
	       (seen->n % 8 == 0 || fwrite(zeros, 8 - seen->n % 8, 1, out) == 1);
}

int run__capture(const struct run *run, const char *path)
{
	const struct ls_capture_hdr hdr = { .magic = LS_CAPTURE_MAGIC, .version = LS_WIRE_VERSION };
	FILE *out = fopen(path, "we");
	bool good;
	size_t i;

	if (!out)
		return -errno;
	good = fwrite(&hdr, sizeof(hdr), 1, out) == 1;
	for (i = 0; i < run->seen_n && good; i++)
		good = capture_record(out, &run->seen[i]);
	return fclose(out) == 0 && good ? 0 : -EIO;
}

const char *actor_path(const char *name)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	assert_true(n > 0);
	path[n] = 0;
	slash = strrchr(path, '/');
	assert_non_null(slash);
	snprintf(slash + 1, sizeof(path) - (size_t)(slash + 1 - path), "%s", name);
	return path;
}
