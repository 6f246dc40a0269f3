/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/match/pattern.h"
#include "lib/cmocka.h"

static const struct {
	const char *name, *line, *says;
	unsigned int column;
} refused[] = {
	{ "nothing", "", "got nothing", 1 },
	{ "blanks", " \t ", "got nothing", 1 },
	{ "a pipe", "ps ax | grep x", "one step per command", 7 },
	{ "an and", "a && b", "one step per command", 3 },
	{ "background", "a &", "one step per command", 3 },
	{ "a semicolon", "a; b", "one step per command", 2 },
	{ "a subshell", "a (b)", "one step per command", 3 },
	{ "output", "a > b", "redirections", 3 },
	{ "input", "a <b", "redirections", 3 },
	{ "a variable", "a $HOME", "write the value", 3 },
	{ "a variable in double quotes", "a \"$HOME\"", "single quotes", 4 },
	{ "a command in double quotes", "a \"`b`\"", "single quotes", 4 },
	{ "a command in backquotes", "a `b`", "write the value", 3 },
	{ "a home", "a ~/x", "write the directory", 3 },
	{ "a comment", "a # b", "comment", 3 },
	{ "an open single quote", "a 'b", "never closed", 3 },
	{ "an open double quote", "a \"b", "never closed", 3 },
	{ "a final backslash", "a b\\", "after the backslash", 4 },
	{ "a newline", "a\nb", "control", 2 },
	{ "a quoted newline", "a 'x\ny'", "control", 5 },
	{ "an escaped control", "a \\\x01", "control", 4 },
	{ "delete", "a \x7f", "control", 3 },
	{ "cd", "cd /tmp", "`cwd:`", 1 },
	{ "export", "  export A", "`env:`", 3 },
	{ "a quoted built-in", "'eval' x", "no program file", 1 },
	{ "dot", ". x", "no program file", 1 },
	{ "a keyword", "if true", "one step per command", 1 },
	{ "an assignment", "LANG=C ls", "`env:`", 1 },
	{ "a relative path", "./x", "relative path", 1 },
	{ "a relative path below", "bin/x", "relative path", 1 },
	{ "a path with ..", "/usr/../bin/x", "without //", 1 },
	{ "a path with //", "/usr//bin/x", "without //", 1 },
	{ "a path that ends in /", "/usr/bin/", "without //", 1 },
	{ "a pattern as program", "ngin? -t", "got a pattern", 1 },
	{ "alternatives as program", "{a,b} -t", "got a pattern", 1 },
	{ "any program", "...", "got a pattern", 1 },
	{ "a repeated program", "a...", "got a pattern", 1 },
	{ "a secret program", "{secret}", "got a pattern", 1 },
	{ "an empty program", "'' x", "empty word", 1 },
	{ "an open class", "a [bc", "never closed", 3 },
	{ "an empty class", "a []", "never closed", 3 },
	{ "a class with a blank", "a [b c]", "backslash", 5 },
	{ "a class with a quote", "a ['b']", "backslash", 4 },
	{ "a class with a slash", "a [/]", "never matches /", 4 },
	{ "a class of UTF-8", "a [\xc3\xa4]", "ASCII", 4 },
	{ "a named class", "a [[:digit:]]", "named classes", 4 },
	{ "a range backwards", "a [z-a]", "backwards", 4 },
	{ "three stars", "a ***", "* or **", 3 },
	{ "one alternative", "a {b}", "{a,b", 3 },
	{ "find's braces", "find x -exec y {}", "{a,b", 16 },
	{ "a brace range", "a {1..3}", "{a,b", 3 },
	{ "nested alternatives", "a {b,{c,d}}", "inside", 6 },
	{ "open alternatives", "a {b,c", "before the word's end", 3 },
	{ "a blank in alternatives", "a {b, c}", "before the word's end", 3 },
	{ "a closing brace", "a b}", "no { is open", 4 },
	{ "a secret inside a word", "a -p{secret}", "word of its own", 5 },
	{ "a repeated secret", "a {secret}...", "word of its own", 3 },
	{ "four dots", "a ....", "quote the dots", 3 },
	{ "a leading dot by a class", "a [.]x", "can ever match", 3 },
	{ "a leading dash by a class", "a [-]x", "can ever match", 3 },
	{ "a dot-dot by a class", "a x/.[.]/y", "can ever match", 3 },
	{ "a hidden file after a star", "a x/*/[.]y", "can ever match", 3 },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct command command;
		struct err err = { 0 };
		int ret = command_parse(span_of(refused[i].line), &command, &err);

		if (ret != -EINVAL || err.line || err.column != refused[i].column ||
		    !strstr(err.message, refused[i].says) || command.words)
			fail_msg("%s: %d, column %u: %s", refused[i].name, ret, err.column,
				 err.message);
	}
}

