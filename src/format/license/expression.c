#include "format/license/license.h"

#include "base/buf.h"
#include "format/license/license_internal.h"

/* A name may hold "and" or parentheses ("Common Development and Distribution License (CDDL)"): as many tokens ahead are tried as one name. */
#define AHEAD_MAX   16u
#define SHOWN_MAX   100u /* bytes of a term that is not known */
#define REF_MAX     64u

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_AND, TOKEN_OR, TOKEN_WITH, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_LATE_AND, TOKEN_LATE_OR };
struct token {
	enum token_kind kind;
	uint32_t from, to; /* of the text */
};
struct reader {
	const struct license_names *names;
	struct arena *arena;
	struct str text;
	struct token *tokens;
	size_t n, at, depth, terms;
	bool strict, failed, too_large, broken;
	size_t broken_at;
	bool any_known;
};
VEC_DECLARE(expr_vec, const struct license_expr *);

/* --- tokens --- */

static bool is_break(char c)
{
	return char_is_space(c) || char_is_one_of(c, "(),;|&/");
}

static struct str word_at(struct str s, size_t i)
{
	size_t end = i;
	while (end < s.n && !is_break(s.p[end]))
		end++;
	return str_sub(s, i, end - i);
}

static size_t skip_spaces(struct str s, size_t i)
{
	while (i < s.n && char_is_space(s.p[i]))
		i++;
	return i;
}

/* "or later": part of a name. */
static bool is_later(struct str s, size_t i)
{
	static const struct str words[] = { STR_INIT("later"), STR_INIT("newer"), STR_INIT("greater"), STR_INIT("higher"), STR_INIT("above") };
	struct str w = word_at(s, skip_spaces(s, i));
	if (str_eq_nocase(w, STR("any")))
		w = word_at(s, skip_spaces(s, (size_t)(w.p - s.p) + w.n));
	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		if (str_eq_nocase(w, words[k]))
			return true;
	return false;
}

static enum token_kind word_kind(const struct reader *r, struct str w, size_t end)
{
	static const struct {
		struct str word;
		enum token_kind kind;
	} operators[] = { { STR_INIT("AND"), TOKEN_AND }, { STR_INIT("OR"), TOKEN_OR }, { STR_INIT("WITH"), TOKEN_WITH } };
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (r->strict ? str_eq(w, operators[i].word) : str_eq_nocase(w, operators[i].word))
			return !r->strict && operators[i].kind != TOKEN_WITH && is_later(r->text, end) ? TOKEN_WORD : operators[i].kind;
	return TOKEN_WORD;
}

/* "Apache License, Version 2.0". */
static bool is_version(struct str w)
{
	return str_eq_nocase(w, STR("version")) || str_eq_nocase(w, STR("ver")) || str_eq_nocase(w, STR("ver.")) ||
	       (w.n && (char_is_digit(w.p[0]) || (char_lower(w.p[0]) == 'v' && (w.n == 1 || w.p[1] == '.' || char_is_digit(w.p[1])))));
}

static void add_token(struct reader *r, enum token_kind kind, size_t from, size_t to)
{
	r->tokens[r->n++] = (struct token){ kind, (uint32_t)from, (uint32_t)to };
}

static size_t take_comma(struct reader *r, size_t i)
{
	size_t next = skip_spaces(r->text, i + 1);
	struct str w = word_at(r->text, next);
	enum token_kind kind = word_kind(r, w, next + w.n);
	if (is_version(w) || kind == TOKEN_WITH || !r->n)
		return i + 1;
	if (kind == TOKEN_AND || kind == TOKEN_OR) {
		add_token(r, kind == TOKEN_AND ? TOKEN_LATE_AND : TOKEN_LATE_OR, i, next + w.n);
		return next + w.n;
	}
	add_token(r, TOKEN_END, i, i + 1); /* which operator it stands for: see settle_commas */
	return i + 1;
}

