/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "approve/approvals.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/base64.h"
#include "edge/fsutil.h"
#include "edge/sha256.h"
#include "edge/ssh_keygen.h"

enum { SIGNERS_BYTES_MAX = 4 << 20 };

struct work {
	const struct approvals_opts *opts;
	struct approved *out;
	struct sha256 *sha256;
	char dir[PATH_MAX];
	const char *base; /* the ticket's file, without its directory */
	struct span message;
	struct buf revoked;
	char *why;
	size_t why_n;
};

static int fail(struct work *work, int ret, const char *what, const char *path)
{
	snprintf(work->why, work->why_n, "%s \"%.300s\": %s", what, path, strerror(-ret));
	return ret;
}

static bool is_signature(void *ctx, const char *name)
{
	const struct work *work = ctx;
	size_t base = strlen(work->base), n = strlen(name);

	return n > base + 3 && !strncmp(name, work->base, base) && name[base] == '.' &&
	       !strcmp(name + n - 4, ".sig");
}

/* As ssh-keygen -l shows a key: base64 without its padding. */
static int fingerprint(struct work *work, struct approval *approval)
{
	const struct buf *key = &approval->sig.key;
	struct buf text = { 0 };
	unsigned char bytes[32];
	char hex[65];
	int ret = sha256__bytes(work->sha256, NULL, 0, key->p, key->n, hex);

	for (size_t i = 0; !ret && i < sizeof(bytes); i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return -EIO;
		bytes[i] = (unsigned char)byte;
	}
	base64_encode(&text, (struct span){ (const char *)bytes, sizeof(bytes) });
	while (text.n > 0 && text.p[text.n - 1] == '=')
		text.n--;
	snprintf(approval->key, sizeof(approval->key), "SHA256:%.*s", (int)text.n, text.p);
	if (text.failed)
		ret = -ENOMEM;
	buf_free(&text);
	return ret;
}

static int verify(struct work *work, struct approval *approval)
{
	static const enum approval_fault faults[] = {
		[SSH_KEYGEN_GOOD] = APPROVAL_COUNTS,
		[SSH_KEYGEN_UNKNOWN] = APPROVAL_UNKNOWN,
		[SSH_KEYGEN_NOT_VALID] = APPROVAL_NOT_VALID,
		[SSH_KEYGEN_NOT_ALLOWED] = APPROVAL_NOT_ALLOWED,
		[SSH_KEYGEN_REVOKED] = APPROVAL_REVOKED,
		[SSH_KEYGEN_BAD] = APPROVAL_OTHER_BYTES,
	};
	const struct ssh_keygen_query query = {
		.name_space = APPROVAL_NAMESPACE,
		.message = work->message,
		.signature = buf_span(&approval->bytes),
		.signers = buf_span(&work->out->signers),
		.revoked = buf_span(&work->revoked),
		.now_ns = work->opts->now_ns,
	};
	enum ssh_keygen_answer answer;
	int ret = ssh_keygen_verify(&query, &answer, &approval->signers);

	if (ret)
		return fail(work, ret, "ssh-keygen can't verify", approval->file);
	approval->fault = faults[answer];
	return 0;
}

/* What can't be read is no approval, and no reason to look at no other. */
static int unreadable(struct approval *approval, const char *why)
{
	approval->fault = APPROVAL_UNREADABLE;
	snprintf(approval->why, sizeof(approval->why), "%.150s", why);
	return 0;
}

static int look_at(struct work *work, struct approval *approval)
{
	char path[PATH_MAX];
	struct err err = { 0 };
	int ret;

	if (snprintf(path, sizeof(path), "%s%s", work->dir, approval->file) >= (int)sizeof(path))
		return unreadable(approval, strerror(ENAMETOOLONG));
	ret = fs_read(path, SSHSIG_BYTES_MAX, FS_NOFOLLOW, &approval->bytes);
	if (ret)
		return unreadable(approval, strerror(-ret));
	ret = sha256__bytes(work->sha256, NULL, 0, approval->bytes.p, approval->bytes.n,
			    approval->sha256);
	if (ret)
		return ret;
	if (sshsig_parse(approval->bytes.p, approval->bytes.n, &approval->sig, &err))
		return unreadable(approval, err.message);
	ret = fingerprint(work, approval);
	approval->fault = approval_envelope(&approval->sig);
	return ret || approval->fault ? ret : verify(work, approval);
}

