/* src/format/vex and engine/judge/judge_vex: the three formats, what a statement is about, which statement counts, and what `vex add` writes. */
#include "test.h"

#include "engine/judge/judge.h"
#include "format/json/json.h"
#include "format/vex/vex.h"

static int read_vex(struct arena *a, const char *text, struct document *doc, struct vex_document *ret, struct diags *diags, struct error *err)
{
	struct json_options opt = { .name = STR("v.json") };
	diags_init(diags, a);
	int r = json_parse(a, str_c(text), &opt, doc, NULL, err);
	return r < 0 ? r : vex_read(a, doc, ret, diags, err);
}

static char *from_corpus(struct arena *a, const char *name)
{
	const char *top = getenv("BULKHEAD_TOP");
	struct str path = arena_printf(a, "%s/fuzz/corpus/vex_fuzz/%s", top ? top : ".", name);
	char *text = arena_alloc(a, 1 << 16);
	FILE *f = fopen(path.p, "r");
	if (!f)
		fail_msg("%s", path.p);
	text[fread(text, 1, (1 << 16) - 1, f)] = 0;
	fclose(f);
	return text;
}

/* One statement of OpenVEX. */
#define OPENVEX(statements) "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"i\",\"author\":\"A\",\"timestamp\":\"2024-01-01T00:00:00Z\",\"version\":1,\"statements\":[" statements "]}"
#define STATEMENT(products, rest) "{\"vulnerability\":{\"name\":\"CVE-2023-0286\"},\"products\":[" products "]," rest "}"
#define ABOUT(id) "{\"@id\":\"" id "\"}"
#define PART(id, part) "{\"@id\":\"" id "\",\"subcomponents\":[{\"@id\":\"" part "\"}]}"
#define NOT "\"status\":\"not_affected\",\"justification\":\"component_not_present\""
#define CSAF(category, name, purl) \
	"{\"document\":{\"csaf_version\":\"2.0\"},\"product_tree\":{\"branches\":[{\"category\":\"" category "\",\"name\":\"" name "\",\"product\":{\"product_id\":\"p\"," \
	"\"name\":\"n\",\"product_identification_helper\":{\"purl\":\"" purl "\"}}}]},\"vulnerabilities\":[{\"cve\":\"CVE-2023-0286\"," \
	"\"product_status\":{\"known_not_affected\":[\"p\"]}}]}"
#define CDX(versions) \
	"{\"bomFormat\":\"CycloneDX\",\"vulnerabilities\":[{\"id\":\"CVE-2023-0286\",\"analysis\":{\"state\":\"not_affected\"},\"affects\":[{\"ref\":\"" OSSL "\"," \
	"\"versions\":[" versions "]}]}]}"
#define OSSL "pkg:deb/debian/openssl"

/* The report: openssl (from source openssl) and libssl1.1 (from it too), both CVE-2023-0286; app needs lib (pypi), tool needs lib as well; only-app needs deep,
 * whose CVE-2020-1 is known as GHSA-1 too. */
