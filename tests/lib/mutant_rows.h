/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_ROWS_H
#define LOCKSTEP_MUTANT_ROWS_H

#include <stdbool.h>

#include "core/event/event.h"
#include "lib/rich_ticket.h"
#include "lockstep/wire.h"

/* The tickets of the mutation test, and commands that each of their steps approves. */
enum { TICKET_EXAMPLE, TICKET_DEMO, TICKET_RICH, TICKETS };

static const char example_file[] = "examples/tickets/CHG-20417.yaml";
static const char demo_file[] = "examples/demo/ticket.yaml";
static const char *const profile_files[] = { "examples/profiles/base.yaml",
					     "examples/profiles/login-shell.yaml" };

#define DEMO "/tmp/lockstep.demo"
static const char *const demo_values[][2] = {
	{ "@DIR@", DEMO },
	{ "@USER@", "jdoe" },
	{ "@PORT@", "20443" },
	{ "@FROM@", "2026-11-23T20:00:00Z" },
	{ "@UNTIL@", "2026-11-23T22:00:00Z" },
};

struct row {
	int ticket;
	const char *step, *argv; /* arguments each ended by "|" */
	bool child;              /* on the step's list of children; below the step's first row */
	bool any;        /* covered by `children: any`: a program that the ticket does not name */
	bool other_user; /* not the operator: user_id */
	uint32_t user_id;
	const char *env, *cwd;
	uint32_t stdin_kind;
	bool stdin_given; /* stdin_kind is meant */
};

#define STDIN(kind) .stdin_kind = LS_STDIN_##kind, .stdin_given = true
#define USER(id)    .other_user = true, .user_id = (id)

#define ROW(of, id, args, ...)                                                                     \
	{                                                                                          \
		.ticket = TICKET_##of, .step = id, .argv = args, ##__VA_ARGS__                     \
	}

