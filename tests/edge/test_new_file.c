/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/new_file.h"
#include "lib/cmocka.h"

/* A directory of our own, in which each test runs. */
static char root[] = "/tmp/lockstep-new-file-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(root) || chdir(root);
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") || rmdir(root);
}

/* How many names there are but the given one. */
static unsigned int others(const char *but)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		     strcmp(entry->d_name, but) != 0;
	closedir(dir);
	return n;
}

static void holds(const char *path, const char *want)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, want);
}

static void test_kept(void **state)
{
	char absolute[128];
	const char *const paths[] = { "page", "./page", absolute };
	struct new_file *file;
	struct stat st;

	(void)state;
	snprintf(absolute, sizeof(absolute), "%s/page", root);
	/* the second and the third replace what the first made */
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const char text[] = { (char)('a' + i), 'b', 'c', 0 };

		assert_int_equal(new_file__open(&file, paths[i]), 0);
		assert_int_equal(new_file__write(file, text, 1), 0);
		assert_int_equal(new_file__write(file, text + 1, 2), 0);
		assert_int_equal(new_file__keep(file), 0);
		new_file__free(file);
		holds("page", text);
		assert_int_equal(stat("page", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(st.st_nlink, 1);
		assert_int_equal(others("page"), 0);
	}
	assert_int_equal(unlink("page"), 0);
}

static void test_not_kept(void **state)
{
	struct new_file *file;

	(void)state;
	assert_int_equal(new_file__open(&file, "page"), 0);
	assert_int_equal(new_file__write(file, "x", 1), 0);
	new_file__free(file);
	assert_int_equal(others(""), 0);
	assert_int_equal(new_file__open(&file, "none/page"), -ENOENT);
	assert_null(file);
	assert_int_equal(mkdir("page", 0700), 0);
	assert_int_equal(new_file__open(&file, "page"), -EEXIST);
	assert_int_equal(rmdir("page"), 0);
	/* what came in the way meanwhile stays, and nothing else does */
	assert_int_equal(new_file__open(&file, "page"), 0);
	assert_int_equal(mkdir("page", 0700), 0);
	assert_true(new_file__keep(file) < 0);
	new_file__free(file);
	assert_int_equal(others("page"), 0);
	assert_int_equal(rmdir("page"), 0);
}

/* Ended while it was written, by what can be caught and by what can't. */
static void test_ended(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGKILL };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (child == 0) {
			struct new_file *file;

			signal(signals[i], SIG_DFL);
			if (new_file__open(&file, "page") || new_file__write(file, "x", 1))
				_exit(1);
			raise(signals[i]);
			_exit(2);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		if (others(""))
			fail_msg("signal %d: something is left", signals[i]);
	}
}

/* Where nothing is to be seen of /proc: 1 written as it should be, 77 nobody lets us try. */
static int without_proc(void)
{
	struct new_file *file;
	struct stat st;

	if (chroot(".") && (unshare(CLONE_NEWUSER) || chroot(".")))
		return 77;
	if (new_file__open(&file, "/page") || new_file__write(file, "old", 3) ||
	    others("page") != 1)
		return 2;
	if (new_file__keep(file) || others("page") || stat("/page", &st))
		return 3;
	new_file__free(file);
	if (new_file__open(&file, "/page") || new_file__write(file, "x", 1))
		return 4;
	new_file__free(file);
	return others("page") ? 5 : 1;
}

static void test_named(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(without_proc());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("neither root nor a user namespace: not tried\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 1);
	holds("page", "old");
	assert_int_equal(unlink("page"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
