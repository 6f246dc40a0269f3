/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approve/approvals.h"
#include "approve/plan_file.h"
#include "cli/client.h"
#include "core/base/array.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "edge/host.h"
#include "edge/ssh_keygen.h"
#include "edge/ticket_file.h"

#define SIGNERS_DEFAULT "/etc/lockstep/allowed_signers"
#define REVOKED_DEFAULT "/etc/lockstep/revoked_keys"

void cli_approvals(const struct approvals *list, bool refused_only, FILE *out)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		if (refused_only && list->v[i].fault == APPROVAL_COUNTS)
			continue;
		buf_reset(&line);
		approval_tell(&list->v[i], &line);
		fprintf(out, "%.*s\n", (int)line.n, line.n ? line.p : "");
	}
	buf_free(&line);
}

/* A refused ticket is signed by nobody. */
static int read_file(struct options *options, const char *profiles, struct ticket_file *out)
{
	struct refusal why;
	struct err err = { 0 };
	int ret;

	if (access(options->operands[0], R_OK))
		return options_fail(options, "\"%s\": %m", options->operands[0]);
	if (ticket_file_read(options->operands[0], profiles, 0, out, &why)) {
		cli_refusal(&why);
		return CLI_NEGATIVE;
	}
	ret = plan_file_check_profiles(out, &err);
	if (ret) {
		refusal_whole(&why, options->operands[0], ret,
			      err.message[0] ? err.message : strerror(-ret));
		cli_refusal(&why);
		ticket_file_free(out);
		return CLI_NEGATIVE;
	}
	return CLI_OK;
}

static const struct option_spec sign_options[] = {
	{ 'k', "key", "FILE",
	  "the key to sign with: a private one, or a public one whose private part an agent "
	  "holds" },
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
	{ 'n', "name", "NAME", "the signature goes to TICKET.NAME.sig (default: from the key)" },
};

/* Letters and digits of the key's bytes: enough to tell the keys of a ticket's signers apart. */
static void name_of_key(const struct sshsig *sig, char out[17])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	size_t n = sig->key.n;

	/* The type and lengths come first and are the same for many; the last bytes are not. */
	for (size_t i = 0; i < 16; i++)
		out[i] = digits[(unsigned char)sig->key.p[n > 40 ? n - 40 + i : i % n] & 31];
	out[16] = '\0';
}

static int write_new(const char *path, const struct buf *bytes)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	ssize_t n = fd < 0 ? -1 : write(fd, bytes->p, bytes->n);
	int ret = n == (ssize_t)bytes->n ? 0 : n < 0 ? -errno : -EIO;

	if (fd >= 0 && close(fd) && !ret)
		ret = -errno;
	if (ret && fd >= 0)
		unlink(path);
	return ret;
}

static int keep_signature(struct options *options, const char *name, const struct buf *signature)
{
	char path[PATH_MAX], own[17];
	struct sshsig sig;
	struct err err = { 0 };
	int ret;

	if (sshsig_parse(signature->p, signature->n, &sig, &err))
		return options_fail(options, "ssh-keygen's signature: %s", err.message);
	name_of_key(&sig, own);
	sshsig_free(&sig);
	snprintf(path, sizeof(path), "%s.%s.sig", options->operands[0], name ? name : own);
	ret = write_new(path, signature);
	if (ret)
		return options_fail(options, "\"%s\": %s", path, strerror(-ret));
	printf("%s\n", path);
	return CLI_OK;
}

static int sign_run(struct options *options)
{
	const char *key = NULL, *name = NULL, *profiles = PLAN_FILE_PROFILES_DIR;
	struct ticket_file file;
	struct buf signature = { 0 };
	int id, ret, status;

	while ((id = options_next(options)) > 0) {
		if (id == 'k')
			key = options->value;
		else if (id == 'p')
			profiles = options->value;
		else if (id == 'n')
			name = options->value;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n != 1 || !key)
		return options_usage(options, "expected one ticket, and --key");
	if (name && !id_valid(span_of(name)))
		return options_usage(options, "--name: \"%s\" is no part of a file's name", name);
	status = read_file(options, profiles, &file);
	if (status)
		return status;
	fprintf(stderr, "signing ticket %s (%zu steps): %s\n", file.ticket->id,
		file.ticket->steps_n, file.ticket->summary ? file.ticket->summary : "no summary");
	ret = ssh_keygen_sign(key, APPROVAL_NAMESPACE, buf_span(&file.bytes), &signature);
	if (ret == -EACCES)
		status = CLI_ERROR; /* it has said why */
	else if (ret)
		status = options_fail(options, "ssh-keygen: %s", strerror(-ret));
	else
		status = keep_signature(options, name, &signature);
	buf_free(&signature);
	ticket_file_free(&file);
	return status;
}

