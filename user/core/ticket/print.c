/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/print.h"

#include <errno.h>

#include "core/base/timestamp.h"
#include "core/base/unitext.h"

/* Longer keys than this YAML 1.1 wants marked as such; libyaml counts up to 1,024 bytes. */
enum { SIMPLE_KEY_MAX = 1000 };

/* U+FFFE and U+FFFF can be written by an escape only. */
static void print_text(struct buf *out, const char *text)
{
	struct span rest = span_of(text);
	uint32_t c;

	buf_addc(out, '"');
	while (rest.n > 0) {
		size_t n = unitext_decode(rest, &c);

		n = n ? n : 1;
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", (int)c);
		else if (c == 0xfffe || c == 0xffff)
			buf_addf(out, "\\u%04X", (unsigned int)c);
		else
			buf_add(out, rest.p, n);
		rest.p += n;
		rest.n -= n;
	}
	buf_addc(out, '"');
}

static void print_key(struct buf *out, const char *indent, const char *key)
{
	buf_addf(out, "%s%s: ", indent, key);
}

static void print_pair(struct buf *out, const char *indent, const char *key, const char *text)
{
	if (!text)
		return;
	print_key(out, indent, key);
	print_text(out, text);
	buf_addc(out, '\n');
}

static void print_item(struct buf *out, size_t i, const char *text)
{
	buf_adds(out, i ? ", " : "[");
	print_text(out, text);
}

static void print_strings(struct buf *out, const char *key, const struct strings *strings)
{
	if (strings->n == 0)
		return;
	print_key(out, "", key);
	for (size_t i = 0; i < strings->n; i++)
		print_item(out, i, strings->v[i]);
	buf_adds(out, "]\n");
}

static void print_dests(struct buf *out, const char *indent, const char *key,
			const struct dests *dests)
{
	if (dests->n == 0)
		return;
	print_key(out, indent, key);
	for (size_t i = 0; i < dests->n; i++)
		print_item(out, i, dests->v[i].text);
	buf_adds(out, "]\n");
}

static void print_patterns(struct buf *out, const char *indent, const char *key,
			   const struct patterns *patterns)
{
	if (patterns->n == 0)
		return;
	print_key(out, indent, key);
	for (size_t i = 0; i < patterns->n; i++)
		print_item(out, i, patterns->v[i].text);
	buf_adds(out, "]\n");
}

static void print_times(struct buf *out, const struct step *step)
{
	if (!step->times_set)
		return;
	if (step->times_max == TIMES_ANY)
		buf_adds(out, "    times: any\n");
	else if (step->times_min == step->times_max)
		buf_addf(out, "    times: %u\n", step->times_min);
	else
		buf_addf(out, "    times: %u-%u\n", step->times_min, step->times_max);
}

static void print_children(struct buf *out, const struct step *step)
{
	if (step->children == CHILDREN_NONE)
		return;
	print_key(out, "    ", "children");
	if (step->children == CHILDREN_ANY) {
		buf_adds(out, "any\n");
		return;
	}
	for (size_t i = 0; i < step->child_runs_n; i++)
		print_item(out, i, step->child_runs[i].text);
	buf_adds(out, "]\n");
}

static void print_env(struct buf *out, const struct step *step)
{
	if (step->env_n == 0)
		return;
	buf_adds(out, "    env: {");
	for (size_t i = 0; i < step->env_n; i++) {
		const struct step_env *env = &step->env[i];

		buf_addf(out, "%s%s%s: ", i ? ", " : "",
			 strlen(env->name) > SIMPLE_KEY_MAX ? "? " : "", env->name);
		print_text(out, env->value ? env->value : "*");
	}
	buf_adds(out, "}\n");
}

struct bit_name {
	unsigned int bit;
	const char *name;
};

static void print_bits(struct buf *out, const char *key, unsigned int mask,
		       const struct bit_name *names, size_t n)
{
	const char *before = "[";

	if (mask == 0)
		return;
	print_key(out, "    ", key);
	for (size_t i = 0; i < n; i++) {
		if (!(mask & names[i].bit))
			continue;
		buf_addf(out, "%s%s", before, names[i].name);
		before = ", ";
	}
	buf_adds(out, "]\n");
}

static void print_inputs(struct buf *out, const struct step *step)
{
	static const struct bit_name stdin_names[] = { { STDIN_TTY, "tty" },
						       { STDIN_PIPE, "pipe" },
						       { STDIN_FILE, "file" } };
	static const struct bit_name sockets_names[] = { { SOCKETS_RAW, "raw" },
							 { SOCKETS_PACKET, "packet" },
							 { SOCKETS_ICMP, "icmp" },
							 { SOCKETS_VSOCK, "vsock" },
							 { SOCKETS_OTHER, "other" } };

	if (step->stdin_mask == STDIN_ANY)
		buf_adds(out, "    stdin: any\n");
	else
		print_bits(out, "stdin", step->stdin_mask, stdin_names, 3);
	print_bits(out, "sockets", step->sockets, sockets_names, 5);
}

static void print_step(struct buf *out, const struct step *step)
{
	print_pair(out, "  - ", "id", step->id);
	print_pair(out, "    ", "run", step->run.text);
	print_pair(out, "    ", "as", step->as);
	print_times(out, step);
	print_children(out, step);
	print_dests(out, "    ", "connect", &step->connect);
	print_dests(out, "    ", "listen", &step->listen);
	print_dests(out, "    ", "send", &step->send);
	print_env(out, step);
	print_inputs(out, step);
	print_pair(out, "    ", "cwd", step->cwd);
	print_pair(out, "    ", "sha256", step->sha256);
	print_patterns(out, "    ", "installs", &step->installs);
	print_patterns(out, "    ", "write", &step->write);
}

static void print_window(struct buf *out, const struct ticket *ticket)
{
	char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];

	timestamp_format(ticket->from_ns, from);
	timestamp_format(ticket->until_ns, until);
	buf_addf(out, "window: {from: \"%s\", until: \"%s\"}\n", from, until);
}

static void print_binding(struct buf *out, const struct ticket *ticket)
{
	print_pair(out, "", "requester", ticket->requester);
	print_strings(out, "operators", &ticket->operators);
	print_strings(out, "hosts", &ticket->hosts);
	print_window(out, ticket);
	buf_addf(out, "approvals: %u\n", ticket->approvals);
	if (ticket->order == ORDER_STRICT)
		buf_adds(out, "order: strict\n");
	print_strings(out, "profiles", &ticket->profile_texts);
}

int ticket_print(const struct ticket *ticket, struct buf *out)
{
	buf_adds(out, "lockstep: 1\n");
	print_pair(out, "", ticket->is_profile ? "profile" : "ticket", ticket->id);
	print_pair(out, "", "summary", ticket->summary);
	if (!ticket->is_profile)
		print_binding(out, ticket);
	print_strings(out, "path", &ticket->path);
	if (ticket->steps_n)
		buf_adds(out, "steps:\n");
	for (size_t i = 0; i < ticket->steps_n; i++)
		print_step(out, &ticket->steps[i]);
	if (ticket->allow_connect.n || ticket->allow_write.n)
		buf_adds(out, "allow:\n");
	print_dests(out, "  ", "connect", &ticket->allow_connect);
	print_patterns(out, "  ", "write", &ticket->allow_write);
	return out->failed ? -ENOMEM : 0;
}
