/* src/format/spdx and src/format/license/spdx_license: licence expressions, documents as others write them, texts that SPDX's fields can't hold, what is refused.
 * The round trip of whole bills through every format is sbom_test's. */
#include "test.h"

#include "format/license/spdx_license.h"
#include "format/sbom/facts.h"
#include "format/sbom/formats.h"
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

static void test_expressions(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "MIT", true }, { "0BSD", true }, { "ZPL-2.1", true }, { "GPL-2.0+", true }, { "GPL-2.0", true }, { "GPL-2.0-or-later", true }, { "Apache-2.0+", true },
		{ "MIT OR Apache-2.0", true }, { "(MIT OR Apache-2.0) AND ISC", true }, { "GPL-2.0-only WITH Classpath-exception-2.0", true },
		{ "((MIT))", true }, { "LicenseRef-x.y-1", true }, { "MIT AND LicenseRef-z", true },
		{ "", false }, { "mit", false }, { "MIT or ISC", false }, { "MIT OR", false }, { "OR MIT", false }, { "(MIT", false }, { "MIT)", false }, { "()", false },
		{ "MIT ISC", false }, { "MIT WITH ISC", false }, { "(MIT OR ISC) WITH Classpath-exception-2.0", false }, { "GPL-2.0-only WITH", false }, { "GPL+", false },
		{ "LicenseRef-", false }, { "LicenseRef-a_b", false }, { "DocumentRef-a:LicenseRef-b", false }, { "public domain", false },
		{ "MIT WITH Classpath-exception-2.0 WITH Classpath-exception-2.0", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (spdx_is_expression(str_c(cases[i].text)) != cases[i].valid)
			fail_msg("\"%s\" is %s expression", cases[i].text, cases[i].valid ? "an" : "no");
	assert_string_equal(spdx_license_id(STR("apache-2.0")), "Apache-2.0");
	assert_string_equal(spdx_exception_id(STR("classpath-EXCEPTION-2.0")), "Classpath-exception-2.0");
	assert_null(spdx_license_id(STR("Apache")));
	assert_null(spdx_license_id(STR("Classpath-exception-2.0")));
	assert_null(spdx_license_id(STR("")));
}

/* What a reader makes of licenseDeclared. */
static void test_license_parts(void **state)
{
	static const struct {
		const char *text, *parts;
	} cases[] = {
		{ "MIT", "MIT" }, { "NOASSERTION", "" }, { "MIT AND ISC", "MIT|ISC" }, { "(MIT OR ISC) AND Zlib", "MIT OR ISC|Zlib" }, { "MIT OR ISC AND Zlib", "MIT OR ISC AND Zlib" },
		{ "(MIT AND ISC)", "(MIT AND ISC)" }, { "(MIT AND ISC) OR Zlib", "(MIT AND ISC) OR Zlib" }, { "whatever AND MIT", "whatever AND MIT" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str_vec v = { 0 };
		struct str joined = STR("");
		assert_int_equal(spdx_read_expression(&a, str_c(cases[i].text), NULL, &v), 0);
		for (size_t k = 0; k < v.n; k++)
			joined = arena_printf(&a, "%.*s%s%.*s", STR_FMT(joined), k ? "|" : "", STR_FMT(v.v[k]));
		assert_str(joined, cases[i].parts);
	}
	arena_release(&a);
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *name, *version;
	} tools[] = { { "bulkhead-0.5.0", "bulkhead", "0.5.0" }, { "syft-[not provided]", "syft-[not provided]", "" }, { "trivy-dev", "trivy", "dev" },
		      { "log4j-2-scanner", "log4j-2-scanner", "" }, { "tool-v1.0-2", "tool", "v1.0-2" }, { "x", "x", "" } };
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		struct sbom_tool t;
		spdx_split_tool(str_c(tools[i].text), &t);
		assert_str(t.name, tools[i].name);
		assert_str(t.version, tools[i].version);
	}
	assert_str(spdx_camel(&a, STR("DEPENDS_ON")), "dependsOn");
	assert_str(spdx_camel(&a, STR("OPERATING-SYSTEM")), "operatingSystem");
	assert_str(spdx_scream(&a, STR("hasDistributionArtifact"), '_'), "HAS_DISTRIBUTION_ARTIFACT");
	assert_str(spdx_digest(&a, STR("SHA1"), STR("0000000000000000000000000000000000000000")), "");
	assert_str(spdx_digest(&a, STR("SHA3-256"), STR("AB")), "sha3-256:ab");
	assert_str(spdx_digest(&a, STR("blake2b256"), STR("ab")), "blake2b-256:ab");
	arena_release(&a);
}

