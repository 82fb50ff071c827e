#include "base/vec.h"
#include "format/go/go_parts.h"

/* Fields of a module line: path, version and perhaps a checksum. */
static int module_line(struct str rest, struct str *ret_path, struct str *ret_version)
{
	struct str sum;
	if (!str_cut(rest, '\t', ret_path, &rest))
		return -1;
	str_cut(rest, '\t', ret_version, &sum);
	return str_find_char(sum, '\t') == STR_NOT_FOUND ? 0 : -1;
}

static int hex_value(char c)
{
	return char_is_digit(c) ? c - '0' : char_lower(c) >= 'a' && char_lower(c) <= 'f' ? char_lower(c) - 'a' + 10 : -1;
}

/* A Go string literal, double- or back-quoted, as build settings are written; anything else is taken as it is. Escapes other than those of quotes,
 * backslash, white space and \x give a '?', as they matter to nobody here. */
static struct str unquote(struct arena *a, struct str s)
{
	if (s.n < 2 || (s.p[0] != '"' && s.p[0] != '`') || s.p[s.n - 1] != s.p[0])
		return s;
	struct str in = str_sub(s, 1, s.n - 2);
	if (s.p[0] == '`' || str_find_char(in, '\\') == STR_NOT_FOUND)
		return in;
	char *p = arena_alloc_aligned(a, in.n + 1, 1);
	size_t n = 0;
	if (!p)
		return STR_NONE;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		if (c == '\\' && i + 1 < in.n) {
			c = in.p[++i];
			if (c == 't' || c == 'n' || c == 'r')
				c = ' ';
			else if (c == 'x' && i + 2 < in.n && hex_value(in.p[i + 1]) >= 0 && hex_value(in.p[i + 2]) >= 0) {
				c = (char)(hex_value(in.p[i + 1]) << 4 | hex_value(in.p[i + 2]));
				i += 2;
			} else if (c != '"' && c != '\\' && c != '\'') {
				c = '?';
			}
		}
		p[n++] = c;
	}
	return str_make(p, n);
}

int go_modules_parse(struct arena *a, struct str text, struct go_modules *ret, struct error *err)
{
	struct go_modules m = { 0 };
	struct go_module *last = NULL;
	struct str line, key;
	for (unsigned n = 1; str_next_line(&text, &line); n++) {
		if (str_strip_prefix(&line, STR("path\t"))) {
			m.path = line;
		} else if (str_strip_prefix(&line, STR("mod\t"))) {
			last = &m.main;
			if (module_line(line, &last->path, &last->version) < 0)
				return error_set(err, ERR_FORMAT, "Go modules, line %u: not a module", n);
		} else if (str_strip_prefix(&line, STR("dep\t"))) {
			if (!(last = vec_add(a, &m.deps)))
				return error_nomem(err);
			if (module_line(line, &last->path, &last->version) < 0)
				return error_set(err, ERR_FORMAT, "Go modules, line %u: not a module", n);
		} else if (str_strip_prefix(&line, STR("=>\t"))) {
			if (!last || module_line(line, &last->replace_path, &last->replace_version) < 0)
				return error_set(err, ERR_FORMAT, "Go modules, line %u: not a replacement", n);
			last->has_replace = true;
			last = NULL;
		} else if (str_strip_prefix(&line, STR("build\t")) && str_cut(line, '=', &key, &line) && str_eq(unquote(a, key), STR("-ldflags"))) {
			m.ldflags = unquote(a, line);
		}
	}
	*ret = m;
	return 0;
}

struct str go_stdlib_version(struct arena *a, struct str go_version)
{
	struct str rest = go_version, word;
	while (str_next_word(&rest, &word))
		if (str_strip_prefix(&word, STR("go")) && word.n && char_is_digit(word.p[0]))
			return arena_concat(a, STR("v"), word);
	return STR_NONE;
}

static size_t digits_at(struct str s, size_t i)
{
	size_t n = 0;
	while (i + n < s.n && char_is_digit(s.p[i + n]))
		n++;
	return n;
}

/* Identifiers of [0-9A-Za-z-] separated by dots. */
static bool identifiers(struct str s)
{
	struct str part;
	bool more;
	do {
		more = str_cut(s, '.', &part, &s);
		if (!part.n)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (!char_is_alnum(part.p[i]) && part.p[i] != '-')
				return false;
	} while (more);
	return true;
}

