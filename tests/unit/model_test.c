/* src/model: severities, kinds of packages, order and counts of findings. */
#include "test.h"

#include "model/finding.h"

static void test_severity(void **state)
{
	static const struct {
		const char *word;
		enum severity severity;
	} cases[] = {
		{ "CRITICAL", SEVERITY_CRITICAL }, { "Important", SEVERITY_HIGH }, { "moderate", SEVERITY_MEDIUM }, { "negligible", SEVERITY_LOW },
		{ "unimportant", SEVERITY_LOW }, { "", SEVERITY_UNKNOWN }, { " low ", SEVERITY_LOW }, { "low**", SEVERITY_LOW },
		{ "not yet assigned", SEVERITY_UNKNOWN }, { "None", SEVERITY_LOW }, { "high", SEVERITY_HIGH },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum severity s = SEVERITY_COUNT;
		if (severity_parse(str_c(cases[i].word), &s) != 0 || s != cases[i].severity)
			fail_msg("severity \"%s\" is %d", cases[i].word, s);
	}
	enum severity s = SEVERITY_HIGH;
	assert_int_equal(severity_parse(STR("terrible"), &s), ERR_NOT_FOUND);
	assert_int_equal(s, SEVERITY_HIGH);
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		assert_int_equal(severity_parse(str_c(severity_name((enum severity)i)), &s), 0);
		assert_int_equal(s, i);
	}

	static const struct {
		double score;
		enum severity severity;
	} scores[] = {
		{ 0, SEVERITY_UNKNOWN }, { -1, SEVERITY_UNKNOWN }, { 0.1, SEVERITY_LOW }, { 3.9, SEVERITY_LOW }, { 4.0, SEVERITY_MEDIUM }, { 6.9, SEVERITY_MEDIUM },
		{ 7.0, SEVERITY_HIGH }, { 8.9, SEVERITY_HIGH }, { 9.0, SEVERITY_CRITICAL }, { 10, SEVERITY_CRITICAL },
	};
	for (size_t i = 0; i < ARRAY_LEN(scores); i++)
		if (severity_from_score(scores[i].score) != scores[i].severity)
			fail_msg("score %.1f", scores[i].score);
}

static void test_kinds(void **state)
{
	for (unsigned k = PKG_NONE + 1; k < PKG_KIND_COUNT; k++) {
		const struct package_kind_info *info = package_kind_info((enum package_kind)k);
		if (!info->name || !info->purl_type || info->scheme == VERSION_NONE || info->os == (info->ecosystem != NULL) || info->os == (info->trivy_type != NULL))
			fail_msg("kind %u (%s) is not whole", k, info->name ? info->name : "?");
		assert_int_equal(package_kind_by_name(str_c(info->name)), k);
	}
	assert_int_equal(package_kind_by_name(STR("floppy")), PKG_NONE);
	assert_int_equal(package_kind_by_name(STR("none")), PKG_NONE);
	assert_non_null(package_kind_info((enum package_kind)999));
}