/* A comma alone stands for the operator that ends the list ("A, B or C"), else for AND. */
static void settle_commas(struct reader *r)
{
	enum token_kind next = TOKEN_LATE_AND;
	for (size_t i = r->n; i-- > 0;) {
		enum token_kind kind = r->tokens[i].kind;
		if (kind == TOKEN_OR || kind == TOKEN_LATE_OR)
			next = TOKEN_LATE_OR;
		else if (kind == TOKEN_AND || kind == TOKEN_LATE_AND || kind == TOKEN_OPEN || kind == TOKEN_CLOSE)
			next = TOKEN_LATE_AND;
		else if (kind == TOKEN_END)
			r->tokens[i].kind = next;
	}
}

static void tokenize(struct reader *r)
{
	struct str s = r->text;
	bool address = !r->strict && str_contains(s, STR("://"));
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];
		if (char_is_space(c)) {
			i++;
		} else if (c == '(' || c == ')') {
			add_token(r, c == '(' ? TOKEN_OPEN : TOKEN_CLOSE, i, i + 1);
			i++;
		} else if (c == ',' && !r->strict) {
			i = take_comma(r, i);
		} else if (char_is_one_of(c, ";|&/") && !r->strict && !address) {
			add_token(r, c == '|' || c == '/' ? TOKEN_OR : TOKEN_AND, i, i + 1);
			while (i < s.n && s.p[i] == c)
				i++;
		} else {
			size_t end = i + 1;
			while (end < s.n && (r->strict || address ? !char_is_space(s.p[end]) && s.p[end] != '(' && s.p[end] != ')' : !is_break(s.p[end])))
				end++;
			struct str w = str_sub(s, i, end - i);
			add_token(r, word_kind(r, w, end), i, end);
			i = end;
		}
	}
	settle_commas(r);
}

/* --- terms --- */

static struct license_expr *new_term(struct reader *r)
{
	struct license_expr *e = arena_new(r->arena, struct license_expr);
	r->failed |= !e;
	r->too_large |= ++r->terms > LICENSE_TERMS_MAX;
	return e;
}

static const struct license_expr *unknown_term(struct reader *r, struct str text)
{
	struct license_expr *e = new_term(r);
	if (e)
		e->written = str_trim(text);
	return e;
}

/* GPL-2.0-only, or later. */
static const struct license_row *later_row(const struct license_names *n, const struct license_row *row)
{
	char id[LICENSE_KEY_MAX];
	struct str base = str_c(row->id);
	if (!str_strip_suffix(&base, STR("-only")) || base.n + 9 > sizeof(id))
		return NULL;
	memcpy(id, base.p, base.n);
	memcpy(id + base.n, "-or-later", 9);
	return license_row_of(n, str_make(id, base.n + 9));
}

static const struct license_expr *row_term(struct reader *r, const struct license_row *row, bool plus)
{
	struct license_expr *e = new_term(r);
	const struct license_row *later = plus ? later_row(r->names, row) : NULL;
	if (!e)
		return NULL;
	e->id = str_c((later ? later : row)->id);
	e->plus = plus && !later && !str_has_suffix(e->id, STR("-or-later"));
	e->category = row->category;
	r->any_known = true;
	return e;
}

static const struct license_expr *meaning_term(struct reader *r, const struct license_meaning *m, bool plus)
{
	const struct license_expr *e = NULL;
	if (m->row)
		return row_term(r, m->row, plus);
	r->failed |= license_check(r->names, r->arena, str_c(m->expression), &e, NULL) < 0;
	r->any_known = true;
	const struct license_row *row = e && plus && e->op == LICENSE_TERM && !e->exception.n ? license_row_of(r->names, e->id) : NULL;
	return row ? row_term(r, row, true) : e;
}

