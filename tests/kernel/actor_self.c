// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Says on descriptor 3 what it knows about itself, whatever its arguments are, and exits with the
 * status that ACTOR_EXIT in its environment asks for. Nothing is taken from the test. With
 * ACTOR_EXEC it executes that path first, and says nothing before.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

static void say_bytes(FILE *out, const char *key, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i;

	fprintf(out, "%s ", key);
	for (i = 0; i < n; i++)
		fprintf(out, "%02x", p[i]);
	fputc('\n', out);
}

static void say_strings(FILE *out, const char *key, char **strings)
{
	const unsigned char *p;

	fprintf(out, "%s ", key);
	for (; *strings; strings++) {
		for (p = (const unsigned char *)*strings; *p; p++)
			fprintf(out, "%02x", *p);
		fputs("00", out);
	}
	fputc('\n', out);
}

/* What the kernel keeps as the arguments, which a loader's program is not given whole. */
static void say_cmdline(FILE *out)
{
	char text[4096];
	FILE *in = fopen("/proc/self/cmdline", "re");

	if (!in)
		return;
	say_bytes(out, "cmdline", text, fread(text, 1, sizeof(text), in));
	fclose(in);
}

static void say_link(FILE *out, const char *key, const char *link)
{
	char path[PATH_MAX];
	ssize_t n = readlink(link, path, sizeof(path));

	if (n >= 0)
		say_bytes(out, key, path, (size_t)n);
}

static void say_number_file(FILE *out, const char *key, const char *path)
{
	unsigned long value = 0;
	FILE *in = fopen(path, "re");

	if (!in)
		return;
	if (fscanf(in, "%lu", &value) == 1)
		fprintf(out, "%s %lu\n", key, value);
	fclose(in);
}

static void say_file(FILE *out)
{
	struct stat st;

	if (stat("/proc/self/exe", &st))
		return;
	fprintf(out, "dev %u\nino %llu\nsize %llu\nctime_ns %llu\n",
		major(st.st_dev) << 20 | minor(st.st_dev), (unsigned long long)st.st_ino,
		(unsigned long long)st.st_size,
		(unsigned long long)st.st_ctim.tv_sec * 1000000000ull +
			(unsigned long long)st.st_ctim.tv_nsec);
	if (!stat("/", &st))
		fprintf(out, "root_ino %llu\n", (unsigned long long)st.st_ino);
	if (!stat("/proc/self/ns/mnt", &st))
		fprintf(out, "mntns %llu\n", (unsigned long long)st.st_ino);
}

/* LS_STDIN_* told apart by what stat and isatty say. */
static int stdin_kind(void)
{
	struct stat st;

	if (fstat(0, &st))
		return 0;
	if (isatty(0))
		return 1;
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return 2;
	if (S_ISREG(st.st_mode))
		return 3;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 4 : 5;
}

/* Field 7 of /proc/PID/stat is the terminal in the form of stat(2)'s st_rdev. */
static void say_tty(FILE *out)
{
	int tty = 0;
	FILE *in = fopen("/proc/self/stat", "re");

	if (!in)
		return;
	if (fscanf(in, "%*d %*s %*c %*d %*d %*d %d", &tty) == 1)
		fprintf(out, "tty %u\n", major((unsigned int)tty) << 20 | minor((unsigned int)tty));
	fclose(in);
}

int main(int argc, char **argv)
{
	const char *status = getenv("ACTOR_EXIT"), *again = getenv("ACTOR_EXEC");
	char cwd[PATH_MAX];
	FILE *out;

	if (again) {
		unsetenv("ACTOR_EXEC");
		return execv(again, argv) ? 98 : 0;
	}
	out = fdopen(3, "w");
	if (!out)
		return 99;
	fprintf(out, "pid %d\nppid %d\nuid %u\neuid %u\nargc %d\nstdin %d\n", getpid(), getppid(),
		getuid(), geteuid(), argc, stdin_kind());
	fprintf(out, "secure %lu\n", getauxval(AT_SECURE));
	say_strings(out, "argv", argv);
	say_strings(out, "env", environ);
	say_cmdline(out);
	if (getcwd(cwd, sizeof(cwd)))
		say_bytes(out, "cwd", cwd, strlen(cwd));
	say_link(out, "exe", "/proc/self/exe");
	say_number_file(out, "auid", "/proc/self/loginuid");
	say_number_file(out, "asid", "/proc/self/sessionid");
	say_file(out);
	say_tty(out);
	fclose(out);
	return status ? (int)strtol(status, NULL, 10) : 0;
}
