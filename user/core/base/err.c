/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>

static void fill(struct err *err, unsigned int line, unsigned int column, const char *fmt,
		 va_list ap)
{
	err->line = line;
	err->column = column;
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
}

int err_set(struct err *err, int code, unsigned int line, unsigned int column, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	fill(err, line, column, fmt, ap);
	va_end(ap);
	return code;
}

int errs_add(struct errs *errs, int code, unsigned int line, unsigned int column, const char *fmt,
	     ...)
{
	va_list ap;

	if (!errs)
		return code;
	errs->more = errs->more || errs->n == ERRS_MAX;
	if (errs->more)
		return code;
	va_start(ap, fmt);
	fill(&errs->v[errs->n++], line, column, fmt, ap);
	va_end(ap);
	return code;
}

void errs_reset(struct errs *errs)
{
	if (!errs)
		return;
	errs->n = 0;
	errs->more = false;
}
