/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/base/span.h"
#include "core/serve/config.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *name, *text;
	unsigned int line, column;
	const char *message; /* a part of it */
} bad_rows[] = {
	{ "a text", "store\n", 1, 1, "expected the configuration (a mapping)" },
	{ "unknown key", "lockstep: 1\nstroe: /x\n", 2, 1, "is it \"store\"?), got \"stroe\"" },
	{ "repeated key", "store: /x\nstore: /y\n", 2, 1, "expected \"store\" once" },
	{ "version", "lockstep: 2\n", 1, 11, "version 1" },
	{ "relative path", "store: lockstep.db\n", 1, 8, "store: expected an absolute path" },
	{ "path with dots", "tickets: /etc/../tickets\n", 1, 10, "without . or .." },
	{ "path a list", "profiles: [/x]\n", 1, 11, "got a sequence" },
	{ "run_dir too long",
	  "run_dir: "
	  "/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/"
	  "123456789/1\n",
	  1, 10, "run_dir: expected a path of at most 90 bytes" },
	{ "cgroup empty", "cgroup:\n", 1, 8, "got nothing" },
	{ "group", "group: \"a b\"\n", 1, 8, "group: " },
	{ "a file of the store, 0", "store_file_mib: 0\n", 1, 17, "a number from 1" },
	{ "one file kept", "store_keep_files: 1\n", 1, 19, "from 2 to 4096, or all" },
	{ "days, a word", "store_keep_days: none\n", 1, 18, "from 1 to 36500, or all" },
	{ "key, not absolute", "key: host.key\n", 1, 6, "absolute" },
	{ "ring, no power of two", "ring_kib: 8191\n", 1, 11,
	  "a power of two from 64 to 1048576, got text \"8191\"" },
	{ "ring too small", "ring_kib: 32\n", 1, 11, "a power of two" },
	{ "ring too large", "ring_kib: 2097152\n", 1, 11, "a power of two" },
	{ "ring 0", "ring_kib: 0\n", 1, 11, "a power of two" },
	{ "ring in quotes", "ring_kib: \"64\"\n", 1, 11, "got quoted text" },
	{ "alerts a text", "alerts: syslog\n", 1, 9, "a list of journald and syslog" },
	{ "alerts, unknown", "alerts: [email]\n", 1, 10, "expected journald or syslog, got" },
	{ "alerts, mistyped", "alerts: [sylsog]\n", 1, 10,
	  "expected journald or syslog (is it \"syslog\"?), got text \"sylsog\"" },
	{ "limits a number", "limits: 5\n", 1, 9, "the limits (a mapping)" },
	{ "limits, unknown", "limits: {procs: 1}\n", 1, 10,
	  "expected a key of the limits (sessions, members" },
	{ "sessions 0", "limits: {sessions: 0}\n", 1, 20,
	  "sessions: expected a number from 1 to 1024" },
	{ "sessions too many", "limits: {sessions: 1025}\n", 1, 20, "from 1 to 1024" },
	{ "members too few", "limits: {members: 63}\n", 1, 19, "from 64 to 4194304" },
	{ "members too many", "limits: {members: 4194305}\n", 1, 19, "from 64 to 4194304" },
	{ "subscriber_kib", "limits: {subscriber_kib: 63}\n", 1, 26, "from 64 to 65536" },
	{ "argv_kib", "limits: {argv_kib: 2049}\n", 1, 20, "from 4 to 2048" },
	{ "env_kib", "limits: {env_kib: 3}\n", 1, 19, "from 4 to 2048" },
	{ "clients", "limits: {clients: many}\n", 1, 19, "from 1 to 1024, got text \"many\"" },
	{ "second document", "store: /x\n---\n", 2, 1, "expected one document" },
	{ "signatures", "signatures: none\n", 1, 13, "expected required or optional" },
	{ "signatures a list", "signatures: [optional]\n", 1, 13, "expected required or optional" },
	{ "break_glass", "break_glass: yes\n", 1, 14, "expected allowed or forbidden" },
	{ "allowed_signers", "allowed_signers: keys\n", 1, 18, "an absolute path" },
	{ "unticketed a text", "unticketed: off\n", 1, 13, "expected unticketed (a mapping)" },
	{ "unticketed, unknown", "unticketed: {login: off}\n", 1, 14, "is it \"logins\"?" },
	{ "logins", "unticketed: {logins: on}\n", 1, 22, "expected recorded or off" },
	{ "ignore a text", "unticketed: {ignore: /usr/sbin/cron}\n", 1, 22, "a list of paths" },
	{ "ignore, relative", "unticketed: {ignore: [/usr/sbin/cron, atd]}\n", 1, 39,
	  "an absolute path" },
	{ "anchor", "store: &a /x\n", 1, 8, "got an anchor" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		struct errs errs;
		const struct err *err = &errs.v[0];
		struct config config;
		int ret = config_parse(bad_rows[i].text, strlen(bad_rows[i].text), &config, &errs);

		if (ret != -EINVAL || config.store || errs.n != 1 ||
		    err->line != bad_rows[i].line || err->column != bad_rows[i].column ||
		    !strstr(err->message, bad_rows[i].message))
			fail_msg("%s: got %d, %zu errors, %u:%u: %s", bad_rows[i].name, ret, errs.n,
				 err->line, err->column, err->message);
	}
}