static const struct {
	const char *name, *text;
	const char *suppressed; /* names of packages, in order */
} cases[] = {
	{ "the package", OPENVEX(STATEMENT(ABOUT(OSSL), NOT)), "openssl" },
	{ "of that version", OPENVEX(STATEMENT(ABOUT(OSSL "@1.1.1n-0%2Bdeb11u3"), NOT)), "openssl" },
	{ "of another version", OPENVEX(STATEMENT(ABOUT(OSSL "@1.1.1w-0%2Bdeb11u1"), NOT)), "" },
	{ "of another distribution", OPENVEX(STATEMENT(ABOUT("pkg:deb/ubuntu/openssl"), NOT)), "" },
	{ "the source package", OPENVEX(STATEMENT(ABOUT(OSSL "?arch=source"), NOT)), "openssl libssl1.1" },
	{ "another vulnerability", OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2023-9999\"},\"products\":[" ABOUT(OSSL) "]," NOT "}"), "" },
	{ "an alias of the vulnerability", OPENVEX("{\"vulnerability\":{\"name\":\"GHSA-1\"},\"products\":[" ABOUT("pkg:pypi/deep") "]," NOT "}"), "deep" },
	{ "an alias that the statement knows", OPENVEX("{\"vulnerability\":{\"name\":\"X\",\"aliases\":[\"CVE-2020-1\"]},\"products\":[" ABOUT("pkg:pypi/deep") "]," NOT "}"), "deep" },
	{ "by another identifier", OPENVEX(STATEMENT("{\"@id\":\"https://x/1\",\"identifiers\":{\"purl\":\"" OSSL "\"}}", NOT)), "openssl" },
	{ "the image by name", OPENVEX(STATEMENT(ABOUT("my-app:1.0"), NOT)), "openssl libssl1.1" },
	{ "another image", OPENVEX(STATEMENT(ABOUT("my-app:2.0"), NOT)), "" },
	{ "the image by digest", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app@sha256%3Aabc"), NOT)), "openssl libssl1.1" },
	{ "another digest", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app@sha256%3Aabd"), NOT)), "" },
	{ "the repository", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?repository_url=ghcr.io/acme/my-app"), NOT)), "openssl libssl1.1" },
	{ "another repository", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?repository_url=ghcr.io/other/my-app"), NOT)), "" },
	{ "a part of the image", OPENVEX(STATEMENT(PART("my-app:1.0", "pkg:deb/debian/libssl1.1"), NOT)), "libssl1.1" },
	{ "a part of another image", OPENVEX(STATEMENT(PART("my-app:2.0", "pkg:deb/debian/libssl1.1"), NOT)), "" },
	{ "a part of the only product that needs it",
	  OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-1\"},\"products\":[" PART("pkg:pypi/only-app", "pkg:pypi/deep") "]," NOT "}"), "deep" },
	{ "a part of one of two products that need it",
	  OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-2\"},\"products\":[" PART("pkg:pypi/app", "pkg:pypi/lib") "]," NOT "}"), "" },
	{ "a part of a product that is not there",
	  OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-1\"},\"products\":[" PART("pkg:pypi/none", "pkg:pypi/deep") "]," NOT "}"), "" },
	{ "fixed", OPENVEX(STATEMENT(ABOUT(OSSL), "\"status\":\"fixed\"")), "openssl" },
	{ "affected", OPENVEX(STATEMENT(ABOUT(OSSL), "\"status\":\"affected\",\"action_statement\":\"upgrade\"")), "" },
	{ "under investigation", OPENVEX(STATEMENT(ABOUT(OSSL), "\"status\":\"under_investigation\"")), "" },
	{ "the later statement counts", OPENVEX(STATEMENT(ABOUT(OSSL), NOT) "," STATEMENT(ABOUT(OSSL), "\"status\":\"affected\"")), "" },
	{ "later by time, not by place",
	  OPENVEX(STATEMENT(ABOUT(OSSL), NOT ",\"timestamp\":\"2025-01-01T00:00:00Z\"") "," STATEMENT(ABOUT(OSSL), "\"status\":\"affected\"")), "openssl" },
	{ "later by the zone's time",
	  OPENVEX(STATEMENT(ABOUT(OSSL), NOT ",\"timestamp\":\"2025-01-01T01:00:00+02:00\"") ","
		  STATEMENT(ABOUT(OSSL), "\"status\":\"affected\",\"timestamp\":\"2025-01-01T00:00:00Z\"")), "" },
	{ "later by half a second",
	  OPENVEX(STATEMENT(ABOUT(OSSL), NOT ",\"timestamp\":\"2025-01-01T00:00:00Z\"") ","
		  STATEMENT(ABOUT(OSSL), "\"status\":\"affected\",\"timestamp\":\"2025-01-01T00:00:00.5Z\"")), "" },
	{ "the later statement counts, by whatever name",
	  OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-1\"},\"products\":[" ABOUT("pkg:pypi/deep") "]," NOT "},"
		  "{\"vulnerability\":{\"name\":\"GHSA-1\"},\"products\":[" ABOUT("pkg:pypi/deep") "],\"status\":\"affected\"}"), "" },
	{ "a subcomponent without a name", OPENVEX(STATEMENT("{\"@id\":\"my-app:1.0\",\"subcomponents\":[{\"hashes\":{\"md5\":\"1\"}}]}", NOT)), "" },
	{ "subcomponents of the statement (0.0.1)", OPENVEX(STATEMENT("\"my-app:1.0\"", "\"subcomponents\":[\"pkg:deb/debian/libssl1.1\"]," NOT)), "libssl1.1" },
	{ "of that release", OPENVEX(STATEMENT(ABOUT(OSSL "?distro=debian-11"), NOT)), "openssl" },
	{ "of another release", OPENVEX(STATEMENT(ABOUT(OSSL "?distro=debian-12"), NOT)), "" },
	{ "of a release that begins alike", OPENVEX(STATEMENT(ABOUT(OSSL "?distro=debian-1"), NOT)), "" },
	{ "a part of a package", OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-1\"},\"products\":[" ABOUT("pkg:pypi/deep#sub/path") "]," NOT "}"), "" },
	{ "spelled as PyPI allows", OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-1\"},\"products\":[" PART("pkg:pypi/Only_.App", "pkg:pypi/DEEP") "]," NOT "}"), "deep" },
	{ "an image without a name", OPENVEX(STATEMENT(ABOUT("pkg:oci/"), NOT)), "" },
	{ "the image by tag", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?tag=1.0"), NOT)), "openssl libssl1.1" },
	{ "another tag", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?tag=2.0"), NOT)), "" },
	{ "the repository, escaped", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?repository_url=ghcr.io%2Facme%2Fmy-app"), NOT)), "openssl libssl1.1" },
	{ "the image of another architecture", OPENVEX(STATEMENT(ABOUT("pkg:oci/my-app?arch=arm64"), NOT)), "" },
	{ "Docker's repository", OPENVEX(STATEMENT(ABOUT("pkg:docker/my-app@1.0"), NOT)), "openssl libssl1.1" },
	{ "another one of Docker's", OPENVEX(STATEMENT(ABOUT("pkg:docker/other/my-app@1.0"), NOT)), "" },
	{ "Docker's with a registry", OPENVEX(STATEMENT(ABOUT("pkg:docker/acme/my-app@1.0?repository_url=ghcr.io"), NOT)), "openssl libssl1.1" },
	{ "a part of a product beside a circle", OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-3\"},\"products\":[" PART("pkg:gem/app", "pkg:gem/inner") "]," NOT "}"), "" },
	{ "a part of a project's package", OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2020-4\"},\"products\":[" PART("pkg:cargo/one", "pkg:cargo/dep") "]," NOT "}"), "dep" },
	{ "a range of versions in CSAF", CSAF("product_version_range", "vers:deb/<1", OSSL), "" },
	{ "a version in CSAF", CSAF("product_version", "1.1.1n-0+deb11u3", OSSL), "openssl" },
	{ "another version in CSAF", CSAF("product_version", "1.1.1w", OSSL), "" },
	{ "a package as Red Hat names it", CSAF("product_version", "openssl", OSSL), "openssl" },
	{ "an affected version in CycloneDX", CDX("{\"version\":\"1.1.1n-0+deb11u3\",\"status\":\"affected\"}"), "" },
	{ "an unaffected version in CycloneDX", CDX("{\"version\":\"1.1.1n-0+deb11u3\",\"status\":\"unaffected\"}"), "openssl" },
	{ "a range in CycloneDX", CDX("{\"range\":\"vers:deb/>2\",\"status\":\"unaffected\"}"), "" },
	{ "a later one about something else", OPENVEX(STATEMENT(ABOUT(OSSL), NOT) "," STATEMENT(ABOUT("pkg:deb/debian/zlib"), "\"status\":\"affected\"")), "openssl" },
};

