// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * actor_unix DIRECTORY MODE [PATH] - connects or sends to unix sockets, its own and others', and
 * says on descriptor 3, for each time that the kernel is given an address: unix TYPE/SEND SOCK_*
 * and whether it was a datagram given HEX          the address, "@" for the first byte of an
 * abstract one path HEX           the same, absolute unseen WHY         (this host can't do it)
 * DIRECTORY is its own, and is empty. PATH is where the mode `known` listens, in a mount namespace
 * and file systems of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "uring.h"

static FILE *truth;
static const char *directory, *known;

struct place {
	struct sockaddr_un at;
	socklen_t n;
};

/* As sizeof(sa_family_t) + strlen(): the NUL that ends it is not counted in. */
static struct place place_of(const void *name, size_t n)
{
	struct place place = { .at = { .sun_family = AF_UNIX },
			       .n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n) };

	if (n > sizeof(place.at.sun_path))
		exit(90);
	memcpy(place.at.sun_path, name, n);
	return place;
}

static struct place place_at(const char *path)
{
	return place_of(path, strlen(path));
}

static void say_hex(const char *key, const char *prefix, const void *p, size_t n)
{
	const unsigned char *bytes = p;
	size_t i;

	fprintf(truth, "%s ", key);
	for (i = 0; prefix[i]; i++)
		fprintf(truth, "%02x", (unsigned char)prefix[i]);
	for (i = 0; i < n; i++)
		fprintf(truth, "%02x", bytes[i]);
	fputc('\n', truth);
}

static void say(int type, bool send, const struct place *place)
{
	const char *name = place->at.sun_path;
	size_t n = place->n - offsetof(struct sockaddr_un, sun_path);
	char cwd[PATH_MAX + 2] = "";

	fprintf(truth, "unix %d/%d\n", type, send);
	if (!name[0]) {
		say_hex("given", "@", name + 1, n - 1);
		say_hex("path", "@", name + 1, n - 1);
		return;
	}
	n = strnlen(name, n);
	if (name[0] != '/') {
		if (!getcwd(cwd, PATH_MAX))
			exit(91);
		cwd[strlen(cwd)] = '/';
	}
	say_hex("given", "", name, n);
	say_hex("path", cwd, name, n);
}

static int open_socket(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0)
		exit(92);
	return fd;
}

static int listener(const struct place *place, int type)
{
	int fd = open_socket(type);

	if (bind(fd, (const struct sockaddr *)&place->at, place->n))
		exit(93);
	if (type != SOCK_DGRAM && listen(fd, 8))
		exit(94);
	return fd;
}

static void must_connect(const struct place *to, int type, int error)
{
	int fd = open_socket(type);

	say(type, false, to);
	if ((connect(fd, (const struct sockaddr *)&to->at, to->n) ? errno : 0) != error)
		exit(95);
	close(fd);
}

static struct place own(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return place_at(path);
}

static void exchange(const struct place *at, int type)
{
	int fd = listener(at, type);

	must_connect(at, type, 0);
	close(fd);
	if (at->at.sun_path[0])
		unlink(at->at.sun_path);
}

static void stream_path(void)
{
	struct place at = own("s");

	exchange(&at, SOCK_STREAM);
}

static void dgram_path(void)
{
	struct place at = own("d");

	exchange(&at, SOCK_DGRAM);
}

static void seqpacket_path(void)
{
	struct place at = own("q");

	exchange(&at, SOCK_SEQPACKET);
}

static void stream_abstract(void)
{
	char name[64] = "";
	struct place at;

	at = place_of(name, (size_t)snprintf(name + 1, 60, "lockstep-%d", getpid()) + 1);
	exchange(&at, SOCK_STREAM);
}

/* Any bytes are a name, NULs too. */
static void dgram_abstract_binary(void)
{
	char name[16] = "\0a\0\xff\n\"\\";
	struct place at;

	memcpy(name + 12, &(int){ getpid() }, 4);
	at = place_of(name, sizeof(name));
	exchange(&at, SOCK_DGRAM);
}

