/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/wait.h"
#include "edge/fsutil.h"
#include "edge/script.h"
#include "edge/sha256.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ABC_SHA256                                                                                 \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* FIPS 180-4's */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A directory of our own, in which each test runs. */
static char root[] = "/tmp/lockstep-script-XXXXXX";

struct hasher {
	struct sha256 *sha256;
	unsigned int calls;
	const char *grow; /* a file to append to after it was read */
};

static void put(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static void put_sparse(const char *name, off_t size)
{
	put(name, "");
	assert_int_equal(truncate(name, size), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(chdir(root), 0);
	put("abc", "abc");
	put("empty", "");
	put("secret", "abc");
	assert_int_equal(chmod("secret", 0), 0);
	put_sparse("huge", (off_t)SCRIPT_HASH_MAX + 1);
	put_sparse("sparse", (off_t)1 << 40);
	assert_int_equal(mkdir("directory", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("abc", "link"), 0);
	assert_int_equal(symlink("fifo", "link-to-fifo"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(symlink("gone", "dangling"), 0);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "abc",    "empty",    "secret", "huge",
					     "sparse", "fifo",     "link",   "link-to-fifo",
					     "loop",   "dangling", "edited" };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		unlink(names[i]);
	rmdir("directory");
	assert_int_equal(chdir("/"), 0);
	return rmdir(root);
}

static int count_hashes(void *ctx, int fd, uint64_t max, char hex[65])
{
	struct hasher *hasher = ctx;
	int ret;

	hasher->calls++;
	ret = sha256__fd_most(hasher->sha256, fd, max, hex);
	if (hasher->grow) {
		FILE *file = fopen(hasher->grow, "a");

		assert_non_null(file);
		assert_int_equal(fputs("more", file) < 0, 0);
		assert_int_equal(fclose(file), 0);
	}
	return ret;
}

static struct scripts *open_scripts(struct hasher *hasher)
{
	const struct script_ops ops = { .hash = count_hashes, .ctx = hasher };
	struct scripts *scripts;

	*hasher = (struct hasher){ 0 };
	assert_int_equal(sha256__new(&hasher->sha256), 0);
	assert_int_equal(scripts__new(&scripts, &ops), 0);
	return scripts;
}

static bool look(struct scripts *scripts, const char *name, struct file_facts *out)
{
	char path[5000];

	snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : root,
		 name[0] == '/' ? "" : "/", name);
	return scripts__look(scripts, (struct span){ path, strlen(path) }, out);
}

/* name: below `root`, or absolute; sha256 NULL: it is not seen */
static const struct {
	const char *name, *path, *sha256;
} rows[] = {
	{ "not there", "none", NULL },
	{ "a dangling link", "dangling", NULL },
	{ "a loop of links", "loop", NULL },
	{ "a directory", "directory", NULL },
	{ "a FIFO", "fifo", NULL },
	{ "a FIFO behind a link", "link-to-fifo", NULL },
	{ "a device", "/dev/zero", NULL },
	{ "the terminal", "/dev/tty", NULL },
	{ "a descriptor, which would be the collector's own", "/dev/fd/0", NULL },
	{ "the collector's own directory", "/proc/self/cwd/abc", NULL },
	{ "below a file", "abc/x", NULL },
	{ "over the bound", "huge", "" },
	{ "a terabyte of nothing", "sparse", "" },
	{ "a file", "abc", ABC_SHA256 },
	{ "an empty file", "empty", EMPTY_SHA256 },
	{ "a file behind a link", "link", ABC_SHA256 },
	{ "with .. in its path", "directory/../abc", ABC_SHA256 },
};

static void test_files(void **state)
{
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct file_facts facts;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool seen = look(scripts, rows[i].path, &facts);

		if (seen != (rows[i].sha256 != NULL))
			fail_msg("%s: %s", rows[i].name, seen ? "seen" : "not seen");
		if (seen && strcmp(facts.sha256, rows[i].sha256) != 0)
			fail_msg("%s: hash \"%s\"", rows[i].name, facts.sha256);
		if (seen && facts.id.ino == 0)
			fail_msg("%s: no facts", rows[i].name);
	}
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* What is no absolute path of a length that the kernel takes. */
static void test_paths(void **state)
{
	static char many[5000];
	static const struct span bad[] = { { "", 0 }, { "abc", 3 }, { many, sizeof(many) } };
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct file_facts facts;

	(void)state;
	memset(many, '/', sizeof(many));
	for (size_t i = 0; i < ROWS(bad); i++) {
		if (scripts__look(scripts, bad[i], &facts))
			fail_msg("path %zu is seen", i);
	}
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* As lookup.c describes a program, or the judge would compare two things. */
static void test_identity(void **state)
{
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct fs_identity identity;
	struct fs_mounts *mounts;
	struct file_facts facts;
	int fd = open("abc", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fs_mounts__read(&mounts), 0);
	assert_int_equal(fs_identify(mounts, fd, &identity), 0);
	assert_true(look(scripts, "link", &facts));
	assert_int_equal(facts.id.dev, identity.id.dev);
	assert_int_equal(facts.id.ino, identity.id.ino);
	assert_int_equal(facts.id.size, 3);
	assert_int_equal(facts.id.ctime_ns, identity.id.ctime_ns);
	fs_mounts__free(mounts);
	close(fd);
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

static uint64_t ctime_ns(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec;
}

static void test_hashed_once(void **state)
{
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct file_facts first, second;

	(void)state;
	put("edited", "abc");
	assert_true(look(scripts, "edited", &first));
	assert_true(look(scripts, "edited", &second));
	assert_int_equal(hasher.calls, 1);
	assert_string_equal(second.sha256, ABC_SHA256);
	/* ctime is taken from a clock that stands still for a tick. */
	do
		put("edited", "cba");
	while (ctime_ns("edited") == first.id.ctime_ns);
	assert_true(look(scripts, "edited", &second));
	assert_int_equal(hasher.calls, 2);
	assert_int_equal(second.id.ino, first.id.ino);
	assert_int_not_equal(second.id.ctime_ns, first.id.ctime_ns);
	assert_string_not_equal(second.sha256, first.sha256);
	assert_true(look(scripts, "huge", &second));
	assert_int_equal(hasher.calls, 2);
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* A hash of bytes that were being written is the hash of nothing that ran. */
static void test_changed_meanwhile(void **state)
{
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct file_facts facts;

	(void)state;
	put("edited", "abc");
	hasher.grow = "edited";
	assert_true(look(scripts, "edited", &facts));
	assert_string_equal(facts.sha256, "");
	assert_int_equal(facts.id.size, 7);
	hasher.grow = NULL;
	assert_true(look(scripts, "edited", &facts));
	assert_string_not_equal(facts.sha256, "");
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* A writer that stays in front of the reader must not keep it reading. */
static void test_bound(void **state)
{
	struct sha256 *sha256;
	char hex[65];
	int fd;

	(void)state;
	assert_int_equal(sha256__new(&sha256), 0);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sha256__fd_most(sha256, fd, 1000000, hex), -EFBIG);
	assert_string_equal(hex, "");
	close(fd);
	fd = open("abc", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sha256__fd_most(sha256, fd, 2, hex), -EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(sha256__fd_most(sha256, fd, 3, hex), 0);
	assert_string_equal(hex, ABC_SHA256);
	close(fd);
	sha256__free(sha256);
}

/* Somebody's lease makes an open(2) wait for up to 45 s: then there is no hash. */
static void test_lease(void **state)
{
	struct hasher hasher;
	struct scripts *scripts = open_scripts(&hasher);
	struct file_facts facts;
	int fd = open("abc", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_int_equal(fcntl(fd, F_SETSIG, SIGCHLD), 0);
	if (fcntl(fd, F_SETLEASE, F_WRLCK))
		skip(); /* no leases on this file system */
	assert_true(look(scripts, "abc", &facts));
	assert_string_equal(facts.sha256, "");
	assert_int_equal(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	close(fd);
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* A mount of the session's own, on top of the script: its device is that of the file now there. */
static void test_mounted_over(void **state)
{
	struct hasher hasher;
	struct scripts *scripts;
	struct file_facts before, after;

	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip(); /* no mount namespace of our own: needs root */
	put("directory/abc", "abc");
	scripts = open_scripts(&hasher);
	assert_true(look(scripts, "directory/abc", &before));
	assert_int_equal(mount("none", "directory", "tmpfs", 0, NULL), 0);
	put("directory/abc", "abc");
	assert_true(look(scripts, "directory/abc", &after));
	assert_int_not_equal(before.id.dev, after.id.dev);
	assert_string_equal(after.sha256, ABC_SHA256);
	assert_int_equal(umount("directory"), 0);
	assert_int_equal(unlink("directory/abc"), 0);
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

/* A file system whose server never answers: whoever asks it waits for ever. */
static void test_fuse(void **state)
{
	struct hasher hasher;
	struct scripts *scripts;
	struct file_facts facts;
	char opts[80];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	(void)state;
	snprintf(opts, sizeof(opts), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("nobody", "directory", "fuse", 0, opts))
		skip(); /* no FUSE here: needs root and /dev/fuse */
	scripts = open_scripts(&hasher);
	alarm((unsigned int)wait_seconds());
	assert_false(look(scripts, "directory/abc", &facts));
	assert_false(look(scripts, "directory", &facts));
	assert_true(look(scripts, "abc", &facts));
	alarm(0);
	assert_int_equal(umount2("directory", MNT_DETACH), 0);
	close(fd);
	scripts__free(scripts);
	sha256__free(hasher.sha256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_hashed_once),
		cmocka_unit_test(test_changed_meanwhile),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_lease),
		cmocka_unit_test(test_mounted_over),
		cmocka_unit_test(test_fuse),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
