/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "env_table.h"

#include "event.h"

#define ENTRY(name, class)                                                                         \
	{                                                                                          \
		name, sizeof(name) - 1, class                                                      \
	}

/* A name that ends in "*" stands for all that begin so. */
static const struct {
	char name[27]; /* in place: every variable of every exec is looked up here */
	unsigned char n;
	enum env_class class;
} env_table[] = {
	/* the dynamic loader and the C library */
	ENTRY("LD_*", ENV_INJECT),
	ENTRY("GLIBC_TUNABLES", ENV_CODE),
	ENTRY("GCONV_PATH", ENV_INJECT),
	ENTRY("LOCPATH", ENV_RUNS),
	ENTRY("NLSPATH", ENV_RUNS),
	ENTRY("HOSTALIASES", ENV_RUNS),
	ENTRY("RESOLV_HOST_CONF", ENV_RUNS),
	ENTRY("RES_OPTIONS", ENV_RUNS),
	ENTRY("LOCALDOMAIN", ENV_RUNS),
	ENTRY("GETCONF_DIR", ENV_RUNS),
	ENTRY("MALLOC_*", ENV_RUNS),
	ENTRY("OPENSSL_CONF", ENV_CODE),
	ENTRY("OPENSSL_MODULES", ENV_CODE),
	ENTRY("OPENSSL_ENGINES", ENV_CODE),
	ENTRY("SSL_CERT_FILE", ENV_RUNS),
	ENTRY("SSL_CERT_DIR", ENV_RUNS),
	ENTRY("KRB5_CONFIG", ENV_RUNS),
	/* shells */
	ENTRY("BASH_ENV", ENV_INJECT),
	ENTRY("BASH_FUNC_*", ENV_INJECT),
	ENTRY("ENV", ENV_INJECT),
	ENTRY("PROMPT_COMMAND", ENV_CODE),
	ENTRY("PS0", ENV_CODE),
	ENTRY("PS1", ENV_CODE),
	ENTRY("PS2", ENV_CODE),
	ENTRY("PS4", ENV_CODE),
	ENTRY("SHELLOPTS", ENV_CODE),
	ENTRY("BASHOPTS", ENV_CODE),
	ENTRY("BASH_LOADABLES_PATH", ENV_CODE),
	ENTRY("BASH_COMPAT", ENV_RUNS),
	ENTRY("ZDOTDIR", ENV_CODE),
	ENTRY("FPATH", ENV_CODE),
	ENTRY("IFS", ENV_RUNS),
	ENTRY("CDPATH", ENV_RUNS),
	ENTRY("GLOBIGNORE", ENV_RUNS),
	ENTRY("POSIXLY_CORRECT", ENV_RUNS),
	/* interpreters */
	ENTRY("PYTHON*", ENV_CODE),
	ENTRY("PERL5*", ENV_CODE),
	ENTRY("PERLLIB", ENV_CODE),
	ENTRY("PERL_*", ENV_CODE),
	ENTRY("PERLIO*", ENV_CODE),
	ENTRY("RUBYOPT", ENV_CODE),
	ENTRY("RUBYLIB", ENV_CODE),
	ENTRY("RUBYPATH", ENV_CODE),
	ENTRY("RUBYSHELL", ENV_CODE),
	ENTRY("GEM_HOME", ENV_CODE),
	ENTRY("GEM_PATH", ENV_CODE),
	ENTRY("BUNDLE_GEMFILE", ENV_CODE),
	ENTRY("NODE_OPTIONS", ENV_CODE),
	ENTRY("NODE_PATH", ENV_CODE),
	ENTRY("NODE_REPL_EXTERNAL_MODULE", ENV_CODE),
	ENTRY("LUA_INIT*", ENV_CODE),
	ENTRY("LUA_PATH*", ENV_CODE),
	ENTRY("LUA_CPATH*", ENV_CODE),
	ENTRY("TCLLIBPATH", ENV_CODE),
	ENTRY("PHPRC", ENV_CODE),
	ENTRY("PHP_INI_SCAN_DIR", ENV_CODE),
	ENTRY("JAVA_TOOL_OPTIONS", ENV_CODE),
	ENTRY("_JAVA_OPTIONS", ENV_CODE),
	ENTRY("JDK_JAVA_OPTIONS", ENV_CODE),
	ENTRY("JAVA_OPTS", ENV_CODE),
	ENTRY("CLASSPATH", ENV_CODE),
	ENTRY("R_PROFILE*", ENV_CODE),
	ENTRY("R_ENVIRON*", ENV_CODE),
	ENTRY("AWKPATH", ENV_CODE),
	ENTRY("AWKLIBPATH", ENV_CODE),
	ENTRY("VIMINIT", ENV_CODE),
	ENTRY("EXINIT", ENV_CODE),
	ENTRY("EMACSLOADPATH", ENV_CODE),
	ENTRY("GTK_MODULES", ENV_CODE),
	ENTRY("QT_PLUGIN_PATH", ENV_CODE),
	/* programs that others start by these names */
	ENTRY("PAGER", ENV_RUNS),
	ENTRY("MANPAGER", ENV_RUNS),
	ENTRY("MANOPT", ENV_RUNS),
	ENTRY("LESS", ENV_RUNS),
	ENTRY("LESSOPEN", ENV_RUNS),
	ENTRY("LESSCLOSE", ENV_RUNS),
	ENTRY("LESSKEY*", ENV_RUNS),
	ENTRY("LESSEDIT", ENV_RUNS),
	ENTRY("EDITOR", ENV_RUNS),
	ENTRY("VISUAL", ENV_RUNS),
	ENTRY("FCEDIT", ENV_RUNS),
	ENTRY("SUDO_EDITOR", ENV_RUNS),
	ENTRY("SUDO_ASKPASS", ENV_RUNS),
	ENTRY("SSH_ASKPASS*", ENV_RUNS),
	ENTRY("SELECTED_EDITOR", ENV_RUNS),
	ENTRY("BROWSER", ENV_RUNS),
	ENTRY("SHELL", ENV_NOTE),
	ENTRY("GIT_*", ENV_RUNS),
	ENTRY("SVN_EDITOR", ENV_RUNS),
	ENTRY("SVN_SSH", ENV_RUNS),
	ENTRY("CVS_RSH", ENV_RUNS),
	ENTRY("RSYNC_RSH", ENV_RUNS),
	ENTRY("RSYNC_CONNECT_PROG", ENV_RUNS),
	ENTRY("TAR_OPTIONS", ENV_RUNS),
	ENTRY("TAPE", ENV_RUNS),
	ENTRY("RSH", ENV_RUNS),
	ENTRY("GREP_OPTIONS", ENV_RUNS),
	ENTRY("MAKEFLAGS", ENV_RUNS),
	ENTRY("MAKEFILES", ENV_RUNS),
	ENTRY("GNUMAKEFLAGS", ENV_RUNS),
	ENTRY("MFLAGS", ENV_RUNS),
	ENTRY("CURL_HOME", ENV_RUNS),
	ENTRY("CURL_CA_BUNDLE", ENV_RUNS),
	ENTRY("WGETRC", ENV_RUNS),
	ENTRY("SYSTEM_WGETRC", ENV_RUNS),
	ENTRY("NETRC", ENV_RUNS),
	ENTRY("http_proxy", ENV_RUNS),
	ENTRY("https_proxy", ENV_RUNS),
	ENTRY("ftp_proxy", ENV_RUNS),
	ENTRY("all_proxy", ENV_RUNS),
	ENTRY("no_proxy", ENV_RUNS),
	ENTRY("HTTP_PROXY", ENV_RUNS),
	ENTRY("HTTPS_PROXY", ENV_RUNS),
	ENTRY("ALL_PROXY", ENV_RUNS),
	ENTRY("NO_PROXY", ENV_RUNS),
	ENTRY("APT_CONFIG", ENV_RUNS),
	ENTRY("DEBIAN_FRONTEND", ENV_RUNS),
	ENTRY("DEBCONF_*", ENV_RUNS),
	ENTRY("DPKG_ROOT", ENV_RUNS),
	ENTRY("DPKG_ADMINDIR", ENV_RUNS),
	ENTRY("RPM_CONFIGDIR", ENV_RUNS),
	ENTRY("SYSTEMD_*", ENV_RUNS),
	ENTRY("DBUS_SESSION_BUS_ADDRESS", ENV_RUNS),
	ENTRY("DBUS_SYSTEM_BUS_ADDRESS", ENV_RUNS),
	ENTRY("DOCKER_HOST", ENV_RUNS),
	ENTRY("DOCKER_CONFIG", ENV_RUNS),
	ENTRY("DOCKER_CONTEXT", ENV_RUNS),
	ENTRY("CONTAINER_HOST", ENV_RUNS),
	ENTRY("KUBECONFIG", ENV_RUNS),
	ENTRY("KUBE_EDITOR", ENV_RUNS),
	ENTRY("ANSIBLE_*", ENV_RUNS),
	ENTRY("PGSERVICEFILE", ENV_RUNS),
	ENTRY("PGSYSCONFDIR", ENV_RUNS),
	ENTRY("PSQL_EDITOR", ENV_RUNS),
	ENTRY("PSQLRC", ENV_RUNS),
	ENTRY("TERMINFO", ENV_RUNS),
	ENTRY("TERMINFO_DIRS", ENV_RUNS),
	ENTRY("TERMCAP", ENV_RUNS),
	ENTRY("PATH", ENV_NOTE),
};

