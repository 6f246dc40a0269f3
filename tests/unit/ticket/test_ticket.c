/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/base/buf.h"
#include "core/ticket/ticket.h"
#include "core/yaml/reader.h"
#include "lib/cmocka.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Five lines, then the steps: a row's own lines follow. */
#define FROM_REQUESTER "requester: r\noperators: [o]\n"
#define WINDOW         "window: {from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z}\n"
#define HEAD           "lockstep: 1\nticket: T\n" FROM_REQUESTER WINDOW
/* Line 9 is next, in the step at column 5. */
#define STEP           HEAD "steps:\n  - id: a\n    run: ls\n"
#define A63            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct bad_row {
	const char *name, *text;
	unsigned int line, column;
	const char *message; /* a part of it */
};

static const struct bad_row bad_rows[] = {
	/* the document */
	{ "empty", "", 1, 1, "expected a document, got nothing" },
	{ "comments only", "# nothing\n\n", 3, 1, "expected a document, got nothing" },
	{ "a text", "lockstep\n", 1, 1, "expected the ticket (a mapping), got text \"lockstep\"" },
	{ "a sequence", "- lockstep: 1\n", 1, 1,
	  "expected the ticket (a mapping), got a sequence" },
	{ "second document", STEP "---\nticket: X\n", 9, 1, "expected one document, got more" },
	{ "second document behind dots", STEP "...\n---\n", 10, 1, "expected one document" },
	{ "junk behind dots", STEP "... \n# c\n x\n", 11, 2, "expected one document" },
	{ "directive behind the document", STEP "...\n%TAG ! x\n", 10, 1, "expected one document" },
	{ "YAML directive", "%YAML 1.1\n---\n" STEP, 1, 1, "expected no directive" },
	{ "TAG directive", "# c\n \t\n%TAG ! x\n---\n" STEP, 3, 1, "expected no directive" },
	{ "not YAML", "lockstep: 1\n\tticket: T\n", 2, 1, "expected YAML, got something else" },
	{ "unended quote", "lockstep: 1\nticket: \"T\n", 3, 1,
	  "expected YAML, got something else" },
	{ "unended flow", "lockstep: 1\noperators: [a, b\n", 3, 1, "expected YAML" },
	{ "bad indentation", HEAD "steps:\n  - id: a\n   run: ls\n", 7, 5,
	  "expected the key \"run\"" },
	/* bytes */
	{ "byte order mark", "\xef\xbb\xbf" STEP, 1, 1, "\\ufeff" },
	{ "UTF-16", "\xff\xfel\0o\0", 1, 1, "expected UTF-8, got the byte 0xff" },
	{ "latin-1", "lockstep: 1\nsummary: caf\xe9\n", 2, 13,
	  "expected UTF-8, got the byte 0xe9" },
	{ "overlong UTF-8", "summary: \xc0\xaf\n", 1, 10, "expected UTF-8, got the byte 0xc0" },
	{ "surrogate", "summary: \xed\xa0\x80\n", 1, 10, "expected UTF-8, got the byte 0xed" },
	{ "escape", "summary: \x1b[31m\n", 1, 10,
	  "expected text that can be seen, got the character \"\\x1b\"" },
	{ "carriage return alone", "lockstep: 1\rticket: T\n", 1, 12, "\\r" },
	{ "DEL", "summary: a\x7f\n", 1, 11, "\\x7f" },
	{ "next line", "lockstep: 1\xc2\x85\n", 1, 12, "\\u0085" },
	{ "line separator", "# \xe2\x80\xa8ticket: X\n", 1, 3, "\\u2028" },
	{ "bidi override in a comment", "# \xe2\x80\xae\n", 1, 3, "\\u202e" },
	{ "zero-width space", STEP "    cwd: /a\xe2\x80\x8b\n", 9, 12, "\\u200b" },
	{ "escaped NUL", "summary: \"a\\0b\"\n", 1, 10, "got the character \"\\x00\"" },
	{ "escaped bidi", "summary: \"\\u202e\"\n", 1, 10, "got the character \"\\u202e\"" },
	{ "escaped tab", "summary: \"a\\tb\"\n", 1, 10, "got the character \"\\t\"" },
	{ "line break in a text", "lockstep: 1\nsummary: |\n  a\n  b\n", 2, 10,
	  "got a line break" },
	{ "control character in a key", "\"a\\x07\": 1\n", 1, 1, "\\x07" },
	/* what YAML can do and a ticket may not */
	{ "anchor", "summary: &a x\n", 1, 10, "got an anchor" },
	{ "anchor of a mapping", "window: &w {from: x}\n", 1, 9, "got an anchor" },
	{ "anchor of the document", "&a\nlockstep: 1\n", 1, 1, "got an anchor" },
	{ "alias", "lockstep: 1\nsummary: *a\n", 2, 10,
	  "got an alias (*); write such a text in quotes" },
	{ "alias as a key", "*a : 1\n", 1, 1, "got an alias" },
	{ "unquoted pattern", "hosts: [*]\n", 1, 10,
	  "got an alias (*); write such a text in quotes" },
	{ "unquoted group", "operators: [@wheel]\n", 1, 13, "write such a text in quotes" },
	{ "tag", "lockstep: !!int 1\n", 1, 11, "got a tag" },
	{ "local tag", "operators: !x [a]\n", 1, 12, "got a tag" },
	{ "non-specific tag", "summary: ! x\n", 1, 10, "got a tag" },
	{ "merge key", HEAD "<<: {a: b}\n", 6, 1, "expected a key of the ticket" },
	{ "mapping as a key", "? {a: b}\n: c\n", 1, 3, "expected a key, got a mapping" },
	/* keys */
	{ "key of three letters, two edits away", STEP "    rxx: 1\n", 9, 5,
	  "(id, run, as, times" },
	{ "key too long to be near", STEP "    childrenchildrenchildren1: 1\n", 9, 5, "(id, run" },
	{ "unknown key", "lockstep: 1\nfoo: 1\n", 2, 1,
	  "(lockstep, ticket, summary, requester, operators, hosts" },
	{ "mistyped key", STEP "    tiems: 1\n", 9, 5, "is it \"times\"?), got \"tiems\"" },
	{ "mistyped key of the ticket", "lockstep: 1\noperator: [a]\n", 2, 1,
	  "is it \"operators\"?" },
	{ "key in another case", "lockstep: 1\nTicket: a\n", 2, 1, "is it \"ticket\"?" },
	{ "key with a blank", "lockstep: 1\n\"ticket \": a\n", 2, 1, "got \"ticket \"" },
	{ "repeated key", "lockstep: 1\nticket: a\nticket: b\n", 3, 1,
	  "expected \"ticket\" once, got it again (first in line 2)" },
	{ "repeated key, the same value", "lockstep: 1\nlockstep: 1\n", 2, 1, "once" },
	{ "repeated key of a step", STEP "    run: ls\n", 9, 5,
	  "expected \"run\" once, got it again (first in line 8)" },
	{ "repeated, once quoted", "lockstep: 1\n\"lockstep\": 1\n", 2, 1, "once" },
	{ "a profile's key", "lockstep: 1\nprofile: a\n", 2, 1, "expected a key of the ticket" },
	{ "no version", "ticket: T\n" FROM_REQUESTER WINDOW "steps: [{id: a, run: ls}]\n", 1, 1,
	  "expected the key \"lockstep\" in the ticket, got none" },
	{ "no operators",
	  "lockstep: 1\nticket: T\nrequester: r\n" WINDOW "steps: [{id: a, run: ls}]\n", 1, 1,
	  "\"operators\"" },
	{ "no steps", HEAD, 1, 1, "expected the key \"steps\"" },
	{ "no id", HEAD "steps:\n  - run: ls\n", 7, 5, "expected the key \"id\" in a step" },
	{ "no run", HEAD "steps:\n  - id: a\n  - id: b\n", 7, 5,
	  "expected the key \"run\" in a step" },
	{ "no until", "window: {from: 2026-01-01T00:00:00Z}\n", 1, 9,
	  "expected the key \"until\" in the window" },
	/* the ticket's values */
	{ "version 2", "lockstep: 2\n", 1, 11,
	  "lockstep: expected the language's version 1, got text \"2\"" },
	{ "version in quotes", "lockstep: \"1\"\n", 1, 11, "got quoted text \"1\"" },
	{ "version 1.0", "lockstep: 1.0\n", 1, 11, "got text \"1.0\"" },
	{ "no id of the ticket", "ticket:\n", 1, 8, "got nothing" },
	{ "empty id", "ticket: \"\"\n", 1, 9, "got an empty text" },
	{ "id with a slash", "ticket: a/b\n", 1, 9, "1 to 64 letters" },
	{ "id as a directory", "ticket: ..\n", 1, 9, "1 to 64 letters" },
	{ "id too long", "ticket: " A63 "aa\n", 1, 9, "1 to 64 letters" },
	{ "id not a text", "ticket: [a]\n", 1, 9, "got a sequence" },
	{ "requester a mapping", "requester: {name: a}\n", 1, 12,
	  "requester: expected a text, got a mapping" },
	{ "operators a text", "operators: jdoe\n", 1, 12,
	  "operators: expected a list of users, got text \"jdoe\"" },
	{ "no operator at all", "operators: []\n", 1, 12, "got an empty one" },
	{ "operator with a colon", "operators: [a:b]\n", 1, 13, "a user's name or number" },
	{ "operator @", "operators: [\"@\"]\n", 1, 13, "a user's name or number" },
	{ "operator in a list", "operators: [[a]]\n", 1, 13, "got a sequence" },
	{ "host with a slash", "hosts: [a/b]\n", 1, 9, "a host name" },
	{ "window a text", "window: today\n", 1, 9,
	  "window: expected the window (a mapping), got text \"today\"" },
	{ "time without zone", "window: {from: 2026-01-01T00:00:00, until: x}\n", 1, 16,
	  "from: expected a time as" },
	{ "date", "window: {from: 2026-01-01, until: x}\n", 1, 16, "got text \"2026-01-01\"" },
	{ "window backwards",
	  "window: {from: 2026-01-01T02:00:00Z, until: 2026-01-01T02:00:00+01:00}\n", 1, 9,
	  "from before until" },
	{ "window of no length",
	  "window: {from: 2026-01-01T02:00:00Z, until: 2026-01-01T03:00:00+01:00}\n", 1, 9,
	  "from before until" },
	{ "approvals 0", "approvals: 0\n", 1, 12, "a number from 1 to 16" },
	{ "approvals yes", "approvals: yes\n", 1, 12, "got text \"yes\"" },
	{ "order in another case", "order: Strict\n", 1, 8,
	  "order: expected any or strict (is it \"strict\"?), got text \"Strict\"" },
	{ "order, nothing like it", "order: sorted\n", 1, 8,
	  "order: expected any or strict, got text \"sorted\"" },
	{ "order a list", "order: [any]\n", 1, 8, "expected any or strict, got a sequence" },
	{ "enforce", "mode: enforce\n", 1, 7, "enforcement is not in this version" },
	{ "another mode", "mode: off\n", 1, 7, "mode: expected observe, got text \"off\"" },
	{ "mode mistyped", "mode: obesrve\n", 1, 7, "(is it \"observe\"?)" },
	{ "profile with a path", "profiles: [../x]\n", 1, 12, "a profile's name" },
	{ "a pin of another sort", "profiles: [a@md5:" HEX64 "]\n", 1, 12, "a profile's name" },
	{ "a pin too short", "profiles: [\"a@sha256:0123\"]\n", 1, 12, "64 hexadecimal digits" },
	{ "a pin in capitals",
	  "profiles: "
	  "[\"a@sha256:A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]\n",
	  1, 12, "64 hexadecimal digits" },
	{ "a pin and more", "profiles: [\"a@sha256:" HEX64 " \"]\n", 1, 12,
	  "64 hexadecimal digits" },
	{ "a pin of no profile", "profiles: [\"@sha256:" HEX64 "\"]\n", 1, 12, "a profile's name" },
	{ "a profile with two pins", "profiles: [\"a@sha256:" HEX64 "@sha256:" HEX64 "\"]\n", 1, 12,
	  "a profile's name" },
	{ "a profile twice, once pinned", "profiles: [a, a@sha256:" HEX64 "]\n", 1, 15,
	  "each profile once" },
	{ "profile twice", "profiles: [a, b, a]\n", 1, 18, "each profile once" },
	{ "path relative", "path: [bin]\n", 1, 8, "an absolute path" },
	{ "path with dots", "path: [/usr/../bin]\n", 1, 8, "without . or .." },
	{ "path with a slash at its end", "path: [/usr/bin/]\n", 1, 8, "empty components" },
	{ "allow a list", "allow: [a]\n", 1, 8,
	  "allow: expected allow (a mapping), got a sequence" },
	{ "allow, unknown key", "allow: {listen: []}\n", 1, 9,
	  "expected a key of allow (connect, write)" },
	/* steps */
	{ "steps a mapping", "steps: {a: ls}\n", 1, 8,
	  "steps: expected a list of steps, got a mapping" },
	{ "no step at all", "steps: []\n", 1, 8, "got an empty one" },
	{ "step a text", "steps: [ls]\n", 1, 9, "expected a step (a mapping), got text \"ls\"" },
	{ "step empty", "steps:\n  -\n", 2, 4, "got nothing" },
	{ "id twice", STEP "  - id: b\n    run: ls\n  - id: a\n    run: ls\n", 11, 5,
	  "got \"a\" again (first in line 7)" },
	{ "run a list", HEAD "steps:\n  - id: a\n    run: [ls, -l]\n", 8, 10,
	  "run: expected a command line, got a sequence" },
	{ "run empty", HEAD "steps:\n  - id: a\n    run: \"\"\n", 8, 10, "got an empty text" },
	{ "run with a pipe", HEAD "steps:\n  - id: a\n    run: ls x | wc\n", 8, 15, "run: " },
	{ "run, characters before", HEAD "steps:\n  - id: a\n    run: ls \xc3\xa9\xc3\xa9 | wc\n",
	  8, 16, "run: " },
	{ "run quoted", HEAD "steps:\n  - id: a\n    run: \"ls x | wc\"\n", 8, 10, "run: " },
	{ "run, program a pattern", HEAD "steps:\n  - id: a\n    run: /bin/* x\n", 8, 10, "run: " },
	{ "times in hexadecimal", STEP "    times: 0x10\n", 9, 12,
	  "times: expected a number as 2, a range as 1-3, {min: 1, max: 3}, or any, got text "
	  "\"0x10\"" },
	{ "times in octal", STEP "    times: 010\n", 9, 12, "got text \"010\"" },
	{ "times with underscores", STEP "    times: 1_000\n", 9, 12, "times: " },
	{ "times in sixties", STEP "    times: 1:30\n", 9, 12, "times: " },
	{ "times 0", STEP "    times: 0\n", 9, 12, "times: " },
	{ "times 0-0", STEP "    times: 0-0\n", 9, 12, "times: " },
	{ "times negative", STEP "    times: -1\n", 9, 12, "times: " },
	{ "times in quotes", STEP "    times: \"2\"\n", 9, 12, "got quoted text \"2\"" },
	{ "times backwards", STEP "    times: 3-2\n", 9, 12, "times: " },
	{ "times open", STEP "    times: 3-\n", 9, 12, "times: " },
	{ "times too many", STEP "    times: 1000001\n", 9, 12, "times: " },
	{ "times beyond 64 bits", STEP "    times: 18446744073709551617\n", 9, 12, "times: " },
	{ "times a real", STEP "    times: 1.0\n", 9, 12, "times: " },
	{ "times, no max", STEP "    times: {min: 1}\n", 9, 12,
	  "expected the key \"max\" in times" },
	{ "times, no min", STEP "    times: {max: 1}\n", 9, 12,
	  "expected the key \"min\" in times" },
	{ "times, min and max backwards", STEP "    times: {min: 3, max: 2}\n", 9, 12,
	  "times: expected min up to max, got 3 above 2" },
	{ "times, max 0", STEP "    times: {min: 0, max: 0}\n", 9, 26,
	  "max: expected a number from 1 to 1000000, or any" },
	{ "times, min any", STEP "    times: {min: any, max: 2}\n", 9, 18,
	  "min: expected a number from 0 to 1000000, got text \"any\"" },
	{ "times, min in quotes", STEP "    times: {min: \"1\", max: 2}\n", 9, 18,
	  "got quoted text \"1\"" },
	{ "times, max too many", STEP "    times: {min: 1, max: 1000001}\n", 9, 26, "max: " },
	{ "times, another key", STEP "    times: {min: 1, mxa: 2}\n", 9, 21,
	  "expected a key of times (is it \"max\"?), got \"mxa\"" },
	{ "times, a dash alone", STEP "    times: \"-\"\n", 9, 12, "times: " },
	{ "times, two ranges", STEP "    times: 1-2-3\n", 9, 12, "times: " },
	{ "times, blanks in a range", STEP "    times: 1 - 3\n", 9, 12, "times: " },
	{ "times empty", STEP "    times: \"\"\n", 9, 12, "got an empty text" },
	{ "times a list", STEP "    times: [1, 3]\n", 9, 12, "got a sequence" },
	{ "children yes", STEP "    children: yes\n", 9, 15,
	  "none, any, or a list of command lines, got text \"yes\"" },
	{ "children mistyped", STEP "    children: nnoe\n", 9, 15, "(is it \"none\"?)" },
	{ "children none of a list", STEP "    children: []\n", 9, 15, "got an empty one" },
	{ "child with a pipe", STEP "    children: [ls, a | b]\n", 9, 22, "children: " },
	{ "connect a text", STEP "    connect: tcp://a:1\n", 9, 14, "a list of destinations" },
	{ "connect without port", STEP "    connect: [\"tcp://a\"]\n", 9, 15,
	  "connect: expected a colon and a port" },
	{ "connect, plain, its column", STEP "    connect:\n      - tcp://a.b:0\n", 10, 19,
	  "connect: expected a port" },
	{ "send by tcp", STEP "    send: [\"tcp://a:1\"]\n", 9, 12,
	  "send: expected a destination with udp://" },
	{ "write relative", STEP "    write: [etc/x]\n", 9, 13,
	  "write: expected an absolute path" },
	{ "write, no pattern", STEP "    write: [\"/etc/[\"]\n", 9, 13,
	  "write: this [ is never closed" },
	{ "write, no path at all", STEP "    write: []\n", 9, 12, "got an empty one" },
	{ "allow, write relative", "allow: {write: [etc/x]}\n", 1, 17,
	  "write: expected an absolute path" },
	{ "installs a text", STEP "    installs: /usr/*\n", 9, 15,
	  "installs: expected a list of paths" },
	{ "env a list", STEP "    env: [A=b]\n", 9, 10, "a mapping of variables" },
	{ "env, no name", STEP "    env: {1A: b}\n", 9, 11, "a variable's name" },
	{ "env, no value", STEP "    env: {A: }\n", 9, 14, "got nothing" },
	{ "env twice", STEP "    env: {A: b, A: c}\n", 9, 17, "each variable once" },
	{ "env, any without quotes", STEP "    env: {A: *}\n", 9, 15,
	  "write such a text in quotes" },
	{ "sockets, no list", STEP "    sockets: raw\n", 9, 14,
	  "sockets: expected a list of kinds" },
	{ "sockets mistyped", STEP "    sockets: [icpm]\n", 9, 15, "(is it \"icmp\"?)" },
	{ "sockets, none", STEP "    sockets: []\n", 9, 14, "sockets: " },
	{ "sockets, of no kind", STEP "    sockets: [raw, tcp]\n", 9, 20,
	  "expected raw, packet, icmp" },
	{ "stdin", STEP "    stdin: null\n", 9, 12, "stdin: expected tty, pipe, file, any" },
	{ "stdin in a list", STEP "    stdin: [tty, x]\n", 9, 18,
	  "stdin: expected tty, pipe, file, any, or a list of them, got text \"x\"" },
	{ "stdin mistyped", STEP "    stdin: [tty, piep]\n", 9, 18, "(is it \"pipe\"?)" },
	{ "cwd relative", STEP "    cwd: src\n", 9, 10, "cwd: expected an absolute path" },
	{ "sha256 too short", STEP "    sha256: 3f\n", 9, 13, "64 hexadecimal digits" },
	{ "sha256 not hex", STEP "    sha256: " A63 "g\n", 9, 13, "64 hexadecimal digits" },
	{ "as a group", STEP "    as: \"@wheel\"\n", 9, 9, "a user's name or number" },
};

