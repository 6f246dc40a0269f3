/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/host.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { NAMES_BYTES = 1 << 20 }; /* for what a directory service may answer */

/* One short line of /proc, without its newline. */
static int read_line(const char *path, char *out, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, out, n - 1);
	close(fd);
	if (got < 0)
		return -EIO;
	out[got] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int host_read(struct host *out)
{
	struct utsname names;

	memset(out, 0, sizeof(*out));
	if (uname(&names))
		return -errno;
	snprintf(out->name, sizeof(out->name), "%s", names.nodename);
	snprintf(out->kernel, sizeof(out->kernel), "%s", names.release);
	return read_line("/proc/sys/kernel/random/boot_id", out->boot, sizeof(out->boot));
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

uint64_t host_boot_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_BOOTTIME);
}

int64_t host_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The tightest of a few brackets: a preemption between two reads would look like a step. */
int64_t host_boot_to_wall_ns(void)
{
	int64_t best = INT64_MAX, offset = 0;

	for (int i = 0; i < 3; i++) {
		int64_t before = clock_ns(CLOCK_BOOTTIME);
		int64_t wall = clock_ns(CLOCK_REALTIME);
		int64_t after = clock_ns(CLOCK_BOOTTIME);

		if (after - before < best) {
			best = after - before;
			offset = wall - (before + (after - before) / 2);
		}
	}
	return offset;
}

uint32_t host_mntns(void)
{
	struct stat st;

	return stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
}

int host_session_id(char id[HOST_SESSION_ID])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t seconds = (uint64_t)host_wall_ns() / 1000000000, chance;

	id[0] = '\0';
	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return -errno;
	for (int i = 6; i >= 0; i--, seconds >>= 5)
		id[i] = digits[seconds & 31];
	for (int i = 7; i < HOST_SESSION_ID - 1; i++, chance >>= 5)
		id[i] = digits[chance & 31];
	id[HOST_SESSION_ID - 1] = '\0';
	return 0;
}

bool host_login_uid(int pid, uint32_t *uid)
{
	char path[64], text[32], *end;
	unsigned long number;

	*uid = UINT32_MAX;
	snprintf(path, sizeof(path), "/proc/%d/loginuid", pid);
	if (read_line(path, text, sizeof(text)) || !*text)
		return false;
	number = strtoul(text, &end, 10);
	if (*end || number >= UINT32_MAX)
		return false;
	*uid = (uint32_t)number;
	return true;
}

void host_local_user_name(uint32_t uid, char *name, size_t n)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd room, *user = NULL;
	char text[4096];
	bool found = false;

	while (file && !found && !fgetpwent_r(file, &room, text, sizeof(text), &user))
		found = user->pw_uid == uid;
	if (found)
		snprintf(name, n, "%s", user->pw_name);
	else
		snprintf(name, n, "%u", uid);
	if (file)
		fclose(file);
}

void host_user_name(uint32_t uid, char *name, size_t n)
{
	char *text = malloc(NAMES_BYTES);
	struct passwd room, *user = NULL;

	if (text)
		getpwuid_r(uid, &room, text, NAMES_BYTES, &user);
	if (user)
		snprintf(name, n, "%s", user->pw_name);
	else
		snprintf(name, n, "%u", uid);
	free(text);
}
