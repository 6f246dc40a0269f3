/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/timestamp.h"

enum { OPTIONS_MAX = 32, ID_HELP = 'h' };

static const struct option_spec help_option = { ID_HELP, "help", NULL, "this text" };

static void print_option(const struct option_spec *option, FILE *to)
{
	char left[80];
	char letter[8] = "    ";

	if (option->id < 256)
		snprintf(letter, sizeof(letter), "-%c, ", option->id);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
		 option->argument ? " " : "", option->argument ? option->argument : "");
	fprintf(to, "  %-26s %s\n", left, option->help);
}

static void print_help(const struct verb *verb, FILE *to)
{
	fprintf(to, "usage: lockstep %s [OPTION...]%s%s\n\n%s\n", verb->name,
		*verb->operands ? " " : "", verb->operands, verb->help);
	if (verb->about)
		fprintf(to, "\n%s\n", verb->about);
	fprintf(to, "\noptions:\n");
	for (size_t i = 0; i < verb->options_n; i++)
		print_option(&verb->options[i], to);
	print_option(&help_option, to);
}

static void fail(const struct options *options, const char *fmt, va_list ap)
{
	fprintf(stderr, "lockstep %s: ", options->verb->name);
	vfprintf(stderr, fmt, ap);
}

int options_fail(const struct options *options, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(options, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_ERROR;
}

int options_usage(const struct options *options, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(options, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see lockstep %s --help\n", options->verb->name);
	return CLI_ERROR;
}

/* getopt_long's two tables from ours. The leading ':' tells a missing argument from an unknown
 * option. */
static void make_tables(const struct verb *verb, char *letters, struct option *longs)
{
	size_t n = 0;

	if (verb->command)
		letters[n++] = '+';
	letters[n++] = ':';
	for (size_t i = 0; i <= verb->options_n && i < OPTIONS_MAX; i++) {
		const struct option_spec *option =
			i < verb->options_n ? &verb->options[i] : &help_option;

		longs[i] = (struct option){ option->name,
					    option->argument ? required_argument : no_argument,
					    NULL, option->id };
		if (option->id < 256) {
			letters[n++] = (char)option->id;
			if (option->argument)
				letters[n++] = ':';
		}
	}
	letters[n] = '\0';
}

static int stop(struct options *options, int status)
{
	options->status = status;
	return -1;
}

int options_next(struct options *options)
{
	char letters[2 * OPTIONS_MAX + 3];
	struct option longs[OPTIONS_MAX + 1] = { 0 };
	const char *last;
	int id;

	make_tables(options->verb, letters, longs);
	opterr = 0;
	id = getopt_long(options->argc, options->argv, letters, longs, NULL);
	options->value = optarg;
	if (id == -1) {
		options->operands = options->argv + optind;
		options->operands_n = options->argc - optind;
		return 0;
	}
	if (id == ID_HELP) {
		print_help(options->verb, stdout);
		return stop(options, CLI_OK);
	}
	last = options->argv[optind - 1];
	if (id == ':')
		return stop(options,
			    options_usage(options, "option \"%s\" needs an argument", last));
	if (id == '?' && optopt >= 256)
		return stop(options,
			    options_usage(options, "option \"%s\" takes no argument", last));
	if (id == '?' && optopt)
		return stop(options, options_usage(options, "unknown option \"-%c\"", optopt));
	if (id == '?')
		return stop(options, options_usage(options, "unknown option \"%s\"", last));
	return id;
}

int option_number(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;

	*out = 0;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || number > (max - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*out = number;
	return 0;
}

/* "90s", "15m", "2h", "7d" before now. */
static int option_ago(const char *text, int64_t now_ns, int64_t *out_ns)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t n = strlen(text);
	char digits[12];
	uint64_t number;

	if (n < 2 || n > sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].unit != text[n - 1])
			continue;
		if (option_number(digits, (uint64_t)(now_ns / 1000000000 / units[i].seconds),
				  &number))
			return -EINVAL;
		*out_ns = now_ns - (int64_t)number * units[i].seconds * 1000000000;
		return 0;
	}
	return -EINVAL;
}

int option_time(const char *text, int64_t now_ns, int64_t *out_ns)
{
	char day[32];
	uint64_t seconds;

	*out_ns = 0;
	if (*text == '@') {
		if (option_number(text + 1, INT64_MAX / 1000000000, &seconds))
			return -EINVAL;
		*out_ns = (int64_t)seconds * 1000000000;
		return 0;
	}
	if (timestamp_parse(span_of(text), out_ns) == 0)
		return 0;
	if (strlen(text) == strlen("2026-11-23")) {
		snprintf(day, sizeof(day), "%sT00:00:00Z", text);
		if (timestamp_parse(span_of(day), out_ns) == 0)
			return 0;
	}
	return option_ago(text, now_ns, out_ns);
}