static void check_bad(const struct bad_row *row, const char *text, size_t n)
{
	struct ticket *ticket = (struct ticket *)row;
	struct errs errs;
	const struct err *err = &errs.v[0];
	int ret = ticket_parse(text, n, &ticket, &errs);

	if (ret != -EINVAL || ticket || errs.n == 0 || err->line != row->line ||
	    err->column != row->column || !strstr(err->message, row->message))
		fail_msg("%s: got %d, %zu errors, %u:%u: %s", row->name, ret, errs.n, err->line,
			 err->column, err->message);
	for (const char *c = err->message; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			fail_msg("%s: a raw control byte in the message", row->name);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++)
		check_bad(&bad_rows[i], bad_rows[i].text, strlen(bad_rows[i].text));
}

/* The bad step's own lines stand between two good ones, so that what is behind is read. */
#define FOUR(lines) HEAD "steps:\n  - id: a\n    run: ls\n" lines "  - id: z\n    run: ls z\n"

/* wants: "LINE:COLUMN PART\n" for each error, in the order of the list */
static const struct {
	const char *name, *text, *wants;
} many_rows[] = {
	{ "keys in a row", FOUR("    tiems: 1\n    asx: root\n    cdw: /\n"),
	  "9:5 \"times\"\n10:5 \"as\"\n11:5 \"cwd\"\n" },
	{ "an unknown key's mapping is read over",
	  FOUR("    foo: {run: ls, id: [a, {b: [c]}]}\n    bar: 1\n"), "9:5 foo\n10:5 bar\n" },
	{ "an unknown key's sequence is read over",
	  FOUR("    foo:\n      - id: a\n      - [run, [ls]]\n    bar: 1\n"),
	  "9:5 foo\n12:5 bar\n" },
	{ "a repeated key's value is read over", FOUR("    run: [a, {b: c}]\n    bar: 1\n"),
	  "9:5 once\n10:5 bar\n" },
	{ "a key that is no text", FOUR("    ? {a: [b]}\n    : {c: d}\n    bar: 1\n"),
	  "9:7 a key\n11:5 bar\n" },
	{ "a key of the wrong type", FOUR("    env: [a, {b: c}]\n    cwd: [[/]]\n    as: {a: b}\n"),
	  "9:10 a mapping of\n10:10 absolute\n11:9 a user's\n" },
	{ "elements", FOUR("    connect: [x, \"tcp://a:1\", [y, z], \"udp://a\", {a: b}]\n"),
	  "9:15 tcp://\n9:31 a destination\n9:39 a colon\n9:50 a destination\n" },
	{ "variables", FOUR("    env: {1A: b, B: [c], C: d, C: {e: f}, ? [g] : h, D: , E: i}\n"),
	  "9:11 variable's name\n9:21 value\n9:32 each variable\n9:45 variable's name\n9:57 "
	  "value\n" },
	{ "steps", HEAD "steps:\n  - ls\n  - [ls]\n  - {id: a}\n  - {run: ls}\n  - {}\n",
	  "7:5 a mapping\n8:5 a mapping\n9:5 \"run\"\n10:5 \"id\"\n11:5 \"id\"\n11:5 \"run\"\n" },
	{ "an id is taken though its step is wrong",
	  FOUR("  - id: b\n    run: ls |\n  - id: b\n    run: ls\n  - id: z\n"),
	  "10:13 step per\n11:5 \"b\" again\n13:5 \"run\"\n14:5 \"z\" again\n" },
	{ "an id that is none is no other's",
	  FOUR("  - {id: \"/\", run: ls}\n  - {id: \"/\", run: ls}\n"),
	  "9:10 letters\n10:10 letters\n" },
	{ "a mistyped key is not missing too", FOUR("  - idd: b\n    rn: ls\n"),
	  "9:5 \"id\"\n10:5 \"run\"\n" },
	{ "a bad value is not missing too", FOUR("  - id: \"\"\n    run: \"\"\n"),
	  "9:9 letters\n10:10 command line\n" },
	{ "the mistyped key comes as well", FOUR("    rnu: ls\n    run: ls\n"),
	  "9:5 \"run\"\n10:5 once\n" },
	{ "a bad window is not backwards too",
	  "lockstep: 1\nticket: T\n" FROM_REQUESTER
	  "window: {from: x, until: y, till: z}\nsteps: [{id: a, run: ls}]\n",
	  "5:16 a time\n5:26 a time\n5:29 until\n" },
	{ "top level", "lockstep: 2\nticket: [T]\nfoo: {}\noperators: []\n",
	  "1:11 version\n2:9 letters\n3:1 foo\n4:12 empty\n"
	  "1:1 \"requester\"\n1:1 \"window\"\n1:1 \"steps\"\n" },
	{ "a root that is no mapping", "- a\n- {b: c}\n", "1:1 the ticket\n" },
	{ "a root that is no mapping, and more behind", "- a\n...\nb\n",
	  "1:1 the ticket\n3:1 one document\n" },
	{ "syntax is the last", FOUR("    foo: 1\n    cwd: x\n    bar: *a\n    baz: 1\n"),
	  "9:5 foo\n10:10 cwd\n11:5 bar\n11:10 alias\n" },
	{ "syntax inside of what is read over", FOUR("    foo: {a: [b, &c d]}\n    bar: 1\n"),
	  "9:5 foo\n9:18 anchor\n" },
	{ "depth inside of what is read over",
	  FOUR("    foo: [[[[[[[[[[[[[[x]]]]]]]]]]]]]]\n    bar: 1\n"),
	  "9:5 foo\n9:23 16 levels\n" },
	{ "a step with an id twice, and no end", FOUR("  - {id: a, run: [ls\n"),
	  "9:18 command line\n10:7 YAML\n" },
	{ "a second document is the last", STEP "    foo: 1\n---\nx: y\n",
	  "9:5 foo\n10:1 one document\n" },
};

