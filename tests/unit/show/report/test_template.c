/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/template.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/show/report/report.h"
#include "lib/cmocka.h"

/* An object with a field of each kind. */
struct thing {
	struct span text;
	const char *word;
	uint64_t number, one;
	bool yes, no;
	const struct thing *parts; /* two */
};

static void thing_values(struct value *v);

/* Two things, the second with another text. */
static int each_thing(const struct thing *first, struct walk *walk)
{
	struct thing second = *first;
	int ret = walk_item(walk, first);

	second.text = span_of("second");
	return ret ? ret : walk_item(walk, &second);
}

static int each_fails(const struct thing *thing, struct walk *walk)
{
	int ret = walk_item(walk, thing);

	return ret ? ret : -EIO;
}

/* A thing under another name. */
static void fold_values(struct value *v)
{
	const struct thing *thing = v->object;

	V_TEXT(v, "fold", thing->text);
	V_ARRAY(v, "inner", thing_values, thing->parts, 2);
}

static void thing_values(struct value *v)
{
	const struct thing *thing = v->object;

	V_TEXT(v, "text", thing->text);
	V_WORD(v, "word", thing->word);
	V_WORD(v, "null", NULL);
	V_NUMBER(v, "number", thing->number);
	V_SUM(v, "sum", thing->number);
	V_SUM(v, "one", thing->one);
	V_FLAG(v, "yes", thing->yes);
	V_FLAG(v, "no", thing->no);
	V_PUT(v, "bytes", text_show(v->out, thing->text, 0));
	V_PUT(v, "ctx", buf_adds(v->out, v->ctx));
	V_PUT(v, "dash", (v->absent = true, buf_addc(v->out, '-')));
	V_OBJECT(v, "self", thing_values, thing);
	V_OBJECT(v, "nothing", thing_values, NULL);
	V_LIST(v, "things", thing_values, each_thing(thing, v->walk));
	V_LIST(v, "none", thing_values, 0);
	V_LIST(v, "fails", thing_values, each_fails(thing, v->walk));
	V_LIST(v, "folds", fold_values, each_thing(thing, v->walk));
	V_ARRAY(v, "parts", thing_values, thing->parts, 2);
	V_ARRAY(v, "no_parts", thing_values, thing->parts, 0);
}

static int take(void *ctx, const char *p, size_t n)
{
	buf_add(ctx, p, n);
	return 0;
}

enum { FILES = 3 };

/* The page of these fragments, which are called a.html, b.html and c.css; *err if there is none. */
static int page_of(const char *const files[FILES], struct span text, struct buf *out,
		   struct err *err)
{
	static const char *const names[FILES] = { "a.html", "b.html", "c.css" };
	const struct thing parts[] = { { .text = span_of("p1") }, { .text = span_of("p2") } };
	const struct thing thing = {
		.text = text,
		.word = "word",
		.parts = parts,
		.number = 1234567,
		.one = 1,
		.yes = true,
	};
	struct html html = { .sink = take, .ctx = out };
	struct fragment fragments[FILES];
	struct template *template;
	char ctx[] = "'ctx'";
	size_t n = 0;
	int ret;

	for (; n < FILES && files[n]; n++)
		fragments[n] = (struct fragment){ names[n], span_of(files[n]) };
	ret = template_read(&template, fragments, n, thing_values, err);
	if (!ret)
		ret = template_write(template, &html, ctx, &thing);
	if (!ret)
		ret = html_finish(&html);
	html_free(&html);
	template_free(template);
	return ret;
}

#define TEXT "t&x"

