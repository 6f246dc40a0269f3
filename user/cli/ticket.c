/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approve/plan_file.h"
#include "core/base/array.h"
#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "core/review/lint/ticket_lint.h"
#include "core/ticket/print.h"

static const struct option_spec ticket_options[] = {
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
};

void cli_refusal(const struct refusal *refusal)
{
	struct buf lines = { 0 };

	refusal_lines(refusal, &lines);
	if (lines.failed)
		fputs("out of memory\n", stderr);
	else
		fwrite(lines.p, 1, lines.n, stderr);
	buf_free(&lines);
}

/* Reads the options and the ticket that the first operand names. -1: return options->status. */
static int read_ticket(struct options *options, int operands_min, struct plan_file *out)
{
	const char *profiles = PLAN_FILE_PROFILES_DIR;
	struct refusal why;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 'p')
			profiles = options->value;
	}
	if (id < 0)
		return -1;
	if (options->operands_n < operands_min) {
		options->status = options_usage(options, "expected %s", options->verb->operands);
		return -1;
	}
	/* "cannot be read" is no answer about the ticket, but what is wrong in it is one */
	if (access(options->operands[0], R_OK)) {
		options->status = options_fail(options, "\"%s\": %m", options->operands[0]);
		return -1;
	}
	if (plan_file_read(options->operands[0], profiles, 0, out, &why)) {
		cli_refusal(&why);
		options->status = CLI_NEGATIVE;
		return -1;
	}
	return 0;
}

static bool is_installed_at(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->steps_n; i++) {
		if (patterns_match(&plan->steps[i]->installs, span_of(path)))
			return true;
	}
	return false;
}

/* Whether a step may put a program of that name in place. */
static bool is_installed(const struct plan *plan, const char *name)
{
	char path[PATH_MAX];

	if (name[0] == '/')
		return is_installed_at(plan, name);
	for (size_t i = 0; i < plan->path.n; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", plan->path.v[i], name) < PATH_MAX &&
		    is_installed_at(plan, path))
			return true;
	}
	return false;
}

static void warn_programs(const char *file, const struct plan *plan)
{
	size_t later = 0;

	for (size_t i = 0; i < plan->programs_n; i++) {
		if (plan->programs[i].found)
			continue;
		if (is_installed(plan, plan->programs[i].name))
			later++;
		else
			fprintf(stderr, "%s: warning: program \"%s\" is not on this host\n", file,
				plan->programs[i].name);
	}
	if (later)
		fprintf(stderr,
			"%s: warning: programs that are not on this host, and that a step may put "
			"in place: %zu\n",
			file, later);
}

static void warn_lint(void *ctx, const char *step, unsigned int line, const char *warning)
{
	const char *file = ctx;

	if (step)
		fprintf(stderr, "%s:%u: warning: step \"%s\": %s\n", file, line, step, warning);
	else
		fprintf(stderr, "%s: warning: %s\n", file, warning);
}

static int ticket_check(struct options *options)
{
	char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];
	const struct ticket *ticket;
	struct plan_file file;

	if (read_ticket(options, 1, &file))
		return options->status;
	if (options->operands_n > 1) {
		plan_file_free(&file);
		return options_usage(options, "expected one ticket");
	}
	warn_programs(options->operands[0], file.plan);
	for (size_t i = 0; i < file.plan->users_n; i++) {
		if (!file.plan->users[i].found)
			fprintf(stderr, "%s: warning: user \"%s\" is not on this host\n",
				options->operands[0], file.plan->users[i].name);
	}
	for (size_t i = 0; i < file.plan->hosts_n; i++) {
		if (file.plan->hosts[i].addresses_n == 0)
			fprintf(stderr, "%s: warning: host \"%s\" does not resolve here\n",
				options->operands[0], file.plan->hosts[i].name);
	}
	ticket_lint(file.plan, warn_lint, options->operands[0]);
	ticket = file.plan->ticket;
	timestamp_format(ticket->from_ns, from);
	timestamp_format(ticket->until_ns, until);
	printf("%s: ok: ticket %s, %zu step(s) and %zu from %zu profile(s), %.19sZ to %.19sZ\n",
	       options->operands[0], ticket->id, file.plan->own_steps_n,
	       file.plan->steps_n - file.plan->own_steps_n, ticket->profiles.n, from, until);
	plan_file_free(&file);
	return CLI_OK;
}

