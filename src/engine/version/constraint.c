/* Constraint texts of every ecosystem, turned into ranges. One grammar takes them all:
 *
 *   text        = alternative { ("||" | "|") alternative }                      union
 *   alternative = term { ("," | white space) term }                             intersection
 *   term        = [operator] version | version " - " version                    (hyphen range: npm, composer)
 *   operator    = "=" "==" "===" "!=" "<>" "<" "<=" ">" ">=" "~" "~>" "~=" "^"
 *   interval    = ("[" | "(") [low] "," [high] ("]" | ")") | "[" version "]"    Maven, NuGet: a list of these is a union
 *
 * Partial versions and wildcards ("1.2.x", "1.*") mean what the ecosystem says. Comparisons are by plain order, pre-releases included, as
 * advisories need it; only composer's "<2.0" and ">=2.0" mean the first development version of 2.0, as composer has it. */
#include "engine/version/order.h"

#define CONSTRAINT_MAX 65536 /* bytes */
#define RANGES_MAX 256       /* of one alternative */
#define PARTS_MAX 8

struct parser {
	struct arena *arena;
	enum version_scheme scheme;
	struct error *err;
};

/* Sets of versions: ranges in no particular order; the empty list is the empty set. */

static int add_range(struct parser *p, struct advisory_range_vec *set, struct advisory_range r)
{
	if (set->n >= RANGES_MAX)
		return error_set(p->err, ERR_LIMIT, "constraint of more than %d ranges", RANGES_MAX);
	return vec_push(p->arena, set, r) ? 0 : error_nomem(p->err);
}

/* The narrower of two lower (or upper) ends. */
static void narrow_low(struct parser *p, struct advisory_range *r, const struct advisory_range *by)
{
	if (!by->low.n)
		return;
	int c = r->low.n ? version_compare(p->scheme, by->low, r->low) : 1;
	if (c > 0 || (c == 0 && by->low_open)) {
		r->low = by->low;
		r->low_open = by->low_open;
	}
}

static void narrow_high(struct parser *p, struct advisory_range *r, const struct advisory_range *by)
{
	if (!by->high.n)
		return;
	int c = r->high.n ? version_compare(p->scheme, by->high, r->high) : -1;
	if (c < 0 || (c == 0 && !by->high_closed)) {
		r->high = by->high;
		r->high_closed = by->high_closed;
	}
}

static int intersect(struct parser *p, struct advisory_range_vec *set, const struct advisory_range_vec *by)
{
	struct advisory_range_vec result = { 0 };
	const struct advisory_range *a, *b;
	vec_foreach(a, set)
		vec_foreach(b, by) {
			struct advisory_range r = *a;
			narrow_low(p, &r, b);
			narrow_high(p, &r, b);
			int c = r.low.n && r.high.n ? version_compare(p->scheme, r.low, r.high) : -1;
			int code = c > 0 || (c == 0 && (r.low_open || !r.high_closed)) ? 0 : add_range(p, &result, r);
			if (code < 0)
				return code;
		}
	*set = result;
	return 0;
}

/* Versions taken apart for the operators that count their numbers. */

struct parts {
	struct str v[PARTS_MAX];
	size_t count;     /* numbers before the first wildcard, letter or the end */
	bool wildcard;    /* an x, X or * follows them */
	bool plain;       /* nothing but numbers (and a wildcard) */
};

static struct parts take_apart(struct str v)
{
	struct parts r = { 0 };
	size_t epoch = str_find_char(v, '!');
	if (epoch != STR_NOT_FOUND)
		v = str_from(v, epoch + 1);
	while (v.n && (v.p[0] == 'v' || v.p[0] == 'V' || v.p[0] == '='))
		v = str_from(v, 1);
	for (;;) {
		if (v.n && (v.p[0] == '*' || ((v.p[0] == 'x' || v.p[0] == 'X') && (v.n == 1 || v.p[1] == '.')))) {
			r.wildcard = r.plain = true;
			return r;
		}
		struct str number = take_digits(&v);
		if (!number.n || r.count == PARTS_MAX)
			return r;
		r.v[r.count++] = number;
		if (!v.n) {
			r.plain = true;
			return r;
		}
		if (!str_strip_prefix(&v, STR(".")))
			return r;
	}
}

