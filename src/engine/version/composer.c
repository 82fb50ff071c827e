/* Composer versions (getcomposer.org "Versions and constraints"; composer/semver's normalised form ordered by PHP's version_compare):
 * [v]N(.N)*, dates, then a stability with a number (dev < alpha < beta < RC < stable < patch), then "-dev".
 * "1.2.x-dev" is the branch's newest: each x counts as 9999999. Named branches ("dev-feature") cannot be ordered: they sort before
 * all releases, but dev-master, dev-main, dev-trunk and dev-default after all, as Composer 1 had it. */
#include "engine/version/order.h"

enum rank { RANK_WORD, RANK_DEV, RANK_ALPHA, RANK_BETA, RANK_RC, RANK_STABLE, RANK_PATCH };
static const struct {
	struct str word;
	enum rank rank;
} stabilities[] = {
	{ STR_INIT("stable"), RANK_STABLE }, { STR_INIT("alpha"), RANK_ALPHA }, { STR_INIT("a"), RANK_ALPHA },	   { STR_INIT("beta"), RANK_BETA },
	{ STR_INIT("b"), RANK_BETA },	     { STR_INIT("rc"), RANK_RC },	{ STR_INIT("patch"), RANK_PATCH }, { STR_INIT("pl"), RANK_PATCH },
	{ STR_INIT("p"), RANK_PATCH },	     { STR_INIT("dev"), RANK_DEV },
};

struct parsed {
	int branch;         /* -1 named branch, 0 release, 1 the main branch */
	struct str name;    /* of the branch */
	struct str numbers; /* "1.2.x", '.', '-' or ':' between */
	enum rank rank;
	struct str word;    /* RANK_WORD */
	struct str serial;  /* numbers after the stability */
	bool dev;           /* "-dev" after all that */
	bool garbage;       /* something else follows */
};

static bool take_separator(struct str *s)
{
	if (!s->n || (s->p[0] != '.' && s->p[0] != '-' && s->p[0] != '_'))
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool is_wildcard(char c)
{
	return c == 'x' || c == 'X' || c == '*';
}

/* A number or a wildcard that is a whole part. */
static struct str take_part(struct str *s)
{
	if (s->n && is_wildcard(s->p[0]) && (s->n == 1 || !char_is_alnum(s->p[1]))) {
		struct str r = str_sub(*s, 0, 1);
		*s = str_from(*s, 1);
		return r;
	}
	return take_digits(s);
}

/* Takes "N(sepN)*" whole. */
static struct str take_numbers(struct str *s)
{
	struct str rest = *s;
	if (!take_part(&rest).n)
		return STR_NONE;
	for (struct str t = rest; t.n && char_is_one_of(t.p[0], ".-:"); rest = t) {
		t = str_from(t, 1);
		if (!take_part(&t).n)
			break;
	}
	struct str r = str_sub(*s, 0, s->n - rest.n);
	*s = rest;
	return r;
}

static struct str next_number(struct str *s)
{
	while (s->n && !char_is_digit(s->p[0]) && !is_wildcard(s->p[0]))
		*s = str_from(*s, 1);
	if (s->n && is_wildcard(s->p[0])) {
		*s = str_from(*s, 1);
		return STR("9999999");
	}
	return take_digits(s);
}

static void cut_tail(struct str *s, struct str mark)
{
	size_t from = str_find(*s, mark);
	if (from != STR_NOT_FOUND && from > 0)
		*s = str_sub(*s, 0, from);
}

static void parse_branch(struct str name, struct parsed *p)
{
	static const struct str mains[] = { STR_INIT("master"), STR_INIT("main"), STR_INIT("trunk"), STR_INIT("default") };
	p->branch = -1;
	p->name = name;
	for (size_t i = 0; i < ARRAY_LEN(mains); i++)
		if (str_eq_nocase(name, mains[i])) {
			p->branch = 1;
			p->name = STR_NONE;
		}
}

static void parse_stability(struct str *s, struct parsed *p)
{
	struct str t = *s;
	take_separator(&t);
	struct str word = take_letters(&t);
	if (!word.n)
		return;
	p->rank = RANK_WORD;
	p->word = word;
	for (size_t i = 0; i < ARRAY_LEN(stabilities); i++)
		if (str_eq_nocase(word, stabilities[i].word)) {
			p->rank = stabilities[i].rank;
			p->word = STR_NONE;
			break;
		}
	*s = t;
	if (p->rank == RANK_DEV)
		return;
	if (t.n && (t.p[0] == '.' || t.p[0] == '-'))
		t = str_from(t, 1);
	p->serial = take_numbers(&t);
	if (p->serial.n)
		*s = t;
	t = *s;
	take_separator(&t);
	if (str_eq_nocase(t, STR("dev"))) {
		p->dev = true;
		*s = STR_NONE;
	}
}

static struct parsed parse(struct str v)
{
	struct parsed p = { .rank = RANK_STABLE };
	v = str_trim(v);
	cut_tail(&v, STR(" "));  /* "dev-main as 1.0" */
	cut_tail(&v, STR("@"));  /* "1.0@beta" */
	cut_tail(&v, STR("#"));  /* "dev-main#abcdef" */
	if (v.n >= 4 && str_eq_nocase(str_sub(v, 0, 4), STR("dev-"))) {
		parse_branch(str_from(v, 4), &p);
		return p;
	}
	cut_tail(&v, STR("+"));
	if (v.n && (v.p[0] == 'v' || v.p[0] == 'V'))
		v = str_from(v, 1);
	p.numbers = take_numbers(&v);
	parse_stability(&v, &p);
	p.garbage = v.n > 0 || !p.numbers.n;
	return p;
}

static int compare_number_lists(struct str a, struct str b, bool pad)
{
	while (a.n || b.n) {
		struct str x = next_number(&a), y = next_number(&b);
		if (!pad && x.n != y.n && (!x.n || !y.n))
			return x.n ? 1 : -1;
		int r = digits_compare(x, y);
		if (r)
			return r;
	}
	return 0;
}

int composer_compare(struct str a, struct str b)
{
	struct parsed x = parse(a), y = parse(b);
	int r;
	if ((r = x.branch - y.branch) || (r = str_cmp(x.name, y.name)) || (r = compare_number_lists(x.numbers, y.numbers, true)) ||
	    (r = (int)x.rank - (int)y.rank) || (r = str_cmp_nocase(x.word, y.word)) || (r = compare_number_lists(x.serial, y.serial, false)))
		return sign(r);
	return (int)y.dev - (int)x.dev;
}

bool composer_is_valid(struct str v)
{
	struct parsed p = parse(v);
	return p.branch ? p.branch > 0 || p.name.n : !p.garbage && p.rank != RANK_WORD;
}

bool composer_is_prerelease(struct str v)
{
	struct parsed p = parse(v);
	return p.branch || p.dev || p.rank < RANK_STABLE || memchr(p.numbers.n ? p.numbers.p : "", 'x', p.numbers.n);
}
