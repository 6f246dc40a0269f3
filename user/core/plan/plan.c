/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/names.h"
#include "core/match/automaton_build.h"
#include "core/plan/index.h"
#include "core/ticket/dest.h"

/* What has to be looked up, each name once. */
struct wanted {
	struct names steps, programs, users, hosts;
};

static int want_hosts(struct wanted *wanted, const struct dests *dests)
{
	uint32_t number;
	int ret = 0;

	for (size_t i = 0; i < dests->n && !ret; i++) {
		if (dests->v[i].kind == DEST_HOST)
			ret = names_add(&wanted->hosts, dests->v[i].name, &number);
	}
	return ret;
}

static int want_step(struct wanted *wanted, const struct step *step)
{
	uint32_t number;
	int ret = names_add(&wanted->programs, step->run.words[0].value, &number);

	for (size_t i = 0; i < step->child_runs_n && !ret; i++)
		ret = names_add(&wanted->programs, step->child_runs[i].words[0].value, &number);
	if (!ret && step->as)
		ret = names_add(&wanted->users, step->as, &number);
	if (!ret)
		ret = want_hosts(wanted, &step->connect);
	if (!ret)
		ret = want_hosts(wanted, &step->listen);
	return ret ? ret : want_hosts(wanted, &step->send);
}

static int want_operators(struct wanted *wanted, const struct strings *operators)
{
	uint32_t number;
	int ret = 0;

	for (size_t i = 0; i < operators->n && !ret; i++) {
		if (operators->v[i][0] != '@')
			ret = names_add(&wanted->users, operators->v[i], &number);
	}
	return ret;
}

static int add_step(struct plan *plan, struct wanted *wanted, const struct ticket *source,
		    struct step *step, struct err *err)
{
	uint32_t number;
	int ret = names_add(&wanted->steps, step->id, &number);

	if (ret)
		return ret;
	if (number < plan->steps_n) {
		const char *other = plan->steps[number]->profile;

		return err_set(err, -EINVAL, 0, 0,
			       "profile \"%s\": its step \"%s\" has the id of a step of %s%s%s",
			       source->id, step->id, other ? "profile \"" : "the ticket",
			       other ? other : "", other ? "\"" : "");
	}
	step->profile = source->is_profile ? source->id : NULL;
	plan->steps[plan->steps_n++] = step;
	return want_step(wanted, step);
}

static int add_source(struct plan *plan, struct wanted *wanted, const struct ticket *source,
		      struct err *err)
{
	int ret = want_operators(wanted, &source->operators);

	for (size_t i = 0; i < source->steps_n && !ret; i++)
		ret = add_step(plan, wanted, source, &source->steps[i], err);
	if (ret)
		return ret;
	plan->allow_write[plan->allow_n] = &source->allow_write;
	plan->allow[plan->allow_n++] = source->allow_connect;
	return want_hosts(wanted, &source->allow_connect);
}

static int add_sources(struct plan *plan, struct wanted *wanted, struct err *err)
{
	size_t steps = 0;
	int ret = 0;

	for (size_t i = 0; i < plan->owned_n; i++)
		steps += plan->owned[i]->steps_n;
	plan->steps = calloc(steps + 1, sizeof(struct step *));
	plan->allow = calloc(plan->owned_n + 1, sizeof(struct dests));
	plan->allow_write = calloc(plan->owned_n + 1, sizeof(struct patterns *));
	if (!plan->steps || !plan->allow || !plan->allow_write)
		return -ENOMEM;
	for (size_t i = 0; i < plan->owned_n && !ret; i++)
		ret = add_source(plan, wanted, plan->owned[i], err);
	plan->own_steps_n = plan->ticket ? plan->ticket->steps_n : 0;
	return ret;
}

static void path_join(struct strings *path, const struct strings *more)
{
	for (size_t i = 0; i < more->n; i++) {
		if (!strings_have(path, more->v[i]))
			path->v[path->n++] = more->v[i]; /* borrowed, as the steps are */
	}
}

static int make_path(struct plan *plan)
{
	size_t n = ticket_system_path.n;

	for (size_t i = 0; i < plan->owned_n; i++)
		n += plan->owned[i]->path.n;
	plan->path.v = calloc(n, sizeof(char *));
	if (!plan->path.v)
		return -ENOMEM;
	if (plan->ticket && plan->ticket->is_profile)
		path_join(&plan->path, &ticket_system_path);
	for (size_t i = 0; i < plan->owned_n; i++)
		path_join(&plan->path, &plan->owned[i]->path);
	return 0;
}

