/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/array.h"

static const struct verb *const verbs[] = {
	&verb_run,
	&verb_session_start,
	&verb_session_list,
	&verb_session_show,
	&verb_session_end,
	&verb_ticket_check,
	&verb_ticket_explain,
	&verb_ticket_draft,
	&verb_ticket_show,
	&verb_ticket_diff,
	&verb_ticket_sign,
	&verb_ticket_verify,
	&verb_ticket_revoke,
	&verb_tail,
	&verb_ack,
	&verb_export,
	&verb_status,
	&verb_doctor,
	&verb_rejudge,
	&verb_verify,
	&verb_report,
};

bool cli_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

static void print_help(FILE *to)
{
	fputs("usage: lockstep VERB [OPTION...] [OPERAND...]\n\n"
	      "Holds what a maintenance session runs against what its ticket approved.\n\nverbs:\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-16s %s\n", verbs[i]->name, verbs[i]->help);
	fputs("\nlockstep VERB --help tells a verb's options; lockstep --version the version\n",
	      to);
}

/* How many words of the line name the verb: 0 for no match. */
static int verb_words(const struct verb *verb, int argc, char **argv)
{
	const char *space = strchr(verb->name, ' ');
	size_t first = space ? (size_t)(space - verb->name) : strlen(verb->name);

	if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], verb->name, first) != 0)
		return 0;
	if (!space)
		return 1;
	return argc > 1 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

/* `lockstep session` or `lockstep session --help`: the verbs that begin with that word. */
static int print_family(int argc, char **argv)
{
	size_t n = strlen(argv[0]);
	bool help = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
	FILE *to = help ? stdout : stderr;
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		known |= !strncmp(verbs[i]->name, argv[0], n) && verbs[i]->name[n] == ' ';
	if (!known) {
		fprintf(stderr, "lockstep: unknown verb \"%s\"; see lockstep --help\n", argv[0]);
		return CLI_ERROR;
	}
	fprintf(to, "lockstep %s: expected one of\n", argv[0]);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strncmp(verbs[i]->name, argv[0], n) && verbs[i]->name[n] == ' ')
			fprintf(to, "  lockstep %-16s %s\n", verbs[i]->name, verbs[i]->help);
	}
	return help ? CLI_OK : CLI_ERROR;
}

/* A full disk behind stdout must not look like success. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "lockstep: standard output could not be written\n");
		return status ? status : CLI_ERROR;
	}
	return status;
}

int main(int argc, char **argv)
{
	/* Who ignored it before us keeps us from learning how our children end. */
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2) {
		print_help(stderr);
		return CLI_ERROR;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return finish(CLI_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("lockstep " LOCKSTEP_VERSION);
		return finish(CLI_OK);
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		int words = verb_words(verbs[i], argc - 1, argv + 1);
		struct options options = { .verb = verbs[i],
					   .argc = argc - words,
					   .argv = argv + words };

		if (words)
			return finish(verbs[i]->run(&options));
	}
	return print_family(argc - 1, argv + 1);
}
