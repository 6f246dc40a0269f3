/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/base64.h"

enum { MARK_MAX = 16 << 10 };
static const int64_t KEEP_NS = 1000000000;

void store_log__begin(struct store_log *log)
{
	log->next = log->tree;
	log->next_seq = log->seq;
	log->keep = false;
}

int store_log__add(struct store_log *log, const struct store_row *row, struct digest *leaf)
{
	int ret = merkle_leaf(&log->seal->hash, row->line, row->line_n, leaf);

	if (!ret)
		ret = merkle_push(&log->next, &log->seal->hash, leaf, NULL);
	if (ret)
		return ret;
	log->next_seq = row->seq;
	if (!strcmp(row->kind, "session_end") || !strcmp(row->kind, "host"))
		log->keep = true;
	return 0;
}

int store_log__sign(struct store_log *log)
{
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	struct digest root;
	int ret = merkle_root(&log->next, &log->seal->hash, &root);

	if (ret)
		return ret;
	buf_reset(&log->note);
	buf_reset(&log->nodes);
	checkpoint_body(log->seal->key.name, log->next.size, &root, log->next_seq, &log->note);
	if (log->note.failed)
		return -ENOMEM;
	ret = log->seal->sign(log->seal->ctx, log->note.p, log->note.n, signature);
	if (ret)
		return ret;
	checkpoint_sign(&log->seal->key, signature, &log->note);
	merkle_save(&log->next, &log->nodes);
	return log->note.failed || log->nodes.failed ? -ENOMEM : 0;
}

/*
 * Not synced: it has to outlive this process, and after a power cut an older one, or a torn one,
 * says less and nothing wrong.
 */
static void write_mark(const struct store_log *log)
{
	struct buf text = { 0 };

	buf_adds(&text, "nodes ");
	base64_encode(&text, buf_span(&log->nodes));
	buf_addc(&text, '\n');
	buf_add(&text, log->note.p, log->note.n);
	if (!text.failed && pwrite(log->mark_fd, text.p, text.n, 0) == (ssize_t)text.n)
		(void)!ftruncate(log->mark_fd, (off_t)text.n);
	buf_free(&text);
}

void store_log__commit(struct store_log *log, int64_t now_ns)
{
	log->tree = log->next;
	log->seq = log->next_seq;
	if (log->keep || now_ns - log->kept_ns >= KEEP_NS || now_ns < log->kept_ns) {
		log->kept_ns = now_ns;
		log->loose = 0;
	} else {
		log->loose = log->tree.size;
	}
	if (log->mark_fd >= 0)
		write_mark(log);
}

int store_log__open_mark(struct store_log *log, const char *path)
{
	log->mark_fd = open(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	return log->mark_fd < 0 ? -errno : 0;
}

/* Whatever name the log had then: the host's may be another now. */
static bool is_signed(const struct store_log *log, struct span note,
		      const struct checkpoint *checkpoint)
{
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	struct note_key key = log->seal->key;

	return note_key_rename(&key, checkpoint->origin, &log->seal->hash) == 0 &&
	       checkpoint_signature(note, &key, signature) == 0 &&
	       log->seal->verify(key.pub, checkpoint->body.p, checkpoint->body.n, signature) == 0;
}

int store_log__check_note(const struct store_log *log, struct span note, const struct merkle *tree,
			  uint64_t *seq)
{
	struct checkpoint checkpoint;
	struct digest root;

	*seq = 0;
	if (checkpoint_parse(note, &checkpoint) || checkpoint.size != tree->size ||
	    !is_signed(log, note, &checkpoint) || merkle_root(tree, &log->seal->hash, &root) ||
	    memcmp(&root, &checkpoint.root, sizeof(root)) != 0)
		return -ENOENT;
	*seq = checkpoint.seq;
	return 0;
}

int store_log__read_mark(const struct store_log *log, struct merkle *tree, uint64_t *seq,
			 struct buf *note)
{
	struct checkpoint checkpoint;
	struct buf nodes = { 0 };
	char text[MARK_MAX], *end;
	ssize_t n = pread(log->mark_fd, text, sizeof(text), 0);
	int ret = -ENOENT;

	*seq = 0;
	end = n > 6 ? memchr(text, '\n', (size_t)n) : NULL;
	if (end && !memcmp(text, "nodes ", 6) &&
	    !base64_decode(&nodes, (struct span){ text + 6, (size_t)(end - text) - 6 })) {
		buf_add(note, end + 1, (size_t)(text + n - end) - 1);
		if (!note->failed && !checkpoint_parse(buf_span(note), &checkpoint) &&
		    !merkle_load(tree, checkpoint.size, buf_span(&nodes)))
			ret = store_log__check_note(log, buf_span(note), tree, seq);
	}
	buf_free(&nodes);
	if (ret) {
		*tree = (struct merkle){ 0 };
		buf_reset(note);
	}
	return ret;
}

void store_log__free(struct store_log *log)
{
	buf_free(&log->note);
	buf_free(&log->nodes);
	if (log->mark_fd >= 0)
		close(log->mark_fd);
	log->mark_fd = -1;
}
