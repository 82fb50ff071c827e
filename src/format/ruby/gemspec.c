#include "base/path.h"
#include "format/lang/lang.h"
#include "format/ruby/ruby.h"

bool ruby_wants_gemspec(struct str path, uint32_t mode, uint64_t size)
{
	struct str rest = path_dir(path), part;
	while (str_next(&rest, '/', &part))
		if (str_eq(part, STR("specifications")))
			return true;
	return false;
}

struct gemspec {
	struct str name, version, platform;
	struct str_vec licenses, depends;
};

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Takes the next quoted text or %q<…> of *s; false when there is none. */
static bool next_literal(struct str *s, struct str *ret)
{
	size_t i = 0;
	while (i < s->n && !is_quote(s->p[i]) && !str_has_prefix(str_from(*s, i), STR("%q")))
		i++;
	if (i >= s->n)
		return false;
	char end = s->p[i];
	if (end == '%') {
		char open = i + 2 < s->n ? s->p[i + 2] : 0;
		end = open == '<' ? '>' : open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open;
		i += 2;
	}
	struct str rest = str_from(*s, i + 1);
	size_t n = str_find_char(rest, end);
	if (n == STR_NOT_FOUND)
		return false;
	*ret = str_sub(rest, 0, n);
	*s = str_from(rest, n + 1);
	return true;
}

/* The value of `= "text"`, also `= Gem::Version.new("text")`; empty for anything that is not written out. */
static struct str assigned_literal(struct str rest)
{
	struct str literal;
	rest = str_trim(rest);
	if (!str_strip_prefix(&rest, STR("=")))
		return STR_NONE;
	rest = str_trim(rest);
	if (str_strip_prefix(&rest, STR("Gem::Version.new")))
		rest = str_trim(rest);
	str_strip_prefix(&rest, STR("("));
	if (!rest.n || (!is_quote(rest.p[0]) && rest.p[0] != '%') || !next_literal(&rest, &literal) || str_contains(literal, STR("#{")))
		return STR_NONE;
	return literal;
}

/* One statement "VAR.field …" of the block; `rest` stands behind "VAR.". */
static int read_statement(struct arena *a, struct gemspec *g, struct str rest)
{
	struct str field = rest, literal;
	size_t n = 0;
	int r = 0;
	while (n < rest.n && (char_is_alnum(rest.p[n]) || rest.p[n] == '_'))
		n++;
	field = str_sub(rest, 0, n);
	rest = str_from(rest, n);
	if (str_eq(field, STR("name")) && !g->name.n) {
		g->name = assigned_literal(rest);
	} else if (str_eq(field, STR("version")) && !g->version.n) {
		g->version = assigned_literal(rest);
	} else if (str_eq(field, STR("platform")) && !g->platform.n) {
		g->platform = assigned_literal(rest);
	} else if ((str_eq(field, STR("license")) || str_eq(field, STR("licenses"))) && !g->licenses.n) {
		while (r == 0 && next_literal(&rest, &literal))
			r = lang_push(a, &g->licenses, literal);
	} else if (str_eq(field, STR("add_runtime_dependency")) || str_eq(field, STR("add_dependency"))) {
		if (next_literal(&rest, &literal))
			r = lang_push(a, &g->depends, literal);
	}
	return r;
}

/* "# stub: name version platform require_paths" */
static void read_stub(struct gemspec *g, struct str line)
{
	struct str name, version;
	if (str_strip_prefix(&line, STR("# stub: ")) && str_next_word(&line, &name) && str_next_word(&line, &version) && char_is_digit(version.p[0])) {
		g->name = name;
		g->version = version;
	}
}

int ruby_parse_gemspec(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct gemspec g = { 0 }, stub = { 0 };
	struct lang_list list;
	struct str text, line, variable = STR_NONE;
	int code, r = lang_read_text(a, in, &text, err);
	if (r < 0)
		return r;
	while (str_next_line(&text, &line)) {
		line = str_trim(line);
		if (str_has_prefix(line, STR("# stub: ")))
			read_stub(&stub, line);
		if (str_contains(line, STR("Gem::Specification.new"))) {
			struct str head;
			if (str_cut(line, '|', &head, &line) && str_cut(line, '|', &variable, &line))
				variable = str_trim(variable);
		} else if (variable.n && str_has_prefix(line, variable) && line.n > variable.n && line.p[variable.n] == '.') {
			if (read_statement(a, &g, str_from(line, variable.n + 1)) < 0)
				return error_nomem(err);
		}
	}
	/* Only what the code writes out counts; the comment that RubyGems puts first stands in for names and versions that it computes. */
	if (!g.name.n)
		g.name = stub.name;
	if (!g.version.n)
		g.version = stub.version;
	if (!g.name.n || !g.version.n)
		return error_set(err, ERR_FORMAT, "gem specification without a written-out %s", g.name.n ? "version" : "name");
	lang_list_init(&list, a, in, PKG_GEM, out, diags);
	struct package *p = lang_add(&list, g.name, g.version, 0, NULL, &code);
	if (!p)
		return code < 0 ? error_nomem(err) : 0;
	if (g.platform.n && !str_eq(g.platform, STR("ruby")) && !(p->arch = arena_str(a, g.platform)).p)
		return error_nomem(err);
	p->licenses = g.licenses;
	p->depends = g.depends;
	return 0;
}