static bool is_error(const struct err *err, const char *want, size_t n)
{
	char place[40], part[100];

	snprintf(part, sizeof(part), "%.*s", (int)n, want);
	snprintf(place, sizeof(place), "%u:%u ", err->line, err->column);
	return strncmp(part, place, strlen(place)) == 0 &&
	       strstr(err->message, part + strlen(place));
}

static void check_many(const char *name, const char *wants, const struct errs *errs)
{
	size_t i = 0;

	for (const char *end; *wants; wants = end + 1, i++) {
		end = strchr(wants, '\n');
		if (i == errs->n)
			fail_msg("%s: no error %zu", name, i + 1);
		if (!is_error(&errs->v[i], wants, (size_t)(end - wants)))
			fail_msg("%s: error %zu is %u:%u %s", name, i + 1, errs->v[i].line,
				 errs->v[i].column, errs->v[i].message);
	}
	if (i != errs->n || errs->more)
		fail_msg("%s: more than %zu errors, %u:%u: %s", name, i, errs->v[i].line,
			 errs->v[i].column, errs->v[i].message);
}

static void test_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(many_rows); i++) {
		struct ticket *ticket;
		struct errs errs;
		int ret =
			ticket_parse(many_rows[i].text, strlen(many_rows[i].text), &ticket, &errs);

		assert_int_equal(ret, -EINVAL);
		assert_null(ticket);
		check_many(many_rows[i].name, many_rows[i].wants, &errs);
	}
}

