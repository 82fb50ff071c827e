#include "front/cli/suggest.h"
#include "base/buf.h"

#define SUGGEST_WORD_MAX 64

static char fold(struct str s, size_t i)
{
	char c = char_lower(s.p[i]);
	return c == '_' ? '-' : c;
}

size_t suggest_distance(struct str a, struct str b)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1];
	if (a.n > SUGGEST_WORD_MAX || b.n > SUGGEST_WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t d = above[j - 1] + (fold(a, i - 1) != fold(b, j - 1));
			d = MIN_OF(d, MIN_OF(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a, i - 1) == fold(b, j - 2) && fold(a, i - 2) == fold(b, j - 1))
				d = MIN_OF(d, above2[j - 2] + 1);
			row[j] = d;
		}
	}
	return rows[a.n % 3][b.n];
}

void suggest_offer(struct suggestion *s, const char *candidate)
{
	struct str c = str_c(candidate);
	size_t distance = suggest_distance(s->word, c);
	/* A word that another one begins with is near whatever follows: "sever" for "severity". */
	if (s->word.n >= 3 && c.n > s->word.n && str_eq_nocase(str_sub(c, 0, s->word.n), s->word))
		distance = MIN_OF(distance, 1);
	size_t allowed = s->word.n <= 4 ? 1 : s->word.n <= 6 ? 2 : 3;
	if (distance <= allowed && (!s->best || distance < s->distance)) {
		s->best = candidate;
		s->distance = distance;
	}
}

static const struct typographic {
	const char *bytes; /* UTF-8 */
	const char *name;
	const char *meant;
} typographic[] = {
	{ "\xe2\x80\x90", "U+2010 HYPHEN", "-" },
	{ "\xe2\x80\x91", "U+2011 NON-BREAKING HYPHEN", "-" },
	{ "\xe2\x80\x92", "U+2012 FIGURE DASH", "--" },
	{ "\xe2\x80\x93", "U+2013 EN DASH", "--" },
	{ "\xe2\x80\x94", "U+2014 EM DASH", "--" },
	{ "\xe2\x80\x95", "U+2015 HORIZONTAL BAR", "--" },
	{ "\xe2\x88\x92", "U+2212 MINUS SIGN", "-" },
	{ "\xef\xb9\x98", "U+FE58 SMALL EM DASH", "--" },
	{ "\xef\xb9\xa3", "U+FE63 SMALL HYPHEN-MINUS", "-" },
	{ "\xef\xbc\x8d", "U+FF0D FULLWIDTH HYPHEN-MINUS", "-" },
	{ "\xe2\x80\x98", "U+2018 LEFT SINGLE QUOTATION MARK", "'" },
	{ "\xe2\x80\x99", "U+2019 RIGHT SINGLE QUOTATION MARK", "'" },
	{ "\xe2\x80\x9a", "U+201A SINGLE LOW-9 QUOTATION MARK", "'" },
	{ "\xe2\x80\x9c", "U+201C LEFT DOUBLE QUOTATION MARK", "\"" },
	{ "\xe2\x80\x9d", "U+201D RIGHT DOUBLE QUOTATION MARK", "\"" },
	{ "\xe2\x80\x9e", "U+201E DOUBLE LOW-9 QUOTATION MARK", "\"" },
	{ "\xc2\xab", "U+00AB LEFT-POINTING DOUBLE ANGLE QUOTATION MARK", "\"" },
	{ "\xc2\xbb", "U+00BB RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", "\"" },
	{ "\xc2\xa0", "U+00A0 NO-BREAK SPACE", " " },
	{ "\xe2\x80\xaf", "U+202F NARROW NO-BREAK SPACE", " " },
	{ "\xe3\x80\x80", "U+3000 IDEOGRAPHIC SPACE", " " },
	{ "\xe2\x80\x8b", "U+200B ZERO WIDTH SPACE", "" },
	{ "\xef\xbb\xbf", "U+FEFF BYTE ORDER MARK", "" },
	{ "\xef\xbc\x8c", "U+FF0C FULLWIDTH COMMA", "," },
	{ "\xef\xbc\x9a", "U+FF1A FULLWIDTH COLON", ":" },
	{ "\xef\xbc\x9d", "U+FF1D FULLWIDTH EQUALS SIGN", "=" },
};

