#include "format/template/template.h"

const char *const template_mode_names[TEMPLATE_MODE_COUNT] = {
	[TEMPLATE_TEXT] = "text", [TEMPLATE_HTML] = "html", [TEMPLATE_JSON] = "json", [TEMPLATE_CSV] = "csv", [TEMPLATE_MARKDOWN] = "markdown", [TEMPLATE_URL] = "url",
};

struct parser {
	struct arena *arena;
	struct template *out;
	struct error *err;
	enum template_mode mode;
	uint32_t open[TEMPLATE_DEPTH_MAX]; /* blocks that are open, by node */
	bool has_else[TEMPLATE_DEPTH_MAX];
	size_t depth;
	uint32_t line;
};

static int fail(struct parser *p, const char *what, struct str tag)
{
	return error_set(p->err, ERR_FORMAT, "%.*s:%u: %s: {{%.*s}}", STR_FMT(p->out->name), p->line, what, STR_FMT(str_sub(tag, 0, 80)));
}

static int add(struct parser *p, struct template_node node)
{
	node.line = p->line;
	if (p->out->nodes.n >= TEMPLATE_NODES_MAX)
		return error_set(p->err, ERR_LIMIT, "%.*s:%u: more than %d parts", STR_FMT(p->out->name), p->line, TEMPLATE_NODES_MAX);
	return vec_push(p->arena, &p->out->nodes, node) ? 0 : error_nomem(p->err);
}

static int add_literal(struct parser *p, struct str text)
{
	return text.n ? add(p, (struct template_node){ .kind = TEMPLATE_LITERAL, .text = text }) : 0;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 64;
}

static bool find_mode(struct str name, enum template_mode *ret)
{
	for (int i = 0; i < TEMPLATE_MODE_COUNT; i++)
		if (str_eq_c(name, template_mode_names[i])) {
			*ret = (enum template_mode)i;
			return true;
		}
	return false;
}

static int add_field(struct parser *p, struct str tag)
{
	struct template_node node = { .kind = TEMPLATE_FIELD, .mode = p->mode };
	struct str mode;
	bool given = str_cut(tag, '|', &node.text, &mode);
	node.text = str_trim(node.text);
	if (!is_name(node.text))
		return fail(p, "not a field", tag);
	if (given && !find_mode(str_trim(mode), &node.mode))
		return fail(p, "no such way of escaping (text, html, json, csv, markdown, url)", tag);
	return add(p, node);
}

/* name, name = "text", name != "text" */
static bool read_test(struct str s, struct template_node *node)
{
	size_t at = str_find_char(s, '=');
	if (at == STR_NOT_FOUND) {
		node->text = str_trim(s);
		return is_name(node->text);
	}
	bool different = at > 0 && s.p[at - 1] == '!';
	node->test = different ? TEMPLATE_DIFFERENT : TEMPLATE_EQUAL;
	node->text = str_trim(str_sub(s, 0, at - different));
	struct str value = str_trim(str_from(s, at + 1));
	if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
		return false;
	node->compare = str_sub(value, 1, value.n - 2);
	return is_name(node->text);
}

static int open_block(struct parser *p, struct str tag)
{
	struct template_node node = { .kind = TEMPLATE_EACH };
	struct str rest = tag;
	if (p->depth >= TEMPLATE_DEPTH_MAX)
		return error_set(p->err, ERR_LIMIT, "%.*s:%u: blocks more than %d deep", STR_FMT(p->out->name), p->line, TEMPLATE_DEPTH_MAX);
	if (str_strip_prefix(&rest, STR("#each "))) {
		node.text = str_trim(rest);
		if (!is_name(node.text))
			return fail(p, "not a list", tag);
	} else if (str_strip_prefix(&rest, STR("#if "))) {
		node.kind = TEMPLATE_IF;
		if (!read_test(rest, &node))
			return fail(p, "not a condition", tag);
	} else {
		return fail(p, "no such block (#each, #if)", tag);
	}
	p->has_else[p->depth] = false;
	p->open[p->depth++] = (uint32_t)p->out->nodes.n;
	return add(p, node);
}

