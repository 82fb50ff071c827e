/* yarn.lock, of Yarn 1 and of Berry (2 and later, YAML). Both are blocks of the same look, read line by line, which keeps line numbers:
 *
 *   "@a/b@^1.0.0", "@a/b@^1.1":           "@a/b@npm:^1.0.0, @a/b@npm:^1.1":      the ranges it answers, each a key of other blocks' dependencies
 *     version "1.1.5"                       version: 1.1.5
 *     dependencies:                         resolution: "@a/b@npm:1.1.5"
 *       c "^2.0"                            dependencies:
 *                                             c: ^2.0                                                                                      */
#include "format/json/json.h"
#include "format/lang/lang.h"
#include "format/node/node.h"

/* Where the code comes from when not from a registry: not packages that advisories speak of (as Trivy). */
static const struct str local_protocols[] = { STR_INIT("workspace:"), STR_INIT("patch:"), STR_INIT("file:"), STR_INIT("link:"), STR_INIT("portal:"), STR_INIT("exec:") };

struct block {
	struct str name, version;
	struct str_vec ranges;       /* of the head: "^1.0.0", … */
	struct str_vec dependencies; /* "name@range" */
	struct str alias;            /* name in the head when the registry's is another */
	uint32_t line, end_line;
	bool skip;
	bool direct, reached;        /* by the project's package.json: asked for, needed by what is delivered */
	size_t package;              /* index in out + 1 */
};
VEC_DECLARE(block_vec, struct block);

struct yarn {
	struct arena *arena;
	struct lang_list list;
	struct block_vec blocks;
	struct map by_range; /* "name@range" -> index of the block + 1 */
};

static struct str unquote(struct str s)
{
	s = str_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_sub(s, 1, s.n - 2);
	return s;
}

/* "@a/b@npm:^1.0" -> "@a/b" and "npm:^1.0". */
static bool split_pattern(struct str s, struct str *ret_name, struct str *ret_range)
{
	size_t at = s.n ? str_find_char(str_from(s, 1), '@') : STR_NOT_FOUND;
	if (at == STR_NOT_FOUND)
		return false;
	*ret_name = str_sub(s, 0, at + 1);
	*ret_range = str_from(s, at + 2);
	return ret_range->n > 0;
}

static bool is_local(struct str range)
{
	for (size_t i = 0; i < ARRAY_LEN(local_protocols); i++)
		if (str_has_prefix(range, local_protocols[i]))
			return true;
	return false;
}

/* "npm:other@^1.0" names another package; "npm:^1.0" is Berry's way to write a range. */
static void resolve_alias(struct str *name, struct str *range)
{
	struct str other, rest = *range, other_range;
	if (!str_strip_prefix(&rest, STR("npm:")))
		return;
	*range = rest;
	if (split_pattern(rest, &other, &other_range) && !str_contains(other, STR(" "))) {
		*name = other;
		*range = other_range;
	}
}

/* The line with the patterns, without its ':'. */
static int read_head(struct yarn *y, struct str line, struct block *b)
{
	struct str pattern, name, range;
	b->skip = true;
	for (struct str rest = line; rest.n;) {
		/* in Berry one pair of quotes holds all patterns */
		size_t comma = str_find(rest, STR(", "));
		pattern = str_sub(rest, 0, comma);
		rest = comma == STR_NOT_FOUND ? STR_NONE : str_from(rest, comma + 2);
		while (pattern.n && (pattern.p[0] == '"' || char_is_space(pattern.p[0])))
			pattern = str_from(pattern, 1);
		while (pattern.n && (pattern.p[pattern.n - 1] == '"' || char_is_space(pattern.p[pattern.n - 1])))
			pattern.n--;
		if (!split_pattern(pattern, &name, &range) || is_local(range))
			continue;
		b->skip = false;
		b->alias = name;
		struct str real_range = range;
		resolve_alias(&name, &real_range);
		str_strip_prefix(&range, STR("npm:"));
		if (!vec_push(y->arena, &b->ranges, range))
			return ERR_NOMEM;
		if (!b->name.n)
			b->name = name;
	}
	return 0;
}

