/* requirements.txt: lines of PEP 508 requirements and pip's options (pip documentation, "Requirements File Format"). */
#include "base/path.h"
#include "format/python/python_parts.h"

bool python_wants_requirements(struct str path, uint32_t mode, uint64_t size)
{
	struct str name = path_base(path);
	return str_has_prefix(name, STR("requirements")) && str_has_suffix(name, STR(".txt"));
}

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* Without a comment: '#' at the start or after white space. */
static struct str strip_comment(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || char_is_space(line.p[i - 1])))
			return str_sub(line, 0, i);
	return line;
}

/* Cuts at the first " --option" (hashes). */
static struct str strip_options(struct str s)
{
	size_t at = str_find(s, STR(" --"));
	return at == STR_NOT_FOUND ? s : str_sub(s, 0, at);
}

/* The version of "==1.0" or "===1.0" in "(>=0.9, ==1.0)"; empty when none pins one. */
static struct str pinned_version(struct str specifiers)
{
	struct str spec;
	while (str_next(&specifiers, ',', &spec)) {
		spec = str_trim(spec);
		if (!str_strip_prefix(&spec, STR("===")) && !str_strip_prefix(&spec, STR("==")))
			continue;
		spec = str_trim(spec);
		size_t n = 0;
		while (n < spec.n && (char_is_alnum(spec.p[n]) || strchr("._+!-", spec.p[n])) && spec.p[n])
			n++;
		if (n && n == spec.n)
			return spec;
	}
	return STR_NONE;
}

int python_add_requirement(struct lang_list *list, struct str line, uint32_t from, uint32_t to, bool dev)
{
	struct str specifiers, marker, rest = str_trim(strip_options(line));
	size_t n = 0;
	int code;
	while (n < rest.n && is_name_char(rest.p[n]))
		n++;
	struct str name = str_sub(rest, 0, n);
	rest = str_trim(str_from(rest, n));
	if (rest.n && rest.p[0] == '[') { /* extras */
		size_t end = str_find_char(rest, ']');
		rest = end == STR_NOT_FOUND ? STR_NONE : str_trim(str_from(rest, end + 1));
	}
	str_cut(rest, ';', &specifiers, &marker);
	specifiers = str_trim(specifiers);
	if (str_strip_prefix(&specifiers, STR("(")))
		str_strip_suffix(&specifiers, STR(")"));
	struct str version = name.n ? pinned_version(specifiers) : STR_NONE;
	if (!version.n) {
		diag_add(list->diags, DIAG_NOTE, list->in->name, from, 0, "not pinned to a version: %.*s", STR_FMT(str_sub(str_trim(line), 0, 100)));
		return 0;
	}
	bool is_new;
	struct package *p = lang_add(list, name, version, from, &is_new, &code);
	if (!p)
		return code;
	if (is_new) {
		p->end_line = to;
		p->dev = dev;
	}
	return 0;
}

/* pip reads UTF-16 with a byte order mark too (PowerShell writes such files). Only ASCII means something here; other characters become '?'. */
static int from_utf16(struct arena *a, struct str *text, struct error *err)
{
	if (text->n < 2)
		return 0;
	unsigned char x = (unsigned char)text->p[0], y = (unsigned char)text->p[1];
	if (!(x == 0xff && y == 0xfe) && !(x == 0xfe && y == 0xff))
		return 0;
	size_t low = x == 0xff ? 0 : 1, n = 0;
	char *p = arena_alloc_aligned(a, text->n / 2 + 1, 1);
	if (!p)
		return error_nomem(err);
	for (size_t i = 2; i + 1 < text->n; i += 2) {
		unsigned char c = (unsigned char)text->p[i + low];
		p[n++] = text->p[i + 1 - low] == 0 && c < 128 ? (char)c : '?';
	}
	*text = str_make(p, n);
	return 0;
}

/* A backslash at the end of a comment is part of the comment (as pip reads it): the next line stands for itself. */
static bool goes_on(struct str line)
{
	struct str text = str_trim(line);
	return str_has_suffix(line, STR("\\")) && !(text.n && text.p[0] == '#');
}

/* A line and those that a backslash at its end joins to it, as one; *number counts the lines taken. */
static int next_logical_line(struct arena *a, struct str *text, uint32_t *number, struct str *ret, struct error *err)
{
	struct str line, rest = *text;
	size_t n = 0, size = 0;
	str_next_line(text, &line);
	++*number;
	*ret = line;
	if (!goes_on(line))
		return 0;
	while (goes_on(line) && str_next_line(text, &line))
		++*number;
	size = rest.n - text->n;
	char *joined = arena_alloc_aligned(a, size + 1, 1);
	if (!joined)
		return error_nomem(err);
	for (rest.n = size; str_next_line(&rest, &line);) {
		if (goes_on(line))
			line.n--;
		else if (str_has_prefix(str_trim(line), STR("#"))) /* takes the place of the backslash before it */
			joined[n++] = ' ';
		if (line.n)
			memcpy(joined + n, line.p, line.n);
		n += line.n;
	}
	*ret = str_make(joined, n);
	return 0;
}

int python_parse_requirements(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text, line;
	struct lang_list list;
	uint32_t number = 0;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = from_utf16(a, &text, err)) < 0)
		return r;
	struct str base = path_base(in->name);
	bool dev = str_contains(base, STR("dev")) || str_contains(base, STR("test"));
	lang_list_init(&list, a, in, PKG_PIP, out, diags);
	while (text.n) {
		uint32_t from = number + 1;
		if ((r = next_logical_line(a, &text, &number, &line, err)) < 0)
			return r;
		line = str_trim(strip_comment(line));
		if (!line.n || line.p[0] == '-') /* -r, -c, -e, --index-url … */
			continue;
		if (python_add_requirement(&list, line, from, number, dev) < 0)
			return error_nomem(err);
	}
	return 0;
}
