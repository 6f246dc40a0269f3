/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/capability.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <string.h>

#include "core/judge/judge.h"
#include "core/judge/sees.h"
#include "core/session/selftest.h"

#define BIT HOOK_BIT
#define ALL (BIT(HOOKS_N) - 1)

static const struct {
	const char *release;
	int want;
	const char *why;
} kernels[] = {
	{ "5.10.0", -ENOSYS, "this kernel is Linux 5.10.0; 6.1 or later is needed" },
	{ "5.10.0-32-cloud-amd64", -ENOSYS,
	  "this kernel is Linux 5.10.0-32-cloud-amd64; 6.1 or later is needed" },
	{ "6.0.19", -ENOSYS, "this kernel is Linux 6.0.19; 6.1 or later is needed" },
	{ "4.20", -ENOSYS, "this kernel is Linux 4.20; 6.1 or later is needed" },
	{ "", -ENOSYS, "kernel release \"\" names no version" },
	{ "6", -ENOSYS, "kernel release \"6\" names no version" },
	{ "6.", -ENOSYS, "kernel release \"6.\" names no version" },
	{ "-6.1", -ENOSYS, "kernel release \"-6.1\" names no version" },
	{ "6.-1", -ENOSYS, "kernel release \"6.-1\" names no version" },
	{ "99999999999999999999.1", -ENOSYS,
	  "kernel release \"99999999999999999999.1\" names no version" },
	{ "linux", -ENOSYS, "kernel release \"linux\" names no version" },
	{ "6.1", 0, "" },
	{ "6.1.0-50", 0, "" },
	{ "6.12.1+bpo-amd64", 0, "" },
	{ "6.18.44-fc", 0, "" },
	{ "7.0-rc1", 0, "" },
	{ "10.0.1", 0, "" },
};

static const struct {
	const char *release;
	unsigned long major, minor;
	bool want;
} sinces[] = {
	{ "", 6, 1, false },
	{ "7", 6, 1, false },
	{ "6.18.44-fc", 7, 0, false },
	{ "7.0-rc1", 7, 0, true },
	{ "7.2.13+deb14-cloud", 7, 0, true },
	{ "7.2", 7, 3, false },
	{ "10.0", 7, 3, true },
	{ "6.12", 6, 12, true },
};

static void test_since(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sinces) / sizeof(*sinces); i++) {
		if (kernel_since(sinces[i].release, sinces[i].major, sinces[i].minor) !=
		    sinces[i].want)
			fail_msg("\"%s\" since %lu.%lu", sinces[i].release, sinces[i].major,
				 sinces[i].minor);
	}
}

static void test_kernels(void **state)
{
	char why[160];

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		int ret = kernel_check(kernels[i].release, why, sizeof(why));

		if (ret != kernels[i].want || strcmp(why, kernels[i].why) != 0)
			fail_msg("\"%s\": got %d, \"%s\"", kernels[i].release, ret, why);
	}
}

static const struct capability *named(const char *name)
{
	for (size_t i = 0; i < capability_n(); i++) {
		if (!strcmp(capability_at(i)->name, name))
			return capability_at(i);
	}
	fail_msg("no capability \"%s\"", name);
	return NULL;
}

