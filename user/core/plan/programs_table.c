/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/programs_table.h"

#include "core/base/array.h"
#include "core/base/chars.h"
#include "core/plan/program.h"

/* struct interpreter.before: commands come from stdin whatever the operands. */
enum { NO_SCRIPT = 255 };

/*
 * How an interpreter's command line is read. An option that is unknown here counts as one without a
 * value, so that what follows it would be taken for a script: valued options must be complete.
 */
struct interpreter {
	struct sorted_name name; /* file name without a trailing version: python3.11 is python */
	bool shell;              /* see struct program_nature */
	bool plus;               /* "+x" is an option too */
	unsigned char before;    /* operands before the script; NO_SCRIPT: none is one */
	const char *code;        /* letters whose value is code, or a file of code */
	const char *reads;       /* letters that make it read stdin whatever else is given */
	const char *valued; /* letters whose value is the rest of the word, or else the next word */
	const char *attached;         /* letters whose value can only be the rest of the word */
	const char *const *code_long; /* likewise, whole words behind "--" */
	const char *const *valued_long;
};

static const char *const no_words[] = { NULL };
static const char *const bash_valued[] = { "rcfile", "init-file", NULL };
static const char *const node_code[] = { "eval", "print", "check", "test", "run", NULL };
static const char *const node_valued[] = {
	"require",    "import", "loader", "experimental-loader", "conditions", "env-file",
	"input-type", "title",  NULL
};
static const char *const php_code[] = { "run",          "file",   "process-code",
					"process-file", "server", NULL };
static const char *const php_valued[] = { "php-ini", "define", "zend-extension", NULL };
static const char *const sql_code[] = { "command", "file", "execute", NULL };
static const char *const sql_valued[] = { "host",     "port",     "user",   "username",
					  "dbname",   "database", "socket", "output",
					  "variable", "set",      NULL };

static const struct interpreter interpreters[] = {
	{ SORTED_NAME("ash"), true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ SORTED_NAME("bash"), true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ SORTED_NAME("csh"), true, false, 0, "c", "s", "", "", no_words, no_words },
	{ SORTED_NAME("dash"), true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ SORTED_NAME("ed"), false, false, NO_SCRIPT, "", "", "p", "", no_words, no_words },
	{ SORTED_NAME("expect"), false, false, 0, "cf", "i", "", "", no_words, no_words },
	{ SORTED_NAME("fish"), true, false, 0, "c", "", "CdDfo", "", no_words, no_words },
	{ SORTED_NAME("ftp"), false, false, NO_SCRIPT, "", "", "", "", no_words, no_words },
	{ SORTED_NAME("gdb"), false, false, NO_SCRIPT, "", "", "", "", no_words, no_words },
	{ SORTED_NAME("guile"), false, false, 0, "ces", "", "Llxqr", "", no_words, no_words },
	{ SORTED_NAME("irb"), false, false, NO_SCRIPT, "", "", "Ir", "", no_words, no_words },
	{ SORTED_NAME("ksh"), true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ SORTED_NAME("ksh93"), true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ SORTED_NAME("lua"), false, false, 0, "e", "i", "l", "", no_words, no_words },
	{ SORTED_NAME("luajit"), false, false, 0, "e", "i", "lb", "jO", no_words, no_words },
	{ SORTED_NAME("mariadb"), false, false, NO_SCRIPT, "e", "", "hPuDS", "p", sql_code,
	  sql_valued },
	{ SORTED_NAME("mksh"), true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ SORTED_NAME("mysql"), false, false, NO_SCRIPT, "e", "", "hPuDS", "p", sql_code,
	  sql_valued },
	{ SORTED_NAME("node"), false, false, 0, "ep", "i", "rC", "", node_code, node_valued },
	{ SORTED_NAME("nodejs"), false, false, 0, "ep", "i", "rC", "", node_code, node_valued },
	{ SORTED_NAME("nsupdate"), false, false, 0, "", "", "kyrtuRp", "", no_words, no_words },
	{ SORTED_NAME("perl"), false, false, 0, "eE", "", "I", "FMmi0lCxVD", no_words, no_words },
	{ SORTED_NAME("php"), false, false, 0, "rfBRFE", "a", "cdzSt", "", php_code, php_valued },
	{ SORTED_NAME("psql"), false, false, NO_SCRIPT, "cf", "", "hpUdvoPFRTL", "", sql_code,
	  sql_valued },
	{ SORTED_NAME("pypy"), false, false, 0, "cm", "i", "WX", "", no_words, no_words },
	{ SORTED_NAME("python"), false, false, 0, "cm", "i", "WXQ", "", no_words, no_words },
	{ SORTED_NAME("rbash"), true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ SORTED_NAME("ruby"), false, false, 0, "e", "", "IrCE", "FKTWxi0", no_words, no_words },
	{ SORTED_NAME("sftp"), false, false, NO_SCRIPT, "b", "", "BcDFiJloPRsSX", "", no_words,
	  no_words },
	{ SORTED_NAME("sh"), true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ SORTED_NAME("sqlite"), false, false, 1, "", "", "", "", no_words, no_words },
	{ SORTED_NAME("tclsh"), false, false, 0, "", "", "", "", no_words, no_words },
	{ SORTED_NAME("tcsh"), true, false, 0, "c", "s", "", "", no_words, no_words },
	{ SORTED_NAME("wish"), false, false, 0, "", "", "", "", no_words, no_words },
	{ SORTED_NAME("yash"), true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ SORTED_NAME("zsh"), true, true, 0, "c", "s", "o", "", no_words, no_words },
};

