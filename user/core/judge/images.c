/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/images.h"

#include <errno.h>
#include <stdlib.h>

/* A path, shared by the images that run it; freed with the last of them. */
struct image_path {
	struct image_path *next;
	uint64_t hash;
	size_t refs, n;
	char p[];
};

enum { SLOTS_MIN = 64, BUCKETS = 256 };

/* Open addressing with linear probing; at most three quarters of the slots are taken. */
struct images {
	struct image *slots;
	size_t cap; /* a power of two */
	size_t used;
	size_t paths_n; /* bytes of all paths */
	struct image_path *paths[BUCKETS];
};

int images__new(struct images **out)
{
	struct images *images = calloc(1, sizeof(*images));

	*out = NULL;
	if (!images)
		return -ENOMEM;
	images->slots = calloc(SLOTS_MIN, sizeof(*images->slots));
	if (!images->slots) {
		free(images);
		return -ENOMEM;
	}
	images->cap = SLOTS_MIN;
	*out = images;
	return 0;
}

void images__free(struct images *images)
{
	if (!images)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (images->paths[i]) {
			struct image_path *path = images->paths[i];

			images->paths[i] = path->next;
			free(path);
		}
	}
	free(images->slots);
	free(images);
}

/* FNV-1a, 64 bits. */
static uint64_t path_hash(struct span path)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < path.n; i++)
		hash = (hash ^ (unsigned char)path.p[i]) * 0x100000001b3u;
	return hash;
}

static struct image_path *path_get(struct images *images, struct span text)
{
	uint64_t hash = path_hash(text);
	struct image_path **bucket = &images->paths[hash % BUCKETS], *path;

	for (path = *bucket; path; path = path->next) {
		if (path->hash == hash && span_eq((struct span){ path->p, path->n }, text)) {
			path->refs++;
			return path;
		}
	}
	if (text.n > IMAGES_PATHS_MAX - images->paths_n)
		return path_get(images, (struct span){ 0 });
	path = malloc(sizeof(*path) + text.n);
	if (!path)
		return NULL;
	images->paths_n += text.n;
	*path = (struct image_path){ .next = *bucket, .hash = hash, .refs = 1, .n = text.n };
	if (text.n)
		memcpy(path->p, text.p, text.n);
	*bucket = path;
	return path;
}

static void path_put(struct images *images, struct image_path *path)
{
	struct image_path **at = &images->paths[path->hash % BUCKETS];

	if (--path->refs > 0)
		return;
	while (*at != path)
		at = &(*at)->next;
	*at = path->next;
	images->paths_n -= path->n;
	free(path);
}

/* Numbers come in nearly ascending order: multiplied (Fibonacci hashing), neighbours fall apart. */
static size_t slot_home(const struct images *images, uint64_t sseq)
{
	return (size_t)((sseq * 0x9e3779b97f4a7c15u) >> 32) & (images->cap - 1);
}

/* The slot that holds `sseq`, or the free one where it would go. */
static struct image *slot_of(const struct images *images, uint64_t sseq)
{
	size_t i = slot_home(images, sseq);

	while (images->slots[i].sseq && images->slots[i].sseq != sseq)
		i = (i + 1) & (images->cap - 1);
	return &images->slots[i];
}

static int images_grow(struct images *images)
{
	struct image *old = images->slots;
	size_t old_cap = images->cap;
	struct image *slots;

	if (images->used + 1 <= images->cap / 4 * 3)
		return 0;
	slots = calloc(images->cap * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	images->slots = slots;
	images->cap *= 2;
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i].sseq)
			*slot_of(images, old[i].sseq) = old[i];
	}
	free(old);
	return 0;
}

const struct image *images__find(const struct images *images, uint64_t sseq)
{
	const struct image *slot;

	if (sseq == 0)
		return NULL;
	slot = slot_of(images, sseq);
	return slot->sseq ? slot : NULL;
}

int images__add(struct images *images, const struct image *image, struct span text)
{
	struct image_path *path;
	struct image *slot;

	if (images__find(images, image->sseq))
		images__drop(images, image->sseq);
	if (images->used >= IMAGES_MAX)
		return -ENOSPC;
	if (images_grow(images))
		return -ENOMEM;
	path = path_get(images, text);
	if (!path)
		return -ENOMEM;
	slot = slot_of(images, image->sseq);
	*slot = *image;
	slot->path = path;
	images->used++;
	return 0;
}

void images__drop(struct images *images, uint64_t sseq)
{
	size_t mask = images->cap - 1, hole, i;
	struct image *slot;

	if (!images__find(images, sseq))
		return;
	slot = slot_of(images, sseq);
	path_put(images, slot->path);
	images->used--;
	hole = (size_t)(slot - images->slots);
	/* Entries behind the hole move up where it cuts them off from their home slot. */
	for (i = (hole + 1) & mask; images->slots[i].sseq; i = (i + 1) & mask) {
		size_t home = slot_home(images, images->slots[i].sseq);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		images->slots[hole] = images->slots[i];
		hole = i;
	}
	images->slots[hole] = (struct image){ 0 };
}

size_t images__count(const struct images *images)
{
	return images->used;
}

struct span image_path(const struct image *image)
{
	return (struct span){ image->path->p, image->path->n };
}
