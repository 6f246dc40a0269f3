// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/login.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "edge/fsutil.h"

int login_add_spare(int sessions, int spares, uint32_t number)
{
	/*
	 * Its processes are told by the audit session: what was started before may be one of them.
	 */
	const struct ls_session fresh = { .login = 1 };
	int ret = 0;

	if (bpf_map_update_elem(sessions, &number, &fresh, BPF_NOEXIST))
		return errno == E2BIG ? -ENOSPC : -errno;
	if (bpf_map_update_elem(spares, NULL, &number, BPF_ANY))
		ret = errno == E2BIG ? -ENOSPC : -errno;
	if (ret)
		bpf_map_delete_elem(sessions, &number);
	return ret;
}

int login_ignore(int ignore, struct fs_mounts **mounts, const char *path)
{
	struct fs_identity file;
	struct ls_program key = { 0 };
	uint32_t one = 1;
	int ret, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret = fs_mounts__refresh(mounts);
	if (!ret)
		ret = fs_identify(*mounts, fd, &file);
	close(fd);
	if (ret)
		return ret;
	key.ino = file.id.ino;
	key.dev = file.id.dev;
	if (bpf_map_update_elem(ignore, &key, &one, BPF_ANY))
		return errno == E2BIG ? -ENOSPC : -errno;
	return 0;
}

void login_ignore_none(int ignore)
{
	struct ls_program key;

	for (unsigned int i = 0; i < LS_LOGIN_IGNORE_MAX; i++) {
		if (bpf_map_get_next_key(ignore, NULL, &key) || bpf_map_delete_elem(ignore, &key))
			return;
	}
}

void login_over(int logins, uint32_t asid, uint32_t session)
{
	uint32_t is;

	if (!bpf_map_lookup_elem(logins, &asid, &is) && is == session)
		bpf_map_delete_elem(logins, &asid);
}

/* Audit session ids that processes have, in no order. */
struct asids {
	uint32_t *v;
	size_t n, cap;
};

static int asids_add(struct asids *asids, uint32_t asid)
{
	if (asids->n == asids->cap) {
		size_t cap = asids->cap ? 2 * asids->cap : 256;
		uint32_t *v = reallocarray(asids->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		asids->v = v;
		asids->cap = cap;
	}
	asids->v[asids->n++] = asid;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* False: it has none, or is gone. */
static bool asid_of(const char *pid, uint32_t *asid)
{
	char path[300], text[32];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/sessionid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*asid = (uint32_t)strtoul(text, NULL, 10);
	return *asid != LS_NO_ID;
}

static int asids_read(struct asids *asids)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	uint32_t asid;
	int ret = 0;

	if (!proc)
		return -errno;
	while (!ret && (entry = readdir(proc))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    asid_of(entry->d_name, &asid))
			ret = asids_add(asids, asid);
	}
	closedir(proc);
	return ret;
}

int login_sweep(int logins)
{
	struct asids asids = { 0 };
	uint32_t key, next, session;
	int ret = asids_read(&asids);
	bool more = !ret && !bpf_map_get_next_key(logins, NULL, &key);

	if (asids.n)
		qsort(asids.v, asids.n, sizeof(*asids.v), compare);
	for (uint32_t i = 0; more && i < 2 * LS_LOGINS_MAX; i++) {
		more = !bpf_map_get_next_key(logins, &key, &next);
		if (!bpf_map_lookup_elem(logins, &key, &session) && !session &&
		    (!asids.n || !bsearch(&key, asids.v, asids.n, sizeof(*asids.v), compare)))
			bpf_map_delete_elem(logins, &key);
		key = next;
	}
	free(asids.v);
	return ret;
}