static void read_text(struct arena *a, const char *text, struct sbom *ret)
{
	struct error err = { 0 };
	if (sbom_read(a, str_c(text), STR("test"), ret, &err) < 0)
		fail_msg("%s", err.text);
}

static const struct sbom_component *find(const struct sbom *s, const char *name)
{
	for (size_t i = 0; i < s->components.n; i++)
		if (str_eq_c(s->components.v[i].name, name))
			return &s->components.v[i];
	fail_msg("%s is not there", name);
	return NULL;
}

static bool depends(const struct sbom *s, const char *from, const char *to)
{
	const struct sbom_component *c = find(s, from);
	for (size_t i = 0; i < c->depends.n; i++)
		if (&s->components.v[c->depends.v[i]] == find(s, to))
			return true;
	return false;
}

static struct str property(const struct sbom_component *c, const char *name)
{
	return sbom_property_get(&c->properties, str_c(name));
}

/* JSON with files, evidence and licences as Syft has them; its DEPENDENCY_OF points the other way. */
static void test_syft(void **state)
{
	static const char text[] =
		"{\"spdxVersion\":\"SPDX-2.3\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"x.tar\",\"documentNamespace\":\"https://anchore.com/syft/image/x\",\"creationInfo\":{"
		"\"creators\":[\"Organization: Anchore, Inc\",\"Tool: syft-1.2.3\"],\"created\":\"2026-11-24T03:07:27Z\"},\"packages\":["
		"{\"name\":\"libc6\",\"SPDXID\":\"SPDXRef-Package-deb-libc6\",\"versionInfo\":\"2.36-9\",\"supplier\":\"NOASSERTION\",\"downloadLocation\":\"NOASSERTION\","
		"\"sourceInfo\":\"acquired package info from DPKG DB: /var/lib/dpkg/status, /usr/share/doc/libc6/copyright\",\"licenseConcluded\":\"NOASSERTION\","
		"\"licenseDeclared\":\"GPL-2.0-only AND LicenseRef-odd\",\"externalRefs\":[{\"referenceCategory\":\"SECURITY\",\"referenceType\":\"cpe23Type\","
		"\"referenceLocator\":\"cpe:2.3:a:libc6:libc6:2.36-9:*:*:*:*:*:*:*\"},{\"referenceCategory\":\"PACKAGE_MANAGER\",\"referenceType\":\"purl\",\"referenceLocator\":"
		"\"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc\"},{\"referenceCategory\":\"PERSISTENT-ID\",\"referenceType\":\"gitoid\",\"referenceLocator\":\"gitoid:x\"}]},"
		"{\"name\":\"bash\",\"SPDXID\":\"SPDXRef-Package-deb-bash\",\"versionInfo\":\"5.2\",\"externalRefs\":[{\"referenceCategory\":\"PACKAGE-MANAGER\",\"referenceType\":"
		"\"purl\",\"referenceLocator\":\"pkg:deb/debian/bash@5.2?distro=debian-12\"}]},"
		"{\"name\":\"x.tar\",\"SPDXID\":\"SPDXRef-DocumentRoot-Image\",\"versionInfo\":\"sha256:aa\",\"primaryPackagePurpose\":\"CONTAINER\"}],"
		"\"files\":[{\"fileName\":\"bin/bash\",\"SPDXID\":\"SPDXRef-File-1\",\"checksums\":[{\"algorithm\":\"SHA1\",\"checksumValue\":\"0000000000000000000000000000000000000000\"}]}],"
		"\"hasExtractedLicensingInfos\":[{\"licenseId\":\"LicenseRef-odd\",\"extractedText\":\"NOASSERTION\",\"name\":\"odd & rare\"}],\"relationships\":["
		"{\"spdxElementId\":\"SPDXRef-Package-deb-libc6\",\"relatedSpdxElement\":\"SPDXRef-Package-deb-bash\",\"relationshipType\":\"DEPENDENCY_OF\"},"
		"{\"spdxElementId\":\"SPDXRef-Package-deb-bash\",\"relatedSpdxElement\":\"SPDXRef-File-1\",\"relationshipType\":\"CONTAINS\"},"
		"{\"spdxElementId\":\"SPDXRef-Package-deb-bash\",\"relatedSpdxElement\":\"SPDXRef-File-1\",\"relationshipType\":\"OTHER\",\"comment\":\"evident-by\"},"
		"{\"spdxElementId\":\"SPDXRef-DocumentRoot-Image\",\"relatedSpdxElement\":\"SPDXRef-Package-deb-bash\",\"relationshipType\":\"CONTAINS\"},"
		"{\"spdxElementId\":\"SPDXRef-Package-deb-libc6\",\"relatedSpdxElement\":\"SPDXRef-Package-deb-bash\",\"relationshipType\":\"OTHER\",\"comment\":"
		"\"ownership-by-file-overlap: indicates\"},"
		"{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relatedSpdxElement\":\"SPDXRef-DocumentRoot-Image\",\"relationshipType\":\"DESCRIBES\"},\n"
		"{\"spdxElementId\":\"SPDXRef-Package-deb-bash\",\"relatedSpdxElement\":\"SPDXRef-nowhere\",\"relationshipType\":\"DEPENDS_ON\"}]}";
	struct arena a;
	struct sbom s;
	struct sbom_facts f;
	struct error err = { 0 };
	arena_init(&a, 0);
	read_text(&a, text, &s);
	assert_str(s.format, "SPDX-2.3");
	assert_str(s.components.v[0].name, "x.tar");
	assert_int_equal(s.subject_count, 1);
	assert_int_equal(s.components.n, 4);
	assert_str(s.tools.v[0].version, "1.2.3");
	assert_str(s.authors.v[0], "Anchore, Inc");
	const struct sbom_component *c = find(&s, "libc6");
	assert_int_equal(c->licenses.n, 2);
	assert_str(c->licenses.v[1], "odd & rare");
	assert_str(c->supplier, "");
	assert_str(c->purl, "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc");
	assert_int_equal(c->cpes.n, 1);
	assert_str(property(c, SBOM_P_FILE_PATH), "/var/lib/dpkg/status");
	assert_str(property(c, SPDX_P_REFERENCE), "[\"PERSISTENT-ID\",\"gitoid\",\"gitoid:x\"]");
	assert_true(depends(&s, "bash", "libc6"));
	assert_str(property(find(&s, "bash"), SBOM_P_OWNED_BY), "SPDXRef-Package-deb-libc6");
	assert_true(depends(&s, "bash", "bin/bash"));
	assert_int_equal(find(&s, "bin/bash")->digests.n, 0);
	assert_int_equal(s.diags.list.n, 2);
	assert_int_equal(s.diags.list.v[0].line, 2);
	assert_int_equal(s.diags.list.v[0].level, DIAG_WARNING);
	assert_int_equal(s.diags.list.v[1].level, DIAG_NOTE);
	assert_int_equal(sbom_to_facts(&a, &s, &f, &err), 0);
	assert_int_equal(f.facts.packages.n, 2);
	assert_str(f.facts.distro.id, "debian");
	assert_str(f.facts.packages.v[1].src_name, "glibc");
	arena_release(&a);
}