const struct verb verb_ticket_check = {
	.name = "ticket check",
	.operands = "FILE",
	.help = "read a ticket as strictly as a session does, and say what is wrong",
	.about = "Prints FILE:LINE:COLUMN, what was expected and what was found, for up to 20\n"
		 "mistakes of a file. Programs, users and hosts that this host does not have are\n"
		 "warnings, and so is what allows more than it seems to. Exit status: 0 accepted,\n"
		 "1 refused, 2 not readable.",
	.options = ticket_options,
	.options_n = ARRAY_SIZE(ticket_options),
	.run = ticket_check,
};

static int print_ticket(struct options *options, const struct ticket *ticket)
{
	struct buf out = { 0 };
	int ret = ticket_print(ticket, &out);

	if (!ret)
		fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
	return ret ? options_fail(options, "%s", strerror(-ret)) : CLI_OK;
}

static int ticket_show(struct options *options)
{
	struct plan_file file;
	int status;

	if (read_ticket(options, 1, &file))
		return options->status;
	if (options->operands_n > 1)
		status = options_usage(options, "expected one ticket");
	else
		status = print_ticket(options, file.plan->ticket);
	for (size_t i = 0; !status && options->operands_n == 1 && i < file.profiles_n; i++)
		printf("# profile %s sha256:%s\n", file.plan->ticket->profiles.v[i],
		       file.profiles[i].sha256);
	plan_file_free(&file);
	return status;
}

const struct verb verb_ticket_show = {
	.name = "ticket show",
	.operands = "FILE",
	.help = "print a ticket in the one form that every ticket of the same meaning has",
	.about = "Keys in the manual page's order, each text in quotes, no comments. Profiles are "
		 "read, and named\n"
		 "behind it, as comments, with the SHA-256 of their bytes here.\n"
		 "Exit status: 0 printed, 1 refused, 2 not readable.",
	.options = ticket_options,
	.options_n = ARRAY_SIZE(ticket_options),
	.run = ticket_show,
};

/* A command on its way to being an action. */
struct command_line {
	char *const *words; /* NULL-ended */
	struct buf action;
	size_t argv_at; /* of argv[0] in the action */
};

static int build_action(struct command_line *command, const char *path, const char *argv0)
{
	struct buf *action = &command->action;

	buf_reset(action);
	buf_add(action, path, strlen(path) + 1);
	command->argv_at = action->n;
	buf_add(action, argv0, strlen(argv0) + 1);
	for (size_t i = 1; command->words[i]; i++)
		buf_add(action, command->words[i], strlen(command->words[i]) + 1);
	return action->failed ? -1 : 0;
}

/* A rule of a step itself before one of a step's children; NULL: none matches. */
static const struct rule *match_path(const struct plan *plan, struct command_line *command,
				     const char *path, const char *argv0)
{
	const uint32_t *rules;
	size_t n;

	if (build_action(command, path, argv0))
		return NULL;
	n = plan_match(plan, buf_span(&command->action), &rules);
	for (size_t i = 0; i < n; i++) {
		if (!plan->rules[rules[i]].child)
			return &plan->rules[rules[i]];
	}
	return n > 0 ? &plan->rules[rules[0]] : NULL;
}

/* By the word as typed, and as a script is known: by its path. */
static const struct rule *match_program(const struct plan *plan, struct command_line *command,
					const char *path)
{
	const struct rule *rule = match_path(plan, command, path, path);
	const struct rule *typed = match_path(plan, command, path, command->words[0]);

	return typed ? typed : rule;
}

/*
 * What the first word means: along the ticket's path, as the ticket's own names are looked up, so
 * that the answer is the same on every terminal. Where nothing is there, each place where it could
 * be.
 */
