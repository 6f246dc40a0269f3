/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/script.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "edge/fsutil.h"

enum {
	HASHED_MAX = 256,
	CACHED_TRIES = 8, /* a rename anywhere can disturb one walk through the cache */
};

struct scripts {
	struct script_ops ops;
	struct fs_mounts *mounts; /* NULL: to be read */
	/* By inode number, the later one wins; .sha256 "": free. */
	struct file_facts hashed[HASHED_MAX];
};

int scripts__new(struct scripts **out, const struct script_ops *ops)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->ops = *ops;
	return 0;
}

void scripts__free(struct scripts *scripts)
{
	if (!scripts)
		return;
	fs_mounts__free(scripts->mounts);
	free(scripts);
}

static int open_how(const char *path, uint64_t resolve)
{
	/* O_PATH: opens nothing but the name, so no FIFO, device or lease is disturbed. The links
	 * of /proc/self would be the collector's own. */
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | resolve,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/*
 * The exec has just walked this path, so the kernel's cache has it (RESOLVE_CACHED, openat2(2)),
 * and a file system that is a process is never asked. Where none is mounted, the disk may be.
 */
static int open_path(const struct scripts *scripts, const char *path)
{
	int fd;

	for (int i = 0; i < CACHED_TRIES; i++) {
		fd = open_how(path, RESOLVE_CACHED);
		if (fd >= 0 || errno != EAGAIN)
			return fd;
	}
	return fs_mounts__any_fuse(scripts->mounts) ? -1 : open_how(path, 0);
}

static bool facts_of(const struct scripts *scripts, int fd, struct file_facts *out, bool *fuse)
{
	struct fs_identity identity;

	*out = (struct file_facts){ 0 };
	if (fs_identify_cached(scripts->mounts, fd, &identity) || !S_ISREG(identity.mode))
		return false;
	out->id = identity.id;
	*fuse = identity.fuse;
	return true;
}

/* The O_PATH descriptor stays what it is, so this opens the very file that was identified. */
static int hash_file(const struct scripts *scripts, int fd, char hex[65])
{
	char path[32];
	int file, ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* O_NONBLOCK: somebody may hold a lease, and open(2) waits for its end */
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0)
		return -errno;
	ret = scripts->ops.hash(scripts->ops.ctx, file, SCRIPT_HASH_MAX, hex);
	close(file);
	return ret;
}

static void add_hash(struct scripts *scripts, int fd, struct file_facts *facts)
{
	struct file_facts *known = &scripts->hashed[facts->id.ino % HASHED_MAX], after;
	char hex[65];
	bool fuse;

	if (known->sha256[0] && file_id_eq(&known->id, &facts->id)) {
		*facts = *known;
		return;
	}
	if (hash_file(scripts, fd, hex) || !facts_of(scripts, fd, &after, &fuse))
		return;
	if (!file_id_eq(&after.id, &facts->id)) {
		*facts = after; /* the hash may be of neither */
		return;
	}
	snprintf(facts->sha256, sizeof(facts->sha256), "%s", hex);
	*known = *facts;
}

bool scripts__look(void *self, struct span path, struct file_facts *out)
{
	struct scripts *scripts = self;
	char text[PATH_MAX];
	bool seen, fuse;
	int fd;

	*out = (struct file_facts){ 0 };
	if (path.n == 0 || path.n >= sizeof(text) || path.p[0] != '/' ||
	    fs_mounts__refresh(&scripts->mounts))
		return false;
	memcpy(text, path.p, path.n);
	text[path.n] = 0;
	fd = open_path(scripts, text);
	if (fd < 0)
		return false;
	seen = facts_of(scripts, fd, out, &fuse);
	if (seen && !fuse && out->id.size <= SCRIPT_HASH_MAX)
		add_hash(scripts, fd, out);
	close(fd);
	return seen;
}
