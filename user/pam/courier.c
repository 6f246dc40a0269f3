/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pam/courier.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/socket.h"

enum { ANSWER_BYTES_MAX = 1 << 20, RETRY_MS = 10 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the descriptor is readable, -1: just that long. 0 or -ETIMEDOUT. */
static int wait_until(int64_t deadline, int fd, int64_t most_ms)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };
	int64_t left = deadline - now_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	if (left > most_ms)
		left = most_ms;
	poll(&watched, 1, (int)left);
	return 0;
}

/* A full backlog is no answer yet: a daemon that is busy takes it down again. */
static int reach(const char *path, int64_t deadline, int *fd, char *why, size_t why_n)
{
	int ret;

	do
		ret = socket_connect_nowait(path, fd, why, why_n);
	while (ret == -EAGAIN && !wait_until(deadline, -1, RETRY_MS));
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

static int receive(int fd, int64_t deadline, struct buf *line)
{
	struct line_reader reader;
	struct span answer;
	int ret = 0;

	line_reader__init(&reader, ANSWER_BYTES_MAX);
	while (!ret && !line_reader__next(&reader, &answer)) {
		ret = reader.eof ? -ECONNRESET : wait_until(deadline, fd, INT32_MAX);
		if (!ret)
			ret = line_reader__fill(&reader, fd);
		if (ret == -EAGAIN)
			ret = 0;
	}
	if (!ret)
		buf_add(line, answer.p, answer.n);
	line_reader__free(&reader);
	return ret;
}

static int exchange(const char *path, int64_t deadline, struct span request, int pass,
		    struct answer *answer)
{
	int fd;
	int ret = reach(path, deadline, &fd, answer->why, sizeof(answer->why));

	if (ret && ret != -ETIMEDOUT)
		return ret;
	if (!ret) {
		ret = socket_send_line(fd, request, pass);
		if (!ret)
			ret = receive(fd, deadline, &answer->line);
		close(fd);
	}
	if (ret)
		snprintf(answer->why, sizeof(answer->why), "lockstepd gave no answer: %s",
			 ret == -ETIMEDOUT ? "it was not waited for any longer" : strerror(-ret));
	return ret;
}

static void read_answer(struct answer *answer)
{
	answer->object = malloc(sizeof(*answer->object));
	if (answer->object && !answer->line.failed &&
	    !json_read(buf_span(&answer->line), answer->object)) {
		if (json_read_bool(json_get(answer->object, "ok"), &answer->ok))
			answer->ok = false;
		return;
	}
	free(answer->object);
	answer->object = NULL;
	snprintf(answer->why, sizeof(answer->why), "lockstepd's answer can't be read");
}

void courier__ask(struct courier *courier, struct span request, int pass, struct answer *answer)
{
	int64_t begun = now_ms(), took;
	char path[256];

	*answer = (struct answer){ 0 };
	snprintf(path, sizeof(path), "%s/control.sock", courier->run_dir);
	if (exchange(path, begun + courier->left_ms, request, pass, answer) == 0)
		read_answer(answer);
	took = now_ms() - begun;
	courier->left_ms -= took < courier->left_ms ? (unsigned int)took : courier->left_ms;
}

void answer_free(struct answer *answer)
{
	buf_free(&answer->line);
	free(answer->object);
	*answer = (struct answer){ 0 };
}

bool answer_text(const struct answer *answer, const char *key, char *out, size_t n)
{
	struct span value = json_get(answer->object, key);
	struct buf text = { 0 };
	bool is_text = json_is_string(value) && !json_read_text(value, &text);

	snprintf(out, n, "%.*s", (int)text.n, text.n ? text.p : "");
	buf_free(&text);
	return is_text;
}