/* v1, v1.2 or v1.2.3 with -pre and +build, the "v" optional: what Go's semver package accepts. */
static bool is_semver(struct str s)
{
	str_strip_prefix(&s, STR("v"));
	size_t at = 0;
	int numbers = 0;
	for (;;) {
		size_t n = digits_at(s, at);
		if (!n || (n > 1 && s.p[at] == '0'))
			return false;
		at += n;
		numbers++;
		if (at == s.n)
			return true;
		if (s.p[at] != '.' || numbers == 3)
			break;
		at++;
	}
	if (numbers < 3)
		return false;
	struct str rest = str_from(s, at), build;
	bool has_build = str_cut(rest, '+', &rest, &build);
	if (has_build && !identifiers(build))
		return false;
	return !rest.n || (rest.p[0] == '-' && identifiers(str_from(rest, 1)));
}

bool go_is_pseudo_version(struct str v)
{
	str_cut(v, '+', &v, &(struct str){ 0 });
	size_t dash = str_rfind_char(v, '-');
	if (!is_semver(v) || dash == STR_NOT_FOUND || v.n - dash - 1 != 12)
		return false;
	for (size_t i = dash + 1; i < v.n; i++)
		if (!char_is_alnum(v.p[i]))
			return false;
	struct str rest = str_sub(v, 0, dash);
	return rest.n > 15 && digits_at(rest, rest.n - 14) == 14 && (rest.p[rest.n - 15] == '.' || rest.p[rest.n - 15] == '-');
}

/* The next word as a shell splits it, into `word` (which must have room for all that is left). */
static bool shell_word(struct str *rest, char *word, size_t *ret_n)
{
	size_t i = 0, n = 0;
	char quote = 0;
	while (i < rest->n && char_is_space(rest->p[i]))
		i++;
	if (i == rest->n)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
		} else if (c == '\\' && quote != '\'' && i + 1 < rest->n) {
			word[n++] = rest->p[++i];
		} else if (!quote && char_is_space(c)) {
			break;
		} else {
			word[n++] = c;
		}
	}
	*rest = str_from(*rest, i);
	*ret_n = n;
	return true;
}

/* How well a variable names the main module's version: 0 best, -1 not at all. */
static int rank_of(struct arena *a, struct str module, struct str key)
{
	static const struct str packages[] = { STR_INIT("main"), STR_INIT("common"), STR_INIT("version"), STR_INIT("cmd") };
	size_t dot = str_rfind_char(key, '.');
	if (dot == STR_NOT_FOUND)
		return -1;
	struct str variable = str_from(key, dot + 1), package = str_sub(key, 0, dot);
	bool exact = str_eq_nocase(variable, STR("version")) || str_eq_nocase(variable, STR("ver"));
	bool own = str_eq(package, STR("main")) || (str_has_prefix(package, module) && package.n > module.n && package.p[module.n] == '/');
	if (!exact) { /* gitVersion, buildVersion, releaseTag …: believed in the module's own packages only */
		struct str low = arena_lower(a, variable);
		return own && (str_has_suffix(low, STR("version")) || str_has_suffix(low, STR("ver")) || str_has_suffix(low, STR("tag"))) ? 3 : -1;
	}
	if (str_has_prefix(package, module) && str_has_prefix(str_from(package, module.n), STR("/cmd/")))
		return 0;
	size_t slash = str_rfind_char(key, '/');
	struct str last = slash == STR_NOT_FOUND ? key : str_from(key, slash + 1);
	str_cut(last, '.', &last, &(struct str){ 0 });
	for (size_t i = 0; i < ARRAY_LEN(packages); i++)
		if (str_eq_nocase(last, packages[i]))
			return 1;
	return 2;
}

struct str go_ldflags_version(struct arena *a, struct str module, struct str ldflags)
{
	struct str found[4] = { { 0 } };
	bool clash[4] = { 0 };
	char *word = ldflags.n ? arena_alloc_aligned(a, ldflags.n, 1) : NULL;
	size_t n;
	bool wants_value = false;
	while (word && shell_word(&ldflags, word, &n)) {
		struct str s = str_make(word, n), key, value;
		word += n; /* what was read stays */
		if (!wants_value) {
			if (!str_strip_prefix(&s, STR("-X")) && !str_strip_prefix(&s, STR("--X")))
				continue;
			str_strip_prefix(&s, STR("="));
			if (!s.n) {
				wants_value = true;
				continue;
			}
		}
		wants_value = false;
		if (!str_cut(s, '=', &key, &value) || !is_semver(value))
			continue;
		int rank = rank_of(a, module, key);
		if (rank < 0)
			continue;
		str_strip_prefix(&value, STR("v"));
		clash[rank] |= found[rank].n && !str_eq(found[rank], value);
		found[rank] = value;
	}
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		if (found[i].n)
			return clash[i] ? STR_NONE : arena_concat(a, STR("v"), found[i]);
	return STR_NONE;
}
