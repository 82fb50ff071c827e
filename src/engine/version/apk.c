/* Alpine versions, apk-package(5): number{.number}…[letter]{_suffix[number]}…[~hash][-rnumber]. Suffixes _alpha, _beta, _pre, _rc come before
 * the plain version, _cvs, _svn, _git, _hg, _p after it. After the first number, numbers of which one has a leading zero compare as
 * fractions, that is as text (apk-tools 3; apk-tools 2 counts the zeros and then compares the rest as a number). */
#include "engine/version/order.h"

/* In the order of the format: of two versions that are equal so far, the one that stands later in this list is older. */
enum token { TOKEN_INVALID = -1, TOKEN_FIRST_NUMBER, TOKEN_NUMBER, TOKEN_LETTER, TOKEN_SUFFIX, TOKEN_SUFFIX_NUMBER, TOKEN_HASH, TOKEN_REVISION, TOKEN_END };

/* Negative: before the plain version. */
static const struct {
	struct str word;
	int rank;
} suffixes[] = {
	{ STR_INIT("alpha"), -4 }, { STR_INIT("beta"), -3 }, { STR_INIT("pre"), -2 }, { STR_INIT("rc"), -1 }, { STR_INIT("cvs"), 0 },
	{ STR_INIT("svn"), 1 },	   { STR_INIT("git"), 2 },   { STR_INIT("hg"), 3 },   { STR_INIT("p"), 4 },
};

struct reader {
	struct str rest;
	enum token next; /* what stands at rest */
};
struct token_value {
	int rank;        /* of a letter or suffix */
	struct str text; /* of a number or hash */
};

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Finds out what follows a token of kind `last`, taking its separator. */
static enum token next_token(struct str *rest, enum token last)
{
	if (!rest->n)
		return TOKEN_END;
	char c = rest->p[0];
	enum token n = TOKEN_INVALID;
	if (is_lower(c) && (last == TOKEN_NUMBER || last == TOKEN_FIRST_NUMBER)) {
		n = TOKEN_LETTER;
	} else if (char_is_digit(c) && (last == TOKEN_LETTER || last == TOKEN_SUFFIX)) {
		n = last == TOKEN_LETTER ? TOKEN_NUMBER : TOKEN_SUFFIX_NUMBER;
	} else if (c == '.' || c == '_' || c == '~') {
		n = c == '.' ? TOKEN_NUMBER : c == '_' ? TOKEN_SUFFIX : TOKEN_HASH;
		*rest = str_from(*rest, 1);
	} else if (str_strip_prefix(rest, STR("-r"))) {
		n = TOKEN_REVISION;
	}
	/* No way back but the loops of the format. */
	if (n < last && !(n == TOKEN_SUFFIX && last == TOKEN_SUFFIX_NUMBER) && !(n == TOKEN_NUMBER && last == TOKEN_LETTER && char_is_digit(c)))
		n = TOKEN_INVALID;
	return n;
}

static struct str take_hash(struct str *s)
{
	size_t n = 0;
	while (n < s->n && (char_is_digit(s->p[n]) || (s->p[n] >= 'a' && s->p[n] <= 'f')))
		n++;
	struct str r = str_sub(*s, 0, n);
	*s = str_from(*s, n);
	return r;
}

/* Reads the value of the token that r stands at and moves on. */
static struct token_value read_token(struct reader *r)
{
	struct token_value v = { 0 };
	enum token now = r->next;
	size_t i = 0;
	if (!r->rest.n) {
		r->next = TOKEN_END;
		return v;
	}
	switch (now) {
	case TOKEN_FIRST_NUMBER:
	case TOKEN_NUMBER:
	case TOKEN_SUFFIX_NUMBER:
	case TOKEN_REVISION:
		v.text = take_digits(&r->rest);
		break;
	case TOKEN_HASH:
		v.text = take_hash(&r->rest);
		break;
	case TOKEN_LETTER:
		v.rank = (unsigned char)r->rest.p[0];
		r->rest = str_from(r->rest, 1);
		break;
	case TOKEN_SUFFIX:
		while (i < ARRAY_LEN(suffixes) && !str_strip_prefix(&r->rest, suffixes[i].word))
			i++;
		if (i < ARRAY_LEN(suffixes)) {
			v.rank = suffixes[i].rank;
			break;
		}
		r->next = TOKEN_INVALID;
		v.rank = -1;
		return v;
	default:
		r->next = TOKEN_INVALID;
		v.rank = -1;
		return v;
	}
	/* Only a suffix may go without its number. */
	bool missing = !v.text.n && now != TOKEN_LETTER && now != TOKEN_SUFFIX;
	r->next = missing ? TOKEN_INVALID : next_token(&r->rest, now);
	return v;
}

static int compare_values(enum token kind, struct token_value v, struct token_value w)
{
	if (v.rank != w.rank)
		return v.rank < w.rank ? -1 : 1;
	bool zero = (v.text.n && v.text.p[0] == '0') || (w.text.n && w.text.p[0] == '0');
	return kind == TOKEN_HASH || (kind == TOKEN_NUMBER && zero) ? sign(str_cmp(v.text, w.text)) : digits_compare(v.text, w.text);
}

static int compare_known(struct str a, struct str b)
{
	struct reader x = { a, TOKEN_FIRST_NUMBER }, y = { b, TOKEN_FIRST_NUMBER };
	while (x.next == y.next && x.next != TOKEN_END && x.next != TOKEN_INVALID) {
		enum token kind = x.next;
		struct token_value v = read_token(&x), w = read_token(&y);
		int r = compare_values(kind, v, w);
		if (r)
			return r;
	}
	if (x.next == y.next)
		return 0;
	/* The longer one is newer, unless it goes on with a suffix that means "before". */
	struct reader peek = x;
	if (x.next == TOKEN_SUFFIX && read_token(&peek).rank < 0)
		return -1;
	peek = y;
	if (y.next == TOKEN_SUFFIX && read_token(&peek).rank < 0)
		return 1;
	return x.next > y.next ? -1 : 1;
}

bool apk_is_valid(struct str v)
{
	struct reader r = { str_trim(v), TOKEN_FIRST_NUMBER };
	if (!r.rest.n || !char_is_digit(r.rest.p[0]))
		return false;
	while (r.next != TOKEN_END && r.next != TOKEN_INVALID)
		read_token(&r);
	return r.next == TOKEN_END;
}

/* Texts that apk refuses (secdb has "2.7.16-33" and "4.10-1-r1") compare like apk-tools does it, up to the first token that is none; only what
 * doesn't even begin with a number sorts before all versions, by natural_compare. */
int apk_compare(struct str a, struct str b)
{
	a = str_trim(a);
	b = str_trim(b);
	bool x = a.n && char_is_digit(a.p[0]), y = b.n && char_is_digit(b.p[0]);
	if (x != y)
		return (int)x - (int)y;
	int r = x ? compare_known(a, b) : 0;
	return r || (x && apk_is_valid(a) && apk_is_valid(b)) ? r : natural_compare(a, b);
}

bool apk_is_prerelease(struct str v)
{
	for (size_t i = 0; i < 4; i++) {
		size_t from = str_find(v, suffixes[i].word);
		if (from != STR_NOT_FOUND && from > 0 && v.p[from - 1] == '_')
			return true;
	}
	return false;
}
