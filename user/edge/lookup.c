/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/fsutil.h"

enum {
	INTERPRETERS_MAX = 5, /* search_binary_handler() in fs/exec.c: deeper is ELOOP */
	SHEBANG_MAX = 255,    /* BINPRM_BUF_SIZE less one */
	ADDRESSES_MAX = 64,
	GROUPS_MAX = 65536, /* NGROUPS_MAX */
};

struct lookup {
	const struct lookup_ops *ops;
	struct fs_mounts *mounts;
	const struct strings *path;
};

static int open_program(const char *path)
{
	int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
	int fd = open(path, O_RDONLY | flags);

	/* a program may be executable and not readable */
	return fd < 0 && errno == EACCES ? open(path, O_PATH | flags) : fd;
}

/* execvp(3)'s choice: a regular file that somebody may execute. */
static bool is_executable(const char *path, struct stat *st)
{
	return stat(path, st) == 0 && S_ISREG(st->st_mode) && (st->st_mode & 0111) != 0;
}

/* The interpreter that a script's first line names, as load_script() in fs/binfmt_script.c reads
 * it. */
static bool read_shebang(int fd, char interp[SHEBANG_MAX + 1])
{
	char line[SHEBANG_MAX + 1];
	ssize_t n = pread(fd, line, SHEBANG_MAX, 0);
	size_t begin = 2, length;

	interp[0] = 0;
	if (n < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	begin += strspn(line + begin, " \t");
	length = strcspn(line + begin, " \t");
	memcpy(interp, line + begin, length);
	interp[length] = 0;
	return true;
}

/* The binary at the end of a chain of interpreters: that is the file that the kernel loads. */
static void find_interpreter(const struct lookup *lookup, const char *name, struct program *program)
{
	char path[SHEBANG_MAX + 1];

	snprintf(path, sizeof(path), "%s", name);
	for (int i = 0; i < INTERPRETERS_MAX; i++) {
		struct fs_identity identity;
		/* a relative interpreter depends on the caller's directory: none is it */
		int fd = path[0] == '/' ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
					: -1;
		bool script;

		if (fd < 0)
			return;
		if (fs_identify(lookup->mounts, fd, &identity) || !S_ISREG(identity.mode)) {
			close(fd);
			return;
		}
		script = read_shebang(fd, path);
		close(fd);
		if (!script) {
			program->interp_dev = identity.id.dev;
			program->interp_ino = identity.id.ino;
			return;
		}
	}
}

static int add_text(struct program *program, const char *text)
{
	char **texts;

	for (size_t i = 0; i < program->texts_n; i++) {
		if (strcmp(program->texts[i], text) == 0)
			return 0;
	}
	texts = reallocarray(program->texts, program->texts_n + 1, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	program->texts = texts;
	texts[program->texts_n] = strdup(text);
	if (!texts[program->texts_n])
		return -ENOMEM;
	program->texts_n++;
	return 0;
}

/* The kernel knows a script by the caller's text only, so every text that finds the file counts. */
static int find_texts(const struct lookup *lookup, struct program *program, const struct stat *file)
{
	char candidate[PATH_MAX];
	struct stat st;
	int ret = 0;

	if (program->name[0] == '/')
		ret = add_text(program, program->name);
	for (size_t i = 0; !ret && program->name[0] != '/' && i < lookup->path->n; i++) {
		int n = snprintf(candidate, sizeof(candidate), "%s/%s", lookup->path->v[i],
				 program->name);

		if (n < PATH_MAX && is_executable(candidate, &st) && st.st_dev == file->st_dev &&
		    st.st_ino == file->st_ino)
			ret = add_text(program, candidate);
	}
	return ret ? ret : add_text(program, program->path);
}

/* Which file the name means: the first along the path that can be executed. False: none. */
static bool find_file(const struct lookup *lookup, const char *name, char found[PATH_MAX],
		      struct stat *st)
{
	if (name[0] == '/')
		return snprintf(found, PATH_MAX, "%s", name) < PATH_MAX && is_executable(found, st);
	for (size_t i = 0; i < lookup->path->n; i++) {
		if (snprintf(found, PATH_MAX, "%s/%s", lookup->path->v[i], name) < PATH_MAX &&
		    is_executable(found, st))
			return true;
	}
	return false;
}

static int describe(const struct lookup *lookup, int fd, const struct stat *st,
		    struct program *program)
{
	struct fs_identity identity;
	char interp[SHEBANG_MAX + 1];

	if (fs_identify(lookup->mounts, fd, &identity))
		return 0;
	program->file = identity.id;
	program->script = read_shebang(fd, interp);
	if (lookup->ops->hash(lookup->ops->ctx, fd, program->sha256))
		program->sha256[0] = 0;
	program->found = true;
	if (!program->script)
		return 0;
	find_interpreter(lookup, interp, program);
	return find_texts(lookup, program, st);
}

static int lookup_program(const struct lookup *lookup, struct program *program)
{
	char found[PATH_MAX];
	struct stat st;
	int fd, ret;

	if (!find_file(lookup, program->name, found, &st))
		return 0;
	program->path = realpath(found, NULL);
	if (!program->path)
		return errno == ENOMEM ? -ENOMEM : 0;
	fd = open_program(program->path);
	if (fd < 0)
		return 0;
	ret = describe(lookup, fd, &st, program);
	close(fd);
	return ret;
}

/* A decimal uid. False for anything else. */
static bool is_number(const char *name, uint32_t *uid)
{
	unsigned long long value;
	char *end;

	if (strspn(name, "0123456789") != strlen(name) || strlen(name) > 10 || name[0] == 0)
		return false;
	value = strtoull(name, &end, 10);
	*uid = (uint32_t)value;
	return value < UINT32_MAX;
}

static bool find_user(const char *name, uint32_t *uid)
{
	struct passwd pw, *found = NULL;
	char strings[16384];

	if (is_number(name, uid))
		return true;
	if (getpwnam_r(name, &pw, strings, sizeof(strings), &found) || !found)
		return false;
	*uid = pw.pw_uid;
	return true;
}

static void add_address(struct host_name *host, const struct addrinfo *info)
{
	struct address *address = &host->addresses[host->addresses_n];

	*address = (struct address){ 0 };
	if (info->ai_family == AF_INET) {
		address->family = LS_AF_INET;
		memcpy(address->ip, &((const struct sockaddr_in *)info->ai_addr)->sin_addr, 4);
	} else if (info->ai_family == AF_INET6) {
		const struct in6_addr *in6 =
			&((const struct sockaddr_in6 *)info->ai_addr)->sin6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(in6);

		/* as decode.h has them */
		address->family = mapped ? LS_AF_INET : LS_AF_INET6;
		memcpy(address->ip, in6->s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
	} else {
		return;
	}
	host->addresses_n++;
}

static int lookup_host(struct host_name *host)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *infos = NULL;

	/* with "no memory" the name is as good as not there: nothing is approved by it */
	if (getaddrinfo(host->name, NULL, &hints, &infos))
		return 0;
	host->addresses = calloc(ADDRESSES_MAX, sizeof(*host->addresses));
	for (const struct addrinfo *i = infos;
	     host->addresses && i && host->addresses_n < ADDRESSES_MAX; i = i->ai_next)
		add_address(host, i);
	freeaddrinfo(infos);
	return host->addresses ? 0 : -ENOMEM;
}

void lookup_users(struct plan *plan)
{
	for (size_t i = 0; i < plan->users_n; i++)
		plan->users[i].found = find_user(plan->users[i].name, &plan->users[i].uid);
}

int lookup_plan(struct plan *plan, const struct lookup_ops *ops)
{
	struct lookup lookup = { .ops = ops, .path = &plan->path };
	int ret;

	ret = fs_mounts__read(&lookup.mounts);
	for (size_t i = 0; !ret && i < plan->programs_n; i++)
		ret = lookup_program(&lookup, &plan->programs[i]);
	if (!ret)
		lookup_users(plan);
	for (size_t i = 0; !ret && i < plan->hosts_n; i++)
		ret = lookup_host(&plan->hosts[i]);
	fs_mounts__free(lookup.mounts);
	return ret;
}

enum { LINKS_MAX = 16 };

/*
 * Takes the path's first component that is a link away: 1 when it did, 0 when there is none, -1
 * when it is newer or can't be read.
 */
static int follow_link(char path[PATH_MAX], int64_t since_ns)
{
	char target[PATH_MAX], rest[PATH_MAX], prefix[PATH_MAX];
	struct stat st;

	for (size_t n = 1; path[n - 1]; n++) {
		ssize_t len;

		if (path[n] && path[n] != '/')
			continue;
		snprintf(prefix, sizeof(prefix), "%.*s", (int)n, path);
		if (lstat(prefix, &st))
			return -1;
		if (!S_ISLNK(st.st_mode))
			continue;
		len = readlink(prefix, target, sizeof(target) - 1);
		if (len <= 0 || st.st_ctim.tv_sec * 1000000000ll + st.st_ctim.tv_nsec >= since_ns)
			return -1;
		target[len] = '\0';
		snprintf(rest, sizeof(rest), "%s", path + n);
		*(target[0] == '/' ? prefix : strrchr(prefix, '/') + 1) = '\0';
		return snprintf(path, PATH_MAX, "%s%s%s", prefix, target, rest) < PATH_MAX ? 1 : -1;
	}
	return 0;
}

bool lookup_led(const char *path, const char *to, int64_t since_ns)
{
	char at[PATH_MAX], real[PATH_MAX];
	int ret = 1;

	if (path[0] != '/' || snprintf(at, sizeof(at), "%s", path) >= (int)sizeof(at))
		return false;
	for (int i = 0; i < LINKS_MAX && ret == 1; i++)
		ret = follow_link(at, since_ns);
	/* "../" in a target is left to the system, whose links were looked at on the way */
	return ret == 0 && realpath(at, real) && strcmp(real, to) == 0;
}

static bool find_group(const char *name, gid_t *gid)
{
	struct group group, *found = NULL;
	char *strings = malloc(1 << 20); /* a group's members come with it */
	uint32_t number;
	bool ok = false;

	if (is_number(name, &number)) {
		*gid = number;
		ok = true;
	} else if (strings && !getgrnam_r(name, &group, strings, 1 << 20, &found) && found) {
		*gid = group.gr_gid;
		ok = true;
	}
	free(strings);
	return ok;
}

/* Whether the user behind `pw` has the group, as initgroups(3) would give it at a login. */
static bool has_group(const struct passwd *pw, gid_t wanted)
{
	int n = GROUPS_MAX;
	gid_t *groups = calloc(GROUPS_MAX, sizeof(*groups));
	bool has = false;

	if (groups && getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) >= 0) {
		for (int i = 0; i < n; i++)
			has = has || groups[i] == wanted;
	}
	free(groups);
	return has;
}

bool lookup_is_operator(const struct ticket *ticket, uint32_t uid)
{
	struct passwd pw, *found = NULL;
	char strings[16384];

	if (getpwuid_r(uid, &pw, strings, sizeof(strings), &found))
		found = NULL;
	for (size_t i = 0; i < ticket->operators.n; i++) {
		const char *name = ticket->operators.v[i];
		uint32_t named;
		gid_t gid;

		if (name[0] == '@' ? found && find_group(name + 1, &gid) && has_group(&pw, gid)
				   : find_user(name, &named) && named == uid)
			return true;
	}
	return false;
}
