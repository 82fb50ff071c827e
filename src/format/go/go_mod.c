#include "base/map.h"
#include "format/go/go.h"

#define GO_MOD_MAX (16u << 20)

/* One directive line: words with quotes taken off, and the text of its comment. */
enum { WORDS_MAX = 8 };
struct mod_line {
	struct str word[WORDS_MAX];
	size_t n;
	struct str comment;
};

struct mod_file {
	struct arena *a;
	struct package_vec *out;
	struct diags *diags;
	struct str name;
	size_t first;     /* index in out of this file's packages */
	struct map paths; /* module path -> index + 1 - first */
	struct mod_rules {
		struct mod_rule {
			struct str old_path, old_version, new_path, new_version;
			bool exclude;
		} *v;
		size_t n, cap;
	} rules;
};

static void split(struct str line, struct mod_line *ret)
{
	*ret = (struct mod_line){ 0 };
	for (size_t i = 0; i < line.n;) {
		char c = line.p[i];
		if (char_is_space(c)) {
			i++;
			continue;
		}
		if (c == '/' && i + 1 < line.n && line.p[i + 1] == '/') {
			ret->comment = str_trim(str_from(line, i + 2));
			return;
		}
		size_t from = i;
		struct str w;
		if (c == '"' || c == '`') {
			size_t end = str_find_char(str_from(line, i + 1), c);
			if (end == STR_NOT_FOUND)
				end = line.n - i - 1;
			w = str_sub(line, i + 1, end);
			i += end + 2;
		} else if (c == '(' || c == ')') {
			w = str_sub(line, i++, 1);
		} else {
			while (i < line.n && !char_is_space(line.p[i]) && line.p[i] != '(' && line.p[i] != ')' &&
			       !(line.p[i] == '/' && i + 1 < line.n && line.p[i + 1] == '/'))
				i++;
			w = str_sub(line, from, i - from);
		}
		if (ret->n < WORDS_MAX)
			ret->word[ret->n++] = w;
	}
}

static int add_module(struct mod_file *f, struct str path, struct str version, uint32_t line, bool indirect, bool is_root)
{
	bool is_new;
	void **slot = map_at(&f->paths, path, &is_new);
	if (!slot)
		return ERR_NOMEM;
	if (is_new) {
		struct package *p = vec_add(f->a, f->out);
		if (!p)
			return ERR_NOMEM;
		*slot = (void *)(uintptr_t)(f->out->n - f->first);
	}
	struct package *p = &f->out->v[f->first + (uintptr_t)*slot - 1];
	*p = (struct package){ .kind = PKG_GO_MOD, .name = path, .version = version, .line = line, .end_line = line, .indirect = indirect, .is_root = is_root };
	return 0;
}

static int add_rule(struct mod_file *f, struct mod_rule rule)
{
	return vec_push(f->a, &f->rules, rule) ? 0 : ERR_NOMEM;
}

/* What comes after the verb. Returns 1 when the line makes no sense. */
static int directive(struct mod_file *f, struct str verb, const struct str *w, size_t n, struct str comment, uint32_t line)
{
	if (str_eq(verb, STR("module")))
		return n == 1 ? add_module(f, w[0], STR_NONE, line, false, true) : 1;
	if (str_eq(verb, STR("require"))) {
		struct str first;
		str_cut(comment, ';', &first, &(struct str){ 0 });
		return n == 2 ? add_module(f, w[0], w[1], line, str_eq(str_trim(first), STR("indirect")), false) : 1;
	}
	if (str_eq(verb, STR("exclude")))
		return n == 2 ? add_rule(f, (struct mod_rule){ .old_path = w[0], .old_version = w[1], .exclude = true }) : 1;
	if (str_eq(verb, STR("replace"))) {
		size_t arrow = n > 1 && str_eq(w[1], STR("=>")) ? 1 : 2;
		if (n < arrow + 2 || n > arrow + 3 || !str_eq(w[arrow], STR("=>")))
			return 1;
		return add_rule(f, (struct mod_rule){ .old_path = w[0], .old_version = arrow == 2 ? w[1] : STR_NONE, .new_path = w[arrow + 1],
						      .new_version = n == arrow + 3 ? w[arrow + 2] : STR_NONE });
	}
	return 0; /* go, toolchain, retract, tool, godebug, ignore and what is to come name no modules */
}

