/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "edge/fsutil.h"
#include "edge/lookup.h"
#include "edge/sha256.h"
#include "edge/ticket_file.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ABC_SHA256                                                                                 \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* FIPS 180-4's */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A directory of our own, in which each test runs, with programs in a/ and b/. */
static char root[] = "/tmp/lockstep-lookup-XXXXXX";

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(chdir(root), 0);
	assert_int_equal(mkdir("a", 0755) | mkdir("b", 0755) | mkdir("p", 0755), 0);
	put("a/plain", "no program", 0644);
	put("b/plain", "abc", 0755);
	put("b/binary", "abc", 0755);
	put("a/second", "first of two", 0755);
	put("b/second", "second of two", 0755);
	put("b/script", "#!/bin/sh\n", 0755);
	put("b/spaced", "#! \t/bin/sh -e x\n", 0755);
	put("b/nested", "#!/bin/sh-of-nobody\n", 0755);
	put("b/relative", "#!sh\n", 0755);
	put("b/empty", "", 0755);
	assert_int_equal(symlink("../b/script", "a/script"), 0);
	assert_int_equal(symlink("../b/binary", "a/link"), 0);
	assert_int_equal(symlink("loop", "a/loop"), 0);
	assert_int_equal(mkdir("a/directory", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"a/plain",      "b/plain",  "b/binary",   "a/second",  "b/second",   "b/script",
		"b/spaced",     "b/nested", "b/relative", "b/empty",   "a/script",   "a/link",
		"a/loop",       "fifo",     "t.yaml",     "link.yaml", "p/one.yaml", "p/two.yaml",
		"p/wrong.yaml", "chain",    "chain1",     "chain2"
	};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		unlink(names[i]);
	rmdir("a/directory");
	rmdir("a");
	rmdir("b");
	rmdir("p");
	assert_int_equal(chdir("/"), 0);
	return rmdir(root);
}

/* A plan of one program, one user, one host, as plan_new() would list them. */
struct asked {
	struct sha256 *sha256;
	char *path[2];
	char a[64], b[64];
	struct program program;
	struct user_name user;
	struct host_name host;
	struct plan plan;
};

static void ask(struct asked *asked, const char *program, const char *user, const char *host)
{
	struct lookup_ops ops = { .hash = sha256__fd };

	*asked = (struct asked){ .program.name = program, .user.name = user, .host.name = host };
	snprintf(asked->a, sizeof(asked->a), "%s/a", root);
	snprintf(asked->b, sizeof(asked->b), "%s/b", root);
	asked->path[0] = asked->a;
	asked->path[1] = asked->b;
	asked->plan = (struct plan){ .path = { asked->path, 2 },
				     .programs = &asked->program,
				     .users = &asked->user,
				     .hosts = &asked->host,
				     .programs_n = program != NULL,
				     .users_n = user != NULL,
				     .hosts_n = host != NULL };
	assert_int_equal(sha256__new(&asked->sha256), 0);
	ops.ctx = asked->sha256;
	assert_int_equal(lookup_plan(&asked->plan, &ops), 0);
}

static void ask_free(struct asked *asked)
{
	for (size_t i = 0; i < asked->program.texts_n; i++)
		free(asked->program.texts[i]);
	free(asked->program.texts);
	free(asked->program.path);
	free(asked->host.addresses);
	sha256__free(asked->sha256);
}