/* Tag-value as Trivy has it, where only sourceInfo says what a package was built from and lies in; texts of several lines, comments, a snippet. */
static void test_trivy(void **state)
{
	static const char text[] = "# a comment\n"
				   "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: x\nDocumentNamespace: http://trivy.dev/x\n"
				   "Creator: Organization: aquasecurity\nCreator: Tool: trivy-0.60.0\nCreated: 2026-11-24T03:06:57Z\n\n"
				   "PackageName: x\nSPDXID: SPDXRef-ContainerImage-1\nPrimaryPackagePurpose: CONTAINER\n"
				   "PackageName: redhat\nSPDXID: SPDXRef-OperatingSystem-1\nPackageVersion: 8.4\nPrimaryPackagePurpose: OPERATING-SYSTEM\n"
				   "PackageName: openssl-libs\nSPDXID: SPDXRef-Package-1\nPackageVersion: 1:1.1.1g-15.el8_3\nPackageSourceInfo: <text>built package from: openssl 1:1.1.1g-15.el8_3</text>\n"
				   "PackageLicenseDeclared: LicenseRef-1\nPackageCopyrightText: <text>one\n  two\n</text>\nPackageSupplier: Organization: Red Hat ()\n"
				   "ExternalRef: PACKAGE-MANAGER purl pkg:rpm/redhat/openssl-libs@1.1.1g-15.el8_3?arch=x86_64&distro=redhat-8.4&epoch=1\n"
				   "PackageName: golang.org/x/net\nSPDXID: SPDXRef-Package-2\nPackageVersion: v0.1.0\nPackageSourceInfo: package found in: usr/bin/tool\n"
				   "PackageAttributionText: PkgType: gobinary\nExternalRef: PACKAGE-MANAGER purl pkg:golang/golang.org/x/net@v0.1.0\nPackageChecksum: oh\n"
				   "LicenseID: LicenseRef-1\nExtractedText: <text>OpenSSL licence</text>\n"
				   "SnippetSPDXID: SPDXRef-S\nSnippetByteRange: 1:2\n"
				   "Annotator: Person: Jane (j@example.org)\nAnnotationDate: 2026-01-01T00:00:00Z\nAnnotationType: REVIEW\nSPDXREF: SPDXRef-Package-1\nAnnotationComment: fine\n"
				   "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-ContainerImage-1\n"
				   "Relationship: SPDXRef-ContainerImage-1 CONTAINS SPDXRef-OperatingSystem-1\nRelationship: SPDXRef-OperatingSystem-1 CONTAINS SPDXRef-Package-1\r\n"
				   "Relationship: SPDXRef-Package-2\nWhatever: 1\n";
	struct arena a;
	struct sbom s;
	struct sbom_facts f;
	struct error err = { 0 };
	arena_init(&a, 0);
	read_text(&a, text, &s);
	const struct sbom_component *c = find(&s, "openssl-libs");
	assert_str(c->copyright, "one\n  two\n");
	assert_str(c->supplier, "Red Hat");
	assert_str(c->licenses.v[0], "OpenSSL licence");
	assert_str(property(c, SPDX_P_ANNOTATION), "[\"Person: Jane (j@example.org)\",\"2026-01-01T00:00:00Z\",\"REVIEW\",\"fine\"]");
	assert_true(depends(&s, "redhat", "openssl-libs"));
	static const struct {
		uint32_t line;
		enum diag_level level;
	} diags[] = { { 34, DIAG_UNREADABLE }, { 47, DIAG_UNREADABLE }, { 48, DIAG_WARNING }, { 0, DIAG_NOTE } };
	assert_int_equal(s.diags.list.n, ARRAY_LEN(diags));
	for (size_t i = 0; i < ARRAY_LEN(diags); i++) {
		assert_int_equal(s.diags.list.v[i].line, diags[i].line);
		assert_int_equal(s.diags.list.v[i].level, diags[i].level);
	}
	assert_int_equal(sbom_to_facts(&a, &s, &f, &err), 0);
	assert_str(f.facts.distro.id, "rhel");
	assert_int_equal(f.facts.packages.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct package *p = &f.facts.packages.v[i];
		if (p->kind == PKG_RPM)
			assert_str(p->src_version, "1:1.1.1g-15.el8_3");
		else
			assert_str(p->path, "usr/bin/tool");
		assert_true(p->kind == PKG_RPM || p->kind == PKG_GO_BINARY);
	}
	arena_release(&a);
}