static const struct row rows[] = {
	ROW(EXAMPLE, "check", "nginx|-t|"),
	ROW(EXAMPLE, "check", "/usr/sbin/nginx|-t|", USER(0)),
	ROW(EXAMPLE, "install", "install|-m|0600|/root/staged/a.pem|/etc/nginx/tls/|", USER(0)),
	ROW(EXAMPLE, "install",
	    "install|-m|0600|/root/staged/a.pem|/root/staged/b.pem|/etc/nginx/tls/|", USER(0)),
	ROW(EXAMPLE, "reload", "systemctl|reload|nginx|"),
	ROW(EXAMPLE, "reload", "systemctl|restart|nginx|"),
	ROW(EXAMPLE, "packages", "apt-get|install|-y|nginx=1.22.1-9|", USER(0),
	    .env = "DEBIAN_FRONTEND=noninteractive"),
	ROW(EXAMPLE, "packages", "other|--configure|nginx|", .any = true, USER(0)),
	ROW(EXAMPLE, "health", "curl|-fsS|https://localhost/healthz|"),
	ROW(EXAMPLE, "shell-id", "id|-u|"),
	ROW(EXAMPLE, "shell-id", "id|-gn|"),
	ROW(EXAMPLE, "shell-dircolors", "dircolors|-b|"),
	ROW(EXAMPLE, "shell-lesspipe", "lesspipe|"),
	ROW(EXAMPLE, "shell-lesspipe", "basename|/usr/bin/lesspipe|", .child = true),
	ROW(EXAMPLE, "shell-lesspipe", "dirname|/usr/bin/lesspipe|", .child = true),
	ROW(EXAMPLE, "shell-lesspipe-name", "basename|lesspipe|"),
	ROW(EXAMPLE, "shell-mesg", "mesg|n|"),

	ROW(DEMO, "script", DEMO "/session|"),
	ROW(DEMO, "look", "ls|-l|" DEMO "/tls|"),
	ROW(DEMO, "install", "install|-m|0600|" DEMO "/staged/server.pem|" DEMO "/tls/|"),
	ROW(DEMO, "health", "busybox|wget|-q|-O|-|http://127.0.0.1:20443/health|"),
	ROW(DEMO, "digest", "sha256sum|" DEMO "/tls/server.pem|"),
	ROW(DEMO, "clean", "shred|-u|" DEMO "/staged/server.pem|"),

	ROW(RICH, "star", "cat|/var/log/dpkg.log|"),
	ROW(RICH, "star", "/bin/cat|/var/log/a.b.log|"),
	ROW(RICH, "deep", "chown|-R|app|/srv/app/www/img/a.png|"),
	ROW(RICH, "one", "tar|-xf|/root/db-7.tar|"),
	ROW(RICH, "class", "mkfs.ext4|-L|q9|/dev/sdc1|"),
	ROW(RICH, "branch", "systemctl|restart|app.service|"),
	ROW(RICH, "many", "install|-m|0600|/root/staged/a.pem|/root/staged/b.pem|/etc/nginx/tls/|"),
	ROW(RICH, "value", "app-ctl|--dir=srv/a|--name=x|start|"),
	ROW(RICH, "bare", "dpkg|-i|nginx.deb|"),
	ROW(RICH, "rest", "logger|-t|lockstep|"),
	ROW(RICH, "rest", "logger|-t|lockstep|all|-of it||"),
	ROW(RICH, "hidden", "rm|-f|/home/ann/.cache/x|"),
	ROW(RICH, "quoted", "grep|-e|a b*|it's|/etc/hosts|"),
	ROW(RICH, "empty", "touch||x1|"),
	ROW(RICH, "secret", "mysql|-u|root|-phunter2|app|", STDIN(PIPE)),
	ROW(RICH, "absolute", "/opt/tools/bin/probe|-x|"),
	ROW(RICH, "absolute", "probe|-x|"),
	ROW(RICH, "pinned", "sha256sum|/etc/hosts|"),
	ROW(RICH, "there", "make|all|", .cwd = "/srv/app"),
	ROW(RICH, "as-root", "sysctl|-p|", USER(0)),
	ROW(RICH, "as-app", "pg_dump|app|", USER(33)),
	ROW(RICH, "twice", "cp|/etc/a|/etc/b|"),
	ROW(RICH, "range", "mv|/etc/c|/etc/d|"),
	ROW(RICH, "script", "backup.sh|full|", STDIN(TTY)),
	ROW(RICH, "script", "backup.sh|incremental|"),
	ROW(RICH, "script", "tar|-cf|-|/etc|/srv|", .child = true),
	ROW(RICH, "script", "gzip|-9|", .child = true),
	ROW(RICH, "script", "sh|", .child = true, STDIN(PIPE)),
	ROW(RICH, "shell", "bash|", STDIN(FILE)),
	ROW(RICH, "code", "python3|/opt/app/migrate.py|", STDIN(TTY)),
	ROW(RICH, "packages", "apt-get|install|-y|nginx=1.22.1|", USER(0), .env = "LESS=-R"),
	ROW(RICH, "packages", "other|-i|x|", .any = true),
	ROW(RICH, "health", "curl|-fsS|https://localhost/healthz|"),
	ROW(RICH, "serve", "nc|-l|8080|"),
	ROW(RICH, "multiplexer", "tmux|new|-s|main|"),
};

struct net_row {
	int ticket;
	const char *step; /* acts of its first row's image */
	enum record_kind kind;
	uint16_t proto;
	const char *address;
	uint16_t port;
};

static const struct net_row net_rows[] = {
	{ TICKET_EXAMPLE, "packages", RECORD_CONNECT, LS_IPPROTO_TCP, "10.9.9.0", 443 },
	{ TICKET_EXAMPLE, "packages", RECORD_CONNECT, LS_IPPROTO_TCP, "10.200.3.4", 3142 },
	{ TICKET_EXAMPLE, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "127.0.0.1", 443 },
	{ TICKET_EXAMPLE, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "::1", 443 },
	{ TICKET_EXAMPLE, "check", RECORD_CONNECT, LS_IPPROTO_UDP, "10.0.0.53", 53 },
	{ TICKET_EXAMPLE, "check", RECORD_SEND, LS_IPPROTO_UDP, "10.0.0.53", 53 },
	{ TICKET_DEMO, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "127.0.0.1", 20443 },
	{ TICKET_RICH, "packages", RECORD_CONNECT, LS_IPPROTO_TCP, "10.63.255.1", 3142 },
	{ TICKET_RICH, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "fd7f::8:1", 8005 },
	{ TICKET_RICH, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "10.9.9.1", 5432 },
	{ TICKET_RICH, "health", RECORD_CONNECT, LS_IPPROTO_TCP, "10.9.9.1", 5440 },
	{ TICKET_RICH, "health", RECORD_CONNECT, LS_IPPROTO_UDP, "10.0.0.7", 99 },
	{ TICKET_RICH, "serve", RECORD_LISTEN, LS_IPPROTO_TCP, "127.0.0.1", 8080 },
	{ TICKET_RICH, "serve", RECORD_BIND, LS_IPPROTO_TCP, "127.0.0.1", 8080 },
	{ TICKET_RICH, "serve", RECORD_SEND, LS_IPPROTO_UDP, "127.0.0.1", 514 },
	{ TICKET_RICH, "star", RECORD_CONNECT, LS_IPPROTO_UDP, "10.0.0.53", 53 },
};