/* Seen failing with each verb's case, and each rule of white space, left out. */
static const struct {
	const char *name;
	const char *files[FILES];
	const char *want;
} rows[] = {
	{ "markup", { "<p>a &amp; b</p>" }, "<p>a &amp; b</p>" },
	{ "values of each kind",
	  { "{{text}} {{word}} {{null}}{{number}} {{sum}} {{one}} {{bytes}} {{ctx}} {{dash}}" },
	  "t&amp;x word 1234567 1,234,567 1 t&amp;x &#39;ctx&#39; -" },
	{ "blanks in a tag", { "{{ text }}{{  #if yes  }}y{{ /if }}" }, "t&amp;xy" },
	{ "a number and its word",
	  { "{{one|act|acts}}, {{sum|act|acts}}, {{number|a <b>c</b>|d\n\t<i>e</i>}}" },
	  "1 act, 1,234,567 acts, 1,234,567 d<i>e</i>" },
	{ "words that are empty", { "{{one||}}." }, "1 ." },
	{ "conditions",
	  { "{{#if yes}}a{{/if}}{{#if no}}b{{/if}}{{#if none}}c{{/if}}{{#if null}}d{{/if}}"
	    "{{#if no_parts}}e{{/if}}{{#if parts}}f{{/if}}{{#if things}}g{{/if}}" },
	  "afg" },
	{ "a text that says that there is nothing", { "{{#if dash}}a{{else}}b{{/if}}" }, "b" },
	{ "else", { "{{#if no}}a{{else}}b{{/if}}{{#if yes}}c{{else}}d{{/if}}" }, "bc" },
	{ "else if",
	  { "{{#if no}}a{{else if none}}b{{else if yes}}c{{else if yes}}d{{else}}e{{/if}}f" },
	  "cf" },
	{ "the last else of several", { "{{#if no}}a{{else if no}}b{{else}}c{{/if}}f" }, "cf" },
	{ "is a word", { "{{#if word=word}}a{{/if}}{{#if word=wor}}b{{/if}}" }, "a" },
	{ "is a number", { "{{#if one=1}}a{{/if}}{{#if sum=1,234,567}}b{{/if}}" }, "ab" },
	{ "a list", { "{{#each things}}[{{text}}]{{/each}}" }, "[t&amp;x][second]" },
	{ "between items",
	  { "{{#each things}}{{#if later}}, {{/if}}{{text}}{{/each}}" },
	  "t&amp;x, second" },
	{ "a list in a list, and the name around it",
	  { "{{#each things}}{{#each things}}{{text}} {{/each}}{{number}};{{/each}}" },
	  "t&amp;x second 1234567;second second 1234567;" },
	{ "an empty list", { "a{{#each none}}{{text}}{{/each}}b" }, "ab" },
	{ "an array", { "{{#each parts}}{{#if later}}, {{/if}}{{text}}{{/each}}" }, "p1, p2" },
	{ "an empty array", { "a{{#each no_parts}}{{text}}{{/each}}b" }, "ab" },
	{ "no object", { "a{{#with nothing}}{{text}}{{/with}}b" }, "ab" },
	{ "an object", { "{{#with self}}{{text}}{{/with}}" }, "t&amp;x" },
	{ "a name of the object around a list",
	  { "{{#each folds}}{{#each inner}}{{fold}} {{text}};{{/each}}{{/each}}" },
	  "t&amp;x p1;t&amp;x p2;second p1;second p2;" },
	{ "another fragment",
	  { "<p>{{> b.html}}</p>", "<b>{{text}}</b>" },
	  "<p><b>t&amp;x</b></p>" },
	{ "another fragment, in an object",
	  { "{{#each things}}{{> b.html self}}{{/each}}", "{{text}};" },
	  "t&amp;x;second;" },
	{ "a style",
	  { "<style>{{> c.css}}</style>{{text}}", "", "a{b:{c}}\n\n{{text}}\n" },
	  "<style>a{b:{c}}\n\n{{text}}\n</style>t&amp;x" },
	{ "a word that is an element's, too",
	  { "<p class=\"style\">{{text}}</p><p class=\"script x\">{{text}}</p>" },
	  "<p class=\"style\">t&amp;x</p><p class=\"script x\">t&amp;x</p>" },
	{ "after a style", { "<style></style>{{text}}" }, "<style></style>t&amp;x" },
	{ "a comment", { "a{{! {{text} }}b" }, "ab" },
	{ "in attributes",
	  { "<a class=\"{{text}}\" id=\"x{{text}}\" href=\"#{{text}}\">{{text}}</a>" },
	  "<a class=\"t&amp;x\" id=\"xt&amp;x\" href=\"#t&amp;x\">t&amp;x</a>" },
	{ "a condition in an attribute",
	  { "<p class=\"{{#if yes}}a{{else}}b{{/if}}\"></p>" },
	  "<p class=\"a\"></p>" },
	{ "a condition in a tag", { "<p {{#if yes}}id=\"a\"{{/if}}></p>" }, "<p id=\"a\"></p>" },
	{ "layout of the file",
	  { "<p>\n\t<b>\n\t\ta\n\t\tb  c\n\t</b>\n</p>\n" },
	  "<p><b>a b  c</b></p>" },
	{ "layout next to braces", { "{{! c }}\n\ta\n\t{{text}}\n\tb\n" }, "at&amp;xb" },
	{ "layout in a tag",
	  { "<p id=\"a\"\n\t\tclass=\"b\">\n</p>" },
	  "<p id=\"a\" class=\"b\"></p>" },
	{ "a blank line", { "<p>\n\n\ta\n\n\n\tb</p>\n\n{{text}}" }, "<p>\na\n\nb</p>\nt&amp;x" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };
		struct err err = { .line = 0 };
		int ret = page_of(rows[i].files, span_of(TEXT), &out, &err);

		if (ret)
			fail_msg("%s: %d, %s", rows[i].name, ret, err.message);
		if (!span_is(buf_span(&out), rows[i].want))
			fail_msg("%s: \"%.*s\", not \"%s\"", rows[i].name, (int)out.n,
				 out.p ? out.p : "", rows[i].want);
		buf_free(&out);
	}
}

