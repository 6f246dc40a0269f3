/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_RECORD_GOLDEN_H
#define LOCKSTEP_TESTS_RECORD_GOLDEN_H

/*
 * The canonical line of each of samples.h, in its order. A change here is a change of the format
 * that stores and exports keep for years.
 */
#define GOLDEN_HEAD                                                                                \
	"{\"v\":1,\"seq\":41,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"web-1\","      \
	"\"boot\":\"b007\",\"session\":\"s-1\","

#define GOLDEN_SESSION                                                                             \
	"\"ticket\":\"CHG-1\",\"ticket_sha256\":\"ab12\",\"unsigned\":true,"                       \
	"\"requester\":\"li.wei@contractor.example\",\"operator\":\"jdoe\",\"approvers\":[],"

#define GOLDEN_NO_PROCESS                                                                          \
	"\"pid\":null,\"tid\":null,\"ppid\":null,\"parent\":null,\"start\":null,\"uid\":null,"     \
	"\"euid\":null,\"user\":null,\"auid\":null,\"asid\":null,\"exe\":null,\"mntns\":null,"     \
	"\"root\":null,"

static const char *const record_golden[] = {
	/* session_start */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"session_start\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":99,\"tid\":null,\"ppid\":null,\"parent\":null,"
	"\"start\":null,\"uid\":null,\"euid\":null,\"user\":null,\"auid\":null,\"asid\":null,"
	"\"exe\":null,\"mntns\":null,\"root\":null,\"operator_uid\":1000,\"summary\":\"Rotate "
	"the certificate\",\"rehearsal\":false,\"approvals\":[],\"signers_sha256\":null,"
	"\"profiles\":[],\"hosts\":[],\"env\":[\"PAGER=less\",\"PERL5OPT=�\"],"
	"\"env_b64\":[\"UEFHRVI9bGVzcw==\",\"UEVSTDVPUFQ9/w==\"]}",
	/* exec */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exec\",\"verdict\":\"unapproved\",\"reasons\":[\"environment\","
	"\"argument_differs\"],\"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,"
	"\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,"
	"\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,\"exe\":\"/usr/bin/install\","
	"\"mntns\":4026531841,\"root\":\"/\",\"argv\":[\"install\",\"-m\",\"\",\"a "
	"b\\n\\u001b[2J\",\"/etc/\"],\"argc\":5,\"argv_len\":27,\"truncated\":false,"
	"\"unreadable\":false,\"cwd\":\"/root\",\"filename\":\"/usr/bin/install\","
	"\"interp\":null,\"stdin\":\"tty\",\"tty\":\"pts/300\","
	"\"env\":[\"PATH=/usr/bin\",\"LD_PRELOAD=/tmp/x.so\"],\"env_more\":0,\"env_differs\":[1],"
	"\"env_truncated\":false,\"path_truncated\":false,\"fileless\":false,\"deleted\":false,"
	"\"secure\":false,\"foreign\":false,\"dev\":\"259:2\",\"ino\":1234,\"size\":5678,"
	"\"ctime\":\"2001-09-09T01:46:40.000000001Z\",\"sha256\":null,\"script_seen\":null,"
	"\"nearest\":{\"step\":\"install\",\"run\":\"install -m 0600 /root/staged/*.pem... "
	"/etc/nginx/tls/\",\"argument\":4,\"approved\":\"/etc/nginx/tls/\","
	"\"actual\":\"/etc/\",\"actual_len\":5}}",
	/* exec, hostile */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exec\",\"verdict\":\"indeterminate\",\"reasons\":[\"argv_truncated\"],"
	"\"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/tmp/\357\277\275/nginx\",\"exe_b64\":\"L3RtcC//L25naW54\","
	"\"mntns\":4026531841,\"root\":\"/jail\",\"argv\":[\"nginx\","
	"\"\357\277\275\357\277\275\357\277\275\",\"x\"],\"argv_b64\":[\"bmdpbng=\",\"/8Cv\","
	"\"eA==\"],\"argc\":4,\"argv_len\":50,\"truncated\":true,\"unreadable\":false,"
	"\"cwd\":\"/\\u202e\",\"filename\":\"./nginx\",\"interp\":\"/bin/sh\","
	"\"stdin\":\"pipe\",\"tty\":\"ttyS1\",\"env\":[\"LD_PRELOAD=\357\277\275\"],"
	"\"env_b64\":[\"TERfUFJFTE9BRD3/\"],\"env_more\":2,\"env_differs\":[],"
	"\"env_truncated\":true,\"path_truncated\":true,\"fileless\":false,\"deleted\":true,"
	"\"secure\":true,\"foreign\":false,\"dev\":\"0:0\",\"ino\":0,\"size\":0,"
	"\"ctime\":\"1970-01-01T00:00:00.000000000Z\","
	"\"sha256\":null,\"script_seen\":{\"dev\":\"8:1\",\"ino\":9,"
	"\"size\":1152921504606846976,\"ctime\":\"1970-01-01T00:00:00.000000001Z\","
	"\"sha256\":null},\"nearest\":null}",
	/* exec, secret */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exec\",\"verdict\":\"approved\",\"reasons\":[],\"step\":\"check\","
	"\"how\":\"step\",\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/login\",\"mntns\":4026531841,\"root\":\"/\","
	"\"argv\":[\"login\","
	"\"{secret:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\","
	"\"--again\","
	"\"{secret:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\"],"
	"\"secrets\":[1,3],\"argc\":4,\"argv_len\":30,\"truncated\":false,\"unreadable\":false,"
	"\"cwd\":\"/\",\"filename\":\"login\",\"interp\":null,\"stdin\":\"closed\","
	"\"tty\":null,\"env\":[],\"env_more\":0,\"env_differs\":[],\"env_truncated\":false,"
	"\"path_truncated\":false,\"fileless\":false,\"deleted\":false,\"secure\":false,"
	"\"foreign\":false,\"dev\":\"0:0\",\"ino\":0,\"size\":0,"
	"\"ctime\":\"1970-01-01T00:00:00.000000000Z\","
	"\"sha256\":\"00ff\",\"script_seen\":{\"dev\":\"0:0\",\"ino\":9,\"size\":70,"
	"\"ctime\":\"1970-01-01T00:00:00.000000000Z\",\"sha256\":\"00ee\"},\"nearest\":null}",
	/* exit */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exit\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":1900,"
	"\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,"
	"\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,\"exit_code\":3,"
	"\"signal\":null}",
	/* exit by signal */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exit\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":1900,"
	"\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,"
	"\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,\"exit_code\":null,"
	"\"signal\":9}",
	/* connect */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"connect\",\"verdict\":\"unapproved\",\"reasons\":[\"connect_not_allowed\"],"
	"\"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
	"\"proto\":\"tcp\",\"local\":\"127.0.0.1:40000\",\"remote\":\"127.0.0.1:443\"}",
	/* send */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"send\",\"verdict\":\"approved\",\"reasons\":[],\"step\":\"check\","
	"\"how\":\"probe\",\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
	"\"proto\":\"udp\",\"local\":null,\"remote\":\"[2001:db8::1]:53\"}",
	/* bind */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"bind\",\"verdict\":\"unapproved\",\"reasons\":[\"connect_not_allowed\"],"
	"\"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
	"\"proto\":\"ip-132\",\"local\":\"[::]:0\",\"remote\":null}",
	/* listen */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"listen\",\"verdict\":\"unapproved\",\"reasons\":[\"connect_not_allowed\"],"
	"\"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
	"\"proto\":\"tcp\",\"local\":\"0.0.0.0:80\",\"remote\":null}",
	/* close, refused */
	GOLDEN_HEAD
	"\"sseq\":9," GOLDEN_SESSION
	"\"kind\":\"close\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":null,\"ppid\":null,\"parent\":3,"
	"\"start\":1900,\"uid\":null,\"euid\":null,\"user\":null,\"auid\":null,\"asid\":null,"
	"\"exe\":\"/usr/bin/curl\",\"mntns\":null,\"root\":null,\"of\":8,"
	"\"result\":\"refused\",\"bytes_sent\":0,\"bytes_received\":0,\"late\":false}",
	/* close, late */
	GOLDEN_HEAD
	"\"sseq\":9," GOLDEN_SESSION
	"\"kind\":\"close\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":null,\"ppid\":null,\"parent\":3,"
	"\"start\":1900,\"uid\":null,\"euid\":null,\"user\":null,\"auid\":null,\"asid\":null,"
	"\"exe\":\"/usr/bin/curl\",\"mntns\":null,\"root\":null,\"of\":8,"
	"\"result\":\"connected\",\"bytes_sent\":12,\"bytes_received\":1152921504606846976,"
	"\"late\":true}",
	/* write */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"write\",\"verdict\":\"unapproved\",\"reasons\":[\"write_not_allowed\"],\""
	"step\":null,\"how\":null,\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,"
	"\"parent\":3,\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
	"\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,\"op\":\"ren"
	"ame\",\"path\":\"/etc/�\\n\",\"path_b64\":\"L2V0Yy//Cg==\",\"from\":\"/tmp/\\u001b]x"
	"\",\"type\":\"file\",\"created\":false,\"emptied\":false,\"exchanged\":true,\"delete"
	"d\":false,\"foreign\":true,\"path_truncated\":true,\"dev\":\"8:1\",\"ino\":115292150"
	"4606846976,\"rdev\":null}",
	/* write, not judged */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"write\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,\"seve"
	"rity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":1900,\"ui"
	"d\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,\"exe\":\"/usr/bin/cu"
	"rl\",\"mntns\":4026531841,\"root\":null,\"op\":\"open\",\"path\":\"/dev/sda\",\"from"
	"\":null,\"type\":\"block\",\"created\":true,\"emptied\":true,\"exchanged\":false,\"d"
	"eleted\":true,\"foreign\":false,\"path_truncated\":false,\"dev\":\"0:5\",\"ino\":9,"
	"\"rdev\":\"8:0\"}",
	/* exec_failed */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exec_failed\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":190"
	"0,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,\"exe\":\"/usr/"
	"bin/curl\",\"mntns\":4026531841,\"root\":null,\"error\":\"ENOENT\",\"argv\":[\"login"
	"\",\"{secret:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\",\"-"
	"-again\",\"{secret:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}"
	"\"],\"secrets\":[1,3],\"argc\":4,\"truncated\":false,\"unreadable\":false,\"cwd\":\""
	"/\",\"filename\":\"/usr/local/bin/login\",\"dirfd\":null,\"at_flags\":0,\"path_trunc"
	"ated\":false}",
	/* exec_failed, hostile */
	GOLDEN_HEAD
	"\"sseq\":7," GOLDEN_SESSION
	"\"kind\":\"exec_failed\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":190"
	"0,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,\"exe\":\"/usr/"
	"bin/curl\",\"mntns\":4026531841,\"root\":null,\"error\":\"errno-511\",\"argv\":[\"x"
	"\"],\"argc\":1,\"truncated\":true,\"unreadable\":true,\"cwd\":\"/root\",\"filename\""
	":\"�\\u001b[2J\",\"filename_b64\":\"/xtbMko=\",\"dirfd\":3,\"at_flags\":4096,\"path_"
	"truncated\":true}",
	/* loss */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"loss\",\"verdict\":null,\"reasons\":[\"events_lost\"],\"step\":null,"
	"\"how\":null,\"severity\":\"high\"," GOLDEN_NO_PROCESS
	"\"first\":10,\"last\":12,\"count\":3,\"reason\":\"ring_full\"}",
	/* loss without numbers */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"loss\",\"verdict\":null,\"reasons\":[\"events_lost\"],\"step\":null,"
	"\"how\":null,\"severity\":\"high\"," GOLDEN_NO_PROCESS
	"\"first\":null,\"last\":null,\"count\":2,\"reason\":\"member_full\"}",
	/* heartbeat */
	"{\"v\":1,\"seq\":41,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"web-1\","
	"\"boot\":\"b007\",\"session\":null,\"sseq\":null,\"ticket\":null,"
	"\"ticket_sha256\":null,\"unsigned\":null,\"requester\":null,\"operator\":null,"
	"\"approvers\":null,\"kind\":\"heartbeat\",\"verdict\":null,\"reasons\":[],"
	"\"step\":null,\"how\":null,\"severity\":\"info\"," GOLDEN_NO_PROCESS
	"\"stored\":40,\"open_sessions\":1}",
	/* host */
	"{\"v\":1,\"seq\":41,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"web-1\","
	"\"boot\":\"b007\",\"session\":null,\"sseq\":null,\"ticket\":null,"
	"\"ticket_sha256\":null,\"unsigned\":null,\"requester\":null,\"operator\":null,"
	"\"approvers\":null,\"kind\":\"host\",\"verdict\":null,\"reasons\":[],\"step\":null,"
	"\"how\":null,\"severity\":\"info\"," GOLDEN_NO_PROCESS
	"\"what\":\"start\",\"detail\":null}",
	/* session_end */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"session_end\",\"verdict\":null,\"reasons\":[\"argument_differs\","
	"\"step_missing\",\"connect_not_allowed\"],\"step\":null,\"how\":null,"
	"\"severity\":\"high\"," GOLDEN_NO_PROCESS
	"\"outcome\":\"violation\",\"why\":\"last_exit\",\"alive\":0,\"unclosed\":0,\"approved\":4,"
	"\"unapproved\":66,\"indeterminate\":0,\"steps\":[{\"id\":\"check\",\"profile\":null,"
	"\"run\":\"nginx -t\",\"times\":null,\"done\":2,\"failed\":1,\"running\":0,"
	"\"missing\":0,\"first\":2,\"last\":9},{\"id\":\"install\",\"profile\":null,"
	"\"run\":\"install -m 0600 /root/staged/*.pem... /etc/nginx/tls/\",\"times\":1,"
	"\"done\":0,\"failed\":0,\"running\":0,\"missing\":1,\"first\":0,\"last\":0},"
	"{\"id\":\"shell\",\"profile\":\"login-shell\",\"run\":\"bash\",\"times\":null,"
	"\"done\":0,\"failed\":0,\"running\":1,\"missing\":0,\"first\":1,\"last\":1}],"
	"\"in_no_step\":[{\"sseq\":7,\"kind\":\"exec\",\"verdict\":\"unapproved\","
	"\"reasons\":[\"argument_differs\"],\"text\":\"/usr/bin/install "
	"\\u001b]52;c;eA==\\u0007\357\277\275\","
	"\"text_b64\":\"L3Vzci9iaW4vaW5zdGFsbCAbXTUyO2M7ZUE9PQf/\",\"cut\":true},{\"sseq\":8,"
	"\"kind\":\"connect\",\"verdict\":\"unapproved\",\"reasons\":[\"connect_not_allowed\"],"
	"\"text\":\"tcp 127.0.0.1:443\",\"cut\":false}],\"in_no_step_more\":64,"
	"\"not_seen\":[\"file writes\",\"what scripts did\"],\"emitted\":100,\"delivered\":100,"
	"\"stored\":100,\"lost\":{\"ring_full\":0,\"fill\":0,\"untracked\":0},"
	"\"missed\":{\"member_full\":0,\"sock_full\":0},"
	"\"refused\":0,\"not_stored\":0,\"dropped\":0,\"recursion\":0,\"unreadable\":{\"argv\":0,"
	"\"path\":0},\"unexplained\":0}",
	/* session_end, compliant */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"session_end\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
	"\"severity\":\"info\"," GOLDEN_NO_PROCESS
	"\"outcome\":\"compliant\",\"why\":\"last_exit\",\"alive\":0,\"unclosed\":0,\"approved\":1,"
	"\"unapproved\":0,\"indeterminate\":0,\"steps\":[],\"in_no_step\":[],"
	"\"in_no_step_more\":0,\"not_seen\":[],\"emitted\":100,\"delivered\":100,\"stored\":100,"
	"\"lost\":{\"ring_full\":0,\"fill\":0,\"untracked\":0},\"missed\":{\"member_full\":0,"
	"\"sock_full\":0},\"refused\":0,\"not_stored\":0,\"dropped\":0,\"recursion\":0,"
	"\"unreadable\":{\"argv\":0,\"path\":0},\"unexplained\":0}",
	/* session_end, lossy */
	GOLDEN_HEAD
	"\"sseq\":null," GOLDEN_SESSION
	"\"kind\":\"session_end\",\"verdict\":null,\"reasons\":[\"events_lost\"],\"step\":null,"
	"\"how\":null,\"severity\":\"high\"," GOLDEN_NO_PROCESS
	"\"outcome\":\"indeterminate\",\"why\":\"ended\",\"alive\":2,\"unclosed\":0,\"approved\":4,"
	"\"unapproved\":0,\"indeterminate\":0,\"steps\":[{\"id\":\"check\",\"profile\":null,"
	"\"run\":\"nginx -t\",\"times\":null,\"done\":2,\"failed\":1,\"running\":0,"
	"\"missing\":0,\"first\":2,\"last\":9},{\"id\":\"install\",\"profile\":null,"
	"\"run\":\"install -m 0600 /root/staged/*.pem... /etc/nginx/tls/\",\"times\":1,"
	"\"done\":0,\"failed\":0,\"running\":0,\"missing\":0,\"first\":0,\"last\":0},"
	"{\"id\":\"shell\",\"profile\":\"login-shell\",\"run\":\"bash\",\"times\":null,"
	"\"done\":0,\"failed\":0,\"running\":1,\"missing\":0,\"first\":1,\"last\":1}],"
	"\"in_no_step\":[],\"in_no_step_more\":0,\"not_seen\":[],\"emitted\":100,"
	"\"delivered\":93,\"stored\":90,\"lost\":{\"ring_full\":5,\"fill\":1,\"untracked\":0},"
	"\"missed\":{\"member_full\":2,\"sock_full\":0},"
	"\"refused\":3,\"not_stored\":0,\"dropped\":4,\"recursion\":6,\"unreadable\":{\"argv\":8,"
	"\"path\":9},\"unexplained\":1}",
	/* unix_connect */
	GOLDEN_HEAD "\"sseq\":7," GOLDEN_SESSION
		    "\"kind\":\"unix_connect\",\"verdict\":\"unapproved\","
		    "\"reasons\":[\"delegation\"],\"step\":null,\"how\":null,\"severity\":\"high\","
		    "\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,\"start\":1900,\"uid\":1000,"
		    "\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,\"asid\":5,"
		    "\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":\"/\","
		    "\"proto\":\"unix\",\"type\":\"stream\",\"path\":\"/var/run/docker.sock\","
		    "\"given\":\"../docker.sock\",\"abstract\":false,\"send\":false,"
		    "\"foreign\":false,\"service\":\"docker\"}",
	/* unix_connect, hostile */
	GOLDEN_HEAD "\"sseq\":7," GOLDEN_SESSION
		    "\"kind\":\"unix_connect\",\"verdict\":\"unapproved\","
		    "\"reasons\":[\"connect_not_allowed\"],\"step\":null,\"how\":null,"
		    "\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,"
		    "\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
		    "\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":\"/jail\","
		    "\"proto\":\"unix\",\"type\":\"dgram\",\"path\":\"@\\u001b[2J\xef\xbf\xbd\","
		    "\"path_b64\":\"QBtbMkr/\",\"given\":\"@\\u001b[2J\xef\xbf\xbd\","
		    "\"given_b64\":\"QBtbMkr/\",\"abstract\":true,\"send\":true,\"foreign\":true,"
		    "\"service\":null}",
	/* socket */
	GOLDEN_HEAD "\"sseq\":7," GOLDEN_SESSION "\"kind\":\"socket\",\"verdict\":\"unapproved\","
		    "\"reasons\":[\"connect_not_allowed\"],\"step\":null,\"how\":null,"
		    "\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,"
		    "\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
		    "\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
		    "\"family\":\"packet\",\"type\":\"raw\",\"proto\":768}",
	/* socket, by numbers */
	GOLDEN_HEAD "\"sseq\":7," GOLDEN_SESSION "\"kind\":\"socket\",\"verdict\":\"unapproved\","
		    "\"reasons\":[\"connect_not_allowed\"],\"step\":null,\"how\":null,"
		    "\"severity\":\"high\",\"pid\":100,\"tid\":101,\"ppid\":99,\"parent\":3,"
		    "\"start\":1900,\"uid\":1000,\"euid\":0,\"user\":\"jdoe\",\"auid\":1000,"
		    "\"asid\":5,\"exe\":\"/usr/bin/curl\",\"mntns\":4026531841,\"root\":null,"
		    "\"family\":\"65535\",\"type\":\"10\",\"proto\":4294967295}",
	/* ack */
	GOLDEN_HEAD "\"sseq\":null," GOLDEN_SESSION
		    "\"kind\":\"ack\",\"verdict\":null,\"reasons\":[],\"step\":null,\"how\":null,"
		    "\"severity\":\"info\"," GOLDEN_NO_PROCESS
		    "\"of\":40,\"by\":\"ops\",\"by_uid\":1001,\"by_auid\":null,"
		    "\"note\":\"the vendor's agent, \u2714\\n\\\"known\\\"\"}",
	/* ack, of no session */
	"{\"v\":1,\"seq\":41,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"web-1\","
	"\"boot\":\"b007\",\"session\":null,\"sseq\":null,\"ticket\":null,"
	"\"ticket_sha256\":null,\"unsigned\":null,\"requester\":null,\"operator\":null,"
	"\"approvers\":null,\"kind\":\"ack\",\"verdict\":null,\"reasons\":[],\"step\":null,"
	"\"how\":null,\"severity\":\"info\"," GOLDEN_NO_PROCESS
	"\"of\":18446744073709551615,\"by\":\"root\",\"by_uid\":0,\"by_auid\":1000,"
	"\"note\":\"\\u001b[2J\uFFFD\",\"note_b64\":\"G1sySv8=\"}",
	/* rehearsal */
	"{\"v\":1,\"seq\":41,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"web-1\","
	"\"boot\":\"b007\",\"session\":\"s-2\",\"sseq\":null,\"ticket\":null,"
	"\"ticket_sha256\":null,\"unsigned\":false,\"requester\":null,\"operator\":\"jdoe\","
	"\"approvers\":[],\"kind\":\"session_start\",\"verdict\":null,\"reasons\":[],"
	"\"step\":null,\"how\":null,\"severity\":\"info\",\"pid\":98,\"tid\":null,"
	"\"ppid\":null,\"parent\":null,\"start\":null,\"uid\":null,\"euid\":null,\"user\":null,"
	"\"auid\":null,\"asid\":null,\"exe\":null,\"mntns\":null,\"root\":null,"
	"\"operator_uid\":1000,\"summary\":null,\"rehearsal\":true,\"approvals\":[],"
	"\"signers_sha256\":null,\"profiles\":[],\"hosts\":[],\"env\":[]}",
};

#endif