/* As many mistakes of a kind as there is room for, and one more. */
static const struct {
	const char *name, *begin, *unit, *end;
} full_rows[] = {
	{ "keys", HEAD "steps: [{id: a, run: ls}]\n", "foo: 1\n", "" },
	{ "elements", STEP "    connect: [", "x,\n      ", "]\n" },
	{ "variables", STEP "    env: {", "1: {},\n      ", "}\n" },
	{ "steps", HEAD "steps:\n", "  - ls\n", "" },
	{ "missing keys", HEAD "steps:\n", "  - {id: \"/\"}\n", "" }, /* two a unit */
};

static void test_full(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(full_rows); i++) {
		size_t each = strstr(full_rows[i].name, "missing") ? 2 : 1;

		for (size_t over = 0; over < 3; over++) {
			struct buf text = { 0 };
			struct ticket *ticket;
			struct errs errs;

			buf_adds(&text, full_rows[i].begin);
			for (size_t k = 0; k < ERRS_MAX / each + over; k++)
				buf_adds(&text, full_rows[i].unit);
			buf_adds(&text, full_rows[i].end);
			assert_int_equal(ticket_parse(text.p, text.n, &ticket, &errs), -EINVAL);
			if (ticket || errs.n != ERRS_MAX || errs.more != (over > 0))
				fail_msg("%s and %zu: %zu errors, more %d", full_rows[i].name, over,
					 errs.n, errs.more);
			buf_free(&text);
		}
	}
}