static const struct {
	const char *name, *capability;
	struct kernel_facts facts;
	enum capability_state want;
	const char *why; /* part of it; "": the whole is empty */
} probes[] = {
	{ "nothing known",
	  "exec",
	  { .programs = 0 },
	  CAPABILITY_NOT_VISIBLE,
	  "not attached: on_exec (tp_btf/sched_process_exec): no command is judged" },
	{ "all but its own",
	  "fork",
	  { .programs = ALL & ~BIT(HOOK_FORK) },
	  CAPABILITY_NOT_VISIBLE,
	  "not attached: on_fork" },
	{ "one of two",
	  "udp-send",
	  { .programs = ALL & ~BIT(HOOK_SENDMSG6) },
	  CAPABILITY_NOT_VISIBLE,
	  "not attached: on_sendmsg6 (cgroup/sendmsg6): no" },
	{ "neither hook",
	  "unix-connect",
	  { .programs = ALL & ~BIT(HOOK_CONNECT_UNIX) & ~BIT(HOOK_UNIX_DGRAM), .fentry = FACT_NO },
	  CAPABILITY_NOT_VISIBLE,
	  "not attached: on_connect_unix (cgroup/connect_unix; needs Linux 6.7), "
	  "on_unix_dgram_connect (fentry/unix_dgram_connect; this kernel takes no fentry "
	  "program): what a program asks" },
	{ "what stands in",
	  "unix-connect",
	  { .programs = ALL & ~BIT(HOOK_CONNECT_UNIX) },
	  CAPABILITY_SERVED,
	  "" },
	{ "no program",
	  "passed-socket",
	  { .programs = ALL },
	  CAPABILITY_NOT_VISIBLE,
	  "no program of this version looks there: what goes through" },
	{ "fentry refused",
	  "file-write",
	  { .programs = 0, .fentry = FACT_NO },
	  CAPABILITY_NOT_VISIBLE,
	  "(fexit/security_file_open; this kernel takes no fentry program), on_truncate "
	  "(fexit/vfs_truncate; likewise), " },
	{ "no program, nor fentry",
	  "passed-socket",
	  { .programs = ALL, .fentry = FACT_NO, .lsm_bpf = FACT_NO },
	  CAPABILITY_NOT_VISIBLE,
	  "looks there, and this kernel takes no fentry program: what" },
	{ "no program, but LSM would do",
	  "passed-socket",
	  { .programs = ALL, .fentry = FACT_NO, .lsm_bpf = FACT_YES },
	  CAPABILITY_NOT_VISIBLE,
	  "looks there: what" },
	{ "neither way is whole",
	  "file-write",
	  { .programs = ALL & ~BIT(HOOK_UNLINK) & ~BIT(HOOK_LINK_LSM) },
	  CAPABILITY_NOT_VISIBLE,
	  "not attached: on_unlink (fexit/security_path_unlink; this kernel takes no fentry "
	  "program), on_link_lsm (lsm/path_link; this kernel takes no LSM program): `echo" },
	{ "by LSM",
	  "file-write",
	  { .programs = ALL & ~BIT(HOOK_FILE_OPEN) },
	  CAPABILITY_SERVED,
	  "" },
	{ "by fexit",
	  "file-write",
	  { .programs = ALL & ~BIT(HOOK_FILE_OPEN_LSM) },
	  CAPABILITY_SERVED,
	  "" },
	{ "without 32-bit calls",
	  "failed-exec",
	  { .programs = ALL & ~BIT(HOOK_EXECVE32_FAILED) },
	  CAPABILITY_SERVED,
	  "" },
	{ "rings may be made",
	  "foreign-ring",
	  { .programs = ALL, .io_uring = FACT_YES },
	  CAPABILITY_NOT_VISIBLE,
	  "no program" },
	{ "rings unknown",
	  "foreign-ring",
	  { .programs = ALL },
	  CAPABILITY_NOT_VISIBLE,
	  "no program" },
	{ "no rings",
	  "foreign-ring",
	  { .programs = ALL, .io_uring = FACT_NO },
	  CAPABILITY_IMPOSSIBLE,
	  "kernel.io_uring_disabled" },
	{ "no rings is no other's",
	  "passed-socket",
	  { .programs = ALL, .io_uring = FACT_NO },
	  CAPABILITY_NOT_VISIBLE,
	  "no program" },
	{ "no audit sessions",
	  "login",
	  { .programs = ALL, .audit = FACT_NO },
	  CAPABILITY_NOT_VISIBLE,
	  "this kernel has no audit session ids (CONFIG_AUDIT): a login" },
	{ "no audit sessions is no other's",
	  "exec",
	  { .programs = ALL, .audit = FACT_NO },
	  CAPABILITY_SERVED,
	  "" },
	{ "audit sessions",
	  "login",
	  { .programs = ALL, .audit = FACT_YES },
	  CAPABILITY_SERVED,
	  "" },
	{ "its own alone", "exec", { .programs = BIT(HOOK_EXEC) }, CAPABILITY_SERVED, "" },
	{ "both",
	  "bind",
	  { .programs = BIT(HOOK_BIND4) | BIT(HOOK_BIND6) },
	  CAPABILITY_SERVED,
	  "" },
};

static void test_probes(void **state)
{
	struct buf why = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		enum capability_state got;

		buf_reset(&why);
		got = capability_probe(named(probes[i].capability), &probes[i].facts, &why);
		buf_addc(&why, '\0');
		if (got != probes[i].want || !strstr(why.p, probes[i].why) ||
		    (!*probes[i].why && *why.p))
			fail_msg("%s: %s, \"%s\"", probes[i].name, capability_state_name(got),
				 why.p);
	}
	buf_free(&why);
}

