#include "source/image/docker_config.h"

#include "base/base64.h"
#include "base/defaults.h"
#include "base/log.h"
#include "format/json/json.h"
#include "sys/file/file.h"
#include "sys/process/process.h"

#define FILE_MAX_BYTES   (1u << 20)
#define HELPER_MAX_BYTES (64u << 10)
#define HELPER_TIMEOUT_S 60

static bool is_default_registry(struct str host)
{
	return str_eq(host, default_get(STR("registry.default"))) || str_eq(host, default_get(STR("registry.default-alias"))) ||
	       str_eq(host, default_get(STR("registry.default-host")));
}

/* "https://host/v1/" -> "host" */
static struct str key_host(struct str key)
{
	struct str host, rest;
	if (!str_strip_prefix(&key, STR("https://")))
		str_strip_prefix(&key, STR("http://"));
	str_cut(key, '/', &host, &rest);
	return host;
}

static bool hosts_match(struct str key, struct str host)
{
	return str_eq_nocase(key, host) || (is_default_registry(key) && is_default_registry(host));
}

/* How many bytes of "host/repository" a key covers: 0 none. A key with a path of a version ("/v1/", "/v2/") stands for the host. */
static size_t key_match(struct str key, struct str host, struct str repository)
{
	struct str k = key, path;
	if (!hosts_match(key_host(key), host))
		return 0;
	if (!str_strip_prefix(&k, STR("https://")))
		str_strip_prefix(&k, STR("http://"));
	str_cut(k, '/', &k, &path);
	str_strip_suffix(&path, STR("/"));
	if (!path.n || str_eq(path, STR("v1")) || str_eq(path, STR("v2")))
		return host.n;
	if (str_has_prefix(repository, path) && (repository.n == path.n || repository.p[path.n] == '/'))
		return host.n + 1 + path.n;
	return 0;
}

static int read_entry(struct arena *a, const struct value *entry, struct registry_credentials *c, struct error *err)
{
	struct str auth = value_str_c(entry, "auth"), plain;
	c->username = value_str_c(entry, "username");
	c->password = value_str_c(entry, "password");
	c->identity_token = value_str_c(entry, "identitytoken");
	c->registry_token = value_str_c(entry, "registrytoken");
	if (!auth.n)
		return 0;
	int r = base64_decode(a, auth, &plain);
	if (r == -ENOMEM)
		return error_nomem(err);
	if (r < 0 || !str_cut(plain, ':', &c->username, &c->password))
		return error_set(err, ERR_FORMAT, "\"auth\" is not the base64 form of user:password");
	while (c->password.n && c->password.p[c->password.n - 1] == 0) /* Docker pads with NUL bytes */
		c->password.n--;
	return 0;
}

static bool has_any(const struct registry_credentials *c)
{
	return c->username.n || c->identity_token.n || c->registry_token.n;
}

static bool helper_name_is_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!char_is_alnum(name.p[i]) && !char_is_one_of(name.p[i], "._-"))
			return false;
	return name.n > 0 && name.n <= 64;
}

