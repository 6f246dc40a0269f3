/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sha256_lanes.h"

#ifdef __x86_64__
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define INLINE   static inline __attribute__((always_inline)) WITH_SHA

/* FIPS 180-4, 4.2.2. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* The eight words as the instructions want them: from the highest, a b e f and c d g h. */
struct state {
	__m128i abef, cdgh;
};

enum phase { IDLE, HEAD, BODY, TAIL };

/*
 * A message on its way: first the prefix and what fills its block, then the blocks as they lie in
 * the message, then what is left, its end and its length. HEAD and TAIL are put together in `room`.
 */
struct lane {
	struct state state;
	enum phase phase;
	const unsigned char *at;
	size_t left;              /* blocks at `at` */
	struct span prefix, rest; /* what is neither hashed nor at `at` */
	uint64_t bits;            /* of the whole message */
	struct digest *out;
	unsigned char room[2 * SHA256_BLOCK];
};

/* What is still to be begun. */
struct feed {
	struct span prefix;
	const struct span *of;
	size_t n;
	struct digest *out;
};

INLINE __m128i load(const unsigned char *p)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), big_endian);
}

/* Rounds 4 i to 4 i + 3; and the words of those that are 16 behind them. */
INLINE void four_rounds(struct state *state, __m128i w[4], int i)
{
	__m128i words = w[i & 3], last = w[(i + 3) & 3], sum;

	sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)&constants[4 * i]));
	state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
	state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0e));
	if (i >= 12)
		return;
	words = _mm_sha256msg1_epu32(words, w[(i + 1) & 3]);
	words = _mm_add_epi32(words, _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
	w[i & 3] = _mm_sha256msg2_epu32(words, last);
}

INLINE void add(struct state *state, const struct state *before)
{
	state->abef = _mm_add_epi32(state->abef, before->abef);
	state->cdgh = _mm_add_epi32(state->cdgh, before->cdgh);
}

WITH_SHA static void run_one(struct lane *lane, size_t blocks)
{
	struct state state = lane->state;

	for (const unsigned char *p = lane->at; blocks--; p += SHA256_BLOCK) {
		const struct state before = state;
		__m128i w[4] = { load(p), load(p + 16), load(p + 32), load(p + 48) };

#pragma GCC unroll 16
		for (int i = 0; i < 16; i++)
			four_rounds(&state, w, i);
		add(&state, &before);
	}
	lane->state = state;
}

WITH_SHA static void run_both(struct lane lanes[2], size_t blocks)
{
	const unsigned char *p = lanes[0].at, *q = lanes[1].at;
	struct state a = lanes[0].state, b = lanes[1].state;

	for (; blocks--; p += SHA256_BLOCK, q += SHA256_BLOCK) {
		const struct state a_before = a, b_before = b;
		__m128i v[4] = { load(p), load(p + 16), load(p + 32), load(p + 48) };
		__m128i w[4] = { load(q), load(q + 16), load(q + 32), load(q + 48) };

#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			four_rounds(&a, v, i);
			four_rounds(&b, w, i);
		}
		add(&a, &a_before);
		add(&b, &b_before);
	}
	lanes[0].state = a;
	lanes[1].state = b;
}

static void put_word(unsigned char *at, uint32_t word)
{
	word = __builtin_bswap32(word);
	memcpy(at, &word, sizeof(word));
}

WITH_SHA static void finish(struct lane *lane)
{
	static const unsigned char place[2][4] = { { 5, 4, 1, 0 }, { 7, 6, 3, 2 } };
	uint32_t words[2][4];

	_mm_storeu_si128((__m128i *)words[0], lane->state.abef);
	_mm_storeu_si128((__m128i *)words[1], lane->state.cdgh);
	for (size_t i = 0; i < 4; i++) {
		put_word(lane->out->b + 4 * place[0][i], words[0][i]);
		put_word(lane->out->b + 4 * place[1][i], words[1][i]);
	}
	lane->phase = IDLE;
}