/* path and texts are below `root`; NULL: the program is not found */
static const struct {
	const char *name, *program, *path;
	bool script, interp;
	const char *texts[3];
	const char *sha256; /* NULL: not compared */
} program_rows[] = {
	{ "nowhere", "nosuch", NULL, false, false, { NULL }, NULL },
	{ "a directory", "directory", NULL, false, false, { NULL }, NULL },
	{ "a loop of links", "loop", NULL, false, false, { NULL }, NULL },
	{ "not executable, then one that is",
	  "plain",
	  "/b/plain",
	  false,
	  false,
	  { NULL },
	  ABC_SHA256 },
	{ "the first of two", "second", "/a/second", false, false, { NULL }, NULL },
	{ "a binary", "binary", "/b/binary", false, false, { NULL }, ABC_SHA256 },
	{ "an empty file", "empty", "/b/empty", false, false, { NULL }, EMPTY_SHA256 },
	{ "through a link", "link", "/b/binary", false, false, { NULL }, ABC_SHA256 },
	{ "a script by two texts",
	  "script",
	  "/b/script",
	  true,
	  true,
	  { "/a/script", "/b/script" },
	  NULL },
	{ "blanks and arguments behind #!",
	  "spaced",
	  "/b/spaced",
	  true,
	  true,
	  { "/b/spaced" },
	  NULL },
	{ "no such interpreter", "nested", "/b/nested", true, false, { "/b/nested" }, NULL },
	{ "relative interpreter", "relative", "/b/relative", true, false, { "/b/relative" }, NULL },
};

static bool same_text(const char *got, const char *want)
{
	return strncmp(got, root, strlen(root)) == 0 && strcmp(got + strlen(root), want) == 0;
}

static void check_program(const char *name, const struct program *p, const char *path,
			  const char *const texts[3])
{
	struct stat st;
	size_t n = 0;

	if (!p->found || !p->path || !same_text(p->path, path))
		fail_msg("%s: got \"%s\"", name, p->path ? p->path : "(none)");
	if (stat(p->path, &st) || p->file.ino != st.st_ino ||
	    p->file.size != (uint64_t)st.st_size ||
	    p->file.ctime_ns !=
		    (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec ||
	    p->file.dev == 0)
		fail_msg("%s: another file", name);
	while (n < 3 && texts[n])
		n++;
	if (p->texts_n != n)
		fail_msg("%s: %zu texts", name, p->texts_n);
	for (size_t i = 0; i < n; i++) {
		if (!same_text(p->texts[i], texts[i]))
			fail_msg("%s: text \"%s\"", name, p->texts[i]);
	}
}

static void test_programs(void **state)
{
	struct stat sh;

	(void)state;
	assert_int_equal(stat("/bin/sh", &sh), 0);
	for (size_t i = 0; i < ROWS(program_rows); i++) {
		struct asked asked;
		struct program *p = &asked.program;

		ask(&asked, program_rows[i].program, NULL, NULL);
		if (!program_rows[i].path && p->found)
			fail_msg("%s: found \"%s\"", program_rows[i].name, p->path);
		if (program_rows[i].path)
			check_program(program_rows[i].name, p, program_rows[i].path,
				      program_rows[i].texts);
		if (p->script != program_rows[i].script ||
		    (p->interp_ino != 0) != program_rows[i].interp ||
		    (p->interp_ino && p->interp_ino != sh.st_ino))
			fail_msg("%s: script %d, interpreter %llu", program_rows[i].name, p->script,
				 (unsigned long long)p->interp_ino);
		if (program_rows[i].sha256 && strcmp(p->sha256, program_rows[i].sha256) != 0)
			fail_msg("%s: hash %s", program_rows[i].name, p->sha256);
		ask_free(&asked);
	}
}

/* A script whose interpreter is a script: the kernel loads the last one. */
static void test_chain(void **state)
{
	char text[100], name[100];
	struct asked asked;
	struct stat sh;

	(void)state;
	put("chain2", "#!/bin/sh\n", 0755);
	snprintf(text, sizeof(text), "#!%s/chain2\n", root);
	put("chain1", text, 0755);
	snprintf(text, sizeof(text), "#!%s/chain1\n", root);
	put("chain", text, 0755);
	snprintf(name, sizeof(name), "%s/chain", root);
	assert_int_equal(stat("/bin/sh", &sh), 0);
	ask(&asked, name, NULL, NULL);
	assert_true(asked.program.found && asked.program.script);
	assert_int_equal(asked.program.interp_ino, sh.st_ino);
	ask_free(&asked);
}

/* A script by an absolute name: that text, and the one without links. */
static void test_absolute(void **state)
{
	struct asked asked;
	char name[100];

	(void)state;
	snprintf(name, sizeof(name), "%s/a/script", root);
	ask(&asked, name, NULL, NULL);
	check_program("absolute", &asked.program, "/b/script",
		      (const char *const[3]){ "/a/script", "/b/script" });
	ask_free(&asked);
}

/* On a block device stat()'s is the kernel's own, in another encoding; elsewhere the test below
 * stands alone. */
static void test_block_device(void **state)
{
	struct fs_identity identity;
	struct fs_mounts *mounts;
	struct stat st;
	int fd = open(root, O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	if (major(st.st_dev) != 0) {
		assert_int_equal(fs_mounts__read(&mounts), 0);
		assert_int_equal(fs_identify(mounts, fd, &identity), 0);
		assert_int_equal(identity.id.dev, major(st.st_dev) << 20 | minor(st.st_dev));
		fs_mounts__free(mounts);
	}
	close(fd);
}

/* The kernel's device, as mountinfo has it for the mount that the file is on. */
static void test_device(void **state)
{
	struct fs_identity identity;
	struct fs_mounts *mounts;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	char line[1024];
	unsigned int major_n = 0, minor_n = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u %*u %u:%u / /proc ", &major_n, &minor_n) == 2 &&
		    strstr(line, " / /proc "))
			break;
	}
	fclose(file);
	assert_int_equal(fs_mounts__read(&mounts), 0);
	assert_int_equal(fs_identify(mounts, fd, &identity), 0);
	assert_int_equal(identity.id.dev, major_n << 20 | minor_n);
	fs_mounts__free(mounts);
	close(fd);
}

