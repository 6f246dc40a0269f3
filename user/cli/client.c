/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

static int exchange(int fd, struct span request, int pass, struct buf *line, char *why,
		    size_t why_n)
{
	struct line_reader reader;
	struct span answer;
	int ret;

	line_reader__init(&reader, CLIENT_LINE_MAX);
	ret = socket_send_line(fd, request, pass);
	if (!ret)
		ret = line_reader__wait(&reader, fd, &answer);
	if (!ret)
		buf_add(line, answer.p, answer.n);
	if (ret)
		snprintf(why, why_n, "lockstepd gave no answer: %s", strerror(-ret));
	line_reader__free(&reader);
	return ret;
}

static void shown(struct buf *out, struct span value)
{
	struct buf text = { 0 };

	if (json_is_null(value) || json_read_text(value, &text))
		buf_addc(out, '-');
	else
		text_show(out, buf_span(&text), 0);
	buf_free(&text);
}

int client_call(const struct options *options, const char *run_dir, struct span request, int pass,
		struct client_reply *reply)
{
	struct buf text = { 0 };
	struct span items, item;
	char path[256], why[512];
	bool ok = false;
	int fd, ret;

	*reply = (struct client_reply){ 0 };
	snprintf(path, sizeof(path), "%s/control.sock", run_dir);
	ret = socket_connect(path, &fd, why, sizeof(why));
	if (!ret) {
		ret = exchange(fd, request, pass, &reply->line, why, sizeof(why));
		close(fd);
	}
	if (ret)
		return options_fail(options, "%s", why);
	reply->object = malloc(sizeof(*reply->object));
	if (!reply->object || reply->line.failed ||
	    json_read(buf_span(&reply->line), reply->object))
		return options_fail(options, "lockstepd's answer can't be read");
	if (!json_read_bool(json_get(reply->object, "ok"), &ok) && ok)
		return CLI_OK;
	items = json_items(json_get(reply->object, "errors"));
	while (json_next(&items, &item)) {
		buf_reset(&text);
		shown(&text, item);
		options_fail(options, "%.*s", (int)text.n, text.p ? text.p : "");
	}
	buf_free(&text);
	return CLI_ERROR;
}

void client_reply_free(struct client_reply *reply)
{
	buf_free(&reply->line);
	free(reply->object);
	*reply = (struct client_reply){ 0 };
}

void client_text(struct buf *out, const struct json_object *object, const char *key)
{
	shown(out, json_get(object, key));
}

uint64_t client_number(const struct json_object *object, const char *key)
{
	uint64_t n;

	json_read_u64(json_get(object, key), &n);
	return n;
}

void client_name(const struct json_object *object, const char *key, char *out, size_t n)
{
	struct buf text = { 0 };

	out[0] = '\0';
	if (!json_read_text(json_get(object, key), &text) && text.n < n) {
		memcpy(out, text.p, text.n);
		out[text.n] = '\0';
	}
	buf_free(&text);
}

int client_subscribe(const char *run_dir, const struct subscribe *subscribe, int *fd, char *why,
		     size_t why_n)
{
	struct buf line = { 0 };
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/stream.sock", run_dir);
	ret = socket_connect(path, fd, why, why_n);
	if (ret)
		return ret;
	subscribe_line(subscribe, &line);
	ret = line.failed ? -ENOMEM : socket_send_line(*fd, buf_span(&line), -1);
	buf_free(&line);
	if (ret) {
		snprintf(why, why_n, "lockstepd does not take the request: %s", strerror(-ret));
		close(*fd);
		*fd = -1;
	}
	return ret;
}

static enum client_line sort_other(struct span line, struct json_object *object,
				   struct client_missed *missed, struct buf *message)
{
	struct span value, items, item;

	if (json_read(line, object))
		return CLIENT_UNKNOWN;
	if (json_get(object, "durable").n)
		return CLIENT_DURABLE;
	if (json_get(object, "errors").n) {
		items = json_items(json_get(object, "errors"));
		while (json_next(&items, &item)) {
			buf_adds(message, message->n ? "; " : "");
			shown(message, item);
		}
		return CLIENT_REFUSED;
	}
	value = json_get(object, "missed");
	if (value.n == 0 || json_read(value, object))
		return CLIENT_UNKNOWN;
	*missed = (struct client_missed){ client_number(object, "first"),
					  client_number(object, "last"),
					  client_number(object, "count") };
	return CLIENT_MISSED;
}

enum client_line client_sort(struct span line, struct client_missed *missed, struct buf *message)
{
	/*
	 * Records are many, and are read whole where they are shown: here their beginning will do.
	 */
	static const char begin[] = "{\"v\":1,\"seq\":";
	struct json_object *object;
	enum client_line sort;

	if (line.n >= strlen(begin) && memcmp(line.p, begin, strlen(begin)) == 0)
		return CLIENT_RECORD;
	object = malloc(sizeof(*object));
	sort = object ? sort_other(line, object, missed, message) : CLIENT_UNKNOWN;
	free(object);
	return sort;
}

void client_session_text(struct buf *out, const struct json_object *session, const char *key)
{
	if (strcmp(key, "ticket") || !json_get(session, "login").n)
		client_text(out, session, key);
	else
		buf_addf(out, "none, login %" PRIu64, client_number(session, "login"));
}
