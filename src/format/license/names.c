#include "format/license/license.h"

#include "format/license/license_internal.h"

/* Words that tell nothing. */
static const struct str noise[] = {
	STR_INIT("the"), STR_INIT("license"), STR_INIT("licence"), STR_INIT("licenses"), STR_INIT("licences"), STR_INIT("licensed"), STR_INIT("liscence"),
	STR_INIT("version"), STR_INIT("ver"), STR_INIT("v"), STR_INIT("a"), STR_INIT("under"), STR_INIT("gnu"),
};
/* Ends of a name that mean "or any later version"; the longest first. */
static const struct str later[] = {
	STR_INIT(" or any later"), STR_INIT(" or later versions"), STR_INIT(" and any later"), STR_INIT(" or later"), STR_INIT(" or newer"), STR_INIT(" or greater"),
	STR_INIT(" or higher"), STR_INIT(" or above"), STR_INIT(" and later"), STR_INIT(" and newer"), STR_INIT(" and above"), STR_INIT(" later"), STR_INIT(" +"),
};

struct folding {
	char *buf;
	size_t n;
	bool full;
};

static void fold_word(struct folding *f, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(noise); i++)
		if (str_eq(word, noise[i]))
			return;
	if (!word.n)
		return;
	if (f->n + word.n + 1 >= LICENSE_KEY_MAX) {
		f->full = true;
		return;
	}
	if (f->n)
		f->buf[f->n++] = ' ';
	memcpy(f->buf + f->n, word.p, word.n);
	f->n += word.n;
}

/* One run of letters, digits ("2.1", whose ".0" says nothing) or '+'; what follows it. */
static size_t fold_run(struct folding *f, struct str s, size_t i)
{
	char word[LICENSE_KEY_MAX];
	size_t n = 0, from = i;
	if (s.p[i] == '+') {
		fold_word(f, STR("+"));
		return i + 1;
	}
	bool digits = char_is_digit(s.p[i]);
	for (; i < s.n && (digits ? char_is_digit(s.p[i]) || (s.p[i] == '.' && i + 1 < s.n && char_is_digit(s.p[i + 1])) : char_is_alpha(s.p[i])); i++)
		if (n < sizeof(word))
			word[n++] = char_lower(s.p[i]);
	if (i - from > sizeof(word)) {
		f->full = true;
		return i;
	}
	struct str w = { word, n };
	if (digits)
		while (str_strip_suffix(&w, STR(".0")))
			;
	else if (n > 1 && i < s.n && char_is_digit(s.p[i]) && word[n - 1] == 'v')
		w.n--; /* GPLv2 */
	fold_word(f, w);
	return i;
}

struct str license_fold(struct str text, char *buf, bool *ret_plus)
{
	struct folding f = { .buf = buf };
	static const struct str ends[] = { STR_INIT(".html"), STR_INIT(".htm"), STR_INIT(".txt"), STR_INIT(".php"), STR_INIT("/") };
	text = str_trim(text);
	bool at_least = str_contains(text, STR(">=")), plus = false;
	if (str_strip_prefix(&text, STR("https://")) || str_strip_prefix(&text, STR("http://"))) {
		str_strip_prefix(&text, STR("www."));
		for (size_t i = 0; i < ARRAY_LEN(ends); i++)
			str_strip_suffix(&text, ends[i]);
	}
	for (size_t i = 0; i < text.n && !f.full;)
		i = char_is_alnum(text.p[i]) || text.p[i] == '+' ? fold_run(&f, text, i) : i + 1;
	struct str key = { buf, f.full ? 0 : f.n };
	for (size_t i = 0; i < ARRAY_LEN(later) && !plus; i++)
		plus = str_strip_suffix(&key, later[i]);
	if (!plus)
		str_strip_suffix(&key, STR(" only"));
	*ret_plus = plus || at_least;
	return key;
}

/* The key as the table has it: with its " +". */
static struct str full_key(struct str text, char *buf, bool *ret_plus)
{
	struct str key = license_fold(text, buf, ret_plus);
	if (*ret_plus && key.n && key.n + 2 < LICENSE_KEY_MAX) {
		memcpy(buf + key.n, " +", 2);
		key.n += 2;
	}
	return key;
}

const struct license_row *license_row_of(const struct license_names *n, struct str id)
{
	char lower[LICENSE_KEY_MAX];
	if (id.n > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < id.n; i++)
		lower[i] = char_lower(id.p[i]);
	return map_get(&n->by_id, str_make(lower, id.n));
}

struct str license_id(const struct license_names *n, struct str id)
{
	const struct license_row *row = license_row_of(n, id);
	return row ? str_c(row->id) : STR_NONE;
}

