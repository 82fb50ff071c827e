/* src/engine/baseimage: which image another is built on, and whose findings they are. */
#include "test.h"
#include "report_fixture.h"

#include "engine/baseimage/baseimage.h"

#define E(text)     "{\"created_by\":\"" text "\"}"
#define META(text)  "{\"created_by\":\"" text "\",\"empty_layer\":true}"
#define DEBIAN      E("/bin/sh -c #(nop) ADD file:1f2e in / ") "," META("/bin/sh -c #(nop)  CMD [\\\"bash\\\"]")
#define PYTHON      DEBIAN "," META("ENV PATH=/usr/local/bin:/usr/bin") "," E("RUN /bin/sh -c apt-get install ca-certificates # buildkit") "," META("ENV PYTHON_VERSION=3.9.16") "," \
			E("RUN /bin/sh -c make # buildkit") "," META("CMD [\\\"python3\\\"]")
#define CONFIG(labels, history) "{\"config\":{\"Labels\":{" labels "}},\"history\":[" history "]}"
#define BASE_NAME   "\"org.opencontainers.image.base.name\":"

/* Layers: how many the image has. */
static const struct {
	const char *name, *config;
	size_t layers;
	enum base_evidence evidence;
	const char *base;
	uint32_t want;
} cases[] = {
	{ "nothing known", "", 2, BASE_GUESSED, "debian:11", 1 },
	{ "no JSON", "{", 1, BASE_GUESSED, "debian:11", 0 },
	{ "no history", "{\"history\":[]}", 2, BASE_GUESSED, "debian:11", 1 },
	{ "debian itself", CONFIG("", DEBIAN), 1, BASE_GUESSED, "debian:11", 0 },
	{ "on debian", CONFIG("", DEBIAN "," E("COPY . /app")), 2, BASE_LIKELY, "debian:11", 1 },
	{ "on debian, only settings of its own", CONFIG("", DEBIAN "," META("CMD [\\\"app\\\"]")), 1, BASE_LIKELY, "debian:11", 1 },
	{ "debuerreotype", CONFIG("", E("# debian.sh --arch 'amd64' out/ 'bullseye' '@1'") "," E("COPY . /app") "," META("CMD x")), 2, BASE_LIKELY, "debian:11", 1 },
	{ "ubuntu's order", CONFIG("", META("/bin/sh -c #(nop)  ARG RELEASE") "," META("/bin/sh -c #(nop)  LABEL a=b") "," E("/bin/sh -c #(nop) ADD file:ab in / ") ","
				      META("/bin/sh -c #(nop)  CMD [\\\"/bin/bash\\\"]") "," E("RUN x")), 2, BASE_LIKELY, "debian:11", 1 },
	{ "python itself is on debian", CONFIG("", PYTHON), 3, BASE_LIKELY, "debian:11", 1 },
	{ "on python", CONFIG("", PYTHON "," META("WORKDIR /app") "," E("COPY . .") "," META("CMD [\\\"python3\\\" \\\"app.py\\\"]")), 4, BASE_LIKELY, "python:3.9.16-slim", 3 },
	{ "a variable of its own is no family", CONFIG("", DEBIAN "," META("ENV MY_PYTHON_VERSION=3.9.1") "," E("RUN x") "," META("CMD [\\\"python3\\\"]") "," E("RUN y")), 3, BASE_LIKELY, "", 2 },
	{ "no version, no family", CONFIG("", DEBIAN "," META("ENV PYTHON_VERSION=$V") "," E("RUN x") "," META("CMD [\\\"python3\\\"]") "," E("RUN y")), 3, BASE_LIKELY, "", 2 },
	{ "a team's image on python", CONFIG("", PYTHON "," E("RUN pip install gunicorn") "," META("ENTRYPOINT [\\\"gunicorn\\\"]") "," E("COPY . .")), 5, BASE_LIKELY, "", 4 },
	{ "redis names its version in an address", CONFIG("", DEBIAN "," META("ENV REDIS_DOWNLOAD_URL=https://github.com/redis/redis/archive/refs/tags/8.0.1.tar.gz") "," E("RUN x") ","
							  META("CMD [\\\"redis-server\\\"]") "," E("COPY redis.conf /")), 3, BASE_LIKELY, "redis:8.0.1", 2 },
	{ "bazel", CONFIG("", E("bazel build ...") "," E("bazel build ...") "," E("COPY app /")), 3, BASE_LIKELY, "debian:11", 2 },
	{ "jib", CONFIG("", E("x") "," E("jib-maven-plugin:3.4.0") "," E("jib-maven-plugin:3.4.0")), 3, BASE_LIKELY, "debian:11", 1 },
	{ "history and layers disagree", CONFIG("", DEBIAN "," E("COPY . /app")), 5, BASE_LIKELY, "debian:11", 0 },
	{ "label", CONFIG(BASE_NAME "\"docker.io/library/python:3.9-slim\"", PYTHON "," E("COPY . .")), 4, BASE_STATED, "docker.io/library/python:3.9-slim", 3 },
	{ "label of another registry", CONFIG(BASE_NAME "\"example.com/python:3.9\"", ""), 2, BASE_STATED, "example.com/python:3.9", 1 },
	{ "label of the wrong kind", CONFIG(BASE_NAME "7", ""), 2, BASE_GUESSED, "debian:11", 1 },
	{ "Red Hat", CONFIG("\"com.redhat.component\":\"ubi9-minimal-container\"", ""), 2, BASE_STATED, "ubi9-minimal", 1 },
	{ "buildpacks", CONFIG("\"io.buildpacks.lifecycle.metadata\":\"{\\\"runImage\\\":{\\\"topLayer\\\":\\\"sha256:2\\\"},\\\"stack\\\":{\\\"runImage\\\":{\\\"image\\\":\\\"run:jammy\\\"}}}\"", ""),
	  4, BASE_STATED, "run:jammy", 3 },
};

