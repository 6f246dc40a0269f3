/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * A plain main() for a fuzz target: runs every file that is named, and every file of a directory
 * that is named, through LLVMFuzzerTestOneInput() once, and prints how many. None is a failure: a
 * corpus that vanished would otherwise pass for ever.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the whole file into memory of exactly its size, so that ASan sees a read past its end. */
static int file_read(const char *path, uint8_t **data, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	int ret = 0;

	*data = NULL;
	*size = 0;
	if (!file)
		return -errno;
	if (fstat(fileno(file), &st)) {
		ret = -errno;
		goto out;
	}
	*data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!*data) {
		ret = -ENOMEM;
		goto out;
	}
	*size = fread(*data, 1, (size_t)st.st_size, file);
	if (ferror(file))
		ret = -EIO;
out:
	fclose(file);
	return ret;
}

static int replay_file(const char *path, unsigned int *count)
{
	uint8_t *data;
	size_t size;
	int ret;

	ret = file_read(path, &data, &size);
	if (ret) {
		fprintf(stderr, "replay: \"%s\": %s\n", path, strerror(-ret));
	} else {
		/* A crash is in the log behind the name of the file that made it. */
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(data, size);
		(*count)++;
	}
	free(data);
	return ret;
}

static int replay_directory(const char *path, unsigned int *count)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	int ret = 0;

	if (n < 0) {
		fprintf(stderr, "replay: \"%s\": %s\n", path, strerror(errno));
		return -errno;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];

		if (names[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
			if (replay_file(file, count))
				ret = -EIO;
		}
		free(names[i]);
	}
	free(names);
	return ret;
}

static int replay_path(const char *path, unsigned int *count)
{
	struct stat st;

	if (stat(path, &st)) {
		fprintf(stderr, "replay: \"%s\": %s\n", path, strerror(errno));
		return -errno;
	}
	return S_ISDIR(st.st_mode) ? replay_directory(path, count) : replay_file(path, count);
}

int main(int argc, char **argv)
{
	unsigned int count = 0;
	int status = 0;

	for (int i = 1; i < argc; i++)
		if (replay_path(argv[i], &count))
			status = 1;
	printf("%u inputs\n", count);
	return count ? status : 1;
}