static bool is_reference(struct str s)
{
	if (!str_strip_prefix(&s, STR("LicenseRef-")) && !str_strip_prefix(&s, STR("DocumentRef-")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && !char_is_one_of(s.p[i], "-.:"))
			return false;
	return s.n > 0;
}

static const struct license_expr *reference_term(struct reader *r, struct str id)
{
	struct license_expr *e = new_term(r);
	if (!e)
		return NULL;
	r->any_known = true;
	e->id = id;
	return e;
}

/* What one name means; NULL: nothing known (or no memory: r->failed). */
static const struct license_expr *known_term(struct reader *r, struct str text)
{
	bool plus;
	const struct license_meaning *m = license_lookup(r->names, text, &plus);
	if (m)
		return meaning_term(r, m, plus);
	text = str_trim(text);
	return is_reference(text) ? reference_term(r, text) : NULL;
}

static struct str tokens_text(const struct reader *r, size_t from, size_t to)
{
	return from < to ? str_sub(r->text, r->tokens[from].from, r->tokens[to - 1].to - r->tokens[from].from) : STR_NONE;
}

static enum token_kind kind_at(const struct reader *r, size_t i)
{
	return i < r->n ? r->tokens[i].kind : TOKEN_END;
}

/* Behind the parenthesis that closes the one at i; 0: none does. */
static size_t behind_remark(const struct reader *r, size_t i)
{
	size_t depth = 0;
	for (; i < r->n; i++) {
		depth += kind_at(r, i) == TOKEN_OPEN;
		if (kind_at(r, i) == TOKEN_CLOSE && --depth == 0)
			return i + 1;
	}
	return 0;
}

static bool has_digit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (char_is_digit(s.p[i]))
			return true;
	return false;
}

/* "GNU General Public License (GPLv2)": the remark counts where only it tells the version, or only it is known. */
static const struct license_expr *named_with_remark(struct reader *r, struct str name, size_t open, size_t end)
{
	struct str remark = tokens_text(r, open + 1, end - 1);
	const struct license_expr *outer = known_term(r, name), *inner = outer && (has_digit(name) || !has_digit(remark)) ? NULL : known_term(r, remark);
	return inner ? inner : outer;
}

static const struct license_expr *join(struct reader *r, enum license_op op, const struct license_expr *a, const struct license_expr *b);

/* "MIT BSD GPL2+": several names with nothing between them. */
static const struct license_expr *several_words(struct reader *r, size_t from, size_t to)
{
	const struct license_expr *e = NULL;
	bool plus;
	for (size_t i = from; i < to; i++)
		if (!license_lookup(r->names, tokens_text(r, i, i + 1), &plus))
			return NULL;
	for (size_t i = from; i < to && !r->failed && !r->too_large; i++) {
		const struct license_expr *next = known_term(r, tokens_text(r, i, i + 1));
		e = e && next ? join(r, LICENSE_AND, e, next) : next;
	}
	return e;
}

static const struct license_expr *with_exception(struct reader *r, const struct license_expr *base, struct str written)
{
	struct str id = license_exception(r->names, written);
	struct license_expr *e = new_term(r);
	if (!e)
		return NULL;
	*e = *base;
	e->exception = id.n ? id : written;
	e->odd_exception = !id.n;
	return e;
}

/* "GPL-3+-with-Bison-exception": one word. */
static const struct license_expr *glued(struct reader *r, struct str name)
{
	for (size_t i = 1; i + 6 < name.n; i++) {
		if (!str_eq_nocase(str_sub(name, i, 6), STR("-with-")))
			continue;
		const struct license_expr *base = known_term(r, str_sub(name, 0, i));
		return base && base->op == LICENSE_TERM && !base->exception.n ? with_exception(r, base, str_from(name, i + 6)) : NULL;
	}
	return NULL;
}

/* Ends in a word or a remark, and parentheses match. */
static bool is_whole(const struct reader *r, size_t from, size_t end)
{
	size_t depth = 0;
	for (size_t i = from; i < end; i++) {
		depth += kind_at(r, i) == TOKEN_OPEN;
		if (kind_at(r, i) == TOKEN_CLOSE && depth-- == 0)
			return false;
	}
	return depth == 0 && (kind_at(r, end - 1) == TOKEN_WORD || kind_at(r, end - 1) == TOKEN_CLOSE);
}

