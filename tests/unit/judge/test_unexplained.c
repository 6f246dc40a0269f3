/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/unexplained.h"
#include "lib/cmocka.h"

#define IN(text)                                                                                   \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static void test_command(void **state)
{
	static const struct {
		const char *name;
		struct span argv, secret;
		bool more;
		const char *want;
		bool cut;
	} rows[] = {
		{ "a secret, twice", IN("mysql\0hunter2\0-u\0hunter2\0"), IN("hunter2"), false,
		  "/bin/x {secret} -u {secret}", false },
		{ "more secrets than are known", IN("mysql\0a\0b\0"), IN("a"), true,
		  "/bin/x {secret} {secret}", false },
		{ "no secret", IN("mysql\0a\0"), IN("b"), false, "/bin/x a", false },
		{ "no argument", IN(""), IN("b"), false, "/bin/x", false },
		{ "too long",
		  IN("x\0"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\0y\0"),
		  IN("b"), false,
		  "/bin/x "
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct event event = { .kind = RECORD_EXEC,
				       .exec = { .exe = IN("/bin/x"), .argv = rows[i].argv } };
		struct judgement judgement = { .secrets = { rows[i].secret },
					       .secrets_n = 1,
					       .secrets_more = rows[i].more };
		struct unexplained_acts acts = { 0 };

		unexplained_acts_add(&acts, &event, &judgement);
		assert_int_equal(acts.n, 1);
		if (!span_is((struct span){ acts.v[0].text, acts.v[0].text_n }, rows[i].want) ||
		    acts.v[0].cut != rows[i].cut)
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)acts.v[0].text_n,
				 acts.v[0].text);
		unexplained_acts_free(&acts);
	}
}

static void test_bound(void **state)
{
	struct event event = { .kind = RECORD_EXEC };
	struct judgement judgement = { .verdict = VERDICT_UNAPPROVED };
	struct unexplained_acts acts = { 0 };

	(void)state;
	for (int i = 0; i < UNEXPLAINED_ACTS_MAX + 1; i++)
		unexplained_acts_add(&acts, &event, &judgement);
	assert_int_equal(acts.n, UNEXPLAINED_ACTS_MAX);
	unexplained_acts_free(&acts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