const struct license_meaning *license_lookup(const struct license_names *n, struct str text, bool *ret_plus)
{
	char buf[LICENSE_KEY_MAX];
	bool plus;
	struct str key = full_key(text, buf, &plus);
	const struct license_meaning *m = key.n ? map_get(&n->by_key, key) : NULL;
	*ret_plus = false;
	if (m || !plus || !str_strip_suffix(&key, STR(" +")))
		return m;
	*ret_plus = true;
	return map_get(&n->by_key, key);
}

struct str license_exception(const struct license_names *n, struct str text)
{
	char buf[LICENSE_KEY_MAX];
	bool plus;
	struct str key = full_key(text, buf, &plus);
	const char *id = key.n ? map_get(&n->exceptions, key) : NULL;
	/* "Linux-syscall-note exception", "LLVM exceptions" */
	if (!id && (str_strip_suffix(&key, STR(" exception")) || str_strip_suffix(&key, STR(" exceptions"))) && key.n)
		id = map_get(&n->exceptions, key);
	return str_c(id);
}

/* The first that takes a key keeps it. 0 or ERR_NOMEM. */
static int put(struct license_names *n, struct map *m, const char *text, void *value)
{
	char buf[LICENSE_KEY_MAX];
	bool plus, is_new;
	struct str key = full_key(str_c(text), buf, &plus);
	if (!key.n || map_get(m, key))
		return 0;
	key = arena_str(n->arena, key);
	void **slot = key.p ? map_at(m, key, &is_new) : NULL;
	if (slot)
		*slot = value;
	return slot ? 0 : ERR_NOMEM;
}

static int put_meaning(struct license_names *n, const char *text, const struct license_row *row, const char *expression)
{
	struct license_meaning *m = arena_new(n->arena, struct license_meaning);
	if (!m)
		return ERR_NOMEM;
	*m = (struct license_meaning){ row, expression };
	return put(n, &n->by_key, text, m);
}

static int put_name(struct license_names *n, const struct license_name_row *r)
{
	struct str exception = str_c(r->expression);
	if (str_strip_prefix(&exception, STR("WITH ")))
		return put(n, &n->exceptions, r->text, (void *)(uintptr_t)exception.p);
	const struct license_row *row = license_row_of(n, exception);
	return put_meaning(n, r->text, row && !row->replaced ? row : NULL, r->expression);
}

static int put_license(struct license_names *n, const struct license_row *row, const char *text)
{
	return put_meaning(n, text, row->replaced ? NULL : row, row->replaced);
}

int license_names_init(struct license_names *n, struct arena *a, struct error *err)
{
	int r = 0;
	*n = (struct license_names){ .arena = a };
	map_init(&n->by_key, a);
	map_init(&n->by_id, a);
	map_init(&n->exceptions, a);
	for (size_t i = 0; i < license_row_count && r == 0; i++) {
		struct str lower = arena_lower(a, str_c(license_rows[i].id));
		r = lower.p ? map_put(&n->by_id, lower, (void *)(uintptr_t)&license_rows[i]) : ERR_NOMEM;
	}
	for (size_t i = 0; i < license_exception_row_count && r == 0; i++)
		r = put(n, &n->exceptions, license_exception_rows[i].id, (void *)(uintptr_t)license_exception_rows[i].id);
	/* Identifiers before what people call things, that before full names; identifiers in force before replaced ones. */
	for (size_t i = 0; i < license_row_count && r == 0; i++)
		r = license_rows[i].replaced ? 0 : put_license(n, &license_rows[i], license_rows[i].id);
	for (size_t i = 0; i < license_name_row_count && r == 0; i++)
		r = put_name(n, &license_name_rows[i]);
	for (size_t i = 0; i < license_row_count && r == 0; i++)
		r = license_rows[i].replaced ? put_license(n, &license_rows[i], license_rows[i].id) : 0;
	for (size_t i = 0; i < license_row_count && r == 0; i++)
		r = put_license(n, &license_rows[i], license_rows[i].name);
	for (size_t i = 0; i < license_exception_row_count && r == 0; i++)
		r = put(n, &n->exceptions, license_exception_rows[i].name, (void *)(uintptr_t)license_exception_rows[i].id);
	return r < 0 ? error_nomem(err) : 0;
}

const char *license_category_name(enum license_category c)
{
	static const char *const names[LICENSE_CATEGORY_COUNT] = {
		[LICENSE_UNKNOWN] = "unknown", [LICENSE_UNENCUMBERED] = "unencumbered", [LICENSE_PERMISSIVE] = "permissive", [LICENSE_NOTICE] = "notice",
		[LICENSE_RECIPROCAL] = "reciprocal", [LICENSE_RESTRICTED] = "restricted", [LICENSE_FORBIDDEN] = "forbidden",
	};
	return names[c];
}
