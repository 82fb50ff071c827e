#include "engine/imageconfig/image_checks.h"

#define STEPS_MAX 10000u

struct reading {
	struct arena *arena;
	struct image_problem_vec *out;
	struct str_vec *secrets;
	struct error *err;
	const struct value *root, *config;
	uint32_t step, layer; /* of the history */
};

static int add(struct reading *r, enum image_check_id check, struct str message)
{
	struct image_problem p = { .check = check, .message = message, .layer = r->layer, .step = r->step };
	return message.p && vec_push(r->arena, r->out, p) ? 0 : error_nomem(r->err);
}

/* A text of the configuration as a part of a sentence. */
static struct str part(struct str s)
{
	return str_sub(s, 0, 200);
}

static int add_secret(struct reading *r, enum image_check_id check, struct str message, struct str value)
{
	return vec_push(r->arena, r->secrets, value) ? add(r, check, message) : error_nomem(r->err);
}

/* --- the configuration --- */

static int check_user(struct reading *r)
{
	struct str user = value_str_c(r->config, "User"), name, group;
	str_cut(user, ':', &name, &group);
	if (name.n && !str_eq(name, STR("root")) && !str_eq(name, STR("0")))
		return 0;
	return add(r, CHECK_ROOT_USER, user.n ? arena_printf(r->arena, "USER is %.*s", STR_FMT(part(user))) : STR("no USER is set, so it is root"));
}

/* The step of the history that sets a variable; 0: none tells. */
static uint32_t step_of_env(const struct reading *r, struct str name)
{
	uint32_t step = 0, found = 0;
	value_foreach(h, value_get_c(r->root, "history")) {
		struct str line = value_str_c(h, "created_by");
		size_t env = str_find(line, STR("ENV ")), at = env == STR_NOT_FOUND ? env : str_find(str_from(line, env), name);
		step++;
		if (at != STR_NOT_FOUND && at >= 4 && char_is_space(line.p[env + at - 1]))
			found = step;
	}
	return found;
}

static int check_env(struct reading *r)
{
	int e = 0;
	value_foreach(v, value_get_c(r->config, "Env")) {
		struct str name, value;
		if (e < 0 || !str_cut(value_text(v), '=', &name, &value) || !image_checks_is_secret(name, value))
			continue;
		r->step = step_of_env(r, name);
		e = add_secret(r, CHECK_SECRET_ENV, arena_printf(r->arena, "ENV %.*s has a value (not shown)", STR_FMT(part(name))), str_trim(value));
		r->step = 0;
	}
	return e;
}

static int check_health(struct reading *r)
{
	const struct value *health = value_get_c(r->config, "Healthcheck"), *test = value_get_c(health, "Test");
	if (!health)
		return add(r, CHECK_NO_HEALTHCHECK, STR("no HEALTHCHECK is set"));
	return str_eq(value_text(value_at(test, 0)), STR("NONE")) ? add(r, CHECK_NO_HEALTHCHECK, STR("HEALTHCHECK is NONE")) : 0;
}

static int check_ports(struct reading *r)
{
	value_foreach_member(m, value_get_c(r->config, "ExposedPorts"))
		if (str_eq(m->key, STR("22")) || str_eq(m->key, STR("22/tcp")))
			return add(r, CHECK_SSH_PORT, arena_printf(r->arena, "EXPOSE %.*s", STR_FMT(m->key)));
	return 0;
}

static int check_labels(struct reading *r)
{
	const struct value *labels = value_get_c(r->config, "Labels");
	struct str base = value_str_c(labels, "org.opencontainers.image.base.name");
	static const struct str sources[] = { STR_INIT("org.opencontainers.image.source"), STR_INIT("org.opencontainers.image.revision"), STR_INIT("org.label-schema.vcs-url"),
					      STR_INIT("org.label-schema.vcs-ref"), STR_INIT("vcs-ref"), STR_INIT("io.openshift.build.commit.id") };
	bool known = false;
	int e = 0;
	if (base.n && !str_contains(base, STR("@"))) {
		size_t slash = str_rfind_char(base, '/');
		struct str name = slash == STR_NOT_FOUND ? base : str_from(base, slash + 1);
		if (str_find_char(name, ':') == STR_NOT_FOUND || str_has_suffix(name, STR(":latest")))
			e = add(r, CHECK_LATEST_BASE, arena_printf(r->arena, "built on %.*s", STR_FMT(part(base))));
	}
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		known |= value_get_str(labels, sources[i]).n > 0;
	return e < 0 || known ? e : add(r, CHECK_NO_LABELS, STR("neither org.opencontainers.image.source nor .revision is set"));
}

/* --- the history --- */

static struct str unquote(struct str s)
{
	while (s.n && char_is_one_of(s.p[0], "'\""))
		s = str_from(s, 1);
	while (s.n && char_is_one_of(s.p[s.n - 1], "'\";"))
		s.n--;
	return s;
}

static int check_words(struct reading *r, struct str words, const char *what)
{
	struct str word;
	int e = 0;
	while (e == 0 && str_next_word(&words, &word)) {
		struct str name, value;
		if (str_cut(word, '=', &name, &value) && image_checks_is_secret(unquote(name), unquote(value)))
			e = add_secret(r, CHECK_SECRET_HISTORY, arena_printf(r->arena, "%s %.*s has a value (not shown)", what, STR_FMT(part(unquote(name)))), unquote(value));
	}
	return e;
}

