/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/ticket_values.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/timestamp.h"
#include "core/base/unitext.h"
#include "core/ticket/ticket.h"

enum {
	TIMES_MAX = 1000000,
	APPROVALS_MAX = 16,
	PROFILES_MAX = 64,
	ENV_MAX = 64,
	NAME_MAX_BYTES = 255
};

static bool is_scalar(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && span_is(node->text, text);
}

static bool all_of(struct span text, bool (*is)(char c))
{
	for (size_t i = 0; i < text.n; i++) {
		if (!is(text.p[i]))
			return false;
	}
	return text.n > 0;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Hands on what a parser of a text's inside found wrong, at its place in the file where there is
 * one. */
static int refuse_inside(struct reader *reader, const struct node *node, const struct err *inside,
			 int code)
{
	struct span before = { node->text.p, inside->column ? inside->column - 1 : 0 };
	unsigned int column = node->column;
	uint32_t c;

	if (code == -ENOMEM)
		return reader__no_memory(reader);
	while (node->one_line && before.n > 0) {
		size_t n = unitext_decode(before, &c);

		if (n == 0)
			break;
		before.p += n;
		before.n -= n;
		column++;
	}
	return reader__refuse(reader, node->line, column, "%s", inside->message);
}

int value_command(struct reader *reader, const struct node *node, void *field)
{
	struct err inside = { 0 };
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n == 0)
		return reader__expected(reader, node, "a command line");
	ret = command_parse(node->text, field, &inside);
	return ret ? refuse_inside(reader, node, &inside, ret) : 0;
}

static int dest_item(struct reader *reader, const struct node *node, void *field)
{
	struct dests *dests = field;
	struct err inside = { 0 };
	void *room;
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n == 0)
		return reader__expected(reader, node, "a destination");
	room = schema_room(dests->v, dests->n, sizeof(*dests->v));
	if (!room)
		return reader__no_memory(reader);
	dests->v = room;
	ret = dest_parse(node->text, &dests->v[dests->n], &inside);
	if (ret)
		return refuse_inside(reader, node, &inside, ret);
	dests->n++;
	return 0;
}

/* Only datagrams are sent to an address that no connect named. */
static int send_dest_item(struct reader *reader, const struct node *node, void *field)
{
	struct dests *dests = field;
	int ret = dest_item(reader, node, field);

	if (!ret && dests->v[dests->n - 1].proto != LS_IPPROTO_UDP)
		return reader__expected(reader, node, "a destination with udp://");
	return ret;
}

