/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/admission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/timestamp.h"
#include "edge/fsutil.h"
#include "edge/host.h"
#include "edge/lookup.h"
#include "edge/ticket_file.h"

int admission_rules_copy(struct admission_rules *out, const struct admission_rules *rules)
{
	*out = *rules;
	out->tickets = strdup(rules->tickets);
	out->profiles = strdup(rules->profiles);
	out->signers = strdup(rules->signers);
	out->revoked = strdup(rules->revoked);
	if (out->tickets && out->profiles && out->signers && out->revoked)
		return 0;
	admission_rules_free(out);
	return -ENOMEM;
}

void admission_rules_free(struct admission_rules *rules)
{
	free(rules->tickets);
	free(rules->profiles);
	free(rules->signers);
	free(rules->revoked);
	*rules = (struct admission_rules){ 0 };
}

int admission_init(struct admission *admission, const struct request *request,
		   const struct socket_peer *peer)
{
	*admission = (struct admission){ .operator_uid = request_operator(request, peer->uid),
					 .shell = request->shell,
					 .break_glass = request->break_glass };
	snprintf(admission->id, sizeof(admission->id), "%s", request->ticket);
	buf_add(&admission->env, request->env.p, request->env.n);
	return admission->env.failed ? -ENOMEM : 0;
}

void admission_free(struct admission *admission)
{
	admission_rules_free(&admission->rules);
	approved_free(&admission->approved);
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
		.operator_uid = admission->operator_uid,
		.summary = ticket->summary,
		.unsigned_ticket = !admission->approved_enough && !admission->break_glass,
		.break_glass = admission->break_glass,
		.approvers = admission->approved.names.p,
		.approvals = admission->approved.evidence.p,
	};
	memcpy(out->ticket_sha256, admission->file.sha256, sizeof(out->ticket_sha256));
	memcpy(out->signers_sha256, admission->approved.signers_sha256,
	       sizeof(out->signers_sha256));
}

static void check_approvals(struct admission *admission, const char *path,
			    const struct ticket_file *file, struct errors *errors)
{
	const struct approvals_opts opts = { .signers = admission->rules.signers,
					     .revoked = admission->rules.revoked,
					     .now_ns = host_wall_ns(),
					     .operator_name = admission->operator_name };
	const bool optional = admission->rules.signatures_optional;
	struct approvals *list = &admission->approved.list;
	unsigned int wanted;
	char why[512];
	int ret = approvals_read(path, file->ticket, buf_span(&file->bytes), &opts,
				 &admission->approved, why, sizeof(why));

	if (ret && !optional)
		errors_add(errors, "approvals: %s", why);
	if (ret)
		return;
	admission->approved_enough = list->counted >= list->wanted;
	/* Nobody breaks a glass that is not there. */
	admission->break_glass = admission->break_glass && !admission->approved_enough;
	wanted = admission->break_glass ? 1 : list->wanted;
	if (list->counted < wanted && !optional) {
		/* Why the signatures do not do: how many count, and each of the others with its
		 * reason. */
		struct buf line = { 0 };

		errors_add(errors, "approvals: %u of %u signatures count for ticket %s",
			   list->counted, wanted, admission->id);
		for (size_t i = 0; i < list->n; i++) {
			if (list->v[i].fault == APPROVAL_COUNTS)
				continue;
			buf_reset(&line);
			approval_tell(&list->v[i], &line);
			errors_add(errors, "%.*s", (int)line.n, line.n ? line.p : "");
		}
		buf_free(&line);
	}
}

/* A revocation is a file beside the ticket's, so that it holds whoever is running. */
void admission_check_revoked(const struct admission *admission, struct errors *errors)
{
	char path[4096 + 256];

	snprintf(path, sizeof(path), "%s/%s.revoked", admission->rules.tickets, admission->id);
	if (fs_exists(path))
		errors_add(errors, "revoked: ticket %s was revoked", admission->id);
}

/*
 * The file of an id is to hold the ticket of that id: a copy under another name is not that ticket.
 */
static void check_ticket(const struct admission *admission, const struct ticket *ticket,
			 struct errors *errors)
{
	struct host host;
	int64_t now;
	char text[TIMESTAMP_SIZE];

	if (strcmp(ticket->id, admission->id) != 0)
		errors_add(errors, "the file of ticket %s holds another ticket", admission->id);
	if (!lookup_is_operator(ticket, admission->operator_uid))
		errors_add(errors,
			   "wrong_operator: ticket %s does not name %s (uid %u) as an operator",
			   admission->id, admission->operator_name, admission->operator_uid);
	if (host_read(&host))
		errors_add(errors, "wrong_host: the name of this host can't be read");
	else if (!ticket_names_host(ticket, host.name))
		errors_add(errors, "wrong_host: ticket %s does not name this host, %s",
			   admission->id, host.name);
	now = host_wall_ns();
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

	host_user_name(admission->operator_uid, admission->operator_name,
		       sizeof(admission->operator_name));
	if (admission->break_glass && !admission->rules.break_glass) {
		errors_add(errors, "break_glass: the configuration does not allow it");
		return;
	}
	snprintf(path, sizeof(path), "%s/%s.yaml", admission->rules.tickets, admission->id);
	ret = ticket_file_read(path, admission->rules.profiles, FS_NOFOLLOW, &file, &why);
	if (ret) {
		add_refusal(&why, errors);
		return;
	}
	check_ticket(admission, file.ticket, errors);
	admission_check_revoked(admission, errors);
	/* Who may not operate is told nothing of the signers, and costs no ssh-keygen. */
	if (lookup_is_operator(file.ticket, admission->operator_uid))
		check_approvals(admission, path, &file, errors);
	/* what will not be opened is not looked up: that is the part that costs */
	if (errors->n == 0 && plan_file_make(path, &file, &admission->file, &why))
		add_refusal(&why, errors);
	ticket_file_free(&file);
}

static const char suffix[] = ".yaml";

static bool is_ticket_name(void *ctx, const char *name)
{
	size_t n = strlen(name), tail = sizeof(suffix) - 1;

	(void)ctx;
	return n > tail && strcmp(name + n - tail, suffix) == 0 &&
	       id_valid((struct span){ name, n - tail });
}

struct listing {
	struct admission *admission;
	struct buf *ids;
};

static int list_ticket(void *ctx, const char *name)
{
	const struct listing *listing = ctx;
	struct admission *admission = listing->admission;
	struct errors errors = { 0 };
	struct ticket_file file;
	char path[4096 + 256];
	struct refusal why;

	snprintf(admission->id, sizeof(admission->id), "%.*s",
		 (int)(strlen(name) - (sizeof(suffix) - 1)), name);
	snprintf(path, sizeof(path), "%s/%s", admission->rules.tickets, name);
	if (ticket_file_read(path, admission->rules.profiles, FS_NOFOLLOW, &file, &why))
		return 0;
	check_ticket(admission, file.ticket, &errors);
	admission_check_revoked(admission, &errors);
	ticket_file_free(&file);
	if (errors.n == 0)
		buf_add(listing->ids, admission->id, strlen(admission->id) + 1);
	return listing->ids->failed ? -ENOMEM : 0;
}

int admission_list(struct admission *admission, struct buf *ids)
{
	struct listing listing = { admission, ids };

	host_user_name(admission->operator_uid, admission->operator_name,
		       sizeof(admission->operator_name));
	return fs_list(admission->rules.tickets, is_ticket_name, ADMISSION_LIST_MAX, list_ticket,
		       &listing);
}
