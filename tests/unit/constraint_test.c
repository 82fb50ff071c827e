/* src/engine/version: constraint texts of the ecosystems, ranges, complements. Each case lists versions inside and outside. */
#include "test.h"

#include "engine/version/version.h"

static const struct {
	enum version_scheme scheme;
	const char *text, *inside, *outside;
} cases[] = {
	/* the comparisons all ecosystems share, as trivy.db writes them */
	{ VERSION_SEMVER, ">=1.0, <1.2.3 || =2.0", "1.0.0 1.2.2 1.2.3-rc1 2.0.0", "0.9.9 1.0.0-rc1 1.2.3 2.0.1" },
	{ VERSION_SEMVER, ">= 1.2 , < 2.0||= 3.1", "1.2.0 1.99.0 3.1.0", "1.1.9 2.0.0 3.1.1" },
	{ VERSION_SEMVER, "<=1.2.3", "0.0.1 1.2.3 1.2.3+x", "1.2.4" },
	{ VERSION_SEMVER, ">1.2.3", "1.2.4 99.0.0", "1.2.3 1.2.3-rc1" },
	{ VERSION_SEMVER, ">=1.0.0 <2.0.0, !=1.5.0", "1.4.9 1.5.1", "1.5.0 2.0.0" },
	{ VERSION_SEMVER, "1.2.3", "1.2.3", "1.2.4 1.2.2" },
	{ VERSION_SEMVER, "<2.0.0, >=3.0.0", "", "1.0.0 2.5.0 3.0.0" },
	{ VERSION_SEMVER, "*", "0.0.1 9.9.9 1.0.0-x", "" },
	{ VERSION_SEMVER, ">=0", "0.0.0-alpha 0.0.1 5.0.0", "" },
	{ VERSION_SEMVER, "<0", "", "0.0.0-alpha 0.0.1 5.0.0" },
	{ VERSION_GO, ">=1.20.0-0, <1.20.5 || <1.19.10", "go1.20.4 go1.20rc1 v1.19.9 1.18.0", "go1.20.5 1.19.10" },
	{ VERSION_GO, "<0.0.0-20220315160706-3147a52a75dd", "v0.0.0-20210921155107-089bfa567519", "v0.0.0-20220315160706-3147a52a75dd v0.1.0" },
	/* npm: node-semver's README */
	{ VERSION_NPM, "1.2.7 || >=1.2.9 <2.0.0", "1.2.7 1.2.9 1.4.6", "1.2.8 2.0.0" },
	{ VERSION_NPM, "1.2.3 - 2.3.4", "1.2.3 2.3.4", "1.2.2 2.3.5" },
	{ VERSION_NPM, "1.2 - 2.3.4", "1.2.0 2.3.4", "1.1.9 2.3.5" },
	{ VERSION_NPM, "1.2.3 - 2.3", "1.2.3 2.3.99", "2.4.0 2.4.0-0" },
	{ VERSION_NPM, "1.2.3 - 2", "1.2.3 2.99.9", "3.0.0-0 3.0.0" },
	{ VERSION_NPM, "", "0.0.0 1.0.0", "" },
	{ VERSION_NPM, "1.x", "1.0.0 1.99.0", "2.0.0 0.9.9 2.0.0-rc1" },
	{ VERSION_NPM, "1.2.x || 2.x", "1.2.9 2.3.0", "1.3.0 3.0.0" },
	{ VERSION_NPM, "1.2", "1.2.0 1.2.99", "1.3.0 1.1.0" },
	{ VERSION_NPM, "1", "1.0.0 1.99.99", "2.0.0" },
	{ VERSION_NPM, "~1.2.3", "1.2.3 1.2.99", "1.3.0 1.2.2" },
	{ VERSION_NPM, "~1.2", "1.2.0 1.2.99", "1.3.0" },
	{ VERSION_NPM, "~1", "1.0.0 1.99.0", "2.0.0" },
	{ VERSION_NPM, "~0.2.3", "0.2.3 0.2.9", "0.3.0" },
	{ VERSION_NPM, "~1.2.3-beta.2", "1.2.3-beta.2 1.2.3-beta.4 1.2.9", "1.2.3-beta.1 1.3.0" },
	{ VERSION_NPM, "~>1.2.3", "1.2.3 1.2.99", "1.3.0" },
	{ VERSION_NPM, "^1.2.3", "1.2.3 1.99.0", "2.0.0 2.0.0-rc1 1.2.2" },
	{ VERSION_NPM, "^0.2.3", "0.2.3 0.2.9", "0.3.0" },
	{ VERSION_NPM, "^0.0.3", "0.0.3", "0.0.4 0.0.2" },
	{ VERSION_NPM, "^1.2.x", "1.2.0 1.99.0", "2.0.0" },
	{ VERSION_NPM, "^0.0.x", "0.0.0 0.0.9", "0.1.0" },
	{ VERSION_NPM, "^0.0", "0.0.0 0.0.9", "0.1.0" },
	{ VERSION_NPM, "^1.x", "1.0.0 1.9.0", "2.0.0" },
	{ VERSION_NPM, "^0.x", "0.0.1 0.9.9", "1.0.0" },
	{ VERSION_NPM, ">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9" },
	{ VERSION_NPM, "<=1.2", "1.2.0 1.2.99 0.1.0", "1.3.0" },
	{ VERSION_NPM, "<1.2", "1.1.9", "1.2.0 1.2.1" },
	{ VERSION_NPM, ">=1.2", "1.2.0 5.0.0", "1.1.9" },
	{ VERSION_NPM, "=1.2.3", "1.2.3 v1.2.3", "1.2.4" },
	{ VERSION_NPM, ">9.9.9", "10.0.0", "9.9.9" },
	{ VERSION_NPM, "^9.9.9", "9.9.9 9.10.0", "10.0.0" },
	{ VERSION_NPM, "~1.99.0", "1.99.5", "1.100.0" },
	/* Cargo: a bare version is a caret */
	{ VERSION_CARGO, "1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2" },
	{ VERSION_CARGO, "0.2", "0.2.0 0.2.9", "0.3.0" },
	{ VERSION_CARGO, "=1.2.3", "1.2.3", "1.2.4" },
	{ VERSION_CARGO, "^0.3.5, <0.3.8", "0.3.5 0.3.7", "0.3.8 0.3.4" },
	{ VERSION_CARGO, "1.*", "1.0.0 1.9.9", "2.0.0" },
	/* RubyGems */
	{ VERSION_GEM, "~> 1.2.3", "1.2.3 1.2.99", "1.3 1.3.0.pre 1.2.2" },
	{ VERSION_GEM, "~> 1.2", "1.2 1.99", "2.0 2.0.a 1.1" },
	{ VERSION_GEM, "~> 3.0.0.beta", "3.0.0.beta 3.0.0 3.0.9", "3.1 3.0.0.alpha" },
	{ VERSION_GEM, "~> 4.2.5, >= 4.2.5.1", "4.2.5.1 4.2.9", "4.2.5 4.3.0" },
	{ VERSION_GEM, "= 1.0", "1.0.0", "1.0.1" },
	{ VERSION_GEM, "!= 1.0", "1.0.1 0.9", "1.0.0" },
	{ VERSION_GEM, "< 2.0", "1.9 2.0.0.rc1", "2.0" },
	/* composer */
	{ VERSION_COMPOSER, "^1.2.3", "1.2.3 1.99.0", "2.0.0-beta1 2.0 1.2.2" },
	{ VERSION_COMPOSER, "^0.3", "0.3.0 0.3.9", "0.4.0" },
	{ VERSION_COMPOSER, "~1.2", "1.2.0 1.99", "2.0" },
	{ VERSION_COMPOSER, "~1.2.3", "1.2.3 1.2.99", "1.3.0" },
	{ VERSION_COMPOSER, "1.0.*", "1.0.0 1.0.99 1.0.0-beta1", "1.1.0" },
	{ VERSION_COMPOSER, "1.0 - 2.0", "1.0.0 2.0.99", "2.1.0 2.1.0-beta1" },
	{ VERSION_COMPOSER, "1.0.0 - 2.1.0", "1.0.0 2.1.0", "2.1.1" },
	{ VERSION_COMPOSER, ">=2.0,<2.0.5|>=3.0,<3.1", "2.0.0 2.0.0-beta1 2.0.4 3.0.9", "2.0.5 1.9 3.1.0 3.1.0-beta1" },
	{ VERSION_COMPOSER, ">=2.0-beta2 <3", "2.0.0-beta2 2.9", "2.0.0-beta1 3.0.0" },
	/* Maven and NuGet intervals */
	{ VERSION_MAVEN, "[1.0,2.0)", "1.0 1.9.9 2.0-SNAPSHOT", "2.0 0.9 1.0-rc1" },
	{ VERSION_MAVEN, "(,1.0],[1.2,)", "0.1 1.0 1.2 9", "1.1" },
	{ VERSION_MAVEN, "[1.5]", "1.5 1.5.0", "1.5.1" },
	{ VERSION_MAVEN, "(1.0,2.0]", "1.1 2.0", "1.0 2.0.1" },
	{ VERSION_MAVEN, ">= 2.0-beta9, < 2.15.0", "2.0 2.14.1", "2.15.0 2.0-beta8" },
	{ VERSION_NUGET, "[9.0.0,9.0.4]", "9.0.0 9.0.4", "9.0.5 8.0.0" },
	{ VERSION_NUGET, "(,13.0.1)", "12.0.3 13.0.1-beta1", "13.0.1" },
	/* PEP 440 */
	{ VERSION_PEP440, "~=1.4.5", "1.4.5 1.4.99", "1.5.0 1.4.4 1.5.dev1" },
	{ VERSION_PEP440, "~=2.2", "2.2 2.99", "3.0 2.1 3.0a1" },
	{ VERSION_PEP440, "==1.4.*", "1.4 1.4.9 1.4.dev1", "1.5 1.3.9 1.5a1" },
	{ VERSION_PEP440, "!=1.4.*, >=1.0", "1.0 1.5 1.3.9", "1.4.1 0.9" },
	{ VERSION_PEP440, "== 1.0.0", "1.0", "1.0.1" },
	{ VERSION_PEP440, ">=1!1.0,<1!2", "1!1.5", "1.5 1!2.0" },
	{ VERSION_PEP440, "===1.0", "1.0", "1.1" },
	{ VERSION_PEP440, "<2.0,>=1.0", "1.0 1.9 2.0rc1", "2.0" },
	{ VERSION_PEP440, ">=4.2,<4.2.4||>=3.2,<3.2.21||<2.0", "4.2.3 3.2.20 1.11", "4.2.4 3.2.21 2.0" },
	/* distributions */
	{ VERSION_DEB, ">=1:1.0~rc1, <1:1.0-2", "1:1.0~rc1-1 1:1.0-1", "1.0-1 1:1.0-2" },
	{ VERSION_RPM, "<1.0^git2", "1.0 1.0^git1", "1.0^git2 1.1" },
};