static const struct sorted_name delegation_table[] = {
	SORTED_NAME("abduco"),      SORTED_NAME("anacron"),
	SORTED_NAME("ansible"),     SORTED_NAME("ansible-playbook"),
	SORTED_NAME("at"),          SORTED_NAME("atd"),
	SORTED_NAME("batch"),       SORTED_NAME("busctl"),
	SORTED_NAME("byobu"),       SORTED_NAME("crictl"),
	SORTED_NAME("crontab"),     SORTED_NAME("ctr"),
	SORTED_NAME("dbus-send"),   SORTED_NAME("docker"),
	SORTED_NAME("dtach"),       SORTED_NAME("emacsclient"),
	SORTED_NAME("gdbus"),       SORTED_NAME("gnome-terminal"),
	SORTED_NAME("incrontab"),   SORTED_NAME("incus"),
	SORTED_NAME("kitty"),       SORTED_NAME("konsole"),
	SORTED_NAME("kubectl"),     SORTED_NAME("lxc"),
	SORTED_NAME("lxc-attach"),  SORTED_NAME("lxc-execute"),
	SORTED_NAME("lxc-start"),   SORTED_NAME("machinectl"),
	SORTED_NAME("mosh"),        SORTED_NAME("mosh-client"),
	SORTED_NAME("nerdctl"),     SORTED_NAME("oc"),
	SORTED_NAME("podman"),      SORTED_NAME("pueue"),
	SORTED_NAME("qdbus"),       SORTED_NAME("run0"),
	SORTED_NAME("salt-call"),   SORTED_NAME("screen"),
	SORTED_NAME("slogin"),      SORTED_NAME("ssh"),
	SORTED_NAME("systemd-run"), SORTED_NAME("tmux"),
	SORTED_NAME("tsp"),         SORTED_NAME("virsh"),
	SORTED_NAME("zellij"),
};

/* Loaders too: they run what they are told, as an interpreter does. */
static const struct sorted_name pours_table[] = {
	SORTED_NAME("dd"),          SORTED_NAME("ld-linux-x86-64.so"),
	SORTED_NAME("ld-linux.so"), SORTED_NAME("ld-musl-x86_64.so"),
	SORTED_NAME("ld.so"),       SORTED_NAME("sponge"),
	SORTED_NAME("tee"),
};

#define TABLE(table)                                                                               \
	{                                                                                          \
		table, ARRAY_SIZE(table), sizeof(*(table))                                         \
	}

const struct sorted_table program_names[PROGRAM_TABLES] = {
	TABLE(interpreters),
	TABLE(delegation_table),
	TABLE(pours_table),
};

/* "python3.11" is "python"; "sqlite3" is "sqlite"; "-bash" (a login shell) is "bash". */
static struct span program_stem(struct span name)
{
	if (name.n > 1 && name.p[0] == '-') {
		name.p++;
		name.n--;
	}
	while (name.n > 1 && (is_digit(name.p[name.n - 1]) || is_one_of(name.p[name.n - 1], ".-")))
		name.n--;
	return name;
}

static const struct sorted_name *find(enum program_table table, struct span name)
{
	const struct sorted_table *names = &program_names[table];

	return sorted_find(names->first, names->n, names->stride, name);
}

/* The whole name first: "ksh93" is one. */
static const struct interpreter *interpreter_find(struct span name)
{
	const struct sorted_name *found = find(PROGRAM_INTERPRETERS, name);

	if (!found)
		found = find(PROGRAM_INTERPRETERS, program_stem(name));
	return (const struct interpreter *)found;
}