static void push_package(struct arena *a, struct report *r, struct package p, const char *needs)
{
	if (needs)
		assert_true(vec_push(a, &p.depends, str_c(needs)));
	assert_true(vec_push(a, &r->facts.packages, p));
}

static void push_finding(struct arena *a, struct report *r, size_t package, const char *id, const struct vulnerability *v)
{
	struct finding f = { .kind = FINDING_VULNERABILITY, .id = str_c(id), .vulnerability = v, .subject = { .kind = SUBJECT_PACKAGE, .package = &r->facts.packages.v[package] } };
	assert_true(vec_push(a, &r->findings, f));
}

static void make_report(struct arena *a, struct report *r)
{
	static struct str alias = STR_INIT("GHSA-1");
	static const struct vulnerability known = { .aliases = { &alias, 1, 1 } };
	struct str version = STR("1.1.1n-0+deb11u3");
	*r = (struct report){ .facts.distro = { .id = STR("debian"), .version = STR("11.6"), .known = true } };
	r->image.reference = STR("my-app:1.0");
	r->image.digest = STR("sha256:abc");
	assert_true(vec_push(a, &r->image.repo_tags, STR("ghcr.io/acme/my-app:1.0")));
	push_package(a, r, (struct package){ .kind = PKG_DPKG, .name = STR("openssl"), .version = version }, NULL);
	push_package(a, r, (struct package){ .kind = PKG_DPKG, .name = STR("libssl1.1"), .version = version, .src_name = STR("openssl") }, NULL);
	push_package(a, r, (struct package){ .kind = PKG_PYTHON, .name = STR("app"), .version = STR("1") }, "lib");
	push_package(a, r, (struct package){ .kind = PKG_PYTHON, .name = STR("tool"), .version = STR("1") }, "lib");
	push_package(a, r, (struct package){ .kind = PKG_PYTHON, .name = STR("lib"), .version = STR("1") }, NULL);
	push_package(a, r, (struct package){ .kind = PKG_PYTHON, .name = STR("only-app"), .version = STR("1") }, "deep");
	push_package(a, r, (struct package){ .kind = PKG_PYTHON, .name = STR("deep"), .version = STR("1") }, NULL);
	/* Two that need each other and something that "app" needs, too; and two projects, of which the second asks for "dep" as the first one's package does. */
	push_package(a, r, (struct package){ .kind = PKG_GEM, .name = STR("x"), .version = STR("1") }, "y");
	push_package(a, r, (struct package){ .kind = PKG_GEM, .name = STR("y"), .version = STR("1") }, "x");
	assert_true(vec_push(a, &r->facts.packages.v[8].depends, STR("inner")));
	push_package(a, r, (struct package){ .kind = PKG_GEM, .name = STR("app"), .version = STR("1") }, "inner");
	push_package(a, r, (struct package){ .kind = PKG_GEM, .name = STR("inner"), .version = STR("1") }, NULL);
	push_package(a, r, (struct package){ .kind = PKG_CARGO_LOCK, .name = STR("one"), .version = STR("1"), .path = STR("a/Cargo.lock") }, "dep");
	push_package(a, r, (struct package){ .kind = PKG_CARGO_LOCK, .name = STR("dep"), .version = STR("1"), .path = STR("a/Cargo.lock") }, NULL);
	push_package(a, r, (struct package){ .kind = PKG_CARGO_LOCK, .name = STR("dep"), .version = STR("2"), .path = STR("b/Cargo.lock") }, NULL);
	r->image.architecture = STR("amd64");
	push_finding(a, r, 0, "CVE-2023-0286", NULL);
	push_finding(a, r, 1, "CVE-2023-0286", NULL);
	push_finding(a, r, 4, "CVE-2020-2", NULL);
	push_finding(a, r, 6, "CVE-2020-1", &known);
	push_finding(a, r, 10, "CVE-2020-3", NULL);
	push_finding(a, r, 12, "CVE-2020-4", NULL);
	push_finding(a, r, 13, "CVE-2020-4", NULL);
}