static bool holds(enum version_scheme s, struct str v, const struct advisory_range_vec *set)
{
	const struct advisory_range *r;
	vec_foreach(r, set)
		if (version_in_range(s, v, r))
			return true;
	return false;
}

static void test_constraints(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct advisory_range_vec set = { 0 }, others = { 0 }, again = { 0 };
		struct error err = { 0 };
		arena_init(&a, 0);
		if (version_parse_constraint(&a, cases[i].scheme, str_c(cases[i].text), &set, &err) != 0)
			fail_msg("\"%s\" is refused: %s", cases[i].text, err.text);
		assert_int_equal(version_complement(&a, cases[i].scheme, &set, &others, &err), 0);
		assert_int_equal(version_complement(&a, cases[i].scheme, &others, &again, &err), 0);
		for (int in = 0; in < 2; in++) {
			struct str rest = str_c(in ? cases[i].inside : cases[i].outside), v;
			while (str_next_word(&rest, &v)) {
				if (holds(cases[i].scheme, v, &set) != in)
					fail_msg("\"%s\" and %.*s (order %d)", cases[i].text, STR_FMT(v), cases[i].scheme);
				if (holds(cases[i].scheme, v, &others) == in || holds(cases[i].scheme, v, &again) != in)
					fail_msg("complement of \"%s\" and %.*s", cases[i].text, STR_FMT(v));
			}
		}
		arena_release(&a);
	}
}