int value_dests(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of destinations", dest_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

int value_send_dests(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of destinations", send_dest_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

/* A part of a range, as schema_number() takes it. */
static bool range_part(struct span text, uint64_t *value)
{
	const struct node part = { .kind = NODE_SCALAR, .plain = true, .text = text };

	return schema_number(&part, TIMES_MAX, value);
}

/* The text n-m; false: it is none. */
static bool times_range(const struct node *node, uint64_t *min, uint64_t *max)
{
	const char *dash = NULL;
	size_t n;

	if (node->kind == NODE_SCALAR && node->text.n > 0)
		dash = memchr(node->text.p, '-', node->text.n);
	if (!dash)
		return false;
	n = (size_t)(dash - node->text.p);
	return range_part((struct span){ node->text.p, n }, min) &&
	       range_part((struct span){ dash + 1, node->text.n - n - 1 }, max);
}

static int times_min(struct reader *reader, const struct node *node, void *field)
{
	uint64_t value;

	if (!schema_number(node, TIMES_MAX, &value))
		return reader__expected(reader, node, "a number from 0 to 1000000");
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

/* A step that may never run is no step, so 0 is no number of times here. */
static int times_max(struct reader *reader, const struct node *node, void *field)
{
	uint64_t value;

	if (is_scalar(node, "any"))
		return 0; /* as the step was made */
	if (!schema_number(node, TIMES_MAX, &value) || value == 0)
		return reader__expected(reader, node, "a number from 1 to 1000000, or any");
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int times_map(struct reader *reader, const struct node *node, struct step *step)
{
	static const struct key keys[] = {
		{ "min", true, offsetof(struct step, times_min), times_min },
		{ "max", true, offsetof(struct step, times_max), times_max },
	};
	static const struct schema schema = { "times", keys, ARRAY_SIZE(keys) };
	const struct node at = *node;
	int ret = schema_map(reader, node, &schema, step);

	if (!ret && step->times_min > step->times_max)
		return reader__refuse(reader, at.line, at.column,
				      "expected min up to max, came %u above %u", step->times_min,
				      step->times_max);
	return ret;
}

int value_times(struct reader *reader, const struct node *node, void *field)
{
	struct step *step = field;
	uint64_t min = 0, max = 0;

	step->times_set = true;
	if (node->kind == NODE_MAPPING)
		return times_map(reader, node, step);
	if (is_scalar(node, "any"))
		return 0;
	if (schema_number(node, TIMES_MAX, &min))
		max = min;
	else if (!times_range(node, &min, &max))
		max = 0;
	if (max == 0 || min > max)
		return reader__expected(reader, node,
					"a number as 2, a range as 1-3, {min: 1, max: 3}, or any");
	step->times_min = (uint32_t)min;
	step->times_max = (uint32_t)max;
	return 0;
}

static int child_item(struct reader *reader, const struct node *node, void *field)
{
	struct step *step = field;
	void *room = schema_room(step->child_runs, step->child_runs_n, sizeof(*step->child_runs));
	int ret;

	if (!room)
		return reader__no_memory(reader);
	step->child_runs = room;
	ret = value_command(reader, node, &step->child_runs[step->child_runs_n]);
	if (!ret)
		step->child_runs_n++;
	return ret;
}

int value_children(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of command lines", child_item, .min = 1 };
	static const struct choice words[] = { { "none", CHILDREN_NONE }, { "any", CHILDREN_ANY } };
	static const struct choices choices = { "none, any, or a list of command lines", words,
						ARRAY_SIZE(words) };
	struct step *step = field;
	unsigned int children;
	int ret;

	if (node->kind == NODE_SEQUENCE) {
		step->children = CHILDREN_LIST;
		return schema_list(reader, node, &list, step);
	}
	ret = schema_choice(reader, node, &choices, &children);
	step->children = (enum children)children;
	return ret;
}

static bool is_variable_char(char c)
{
	return is_alnum(c) || c == '_';
}

static bool is_variable(struct span name)
{
	return all_of(name, is_variable_char) && !(name.p[0] >= '0' && name.p[0] <= '9');
}

/* The name at `node`: appended, its value still to come. */
static int env_name(struct reader *reader, const struct node *node, struct step *step)
{
	void *room;

	if (node->kind != NODE_SCALAR || !is_variable(node->text))
		return reader__expected(reader, node, "a variable's name");
	for (size_t i = 0; i < step->env_n; i++) {
		if (span_is(node->text, step->env[i].name))
			return reader__expected(reader, node, "each variable once");
	}
	room = schema_room(step->env, step->env_n, sizeof(*step->env));
	if (!room)
		return reader__no_memory(reader);
	step->env = room;
	step->env_n++;
	return schema_copy(reader, node, &step->env[step->env_n - 1].name);
}

static int env_value(struct reader *reader, const struct node *node, struct step_env *env)
{
	if (node->kind != NODE_SCALAR || (node->plain && node->text.n == 0))
		return reader__expected(reader, node, "the variable's value, or \"*\" for any");
	return is_scalar(node, "*") ? 0 : schema_copy(reader, node, &env->value);
}

/* The name at `node` and its value; the value of what is no name is read over. */
static int env_pair(struct reader *reader, const struct node *node, struct step *step,
		    unsigned int depth)
{
	struct node value;
	int ret = env_name(reader, node, step);

	if (ret) {
		ret = reader__resume(reader, ret, depth);
		return ret ? ret : reader__skip(reader);
	}
	ret = reader__next(reader, &value);
	return ret ? ret : env_value(reader, &value, &step->env[step->env_n - 1]);
}

int value_env(struct reader *reader, const struct node *node, void *field)
{
	unsigned int depth = reader__depth(reader);
	size_t mistakes = reader__mistakes(reader);
	struct step *step = field;
	struct node name;
	int ret;

	if (node->kind != NODE_MAPPING)
		return reader__expected(reader, node, "a mapping of variables to values");
	for (;;) {
		ret = reader__next(reader, &name);
		if (ret)
			return ret;
		if (name.kind == NODE_END)
			return reader__mistakes(reader) > mistakes ? -EINVAL : 0;
		if (step->env_n == ENV_MAX)
			return reader__expected(reader, &name, "at most 64 variables");
		ret = env_pair(reader, &name, step, depth);
		ret = reader__resume(reader, ret, depth);
		if (ret)
			return ret;
	}
}

/* Adds what the word stands for to the field's bits. */
static int choose_bit(struct reader *reader, const struct node *node, const struct choices *choices,
		      unsigned int *field)
{
	unsigned int bit;
	int ret = schema_choice(reader, node, choices, &bit);

	*field |= bit;
	return ret;
}

static int stdin_item(struct reader *reader, const struct node *node, void *field)
{
	static const struct choice kinds[] = { { "tty", STDIN_TTY },
					       { "pipe", STDIN_PIPE },
					       { "file", STDIN_FILE },
					       { "any", STDIN_ANY } };
	static const struct choices choices = { "tty, pipe, file, any, or a list of them", kinds,
						ARRAY_SIZE(kinds) };

	return choose_bit(reader, node, &choices, field);
}

int value_stdin(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of inputs", stdin_item, .min = 1 };

	if (node->kind == NODE_SEQUENCE)
		return schema_list(reader, node, &list, field);
	return stdin_item(reader, node, field);
}

static int socket_item(struct reader *reader, const struct node *node, void *field)
{
	static const struct choice kinds[] = { { "raw", SOCKETS_RAW },
					       { "packet", SOCKETS_PACKET },
					       { "icmp", SOCKETS_ICMP },
					       { "vsock", SOCKETS_VSOCK },
					       { "other", SOCKETS_OTHER } };
	static const struct choices choices = { "raw, packet, icmp, vsock or other", kinds,
						ARRAY_SIZE(kinds) };

	return choose_bit(reader, node, &choices, field);
}

int value_sockets(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of kinds of sockets", socket_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int value_sha256(struct reader *reader, const struct node *node, void *field)
{
	char **hex = field;
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n != 64 || !all_of(node->text, is_hex))
		return reader__expected(reader, node, "64 hexadecimal digits");
	ret = schema_copy(reader, node, field);
	for (size_t i = 0; !ret && i < 64; i++) {
		if ((*hex)[i] >= 'A' && (*hex)[i] <= 'F')
			(*hex)[i] += 'a' - 'A';
	}
	return ret;
}

/* Directory services allow more than useradd(8) does; what could not be an account's name is out.
 */
static bool is_user_char(char c)
{
	return c > ' ' && c < 0x7f && !strchr(":/,\"'*?", c);
}

static bool is_user(struct span name)
{
	return name.n <= NAME_MAX_BYTES && all_of(name, is_user_char) && name.p[0] != '-' &&
	       name.p[0] != '@';
}

int value_user(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || !is_user(node->text))
		return reader__expected(reader, node, "a user's name or number");
	return schema_copy(reader, node, field);
}

int value_time(struct reader *reader, const struct node *node, void *field)
{
	int64_t *ns = field;

	if (node->kind != NODE_SCALAR || timestamp_parse(node->text, ns))
		return reader__expected(reader, node, "a time as 2026-11-23T20:00:00Z");
	return 0;
}

int value_approvals(struct reader *reader, const struct node *node, void *field)
{
	unsigned int *approvals = field;
	uint64_t value;

	if (!schema_number(node, APPROVALS_MAX, &value) || value == 0)
		return reader__expected(reader, node, "a number from 1 to 16");
	*approvals = (unsigned int)value;
	return 0;
}

int value_order(struct reader *reader, const struct node *node, void *field)
{
	static const struct choice words[] = { { "any", ORDER_ANY }, { "strict", ORDER_STRICT } };
	static const struct choices choices = { "any or strict", words, ARRAY_SIZE(words) };
	unsigned int order;
	int ret = schema_choice(reader, node, &choices, &order);

	*(enum ticket_order *)field = (enum ticket_order)order;
	return ret;
}

int value_mode(struct reader *reader, const struct node *node, void *field)
{
	static const struct choice words[] = { { "observe", MODE_OBSERVE } };
	static const struct choices choices = { "observe", words, ARRAY_SIZE(words) };
	unsigned int mode;
	int ret;

	if (is_scalar(node, "enforce"))
		return reader__expected(reader, node,
					"observe (enforcement is not in this version)");
	ret = schema_choice(reader, node, &choices, &mode);
	*(enum ticket_mode *)field = (enum ticket_mode)mode;
	return ret;
}

static int strings_add(struct reader *reader, const struct node *node, struct strings *strings)
{
	void *room = schema_room(strings->v, strings->n, sizeof(*strings->v));
	int ret;

	if (!room)
		return reader__no_memory(reader);
	strings->v = room;
	ret = schema_copy(reader, node, &strings->v[strings->n]);
	if (!ret)
		strings->n++;
	return ret;
}

static int operator_item(struct reader *reader, const struct node *node, void *field)
{
	struct span name = node->text;

	if (node->kind == NODE_SCALAR && name.n > 0 && name.p[0] == '@') {
		name.p++;
		name.n--;
	}
	if (node->kind != NODE_SCALAR || !is_user(name))
		return reader__expected(reader, node,
					"a user's name or number, or a group as \"@wheel\"");
	return strings_add(reader, node, field);
}

int value_operators(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of users", operator_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

static bool is_host_pattern_char(char c)
{
	return is_alnum(c) || (c != 0 && strchr("-_.*?", c));
}

static int host_item(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || node->text.n > NAME_MAX_BYTES ||
	    !all_of(node->text, is_host_pattern_char))
		return reader__expected(reader, node, "a host name, in which * and ? are patterns");
	return strings_add(reader, node, field);
}

int value_hosts(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of host names", host_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

static bool is_lower_hex(char c)
{
	return is_hex(c) && !(c >= 'A' && c <= 'F');
}

/* NAME, or NAME@sha256:HEX: where the name ends. False: neither. */
static bool cut_pin(struct span text, struct span *name)
{
	const char *at = text.n ? memchr(text.p, '@', text.n) : NULL;
	const size_t mark_n = strlen(TICKET_PIN_MARK);
	struct span pin;

	*name = text;
	if (!at)
		return true;
	name->n = (size_t)(at - text.p);
	pin = (struct span){ at, text.n - name->n };
	return pin.n == mark_n + 64 && memcmp(pin.p, TICKET_PIN_MARK, mark_n) == 0 &&
	       all_of((struct span){ pin.p + mark_n, 64 }, is_lower_hex);
}

static int profile_item(struct reader *reader, const struct node *node, void *field)
{
	struct ticket *ticket = field;
	struct node name = *node;
	int ret;

	if (node->kind != NODE_SCALAR || !cut_pin(node->text, &name.text) || !schema_is_id(name.text))
		return reader__expected(reader, node,
					"a profile's name, or NAME@sha256: and 64 hexadecimal digits, a to f");
	for (size_t i = 0; i < ticket->profiles.n; i++) {
		if (span_is(name.text, ticket->profiles.v[i]))
			return reader__expected(reader, node, "each profile once");
	}
	ret = strings_add(reader, node, &ticket->profile_texts);
	return ret ? ret : strings_add(reader, &name, &ticket->profiles);
}

int value_profiles(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of profiles", profile_item, .max = PROFILES_MAX };

	/* Each item is two: what it is called, and what stands there. */
	return schema_list(reader, node, &list, (char *)field - offsetof(struct ticket, profiles));
}

static int directory_item(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || !schema_is_path(node->text))
		return reader__expected(reader, node,
					"an absolute path without . or .. or empty components");
	return strings_add(reader, node, field);
}

int value_directories(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of directories", directory_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

static int path_pattern_item(struct reader *reader, const struct node *node, void *field)
{
	struct patterns *patterns = field;
	struct err inside = { 0 };
	void *room;
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n == 0 || node->text.p[0] != '/')
		return reader__expected(reader, node,
					"an absolute path, in which * and ** are patterns");
	room = schema_room(patterns->v, patterns->n, sizeof(*patterns->v));
	if (!room)
		return reader__no_memory(reader);
	patterns->v = room;
	ret = pattern_parse(node->text, &patterns->v[patterns->n], &inside);
	if (ret)
		return refuse_inside(reader, node, &inside, ret);
	patterns->n++;
	return 0;
}

int value_path_patterns(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of paths", path_pattern_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}
