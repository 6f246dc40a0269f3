/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge/notify.h"
#include "edge/socket.h"
#include "lib/cmocka.h"

struct dir {
	char path[64];
	char sock[80];
};

static int setup(void **state)
{
	struct dir *dir = calloc(1, sizeof(*dir));

	assert_non_null(dir);
	snprintf(dir->path, sizeof(dir->path), "/tmp/lockstep-socket.XXXXXX");
	assert_non_null(mkdtemp(dir->path));
	snprintf(dir->sock, sizeof(dir->sock), "%s/s", dir->path);
	*state = dir;
	return 0;
}

static int teardown(void **state)
{
	struct dir *dir = *state;

	unlink(dir->sock);
	assert_int_equal(rmdir(dir->path), 0); /* nothing else was left there */
	free(dir);
	return 0;
}

static size_t open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int listen_at(const char *path, int *fd, char why[256])
{
	const struct socket_listen_opts opts = { path, 0640, (uid_t)-1, (gid_t)-1 };

	why[0] = '\0';
	return socket_listen(&opts, fd, why, 256);
}

static void test_second_listener(void **state)
{
	struct dir *dir = *state;
	char why[256];
	struct stat st;
	int fd, second;

	assert_int_equal(listen_at(dir->sock, &fd, why), 0);
	assert_int_equal(stat(dir->sock, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(listen_at(dir->sock, &second, why), -EADDRINUSE);
	assert_int_equal(second, -1);
	assert_non_null(strstr(why, "another lockstepd is running"));
	socket_unlisten(fd, dir->sock);
	assert_int_equal(access(dir->sock, F_OK), -1);
}

static void test_full_backlog_is_an_answer(void **state)
{
	struct dir *dir = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char why[256];
	int fds[128], fd, second;
	size_t n = 0;

	assert_int_equal(listen_at(dir->sock, &fd, why), 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", dir->sock);
	for (; n < 128; n++) {
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fds[n], (struct sockaddr *)&addr, sizeof(addr)))
			break;
	}
	assert_true(n < 128);
	assert_int_equal(listen_at(dir->sock, &second, why), -EADDRINUSE);
	assert_int_equal(socket_connect_nowait(dir->sock, &second, why, sizeof(why)), -EAGAIN);
	assert_int_equal(second, -1);
	do
		close(fds[n]);
	while (n--);
	socket_unlisten(fd, dir->sock);
}

static void test_stale_file(void **state)
{
	struct dir *dir = *state;
	char why[256];
	int fd;

	assert_int_equal(listen_at(dir->sock, &fd, why), 0);
	close(fd); /* as a killed daemon leaves it */
	assert_int_equal(socket_connect(dir->sock, &fd, why, sizeof(why)), -ECONNREFUSED);
	assert_non_null(strstr(why, "lockstepd is not running"));
	assert_int_equal(listen_at(dir->sock, &fd, why), 0);
	socket_unlisten(fd, dir->sock);
}

static void test_not_a_socket(void **state)
{
	struct dir *dir = *state;
	char why[256];
	int fd = open(dir->sock, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(listen_at(dir->sock, &fd, why), -ENOTSOCK);
	assert_int_equal(access(dir->sock, F_OK), 0);
}

static void test_bad_paths(void **state)
{
	char path[200], why[256];
	int fd;

	(void)state;
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(socket_connect(path, &fd, why, sizeof(why)), -ENAMETOOLONG);
	assert_int_equal(socket_connect("", &fd, why, sizeof(why)), -ENAMETOOLONG);
	assert_int_equal(socket_connect("/nonexistent/s", &fd, why, sizeof(why)), -ENOENT);
	assert_int_equal(listen_at("/nonexistent/s", &fd, why), -ENOENT);
}

static void test_peer(void **state)
{
	struct dir *dir = *state;
	struct socket_peer peer;
	char why[256];
	int fd, client, server;

	assert_int_equal(listen_at(dir->sock, &fd, why), 0);
	assert_int_equal(socket_accept(fd, &server, &peer), -EAGAIN);
	assert_int_equal(socket_connect(dir->sock, &client, why, sizeof(why)), 0);
	assert_int_equal(socket_accept(fd, &server, &peer), 0);
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(peer.gid, getgid());
	assert_int_equal(peer.pid, getpid());
	assert_true(fcntl(server, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(server, F_GETFD) & FD_CLOEXEC);
	close(client);
	close(server);
	socket_unlisten(fd, dir->sock);
}

/* What is written in pieces, and which lines come of it before which error. */
static const struct lines_row {
	const char *name;
	const char *pieces[4];
	const char *want; /* lines, each followed by '|' */
	int end;          /* last answer of fill: 0 is the end of the stream */
} lines_rows[] = {
	{ "longer than the bound, no newline",
	  { "123456789012345678901234567890123" },
	  "",
	  -EMSGSIZE },
	{ "longer than the bound in pieces",
	  { "a\n", "1234567890123456", "12345678901234567" },
	  "a|",
	  -EMSGSIZE },
	{ "unended at the end", { "a\nb" }, "a|", 0 },
	{ "exactly the bound",
	  { "1234567890123456789012345678901\n" },
	  "1234567890123456789012345678901|",
	  0 },
	{ "empty lines", { "\n\n" }, "||", 0 },
	{ "one line in pieces", { "a", "b", "c\n" }, "abc|", 0 },
	{ "many in a piece", { "a\nb\nc\n", "d\n" }, "a|b|c|d|", 0 },
};

static int run_lines(const struct lines_row *row)
{
	struct line_reader reader;
	struct span line;
	char got[256] = "";
	size_t i, n = 0;
	int pair[2], ret = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	line_reader__init(&reader, 32);
	for (i = 0; i <= 4 && ret == 0 && !reader.eof; i++) {
		if (i < 4 && row->pieces[i])
			assert_true(socket_write(pair[0], span_of(row->pieces[i])) > 0);
		else
			shutdown(pair[0], SHUT_WR);
		/* a bound of 32 may need more than one read for a piece */
		do {
			ret = line_reader__fill(&reader, pair[1]);
			while (line_reader__next(&reader, &line))
				n += (size_t)snprintf(got + n, sizeof(got) - n, "%.*s|",
						      (int)line.n, line.p);
		} while (ret == 0 && !reader.eof &&
			 recv(pair[1], &(char){ 0 }, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
	}
	line_reader__free(&reader);
	close(pair[0]);
	close(pair[1]);
	if (strcmp(got, row->want) == 0 && ret == row->end)
		return 0;
	print_error("%s: got \"%s\" and %d, want \"%s\" and %d\n", row->name, got, ret, row->want,
		    row->end);
	return 1;
}

static void test_lines(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines_rows) / sizeof(lines_rows[0]); i++)
		failed += run_lines(&lines_rows[i]);
	assert_int_equal(failed, 0);
}

static void test_descriptor_comes_with_its_line(void **state)
{
	struct line_reader reader;
	struct span line;
	struct stat sent, came;
	int pair[2], null, fd;
	size_t before = open_fds();

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	null = open("/dev/null", O_RDONLY);
	line_reader__init(&reader, 4096);
	assert_int_equal(socket_send_line(pair[0], span_of("{}"), null), 0);
	assert_int_equal(line_reader__wait(&reader, pair[1], &line), 0);
	assert_true(span_is(line, "{}"));
	fd = line_reader__take_fd(&reader);
	assert_int_equal(fstat(null, &sent), 0);
	assert_int_equal(fstat(fd, &came), 0);
	assert_int_equal(sent.st_rdev, came.st_rdev);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(line_reader__take_fd(&reader), -1);
	close(fd);
	/* one that nobody takes is closed with the reader */
	assert_int_equal(socket_send_line(pair[0], span_of("{}"), null), 0);
	assert_int_equal(line_reader__wait(&reader, pair[1], &line), 0);
	line_reader__free(&reader);
	close(null);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(open_fds(), before);
}

static void send_many(int fd, int pass, size_t n)
{
	union {
		char bytes[CMSG_SPACE(64 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	size_t i;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &pass, sizeof(pass));
	assert_int_equal(sendmsg(fd, &msg, 0), 1);
}

/*
 * One message with more than allowed, one that the kernel cuts, and two that are too many together.
 */
static void test_too_many_descriptors(void **state)
{
	static const size_t counts[][2] = { { SOCKET_FDS_MAX + 1, 0 }, { 60, 0 }, { 3, 3 } };
	struct line_reader reader;
	size_t before = open_fds(), i;
	int pair[2], ret;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		line_reader__init(&reader, 4096);
		send_many(pair[0], pair[0], counts[i][0]);
		ret = line_reader__fill(&reader, pair[1]);
		if (counts[i][1]) {
			assert_int_equal(ret, 0);
			send_many(pair[0], pair[0], counts[i][1]);
			ret = line_reader__fill(&reader, pair[1]);
		}
		assert_int_equal(ret, -EMFILE);
		line_reader__free(&reader);
		close(pair[0]);
		close(pair[1]);
	}
	assert_int_equal(open_fds(), before);
}

static void test_write_to_the_gone(void **state)
{
	char big[1 << 20] = { 0 };
	int pair[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	do
		n = socket_write(pair[0], (struct span){ big, sizeof(big) });
	while (n > 0);
	assert_int_equal(n, -EAGAIN); /* a reader that does not read is not waited for */
	close(pair[1]);
	assert_int_equal(socket_write(pair[0], span_of("x")), -EPIPE); /* and no SIGPIPE */
	close(pair[0]);
}

/* What $NOTIFY_SOCKET may be, and what comes of it. "%" is the test's directory. */
static const struct notify_row {
	const char *name, *address;
	int ret;
} notify_rows[] = {
	{ "relative path", "run/notify", -EAFNOSUPPORT },
	{ "vsock", "vsock:2:1", -EAFNOSUPPORT },
	{ "nobody there", "/nonexistent/notify", -ENOENT },
	{ "unset", NULL, 0 },
	{ "empty", "", 0 },
	{ "path", "%/s", 0 },
	{ "abstract", "@%/s", 0 },
};

static int run_notify(const struct dir *dir, const struct notify_row *row)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct notify notify;
	char address[100] = "", got[600] = "", want[64] = "";
	const char *mark = row->address ? strchr(row->address, '%') : NULL;
	size_t n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), ret;

	unsetenv("NOTIFY_SOCKET");
	if (row->address) {
		snprintf(address, sizeof(address), mark ? "%.*s%s%s" : "%.*s",
			 mark ? (int)(mark - row->address) : (int)strlen(row->address),
			 row->address, dir->path, mark ? mark + 1 : "");
		setenv("NOTIFY_SOCKET", address, 1);
	}
	if (mark) {
		n = strlen(address);
		memcpy(addr.sun_path, address, n);
		if (address[0] == '@')
			addr.sun_path[0] = '\0';
		assert_int_equal(bind(fd, (struct sockaddr *)&addr,
				      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
				 0);
		snprintf(want, sizeof(want), "READY=1\nSTATUS=up");
	}
	ret = notify__open(&notify);
	assert_int_equal(notify__ready(&notify, "up"), 0);
	if (recv(fd, got, sizeof(got) - 1, 0) < 0)
		got[0] = '\0';
	notify__close(&notify);
	close(fd);
	unlink(dir->sock);
	unsetenv("NOTIFY_SOCKET");
	if (ret == row->ret && strcmp(got, want) == 0)
		return 0;
	print_error("%s: got %d and \"%s\", want %d and \"%s\"\n", row->name, ret, got, row->ret,
		    want);
	return 1;
}

static void test_notify(void **state)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(notify_rows) / sizeof(notify_rows[0]); i++)
		failed += run_notify(*state, &notify_rows[i]);
	assert_int_equal(failed, 0);
}

static void test_watchdog(void **state)
{
	static const struct {
		const char *name, *usec;
		bool own_pid, other_pid;
		uint64_t want;
	} rows[] = {
		{ "unset", NULL, false, false, 0 },
		{ "not a number", "30s", false, false, 0 },
		{ "negative", "-1", false, false, 0 },
		{ "for another process", "30000000", false, true, 0 },
		{ "for this process", "30000000", true, false, 30000000 },
		{ "for whoever", "30000000", false, false, 30000000 },
	};
	struct notify notify;
	char pid[16];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		snprintf(pid, sizeof(pid), "%d", rows[i].own_pid ? getpid() : 1);
		if (rows[i].usec)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].own_pid || rows[i].other_pid)
			setenv("WATCHDOG_PID", pid, 1);
		assert_int_equal(notify__open(&notify), 0);
		if (notify.watchdog_us != rows[i].want) {
			print_error("%s: got %llu\n", rows[i].name,
				    (unsigned long long)notify.watchdog_us);
			failed++;
		}
		notify__close(&notify);
	}
	assert_int_equal(failed, 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_second_listener),
		ROW(test_full_backlog_is_an_answer),
		ROW(test_stale_file),
		ROW(test_not_a_socket),
		ROW(test_bad_paths),
		ROW(test_peer),
		ROW(test_lines),
		ROW(test_descriptor_comes_with_its_line),
		ROW(test_too_many_descriptors),
		ROW(test_write_to_the_gone),
		ROW(test_notify),
		ROW(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
