/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_PRESENT_GOLDEN_H
#define LOCKSTEP_TESTS_PRESENT_GOLDEN_H

/* What a person sees of each of samples.h, in its order; alert NULL: the same as the line. */
static const struct {
	const char *line, *alert;
} present_golden[] = {
	/* session_start */
	{
		"2026-11-23T20:00:02.000Z s-1 - session_start ticket CHG-1, operator jdoe: "
		"Rotate the certificate\n",
		"lockstep: session s-1: Rotate the certificate\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* exec */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED exec install -m '' $'a b\\n\\x1b[2J' "
		"/etc/  [environment, argument_differs]  nearest step install, argument 4: "
		"approved /etc/nginx/tls/, ran /etc/\n",
		"lockstep: UNAPPROVED command: install -m '' $'a b\\n\\x1b[2J' /etc/\n"
		"  why      a variable that carries code or changes what runs was set "
		"(environment)\n"
		"  why      an argument is not the approved one (argument_differs)\n"
		"  nearest  step install: install -m 0600 /root/staged/*.pem... /etc/nginx/tls/\n"
		"  differs  argument 4: approved /etc/nginx/tls/, ran /etc/\n"
		"  set      LD_PRELOAD=/tmp/x.so\n"
		"  program  /usr/bin/install\n"
		"  who      process 100, user jdoe acting as root, in /root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* exec, hostile */
	{
		"2026-11-23T20:00:02.000Z s-1 INDETERMINATE exec nginx $'\\xff\\xc0\\xaf' x "
		"...(cut when it was recorded)  [argv_truncated]\n",
		"lockstep: INDETERMINATE command: nginx $'\\xff\\xc0\\xaf' x ...(cut when it was "
		"recorded)\n"
		"  why      the arguments were too long to be recorded whole (argv_truncated)\n"
		"  program  /tmp/\\xff/nginx, running the script ./nginx\n"
		"  who      process 100, user jdoe acting as root, in /\\u202e\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* exec, secret */
	{
		"2026-11-23T20:00:02.000Z s-1 approved exec login {secret} --again {secret}  "
		"step check\n",
		NULL,
	},
	/* exit */
	{
		"2026-11-23T20:00:02.000Z s-1 - exit code 3: /usr/bin/curl\n",
		NULL,
	},
	/* exit by signal */
	{
		"2026-11-23T20:00:02.000Z s-1 - exit killed by signal 9: /usr/bin/curl\n",
		NULL,
	},
	/* connect */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED connect tcp 127.0.0.1:443 by "
		"/usr/bin/curl  [connect_not_allowed]\n",
		"lockstep: UNAPPROVED connection to tcp 127.0.0.1:443\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* send */
	{
		"2026-11-23T20:00:02.000Z s-1 approved send udp [2001:db8::1]:53 by "
		"/usr/bin/curl  step check\n",
		NULL,
	},
	/* bind */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED bind ip-132 [::]:0 by /usr/bin/curl  "
		"[connect_not_allowed]\n",
		"lockstep: UNAPPROVED bind to ip-132 [::]:0\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* listen */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED listen tcp 0.0.0.0:80 by /usr/bin/curl  "
		"[connect_not_allowed]\n",
		"lockstep: UNAPPROVED listening on tcp 0.0.0.0:80\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* close, refused */
	{
		"2026-11-23T20:00:02.000Z s-1 - close of connection 8: refused, sent 0 bytes, "
		"received 0\n",
		NULL,
	},
	/* close, late */
	{
		"2026-11-23T20:00:02.000Z s-1 - close of connection 8: connected, sent 12 bytes, "
		"received 1152921504606846976\n",
		NULL,
	},
	/* write */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED write rename /tmp/\\x1b]x to /etc/\\xff\\n"
		" by /usr/bin/curl  [write_not_allowed]\n",
		"lockstep: UNAPPROVED write: rename /tmp/\\x1b]x to /etc/\\xff\\n\n"
		"  why      no rule allows writing this file (write_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* write, not judged */
	{
		"2026-11-23T20:00:02.000Z s-1 - write open /dev/sda by /usr/bin/curl\n",
		NULL,
	},
	/* exec_failed */
	{
		"2026-11-23T20:00:02.000Z s-1 - exec_failed ENOENT: /usr/local/bin/login by /usr/bi"
		"n/curl\n",
		NULL,
	},
	/* exec_failed, hostile */
	{
		"2026-11-23T20:00:02.000Z s-1 - exec_failed errno-511: \\xff\\x1b[2J by /usr/bin/cu"
		"rl\n",
		NULL,
	},
	/* loss */
	{
		"2026-11-23T20:00:02.000Z s-1 LOST loss 3: ring_full, numbers 10 to 12  "
		"[events_lost]\n",
		"lockstep: LOST 3: event numbers 10 to 12\n"
		"  why      the buffer between the kernel and lockstep was full (ring_full)\n"
		"  so       the session can't be called compliant any more\n",
	},
	/* loss without numbers */
	{
		"2026-11-23T20:00:02.000Z s-1 LOST loss 2: member_full  [events_lost]\n",
		"lockstep: LOST 2\n"
		"  why      a new process could not be tracked: the table was full "
		"(member_full)\n"
		"  so       the session can't be called compliant any more\n",
	},
	/* heartbeat */
	{
		"2026-11-23T20:00:02.000Z - - heartbeat 40 records stored, open sessions 1\n",
		NULL,
	},
	/* host */
	{
		"2026-11-23T20:00:02.000Z - - host start\n",
		NULL,
	},
	/* session_end */
	{
		"2026-11-23T20:00:02.000Z s-1 VIOLATION session_end approved 4, unapproved 66, "
		"indeterminate 0  [argument_differs, step_missing, connect_not_allowed]\n",
		"lockstep: VIOLATION: 66 acts were not approved by the ticket, and a step was "
		"not done\n"
		"session s-1, ticket CHG-1 (unsigned), acts: 4 approved, 66 unapproved, 0 "
		"indeterminate\n"
		"done:\n"
		"  check    2 done, 1 failed          nginx -t\n"
		"  shell    1 still running           bash\n"
		"not done:\n"
		"  install  0 of 1 done               install -m 0600 /root/staged/*.pem... "
		"/etc/nginx/tls/\n"
		"in no step:\n"
		"  UNAPPROVED exec: /usr/bin/install \\x1b]52;c;eA==\\x07\\xff...  "
		"[argument_differs]\n"
		"  UNAPPROVED connect: tcp 127.0.0.1:443  [connect_not_allowed]\n"
		"  and 64 more; the record has them all\n"
		"lost: nothing\n"
		"not seen: file writes; what scripts did\n",
	},
	/* session_end, compliant */
	{
		"2026-11-23T20:00:02.000Z s-1 COMPLIANT session_end approved 1, unapproved 0, "
		"indeterminate 0\n",
		"lockstep: COMPLIANT: every act was approved, and every step that had to be done "
		"was done\n"
		"session s-1, ticket CHG-1 (unsigned), acts: 1 approved, 0 unapproved, 0 "
		"indeterminate\n"
		"lost: nothing\n",
	},
	/* session_end, lossy */
	{
		"2026-11-23T20:00:02.000Z s-1 INDETERMINATE session_end approved 4, unapproved 0,"
		" indeterminate 0  [events_lost]\n",
		"lockstep: INDETERMINATE: something was lost or could not be judged, so nobody "
		"can say that all of it was approved\n"
		"session s-1, ticket CHG-1 (unsigned), acts: 4 approved, 0 unapproved, 0 "
		"indeterminate\n"
		"done:\n"
		"  check    2 done, 1 failed          nginx -t\n"
		"  shell    1 still running           bash\n"
		"not done:\n"
		"  install  0 of 1 done               install -m 0600 /root/staged/*.pem... "
		"/etc/nginx/tls/  (may have been lost)\n"
		"lost:\n"
		"  5 events found the buffer full\n"
		"  1 event could not be filled in by the kernel\n"
		"  2 processes could not be tracked\n"
		"  3 records were malformed\n"
		"  6 times the kernel skipped a program of lockstep's\n"
		"  1 event was counted by the kernel and never arrived\n"
		"still alive: 2 processes of the session\n",
	},
	/* unix_connect */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED unix_connect unix stream "
		"/var/run/docker.sock by /usr/bin/curl  [delegation]\n",
		"lockstep: UNAPPROVED connection to unix stream /var/run/docker.sock\n"
		"  why      hands work to a process outside the session (delegation)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* unix_connect, hostile */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED unix_connect unix dgram "
		"@\\x1b[2J\\xff by /usr/bin/curl  [connect_not_allowed]\n",
		"lockstep: UNAPPROVED connection to unix dgram @\\x1b[2J\\xff\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* socket */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED socket packet raw, protocol 768 by "
		"/usr/bin/curl  [connect_not_allowed]\n",
		"lockstep: UNAPPROVED socket: packet raw, protocol 768\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* socket, by numbers */
	{
		"2026-11-23T20:00:02.000Z s-1 UNAPPROVED socket 65535 10, protocol 4294967295 by "
		"/usr/bin/curl  [connect_not_allowed]\n",
		"lockstep: UNAPPROVED socket: 65535 10, protocol 4294967295\n"
		"  why      no rule allows this connection (connect_not_allowed)\n"
		"  program  /usr/bin/curl\n"
		"  who      process 100, user jdoe acting as root\n"
		"  ticket   CHG-1 (unsigned), requested by li.wei@contractor.example, operator "
		"jdoe\n",
	},
	/* ack */
	{ "2026-11-23T20:00:02.000Z s-1 - ack of record 40 by ops: the vendor's agent, "
	  "\u2714\\n\"known\"\n",
	  NULL },
	/* ack, of no session */
	{ "2026-11-23T20:00:02.000Z - - ack of record 18446744073709551615 by root (login uid "
	  "1000): \\x1b[2J\\xff\n",
	  NULL },
	/* rehearsal */
	{
		"2026-11-23T20:00:02.000Z s-2 - session_start ticket -, operator jdoe: -\n",
		"lockstep: session s-2: no ticket, so everything is recorded and nothing is "
		"approved\n",
	},
};

#endif