static struct str judged(struct arena *a, const struct vex_document *vex, struct report *r)
{
	struct vex_document_vec docs = { 0 };
	struct error err = { 0 };
	struct str names = STR("");
	size_t hits;
	make_report(a, r);
	assert_true(vec_push(a, &docs, *vex));
	if (judge_vex(a, r, &docs, &hits, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.v[i].suppressed.active)
			names = arena_printf(a, "%.*s%s%.*s", STR_FMT(names), names.n ? " " : "", STR_FMT(r->findings.v[i].subject.package->name));
	return names;
}

static void test_statements(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct document doc;
		struct vex_document vex;
		struct report r;
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		if (read_vex(&a, cases[i].text, &doc, &vex, &diags, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
		struct str have = judged(&a, &vex, &r);
		if (!str_eq_c(have, cases[i].suppressed))
			fail_msg("%s: \"%.*s\" is not \"%s\"", cases[i].name, STR_FMT(have), cases[i].suppressed);
		arena_release(&a);
	}
}

/* "CVE status product[/part] justification detail; …" */
static struct str summary(struct arena *a, const struct vex_document *vex)
{
	struct str s = STR("");
	for (size_t i = 0; i < vex->statements.n; i++) {
		const struct vex_statement *t = &vex->statements.v[i];
		const struct vex_product *p = &t->products.v[0];
		s = arena_printf(a, "%.*s%s%.*s %s %.*s%s%.*s %.*s %.*s", STR_FMT(s), i ? "; " : "", STR_FMT(t->ids.v[0]), vex_status_name(t->status), STR_FMT(p->names.v[0].text),
				 p->parts.n ? "/" : "", STR_FMT(p->parts.n ? p->parts.v[0].text : STR("")), STR_FMT(t->justification), STR_FMT(t->detail));
	}
	return s;
}

static void test_formats(void **state)
{
	static const struct {
		const char *file, *format, *author, *statements, *suppressed, *by;
		size_t warnings;
	} files[] = {
		{ "openvex.json", "OpenVEX", "unknown",
		  "CVE-2023-0286 not_affected pkg:deb/debian/openssl vulnerable_code_not_in_execute_path ; CVE-2023-0215 not_affected my-app:1.0/pkg:deb/debian/openssl  no BIO", "openssl",
		  "v.json:9 (unknown)", 0 },
		{ "csaf.json", "CSAF VEX", "Example",
		  "CVE-2023-0286 not_affected cpe:/o:debian:debian_linux:11/pkg:deb/debian/openssl component_not_present why; CVE-2023-0286 affected pkg:deb/debian/openssl component_not_present ",
		  "", NULL, 1 },
		{ "cyclonedx.json", "CycloneDX VEX", "",
		  "CVE-2023-0286 not_affected pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3 code_not_reachable why; CVE-2 fixed pkg:deb/debian/openssl  ; CVE-3 under_investigation root  ", "openssl",
		  "v.json:3", 1 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena a;
		struct document doc;
		struct vex_document vex;
		struct report r;
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		if (read_vex(&a, from_corpus(&a, files[i].file), &doc, &vex, &diags, &err) < 0)
			fail_msg("%s: %s", files[i].file, err.text);
		assert_str(vex.format, files[i].format);
		assert_str(vex.author, files[i].author);
		assert_str(summary(&a, &vex), files[i].statements);
		assert_int_equal(diags.list.n, files[i].warnings);
		assert_str(judged(&a, &vex, &r), files[i].suppressed);
		if (files[i].by)
			assert_str(r.findings.v[0].suppressed.by, files[i].by);
		arena_release(&a);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *name, *text;
		int code;
		size_t statements, warnings;
	} bad[] = {
		{ "nothing known", "{}", ERR_FORMAT, 0, 0 },
		{ "an array", "[1]", ERR_FORMAT, 0, 0 },
		{ "no product", OPENVEX(STATEMENT("", NOT)), 0, 0, 1 },
		{ "no vulnerability", OPENVEX("{\"products\":[" ABOUT(OSSL) "]," NOT "}"), 0, 0, 1 },
		{ "a status nobody knows", OPENVEX(STATEMENT(ABOUT(OSSL), "\"status\":\"notaffected\"")), 0, 0, 1 },
		{ "a status of another kind", OPENVEX(STATEMENT(ABOUT(OSSL), "\"status\":[]")), 0, 0, 1 },
		{ "an old string vulnerability", OPENVEX("{\"vulnerability\":\"CVE-1\",\"products\":[\"" OSSL "\"]," NOT "}"), 0, 1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena a;
		struct document doc;
		struct vex_document vex = { 0 };
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		int code = read_vex(&a, bad[i].text, &doc, &vex, &diags, &err);
		if (code != bad[i].code || (code == 0 && (vex.statements.n != bad[i].statements || diags.list.n != bad[i].warnings)))
			fail_msg("%s: code %d, %zu statements, %zu warnings", bad[i].name, code, vex.statements.n, diags.list.n);
		arena_release(&a);
	}
}

/* Branches nested beyond any use. */
static void test_deep(void **state)
{
	struct arena a;
	struct buf text;
	struct document doc;
	struct vex_document vex;
	struct diags diags;
	struct error err = { 0 };
	(void)state;
	arena_init(&a, 0);
	buf_init(&text, 1 << 20);
	buf_add_c(&text, "{\"document\":{\"csaf_version\":\"2.0\"},\"product_tree\":");
	for (int i = 0; i < 70; i++)
		buf_add_c(&text, "{\"branches\":[");
	for (int i = 0; i < 70; i++)
		buf_add_c(&text, "]}");
	buf_add_c(&text, "}");
	assert_int_equal(read_vex(&a, arena_cstr(&a, buf_str(&text)), &doc, &vex, &diags, &err), ERR_LIMIT);
	buf_release(&text);
	arena_release(&a);
}

/* Adding keeps what a document has, also what we know nothing of. */
static void test_add(void **state)
{
	struct arena a;
	struct document doc;
	struct vex_document vex, added = { .time = STR("2026-01-02T03:04:05Z") };
	struct diags diags;
	struct error err = { 0 };
	struct buf out;
	(void)state;
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	assert_int_equal(read_vex(&a, "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"i\",\"author\":\"A\",\"tooling\":\"T\",\"version\":6,\"statements\":[{\"@id\":\"s1\","
				      "\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[{\"@id\":\"p\"}],\"status\":\"fixed\"}]}", &doc, &vex, &diags, &err), 0);
	assert_true(vec_push(&a, &added.statements, vex.statements.v[0]));
	assert_int_equal(vex_write_openvex(&added, doc.root, &out, &err), 0);
	struct str text = arena_str(&a, buf_str(&out));
	assert_int_equal(read_vex(&a, text.p, &doc, &vex, &diags, &err), 0);
	assert_int_equal(vex.statements.n, 2);
	assert_str(vex.version, "7");
	assert_str(value_str_c(doc.root, "tooling"), "T");
	assert_str(value_str_c(doc.root, "last_updated"), "2026-01-02T03:04:05Z");
	assert_str(value_str_c(value_at(value_get_c(doc.root, "statements"), 0), "@id"), "s1");
	buf_release(&out);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_statements), cmocka_unit_test(test_formats), cmocka_unit_test(test_bad), cmocka_unit_test(test_deep),
					    cmocka_unit_test(test_add) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
