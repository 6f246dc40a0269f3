/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * What bench/outside runs in its guest, where a nanosecond is an instruction: operations in a loop, and
 * what one of each costs.
 *
 *     actor_cost serve PORT          accepts and closes, for ever (outside every session)
 *     actor_cost measure NAME PORT   prints "cost: NAME OPERATION INSTRUCTIONS"
 *     actor_cost stopped NAME PORT   the same while its parent, the collector, is stopped
 *     actor_cost settled NAME PORT   the same with all that the collector does for it, then or later
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 11 };

static struct sockaddr_in to;
static const char *program;

static void fail(const char *what)
{
	fprintf(stderr, "actor_cost: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void op_getppid(void)
{
	syscall(SYS_getppid);
}

static void op_spawn(void)
{
	char *argv[] = { (char *)(uintptr_t)program, "leaf", NULL }, *env[] = { NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, program, NULL, NULL, argv, env) ||
	    waitpid(pid, &status, 0) != pid || status)
		fail("spawn");
}

static void op_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	close(fd);
}

static void op_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	close(fd);
}

static void op_write(void)
{
	int fd = open("/tmp/cost", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1)
		fail("write");
	close(fd);
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned int times;
} operations[] = {
	{ "getppid", op_getppid, 22000 }, { "spawn", op_spawn, 330 }, { "tcp", op_tcp, 660 },
	{ "udp", op_udp, 1650 },	  { "write", op_write, 1100 },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* Unseeded, the kernel's generator changes what a spawn costs in the middle of the run. */
static void seed(void)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[256];
	} entropy = { .info = { .entropy_count = 2048, .buf_size = 256 } };
	int fd = open("/dev/random", O_RDWR | O_CLOEXEC);

	memset(entropy.bytes, 0x5a, sizeof(entropy.bytes));
	if (fd >= 0 && ioctl(fd, RNDADDENTROPY, &entropy))
		fail("seed");
	close(fd);
	if (getrandom(entropy.bytes, 16, 0) != 16)
		fail("getrandom");
}

/* What our parent's threads have run, in ns (proc(5): schedstat). */
static uint64_t parent_ns(void)
{
	unsigned long long sum = 0, ns;
	char path[300];
	struct dirent *entry;
	FILE *file;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", getppid());
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", getppid(), entry->d_name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%llu", &ns) == 1)
			sum += ns;
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return sum;
}

/* What the parent still has to do for what was asked of it: until it does next to nothing any more. */
static uint64_t parent_settles(void)
{
	uint64_t began = parent_ns(), before, after = began;

	do {
		before = after;
		usleep(200000);
		after = parent_ns();
	} while (after - before > 1000000);
	return after - began;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of several batches: a new slab or a timer makes one of them dearer. */
static uint64_t cost(size_t operation, bool settle)
{
	unsigned int times = operations[operation].times / BATCHES;
	uint64_t took[BATCHES];

	for (unsigned int batch = 0; batch < BATCHES; batch++) {
		uint64_t began = now_ns();

		for (unsigned int n = 0; n < times; n++)
			operations[operation].run();
		took[batch] = now_ns() - began;
		if (settle)
			took[batch] += parent_settles();
	}
	qsort(took, BATCHES, sizeof(took[0]), by_size);
	return took[BATCHES / 2] / times;
}

static void measure(const char *name, bool settle)
{
	for (size_t i = 0; i < OPERATIONS; i++)
		printf("cost: %s %s %llu\n", name, operations[i].name,
		       (unsigned long long)cost(i, settle));
	fflush(stdout);
}

static void serve(void)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&to, sizeof(to)) ||
	    listen(listener, 64))
		fail("listen");
	for (;;)
		close(accept(listener, NULL, NULL));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "leaf"))
		return 0;
	if (argc < 3) {
		fprintf(stderr, "usage: actor_cost serve PORT | measure|stopped|settled NAME PORT\n");
		return 2;
	}
	program = argv[0];
	to = (struct sockaddr_in){ .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)strtoul(argv[argc - 1], NULL, 10)),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (!strcmp(argv[1], "serve"))
		serve();
	seed();
	if (!strcmp(argv[1], "stopped"))
		kill(getppid(), SIGSTOP);
	measure(argv[2], !strcmp(argv[1], "settled"));
	if (!strcmp(argv[1], "stopped"))
		kill(getppid(), SIGCONT);
	return 0;
}
