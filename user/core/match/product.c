/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/product.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/grow.h"

static uint32_t next(const struct ls_automaton *automaton, uint32_t state, unsigned char byte)
{
	if (!state)
		return 0;
	return ls_automaton_step(&automaton->head, automaton->entries,
				 automaton->head.entries_n - 1, state, byte);
}

static uint32_t accept(const struct ls_automaton *automaton, uint32_t state)
{
	if (!state)
		return 0;
	return ls_automaton_accept(automaton->entries, automaton->head.entries_n - 1, state);
}

static uint16_t class_of(const struct ls_automaton *automaton, unsigned char byte)
{
	return automaton ? automaton->head.classes[byte] : 0;
}

/* Adds a byte unless both automata take it for one that is there. */
static void add_byte(struct product *product, unsigned char byte)
{
	for (unsigned int i = 0; i < product->bytes_n; i++) {
		unsigned char other = product->bytes[i];

		if (class_of(product->a, byte) == class_of(product->a, other) &&
		    class_of(product->b, byte) == class_of(product->b, other))
			return;
	}
	product->bytes[product->bytes_n++] = byte;
}

/* Letters, digits, what else is seen, and all the rest. */
static void choose_bytes(struct product *product)
{
	static const char *const ranges[] = { "az", "09", "AZ", "!~" };

	for (size_t r = 0; r < ARRAY_SIZE(ranges); r++) {
		for (int byte = ranges[r][0]; byte <= ranges[r][1]; byte++)
			add_byte(product, (unsigned char)byte);
	}
	for (int byte = 0; byte < 256; byte++)
		add_byte(product, (unsigned char)byte);
}

static int add_meet(struct product *product, uint32_t node)
{
	uint32_t a_set = accept(product->a, product->nodes[node].a);
	uint32_t b_set = accept(product->b, product->nodes[node].b);
	bool fresh;

	if (!b_set)
		return 0;
	if (pair_set_add(&product->met, a_set, b_set, &fresh))
		return -ENOMEM;
	if (!fresh)
		return 0;
	if (grow_to(product->meets, product->meets_cap, product->meets_n + 1))
		return -ENOMEM;
	product->meets[product->meets_n++] = (struct product_meet){ a_set, b_set, node };
	return 0;
}

static int visit(struct product *product, struct product_node node)
{
	bool fresh;

	if (!node.b)
		return 0;
	if (pair_set_add(&product->seen, node.a, node.b, &fresh))
		return -ENOMEM;
	if (!fresh)
		return 0;
	if (product->nodes_n == PRODUCT_NODES_MAX)
		return -E2BIG;
	if (grow_to(product->nodes, product->nodes_cap, product->nodes_n + 1))
		return -ENOMEM;
	product->nodes[product->nodes_n++] = node;
	return add_meet(product, (uint32_t)product->nodes_n - 1);
}

static int follow(struct product *product, uint32_t node, unsigned char byte)
{
	const struct product_node *from = &product->nodes[node];

	return visit(product, (struct product_node){ next(product->a, from->a, byte),
						     next(product->b, from->b, byte), node, byte });
}

static int defer(struct product *product, uint32_t node)
{
	if (grow_to(product->deferred, product->deferred_cap, product->deferred_n + 1))
		return -ENOMEM;
	product->deferred[product->deferred_n++] = node;
	return 0;
}

static int expand(struct product *product, uint32_t node)
{
	bool argument_begins = node > 0 && product->nodes[node].byte == 0;
	int ret = 0;

	for (unsigned int i = 0; i < product->bytes_n && !ret; i++) {
		if (argument_begins && product->bytes[i] == 0)
			ret = defer(product, node);
		else
			ret = follow(product, node, product->bytes[i]);
	}
	return ret;
}

int product__walk(struct product *product, const struct ls_automaton *a,
		  const struct ls_automaton *b)
{
	size_t expanded = 0, taken_up = 0;
	int ret;

	*product = (struct product){ .a = a, .b = b };
	choose_bytes(product);
	ret = visit(product,
		    (struct product_node){ a ? a->head.start : 0, b ? b->head.start : 0, 0, 0 });
	while (!ret) {
		if (expanded < product->nodes_n)
			ret = expand(product, (uint32_t)expanded++);
		else if (taken_up < product->deferred_n)
			ret = follow(product, product->deferred[taken_up++], 0);
		else
			break;
	}
	return ret;
}

void product__action(const struct product *product, uint32_t node, struct buf *out)
{
	size_t n = 0;

	for (uint32_t at = node; at; at = product->nodes[at].parent)
		n++;
	if (buf_reserve(out, n))
		return;
	out->n += n;
	n = out->n;
	for (uint32_t at = node; at; at = product->nodes[at].parent)
		out->p[--n] = (char)product->nodes[at].byte;
}

void product__free(struct product *product)
{
	free(product->nodes);
	free(product->meets);
	free(product->deferred);
	pair_set_free(&product->seen);
	pair_set_free(&product->met);
	*product = (struct product){ 0 };
}