static const struct {
	const char *name, *user;
	bool found;
	uint32_t uid;
} user_rows[] = {
	{ "nobody of that name", "no-such-user-here", false, 0 },
	{ "the number that is no user", "4294967295", false, 0 },
	{ "a number too large", "4294967296", false, 0 },
	{ "by name", "root", true, 0 },
	{ "by number", "65534", true, 65534 },
};

/*
 * Links made here are of now: before a moment to come they have not changed, since a past one they
 * have.
 */
static void test_led(void **state)
{
	static const struct {
		const char *name, *path, *to;
		bool later, want;
	} rows[] = {
		{ "a link that is newer", "a/link", "b/binary", false, false },
		{ "a link to another", "a/link", "b/script", true, false },
		{ "a loop", "a/loop", "b/binary", true, false },
		{ "nothing", "a/none", "b/binary", true, false },
		{ "below a newer link", "l/binary", "b/binary", false, false },
		{ "a link", "a/link", "b/binary", true, true },
		{ "below a link", "l/binary", "b/binary", true, true },
		{ "a link below a link", "k/link", "b/binary", true, true },
		{ "no link", "b/binary", "b/binary", false, true },
	};
	struct timespec now;
	char path[256], to[256];

	(void)state;
	clock_gettime(CLOCK_REALTIME, &now);
	assert_int_equal(symlink("b", "l"), 0);
	assert_int_equal(symlink("a", "k"), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t since_ns = (now.tv_sec + (rows[i].later ? 1000 : -1000)) * 1000000000ll;

		snprintf(path, sizeof(path), "%s/%s", root, rows[i].path);
		snprintf(to, sizeof(to), "%s/%s", root, rows[i].to);
		if (lookup_led(path, to, since_ns) != rows[i].want)
			fail_msg("%s: want %d", rows[i].name, rows[i].want);
	}
	assert_false(lookup_led("a/link", to, INT64_MAX));
	assert_int_equal(unlink("l") | unlink("k"), 0);
}

static void test_users(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(user_rows); i++) {
		struct asked asked;

		ask(&asked, NULL, user_rows[i].user, NULL);
		if (asked.user.found != user_rows[i].found ||
		    (asked.user.found && asked.user.uid != user_rows[i].uid))
			fail_msg("%s: got %d, %u", user_rows[i].name, asked.user.found,
				 asked.user.uid);
		ask_free(&asked);
	}
}