static bool is_semver_like(enum version_scheme s)
{
	return s == VERSION_NPM || s == VERSION_CARGO || s == VERSION_SEMVER || s == VERSION_GO || s == VERSION_NUGET;
}

/* What makes a release number the lowest version that carries it: "2.0" -> "2.0.0-0", "2.0-dev", "2.0.dev0", "2.0.A". */
static const char *lowest_suffix(enum version_scheme s)
{
	return is_semver_like(s) ? "-0" : s == VERSION_COMPOSER ? "-dev" : s == VERSION_PEP440 ? ".dev0" : s == VERSION_GEM ? ".A" : "";
}

/* The first n numbers, the last one plus one when `bump`, as the lowest version of that name when `lowest`. */
static int make_version(struct parser *p, const struct parts *parts, size_t n, bool bump, bool lowest, struct str *ret)
{
	size_t size = 32;
	for (size_t i = 0; i < n; i++)
		size += parts->v[i].n + 2;
	char *text = arena_alloc_aligned(p->arena, size, 1), *at = text;
	if (!text)
		return error_nomem(p->err);
	for (size_t i = 0; i < n; i++) {
		struct str v = parts->v[i];
		if (i)
			*at++ = '.';
		if (i + 1 < n || !bump) {
			memcpy(at, v.p, v.n);
			at += v.n;
			continue;
		}
		size_t nines = 0; /* that turn over at the end */
		while (nines < v.n && v.p[v.n - 1 - nines] == '9')
			nines++;
		size_t keep = v.n - nines;
		memcpy(at, v.p, keep);
		at += keep;
		if (keep)
			at[-1]++;
		else
			*at++ = '1';
		memset(at, '0', nines);
		at += nines;
	}
	for (size_t i = n; lowest && is_semver_like(p->scheme) && i < 3; i++) {
		if (i)
			*at++ = '.';
		*at++ = '0';
	}
	if (lowest) {
		const char *suffix = lowest_suffix(p->scheme);
		memcpy(at, suffix, strlen(suffix));
		at += strlen(suffix);
	}
	*ret = str_make(text, (size_t)(at - text));
	return 0;
}

enum op { OP_NONE, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_TILDE, OP_PESSIMISTIC, OP_COMPATIBLE, OP_CARET };
static const struct {
	struct str text;
	enum op op;
} operators[] = {
	/* longer ones first */
	{ STR_INIT("==="), OP_EQ }, { STR_INIT("=="), OP_EQ }, { STR_INIT("!="), OP_NE }, { STR_INIT("<>"), OP_NE },	     { STR_INIT("<="), OP_LE },
	{ STR_INIT(">="), OP_GE },  { STR_INIT("=>"), OP_GE }, { STR_INIT("=<"), OP_LE }, { STR_INIT("~>"), OP_PESSIMISTIC }, { STR_INIT("~="), OP_COMPATIBLE },
	{ STR_INIT("="), OP_EQ },   { STR_INIT("<"), OP_LT },  { STR_INIT(">"), OP_GT },  { STR_INIT("~"), OP_TILDE },	     { STR_INIT("^"), OP_CARET },
};

/* From v up to (without) the lowest version named by bumping the number at `index`. */
static int up_to_bump(struct parser *p, struct str v, const struct parts *parts, size_t index, struct advisory_range_vec *out)
{
	struct advisory_range r = { .low = v };
	if (parts->count == 0)
		return error_set(p->err, ERR_FORMAT, "\"%.*s\" has no number to count on from", STR_FMT(v));
	int code = make_version(p, parts, MIN_OF(index, parts->count - 1) + 1, true, true, &r.high);
	if (code == 0 && p->scheme == VERSION_COMPOSER && parts->plain)
		code = make_version(p, parts, parts->count, false, true, &r.low);
	return code < 0 ? code : add_range(p, out, r);
}

