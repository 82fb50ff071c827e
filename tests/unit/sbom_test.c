/* src/format/cyclonedx and src/format/sbom: bills of materials of our own through every format and back, and those of others. */
#include "test.h"
#include "report_fixture.h"

#include "format/sbom/facts.h"
#include "format/sbom/formats.h"
#include "format/sbom/merge.h"
#include "front/report/report.h"

static void read_text(struct arena *a, const char *text, struct sbom *ret)
{
	struct error err = { 0 };
	if (sbom_read(a, str_c(text), STR("test"), ret, &err) < 0)
		fail_msg("%s", err.text);
}

static struct str written(struct arena *a, enum sbom_format f, const struct sbom *s)
{
	struct buf out;
	struct error err = { 0 };
	buf_init(&out, 1 << 22);
	if (sbom_write(f, s, &out, &err) < 0)
		fail_msg("%s", err.text);
	struct str text = arena_str(a, buf_str(&out));
	buf_release(&out);
	return text;
}

static void fixture_bill(struct arena *a, struct report *r, struct sbom *s)
{
	struct error err = { 0 };
	fixture_report(a, r);
	r->facts.packages.v[0].line = 12;
	r->facts.packages.v[0].end_line = 20;
	r->facts.packages.v[1].dev = true;
	r->facts.packages.v[1].vendor = STR("Somebody <x@example.org>");
	if (report_sbom(a, r, s, NULL, &err) < 0)
		fail_msg("%s", err.text);
	s->name = STR("a document");
	s->id = STR("https://example.org/a-namespace");
	struct sbom_component *c = &s->components.v[s->components.n - 1];
	struct str texts[] = { STR("cpe:2.3:a:x:y:1:*:*:*:*:*:*:*"), STR("cpe:2.3:a:x:z:1:*:*:*:*:*:*:*"), STR("sha256:0000de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf"),
				STR("crc32:00aa") };
	for (size_t i = 0; i < 4; i++)
		assert_non_null(vec_push(a, i < 2 ? &c->cpes : &c->digests, texts[i]));
	c->copyright = STR("(c) \"somebody\" & <others>");
	c->homepage = STR("https://example.org/?a=1&b=2");
	c->description = STR("two\nlines\tand a tab");
}

static void same_str(struct str x, struct str y, const char *what, const char *format)
{
	if (!str_eq(x, y))
		fail_msg("%s: %s: \"%.*s\" is not \"%.*s\"", format, what, STR_FMT(y), STR_FMT(x));
}

static void same_list(const struct str_vec *x, const struct str_vec *y, const char *what, const char *format)
{
	if (x->n != y->n)
		fail_msg("%s: %s: %zu, not %zu", format, what, y->n, x->n);
	for (size_t i = 0; i < x->n; i++)
		same_str(x->v[i], y->v[i], what, format);
}

static void same_bill(const struct sbom *x, const struct sbom *y, const char *format)
{
	same_str(x->name, y->name, "name", format);
	same_str(x->id, y->id, "id", format);
	same_str(x->created, y->created, "created", format);
	assert_int_equal(x->subject_count, y->subject_count);
	assert_int_equal(x->components.n, y->components.n);
	assert_int_equal(x->tools.n, y->tools.n);
	assert_int_equal(x->incomplete, y->incomplete);
	for (size_t i = 0; i < x->components.n; i++) {
		const struct sbom_component *a = &x->components.v[i], *b = &y->components.v[i];
		same_str(a->ref, b->ref, "ref", format);
		same_str(a->group, b->group, "group", format);
		same_str(a->name, b->name, "name", format);
		same_str(a->version, b->version, "version", format);
		same_str(a->purl, b->purl, "purl", format);
		same_str(a->supplier, b->supplier, "supplier", format);
		same_str(a->description, b->description, "description", format);
		same_str(a->copyright, b->copyright, "copyright", format);
		same_str(a->homepage, b->homepage, "homepage", format);
		same_list(&a->licenses, &b->licenses, "licence", format);
		same_list(&a->digests, &b->digests, "digest", format);
		same_list(&a->cpes, &b->cpes, "cpe", format);
		assert_int_equal(a->type, b->type);
		assert_int_equal(a->depends.n, b->depends.n);
		for (size_t k = 0; k < a->depends.n; k++)
			assert_int_equal(a->depends.v[k], b->depends.v[k]);
		if (a->properties.n != b->properties.n)
			fail_msg("%s: %zu properties of %.*s, not %zu", format, b->properties.n, STR_FMT(a->name), a->properties.n);
		for (size_t k = 0; k < a->properties.n; k++) {
			same_str(a->properties.v[k].name, b->properties.v[k].name, "property", format);
			same_str(a->properties.v[k].value, b->properties.v[k].value, "value", format);
		}
	}
}

