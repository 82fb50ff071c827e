#include "format/lang/lang.h"

#include "format/json/json.h"

int lang_read_text(struct arena *a, const struct input *in, struct str *ret, struct error *err)
{
	int r = input_all(a, in, LANG_FILE_MAX, ret, err);
	if (r == 0)
		str_strip_prefix(ret, STR("\xef\xbb\xbf"));
	return r;
}

int lang_read_json(struct arena *a, const struct input *in, bool or_array, struct document *ret, struct error *err)
{
	struct str text;
	struct json_options opt = { .name = in->name, .utf8 = JSON_UTF8_REPLACE };
	int r = input_all(a, in, LANG_FILE_MAX, &text, err);
	if (r < 0 || (r = json_parse(a, text, &opt, ret, NULL, err)) < 0)
		return r;
	if (ret->root->kind != VALUE_OBJECT && !(or_array && ret->root->kind == VALUE_ARRAY))
		return error_set(err, ERR_FORMAT, "not a JSON object");
	return 0;
}

/* End of the comment that starts at i. */
static size_t comment_end(struct str s, size_t i)
{
	bool block = s.p[i + 1] == '*';
	size_t at = str_find(str_from(s, i + 2), block ? STR("*/") : STR("\n"));
	return at == STR_NOT_FOUND ? s.n : i + 2 + at + (block ? 2 : 0);
}

/* Makes JSON of JSON with comments and trailing commas, byte by byte, so that positions stay. */
static void blank_extensions(char *p, size_t n)
{
	struct str s = { p, n };
	size_t comma = SIZE_MAX; /* nothing but white space and comments since */
	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		if (c == '"') {
			for (i++; i < n && p[i] != '"'; i++)
				i += p[i] == '\\';
			comma = SIZE_MAX;
		} else if (c == '/' && i + 1 < n && (p[i + 1] == '/' || p[i + 1] == '*')) {
			for (size_t end = comment_end(s, i); i < end; i++)
				if (p[i] != '\n')
					p[i] = ' ';
			i--;
		} else if (c == ',') {
			comma = i;
		} else if ((c == '}' || c == ']') && comma != SIZE_MAX) {
			p[comma] = ' ';
			comma = SIZE_MAX;
		} else if (!char_is_space(c)) {
			comma = SIZE_MAX;
		}
	}
}

int lang_read_jsonc(struct arena *a, const struct input *in, struct document *ret, struct error *err)
{
	struct str text;
	int r = input_all(a, in, LANG_FILE_MAX, &text, err);
	char *copy = r < 0 ? NULL : arena_cstr(a, text);
	if (r < 0 || !copy)
		return r < 0 ? r : error_nomem(err);
	blank_extensions(copy, text.n);
	struct input plain = input_from_str(in->name, str_make(copy, text.n));
	return lang_read_json(a, &plain, false, ret, err);
}

void lang_list_init(struct lang_list *l, struct arena *a, const struct input *in, enum package_kind kind, struct package_vec *out, struct diags *diags)
{
	*l = (struct lang_list){ .arena = a, .in = in, .out = out, .diags = diags, .kind = kind };
	map_init(&l->seen, a);
}

static struct package *add(struct lang_list *l, struct str name, struct str version, bool needs_version, uint32_t line, bool *ret_is_new, int *ret_code)
{
	bool is_new;
	*ret_code = 0;
	if (!name.n || (needs_version && !version.n) || name.n > LANG_NAME_MAX || version.n > LANG_NAME_MAX) {
		if (name.n > LANG_NAME_MAX || version.n > LANG_NAME_MAX)
			diag_add(l->diags, DIAG_UNREADABLE, l->in->name, line, 0, "name or version of a package longer than %d bytes", LANG_NAME_MAX);
		else
			diag_add(l->diags, DIAG_WARNING, l->in->name, line, 0, "package \"%.*s\" has no %s", STR_FMT(name), name.n ? "version" : "name");
		return NULL;
	}
	*ret_code = ERR_NOMEM;
	size_t n = name.n + 1 + version.n;
	char *text = arena_alloc_aligned(l->arena, n + 1, 1);
	if (!text)
		return NULL;
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	if (version.n)
		memcpy(text + name.n + 1, version.p, version.n);
	text[n] = 0;
	void **slot = map_at(&l->seen, str_make(text, n), &is_new);
	if (!slot)
		return NULL;
	if (is_new) {
		struct package *p = vec_add(l->arena, l->out);
		if (!p)
			return NULL;
		*slot = (void *)(uintptr_t)l->out->n;
		p->kind = l->kind;
		p->name = str_make(text, name.n);
		p->version = str_make(text + name.n + 1, version.n);
		p->line = p->end_line = line;
	}
	if (ret_is_new)
		*ret_is_new = is_new;
	*ret_code = 0;
	return &l->out->v[(uintptr_t)*slot - 1];
}