/* All versions that begin with the given numbers, as one range. */
static int prefix_range(struct parser *p, const struct parts *parts, struct advisory_range *ret)
{
	*ret = (struct advisory_range){ 0 };
	if (parts->count == 0)
		return 0;
	int code = make_version(p, parts, parts->count, false, true, &ret->low);
	return code < 0 ? code : make_version(p, parts, parts->count, true, true, &ret->high);
}

static int add_complement(struct parser *p, struct advisory_range r, struct advisory_range_vec *out)
{
	int code = 0;
	if (r.low.n)
		code = add_range(p, out, (struct advisory_range){ .high = r.low, .high_closed = r.low_open });
	if (code == 0 && r.high.n)
		code = add_range(p, out, (struct advisory_range){ .low = r.high, .low_open = r.high_closed });
	return code;
}

/* A comparison with "1.2.x", or with npm's "1.2" which means the same. */
static int compare_with_prefix(struct parser *p, enum op op, const struct parts *parts, struct advisory_range_vec *out)
{
	struct advisory_range all, r = { 0 };
	int code = prefix_range(p, parts, &all);
	if (code < 0)
		return code;
	switch (op) {
	case OP_NE:
		return add_complement(p, all, out);
	case OP_LT:
		if (!all.low.n)
			return 0; /* nothing is below all */
		code = make_version(p, parts, parts->count, false, false, &r.high);
		return code < 0 ? code : add_range(p, out, r);
	case OP_LE:
		r.high = all.high;
		return add_range(p, out, r);
	case OP_GT:
		if (!all.high.n)
			return 0;
		r.low = all.high;
		return add_range(p, out, r);
	case OP_GE:
		if (parts->count)
			code = make_version(p, parts, parts->count, false, false, &r.low);
		return code < 0 ? code : add_range(p, out, r);
	default:
		return add_range(p, out, all);
	}
}

static int compare_with(struct parser *p, enum op op, struct str v, const struct parts *parts, struct advisory_range_vec *out)
{
	struct str first = v;
	/* composer: a bound without a stability is the first development version of that name */
	if (p->scheme == VERSION_COMPOSER && parts->plain && parts->count && (op == OP_LT || op == OP_GE) && !str_eq(v, STR("0"))) {
		int code = make_version(p, parts, parts->count, false, true, &first);
		if (code < 0)
			return code;
	}
	switch (op) {
	case OP_LT:
		return add_range(p, out, (struct advisory_range){ .high = first });
	case OP_LE:
		return add_range(p, out, (struct advisory_range){ .high = v, .high_closed = true });
	case OP_GT:
		return add_range(p, out, (struct advisory_range){ .low = v, .low_open = true });
	case OP_GE:
		return add_range(p, out, (struct advisory_range){ .low = first });
	case OP_NE:
		return add_complement(p, (struct advisory_range){ .low = v, .high = v, .high_closed = true }, out);
	default:
		return add_range(p, out, (struct advisory_range){ .low = v, .high = v, .high_closed = true });
	}
}