static void test_advisory_name(void **state)
{
	static const struct {
		enum package_kind kind;
		const char *name, *advisory;
	} cases[] = {
		{ PKG_PYTHON, "Foo.Bar__baz-._x", "foo-bar-baz-x" }, { PKG_POETRY, "zope.interface", "zope-interface" }, { PKG_PYTHON, "_x_", "-x-" },
		{ PKG_DOTNET_DEPS, "Newtonsoft.Json", "newtonsoft.json" }, { PKG_COMPOSER_LOCK, "Laravel/Framework", "laravel/framework" },
		{ PKG_JAR, "org.Apache:X", "org.Apache:X" }, { PKG_NODE, "@Scope/x", "@Scope/x" }, { PKG_GO_BINARY, "github.com/BurntSushi/toml", "github.com/BurntSushi/toml" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_str(package_advisory_name(&a, cases[i].kind, str_c(cases[i].name)), cases[i].advisory);
	arena_release(&a);
}

static void test_findings(void **state)
{
	static const struct package deb_a = { .kind = PKG_DPKG, .name = STR_INIT("aaa") }, deb_b = { .kind = PKG_DPKG, .name = STR_INIT("bbb") },
				    lock = { .kind = PKG_NPM_LOCK, .name = STR_INIT("aaa"), .path = STR_INIT("app/package-lock.json") },
				    lock2 = { .kind = PKG_NPM_LOCK, .name = STR_INIT("aaa"), .path = STR_INIT("zoo/package-lock.json") },
				    py = { .kind = PKG_PYTHON, .name = STR_INIT("zzz"), .path = STR_INIT("a/METADATA") },
				    py2 = { .kind = PKG_PYTHON, .name = STR_INIT("mmm"), .path = STR_INIT("z/METADATA") };
	/* In the order expected after sorting; the loop below feeds them in scrambled. */
	static const struct finding sorted[] = {
		{ .id = STR_INIT("CVE-1"), .severity = SEVERITY_HIGH, .subject = { .package = &deb_a } },
		{ .id = STR_INIT("CVE-2"), .severity = SEVERITY_HIGH, .subject = { .package = &deb_a } },
		{ .id = STR_INIT("CVE-0"), .severity = SEVERITY_LOW, .subject = { .package = &deb_a } },
		{ .id = STR_INIT("CVE-9"), .severity = SEVERITY_CRITICAL, .subject = { .package = &deb_b }, .suppressed = { .active = true } },
		{ .id = STR_INIT("CVE-5"), .severity = SEVERITY_LOW, .subject = { .package = &py2 } }, /* folded kind: by name, whatever the path */
		{ .id = STR_INIT("CVE-4"), .severity = SEVERITY_HIGH, .subject = { .package = &py } },
		{ .id = STR_INIT("CVE-7"), .severity = SEVERITY_LOW, .subject = { .package = &lock } },
		{ .id = STR_INIT("CVE-6"), .severity = SEVERITY_HIGH, .subject = { .package = &lock2 } },
		{ .kind = FINDING_UNREADABLE, .id = STR_INIT("a"), .subject = { .kind = SUBJECT_FILE, .path = STR_INIT("x"), .line = 3 } },
		{ .kind = FINDING_UNREADABLE, .id = STR_INIT("a"), .subject = { .kind = SUBJECT_FILE, .path = STR_INIT("x"), .line = 20 } },
		{ .kind = FINDING_END_OF_LIFE, .id = STR_INIT("eol"), .subject = { .kind = SUBJECT_IMAGE } },
	};
	enum { N = ARRAY_LEN(sorted) };
	for (size_t round = 1; round <= 5; round++) { /* 2 and 11 have no common factor, nor have 1, 3, 4, 5 */
		struct finding shuffled[N];
		for (size_t i = 0; i < N; i++)
			shuffled[i] = sorted[(i * round + 3) % N];
		struct finding_vec v = { shuffled, N, N };
		finding_sort(&v);
		for (size_t i = 0; i < N; i++)
			if (!str_eq(shuffled[i].id, sorted[i].id) || shuffled[i].subject.line != sorted[i].subject.line)
				fail_msg("round %zu: place %zu is %.*s", round, i, STR_FMT(shuffled[i].id));
		size_t counts[SEVERITY_COUNT];
		finding_count(&v, FINDING_VULNERABILITY, counts);
		assert_int_equal(counts[SEVERITY_CRITICAL], 0);
		assert_int_equal(counts[SEVERITY_HIGH], 4);
		assert_int_equal(counts[SEVERITY_LOW], 3);
	}
	assert_string_equal(finding_kind_name(FINDING_NO_DATA), "no-data");
	assert_string_equal(advisory_status_name(ADVISORY_WILL_NOT_FIX), "will_not_fix");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_severity), cmocka_unit_test(test_kinds), cmocka_unit_test(test_advisory_name),
					    cmocka_unit_test(test_findings) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