static const struct {
	const char *name, *operator_name;
	uint32_t uid;
	bool want;
} operator_rows[] = {
	{ "another user", "root", 65534, false },
	{ "no such user", "no-such-user-here", 0, false },
	{ "no such group", "@no-such-group-here", 0, false },
	{ "a group that is not the user's", "@nogroup", 0, false },
	{ "a user without an account", "@root", 3999999999u, false },
	{ "by name", "root", 0, true },
	{ "by number", "0", 0, true },
	{ "by number, without an account", "3999999999", 3999999999u, true },
	{ "by group", "@root", 0, true },
	{ "by the group's number", "@0", 0, true },
};

static void test_operators(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(operator_rows); i++) {
		char *names[] = { (char *)operator_rows[i].operator_name };
		struct ticket ticket = { .operators = { names, 1 } };

		if (lookup_is_operator(&ticket, operator_rows[i].uid) != operator_rows[i].want)
			fail_msg("%s: got %d", operator_rows[i].name, !operator_rows[i].want);
	}
}

static void test_hosts(void **state)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };
	struct asked asked;
	bool seen = false;

	(void)state;
	/* RFC 6761, 6.4: "invalid" never resolves */
	ask(&asked, NULL, NULL, "host.invalid");
	assert_int_equal(asked.host.addresses_n, 0);
	ask_free(&asked);
	ask(&asked, NULL, NULL, "localhost");
	for (size_t i = 0; i < asked.host.addresses_n; i++) {
		assert_int_equal(asked.host.addresses[i].port, 0);
		seen = seen || (asked.host.addresses[i].family == LS_AF_INET &&
				memcmp(asked.host.addresses[i].ip, loopback, 4) == 0);
	}
	assert_true(seen);
	ask_free(&asked);
}

static const struct {
	const char *name, *path;
	size_t max;
	unsigned int flags;
	int want;
	const char *text;
} read_rows[] = {
	{ "nothing there", "nosuch", 100, 0, -ENOENT, NULL },
	{ "a directory", "a", 100, 0, -EISDIR, NULL },
	{ "a FIFO without a writer", "fifo", 100, 0, -EINVAL, NULL },
	{ "a device", "/dev/zero", 100, 0, -EINVAL, NULL },
	{ "one byte too long", "b/binary", 2, 0, -E2BIG, NULL },
	{ "longer than stat says", "/proc/self/maps", 10, 0, -E2BIG, NULL },
	{ "a link where none may be", "a/link", 100, FS_NOFOLLOW, -ELOOP, NULL },
	{ "a link", "a/link", 100, 0, 0, "abc" },
	{ "just long enough", "b/binary", 3, FS_NOFOLLOW, 0, "abc" },
	{ "empty", "b/empty", 0, 0, 0, "" },
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(read_rows); i++) {
		struct buf bytes;
		int ret = fs_read(read_rows[i].path, read_rows[i].max, read_rows[i].flags, &bytes);

		if (ret != read_rows[i].want || (ret && bytes.p) ||
		    (!ret && !span_is(buf_span(&bytes), read_rows[i].text)))
			fail_msg("%s: got %d, %zu bytes", read_rows[i].name, ret, bytes.n);
		buf_free(&bytes);
	}
}

static void test_sha256(void **state)
{
	struct sha256 *sha256;
	char hex[65];

	(void)state;
	assert_int_equal(sha256__new(&sha256), 0);
	assert_int_equal(sha256__bytes(sha256, NULL, 0, "abc", 3, hex), 0);
	assert_string_equal(hex, ABC_SHA256);
	assert_int_equal(sha256__bytes(sha256, "a", 1, "bc", 2, hex), 0);
	assert_string_equal(hex, ABC_SHA256);
	assert_int_equal(sha256__bytes(sha256, NULL, 0, NULL, 0, hex), 0);
	assert_string_equal(hex, EMPTY_SHA256);
	assert_int_equal(sha256__fd(sha256, -1, hex), -EBADF);
	assert_string_equal(hex, "");
	sha256__free(sha256);
}

