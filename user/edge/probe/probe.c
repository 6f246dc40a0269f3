// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/session/capability.h"
#include "edge/fsutil.h"
#include "edge/probe/facts.h"
#include "edge/probe/hooks.h"
#include "edge/probe/login.h"
#include "edge/probe/pin.h"
#include "edge/probe/ring.h"
#include "edge/probe/search.h"
#include "edge/probe/tag.h"

struct probe {
	struct lockstep_bpf *skel; /* NULL: taken over */
	struct pins *pins;         /* NULL: nothing is pinned */
	struct pin_set set;        /* of what was taken over */
	struct pin_identity wanted;
	/* Of either, borrowed. */
	int ring_fd, reader_fd, members_fd, sessions_fd;
	int logins_fd, spares_fd, ignore_fd, watch_fd;
	struct ring *ring;
	struct ls_reader *reader;     /* the mapped entry of the `reader` map */
	struct ls_login_watch *watch; /* likewise of `login_watch` */
	uint64_t ignored_swept;       /* watch->ignored at the last sweep */
	struct fs_mounts *mounts;     /* of login_ignore() */
	size_t ring_bytes;
	char *cgroup;
	struct kernel_facts facts;
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

/* Ring sizes are powers of two of whole pages (kernel/bpf/ringbuf.c). */
static int ring_size(uint32_t asked, size_t *bytes)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	if (asked > 1u << 30)
		return -EINVAL;
	while (size < (asked ? asked : LS_RING_BYTES_DEFAULT))
		size *= 2;
	*bytes = size;
	return 0;
}

static uint32_t or_default(uint32_t asked, uint32_t otherwise)
{
	return asked ? asked : otherwise;
}

struct sizes {
	const struct probe_opts *opts;
	size_t ring_bytes;
};

static int prepare(struct lockstep_bpf *skel, const void *ctx)
{
	const struct sizes *sizes = ctx;
	const struct probe_opts *opts = sizes->opts;
	int ret;

	skel->rodata->settings.argv_max = or_default(opts->argv_max, LS_ARGV_MAX_DEFAULT);
	skel->rodata->settings.env_max = or_default(opts->env_max, LS_ENV_MAX_DEFAULT);
	ret = bpf_map__set_max_entries(skel->maps.ring, (uint32_t)sizes->ring_bytes);
	return ret ? ret
		   : bpf_map__set_max_entries(
			     skel->maps.members,
			     or_default(opts->members_max, LS_MEMBERS_MAX_DEFAULT));
}

/* What can be said before anything is loaded. */
static int probe_check(struct probe *probe, const struct probe_opts *opts, char *why, size_t why_n)
{
	probe_facts(&probe->facts);
	if (kernel_check(probe->facts.release, why, why_n))
		return -ENOSYS;
	if (probe->facts.btf != FACT_YES)
		return fail(-ENOENT, why, why_n,
			    "this kernel carries no BTF (/sys/kernel/btf/vmlinux): "
			    "CONFIG_DEBUG_INFO_BTF is needed");
	if (!tag_numbers_agree())
		return fail(
			-EOPNOTSUPP, why, why_n,
			"in a pid namespace of its own a process has other numbers than for the "
			"kernel programs: run this in the initial one");
	if (ring_size(opts->ring_bytes, &probe->ring_bytes))
		return fail(-EINVAL, why, why_n, "ring of %u bytes: at most %u", opts->ring_bytes,
			    1u << 30);
	return 0;
}

/* The mount point of the cgroup v2 tree (proc(5), mountinfo: the type stands behind " - "). */
static int cgroup_root(char *path, size_t n)
{
	char *line = NULL;
	size_t room = 0;
	int ret = -ENOENT;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	if (!file)
		return -errno;
	while (ret && getline(&line, &room, file) > 0) {
		char at[4096];

		if (!strstr(line, " - cgroup2 ") || sscanf(line, "%*s %*s %*s / %4095s", at) != 1)
			continue;
		ret = (size_t)snprintf(path, n, "%s", at) < n ? 0 : -ENAMETOOLONG;
	}
	free(line);
	fclose(file);
	return ret;
}

