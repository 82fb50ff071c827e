/* Semantic versions and their relatives: semver.org 2.0.0 (section 11), node-semver (loose), Cargo, Go modules (golang.org/ref/mod#versions) and
 * releases of Go itself, NuGet (four numbers, labels without case). One reader takes them all, and more: a leading "v" or "=", missing
 * or additional numbers, a pre-release without its hyphen ("1.2.3beta"). Text without a leading number is the pre-release of 0. */
#include "engine/version/order.h"

struct view {
	struct str numbers; /* "1.2.3" */
	struct str pre;     /* "rc.1" */
	bool has_pre;
	bool bare_pre;      /* it stood without a hyphen: "1.21rc2" */
};

static struct view read_view(struct str v)
{
	v = str_trim(v);
	while (v.n && (v.p[0] == 'v' || v.p[0] == 'V' || v.p[0] == '=' || v.p[0] == ' '))
		v = str_from(v, 1);
	size_t n = 0;
	while (n < v.n && (char_is_digit(v.p[n]) || v.p[n] == '.'))
		n++;
	struct view r = { .numbers = str_sub(v, 0, n) };
	v = str_from(v, n);
	if (v.n && v.p[0] != '+') {
		r.has_pre = true;
		r.bare_pre = !str_strip_prefix(&v, STR("-"));
		str_cut(v, '+', &r.pre, &v);
	}
	return r;
}

static int compare_numbers(struct str a, struct str b)
{
	while (a.n || b.n) {
		struct str x = take_digits(&a), y = take_digits(&b);
		int r = digits_compare(x, y);
		if (r)
			return r;
		str_strip_prefix(&a, STR("."));
		str_strip_prefix(&b, STR("."));
	}
	return 0;
}

/* An identifier ends at a dot; in a bare Go pre-release ("rc2") also between letters and digits, so that rc10 is newer than rc9. */
static struct str next_identifier(struct str *rest, bool split)
{
	struct str r;
	if (split && rest->n && (char_is_digit(rest->p[0]) || char_is_alpha(rest->p[0]))) {
		r = char_is_digit(rest->p[0]) ? take_digits(rest) : take_letters(rest);
		str_strip_prefix(rest, STR("."));
		return r;
	}
	str_cut(*rest, '.', &r, rest);
	return r;
}

static int compare_pre(const struct view *x, const struct view *y, bool split, bool nocase)
{
	if (!x->has_pre || !y->has_pre)
		return (int)y->has_pre - (int)x->has_pre;
	struct str a = x->pre, b = y->pre;
	while (a.n && b.n) {
		struct str i = next_identifier(&a, split && x->bare_pre), j = next_identifier(&b, split && y->bare_pre);
		bool p = all_digits(i), q = all_digits(j);
		int r = p && q ? digits_compare(i, j) : p != q ? (p ? -1 : 1) : nocase ? str_cmp_nocase(i, j) : str_cmp(i, j);
		if (r)
			return sign(r);
	}
	return (a.n > 0) - (b.n > 0);
}

int semver_compare(struct str a, struct str b)
{
	struct view x = read_view(a), y = read_view(b);
	int r = compare_numbers(x.numbers, y.numbers);
	return r ? r : compare_pre(&x, &y, false, false);
}

int nuget_compare(struct str a, struct str b)
{
	struct view x = read_view(a), y = read_view(b);
	int r = compare_numbers(x.numbers, y.numbers);
	return r ? r : compare_pre(&x, &y, false, true);
}

/* "go1.21.5 X:boringcrypto" -> "1.21.5": what `go version` adds after the release is no part of it. */
static struct str go_release(struct str v)
{
	v = str_trim(v);
	str_strip_prefix(&v, STR("go"));
	size_t space = str_find_char(v, ' ');
	return space == STR_NOT_FOUND ? v : str_sub(v, 0, space);
}

int go_compare(struct str a, struct str b)
{
	struct view x = read_view(go_release(a)), y = read_view(go_release(b));
	int r = compare_numbers(x.numbers, y.numbers);
	return r ? r : compare_pre(&x, &y, true, false);
}

bool semver_is_prerelease(struct str v)
{
	return read_view(v).has_pre;
}

bool nuget_is_prerelease(struct str v)
{
	return read_view(v).has_pre;
}

bool go_is_prerelease(struct str v)
{
	return read_view(go_release(v)).has_pre;
}

/* Dot-separated identifiers of letters, digits and hyphens; numbers without leading zeros where `strict`. */
static bool identifiers_valid(struct str s, bool strict)
{
	do {
		struct str id;
		str_cut(s, '.', &id, &s);
		if (!id.n || (strict && id.n > 1 && id.p[0] == '0' && all_digits(id)))
			return false;
		for (size_t i = 0; i < id.n; i++)
			if (!char_is_alnum(id.p[i]) && id.p[i] != '-')
				return false;
	} while (s.n);
	return true;
}

/* min to max numbers, then [-identifiers][+identifiers]. */
static bool is_valid(struct str v, size_t min, size_t max, bool strict)
{
	size_t count = 0;
	do {
		struct str number = take_digits(&v);
		if (!number.n || (strict && number.n > 1 && number.p[0] == '0'))
			return false;
		count++;
	} while (str_strip_prefix(&v, STR(".")));
	if (count < min || count > max)
		return false;
	struct str build, pre;
	bool has_build = str_cut(v, '+', &pre, &build);
	if (has_build && (!identifiers_valid(build, false) || str_has_suffix(build, STR("."))))
		return false;
	if (!pre.n)
		return true;
	return pre.p[0] == '-' && !str_has_suffix(pre, STR(".")) && identifiers_valid(str_from(pre, 1), strict);
}

bool semver_is_valid(struct str v)
{
	return is_valid(v, 3, 3, true);
}

bool npm_is_valid(struct str v)
{
	v = str_trim(v);
	while (v.n && (v.p[0] == 'v' || v.p[0] == '=' || v.p[0] == ' '))
		v = str_from(v, 1);
	return is_valid(v, 3, 3, true);
}

bool go_is_valid(struct str v)
{
	struct str release = go_release(v);
	if (str_strip_prefix(&v, STR("go"))) { /* a release of Go: "go1.21", "go1.21rc2", "go1.4.3" */
		struct view r = read_view(release);
		return r.numbers.n && char_is_digit(release.p[0]) && (!r.bare_pre || char_is_alpha(r.pre.p[0]));
	}
	str_strip_prefix(&v, STR("v"));
	return is_valid(v, 1, 3, true);
}

bool nuget_is_valid(struct str v)
{
	return is_valid(str_trim(v), 1, 4, false);
}
