// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "outsider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include <cmocka.h>

static bool enter(const char *cgroup)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	out = fopen(path, "we");
	return out && fputs("0", out) >= 0 && !fclose(out);
}

pid_t outsider__start(const char *name, const char *cgroup)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un at;
	pid_t pid;

	assert_int_equal(bind(fd, (struct sockaddr *)&at, outsider_place(&at, name)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* a row that fails does not end it */
		_exit(cgroup && !enter(cgroup) ? 120 : outsider__run(fd));
	}
	assert_true(pid > 0);
	close(fd);
	return pid;
}

void outsider__end(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}
