/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/report_part.h"

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

struct record_row {
	uint32_t node, depth, above; /* `above`: the row of the parent, NONE */
	uint32_t folded;             /* so many programs in place of a node */
};

struct tree {
	const struct gathered *now;
	struct link *links;
	struct record_row *rows;
	uint32_t rows_n, left_out;
	uint32_t root, root_last;
	bool whole;
	unsigned int width;
};

static uint32_t find_node(const struct gathered *now, uint64_t sseq)
{
	size_t low = 0, high = now->nodes_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (now->nodes[middle].sseq < sseq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < now->nodes_n && now->nodes[low].sseq == sseq && now->nodes[low].exec)
		return (uint32_t)low;
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

static bool add_row(struct tree *tree, struct record_row row)
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
	    !add_row(tree, (struct record_row){ NONE, level->depth, level->above, level->folded }))
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
		if (!add_row(tree, (struct record_row){ i, level->depth, level->above, 0 })) {
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

static unsigned int x_of(const struct record_row *row)
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
		const struct record_row *row = &tree->rows[i];
		unsigned int chars = row->node == NONE ? 0
						       : tree->now->nodes[row->node].label_n +
								 tree->now->nodes[row->node].why_n;
		unsigned int width = x_of(row) + (chars + 30) * CHAR_WIDTH;

		if (width > tree->width)
			tree->width = width;
	}
}

static void add_line(struct html *html, const struct tree *tree, uint32_t i)
{
	const struct record_row *row = &tree->rows[i];
	unsigned int x;

	if (row->above == NONE)
		return;
	x = x_of(&tree->rows[row->above]);
	html_lit(html, "<path class=\"branch\" d=\"M");
	html_number(html, x);
	html_lit(html, " ");
	html_number(html, y_of(row->above) + 8);
	html_lit(html, "V");
	html_number(html, y_of(i));
	html_lit(html, "H");
	html_number(html, x_of(row) > x ? x_of(row) - 8 : x_of(row));
	html_lit(html, "\"/>");
}

