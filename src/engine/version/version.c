#include "engine/version/order.h"

static const struct {
	version_compare_fn *compare;
	version_test_fn *is_valid, *is_prerelease; /* NULL: never a pre-release */
} schemes[VERSION_SCHEME_COUNT] = {
	[VERSION_NONE] = { natural_compare, maven_is_valid, NULL },
	[VERSION_DEB] = { deb_compare, deb_is_valid, NULL },
	[VERSION_RPM] = { rpm_compare, rpm_is_valid, NULL },
	[VERSION_APK] = { apk_compare, apk_is_valid, apk_is_prerelease },
	[VERSION_SEMVER] = { semver_compare, semver_is_valid, semver_is_prerelease },
	[VERSION_NPM] = { semver_compare, npm_is_valid, semver_is_prerelease },
	[VERSION_PEP440] = { pep440_compare, pep440_is_valid, pep440_is_prerelease },
	[VERSION_MAVEN] = { maven_compare, maven_is_valid, maven_is_prerelease },
	[VERSION_GO] = { go_compare, go_is_valid, go_is_prerelease },
	[VERSION_GEM] = { gem_compare, gem_is_valid, gem_is_prerelease },
	[VERSION_NUGET] = { nuget_compare, nuget_is_valid, nuget_is_prerelease },
	[VERSION_COMPOSER] = { composer_compare, composer_is_valid, composer_is_prerelease },
	[VERSION_CARGO] = { semver_compare, semver_is_valid, semver_is_prerelease },
};

/* Texts above the limit sort after all others, among themselves as bytes: still one order. */
int version_compare(enum version_scheme scheme, struct str a, struct str b)
{
	if (UNLIKELY(a.n > VERSION_TEXT_MAX || b.n > VERSION_TEXT_MAX))
		return a.n <= VERSION_TEXT_MAX ? -1 : b.n <= VERSION_TEXT_MAX ? 1 : str_cmp(a, b);
	if (str_eq(a, b))
		return 0;
	return schemes[(unsigned)scheme < VERSION_SCHEME_COUNT ? scheme : VERSION_NONE].compare(a, b);
}

bool version_is_valid(enum version_scheme scheme, struct str v)
{
	return v.n <= VERSION_TEXT_MAX && schemes[(unsigned)scheme < VERSION_SCHEME_COUNT ? scheme : VERSION_NONE].is_valid(v);
}

bool version_is_prerelease(enum version_scheme scheme, struct str v)
{
	version_test_fn *test = (unsigned)scheme < VERSION_SCHEME_COUNT ? schemes[scheme].is_prerelease : NULL;
	return test && v.n <= VERSION_TEXT_MAX && test(v);
}

/* OSV's "0" stands before all versions: "introduced 0" holds the pre-releases of 0 too, "fixed in 0" holds nothing. */
static bool from_beginning(const struct advisory_range *r)
{
	return !r->low.n || (!r->low_open && str_eq(r->low, STR("0")));
}

static bool ends_at_beginning(const struct advisory_range *r)
{
	return !r->high_closed && str_eq(r->high, STR("0"));
}

bool version_in_range(enum version_scheme scheme, struct str v, const struct advisory_range *range)
{
	if (ends_at_beginning(range))
		return false;
	if (!from_beginning(range)) {
		int r = version_compare(scheme, v, range->low);
		if (r < 0 || (r == 0 && range->low_open))
			return false;
	}
	if (!range->high.n)
		return true;
	int r = version_compare(scheme, v, range->high);
	return r < 0 || (r == 0 && range->high_closed);
}

bool version_affected(enum version_scheme scheme, struct str v, const struct advisory *adv)
{
	const struct advisory_range *range;
	const struct str *exact;
	vec_foreach(range, &adv->ranges)
		if (version_in_range(scheme, v, range))
			return true;
	vec_foreach(exact, &adv->versions)
		if (str_eq(*exact, v))
			return true;
	vec_foreach(exact, &adv->versions)
		if (version_compare(scheme, v, *exact) == 0)
			return true;
	return false;
}

/* Complement. The ranges are sorted by their lower ends and joined where they touch; what stays between them is the answer. */

struct sort_entry {
	enum version_scheme scheme;
	struct advisory_range range;
};

static int compare_lows(const void *x, const void *y)
{
	const struct sort_entry *a = x, *b = y;
	bool p = from_beginning(&a->range), q = from_beginning(&b->range);
	if (p || q)
		return (int)q - (int)p;
	int r = version_compare(a->scheme, a->range.low, b->range.low);
	return r ? r : (int)a->range.low_open - (int)b->range.low_open;
}

static bool is_empty(enum version_scheme scheme, const struct advisory_range *r)
{
	if (ends_at_beginning(r))
		return true;
	if (from_beginning(r) || !r->high.n)
		return false;
	int c = version_compare(scheme, r->low, r->high);
	return c > 0 || (c == 0 && (r->low_open || !r->high_closed));
}

/* Whether `next`, which does not begin before `r`, begins within r or right at its end. */
static bool touches(enum version_scheme scheme, const struct advisory_range *r, const struct advisory_range *next)
{
	if (!r->high.n || from_beginning(next))
		return true;
	int c = version_compare(scheme, r->high, next->low);
	return c > 0 || (c == 0 && (r->high_closed || !next->low_open));
}

static void extend(enum version_scheme scheme, struct advisory_range *r, const struct advisory_range *next)
{
	if (!r->high.n)
		return;
	int c = next->high.n ? version_compare(scheme, next->high, r->high) : 1;
	if (c > 0 || (c == 0 && next->high_closed)) {
		r->high = next->high;
		r->high_closed = next->high_closed;
	}
}

int version_complement(struct arena *a, enum version_scheme scheme, const struct advisory_range_vec *in, struct advisory_range_vec *out, struct error *err)
{
	size_t n = 0;
	struct sort_entry *sorted = arena_new_array(a, struct sort_entry, in->n ? in->n : 1);
	if (!sorted)
		return error_nomem(err);
	const struct advisory_range *r;
	vec_foreach(r, in)
		if (!is_empty(scheme, r))
			sorted[n++] = (struct sort_entry){ scheme, *r };
	if (n > 1)
		qsort(sorted, n, sizeof(sorted[0]), compare_lows);
	struct advisory_range gap = { 0 }; /* begins where the joined ranges before it end */
	for (size_t i = 0; i < n;) {
		struct advisory_range joined = sorted[i++].range;
		while (i < n && touches(scheme, &joined, &sorted[i].range))
			extend(scheme, &joined, &sorted[i++].range);
		if (!from_beginning(&joined)) {
			gap.high = joined.low;
			gap.high_closed = joined.low_open;
			if (!vec_push(a, out, gap))
				return error_nomem(err);
		}
		if (!joined.high.n)
			return 0;
		gap = (struct advisory_range){ .low = joined.high, .low_open = joined.high_closed };
	}
	return vec_push(a, out, gap) ? 0 : error_nomem(err);
}
