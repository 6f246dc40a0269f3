/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "programs_table.h"

#include "program.h"

/* struct interpreter.before: commands come from stdin whatever the operands. */
enum { NO_SCRIPT = 255 };

/*
 * How an interpreter's command line is read. An option that is unknown here counts as one without a
 * value, so that what follows it would be taken for a script: valued options must be complete.
 */
struct interpreter {
	const char *name;     /* file name without a trailing version: python3.11 is python */
	bool shell;           /* see struct program_nature */
	bool plus;            /* "+x" is an option too */
	unsigned char before; /* operands before the script; NO_SCRIPT: none is one */
	const char *code;     /* letters whose value is code, or a file of code */
	const char *reads;    /* letters that make it read stdin whatever else is given */
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
	{ "sh", true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ "bash", true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ "rbash", true, true, 0, "c", "s", "oO", "", no_words, bash_valued },
	{ "dash", true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ "ash", true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ "zsh", true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ "ksh", true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ "ksh93", true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ "mksh", true, true, 0, "c", "s", "oRT", "", no_words, no_words },
	{ "yash", true, true, 0, "c", "s", "o", "", no_words, no_words },
	{ "csh", true, false, 0, "c", "s", "", "", no_words, no_words },
	{ "tcsh", true, false, 0, "c", "s", "", "", no_words, no_words },
	{ "fish", true, false, 0, "c", "", "CdDfo", "", no_words, no_words },
	{ "python", false, false, 0, "cm", "i", "WXQ", "", no_words, no_words },
	{ "pypy", false, false, 0, "cm", "i", "WX", "", no_words, no_words },
	{ "perl", false, false, 0, "eE", "", "I", "FMmi0lCxVD", no_words, no_words },
	{ "ruby", false, false, 0, "e", "", "IrCE", "FKTWxi0", no_words, no_words },
	{ "irb", false, false, NO_SCRIPT, "", "", "Ir", "", no_words, no_words },
	{ "node", false, false, 0, "ep", "i", "rC", "", node_code, node_valued },
	{ "nodejs", false, false, 0, "ep", "i", "rC", "", node_code, node_valued },
	{ "php", false, false, 0, "rfBRFE", "a", "cdzSt", "", php_code, php_valued },
	{ "lua", false, false, 0, "e", "i", "l", "", no_words, no_words },
	{ "luajit", false, false, 0, "e", "i", "lb", "jO", no_words, no_words },
	{ "tclsh", false, false, 0, "", "", "", "", no_words, no_words },
	{ "wish", false, false, 0, "", "", "", "", no_words, no_words },
	{ "expect", false, false, 0, "cf", "i", "", "", no_words, no_words },
	{ "guile", false, false, 0, "ces", "", "Llxqr", "", no_words, no_words },
	{ "ed", false, false, NO_SCRIPT, "", "", "p", "", no_words, no_words },
	{ "gdb", false, false, NO_SCRIPT, "", "", "", "", no_words, no_words },
	{ "psql", false, false, NO_SCRIPT, "cf", "", "hpUdvoPFRTL", "", sql_code, sql_valued },
	{ "mysql", false, false, NO_SCRIPT, "e", "", "hPuDS", "p", sql_code, sql_valued },
	{ "mariadb", false, false, NO_SCRIPT, "e", "", "hPuDS", "p", sql_code, sql_valued },
	{ "sqlite", false, false, 1, "", "", "", "", no_words, no_words },
	{ "sftp", false, false, NO_SCRIPT, "b", "", "BcDFiJloPRsSX", "", no_words, no_words },
	{ "ftp", false, false, NO_SCRIPT, "", "", "", "", no_words, no_words },
	{ "nsupdate", false, false, 0, "", "", "kyrtuRp", "", no_words, no_words },
};

static const char *const delegation_table[] = {
	"at",
	"batch",
	"atd",
	"crontab",
	"systemd-run",
	"run0",
	"machinectl",
	"busctl",
	"dbus-send",
	"gdbus",
	"qdbus",
	"docker",
	"podman",
	"nerdctl",
	"ctr",
	"crictl",
	"kubectl",
	"oc",
	"lxc",
	"lxc-attach",
	"lxc-start",
	"lxc-execute",
	"incus",
	"virsh",
	"tmux",
	"screen",
	"dtach",
	"abduco",
	"zellij",
	"byobu",
	"ssh",
	"slogin",
	"mosh",
	"mosh-client",
	"emacsclient",
	"anacron",
	"incrontab",
	"pueue",
	"tsp",
	"ansible",
	"ansible-playbook",
	"salt-call",
	"gnome-terminal",
	"kitty",
	"konsole",
};

static const char *const pours_table[] = {
	"tee",
	"dd",
	"sponge",
	/* loaders run what they are told, as an interpreter does */
	"ld.so",
	"ld-linux.so",
	"ld-linux-x86-64.so",
	"ld-musl-x86_64.so",
};

/* "python3.11" is "python"; "sqlite3" is "sqlite"; "-bash" (a login shell) is "bash". */
static struct span program_stem(struct span name)
{
	if (name.n > 1 && name.p[0] == '-') {
		name.p++;
		name.n--;
	}
	while (name.n > 1 && ((name.p[name.n - 1] >= '0' && name.p[name.n - 1] <= '9') ||
			      name.p[name.n - 1] == '.' || name.p[name.n - 1] == '-'))
		name.n--;
	return name;
}

/* Most programs are none of a table: told by the first letter. */
static bool name_is(struct span name, const char *entry)
{
	return name.n > 0 && name.p[0] == entry[0] && span_is(name, entry);
}

static const struct interpreter *interpreter_find(struct span name)
{
	struct span stem = program_stem(name);

	for (size_t i = 0; i < sizeof(interpreters) / sizeof(*interpreters); i++) {
		if (name_is(name, interpreters[i].name) || name_is(stem, interpreters[i].name))
			return &interpreters[i];
	}
	return NULL;
}

static bool delegation_find(struct span name)
{
	for (size_t i = 0; i < sizeof(delegation_table) / sizeof(*delegation_table); i++) {
		if (name_is(name, delegation_table[i]))
			return true;
	}
	return false;
}

static bool pours_find(struct span name)
{
	struct span stem = program_stem(name);

	for (size_t i = 0; i < sizeof(pours_table) / sizeof(*pours_table); i++) {
		if (name_is(stem, pours_table[i]))
			return true;
	}
	return false;
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

	multi_call(&base, &argv);
	rest = argv;
	if (!strings_next(&rest, &argv0))
		argv0 = (struct span){ 0 };
	argv0 = path_base(argv0);
	in = interpreter_find(base);
	if (!in)
		in = interpreter_find(argv0);
	if (in) {
		nature.shell = in->shell;
		nature.input = interpreter_input(in, argv);
	}
	nature.delegation = delegation_find(base) || delegation_find(argv0);
	nature.pours = pours_find(base) || pours_find(argv0);
	return nature;
}