/* What a value holds never becomes a tag, an attribute, a reference or braces of ours. */
static const struct {
	const char *name, *text, *want;
} hostile[] = {
	{ "a tag", "</b><script>", "&lt;/b&gt;&lt;script&gt;" },
	{ "the end of an attribute", "\" onclick=\"x", "&quot; onclick=&quot;x" },
	{ "the end of one in single quotes", "' x='", "&#39; x=&#39;" },
	{ "a reference", "&lt;&#60;", "&amp;lt;&amp;#60;" },
	{ "a value of a template", "{{text}}", "{{text}}" },
	{ "a section of a template", "{{#each things}}{{/each}}", "{{#each things}}{{/each}}" },
	{ "half of one", "}}{{", "}}{{" },
	{ "a control", "a\033[2J\n", "a\xef\xbf\xbd[2J\xef\xbf\xbd" },
	{ "text turned round", "\xe2\x80\xae", "\xef\xbf\xbd" },
	{ "a byte that is no UTF-8", "\xff<", "\xef\xbf\xbd&lt;" },
	{ "an overlong less-than", "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
};

static void check_hostile(const char *name, const char *text, const char *want)
{
	static const char *const places[FILES] = { "<b id=\"{{text}}\">{{text}}</b>" };
	struct buf out = { 0 }, page = { 0 };
	struct err err;

	buf_addf(&page, "<b id=\"%s\">%s</b>", want, want);
	assert_int_equal(page_of(places, span_of(text), &out, &err), 0);
	if (!span_eq(buf_span(&out), buf_span(&page)))
		fail_msg("%s: \"%.*s\"", name, (int)out.n, out.p);
	buf_free(&out);
	buf_free(&page);
}

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
		check_hostile(hostile[i].name, hostile[i].text, hostile[i].want);
}

/* Each byte by itself, as text and in an attribute. */
static void test_bytes(void **state)
{
	(void)state;
	for (unsigned int c = 1; c < 256; c++) {
		const char *want = c == '&'                ? "&amp;"
				   : c == '<'              ? "&lt;"
				   : c == '>'              ? "&gt;"
				   : c == '"'              ? "&quot;"
				   : c == '\''             ? "&#39;"
				   : c < 0x20 || c >= 0x7f ? "\xef\xbf\xbd"
							   : NULL;
		const char text[] = { (char)c, 0 };
		char name[20];

		snprintf(name, sizeof(name), "byte %#x", c);
		check_hostile(name, text, want ? want : text);
	}
}

