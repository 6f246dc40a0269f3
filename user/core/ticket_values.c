/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ticket_values.h"

#include <errno.h>
#include <stdlib.h>

#include "ticket.h"
#include "timestamp.h"
#include "unitext.h"

enum {
	TIMES_MAX = 1000000,
	APPROVALS_MAX = 16,
	PROFILES_MAX = 64,
	ENV_MAX = 64,
	NAME_MAX_BYTES = 255
};

static int no_memory(struct reader *reader)
{
	return err_set(reader__err(reader), -ENOMEM, 0, 0, "out of memory");
}

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
		return no_memory(reader);
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
		return no_memory(reader);
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
	return schema_list(reader, node, "a list of destinations", 1, dest_item, field);
}

int value_send_dests(struct reader *reader, const struct node *node, void *field)
{
	return schema_list(reader, node, "a list of destinations", 1, send_dest_item, field);
}

/* A part of a range, as schema_number() takes it. */
static bool range_part(struct span text, uint64_t *value)
{
	const struct node part = { .kind = NODE_SCALAR, .plain = true, .text = text };

	return schema_number(&part, TIMES_MAX, value);
}

int value_times(struct reader *reader, const struct node *node, void *field)
{
	struct step *step = field;
	uint64_t min = 0, max = 0;
	const char *dash = NULL;

	step->times_set = true;
	if (is_scalar(node, "any"))
		return 0;
	if (node->kind == NODE_SCALAR)
		dash = memchr(node->text.p, '-', node->text.n);
	if (schema_number(node, TIMES_MAX, &min)) {
		max = min;
	} else if (dash) {
		size_t n = (size_t)(dash - node->text.p);

		if (!range_part((struct span){ node->text.p, n }, &min) ||
		    !range_part((struct span){ dash + 1, node->text.n - n - 1 }, &max))
			max = 0;
	}
	/* a step that may never run is no step, so 0 is no number of times either */
	if (max == 0 || min > max)
		return reader__expected(reader, node, "a number as 2, a range as 1-3, or any");
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
		return no_memory(reader);
	step->child_runs = room;
	ret = value_command(reader, node, &step->child_runs[step->child_runs_n]);
	if (!ret)
		step->child_runs_n++;
	return ret;
}

int value_children(struct reader *reader, const struct node *node, void *field)
{
	struct step *step = field;

	if (is_scalar(node, "none")) {
		step->children = CHILDREN_NONE;
		return 0;
	}
	if (is_scalar(node, "any")) {
		step->children = CHILDREN_ANY;
		return 0;
	}
	step->children = CHILDREN_LIST;
	return schema_list(reader, node, "none, any, or a list of command lines", 1, child_item,
			   step);
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
	if (step->env_n == ENV_MAX)
		return reader__expected(reader, node, "at most 64 variables");
	room = schema_room(step->env, step->env_n, sizeof(*step->env));
	if (!room)
		return no_memory(reader);
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

int value_env(struct reader *reader, const struct node *node, void *field)
{
	struct step *step = field;
	struct node item;
	int ret;

	if (node->kind != NODE_MAPPING)
		return reader__expected(reader, node, "a mapping of variables to values");
	for (;;) {
		ret = reader__next(reader, &item);
		if (ret || item.kind == NODE_END)
			return ret;
		ret = env_name(reader, &item, step);
		if (!ret)
			ret = reader__next(reader, &item);
		if (!ret)
			ret = env_value(reader, &item, &step->env[step->env_n - 1]);
		if (ret)
			return ret;
	}
}

struct word_bit {
	const char *name;
	unsigned int mask;
};

/* Sets what a word stands for; false: it is none of them. */
static bool set_bit(const struct node *node, const struct word_bit *words, size_t n,
		    unsigned int *mask)
{
	for (size_t i = 0; i < n; i++) {
		if (is_scalar(node, words[i].name)) {
			*mask |= words[i].mask;
			return true;
		}
	}
	return false;
}

static int stdin_item(struct reader *reader, const struct node *node, void *field)
{
	static const struct word_bit kinds[] = { { "tty", STDIN_TTY },
						 { "pipe", STDIN_PIPE },
						 { "file", STDIN_FILE },
						 { "any", STDIN_ANY } };

	if (set_bit(node, kinds, sizeof(kinds) / sizeof(kinds[0]), field))
		return 0;
	return reader__expected(reader, node, "tty, pipe, file, any, or a list of them");
}

int value_stdin(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind == NODE_SEQUENCE)
		return schema_list(reader, node, "a list of inputs", 1, stdin_item, field);
	return stdin_item(reader, node, field);
}

static int socket_item(struct reader *reader, const struct node *node, void *field)
{
	static const struct word_bit kinds[] = { { "raw", SOCKETS_RAW },
						 { "packet", SOCKETS_PACKET },
						 { "icmp", SOCKETS_ICMP },
						 { "vsock", SOCKETS_VSOCK },
						 { "other", SOCKETS_OTHER } };

	if (set_bit(node, kinds, sizeof(kinds) / sizeof(kinds[0]), field))
		return 0;
	return reader__expected(reader, node, "raw, packet, icmp, vsock or other");
}

int value_sockets(struct reader *reader, const struct node *node, void *field)
{
	return schema_list(reader, node, "a list of kinds of sockets", 1, socket_item, field);
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
	enum ticket_order *order = field;

	if (!is_scalar(node, "any") && !is_scalar(node, "strict"))
		return reader__expected(reader, node, "any or strict");
	*order = is_scalar(node, "strict") ? ORDER_STRICT : ORDER_ANY;
	return 0;
}

int value_mode(struct reader *reader, const struct node *node, void *field)
{
	enum ticket_mode *mode = field;

	if (is_scalar(node, "enforce"))
		return reader__expected(reader, node,
					"observe (enforcement is not in this version)");
	if (!is_scalar(node, "observe"))
		return reader__expected(reader, node, "observe");
	*mode = MODE_OBSERVE;
	return 0;
}

static int strings_add(struct reader *reader, const struct node *node, struct strings *strings)
{
	void *room = schema_room(strings->v, strings->n, sizeof(*strings->v));
	int ret;

	if (!room)
		return no_memory(reader);
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
	return schema_list(reader, node, "a list of users", 1, operator_item, field);
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
	return schema_list(reader, node, "a list of host names", 1, host_item, field);
}

static int profile_item(struct reader *reader, const struct node *node, void *field)
{
	struct strings *profiles = field;

	if (node->kind != NODE_SCALAR || !schema_is_id(node->text))
		return reader__expected(reader, node, "a profile's name");
	for (size_t i = 0; i < profiles->n; i++) {
		if (span_is(node->text, profiles->v[i]))
			return reader__expected(reader, node, "each profile once");
	}
	if (profiles->n == PROFILES_MAX)
		return reader__expected(reader, node, "at most 64 profiles");
	return strings_add(reader, node, profiles);
}

int value_profiles(struct reader *reader, const struct node *node, void *field)
{
	return schema_list(reader, node, "a list of profiles", 0, profile_item, field);
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
	return schema_list(reader, node, "a list of directories", 1, directory_item, field);
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
		return no_memory(reader);
	patterns->v = room;
	ret = pattern_parse(node->text, &patterns->v[patterns->n], &inside);
	if (ret)
		return refuse_inside(reader, node, &inside, ret);
	patterns->n++;
	return 0;
}

int value_path_patterns(struct reader *reader, const struct node *node, void *field)
{
	return schema_list(reader, node, "a list of paths", 1, path_pattern_item, field);
}
