/* src/engine/matching: which advisory entries speak about a package, severities, what could not be judged. The database is a small table. */
#include "test.h"

#include "engine/matching/matching.h"

static struct arena arena;

struct row {
	const char *ecosystem, *name, *id, *source, *low, *high, *fixed;
	enum advisory_status status;
	enum severity severity;
};
static const struct row rows[] = {
	{ "Debian:11", "openssl", "CVE-2023-0286", "debian", "", "1.1.1n-0+deb11u4", "1.1.1n-0+deb11u4", ADVISORY_FIXED, SEVERITY_UNKNOWN },
	{ "Debian:11", "openssl", "CVE-2099-1", "debian", "", "", "", ADVISORY_AFFECTED, SEVERITY_LOW },
	{ "Debian:11", "openssl", "CVE-2099-2", "debian", "", "", "", ADVISORY_NOT_AFFECTED, SEVERITY_LOW },
	{ "PyPI", "jinja2", "CVE-2019-10906", "osv-pypi", "", "2.10.1", "2.10.1", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "PyPI", "jinja2", "CVE-2019-10906", "osv-pypi", "3", "3.1", "3.1", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "PyPI", "many-fixes", "CVE-3000-1", "osv-pypi", "10", "10.1", "10.1", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "PyPI", "many-fixes", "CVE-3000-1", "osv-pypi", "9", "9.2", "9.2", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "PyPI", "many-fixes", "CVE-3000-1", "osv-pypi", "9", "9.2.0", "9.2.0", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "PyPI", "many-fixes", "CVE-3000-1", "osv-pypi", "9", "9.0rc1", "9.10", ADVISORY_AFFECTED, SEVERITY_UNKNOWN },
	{ "AlmaLinux:8", "nodejs", "CVE-1", "alma", "", "1:16.20.2-3.module_el8.8.0", "1:16.20.2-3.module_el8.8.0", ADVISORY_FIXED, SEVERITY_HIGH },
	{ "AlmaLinux:8", "nodejs", "CVE-2", "alma", "", "1:18.1.0-1.module_el8.8.0", "1:18.1.0-1.module_el8.8.0", ADVISORY_FIXED, SEVERITY_HIGH },
	{ "AlmaLinux:8", "nodejs", "CVE-3", "alma", "", "1:99-1.el8", "1:99-1.el8", ADVISORY_FIXED, SEVERITY_HIGH },
};

static size_t finds;
static int find(void *ctx, struct str ecosystem, struct str name, struct arena *a, struct advisory_vec *out, struct error *err)
{
	finds++;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!str_eq_c(ecosystem, rows[i].ecosystem) || !str_eq_c(name, rows[i].name))
			continue;
		struct advisory *adv = vec_add(a, out);
		adv->id = str_c(rows[i].id);
		adv->data_source = str_c(rows[i].source);
		adv->status = rows[i].status;
		adv->severity = rows[i].severity;
		struct advisory_range *r = vec_add(a, &adv->ranges);
		r->low = str_c(rows[i].low);
		r->high = str_c(rows[i].high);
		if (*rows[i].fixed)
			vec_push(a, &adv->fixed, str_c(rows[i].fixed));
	}
	return 0;
}

static int details(void *ctx, struct str id, struct arena *a, struct vulnerability *ret, struct error *err)
{
	bool announced = str_eq_c(id, "CVE-2099-1") || str_eq_c(id, "CVE-1");
	if (!str_eq_c(id, "CVE-2023-0286") && !announced)
		return ERR_NOT_FOUND;
	ret->id = id;
	if (announced) {
		ret->title = STR("Important: nodejs:16 security update");
		ret->title_notice = ret->description_notice = STR("alma");
		ret->description = STR("about the update");
		return 0;
	}
	ret->title = STR("X.400 address type confusion");
	struct cvss_entry *c = vec_add(a, &ret->cvss);
	c->source = STR("nvd");
	c->version = 31;
	c->score = 7.4;
	return 0;
}

static bool has_ecosystem(void *ctx, struct str e)
{
	return str_eq_c(e, "Debian:11") || str_eq_c(e, "PyPI") || str_eq_c(e, "AlmaLinux:8");
}

static const struct advisory_lookup db = { .find = find, .details = details, .has_ecosystem = has_ecosystem };

static struct package *add(struct image_facts *f, enum package_kind kind, const char *name, const char *version)
{
	struct package *p = vec_add(&arena, &f->packages);
	p->kind = kind;
	p->name = str_c(name);
	p->version = str_c(version);
	return p;
}

static struct finding_vec run(const struct image_facts *f, const struct matching_options *opt)
{
	struct finding_vec out = { 0 };
	assert_int_equal(matching_run(&arena, f, &db, opt, &out, NULL), 0);
	return out;
}

static void test_debian(void **state)
{
	arena_init(&arena, 0);
	struct image_facts f = { .distro = { .id = STR("debian"), .version = STR("11.6"), .version_id = STR("11"), .known = true } };
	struct package *p = add(&f, PKG_DPKG, "libssl1.1", "1.1.1n-0+deb11u3");
	p->src_name = STR("openssl");
	p->src_version = STR("1.1.1n-0+deb11u3");
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 2);
	assert_str(v.v[0].id, "CVE-2023-0286");
	assert_int_equal(v.v[0].severity, SEVERITY_HIGH);
	assert_str(v.v[0].severity_source, "nvd");
	assert_str(v.v[0].fixed.v[0], "1.1.1n-0+deb11u4");
	assert_str(v.v[1].id, "CVE-2099-1");
	assert_int_equal(v.v[1].severity, SEVERITY_LOW);
	assert_str(v.v[1].severity_source, "debian");
	assert_str(v.v[0].title, "X.400 address type confusion");
	assert_str(v.v[1].title, ""); /* AlmaLinux's update is not Debian's */
	assert_str(v.v[1].description, "");
	p->src_version = STR("1.1.1n-0+deb11u4");
	assert_int_equal(run(&f, &(struct matching_options){ 0 }).n, 1);
	arena_release(&arena);
}

