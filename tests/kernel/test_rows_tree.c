// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ways to leave one's parent, or to share with another process what makes a process: whose each act
 * is, against what the processes say about themselves. All the while a process outside of every
 * session forks and connects in the same cgroup.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wait.h"
#include "kin.h"
#include "outsider.h"
#include "rows.h"

#define UNSEEN_BESIDE                                                                              \
	"with --cgroup, UDP connects of a process that left that cgroup pass none of the hooks"
#define UNSEEN_RING   "the ring's thread is of who made it, so what it does is an act outside"
#define UNSEEN_TRACER "what a tracer outside makes the process do is recorded as its own act"
#define UNSEEN_TRACED "what a process outside is made to do by a tracer is its own act"

static struct world world;
static char inner[160], beside[160];
static pid_t crowd;

struct way {
	const char *actor, *mode;
	const char *cgroup; /* NULL: none */
	const char *unseen; /* why what the row does, or some of it, leaves no record */
};

struct scene {
	const struct way *way;
	char actor[4096], outsider[64], count[16];
};

static void act(void *ctx)
{
	struct scene *scene = ctx;
	char *argv[] = {
		"actor",         (char *)(uintptr_t)scene->way->mode,
		scene->outsider, (char *)(uintptr_t)(scene->way->cgroup ? scene->way->cgroup : ""),
		scene->count,    NULL
	};
	char *env[] = { NULL };

	execve(scene->actor, argv, env);
}

/* LOCKSTEP_EXECS is for slow machines. */
static int storms(void)
{
	const char *asked = getenv("LOCKSTEP_EXECS");
	unsigned long execs = asked ? strtoul(asked, NULL, 10) / 40 : 100;

	return execs < 100 ? (int)execs : 100;
}

static void way_row(const void *what)
{
	struct scene scene = { .way = what };
	pid_t outsider;
	struct run run;

	snprintf(scene.actor, sizeof(scene.actor), "%s", actor_path(scene.way->actor));
	snprintf(scene.outsider, sizeof(scene.outsider), "lockstep-%d-%s", getpid(),
		 scene.way->mode);
	snprintf(scene.count, sizeof(scene.count), "%d", storms());
	outsider = outsider__start(scene.outsider, world.cgroup);
	run__session(&run, &world, act, &scene, 0);
	outsider__end(outsider);
	kin_check(&run);
	if (run__truth(&run, "unseen", 0)[0])
		row_untried("%s", run__truth(&run, "unseen", 0));
	else if (scene.way->unseen)
		row_unseen("%s", scene.way->unseen);
	run__free(&run);
	while (waitpid(-1, NULL, WNOHANG) > 0) /* CLONE_PARENT's child is the test's */
		;
}

#define WAY(title, program, name, ...)                                                             \
	{                                                                                          \
		title, way_row, &(const struct way)                                                \
		{                                                                                  \
			.actor = program, .mode = name, __VA_ARGS__                                \
		}                                                                                  \
	}
#define DETACH(title, ...) WAY(title, "actor_detach", __VA_ARGS__)
#define SHARE(title, ...)  WAY(title, "actor_share", __VA_ARGS__)

/*
 * Seen failing: with on_fork doing nothing, and with the image not inherited; those with somebody
 * outside, with a line too many or too few in the actor.
 */
static const struct row rows[] = {
	DETACH("cgroup move out of the hooks' cgroup", "cgroup-beside", .cgroup = beside,
	       .unseen = UNSEEN_BESIDE),
	SHARE("io_uring SQPOLL ring made outside", "ring-sqpoll", .unseen = UNSEEN_RING),
	SHARE("traced by a process outside", "poked", .unseen = UNSEEN_TRACER),
	SHARE("tracer of a process outside", "pokes", .unseen = UNSEEN_TRACED),

	DETACH("setsid", "setsid"),
	DETACH("changed sid and pgid", "groups"),
	DETACH("double fork", "double-fork"),
	DETACH("orphan", "orphan"),
	DETACH("daemon(3)", "daemon"),
	DETACH("job control", "job"),
	DETACH("nohup", "nohup"),
	DETACH("cgroup move", "cgroup", .cgroup = inner),
	DETACH("clone3 into another cgroup", "clone3-cgroup", .cgroup = inner),
	DETACH("CLONE_PARENT", "clone-parent"),
	DETACH("loginuid written", "loginuid"),
	DETACH("another user", "user"),
	DETACH("pid namespace", "pid-namespace"),
	DETACH("user namespace", "user-namespace"),
	DETACH("mount and cgroup namespace", "mount-namespace"),
	DETACH("traced by a process of the session", "traced"),

	SHARE("vfork", "vfork"),
	SHARE("CLONE_VM without CLONE_THREAD", "memory"),
	SHARE("threads that exec while others exec and exit", "storm-of"),
	SHARE("leader gone, other threads live on", "leader"),
	SHARE("io_uring worker", "worker"),
	SHARE("io_uring SQPOLL thread", "sqpoll"),
	SHARE("io_uring ring made outside, entered inside", "ring"),
	SHARE("tgid used again at once", "number"),
};

/* Outside of every session, in the world's cgroup, until the test ends. */
static void crowd_live(void)
{
	char path[256];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/cgroup.procs", world.cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(120);
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(outsider_udp());
		waitpid(pid, NULL, 0);
		usleep(3000);
	}
}

static int set_up(void **state)
{
	(void)state;
	world__open(&world, (struct probe_opts){ 0 });
	snprintf(inner, sizeof(inner), "%s/inner", world.cgroup);
	snprintf(beside, sizeof(beside), "%s-beside", world.cgroup);
	assert_int_equal(mkdir(inner, 0755), 0);
	assert_int_equal(mkdir(beside, 0755), 0);
	crowd = fork();
	assert_true(crowd >= 0);
	if (crowd == 0)
		crowd_live();
	return 0;
}

/* A process that was reaped can hold its cgroup for a moment, one of a failed row for longer. */
static void remove_cgroup(const char *path)
{
	char file[192];
	struct wait wait = wait_begin();
	int fd;

	snprintf(file, sizeof(file), "%s/cgroup.kill", path);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && write(fd, "1", 1) == 1 && !close(fd));
	while (rmdir(path) && errno == EBUSY && wait_again(&wait))
		continue;
}

static int tear_down(void **state)
{
	(void)state;
	kill(crowd, SIGKILL);
	assert_int_equal(waitpid(crowd, NULL, 0), crowd);
	remove_cgroup(inner);
	remove_cgroup(beside);
	world__close(&world);
	return 0;
}

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, tear_down);
}
