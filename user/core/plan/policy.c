/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/policy.h"

#include "core/base/array.h"
#include "core/match/secrets.h"
#include "core/plan/program.h"

unsigned int policy_stdin_needs(struct program_nature nature, uint32_t stdin_kind)
{
	if (nature.input != INPUT_STDIN)
		return 0;
	switch (stdin_kind) {
	case LS_STDIN_CLOSED:
	case LS_STDIN_NULL:
		return 0;
	case LS_STDIN_TTY:
		return STDIN_TTY;
	case LS_STDIN_PIPE:
		return STDIN_PIPE;
	case LS_STDIN_FILE:
		return STDIN_FILE;
	default:
		return STDIN_ANY;
	}
}

bool policy_stdin(unsigned int mask, struct program_nature nature, uint32_t stdin_kind)
{
	return !(policy_stdin_needs(nature, stdin_kind) & ~mask);
}

unsigned int policy_socket_kind(const struct event_socket *socket)
{
	switch (socket->family) {
	case LS_AF_PACKET:
	case LS_AF_XDP:
		return SOCKETS_PACKET;
	case LS_AF_VSOCK:
		return SOCKETS_VSOCK;
	case LS_AF_INET:
	case LS_AF_INET6:
		break;
	default:
		return SOCKETS_OTHER;
	}
	if (socket->type == LS_SOCK_RAW)
		return SOCKETS_RAW;
	return socket->proto == LS_IPPROTO_ICMP || socket->proto == LS_IPPROTO_ICMPV6
		       ? SOCKETS_ICMP
		       : SOCKETS_OTHER;
}

bool policy_login_shell(const struct event_exec *exec, const struct action *action,
			struct program_nature nature)
{
	static const char *const dirs[] = { "/bin/", "/usr/bin/", "/usr/local/bin/" };
	struct span path = action->path, base = path_base(path), rest = action->argv, word;
	const struct span dir = { path.p, path.n - base.n };
	bool system = false;

	if (action->script || (exec->exec_flags & LS_EXEC_FOREIGN))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		system |= span_is(dir, dirs[i]);
	/* argv[0] alone could call any program a shell: the file has to be one as well */
	if (!system || !nature.shell ||
	    !(program_nature(path, (struct span){ 0 }).shell || span_is(base, "busybox")))
		return false;
	/* other options name files of commands, as --rcfile does */
	strings_next(&rest, &word);
	while (strings_next(&rest, &word)) {
		if (!span_is(word, "-i") && !span_is(word, "-l") && !span_is(word, "--login"))
			return false;
	}
	return nature.input == INPUT_STDIN && exec->stdin_kind == LS_STDIN_TTY;
}

/* any_port: as if the address had whatever port each destination has. */
static bool cover(const struct plan *plan, const struct dests *dests, uint16_t proto,
		  const struct address *to, bool any_port)
{
	struct address at = *to;

	for (size_t i = 0; i < dests->n; i++) {
		if (any_port)
			at.port = dests->v[i].port_min;
		if (plan_dest_covers(plan, &dests->v[i], proto, &at))
			return true;
	}
	return false;
}

bool policy_listen(const struct plan *plan, const struct step *step, uint16_t proto,
		   const struct address *local)
{
	return step && cover(plan, &step->listen, proto, local, false);
}

bool policy_send(const struct plan *plan, const struct step *step, uint16_t proto,
		 const struct address *to)
{
	return step && cover(plan, &step->send, proto, to, false);
}

/* What a step may connect to, list by list: its own, then those for every step; NULL: no more. */
static const struct dests *connect_list(const struct plan *plan, const struct step *step, size_t i)
{
	if (step && i-- == 0)
		return &step->connect;
	return i < plan->allow_n ? &plan->allow[i] : NULL;
}

static bool connect_covers(const struct plan *plan, const struct step *step, uint16_t proto,
			   const struct address *to, bool any_port)
{
	const struct dests *list;

	for (size_t i = 0; (list = connect_list(plan, step, i)); i++) {
		if (cover(plan, list, proto, to, any_port))
			return true;
	}
	return false;
}

bool policy_connect(const struct plan *plan, const struct step *step, uint16_t proto,
		    const struct address *to)
{
	return connect_covers(plan, step, proto, to, false);
}

/* A datagram can't be sent to port 0, so there the port says nothing. */
bool policy_probe(const struct plan *plan, const struct step *step, uint16_t proto,
		  const struct address *to)
{
	return proto == LS_IPPROTO_UDP &&
	       connect_covers(plan, step, LS_IPPROTO_TCP, to, to->port == 0);
}

bool policy_unix(const struct plan *plan, const struct step *step, struct span tidy_path)
{
	const struct dests *list;

	for (size_t i = 0; (list = connect_list(plan, step, i)); i++) {
		for (size_t k = 0; k < list->n; k++) {
			if (dest_covers_unix(&list->v[k], tidy_path))
				return true;
		}
	}
	return false;
}

bool policy_write(const struct plan *plan, const struct step *step, struct span path)
{
	if (step && patterns_match(&step->write, path))
		return true;
	for (size_t i = 0; i < plan->allow_n; i++) {
		if (patterns_match(plan->allow_write[i], path))
			return true;
	}
	return false;
}

bool policy_is_named(const struct command *command, struct span path, struct span argv)
{
	struct span name = path_base(span_of(command->words[0].value)), argv0;

	return span_eq(path_base(path), name) ||
	       (strings_next(&argv, &argv0) && span_eq(path_base(argv0), name));
}

bool policy_secrets(const struct plan *plan, const struct rule *rule, struct span argv,
		    struct span *secrets, size_t max, size_t *n)
{
	const struct step *step = plan->steps[rule->step];
	bool all = true;

	if (!rule->child)
		return secrets_add(&step->run, argv, secrets, max, n);
	for (size_t i = 0; i < step->child_runs_n; i++)
		all &= secrets_add(&step->child_runs[i], argv, secrets, max, n);
	return all;
}