static void abstract_longest(void)
{
	char name[108] = "\0lockstep";
	struct place at;

	memcpy(name + 104, &(int){ getpid() }, 4);
	at = place_of(name, sizeof(name));
	exchange(&at, SOCK_STREAM);
}

static void abstract_empty(void)
{
	struct place at = place_of("", 1);

	must_connect(&at, SOCK_STREAM, ECONNREFUSED);
}

static void relative(void)
{
	struct place at = place_at("r");

	if (chdir(directory))
		exit(96);
	exchange(&at, SOCK_STREAM);
}

static void relative_at_sign(void)
{
	struct place at = place_at("@lockstep");

	if (chdir(directory))
		exit(96);
	exchange(&at, SOCK_STREAM);
}

/* So deep that the working directory does not fit the small room for paths. */
static void relative_deep(void)
{
	char name[201] = "";
	struct place at = place_at("r");
	int i;

	memset(name, 'x', 200);
	if (chdir(directory))
		exit(96);
	for (i = 0; i < 10; i++) {
		if (mkdir(name, 0700) || chdir(name))
			exit(97);
	}
	exchange(&at, SOCK_STREAM);
	for (i = 0; i < 10; i++) {
		if (chdir("..") || rmdir(name))
			exit(98);
	}
}

static void relative_up(void)
{
	struct place at = place_at("../lockstep-none/r");

	if (chdir(directory))
		exit(96);
	must_connect(&at, SOCK_STREAM, ENOENT);
}

/* All 108 bytes, and no NUL. */
static void longest(void)
{
	char name[108];
	struct place at;

	memset(name, '/', sizeof(name));
	memcpy(name + sizeof(name) - 4, "none", 4);
	at = place_of(name, sizeof(name));
	must_connect(&at, SOCK_STREAM, ENOENT);
}

static void nul_inside(void)
{
	struct place at = place_of("/none\0/run/docker.sock", 22);

	must_connect(&at, SOCK_STREAM, ENOENT);
}

static void missing(void)
{
	struct place at = own("none");

	must_connect(&at, SOCK_STREAM, ENOENT);
}

static void refused(void)
{
	struct place at = own("refused");

	close(listener(&at, SOCK_STREAM));
	must_connect(&at, SOCK_STREAM, ECONNREFUSED);
	unlink(at.at.sun_path);
}

static void no_address(void)
{
	const struct sockaddr_un none = { .sun_family = AF_UNIX };
	const struct sockaddr other = { .sa_family = AF_INET };
	int fd = open_socket(SOCK_STREAM);

	if (!connect(fd, (const struct sockaddr *)&none, 2) || errno != EINVAL ||
	    !connect(fd, &other, sizeof(other)) || errno != EINVAL)
		exit(95);
	close(fd);
}

static void dgram_unspec(void)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct place at = own("u");
	int server = listener(&at, SOCK_DGRAM), fd = open_socket(SOCK_DGRAM);

	say(SOCK_DGRAM, false, &at);
	if (connect(fd, (const struct sockaddr *)&at.at, at.n) || connect(fd, &none, sizeof(none)))
		exit(95);
	close(fd);
	close(server);
	unlink(at.at.sun_path);
}

static void dgram_sendto(void)
{
	struct place at = own("t");
	int server = listener(&at, SOCK_DGRAM), fd = open_socket(SOCK_DGRAM);

	say(SOCK_DGRAM, true, &at);
	if (sendto(fd, "x", 1, 0, (const struct sockaddr *)&at.at, at.n) != 1)
		exit(95);
	close(fd);
	close(server);
	unlink(at.at.sun_path);
}