/* Fixed versions come in the ecosystem's order, each once, whatever the order of the records. */
static void test_fixed_order(void **state)
{
	arena_init(&arena, 0);
	struct image_facts f = { .distro = { .id = STR("debian"), .version = STR("11.6"), .version_id = STR("11"), .known = true } };
	add(&f, PKG_PYTHON, "many-fixes", "10.0");
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].fixed.n, 3);
	assert_str(v.v[0].fixed.v[0], "9.2");
	assert_str(v.v[0].fixed.v[1], "9.10");
	assert_str(v.v[0].fixed.v[2], "10.1");
	arena_release(&arena);
}

/* A version that no order takes is a finding, not the newest of all. */
static void test_long_version(void **state)
{
	char text[1200];
	arena_init(&arena, 0);
	struct image_facts f = { .distro = { .id = STR("debian"), .version = STR("11.6"), .version_id = STR("11"), .known = true } };
	struct package *p = add(&f, PKG_PYTHON, "Jinja2", "");
	memset(text, '1', sizeof(text));
	text[1] = '.';
	p->version = str_make(text, 1024);
	assert_int_equal(run(&f, &(struct matching_options){ 0 }).v[0].kind, FINDING_VULNERABILITY);
	p->version = str_make(text, 1025);
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].kind, FINDING_UNREADABLE);
	assert_true(str_contains(v.v[0].title, STR("Jinja2")));
	arena_release(&arena);
}

static void test_language(void **state)
{
	arena_init(&arena, 0);
	struct image_facts f = { .distro = { .id = STR("debian"), .version = STR("11.6"), .version_id = STR("11"), .known = true } };
	struct package *p = add(&f, PKG_PYTHON, "Jinja2", "2.10");
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].status, ADVISORY_FIXED);
	assert_int_equal(v.v[0].fixed.n, 2); /* every branch's fix is shown */
	p->owner = 1;
	assert_int_equal(run(&f, &(struct matching_options){ 0 }).n, 0);
	assert_int_equal(run(&f, &(struct matching_options){ .judge_owned = true }).n, 1);
	p->owner = 0;
	p->dev = true;
	assert_int_equal(run(&f, &(struct matching_options){ 0 }).n, 0);
	assert_int_equal(run(&f, &(struct matching_options){ .include_dev = true }).n, 1);
	add(&f, PKG_GEM, "rails", "1");
	v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].kind, FINDING_NO_DATA);
	arena_release(&arena);
}

static void test_modules(void **state)
{
	arena_init(&arena, 0);
	struct image_facts f = { .distro = { .id = STR("almalinux"), .version = STR("8.4"), .version_id = STR("8.4"), .known = true } };
	struct package *p = add(&f, PKG_RPM, "nodejs", "1:16.18.1-3.module_el8.7.0");
	p->modularity = STR("nodejs:16:8070020221212");
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_str(v.v[0].id, "CVE-1");
	assert_str(v.v[0].title, "Important: nodejs:16 security update");
	assert_str(v.v[0].description, "about the update");
	p->modularity = STR_NONE;
	p->version = STR("1:16.18.1-3.el8");
	v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_str(v.v[0].id, "CVE-3");
	arena_release(&arena);
}

/* Very many packages that all claim one source: its advisories are read once, and the findings end aloud. */
static void test_many_packages_of_one_source(void **state)
{
	struct image_facts f = { .distro = { .id = STR("debian"), .version = STR("11"), .known = true } };
	struct matching_options opt = { 0 };
	arena_init(&arena, 0);
	for (size_t i = 0; i < MATCHING_FINDINGS_MAX; i++)
		add(&f, PKG_DPKG, "p", "1.1.1n-0+deb11u3")->src_name = STR("openssl");
	finds = 0;
	struct finding_vec out = run(&f, &opt);
	assert_int_equal(finds, 1);
	assert_int_equal(out.n, MATCHING_FINDINGS_MAX + 1);
	assert_int_equal(out.v[MATCHING_FINDINGS_MAX].kind, FINDING_UNREADABLE);
	assert_true(str_has_prefix(out.v[MATCHING_FINDINGS_MAX].title, STR("more than 100000 findings")));
	arena_release(&arena);
}

static void test_unknown_distribution(void **state)
{
	arena_init(&arena, 0);
	struct image_facts f = { 0 };
	add(&f, PKG_DPKG, "openssl", "1");
	struct finding_vec v = run(&f, &(struct matching_options){ 0 });
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].kind, FINDING_NO_DATA);
	assert_str(v.v[0].id, "unknown-distribution");
	f.distro = (struct distro){ .id = STR("debian"), .version = STR("8.1"), .version_id = STR("8"), .known = true };
	v = run(&f, &(struct matching_options){ .today = 20000 });
	assert_int_equal(v.n, 2);
	assert_int_equal(v.v[0].kind, FINDING_NO_DATA);
	assert_int_equal(v.v[1].kind, FINDING_END_OF_LIFE);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_debian), cmocka_unit_test(test_fixed_order), cmocka_unit_test(test_long_version), cmocka_unit_test(test_language), cmocka_unit_test(test_modules), cmocka_unit_test(test_many_packages_of_one_source), cmocka_unit_test(test_unknown_distribution) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
