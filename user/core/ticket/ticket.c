/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/ticket.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/bisect.h"
#include "core/ticket/ticket_values.h"
#include "core/yaml/schema.h"

#define KEY(name, required, type, field, read)                                                     \
	{                                                                                          \
		name, required, offsetof(type, field), read                                        \
	}

/* Bare program names are looked up here when the ticket does not say where. */
static char *system_path[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
			       "/usr/bin",        "/sbin",          "/bin" };
const struct strings ticket_system_path = { system_path, ARRAY_SIZE(system_path) };

/* Every id that a step has, sorted; and the line of its step. */
struct step_id {
	const char *id;
	unsigned int line;
};

struct step_list {
	struct ticket *ticket;
	struct step_id *ids;
	size_t ids_n;
};

static const struct key step_keys[] = {
	KEY("id", true, struct step, id, schema_id),
	KEY("run", true, struct step, run, value_command),
	KEY("as", false, struct step, as, value_user),
	{ "times", false, 0, value_times },
	{ "children", false, 0, value_children },
	KEY("connect", false, struct step, connect, value_dests),
	KEY("listen", false, struct step, listen, value_dests),
	KEY("send", false, struct step, send, value_send_dests),
	KEY("write", false, struct step, write, value_path_patterns),
	KEY("installs", false, struct step, installs, value_path_patterns),
	{ "env", false, 0, value_env },
	KEY("stdin", false, struct step, stdin_mask, value_stdin),
	KEY("sockets", false, struct step, sockets, value_sockets),
	KEY("cwd", false, struct step, cwd, schema_path),
	KEY("sha256", false, struct step, sha256, value_sha256),
};
static const struct schema step_schema = { "a step", step_keys, ARRAY_SIZE(step_keys) };

/* The place of an id among the sorted ones. */
static size_t ids_find(const struct step_list *list, const char *id)
{
	return bisect(list->ids_n, i, strcmp(list->ids[i].id, id) < 0);
}

static int ids_add(struct reader *reader, const struct node *node, struct step_list *list,
		   const char *id)
{
	size_t at = ids_find(list, id);
	void *room;

	if (at < list->ids_n && strcmp(list->ids[at].id, id) == 0)
		return reader__refuse(reader, node->line, node->column,
				      "expected another id, came \"%s\" again (first in line %u)",
				      id, list->ids[at].line);
	room = schema_room(list->ids, list->ids_n, sizeof(*list->ids));
	if (!room)
		return reader__no_memory(reader);
	list->ids = room;
	memmove(list->ids + at + 1, list->ids + at, (list->ids_n - at) * sizeof(*list->ids));
	list->ids[at] = (struct step_id){ id, node->line };
	list->ids_n++;
	return 0;
}

static int read_step(struct reader *reader, const struct node *node, void *field)
{
	struct step_list *list = field;
	struct ticket *ticket = list->ticket;
	struct step *step;
	void *room;
	int ret, repeated = 0;

	room = schema_room(ticket->steps, ticket->steps_n, sizeof(*ticket->steps));
	if (!room)
		return reader__no_memory(reader);
	ticket->steps = room;
	step = &ticket->steps[ticket->steps_n++];
	step->line = node->line;
	step->times_max = TIMES_ANY;
	ret = schema_map(reader, node, &step_schema, step);
	/* whatever else is wrong with the step, no other may have its id */
	if (step->id && !reader__ended(reader))
		repeated = ids_add(reader, node, list, step->id);
	return repeated ? repeated : ret;
}

static int read_steps(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of steps", read_step, .min = 1 };
	struct step_list steps = { .ticket = field };
	int ret = schema_list(reader, node, &list, &steps);

	free(steps.ids);
	return ret;
}

static const struct key window_keys[] = {
	KEY("from", true, struct ticket, from_ns, value_time),
	KEY("until", true, struct ticket, until_ns, value_time),
};
static const struct schema window_schema = { "the window", window_keys, ARRAY_SIZE(window_keys) };

