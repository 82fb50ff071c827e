/* What the files of this folder share: one pair of functions an order, and comparisons they are made of. All work on views without
 * allocation; numbers have any length and are compared as digits, so nothing overflows. Texts are at most VERSION_TEXT_MAX bytes long
 * (version_compare sees to it). Each compare function is a total preorder on all texts (tests/unit/version_test.c), whether the ecosystem
 * takes them or not. */
#ifndef ENGINE_VERSION_ORDER_H
#define ENGINE_VERSION_ORDER_H
#include "engine/version/version.h"

typedef int version_compare_fn(struct str a, struct str b);
typedef bool version_test_fn(struct str v);

version_compare_fn deb_compare, rpm_compare, apk_compare, semver_compare, go_compare, nuget_compare, pep440_compare, maven_compare, gem_compare,
	composer_compare;
version_test_fn deb_is_valid, rpm_is_valid, apk_is_valid, semver_is_valid, npm_is_valid, go_is_valid, nuget_is_valid, pep440_is_valid, maven_is_valid,
	gem_is_valid, composer_is_valid;
version_test_fn apk_is_prerelease, semver_is_prerelease, go_is_prerelease, nuget_is_prerelease, pep440_is_prerelease, maven_is_prerelease,
	gem_is_prerelease, composer_is_prerelease;

/* Runs of digits by value: leading zeros do not count, the empty run is zero. */
int digits_compare(struct str a, struct str b);
/* Splits the leading run of digits (or of letters) off *rest; empty when there is none. */
struct str take_digits(struct str *rest);
struct str take_letters(struct str *rest);
/* Bytes, ASCII letters folded to lower case. */
int str_cmp_nocase(struct str a, struct str b);
/* Runs of digits by value, all else by bytes: the order of texts no specification covers. */
int natural_compare(struct str a, struct str b);

/* For scratch arrays that are written before they are read: spares the zeroing that our flags ask for. */
#define ATTR_UNINITIALIZED __attribute__((uninitialized))

static inline int sign(int r)
{
	return (r > 0) - (r < 0);
}
static inline bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}
#endif
