/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/env_table.h"

#include "core/base/array.h"
#include "core/event/event.h"

/* Every variable of every exec is looked up here. */
static const struct env_entry {
	struct sorted_name name;
	enum env_class class;
} env_table[] = {
	{ SORTED_NAME("ALL_PROXY"), ENV_RUNS },
	{ SORTED_PREFIX("ANSIBLE_"), ENV_RUNS },
	{ SORTED_NAME("APT_CONFIG"), ENV_RUNS },
	{ SORTED_NAME("AWKLIBPATH"), ENV_CODE },
	{ SORTED_NAME("AWKPATH"), ENV_CODE },
	{ SORTED_NAME("BASHOPTS"), ENV_CODE },
	{ SORTED_NAME("BASH_COMPAT"), ENV_RUNS },
	{ SORTED_NAME("BASH_ENV"), ENV_INJECT },
	{ SORTED_PREFIX("BASH_FUNC_"), ENV_INJECT },
	{ SORTED_NAME("BASH_LOADABLES_PATH"), ENV_CODE },
	{ SORTED_NAME("BROWSER"), ENV_RUNS },
	{ SORTED_NAME("BUNDLE_GEMFILE"), ENV_CODE },
	{ SORTED_NAME("CDPATH"), ENV_RUNS },
	{ SORTED_NAME("CLASSPATH"), ENV_CODE },
	{ SORTED_NAME("CONTAINER_HOST"), ENV_RUNS },
	{ SORTED_NAME("CURL_CA_BUNDLE"), ENV_RUNS },
	{ SORTED_NAME("CURL_HOME"), ENV_RUNS },
	{ SORTED_NAME("CVS_RSH"), ENV_RUNS },
	{ SORTED_NAME("DBUS_SESSION_BUS_ADDRESS"), ENV_RUNS },
	{ SORTED_NAME("DBUS_SYSTEM_BUS_ADDRESS"), ENV_RUNS },
	{ SORTED_PREFIX("DEBCONF_"), ENV_RUNS },
	{ SORTED_NAME("DEBIAN_FRONTEND"), ENV_RUNS },
	{ SORTED_NAME("DOCKER_CONFIG"), ENV_RUNS },
	{ SORTED_NAME("DOCKER_CONTEXT"), ENV_RUNS },
	{ SORTED_NAME("DOCKER_HOST"), ENV_RUNS },
	{ SORTED_NAME("DPKG_ADMINDIR"), ENV_RUNS },
	{ SORTED_NAME("DPKG_ROOT"), ENV_RUNS },
	{ SORTED_NAME("EDITOR"), ENV_RUNS },
	{ SORTED_NAME("EMACSLOADPATH"), ENV_CODE },
	{ SORTED_NAME("ENV"), ENV_INJECT },
	{ SORTED_NAME("EXINIT"), ENV_CODE },
	{ SORTED_NAME("FCEDIT"), ENV_RUNS },
	{ SORTED_NAME("FPATH"), ENV_CODE },
	{ SORTED_NAME("GCONV_PATH"), ENV_INJECT },
	{ SORTED_NAME("GEM_HOME"), ENV_CODE },
	{ SORTED_NAME("GEM_PATH"), ENV_CODE },
	{ SORTED_NAME("GETCONF_DIR"), ENV_RUNS },
	{ SORTED_PREFIX("GIT_"), ENV_RUNS },
	{ SORTED_NAME("GLIBC_TUNABLES"), ENV_CODE },
	{ SORTED_NAME("GLOBIGNORE"), ENV_RUNS },
	{ SORTED_NAME("GNUMAKEFLAGS"), ENV_RUNS },
	{ SORTED_NAME("GREP_OPTIONS"), ENV_RUNS },
	{ SORTED_NAME("GTK_MODULES"), ENV_CODE },
	{ SORTED_NAME("HOSTALIASES"), ENV_RUNS },
	{ SORTED_NAME("HTTPS_PROXY"), ENV_RUNS },
	{ SORTED_NAME("HTTP_PROXY"), ENV_RUNS },
	{ SORTED_NAME("IFS"), ENV_RUNS },
	{ SORTED_NAME("JAVA_OPTS"), ENV_CODE },
	{ SORTED_NAME("JAVA_TOOL_OPTIONS"), ENV_CODE },
	{ SORTED_NAME("JDK_JAVA_OPTIONS"), ENV_CODE },
	{ SORTED_NAME("KRB5_CONFIG"), ENV_RUNS },
	{ SORTED_NAME("KUBECONFIG"), ENV_RUNS },
	{ SORTED_NAME("KUBE_EDITOR"), ENV_RUNS },
	{ SORTED_PREFIX("LD_"), ENV_INJECT },
	{ SORTED_NAME("LESS"), ENV_RUNS },
	{ SORTED_NAME("LESSCLOSE"), ENV_RUNS },
	{ SORTED_NAME("LESSEDIT"), ENV_RUNS },
	{ SORTED_PREFIX("LESSKEY"), ENV_RUNS },
	{ SORTED_NAME("LESSOPEN"), ENV_RUNS },
	{ SORTED_NAME("LOCALDOMAIN"), ENV_RUNS },
	{ SORTED_NAME("LOCPATH"), ENV_RUNS },
	{ SORTED_PREFIX("LUA_CPATH"), ENV_CODE },
	{ SORTED_PREFIX("LUA_INIT"), ENV_CODE },
	{ SORTED_PREFIX("LUA_PATH"), ENV_CODE },
	{ SORTED_NAME("MAKEFILES"), ENV_RUNS },
	{ SORTED_NAME("MAKEFLAGS"), ENV_RUNS },
	{ SORTED_PREFIX("MALLOC_"), ENV_RUNS },
	{ SORTED_NAME("MANOPT"), ENV_RUNS },
	{ SORTED_NAME("MANPAGER"), ENV_RUNS },
	{ SORTED_NAME("MFLAGS"), ENV_RUNS },
	{ SORTED_NAME("NETRC"), ENV_RUNS },
	{ SORTED_NAME("NLSPATH"), ENV_RUNS },
	{ SORTED_NAME("NODE_OPTIONS"), ENV_CODE },
	{ SORTED_NAME("NODE_PATH"), ENV_CODE },
	{ SORTED_NAME("NODE_REPL_EXTERNAL_MODULE"), ENV_CODE },
	{ SORTED_NAME("NO_PROXY"), ENV_RUNS },
	{ SORTED_NAME("OPENSSL_CONF"), ENV_CODE },
	{ SORTED_NAME("OPENSSL_ENGINES"), ENV_CODE },
	{ SORTED_NAME("OPENSSL_MODULES"), ENV_CODE },
	{ SORTED_NAME("PAGER"), ENV_RUNS },
	{ SORTED_NAME("PATH"), ENV_NOTE },
	{ SORTED_PREFIX("PERL5"), ENV_CODE },
	{ SORTED_PREFIX("PERLIO"), ENV_CODE },
	{ SORTED_NAME("PERLLIB"), ENV_CODE },
	{ SORTED_PREFIX("PERL_"), ENV_CODE },
	{ SORTED_NAME("PGSERVICEFILE"), ENV_RUNS },
	{ SORTED_NAME("PGSYSCONFDIR"), ENV_RUNS },
	{ SORTED_NAME("PHPRC"), ENV_CODE },
	{ SORTED_NAME("PHP_INI_SCAN_DIR"), ENV_CODE },
	{ SORTED_NAME("POSIXLY_CORRECT"), ENV_RUNS },
	{ SORTED_NAME("PROMPT_COMMAND"), ENV_CODE },
	{ SORTED_NAME("PS0"), ENV_CODE },
	{ SORTED_NAME("PS1"), ENV_CODE },
	{ SORTED_NAME("PS2"), ENV_CODE },
	{ SORTED_NAME("PS4"), ENV_CODE },
	{ SORTED_NAME("PSQLRC"), ENV_RUNS },
	{ SORTED_NAME("PSQL_EDITOR"), ENV_RUNS },
	{ SORTED_PREFIX("PYTHON"), ENV_CODE },
	{ SORTED_NAME("QT_PLUGIN_PATH"), ENV_CODE },
	{ SORTED_NAME("RESOLV_HOST_CONF"), ENV_RUNS },
	{ SORTED_NAME("RES_OPTIONS"), ENV_RUNS },
	{ SORTED_NAME("RPM_CONFIGDIR"), ENV_RUNS },
	{ SORTED_NAME("RSH"), ENV_RUNS },
	{ SORTED_NAME("RSYNC_CONNECT_PROG"), ENV_RUNS },
	{ SORTED_NAME("RSYNC_RSH"), ENV_RUNS },
	{ SORTED_NAME("RUBYLIB"), ENV_CODE },
	{ SORTED_NAME("RUBYOPT"), ENV_CODE },
	{ SORTED_NAME("RUBYPATH"), ENV_CODE },
	{ SORTED_NAME("RUBYSHELL"), ENV_CODE },
	{ SORTED_PREFIX("R_ENVIRON"), ENV_CODE },
	{ SORTED_PREFIX("R_PROFILE"), ENV_CODE },
	{ SORTED_NAME("SELECTED_EDITOR"), ENV_RUNS },
	{ SORTED_NAME("SHELL"), ENV_NOTE },
	{ SORTED_NAME("SHELLOPTS"), ENV_CODE },
	{ SORTED_PREFIX("SSH_ASKPASS"), ENV_RUNS },
	{ SORTED_NAME("SSL_CERT_DIR"), ENV_RUNS },
	{ SORTED_NAME("SSL_CERT_FILE"), ENV_RUNS },
	{ SORTED_NAME("SUDO_ASKPASS"), ENV_RUNS },
	{ SORTED_NAME("SUDO_EDITOR"), ENV_RUNS },
	{ SORTED_NAME("SVN_EDITOR"), ENV_RUNS },
	{ SORTED_NAME("SVN_SSH"), ENV_RUNS },
	{ SORTED_PREFIX("SYSTEMD_"), ENV_RUNS },
	{ SORTED_NAME("SYSTEM_WGETRC"), ENV_RUNS },
	{ SORTED_NAME("TAPE"), ENV_RUNS },
	{ SORTED_NAME("TAR_OPTIONS"), ENV_RUNS },
	{ SORTED_NAME("TCLLIBPATH"), ENV_CODE },
	{ SORTED_NAME("TERMCAP"), ENV_RUNS },
	{ SORTED_NAME("TERMINFO"), ENV_RUNS },
	{ SORTED_NAME("TERMINFO_DIRS"), ENV_RUNS },
	{ SORTED_NAME("VIMINIT"), ENV_CODE },
	{ SORTED_NAME("VISUAL"), ENV_RUNS },
	{ SORTED_NAME("WGETRC"), ENV_RUNS },
	{ SORTED_NAME("ZDOTDIR"), ENV_CODE },
	{ SORTED_NAME("_JAVA_OPTIONS"), ENV_CODE },
	{ SORTED_NAME("all_proxy"), ENV_RUNS },
	{ SORTED_NAME("ftp_proxy"), ENV_RUNS },
	{ SORTED_NAME("http_proxy"), ENV_RUNS },
	{ SORTED_NAME("https_proxy"), ENV_RUNS },
	{ SORTED_NAME("no_proxy"), ENV_RUNS },
};

enum { ENV_TABLE_N = ARRAY_SIZE(env_table) };

const struct sorted_table env_names = { env_table, ENV_TABLE_N, sizeof(*env_table) };

enum env_class env_class(struct span name)
{
	const struct sorted_name *found =
		sorted_find(env_table, ENV_TABLE_N, sizeof(*env_table), name);

	return found ? ((const struct env_entry *)found)->class : ENV_NONE;
}

bool env_carries_code(struct span name)
{
	enum env_class class = env_class(name);

	return class == ENV_INJECT || class == ENV_CODE;
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

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
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
