/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * actor_pace RATE COUNT PROCESSES PROGRAM - executes PROGRAM COUNT times, RATE times a second, from
 * so many processes in turn. The load of bench/latency.
 *
 * Open loop: each exec has its time on the clock, which what came before it does not move. One that
 * is late is made at once, so that a stall is followed by a burst, as it is where programs are
 * started by what happens.
 *
 * Prints as JSON {"execs":N,"offered_per_s":N,"reached_per_s":N,"late_us":N}, the last the most
 * that an exec was begun after its time. Exit status 1: a program could not be executed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 8, SECOND_NS = 1000000000 };

struct pace {
	uint64_t begun_ns, rate, count, processes;
	char *program;
};

/* Of each process, in memory that all of them share. */
struct done {
	uint64_t late_ns, ended_ns;
};

static void fail(const char *what)
{
	fprintf(stderr, "actor_pace: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void wait_until(uint64_t ns)
{
	const struct timespec at = { .tv_sec = (time_t)(ns / SECOND_NS),
				     .tv_nsec = (long)(ns % SECOND_NS) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static void spawn(char *program)
{
	char *argv[] = { program, NULL }, *env[] = { NULL };
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, argv, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail(program);
}

/* The execs that are this process's: one in so many. */
static void run(const struct pace *pace, uint64_t first, struct done *done)
{
	for (uint64_t i = first; i < pace->count; i += pace->processes) {
		uint64_t at = pace->begun_ns + i * SECOND_NS / pace->rate, now;

		wait_until(at);
		now = now_ns();
		if (now - at > done->late_ns)
			done->late_ns = now - at;
		spawn(pace->program);
	}
	done->ended_ns = now_ns();
}

static void run_all(struct pace *pace, struct done *done)
{
	pid_t pids[PROCESSES_MAX];
	int status, failed = 0;

	pace->begun_ns = now_ns() + SECOND_NS / 10;
	for (uint64_t i = 0; i < pace->processes; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail("fork");
		if (pids[i] == 0) {
			run(pace, i, &done[i]);
			_exit(0);
		}
	}
	for (uint64_t i = 0; i < pace->processes; i++)
		failed |= waitpid(pids[i], &status, 0) != pids[i] || status;
	if (failed)
		_exit(1);
}

int main(int argc, char **argv)
{
	struct pace pace;
	struct done *done, all = { 0 };

	if (argc != 5) {
		fputs("usage: actor_pace RATE COUNT PROCESSES PROGRAM\n", stderr);
		return 2;
	}
	pace = (struct pace){ .rate = strtoull(argv[1], NULL, 10),
			      .count = strtoull(argv[2], NULL, 10),
			      .processes = strtoull(argv[3], NULL, 10),
			      .program = argv[4] };
	if (!pace.rate || !pace.count || !pace.processes || pace.processes > PROCESSES_MAX) {
		fputs("actor_pace: RATE and COUNT are at least 1, PROCESSES 1 to 8\n", stderr);
		return 2;
	}
	done = mmap(NULL, sizeof(*done) * PROCESSES_MAX, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		fail("mmap");
	run_all(&pace, done);
	for (uint64_t i = 0; i < pace.processes; i++) {
		if (done[i].late_ns > all.late_ns)
			all.late_ns = done[i].late_ns;
		if (done[i].ended_ns > all.ended_ns)
			all.ended_ns = done[i].ended_ns;
	}
	printf("{\"execs\":%llu,\"offered_per_s\":%llu,\"reached_per_s\":%.0f,\"late_us\":%llu}\n",
	       (unsigned long long)pace.count, (unsigned long long)pace.rate,
	       (double)pace.count * SECOND_NS / (double)(all.ended_ns - pace.begun_ns),
	       (unsigned long long)(all.late_ns / 1000));
	return 0;
}
