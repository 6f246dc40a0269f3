/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/verifier_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"

#define RELOCATION "failed to resolve CO-RE relocation "

static bool begins(const char *line, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* What frames the log, counts the work, or only repeats that the whole failed. */
static bool says_nothing(const char *line, size_t n)
{
	static const char *const empty[] = { "-- ", "processed ", "libbpf: failed to load object",
					     "libbpf: failed to load BPF skeleton" };

	for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
		if (begins(line, n, empty[i]))
			return true;
	}
	return n == 0;
}

static void add_line(struct verifier_error *error, const char *line, size_t n)
{
	if (says_nothing(line, n))
		return;
	if (!error->field[0] && begins(line, n, RELOCATION))
		snprintf(error->field, sizeof(error->field), "%.*s",
			 n < 255 ? (int)(n - strlen(RELOCATION)) : 200, line + strlen(RELOCATION));
	memcpy(error->before, error->last, sizeof(error->before));
	snprintf(error->last, sizeof(error->last), "%.*s", n < 255 ? (int)n : 255, line);
}

void verifier_error_add(struct verifier_error *error, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		add_line(error, text, n);
		text += n + (text[n] == '\n');
	}
}

void verifier_error_line(const struct verifier_error *error, char *out, size_t n)
{
	if (error->field[0])
		snprintf(out, n, "this kernel's BTF does not have %s", error->field);
	else
		snprintf(out, n, "%s%s%s", error->before, error->before[0] ? "; " : "",
			 error->last);
}