/* Far behind the first mistake nothing is read, and that is told; a list is at most so long. */
static void test_far_behind(void **state)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct errs errs;

	(void)state;
	buf_adds(&text, HEAD "foo: 1\nsteps:\n");
	for (unsigned int i = 0; i < TICKET_STEPS_MAX; i++)
		buf_addf(&text, "  - {id: s%u, run: ls %u}\n", i, i);
	buf_adds(&text, "bar: 1\n");
	assert_int_equal(ticket_parse(text.p, text.n, &ticket, &errs), -EINVAL);
	assert_int_equal(errs.n, 2);
	assert_non_null(strstr(errs.v[1].message, "what follows here was not read"));
	assert_in_range(errs.v[1].line, 2000, 3500);
	buf_free(&text);
}

static void test_nul(void **state)
{
	static const char text[] = "lockstep: 1\nticket: a\0b\n";
	static const struct bad_row row = { "NUL", text, 2, 10, "\\x00" };

	(void)state;
	check_bad(&row, text, sizeof(text) - 1);
}

/* A prefix, then a unit again and again up to `n` bytes, then an end. */
static const struct {
	const char *name, *begin, *unit, *end;
	size_t n;
} bombs[] = {
	{ "sequences in flow", "", "[", "", 100000 },
	{ "sequences in flow, a megabyte", "steps: ", "[", "", TICKET_BYTES_MAX },
	{ "mappings in flow", "", "{a: ", "", TICKET_BYTES_MAX },
	{ "sequences in a block", "steps: \n", "- ", "", TICKET_BYTES_MAX },
	{ "complex keys", "", "? ", "", TICKET_BYTES_MAX },
	{ "pairs of brackets", "", "[]", "", TICKET_BYTES_MAX },
	{ "closing brackets", "", "]", "", TICKET_BYTES_MAX },
	{ "plain text", "summary: ", "a", "\n", TICKET_BYTES_MAX },
	{ "plain text of words", "summary: ", "a ", "\n", TICKET_BYTES_MAX },
	{ "plain text of lines", "summary: ", "a\n  ", "\n", TICKET_BYTES_MAX },
	{ "quoted text", "summary: \"", "a", "\"\n", TICKET_BYTES_MAX },
	{ "quoted text without an end", "summary: '", "a", "", TICKET_BYTES_MAX },
	{ "quotes", "summary: '", "''", "", TICKET_BYTES_MAX },
	{ "escapes", "summary: \"", "\\u0041", "\"\n", TICKET_BYTES_MAX },
	{ "block text", "summary: |\n", "  aaaaaaaaaa\n", "", TICKET_BYTES_MAX },
	{ "a key", "", "a", ": 1\n", TICKET_BYTES_MAX },
	{ "an anchor", "summary: &", "a", " x\n", TICKET_BYTES_MAX },
	{ "a tag", "summary: !", "a", " x\n", TICKET_BYTES_MAX },
	{ "an alias", "summary: *", "a", "\n", TICKET_BYTES_MAX },
	{ "aliases", "lockstep: 1\nsummary: ", "*a ", "\n", TICKET_BYTES_MAX },
	{ "anchors and aliases", "a: &a [x, x]\nb: &b [", "*a, ", "]\n", TICKET_BYTES_MAX },
	{ "behind a mistake, pairs", "a: [", "[],", "]\n", TICKET_BYTES_MAX },
	{ "behind a mistake, mappings", "a: [", "{b: c},", "]\n", TICKET_BYTES_MAX },
	{ "behind a mistake, texts", "a: [", "b,", "]\n", TICKET_BYTES_MAX },
	{ "behind a mistake, texts in a block", "a:\n", "- b\n", "", TICKET_BYTES_MAX },
	{ "behind a mistake, quoted texts", "a: [", "\"b\",", "]\n", TICKET_BYTES_MAX },
	{ "behind a mistake, keys in quotes", "a: 1\n", "\"b\": 1\n", "", TICKET_BYTES_MAX },
	{ "steps behind a mistake", "a: 1\nsteps:\n", "- {run: ls}\n", "", TICKET_BYTES_MAX },
	{ "a list of mistakes", "operators: [", "[],", "]\n", TICKET_BYTES_MAX },
	{ "good steps behind a mistake", "a: 1\noperators:\n", "- b\n", "", TICKET_BYTES_MAX },
	{ "comments", "lockstep: 1\n", "# c\n", "\0x", TICKET_BYTES_MAX },
	{ "empty lines", "lockstep: 1\n", "\n", "x", TICKET_BYTES_MAX },
	{ "blanks", "lockstep: 1\n", " ", "x", TICKET_BYTES_MAX },
	{ "tabs", "lockstep: 1\n", "\t", "x", TICKET_BYTES_MAX },
	{ "documents", "", "--- \n", "", TICKET_BYTES_MAX },
	{ "documents behind a ticket", STEP, "---\n", "", TICKET_BYTES_MAX },
	{ "directives", "", "%TAG !a! x\n", "", TICKET_BYTES_MAX },
	{ "directives behind a ticket", STEP "...\n", "%TAG !a! x\n", "", TICKET_BYTES_MAX },
	{ "one key", "", "lockstep: 1\n", "", TICKET_BYTES_MAX },
	{ "keys without values", "{", "a,", "}", TICKET_BYTES_MAX },
	{ "a control byte at the end", "# ", "x", "\x1b", TICKET_BYTES_MAX },
	{ "half a character at the end", "# ", "\xc3\xa9", "\xc3", TICKET_BYTES_MAX },
	{ "too long by a byte", "# ", "x", "", TICKET_BYTES_MAX + 1 },
};