int docker_config_parse(struct arena *a, struct str json, struct str host, struct str repository, struct registry_credentials *ret,
			struct str *ret_helper, struct error *err)
{
	const struct json_options opt = { .max_bytes = FILE_MAX_BYTES, .max_nodes = 100000 };
	struct registry_credentials c = { 0 };
	struct str helper = STR_NONE;
	struct document doc;
	size_t best = 0;
	int r = json_parse(a, json, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	value_foreach_member (m, value_get_c(doc.root, "credHelpers"))
		if (hosts_match(key_host(m->key), host))
			helper = value_text(&m->value);
	if (!helper.n)
		helper = value_str_c(doc.root, "credsStore");
	if (helper.n && !helper_name_is_valid(helper))
		return error_set(err, ERR_FORMAT, "bad name of a credential helper");
	value_foreach_member (m, value_get_c(doc.root, "auths")) {
		size_t match = key_match(m->key, host, repository);
		struct registry_credentials entry = { 0 };
		if (match <= best)
			continue;
		if ((r = read_entry(a, &m->value, &entry, err)) < 0)
			return r;
		if (!has_any(&entry)) /* {}: the store has it */
			continue;
		best = match;
		c = entry;
	}
	*ret = c;
	*ret_helper = helper;
	return 0;
}

/* ERR_NOT_FOUND: the helper has no credentials for this server. */
static int ask_helper(struct arena *a, struct str helper, struct str host, struct registry_credentials *ret, struct error *err)
{
	struct str program = arena_printf(a, "docker-credential-%.*s", STR_FMT(helper)), output;
	struct str server = is_default_registry(host) ? default_get(STR("registry.default-credentials")) : host;
	const struct json_options opt = { .max_bytes = HELPER_MAX_BYTES };
	struct registry_credentials c = { 0 };
	struct document doc;
	int status;
	if (!program.p)
		return error_nomem(err);
	const char *argv[] = { program.p, "get", NULL };
	int r = process_run(a, argv, server, HELPER_MAX_BYTES, HELPER_TIMEOUT_S, &output, &status, err);
	if (r < 0)
		return r == ERR_NOT_FOUND ? error_set(err, ERR_AUTH, "%s is not installed", program.p) : r;
	if (status != 0 && str_contains(output, STR("credentials not found")))
		return ERR_NOT_FOUND;
	if (status != 0)
		return error_set(err, ERR_AUTH, "%s failed (exit status %d): %.*s", program.p, status, STR_FMT(str_sub(str_trim(output), 0, 200)));
	if ((r = json_parse(a, output, &opt, &doc, NULL, err)) < 0)
		return error_wrap(err, r, "%s", program.p);
	c.username = value_str_c(doc.root, "Username");
	c.password = value_str_c(doc.root, "Secret");
	if (str_eq(c.username, STR("<token>"))) {
		c.identity_token = c.password;
		c.username = c.password = STR_NONE;
	}
	c.origin = program;
	*ret = c;
	return has_any(&c) ? 0 : ERR_NOT_FOUND;
}

static int try_file(struct arena *a, const char *path, struct str host, struct str repository, struct registry_credentials *ret)
{
	struct error err = { 0 };
	struct str json, helper;
	struct registry_credentials c;
	int r = file_read(a, str_c(path), FILE_MAX_BYTES, &json, &err);
	if (r == ERR_NOT_FOUND || (r == ERR_SYSTEM && (err.sys_errno == ENOTDIR || err.sys_errno == EACCES)))
		return 0;
	if (r == 0)
		r = docker_config_parse(a, json, host, repository, &c, &helper, &err);
	if (r < 0)
		goto failed;
	if (helper.n) {
		r = ask_helper(a, helper, host, ret, &err);
		if (r == 0)
			return 1;
		if (r != ERR_NOT_FOUND)
			goto failed;
	}
	if (!has_any(&c))
		return 0;
	c.origin = arena_str(a, str_c(path));
	*ret = c;
	return 1;
failed:
	if (r == ERR_NOMEM)
		return r;
	log_warn("credentials for %.*s: %s: %s", STR_FMT(host), path, err.text);
	return 0;
}

int docker_config_find(struct arena *a, struct str host, struct str repository, struct str file, struct registry_credentials *ret, struct error *err)
{
	const char *home = getenv("HOME"), *config = getenv("DOCKER_CONFIG"), *auth_file = getenv("REGISTRY_AUTH_FILE");
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *xdg_config = getenv("XDG_CONFIG_HOME");
	const struct {
		const char *dir, *rest;
	} all[] = {
		{ config ? config : home, config ? "/config.json" : "/.docker/config.json" },
		{ auth_file, "" },
		{ runtime, "/containers/auth.json" },
		{ xdg_config ? xdg_config : home, xdg_config ? "/containers/auth.json" : "/.config/containers/auth.json" },
	};
	*ret = (struct registry_credentials){ 0 };
	if (file.n) {
		const char *path = arena_cstr(a, file);
		int r = path ? try_file(a, path, host, repository, ret) : ERR_NOMEM;
		return r < 0 ? error_nomem(err) : 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i].dir || !*all[i].dir)
			continue;
		struct str path = arena_printf(a, "%s%s", all[i].dir, all[i].rest);
		int r = path.p ? try_file(a, path.p, host, repository, ret) : ERR_NOMEM;
		if (r < 0)
			return error_nomem(err);
		if (r > 0)
			return 0;
	}
	return 0;
}