/* The set that one operator and version stand for. */
static int term_set(struct parser *p, enum op op, struct str v, struct advisory_range_vec *out)
{
	struct parts parts = take_apart(v);
	bool npm_like = p->scheme == VERSION_NPM || p->scheme == VERSION_CARGO;
	size_t last = parts.count ? parts.count - 1 : 0, index = 0;
	if (p->scheme == VERSION_PEP440 && (parts.wildcard || op == OP_COMPATIBLE) && str_find_char(v, '!') != STR_NOT_FOUND)
		return error_set(p->err, ERR_UNSUPPORTED, "prefix of a version with an epoch: \"%.*s\"", STR_FMT(v));
	/* "0.2.0-n653", "2019-09-12": no version by PEP 440, so nothing is before or after it, as pip and packaging have it. */
	if (p->scheme == VERSION_PEP440 && !parts.wildcard && !version_is_valid(p->scheme, v))
		return error_set(p->err, ERR_FORMAT, "\"%.*s\" is no version", STR_FMT(str_sub(v, 0, 100)));
	if (v.n > VERSION_TEXT_MAX)
		return error_set(p->err, ERR_LIMIT, "a version of more than %d bytes", VERSION_TEXT_MAX);
	if (op == OP_NONE)
		op = p->scheme == VERSION_CARGO && !parts.wildcard ? OP_CARET : OP_EQ;
	if (op == OP_PESSIMISTIC && p->scheme == VERSION_NPM)
		op = OP_TILDE;
	if (parts.wildcard && (op == OP_CARET || op == OP_TILDE || op == OP_PESSIMISTIC || op == OP_COMPATIBLE)) {
		if (parts.count == 0 || op != OP_CARET)
			op = OP_EQ;
	}
	switch (op) {
	case OP_CARET: /* up to the next change of the first number that is not 0 */
		while (index < last && index < 2 && digits_compare(parts.v[index], STR_NONE) == 0)
			index++;
		break;
	case OP_TILDE:
		index = p->scheme == VERSION_COMPOSER ? (last > 1 ? last - 1 : 0) : MIN_OF(last, (size_t)1);
		break;
	case OP_PESSIMISTIC:
	case OP_COMPATIBLE:
		if (op == OP_COMPATIBLE && last == 0)
			return error_set(p->err, ERR_FORMAT, "~= needs two numbers");
		index = last ? last - 1 : 0;
		break;
	default:
		if (parts.wildcard || (npm_like && parts.plain && parts.count < 3))
			return compare_with_prefix(p, op, &parts, out);
		return compare_with(p, op, v, &parts, out);
	}
	if (parts.wildcard) { /* ^1.x */
		int code = make_version(p, &parts, parts.count, false, true, &v);
		if (code < 0)
			return code;
	}
	return up_to_bump(p, v, &parts, index, out);
}

static int hyphen_set(struct parser *p, struct str from, struct str to, struct advisory_range_vec *out)
{
	struct parts low = take_apart(from), high = take_apart(to);
	struct advisory_range r = { .low = from, .high = to, .high_closed = true }, all;
	int code = 0;
	if (low.wildcard || (p->scheme == VERSION_COMPOSER && low.plain))
		code = low.count ? make_version(p, &low, low.count, false, true, &r.low) : (r.low = STR_NONE, 0);
	if (code == 0 && high.plain && (high.wildcard || high.count < 3)) {
		code = prefix_range(p, &high, &all);
		if (code == 0) {
			r.high = all.high;
			r.high_closed = false;
		}
	}
	return code < 0 ? code : add_range(p, out, r);
}

static void skip_blank(struct str *s)
{
	while (s->n && (char_is_space(s->p[0]) || s->p[0] == ','))
		*s = str_from(*s, 1);
}

static struct str take_version(struct str *s)
{
	size_t n = 0;
	/* '~', '^' and '!' inside a version are its own: "1.0~rc1", PEP 440's "1!2.0". */
	while (n < s->n && !char_is_space(s->p[n]) && !strchr(",|<>=()[]", s->p[n] ? s->p[n] : ',') && !str_has_prefix(str_from(*s, n), STR("!=")))
		n++;
	struct str r = str_sub(*s, 0, n);
	size_t marks = 0; /* a version has a letter or digit, or is a wildcard */
	while (marks < n && !char_is_alnum(r.p[marks]) && r.p[marks] != '*')
		marks++;
	if (marks == n)
		return STR_NONE;
	*s = str_from(*s, n);
	return r;
}

static enum op take_operator(struct str *s)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (str_strip_prefix(s, operators[i].text))
			return operators[i].op;
	return OP_NONE;
}