static void add_shape(struct html *html, enum verdict verdict, unsigned int x, unsigned int y)
{
	html_lit(html, "<path class=\"");
	html_cstr(html, verdict == VERDICT_APPROVED     ? "dot"
			: verdict == VERDICT_UNAPPROVED ? "bad"
							: "doubt");
	html_lit(html, "\" d=\"M");
	if (verdict == VERDICT_APPROVED) {
		html_number(html, x - 4);
		html_lit(html, " ");
		html_number(html, y);
		html_lit(html, "a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"/>");
		return;
	}
	html_number(html, x);
	html_lit(html, " ");
	html_number(html, y - 7);
	html_cstr(html, verdict == VERDICT_UNAPPROVED ? "l7 7-7 7-7-7z" : "l7 13h-14z");
	html_lit(html, "\"/>");
}

static void add_status(struct html *html, const struct report_node *node)
{
	if (!node->exited || node->status == 0)
		return;
	html_lit(html, "<tspan class=\"quiet\">  ");
	if (node->status & 0x7f) {
		html_lit(html, "killed by signal ");
		html_number(html, node->status & 0x7f);
	} else {
		html_lit(html, "exit code ");
		html_number(html, node->status >> 8);
	}
	html_lit(html, "</tspan>");
}

static void add_node(struct report *report, const struct tree *tree, uint32_t i)
{
	const struct report_node *node = &tree->now->nodes[tree->rows[i].node];
	unsigned int x = x_of(&tree->rows[i]);
	struct html *html = &report->html;
	bool linked = node->card && node->verdict != VERDICT_APPROVED;

	if (linked) {
		html_lit(html, "<a href=\"#a");
		html_number(html, node->seq);
		html_lit(html, "\">");
	}
	add_shape(html, node->verdict, x, y_of(i));
	html_lit(html, "<text x=\"");
	html_number(html, x + 14);
	html_lit(html, "\" y=\"");
	html_number(html, y_of(i) + 4);
	html_lit(html, "\">");
	if (node->verdict == VERDICT_UNAPPROVED)
		html_lit(html, "<tspan class=\"bad\">UNAPPROVED </tspan>");
	else if (node->verdict != VERDICT_APPROVED)
		html_lit(html, "<tspan class=\"doubt\">INDETERMINATE </tspan>");
	html_shown(html, (struct span){ tree->now->texts.p + node->label, node->label_n });
	add_status(html, node);
	if (node->why_n > 0) {
		html_lit(html, "<tspan class=\"quiet\">  ");
		html_shown(html, (struct span){ tree->now->texts.p + node->why, node->why_n });
		html_lit(html, "</tspan>");
	}
	html_lit(html, "</text>");
	if (linked)
		html_lit(html, "</a>");
}

static void add_folded(struct report *report, const struct tree *tree, uint32_t i)
{
	const struct record_row *row = &tree->rows[i];
	struct html *html = &report->html;

	html_lit(html, "<text class=\"quiet\" x=\"");
	html_number(html, x_of(row) + 14);
	html_lit(html, "\" y=\"");
	html_number(html, y_of(i) + 4);
	html_lit(html, "\">and ");
	report_count(report, row->folded, "more program, approved", "more programs, all approved");
	html_lit(html, "</text>");
}

static void draw(struct report *report, struct tree *tree)
{
	struct html *html = &report->html;

	measure(tree);
	html_lit(html,
		 "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Process tree\">"
		 "<svg class=\"tree\" role=\"group\" aria-label=\"Programs by which ran which\" "
		 "width=\"");
	html_number(html, tree->width);
	html_lit(html, "\" height=\"");
	html_number(html, tree->rows_n * ROW_HEIGHT);
	html_lit(html, "\" viewBox=\"0 0 ");
	html_number(html, tree->width);
	html_lit(html, " ");
	html_number(html, tree->rows_n * ROW_HEIGHT);
	html_lit(html, "\">\n");
	for (uint32_t i = 0; i < tree->rows_n; i++)
		add_line(html, tree, i);
	for (uint32_t i = 0; i < tree->rows_n; i++) {
		if (tree->rows[i].node == NONE)
			add_folded(report, tree, i);
		else
			add_node(report, tree, i);
		html_lit(html, "\n");
	}
	html_lit(html, "</svg></div>\n<p class=\"aside\">Below each program what it ran. Acts of a "
		       "program "
		       "that were not approved stand below it, too.</p>\n");
}

static void add_left_out(struct report *report, uint64_t n)
{
	if (n == 0)
		return;
	html_lit(&report->html, "<p class=\"callout\">");
	report_count(report, n, "more program or act is not drawn; the record has it.",
		     "more programs and acts are not drawn; the record has them.");
	html_lit(&report->html, "</p>\n");
}

int report_tree(struct report *report, size_t index)
{
	struct tree tree = { .now = report->now, .root = NONE, .root_last = NONE };
	size_t n = report->now->nodes_n;
	int ret = -ENOMEM;

	report_section(report, index, "tree", "Process tree");
	if (n == 0) {
		html_lit(&report->html, "<p>No program was started in it.</p></section>\n");
		return 0;
	}
	tree.whole = n <= REPORT_TREE_WHOLE;
	tree.links = calloc(n, sizeof(*tree.links));
	tree.rows = calloc(REPORT_TREE_ROWS, sizeof(*tree.rows));
	if (!tree.links || !tree.rows)
		goto out;
	link_all(&tree);
	ret = lay_out(&tree);
	if (ret)
		goto out;
	draw(report, &tree);
	add_left_out(report, tree.left_out + report->now->nodes_more);
	html_lit(&report->html, "</section>\n");
out:
	free(tree.links);
	free(tree.rows);
	return ret;
}
