/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>
#include <stdlib.h>

/*
 * The programs of a session by which ran which, drawn row by row. A large tree shows what was not
 * approved with the way to it; of the rest a few, and how many more there were.
 */
enum {
	ROW_HEIGHT = 24,
	INDENT = 22,
	DEPTH_MAX = 24, /* deeper ones stand below one another */
	MARGIN_X = 14,
	CHAR_WIDTH = 8,         /* of the fixed-width font, generously */
	SIBLINGS_MAX = 4,       /* approved ones that a large tree shows below one program */
	APPROVED_DEPTH_MAX = 3, /* so deep, where nothing below them was not approved */
};

#define NONE UINT32_MAX

struct link {
	uint32_t parent, child, next, last; /* indexes of nodes */
	uint32_t below;                     /* nodes below it, itself not counted */
	bool wanted;                        /* not approved, or on the way to one that was not */
};

struct row {
	uint32_t node, depth, above; /* `above`: the row of the parent, NONE */
	uint32_t folded;             /* so many programs in place of a node */
};

struct tree {
	const struct gathered *now;
	struct link *links;
	struct row *rows;
	uint32_t rows_n, left_out;
	uint32_t root, root_last;
	bool whole;
	uint64_t width;
};

static uint32_t find_node(const struct gathered *now, uint64_t sseq)
{
	size_t at = report_node_place(now, sseq);

	if (at < now->nodes_n && now->nodes[at].sseq == sseq && now->nodes[at].exec)
		return (uint32_t)at;
	return NONE;
}

/* A parent came before: what says otherwise stands by itself, so that no line can make a circle. */
static uint32_t parent_of(const struct gathered *now, uint32_t i)
{
	if (now->nodes[i].parent == 0 || now->nodes[i].parent >= now->nodes[i].sseq)
		return NONE;
	return find_node(now, now->nodes[i].parent);
}

static void append(struct tree *tree, uint32_t parent, uint32_t i)
{
	uint32_t *first = parent == NONE ? &tree->root : &tree->links[parent].child;
	uint32_t *last = parent == NONE ? &tree->root_last : &tree->links[parent].last;

	if (*first == NONE)
		*first = i;
	else
		tree->links[*last].next = i;
	*last = i;
}

static void link_all(struct tree *tree)
{
	const struct gathered *now = tree->now;

	for (uint32_t i = 0; i < now->nodes_n; i++)
		tree->links[i] = (struct link){ NONE, NONE, NONE, NONE, 0, false };
	for (uint32_t i = 0; i < now->nodes_n; i++) {
		tree->links[i].parent = parent_of(now, i);
		append(tree, tree->links[i].parent, i);
	}
	/* children stand behind their parents, so backwards each is whole when it is added up */
	for (uint32_t i = (uint32_t)now->nodes_n; i-- > 0;) {
		struct link *link = &tree->links[i];

		link->wanted |= now->nodes[i].verdict != VERDICT_APPROVED;
		if (link->parent == NONE)
			continue;
		tree->links[link->parent].below += link->below + 1;
		tree->links[link->parent].wanted |= link->wanted;
	}
}

static bool add_row(struct tree *tree, struct row row)
{
	if (tree->rows_n == REPORT_TREE_ROWS)
		return false;
	tree->rows[tree->rows_n++] = row;
	return true;
}

struct level {
	uint32_t next, above, depth, shown, folded;
};

/* What of a level was not drawn, as one row at its end. */
static void close_level(struct tree *tree, const struct level *level)
{
	if (level->folded > 0 &&
	    !add_row(tree, (struct row){ NONE, level->depth, level->above, level->folded }))
		tree->left_out += level->folded;
}

static bool has_room(const struct tree *tree, const struct level *level, const struct link *link)
{
	return tree->whole || link->wanted ||
	       (level->shown < SIBLINGS_MAX && level->depth < APPROVED_DEPTH_MAX);
}

/* Walks without recursion: a session may be as deep as it has programs. */
static int lay_out(struct tree *tree)
{
	struct level *levels = malloc((tree->now->nodes_n + 1) * sizeof(*levels));
	size_t n = 1;

	if (!levels)
		return -ENOMEM;
	levels[0] = (struct level){ tree->root, NONE, 0, 0, 0 };
	while (n > 0) {
		struct level *level = &levels[n - 1];
		uint32_t i = level->next;
		const struct link *link;

		if (i == NONE) {
			close_level(tree, level);
			n--;
			continue;
		}
		link = &tree->links[i];
		level->next = link->next;
		if (!has_room(tree, level, link)) {
			level->folded += link->below + 1;
			continue;
		}
		level->shown += !link->wanted;
		if (!add_row(tree, (struct row){ i, level->depth, level->above, 0 })) {
			tree->left_out += link->below + 1;
			continue;
		}
		if (link->child != NONE)
			levels[n++] = (struct level){ link->child, tree->rows_n - 1,
						      level->depth + 1, 0, 0 };
	}
	free(levels);
	return 0;
}

