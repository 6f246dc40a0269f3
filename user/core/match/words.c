/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/pattern.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/base/grow.h"
#include "core/match/word_parse.h"

/*
 * First words that no program file stands behind (POSIX XCU 2.14 and 2.4, bash(1)): a rule for one
 * can never match. test, [, echo, printf, kill, pwd, true and false are files too.
 */
static const struct {
	const char *name, *instead;
} builtins[] = {
	{ "cd", "a step's directory is its `cwd:`" },
	{ "pushd", "a step's directory is its `cwd:`" },
	{ "popd", "a step's directory is its `cwd:`" },
	{ "export", "a step's environment is its `env:`" },
	{ "set", "a step's environment is its `env:`" },
	{ "unset", "a step's environment is its `env:`" },
	{ "declare", "a step's environment is its `env:`" },
	{ "typeset", "a step's environment is its `env:`" },
	{ "local", "a step's environment is its `env:`" },
	{ "readonly", "a step's environment is its `env:`" },
	{ "let", "a step's environment is its `env:`" },
	{ "source", "name the script as a program, or the interpreter that runs it" },
	{ ".", "name the script as a program, or the interpreter that runs it" },
	{ "eval", "write the command that it would run" },
	{ "exec", "write the command that it would run" },
	{ "command", "write the command that it would run" },
	{ "builtin", "write the command that it would run" },
	{ "coproc", "write the command that it would run" },
	{ "alias", "write the command that it stands for" },
	{ "unalias", "leave it out" },
	{ "ulimit", "use prlimit" },
	{ "umask", "leave it out, or use install -m" },
	{ "read", "leave it out" },
	{ "mapfile", "leave it out" },
	{ "readarray", "leave it out" },
	{ "wait", "leave it out" },
	{ "jobs", "leave it out" },
	{ "fg", "leave it out" },
	{ "bg", "leave it out" },
	{ "disown", "leave it out" },
	{ "suspend", "leave it out" },
	{ "trap", "leave it out" },
	{ "shift", "leave it out" },
	{ "getopts", "leave it out" },
	{ "hash", "leave it out" },
	{ "history", "leave it out" },
	{ "fc", "leave it out" },
	{ "shopt", "leave it out" },
	{ "enable", "leave it out" },
	{ "bind", "leave it out" },
	{ "times", "leave it out" },
	{ "type", "use which" },
	{ "dirs", "leave it out" },
	{ "return", "leave it out" },
	{ "exit", "leave it out" },
	{ "logout", "leave it out" },
	{ "break", "write one step per command" },
	{ "continue", "write one step per command" },
	{ ":", "leave it out" },
	{ "if", "write one step per command" },
	{ "then", "write one step per command" },
	{ "else", "write one step per command" },
	{ "elif", "write one step per command" },
	{ "fi", "write one step per command" },
	{ "for", "write one step per command" },
	{ "while", "write one step per command" },
	{ "until", "write one step per command" },
	{ "do", "write one step per command" },
	{ "done", "write one step per command" },
	{ "case", "write one step per command" },
	{ "esac", "write one step per command" },
	{ "select", "write one step per command" },
	{ "function", "write one step per command" },
	{ "!", "write the command alone" },
};

static int refuse_builtin(const struct word_parse *parse, size_t at, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++) {
		if (strcmp(name, builtins[i].name) == 0)
			return err_set(parse->err, -EINVAL, 0, (unsigned int)at + 1,
				       "\"%s\" is the shell's own and no program file, so it is "
				       "never seen: %s",
				       builtins[i].name, builtins[i].instead);
	}
	return 0;
}

/* NAME=... before a command is an assignment, not a program. */
static bool is_assignment(const struct word *word)
{
	size_t n = strcspn(word->text, "=");

	return word->text[n] == '=' && n > 0 &&
	       n == strspn(word->text,
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
}

static bool has_component(const char *path, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		if (strncmp(p + 1, name, n) == 0 && (p[1 + n] == '/' || p[1 + n] == 0))
			return true;
	}
	return false;
}

static int check_path(const struct word_parse *parse, size_t at, const char *path)
{
	if (!strchr(path, '/'))
		return 0;
	if (path[0] != '/')
		return word_parse__refuse(
			parse, at, "expected an absolute path or a bare name, got a relative path");
	if (has_component(path, "") || has_component(path, ".") || has_component(path, ".."))
		return word_parse__refuse(
			parse, at, "expected a program's path without //, /./, /../ and a final /");
	return 0;
}

/* words[0] names the program. */
static int check_program(const struct word_parse *parse, size_t at, const struct word *word)
{
	int ret;

	if (is_assignment(word))
		return word_parse__refuse(parse, at,
					  "expected a program: a step's environment is its `env:`");
	if (!word->literal || word->repeat != WORD_ONCE)
		return word_parse__refuse(parse, at,
					  "expected a program's name or path, got a pattern");
	if (!word->value[0])
		return word_parse__refuse(parse, at,
					  "expected a program's name or path, got an empty word");
	ret = refuse_builtin(parse, at, word->value);
	return ret ? ret : check_path(parse, at, word->value);
}

static void skip_blanks(struct word_parse *parse)
{
	while (parse->at < parse->text.n &&
	       (parse->text.p[parse->at] == ' ' || parse->text.p[parse->at] == '\t'))
		parse->at++;
}

static int parse_word(struct word_parse *parse, struct command *out, size_t *cap)
{
	size_t at = parse->at;
	int ret;

	if (out->words_n == COMMAND_WORDS_MAX)
		return word_parse__refuse(parse, at, "expected at most 256 words");
	if (grow_to(out->words, *cap, out->words_n + 1))
		return -ENOMEM;
	ret = word_parse__next(parse, &out->words[out->words_n]);
	if (ret)
		return ret;
	out->words_n++;
	return out->words_n == 1 ? check_program(parse, at, &out->words[0]) : 0;
}

static int parse_words(struct word_parse *parse, struct command *out)
{
	size_t cap = 0;

	for (;;) {
		int ret;

		skip_blanks(parse);
		if (parse->at == parse->text.n)
			return 0;
		ret = parse_word(parse, out, &cap);
		if (ret)
			return ret;
	}
}

int command_parse(struct span text, struct command *out, struct err *err)
{
	struct word_parse parse = { .text = text, .err = err, .command = true };
	int ret;

	*out = (struct command){ 0 };
	if (text.n > COMMAND_BYTES_MAX)
		return word_parse__refuse(&parse, COMMAND_BYTES_MAX, "expected at most 4096 bytes");
	ret = parse_words(&parse, out);
	if (!ret && out->words_n == 0)
		ret = word_parse__refuse(&parse, 0, "expected a command, got nothing");
	if (!ret) {
		out->text = strndup(text.p, text.n);
		ret = out->text ? 0 : -ENOMEM;
	}
	if (ret)
		command_free(out);
	return ret;
}

void command_free(struct command *command)
{
	for (size_t i = 0; i < command->words_n; i++)
		word_free(&command->words[i]);
	free(command->words);
	free(command->text);
	*command = (struct command){ 0 };
}
