/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/samples.h"

static const struct session_info sample_session = {
	.id = "s-1", .ticket = "CHG-1", .ticket_sha256 = "ab12", .requester = "li.wei@contractor.example",
	.operator_name = "jdoe", .operator_uid = 1000, .summary = "Rotate the certificate",
	.unsigned_ticket = true, .tgid = 99, .start_ns = 900,
};
static const struct session_info sample_rehearsal = {
	.id = "s-2", .operator_name = "jdoe", .operator_uid = 1000, .quiet = true, .tgid = 98,
};

struct step sample_steps[] = {
	{ .id = "check", .run = { .text = "nginx -t" } },
	{ .id = "install", .run = { .text = "install -m 0600 /root/staged/*.pem... /etc/nginx/tls/" },
	  .times_set = true, .times_min = 1, .times_max = 1 },
	{ .id = "shell", .profile = "login-shell", .run = { .text = "bash" } },
	{ .id = "unused", .profile = "login-shell", .run = { .text = "true" } },
};

#define SAMPLE_EVENT(what)                                                                         \
	.kind = what, .ts_ns = 2000000001, .start_ns = 1900, .sseq = 7, .image = 3, .session = 1,  \
	.tgid = 100, .tid = 101, .ppid = 99, .uid = 1000, .euid = 0, .auid = 1000, .asid = 5,      \
	.mntns = 4026531841u

static const struct program sample_program = { .sha256 = "00ff" };
static const char sample_argv[] = "install\0-m\0\0a b\n\033[2J\0/etc/";
static const char sample_bad_argv[] = "nginx\0\xff\xc0\xaf\0x";
static const char sample_secret_argv[] = "login\0hunter2\0--again\0hunter2";
static const char sample_hash[1][65] = {
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
};

static const struct file_facts sample_unhashed = { .id = { 8 << 20 | 1, 9, 1ull << 60, 1 } };
static const struct file_facts sample_seen = { .id = { .ino = 9, .size = 70 }, .sha256 = "00ee" };

