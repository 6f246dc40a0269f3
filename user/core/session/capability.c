/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/capability.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/judge/sees.h"

#define BIT    HOOK_BIT
#define CGROUP "BTF, a cgroup v2 tree"

#define FAILED (BIT(HOOK_EXECVE_FAILED) | BIT(HOOK_EXECVEAT_FAILED))

static const struct capability table[] = {
	{ "exec", "commands that a session runs", BIT(HOOK_EXEC), 0, "BTF", "no command is judged",
	  false, false, 0, false },
	{ "login", "logins without a ticket, each as a session of its own", BIT(HOOK_EXEC), 0,
	  "BTF, audit session ids (CONFIG_AUDIT)", "a login that no ticket binds is in no record",
	  false, false, 0, true },
	{ "fork", "processes that a session starts, however they detach", BIT(HOOK_FORK), 0, "BTF",
	  "a child runs outside its session", false, false, 0, false },
	{ "search", "processes that a skipped or failed fork left out of their session",
	  BIT(HOOK_SEARCH), 0, "BTF",
	  "what such a process does is in no record; its session is indeterminate", false, false, 0,
	  false },
	{ "exit", "ends of processes, with their status", BIT(HOOK_EXIT), 0, "BTF",
	  "a run that failed counts as done, and no session ends by itself", false, false, 0,
	  false },
	{ "tcp-connect", "TCP connections made, by connect(2), sendto(2), io_uring",
	  BIT(HOOK_SOCK_STATE), 0, "BTF", "no TCP connection is judged", false, false, 0, false },
	{ "tcp-close", "how a TCP connection ended, and the bytes it carried", BIT(HOOK_SOCK_STATE),
	  0, "BTF", "a refused connection looks like one that was made", false, false, 0, false },
	{ "tcp-listen", "TCP sockets that wait for connections", BIT(HOOK_SOCK_STATE), 0, "BTF",
	  "no listener is judged", false, false, 0, false },
	{ "udp-connect", "UDP sockets that are given a peer",
	  BIT(HOOK_CONNECT4) | BIT(HOOK_CONNECT6), 0, CGROUP, "no UDP peer is judged", false, false,
	  0, false },
	{ "udp-send", "datagrams to an address given with them",
	  BIT(HOOK_SENDMSG4) | BIT(HOOK_SENDMSG6), 0, CGROUP, "no such datagram is judged", false,
	  false, 0, false },
	{ "bind", "local addresses that a session asks for", BIT(HOOK_BIND4) | BIT(HOOK_BIND6), 0,
	  CGROUP, "no bind is judged", false, false, 0, false },
	{ "tcp-accept", "TCP connections that a session's listener takes, and from whom",
	  BIT(HOOK_SOCK_STATE), 0, "BTF", "who connects to a session's listener is in no record",
	  false, false, 0, false },
	{ "failed-exec", "commands that could not be started",
	  FAILED | BIT(HOOK_EXECVE32_FAILED) | BIT(HOOK_EXECVEAT32_FAILED), FAILED, "fexit",
	  "an attempt leaves no record; it changes no verdict anyhow, since nothing ran", true,
	  false, JUDGE_SEES_FAILED, false },
	{ "unix-connect", "connections to sockets of this host (AF_UNIX)", BIT(HOOK_CONNECT_UNIX),
	  BIT(HOOK_UNIX_STREAM) | BIT(HOOK_UNIX_DGRAM),
	  "cgroup/connect_unix (Linux 6.7), or fentry",
	  "what a program asks of systemd, D-Bus or docker through its socket is not judged; the "
	  "programs known for it are judged by their exec",
	  true, false, JUDGE_SEES_UNIX, false },
	{ "unix-send", "datagrams to sockets of this host, with their address",
	  BIT(HOOK_SENDMSG_UNIX), BIT(HOOK_UNIX_SEND), "cgroup/sendmsg_unix (Linux 6.7), or fentry",
	  "no such datagram is judged", true, false, 0, false },
	{ "file-write", "files that a session opens for writing, and names that it changes",
	  BIT(HOOK_FILE_OPEN) | BIT(HOOK_TRUNCATE) | BIT(HOOK_RENAME) | BIT(HOOK_LINK) |
		  BIT(HOOK_SYMLINK) | BIT(HOOK_UNLINK),
	  BIT(HOOK_FILE_OPEN_LSM) | BIT(HOOK_TRUNCATE_LSM) | BIT(HOOK_RENAME_LSM) |
		  BIT(HOOK_LINK_LSM) | BIT(HOOK_SYMLINK_LSM) | BIT(HOOK_UNLINK_LSM),
	  "fexit or LSM",
	  "`echo x >FILE`, a here-document or `python3 -` changes files without a record; only "
	  "the exec of the shell or interpreter is judged",
	  true, false, JUDGE_SEES_WRITES, false },
	{ "raw-socket", "raw sockets, and IP protocols beside TCP and UDP", BIT(HOOK_SOCK_CREATE),
	  0, CGROUP, "what is sent through them is not judged; the exec of the sender is", false,
	  false, 0, false },
	{ "packet-socket", "packet sockets, vsock, and families beside IP and unix",
	  BIT(HOOK_SOCKET), 0, "fexit",
	  "what is sent through them is not judged; the exec of the sender is", true, false, 0,
	  false },
	{ "passed-socket", "sockets that were connected elsewhere and handed in (SCM_RIGHTS)", 0, 0,
	  "LSM", "what goes through them belongs to no act of the session", true, false, 0, false },
	{ "foreign-ring", "io_uring rings that were made elsewhere and handed in", 0, 0, "LSM",
	  "what a ring's own thread (SQPOLL) does is an act of whoever made the ring", true, true,
	  0, false },
	{ "traced-process", "processes that a tracer drives (ptrace) across a session's border", 0,
	  0, "LSM", "what one is made to do counts as its own act, in the session or out of it",
	  true, false, 0, false },
	{ "left-cgroup", "UDP and binds of processes that left the cgroup of --cgroup", 0, 0,
	  "the hooks at the tree's root, which nothing leaves: no --cgroup",
	  "with --cgroup, no such connect, datagram or bind is judged", false, false, 0, false },
};