static void test_refused_bytes(void **state)
{
	char line[COMMAND_BYTES_MAX + 1];
	struct command command;
	struct err err;

	(void)state;
	assert_int_equal(command_parse((struct span){ "a\0b", 3 }, &command, &err), -EINVAL);
	assert_int_equal(command_parse((struct span){ "a [\0]", 5 }, &command, &err), -EINVAL);
	assert_int_equal(command_parse((struct span){ "a '\0'", 5 }, &command, &err), -EINVAL);
	memset(line, 'a', sizeof(line));
	assert_int_equal(command_parse((struct span){ line, sizeof(line) }, &command, &err),
			 -EINVAL);
	for (size_t i = 0; i < 2 * (COMMAND_WORDS_MAX + 1); i++)
		line[i] = i % 2 ? ' ' : 'a';
	assert_int_equal(
		command_parse((struct span){ line, 2 * (COMMAND_WORDS_MAX + 1) }, &command, &err),
		-EINVAL);
	assert_int_equal(
		command_parse((struct span){ line, 2 * COMMAND_WORDS_MAX }, &command, &err), 0);
	assert_int_equal(command.words_n, COMMAND_WORDS_MAX);
	command_free(&command);
	memset(line, ',', 200);
	memcpy(line, "a {", 3);
	line[200] = '}';
	assert_int_equal(command_parse((struct span){ line, 201 }, &command, &err), -EINVAL);
	assert_non_null(strstr(err.message, "64 alternatives"));
}

static const struct {
	const char *name, *line;
	size_t words_n, nth;
	enum word_repeat repeat;
	const char *value; /* NULL: not literal */
} split[] = {
	{ "plain", "nginx -t", 2, 1, WORD_ONCE, "-t" },
	{ "blanks around", "  nginx \t -t ", 2, 1, WORD_ONCE, "-t" },
	{ "single quotes", "a 'b c' d", 3, 1, WORD_ONCE, "b c" },
	{ "quotes inside a word", "a b'*'c\"?\"d", 2, 1, WORD_ONCE, "b*c?d" },
	{ "an empty word", "a '' b", 3, 1, WORD_ONCE, "" },
	{ "an empty word in double quotes", "a \"\"", 2, 1, WORD_ONCE, "" },
	{ "a backslash", "a b\\ c\\*\\|", 2, 1, WORD_ONCE, "b c*|" },
	{ "escapes in double quotes", "a \"\\$\\\"\\`\\\\\\n\"", 2, 1, WORD_ONCE, "$\"`\\\\n" },
	{ "no escapes in single quotes", "a '\\$x'", 2, 1, WORD_ONCE, "\\$x" },
	{ "the shell's characters quoted", "a '|&;<>()$~#`{}'", 2, 1, WORD_ONCE, "|&;<>()$~#`{}" },
	{ "UTF-8", "a \xc3\xa4", 2, 1, WORD_ONCE, "\xc3\xa4" },
	{ "a pattern", "a *.pem", 2, 1, WORD_ONCE, NULL },
	{ "one or more", "a x... b", 3, 1, WORD_ONE_OR_MORE, "x" },
	{ "a pattern, one or more", "a *.pem...", 2, 1, WORD_ONE_OR_MORE, NULL },
	{ "any arguments", "a ... b", 3, 1, WORD_ANY_ARGS, NULL },
	{ "quoted dots", "a '...'", 2, 1, WORD_ONCE, "..." },
	{ "dots inside", "a x...y", 2, 1, WORD_ONCE, "x...y" },
	{ "two dots", "a ..", 2, 1, WORD_ONCE, ".." },
	{ "a quoted dot, one or more", "a '.'...", 2, 1, WORD_ONE_OR_MORE, "." },
	{ "a secret", "a --token {secret}", 3, 2, WORD_SECRET, NULL },
	{ "a quoted secret", "a '{secret}'", 2, 1, WORD_ONCE, "{secret}" },
	{ "a caret and a bang", "a ^!x", 2, 1, WORD_ONCE, "^!x" },
	{ "a lone ]", "a b]", 2, 1, WORD_ONCE, "b]" },
	{ "a path", "/usr/sbin/nginx -t", 2, 0, WORD_ONCE, "/usr/sbin/nginx" },
	{ "echo is a file too", "echo x", 2, 0, WORD_ONCE, "echo" },
};

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(split) / sizeof(split[0]); i++) {
		struct command command;
		const struct word *word;
		struct err err = { 0 };

		if (command_parse(span_of(split[i].line), &command, &err))
			fail_msg("%s: %s", split[i].name, err.message);
		if (command.words_n != split[i].words_n)
			fail_msg("%s: %zu words", split[i].name, command.words_n);
		word = &command.words[split[i].nth];
		if (word->repeat != split[i].repeat || word->literal != (split[i].value != NULL) ||
		    (word->literal && strcmp(word->value, split[i].value) != 0))
			fail_msg("%s: word is %s", split[i].name, word->text);
		assert_string_equal(command.text, split[i].line);
		command_free(&command);
	}
}