static const struct event sample_events[] = {
	{ SAMPLE_EVENT(RECORD_EXEC),
	  .exec = { .exe = SAMPLE_SPAN("/usr/bin/install"),
		    .cwd = SAMPLE_SPAN("/root"),
		    .root = SAMPLE_SPAN("/"),
		    .filename = SAMPLE_SPAN("/usr/bin/install"),
		    .argv = { sample_argv, sizeof(sample_argv) },
		    .argc = 5,
		    .argv_len = 27,
		    .file = { 259 << 20 | 2, 1234, 5678, 1000000000000000001 },
		    .tty = 136 << 20 | 300,
		    .stdin_kind = LS_STDIN_TTY } },
	{ SAMPLE_EVENT(RECORD_EXEC),
	  .exec = { .exe = SAMPLE_SPAN("/tmp/\xff/nginx"),
		    .cwd = SAMPLE_SPAN("/\xe2\x80\xae"),
		    .root = SAMPLE_SPAN("/jail"),
		    .filename = SAMPLE_SPAN("./nginx"),
		    .interp = SAMPLE_SPAN("/bin/sh"),
		    .argv = { sample_bad_argv, sizeof(sample_bad_argv) },
		    .argc = 4,
		    .argv_len = 50,
		    .exec_flags = LS_EXEC_ARGV_TRUNCATED | LS_EXEC_DELETED |
				  LS_EXEC_PATH_TRUNCATED | LS_EXEC_SECURE | LS_EXEC_ENV_UNREADABLE,
		    .tty = 4 << 20 | 65,
		    .stdin_kind = LS_STDIN_PIPE,
		    .script_seen = &sample_unhashed,
		    .script_looked = true } },
	{ SAMPLE_EVENT(RECORD_EXEC),
	  .exec = { .exe = SAMPLE_SPAN("/usr/bin/login"),
		    .cwd = SAMPLE_SPAN("/"),
		    .root = SAMPLE_SPAN("/"),
		    .filename = SAMPLE_SPAN("login"),
		    .argv = { sample_secret_argv, sizeof(sample_secret_argv) },
		    .argc = 4,
		    .argv_len = 30,
		    .script_seen = &sample_seen } },
	{ SAMPLE_EVENT(RECORD_EXIT), .exit = { .status = 3 << 8 } },
	{ SAMPLE_EVENT(RECORD_EXIT), .exit = { .status = 9 | 0x80 } },
	{ SAMPLE_EVENT(RECORD_CONNECT), .net = { .proto = 6,
						 .local = { 2, 40000, { 127, 0, 0, 1 } },
						 .remote = { 2, 443, { 127, 0, 0, 1 } } } },
	{ SAMPLE_EVENT(RECORD_SEND),
	  .net = { .proto = 17,
		   .local = { .family = 10 },
		   .remote = { 10, 53, { 0x20, 1, 0xd, 0xb8, [15] = 1 } } } },
	{ SAMPLE_EVENT(RECORD_BIND),
	  .net = { .proto = 132, .local = { .family = 10 }, .remote = { .family = 10 } } },
	{ SAMPLE_EVENT(RECORD_LISTEN),
	  .net = { .proto = 6, .local = { 2, 80, { 0 } }, .remote = { .family = 2 } } },
	{ .kind = RECORD_CLOSE,
	  .ts_ns = 5,
	  .start_ns = 1900,
	  .sseq = 9,
	  .image = 3,
	  .session = 1,
	  .tgid = 100,
	  .close = { .of = 8, .error = 111 } },
	{ .kind = RECORD_CLOSE,
	  .ts_ns = 5,
	  .start_ns = 1900,
	  .sseq = 9,
	  .image = 3,
	  .session = 1,
	  .tgid = 100,
	  .close = { .of = 8,
		     .established = true,
		     .bytes_sent = 12,
		     .bytes_received = 1ull << 60 } },
	{ SAMPLE_EVENT(RECORD_UNIX), .un = { .given = SAMPLE_SPAN("../docker.sock"),
					     .path = SAMPLE_SPAN("/var/run/docker.sock"),
					     .root = SAMPLE_SPAN("/"),
					     .type = LS_UNIX_STREAM } },
	{ SAMPLE_EVENT(RECORD_UNIX), .un = { .given = SAMPLE_SPAN("@\033[2J\xff"),
					     .path = SAMPLE_SPAN("@\033[2J\xff"),
					     .root = SAMPLE_SPAN("/jail"),
					     .type = LS_UNIX_DGRAM,
					     .abstract = true,
					     .send = true,
					     .foreign = true } },
	{ SAMPLE_EVENT(RECORD_WRITE),
	  .write = { .path = SAMPLE_SPAN("/etc/\xff\n"),
		     .from = SAMPLE_SPAN("/tmp/\033]x"),
		     .ino = 1ull << 60,
		     .dev = 8 << 20 | 1,
		     .mode = LS_MODE_FILE | 0600,
		     .op = LS_WRITE_RENAME,
		     .write_flags =
			     LS_WRITE_EXCHANGED | LS_WRITE_FOREIGN | LS_WRITE_PATH_TRUNCATED } },
	{ SAMPLE_EVENT(RECORD_WRITE),
	  .write = { .path = SAMPLE_SPAN("/dev/sda"),
		     .dev = 5,
		     .rdev = 8 << 20,
		     .ino = 9,
		     .mode = LS_MODE_BLOCK,
		     .op = LS_WRITE_OPEN,
		     .write_flags = LS_WRITE_EMPTIED | LS_WRITE_CREATED | LS_WRITE_DELETED } },
	{ SAMPLE_EVENT(RECORD_EXEC_FAILED),
	  .failed = { .cwd = SAMPLE_SPAN("/"),
		      .filename = SAMPLE_SPAN("/usr/local/bin/login"),
		      .argv = { sample_secret_argv, sizeof(sample_secret_argv) },
		      .argc = 4,
		      .error = 2,
		      .dirfd = LS_AT_FDCWD } },
	{ SAMPLE_EVENT(RECORD_EXEC_FAILED),
	  .failed = { .cwd = SAMPLE_SPAN("/root"),
		      .filename = SAMPLE_SPAN("\xff\033[2J"),
		      .argc = 1,
		      .argv = SAMPLE_SPAN("x"),
		      .error = 511,
		      .dirfd = 3,
		      .at_flags = 0x1000,
		      .failed_flags = LS_FAILED_ARGV_TRUNCATED | LS_FAILED_UNREADABLE |
				      LS_FAILED_PATH_TRUNCATED } },
	{ SAMPLE_EVENT(RECORD_SOCKET), .socket = { LS_AF_PACKET, LS_SOCK_RAW, 0x0300 } },
	{ SAMPLE_EVENT(RECORD_SOCKET), .socket = { 65535, 10, UINT32_MAX } },
};