/* `c "^2.0"`, `"@x/y" "^1"`, `c: ^2.0`, `"@x/y": "npm:^1"`, `c: "npm:real@^1"` */
static int read_dependency(struct yarn *y, struct str line, struct block *b)
{
	struct str name, range;
	line = str_trim(line);
	size_t end = line.n && line.p[0] == '"' ? str_find_char(str_from(line, 1), '"') : STR_NOT_FOUND;
	if (end != STR_NOT_FOUND) {
		name = str_sub(line, 1, end);
		range = str_from(line, end + 2);
		str_strip_prefix(&range, STR(":"));
	} else if (!str_cut(line, ' ', &name, &range)) {
		return 0;
	}
	str_strip_suffix(&name, STR(":"));
	range = unquote(range);
	if (!name.n || is_local(range))
		return 0;
	str_strip_prefix(&range, STR("npm:"));
	struct str key = arena_printf(y->arena, "%.*s@%.*s", STR_FMT(name), STR_FMT(range));
	return key.p && vec_push(y->arena, &b->dependencies, key) ? 0 : ERR_NOMEM;
}

static void read_field(struct str line, struct block *b)
{
	struct str key, value;
	if (!str_cut(line, ' ', &key, &value))
		return;
	str_strip_suffix(&key, STR(":"));
	value = unquote(value);
	if (str_eq(key, STR("version"))) {
		b->version = value;
	} else if (str_eq(key, STR("resolution"))) { /* Berry: the registry's own name */
		struct str name, range;
		if (split_pattern(value, &name, &range) && str_has_prefix(range, STR("npm:")))
			b->name = name;
	}
}

