/* Version orders and constraints: the first byte picks the order, the rest is cut at newlines into two versions and a constraint. Comparisons must be
 * antisymmetric, a constraint and its complement must share no version and leave none out. */
#include "engine/version/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool holds(enum version_scheme s, struct str v, const struct advisory_range_vec *set)
{
	const struct advisory_range *r;
	vec_foreach(r, set)
		if (version_in_range(s, v, r))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	enum version_scheme s = (enum version_scheme)(data[0] % VERSION_SCHEME_COUNT);
	struct str rest = str_make((const char *)data + 1, size - 1), v, w;
	str_cut(rest, '\n', &v, &rest);
	str_cut(rest, '\n', &w, &rest);
	int r = version_compare(s, v, w), back = version_compare(s, w, v);
	check((r > 0) == (back < 0) && (r < 0) == (back > 0));
	check(version_compare(s, v, v) == 0);
	version_is_valid(s, v);
	version_is_prerelease(s, v);

	struct arena a;
	struct advisory_range_vec set = { 0 }, others = { 0 };
	arena_init(&a, 16 << 20);
	if (version_parse_constraint(&a, s, rest, &set, NULL) == 0) {
		holds(s, v, &set);
		/* Maven's order is not transitive for odd texts, so its sets have no complement in the strict sense. */
		if (version_complement(&a, s, &set, &others, NULL) == 0 && s != VERSION_MAVEN)
			check(holds(s, v, &set) != holds(s, v, &others));
	}
	arena_release(&a);
	return 0;
}