static const struct judgement sample_judgements[] = {
	{ .verdict = VERDICT_UNAPPROVED, .reasons = REASON_BIT(argument_differs) | REASON_BIT(environment),
	  .nearest = { .step = &sample_steps[1], .argument = 4, .approved = "/etc/nginx/tls/",
		       .actual = SAMPLE_SPAN("/etc/") },
	  .env = { SAMPLE_SPAN("PATH=/usr/bin"), SAMPLE_SPAN("LD_PRELOAD=/tmp/x.so") }, .env_n = 2,
	  .env_differs = { false, true } },
	{ .verdict = VERDICT_INDETERMINATE, .reasons = REASON_BIT(argv_truncated),
	  .env = { SAMPLE_SPAN("LD_PRELOAD=\xff") }, .env_n = 1, .env_more = 2 },
	{ .verdict = VERDICT_APPROVED, .how = HOW_STEP, .step = &sample_steps[0], .program = &sample_program,
	  .secrets = { { sample_secret_argv + 6, 7 } }, .secrets_n = 1 },
	{ .verdict = VERDICT_UNAPPROVED, .reasons = REASON_BIT(connect_not_allowed) },
	{ .verdict = VERDICT_APPROVED, .how = HOW_PROBE, .step = &sample_steps[0] },
	{ .verdict = VERDICT_UNAPPROVED, .reasons = REASON_BIT(delegation) },
	{ .verdict = VERDICT_UNAPPROVED, .reasons = REASON_BIT(write_not_allowed) },
	{ .secrets = { { sample_secret_argv + 6, 7 } }, .secrets_n = 1 },
	{ .verdict = VERDICT_NONE },
};

static const struct step_facts sample_facts[] = {
	{ .step = &sample_steps[0], .done = 2, .failed = 1, .first_sseq = 2, .last_sseq = 9 },
	{ .step = &sample_steps[1] },
	{ .step = &sample_steps[2], .running = 1, .first_sseq = 1, .last_sseq = 1 },
	{ .step = &sample_steps[3] },
};
static const struct unexplained_act sample_unexplained[] = {
	{ .sseq = 7,
	  .kind = RECORD_EXEC,
	  .verdict = VERDICT_UNAPPROVED,
	  .reasons = REASON_BIT(argument_differs),
	  .text = "/usr/bin/install \033]52;c;eA==\a\xff",
	  .text_n = 30,
	  .cut = true },
	{ .sseq = 8,
	  .kind = RECORD_CONNECT,
	  .verdict = VERDICT_UNAPPROVED,
	  .reasons = REASON_BIT(connect_not_allowed),
	  .text = "tcp 127.0.0.1:443",
	  .text_n = 17 },
};
static const struct reconciliation sample_violation = {
	.outcome = OUTCOME_VIOLATION,
	.reasons = REASON_BIT(argument_differs) | REASON_BIT(connect_not_allowed) | REASON_BIT(step_missing),
	.steps = sample_facts, .steps_n = 4, .own_steps_n = 2, .approved = 4, .unapproved = 66,
	.unexplained = sample_unexplained, .unexplained_n = 2, .unseen = { "file writes", "what scripts did" }, .unseen_n = 2,
};
static const struct reconciliation sample_compliant = { .outcome = OUTCOME_COMPLIANT, .approved = 1 };
static const struct reconciliation sample_lossy = {
	.outcome = OUTCOME_INDETERMINATE, .reasons = REASON_BIT(events_lost),
	.steps = sample_facts, .steps_n = 4, .own_steps_n = 2, .approved = 4,
};
static const struct loss_counts sample_books = { .emitted = 100, .stored = 100 };
static const struct loss_counts sample_lossy_books = {
	.emitted = 100, .stored = 90, .lost = { 5, 1 }, .missed = { 2, 0 }, .refused = 3, .dropped = 4,
	.recursion_misses = 6, .argv_unreadable = 8, .path_unreadable = 9, .unexplained = 1,
};

#define SAMPLE_RECORD(what, session_p)                                                             \
	.kind = what, .seq = 41, .ts_ns = 2000000001, .boot_to_wall_ns = 1795464000000000000,      \
	.host = "web-1", .boot = "b007", .session = session_p
#define SAMPLE_ACT(what, event_i, judgement_p)                                                     \
	SAMPLE_RECORD(what, &sample_session), .event = &sample_events[event_i], .judgement = judgement_p,           \
	.exe = SAMPLE_SPAN("/usr/bin/curl")