const struct verb verb_ticket_sign = {
	.name = "ticket sign",
	.operands = "FILE",
	.help = "approve a ticket: sign its exact bytes with an SSH key",
	.about = "Wraps `ssh-keygen -Y sign -n lockstep-ticket`, which does as well where lockstep "
		 "is not "
		 "installed.\n"
		 "The signature's file is printed. A ticket that is refused is not signed (exit "
		 "status 1).",
	.options = sign_options,
	.options_n = ARRAY_SIZE(sign_options),
	.run = sign_run,
};

static const struct option_spec verify_options[] = {
	{ 's', "signers", "FILE", "the allowed signers (default: " SIGNERS_DEFAULT ")" },
	{ 'r', "revoked", "FILE",
	  "keys that count no more (default: " REVOKED_DEFAULT ", if it is there)" },
	{ 'o', "operator", "NAME",
	  "the user who is to operate, whose own signature does not count" },
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
};

static int verify_file(struct options *options, const struct ticket_file *file,
		       const struct approvals_opts *opts)
{
	struct approved approved;
	char why[1024];
	bool enough;

	if (approvals_read(options->operands[0], file->ticket, buf_span(&file->bytes), opts,
			   &approved, why, sizeof(why)))
		return options_fail(options, "%s", why);
	enough = approved.list.counted >= approved.list.wanted;
	cli_approvals(&approved.list, false, stdout);
	for (size_t i = 0; i < file->profiles_n; i++)
		printf("profile %s sha256:%s%s\n", file->ticket->profiles.v[i],
		       file->profiles[i]->sha256,
		       ticket_profile_pin(file->ticket, i)
			       ? ", as the ticket says"
			       : ", which the ticket leaves to this host");
	printf("%s: %s: %u of %u signatures count\n", options->operands[0],
	       enough ? "approved" : "not approved", approved.list.counted, approved.list.wanted);
	approved_free(&approved);
	return enough ? CLI_OK : CLI_NEGATIVE;
}

static int verify_run(struct options *options)
{
	struct approvals_opts opts = { .signers = SIGNERS_DEFAULT,
				       .revoked = REVOKED_DEFAULT,
				       .now_ns = host_wall_ns() };
	const char *profiles = PLAN_FILE_PROFILES_DIR;
	struct ticket_file file;
	int id, status;

	while ((id = options_next(options)) > 0) {
		if (id == 's')
			opts.signers = options->value;
		else if (id == 'r')
			opts.revoked = options->value;
		else if (id == 'o')
			opts.operator_name = options->value;
		else if (id == 'p')
			profiles = options->value;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n != 1)
		return options_usage(options, "expected one ticket");
	status = read_file(options, profiles, &file);
	if (status)
		return status;
	status = verify_file(options, &file, &opts);
	ticket_file_free(&file);
	return status;
}

const struct verb verb_ticket_verify = {
	.name = "ticket verify",
	.operands = "FILE",
	.help = "say which signatures approve a ticket, and why the others do not",
	.about = "The signatures are FILE.sig and FILE.*.sig. They are verified by ssh-keygen(1), "
		 "as of now.\n"
		 "Exit status: 0 approved, 1 not, or the ticket is refused, 2 it can't be found "
		 "out.",
	.options = verify_options,
	.options_n = ARRAY_SIZE(verify_options),
	.run = verify_run,
};

static const struct option_spec revoke_options[] = { CLIENT_RUN_DIR_OPTION };

static int revoke_run(struct options *options)
{
	const char *run_dir = CLIENT_RUN_DIR;
	struct client_reply reply;
	struct buf request = { 0 };
	int id, status;

	while ((id = options_next(options)) > 0)
		run_dir = options->value;
	if (id < 0)
		return options->status;
	if (options->operands_n != 1 || !id_valid(span_of(options->operands[0])))
		return options_usage(options, "expected one ticket's id");
	json_begin(&request);
	json_cstr(&request, "op", "ticket_revoke");
	json_cstr(&request, "ticket", options->operands[0]);
	json_close(&request, '}');
	status = client_call(options, run_dir, buf_span(&request), -1, &reply);
	buf_free(&request);
	if (!status)
		printf("ticket %s is revoked; %" PRIu64 " sessions were ended\n",
		       options->operands[0], client_number(reply.object, "ended"));
	client_reply_free(&reply);
	return status;
}

const struct verb verb_ticket_revoke = {
	.name = "ticket revoke",
	.operands = "ID",
	.help = "revoke a ticket: no session can be opened on it, and those that are open end",
	.about = "What their processes do from then on is unapproved (revoked). For good: "
		 "lockstepd keeps "
		 "ID.revoked\n"
		 "beside the ticket. Root only.",
	.options = revoke_options,
	.options_n = 1,
	.run = revoke_run,
};