const char *capability_state_name(enum capability_state state)
{
	static const char *const names[] = { [CAPABILITY_NOT_VISIBLE] = "not_visible",
					     [CAPABILITY_SERVED] = "served",
					     [CAPABILITY_IMPOSSIBLE] = "impossible" };

	return names[state];
}

size_t capability_n(void)
{
	return ARRAY_SIZE(table);
}

const struct capability *capability_at(size_t i)
{
	return &table[i];
}

void capability_hooks(uint64_t of, struct buf *out)
{
	const char *comma = "";

	for (unsigned int i = 0; i < HOOKS_N; i++) {
		if (!(of & BIT(i)))
			continue;
		buf_addf(out, "%s%s (%s)", comma, hook_program(i), hook_place(i));
		comma = ", ";
	}
}

uint64_t capability_serving(const struct capability *capability, const struct kernel_facts *facts)
{
	if (capability->audit && facts->audit == FACT_NO)
		return 0;
	if (capability->hooks && !(capability->hooks & ~facts->programs))
		return capability->hooks;
	if (capability->otherwise && !(capability->otherwise & ~facts->programs))
		return capability->otherwise;
	return 0;
}

uint32_t capability_sees(const struct kernel_facts *facts)
{
	uint32_t sees = 0;

	for (size_t i = 0; i < capability_n(); i++) {
		if (capability_serving(&table[i], facts))
			sees |= table[i].sees;
	}
	return sees;
}

/* "; WHY", or "; likewise" where the one before said the same. */
static void add_why_not(unsigned int hook, const struct kernel_facts *facts, struct buf *before,
			struct buf *why)
{
	struct buf own = { 0 };

	hook_why_not(&hook_rows[hook], hook, facts, "; ", &own);
	if (own.n > 0 && span_eq(buf_span(&own), buf_span(before)))
		buf_adds(why, "; likewise");
	else
		buf_add(why, own.p, own.n);
	buf_free(before);
	*before = own;
}