/* FIPS 180-4, 5.3.3: the state before the first block. */
WITH_SHA static void begin(struct lane *lane, struct feed *feed)
{
	size_t n = SHA256_BLOCK - feed->prefix.n;

	lane->state.abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
	lane->state.cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
	lane->phase = HEAD;
	lane->prefix = feed->prefix;
	lane->rest = *feed->of++;
	lane->bits = (uint64_t)(lane->prefix.n + lane->rest.n) * 8;
	lane->out = feed->out++;
	feed->n--;
	if (!lane->prefix.n || lane->rest.n < n)
		return;
	memcpy(lane->room, lane->prefix.p, lane->prefix.n);
	memcpy(lane->room + lane->prefix.n, lane->rest.p, n);
	lane->at = lane->room;
	lane->left = 1;
	lane->prefix.n = 0;
	lane->rest = (struct span){ lane->rest.p + n, lane->rest.n - n };
}

static void go_on(struct lane *lane)
{
	size_t n = lane->rest.n / SHA256_BLOCK * SHA256_BLOCK;

	lane->phase = BODY;
	lane->at = (const unsigned char *)lane->rest.p;
	lane->left = n / SHA256_BLOCK;
	if (n)
		lane->rest = (struct span){ lane->rest.p + n, lane->rest.n - n };
}

/* 5.1.1: behind the message one bit, then zeros, and in the last eight bytes of a block how long it
 * is. */
static void end(struct lane *lane)
{
	size_t n = lane->prefix.n + lane->rest.n, size;

	lane->phase = TAIL;
	lane->at = lane->room;
	lane->left = n < SHA256_BLOCK - 8 ? 1 : 2;
	size = lane->left * SHA256_BLOCK;
	if (lane->prefix.n)
		memcpy(lane->room, lane->prefix.p, lane->prefix.n);
	if (lane->rest.n)
		memcpy(lane->room + lane->prefix.n, lane->rest.p, lane->rest.n);
	lane->room[n] = 0x80;
	memset(lane->room + n + 1, 0, size - n - 1);
	put_word(lane->room + size - 8, (uint32_t)(lane->bits >> 32));
	put_word(lane->room + size - 4, (uint32_t)lane->bits);
}

/* Sees to it that there are blocks. False: no message is left. */
static bool fill(struct lane *lane, struct feed *feed)
{
	while (!lane->left) {
		if (lane->phase == TAIL)
			finish(lane);
		if (lane->phase == HEAD)
			go_on(lane);
		else if (lane->phase == BODY)
			end(lane);
		else if (feed->n)
			begin(lane, feed);
		else
			return false;
	}
	return true;
}

static void pass(struct lane *lane, size_t blocks)
{
	lane->at += blocks * SHA256_BLOCK;
	lane->left -= blocks;
}

void sha256_lanes(struct span prefix, const struct span *of, size_t n, struct digest *out)
{
	struct feed feed = { prefix, of, n, out };
	struct lane lanes[2];

	for (size_t i = 0; i < 2; i++) {
		lanes[i].phase = IDLE;
		lanes[i].left = 0;
	}
	while (fill(&lanes[0], &feed) && fill(&lanes[1], &feed)) {
		size_t blocks = lanes[0].left < lanes[1].left ? lanes[0].left : lanes[1].left;

		run_both(lanes, blocks);
		pass(&lanes[0], blocks);
		pass(&lanes[1], blocks);
	}
	for (size_t i = 0; i < 2; i++) {
		while (fill(&lanes[i], &feed)) {
			run_one(&lanes[i], lanes[i].left);
			pass(&lanes[i], lanes[i].left);
		}
	}
}

/* FIPS 180-4's example, SHA256.pdf of NIST's example values. */
static bool gives_what_it_should(void)
{
	static const unsigned char want[DIGEST_BYTES] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	const struct span of[2] = { { "bc", 2 }, { "bc", 2 } };
	struct digest is[2];

	sha256_lanes((struct span){ "a", 1 }, of, 2, is);
	return !memcmp(is[0].b, want, sizeof(want)) && !memcmp(is[1].b, want, sizeof(want));
}

bool sha256_lanes_work(void)
{
	return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1") &&
	       gives_what_it_should();
}

#else

bool sha256_lanes_work(void)
{
	return false;
}

void sha256_lanes(struct span prefix, const struct span *of, size_t n, struct digest *out)
{
	(void)prefix;
	(void)of;
	(void)n;
	(void)out;
}
#endif
