/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * bench/judge - what judging an exec costs on tickets of 3, 30, 300 and 3,000 rules, and what
 * compiling them costs, in one run. The same commands of the first three steps are judged on each,
 * and the same with their last argument changed, which no rule approves.
 *
 * With arguments it only judges, so that bench/judge_instructions can count two runs and take one
 * from the other:   bench/judge RULES EXECS approved|unapproved
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/judge/judge.h"
#include "lockstep/automaton.h"

enum { COMMANDS = 24, ROUNDS = 24000, REPEATS = 7 };

/*
 * one: all the other rules are of a program that is judged, and an exec that none approves has to
 * be held against them to find the nearest; else ten of each program.
 */
static const struct {
	int rules;
	bool one;
} sizes[] = { { 3, false }, { 30, false }, { 300, false }, { 3000, false }, { 3000, true } };

static void die(const char *what)
{
	fprintf(stderr, "bench/judge: %s\n", what);
	exit(2);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is judged is of the first three rules. */
static void ticket_text(int rules, bool one, struct buf *text)
{
	buf_adds(text, "lockstep: 1\nticket: B\nrequester: x\noperators: [jdoe]\n"
		       "window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}\nsteps:\n"
		       "  - {id: a, run: install -m 0600 /srv/staged/*.pem /etc/nginx/tls/}\n"
		       "  - {id: b, run: \"systemctl {reload,restart} nginx\"}\n"
		       "  - {id: c, run: tar -C /srv/data -cf - ... .}\n");
	for (int i = 3; i < rules; i++) {
		buf_addf(text, "  - {id: s%d, run: \"%s", i, one ? "tar" : "tool");
		if (!one)
			buf_addf(text, "%d", i / 10);
		buf_addf(text, " --file /srv/data/%d/*.conf --level [0-9]\"}\n", i);
	}
}

static struct plan *make_plan(int rules, bool one)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct plan *plan;
	struct errs errs;
	struct err err = { 0 };

	ticket_text(rules, one, &text);
	errs_reset(&errs);
	if (text.failed || ticket_parse(text.p, text.n, &ticket, &errs))
		die(errs.n ? errs.v[0].message : "no memory");
	if (plan_new(ticket, NULL, 0, &plan, &err))
		die(err.message);
	for (size_t i = 0; i < plan->programs_n; i++) {
		struct program *program = &plan->programs[i];
		struct buf path = { 0 };

		buf_addf(&path, "/usr/bin/%s", program->name);
		buf_addc(&path, 0);
		program->path = path.p; /* transferred */
		program->found = true;
		program->file.ino = 1000 + i;
	}
	buf_free(&text);
	return plan;
}

static double compile(struct plan *plan)
{
	struct err err = { 0 };
	double begun = seconds();

	if (plan_compile(plan, &err))
		die(err.message);
	return seconds() - begun;
}

struct bench {
	struct event events[COMMANDS];
	struct buf argv[COMMANDS], env;
	struct judge *judge;
	uint64_t sseq;
	bool approved;
};

static void make_event(struct bench *bench, size_t i, const struct plan *plan)
{
	static const char *const argv[] = {
		"install|-m|0600|/srv/staged/server.example.pem|/etc/nginx/tls/|",
		"systemctl|restart|nginx|",
		"tar|-C|/srv/data|-cf|-|--exclude=x|.|",
	};
	const struct program *program = &plan->programs[i % 3];
	uint32_t argc = 0;
	struct event *event = &bench->events[i];

	for (const char *p = argv[i % 3]; *p; p++)
		buf_addc(&bench->argv[i], *p == '|' ? 0 : *p);
	if (!bench->approved)
		bench->argv[i].p[bench->argv[i].n - 2] = '?'; /* the end of the last argument */
	for (size_t k = 0; k < bench->argv[i].n; k++)
		argc += bench->argv[i].p[k] == 0;
	*event = (struct event){ .kind = RECORD_EXEC,
				 .ts_ns = 1,
				 .tgid = 100 + (uint32_t)i,
				 .euid = 1000,
				 .shared = true };
	event->exec = (struct event_exec){
		.exe = span_of(program->path),
		.cwd = span_of("/root"),
		.root = span_of("/"),
		.filename = span_of(program->path),
		.argv = buf_span(&bench->argv[i]),
		.env = buf_span(&bench->env),
		.argc = argc,
		.file.ino = program->file.ino,
	};
}