static const struct license_expr *read_name(struct reader *r)
{
	size_t from = r->at, to = from, remark_end;
	const struct license_expr *e = NULL;
	while (kind_at(r, to) == TOKEN_WORD)
		to++;
	/* One name, though it holds operators or a remark. */
	if (kind_at(r, to) != TOKEN_END)
		for (size_t end = MIN_OF(r->n, from + AHEAD_MAX); end > to && !e && !r->failed; end--)
			if (is_whole(r, from, end) && (e = known_term(r, tokens_text(r, from, end))))
				r->at = end;
	if (e)
		return e;
	struct str name = tokens_text(r, from, to);
	r->at = to;
	if (kind_at(r, to) == TOKEN_OPEN && (remark_end = behind_remark(r, to))) {
		r->at = remark_end;
		e = named_with_remark(r, name, to, remark_end);
		name = tokens_text(r, from, remark_end);
	} else if (!(e = known_term(r, name)) && !r->failed) {
		e = to - from > 1 ? several_words(r, from, to) : glued(r, name);
	}
	return e || r->failed ? e : unknown_term(r, name);
}

/* annex D: one idstring, perhaps with '+'. */
static const struct license_expr *read_identifier(struct reader *r)
{
	struct str id = tokens_text(r, r->at, r->at + 1);
	const struct license_row *row = license_row_of(r->names, id);
	struct license_expr *e;
	bool plus = !row && str_strip_suffix(&id, STR("+"));
	if (plus)
		row = license_row_of(r->names, id);
	if (row) {
		if (!(e = new_term(r)))
			return NULL;
		e->id = str_c(row->id);
		e->plus = plus;
		e->category = row->category;
	} else if (is_reference(id) && !plus) {
		if (!(e = new_term(r)))
			return NULL;
		e->id = id;
	} else {
		r->broken = true;
		r->broken_at = r->tokens[r->at].from;
		return NULL;
	}
	r->at++;
	return e;
}

/* --- expressions --- */

static const struct license_expr *read_late(struct reader *r);

static const struct license_expr *broken(struct reader *r)
{
	r->broken = true;
	r->broken_at = r->at < r->n ? r->tokens[r->at].from : r->text.n;
	return NULL;
}

static const struct license_expr *read_primary(struct reader *r)
{
	if (kind_at(r, r->at) == TOKEN_WORD)
		return r->strict ? read_identifier(r) : read_name(r);
	if (kind_at(r, r->at) != TOKEN_OPEN)
		return broken(r);
	if (++r->depth > LICENSE_DEPTH_MAX) {
		r->too_large = true;
		return NULL;
	}
	r->at++;
	const struct license_expr *e = read_late(r);
	r->depth--;
	if (!e)
		return NULL;
	if (kind_at(r, r->at) == TOKEN_CLOSE)
		r->at++;
	else if (r->strict || kind_at(r, r->at) != TOKEN_END)
		return broken(r);
	return e;
}

static const struct license_expr *read_with(struct reader *r)
{
	const struct license_expr *base = read_primary(r);
	if (!base || kind_at(r, r->at) != TOKEN_WITH)
		return base;
	size_t from = ++r->at;
	while (kind_at(r, r->at) == TOKEN_WORD)
		r->at++;
	struct str written = tokens_text(r, from, r->at);
	if (!written.n || base->op != LICENSE_TERM || base->exception.n || (r->strict && !str_eq_nocase(license_exception(r->names, written), written)))
		return broken(r);
	return with_exception(r, base, written);
}

static bool same(const struct license_expr *a, const struct license_expr *b)
{
	return a->op == LICENSE_TERM && b->op == LICENSE_TERM && a->plus == b->plus && str_eq(a->id, b->id) && str_eq(a->exception, b->exception) &&
	       str_eq(a->written, b->written);
}

static void add_item(struct reader *r, struct expr_vec *items, const struct license_expr *e)
{
	for (size_t i = 0; i < items->n; i++)
		if (same(items->v[i], e))
			return;
	r->failed |= !vec_push(r->arena, items, e);
}