static bool is_archive(struct str source)
{
	static const struct str ends[] = { STR_INIT(".tar"), STR_INIT(".gz"), STR_INIT(".tgz"), STR_INIT(".xz"), STR_INIT(".txz"), STR_INIT(".bz2"), STR_INIT(".tbz2"), STR_INIT(".zst"),
					   STR_INIT(".tzst"), STR_INIT(".git") };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_has_suffix(source, ends[i]))
			return true;
	return str_contains(source, STR(".tar."));
}

static bool is_remote(struct str source)
{
	return str_has_prefix(source, STR("http://")) || str_has_prefix(source, STR("https://"));
}

/* "ADD a b /dest" of BuildKit; the old builder writes "ADD file:HASH in /dest" (perhaps an archive), "dir:HASH", "multi:HASH", and a bare hash for an address. */
static int check_add(struct reading *r, struct str args)
{
	struct str word, rest = args, last = STR(""), from[2] = { STR(""), STR("") };
	bool checked = str_contains(args, STR("--checksum"));
	while (str_next_word(&rest, &word)) {
		if (last.n && is_remote(last) && !from[0].n)
			from[0] = last;
		else if (last.n && !is_remote(last) && !is_archive(last) && !str_eq(last, STR("in")) && !from[1].n)
			from[1] = last;
		last = str_has_prefix(word, STR("--")) ? STR("") : word;
	}
	bool old = str_contains(args, STR(" in "));
	if (old && from[1].n) {
		bool bare = from[1].n >= 32 && str_find_char(from[1], ':') == STR_NOT_FOUND;
		from[0] = bare ? STR("an address") : STR("");
		from[1] = str_has_prefix(from[1], STR("dir:")) || str_has_prefix(from[1], STR("multi:")) ? from[1] : STR("");
	}
	int e = 0;
	if (from[0].n && !checked)
		e = add(r, CHECK_ADD_REMOTE, arena_printf(r->arena, "ADD %.*s", STR_FMT(part(from[0]))));
	return e == 0 && from[1].n ? add(r, CHECK_ADD_COPY, arena_printf(r->arena, "ADD %.*s", STR_FMT(part(str_trim(args))))) : e;
}

/* "sudo" where a command begins. */
static bool runs_sudo(struct str command)
{
	struct str word;
	bool begins = true;
	while (str_next_word(&command, &word)) {
		if (begins && str_eq(word, STR("sudo")))
			return true;
		begins = str_eq(word, STR("&&")) || str_eq(word, STR("||")) || str_eq(word, STR("|")) || str_eq(word, STR("then")) || str_has_suffix(word, STR(";"));
	}
	return false;
}

/* "|2 A=1 B=2 /bin/sh -c command" -> the command; the arguments are looked at. */
static int take_build_args(struct reading *r, struct str *line)
{
	struct str rest = *line, word;
	if (!str_strip_prefix(&rest, STR("|")) || !str_next_word(&rest, &word))
		return 0;
	size_t shell = str_find(rest, STR(" /bin/"));
	struct str args = shell == STR_NOT_FOUND ? rest : str_sub(rest, 0, shell);
	*line = shell == STR_NOT_FOUND ? STR("") : str_trim(str_from(rest, shell));
	return check_words(r, args, "the build argument");
}

static int check_step(struct reading *r, struct str line)
{
	static const struct str shells[] = { STR_INIT("/bin/sh -c"), STR_INIT("/bin/bash -c"), STR_INIT("/bin/ash -c") };
	bool shell = false;
	int e;
	line = str_trim(line);
	if (str_strip_suffix(&line, STR("# buildkit")))
		line = str_trim(line);
	bool run = str_strip_prefix(&line, STR("RUN "));
	if ((e = take_build_args(r, &line)) < 0)
		return e;
	for (size_t i = 0; i < ARRAY_LEN(shells) && !shell; i++)
		shell = str_strip_prefix(&line, shells[i]);
	line = str_trim(line);
	if (str_strip_prefix(&line, STR("#(nop)"))) {
		line = str_trim(line);
		shell = false;
	}
	if (run || shell) {
		if (runs_sudo(line))
			e = add(r, CHECK_SUDO_RUN, STR("RUN with sudo"));
		return e < 0 ? e : check_words(r, line, "RUN:");
	}
	if (str_strip_prefix(&line, STR("ADD ")))
		return check_add(r, line);
	return str_strip_prefix(&line, STR("ARG ")) ? check_words(r, line, "ARG") : 0;
}

static int check_history(struct reading *r)
{
	uint32_t layer = 0;
	int e = 0;
	r->step = 0;
	value_foreach(h, value_get_c(r->root, "history")) {
		bool empty = value_get_bool(h, STR("empty_layer"), false);
		if (e < 0 || r->step == STEPS_MAX)
			break;
		r->step++;
		r->layer = empty ? IMAGE_NO_LAYER : layer++;
		e = check_step(r, value_str_c(h, "created_by"));
	}
	return e;
}

int image_checks_config(struct arena *a, const struct value *root, struct image_problem_vec *out, struct str_vec *secrets, struct error *err)
{
	struct reading r = { .arena = a, .out = out, .secrets = secrets, .err = err, .root = root, .config = value_get_c(root, "config"), .layer = IMAGE_NO_LAYER };
	int e = check_user(&r);
	if (e == 0)
		e = check_env(&r);
	if (e == 0)
		e = check_health(&r);
	if (e == 0)
		e = check_ports(&r);
	if (e == 0)
		e = check_labels(&r);
	return e == 0 ? check_history(&r) : e;
}
