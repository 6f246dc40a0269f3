/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "admission.h"

#include <errno.h>
#include <stdlib.h>

#include "core/timestamp.h"
#include "edge/fsutil.h"
#include "edge/host.h"
#include "edge/lookup.h"
#include "edge/ticket_file.h"

int admission_init(struct admission *admission, const struct request *request,
		   const struct socket_peer *peer)
{
	*admission = (struct admission){ .peer = *peer, .shell = request->shell };
	snprintf(admission->id, sizeof(admission->id), "%s", request->ticket);
	buf_add(&admission->env, request->env.p, request->env.n);
	return admission->env.failed ? -ENOMEM : 0;
}

void admission_free(struct admission *admission)
{
	free(admission->tickets);
	free(admission->profiles);
	buf_free(&admission->env);
	plan_file_free(&admission->file);
	*admission = (struct admission){ 0 };
}

void admission_info(const struct admission *admission, struct session_info *out)
{
	const struct ticket *ticket = admission->file.plan->ticket;

	*out = (struct session_info){
		.ticket = ticket->id,
		.requester = ticket->requester,
		.operator_name = admission->operator_name,
		.operator_uid = admission->peer.uid,
		.summary = ticket->summary,
		.unsigned_ticket = true,
	};
	memcpy(out->ticket_sha256, admission->file.sha256, sizeof(out->ticket_sha256));
}

static void check_operator(const struct admission *admission, const struct ticket *ticket,
			   struct errors *errors)
{
	if (!lookup_is_operator(ticket, admission->peer.uid))
		errors_add(errors,
			   "wrong_operator: ticket %s does not name %s (uid %u) as an operator",
			   admission->id, admission->operator_name, admission->peer.uid);
}

static void check_host(const struct admission *admission, const struct ticket *ticket,
		       struct errors *errors)
{
	struct host host;

	if (host_read(&host))
		errors_add(errors, "wrong_host: the name of this host can't be read");
	else if (!ticket_names_host(ticket, host.name))
		errors_add(errors, "wrong_host: ticket %s does not name this host, %s",
			   admission->id, host.name);
}

static void check_window(const struct admission *admission, const struct ticket *ticket,
			 struct errors *errors)
{
	int64_t now = host_wall_ns();
	char text[TIMESTAMP_SIZE];

	if (now < ticket->from_ns) {
		timestamp_format(ticket->from_ns, text);
		errors_add(errors, "outside_window: ticket %s is not valid before %s",
			   admission->id, text);
	} else if (now >= ticket->until_ns) {
		timestamp_format(ticket->until_ns, text);
		errors_add(errors, "outside_window: ticket %s is not valid since %s", admission->id,
			   text);
	}
}

/* The file of an id is to hold the ticket of that id: a copy under another name is not that ticket.
 */
static void check_ticket(const struct admission *admission, const struct ticket *ticket,
			 struct errors *errors)
{
	if (strcmp(ticket->id, admission->id) != 0)
		errors_add(errors, "the file of ticket %s holds another ticket", admission->id);
	check_operator(admission, ticket, errors);
	check_host(admission, ticket, errors);
	check_window(admission, ticket, errors);
}

static void add_refusal(const struct refusal *refusal, struct errors *errors)
{
	char line[512];

	refusal_line(refusal, line, sizeof(line));
	errors_add(errors, "%s", line);
}

void admission_check(struct admission *admission, struct errors *errors)
{
	struct ticket_file file;
	char path[4096 + 256];
	struct refusal why;
	int ret;

	host_user_name(admission->peer.uid, admission->operator_name,
		       sizeof(admission->operator_name));
	snprintf(path, sizeof(path), "%s/%s.yaml", admission->tickets, admission->id);
	ret = ticket_file_read(path, admission->profiles, FS_NOFOLLOW, &file, &why);
	if (ret) {
		add_refusal(&why, errors);
		return;
	}
	check_ticket(admission, file.ticket, errors);
	/* what will not be opened is not looked up: that is the part that costs */
	if (errors->n == 0 && plan_file_make(path, &file, &admission->file, &why))
		add_refusal(&why, errors);
	ticket_file_free(&file);
}