static size_t indent(struct str line)
{
	size_t n = 0;
	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static int read_blocks(struct yarn *y, struct str text)
{
	struct str line;
	struct block *b = NULL;
	bool in_dependencies = false;
	for (uint32_t number = 1; str_next_line(&text, &line); number++) {
		struct str body = str_trim(line);
		size_t depth = indent(line);
		int r = 0;
		if (!body.n || body.p[0] == '#')
			continue;
		if (depth == 0) {
			b = NULL;
			if (!str_strip_suffix(&body, STR(":")) || str_eq(body, STR("__metadata")))
				continue;
			if (!(b = vec_add(y->arena, &y->blocks)))
				return ERR_NOMEM;
			b->line = number;
			r = read_head(y, body, b);
		} else if (b && depth <= 3) {
			in_dependencies = str_eq(body, STR("dependencies:")) || str_eq(body, STR("optionalDependencies:"));
			read_field(body, b);
		} else if (b && in_dependencies) {
			r = read_dependency(y, line, b);
		}
		if (r < 0)
			return r;
		if (b)
			b->end_line = number;
	}
	return 0;
}

static int add_blocks(struct yarn *y)
{
	struct block *b;
	vec_foreach(b, &y->blocks) {
		bool is_new;
		int code;
		if (b->skip)
			continue;
		if (str_eq(b->version, STR("0.0.0-use.local")))
			continue;
		struct package *p = lang_add(&y->list, b->name, b->version, b->line, &is_new, &code);
		if (code < 0)
			return code;
		if (!p)
			continue;
		if (is_new)
			p->end_line = b->end_line;
		b->package = (size_t)(p - y->list.out->v) + 1;
		const struct str *range;
		vec_foreach(range, &b->ranges) {
			struct str key = arena_printf(y->arena, "%.*s@%.*s", STR_FMT(b->alias), STR_FMT(*range));
			if (!key.p || map_put(&y->by_range, key, (void *)(uintptr_t)(b - y->blocks.v + 1)) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

static int add_dependencies(struct yarn *y)
{
	const struct block *b;
	const struct str *key;
	vec_foreach(b, &y->blocks) {
		struct package *p = b->package ? &y->list.out->v[b->package - 1] : NULL;
		if (!p || p->depends.n)
			continue;
		vec_foreach(key, &b->dependencies) {
			size_t at = (size_t)(uintptr_t)map_get(&y->by_range, *key);
			const struct block *d = at ? &y->blocks.v[at - 1] : NULL;
			if (d && lang_push_dependency(y->arena, &p->depends, d->name, d->version) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

/* --- the project: the lock file does not say what it asks for itself, the package.json beside it does --- */

struct work_list {
	struct block **v;
	size_t n;
};

static void reach(struct work_list *work, struct block *b)
{
	if (b && !b->reached) {
		b->reached = true;
		work->v[work->n++] = b; /* each block once */
	}
}

static struct block *find_block(const struct yarn *y, struct str key)
{
	size_t at = (size_t)(uintptr_t)map_get(&y->by_range, key);
	return at ? &y->blocks.v[at - 1] : NULL;
}

/* One field of package.json; *ret_all becomes false when a dependency's block is not there (resolutions, patches …). */
static int mark_direct(struct yarn *y, const struct value *dependencies, bool delivered, struct work_list *work, bool *ret_all)
{
	value_foreach_member(m, dependencies) {
		struct str range = value_text(&m->value);
		if (is_local(range))
			continue;
		str_strip_prefix(&range, STR("npm:"));
		struct str key = arena_printf(y->arena, "%.*s@%.*s", STR_FMT(m->key), STR_FMT(range));
		if (!key.p)
			return ERR_NOMEM;
		struct block *b = find_block(y, key);
		*ret_all &= b || !delivered;
		if (b)
			b->direct = true;
		if (b && delivered)
			reach(work, b);
	}
	return 0;
}

static int read_project(struct yarn *y)
{
	struct document doc;
	struct str path, text;
	struct error why = { 0 };
	const struct str *key;
	struct block *b;
	int r = input_open_relative(y->arena, y->list.in, STR("package.json"), LANG_FILE_MAX, &path, &text, &why);
	if (r == 0)
		r = json_parse(y->arena, text, &(struct json_options){ .name = path, .utf8 = JSON_UTF8_REPLACE }, &doc, NULL, &why);
	if (r < 0) {
		if (r != ERR_NOT_FOUND && r != ERR_NOMEM)
			diag_add(y->list.diags, DIAG_WARNING, y->list.in->name, 0, 0, "what is direct is not known: %.*s: %s", STR_FMT(path), why.text);
		return r == ERR_NOMEM ? r : 0;
	}
	struct work_list work = { .v = arena_new_array(y->arena, struct block *, y->blocks.n + 1) };
	/* Parts of a workspace have package.json files of their own: what they need for development only is not known then. */
	bool sure = !value_get_c(doc.root, "workspaces");
	if (!work.v || mark_direct(y, value_get_c(doc.root, "dependencies"), true, &work, &sure) < 0 ||
	    mark_direct(y, value_get_c(doc.root, "optionalDependencies"), true, &work, &sure) < 0 ||
	    mark_direct(y, value_get_c(doc.root, "devDependencies"), false, &work, &sure) < 0)
		return ERR_NOMEM;
	for (size_t done = 0; done < work.n; done++)
		vec_foreach(key, &work.v[done]->dependencies)
			reach(&work, find_block(y, *key));
	vec_foreach(b, &y->blocks)
		if (b->package) {
			struct package *p = &y->list.out->v[b->package - 1];
			p->indirect = sure;
			p->dev = sure;
		}
	vec_foreach(b, &y->blocks)
		if (b->package) { /* several blocks may be one package */
			struct package *p = &y->list.out->v[b->package - 1];
			p->indirect &= !b->direct;
			p->dev &= !b->reached;
		}
	return 0;
}

int node_parse_yarn_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct yarn y = { .arena = a };
	struct str text;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0)
		return r;
	if (!str_is_utf8(text))
		return error_set(err, ERR_FORMAT, "not a text file");
	lang_list_init(&y.list, a, in, PKG_YARN, out, diags);
	map_init(&y.by_range, a);
	if (read_blocks(&y, text) < 0 || add_blocks(&y) < 0 || add_dependencies(&y) < 0 || read_project(&y) < 0)
		return error_nomem(err);
	return 0;
}