static int close_block(struct parser *p, struct str tag, bool is_else)
{
	struct template_node *node = p->depth ? &p->out->nodes.v[p->open[p->depth - 1]] : NULL;
	uint32_t here = (uint32_t)p->out->nodes.n;
	if (!node || (!is_else && !str_eq(tag, node->kind == TEMPLATE_EACH ? STR("/each") : STR("/if"))))
		return fail(p, "closes nothing that is open", tag);
	bool *has_else = &p->has_else[p->depth - 1];
	if (is_else && *has_else)
		return fail(p, "a second else", tag);
	if (is_else) {
		*has_else = true;
		node->other = here;
		return 0;
	}
	node->next = here;
	if (!*has_else)
		node->other = here;
	p->depth--;
	return 0;
}

static int add_tag(struct parser *p, struct str tag)
{
	struct str rest = tag;
	if (str_strip_prefix(&rest, STR("!escape "))) {
		return find_mode(str_trim(rest), &p->mode) ? 0 : fail(p, "no such way of escaping (text, html, json, csv, markdown, url)", tag);
	}
	if (!tag.n)
		return fail(p, "an empty tag", tag);
	if (tag.p[0] == '!')
		return 0;
	if (tag.p[0] == '#')
		return open_block(p, tag);
	if (tag.p[0] == '/' || str_eq(tag, STR("else")))
		return close_block(p, tag, tag.p[0] != '/');
	return add_field(p, tag);
}

/* Whether the tag from `from` to `to` (braces included) has its line to itself: then *ret_start and *ret_end are the line's, its end included. */
static bool stands_alone(struct str text, size_t from, size_t to, size_t *ret_start, size_t *ret_end)
{
	char kind = text.p[from + 2];
	size_t start = from, end = to;
	if (!char_is_one_of(kind, "#/!") && !str_has_prefix(str_from(text, from), STR("{{else}}")))
		return false;
	while (start > 0 && (text.p[start - 1] == ' ' || text.p[start - 1] == '\t'))
		start--;
	while (end < text.n && (text.p[end] == ' ' || text.p[end] == '\t' || text.p[end] == '\r'))
		end++;
	if ((start > 0 && text.p[start - 1] != '\n') || (end < text.n && text.p[end] != '\n'))
		return false;
	*ret_start = start;
	*ret_end = end < text.n ? end + 1 : end;
	return true;
}

static void count_lines(struct parser *p, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		p->line += s.p[i] == '\n';
}

int template_parse(struct arena *a, struct str name, struct str text, struct template *ret, struct error *err)
{
	struct template t = { .name = name };
	struct parser p = { .arena = a, .out = &t, .err = err, .line = 1 };
	size_t at = 0;
	int e = 0;
	if (text.n > TEMPLATE_BYTES_MAX)
		return error_set(err, ERR_LIMIT, "%.*s: larger than %u bytes", STR_FMT(name), TEMPLATE_BYTES_MAX);
	while (at < text.n && e == 0) {
		size_t found = str_find(str_from(text, at), STR("{{")), start, end;
		if (found == STR_NOT_FOUND) {
			e = add_literal(&p, str_from(text, at));
			break;
		}
		size_t from = at + found, close = str_find(str_from(text, from), STR("}}"));
		if (close == STR_NOT_FOUND) {
			count_lines(&p, str_sub(text, at, found));
			return fail(&p, "never closed", str_from(text, from + 2));
		}
		size_t to = from + close + 2;
		start = from;
		end = to;
		/* A standing line's indentation lies behind `at`, unless another tag took it. */
		if (stands_alone(text, from, to, &start, &end) && start < at)
			start = from, end = to;
		e = add_literal(&p, str_sub(text, at, start - at));
		count_lines(&p, str_sub(text, at, from - at));
		if (e == 0)
			e = add_tag(&p, str_trim(str_sub(text, from + 2, to - from - 4)));
		count_lines(&p, str_sub(text, from, end - from));
		at = end;
	}
	if (e == 0 && p.depth)
		e = error_set(err, ERR_FORMAT, "%.*s:%u: {{#%s}} is never closed", STR_FMT(name), t.nodes.v[p.open[p.depth - 1]].line,
			      t.nodes.v[p.open[p.depth - 1]].kind == TEMPLATE_EACH ? "each" : "if");
	if (e == 0)
		*ret = t;
	return e;
}