static int read_window(struct reader *reader, const struct node *node, void *field)
{
	struct ticket *ticket = field;
	const struct node at = *node;
	int ret = schema_map(reader, node, &window_schema, ticket);

	if (!ret && ticket->from_ns >= ticket->until_ns)
		return reader__refuse(reader, at.line, at.column,
				      "expected from before until, came it after");
	return ret;
}

static const struct key allow_keys[] = {
	KEY("connect", false, struct ticket, allow_connect, value_dests),
	KEY("write", false, struct ticket, allow_write, value_path_patterns),
};
static const struct schema allow_schema = { "allow", allow_keys, ARRAY_SIZE(allow_keys) };

static int read_allow(struct reader *reader, const struct node *node, void *field)
{
	return schema_map(reader, node, &allow_schema, field);
}

static const struct key ticket_keys[] = {
	{ "lockstep", true, 0, schema_version },
	KEY("ticket", true, struct ticket, id, schema_id),
	KEY("summary", false, struct ticket, summary, schema_text),
	KEY("requester", true, struct ticket, requester, schema_text),
	KEY("operators", true, struct ticket, operators, value_operators),
	KEY("hosts", false, struct ticket, hosts, value_hosts),
	{ "window", true, 0, read_window },
	KEY("approvals", false, struct ticket, approvals, value_approvals),
	KEY("order", false, struct ticket, order, value_order),
	KEY("mode", false, struct ticket, mode, value_mode),
	KEY("profiles", false, struct ticket, profiles, value_profiles),
	KEY("path", false, struct ticket, path, value_directories),
	{ "steps", true, 0, read_steps },
	{ "allow", false, 0, read_allow },
};
static const struct schema ticket_schema = { "the ticket", ticket_keys, ARRAY_SIZE(ticket_keys) };

static const struct key profile_keys[] = {
	{ "lockstep", true, 0, schema_version },
	KEY("profile", true, struct ticket, id, schema_id),
	KEY("summary", false, struct ticket, summary, schema_text),
	KEY("path", false, struct ticket, path, value_directories),
	{ "steps", false, 0, read_steps },
	{ "allow", false, 0, read_allow },
};
static const struct schema profile_schema = { "the profile", profile_keys,
					      ARRAY_SIZE(profile_keys) };

_Static_assert(ARRAY_SIZE(ticket_keys) <= SCHEMA_KEYS_MAX &&
		       ARRAY_SIZE(step_keys) <= SCHEMA_KEYS_MAX,
	       "schema_map() keeps a line for each key");
_Static_assert((int)TICKET_STEPS_MAX == (int)SCHEMA_LIST_MAX, "schema_list() bounds the steps");
_Static_assert((int)TICKET_DEPTH_MAX == (int)READER_DEPTH_MAX, "the reader bounds the depth");
_Static_assert((int)TICKET_SCALAR_MAX == (int)READER_SCALAR_MAX, "the reader bounds a text");

static int path_add(struct strings *path, const char *directory)
{
	void *room;

	for (size_t i = 0; i < path->n; i++) {
		if (strcmp(path->v[i], directory) == 0)
			return 0;
	}
	room = schema_room(path->v, path->n, sizeof(*path->v));
	if (!room)
		return -ENOMEM;
	path->v = room;
	path->v[path->n] = strdup(directory);
	if (!path->v[path->n])
		return -ENOMEM;
	path->n++;
	return 0;
}

/* A profile has none of its own: it is looked up along the path of the ticket that names it. */
static int default_path(struct ticket *ticket)
{
	int ret = 0;

	if (ticket->is_profile || ticket->path.n > 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(system_path) && !ret; i++)
		ret = path_add(&ticket->path, system_path[i]);
	return ret;
}

static int parse(const char *text, size_t n, const struct schema *schema, struct ticket **out,
		 struct errs *errs)
{
	struct ticket *ticket = NULL;
	int ret;

