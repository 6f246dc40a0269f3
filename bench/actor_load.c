/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * The loads of bench/overhead (in a guest where a nanosecond is an instruction) and of bench/native
 * (where it is a nanosecond): operations in a loop, and what one of each costs.
 *
 *     actor_load serve PORT              accepts and closes, for ever
 *     actor_load seed                    gives the kernel's random generator bytes that are always
 *                                        the same
 *     actor_load measure NAME PORT       prints "cost: NAME LOAD IN ELSEWHERE" for each load: of
 *                                        one operation, the CPU time of what did it (this process,
 *                                        its children, the server) and that of everything else,
 *                                        until that is quiet again
 *     actor_load time NAME PORT          prints "cost: NAME LOAD NS 0": by the clock, nothing is
 *                                        waited for
 *     actor_load idle NAME SECONDS       prints "idle: NAME NS": what ran in each of them, without
 *                                        this process
 *     actor_load execs|connects N PORT   so many, back to back
 *
 * CPU times are the scheduler's (proc(5), schedstat; getrusage(2)), which Linux keeps in
 * nanoseconds.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Of what runs beside a load: that much in SETTLE_US is nothing any more. A daemon's heartbeat, and
 * what else it does every ten seconds, is as much as a thousand operations of its watching: as many
 * tens of seconds are waited for as are begun, so that all of it is taken off again.
 */
enum {
	BATCHES_MAX = 11,
	SETTLE_US = 200000,
	SETTLED_NS = 400000,
	SETTLE_TURNS = 150,
	PERIOD_S = 10
};

static const char *directory = "/bench";
static struct sockaddr_in to;
static int datagrams;
static pid_t server;
static unsigned int batches = BATCHES_MAX; /* LOAD_BATCHES */

