// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "maps.h"

struct members_map members SEC(".maps");
struct sessions_map sessions SEC(".maps");
struct socks_map socks SEC(".maps");
struct ring_map ring SEC(".maps");
struct reader_map reader SEC(".maps");
struct logins_map logins SEC(".maps");
struct login_spares_map login_spares SEC(".maps");
struct login_ignore_map login_ignore SEC(".maps");
struct login_watch_map login_watch SEC(".maps");
struct login_last_map login_last SEC(".maps");

char _license[] SEC("license") = "Dual BSD/GPL";