/* All that is wrong is told, and a default is no leak where two values came for it. */
static void test_many(void **state)
{
	static const char text[] =
		"stroe: {a: [b]}\nring_kib: 1\nlimits: {clients: 0, sessions: 0}\n"
		"store: /a\nstore: /b\npins: x\n";
	static const unsigned int lines[] = { 1, 2, 3, 3, 5, 6 };
	struct config config;
	struct errs errs;

	(void)state;
	assert_int_equal(config_parse(text, sizeof(text) - 1, &config, &errs), -EINVAL);
	assert_int_equal(errs.n, ROWS(lines));
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(errs.v[i].line, lines[i]);
	assert_null(config.store);
}

static void test_too_long(void **state)
{
	static char text[(64 << 10) + 1];
	struct config config;
	struct errs errs;

	(void)state;
	memset(text, ' ', sizeof(text));
	assert_int_equal(config_parse(text, sizeof(text), &config, &errs), -E2BIG);
	assert_int_equal(errs.n, 1);
	assert_null(config.store);
	assert_int_equal(config_parse(text, sizeof(text) - 1, &config, &errs), 0);
	assert_int_equal(errs.n, 0);
	config_free(&config);
}

static bool ignores(const struct config *config, const char *const *paths, size_t n)
{
	bool same = config->unticketed.ignore_n == n;

	for (size_t i = 0; same && i < n; i++)
		same = strcmp(config->unticketed.ignore[i], paths[i]) == 0;
	return same;
}

static void check_defaults(const char *name, const struct config *config)
{
	static const char *const ignored[] = { "/usr/sbin/cron", "/usr/sbin/crond", "/usr/sbin/atd",
					       "/usr/lib/systemd/systemd" };

	if (config->unticketed.off || !ignores(config, ignored, ROWS(ignored)))
		fail_msg("%s: another default of unticketed", name);
	if (config->signatures_optional || config->break_glass)
		fail_msg("%s: signatures are not required", name);
	if (strcmp(config->store, "/var/lib/lockstep/lockstep.db") != 0 ||
	    strcmp(config->run_dir, "/run/lockstep") != 0 ||
	    strcmp(config->tickets, "/etc/lockstep/tickets") != 0 ||
	    strcmp(config->profiles, LOCKSTEP_PREFIX "/share/lockstep/profiles") != 0 ||
	    config->cgroup || config->group || config->ring_kib != 8192 || config->alerts != 0 ||
	    config->limits.sessions != 256 || config->limits.members != 65536 ||
	    config->limits.argv_kib != 2048 || config->limits.env_kib != 256)
		fail_msg("%s: another default", name);
}