/* Equal ones once, one alone as itself, nested ones of the same operator flat. */
static const struct license_expr *join(struct reader *r, enum license_op op, const struct license_expr *a, const struct license_expr *b)
{
	const struct license_expr *sides[] = { a, b };
	struct expr_vec items = { 0 };
	for (size_t s = 0; s < 2; s++) {
		if (sides[s]->op != op)
			add_item(r, &items, sides[s]);
		for (size_t i = 0; sides[s]->op == op && i < sides[s]->n; i++)
			add_item(r, &items, sides[s]->items[i]);
	}
	if (r->failed || items.n == 1)
		return r->failed ? NULL : items.v[0];
	struct license_expr *e = arena_new(r->arena, struct license_expr);
	r->failed |= !e;
	if (e)
		*e = (struct license_expr){ .op = op, .items = items.v, .n = items.n };
	return e;
}

static const struct license_expr *read_and(struct reader *r)
{
	const struct license_expr *e = read_with(r);
	while (e && kind_at(r, r->at) == TOKEN_AND && !r->too_large) {
		r->at++;
		const struct license_expr *next = read_with(r);
		e = next ? join(r, LICENSE_AND, e, next) : NULL;
	}
	return e;
}

static const struct license_expr *read_or(struct reader *r)
{
	const struct license_expr *e = read_and(r);
	while (e && kind_at(r, r->at) == TOKEN_OR && !r->too_large) {
		r->at++;
		const struct license_expr *next = read_and(r);
		e = next ? join(r, LICENSE_OR, e, next) : NULL;
	}
	return e;
}

static const struct license_expr *read_late(struct reader *r)
{
	const struct license_expr *e = read_or(r);
	while (e && !r->too_large && (kind_at(r, r->at) == TOKEN_LATE_AND || kind_at(r, r->at) == TOKEN_LATE_OR)) {
		enum license_op op = kind_at(r, r->at) == TOKEN_LATE_AND ? LICENSE_AND : LICENSE_OR;
		r->at++;
		const struct license_expr *next = read_or(r);
		e = next ? join(r, op, e, next) : NULL;
	}
	return e;
}

/* The whole text; NULL: failed, too large or broken. */
static const struct license_expr *read_all(struct reader *r)
{
	r->tokens = arena_new_array(r->arena, struct token, r->text.n + 1);
	r->failed |= !r->tokens;
	if (r->failed)
		return NULL;
	tokenize(r);
	const struct license_expr *e = read_late(r);
	if (e && r->at < r->n)
		e = broken(r);
	return r->failed || r->too_large ? NULL : e;
}

/* Underscores and line breaks are spaces, quotes and brackets around it all are not meant. */
static struct str clean(struct arena *a, struct str text)
{
	struct str s = arena_str(a, text);
	char *p = (char *)(uintptr_t)s.p;
	for (size_t i = 0; p && i < s.n; i++)
		if (p[i] == '_' || (unsigned char)p[i] < ' ' || p[i] == 127)
			p[i] = ' ';
	while (s.n && char_is_one_of(s.p[0], " '\"["))
		s = str_from(s, 1);
	while (s.n && char_is_one_of(s.p[s.n - 1], " '\"],;"))
		s.n--;
	return s;
}

int license_read(const struct license_names *n, struct arena *a, struct str text, const struct license_expr **ret, struct error *err)
{
	struct reader r = { .names = n, .arena = a, .text = clean(a, str_sub(text, 0, LICENSE_TEXT_MAX)) };
	const struct license_expr *e;
	if (!r.text.p)
		return error_nomem(err);
	r.too_large = text.n > LICENSE_TEXT_MAX;
	e = r.too_large ? NULL : known_term(&r, r.text);
	if (!e && !r.failed && !r.too_large)
		e = read_all(&r);
	if (!r.failed && (!e || !r.any_known))
		e = unknown_term(&r, r.text);
	if (r.failed)
		return error_nomem(err);
	*ret = e;
	return 0;
}