static void bench_init(struct bench *bench, const struct plan *plan, bool approved)
{
	static const char env[] = "HOME=/root\0LANG=C\0LOGNAME=jdoe\0PATH=/usr/sbin:/usr/bin\0"
				  "SHELL=/bin/bash\0TERM=xterm\0USER=jdoe";
	struct judge_opts opts = { .plan = plan,
				   .operator_uid = 1000,
				   .boot_to_wall_ns = plan->ticket->from_ns };

	*bench = (struct bench){ .approved = approved };
	buf_add(&bench->env, env, sizeof(env));
	for (size_t i = 0; i < COMMANDS; i++)
		make_event(bench, i, plan);
	if (judge__new(&bench->judge, &opts))
		die("no memory");
}

static void bench_free(struct bench *bench)
{
	judge__free(bench->judge);
	for (size_t i = 0; i < COMMANDS; i++)
		buf_free(&bench->argv[i]);
	buf_free(&bench->env);
}

/* One act after the other: an exec and its exit, as in a shell that starts one program after
 * another. */
static void rounds(struct bench *bench, int n)
{
	enum verdict want = bench->approved ? VERDICT_APPROVED : VERDICT_UNAPPROVED;
	struct judgement judged;

	for (int r = 0; r < n; r++) {
		struct event *event = &bench->events[r % COMMANDS];
		struct event end = { .kind = RECORD_EXIT, .ts_ns = 1 };

		event->sseq = ++bench->sseq;
		event->start_ns = bench->sseq;
		judge__event(bench->judge, event, &judged);
		if (judged.verdict != want)
			die("a command was not judged as it should be");
		end.sseq = ++bench->sseq;
		end.image = event->sseq;
		end.tgid = event->tgid;
		end.start_ns = event->start_ns;
		judge__event(bench->judge, &end, &judged);
	}
}

/* The best of some: what the machine did beside it only ever adds. */
static double exec_ns(const struct plan *plan, bool approved)
{
	struct bench bench;
	double best = 0;

	bench_init(&bench, plan, approved);
	for (int i = 0; i < REPEATS; i++) {
		double begun = seconds(), took;

		rounds(&bench, ROUNDS);
		took = (seconds() - begun) * 1e9 / ROUNDS;
		best = i == 0 || took < best ? took : best;
	}
	bench_free(&bench);
	return best;
}

static int only_judge(int rules, int n, bool approved)
{
	struct plan *plan = make_plan(rules, false);
	struct bench bench;

	compile(plan);
	bench_init(&bench, plan, approved);
	rounds(&bench, n);
	bench_free(&bench);
	plan_free(plan);
	return 0;
}

int main(int argc, char **argv)
{
	double first[2] = { 0 };

	if (argc == 4)
		return only_judge((int)strtol(argv[1], NULL, 10), (int)strtol(argv[2], NULL, 10),
				  strcmp(argv[3], "approved") == 0);
	printf("%6s %12s %8s %10s %14s %16s\n", "rules", "compile ms", "states", "table KiB",
	       "approved ns", "unapproved ns");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct plan *plan = make_plan(sizes[i].rules, sizes[i].one);
		double ms = compile(plan) * 1e3,
		       ns[2] = { exec_ns(plan, true), exec_ns(plan, false) };
		const struct ls_automaton_head *head = &plan->automaton->head;

		if (i == 0)
			memcpy(first, ns, sizeof(first));
		printf("%6d %12.2f %8u %10zu %7.0f (%.2f) %9.0f (%.2f)%s\n", sizes[i].rules, ms,
		       head->states_n, (sizeof(*head) + head->entries_n * sizeof(ls_u32)) / 1024,
		       ns[0], ns[0] / first[0], ns[1], ns[1] / first[1],
		       sizes[i].one ? "  all but two of one program" : "");
		plan_free(plan);
	}
	return 0;
}
