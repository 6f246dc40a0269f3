/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/last_words.h"

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

static void hear_line(struct last_words *words, const char *line, size_t n)
{
	if (says_nothing(line, n))
		return;
	if (!words->field[0] && begins(line, n, RELOCATION))
		snprintf(words->field, sizeof(words->field), "%.*s",
			 n < 255 ? (int)(n - strlen(RELOCATION)) : 200, line + strlen(RELOCATION));
	memcpy(words->before, words->last, sizeof(words->before));
	snprintf(words->last, sizeof(words->last), "%.*s", n < 255 ? (int)n : 255, line);
}

void last_words_hear(struct last_words *words, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		hear_line(words, text, n);
		text += n + (text[n] == '\n');
	}
}

void last_words_tell(const struct last_words *words, char *out, size_t n)
{
	if (words->field[0])
		snprintf(out, n, "this kernel's BTF does not have %s", words->field);
	else
		snprintf(out, n, "%s%s%s", words->before, words->before[0] ? "; " : "",
			 words->last);
}
