/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * First line: a `run` line. The rest: arguments from argv[1] on, each ended by NUL. What parses is
 * compiled, and the automaton, the slow matcher, the nearest step and the oracle, which reads the
 * line by itself, are held against one another.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/event/event.h"
#include "core/match/atom.h"
#include "core/plan/plan.h"
#include "lib/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* A ticket of the one step; the plan frees it, the command in it too. */
static struct ticket *make_ticket(struct command *run)
{
	struct ticket *ticket = calloc(1, sizeof(*ticket));

	check(ticket != NULL, "no memory");
	ticket->id = strdup("T");
	ticket->steps = calloc(1, sizeof(struct step));
	ticket->path.v = calloc(1, sizeof(char *));
	check(ticket->id && ticket->steps && ticket->path.v, "no memory");
	ticket->path.v[0] = strdup("/bin");
	ticket->path.n = 1;
	ticket->steps_n = 1;
	ticket->steps[0].id = strdup("s");
	ticket->steps[0].run = *run;
	return ticket;
}

/*
 * Whether the words take the arguments: reach[w] says that words before w have taken those so far.
 * Every word is tried on every argument, as word_matches() defines it.
 */
static bool words_take(const struct command *run, struct span argv)
{
	bool reach[COMMAND_WORDS_MAX + 1] = { [1] = true }, next[COMMAND_WORDS_MAX + 1];
	struct span argument;

	for (;;) {
		for (size_t w = 1; w < run->words_n; w++)
			reach[w + 1] |= reach[w] && run->words[w].repeat == WORD_ANY_ARGS;
		if (!strings_next(&argv, &argument))
			return reach[run->words_n];
		memset(next, 0, sizeof(next));
		for (size_t w = 1; w < run->words_n; w++) {
			const struct word *word = &run->words[w];
			bool takes = reach[w] && word_matches(word, argument);

			next[w] |= takes && (word->repeat == WORD_ANY_ARGS ||
					     word->repeat == WORD_ONE_OR_MORE);
			next[w + 1] |= takes && word->repeat != WORD_ANY_ARGS;
		}
		memcpy(reach, next, sizeof(reach));
	}
}

/*
 * Patterns that may outgrow the bound take a second each under the sanitizers, and test_automaton.c
 * has them: here they would only keep the fuzzer from everything else.
 */
static bool may_outgrow(const struct command *run)
{
	size_t wild = 0;

	for (size_t w = 0; w < run->words_n; w++) {
		wild += run->words[w].repeat == WORD_ANY_ARGS;
		for (size_t i = 0; i < run->words[w].atoms_n; i++)
			wild += run->words[w].atoms[i].kind != ATOM_BYTE;
	}
	return wild > 10;
}

static void hold_oracle(const struct command *run, struct span argv, bool takes)
{
	struct span *args = oracle_room(argv.n, sizeof(*args));
	enum oracle_answer answer;
	size_t n = 0;

	while (strings_next(&argv, &args[n]))
		n++;
	answer = oracle_command(run->text, args, n);
	check(answer == ORACLE_TOO_LONG || (answer == ORACLE_YES) == takes,
	      "the oracle and the words do not agree");
	free(args);
}

static void hold(const struct plan *plan, struct span argv)
{
	const struct command *run = &plan->steps[0]->run;
	const char *name = run->words[0].value;
	struct buf action = { 0 };
	const uint32_t *rules;
	struct nearest nearest;
	struct span path;

	buf_addf(&action, "%s%s", name[0] == '/' ? "" : "/bin/", name);
	buf_addc(&action, 0);
	path = (struct span){ action.p, action.n - 1 };
	buf_add(&action, name, strlen(name) + 1);
	buf_add(&action, argv.p, argv.n);
	check(!action.failed, "no memory");
	path.p = action.p;
	check((plan_match(plan, buf_span(&action), &rules) != 0) == words_take(run, argv),
	      "the automaton and the words do not agree");
	hold_oracle(run, argv, words_take(run, argv));
	plan_nearest(plan, path, (struct span){ action.p + path.n + 1, action.n - path.n - 1 },
		     &nearest);
	check(nearest.step != NULL, "the step is not near its own program");
	buf_free(&action);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *newline = size ? memchr(text, '\n', size) : NULL;
	size_t line = newline ? (size_t)(newline - text) : size;
	struct span argv = { text + line, size - line };
	struct command run;
	struct plan *plan;
	struct err err = { 0 };
	int ret = command_parse((struct span){ text, line }, &run, &err);

	if (ret) {
		check(!run.words && !run.text && (ret != -EINVAL || (err.column && err.message[0])),
		      "a refusal without its reason");
		return 0;
	}
	if (may_outgrow(&run)) {
		command_free(&run);
		return 0;
	}
	if (newline) {
		argv.p++;
		argv.n--;
	}
	while (argv.n && argv.p[argv.n - 1])
		argv.n--; /* an action ends with a NUL */
	check(plan_new(make_ticket(&run), NULL, 0, &plan, &err) == 0, err.message);
	ret = plan_compile(plan, &err);
	check(ret == 0 || ret == -E2BIG, "compile failed");
	if (ret == 0)
		hold(plan, argv);
	plan_free(plan);
	return 0;
}