static bool begins_with(struct span text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

/* Whether a script operand is an open descriptor, or a terminal, by a name of its own. */
static bool operand_is_stdin(struct span operand)
{
	if (span_is(operand, "-"))
		return true;
	while (operand.n > 1 && operand.p[0] == '/' && operand.p[1] == '/') {
		operand.p++;
		operand.n--;
	}
	return begins_with(operand, "/dev/") || begins_with(operand, "/proc/");
}

static bool letter_in(const char *letters, char letter)
{
	return letter && strchr(letters, letter);
}

/* "--word" or "--word=value" against a list; *attached tells of the "=". */
static bool long_in(const char *const *list, struct span word, bool *attached)
{
	const char *eq = memchr(word.p, '=', word.n);

	*attached = eq;
	if (eq)
		word.n = (size_t)(eq - word.p);
	for (size_t i = 0; list[i]; i++) {
		if (span_is(word, list[i]))
			return true;
	}
	return false;
}

struct options_state {
	bool code, reads;
	bool skip; /* the next word is an option's value */
};

static void long_option(const struct interpreter *in, struct span word, struct options_state *state)
{
	bool attached;

	if (long_in(in->code_long, word, &attached)) {
		state->code = true;
		state->skip = !attached;
	} else if (long_in(in->valued_long, word, &attached)) {
		state->skip = !attached;
	}
}

static void short_options(const struct interpreter *in, struct span word,
			  struct options_state *state)
{
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];

		if (letter_in(in->attached, c))
			return;
		if (letter_in(in->reads, c))
			state->reads = true;
		if (letter_in(in->code, c))
			state->code = true;
		if (!letter_in(in->valued, c) && !letter_in(in->code, c))
			continue;
		/* In a shell "-ec CMD": the letters behind c are options still, and CMD is the next
		 * word. */
		state->skip = state->skip || in->shell || i + 1 == word.n;
		if (!in->shell)
			return;
	}
}

static enum interpreter_input interpreter_input(const struct interpreter *in, struct span argv)
{
	struct options_state state = { 0 };
	bool operands = false;
	unsigned int before = 0;
	struct span word;

	strings_next(&argv, &word); /* argv[0] */
	while (strings_next(&argv, &word)) {
		bool option = word.n > 1 && (word.p[0] == '-' || (in->plus && word.p[0] == '+'));

		if (state.skip) {
			state.skip = false;
		} else if (!operands && span_is(word, "--")) {
			operands = true;
		} else if (!operands && word.n > 2 && word.p[0] == '-' && word.p[1] == '-') {
			long_option(in, (struct span){ word.p + 2, word.n - 2 }, &state);
		} else if (!operands && option) {
			short_options(in, (struct span){ word.p + 1, word.n - 1 }, &state);
		} else if (in->before != NO_SCRIPT && before++ == in->before) {
			state.code = state.code || !operand_is_stdin(word);
			break;
		}
	}
	return state.code && !state.reads ? INPUT_GIVEN : INPUT_STDIN;
}

/* busybox and toybox are the program that argv[0], or else argv[1], names. */
static void multi_call(struct span *exe_base, struct span *argv)
{
	struct span rest = *argv, first;

	if (!span_is(*exe_base, "busybox") && !span_is(*exe_base, "toybox"))
		return;
	if (!strings_next(&rest, &first))
		return;
	first = path_base(first);
	if (span_is(first, "busybox") || span_is(first, "toybox")) {
		*argv = rest;
		if (!strings_next(&rest, &first))
			return;
	}
	*exe_base = first;
}

struct program_nature program_nature(struct span exe, struct span argv)
{
	struct program_nature nature = { 0 };
	struct span base = path_base(exe), rest, argv0;
	const struct interpreter *in;
	bool same;

	multi_call(&base, &argv);
	rest = argv;
	if (!strings_next(&rest, &argv0))
		argv0 = (struct span){ 0 };
	argv0 = path_base(argv0);
	same = span_eq(base, argv0);
	in = interpreter_find(base);
	if (!in && !same)
		in = interpreter_find(argv0);
	if (in) {
		nature.shell = in->shell;
		nature.input = interpreter_input(in, argv);
	}
	nature.delegation =
		find(PROGRAM_DELEGATIONS, base) || (!same && find(PROGRAM_DELEGATIONS, argv0));
	nature.pours = find(PROGRAM_POURS, program_stem(base)) ||
		       (!same && find(PROGRAM_POURS, program_stem(argv0)));
	return nature;
}