static void fill(struct arena *a, struct image_info *image, struct image_facts *facts, const char *config, size_t layers)
{
	image->config_json = str_c(config);
	for (size_t k = 0; k < layers; k++) {
		struct image_layer *l = vec_add(a, &image->layers);
		assert_non_null(l);
		l->diff_id = arena_printf(a, "sha256:%zu", k);
	}
	struct package *p = vec_add(a, &facts->packages);
	assert_non_null(p);
	p->kind = PKG_DPKG;
	p->name = STR("bash");
	facts->distro = (struct distro){ .known = true, .id = STR("debian"), .version = STR("11.6") };
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct image_info image = { 0 };
		struct image_facts facts = { 0 };
		struct base_image b;
		struct error err = { 0 };
		arena_init(&a, 0);
		fill(&a, &image, &facts, cases[i].config, cases[i].layers);
		assert_int_equal(base_image_recognise(&a, &image, &facts, &(struct base_known_vec){ 0 }, &b, &err), 0);
		if (b.evidence != cases[i].evidence || !str_eq_c(b.name, cases[i].base) || b.layers != cases[i].want)
			fail_msg("%s: evidence %d, \"%.*s\", %u layers (%.*s)", cases[i].name, b.evidence, STR_FMT(b.name), b.layers, STR_FMT(b.why));
		arena_release(&a);
	}
}