/* Requirements after exclude and replace, in place. A module replaced by a folder is part of the project and no longer listed. */
static void apply_rules(struct mod_file *f)
{
	size_t kept = f->first;
	for (size_t i = 0; i < f->rules.n; i++) {
		const struct mod_rule *r = &f->rules.v[i];
		uintptr_t at = (uintptr_t)map_get(&f->paths, r->old_path);
		struct package *p = at ? &f->out->v[f->first + at - 1] : NULL;
		/* A rule speaks of the requirement as written: one already replaced is left alone. */
		if (!p || p->is_root || !str_eq(p->name, r->old_path) || (r->old_version.n && !str_eq(p->version, r->old_version)))
			continue;
		if (r->exclude || !r->new_version.n) {
			p->name = STR_NONE;
		} else {
			p->name = r->new_path;
			p->version = r->new_version;
		}
	}
	for (size_t i = f->first; i < f->out->n; i++)
		if (f->out->v[i].name.n)
			f->out->v[kept++] = f->out->v[i];
	f->out->n = kept;
}

static int link_root(struct mod_file *f)
{
	struct package *root = NULL, *p;
	vec_foreach(p, f->out)
		if (p >= f->out->v + f->first && p->is_root)
			root = p;
	for (size_t i = f->first; root && i < f->out->n; i++) {
		p = &f->out->v[i];
		if (p == root || p->indirect)
			continue;
		struct str dep = arena_printf(f->a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version));
		if (!dep.p || !vec_push(f->a, &root->depends, dep))
			return ERR_NOMEM;
	}
	return 0;
}

static int parse_lines(struct mod_file *f, struct str text)
{
	struct str line, block = STR_NONE;
	struct mod_line l;
	for (uint32_t n = 1; str_next_line(&text, &line); n++) {
		int r = 0;
		split(line, &l);
		if (!l.n)
			continue;
		if (block.n) {
			if (str_eq(l.word[0], STR(")")))
				block = STR_NONE;
			else
				r = directive(f, block, l.word, l.n, l.comment, n);
		} else if (l.n == 2 && str_eq(l.word[1], STR("("))) {
			block = l.word[0];
		} else if (l.n > 3 && str_eq(l.word[1], STR("(")) && str_eq(l.word[l.n - 1], STR(")"))) {
			r = directive(f, l.word[0], l.word + 2, l.n - 3, l.comment, n); /* a block of one line */
		} else if (!(l.n == 3 && str_eq(l.word[1], STR("(")))) {
			r = directive(f, l.word[0], l.word + 1, l.n - 1, l.comment, n);
		}
		if (r < 0)
			return r;
		if (r > 0)
			diag_add(f->diags, DIAG_UNREADABLE, f->name, n, 1, "not a go.mod line: %.*s", STR_FMT(str_sub(str_trim(line), 0, 200)));
	}
	if (block.n)
		diag_add(f->diags, DIAG_UNREADABLE, f->name, 0, 0, "block \"%.*s (\" is not closed", STR_FMT(str_sub(block, 0, 100)));
	return 0;
}

int go_mod_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct mod_file f = { .a = a, .out = out, .diags = diags, .name = in->name, .first = out->n };
	struct str text;
	int r = input_all(a, in, GO_MOD_MAX, &text, err);
	if (r < 0)
		return r;
	map_init(&f.paths, a);
	r = parse_lines(&f, text);
	if (r == 0) {
		apply_rules(&f);
		r = link_root(&f);
	}
	return r < 0 ? error_nomem(err) : 0;
}