/* Files that are refused, and what is said of them. */
static const struct {
	const char *name;
	const char *files[FILES];
	const char *want;
} errors[] = {
	{ "an unknown name", { "a\n{{nobody}}" }, "a.html:2: unknown name \"nobody\"" },
	{ "an unknown name in a branch",
	  { "{{#if no}}\n\n{{text}}{{nobody}}{{/if}}" },
	  "a.html:3: unknown name \"nobody\"" },
	{ "an unknown name in another file",
	  { "a\n{{> b.html}}", "\n\n{{nobody}}" },
	  "b.html:3: unknown name \"nobody\"" },
	{ "a name of an object elsewhere",
	  { "{{#each folds}}{{#each inner}}{{/each}}{{/each}}{{fold}}" },
	  "a.html:1: unknown name \"fold\"" },
	{ "an unknown list", { "{{#each nobody}}{{/each}}" }, "a.html:1: unknown name \"nobody\"" },
	{ "an unknown condition",
	  { "{{#if nobody}}{{/if}}" },
	  "a.html:1: unknown name \"nobody\"" },
	{ "an unknown condition after another",
	  { "{{#if no}}{{else if nobody}}{{/if}}" },
	  "a.html:1: unknown name \"nobody\"" },
	{ "an unknown file", { "\n{{> z.html}}" }, "a.html:2: unknown fragment \"z.html\"" },
	{ "a section that is not closed",
	  { "\n{{#if yes}}a" },
	  "a.html:2: {{#if yes}} is not closed" },
	{ "a list that is not closed",
	  { "\n\n{{#each things}}a{{#if yes}}{{/if}}" },
	  "a.html:3: {{#each things}} is not closed" },
	{ "an else that is not closed",
	  { "{{#if yes}}a\n{{else}}b" },
	  "a.html:1: {{#if yes}} is not closed" },
	{ "a section that ends in another file",
	  { "{{#if yes}}{{> b.html}}", "\n{{/if}}" },
	  "b.html:2: {{/if}} closes nothing" },
	{ "what closes nothing", { "a\n{{/if}}" }, "a.html:2: {{/if}} closes nothing" },
	{ "an else of nothing", { "a\n{{else}}" }, "a.html:2: {{else}} closes nothing" },
	{ "an else in a list",
	  { "{{#each things}}\n{{else}}{{/each}}" },
	  "a.html:2: {{else}} in {{#each things}}" },
	{ "an else after the last",
	  { "{{#if yes}}{{else}}\n{{else}}{{/if}}" },
	  "a.html:2: {{else}} in {{#if yes}}" },
	{ "sections crossed",
	  { "{{#if yes}}{{#each things}}\n{{/if}}{{/each}}" },
	  "a.html:2: {{/if}} in {{#each things}}" },
	{ "braces that are not closed", { "a\n{{text\n" }, "a.html:2: {{ without }}" },
	{ "braces around nothing", { "a\n{{ }}" }, "a.html:2: {{}} names nothing" },
	{ "a list as a value", { "{{things}}" }, "a.html:1: \"things\" is not a text" },
	{ "a flag as a value", { "{{yes}}" }, "a.html:1: \"yes\" is not a text" },
	{ "words for a text", { "{{text|a|b}}" }, "a.html:1: \"text\" is not a number" },
	{ "a text as a list",
	  { "{{#each text}}{{/each}}" },
	  "a.html:1: \"text\" is no object or list" },
	{ "a flag as a word", { "{{#if yes=1}}{{/if}}" }, "a.html:1: \"yes\" can't be asked for" },
	{ "an object as a condition",
	  { "{{#if self}}{{/if}}" },
	  "a.html:1: \"self\" can't be asked for" },
	{ "a file in itself",
	  { "{{> b.html}}", "{{> b.html}}" },
	  "b.html:1: more than 8 fragments in one another" },
	{ "a value as a tag",
	  { "<{{text}}>" },
	  "a.html:1: a value can stand in text or in double quotes, not in a tag" },
	{ "a value as an attribute",
	  { "<p {{text}}>" },
	  "a.html:1: a value can stand in text or in double quotes, not in a tag" },
	{ "a value without quotes",
	  { "<p id={{text}}>" },
	  "a.html:1: a value can stand in text or in double quotes, not in a tag" },
	{ "an attribute without quotes",
	  { "<p\nid=a>" },
	  "a.html:2: in a tag, a value stands in double quotes" },
	{ "an attribute in single quotes",
	  { "<p id='{{text}}'>" },
	  "a.html:1: in a tag, a value stands in double quotes" },
	{ "a value in a style",
	  { "<style>{{text}}</style>" },
	  "a.html:1: a value can stand in text or in double quotes, not in a style" },
	{ "a value in a style attribute",
	  { "<p style=\"{{text}}\">" },
	  "a.html:1: a value can't stand in the attribute \"style\"" },
	{ "a value in a handler",
	  { "<p onclick=\"x{{text}}\">" },
	  "a.html:1: a value can't stand in the attribute \"onclick\"" },
	{ "a value as an address",
	  { "<a href=\"{{text}}\">" },
	  "a.html:1: a value in href has to stand after a '#'" },
	{ "a value as an address, behind a condition",
	  { "<a href=\"{{#if yes}}#{{/if}}{{text}}\">" },
	  "a.html:1: a value in href has to stand after a '#'" },
	{ "a value as an address, behind an empty condition",
	  { "<a href=\"{{#if yes}}x{{else}}{{/if}}#{{text}}\">" },
	  "a.html:1: a value in href has to stand after a '#'" },
	{ "a value as an address, behind a value",
	  { "<a href=\"{{text}}#{{text}}\">" },
	  "a.html:1: a value in href has to stand after a '#'" },
	{ "a script", { "\n<script>" }, "a.html:2: a page of ours has no script or comment" },
	{ "a comment of HTML",
	  { "\n<!--x-->" },
	  "a.html:2: a page of ours has no script or comment" },
	{ "a style elsewhere",
	  { "<p>{{> c.css}}</p>", "", "a{}" },
	  "a.html:1: c.css can only stand in <style>, and without a '<'" },
	{ "a style that ends itself",
	  { "<style>{{> c.css}}", "", "a{}</style>" },
	  "a.html:1: c.css can only stand in <style>, and without a '<'" },
	{ "a branch that ends in a tag",
	  { "{{#if yes}}<p {{/if}}>" },
	  "a.html:1: {{#if yes}} ends in another tag than it began in" },
	{ "a branch that ends out of an attribute",
	  { "<p id=\"{{#if yes}}\">\n{{else}}x{{/if}}" },
	  "a.html:2: {{#if yes}} ends in another tag than it began in" },
	{ "a branch that ends an attribute",
	  { "<p id=\"{{#if yes}}\" {{/if}}x\">" },
	  "a.html:1: {{#if yes}} ends in another tag than it began in" },
	{ "a branch that ends in another attribute",
	  { "<p id=\"{{#if yes}}\" style=\"{{/if}}\">" },
	  "a.html:1: {{#if yes}} ends in another tag than it began in" },
	{ "a branch after half a name",
	  { "<p on{{#if yes}} {{/if}}class=\"{{text}}\">" },
	  "a.html:1: {{#if yes}} stands in a name" },
	{ "half a name in a branch",
	  { "<p {{#if yes}}on{{/if}}class=\"{{text}}\">" },
	  "a.html:1: {{#if yes}} ends in another tag than it began in" },
	{ "words with half a tag",
	  { "{{one|<p|acts}}" },
	  "a.html:1: the words of \"one\" hold half a tag" },
	{ "a file that ends in a tag", { "<p>\n<p" }, "a.html:2: a.html ends in a tag" },
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct err err = { .line = 0 };
		struct buf out = { 0 };
		int ret = page_of(errors[i].files, span_of(TEXT), &out, &err);

		if (ret != -EINVAL || strcmp(err.message, errors[i].want) != 0)
			fail_msg("%s: %d, \"%s\", not \"%s\"", errors[i].name, ret, err.message,
				 errors[i].want);
		assert_int_equal(out.n, 0);
		buf_free(&out);
	}
}