/* Everything that the struct says comes back from every format, whatever it went through before. */
static void test_round_trip(void **state)
{
	struct arena a;
	struct report r;
	struct sbom s;
	arena_init(&a, 0);
	fixture_bill(&a, &r, &s);
	for (unsigned f = 0; f < SBOM_FORMAT_COUNT; f++) {
		struct sbom back, twice;
		struct error err = { 0 };
		const char *name = sbom_format_info((enum sbom_format)f)->name;
		struct str text = written(&a, (enum sbom_format)f, &s);
		assert_true(str_eq(text, written(&a, (enum sbom_format)f, &s)));
		assert_true(sbom_may_be(str_sub(text, 0, 512)));
		if (sbom_read(&a, text, STR("test"), &back, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		same_bill(&s, &back, name);
		for (unsigned g = 0; g < SBOM_FORMAT_COUNT; g++) {
			assert_int_equal(sbom_read(&a, written(&a, (enum sbom_format)g, &back), STR("test"), &twice, &err), 0);
			same_bill(&s, &twice, sbom_format_info((enum sbom_format)g)->name);
		}
	}
	arena_release(&a);
}

static void same_package(const struct package *x, const struct package *y)
{
	assert_int_equal(x->kind, y->kind);
	same_str(x->name, y->name, "name", "facts");
	same_str(x->version, y->version, "version", "facts");
	same_str(x->arch, y->arch, "arch", "facts");
	same_str(x->path, y->path, "path", "facts");
	same_str(x->nested_path, y->nested_path, "nested path", "facts");
	same_str(x->modularity, y->modularity, "modularity", "facts");
	same_str(x->digest, y->digest, "digest", "facts");
	if (x->src_name.n)
		same_str(x->src_name, y->src_name, "source", "facts");
	if (x->src_version.n)
		same_str(x->src_version, y->src_version, "source version", "facts");
	if (package_kind_info(x->kind)->os)
		same_str(x->vendor, y->vendor, "vendor", "facts");
	same_list(&x->licenses, &y->licenses, "licence", "facts");
	assert_int_equal(x->line, y->line);
	assert_int_equal(x->end_line, y->end_line);
	assert_int_equal(x->layer, y->layer);
	assert_int_equal(x->dev, y->dev);
	assert_int_equal(x->indirect, y->indirect);
	assert_int_equal(x->is_root, y->is_root);
}

static const struct package *find(const struct sbom_facts *f, struct str name)
{
	for (size_t i = 0; i < f->facts.packages.n; i++)
		if (str_eq(f->facts.packages.v[i].name, name))
			return &f->facts.packages.v[i];
	fail_msg("%.*s is not there", STR_FMT(name));
	return NULL;
}

/* What a scan needs of an image comes back: packages, layers, distribution, owners, what could not be read. */
static void test_facts(void **state)
{
	struct arena a;
	struct report r;
	struct sbom s;
	struct sbom_facts f;
	struct error err = { 0 };
	arena_init(&a, 0);
	fixture_bill(&a, &r, &s);
	s.components.v[s.components.n - 1].digests.n = 0;
	assert_int_equal(sbom_to_facts(&a, &s, &f, &err), 0);
	assert_int_equal(f.facts.packages.n, r.facts.packages.n);
	for (size_t i = 0; i < f.facts.packages.n; i++) {
		const struct package *x = &r.facts.packages.v[i], *y = find(&f, x->name);
		same_package(x, y);
		assert_int_equal(x->owner > 0, y->owner > 0);
		if (x->owner)
			same_str(r.facts.packages.v[x->owner - 1].name, f.facts.packages.v[y->owner - 1].name, "owner", "facts");
	}
	same_str(r.facts.distro.id, f.facts.distro.id, "id", "distro");
	same_str(r.facts.distro.version, f.facts.distro.version, "version", "distro");
	same_str(r.facts.distro.version_id, f.facts.distro.version_id, "version id", "distro");
	same_str(r.facts.distro.codename, f.facts.distro.codename, "codename", "distro");
	same_str(r.facts.distro.name, f.facts.distro.name, "pretty name", "distro");
	same_str(r.image.id, f.image.id, "id", "image");
	same_str(r.image.architecture, f.image.architecture, "architecture", "image");
	same_list(&r.image.repo_digests, &f.image.repo_digests, "digest", "image");
	assert_int_equal(f.image.layers.n, r.image.layers.n);
	same_str(r.image.layers.v[0].digest, f.image.layers.v[0].digest, "digest", "layer");
	assert_int_equal(f.image.layers.v[0].size, r.image.layers.v[0].size);
	assert_int_equal(f.gaps.n, 1);
	same_str(STR("app/broken.jar"), f.gaps.v[0].path, "path", "gap");
	same_str(STR("not a zip archive"), f.gaps.v[0].text, "text", "gap");
	assert_false(f.is_rootfs);
	arena_release(&a);
}

/* Bills as others write them. */
static void test_foreign(void **state)
{
	static const char trivy[] =
		"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{\"bom-ref\":\"i\",\"type\":\"container\",\"name\":\"x.tar\","
		"\"properties\":[{\"name\":\"aquasecurity:trivy:DiffID\",\"value\":\"sha256:aa\"},{\"name\":\"aquasecurity:trivy:DiffID\",\"value\":\"sha256:bb\"}]}},"
		"\"components\":[{\"bom-ref\":\"o\",\"type\":\"operating-system\",\"name\":\"redhat\",\"version\":\"8.4\",\"properties\":[{\"name\":\"aquasecurity:trivy:Class\","
		"\"value\":\"os-pkgs\"},{\"name\":\"aquasecurity:trivy:Type\",\"value\":\"redhat\"}]},"
		"{\"bom-ref\":\"a\",\"type\":\"application\",\"name\":\"usr/bin/tool\",\"properties\":[{\"name\":\"aquasecurity:trivy:Class\",\"value\":\"lang-pkgs\"}]},"
		"{\"bom-ref\":\"p\",\"type\":\"library\",\"name\":\"openssl-libs\",\"version\":\"1:1.1.1g-15.el8_3\",\"purl\":"
		"\"pkg:rpm/redhat/openssl-libs@1.1.1g-15.el8_3?arch=x86_64&distro=redhat-8.4&epoch=1\",\"properties\":["
		"{\"name\":\"aquasecurity:trivy:SrcName\",\"value\":\"openssl\"},{\"name\":\"aquasecurity:trivy:SrcVersion\",\"value\":\"1.1.1g\"},"
		"{\"name\":\"aquasecurity:trivy:SrcRelease\",\"value\":\"15.el8_3\"},{\"name\":\"aquasecurity:trivy:SrcEpoch\",\"value\":\"1\"},"
		"{\"name\":\"aquasecurity:trivy:LayerDiffID\",\"value\":\"sha256:bb\"}]},"
		"{\"bom-ref\":\"g\",\"type\":\"library\",\"name\":\"golang.org/x/Net\",\"version\":\"v0.1.0\",\"purl\":\"pkg:golang/golang.org/x/net@v0.1.0\",\"properties\":["
		"{\"name\":\"aquasecurity:trivy:PkgType\",\"value\":\"gobinary\"}]},"
		"{\"bom-ref\":\"m\",\"type\":\"library\",\"group\":\"org.x\",\"name\":\"y\",\"version\":\"2\",\"purl\":\"pkg:maven/org.x/y@2\"},"
		"{\"bom-ref\":\"s\",\"type\":\"library\",\"name\":\"nio\",\"version\":\"2.0\",\"purl\":\"pkg:unheard-of/apple/nio@2.0\"},"
		"{\"bom-ref\":\"bad\",\"type\":\"library\",\"name\":\"bad\",\"purl\":\"pkg:%zz\"}],"
		"\"dependencies\":[{\"ref\":\"i\",\"dependsOn\":[\"o\",\"a\"]},{\"ref\":\"o\",\"dependsOn\":[\"p\"]},{\"ref\":\"a\",\"dependsOn\":[\"g\"]},{\"ref\":\"g\","
		"\"dependsOn\":[\"m\"]}]}";
	struct arena a;
	struct sbom s;
	struct sbom_facts f;
	struct error err = { 0 };
	arena_init(&a, 0);
	read_text(&a, trivy, &s);
	assert_int_equal(sbom_to_facts(&a, &s, &f, &err), 0);
	assert_str(f.facts.distro.id, "rhel");
	assert_str(f.facts.distro.version, "8.4");
	assert_int_equal(f.facts.packages.n, 5);
	const struct package *p = find(&f, STR("openssl-libs"));
	assert_int_equal(p->kind, PKG_RPM);
	assert_str(p->version, "1:1.1.1g-15.el8_3");
	assert_str(p->src_version, "1:1.1.1g-15.el8_3");
	assert_str(p->arch, "x86_64");
	assert_int_equal(p->layer, 1);
	p = find(&f, STR("golang.org/x/Net"));
	assert_int_equal(p->kind, PKG_GO_BINARY);
	assert_str(p->path, "usr/bin/tool");
	assert_int_equal(find(&f, STR("org.x:y"))->kind, PKG_JAR);
	assert_int_equal(find(&f, STR("nio"))->kind, PKG_NONE);
	assert_int_equal(find(&f, STR("bad"))->kind, PKG_NONE);
	assert_int_equal(f.facts.diags.list.n, 1);
	assert_int_equal(f.facts.diags.list.v[0].level, DIAG_UNREADABLE);
	arena_release(&a);
}

/* Nested components, old documents, XML with prefixes, documents without a subject, envelopes. */
static void test_shapes(void **state)
{
	static const struct {
		const char *text;
		size_t components, subjects;
		const char *last, *parent;
	} cases[] = {
		{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.2\",\"components\":[{\"type\":\"library\",\"name\":\"a\",\"components\":[{\"type\":\"library\",\"name\":\"b\"}]}]}", 3, 1,
		  "b", "a" },
		{ "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"><metadata><component type=\"application\" bom-ref=\"r\"><name>r</name></component></metadata>"
		  "<components><component type=\"library\" bom-ref=\"l\"><name>l &amp; m</name><hashes><hash alg=\"MD5\">00</hash></hashes></component></components>"
		  "<dependencies><dependency ref=\"r\"><dependency ref=\"l\"/></dependency></dependencies></bom>",
		  2, 1, "l & m", "r" },
		{ "<?xml version=\"1.0\"?><!-- x --><c:bom xmlns:c=\"http://cyclonedx.org/schema/bom/1.6\"><c:components><c:component type=\"library\"><c:name>q</c:name>"
		  "</c:component></c:components></c:bom>",
		  2, 1, "q", "" },
		{ "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\"https://cyclonedx.org/bom\",\"predicate\":{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\","
		  "\"metadata\":{\"component\":{\"type\":\"container\",\"name\":\"only\"}}}}",
		  1, 1, "only", NULL },
		{ "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"eyJib21Gb3JtYXQiOiJDeWNsb25lRFgiLCJzcGVjVmVyc2lvbiI6IjEuNSJ9\"}", 1, 1, "", NULL },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sbom s;
		read_text(&a, cases[i].text, &s);
		const struct sbom_component *last = &s.components.v[s.components.n - 1];
		if (s.components.n != cases[i].components || s.subject_count != cases[i].subjects || !str_eq_c(last->name, cases[i].last))
			fail_msg("case %zu: %zu components, %zu subjects, last %.*s", i, s.components.n, s.subject_count, STR_FMT(last->name));
		bool found = !cases[i].parent;
		for (size_t k = 0; k < s.components.n && !found; k++)
			for (size_t d = 0; d < s.components.v[k].depends.n; d++)
				found |= s.components.v[k].depends.v[d] == s.components.n - 1 && str_eq_c(s.components.v[k].name, cases[i].parent);
		if (!found)
			fail_msg("case %zu: nothing points from \"%s\" to \"%s\"", i, cases[i].parent, cases[i].last);
	}
	arena_release(&a);
}

/* A licence goes where the schema has a place for it, and comes back as it stood. */
static void test_cyclonedx_licenses(void **state)
{
	static const struct {
		const char *first, *second; /* NULL: none */
		const char *json, *xml;
	} cases[] = {
		{ "MIT", NULL, "{\"license\":{\"id\":\"MIT\"}}", "<license><id>MIT</id></license>" },
		{ "Ubuntu-font-1.0", NULL, "{\"license\":{\"id\":\"Ubuntu-font-1.0\"}}", "<license><id>Ubuntu-font-1.0</id></license>" },
		{ "GPL-2.0+", NULL, "{\"license\":{\"id\":\"GPL-2.0+\"}}", "<license><id>GPL-2.0+</id></license>" },
		{ "mit", NULL, "{\"license\":{\"name\":\"mit\"}}", "<license><name>mit</name></license>" },
		{ "GPLv2+ & more", NULL, "{\"license\":{\"name\":\"GPLv2+ & more\"}}", "<license><name>GPLv2+ &amp; more</name></license>" },
		/* of the list, but not yet of the schema's */
		{ "FDK-MPEG-H", NULL, "{\"license\":{\"name\":\"FDK-MPEG-H\"}}", "<license><name>FDK-MPEG-H</name></license>" },
		{ "Classpath-exception-2.0", NULL, "{\"license\":{\"name\":\"Classpath-exception-2.0\"}}", "<license><name>Classpath-exception-2.0</name></license>" },
		{ "LicenseRef-ours", NULL, "{\"license\":{\"name\":\"LicenseRef-ours\"}}", "<license><name>LicenseRef-ours</name></license>" },
		{ "MIT OR SGP4", NULL, "[{\"expression\":\"MIT OR SGP4\"}]", "<licenses><expression>MIT OR SGP4</expression></licenses>" },
		{ "(Apache-2.0 WITH LLVM-exception) AND LicenseRef-x", NULL, "[{\"expression\":\"(Apache-2.0 WITH LLVM-exception) AND LicenseRef-x\"}]",
		  "<licenses><expression>(Apache-2.0 WITH LLVM-exception) AND LicenseRef-x</expression></licenses>" },
		{ "MIT OR whatever", NULL, "{\"license\":{\"name\":\"MIT OR whatever\"}}", "<license><name>MIT OR whatever</name></license>" },
		/* one expression at most, and nothing beside it */
		{ "MIT OR ISC", "Zlib", "[{\"license\":{\"name\":\"MIT OR ISC\"}},{\"license\":{\"id\":\"Zlib\"}}]",
		  "<licenses><license><name>MIT OR ISC</name></license><license><id>Zlib</id></license></licenses>" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int xml = 0; xml < 2; xml++) {
			struct sbom s, back;
			struct buf squeezed;
			read_text(&a, "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[{\"type\":\"library\",\"name\":\"a\"}]}", &s);
			struct str_vec *list = &s.components.v[s.components.n - 1].licenses;
			assert_non_null(vec_push(&a, list, str_c(cases[i].first)));
			assert_true(!cases[i].second || vec_push(&a, list, str_c(cases[i].second)));
			struct str text = written(&a, xml ? SBOM_CYCLONEDX_XML : SBOM_CYCLONEDX_JSON, &s);
			/* without line breaks, indentation, and the space behind a member's name */
			bool between = true;
			buf_init(&squeezed, 1 << 20);
			for (size_t k = 0; k < text.n; k++) {
				between = text.p[k] == '\n' || (char_is_space(text.p[k]) && (between || text.p[k - 1] == ':'));
				if (!between)
					buf_add_char(&squeezed, text.p[k]);
			}
			if (!str_contains(buf_str(&squeezed), str_c(xml ? cases[i].xml : cases[i].json)))
				fail_msg("%s: not where it belongs in %.*s", cases[i].first, STR_FMT(text));
			assert_int_equal(sbom_read(&a, text, STR("test"), &back, NULL), 0);
			same_list(list, &back.components.v[back.components.n - 1].licenses, "licence", cases[i].first);
			buf_release(&squeezed);
		}
	}
	arena_release(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "", ERR_FORMAT },
		{ "{}", ERR_FORMAT },
		{ "{\"a\":", ERR_FORMAT },
		{ "[]", ERR_FORMAT },
		{ "<html></html>", ERR_FORMAT },
		{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"2.0\"}", ERR_UNSUPPORTED },
		{ "<!DOCTYPE bom [<!ENTITY a \"aaaa\">]><bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">&a;</bom>", ERR_UNSUPPORTED },
		{ "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"><components></bom>", ERR_FORMAT },
		{ "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"!\"}", ERR_FORMAT },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sbom s;
		struct error err = { 0 };
		int r = sbom_read(&a, str_c(cases[i].text), STR("test"), &s, &err);
		if (r != cases[i].code)
			fail_msg("case %zu: %d (%s), not %d", i, r, err.text, cases[i].code);
	}
	arena_release(&a);
}

/* A bill merged with itself is itself; two images keep their own operating systems and share what is the same. */
static void test_merge(void **state)
{
	struct arena a;
	struct report r;
	struct sbom s, other, both, read;
	struct sbom_facts f;
	struct error err = { 0 };
	arena_init(&a, 0);
	fixture_bill(&a, &r, &s);
	struct sbom twice[] = { s, s };
	assert_int_equal(sbom_merge(&a, twice, 2, &both, &err), 0);
	assert_int_equal(both.components.n, s.components.n);
	assert_int_equal(both.subject_count, 1);
	assert_int_equal(both.tools.n, 1);

	other = s;
	other.components = (struct sbom_component_vec){ 0 };
	for (size_t i = 0; i < s.components.n; i++)
		assert_non_null(vec_push(&a, &other.components, s.components.v[i]));
	other.components.v[0].name = STR("another:2.0");
	for (size_t i = 1; i < other.components.n; i++)
		if (other.components.v[i].type == SBOM_OPERATING_SYSTEM)
			other.components.v[i].version = STR("12.1");
	struct sbom pair[] = { s, other };
	assert_int_equal(sbom_merge(&a, pair, 2, &both, &err), 0);
	assert_int_equal(both.subject_count, 2);
	size_t groups = 0;
	for (size_t i = 1; i < s.components.n; i++)
		groups += sbom_is_group(&s, i);
	assert_int_equal(both.components.n, s.components.n + 1 + groups);
	for (unsigned fmt = 0; fmt < SBOM_FORMAT_COUNT; fmt++) {
		assert_int_equal(sbom_read(&a, written(&a, (enum sbom_format)fmt, &both), STR("test"), &read, &err), 0);
		assert_int_equal(read.subject_count, 2);
		assert_str(read.components.v[1].name, "another:2.0");
		assert_int_equal(sbom_to_facts(&a, &read, &f, &err), 0);
		assert_int_equal(f.facts.packages.n, r.facts.packages.n);
		assert_str(f.image.artifact_name, "my-app:1.0 + another:2.0");
		size_t total = 0;
		for (size_t i = 0; i < f.parts.n; i++) {
			assert_int_equal(f.parts.v[i].first, total);
			total += f.parts.v[i].count;
		}
		assert_int_equal(total, f.facts.packages.n);
	}
	arena_release(&a);
}

static void test_names(void **state)
{
	enum sbom_format f;
	assert_int_equal(sbom_format_parse(STR("cyclonedx-json"), &f), 0);
	assert_int_equal(f, SBOM_CYCLONEDX_JSON);
	assert_int_equal(sbom_format_parse(STR("cyclonedx-xml"), &f), 0);
	assert_int_equal(f, SBOM_CYCLONEDX_XML);
	assert_int_equal(sbom_format_parse(STR("table"), &f), ERR_NOT_FOUND);
	for (unsigned i = 0; i < SBOM_FORMAT_COUNT; i++)
		assert_true(str_contains(STR(SBOM_FORMAT_NAMES), str_c(sbom_format_info((enum sbom_format)i)->name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_facts),   cmocka_unit_test(test_foreign), cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_merge),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_cyclonedx_licenses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