static const struct {
	const char *name;
	uint64_t programs;
	uint32_t want;
} sees[] = {
	{ "nothing", 0, 0 },
	{ "all but an open for writing", ALL & ~BIT(HOOK_FILE_OPEN) & ~BIT(HOOK_FILE_OPEN_LSM),
	  JUDGE_SEES_FAILED | JUDGE_SEES_UNIX },
	{ "all but a failed execve", ALL & ~BIT(HOOK_EXECVE_FAILED),
	  JUDGE_SEES_WRITES | JUDGE_SEES_UNIX },
	{ "all", ALL, JUDGE_SEES_FAILED | JUDGE_SEES_WRITES | JUDGE_SEES_UNIX },
};

static void test_sees(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sees) / sizeof(*sees); i++) {
		struct kernel_facts facts = { .programs = sees[i].programs };

		if (capability_sees(&facts) != sees[i].want)
			fail_msg("%s: %#x", sees[i].name, capability_sees(&facts));
	}
}

/* Each program serves something, each row is told from the others and says what it costs. */
static void test_table(void **state)
{
	uint64_t served = 0;

	(void)state;
	for (size_t i = 0; i < capability_n(); i++) {
		const struct capability *row = capability_at(i);

		if (named(row->name) != row || !*row->what || !*row->needs || !*row->cost)
			fail_msg("%s: not whole, or twice", row->name);
		served |= row->hooks | row->otherwise;
	}
	/* A spare serves what the program does that it is a spare of. */
	for (unsigned int hook = 0; hook < HOOKS_N; hook++) {
		if (hook_rows[hook].way == HOOK_WAY_SPARE &&
		    (served & HOOK_BIT(hook_rows[hook].spare_of)))
			served |= HOOK_BIT(hook);
	}
	assert_true(served == ALL);
}

