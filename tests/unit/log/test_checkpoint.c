/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/checkpoint.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>

#include "lib/toy_hash.h"

#define ROOT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SIG  "\xe2\x80\x94 lockstep/h AAAA\n"

static const struct {
	const char *name, *note;
} bad[] = {
	{ "nothing", "" },
	{ "no signature", "lockstep/h\n3\n" ROOT "\nseq 3\n" },
	{ "an empty line for signatures", "lockstep/h\n3\n" ROOT "\n\n" },
	{ "no origin", "\n3\n" ROOT "\n\n" SIG },
	{ "a size of its own notation", "lockstep/h\n03\n" ROOT "\n\n" SIG },
	{ "a negative size", "lockstep/h\n-3\n" ROOT "\n\n" SIG },
	{ "a size beyond all", "lockstep/h\n99999999999999999999\n" ROOT "\n\n" SIG },
	{ "no size", "lockstep/h\n\n" ROOT "\n\n" SIG },
	{ "a short root", "lockstep/h\n3\nAAEC\n\n" SIG },
	{ "a root that is none", "lockstep/h\n3\n!\n\n" SIG },
	{ "a seq that is none", "lockstep/h\n3\n" ROOT "\nseq x\n\n" SIG },
};

static void test_bad(void **state)
{
	struct checkpoint out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (checkpoint_parse(span_of(bad[i].note), &out) != -EBADMSG)
			fail_msg("%s: accepted", bad[i].name);
	}
}

static void test_round(void **state)
{
	struct note_key key = { .pub = "0123456789abcdef0123456789abcde" }, other;
	unsigned char signature[ED25519_SIGNATURE_BYTES], found[ED25519_SIGNATURE_BYTES];
	struct digest root = { "root" };
	struct buf note = { 0 };
	struct checkpoint out;

	(void)state;
	memset(signature, 0xa5, sizeof(signature));
	assert_int_equal(note_key_named(&key, "web-1.prod example+x", &toy), 0);
	assert_string_equal(key.name, "lockstep/web-1.prod-example-x");
	checkpoint_body(key.name, 41, &root, 43, &note);
	checkpoint_sign(&key, signature, &note);
	assert_false(note.failed);
	assert_int_equal(checkpoint_parse(buf_span(&note), &out), 0);
	assert_true(span_is(out.origin, key.name));
	assert_int_equal(out.size, 41);
	assert_int_equal(out.seq, 43);
	assert_memory_equal(&out.root, &root, sizeof(root));
	assert_int_equal(out.body.p[out.body.n - 1], '\n');
	assert_int_equal(checkpoint_signature(buf_span(&note), &key, found), 0);
	assert_memory_equal(found, signature, sizeof(found));

	other = key;
	other.id[3] ^= 1;
	assert_int_equal(checkpoint_signature(buf_span(&note), &other, found), -ENOENT);
	other = key;
	other.name[0] = 'L';
	assert_int_equal(checkpoint_signature(buf_span(&note), &other, found), -ENOENT);
	buf_free(&note);
}

static void test_other_lines(void **state)
{
	static const char note[] = "lockstep/h\n0\n" ROOT "\nsome other extension\nseq 9\n\n" SIG;
	struct checkpoint out;

	(void)state;
	assert_int_equal(checkpoint_parse(span_of(note), &out), 0);
	assert_int_equal(out.size, 0);
	assert_int_equal(out.seq, 9);
}

static void test_keys(void **state)
{
	struct note_key key = { .pub = "0123456789abcdef0123456789abcde" }, back;
	static const char *const wrong[] = { "", "a+b", "lockstep/h+00000000+AAAA" };
	struct buf text = { 0 };

	(void)state;
	assert_int_equal(note_key_named(&key, "h", &toy), 0);
	note_key_text(&key, &text);
	assert_int_equal(note_key_parse(&back, buf_span(&text), &toy), 0);
	assert_memory_equal(&key, &back, sizeof(key));
	text.p[0] = 'L'; /* the id is another's now */
	assert_int_equal(note_key_parse(&back, buf_span(&text), &toy), -EINVAL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(note_key_parse(&back, span_of(wrong[i]), &toy), -EINVAL);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
