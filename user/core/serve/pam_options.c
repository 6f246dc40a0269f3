/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/pam_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/id.h"

/* Half a second is what a login may be delayed: the rest is for what is not waiting. */
static const struct pam_options defaults = { .run_dir = "/run/lockstep", .wait_ms = 400 };

enum { WAIT_DIGITS = 6, WAIT_MS_MAX = 600000 };

/* What follows "KEY=", NULL: it is another word. */
static const char *value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static bool read_wait(const char *value, unsigned int *out)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > WAIT_DIGITS || value[n])
		return false;
	*out = (unsigned int)strtoul(value, NULL, 10);
	return *out > 0 && *out <= WAIT_MS_MAX;
}

static int read_word(const char *word, struct pam_options *out)
{
	const char *value;

	if (strcmp(word, "required") == 0)
		out->optional = false;
	else if (strcmp(word, "optional") == 0)
		out->optional = true;
	else if (strcmp(word, "auto") == 0)
		out->automatic = true;
	else if (strcmp(word, "ruser") == 0)
		out->ruser = true;
	else if ((value = value_of(word, "ticket")) && id_valid(span_of(value)))
		out->ticket = value;
	else if ((value = value_of(word, "run_dir")) && *value == '/')
		out->run_dir = value;
	else if ((value = value_of(word, "wait_ms")) && read_wait(value, &out->wait_ms))
		return 0;
	else
		return -EINVAL;
	return 0;
}

int pam_options_read(int argc, const char **argv, struct pam_options *out, struct err *err)
{
	*out = defaults;
	for (int i = 0; i < argc; i++) {
		if (read_word(argv[i], out) == 0)
			continue;
		*out = defaults;
		return err_set(err, -EINVAL, 0, 0,
			       "argument %d: expected required, optional, auto, ruser, ticket=ID, "
			       "run_dir=/DIR or wait_ms=1 to 600000",
			       i + 1);
	}
	return 0;
}