/* Of each act the event that proves it, and one that is like it and does not. */
static const struct {
	const char *name;
	struct event event;
	int act; /* -1: nothing */
} notes[] = {
#define TCP .proto = LS_IPPROTO_TCP
#define UDP .proto = LS_IPPROTO_UDP

/* clang-format takes the braces of these values for blocks. */
/* clang-format off */
#define V4(n) { LS_AF_INET, n, { 127, 0, 0, 1 } }
#define V6(n) { LS_AF_INET6, n, { [15] = 1 } }
/* clang-format on */
#define HERE       .session = 7
#define NAME(text) .path = { text, sizeof(text) - 1 }
	{ "exec of another session", { RECORD_EXEC, .session = 8, .tgid = 100 }, -1 },
	{ "exec of another process", { RECORD_EXEC, HERE, .tgid = 101 }, -1 },
	{ "nothing", { RECORD_NONE, HERE, .tgid = 100 }, -1 },
	{ "TCP to another port", { RECORD_CONNECT, HERE, .net = { TCP, .remote = V4(81) } }, -1 },
	{ "TCP to another address",
	  { RECORD_CONNECT, HERE, .net = { TCP, .remote = { LS_AF_INET, 80, { 10, 0, 0, 1 } } } },
	  -1 },
	{ "UDP connect to another port",
	  { RECORD_CONNECT, HERE, .net = { UDP, .remote = V4(80) } },
	  -1 },
	{ "v6 UDP to the port of v4",
	  { RECORD_CONNECT, HERE, .net = { UDP, .remote = V6(4) } },
	  -1 },
	{ "send of another protocol",
	  { RECORD_SEND, HERE, .net = { .proto = 1, .remote = V4(4) } },
	  -1 },
	{ "bind to any address",
	  { RECORD_BIND, HERE, .net = { .local = { LS_AF_INET, 0, { 0 } } } },
	  -1 },
	{ "unix connect of another name",
	  { RECORD_UNIX, HERE, .un = { NAME("@lockstep-canary2") } },
	  -1 },
	{ "unix connect by a path", { RECORD_UNIX, HERE, .un = { NAME("lockstep-canary") } }, -1 },
	{ "exec", { RECORD_EXEC, HERE, .tgid = 100 }, SELFTEST_EXEC },
	{ "exit of the child", { RECORD_EXIT, HERE, .tgid = 101 }, SELFTEST_FORK },
	{ "exit", { RECORD_EXIT, HERE, .tgid = 100 }, SELFTEST_EXIT },
	{ "TCP connect",
	  { RECORD_CONNECT, HERE, .net = { TCP, .remote = V4(80) } },
	  SELFTEST_TCP_CONNECT },
	{ "TCP close", { RECORD_CLOSE, HERE, .close = { .of = 1 } }, SELFTEST_TCP_CLOSE },
	{ "TCP listen",
	  { RECORD_LISTEN, HERE, .net = { TCP, .local = V4(9) } },
	  SELFTEST_TCP_LISTEN },
	{ "UDP connect",
	  { RECORD_CONNECT, HERE, .net = { UDP, .remote = V4(4) } },
	  SELFTEST_UDP_CONNECT4 },
	{ "UDP connect v6",
	  { RECORD_CONNECT, HERE, .net = { UDP, .remote = V6(6) } },
	  SELFTEST_UDP_CONNECT6 },
	{ "UDP send", { RECORD_SEND, HERE, .net = { UDP, .remote = V4(4) } }, SELFTEST_UDP_SEND4 },
	{ "UDP send v6",
	  { RECORD_SEND, HERE, .net = { UDP, .remote = V6(6) } },
	  SELFTEST_UDP_SEND6 },
	{ "bind", { RECORD_BIND, HERE, .net = { .local = V4(0) } }, SELFTEST_BIND4 },
	{ "bind v6", { RECORD_BIND, HERE, .net = { .local = V6(0) } }, SELFTEST_BIND6 },
	{ "a socket of another kind", { RECORD_SOCKET, HERE, .socket = { LS_AF_INET, 2, 1 } }, -1 },
	{ "raw socket",
	  { RECORD_SOCKET, HERE, .socket = { LS_AF_INET, LS_SOCK_RAW, 1 } },
	  SELFTEST_RAW_SOCKET },
	{ "packet socket",
	  { RECORD_SOCKET, HERE, .socket = { LS_AF_PACKET, 2, 0 } },
	  SELFTEST_PACKET_SOCKET },
	{ "another file", { RECORD_WRITE, HERE, .write = { NAME("/proc/1/comma") } }, -1 },
	{ "file write",
	  { RECORD_WRITE, HERE, .write = { NAME("/proc/100/comm") } },
	  SELFTEST_WRITE },
	{ "another exec that fails",
	  { RECORD_EXEC_FAILED, HERE, .failed = { .filename = { "/lockstep-canary", 16 } } },
	  -1 },
	{ "failed exec",
	  { RECORD_EXEC_FAILED, HERE,
	    .failed = { .filename = { SELFTEST_MISSING, sizeof(SELFTEST_MISSING) - 1 } } },
	  SELFTEST_FAILED_EXEC },
	{ "unix connect",
	  { RECORD_UNIX, HERE, .un = { NAME("@lockstep-canary"), .type = LS_UNIX_STREAM } },
	  SELFTEST_UNIX_STREAM },
	{ "unix dgram connect",
	  { RECORD_UNIX, HERE, .un = { NAME("@lockstep-canary"), .type = LS_UNIX_DGRAM } },
	  SELFTEST_UNIX_DGRAM },
	{ "unix send",
	  { RECORD_UNIX, HERE,
	    .un = { NAME("@lockstep-canary"), .type = LS_UNIX_DGRAM, .send = true } },
	  SELFTEST_UNIX_SEND },
};

static struct selftest canary(void)
{
	return (struct selftest){ .programs = ALL & ~BIT(HOOK_UNIX_STREAM) & ~BIT(HOOK_UNIX_DGRAM),
				  .session = 7,
				  .tgid = 100,
				  .tcp_port = 80,
				  .udp_ports = { 4, 6 } };
}

static void test_notes(void **state)
{
	uint32_t all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		struct selftest test = canary();
		uint32_t want = notes[i].act < 0 ? 0 : UINT32_C(1) << notes[i].act;

		selftest_note(&test, &notes[i].event);
		if (test.seen != want)
			fail_msg("%s: got %#x", notes[i].name, test.seen);
		all |= test.seen;
	}
	assert_int_equal(all, BIT(SELFTEST_ACTS) - 1);
}

