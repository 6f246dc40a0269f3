/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/verdict.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *text;
	enum severity severity;
} reasons_table[REASON_COUNT] = {
#define X(name, severity, text) { #name, text, SEVERITY_##severity },
	REASONS(X)
#undef X
};

const char *reason_name(enum reason reason)
{
	return reasons_table[reason].name;
}

const char *reason_text(enum reason reason)
{
	return reasons_table[reason].text;
}

enum severity reasons_severity(uint32_t reasons)
{
	enum severity most = SEVERITY_INFO;

	reasons &= (uint32_t)(((uint64_t)1 << REASON_COUNT) - 1);
	for (; reasons; reasons &= reasons - 1) {
		enum severity severity = reasons_table[__builtin_ctz(reasons)].severity;

		most = severity > most ? severity : most;
	}
	return most;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { NULL, "unapproved", "indeterminate", "approved" };

	return names[verdict];
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = { "indeterminate", "violation", "compliant" };

	return names[outcome];
}

const char *how_name(enum how how)
{
	static const char *const names[] = { NULL,    "step",  "child",  "profile",
					     "shell", "probe", "service" };

	return names[how];
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "info", "low", "medium", "high", "critical" };

	return names[severity];
}
