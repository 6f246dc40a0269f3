/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/sealed.h"

struct log_signer *sealed;

char sealed_why[512];

int sealed_open_as(struct store **out, const char *path, const struct store_opts *like)
{
	struct store_opts opts = *like;
	char key[300];

	*out = NULL;
	snprintf(key, sizeof(key), "%s.key", path);
	if (!sealed) {
		int ret = log_signer__open(&sealed, key, path, "host", sealed_why,
					   sizeof(sealed_why));

		if (ret)
			return ret;
	}
	opts.path = path;
	opts.seal = *log_signer__of(sealed);
	return store__open(out, &opts, sealed_why, sizeof(sealed_why));
}

int sealed_open(struct store **out, const char *path)
{
	return sealed_open_as(out, path, &(struct store_opts){ 0 });
}

int sealed_line(uint64_t seq, const char *session, const char *kind, uint64_t sseq, char *line,
		size_t n)
{
	char time[TIMESTAMP_SIZE];
	const char *quote = *session ? "\"" : "";

	timestamp_format((int64_t)seq * 1000, time);
	return snprintf(line, n,
			"{\"v\":1,\"seq\":%llu,\"time\":\"%s\",\"session\":%s%s%s,\"sseq\":%llu,"
			"\"ticket\":%s,\"kind\":"
			"\"%s\",\"verdict\":%s}",
			(unsigned long long)seq, time, quote, *session ? session : "null", quote,
			(unsigned long long)sseq, *session ? "\"CHG-1\"" : "null", kind,
			strcmp(kind, "exec") ? "null" : "\"approved\"");
}