static void test_family(void **state)
{
	static const struct {
		const char *config, *family, *version;
	} families[] = {
		{ CONFIG("", PYTHON "," E("COPY . .")), "python", "3.9.16" },
		{ CONFIG(BASE_NAME "\"docker.io/library/python:3.9-slim@sha256:00\"", PYTHON "," E("COPY . .")), "python", "3.9.16" },
		{ CONFIG(BASE_NAME "\"python:3.12\"", PYTHON "," E("COPY . .")), "python", "3.12" },
		{ CONFIG(BASE_NAME "\"example.com:5000/python:3.12\"", ""), "", "" },
		{ CONFIG(BASE_NAME "\"node:lts\"", ""), "node", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		struct arena a;
		struct image_info image = { 0 };
		struct image_facts facts = { 0 };
		struct base_image b;
		struct error err = { 0 };
		arena_init(&a, 0);
		fill(&a, &image, &facts, families[i].config, 4);
		assert_int_equal(base_image_recognise(&a, &image, &facts, &(struct base_known_vec){ 0 }, &b, &err), 0);
		assert_str(b.family, families[i].family);
		assert_str(b.version, families[i].version);
		arena_release(&a);
	}
}

/* The longest image whose layers are all there wins over labels and history; one that differs in a layer, or is longer, is none. */
static void test_layers(void **state)
{
	static const struct {
		const char *name;
		size_t layers;
		bool differs;
	} known[] = { { "one", 1, false }, { "two", 2, false }, { "other", 3, true }, { "longer", 5, false } };
	struct arena a;
	struct image_info image = { 0 };
	struct image_facts facts = { 0 };
	struct base_known_vec list = { 0 };
	struct base_image b;
	struct error err = { 0 };
	arena_init(&a, 0);
	fill(&a, &image, &facts, CONFIG(BASE_NAME "\"a:1\"", ""), 4);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct base_known *k = vec_add(&a, &list);
		assert_non_null(k);
		*k = (struct base_known){ .name = str_c(known[i].name) };
		for (size_t n = 0; n < known[i].layers; n++)
			assert_non_null(vec_push(&a, &k->diff_ids, arena_printf(&a, "sha256:%s%zu", known[i].differs && n == 2 ? "x" : "", n)));
	}
	assert_int_equal(base_image_recognise(&a, &image, &facts, &list, &b, &err), 0);
	assert_int_equal(b.evidence, BASE_CERTAIN);
	assert_str(b.name, "two");
	assert_int_equal(b.layers, 2);
	arena_release(&a);
}

static void test_count(void **state)
{
	struct arena a;
	struct report r = { 0 };
	struct base_counts c;
	arena_init(&a, 0);
	assert_int_equal(vec_reserve(&a, &r.facts.packages, 4), 0);
	for (uint32_t i = 0; i < 4; i++) {
		fixture_package(&a, &r, PKG_DPKG, "p", "1", "status")->layer = i < 3 ? i : UINT32_MAX;
		fixture_finding(&a, &r, i, "CVE-1", i == 2 ? SEVERITY_LOW : SEVERITY_HIGH, "", "t");
		assert_non_null(vec_add(&a, &r.image.layers));
	}
	fixture_finding(&a, &r, 0, "CVE-2", SEVERITY_HIGH, "", "t")->suppressed.active = true;
	r.base.layers = 2;
	base_image_count(&r, &c);
	assert_int_equal(c.base_total, 2);
	assert_int_equal(c.base[SEVERITY_HIGH], 2);
	assert_int_equal(c.own[SEVERITY_LOW], 1);
	assert_int_equal(c.own_total, 1);
	assert_int_equal(c.elsewhere, 1);
	arena_release(&a);
}

#define NOV_2026 20781 /* 2026-11-24 */

static void base_report(struct arena *a, struct report *r, const char *family, const char *version, const char *name)
{
	static const struct {
		const char *package, *needs;
	} packages[] = { { "bash", "libc6" }, { "libc6", "libgcc-s1" }, { "libgcc-s1", "gcc-12-base" }, { "gcc-12-base", "" }, { "git", "libcurl3-gnutls" },
			 { "libcurl3-gnutls", "libc6" }, { "imagemagick", "libc6" } };
	assert_int_equal(vec_reserve(a, &r->facts.packages, ARRAY_LEN(packages)), 0);
	for (size_t i = 0; i < ARRAY_LEN(packages); i++) {
		struct package *p = fixture_package(a, r, PKG_DPKG, packages[i].package, "1", "var/lib/dpkg/status");
		if (*packages[i].needs)
			fixture_push(a, &p->depends, packages[i].needs);
		fixture_finding(a, r, i, "CVE-1", SEVERITY_HIGH, "", "t");
	}
	for (int i = 0; i < 2; i++)
		assert_non_null(vec_add(a, &r->image.layers));
	r->facts.distro = (struct distro){ .known = true, .id = STR("debian"), .version = STR("12.1") };
	r->base = (struct base_image){ .evidence = BASE_LIKELY, .family = str_c(family), .version = str_c(version), .name = str_c(name), .layers = 1 };
}

