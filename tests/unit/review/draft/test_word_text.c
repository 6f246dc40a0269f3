/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Arguments as words of a ticket, and what is taken to context. Each row's word is parsed and held
 * against its argument too; `not` is an argument that it must not match.
 */
#include <stdio.h>

#include "core/match/pattern.h"
#include "core/review/draft/word_text.h"
#include "lib/cmocka.h"

static const uint32_t pids[] = { 99, 4711, 70123 };
static const struct placeholder_context session = {
	.pids = pids,
	.pids_n = sizeof(pids) / sizeof(*pids),
	.time_ns = 1795465800000000000ll, /* 2026-11-23T20:30:00Z */
};

struct row {
	const char *name, *argument, *want;
	unsigned int kinds;
	const char * not ;
};

static const struct row rows[] = {
	/* what stays text */
	{ "a number that is no process", "4712", "4712", 0, "4711" },
	{ "a pid inside of a word", "a4711", "a4711", 0, "a4712" },
	{ "a small number", "99", "99", 0, "98" },
	{ "a date of long ago", "2020-01-01", "2020-01-01", 0, "2020-01-02" },
	{ "no date", "2026-13-41", "2026-13-41", 0, "2026-13-42" },
	{ "a number of ten digits", "1234567890", "1234567890", 0, "1234567891" },
	{ "a word below /tmp", "/tmp/site.config", "/tmp/site.config", 0, "/tmp/site.confih" },
	{ "a year at its end", "/tmp/report.backup2024", "/tmp/report.backup2024", 0, "/tmp/x" },
	{ "sixteen digits", "1111222233334444", "1111222233334444", 0, "1111222233334445" },
	{ "a short hash", "deadbee1", "deadbee1", 0, "deadbee2" },
	{ "what nearly is a UUID", "12345678-1234-1234-1234-12345678901g",
	  "12345678-1234-1234-1234-12345678901g", 0, "1" },
	/* what varies */
	{ "mktemp's own", "/tmp/tmp.aBcDeFgHiJ", "/tmp/tmp.??????????", PLACEHOLDER_TEMP,
	  "/tmp/tmp.aBcDe/gHiJ" },
	{ "mktemp elsewhere", "/root/tmp.aB3DeF", "/root/tmp.??????", PLACEHOLDER_TEMP,
	  "/root/tmp.aB3De" },
	{ "with a name", "/var/tmp/site-x9Y8z7.tar", "/var/tmp/site-??????.tar", PLACEHOLDER_TEMP,
	  "/var/tmp/sita-x9Y8z7.tar" },
	{ "Python's", "/tmp/tmpab_12cde/f", "/tmp/tmp???????\?/f", PLACEHOLDER_TEMP,
	  "/tmp/tmpab/f" },
	{ "a pid", "/proc/4711/status", "/proc/[0-9]*/status", PLACEHOLDER_PID,
	  "/proc/self/status" },
	{ "an option with a pid", "--pid=70123", "--pid=[0-9]*", PLACEHOLDER_PID, "--pid=" },
	{ "a date", "backup-2026-11-23.tar", "backup-???\?-?\?-??.tar", PLACEHOLDER_TIME,
	  "backup-2026/11-23.tar" },
	{ "a date in a row", "log.20261124", "log.????????", PLACEHOLDER_TIME, "log.2026112" },
	{ "date and time", "2026-11-23T20:30:01Z", "???\?-?\?-??T??:??:??Z", PLACEHOLDER_TIME,
	  "x" },
	{ "date and time in a row", "x_20261123_203001", "x_????????_??????", PLACEHOLDER_TIME,
	  "x_" },
	{ "seconds of the epoch", "1795465811", "??????????", PLACEHOLDER_TIME, "179546581" },
	{ "nanoseconds of the epoch", "1795465811000000001", "???????????????????",
	  PLACEHOLDER_TIME, "" },
	{ "a UUID", "/run/6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	  "/run/???????\?-???\?-???\?-???\?-????????????", PLACEHOLDER_UUID, "/run/6ba7b810" },
	{ "long hex", "id=0123456789abcdef", "id=????????????????", PLACEHOLDER_HEX, "id=" },
	{ "longer hex", "0123456789abcdef0123456789abcdef0123456789abcdef", "[0-9a-fA-F]*",
	  PLACEHOLDER_HEX, "-x" },
	{ "two kinds", "/tmp/tmp.aBcDeF/4711", "/tmp/tmp.?????\?/[0-9]*",
	  PLACEHOLDER_TEMP | PLACEHOLDER_PID, "/" },
	/* quoting */
	{ "nothing", "", "''", 0, " " },
	{ "an option", "-rf", "-rf", 0, "-r" },
	{ "a blank", "two words", "'two words'", 0, "two" },
	{ "pattern characters", "*?[a]{b,c}", "'*?[a]{b,c}'", 0, "x?a b" },
	{ "a secret's mark", "{secret}", "'{secret}'", 0, "x" },
	{ "dots", "...", "'...'", 0, "x" },
	{ "dots at the end", "a...", "'a...'", 0, "a" },
	{ "what a shell takes", "a;b|c&d$(e)`f`>~#", "'a;b|c&d$(e)`f`>~#'", 0, "a" },
	{ "a single quote", "it's", "\"it's\"", 0, "its" },
	{ "both quotes", "it's \"so\"", "'it'\\''s \"so\"'", 0, "it's so" },
	{ "a backslash and a quote", "\\'", "'\\'\\'''", 0, "\\" },
	{ "a comment", "a #b: c", "'a #b: c'", 0, "a" },
	{ "letters", "gr\xc3\xbc\xc3\x9f", "'gr\xc3\xbc\xc3\x9f'", 0, "gr" },
	{ "a line's end", "a\nb", "a[!\\ -~]b", PLACEHOLDER_HIDDEN, "a b" },
	{ "a line's end at the start", "\n-x", "[!\\ -~]-x", PLACEHOLDER_HIDDEN, "--x" },
	{ "a hidden character",
	  "a\xe2\x80\xae"
	  "b",
	  "a[!\\ -~][!\\ -~][!\\ -~]b", PLACEHOLDER_HIDDEN, "a...b" },
	{ "a quoted part and a pattern", "a b/4711", "'a b/'[0-9]*", PLACEHOLDER_PID, "a b/x" },
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct command command;
		struct buf text = { 0 };
		struct err err = { 0 };
		unsigned int kinds;

		buf_adds(&text, "x ");
		kinds = word_text(&text, &session, span_of(rows[i].argument));
		buf_addc(&text, 0);
		if (strcmp(text.p + 2, rows[i].want) || kinds != rows[i].kinds)
			fail_msg("row \"%s\": got %s (%x)", rows[i].name, text.p + 2, kinds);
		if (command_parse(span_of(text.p), &command, &err))
			fail_msg("row \"%s\": %s", rows[i].name, err.message);
		if (command.words_n != 2 || command.words[1].repeat != WORD_ONCE ||
		    !word_matches(&command.words[1], span_of(rows[i].argument)))
			fail_msg("row \"%s\": does not match itself", rows[i].name);
		if (word_matches(&command.words[1], span_of(rows[i].not )))
			fail_msg("row \"%s\": matches \"%s\"", rows[i].name, rows[i].not );
		command_free(&command);
		buf_free(&text);
	}
}