/* A list that fails ends the page, and what it says is what is returned. */
static void test_fails(void **state)
{
	static const char *const files[FILES] = { "a{{#each fails}}b{{/each}}c" };
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(page_of(files, span_of(TEXT), &out, &err), -EIO);
	assert_int_equal(out.n, 0);
	buf_free(&out);
}

/* Sections deeper than what is followed are refused, not recursed into. */
static void test_deep(void **state)
{
	const char *files[FILES] = { NULL };
	struct buf text = { 0 }, out = { 0 };
	struct err err;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++)
		buf_adds(&text, "{{#if yes}}");
	buf_addc(&text, 0);
	files[0] = text.p;
	assert_int_equal(page_of(files, span_of(TEXT), &out, &err), -EINVAL);
	assert_string_equal(err.message, "a.html:1: more than 40 sections in one another");
	buf_reset(&text);
	for (unsigned int i = 0; i < 30; i++)
		buf_adds(&text, "{{#each things}}");
	buf_addc(&text, 0);
	files[0] = text.p;
	assert_int_equal(page_of(files, span_of(TEXT), &out, &err), -EINVAL);
	assert_string_equal(err.message, "a.html:1: more than 16 objects in one another");
	buf_free(&text);
}

/* The pages' own fragments. */
static void test_report(void **state)
{
	struct template *template;
	struct err err = { .line = 0 };

	(void)state;
	if (report_template(&template, &err))
		fail_msg("%s", err.message);
	template_free(template);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),   cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bytes),  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_fails),  cmocka_unit_test(test_deep),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