#define BOMB_STEPS_MAX 1500000u

static char *make_bomb(size_t row, size_t *n)
{
	size_t unit_n = strlen(bombs[row].unit), end_n = strlen(bombs[row].end);
	char *text = malloc(bombs[row].n);

	assert_non_null(text);
	*n = strlen(bombs[row].begin);
	memcpy(text, bombs[row].begin, *n);
	while (unit_n <= bombs[row].n - end_n - *n) {
		memcpy(text + *n, bombs[row].unit, unit_n);
		*n += unit_n;
	}
	memcpy(text + *n, bombs[row].end, end_n);
	*n += end_n;
	return text;
}

/*
 * What libyaml did for the reader: this stands in front of its own function of that name. It goes
 * through the levels of flow that are open for each token that it takes from the text, which is
 * what makes brackets a bomb. A character that it looks at is a step too.
 */
static struct work {
	size_t calls, tokens, steps;
} work;

int yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event)
{
	static int (*real)(yaml_parser_t * parser, yaml_event_t * event);
	size_t before = parser->tokens_parsed + (size_t)(parser->tokens.tail - parser->tokens.head);
	size_t tokens, read_before = parser->mark.index;
	int ret;

	if (!real) {
		void *found = dlsym(RTLD_NEXT, "yaml_parser_parse");

		assert_non_null(found);
		memcpy(&real, &found, sizeof(real)); /* ISO C knows no conversion between the two */
	}
	ret = real(parser, event);
	tokens = parser->tokens_parsed + (size_t)(parser->tokens.tail - parser->tokens.head) -
		 before;
	work.calls++;
	work.tokens += tokens;
	work.steps += tokens * (1 + (size_t)parser->flow_level) + parser->mark.index - read_before;
	return ret;
}

/*
 * The work is bounded, by what was read of the text and not by its square. Seen failing with
 * DEPTH_MAX and the bound on a text without an end taken out of core/reader.c.
 */
static void test_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bombs); i++) {
		struct errs errs;
		struct ticket *ticket;
		size_t n;
		char *text = make_bomb(i, &n);
		int ret;

		work = (struct work){ 0 };
		ret = ticket_parse(text, n, &ticket, &errs);
		print_message("  %s: %zu calls of the parser, %zu tokens, %zu steps\n",
			      bombs[i].name, work.calls, work.tokens, work.steps);
		if (ret != (n > TICKET_BYTES_MAX ? -E2BIG : -EINVAL) || ticket || errs.n == 0 ||
		    !errs.v[0].message[0])
			fail_msg("%s: got %d, %zu errors", bombs[i].name, ret, errs.n);
		if (work.steps > BOMB_STEPS_MAX)
			fail_msg("%s: took %zu steps of %u", bombs[i].name, work.steps,
				 BOMB_STEPS_MAX);
		free(text);
	}
}

/* Accepted as such, and the next byte refused. */
static void test_scalar_bound(void **state)
{
	char text[READER_SCALAR_MAX + 400];
	struct ticket *ticket;
	struct errs errs;

	(void)state;
	for (int over = 0; over < 2; over++) {
		int n = snprintf(text, sizeof(text), "%ssummary: %0*d\n", STEP,
				 READER_SCALAR_MAX + over, 1);
		int ret = ticket_parse(text, (size_t)n, &ticket, &errs);

		assert_int_equal(ret, over ? -EINVAL : 0);
		if (over) {
			assert_int_equal(errs.n, 1);
			assert_int_equal(errs.v[0].line, 9);
			assert_int_equal(errs.v[0].column, 10);
			assert_non_null(strstr(errs.v[0].message,
					       "at most 4096 bytes in one text, got 4097"));
		}
		ticket_free(ticket);
	}
}

static struct ticket *parse_good(const char *name, const char *text)
{
	struct ticket *ticket;
	struct errs errs;

	if (ticket_parse(text, strlen(text), &ticket, &errs))
		fail_msg("%s: refused, %u:%u: %s", name, errs.v[0].line, errs.v[0].column,
			 errs.v[0].message);
	return ticket;
}

