/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/images.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/hash.h"
#include "core/base/table.h"

/* A path, shared by the images that run it; freed with the last of them. */
struct image_path {
	uint32_t hash, at; /* its place in `paths` */
	size_t refs, n;
	char p[];
};

struct images {
	struct image *v;
	size_t n, cap;
	struct table by_sseq;
	struct image_path **paths;
	size_t paths_n, paths_cap;
	struct table by_text;
	size_t paths_bytes;
};

int images__new(struct images **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void images__free(struct images *images)
{
	if (!images)
		return;
	while (images->paths_n)
		free(images->paths[--images->paths_n]);
	free(images->paths);
	table_free(&images->by_text);
	free(images->v);
	table_free(&images->by_sseq);
	free(images);
}

static struct image_path *path_get(struct images *images, struct span text)
{
	struct image_path *path;
	uint32_t hash = hash_span(text), at;

	at = table_find(&images->by_text, hash, i,
			span_eq((struct span){ images->paths[i]->p, images->paths[i]->n }, text));
	if (at != TABLE_NONE) {
		images->paths[at]->refs++;
		return images->paths[at];
	}
	if (text.n > IMAGES_PATHS_MAX - images->paths_bytes)
		return path_get(images, (struct span){ 0 });
	if (grow_to(images->paths, images->paths_cap, images->paths_n + 1))
		return NULL;
	path = malloc(sizeof(*path) + text.n);
	if (!path || table_add(&images->by_text, hash)) {
		free(path);
		return NULL;
	}
	*path = (struct image_path){
		.hash = hash, .at = (uint32_t)images->paths_n, .refs = 1, .n = text.n
	};
	if (text.n)
		memcpy(path->p, text.p, text.n);
	images->paths[images->paths_n++] = path;
	images->paths_bytes += text.n;
	return path;
}

static void path_put(struct images *images, struct image_path *path)
{
	struct image_path *last;

	if (--path->refs > 0)
		return;
	last = images->paths[images->paths_n - 1];
	table_remove(&images->by_text, path->hash, path->at, last->hash);
	images->paths[path->at] = last;
	last->at = path->at;
	images->paths_n--;
	images->paths_bytes -= path->n;
	free(path);
}

static inline uint32_t find(const struct images *images, uint64_t sseq)
{
	return table_find(&images->by_sseq, hash_number(sseq), i, images->v[i].sseq == sseq);
}

const struct image *images__find(const struct images *images, uint64_t sseq)
{
	uint32_t at = find(images, sseq);

	return at == TABLE_NONE ? NULL : &images->v[at];
}

int images__add(struct images *images, const struct image *image, struct span text)
{
	struct image_path *path;

	images__drop(images, image->sseq);
	if (images->n >= IMAGES_MAX)
		return -ENOSPC;
	if (grow_to(images->v, images->cap, images->n + 1))
		return -ENOMEM;
	path = path_get(images, text);
	if (!path)
		return -ENOMEM;
	if (table_add(&images->by_sseq, hash_number(image->sseq))) {
		path_put(images, path);
		return -ENOMEM;
	}
	images->v[images->n] = *image;
	images->v[images->n++].path = path;
	return 0;
}

void images__drop(struct images *images, uint64_t sseq)
{
	uint32_t at = find(images, sseq);
	const struct image *last;

	if (at == TABLE_NONE)
		return;
	path_put(images, images->v[at].path);
	last = &images->v[--images->n];
	table_remove(&images->by_sseq, hash_number(sseq), at, hash_number(last->sseq));
	images->v[at] = *last;
}

struct span image_path(const struct image *image)
{
	return (struct span){ image->path->p, image->path->n };
}