static int add(void *ctx, const char *name)
{
	struct work *work = ctx;
	struct approval *approval = &work->out->list.v[work->out->list.n++];

	approval->file = strdup(name);
	return approval->file ? look_at(work, approval) : -ENOMEM;
}

static int read_lists(struct work *work)
{
	const struct approvals_opts *opts = work->opts;
	struct buf *signers = &work->out->signers;
	int ret = fs_read(opts->signers, SIGNERS_BYTES_MAX, 0, signers);

	if (ret)
		return fail(work, ret, "allowed signers", opts->signers);
	ret = sha256__bytes(work->sha256, NULL, 0, signers->p, signers->n,
			    work->out->signers_sha256);
	if (ret || !opts->revoked)
		return ret;
	ret = fs_read(opts->revoked, SIGNERS_BYTES_MAX, 0, &work->revoked);
	return ret && ret != -ENOENT ? fail(work, ret, "revoked keys", opts->revoked) : 0;
}

/* What was counted, to be kept with the session. */
static int keep(struct approved *approved)
{
	struct approvals *list = &approved->list;
	struct plan_text *text;

	approved->kept = calloc(list->n + 1, sizeof(*approved->kept));
	if (!approved->kept)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].fault != APPROVAL_COUNTS)
			continue;
		text = &approved->kept[approved->kept_n++];
		text->bytes = list->v[i].bytes;
		memcpy(text->sha256, list->v[i].sha256, sizeof(text->sha256));
	}
	text = &approved->kept[approved->kept_n++];
	text->bytes = approved->signers;
	memcpy(text->sha256, approved->signers_sha256, sizeof(text->sha256));
	approvals_names(list, &approved->names);
	buf_addc(&approved->names, '\0');
	approvals_evidence(list, &approved->evidence);
	buf_addc(&approved->evidence, '\0');
	return approved->names.failed || approved->evidence.failed ? -ENOMEM : 0;
}

int approvals_read(const char *path, const struct ticket *ticket, struct span bytes,
		   const struct approvals_opts *opts, struct approved *out, char *why, size_t why_n)
{
	struct work work = {
		.opts = opts, .out = out, .message = bytes, .why = why, .why_n = why_n
	};
	const char *slash = strrchr(path, '/');
	int n, ret;

	*out = (struct approved){ 0 };
	why[0] = '\0';
	work.base = slash ? slash + 1 : path;
	n = slash ? snprintf(work.dir, sizeof(work.dir), "%.*s/", (int)(slash - path), path)
		  : snprintf(work.dir, sizeof(work.dir), "./");
	ret = n < (int)sizeof(work.dir) ? 0 : -ENAMETOOLONG;
	if (!ret)
		ret = sha256__new(&work.sha256);
	if (!ret)
		ret = read_lists(&work);
	if (!ret)
		ret = fs_list(work.dir, is_signature, APPROVALS_MAX, add, &work);
	if (!ret) {
		approvals_count(&out->list, ticket, opts->operator_name);
		ret = keep(out);
	}
	if (ret && !why[0])
		fail(&work, ret, "signatures of", path);
	buf_free(&work.revoked);
	sha256__free(work.sha256);
	if (ret)
		approved_free(out);
	return ret;
}

void approved_free(struct approved *approved)
{
	approvals_free(&approved->list);
	buf_free(&approved->signers);
	buf_free(&approved->names);
	buf_free(&approved->evidence);
	free(approved->kept);
	*approved = (struct approved){ 0 };
}
