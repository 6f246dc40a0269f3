/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_IMAGES_H
#define LOCKSTEP_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/span.h"
#include "core/judge/verdict.h"

/*
 * The images of one session: what each recorded exec made of its process, by the exec's sseq. A
 * process names its image in every record (lockstep/wire.h), so this is how an act finds its step.
 * Bounded; paths are kept once however many images share them.
 */
enum {
	IMAGES_MAX = 1 << 20,
	IMAGES_PATHS_MAX = 16 << 20, /* bytes of paths; what comes then is kept without its path */
};

#define IMAGE_NO_STEP UINT32_MAX

struct image {
	uint64_t sseq;
	struct image_path *path;
	uint32_t step;   /* index into plan->steps, IMAGE_NO_STEP: none */
	uint8_t verdict; /* enum verdict of its exec */
	uint8_t how;     /* enum how */
	bool writes;     /* what it writes is nobody's argument: see judge/write.c */
};

struct images;

int images__new(struct images **out); /* 0 or -ENOMEM */
void images__free(struct images *images);
/* NULL: not known. Valid until the next add or drop. */
const struct image *images__find(const struct images *images, uint64_t sseq);
/*
 * Adds image->sseq (not 0), or changes it where it is known; image->path is ignored, `path` copied.
 * 0, -ENOSPC at IMAGES_MAX, -ENOMEM.
 */
int images__add(struct images *images, const struct image *image, struct span path);
void images__drop(struct images *images, uint64_t sseq); /* nothing where it is not known */
struct span image_path(const struct image *image);

#endif
