/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/values.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/chars.h"
#include "core/base/timestamp.h"
#include "core/base/unitext.h"
#include "core/ticket/ticket.h"

static bool is_scalar(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && span_is(node->text, text);
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
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n == 0)
		return reader__expected(reader, node, "a destination");
	ret = schema_grow(reader, &dests->v, dests->n, sizeof(*dests->v));
	if (ret)
		return ret;
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

	return schema_number(&part, TICKET_TIMES_MAX, value);
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

	if (!schema_number(node, TICKET_TIMES_MAX, &value))
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
	if (!schema_number(node, TICKET_TIMES_MAX, &value) || value == 0)
		return reader__expected(reader, node, "a number from 1 to 1000000, or any");
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int times_map(struct reader *reader, const struct node *node, struct step *step)
{
	static const struct key keys[] = {
		{ "min", true, offsetof(struct step, times_min), times_min, 0, NULL },
		{ "max", true, offsetof(struct step, times_max), times_max, 0, NULL },
	};
	static const struct schema schema = { "times", keys, ARRAY_SIZE(keys) };
	const struct node at = *node;
	int ret = schema_map(reader, node, &schema, step);

	if (!ret && step->times_min > step->times_max)
		return reader__refuse(reader, at.line, at.column,
				      "expected min up to max, got %u above %u", step->times_min,
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
	if (schema_number(node, TICKET_TIMES_MAX, &min))
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
	int ret = schema_grow(reader, &step->child_runs, step->child_runs_n,
			      sizeof(*step->child_runs));

	if (!ret)
		ret = value_command(reader, node, &step->child_runs[step->child_runs_n]);
	step->child_runs_n += !ret;
	return ret;
}

static const struct choice children_v[] = { { "none", CHILDREN_NONE }, { "any", CHILDREN_ANY } };
const struct choices children_words = { "none, any, or a list of command lines", children_v,
					ARRAY_SIZE(children_v) };

int value_children(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of command lines", child_item, .min = 1 };
	struct step *step = field;
	unsigned int children;
	int ret;

	if (node->kind == NODE_SEQUENCE) {
		step->children = CHILDREN_LIST;
		return schema_list(reader, node, &list, step);
	}
	ret = schema_choice(reader, node, &children_words, &children);
	step->children = (enum children)children;
	return ret;
}

/* The name at `node`: appended, its value still to come. */
static int env_name(struct reader *reader, const struct node *node, struct step *step)
{
	int ret;

	if (node->kind != NODE_SCALAR || !ticket_is_variable(node->text))
		return reader__expected(reader, node, "a variable's name");
	for (size_t i = 0; i < step->env_n; i++) {
		if (span_is(node->text, step->env[i].name))
			return reader__expected(reader, node, "each variable once");
	}
	ret = schema_grow(reader, &step->env, step->env_n, sizeof(*step->env));
	return ret ? ret : schema_copy(reader, node, &step->env[step->env_n++].name);
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
		if (step->env_n == TICKET_ENV_MAX)
			return reader__expected(reader, &name, "at most 64 variables");
		ret = env_pair(reader, &name, step, depth);
		ret = reader__resume(reader, ret, depth);
		if (ret)
			return ret;
	}
}

static const struct choice stdin_v[] = {
	{ "tty", STDIN_TTY }, { "pipe", STDIN_PIPE }, { "file", STDIN_FILE }, { "any", STDIN_ANY }
};
const struct choices stdin_words = { "tty, pipe, file, any, or a list of them", stdin_v,
				     ARRAY_SIZE(stdin_v) };

static const struct choice sockets_v[] = { { "raw", SOCKETS_RAW },
					   { "packet", SOCKETS_PACKET },
					   { "icmp", SOCKETS_ICMP },
					   { "vsock", SOCKETS_VSOCK },
					   { "other", SOCKETS_OTHER } };
const struct choices sockets_words = { "raw, packet, icmp, vsock or other", sockets_v,
				       ARRAY_SIZE(sockets_v) };

/* Adds what the word stands for to the field's bits. */
static int add_bits(struct reader *reader, const struct node *node, const struct choices *words,
		    unsigned int *field)
{
	unsigned int bits;
	int ret = schema_choice(reader, node, words, &bits);

	*field |= bits;
	return ret;
}

