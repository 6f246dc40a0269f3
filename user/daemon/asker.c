/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/asker.h"

#include <errno.h>

#include "edge/process.h"

const char *asker_process(const struct control_call *call, bool itself, pid_t *pid)
{
	uid_t uid;
	int ret;

	*pid = -1;
	if (call->passed_fd < 0)
		return "the descriptor of a process has to come with the request";
	ret = process_user(call->passed_fd, pid, &uid);
	if (ret == -EBADF)
		return "the descriptor is not that of a process";
	if (ret && ret != -EPERM)
		return "the process is gone";
	/*
	 * The peer's number is from when it connected. If that process is gone and the number is
	 * another's, that one has the peer's socket and a descriptor of itself: it still speaks for
	 * nobody else.
	 */
	if (itself)
		return *pid == call->peer.pid ? NULL : "the process is not the one that asks";
	if (ret)
		return "the process runs with another user's rights";
	return uid == call->peer.uid ? NULL : "the process belongs to another user";
}