const struct sample samples[] = {
	{ "session_start",
	  { SAMPLE_RECORD(RECORD_SESSION_START, &sample_session),
	    .start = { .env = { "PAGER=less\0PERL5OPT=\xff", 21 } } } },
	{ "exec", { SAMPLE_ACT(RECORD_EXEC, 0, &sample_judgements[0]) } },
	{ "exec, hostile", { SAMPLE_ACT(RECORD_EXEC, 1, &sample_judgements[1]) } },
	{ "exec, secret", { SAMPLE_ACT(RECORD_EXEC, 2, &sample_judgements[2]), .secret_hash = sample_hash } },
	{ "exit", { SAMPLE_ACT(RECORD_EXIT, 3, NULL) } },
	{ "exit by signal", { SAMPLE_ACT(RECORD_EXIT, 4, NULL) } },
	{ "connect", { SAMPLE_ACT(RECORD_CONNECT, 5, &sample_judgements[3]) } },
	{ "send", { SAMPLE_ACT(RECORD_SEND, 6, &sample_judgements[4]) } },
	{ "bind", { SAMPLE_ACT(RECORD_BIND, 7, &sample_judgements[3]) } },
	{ "listen", { SAMPLE_ACT(RECORD_LISTEN, 8, &sample_judgements[3]) } },
	{ "close, refused", { SAMPLE_ACT(RECORD_CLOSE, 9, NULL) } },
	{ "close, late", { SAMPLE_ACT(RECORD_CLOSE, 10, NULL), .late = true } },
	{ "write", { SAMPLE_ACT(RECORD_WRITE, 13, &sample_judgements[6]) } },
	{ "write, not judged", { SAMPLE_ACT(RECORD_WRITE, 14, &sample_judgements[8]) } },
	{ "exec_failed", { SAMPLE_ACT(RECORD_EXEC_FAILED, 15, &sample_judgements[7]),
			   .secret_hash = sample_hash } },
	{ "exec_failed, hostile", { SAMPLE_ACT(RECORD_EXEC_FAILED, 16, &sample_judgements[8]) } },
	{ "loss", { SAMPLE_RECORD(RECORD_LOSS, &sample_session), .loss = { 10, 12, 3, "ring_full" } } },
	{ "loss without numbers", { SAMPLE_RECORD(RECORD_LOSS, &sample_session), .loss = { 0, 0, 2, "member_full" } } },
	{ "heartbeat", { SAMPLE_RECORD(RECORD_HEARTBEAT, NULL), .heartbeat = { 40, 1 } } },
	{ "host", { SAMPLE_RECORD(RECORD_HOST, NULL), .host_event = { "start", NULL } } },
	{ "session_end", { SAMPLE_RECORD(RECORD_SESSION_END, &sample_session),
			   .end = { &sample_violation, &sample_books, "last_exit", 0 } } },
	{ "session_end, compliant", { SAMPLE_RECORD(RECORD_SESSION_END, &sample_session),
				      .end = { &sample_compliant, &sample_books, "last_exit", 0 } } },
	{ "session_end, lossy", { SAMPLE_RECORD(RECORD_SESSION_END, &sample_session),
				  .end = { &sample_lossy, &sample_lossy_books, "ended", 2 } } },
	{ "unix_connect", { SAMPLE_ACT(RECORD_UNIX, 11, &sample_judgements[5]) } },
	{ "unix_connect, hostile", { SAMPLE_ACT(RECORD_UNIX, 12, &sample_judgements[3]) } },
	{ "socket", { SAMPLE_ACT(RECORD_SOCKET, 17, &sample_judgements[3]) } },
	{ "socket, by numbers", { SAMPLE_ACT(RECORD_SOCKET, 18, &sample_judgements[3]) } },
	{ "ack", { SAMPLE_RECORD(RECORD_ACK, &sample_session),
		   .ack = { 40, "ops", 1001, LS_NO_ID, SAMPLE_SPAN("the vendor's agent, \u2714\n\"known\"") } } },
	{ "ack, of no session", { SAMPLE_RECORD(RECORD_ACK, NULL),
				  .ack = { 18446744073709551615u, "root", 0, 1000, SAMPLE_SPAN("\033[2J\xff") } } },
	{ "rehearsal", { SAMPLE_RECORD(RECORD_SESSION_START, &sample_rehearsal) } },
};
_Static_assert(sizeof(samples) / sizeof(*samples) == SAMPLES, "as many as samples.h says");