/* 3.0: references to people, bills inside the document, licences as elements, addresses as identifiers, a creationInfo that stands inline. */
static void test_jsonld(void **state)
{
	static const char text[] =
		"{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":["
		"{\"type\":\"SpdxDocument\",\"spdxId\":\"https://e.org/d\",\"name\":\"doc\",\"creationInfo\":{\"type\":\"CreationInfo\",\"specVersion\":\"3.0.1\",\"created\":"
		"\"2026-01-01T00:00:00Z\",\"createdBy\":[\"https://e.org/p\"],\"createdUsing\":[\"https://e.org/t\"]},\"rootElement\":[\"https://e.org/b\"]},"
		"{\"type\":\"Person\",\"spdxId\":\"https://e.org/p\",\"name\":\"Jane\"},{\"type\":\"Tool\",\"spdxId\":\"https://e.org/t\",\"name\":\"maker-1.0\"},"
		"{\"type\":\"software_Sbom\",\"spdxId\":\"https://e.org/b\",\"rootElement\":[\"https://e.org/app\"]},"
		"{\"type\":\"software_Package\",\"spdxId\":\"https://e.org/app\",\"name\":\"app\",\"software_primaryPurpose\":\"application\"},"
		"{\"type\":\"software_Package\",\"spdxId\":\"https://e.org/lib\",\"name\":\"lodash\",\"software_packageVersion\":\"4.17.0\",\"suppliedBy\":\"https://e.org/p\","
		"\"software_packageUrl\":\"pkg:npm/lodash@4.17.0\",\"externalIdentifier\":[{\"type\":\"ExternalIdentifier\",\"externalIdentifierType\":\"cpe23\",\"identifier\":"
		"\"cpe:2.3:a:lodash:lodash:4.17.0:*:*:*:*:*:*:*\"}],\"verifiedUsing\":[{\"type\":\"Hash\",\"algorithm\":\"sha3_256\",\"hashValue\":\"ab\"}]},"
		"{\"type\":\"simplelicensing_LicenseExpression\",\"spdxId\":\"https://e.org/l\",\"simplelicensing_licenseExpression\":\"MIT AND LicenseRef-q\",\"simplelicensing_customIdToUri\":"
		"[{\"type\":\"DictionaryEntry\",\"key\":\"LicenseRef-q\",\"value\":\"https://e.org/q\"}]},"
		"{\"type\":\"simplelicensing_SimpleLicensingText\",\"spdxId\":\"https://e.org/q\",\"simplelicensing_licenseText\":\"be nice\"},"
		"{\"type\":\"Relationship\",\"spdxId\":\"https://e.org/1\",\"from\":\"https://e.org/lib\",\"relationshipType\":\"hasDeclaredLicense\",\"to\":[\"https://e.org/l\"]},"
		"{\"type\":\"Relationship\",\"spdxId\":\"https://e.org/2\",\"from\":\"https://e.org/app\",\"relationshipType\":\"dependsOn\",\"to\":[\"https://e.org/lib\"]},"
		"{\"type\":\"Annotation\",\"spdxId\":\"https://e.org/3\",\"annotationType\":\"review\",\"subject\":\"https://e.org/lib\",\"statement\":\"seen\"}]}";
	struct arena a;
	struct sbom s;
	arena_init(&a, 0);
	read_text(&a, text, &s);
	assert_str(s.format, "SPDX-3.0.1");
	assert_str(s.id, "https://e.org/d");
	assert_str(s.name, "doc");
	assert_str(s.authors.v[0], "Jane");
	assert_str(s.tools.v[0].name, "maker");
	assert_int_equal(s.subject_count, 1);
	assert_str(s.components.v[0].name, "app");
	assert_int_equal(s.components.v[0].type, SBOM_APPLICATION);
	assert_true(depends(&s, "app", "lodash"));
	const struct sbom_component *c = find(&s, "lodash");
	assert_str(c->ref, "https://e.org/lib");
	assert_str(c->purl, "pkg:npm/lodash@4.17.0");
	assert_str(c->supplier, "Jane");
	assert_str(c->digests.v[0], "sha3-256:ab");
	assert_int_equal(c->cpes.n, 1);
	assert_int_equal(c->licenses.n, 2);
	assert_str(c->licenses.v[1], "be nice");
	assert_true(str_contains(property(c, SPDX_P_ANNOTATION), STR("seen")));
	assert_int_equal(s.diags.list.n, 0);
	arena_release(&a);
}

/* 2.2's lists of described elements and of files; several described packages are no subjects but what a nameless one contains. */
static void test_shapes(void **state)
{
	static const struct {
		const char *text, *first;
		size_t components, subjects, contained;
	} cases[] = {
		{ "{\"spdxVersion\":\"SPDX-2.2\",\"name\":\"d\",\"packages\":[{\"name\":\"a\",\"SPDXID\":\"SPDXRef-a\",\"hasFiles\":[\"SPDXRef-f\"]}],\"files\":[{\"fileName\":\"f\",\"SPDXID\":"
		  "\"SPDXRef-f\"}],\"documentDescribes\":[\"SPDXRef-a\"]}",
		  "a", 2, 1, 1 },
		{ "{\"spdxVersion\":\"SPDX-2.3\",\"name\":\"d\",\"packages\":[{\"name\":\"a\",\"SPDXID\":\"SPDXRef-a\"},{\"name\":\"b\",\"SPDXID\":\"SPDXRef-b\"}]}", "d", 3, 1, 2 },
		{ "{\"spdxVersion\":\"SPDX-2.3\",\"name\":\"d\",\"packages\":[{\"name\":\"a\",\"SPDXID\":\"SPDXRef-a\",\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/a@1\"}]},"
		  "{\"name\":\"b\",\"SPDXID\":\"SPDXRef-b\"},{\"name\":\"c\",\"SPDXID\":\"SPDXRef-c\"}],\"documentDescribes\":[\"SPDXRef-a\",\"SPDXRef-b\"]}",
		  "d", 4, 1, 2 },
		{ "{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{\"name\":\"a\",\"SPDXID\":\"SPDXRef-a\"},{\"name\":\"b\",\"SPDXID\":\"SPDXRef-b\"}],\"relationships\":["
		  "{\"spdxElementId\":\"SPDXRef-b\",\"relationshipType\":\"DESCRIBED_BY\",\"relatedSpdxElement\":\"SPDXRef-DOCUMENT\"},"
		  "{\"spdxElementId\":\"SPDXRef-a\",\"relationshipType\":\"CONTAINED_BY\",\"relatedSpdxElement\":\"SPDXRef-b\"}]}",
		  "b", 2, 1, 1 },
		{ "SPDXVersion: SPDX-2.2\nDocumentName: d\nFileName: loose\nSPDXID: SPDXRef-l\nPackageName: p\nSPDXID: SPDXRef-p\nFileName: inside\nSPDXID: SPDXRef-i\n"
		  "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\n",
		  "p", 3, 1, 1 },
		{ "SPDXVersion: SPDX-2.3\nPackageName: p\nPackageName: p\nSPDXID: SPDXRef-p\nPackageName: q\nSPDXID: SPDXRef-p\n", "", 4, 1, 3 },
		{ "{\"@context\":\"https://spdx.org/rdf/3.0.0/spdx-context.jsonld\",\"type\":\"software_Package\",\"spdxId\":\"urn:x\",\"name\":\"alone\"}", "", 2, 1, 1 },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sbom s;
		read_text(&a, cases[i].text, &s);
		if (s.components.n != cases[i].components || s.subject_count != cases[i].subjects || s.components.v[0].depends.n != cases[i].contained ||
		    !str_eq_c(s.components.v[0].name, cases[i].first))
			fail_msg("case %zu: %zu components, %zu subjects, \"%.*s\" has %zu", i, s.components.n, s.subject_count, STR_FMT(s.components.v[0].name),
				 s.components.v[0].depends.n);
	}
	arena_release(&a);
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

/* Texts that a field or "name: value" can't hold, names that collide as identifiers. */
static void test_odd_texts(void **state)
{
	static const char *const odd[] = {
		"NOASSERTION", "NONE", " x", "x ", "a\nb", "a\tb", "<text>", "a</text>b", "\x01\x7f", "a: b", "Tool: x", "x (y)", "x ()", "Organization: y", "SPDXRef-DOCUMENT", "SPDXRef-a_b",
		"[\"a\",\"b\"]", "\xc3\xa4", "#", "bulkhead:Ref: x", "http://localhost/", "GPL 2", "GPL-2", "GPL/2", "MIT", "mit", "MIT AND ISC", "(MIT)", "LicenseRef-GPL-2", "LicenseRef-x y",
	};
	static const enum sbom_format formats[] = { SBOM_SPDX_JSON, SBOM_SPDX_TAG_VALUE, SBOM_SPDX3_JSON };
	struct arena a;
	struct sbom s;
	struct error err = { 0 };
	arena_init(&a, 0);
	sbom_init(&s, &a);
	s.subject_count = 2;
	s.created = STR("2026-01-01T01:00:00+01:00");
	s.id = STR("not a URI");
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct str t = str_c(odd[i]);
		struct sbom_component *c = vec_add(&a, &s.components);
		assert_non_null(c);
		*c = (struct sbom_component){ .ref = t, .type = (enum sbom_type)(i % SBOM_TYPE_COUNT), .group = t, .name = t, .version = t, .purl = t, .supplier = t, .description = t,
					      .copyright = t, .homepage = t };
		for (size_t k = 0; k < ARRAY_LEN(odd); k++) {
			struct str u = str_c(odd[(i + k) % ARRAY_LEN(odd)]);
			if (k <= i)
				assert_non_null(vec_push(&a, &c->licenses, u));
			assert_int_equal(sbom_property_add(&a, &c->properties, u, t), 0);
		}
		assert_int_equal(sbom_property_add(&a, &c->properties, STR(SBOM_TRIVY "PkgType"), t), 0);
		assert_int_equal(sbom_property_add(&a, &c->properties, STR("syft:location:0:path"), t), 0);
		assert_non_null(vec_push(&a, &c->cpes, t));
		assert_non_null(vec_push(&a, &c->digests, t));
		struct sbom_tool tool = { t, t, t };
		assert_non_null(vec_push(&a, &s.tools, tool));
		assert_int_equal(sbom_property_add(&a, &s.properties, t, t), 0);
	}
	assert_int_equal(sbom_finish(&a, &s, NULL, &err), 0);
	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct sbom back;
		const char *name = sbom_format_info(formats[f])->name;
		struct str first = written(&a, formats[f], &s);
		if (sbom_read(&a, first, STR("test"), &back, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		/* CycloneDX holds every text as it is, and shows all of both */
		struct str x = written(&a, SBOM_CYCLONEDX_JSON, &s), y = written(&a, SBOM_CYCLONEDX_JSON, &back);
		x = str_from(x, str_find(x, STR("\"version\": 1"))); /* behind the number that is made of all */
		y = str_from(y, str_find(y, STR("\"version\": 1")));
		size_t at = 0;
		while (at < x.n && at < y.n && x.p[at] == y.p[at])
			at++;
		if (!str_eq(x, y))
			fail_msg("%s: before: %.*s\nafter: %.*s", name, (int)(x.n - at < 300 ? x.n - at : 300), x.p + (at < 200 ? 0 : at - 200), (int)(y.n - at < 300 ? y.n - at : 300),
				 y.p + (at < 200 ? 0 : at - 200));
		assert_true(str_eq(first, written(&a, formats[f], &back)));
	}
	arena_release(&a);
}

/* The path and digest of a jar make a file, which is no component when read. */
static void test_file(void **state)
{
	static const enum sbom_format formats[] = { SBOM_SPDX_JSON, SBOM_SPDX_TAG_VALUE, SBOM_SPDX3_JSON };
	struct arena a;
	struct sbom s, back;
	struct error err = { 0 };
	struct str digest = STR("sha1:00112233445566778899aabbccddeeff00112233");
	arena_init(&a, 0);
	sbom_init(&s, &a);
	s.subject_count = 1;
	struct sbom_component *c = vec_add(&a, &s.components);
	c->name = STR("app");
	c = vec_add(&a, &s.components);
	*c = (struct sbom_component){ .ref = STR("r"), .name = STR("lib"), .group = STR("org.x"), .version = STR("1"), .purl = STR("pkg:maven/org.x/lib@1") };
	assert_non_null(vec_push(&a, &c->digests, digest));
	assert_int_equal(sbom_property_add(&a, &c->properties, STR(SBOM_P_FILE_PATH), STR("app/lib.jar")), 0);
	assert_int_equal(sbom_finish(&a, &s, NULL, &err), 0);
	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct str text = written(&a, formats[f], &s);
		assert_true(str_contains(text, STR("SPDXRef-File-app-lib.jar-")));
		assert_true(str_contains(text, STR("org.x:lib")));
		assert_int_equal(sbom_read(&a, text, STR("test"), &back, &err), 0);
		assert_int_equal(back.components.n, 2);
		assert_str(back.components.v[1].name, "lib");
		assert_str(property(&back.components.v[1], SBOM_P_FILE_PATH), "app/lib.jar");
		assert_int_equal(back.components.v[1].properties.n, 1);
		assert_int_equal(back.diags.list.n, 0);
	}
	arena_release(&a);
}

/* What a name means stands in the expression, what the package wrote comes back. */
static void test_licenses(void **state)
{
	static const struct {
		const char *written[2], *declared;
	} cases[] = {
		{ { "GPLv2+" }, "\"licenseDeclared\": \"GPL-2.0-or-later\"" },
		{ { "apache-2.0", "zlib and MIT" }, "\"licenseDeclared\": \"Apache-2.0 AND (Zlib AND MIT)\"" },
		{ { "our own terms" }, "\"licenseDeclared\": \"LicenseRef-our-own-terms\"" },
		{ { "MIT", "ISC" }, "\"licenseDeclared\": \"MIT AND ISC\"" },
		{ { NULL }, "\"licenseDeclared\": \"NOASSERTION\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct sbom s, back;
		struct error err = { 0 };
		arena_init(&a, 0);
		sbom_init(&s, &a);
		s.subject_count = 1;
		struct sbom_component *c = vec_add(&a, &s.components);
		c->name = STR("x");
		for (size_t k = 0; k < 2 && cases[i].written[k]; k++) {
			struct str t = str_c(cases[i].written[k]);
			assert_non_null(vec_push(&a, &c->licenses, t));
		}
		assert_int_equal(sbom_finish(&a, &s, NULL, &err), 0);
		struct str text = written(&a, SBOM_SPDX_JSON, &s);
		if (!str_contains(text, str_c(cases[i].declared)))
			fail_msg("case %zu: %.*s", i, STR_FMT(text));
		assert_int_equal(sbom_read(&a, text, STR("test"), &back, &err), 0);
		assert_int_equal(back.components.v[0].licenses.n, c->licenses.n);
		for (size_t k = 0; k < c->licenses.n; k++)
			assert_str(back.components.v[0].licenses.v[k], cases[i].written[k]);
		arena_release(&a);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
		int code;
	} cases[] = {
		{ "{\"spdxVersion\":\"SPDX-1.2\"}", "SPDX-1.2", ERR_UNSUPPORTED },
		{ "{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[{\"type\":\"SpdxDocument\",\"spdxId\":\"x\",\"creationInfo\":{\"type\":\"CreationInfo\","
		  "\"specVersion\":\"4.0\"}}]}",
		  "4.0", ERR_UNSUPPORTED },
		{ "SPDXVersion: SPDX-1.1\n", "SPDX-1.1", ERR_UNSUPPORTED },
		{ "SPDXVersion: SPDX-2.3\n\nno tag\n", "line 3", ERR_FORMAT },
		{ "SPDXVersion: SPDX-2.3\nDocumentComment: <text>a\nb", "line 2", ERR_FORMAT },
		{ "DocumentName: x\nSPDXVersion: SPDX-2.3\n", "no bill", ERR_FORMAT },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sbom s;
		struct error err = { 0 };
		int r = sbom_read(&a, str_c(cases[i].text), STR("test"), &s, &err);
		if (r != cases[i].code || !strstr(err.text, cases[i].message))
			fail_msg("case %zu: %d (%s), not %d", i, r, err.text, cases[i].code);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expressions), cmocka_unit_test(test_license_parts), cmocka_unit_test(test_words),	   cmocka_unit_test(test_syft),
		cmocka_unit_test(test_trivy),	    cmocka_unit_test(test_jsonld),	  cmocka_unit_test(test_shapes),   cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_file),	    cmocka_unit_test(test_licenses),	  cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
