/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/plan_fixture.h"

void fixture_die(const char *what)
{
	fprintf(stderr, "fixture: %s\n", what);
	abort();
}

void *fixture_room(size_t n, size_t size)
{
	void *room = calloc(n + 1, size);

	if (!room)
		fixture_die("no memory");
	return room;
}

void fixture_run(struct command *run, const char *line)
{
	struct err err = { 0 };

	if (command_parse(span_of(line), run, &err)) {
		fprintf(stderr, "%s\n", line);
		fixture_die(err.message);
	}
}

static const char *const fixture_dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					    "/usr/bin",        "/sbin",          "/bin" };

struct ticket *fixture_ticket(const char *const *lines, size_t n)
{
	struct ticket *ticket = fixture_room(1, sizeof(*ticket));

	ticket->id = strdup("T");
	ticket->path.v = fixture_room(6, sizeof(char *));
	for (ticket->path.n = 0; ticket->path.n < 6; ticket->path.n++)
		ticket->path.v[ticket->path.n] = strdup(fixture_dirs[ticket->path.n]);
	ticket->steps = fixture_room(n, sizeof(struct step));
	for (size_t i = 0; i < n; i++) {
		struct step *step = &ticket->steps[ticket->steps_n++];

		if (asprintf(&step->id, "s%zu", i) < 0)
			fixture_die("no memory");
		step->line = (unsigned int)i + 1;
		step->times_max = TIMES_ANY;
		fixture_run(&step->run, lines[i]);
	}
	return ticket;
}

void fixture_found(struct plan *plan, const char *name, const char *path)
{
	for (size_t i = 0; i < plan->programs_n; i++) {
		if (strcmp(plan->programs[i].name, name) != 0)
			continue;
		plan->programs[i].found = true;
		plan->programs[i].path = strdup(path);
	}
}

struct plan *fixture_plan(struct ticket *ticket)
{
	struct plan *plan;
	struct err err = { 0 };

	if (plan_new(ticket, NULL, 0, &plan, &err))
		fixture_die(err.message);
	for (size_t i = 0; i < plan->programs_n; i++) {
		const char *name = plan->programs[i].name;
		char *path = NULL;

		if (asprintf(&path, "%s%s", name[0] == '/' ? "" : "/usr/bin/", name) < 0)
			fixture_die("no memory");
		plan->programs[i].found = true;
		plan->programs[i].path = path;
	}
	if (plan_compile(plan, &err))
		fixture_die(err.message);
	return plan;
}

void fixture_action(struct buf *action, const char *path, const char *argv)
{
	buf_reset(action);
	buf_add(action, path, strlen(path) + 1);
	for (const char *p = argv; *p; p++)
		buf_addc(action, *p == '|' ? 0 : *p);
}