static int parse_alternative(struct parser *p, struct str text, struct advisory_range_vec *out)
{
	struct advisory_range_vec set = { 0 };
	bool hyphens = p->scheme == VERSION_NPM || p->scheme == VERSION_COMPOSER;
	int code = add_range(p, &set, (struct advisory_range){ 0 });
	skip_blank(&text);
	if (!text.n && p->scheme != VERSION_NPM && p->scheme != VERSION_PEP440)
		return error_set(p->err, ERR_FORMAT, "empty constraint");
	for (; code == 0 && text.n; skip_blank(&text)) {
		struct advisory_range_vec term = { 0 };
		enum op op = take_operator(&text);
		while (text.n && char_is_space(text.p[0]))
			text = str_from(text, 1);
		struct str v = take_version(&text), rest = text;
		if (!v.n)
			return error_set(p->err, ERR_FORMAT, "a version is missing before \"%.*s\"", STR_FMT(str_sub(text, 0, 40)));
		if (hyphens && op == OP_NONE && rest.n > 3 && char_is_space(rest.p[0]) && (rest = str_trim(rest), str_strip_prefix(&rest, STR("- ")))) {
			skip_blank(&rest);
			struct str to = take_version(&rest);
			if (!to.n)
				return error_set(p->err, ERR_FORMAT, "the hyphen range after \"%.*s\" has no end", STR_FMT(v));
			text = rest;
			code = hyphen_set(p, v, to, &term);
		} else {
			code = term_set(p, op, v, &term);
		}
		if (code == 0)
			code = intersect(p, &set, &term);
	}
	const struct advisory_range *r;
	if (code == 0)
		vec_foreach(r, &set)
			if ((code = add_range(p, out, *r)) < 0)
				break;
	return code;
}

/* "[1.0,2.0)", "(,1.0]", "[1.5]", in a row with commas between. */
static int parse_intervals(struct parser *p, struct str text, struct advisory_range_vec *out)
{
	for (skip_blank(&text); text.n; skip_blank(&text)) {
		char open = text.p[0];
		if (open != '[' && open != '(')
			return error_set(p->err, ERR_FORMAT, "an interval must begin with '[' or '(', not \"%.*s\"", STR_FMT(str_sub(text, 0, 40)));
		size_t end = 1;
		while (end < text.n && text.p[end] != ']' && text.p[end] != ')')
			end++;
		if (end == text.n)
			return error_set(p->err, ERR_FORMAT, "an interval is not closed");
		struct str low, high;
		bool pair = str_cut(str_sub(text, 1, end - 1), ',', &low, &high);
		low = str_trim(low);
		high = str_trim(high);
		if (!pair && (!low.n || open != '[' || text.p[end] != ']'))
			return error_set(p->err, ERR_FORMAT, "an interval of one version must be \"[version]\"");
		struct advisory_range r = { .low = low, .low_open = open == '(', .high = high, .high_closed = text.p[end] == ']' };
		if (!pair)
			r.high = low;
		int code = add_range(p, out, r);
		if (code < 0)
			return code;
		text = str_from(text, end + 1);
	}
	return 0;
}

int version_parse_constraint(struct arena *a, enum version_scheme scheme, struct str text, struct advisory_range_vec *out, struct error *err)
{
	struct parser p = { a, scheme, err };
	struct advisory_range_vec found = { 0 };
	int code = 0;
	if (text.n > CONSTRAINT_MAX)
		return error_set(err, ERR_LIMIT, "constraint longer than %d bytes", CONSTRAINT_MAX);
	text = str_trim(text);
	for (bool more = true; code == 0 && more;) {
		struct str alternative;
		more = str_cut(text, '|', &alternative, &text);
		if (more)
			str_strip_prefix(&text, STR("|"));
		alternative = str_trim(alternative);
		bool interval = alternative.n && (alternative.p[0] == '[' || alternative.p[0] == '(');
		code = interval ? parse_intervals(&p, alternative, &found) : parse_alternative(&p, alternative, &found);
	}
	const struct advisory_range *r;
	if (code == 0)
		vec_foreach(r, &found)
			if (!vec_push(a, out, *r))
				return error_nomem(err);
	return code;
}
