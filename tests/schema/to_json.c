/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Prints a ticket's or profile's YAML as the JSON that means the same, node by node as lockstep's
 * reader gives them, so that a schema can be asked about it without another reader of YAML.
 */
#include <stdio.h>

#include "core/base/json.h"
#include "core/ticket/ticket.h"
#include "core/yaml/reader.h"

static char text[TICKET_BYTES_MAX + 1];

/* What JSON writes as a whole number. */
static bool is_number(const struct node *node)
{
	if (!node->plain || node->text.n == 0 || node->text.n > 15)
		return false;
	for (size_t i = 0; i < node->text.n; i++) {
		if (node->text.p[i] < '0' || node->text.p[i] > '9')
			return false;
	}
	return node->text.p[0] != '0' || node->text.n == 1;
}

/* In a buffer of its own, for json.h would put a comma before it. */
static void print_text(struct span value, struct buf *out)
{
	struct buf one = { 0 };

	json_text(&one, NULL, value);
	out->failed |= one.failed;
	buf_add(out, one.p, one.n);
	buf_free(&one);
}

static void print_scalar(const struct node *node, struct buf *out)
{
	if (is_number(node))
		buf_add(out, node->text.p, node->text.n);
	else
		print_text(node->text, out);
}

static int print_value(struct reader *reader, const struct node *node, struct buf *out);

static int print_sequence(struct reader *reader, struct buf *out)
{
	struct node node;
	int ret;

	buf_addc(out, '[');
	for (size_t i = 0;; i++) {
		ret = reader__next(reader, &node);
		if (ret || node.kind == NODE_END)
			break;
		buf_adds(out, i ? "," : "");
		ret = print_value(reader, &node, out);
		if (ret)
			break;
	}
	buf_addc(out, ']');
	return ret;
}

static int print_mapping(struct reader *reader, struct buf *out)
{
	struct node node;
	int ret;

	buf_addc(out, '{');
	for (size_t i = 0;; i++) {
		ret = reader__next(reader, &node);
		if (ret || node.kind == NODE_END)
			break;
		buf_adds(out, i ? "," : "");
		print_text(node.text, out);
		buf_addc(out, ':');
		ret = reader__next(reader, &node);
		if (!ret)
			ret = print_value(reader, &node, out);
		if (ret)
			break;
	}
	buf_addc(out, '}');
	return ret;
}

static int print_value(struct reader *reader, const struct node *node, struct buf *out)
{
	switch (node->kind) {
	case NODE_SEQUENCE:
		return print_sequence(reader, out);
	case NODE_MAPPING:
		return print_mapping(reader, out);
	default:
		print_scalar(node, out);
		return 0;
	}
}

static int print_document(size_t n, struct buf *out)
{
	struct reader *reader = NULL;
	struct node node;
	int ret = reader__new(&reader, text, n, NULL);

	if (!ret)
		ret = reader__next(reader, &node);
	if (!ret)
		ret = print_value(reader, &node, out);
	if (!ret)
		ret = reader__finish(reader);
	reader__free(reader);
	return ret || out->failed;
}

int main(void)
{
	size_t n = fread(text, 1, sizeof(text), stdin);
	struct buf out = { 0 };
	int ret = print_document(n, &out);

	if (ret)
		fprintf(stderr, "to_json: not read as YAML\n");
	else
		printf("%.*s\n", (int)out.n, out.p);
	buf_free(&out);
	return ret != 0;
}