static bool env_name_is(size_t i, struct span name)
{
	const char *entry = env_table[i].name;
	size_t n = env_table[i].n;

	if (entry[n - 1] == '*')
		return name.n >= n - 1 && memcmp(name.p, entry, n - 1) == 0;
	return name.n == n && memcmp(name.p, entry, n) == 0;
}

enum env_class env_class(struct span name)
{
	if (name.n == 0)
		return ENV_NONE;
	for (size_t i = 0; i < sizeof(env_table) / sizeof(*env_table); i++) {
		if (env_table[i].name[0] == name.p[0] && env_name_is(i, name))
			return env_table[i].class;
	}
	return ENV_NONE;
}

bool env_is_usual(struct span name, struct span value)
{
	static const struct {
		const char *name, *value;
	} usual[] = {
		{ "IFS", " \t\n" },
		{ "LESSOPEN", "| /usr/bin/lesspipe %s" },
		{ "LESSCLOSE", "/usr/bin/lesspipe %s %s" },
	};

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		if (span_is(name, usual[i].name) && span_is(value, usual[i].value))
			return true;
	}
	return false;
}

bool env_split(struct span entry, struct span *name, struct span *value)
{
	const char *eq = entry.n ? memchr(entry.p, '=', entry.n) : NULL;

	*name = (struct span){ 0 };
	*value = (struct span){ 0 };
	if (!eq || eq == entry.p)
		return false;
	*name = (struct span){ entry.p, (size_t)(eq - entry.p) };
	*value = (struct span){ eq + 1, entry.n - name->n - 1 };
	return true;
}

bool env_has(struct span env, struct span entry)
{
	struct span item;

	while (strings_next(&env, &item)) {
		if (span_eq(item, entry))
			return true;
	}
	return false;
}

bool env_allowed(const struct step *step, struct span name, struct span value)
{
	for (size_t i = 0; i < step->env_n; i++) {
		if (span_is(name, step->env[i].name) &&
		    (!step->env[i].value || span_is(value, step->env[i].value)))
			return true;
	}
	return false;
}