static const char whole[] =
	"# a comment\n"
	"lockstep: 1\n"
	"ticket: CHG-1.2_3\n"
	"summary: yes\n"
	"requester: li.wei@contractor.example\n"
	"operators: [jdoe, \"@wheel\", 1000]\n"
	"hosts: [\"web-*.example\", db?]\n"
	"window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T23:00:00.5+01:00}\n"
	"approvals: 2\n"
	"order: strict\n"
	"mode: observe\n"
	"profiles: [base, \"sudo@sha256:" HEX64 "\"]\n"
	"path: [/opt/bin, /]\n"
	"steps:\n"
	"  - id: one\n"
	"    run: install -m 0600 /root/*.pem... 'a b'\n"
	"    as: root\n"
	"    times: 2\n"
	"    children: any\n"
	"    connect: [\"tcp://10.0.0.0/8:3142\", \"unix:/run/x\"]\n"
	"    listen: [\"tcp://0.0.0.0/0:80\"]\n"
	"    send: [\"udp://host.example:53\"]\n"
	"    write: [\"/etc/**\"]\n"
	"    installs: [\"/usr/sbin/*\"]\n"
	"    env: {A: \"*\", B: \"\", LANG: C}\n"
	"    stdin: [tty, file]\n"
	"    sockets: [raw, other, raw]\n"
	"    cwd: /root\n"
	"    sha256: 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n"
	"  - {id: two, run: ls, times: 0-3, children: none, stdin: any}\n"
	"  - id: three\n"
	"    run: make\n"
	"    times: any\n"
	"    children:\n"
	"      - cc -c *.c\n"
	"      - ld ...\n"
	"allow:\n"
	"  connect: [\"udp://10.0.0.53:53\"]\n"
	"  write: [\"/root/.bash_history\", \"/tmp/sh-thd.*\"]\n"
	"... # the end\n"
	"\n";

static void test_whole_ticket(void **state)
{
	struct ticket *t = parse_good("whole", whole);

	(void)state;
	assert_string_equal(t->id, "CHG-1.2_3");
	assert_false(t->is_profile);
	assert_string_equal(t->summary, "yes");
	assert_string_equal(t->requester, "li.wei@contractor.example");
	assert_int_equal(t->operators.n, 3);
	assert_string_equal(t->operators.v[1], "@wheel");
	assert_string_equal(t->operators.v[2], "1000");
	assert_int_equal(t->hosts.n, 2);
	assert_int_equal(t->from_ns, 1795464000000000000);
	assert_int_equal(t->until_ns, 1795471200500000000);
	assert_int_equal(t->approvals, 2);
	assert_int_equal(t->order, ORDER_STRICT);
	assert_int_equal(t->profiles.n, 2);
	assert_string_equal(t->profiles.v[1], "sudo");
	assert_null(ticket_profile_pin(t, 0));
	assert_string_equal(ticket_profile_pin(t, 1), HEX64);
	assert_int_equal(t->path.n, 2);
	assert_string_equal(t->path.v[0], "/opt/bin");
	assert_int_equal(t->steps_n, 3);
	assert_int_equal(t->allow_connect.n, 1);
	assert_string_equal(t->allow_connect.v[0].text, "udp://10.0.0.53:53");
	assert_int_equal(t->allow_write.n, 2);
	assert_string_equal(t->allow_write.v[1].text, "/tmp/sh-thd.*");
	ticket_free(t);
}

static void test_whole_step(void **state)
{
	struct ticket *t = parse_good("whole", whole);
	const struct step *s = &t->steps[0];

	(void)state;
	assert_string_equal(s->id, "one");
	assert_int_equal(s->line, 15);
	assert_int_equal(s->run.words_n, 5);
	assert_string_equal(s->run.words[4].value, "a b");
	assert_string_equal(s->run.text, "install -m 0600 /root/*.pem... 'a b'");
	assert_string_equal(s->as, "root");
	assert_true(s->times_set);
	assert_int_equal(s->times_min, 2);
	assert_int_equal(s->times_max, 2);
	assert_int_equal(s->children, CHILDREN_ANY);
	assert_int_equal(s->connect.n, 2);
	assert_int_equal(s->connect.v[1].kind, DEST_UNIX);
	assert_int_equal(s->listen.n, 1);
	assert_int_equal(s->send.n, 1);
	assert_int_equal(s->write.n, 1);
	assert_true(patterns_match(&s->write, span_of("/etc/nginx/nginx.conf")));
	assert_false(patterns_match(&s->write, span_of("/etc/../root/x")));
	assert_int_equal(s->installs.n, 1);
	assert_int_equal(s->env_n, 3);
	assert_null(s->env[0].value);
	assert_string_equal(s->env[1].value, "");
	assert_string_equal(s->env[2].value, "C");
	assert_int_equal(s->stdin_mask, STDIN_TTY | STDIN_FILE);
	assert_int_equal(s->sockets, SOCKETS_RAW | SOCKETS_OTHER);
	assert_string_equal(s->cwd, "/root");
	assert_string_equal(s->sha256,
			    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	ticket_free(t);
}

static void test_other_steps(void **state)
{
	struct ticket *t = parse_good("whole", whole);

	(void)state;
	assert_int_equal(t->steps[1].times_min, 0);
	assert_int_equal(t->steps[1].times_max, 3);
	assert_int_equal(t->steps[1].children, CHILDREN_NONE);
	assert_int_equal(t->steps[1].stdin_mask, STDIN_ANY);
	assert_true(t->steps[2].times_set);
	assert_int_equal(t->steps[2].times_min, 0);
	assert_int_equal(t->steps[2].times_max, TIMES_ANY);
	assert_int_equal(t->steps[2].children, CHILDREN_LIST);
	assert_int_equal(t->steps[2].child_runs_n, 2);
	assert_string_equal(t->steps[2].child_runs[1].text, "ld ...");
	ticket_free(t);
}

static void test_defaults(void **state)
{
	struct ticket *t = parse_good("defaults", STEP);

	(void)state;
	assert_null(t->summary);
	assert_int_equal(t->hosts.n, 0);
	assert_int_equal(t->approvals, 1);
	assert_int_equal(t->order, ORDER_ANY);
	assert_int_equal(t->mode, MODE_OBSERVE);
	assert_int_equal(t->path.n, 6);
	assert_false(t->steps[0].times_set);
	assert_int_equal(t->steps[0].times_max, TIMES_ANY);
	assert_int_equal(t->steps[0].children, CHILDREN_NONE);
	assert_int_equal(t->steps[0].stdin_mask, 0);
	assert_int_equal(t->steps[0].sockets, 0);
	assert_null(t->steps[0].as);
	ticket_free(t);
}

static const struct {
	const char *name, *times;
	uint32_t min, max;
} times_rows[] = {
	{ "exactly", "7", 7, 7 },
	{ "a range", "2-5", 2, 5 },
	{ "a range of one", "4-4", 4, 4 },
	{ "up to", "0-3", 0, 3 },
	{ "quoted range", "\"2-5\"", 2, 5 },
	{ "any", "any", 0, TIMES_ANY },
	{ "min and max", "{min: 2, max: 5}", 2, 5 },
	{ "max and min", "{max: 5, min: 2}", 2, 5 },
	{ "min and more", "{min: 2, max: any}", 2, TIMES_ANY },
	{ "min 0 and any", "{min: 0, max: any}", 0, TIMES_ANY },
	{ "as many as may be", "1000000", 1000000, 1000000 },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(times_rows); i++) {
		char text[400];
		struct ticket *ticket;
		const struct step *step;

		snprintf(text, sizeof(text), STEP "    times: %s\n", times_rows[i].times);
		ticket = parse_good(times_rows[i].name, text);
		step = &ticket->steps[0];
		if (!step->times_set || step->times_min != times_rows[i].min ||
		    step->times_max != times_rows[i].max)
			fail_msg("%s: got %u to %u", times_rows[i].name, step->times_min,
				 step->times_max);
		ticket_free(ticket);
	}
}