static int list_wanted(struct plan *plan, const struct wanted *wanted)
{
	plan->programs = calloc(wanted->programs.n + 1, sizeof(*plan->programs));
	plan->users = calloc(wanted->users.n + 1, sizeof(*plan->users));
	plan->hosts = calloc(wanted->hosts.n + 1, sizeof(*plan->hosts));
	if (!plan->programs || !plan->users || !plan->hosts)
		return -ENOMEM;
	plan->programs_n = wanted->programs.n;
	plan->users_n = wanted->users.n;
	plan->hosts_n = wanted->hosts.n;
	for (size_t i = 0; i < plan->programs_n; i++)
		plan->programs[i].name = wanted->programs.v[i];
	for (size_t i = 0; i < plan->users_n; i++)
		plan->users[i].name = wanted->users.v[i];
	for (size_t i = 0; i < plan->hosts_n; i++)
		plan->hosts[i].name = wanted->hosts.v[i];
	return 0;
}

/* The plan owns the ticket and the profiles from here on; without room for that they are freed. */
static struct plan *plan_own(struct ticket *ticket, struct ticket **profiles, size_t n)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	struct ticket **owned = calloc(n + 1, sizeof(struct ticket *));

	if (!plan || !owned) {
		ticket_free(ticket);
		for (size_t i = 0; i < n; i++)
			ticket_free(profiles[i]);
		free(plan);
		free(owned);
		return NULL;
	}
	plan->owned = owned;
	plan->ticket = ticket;
	if (ticket)
		owned[plan->owned_n++] = ticket;
	for (size_t i = 0; i < n; i++)
		owned[plan->owned_n++] = profiles[i];
	return plan;
}

int plan_new(struct ticket *ticket, struct ticket **profiles, size_t n, struct plan **out,
	     struct err *err)
{
	struct wanted wanted = { 0 };
	struct plan *plan = plan_own(ticket, profiles, n);
	int ret;

	*out = NULL;
	if (!plan)
		return -ENOMEM;
	if (plan->owned_n > PLAN_SOURCES_MAX)
		ret = err_set(err, -EINVAL, 0, 0, "expected at most %d profiles, got %zu",
			      TICKET_PROFILES_MAX, n);
	else
		ret = make_path(plan);
	if (!ret)
		ret = add_sources(plan, &wanted, err);
	if (!ret)
		ret = list_wanted(plan, &wanted);
	if (!ret) {
		*out = plan;
		plan = NULL; /* transferred */
	}
	names_free(&wanted.steps);
	names_free(&wanted.programs);
	names_free(&wanted.users);
	names_free(&wanted.hosts);
	plan_free(plan);
	return ret;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->programs_n; i++) {
		struct program *program = &plan->programs[i];

		free(program->path);
		for (size_t k = 0; k < program->texts_n; k++)
			free(program->texts[k]);
		free(program->texts);
	}
	for (size_t i = 0; i < plan->hosts_n; i++)
		free(plan->hosts[i].addresses);
	for (size_t i = 0; i < plan->owned_n; i++)
		ticket_free(plan->owned[i]);
	free(plan->path.v);
	free(plan->steps);
	free(plan->allow);
	free(plan->allow_write);
	free(plan->programs);
	free(plan->users);
	free(plan->hosts);
	free(plan->rules);
	plan_index_free(plan->index);
	free(plan->automaton);
	free(plan->set_starts);
	free(plan->set_rules);
	free(plan->owned);
	free(plan);
}

size_t plan_match(const struct plan *plan, struct span action, const uint32_t **rules)
{
	uint32_t set = plan->automaton ? automaton_walk(plan->automaton, action) : 0;

	*rules = NULL;
	if (set == 0)
		return 0;
	*rules = plan->set_rules + plan->set_starts[set];
	return plan->set_starts[set + 1] - plan->set_starts[set];
}

const struct user_name *plan_user(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->users_n; i++) {
		if (strcmp(plan->users[i].name, name) == 0)
			return &plan->users[i];
	}
	return NULL;
}

static bool host_has(const struct host_name *host, const struct address *to)
{
	for (size_t i = 0; i < host->addresses_n; i++) {
		const struct address *address = &host->addresses[i];
		size_t n = address->family == LS_AF_INET ? 4 : 16;

		if (address->family == to->family && memcmp(address->ip, to->ip, n) == 0)
			return true;
	}
	return false;
}

bool plan_dest_covers(const struct plan *plan, const struct dest *d, uint16_t proto,
		      const struct address *to)
{
	if (d->kind == DEST_PREFIX)
		return dest_covers(d, proto, to);
	if (d->kind != DEST_HOST || d->proto != proto || to->port < d->port_min ||
	    to->port > d->port_max)
		return false;
	for (size_t i = 0; i < plan->hosts_n; i++) {
		if (strcmp(plan->hosts[i].name, d->name) == 0)
			return host_has(&plan->hosts[i], to);
	}
	return false;
}