int license_check(const struct license_names *n, struct arena *a, struct str text, const struct license_expr **ret, struct error *err)
{
	struct reader r = { .names = n, .arena = a, .text = text, .strict = true };
	if (text.n > LICENSE_TEXT_MAX)
		return error_set(err, ERR_LIMIT, "a licence expression of %zu bytes", text.n);
	const struct license_expr *e = read_all(&r);
	if (r.failed)
		return error_nomem(err);
	if (r.too_large)
		return error_set(err, ERR_LIMIT, "a licence expression with too many terms or parentheses");
	if (!e)
		return error_set(err, ERR_FORMAT, "no SPDX licence expression: byte %zu of \"%.*s\"", r.broken_at + 1, STR_FMT(str_sub(text, 0, SHOWN_MAX)));
	*ret = e;
	return 0;
}

/* --- writing --- */

bool license_is_known(const struct license_expr *e)
{
	bool known = e->op != LICENSE_TERM || (e->id.n && !e->odd_exception);
	for (size_t i = 0; i < e->n && known; i++)
		known = license_is_known(e->items[i]);
	return known;
}

static void write_reference(struct buf *b, struct str written)
{
	size_t start = b->n;
	buf_add_c(b, "LicenseRef-");
	size_t from = b->n;
	for (size_t i = 0; i < written.n && b->n - from < REF_MAX; i++) {
		bool good = char_is_alnum(written.p[i]) || written.p[i] == '.';
		if (good || (b->n > from && b->p[b->n - 1] != '-'))
			buf_add_char(b, good ? written.p[i] : '-');
	}
	while (!b->failed && b->n > from && b->p[b->n - 1] == '-')
		b->n--;
	if (!b->failed && b->n == from && from > start)
		buf_add_c(b, "unknown");
}

static void write_term(struct buf *b, const struct license_expr *e, bool spdx)
{
	if (!e->id.n && spdx) {
		write_reference(b, e->written);
	} else if (!e->id.n) {
		size_t n = MIN_OF(e->written.n, (size_t)SHOWN_MAX);
		while (n < e->written.n && n > 0 && ((unsigned char)e->written.p[n] & 0xc0) == 0x80)
			n--;
		buf_add(b, str_sub(e->written, 0, n));
		if (n < e->written.n)
			buf_add_c(b, "...");
	} else if (e->odd_exception && spdx) {
		struct buf whole;
		buf_init(&whole, 2 * LICENSE_TEXT_MAX);
		buf_addf(&whole, "%.*s-with-%.*s", STR_FMT(e->id), STR_FMT(e->exception));
		write_reference(b, buf_str(&whole));
		buf_release(&whole);
	} else {
		buf_addf(b, "%.*s%s", STR_FMT(e->id), e->plus ? "+" : "");
		if (e->exception.n)
			buf_addf(b, " WITH %.*s", STR_FMT(str_sub(e->exception, 0, SHOWN_MAX)));
	}
}

static void write_expr(struct buf *b, const struct license_expr *e, bool spdx, bool in_and)
{
	if (e->op == LICENSE_TERM) {
		write_term(b, e, spdx);
		return;
	}
	bool parens = e->op == LICENSE_OR && in_and;
	if (parens)
		buf_add_char(b, '(');
	for (size_t i = 0; i < e->n; i++) {
		if (i)
			buf_add_c(b, e->op == LICENSE_AND ? " AND " : " OR ");
		write_expr(b, e->items[i], spdx, e->op == LICENSE_AND);
	}
	if (parens)
		buf_add_char(b, ')');
}

static struct str to_text(struct arena *a, const struct license_expr *e, bool spdx)
{
	struct buf b;
	buf_init(&b, 64u * LICENSE_TEXT_MAX);
	write_expr(&b, e, spdx, false);
	struct str s = buf_failed(&b) ? STR_NONE : arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

struct str license_text(struct arena *a, const struct license_expr *e)
{
	return to_text(a, e, true);
}

struct str license_shown(struct arena *a, const struct license_expr *e)
{
	return to_text(a, e, false);
}