static const struct rule *match_command(const struct plan *plan, struct command_line *command)
{
	const struct strings *path = &plan->path;
	const char *name = command->words[0];
	const struct rule *rule = NULL;
	char candidate[PATH_MAX], resolved[PATH_MAX];

	if (strchr(name, '/'))
		return match_program(plan, command, realpath(name, resolved) ? resolved : name);
	for (size_t i = 0; i < path->n; i++) {
		if (snprintf(candidate, sizeof(candidate), "%s/%s", path->v[i], name) < PATH_MAX &&
		    access(candidate, X_OK) == 0 && realpath(candidate, resolved))
			return match_program(plan, command, resolved);
	}
	for (size_t i = path->n; i-- > 0 && !rule;) {
		if (snprintf(candidate, sizeof(candidate), "%s/%s", path->v[i], name) < PATH_MAX)
			rule = match_program(plan, command, candidate);
	}
	return rule;
}

static void print_quoted(struct span text)
{
	struct buf shown = { 0 };

	text_quote(&shown, text, 200);
	fwrite(shown.p, 1, shown.n, stdout);
	buf_free(&shown);
}

static void print_approved(const struct plan *plan, const struct rule *rule)
{
	const struct step *step = plan->steps[rule->step];

	printf("approved by step \"%s\"", step->id);
	if (step->profile)
		printf(" of profile \"%s\"", step->profile);
	printf("%s\n  run: %s\n", rule->child ? ", below that step only" : "", step->run.text);
	printf("  as: %s\n", step->as ? step->as : "the operator, or root");
	if (step->times_max != TIMES_ANY)
		printf("  times: %u to %u\n", step->times_min, step->times_max);
	else if (step->times_min > 0)
		printf("  times: %u or more\n", step->times_min);
	if (step->cwd)
		printf("  in: %s\n", step->cwd);
	if (!plan->programs[rule->program].found)
		printf("  but \"%s\" is not on this host, where nothing would match it\n",
		       plan->programs[rule->program].name);
}

static void print_nearest(const struct plan *plan, const struct command_line *command)
{
	struct span whole = buf_span(&command->action);
	struct span path = { whole.p, command->argv_at - 1 };
	struct span argv = { whole.p + command->argv_at, whole.n - command->argv_at };
	struct nearest nearest;

	plan_nearest(plan, path, argv, &nearest);
	printf("not approved\n");
	if (!nearest.step) {
		printf("  no step is near\n");
		return;
	}
	printf("  nearest step \"%s\": %s\n  ", nearest.step->id, nearest.step->run.text);
	if (nearest.argument)
		printf("argument %u", nearest.argument);
	else
		printf("program");
	printf(": approved %s, got ", nearest.approved);
	if (nearest.actual.p)
		print_quoted(nearest.actual);
	else
		printf("(end)");
	printf("\n");
}

static int ticket_explain(struct options *options)
{
	struct command_line command = { 0 };
	const struct rule *rule;
	struct plan_file file;
	int status;

	if (read_ticket(options, 2, &file))
		return options->status;
	/* options end at the ticket's name, so a "--" behind it is still there */
	command.words = options->operands + 1;
	if (strcmp(command.words[0], "--") == 0)
		command.words++;
	if (!command.words[0]) {
		plan_file_free(&file);
		return options_usage(options, "expected a command");
	}
	rule = match_command(file.plan, &command);
	if (command.action.failed)
		status = options_fail(options, "out of memory");
	else
		status = rule ? CLI_OK : CLI_NEGATIVE;
	if (status == CLI_OK)
		print_approved(file.plan, rule);
	else if (status == CLI_NEGATIVE)
		print_nearest(file.plan, &command);
	buf_free(&command.action);
	plan_file_free(&file);
	return status;
}

const struct verb verb_ticket_explain = {
	.name = "ticket explain",
	.operands = "FILE -- COMMAND...",
	.help = "say which step of a ticket approves a command, or which is nearest",
	.about = "The command is not run. Its program is looked up along the ticket's path, not "
		 "along PATH.\n"
		 "Exit status: 0 approved, 1 not approved, or the ticket is refused, 2 not "
		 "readable.",
	.options = ticket_options,
	.options_n = ARRAY_SIZE(ticket_options),
	.command = true,
	.run = ticket_explain,
};
