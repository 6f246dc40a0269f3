/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/filter_options.h"

#include <errno.h>
#include <string.h>

#include "core/base/array.h"
#include "core/serve/request.h"
#include "edge/host.h"

/* The long name is the filter's own. */
static const struct option_spec *spec_of(int id)
{
	static const struct option_spec specs[] = { FILTER_OPTIONS };

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		if (specs[i].id == id)
			return &specs[i];
	}
	return NULL;
}

static int set_time(struct options *options, const char *name, int64_t *out)
{
	if (!option_time(options->value, host_wall_ns(), out) && *out > 0)
		return CLI_OK;
	return options_usage(options, "--%s: expected a time, got \"%s\"", name, options->value);
}

static int set_filter(struct options *options, const char *name, struct record_filter *filter)
{
	struct err err = { 0 };
	int ret = filter_set(filter, span_of(name), span_of(options->value), &err);

	if (!ret)
		return CLI_OK;
	return options_usage(options, "--%s: %s", name,
			     ret == -EINVAL ? err.message : strerror(-ret));
}

int filter_option(struct options *options, int id, struct record_filter *filter, bool *taken)
{
	const struct option_spec *spec = spec_of(id);

	*taken = spec != NULL;
	if (!spec)
		return CLI_OK;
	switch (id) {
	case 'A':
		filter->alerts = true;
		return CLI_OK;
	case 'S':
		return set_time(options, spec->name, &filter->since_ns);
	case 'U':
		return set_time(options, spec->name, &filter->until_ns);
	case 'n':
		if (!option_number(options->value, INT64_MAX, &filter->after))
			return CLI_OK;
		return options_usage(options, "--after: expected a number, got \"%s\"",
				     options->value);
	default:
		return set_filter(options, spec->name, filter);
	}
}

static const char *name_or_null(const char *name)
{
	return *name ? name : NULL;
}

void filter_store(const struct record_filter *filter, struct store_filter *out)
{
	*out = (struct store_filter){
		.after = filter->after,
		.session = name_or_null(filter->session),
		.ticket = name_or_null(filter->ticket),
		.kind = name_or_null(filter->kind),
		.verdict = name_or_null(filter->verdict),
		.since_ns = filter->since_ns,
		.until_ns = filter->until_ns,
	};
}

bool filter_by_line(const struct record_filter *filter)
{
	return filter->alerts || *filter->operator_name || *filter->host || *filter->reason ||
	       filter->program || filter->destination;
}