static const struct typographic *typographic_at(struct str s)
{
	for (size_t i = 0; i < ARRAY_LEN(typographic); i++)
		if (str_has_prefix(s, str_c(typographic[i].bytes)))
			return &typographic[i];
	return NULL;
}

static bool is_dash(const struct typographic *t)
{
	return t->meant[0] == '-';
}

static bool is_quote(const struct typographic *t)
{
	return t->meant[0] == '\'' || t->meant[0] == '"';
}

static void add_name(struct buf *names, const struct typographic *t)
{
	if (!str_contains(buf_str(names), str_c(t->name)))
		buf_addf(names, "%s\"%s\" (%s)", names->n ? ", " : "", t->bytes, t->name);
}

/* In an option every foreign dash of the opening counts; inside a word a dash may be part of a file's name and is left alone. */
static size_t add_opening(struct str word, struct buf *meant, struct buf *names)
{
	size_t at = 0, found = 0, dashes = 0;
	while (at < word.n) {
		const struct typographic *t = typographic_at(str_from(word, at));
		if (t && is_dash(t)) {
			add_name(names, t);
			dashes += strlen(t->meant);
			at += strlen(t->bytes);
			found++;
		} else if (word.p[at] == '-') {
			dashes++;
			at++;
		} else {
			break;
		}
	}
	if (!found)
		return 0;
	/* "–f" is a short option, everything longer a long one, however many dashes the word processor joined. */
	size_t rest = word.n - at;
	buf_add_repeat(meant, '-', rest == 1 ? 1 : dashes > 2 && rest == 0 ? dashes : 2);
	return at;
}

/* File names may hold such characters rightly ("报告：1.tar"): a word is judged only when it opens like an option, stands in typographic quotes
 * or has a space in it that can't be seen. */
static bool looks_pasted(struct str word)
{
	const struct typographic *t = typographic_at(word);
	if (t || (word.n > 1 && word.p[0] == '-'))
		return true;
	for (size_t i = 0; i < word.n; i++) {
		t = typographic_at(str_from(word, i));
		if (!t)
			continue;
		bool unseen = t->meant[0] == ' ' || t->meant[0] == '\0';
		if ((unseen && !str_eq_c(str_sub(word, i, 3), "\xe3\x80\x80")) || (is_quote(t) && i + strlen(t->bytes) == word.n))
			return true;
	}
	return false;
}

int typography_name(struct str word, struct error *err)
{
	struct buf meant, names;
	buf_init(&meant, 8192);
	buf_init(&names, 4096);
	size_t at = add_opening(word, &meant, &names);
	bool space = false;
	while (at < word.n) {
		const struct typographic *t = typographic_at(str_from(word, at));
		if (!t || is_dash(t)) {
			buf_add_char(&meant, word.p[at++]);
			continue;
		}
		add_name(&names, t);
		/* Quotes that the shell should have seen vanish, as they would have there. */
		if (!is_quote(t))
			buf_add_c(&meant, t->meant);
		space |= t->meant[0] == ' ';
		at += strlen(t->bytes);
	}
	int r = 0;
	if (names.n || buf_failed(&names))
		r = error_set(err, ERR_USAGE, "\"%.*s\" has %.*s where plain ASCII is meant: write %s%.*s%s", STR_FMT(word), STR_FMT(buf_str(&names)),
			      space ? "'" : "", STR_FMT(buf_str(&meant)), space ? "' (or as separate words)" : "");
	buf_release(&meant);
	buf_release(&names);
	return r;
}

int typography_check(struct str word, struct error *err)
{
	if (!looks_pasted(word))
		return 0;
	return typography_name(word, err);
}
