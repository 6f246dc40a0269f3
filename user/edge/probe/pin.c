// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/pin.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/session/hook.h"
#include "lockstep/state.h"

#include "lockstep.skel.h"

#define LINK_PREFIX "link_"

struct pins {
	char dir[PATH_MAX];
	int fd;
};

__attribute__((format(printf, 4, 5))) static int fail(int ret, char *why, size_t why_n,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, why_n, format, args);
	va_end(args);
	return ret;
}

/*
 * Whoever may write to the parent could put a directory of his own there, but can't make it root's.
 */
static int check_parent(const char *dir, char *why, size_t why_n)
{
	char copy[PATH_MAX];
	struct statfs fs;

	if (strlen(dir) >= PATH_MAX)
		return fail(-ENAMETOOLONG, why, why_n, "pins \"%s\": the path is too long", dir);
	snprintf(copy, sizeof(copy), "%s", dir);
	if (statfs(dirname(copy), &fs) || fs.f_type != BPF_FS_MAGIC)
		return fail(-ENOTSUP, why, why_n,
			    "pins \"%s\": no BPF file system is mounted there", dir);
	return 0;
}

static int check_dir(const struct pins *pins, char *why, size_t why_n)
{
	struct stat st;

	if (fstat(pins->fd, &st))
		return fail(-errno, why, why_n, "pins \"%s\": %s", pins->dir, strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return fail(-EPERM, why, why_n,
			    "pins \"%s\" must be a directory of uid %u that nobody else can enter "
			    "(mode 0700)",
			    pins->dir, geteuid());
	if (flock(pins->fd, LOCK_EX | LOCK_NB))
		return fail(errno == EWOULDBLOCK ? -EBUSY : -errno, why, why_n,
			    "pins \"%s\" are another lockstepd's", pins->dir);
	return 0;
}

int pins__open(struct pins **out, const char *dir, char *why, size_t why_n)
{
	struct pins *pins = calloc(1, sizeof(*pins));
	int ret;

	*out = NULL;
	if (!pins)
		return fail(-ENOMEM, why, why_n, "out of memory");
	pins->fd = -1;
	ret = check_parent(dir, why, why_n);
	if (ret)
		goto out;
	snprintf(pins->dir, sizeof(pins->dir), "%s", dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		ret = -errno;
	if (!ret) {
		pins->fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		ret = pins->fd < 0 ? -errno : 0;
	}
	if (ret)
		fail(ret, why, why_n, "pins \"%s\": %s", dir, strerror(-ret));
	else
		ret = check_dir(pins, why, why_n);
	if (ret)
		goto out;
	*out = pins;
	pins = NULL; /* transferred */
out:
	if (pins && pins->fd >= 0)
		close(pins->fd);
	free(pins);
	return ret;
}

void pins__close(struct pins *pins)
{
	if (!pins)
		return;
	/* Not empty while something is pinned. */
	(void)!rmdir(pins->dir);
	close(pins->fd);
	free(pins);
}

static bool path_of(const struct pins *pins, const char *prefix, const char *name,
		    char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s%s", pins->dir, prefix, name) < PATH_MAX;
}

static int get(const struct pins *pins, const char *prefix, const char *name)
{
	char path[PATH_MAX];

	return path_of(pins, prefix, name, path) ? bpf_obj_get(path) : -1;
}

/* The program behind a pinned link. */
static int program_of(int link)
{
	struct bpf_link_info info = { 0 };
	uint32_t n = sizeof(info);

	return bpf_obj_get_info_by_fd(link, &info, &n) ? -1 : bpf_prog_get_fd_by_id(info.prog_id);
}

static int take_link(const struct pins *pins, const char *program, struct pin_set *set)
{
	int hook = hook_of_program(program), link, fd;

	if (set->programs_n == PIN_PROGRAMS_MAX)
		return -E2BIG;
	link = get(pins, LINK_PREFIX, program);
	if (link < 0)
		return -errno;
	fd = program_of(link);
	set->links[set->programs_n] = link;
	set->programs[set->programs_n++] = fd;
	if (fd < 0)
		return -ENOENT;
	set->hooks |= hook < 0 ? 0 : HOOK_BIT(hook);
	return 0;
}

/* Calls `each` with every name in the directory. */
static int walk(const struct pins *pins,
		int (*each)(const struct pins *pins, const char *name, void *ctx), void *ctx)
{
	DIR *dir = opendir(pins->dir);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			ret = each(pins, entry->d_name, ctx);
	}
	closedir(dir);
	return ret;
}

static int take_name(const struct pins *pins, const char *name, void *ctx)
{
	size_t n = strlen(LINK_PREFIX);

	return strncmp(name, LINK_PREFIX, n) ? 0 : take_link(pins, name + n, ctx);
}

struct pin_map {
	const char *name;
	size_t fd; /* offset in struct pin_set */
};

/* clang-format takes the braces for a block and "#name" for a directive. */
/* clang-format off */
#define PIN_MAP(name) { #name, offsetof(struct pin_set, name) }
/* clang-format on */
static const struct pin_map pin_maps[] = {
	PIN_MAP(ring),   PIN_MAP(members),      PIN_MAP(sessions),     PIN_MAP(reader),
	PIN_MAP(logins), PIN_MAP(login_spares), PIN_MAP(login_ignore), PIN_MAP(login_watch),
};
enum { PIN_MAPS = ARRAY_SIZE(pin_maps) };

static int *map_fd(struct pin_set *set, const struct pin_map *map)
{
	return (int *)(void *)((char *)set + map->fd);
}

void pin_set_init(struct pin_set *set)
{
	*set = (struct pin_set){ 0 };
	for (size_t i = 0; i < PIN_MAPS; i++)
		*map_fd(set, &pin_maps[i]) = -1;
}

/* All of them, also where one is not there: whoever can't take them over still looks at what is. */
static int take_maps(const struct pins *pins, struct pin_set *set)
{
	int ret = 0;

	for (size_t i = 0; i < PIN_MAPS; i++) {
		int *fd = map_fd(set, &pin_maps[i]);

		*fd = get(pins, "", pin_maps[i].name);
		if (*fd < 0)
			ret = -EBADMSG;
	}
	return ret;
}

static int take_identity(const struct pins *pins, struct pin_set *set)
{
	struct bpf_map_info info = { 0 };
	uint32_t n = sizeof(info), zero = 0;
	int fd = get(pins, "", "identity"), ret = 0;

	if (fd < 0)
		return -ENOENT;
	/* One of another size is of another version, and its first fields may be anything. */
	if (bpf_obj_get_info_by_fd(fd, &info, &n) || info.value_size != sizeof(set->identity) ||
	    bpf_map_lookup_elem(fd, &zero, &set->identity))
		ret = -EPROTO;
	close(fd);
	return ret;
}

int pins__take(const struct pins *pins, struct pin_set *out, char *why, size_t why_n)
{
	int ret, missing;

	pin_set_init(out);
	ret = take_identity(pins, out);
	if (ret == -ENOENT)
		return ret;
	missing = take_maps(pins, out);
	if (!ret)
		ret = missing;
	if (!ret)
		ret = walk(pins, take_name, out);
	return ret ? fail(ret, why, why_n, "pins \"%s\" are not whole: %s", pins->dir,
			  strerror(-ret))
		   : 0;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void pin_set_free(struct pin_set *set)
{
	for (size_t i = 0; i < PIN_MAPS; i++)
		drop(map_fd(set, &pin_maps[i]));
	while (set->programs_n > 0) {
		drop(&set->programs[--set->programs_n]);
		drop(&set->links[set->programs_n]);
	}
}

static int put(const struct pins *pins, const char *prefix, const char *name, int fd)
{
	char path[PATH_MAX];

	if (!path_of(pins, prefix, name, path))
		return -ENAMETOOLONG;
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

static int put_maps(const struct pins *pins, const struct lockstep_bpf *skel)
{
	int ret = 0;

	for (size_t i = 0; i < PIN_MAPS && !ret; i++) {
		const struct bpf_map *map =
			bpf_object__find_map_by_name(skel->obj, pin_maps[i].name);

		ret = map ? put(pins, "", pin_maps[i].name, bpf_map__fd(map)) : -ENOENT;
	}
	return ret;
}

static int put_links(const struct pins *pins, const struct lockstep_bpf *skel)
{
	const struct bpf_object_skeleton *skeleton = skel->skeleton;
	int ret = 0;

	for (int i = 0; i < skeleton->prog_cnt && !ret; i++) {
		if (*skeleton->progs[i].link)
			ret = put(pins, LINK_PREFIX, skeleton->progs[i].name,
				  bpf_link__fd(*skeleton->progs[i].link));
	}
	return ret;
}

static int put_identity(const struct pins *pins, const struct pin_identity *identity)
{
	uint32_t zero = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lockstep_pins", sizeof(zero),
				sizeof(*identity), 1, NULL);
	int ret = fd < 0 ? -errno : 0;

	if (!ret && bpf_map_update_elem(fd, &zero, identity, BPF_ANY))
		ret = -errno;
	if (!ret)
		ret = put(pins, "", "identity", fd);
	if (fd >= 0)
		close(fd);
	return ret;
}

int pins__put(const struct pins *pins, const struct lockstep_bpf *skel,
	      const struct pin_identity *identity, char *why, size_t why_n)
{
	int ret;

	pins__remove(pins); /* what a crash cut short */
	ret = put_maps(pins, skel);
	if (!ret)
		ret = put_links(pins, skel);
	if (!ret)
		ret = put_identity(pins, identity);
	if (!ret)
		return 0;
	pins__remove(pins);
	return fail(ret, why, why_n, "cannot pin to \"%s\": %s", pins->dir, strerror(-ret));
}

static int remove_name(const struct pins *pins, const char *name, void *ctx)
{
	(void)ctx;
	unlinkat(pins->fd, name, 0);
	return 0;
}

/* The identity first: from then on what is there is no set. */
void pins__remove(const struct pins *pins)
{
	unlinkat(pins->fd, "identity", 0);
	walk(pins, remove_name, NULL);
}
