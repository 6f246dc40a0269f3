/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/part.h"

#include "core/base/json.h"

static const char *op_name(uint32_t op)
{
	static const char *const names[LS_WRITE_OPS] = {
		[LS_WRITE_OPEN] = "open",     [LS_WRITE_TRUNCATE] = "truncate",
		[LS_WRITE_RENAME] = "rename", [LS_WRITE_LINK] = "link",
		[LS_WRITE_SYMLINK] = "symlink", [LS_WRITE_UNLINK] = "unlink",
	};

	return op < LS_WRITE_OPS ? names[op] : NULL;
}

static const char *type_name(uint32_t mode)
{
	switch (mode & LS_MODE_TYPE) {
	case LS_MODE_FILE:
		return "file";
	case LS_MODE_DIRECTORY:
		return "directory";
	case LS_MODE_SYMLINK:
		return "symlink";
	case LS_MODE_BLOCK:
		return "block";
	case LS_MODE_CHAR:
		return "char";
	case LS_MODE_FIFO:
		return "fifo";
	case LS_MODE_SOCKET:
		return "socket";
	}
	return NULL; /* a symbolic link that is only now made */
}

void record_write(const struct record *record, struct buf *out)
{
	const struct event_write *write = &record->event->write;
	uint32_t type = write->mode & LS_MODE_TYPE, flags = write->write_flags;

	json_cstr(out, "op", op_name(write->op));
	record_text(out, "path", "path_b64", write->path);
	if (write->from.n)
		record_text(out, "from", "from_b64", write->from);
	else
		json_null(out, "from");
	json_cstr(out, "type", type_name(write->mode));
	json_bool(out, "created", flags & LS_WRITE_CREATED);
	json_bool(out, "emptied", flags & LS_WRITE_EMPTIED);
	json_bool(out, "exchanged", flags & LS_WRITE_EXCHANGED);
	json_bool(out, "deleted", flags & LS_WRITE_DELETED);
	json_bool(out, "foreign", flags & LS_WRITE_FOREIGN);
	json_bool(out, "path_truncated", flags & LS_WRITE_PATH_TRUNCATED);
	record_dev(out, "dev", write->dev);
	json_u64(out, "ino", write->ino);
	if (type == LS_MODE_BLOCK || type == LS_MODE_CHAR)
		record_dev(out, "rdev", write->rdev);
	else
		json_null(out, "rdev");
}
