/* Python versions, PEP 440 (packaging.python.org "Version specifiers"): [N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local], with every spelling that
 * its normalisation takes ("1.0-ALPHA.1", "v1.0-1", "1.0c2"). Texts that are no version by PEP 440 ("2004d") sort before all that are, as
 * setuptools had it, among themselves by natural_compare. */
#include "engine/version/order.h"

enum pre_rank { PRE_NONE, PRE_ALPHA, PRE_BETA, PRE_RC };

struct parsed {
	struct str epoch, release, pre, post, dev, local;
	enum pre_rank rank;
	bool has_post, has_dev;
};

static bool take_char_of(struct str *s, const char *set)
{
	if (!s->n || !s->p[0] || !strchr(set, s->p[0]))
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool take_word(struct str *s, struct str word)
{
	if (!str_eq_nocase(str_sub(*s, 0, word.n), word))
		return false;
	*s = str_from(*s, word.n);
	return true;
}

/* [sep] word [sep] [digits]; nothing is taken when the word is not there. */
static bool take_tag(struct str *s, const struct str *words, size_t count, size_t *ret_which, struct str *ret_number)
{
	struct str t = *s;
	take_char_of(&t, "-_.");
	for (size_t i = 0; i < count; i++) {
		if (!take_word(&t, words[i]))
			continue;
		take_char_of(&t, "-_.");
		*ret_number = take_digits(&t);
		*s = t;
		*ret_which = i;
		return true;
	}
	return false;
}

static bool local_is_valid(struct str s)
{
	bool separated = true; /* a part must follow */
	for (size_t i = 0; i < s.n; i++) {
		bool sep = s.p[i] == '-' || s.p[i] == '_' || s.p[i] == '.';
		if (!sep && !char_is_alnum(s.p[i]))
			return false;
		if (sep && separated)
			return false;
		separated = sep;
	}
	return !separated;
}

static bool parse(struct str v, struct parsed *p)
{
	/* Longer words before their own beginnings. */
	static const struct str pre_words[] = { STR_INIT("alpha"), STR_INIT("a"), STR_INIT("beta"), STR_INIT("b"), STR_INIT("preview"), STR_INIT("pre"),
						STR_INIT("rc"), STR_INIT("c") };
	static const enum pre_rank pre_ranks[] = { PRE_ALPHA, PRE_ALPHA, PRE_BETA, PRE_BETA, PRE_RC, PRE_RC, PRE_RC, PRE_RC };
	static const struct str post_words[] = { STR_INIT("post"), STR_INIT("rev"), STR_INIT("r") };
	static const struct str dev_words[] = { STR_INIT("dev") };
	struct str s = str_trim(v), number;
	size_t which;
	*p = (struct parsed){ 0 };
	take_char_of(&s, "vV");
	struct str epoch = take_digits(&s);
	if (epoch.n && take_char_of(&s, "!"))
		p->epoch = epoch;
	else
		s = str_make(epoch.p, epoch.n + s.n);
	const char *from = s.p;
	do {
		if (!take_digits(&s).n)
			return false;
	} while (s.n > 1 && s.p[0] == '.' && char_is_digit(s.p[1]) && take_char_of(&s, "."));
	p->release = str_make(from, (size_t)(s.p - from));
	if (take_tag(&s, pre_words, ARRAY_LEN(pre_words), &which, &number)) {
		p->rank = pre_ranks[which];
		p->pre = number;
	}
	if (s.n > 1 && s.p[0] == '-' && char_is_digit(s.p[1])) { /* "1.0-1" is an implicit post release */
		s = str_from(s, 1);
		p->has_post = true;
		p->post = take_digits(&s);
	} else if (take_tag(&s, post_words, ARRAY_LEN(post_words), &which, &number)) {
		p->has_post = true;
		p->post = number;
	}
	if (take_tag(&s, dev_words, ARRAY_LEN(dev_words), &which, &number)) {
		p->has_dev = true;
		p->dev = number;
	}
	if (take_char_of(&s, "+")) {
		p->local = s;
		return local_is_valid(s);
	}
	return s.n == 0;
}

static int compare_release(struct str a, struct str b)
{
	while (a.n || b.n) {
		struct str x, y;
		str_cut(a, '.', &x, &a);
		str_cut(b, '.', &y, &b);
		int r = digits_compare(x, y);
		if (r)
			return r;
	}
	return 0;
}

static struct str take_local_part(struct str *s)
{
	size_t n = 0;
	while (n < s->n && char_is_alnum(s->p[n]))
		n++;
	struct str r = str_sub(*s, 0, n);
	*s = str_from(*s, n + 1);
	return r;
}

/* Numbers after words; the longer one is newer when all parts of the shorter are equal; no local part is oldest. */
static int compare_local(struct str a, struct str b)
{
	while (a.n && b.n) {
		struct str x = take_local_part(&a), y = take_local_part(&b);
		bool p = all_digits(x), q = all_digits(y);
		int r = p && q ? digits_compare(x, y) : p != q ? (p ? 1 : -1) : str_cmp_nocase(x, y);
		if (r)
			return r;
	}
	return (a.n > 0) - (b.n > 0);
}

/* Place of the pre-release part: a development release of the plain version comes before its alphas, the plain version after its last rc. */
static int pre_place(const struct parsed *p)
{
	return p->rank != PRE_NONE ? (int)p->rank : p->has_dev && !p->has_post ? 0 : PRE_RC + 1;
}

int pep440_compare(struct str a, struct str b)
{
	struct parsed x, y;
	bool p = parse(a, &x), q = parse(b, &y);
	int r;
	if (!p || !q)
		return p != q ? (int)p - (int)q : natural_compare(str_trim(a), str_trim(b));
	if ((r = digits_compare(x.epoch, y.epoch)) || (r = compare_release(x.release, y.release)) || (r = sign(pre_place(&x) - pre_place(&y))) ||
	    (r = digits_compare(x.pre, y.pre)) || (r = (int)x.has_post - (int)y.has_post) || (r = digits_compare(x.post, y.post)) ||
	    (r = (int)y.has_dev - (int)x.has_dev) || (r = digits_compare(x.dev, y.dev)))
		return r;
	return compare_local(x.local, y.local);
}

bool pep440_is_valid(struct str v)
{
	struct parsed p;
	return parse(v, &p);
}

bool pep440_is_prerelease(struct str v)
{
	struct parsed p;
	return parse(v, &p) && (p.rank != PRE_NONE || p.has_dev);
}