struct package *lang_add(struct lang_list *l, struct str name, struct str version, uint32_t line, bool *ret_is_new, int *ret_code)
{
	return add(l, name, version, true, line, ret_is_new, ret_code);
}

struct package *lang_add_any(struct lang_list *l, struct str name, struct str version, uint32_t line, bool *ret_is_new, int *ret_code)
{
	return add(l, name, version, false, line, ret_is_new, ret_code);
}

int lang_push(struct arena *a, struct str_vec *v, struct str s)
{
	if (!s.n)
		return 0;
	struct str copy = arena_str(a, s);
	return copy.p && vec_push(a, v, copy) ? 0 : ERR_NOMEM;
}

int lang_push_dependency(struct arena *a, struct str_vec *v, struct str name, struct str version)
{
	if (!version.n)
		return lang_push(a, v, name);
	struct str text = arena_printf(a, "%.*s@%.*s", STR_FMT(name), STR_FMT(version));
	return text.p && vec_push(a, v, text) ? 0 : ERR_NOMEM;
}

static int push_license(struct arena *a, struct str_vec *v, const struct value *license)
{
	struct str s = license && license->kind == VALUE_OBJECT ? value_str_c(license, "type") : license && license->kind == VALUE_STRING ? value_text(license) : STR_NONE;
	return lang_push(a, v, str_trim(s));
}

int lang_push_licenses(struct arena *a, struct str_vec *v, const struct value *licenses)
{
	if (!licenses || licenses->kind != VALUE_ARRAY)
		return push_license(a, v, licenses);
	int r = 0;
	value_foreach(it, licenses)
		if (r == 0)
			r = push_license(a, v, it);
	return r;
}

int lang_push_keys(struct arena *a, struct str_vec *v, const struct value *object)
{
	int r = 0;
	value_foreach_member(m, object)
		if (r == 0)
			r = lang_push(a, v, m->key);
	return r;
}

uint32_t lang_line(struct document *doc, uint32_t pos)
{
	uint32_t line, col;
	document_position(doc, pos, &line, &col);
	return line;
}

int lang_spans_init(struct lang_spans *s, struct arena *a, struct str source, struct error *err)
{
	struct lang_spans r = { 0 };
	size_t count = 0, depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < source.n; i++)
		count += source.p[i] == '{' || source.p[i] == '[';
	uint32_t *open = arena_new_array(a, uint32_t, count + 1); /* stack of indices into v */
	r.v = arena_new_array(a, struct span, count + 1);
	if (!open || !r.v)
		return error_nomem(err);
	for (size_t i = 0; i < source.n; i++) {
		char c = source.p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			open[depth++] = (uint32_t)r.n;
			r.v[r.n++].open = (uint32_t)i + 1;
		} else if ((c == '}' || c == ']') && depth) {
			r.v[open[--depth]].close = (uint32_t)i + 1;
		}
	}
	*s = r;
	return 0;
}

void lang_lines(const struct lang_spans *s, struct document *doc, const struct value *v, uint32_t *ret_line, uint32_t *ret_end_line)
{
	size_t low = 0, high = s->n;
	*ret_line = *ret_end_line = lang_line(doc, v->pos);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->v[middle].open < v->pos)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < s->n && s->v[low].open == v->pos && s->v[low].close)
		*ret_end_line = lang_line(doc, s->v[low].close);
}