	*out = NULL;
	errs_reset(errs);
	if (n > TICKET_BYTES_MAX)
		return errs_add(errs, -E2BIG, 0, 0, "expected at most %d bytes, came %zu",
				TICKET_BYTES_MAX, n);
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return errs_add(errs, -ENOMEM, 0, 0, "out of memory");
	ticket->is_profile = schema == &profile_schema;
	ticket->approvals = 1;
	ret = schema_document(text, n, schema, ticket, errs);
	if (ret)
		goto out;
	ret = default_path(ticket);
	if (ret) {
		errs_add(errs, ret, 0, 0, "out of memory");
		goto out;
	}
	*out = ticket;
	ticket = NULL;
out:
	ticket_free(ticket);
	return ret;
}

int ticket_parse(const char *text, size_t n, struct ticket **out, struct errs *errs)
{
	return parse(text, n, &ticket_schema, out, errs);
}

int profile_parse(const char *text, size_t n, struct ticket **out, struct errs *errs)
{
	return parse(text, n, &profile_schema, out, errs);
}

int ticket_add_path(struct ticket *ticket, const struct ticket *profile)
{
	int ret = 0;

	for (size_t i = 0; i < profile->path.n && !ret; i++)
		ret = path_add(&ticket->path, profile->path.v[i]);
	return ret;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* `*` and `?` over a host name. Only the last star is ever taken back: quadratic at worst. */
static bool host_matches(const char *pattern, const char *host)
{
	const char *star = NULL, *resume = NULL;

	while (*host) {
		if (*pattern == '*') {
			star = pattern++;
			resume = host;
		} else if (*pattern == '?' || (*pattern && lower(*pattern) == lower(*host))) {
			pattern++;
			host++;
		} else if (star) {
			pattern = star + 1;
			host = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

bool ticket_names_host(const struct ticket *ticket, const char *host)
{
	for (size_t i = 0; i < ticket->hosts.n; i++) {
		if (host_matches(ticket->hosts.v[i], host))
			return true;
	}
	return ticket->hosts.n == 0;
}

static void strings_free(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->v[i]);
	free(strings->v);
}

static void patterns_free(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		word_free(&patterns->v[i]);
	free(patterns->v);
}

bool patterns_match(const struct patterns *patterns, struct span path)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (word_matches(&patterns->v[i], path))
			return true;
	}
	return false;
}

bool step_allows_env(const struct step *step, struct span name, struct span value)
{
	for (size_t i = 0; i < step->env_n; i++) {
		if (span_is(name, step->env[i].name) &&
		    (!step->env[i].value || span_is(value, step->env[i].value)))
			return true;
	}
	return false;
}

static void dests_free(struct dests *dests)
{
	for (size_t i = 0; i < dests->n; i++)
		dest_free(&dests->v[i]);
	free(dests->v);
}

static void step_free(struct step *step)
{
	free(step->id);
	command_free(&step->run);
	free(step->as);
	for (size_t i = 0; i < step->child_runs_n; i++)
		command_free(&step->child_runs[i]);
	free(step->child_runs);
	dests_free(&step->connect);
	dests_free(&step->listen);
	dests_free(&step->send);
	patterns_free(&step->write);
	patterns_free(&step->installs);
	for (size_t i = 0; i < step->env_n; i++) {
		free(step->env[i].name);
		free(step->env[i].value);
	}
	free(step->env);
	free(step->cwd);
	free(step->sha256);
}

void ticket_free(struct ticket *ticket)
{
	if (!ticket)
		return;
	free(ticket->id);
	free(ticket->summary);
	free(ticket->requester);
	strings_free(&ticket->operators);
	strings_free(&ticket->hosts);
	strings_free(&ticket->profiles);
	strings_free(&ticket->profile_texts);
	strings_free(&ticket->path);
	for (size_t i = 0; i < ticket->steps_n; i++)
		step_free(&ticket->steps[i]);
	free(ticket->steps);
	dests_free(&ticket->allow_connect);
	patterns_free(&ticket->allow_write);
	free(ticket);
}

const char *ticket_profile_pin(const struct ticket *ticket, size_t i)
{
	const char *pin = ticket->profile_texts.v[i] + strlen(ticket->profiles.v[i]);

	return *pin ? pin + strlen(TICKET_PIN_MARK) : NULL;
}
