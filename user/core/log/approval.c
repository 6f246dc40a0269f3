/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/approval.h"

#include <stdlib.h>

#include "core/base/chars.h"
#include "core/base/json.h"
#include "core/base/text.h"

enum { SHOWN_MAX = 200 };

static const char *const fault_texts[APPROVAL_FAULTS] = {
	[APPROVAL_COUNTS] = "approves",
	[APPROVAL_UNREADABLE] = "can't be read",
	[APPROVAL_OTHER_NAMESPACE] = "was made for another purpose than tickets",
	[APPROVAL_UNTOUCHED] = "was made by a security key that nobody touched",
	[APPROVAL_UNKNOWN] = "its key is no allowed signer's",
	[APPROVAL_NOT_VALID] = "its signer is not valid at this time",
	[APPROVAL_NOT_ALLOWED] = "its signer is not allowed to approve tickets",
	[APPROVAL_REVOKED] = "its key was revoked",
	[APPROVAL_OTHER_BYTES] = "was made over other bytes than this ticket's",
	[APPROVAL_NAMELESS] = "its allowed signer is a pattern, which names nobody",
	[APPROVAL_BY_REQUESTER] = "is the requester's own",
	[APPROVAL_BY_OPERATOR] = "is the operator's own",
	[APPROVAL_SAME_SIGNER] = "is a second one of the same signer",
	[APPROVAL_SAME_KEY] = "is a second one of the same key",
};

enum approval_fault approval_envelope(const struct sshsig *sig)
{
	if (strcmp(sig->name_space, APPROVAL_NAMESPACE) != 0)
		return APPROVAL_OTHER_NAMESPACE;
	return sig->fido && !sig->user_present ? APPROVAL_UNTOUCHED : APPROVAL_COUNTS;
}

static bool next_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = end ? (size_t)(end - rest->p) : rest->n;
	rest->p += line->n + (end != NULL);
	rest->n -= line->n + (end != NULL);
	return true;
}

static bool is_pattern(struct span name)
{
	return memchr(name.p, '*', name.n) || memchr(name.p, '?', name.n) ||
	       memchr(name.p, '!', name.n);
}

/* The signer's name: the first one on his line; n 0: he has no name, or a pattern. */
static struct span signer_of(const struct approval *approval)
{
	struct span rest = buf_span(&approval->signers), line;

	if (next_line(&rest, &line) && line.n > 0 && !is_pattern(line))
		return line;
	return (struct span){ 0 };
}

static bool same_text(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	}
	return true;
}

static struct span before_at(struct span name)
{
	const char *at = name.n ? memchr(name.p, '@', name.n) : NULL;

	return at ? (struct span){ name.p, (size_t)(at - name.p) } : name;
}

/* With two domains two people; a name without one may be anybody's of that name. */
static bool same_person(struct span a, struct span b)
{
	struct span a_name = before_at(a), b_name = before_at(b);

	if (a_name.n < a.n && b_name.n < b.n)
		return same_text(a, b);
	return a.n > 0 && same_text(a_name, b_name);
}

/* Any of the names that the key has. */
static bool is_signer(const struct approval *approval, const char *name)
{
	struct span rest = buf_span(&approval->signers), line;

	while (name && next_line(&rest, &line)) {
		if (same_person(line, span_of(name)))
			return true;
	}
	return false;
}

static bool shares_name(const struct approval *a, const struct approval *b)
{
	struct span ours = buf_span(&a->signers), theirs, one, other;

	while (next_line(&ours, &one)) {
		for (theirs = buf_span(&b->signers); next_line(&theirs, &other);) {
			if (same_person(one, other))
				return true;
		}
	}
	return false;
}

static enum approval_fault beside_others(const struct approvals *approvals, size_t i)
{
	const struct approval *approval = &approvals->v[i];

	for (size_t k = 0; k < i; k++) {
		const struct approval *other = &approvals->v[k];

		if (other->fault != APPROVAL_COUNTS)
			continue;
		if (span_eq(buf_span(&other->sig.key), buf_span(&approval->sig.key)))
			return APPROVAL_SAME_KEY;
		if (shares_name(other, approval))
			return APPROVAL_SAME_SIGNER;
	}
	return APPROVAL_COUNTS;
}

void approvals_count(struct approvals *approvals, const struct ticket *ticket,
		     const char *operator_name)
{
	approvals->counted = 0;
	approvals->wanted = ticket->approvals;
	for (size_t i = 0; i < approvals->n; i++) {
		struct approval *approval = &approvals->v[i];

		if (approval->fault == APPROVAL_COUNTS && !signer_of(approval).n)
			approval->fault = APPROVAL_NAMELESS;
		if (approval->fault == APPROVAL_COUNTS && is_signer(approval, ticket->requester))
			approval->fault = APPROVAL_BY_REQUESTER;
		if (approval->fault == APPROVAL_COUNTS && is_signer(approval, operator_name))
			approval->fault = APPROVAL_BY_OPERATOR;
		if (approval->fault == APPROVAL_COUNTS)
			approval->fault = beside_others(approvals, i);
		approvals->counted += approval->fault == APPROVAL_COUNTS;
	}
}

void approval_tell(const struct approval *approval, struct buf *out)
{
	struct span signer = signer_of(approval);

	text_show(out, span_of(approval->file), SHOWN_MAX);
	buf_addf(out, ": %s", fault_texts[approval->fault]);
	if (approval->fault == APPROVAL_UNREADABLE)
		buf_addf(out, ": %s", approval->why);
	if (approval->fault == APPROVAL_OTHER_NAMESPACE)
		buf_addf(out, " (namespace \"%s\")", approval->sig.name_space);
	if (signer.n > 0) {
		buf_adds(out, " (");
		text_show(out, signer, SHOWN_MAX);
		buf_addf(out, ", %s)", approval->key);
	} else if (approval->key[0]) {
		buf_addf(out, " (%s)", approval->key);
	}
}

void approvals_names(const struct approvals *approvals, struct buf *out)
{
	json_open(out, NULL, '[');
	for (size_t i = 0; i < approvals->n; i++) {
		if (approvals->v[i].fault == APPROVAL_COUNTS)
			json_text(out, NULL, signer_of(&approvals->v[i]));
	}
	json_close(out, ']');
}

void approvals_evidence(const struct approvals *approvals, struct buf *out)
{
	json_open(out, NULL, '[');
	for (size_t i = 0; i < approvals->n; i++) {
		const struct approval *approval = &approvals->v[i];

		if (approval->fault != APPROVAL_COUNTS)
			continue;
		json_open(out, NULL, '{');
		json_text(out, "signer", signer_of(approval));
		json_cstr(out, "key", approval->key);
		json_cstr(out, "signature", approval->sha256);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void approvals_free(struct approvals *approvals)
{
	for (size_t i = 0; i < approvals->n; i++) {
		struct approval *approval = &approvals->v[i];

		free(approval->file);
		buf_free(&approval->bytes);
		buf_free(&approval->signers);
		sshsig_free(&approval->sig);
	}
	*approvals = (struct approvals){ 0 };
}