/* Two with an address; one to whom it is connected, which is no further act. */
static void dgram_sendmmsg(void)
{
	struct place at = own("m");
	struct iovec byte = { .iov_base = "x", .iov_len = 1 };
	struct mmsghdr two[2] = { 0 };
	int server = listener(&at, SOCK_DGRAM), fd = open_socket(SOCK_DGRAM), i;

	for (i = 0; i < 2; i++) {
		two[i].msg_hdr = (struct msghdr){
			.msg_name = &at.at, .msg_namelen = at.n, .msg_iov = &byte, .msg_iovlen = 1
		};
		say(SOCK_DGRAM, true, &at);
	}
	if (sendmmsg(fd, two, 2, 0) != 2)
		exit(95);
	say(SOCK_DGRAM, false, &at);
	if (connect(fd, (const struct sockaddr *)&at.at, at.n) || send(fd, "x", 1, 0) != 1)
		exit(95);
	close(fd);
	close(server);
	unlink(at.at.sun_path);
}

static void uring_connect(void)
{
	struct place at = own("i");
	int server = listener(&at, SOCK_STREAM), fd = open_socket(SOCK_STREAM);
	struct io_uring_sqe request = { .opcode = IORING_OP_CONNECT,
					.fd = fd,
					.addr = (uintptr_t)&at.at,
					.off = at.n,
					.flags = IOSQE_ASYNC };
	struct uring ring = { 0 };
	int ret = uring__open(&ring, 0);

	if (ret) {
		fprintf(truth, "unseen io_uring_setup: %s\n", strerror(-ret));
		return;
	}
	say(SOCK_STREAM, false, &at);
	if (uring__run(&ring, &request))
		exit(95);
	close(fd);
	close(server);
	unlink(at.at.sun_path);
}

/* Where our names mean something else. */
static void chrooted(void)
{
	struct place at = place_at("/s");

	if (chroot(directory) || chdir("/"))
		exit(96);
	exchange(&at, SOCK_STREAM);
}

static void make_parents(const char *path)
{
	char at[PATH_MAX];
	char *slash;

	snprintf(at, sizeof(at), "%s", path);
	for (slash = strchr(at + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(at, 0755) && errno != EEXIST)
			exit(97);
		*slash = '/';
	}
}

static bool begins(const char *path, const char *with)
{
	return !strncmp(path, with, strlen(with));
}

/* An empty file system in a mount namespace of our own, over where the path begins. */
static void cover(const char *path)
{
	static const char *const tops[] = { "/run", "/tmp", "/root", "/var" };
	size_t i;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		exit(98);
	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		if (!begins(path, tops[i]))
			continue;
		if (mkdir(tops[i], 0755) && errno != EEXIST)
			exit(97);
		if (mount("tmpfs", tops[i], "tmpfs", 0, NULL))
			exit(98);
	}
}

static void at_known(void)
{
	char name[108] = "";
	struct place at = place_at(known);

	if (known[0] == '@') {
		memcpy(name + 1, known + 1, strlen(known) - 1);
		at = place_of(name, strlen(known));
	} else {
		cover(known);
		make_parents(known);
	}
	exchange(&at, SOCK_STREAM);
}

static const struct {
	const char *name;
	void (*act)(void);
} modes[] = {
	{ "stream-path", stream_path },
	{ "dgram-path", dgram_path },
	{ "seqpacket-path", seqpacket_path },
	{ "stream-abstract", stream_abstract },
	{ "dgram-abstract-binary", dgram_abstract_binary },
	{ "abstract-longest", abstract_longest },
	{ "abstract-empty", abstract_empty },
	{ "relative", relative },
	{ "relative-at-sign", relative_at_sign },
	{ "relative-deep", relative_deep },
	{ "relative-up", relative_up },
	{ "longest", longest },
	{ "nul-inside", nul_inside },
	{ "missing", missing },
	{ "refused", refused },
	{ "no-address", no_address },
	{ "dgram-unspec", dgram_unspec },
	{ "dgram-sendto", dgram_sendto },
	{ "dgram-sendmmsg", dgram_sendmmsg },
	{ "uring", uring_connect },
	{ "chroot", chrooted },
	{ "known", at_known },
};

int main(int argc, char **argv)
{
	size_t i;

	truth = fdopen(3, "w");
	if (!truth || argc < 3)
		return 99;
	directory = argv[1];
	known = argc > 3 ? argv[3] : NULL;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, argv[2]))
			continue;
		modes[i].act();
		fclose(truth);
		return 0;
	}
	return 89;
}