static void fail(const char *what)
{
	fprintf(stderr, "actor_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void op_getppid(void)
{
	syscall(SYS_getppid);
}

/* vfork() and execve(), not posix_spawn(), whose call of execve() no library can see (snoopy). */
static void spawn(const char *name, const char *argument)
{
	char program[256], *argv[] = { program, (char *)(uintptr_t)argument, NULL };
	char *env[] = { NULL };
	pid_t pid;
	int status;

	snprintf(program, sizeof(program), "%s/%s", directory, name);
	pid = vfork();
	if (pid == 0) {
		execve(program, argv, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail(program);
}

static void op_spawn_static(void)
{
	spawn("leaf_static", "one");
}

static void op_spawn_dynamic(void)
{
	spawn("leaf_dynamic", "one");
}

/* What is counted, told from what is measured. */
static void op_lossy_spawn(void)
{
	spawn("leaf_static", "counted");
}

static void op_script(void)
{
	spawn("script", NULL);
}

static void connect_once(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	close(fd);
}

static void op_tcp(void)
{
	connect_once(SOCK_STREAM);
}

static void op_udp(void)
{
	connect_once(SOCK_DGRAM);
}

static void op_udp_send(void)
{
	if (sendto(datagrams, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		fail("sendto");
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned int times; /* in a batch: for some commits of a collector, where there is one */
} loads[] = {
	{ "getppid", op_getppid, 20000 },
	{ "spawn_static", op_spawn_static, 1000 },
	{ "spawn_dynamic", op_spawn_dynamic, 100 },
	{ "tcp", op_tcp, 400 },
	{ "udp", op_udp, 1000 },
	{ "udp_send", op_udp_send, 1000 },
	{ "script", op_script, 5 },
};
#define LOADS (sizeof(loads) / sizeof(loads[0]))

/* Unseeded, the kernel's generator changes what a spawn costs in the middle of the run. */
static void seed(void)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[256];
	} entropy = { .info = { .entropy_count = 2048, .buf_size = 256 } };
	int fd = open("/dev/random", O_RDWR | O_CLOEXEC);

	memset(entropy.bytes, 0x5a, sizeof(entropy.bytes));
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &entropy))
		fail("seed");
	close(fd);
	if (getrandom(entropy.bytes, 16, 0) != 16)
		fail("getrandom");
}

static uint64_t schedstat(const char *task)
{
	char path[300], text[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/schedstat", task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}

static uint64_t threads_ns(const char *pid)
{
	char path[300], task[300 + 20];
	struct dirent *entry;
	uint64_t sum = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(task, sizeof(task), "%s/task/%s", pid, entry->d_name);
		sum += schedstat(task);
	}
	if (tasks)
		closedir(tasks);
	return sum;
}

/* All but this process and the server: kernel threads are among it. */
static uint64_t elsewhere_ns(void)
{
	struct dirent *entry;
	uint64_t sum = 0;
	DIR *proc = opendir("/proc");

	if (!proc)
		fail("/proc");
	while ((entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && pid != server)
			sum += threads_ns(entry->d_name);
	}
	closedir(proc);
	return sum;
}

static uint64_t rusage_ns(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static uint64_t ours_ns(void)
{
	char pid[20];

	snprintf(pid, sizeof(pid), "%d", (int)server);
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) + rusage_ns(RUSAGE_CHILDREN) +
	       (server ? schedstat(pid) : 0);
}

/* Until next to nothing runs elsewhere but what always does. */
static void settle(uint64_t idle_per_s)
{
	uint64_t last, now = elsewhere_ns();

	for (int turn = 0; turn < SETTLE_TURNS; turn++) {
		last = now;
		usleep(SETTLE_US);
		now = elsewhere_ns();
		if (now - last < SETTLED_NS + idle_per_s * SETTLE_US / 1000000)
			break;
	}
}

static uint64_t idle_per_s(unsigned int seconds)
{
	uint64_t before, began;

	settle(0);
	before = elsewhere_ns();
	began = clock_ns(CLOCK_MONOTONIC);
	sleep(seconds);
	return (elsewhere_ns() - before) * 1000 / ((clock_ns(CLOCK_MONOTONIC) - began) / 1000000);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* A new slab or a timer makes one batch of several dearer. */
static double median(uint64_t *took)
{
	qsort(took, batches, sizeof(took[0]), by_size);
	return (double)took[batches / 2];
}

static void measure(const char *name, size_t load, uint64_t idle)
{
	const uint64_t before = elsewhere_ns(), began = clock_ns(CLOCK_MONOTONIC);
	uint64_t in[BATCHES_MAX], took, all, always;
	unsigned int times = loads[load].times;

	for (unsigned int batch = 0; batch < batches; batch++) {
		uint64_t ours = ours_ns();

		for (unsigned int n = 0; n < times; n++)
			loads[load].run();
		in[batch] = ours_ns() - ours;
		settle(idle);
	}
	took = (clock_ns(CLOCK_MONOTONIC) - began) / 1000;
	usleep((useconds_t)(PERIOD_S * 1000000 - took % (PERIOD_S * 1000000)));
	all = elsewhere_ns() - before;
	always = (clock_ns(CLOCK_MONOTONIC) - began) / 1000 * idle / 1000000;
	/*
	 * The mean of these: what comes from time to time only (a log's checkpoint) is a part of
	 * them.
	 */
	printf("cost: %s %s %.1f %.1f\n", name, loads[load].name, median(in) / times,
	       ((double)all - (double)always) / batches / times);
	fflush(stdout);
}

static void by_clock(const char *name, size_t load)
{
	uint64_t took[BATCHES_MAX];
	unsigned int times = loads[load].times;

	for (unsigned int batch = 0; batch < batches; batch++) {
		uint64_t began = clock_ns(CLOCK_MONOTONIC);

		for (unsigned int n = 0; n < times; n++)
			loads[load].run();
		took[batch] = clock_ns(CLOCK_MONOTONIC) - began;
	}
	printf("cost: %s %s %.1f 0\n", name, loads[load].name, median(took) / times);
	fflush(stdout);
}

static int bound(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("bind");
	return fd;
}

/*
 * Datagrams are not read: after some, each is dropped at the receiver's full buffer, every time the
 * same.
 */
static void serve(void)
{
	int listener = bound(SOCK_STREAM);

	bound(SOCK_DGRAM);
	if (listen(listener, 4096))
		fail("listen");
	for (;;)
		close(accept(listener, NULL, NULL));
}

static void back_to_back(unsigned long n, void (*run)(void))
{
	while (n-- > 0)
		run();
}

static void load_all(const char *how, const char *name)
{
	const char *pid = getenv("LOAD_SERVER"), *only = getenv("LOAD_ONLY");
	uint64_t idle = 0;

	server = pid ? (pid_t)strtol(pid, NULL, 10) : 0;
	datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (datagrams < 0)
		fail("socket");
	if (!strcmp(how, "measure"))
		idle = idle_per_s(2 * PERIOD_S);
	for (size_t i = 0; i < LOADS; i++) {
		if (only && strcmp(only, loads[i].name))
			continue;
		if (!strcmp(how, "measure"))
			measure(name, i, idle);
		else
			by_clock(name, i);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (getenv("LOAD_BATCHES"))
		batches = (unsigned int)strtoul(getenv("LOAD_BATCHES"), NULL, 10);
	if (batches < 1 || batches > BATCHES_MAX) {
		fputs("actor_load: LOAD_BATCHES: 1 to 11\n", stderr);
		return 2;
	}
	if (getenv("LOAD_DIRECTORY"))
		directory = getenv("LOAD_DIRECTORY");
	to = (struct sockaddr_in){ .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)strtoul(argv[argc - 1], NULL, 10)),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (argc == 2 && !strcmp(what, "seed"))
		seed();
	else if (argc == 3 && !strcmp(what, "serve"))
		serve();
	else if (argc == 4 && (!strcmp(what, "measure") || !strcmp(what, "time")))
		load_all(what, argv[2]);
	else if (argc == 4 && !strcmp(what, "idle"))
		printf("idle: %s %llu\n", argv[2],
		       (unsigned long long)idle_per_s((unsigned int)strtoul(argv[3], NULL, 10)));
	else if (argc == 4 && !strcmp(what, "execs"))
		back_to_back(strtoul(argv[2], NULL, 10), op_lossy_spawn);
	else if (argc == 4 && !strcmp(what, "connects"))
		back_to_back(strtoul(argv[2], NULL, 10), op_tcp);
	else {
		fputs("usage: actor_load serve PORT | seed | measure|time NAME PORT | "
		      "idle NAME SECONDS | execs|connects N PORT\n",
		      stderr);
		return 2;
	}
	return 0;
}
