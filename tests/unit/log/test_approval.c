/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/approval.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"

/*
 * An envelope from words: "S:text" a string of RFC 4251, "B:text" bytes, "N:n" a number of 32 bits,
 * "F:n" a byte, "K:words" a string that holds what the words joined by "," make.
 */
static void put(struct buf *out, const char *words, char between);

static void put_number(struct buf *out, uint32_t n)
{
	const unsigned char bytes[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16),
					 (unsigned char)(n >> 8), (unsigned char)n };

	buf_add(out, bytes, 4);
}

static void put_word(struct buf *out, const char *word)
{
	struct buf inner = { 0 };

	if (word[0] == 'N') {
		put_number(out, (uint32_t)strtoul(word + 2, NULL, 0));
		return;
	}
	if (word[0] == 'F') {
		buf_addc(out, (char)strtoul(word + 2, NULL, 0));
		return;
	}
	if (word[0] == 'K')
		put(&inner, word + 2, ',');
	else
		buf_adds(&inner, word + 2);
	if (word[0] != 'B')
		put_number(out, (uint32_t)inner.n);
	buf_add(out, inner.p, inner.n);
	buf_free(&inner);
}

static void put(struct buf *out, const char *words, char between)
{
	char word[512];

	while (*words) {
		size_t n = 0;

		while (words[n] && words[n] != between)
			n++;
		snprintf(word, sizeof(word), "%.*s", (int)n, words);
		put_word(out, word);
		words += n + (words[n] != 0);
	}
}

static void armor(struct buf *out, const char *words)
{
	struct buf blob = { 0 };

	put(&blob, words, ' ');
	buf_adds(out, "-----BEGIN SSH SIGNATURE-----\n");
	base64_encode(out, buf_span(&blob));
	buf_adds(out, "\n-----END SSH SIGNATURE-----\n");
	buf_free(&blob);
}

#define KEY   "K:S:ssh-ed25519,S:0123 "
#define SK    "K:S:sk-ssh-ed25519@openssh.com,S:0123,S:ssh: "
#define NAMED "S:lockstep-ticket S: S:sha512 "
#define HEAD  "B:SSHSIG N:1 "
#define SIG   "K:S:ssh-ed25519,S:4567"

static const struct {
	const char *name, *words;
	const char *want; /* "NAMESPACE KEY-BYTES [fido] [touched]", or the error's words */
} envelopes[] = {
	{ "nothing", "", "got something else" },
	{ "another magic", "B:SSHSIX N:1 " KEY NAMED SIG, "got something else" },
	{ "another version", "B:SSHSIG N:2 " KEY NAMED SIG, "another version" },
	{ "cut in the namespace", HEAD KEY "N:15 B:lockstep", "cut short" },
	{ "a length beyond the end", HEAD KEY "N:0xffffffff B:lockstep", "cut short" },
	{ "more behind the signature", HEAD KEY NAMED SIG " B:x", "longer than its parts" },
	{ "more behind the key", HEAD "K:S:ssh-ed25519,S:0123,B:x " NAMED SIG,
	  "more behind its key" },
	{ "more behind the signature's end", HEAD KEY NAMED "K:S:ssh-ed25519,S:4567,B:x",
	  "more behind its end" },
	{ "no key", HEAD "S: " NAMED SIG, "key is cut short" },
	{ "a key without its bytes", HEAD "K:S:ssh-ed25519 " NAMED SIG, "key is cut short" },
	{ "a key of another type", HEAD "K:S:ssh-dss,S:0 " NAMED SIG, "not known here" },
	{ "an empty namespace", HEAD KEY "S: S: S:sha512 " SIG, "a length that is not used" },
	{ "a namespace that can't be shown", HEAD KEY "S:a\033[2Jb S: S:sha512 " SIG,
	  "can't be shown" },
	{ "a certificate without its nonce", HEAD "K:S:ssh-ed25519-cert-v01@openssh.com " NAMED SIG,
	  "certificate is cut short" },
	{ "a security key without its flags", HEAD SK NAMED "K:S:sk-ssh-ed25519@openssh.com,S:4567",
	  "without its flags" },
	{ "a security key with more",
	  HEAD SK NAMED "K:S:sk-ssh-ed25519@openssh.com,S:4567,F:1,N:7,B:x", "without its flags" },
	{ "a plain key", HEAD KEY NAMED SIG, "lockstep-ticket 23" },
	{ "another namespace", HEAD KEY "S:git S: S:sha512 " SIG, "git 23" },
	{ "a certificate: the key that it certifies",
	  HEAD "K:S:ssh-ed25519-cert-v01@openssh.com,S:nonce,S:0123,B:therest " NAMED SIG,
	  "lockstep-ticket 23" },
	{ "a security key that was touched",
	  HEAD SK NAMED "K:S:sk-ssh-ed25519@openssh.com,S:4567,F:1,N:7",
	  "lockstep-ticket 46 fido touched" },
	{ "one that was not", HEAD SK NAMED "K:S:sk-ssh-ed25519@openssh.com,S:4567,F:4,N:7",
	  "lockstep-ticket 46 fido" },
};