/* "not attached: on_a (PLACE; WHY), ..." of all that could serve it and do not. */
static void add_missing(uint64_t missing, const struct kernel_facts *facts, struct buf *why)
{
	const char *comma = "not attached: ";
	struct buf before = { 0 };

	for (unsigned int i = 0; i < HOOKS_N; i++) {
		if (!(missing & BIT(i)))
			continue;
		buf_addf(why, "%s%s (%s", comma, hook_program(i), hook_place(i));
		add_why_not(i, facts, &before, why);
		buf_addc(why, ')');
		comma = ", ";
	}
	buf_free(&before);
}

enum capability_state capability_probe(const struct capability *capability,
				       const struct kernel_facts *facts, struct buf *why)
{
	if (capability->io_uring && facts->io_uring == FACT_NO) {
		buf_adds(why, "nobody can make a ring here (kernel.io_uring_disabled)");
		return CAPABILITY_IMPOSSIBLE;
	}
	if (capability->audit && facts->audit == FACT_NO) {
		buf_addf(why, "this kernel has no audit session ids (CONFIG_AUDIT): %s",
			 capability->cost);
		return CAPABILITY_NOT_VISIBLE;
	}
	if (capability_serving(capability, facts))
		return CAPABILITY_SERVED;
	if (capability->hooks) {
		add_missing((capability->hooks | capability->otherwise) & ~facts->programs, facts,
			    why);
	} else {
		buf_adds(why, "no program of this version looks there");
		/* What keeps a later version from seeing it here, where that is known. */
		if (capability->wants_fentry && facts->fentry == FACT_NO &&
		    facts->lsm_bpf != FACT_YES)
			buf_adds(why, ", and this kernel takes no fentry program");
	}
	buf_addf(why, ": %s", capability->cost);
	return CAPABILITY_NOT_VISIBLE;
}

void capability_table(struct buf *out)
{
	buf_adds(out, "| capability | what | served by | needs | without it |\n"
		      "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < capability_n(); i++) {
		buf_addf(out, "| %s | %s | ", table[i].name, table[i].what);
		if (table[i].hooks)
			capability_hooks(table[i].hooks, out);
		else
			buf_adds(out, "nothing yet: not visible");
		if (table[i].otherwise) {
			buf_adds(out, "; or else ");
			capability_hooks(table[i].otherwise, out);
		}
		buf_addf(out, " | %s | %s |\n", table[i].needs, table[i].cost);
	}
}

/* Decimal digits only, at most 9 of them; *rest is behind them. */
static bool version_part(const char *text, unsigned long *out, const char **rest)
{
	size_t n = strspn(text, "0123456789");

	*rest = text + n;
	if (n == 0 || n > 9)
		return false;
	*out = strtoul(text, NULL, 10);
	return true;
}

static bool version_of(const char *release, unsigned long *major, unsigned long *minor)
{
	const char *rest;

	return version_part(release, major, &rest) && *rest == '.' &&
	       version_part(rest + 1, minor, &rest);
}

bool kernel_since(const char *release, unsigned long major, unsigned long minor)
{
	unsigned long is_major, is_minor;

	return version_of(release, &is_major, &is_minor) &&
	       (is_major > major || (is_major == major && is_minor >= minor));
}

int kernel_check(const char *release, char *why, size_t why_n)
{
	unsigned long major, minor;

	why[0] = '\0';
	if (!version_of(release, &major, &minor)) {
		snprintf(why, why_n, "kernel release \"%.64s\" names no version", release);
		return -ENOSYS;
	}
	if (kernel_since(release, KERNEL_MAJOR_MIN, KERNEL_MINOR_MIN))
		return 0;
	snprintf(why, why_n, "this kernel is Linux %.64s; %u.%u or later is needed", release,
		 KERNEL_MAJOR_MIN, KERNEL_MINOR_MIN);
	return -ENOSYS;
}