/* Without a session's facts every argument is text. */
static void test_plain(void **state)
{
	struct buf text = { 0 };

	(void)state;
	assert_int_equal(word_text(&text, NULL, span_of("/tmp/tmp.aBcDeFgHiJ")), 0);
	assert_true(span_is(buf_span(&text), "/tmp/tmp.aBcDeFgHiJ"));
	buf_free(&text);
}

static void test_paths(void **state)
{
	static const struct row paths[] = {
		{ "root", "/", "/", 0, "/a" },
		{ "a quoted path", "/a b/c", "/'a b/c'", 0, "/a" },
		{ "a single quote", "/it's", "/\"it's\"", 0, "/its" },
		{ "a pattern", "/tmp/x y.4711", "/'tmp/x y.'[0-9]*", PLACEHOLDER_PID,
		  "/tmp/x y.z" },
		{ "a line's end", "/\n", "/[!\\ -~]", PLACEHOLDER_HIDDEN, "/a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct buf text = { 0 };
		struct err err = { 0 };
		struct word word;
		unsigned int kinds = word_text_path(&text, &session, span_of(paths[i].argument));

		if (!span_is(buf_span(&text), paths[i].want) || kinds != paths[i].kinds)
			fail_msg("row \"%s\": got %.*s", paths[i].name, (int)text.n, text.p);
		if (pattern_parse(buf_span(&text), &word, &err))
			fail_msg("row \"%s\": %s", paths[i].name, err.message);
		if (!word_matches(&word, span_of(paths[i].argument)) ||
		    word_matches(&word, span_of(paths[i].not )))
			fail_msg("row \"%s\": matches another", paths[i].name);
		word_free(&word);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_words),
					    cmocka_unit_test(test_plain),
					    cmocka_unit_test(test_paths) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
