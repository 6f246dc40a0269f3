/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/json.h"

void errors_add(struct errors *errors, const char *fmt, ...)
{
	va_list ap;

	if (errors->n == REPLY_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(errors->line[errors->n], sizeof(errors->line[0]), fmt, ap);
	va_end(ap);
	errors->n++;
}

void reply_errors(struct buf *out, const struct errors *errors)
{
	size_t i;

	json_begin(out);
	json_bool(out, "ok", false);
	json_open(out, "errors", '[');
	for (i = 0; i < errors->n; i++)
		json_cstr(out, NULL, errors->line[i]);
	json_close(out, ']');
	json_close(out, '}');
}

void reply_error(struct buf *out, const char *message)
{
	struct errors errors = { 0 };

	errors_add(&errors, "%s", message);
	reply_errors(out, &errors);
}

void reply_begin(struct buf *out)
{
	json_begin(out);
	json_bool(out, "ok", true);
}