static const struct {
	const char *name;
	uint32_t unseen; /* bits of acts */
	int act, error;  /* errors[act] */
	bool passed;
	uint64_t absent; /* programs that are not attached */
	const char *told;
} tells[] = {
#define UNIX                                                                                       \
	"unix connect (stream), unix connect (dgram), unix send, raw socket, packet socket, "      \
	"file write, failed exec"
	{ "a socket that root is denied", BIT(SELFTEST_PACKET_SOCKET), SELFTEST_PACKET_SOCKET,
	  EPERM, true, 0,
	  "seen: exec, fork, exit, TCP connect, TCP close, TCP listen, UDP connect (IPv4), "
	  "UDP connect (IPv6), UDP send (IPv4), UDP send (IPv6), bind (IPv4), bind (IPv6), "
	  "unix connect (stream), unix connect (dgram), unix send, raw socket, file write, "
	  "failed exec" },
	{ "a socket that fails otherwise", BIT(SELFTEST_RAW_SOCKET), SELFTEST_RAW_SOCKET, EMFILE,
	  false, 0, "raw socket could not be tried (errno 24)" },
	{ "no cgroup hook, and blind", BIT(SELFTEST_UNIX_DGRAM), 0, 0, false,
	  BIT(HOOK_SENDMSG_UNIX),
	  "unix connect (dgram) was not seen by on_connect_unix (cgroup/connect_unix)" },
	{ "what stands in is blind", BIT(SELFTEST_UNIX_SEND), 0, 0, false, BIT(HOOK_SENDMSG_UNIX),
	  "unix send was not seen by on_unix_dgram_sendmsg (fentry/unix_dgram_sendmsg)" },
	{ "no program for it",
	  BIT(SELFTEST_UNIX_SEND) | BIT(SELFTEST_UNIX_DGRAM) | BIT(SELFTEST_UNIX_STREAM), 0, 0,
	  true, BIT(HOOK_SENDMSG_UNIX) | BIT(HOOK_UNIX_SEND) | BIT(HOOK_CONNECT_UNIX),
	  "seen: exec, fork, exit, TCP connect, TCP close, TCP listen, UDP connect (IPv4), "
	  "UDP connect (IPv6), UDP send (IPv4), UDP send (IPv6), bind (IPv4), bind (IPv6), raw "
	  "socket, packet socket, file write, failed exec" },
	{ "exec is blind", BIT(SELFTEST_EXEC), 0, 0, false, 0,
	  "exec was not seen by on_exec (tp_btf/sched_process_exec)" },
	{ "two are blind", BIT(SELFTEST_UDP_SEND4) | BIT(SELFTEST_BIND6), 0, 0, false, 0,
	  "UDP send (IPv4) was not seen by on_sendmsg4 (cgroup/sendmsg4); "
	  "bind (IPv6) was not seen by on_bind6 (cgroup/bind6)" },
	{ "could not be tried", BIT(SELFTEST_TCP_CONNECT), SELFTEST_TCP_CONNECT, ENETUNREACH, false,
	  0, "TCP connect could not be tried (errno 101)" },
	{ "IPv4 is not optional", BIT(SELFTEST_BIND4), SELFTEST_BIND4, EAFNOSUPPORT, false, 0,
	  "bind (IPv4) could not be tried (errno 97)" },
	{ "failed, and was seen all the same", 0, SELFTEST_UDP_SEND6, EADDRNOTAVAIL, true, 0,
	  "seen: exec, fork, exit, TCP connect, TCP close, TCP listen, UDP connect (IPv4), "
	  "UDP connect (IPv6), UDP send (IPv4), UDP send (IPv6), bind (IPv4), bind (IPv6), " UNIX },
	{ "no IPv6", BIT(SELFTEST_BIND6), SELFTEST_BIND6, EAFNOSUPPORT, true, 0,
	  "seen: exec, fork, exit, TCP connect, TCP close, TCP listen, UDP connect (IPv4), "
	  "UDP connect (IPv6), UDP send (IPv4), UDP send (IPv6), bind (IPv4), " UNIX },
};

static void test_tells(void **state)
{
	struct buf told = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(tells) / sizeof(*tells); i++) {
		struct selftest test = canary();

		test.seen = (uint32_t)(BIT(SELFTEST_ACTS) - 1) & ~tells[i].unseen;
		test.errors[tells[i].act] = tells[i].error;
		test.programs &= ~tells[i].absent;
		buf_reset(&told);
		selftest_tell(&test, &told);
		if (!span_is(buf_span(&told), tells[i].told) ||
		    selftest_passed(&test) != tells[i].passed)
			fail_msg("%s: \"%.*s\"", tells[i].name, (int)told.n, told.p);
	}
	buf_free(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels), cmocka_unit_test(test_since),
		cmocka_unit_test(test_probes),  cmocka_unit_test(test_sees),
		cmocka_unit_test(test_table),   cmocka_unit_test(test_notes),
		cmocka_unit_test(test_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
