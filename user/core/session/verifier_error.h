/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_VERIFIER_ERROR_H
#define LOCKSTEP_VERIFIER_ERROR_H

#include <stddef.h>

/*
 * Of all that libbpf prints when a program is refused (the verifier's log, then what follows from
 * it), the lines that say why. The zero value is empty.
 */
struct verifier_error {
	char last[256];
	char before[256]; /* the line before it that says something */
	char field[256];  /* a field or type that the kernel's BTF does not have */
};

/* One warning, of any number of lines. */
void verifier_error_add(struct verifier_error *error, const char *text);
/*
 * One line, "" for none: what the kernel's BTF lacks, where that is why (libbpf 1.0
 * and later say "failed to resolve CO-RE relocation" in place of the poisoned instruction), or else
 * the last two lines.
 */
void verifier_error_line(const struct verifier_error *error, char *out, size_t n);

#endif
