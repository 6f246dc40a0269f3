/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/ticket.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/bisect.h"
#include "core/base/chars.h"
#include "core/ticket/keys.h"
#include "core/ticket/values.h"

/* A row: key, whether it has to be there, field, reader, type. */
#define TICKET(name, required, field, read, type)                                                  \
	{                                                                                          \
		name, required, offsetof(struct ticket, field), read, VALUE_##type, NULL           \
	}
#define STEP(name, required, field, read, type)                                                    \
	{                                                                                          \
		name, required, offsetof(struct step, field), read, VALUE_##type, NULL             \
	}
/* Likewise, with a reader that takes the whole. */
#define WHOLE(name, required, read, type)                                                          \
	{                                                                                          \
		name, required, 0, read, VALUE_##type, NULL                                        \
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

const struct key step_keys[STEP_KEYS_N] = {
	[STEP_ID] = STEP("id", true, id, schema_id, TEXT),
	[STEP_RUN] = STEP("run", true, run, value_command, COMMAND),
	[STEP_AS] = STEP("as", false, as, value_user, TEXT),
	[STEP_TIMES] = WHOLE("times", false, value_times, TIMES),
	[STEP_CHILDREN] = { "children", false, 0, value_children, VALUE_CHILDREN, &children_words },
	[STEP_CONNECT] = STEP("connect", false, connect, value_dests, DESTS),
	[STEP_LISTEN] = STEP("listen", false, listen, value_dests, DESTS),
	[STEP_SEND] = STEP("send", false, send, value_send_dests, DESTS),
	[STEP_ENV] = WHOLE("env", false, value_env, ENV),
	[STEP_STDIN] = { "stdin", false, offsetof(struct step, stdin_mask), value_stdin, VALUE_BITS,
			 &stdin_words },
	[STEP_SOCKETS] = { "sockets", false, offsetof(struct step, sockets), value_sockets,
			   VALUE_BITS, &sockets_words },
	[STEP_CWD] = STEP("cwd", false, cwd, schema_path, TEXT),
	[STEP_SHA256] = STEP("sha256", false, sha256, value_sha256, TEXT),
	[STEP_INSTALLS] = STEP("installs", false, installs, value_path_patterns, PATTERNS),
	[STEP_WRITE] = STEP("write", false, write, value_path_patterns, PATTERNS),
};
const struct schema step_schema = { "a step", step_keys, STEP_KEYS_N };

/* The place of an id among the sorted ones. */
static size_t ids_find(const struct step_list *list, const char *id)
{
	return bisect(list->ids_n, i, strcmp(list->ids[i].id, id) < 0);
}

static int ids_add(struct reader *reader, const struct node *node, struct step_list *list,
		   const char *id)
{
	size_t at = ids_find(list, id);
	int ret;

	if (at < list->ids_n && strcmp(list->ids[at].id, id) == 0)
		return reader__refuse(reader, node->line, node->column,
				      "expected another id, got \"%s\" again (first in line %u)",
				      id, list->ids[at].line);
	ret = schema_grow(reader, &list->ids, list->ids_n, sizeof(*list->ids));
	if (ret)
		return ret;
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
	int ret = schema_grow(reader, &ticket->steps, ticket->steps_n, sizeof(*ticket->steps));
	int repeated = 0;

	if (ret)
		return ret;
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
	TICKET("from", true, from_ns, value_time, TIME),
	TICKET("until", true, until_ns, value_time, TIME),
};
const struct schema window_schema = { "the window", window_keys, ARRAY_SIZE(window_keys) };

static int read_window(struct reader *reader, const struct node *node, void *field)
{
	struct ticket *ticket = field;
	const struct node at = *node;
	int ret = schema_map(reader, node, &window_schema, ticket);

	if (!ret && ticket->from_ns >= ticket->until_ns)
		return reader__refuse(reader, at.line, at.column,
				      "expected from before until, got from after until");
	return ret;
}

static const struct key allow_keys[] = {
	TICKET("connect", false, allow_connect, value_dests, DESTS),
	TICKET("write", false, allow_write, value_path_patterns, PATTERNS),
};
const struct schema allow_schema = { "allow", allow_keys, ARRAY_SIZE(allow_keys) };

static int read_allow(struct reader *reader, const struct node *node, void *field)
{
	return schema_map(reader, node, &allow_schema, field);
}

const struct key ticket_keys[TICKET_KEYS_N] = {
	[TICKET_VERSION] = WHOLE("lockstep", true, schema_version, VERSION),
	[TICKET_ID] = TICKET("ticket", true, id, schema_id, TEXT),
	[TICKET_SUMMARY] = TICKET("summary", false, summary, schema_text, TEXT),
	[TICKET_REQUESTER] = TICKET("requester", true, requester, schema_text, TEXT),
	[TICKET_OPERATORS] = TICKET("operators", true, operators, value_operators, STRINGS),
	[TICKET_HOSTS] = TICKET("hosts", false, hosts, value_hosts, STRINGS),
	[TICKET_WINDOW] = WHOLE("window", true, read_window, WINDOW),
	[TICKET_APPROVALS] = TICKET("approvals", false, approvals, value_approvals, NUMBER),
	[TICKET_ORDER] = { "order", false, offsetof(struct ticket, order), value_order,
			   VALUE_CHOICE, &order_words },
	[TICKET_MODE] = { "mode", false, offsetof(struct ticket, mode), value_mode, VALUE_CHOICE,
			  &mode_words },
	[TICKET_PROFILES] = TICKET("profiles", false, profile_texts, value_profiles, STRINGS),
	[TICKET_PATH] = TICKET("path", false, path, value_directories, STRINGS),
	[TICKET_STEPS] = WHOLE("steps", true, read_steps, STEPS),
	[TICKET_ALLOW] = WHOLE("allow", false, read_allow, ALLOW),
};
const struct schema ticket_schema = { "the ticket", ticket_keys, TICKET_KEYS_N };

static const struct key profile_keys[] = {
	WHOLE("lockstep", true, schema_version, VERSION),
	TICKET("profile", true, id, schema_id, TEXT),
	TICKET("summary", false, summary, schema_text, TEXT),
	TICKET("path", false, path, value_directories, STRINGS),
	WHOLE("steps", false, read_steps, STEPS),
	WHOLE("allow", false, read_allow, ALLOW),
};
const struct schema profile_schema = { "the profile", profile_keys, ARRAY_SIZE(profile_keys) };

_Static_assert(ARRAY_SIZE(ticket_keys) <= SCHEMA_KEYS_MAX &&
		       ARRAY_SIZE(step_keys) <= SCHEMA_KEYS_MAX,
	       "schema_map() keeps a line for each key");
_Static_assert((int)TICKET_STEPS_MAX == (int)SCHEMA_LIST_MAX, "schema_list() bounds the steps");

/* A profile without `path` has none: its programs are looked up along its ticket's (plan.h). */
static int default_path(struct ticket *ticket)
{
	struct strings *path = &ticket->path;

	if (ticket->is_profile || path->n > 0)
		return 0;
	path->v = calloc(ARRAY_SIZE(system_path), sizeof(*path->v));
	if (!path->v)
		return -ENOMEM;
	for (; path->n < ARRAY_SIZE(system_path); path->n++) {
		path->v[path->n] = strdup(system_path[path->n]);
		if (!path->v[path->n])
			return -ENOMEM;
	}
	return 0;
}

static int parse(const char *text, size_t n, const struct schema *schema, struct ticket **out,
		 struct errs *errs)
{
	struct ticket *ticket = NULL;
	int ret;

	*out = NULL;
	errs_reset(errs);
	if (n > TICKET_BYTES_MAX)
		return errs_add(errs, -E2BIG, 0, 0, "expected at most %d bytes, got %zu",
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

/* `*` and `?` over a host name. Only the last star is ever taken back: quadratic at worst. */
static bool host_matches(const char *pattern, const char *host)
{
	const char *star = NULL, *resume = NULL;

	while (*host) {
		if (*pattern == '*') {
			star = pattern++;
			resume = host;
		} else if (*pattern == '?' ||
			   (*pattern && ascii_lower(*pattern) == ascii_lower(*host))) {
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

bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

static void strings_free(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->v[i]);
	free(strings->v);
}

bool patterns_match(const struct patterns *patterns, struct span path)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (word_matches(&patterns->v[i], path))
			return true;
	}
	return false;
}

static bool is_variable_char(char c)
{
	return is_alnum(c) || c == '_';
}

bool ticket_is_variable(struct span name)
{
	return span_all(name, is_variable_char) && !is_digit(name.p[0]);
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

void dests_free(struct dests *dests)
{
	for (size_t i = 0; i < dests->n; i++)
		dest_free(&dests->v[i]);
	free(dests->v);
}

static void keys_free(const struct schema *schema, void *object);

static void value_free(const struct key *key, void *object)
{
	void *field = (char *)object + key->offset;
	struct patterns *patterns = field;
	struct step *step = object;
	struct ticket *ticket = object;

	switch (key->type) {
	case VALUE_TEXT:
		free(*(char **)field);
		break;
	case VALUE_COMMAND:
		command_free(field);
		break;
	case VALUE_STRINGS:
		strings_free(field);
		break;
	case VALUE_DESTS:
		dests_free(field);
		break;
	case VALUE_PATTERNS:
		for (size_t i = 0; i < patterns->n; i++)
			word_free(&patterns->v[i]);
		free(patterns->v);
		break;
	case VALUE_CHILDREN:
		for (size_t i = 0; i < step->child_runs_n; i++)
			command_free(&step->child_runs[i]);
		free(step->child_runs);
		break;
	case VALUE_ENV:
		for (size_t i = 0; i < step->env_n; i++) {
			free(step->env[i].name);
			free(step->env[i].value);
		}
		free(step->env);
		break;
	case VALUE_STEPS:
		for (size_t i = 0; i < ticket->steps_n; i++)
			keys_free(&step_schema, &ticket->steps[i]);
		free(ticket->steps);
		break;
	case VALUE_ALLOW:
		keys_free(&allow_schema, ticket);
		break;
	default: /* owns nothing */
		break;
	}
}

static void keys_free(const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->n; i++)
		value_free(&schema->keys[i], object);
}

void ticket_free(struct ticket *ticket)
{
	if (!ticket)
		return;
	keys_free(&ticket_schema, ticket); /* a profile's keys are some of these */
	strings_free(&ticket->profiles);
	free(ticket);
}

const char *ticket_profile_pin(const struct ticket *ticket, size_t i)
{
	const char *pin = ticket->profile_texts.v[i] + strlen(ticket->profiles.v[i]);

	return *pin ? pin + strlen(TICKET_PIN_MARK) : NULL;
}