struct path_row {
	int ticket;
	const char *step, *path;
};

static const struct path_row unix_rows[] = {
	{ TICKET_EXAMPLE, "reload", "/run/systemd/private" },
	{ TICKET_EXAMPLE, "check", "/run/nscd/socket" },
	{ TICKET_RICH, "health", "/run/app.sock" },
	{ TICKET_RICH, "health", "@app" },
};

static const struct path_row write_rows[] = {
	{ TICKET_EXAMPLE, "shell-lesspipe", "/home/ann/.bash_history" },
	{ TICKET_EXAMPLE, "shell-lesspipe", "/root/.bash_history-1.tmp" },
	{ TICKET_RICH, "script", "/srv/backup/2026/etc.tar" },
	{ TICKET_RICH, "script", "/var/log/backup-1.log" },
};

/* One variable of each family that env_table.c knows: each carries code or changes what runs. */
static const char injecting[] = "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GCONV_PATH BASH_ENV "
				"BASH_FUNC_ls%% ENV";
static const char coding[] =
	"GLIBC_TUNABLES OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES PROMPT_COMMAND PS0 PS1 PS2 "
	"PS4 SHELLOPTS BASHOPTS BASH_LOADABLES_PATH ZDOTDIR FPATH PYTHONPATH PYTHONSTARTUP "
	"PERL5LIB PERL5OPT PERLLIB PERL_MB_OPT PERLIO RUBYOPT RUBYLIB RUBYPATH RUBYSHELL "
	"GEM_HOME GEM_PATH BUNDLE_GEMFILE NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE "
	"LUA_INIT LUA_PATH LUA_CPATH TCLLIBPATH PHPRC PHP_INI_SCAN_DIR JAVA_TOOL_OPTIONS "
	"_JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS CLASSPATH R_PROFILE R_ENVIRON AWKPATH "
	"AWKLIBPATH VIMINIT EXINIT EMACSLOADPATH GTK_MODULES QT_PLUGIN_PATH";
static const char running[] =
	"LOCPATH NLSPATH HOSTALIASES RESOLV_HOST_CONF RES_OPTIONS LOCALDOMAIN GETCONF_DIR "
	"MALLOC_TRACE SSL_CERT_FILE SSL_CERT_DIR KRB5_CONFIG BASH_COMPAT IFS CDPATH GLOBIGNORE "
	"POSIXLY_CORRECT PAGER MANPAGER MANOPT LESS LESSOPEN LESSCLOSE LESSKEYIN LESSEDIT EDITOR "
	"VISUAL FCEDIT SUDO_EDITOR SUDO_ASKPASS SSH_ASKPASS SELECTED_EDITOR BROWSER "
	"GIT_SSH_COMMAND GIT_DIR SVN_EDITOR SVN_SSH CVS_RSH RSYNC_RSH RSYNC_CONNECT_PROG "
	"TAR_OPTIONS TAPE RSH GREP_OPTIONS MAKEFLAGS MAKEFILES GNUMAKEFLAGS MFLAGS CURL_HOME "
	"CURL_CA_BUNDLE WGETRC SYSTEM_WGETRC NETRC http_proxy https_proxy ftp_proxy all_proxy "
	"no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY APT_CONFIG DEBIAN_FRONTEND "
	"DEBCONF_DB_OVERRIDE DPKG_ROOT DPKG_ADMINDIR RPM_CONFIGDIR SYSTEMD_EDITOR "
	"DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS DOCKER_HOST DOCKER_CONFIG "
	"DOCKER_CONTEXT CONTAINER_HOST KUBECONFIG KUBE_EDITOR ANSIBLE_CONFIG PGSERVICEFILE "
	"PGSYSCONFDIR PSQL_EDITOR PSQLRC TERMINFO TERMINFO_DIRS TERMCAP";

#endif