static unsigned int x_of(const struct row *row)
{
	return MARGIN_X + INDENT * (row->depth < DEPTH_MAX ? row->depth : DEPTH_MAX);
}

static unsigned int y_of(uint32_t row)
{
	return ROW_HEIGHT / 2 + row * ROW_HEIGHT;
}

static void measure(struct tree *tree)
{
	tree->width = 600;
	for (uint32_t i = 0; i < tree->rows_n; i++) {
		const struct row *row = &tree->rows[i];
		unsigned int chars = row->node == NONE ? 0
						       : tree->now->nodes[row->node].label.n +
								 tree->now->nodes[row->node].why.n;
		uint64_t width = x_of(row) + (chars + 30) * CHAR_WIDTH;

		if (width > tree->width)
			tree->width = width;
	}
}

/* The line from a program down to what it ran. */
struct branch {
	uint64_t from_x, from_y, to_x, y;
};

static void branch_values(struct value *v)
{
	const struct branch *branch = v->object;

	V_NUMBER(v, "from_x", branch->from_x);
	V_NUMBER(v, "from_y", branch->from_y);
	V_NUMBER(v, "to_x", branch->to_x);
	V_NUMBER(v, "y", branch->y);
}

static int each_branch(const struct tree *tree, struct walk *walk)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < tree->rows_n; i++) {
		const struct row *row = &tree->rows[i];
		struct branch branch = { .to_x = x_of(row), .y = y_of(i) };

		if (row->above == NONE)
			continue;
		branch.from_x = x_of(&tree->rows[row->above]);
		branch.from_y = y_of(row->above) + 8;
		if (branch.to_x > branch.from_x)
			branch.to_x -= 8;
		ret = walk_item(walk, &branch);
	}
	return ret;
}

/* A row as it is drawn: a node, or how many are folded there. */
struct drawn {
	const struct report_node *node; /* NULL: `folded` */
	uint64_t x, y, folded;
};

static void drawn_values(struct value *v)
{
	const struct drawn *drawn = v->object;
	const struct report_node *node = drawn ? drawn->node : NULL;

	V_NUMBER(v, "x", drawn->x);
	V_NUMBER(v, "y", drawn->y);
	V_NUMBER(v, "left", drawn->x - 4);
	V_NUMBER(v, "top", drawn->y - 7);
	V_NUMBER(v, "text_x", drawn->x + 14);
	V_NUMBER(v, "text_y", drawn->y + 4);
	V_SUM(v, "folded", drawn->folded);
	V_NUMBER(v, "alert", node->alert);
	V_VERDICT(v, node->verdict);
	V_KEPT(v, "label", node->label);
	V_KEPT(v, "why", node->why);
	V_NUMBER(v, "signal", node->status & 0x7f);
	V_NUMBER(v, "exit_code", node->status >> 8);
}

static int each_row(const struct tree *tree, struct walk *walk)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < tree->rows_n; i++) {
		const struct row *row = &tree->rows[i];
		const struct drawn drawn = {
			.node = row->node == NONE ? NULL : &tree->now->nodes[row->node],
			.x = x_of(row),
			.y = y_of(i),
			.folded = row->folded,
		};

		ret = walk_item(walk, &drawn);
	}
	return ret;
}

void report_tree_values(struct value *v)
{
	const struct tree *tree = v->object;

	V_NUMBER(v, "width", tree->width);
	V_NUMBER(v, "height", tree->rows_n * ROW_HEIGHT);
	V_LIST(v, "branches", branch_values, each_branch(tree, v->walk));
	V_LIST(v, "rows", drawn_values, each_row(tree, v->walk));
	V_SUM(v, "not_drawn", tree->left_out + tree->now->nodes_more);
}

int report_each_tree(const struct gathered *now, struct walk *walk)
{
	struct tree tree = { .now = now, .root = NONE, .root_last = NONE };
	int ret = -ENOMEM;

	tree.whole = now->nodes_n <= REPORT_TREE_WHOLE;
	tree.links = calloc(now->nodes_n, sizeof(*tree.links));
	tree.rows = calloc(REPORT_TREE_ROWS, sizeof(*tree.rows));
	if (!tree.links || !tree.rows)
		goto out;
	link_all(&tree);
	ret = lay_out(&tree);
	if (ret)
		goto out;
	measure(&tree);
	ret = walk_item(walk, &tree);
out:
	free(tree.links);
	free(tree.rows);
	return ret;
}
