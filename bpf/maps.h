/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MAPS_H
#define LOCKSTEP_MAPS_H

#include "ktypes.h"

/*
 * All maps; defined once, in maps.bpf.c. The hashes are preallocated, and none is LRU: an eviction
 * would let a process slip out of its session. Only a session's TCP socket takes memory as it
 * begins to connect or to listen, or is accepted.
 */
struct members_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LS_MEMBERS_MAX_DEFAULT);
	__type(key, ls_u32);
	__type(value, struct ls_member);
};

struct sessions_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LS_SESSIONS_MAX);
	__type(key, ls_u32);
	__type(value, struct ls_session);
};

struct socks_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct ls_sock);
};

struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LS_RING_BYTES_DEFAULT);
};

struct reader_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, ls_u32);
	__type(value, struct ls_reader);
};

struct logins_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LS_LOGINS_MAX);
	__type(key, ls_u32);
	__type(value, ls_u32);
};

struct login_spares_map {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, LS_LOGIN_SPARES_MAX);
	__type(value, ls_u32);
};

struct login_ignore_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LS_LOGIN_IGNORE_MAX);
	__type(key, struct ls_program);
	__type(value, ls_u32);
};

struct login_watch_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, ls_u32);
	__type(value, struct ls_login_watch);
};

struct login_last_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, ls_u32);
	__type(value, ls_u64);
};

extern struct members_map members SEC(".maps");
extern struct sessions_map sessions SEC(".maps");
extern struct socks_map socks SEC(".maps");
extern struct ring_map ring SEC(".maps");
extern struct reader_map reader SEC(".maps");
extern struct logins_map logins SEC(".maps");
extern struct login_spares_map login_spares SEC(".maps");
extern struct login_ignore_map login_ignore SEC(".maps");
extern struct login_watch_map login_watch SEC(".maps");
extern struct login_last_map login_last SEC(".maps");

/*
 * Before Linux 6.4 (d7ba4cc900bf) a map's operations returned an int and the helpers are declared
 * to return a long, of which then only the lower half is right: there no -EEXIST is equal to
 * -EEXIST.
 */
static __always_inline int map_update(void *map, const void *key, const void *value, ls_u64 flags)
{
	return bpf_map_update_elem(map, key, value, flags);
}

static __always_inline int map_delete(void *map, const void *key)
{
	return bpf_map_delete_elem(map, key);
}
#pragma GCC poison bpf_map_update_elem bpf_map_delete_elem

#endif