static void test_refused(void **state)
{
	static const struct {
		enum version_scheme scheme;
		const char *text;
		int code;
	} refused[] = {
		{ VERSION_SEMVER, "", ERR_FORMAT }, { VERSION_SEMVER, ">=", ERR_FORMAT }, { VERSION_SEMVER, ">=1.0,<", ERR_FORMAT }, { VERSION_SEMVER, "1.0 || ", ERR_FORMAT },
		{ VERSION_NPM, "1.0 - ", ERR_FORMAT }, { VERSION_MAVEN, "[1.0,2.0", ERR_FORMAT }, { VERSION_MAVEN, "(1.0)", ERR_FORMAT }, { VERSION_MAVEN, "[]", ERR_FORMAT },
		{ VERSION_MAVEN, "[1.0] 2", ERR_FORMAT }, { VERSION_PEP440, "~=1", ERR_FORMAT }, { VERSION_PEP440, "==1!2.*", ERR_UNSUPPORTED },
		{ VERSION_NPM, "^latest", ERR_FORMAT }, { VERSION_PEP440, "<0.2.0-n653", ERR_FORMAT }, { VERSION_PEP440, "<2019-09-12", ERR_FORMAT },
		{ VERSION_PEP440, ">=1.0,<2004d", ERR_FORMAT }, { VERSION_GEM, "~> ", ERR_FORMAT }, { VERSION_NPM, ">>1", ERR_FORMAT },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct advisory_range_vec set = { 0 };
		struct error err = { 0 };
		int r = version_parse_constraint(&a, refused[i].scheme, str_c(refused[i].text), &set, &err);
		if (r != refused[i].code || set.n || !err.text[0])
			fail_msg("\"%s\": code %d, %zu ranges", refused[i].text, r, set.n);
	}
	/* limits */
	char *many = arena_alloc(&a, 70000);
	for (size_t i = 0; i < 70000; i += 5)
		memcpy(many + i, "!=12,", 5);
	struct advisory_range_vec set = { 0 };
	assert_int_equal(version_parse_constraint(&a, VERSION_SEMVER, str_make(many, 70000), &set, NULL), ERR_LIMIT);
	assert_int_equal(version_parse_constraint(&a, VERSION_SEMVER, str_make(many, 60000), &set, NULL), 0);
	for (size_t i = 0; i < 60000; i += 10) {
		char number[16];
		snprintf(number, sizeof(number), "!=%06zu  ", i);
		memcpy(many + i, number, 10);
	}
	assert_int_equal(version_parse_constraint(&a, VERSION_SEMVER, str_make(many, 60000), &set, NULL), ERR_LIMIT);
	arena_release(&a);
}