static const struct {
	const char *name, *text;
} default_rows[] = {
	{ "nothing", "" },
	{ "comments", "# a\n\n  # b: c\n" },
	{ "the version", "lockstep: 1\n" },
	{ "an empty mapping", "{}\n" },
	{ "no alerts", "alerts: []\n" },
	{ "no limits", "limits: {}\n" },
	{ "nothing of unticketed", "unticketed: {}\n" },
	{ "logins as they are", "unticketed: {logins: recorded}\n" },
};

static void test_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(default_rows); i++) {
		struct errs errs;
		struct config config;

		if (config_parse(default_rows[i].text, strlen(default_rows[i].text), &config,
				 &errs))
			fail_msg("%s: refused, %s", default_rows[i].name, errs.v[0].message);
		check_defaults(default_rows[i].name, &config);
		config_free(&config);
	}
}

static void test_all(void **state)
{
	static const char text[] =
		"lockstep: 1\n"
		"store: /srv/l.db\n"
		"run_dir: /run/l\n"
		"tickets: /srv/t\n"
		"profiles: /srv/p\n"
		"cgroup: /sys/fs/cgroup/system.slice\n"
		"group: adm\n"
		"signatures: optional\n"
		"allowed_signers: /srv/s\n"
		"revoked_keys: /srv/r\n"
		"break_glass: allowed\n"
		"ring_kib: 64\n"
		"key: /etc/lockstep/host.key\n"
		"store_file_mib: 7\n"
		"store_keep_files: 3\n"
		"store_keep_days: all\n"
		"alerts: [journald, syslog]\n"
		"unticketed: {logins: off, ignore: [/srv/a, /srv/b]}\n"
		"limits: {sessions: 1, members: 64, subscribers: 2, subscriber_kib: 64,\n"
		"  clients: 3, argv_kib: 4, env_kib: 5}\n";
	struct config config;

	(void)state;
	assert_int_equal(config_parse(text, sizeof(text) - 1, &config, NULL), 0);
	assert_string_equal(config.store, "/srv/l.db");
	assert_string_equal(config.run_dir, "/run/l");
	assert_string_equal(config.tickets, "/srv/t");
	assert_string_equal(config.profiles, "/srv/p");
	assert_string_equal(config.cgroup, "/sys/fs/cgroup/system.slice");
	assert_string_equal(config.group, "adm");
	assert_true(config.signatures_optional && config.break_glass);
	assert_string_equal(config.signers, "/srv/s");
	assert_string_equal(config.revoked, "/srv/r");
	assert_int_equal(config.ring_kib, 64);
	assert_string_equal(config.key, "/etc/lockstep/host.key");
	assert_int_equal(config.store_file_mib, 7);
	assert_int_equal(config.store_keep_files, 3);
	assert_int_equal(config.store_keep_days, 0);
	assert_true(config.unticketed.off);
	assert_true(ignores(&config, (const char *const[]){ "/srv/a", "/srv/b" }, 2));
	assert_int_equal(config.alerts, CONFIG_ALERTS_JOURNALD | CONFIG_ALERTS_SYSLOG);
	assert_int_equal(config.limits.sessions, 1);
	assert_int_equal(config.limits.members, 64);
	assert_int_equal(config.limits.subscribers, 2);
	assert_int_equal(config.limits.subscriber_kib, 64);
	assert_int_equal(config.limits.clients, 3);
	assert_int_equal(config.limits.argv_kib, 4);
	assert_int_equal(config.limits.env_kib, 5);
	config_free(&config);
}

/* The list that is given is the whole list. */
static void test_ignore_none(void **state)
{
	static const char text[] = "unticketed: {ignore: []}\n";
	struct config config;

	(void)state;
	assert_int_equal(config_parse(text, sizeof(text) - 1, &config, NULL), 0);
	assert_false(config.unticketed.off);
	assert_int_equal(config.unticketed.ignore_n, 0);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignore_none), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many),        cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_defaults),    cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