/* What is advised of a base, one "use" a line; removal as a letter: - not computed, the number of findings and of packages of an estimate. */
static void test_advice(void **state)
{
	static const struct {
		const char *name, *family, *version, *base, *want;
	} advice[] = {
		{ "no family", "", "", "", "" },
		{ "end of life", "python", "3.9.2", "python:3.9.2-slim", "python:3.14-slim -;python:3.14-alpine -;" },
		{ "a newer patch level; slim goes with what only git needs, not with what libgcc needs", "python", "3.13.1", "python:3.13.1",
		  "python:3.13.15 -;python:3.13.15-slim 3/3;gcr.io/distroless/python3-debian13 4/4;python:3.13.15-alpine -;" },
		{ "only the cycle is known", "python", "3.13", "python:3.13", "python:3.13-slim 3/3;gcr.io/distroless/python3-debian13 4/4;python:3.13-alpine -;" },
		{ "unknown release", "python", "9.9.1", "python:9.9.1", "python:9.9.1-slim 3/3;python:9.9.1-alpine -;" },
		{ "long-term support", "debian", "12", "debian:12", "debian:13 -;gcr.io/distroless/base-debian13 6/6;" },
		{ "supported, short-lived releases are not advised", "node", "24", "node:24", "node:24-slim 3/3;gcr.io/distroless/nodejs24-debian13 4/4;node:24-alpine -;" },
		{ "end of support is near", "php", "8.2.33", "php:8.2.33", "php:8.5 -;php:8.5-alpine -;" },
	};
	for (size_t i = 0; i < ARRAY_LEN(advice); i++) {
		struct arena a;
		struct report r = { 0 };
		struct base_advice_vec list;
		struct error err = { 0 };
		const struct base_advice *x;
		arena_init(&a, 0);
		base_report(&a, &r, advice[i].family, advice[i].version, advice[i].base);
		assert_int_equal(base_image_advise(&a, &r, NULL, 0, NOV_2026, &list, &err), 0);
		struct str got = STR("");
		vec_foreach(x, &list) {
			struct str counts = x->removal == BASE_ESTIMATED ? arena_printf(&a, "%zu/%zu", x->gone_total, x->packages) : STR("-");
			got = arena_printf(&a, "%.*s%.*s %.*s;", STR_FMT(got), STR_FMT(x->use), STR_FMT(counts));
		}
		if (!str_eq_c(got, advice[i].want))
			fail_msg("%s: %.*s", advice[i].name, STR_FMT(got));
		arena_release(&a);
	}
}

/* The exact difference is the base's alone: what the own layers have is not the other image's to remove. */
static void test_against(void **state)
{
	struct arena a;
	struct report r = { 0 }, other = { 0 };
	const struct report *candidates[] = { &other };
	struct base_advice_vec list;
	struct error err = { 0 };
	arena_init(&a, 0);
	base_report(&a, &r, "", "", "mine");
	r.facts.packages.v[6].layer = 1;
	assert_int_equal(vec_reserve(&a, &other.facts.packages, 4), 0);
	fixture_package(&a, &other, PKG_DPKG, "bash", "1", "var/lib/dpkg/status");
	fixture_package(&a, &other, PKG_DPKG, "busybox", "1", "var/lib/dpkg/status");
	fixture_finding(&a, &other, 0, "CVE-1", SEVERITY_HIGH, "", "t");
	fixture_finding(&a, &other, 1, "CVE-9", SEVERITY_LOW, "", "t");
	other.image.artifact_name = STR("other:1");
	assert_int_equal(base_image_advise(&a, &r, candidates, 1, NOV_2026, &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_str(list.v[0].use, "other:1");
	assert_int_equal(list.v[0].removal, BASE_EXACT);
	assert_int_equal(list.v[0].gone_total, 5);
	assert_int_equal(list.v[0].gone[SEVERITY_HIGH], 5);
	assert_int_equal(list.v[0].added[SEVERITY_LOW], 1);
	assert_int_equal(list.v[0].added_total, 1);
	assert_int_equal(list.v[0].packages, 5);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_family), cmocka_unit_test(test_layers), cmocka_unit_test(test_count),
		cmocka_unit_test(test_advice), cmocka_unit_test(test_against),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