static void test_affected(void **state)
{
	struct advisory_range ranges[] = { { .low = STR("1.0"), .high = STR("1.2") }, { .low = STR("2.0"), .high = STR("2.1"), .high_closed = true } };
	struct str versions[] = { STR("3.0"), STR("3.1.0") };
	struct advisory adv = { .ranges = { ranges, 2, 2 }, .versions = { versions, 2, 2 } };
	static const struct {
		const char *version;
		bool hit;
	} hits[] = { { "0.9", false }, { "1.0", true }, { "1.2rc1", true }, { "1.2", false }, { "2.1", true }, { "2.1.post1", false }, { "3.0", true }, { "3.1", true }, { "3.2", false } };
	for (size_t i = 0; i < ARRAY_LEN(hits); i++)
		if (version_affected(VERSION_PEP440, str_c(hits[i].version), &adv) != hits[i].hit)
			fail_msg("%s", hits[i].version);
}

static void test_complement(void **state)
{
	struct arena a;
	struct advisory_range_vec out = { 0 };
	arena_init(&a, 0);
	/* nothing -> all; overlapping, unsorted, touching and empty ranges join */
	assert_int_equal(version_complement(&a, VERSION_SEMVER, &(struct advisory_range_vec){ 0 }, &out, NULL), 0);
	assert_int_equal(out.n, 1);
	assert_true(!out.v[0].low.n && !out.v[0].high.n);
	struct advisory_range in[] = {
		{ .low = STR("3.0"), .high = STR("4.0") }, { .low = STR("1.0"), .high = STR("2.0"), .high_closed = true }, { .low = STR("1.5"), .high = STR("1.6") },
		{ .low = STR("4.0"), .high = STR("5.0") }, { .low = STR("9.0"), .high = STR("8.0") }, { .low = STR("2.0"), .low_open = true, .high = STR("2.5") },
	};
	out.n = 0;
	assert_int_equal(version_complement(&a, VERSION_SEMVER, &(struct advisory_range_vec){ in, ARRAY_LEN(in), ARRAY_LEN(in) }, &out, NULL), 0);
	assert_int_equal(out.n, 3);
	assert_str(out.v[0].high, "1.0");
	assert_false(out.v[0].high_closed);
	assert_str(out.v[1].low, "2.5");
	assert_str(out.v[1].high, "3.0");
	assert_str(out.v[2].low, "5.0");
	assert_false(out.v[2].low_open);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_constraints), cmocka_unit_test(test_refused), cmocka_unit_test(test_affected),
					    cmocka_unit_test(test_complement) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
