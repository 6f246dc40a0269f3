/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Says of each file whether a ticket is read from it, or a profile where the file's name ends so:
 * "accepted FILE" or "refused FILE", and on standard error why. Looks nothing up.
 */
#include <stdio.h>
#include <string.h>

#include "core/ticket/ticket.h"
#include "core/yaml/refusal.h"

static char text[TICKET_BYTES_MAX + 1];

static int read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return -1;
	*n = fread(text, 1, sizeof(text), file);
	return ferror(file) | fclose(file);
}

static bool is_profile(const char *path)
{
	static const char end[] = ".profile.json";
	size_t n = strlen(path);

	return n >= sizeof(end) && strcmp(path + n - (sizeof(end) - 1), end) == 0;
}

static void judge(const char *path, size_t n)
{
	struct buf lines = { 0 };
	struct refusal refusal;
	struct ticket *ticket;
	int ret;

	refusal_begin(&refusal, path);
	if (is_profile(path))
		ret = profile_parse(text, n, &ticket, &refusal.errs);
	else
		ret = ticket_parse(text, n, &ticket, &refusal.errs);
	printf("%s %s\n", ret ? "refused" : "accepted", path);
	refusal_lines(&refusal, &lines);
	fwrite(lines.p ? lines.p : "", 1, lines.n, stderr);
	buf_free(&lines);
	ticket_free(ticket);
}

int main(int argc, char **argv)
{
	size_t n;

	for (int i = 1; i < argc; i++) {
		if (read_file(argv[i], &n)) {
			perror(argv[i]);
			return 2;
		}
		judge(argv[i], n);
	}
	return 0;
}