static int probe_open_cgroup(struct probe *probe, const struct probe_opts *opts, char *why,
			     size_t why_n)
{
	char root[4096];
	int fd, ret;

	if (!opts->cgroup) {
		ret = cgroup_root(root, sizeof(root));
		if (ret)
			return fail(ret, why, why_n,
				    "no cgroup v2 tree is mounted: the network hooks need one");
	}
	probe->cgroup = strdup(opts->cgroup ? opts->cgroup : root);
	if (!probe->cgroup)
		return fail(-ENOMEM, why, why_n, "out of memory");
	fd = open(probe->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(-errno, why, why_n, "cgroup \"%s\": %s", probe->cgroup,
			    strerror(errno));
	return fd;
}

static int identify(struct probe *probe, const struct probe_opts *opts, int cgroup)
{
	struct stat st;

	if (fstat(cgroup, &st))
		return -errno;
	probe->wanted = (struct pin_identity){
		.object = hooks_object_hash(),
		.cgroup = st.st_ino,
		.wire = LS_WIRE_VERSION,
		.session_size = sizeof(struct ls_session),
		.member_size = sizeof(struct ls_member),
		.ring_bytes = (uint32_t)probe->ring_bytes,
		.members_max = or_default(opts->members_max, LS_MEMBERS_MAX_DEFAULT),
		.argv_max = or_default(opts->argv_max, LS_ARGV_MAX_DEFAULT),
		.env_max = or_default(opts->env_max, LS_ENV_MAX_DEFAULT),
	};
	return 0;
}

static bool readable(const struct pin_identity *is, const struct pin_identity *wanted)
{
	return is->wire == wanted->wire && is->session_size == wanted->session_size &&
	       is->member_size == wanted->member_size;
}

/*
 * The self-test's session has the highest number, and means nothing once its daemon is gone; a
 * spare means nothing either. Of another version's values nothing is known: each is a session.
 */
static bool is_session(int fd, uint32_t number, bool readable)
{
	struct ls_session counters;

	if (number == UINT32_MAX)
		return false;
	return !readable || bpf_map_lookup_elem(fd, &number, &counters) || !counters.login ||
	       counters.emitted;
}

static bool has_sessions(int fd, const struct pin_identity *is)
{
	const bool readable = is->session_size == sizeof(struct ls_session);
	uint32_t key, next;
	int ret = bpf_map_get_next_key(fd, NULL, &next);

	while (!ret && !is_session(fd, next, readable)) {
		key = next;
		ret = bpf_map_get_next_key(fd, &key, &next);
	}
	return !ret;
}

/* 0: taken over; -ENOENT: there is nothing that is worth it, and nothing is left. */
static int probe_take(struct probe *probe, char *why, size_t why_n)
{
	const struct pin_identity *is = &probe->set.identity;
	int ret = pins__take(probe->pins, &probe->set, why, why_n);
	bool same = !ret && !memcmp(is, &probe->wanted, sizeof(*is));

	if (ret == -ENOENT || same)
		return ret;
	if (probe->set.sessions >= 0 && has_sessions(probe->set.sessions, is)) {
		if (!ret && readable(is, &probe->wanted))
			return 0;
		return fail(
			-EPROTO, why, why_n,
			"sessions are open under kernel programs of another version; go on with "
			"that version until they have ended, or give them up with lockstepd "
			"--unload");
	}
	pin_set_free(&probe->set);
	pins__remove(probe->pins);
	return -ENOENT;
}

static void use_taken(struct probe *probe)
{
	probe->ring_bytes = probe->set.identity.ring_bytes;
	probe->facts.programs = probe->set.hooks;
	probe->ring_fd = probe->set.ring;
	probe->reader_fd = probe->set.reader;
	probe->members_fd = probe->set.members;
	probe->sessions_fd = probe->set.sessions;
	probe->logins_fd = probe->set.logins;
	probe->spares_fd = probe->set.login_spares;
	probe->ignore_fd = probe->set.login_ignore;
	probe->watch_fd = probe->set.login_watch;
}

static int probe_load(struct probe *probe, const struct probe_opts *opts, int cgroup, char *why,
		      size_t why_n)
{
	const struct sizes sizes = { opts, probe->ring_bytes };
	int ret = hooks_load(&probe->skel, cgroup, opts->btf, prepare, &sizes, opts->without,
			     &probe->facts, why, why_n);

	if (ret)
		return ret;
	probe->set.identity = probe->wanted;
	probe->ring_fd = bpf_map__fd(probe->skel->maps.ring);
	probe->reader_fd = bpf_map__fd(probe->skel->maps.reader);
	probe->members_fd = bpf_map__fd(probe->skel->maps.members);
	probe->sessions_fd = bpf_map__fd(probe->skel->maps.sessions);
	probe->logins_fd = bpf_map__fd(probe->skel->maps.logins);
	probe->spares_fd = bpf_map__fd(probe->skel->maps.login_spares);
	probe->ignore_fd = bpf_map__fd(probe->skel->maps.login_ignore);
	probe->watch_fd = bpf_map__fd(probe->skel->maps.login_watch);
	return probe->pins ? pins__put(probe->pins, probe->skel, &probe->wanted, why, why_n) : 0;
}

/* The programs: those that are pinned, or new ones. */
static int probe_get(struct probe *probe, const struct probe_opts *opts, char *why, size_t why_n)
{
	int cgroup = probe_open_cgroup(probe, opts, why, why_n);
	int ret;

	if (cgroup < 0)
		return cgroup;
	ret = identify(probe, opts, cgroup);
	if (!ret && opts->pins)
		ret = pins__open(&probe->pins, opts->pins, why, why_n);
	if (!ret)
		ret = probe->pins ? probe_take(probe, why, why_n) : -ENOENT;
	if (!ret)
		use_taken(probe);
	else if (ret == -ENOENT)
		ret = probe_load(probe, opts, cgroup, why, why_n);
	close(cgroup);
	return ret;
}

/* The one entry of an array, which has a page of its own; NULL and errno. */
static void *map_entry(int fd)
{
	void *p = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

static int probe_open_ring(struct probe *probe, char *why, size_t why_n)
{
	int ret;

	probe->reader = map_entry(probe->reader_fd);
	if (probe->reader)
		probe->watch = map_entry(probe->watch_fd);
	if (!probe->watch)
		return fail(-errno, why, why_n, "cannot map the reader's word: %s",
			    strerror(errno));
	ret = ring__open(&probe->ring, probe->ring_fd, probe->ring_bytes, &probe->reader->waiting);
	return ret ? fail(ret, why, why_n, "cannot map the ring: %s", strerror(-ret)) : 0;
}

int probe__open(struct probe **out, const struct probe_opts *opts, char *why, size_t why_n)
{
	struct probe *probe;
	int ret;

	*out = NULL;
	why[0] = 0;
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return fail(-ENOMEM, why, why_n, "out of memory");
	pin_set_init(&probe->set);
	ret = probe_check(probe, opts, why, why_n);
	if (!ret)
		ret = probe_get(probe, opts, why, why_n);
	if (!ret)
		ret = probe_open_ring(probe, why, why_n);
	if (ret)
		goto out;
	*out = probe;
	probe = NULL; /* transferred */
out:
	probe__close(probe);
	return ret;
}

void probe__close(struct probe *probe)
{
	if (!probe)
		return;
	ring__close(probe->ring);
	if (probe->reader)
		munmap(probe->reader, (size_t)sysconf(_SC_PAGESIZE));
	if (probe->watch)
		munmap(probe->watch, (size_t)sysconf(_SC_PAGESIZE));
	lockstep_bpf__destroy(probe->skel);
	pin_set_free(&probe->set);
	pins__close(probe->pins);
	free(probe->cgroup);
	fs_mounts__free(probe->mounts);
	free(probe);
}

bool probe__taken_over(const struct probe *probe)
{
	return !probe->skel;
}

bool probe__outdated(const struct probe *probe)
{
	return memcmp(&probe->set.identity, &probe->wanted, sizeof(probe->wanted)) != 0;
}

bool probe__pinned(const struct probe *probe)
{
	return probe->pins;
}

void probe__unpin(struct probe *probe)
{
	if (probe->pins)
		pins__remove(probe->pins);
}

int probe_unload(const char *dir, char *why, size_t why_n)
{
	struct pins *pins;
	struct stat st;
	int ret;

	why[0] = 0;
	if (lstat(dir, &st))
		return errno == ENOENT
			       ? 0
			       : fail(-errno, why, why_n, "pins \"%s\": %s", dir, strerror(errno));
	ret = pins__open(&pins, dir, why, why_n);
	if (ret)
		return ret;
	pins__remove(pins);
	pins__close(pins);
	return 0;
}

const char *probe__cgroup(const struct probe *probe)
{
	return probe->cgroup;
}

const struct kernel_facts *probe__facts(const struct probe *probe)
{
	return &probe->facts;
}

static int members_fd(const struct probe *probe)
{
	return probe->members_fd;
}

static int sessions_fd(const struct probe *probe)
{
	return probe->sessions_fd;
}

/*
 * The process may have run its exit hook just before its entry was made, and then nobody would take
 * it out. One that is gone was taken out by the hook: tagged in time, and told of its end. One that
 * is another session's belongs to the next process of that number.
 */
static int tag_undo(struct probe *probe, uint32_t session, uint32_t tgid)
{
	struct ls_member member;

	if (bpf_map_lookup_elem(members_fd(probe), &tgid, &member) ||
	    (member.session == session && member.start_ns == LS_MEMBER_GONE))
		return 0;
	if (member.session != session)
		return -ESRCH;
	return bpf_map_delete_elem(members_fd(probe), &tgid) ? 0 : -ESRCH;
}

/*
 * Out of the session of a login without a ticket, which goes on counting it. The exit hook takes
 * the entry out whichever session it names, so there is nothing to undo; but one that is ending may
 * have been taken for the login's still, and then this session would never hear of its end.
 */
static int tag_move(struct probe *probe, uint32_t session, int pidfd, uint32_t tgid)
{
	struct ls_session from;
	struct ls_member member;

	if (bpf_map_lookup_elem(members_fd(probe), &tgid, &member))
		return -ESRCH;
	if (bpf_map_lookup_elem(sessions_fd(probe), &member.session, &from) || !from.login)
		return -EEXIST;
	/*
	 * No start time, as in any entry of ours: also where the one that stood there is of a
	 * process before.
	 */
	member = (struct ls_member){ .session = session, .under = member.session };
	if (bpf_map_update_elem(members_fd(probe), &tgid, &member, BPF_EXIST))
		return -ESRCH;
	return tag_gone(pidfd) || tag_ends(tgid) ? -ESRCH : 0;
}

/* An entry that tags nobody is no obstacle: this process can't be the one that left it. */
static int tag_insert(const struct probe *probe, uint32_t tgid, const struct ls_member *member)
{
	struct ls_member is;
	int fd = members_fd(probe);

	if (!bpf_map_update_elem(fd, &tgid, member, BPF_NOEXIST))
		return 0;
	if (errno != EEXIST)
		return errno == E2BIG ? -ENOSPC : -errno;
	if (bpf_map_lookup_elem(fd, &tgid, &is) || is.start_ns != LS_MEMBER_GONE)
		return -EEXIST;
	return bpf_map_update_elem(fd, &tgid, member, BPF_EXIST) ? -ESRCH : 0;
}

static int tag_member(struct probe *probe, uint32_t session, int pidfd, uint32_t tgid)
{
	const struct ls_member member = { .session = session };
	int ret = tag_insert(probe, tgid, &member);

	if (ret == -EEXIST)
		return tag_move(probe, session, pidfd, tgid);
	if (ret)
		return ret;
	if (!tag_gone(pidfd) && !tag_ends(tgid))
		return 0;
	return tag_undo(probe, session, tgid);
}

static uint64_t boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int probe__tag(struct probe *probe, uint32_t session, int pidfd)
{
	struct ls_session counters = { .members = 1, .begin_ns = boot_ns() };
	uint32_t tgid = 0;
	int ret = tag_tgid(pidfd, &tgid);

	if (ret)
		return ret;
	if (tag_gone(pidfd))
		return -ESRCH;
	if (bpf_map_update_elem(sessions_fd(probe), &session, &counters, BPF_NOEXIST)) {
		if (errno == EEXIST)
			return -EBUSY;
		return errno == E2BIG ? -ENOSPC : -errno;
	}
	ret = tag_member(probe, session, pidfd, tgid);
	if (ret)
		bpf_map_delete_elem(sessions_fd(probe), &session);
	return ret;
}

int probe__member(struct probe *probe, uint32_t tgid, uint32_t *session, uint64_t *start_ns)
{
	struct ls_member member;

	*session = 0;
	*start_ns = 0;
	if (bpf_map_lookup_elem(members_fd(probe), &tgid, &member) ||
	    member.start_ns == LS_MEMBER_GONE)
		return -ENOENT;
	*session = member.session;
	*start_ns = member.start_ns;
	return 0;
}

/*
 * Walks a hash that changes under us. A key that goes while we stand on it would send the walk back
 * to the start, so the next key is fetched before the visit, and the walk is bounded.
 */
static void map_walk(int fd, uint32_t most, void *key, void *next, size_t key_n,
		     void (*visit)(void *ctx, int fd, const void *key), void *ctx)
{
	bool more = !bpf_map_get_next_key(fd, NULL, key);
	uint32_t i;

	for (i = 0; more && i < most; i++) {
		more = !bpf_map_get_next_key(fd, key, next);
		visit(ctx, fd, key);
		memcpy(key, next, key_n);
	}
}

struct member_walk {
	uint32_t session;
	bool gone; /* also those that are no process's any more */
	void (*each)(void *ctx, uint32_t tgid, const struct ls_member *member);
	void *ctx;
	size_t found;
};

static void member_visit(void *ctx, int fd, const void *key)
{
	struct member_walk *walk = ctx;
	struct ls_member member;
	uint32_t tgid;

	if (bpf_map_lookup_elem(fd, key, &member) || member.session != walk->session ||
	    (member.start_ns == LS_MEMBER_GONE && !walk->gone))
		return;
	memcpy(&tgid, key, sizeof(tgid));
	walk->each(walk->ctx, tgid, &member);
	walk->found++;
}

static size_t members_walk(struct probe *probe, struct member_walk *walk)
{
	uint32_t key, next;

	map_walk(members_fd(probe), 2 * probe->set.identity.members_max, &key, &next, sizeof(key),
		 member_visit, walk);
	return walk->found;
}

size_t probe__members(struct probe *probe, uint32_t session,
		      void (*each)(void *ctx, uint32_t tgid, const struct ls_member *member),
		      void *ctx)
{
	struct member_walk walk = { .session = session, .each = each, .ctx = ctx };

	return members_walk(probe, &walk);
}

struct session_walk {
	void (*each)(void *ctx, uint32_t session, const struct ls_session *counters);
	void *ctx;
	size_t found;
};

static void session_visit(void *ctx, int fd, const void *key)
{
	struct session_walk *walk = ctx;
	struct ls_session counters;
	uint32_t session;

	if (bpf_map_lookup_elem(fd, key, &counters))
		return;
	memcpy(&session, key, sizeof(session));
	walk->each(walk->ctx, session, &counters);
	walk->found++;
}

size_t probe__sessions(struct probe *probe,
		       void (*each)(void *ctx, uint32_t session, const struct ls_session *counters),
		       void *ctx)
{
	struct session_walk walk = { .each = each, .ctx = ctx };
	uint32_t key, next;

	map_walk(sessions_fd(probe), 2 * LS_SESSIONS_MAX, &key, &next, sizeof(key), session_visit,
		 &walk);
	return walk.found;
}

static void member_forget(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	struct probe *probe = ctx;

	(void)member;
	bpf_map_delete_elem(members_fd(probe), &tgid);
}

/*
 * The session's entry goes first: without it no fork tags a child, and what its sockets still do is
 * nobody's act. Their entries go with the sockets.
 */
int probe__forget(struct probe *probe, uint32_t session)
{
	struct member_walk walk = {
		.session = session, .gone = true, .each = member_forget, .ctx = probe
	};
	struct ls_session counters;

	if (!bpf_map_lookup_elem(sessions_fd(probe), &session, &counters) && counters.login)
		login_over(probe->logins_fd, counters.asid, session);
	if (bpf_map_delete_elem(sessions_fd(probe), &session))
		return -errno;
	members_walk(probe, &walk);
	return 0;
}

/*
 * The value is copied while it changes. Whoever leaves takes a number first, so where nobody is
 * left what was emitted is read after the members: then no number is missing.
 */
int probe__counters(struct probe *probe, uint32_t session, struct ls_session *out)
{
	int ret = bpf_map_lookup_elem(sessions_fd(probe), &session, out) ? -errno : 0;

	if (!ret && !out->members) {
		ret = bpf_map_lookup_elem(sessions_fd(probe), &session, out) ? -errno : 0;
		out->members = 0;
	}
	if (ret)
		memset(out, 0, sizeof(*out));
	return ret;
}

uint64_t probe__recursion_misses(struct probe *probe)
{
	uint64_t misses[HOOKS_N] = { 0 };

	if (probe->skel)
		hooks_recursion_misses(probe->skel, misses);
	for (size_t i = 0; !probe->skel && i < probe->set.programs_n; i++)
		program_recursion_misses(probe->set.programs[i], misses);
	return hooks_skipped(hook_rows, HOOKS_N, probe->facts.programs, misses);
}

/* The iterator's link is the only one of its kind. */
static bool is_iterator(int link)
{
	struct bpf_link_info info = { 0 };
	uint32_t n = sizeof(info);

	return !bpf_obj_get_info_by_fd(link, &info, &n) && info.type == BPF_LINK_TYPE_ITER;
}

static int search_link(const struct probe *probe)
{
	if (probe->skel)
		return probe->skel->links.find_untracked
			       ? bpf_link__fd(probe->skel->links.find_untracked)
			       : -1;
	for (size_t i = 0; i < probe->set.programs_n; i++) {
		if (is_iterator(probe->set.links[i]))
			return probe->set.links[i];
	}
	return -1;
}

int probe__search(struct probe *probe, void (*each)(void *ctx, const struct ls_found *found),
		  void *ctx)
{
	int link = search_link(probe);

	return link >= 0 ? search_pass(link, each, ctx) : -ENOTSUP;
}

void probe__watch_logins(struct probe *probe, bool on)
{
	__atomic_store_n(&probe->watch->on, on, __ATOMIC_RELEASE);
}

void probe__login_missed(const struct probe *probe, uint64_t missed[LS_LOGIN_MISSED])
{
	for (int i = 0; i < LS_LOGIN_MISSED; i++)
		missed[i] = __atomic_load_n(&probe->watch->missed[i], __ATOMIC_RELAXED);
}

int probe__add_spare(struct probe *probe, uint32_t number)
{
	return login_add_spare(sessions_fd(probe), probe->spares_fd, number);
}

bool probe__spare_acted(struct probe *probe, uint32_t number)
{
	struct ls_session counters;

	return !bpf_map_lookup_elem(sessions_fd(probe), &number, &counters) && counters.emitted;
}

int probe__ignore_logins(struct probe *probe, const char *path)
{
	return login_ignore(probe->ignore_fd, &probe->mounts, path);
}

void probe__ignore_no_logins(struct probe *probe)
{
	login_ignore_none(probe->ignore_fd);
}

void probe__sweep_logins(struct probe *probe)
{
	uint64_t ignored = __atomic_load_n(&probe->watch->ignored, __ATOMIC_RELAXED);

	if (ignored - probe->ignored_swept < LS_LOGINS_MAX / 8)
		return;
	if (!login_sweep(probe->logins_fd))
		probe->ignored_swept = ignored;
}

int probe__fd(const struct probe *probe)
{
	return ring__fd(probe->ring);
}

int probe__next(struct probe *probe, const void **record, size_t *n)
{
	return ring__next(probe->ring, record, n);
}

uint64_t probe__cursor(const struct probe *probe)
{
	return ring__cursor(probe->ring);
}

void probe__release(struct probe *probe, uint64_t cursor)
{
	ring__release(probe->ring, cursor);
}

void probe__fill(const struct probe *probe, size_t *used, size_t *size)
{
	*used = ring__used(probe->ring);
	*size = probe->ring_bytes;
}