static const struct {
	const char *name, *text;
} good_rows[] = {
	{ "JSON",
	  "{\"lockstep\": 1, \"ticket\": \"T\", \"requester\": \"r\", \"operators\": [\"o\"],\n"
	  " \"window\": {\"from\": \"2026-01-01T00:00:00Z\", \"until\": "
	  "\"2026-01-02T00:00:00Z\"},\n"
	  " \"steps\": [{\"id\": \"a\", \"run\": \"ls \\u00e9\", \"times\": \"1-3\"}]}" },
	{ "document marks", "---\n" STEP "...\n" },
	{ "comments behind the end", STEP "...\n# % --- ...\n\n" },
	{ "CRLF", "lockstep: 1\r\nticket: T\r\nrequester: r\r\noperators: [o]\r\n"
		  "window: {from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z}\r\n"
		  "steps:\r\n  - id: a\r\n    run: ls\r\n" },
	{ "folded text", STEP "summary: >-\n  one\n  two\n" },
	{ "a percent sign in a text", STEP "summary: 100%\n" },
	{ "no newline at the end", HEAD "steps: [{id: a, run: ls}]" },
	{ "tags and anchors inside quotes", STEP "summary: \"&a *b !c\"\n" },
	{ "no profiles", STEP "profiles: []\n" },
	{ "times, 0 to 1", STEP "    times: {min: 0, max: 1}\n" },
	{ "times, quoted range", STEP "    times: \"1-1000000\"\n" },
	{ "times, quoted any", STEP "    times: \"any\"\n" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_rows); i++)
		ticket_free(parse_good(good_rows[i].name, good_rows[i].text));
}

static void test_profile(void **state)
{
	static const char text[] =
		"lockstep: 1\nprofile: base\nallow: {connect: [\"udp://[::1]:53\"]}\n";
	static const char bad[] = "lockstep: 1\nprofile: base\noperators: [a]\n";
	struct ticket *profile;
	struct errs errs;

	(void)state;
	assert_int_equal(profile_parse(text, sizeof(text) - 1, &profile, &errs), 0);
	assert_true(profile->is_profile);
	assert_string_equal(profile->id, "base");
	assert_int_equal(profile->path.n, 0);
	assert_int_equal(profile->allow_connect.n, 1);
	ticket_free(profile);
	assert_int_equal(profile_parse(bad, sizeof(bad) - 1, &profile, &errs), -EINVAL);
	assert_int_equal(errs.v[0].line, 3);
	assert_non_null(strstr(errs.v[0].message, "expected a key of the profile"));
	assert_int_equal(profile_parse(STEP, sizeof(STEP) - 1, &profile, &errs), -EINVAL);
	assert_int_equal(errs.v[0].line, 2);
	/* the caller may not want to know why */
	assert_int_equal(profile_parse("[", 1, &profile, NULL), -EINVAL);
}

static const struct {
	const char *name, *pattern, *host;
	bool want;
} host_rows[] = {
	{ "another host", "web.example", "db.example", false },
	{ "a longer host", "web.example", "web.example.evil", false },
	{ "a shorter host", "web.example", "web", false },
	{ "one character", "web?", "web", false },
	{ "star, another end", "web-*.prod.example", "web-1.test.example", false },
	{ "two stars", "*-*x", "a-b", false },
	{ "empty host", "?*", "", false },
	{ "itself", "web.example", "web.example", true },
	{ "case", "Web.Example", "wEB.example", true },
	{ "star", "web-*.prod.example", "web-01.prod.example", true },
	{ "star takes back", "*.example", "a.example.example", true },
	{ "star for nothing", "web*", "web", true },
	{ "question mark", "web?", "web7", true },
	{ "any", "*", "h", true },
};

static void test_hosts(void **state)
{
	struct ticket *none = parse_good("no hosts", STEP);

	(void)state;
	assert_true(ticket_names_host(none, "anything"));
	ticket_free(none);
	for (size_t i = 0; i < ROWS(host_rows); i++) {
		char *pattern[] = { (char *)host_rows[i].pattern };
		struct ticket ticket = { .hosts = { pattern, 1 } };

		if (ticket_names_host(&ticket, host_rows[i].host) != host_rows[i].want)
			fail_msg("%s: got %d", host_rows[i].name, !host_rows[i].want);
	}
}

/* As many steps as there may be, in an order that makes the table of ids work, and one more. */
static void test_many_steps(void **state)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct errs errs;

	(void)state;
	buf_adds(&text, HEAD "steps:\n");
	for (unsigned int i = 0; i < TICKET_STEPS_MAX; i++)
		buf_addf(&text, "  - {id: s%u, run: ls %u}\n", (i * 2654435761u) >> 8, i);
	assert_int_equal(ticket_parse(text.p, text.n, &ticket, &errs), 0);
	assert_int_equal(ticket->steps_n, TICKET_STEPS_MAX);
	ticket_free(ticket);
	buf_adds(&text, "  - {id: more, run: ls}\n");
	assert_int_equal(ticket_parse(text.p, text.n, &ticket, &errs), -EINVAL);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].line, 7 + TICKET_STEPS_MAX);
	assert_non_null(strstr(errs.v[0].message, "at most 4096 elements"));
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),          cmocka_unit_test(test_many),
		cmocka_unit_test(test_full),         cmocka_unit_test(test_far_behind),
		cmocka_unit_test(test_nul),          cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_scalar_bound), cmocka_unit_test(test_whole_ticket),
		cmocka_unit_test(test_whole_step),   cmocka_unit_test(test_other_steps),
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_times),
		cmocka_unit_test(test_good),         cmocka_unit_test(test_profile),
		cmocka_unit_test(test_hosts),        cmocka_unit_test(test_many_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