static int stdin_item(struct reader *reader, const struct node *node, void *field)
{
	return add_bits(reader, node, &stdin_words, field);
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
	return add_bits(reader, node, &sockets_words, field);
}

int value_sockets(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of kinds of sockets", socket_item, .min = 1 };

	return schema_list(reader, node, &list, field);
}

int value_sha256(struct reader *reader, const struct node *node, void *field)
{
	char **hex = field;
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n != 64 || !span_all(node->text, is_hex))
		return reader__expected(reader, node, "64 hexadecimal digits");
	ret = schema_copy(reader, node, field);
	for (size_t i = 0; !ret && i < 64; i++) {
		if (is_upper((*hex)[i]))
			(*hex)[i] += 'a' - 'A';
	}
	return ret;
}

/*
 * Directory services allow more than useradd(8) does; what could not be an account's name is out.
 */
static bool is_user_char(char c)
{
	return c > ' ' && c < 0x7f && !is_one_of(c, ":/,\"'*?");
}

static bool is_user(struct span name)
{
	return name.n <= TICKET_NAME_MAX && span_all(name, is_user_char) && name.p[0] != '-' &&
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

	if (!schema_number(node, TICKET_APPROVALS_MAX, &value) || value == 0)
		return reader__expected(reader, node, "a number from 1 to 16");
	*approvals = (unsigned int)value;
	return 0;
}

static const struct choice order_v[] = { { "any", ORDER_ANY }, { "strict", ORDER_STRICT } };
const struct choices order_words = { "any or strict", order_v, ARRAY_SIZE(order_v) };

int value_order(struct reader *reader, const struct node *node, void *field)
{
	unsigned int order;
	int ret = schema_choice(reader, node, &order_words, &order);

	*(enum ticket_order *)field = (enum ticket_order)order;
	return ret;
}

static const struct choice mode_v[] = { { "observe", MODE_OBSERVE } };
const struct choices mode_words = { "observe", mode_v, ARRAY_SIZE(mode_v) };

int value_mode(struct reader *reader, const struct node *node, void *field)
{
	unsigned int mode;
	int ret;

	if (is_scalar(node, "enforce"))
		return reader__expected(reader, node,
					"observe (enforcement is not in this version)");
	ret = schema_choice(reader, node, &mode_words, &mode);
	*(enum ticket_mode *)field = (enum ticket_mode)mode;
	return ret;
}

static int strings_add(struct reader *reader, const struct node *node, struct strings *strings)
{
	int ret = schema_grow(reader, &strings->v, strings->n, sizeof(*strings->v));

	if (!ret)
		ret = schema_copy(reader, node, &strings->v[strings->n]);
	strings->n += !ret;
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
	return is_alnum(c) || is_one_of(c, "-_.*?");
}

static int host_item(struct reader *reader, const struct node *node, void *field)
{
	if (node->kind != NODE_SCALAR || node->text.n > TICKET_NAME_MAX ||
	    !span_all(node->text, is_host_pattern_char))
		return reader__expected(reader, node, "a host name, in which * and ? are patterns");
	return strings_add(reader, node, field);
}

int value_hosts(struct reader *reader, const struct node *node, void *field)
{
	static const struct list list = { "a list of host names", host_item, .min = 1 };

	return schema_list(reader, node, &list, field);
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
	       span_all((struct span){ pin.p + mark_n, 64 }, is_lower_hex);
}

static int profile_item(struct reader *reader, const struct node *node, void *field)
{
	struct ticket *ticket = field;
	struct node name = *node;
	int ret;

	if (node->kind != NODE_SCALAR || !cut_pin(node->text, &name.text) ||
	    !schema_is_id(name.text))
		return reader__expected(
			reader, node,
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
	static const struct list list = { "a list of profiles", profile_item,
					  .max = TICKET_PROFILES_MAX };

	/* Each item is two: what it is called, and what stands there. */
	return schema_list(reader, node, &list,
			   (char *)field - offsetof(struct ticket, profile_texts));
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
	int ret;

	if (node->kind != NODE_SCALAR || node->text.n == 0 || node->text.p[0] != '/')
		return reader__expected(reader, node,
					"an absolute path, in which * and ** are patterns");
	ret = schema_grow(reader, &patterns->v, patterns->n, sizeof(*patterns->v));
	if (ret)
		return ret;
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