static const struct {
	const char *name, *pattern, *argument;
	bool want;
} matches[] = {
	{ "a literal and more", "abc", "abcd", false },
	{ "a literal and less", "abc", "ab", false },
	{ "star and a slash", "/a/*", "/a/b/c", false },
	{ "star and a hidden file", "/a/*", "/a/.b", false },
	{ "star and a hidden word", "*", ".b", false },
	{ "star and an option", "*", "-rf", false },
	{ "question mark and an option", "?rf", "-rf", false },
	{ "class and an option", "[!a]rf", "-rf", false },
	{ "double star and an option", "**", "-rf", false },
	{ "star, nothing and an option", "*-rf", "-rf", false },
	{ "star, nothing and a dot", "*.conf", ".conf", false },
	{ "question mark and a slash", "a?b", "a/b", false },
	{ "negated class and a slash", "a[!x]b", "a/b", false },
	{ "range over the slash", "a[+-9]b", "a/b", false },
	{ "double star and a hidden file", "/a/**", "/a/b/.c", false },
	{ "double star and dot-dot", "/a/**", "/a/../b", false },
	{ "double star and a final dot-dot", "/a/**", "/a/b/..", false },
	{ "a dot and a star", "/a/.*", "/a/..", false },
	{ "a dot and a star below", "/a/.*/b", "/a/../b", false },
	{ "a dot and a question mark", "/a/.?", "/a/..", false },
	{ "a dot and a class", "/a/.[.x]/b", "/a/../b", false },
	{ "two dots and a star", "/a/..*", "/a/..", false },
	{ "two dots and a star below", "/a/..*/b", "/a/../b", false },
	{ "two dots and a double star", "/a/..**", "/a/../b", false },
	{ "a star and two dots", "/a/*../b", "/a/../b", false },
	{ "a double star and two dots", "/a/**../b", "/a/c/../b", false },
	{ "a dot, a star and a dot", "/a/.*./b", "/a/../b", false },
	{ "a value that climbs", "--dir=**", "--dir=../b", false },
	{ "a value that climbs, its first dot written", "--dir=.**", "--dir=../b", false },
	{ "a value that climbs, behind a star that took nothing", "--dir=*.**", "--dir=../b",
	  false },
	{ "a value that is dot-dot, its first dot written", "--dir=.*", "--dir=..", false },
	{ "a value that is dot-dot, both written, and more", "--dir=..*", "--dir=..", false },
	{ "a value that is dot-dot", "--dir=*", "--dir=..", false },
	{ "a glued value that climbs", "-C?[.x]/b", "-C../b", false },
	{ "alternatives", "{start,stop}", "restart", false },
	{ "alternatives with a dot by star", "{.,x}*", "..", false },
	{ "an empty argument and a question mark", "?", "", false },
	{ "a word that is empty", "''", "x", false },
	{ "class", "[a-c]", "d", false },
	{ "negated class", "[!a-c]", "b", false },
	{ "negated class with a caret", "[^a-c]", "b", false },
	{ "a quoted star", "'*'", "x", false },
	{ "two bytes of UTF-8 and one ?", "?", "\xc3\xa4", false },

	{ "a literal", "abc", "abc", true },
	{ "an empty word", "''", "", true },
	{ "star and nothing", "*", "", true },
	{ "star", "/a/*", "/a/b.c-d", true },
	{ "star in the middle", "/a/*.pem", "/a/x.y.pem", true },
	{ "star at the end", "nginx=1.22.*", "nginx=1.22.1-9", true },
	{ "two stars", "a*b*c", "axxbyybzzc", true },
	{ "question mark", "a?c", "abc", true },
	{ "question mark and any byte", "a?c",
	  "a\xff"
	  "c",
	  true },
	{ "class", "[a-c]x", "bx", true },
	{ "negated class", "[!a-c]x", "dx", true },
	{ "class with ]", "a[]x]", "a]", true },
	{ "negated class with ]", "a[!]]", "ax", true },
	{ "class with a dash at its end", "a[x-]", "a-", true },
	{ "class with an escape", "a[\\]\\ ]", "a ", true },
	{ "class with a dash, inside", "a[-x]", "a-", true },
	{ "alternatives", "{re,}start", "restart", true },
	{ "an empty alternative", "{re,}start", "start", true },
	{ "the last alternative", "{a,b,cd}e", "cde", true },
	{ "a pattern in an alternative", "{x*,y?}z", "y1z", true },
	{ "an option by an alternative", "{-a,-b}", "-b", true },
	{ "an option by its text", "-*", "-rf", true },
	{ "a hidden file by its text", "/a/.*", "/a/.b", true },
	{ "double star", "/a/**", "/a/b/c", true },
	{ "double star and nothing", "/a/**", "/a/", true },
	{ "double star in the middle", "/a/**/c", "/a/x/y/c", true },
	{ "double star and a dash inside", "/a/**", "/a/-b/-c", true },
	{ "double star with a dot inside", "/a/**", "/a/b.c/d..e", true },
	{ "dot-dot as written", "/a/../*", "/a/../b", true },
	{ "dot-dot by an alternative", "{..,x}/b", "../b", true },
	{ "three dots", "/a/..*", "/a/...", true },
	{ "dots after text", "a*", "a...", true },
	{ "a value", "--dir=**", "--dir=/b/c", true },
	{ "a value with a dot", "--dir=*", "--dir=.b", true },
	{ "a value with a dot, written", "--dir=.*", "--dir=.b", true },
	{ "a value that climbs, written", "--dir=../*", "--dir=../b", true },
	{ "dots at the end of a name", "*.*", "a..", true },
	{ "a newline", "a*", "a\nb", true },
};

static void test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct word word;
		struct err err = { 0 };

		if (pattern_parse(span_of(matches[i].pattern), &word, &err))
			fail_msg("%s: %s", matches[i].name, err.message);
		if (word_matches(&word, span_of(matches[i].argument)) != matches[i].want)
			fail_msg("%s: %s and %s", matches[i].name, matches[i].pattern,
				 matches[i].argument);
		word_free(&word);
	}
}

static void test_pattern_is_one_word(void **state)
{
	struct word word;
	struct err err;

	(void)state;
	assert_int_equal(pattern_parse(span_of(""), &word, &err), -EINVAL);
	assert_int_equal(pattern_parse(span_of("a b"), &word, &err), -EINVAL);
	assert_int_equal(pattern_parse(span_of(" a"), &word, &err), -EINVAL);
	assert_int_equal(pattern_parse(span_of("{secret}"), &word, &err), -EINVAL);
	assert_null(word.text);
	assert_int_equal(pattern_parse(span_of("a..."), &word, &err), 0);
	assert_true(word.literal);
	assert_string_equal(word.value, "a...");
	word_free(&word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_bytes),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_pattern_is_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