#define TICKET(profiles)                                                                           \
	"lockstep: 1\nticket: T\nrequester: r\noperators: [o]\n"                                   \
	"window: {from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z}\n"                      \
	"profiles: [" profiles "]\nsteps: [{id: a, run: ls}]\n"

/* why: a part of the line that a person gets, "" when the ticket is accepted */
static const struct {
	const char *name, *file, *ticket;
	unsigned int flags;
	const char *why;
} file_rows[] = {
	{ "no file", "nosuch.yaml", NULL, 0, "nosuch.yaml: No such file" },
	{ "a directory", "a", NULL, 0, "a: Is a directory" },
	{ "a FIFO", "fifo", NULL, 0, "fifo: expected a regular file" },
	{ "a link", "link.yaml", TICKET(""), FS_NOFOLLOW,
	  "link.yaml: expected a file, got a symbolic link" },
	{ "a mistake", "t.yaml", "lockstep: 1\ntickt: T\n", 0,
	  "t.yaml:2:1: expected a key of the ticket" },
	{ "many mistakes", "t.yaml", "lockstep: 2\nticket: a/b\n", 0,
	  "t.yaml:1:11: lockstep: expected the language's version 1, got text \"2\" (and 5 "
	  "more)" },
	{ "no such profile", "t.yaml", TICKET("none"), 0, "p/none.yaml: No such file" },
	{ "a mistake in a profile", "t.yaml", TICKET("one, two"), 0,
	  "p/two.yaml:2:10: profile: expected" },
	{ "a profile of another name", "t.yaml", TICKET("wrong"), 0,
	  "p/wrong.yaml: expected the profile that" },
	{ "no profiles", "t.yaml", TICKET(""), 0, "" },
	{ "through a link", "link.yaml", TICKET(""), 0, "" },
	{ "a profile", "t.yaml", TICKET("one"), 0, "" },
};

static void test_ticket_file(void **state)
{
	(void)state;
	put("p/one.yaml", "lockstep: 1\nprofile: one\npath: [/opt/one]\n", 0644);
	put("p/two.yaml", "lockstep: 1\nprofile: a/b\n", 0644);
	put("p/wrong.yaml", "lockstep: 1\nprofile: right\n", 0644);
	assert_int_equal(symlink("t.yaml", "link.yaml"), 0);
	for (size_t i = 0; i < ROWS(file_rows); i++) {
		struct ticket_file file;
		struct refusal refusal;
		char why[1000] = "";
		int ret;

		if (file_rows[i].ticket)
			put("t.yaml", file_rows[i].ticket, 0644);
		ret = ticket_file_read(file_rows[i].file, "p", file_rows[i].flags, &file, &refusal);
		if (ret)
			refusal_line(&refusal, why, sizeof(why));
		if ((ret == 0) != (file_rows[i].why[0] == 0) ||
		    strncmp(why, file_rows[i].why, strlen(file_rows[i].why)))
			fail_msg("%s: got %d, \"%s\"", file_rows[i].name, ret, why);
		if (ret && (file.ticket || file.profiles || file.bytes.p))
			fail_msg("%s: something is left", file_rows[i].name);
		if (!ret && !span_is(buf_span(&file.bytes), file_rows[i].ticket))
			fail_msg("%s: other bytes", file_rows[i].name);
		if (!ret && file.profiles_n != file.ticket->profiles.n)
			fail_msg("%s: %zu profiles", file_rows[i].name, file.profiles_n);
		ticket_file_free(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),    cmocka_unit_test(test_chain),
		cmocka_unit_test(test_absolute),    cmocka_unit_test(test_block_device),
		cmocka_unit_test(test_device),      cmocka_unit_test(test_users),
		cmocka_unit_test(test_operators),   cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_read),        cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_ticket_file), cmocka_unit_test(test_led),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