static void test_envelopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(*envelopes); i++) {
		struct buf text = { 0 };
		struct sshsig sig;
		struct err err = { 0 };
		char got[500];

		armor(&text, envelopes[i].words);
		if (sshsig_parse(text.p, text.n, &sig, &err))
			snprintf(got, sizeof(got), "%s", err.message);
		else
			snprintf(got, sizeof(got), "%s %zu%s%s", sig.name_space, sig.key.n,
				 sig.fido ? " fido" : "", sig.user_present ? " touched" : "");
		if (!strstr(got, envelopes[i].want))
			fail_msg("%s: got \"%s\"", envelopes[i].name, got);
		sshsig_free(&sig);
		buf_free(&text);
	}
}

static void test_armor(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "no end", "-----BEGIN SSH SIGNATURE-----\nAAAA\n", "without its end" },
		{ "no base64", "-----BEGIN SSH SIGNATURE-----\nA*A\n-----END SSH SIGNATURE-----",
		  "not base64" },
		{ "more behind",
		  "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\nx",
		  "more behind its end" },
		{ "more in front", " -----BEGIN SSH SIGNATURE-----\n", "something else" },
	};
	struct sshsig sig;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(sshsig_parse(rows[i].text, strlen(rows[i].text), &sig, &err),
				 -EINVAL);
		if (!strstr(err.message, rows[i].want))
			fail_msg("%s: got \"%s\"", rows[i].name, err.message);
	}
}

/* Each approval as "SIGNERS/KEY[/FAULT]", names joined by "+"; what came of them: 1 counts. */
static const struct {
	const char *name, *approvals[4], *want;
} counts[] = {
	{ "none", { NULL }, "" },
	{ "one", { "alice@x/1" }, "1" },
	{ "two people", { "alice@x/1", "bob@x/2" }, "11" },
	{ "the same key", { "alice@x/1", "bob@x/1" }, "10" },
	{ "the same signer", { "alice@x/1", "alice@x/2" }, "10" },
	{ "the same signer, in capitals", { "alice@x/1", "Alice@X/2" }, "10" },
	{ "the same signer by a second name", { "alice@x/1", "bob@x+alice@x/2" }, "10" },
	{ "the same signer, once without a domain", { "alice/1", "alice@x/2" }, "10" },
	{ "the same name in another domain", { "alice@x/1", "alice@y/2" }, "11" },
	{ "the requester", { "li.wei@contractor.example/1", "bob@x/2" }, "01" },
	{ "the requester among the names", { "bob@x+li.wei@contractor.example/1" }, "0" },
	{ "the requester without a domain", { "li.wei/1" }, "0" },
	{ "the operator", { "jdoe/1" }, "0" },
	{ "the operator in any domain", { "jdoe@example/1", "JDoe@other/2" }, "00" },
	{ "nobody's name", { "/1" }, "0" },
	{ "a pattern", { "*@x/1", "b?b@x/2", "!bob@x/3" }, "000" },
	{ "a pattern behind a name", { "alice@x+*@x/1" }, "1" },
	{ "what was refused stands in nobody's way", { "alice@x/1/bad", "alice@x/1" }, "01" },
};

static void add(struct approvals *approvals, const char *text)
{
	struct approval *approval = &approvals->v[approvals->n++];
	const char *slash = strchr(text, '/');

	for (const char *p = text; p < slash; p++)
		buf_addc(&approval->signers, *p == '+' ? '\n' : *p);
	buf_addc(&approval->sig.key, slash[1]);
	approval->fault = slash[2] ? APPROVAL_OTHER_BYTES : APPROVAL_COUNTS;
	approval->file = strdup("x.sig");
}

static void test_counts(void **state)
{
	struct ticket ticket = { .requester = (char[]){ "li.wei@contractor.example" },
				 .approvals = 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct approvals approvals = { 0 };
		char got[8] = "";
		unsigned int n = 0;

		for (size_t k = 0; k < 4 && counts[i].approvals[k]; k++)
			add(&approvals, counts[i].approvals[k]);
		approvals_count(&approvals, &ticket, "jdoe");
		for (size_t k = 0; k < approvals.n; k++) {
			got[k] = approvals.v[k].fault ? '0' : '1';
			n += approvals.v[k].fault == APPROVAL_COUNTS;
		}
		if (strcmp(got, counts[i].want) || approvals.counted != n || approvals.wanted != 2)
			fail_msg("%s: got \"%s\", %u", counts[i].name, got, approvals.counted);
		approvals_free(&approvals);
	}
}

static void test_tells(void **state)
{
	struct approvals approvals = { 0 };
	struct buf out = { 0 };

	(void)state;
	add(&approvals, "ali\033[2Jce@x/1");
	free(approvals.v[0].file);
	approvals.v[0].file = strdup("CHG\n1.sig");
	snprintf(approvals.v[0].key, sizeof(approvals.v[0].key), "SHA256:abc");
	approval_tell(&approvals.v[0], &out);
	assert_null(memchr(out.p, '\n', out.n));
	assert_null(memchr(out.p, '\033', out.n));
	buf_reset(&out);
	approvals_evidence(&approvals, &out);
	buf_addc(&out, 0);
	assert_string_equal(out.p, "[{\"signer\":\"ali\\u001b[2Jce@x\",\"key\":\"SHA256:abc\","
				   "\"signature\":\"\"}]");
	buf_free(&out);
	approvals_free(&approvals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_armor),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
