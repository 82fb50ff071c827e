/* src/engine/plan: which upgrades, to which version, in which order. */
#include "test.h"
#include "report_fixture.h"

#include "engine/plan/plan.h"
#include "engine/score/score.h"

/* One package, what fixes each of its findings ("a,b;c": two findings), and the version that is advised; "" : none. */
static const struct {
	const char *name;
	enum package_kind kind;
	const char *installed, *fixes, *to;
	size_t gone, left;
} cases[] = {
	{ "one", PKG_DPKG, "1.0-1", "1.0-2", "1.0-2", 1, 0 },
	{ "the lowest that fixes all", PKG_DPKG, "1.0-1", "1.0-2;1.0-4;1.0-3", "1.0-4", 3, 0 },
	{ "deb order, not text order", PKG_DPKG, "1.0-1", "1.0-9;1.0-10", "1.0-10", 2, 0 },
	{ "no fix", PKG_DPKG, "1.0-1", "", "", 0, 1 },
	{ "some without a fix", PKG_DPKG, "1.0-1", "1.0-2;", "1.0-2", 1, 1 },
	{ "an old branch is no way", PKG_PIP, "3.2", "3.2.5,3.1.13", "3.2.5", 1, 0 },
	{ "stays on its branch where that is enough", PKG_PIP, "1.26.1", "1.26.5,2.0.3", "1.26.5", 1, 0 },
	{ "two branches, two findings", PKG_PIP, "1.26.1", "1.26.5,2.0.3;1.26.18,2.0.7", "1.26.18", 2, 0 },
	{ "the other branch is not fixed yet at that version", PKG_PIP, "1.26.1", "1.26.18,2.0.7;2.0.3", "2.0.7", 2, 0 },
	{ "a release before a pre-release", PKG_NPM_LOCK, "1.0.0", "2.0.0-rc.1,2.0.0", "2.0.0", 1, 0 },
	{ "never down", PKG_NPM_LOCK, "4.0.0", "3.9.9", "", 0, 1 },
	{ "go", PKG_GO_BINARY, "v1.20.1", "1.19.6,1.20.2", "1.20.2", 1, 0 },
};

static void add_findings(struct arena *a, struct report *r, const char *fixes)
{
	struct str rest = str_c(fixes), fix;
	bool more = true;
	while (more) {
		more = str_cut(rest, ';', &fix, &rest);
		struct finding *f = fixture_finding(a, r, 0, "CVE-1", SEVERITY_HIGH, "", "t");
		struct str version;
		while (str_next(&fix, ',', &version))
			assert_non_null(vec_push(a, &f->fixed, version));
	}
}

static void test_versions(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct report r = { 0 };
		struct plan plan;
		struct error err = { 0 };
		arena_init(&a, 0);
		assert_int_equal(vec_reserve(&a, &r.facts.packages, 4), 0);
		fixture_package(&a, &r, cases[i].kind, "p", cases[i].installed, "lock");
		add_findings(&a, &r, cases[i].fixes);
		score_findings(&r.findings, NULL);
		assert_int_equal(plan_make(&a, &r, &plan, &err), 0);
		struct str to = plan.steps.n ? plan.steps.v[0].to : STR("");
		if (!str_eq_c(to, cases[i].to))
			fail_msg("%s: to \"%.*s\", not \"%s\"", cases[i].name, STR_FMT(to), cases[i].to);
		if (plan.gone != cases[i].gone || plan.findings - plan.gone != cases[i].left)
			fail_msg("%s: %zu gone of %zu", cases[i].name, plan.gone, plan.findings);
		arena_release(&a);
	}
}

static void test_whole(void **state)
{
	static const char *const texts[] = {
		"upgrade openssl to 1.1.1n-0+deb11u4: 2 findings gone",
		"upgrade lodash to 4.17.21: 2 findings gone",
		"upgrade org.apache.logging.log4j:log4j-core to 2.15.0: 1 finding gone",
		"upgrade Django to 3.2.5: 1 finding gone",
		"upgrade minimist to 1.2.6: 1 finding gone",
		"upgrade glibc to 2.31-13+deb11u6: 1 finding gone",
		"rebuild with Go 1.20.2: 1 finding gone",
	};
	static const char *const places[] = {
		"in base image layer 1", "app/package-lock.json, in layer 2", "app/fat-1.0.jar, in base image layer 1",
	};
	struct arena a;
	struct report r;
	struct plan plan;
	struct error err = { 0 };
	arena_init(&a, 0);
	fixture_report(&a, &r);
	fixture_more(&a, &r);
	r.base.layers = 1;
	score_findings(&r.findings, NULL);
	assert_int_equal(plan_make(&a, &r, &plan, &err), 0);
	assert_int_equal(plan.base_layers, 1);
	assert_int_equal(plan.steps.n, ARRAY_LEN(texts));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_str(plan_step_text(&a, &plan.steps.v[i]), texts[i]);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		assert_str(plan_step_place(&a, &plan.steps.v[i]), places[i]);
	assert_int_equal(plan.steps.v[0].left, 1);
	assert_int_equal(plan.unfixed, 1);
	assert_int_equal(plan.gone + plan.unfixed, plan.findings);
	assert_true(plan.steps.v[2].exploited && plan.steps.v[4].indirect && !plan.steps.v[1].indirect);
	uint32_t before = UINT32_MAX;
	for (size_t i = 0; i < plan.steps.n; i++) {
		assert_true(plan.steps.v[i].score <= before);
		before = plan.steps.v[i].score;
	}
	arena_release(&a);
}

/* Binary packages of one source are one step. */
static void test_source_packages(void **state)
{
	struct arena a;
	struct report r = { 0 };
	struct plan plan;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(vec_reserve(&a, &r.facts.packages, 4), 0);
	for (int i = 0; i < 3; i++) {
		struct package *p = fixture_package(&a, &r, PKG_DPKG, i == 0 ? "libssl1.1" : i == 1 ? "openssl" : "libssl-dev", "1.1-1", "var/lib/dpkg/status");
		p->src_name = i == 1 ? STR("") : STR("openssl");
		fixture_finding(&a, &r, (size_t)i, "CVE-1", SEVERITY_HIGH, "1.1-2", "t");
	}
	score_findings(&r.findings, NULL);
	assert_int_equal(plan_make(&a, &r, &plan, &err), 0);
	assert_int_equal(plan.steps.n, 1);
	assert_int_equal(plan.steps.v[0].packages, 3);
	assert_int_equal(plan.steps.v[0].gone.n, 3);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions), cmocka_unit_test(test_whole), cmocka_unit_test(test_source_packages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
