/* src/front/report: the JSON report in Trivy's schema and the CycloneDX bill of materials, against golden files, by shape, and (CycloneDX) against the official
 * schema where Python has it. */
#include "test.h"
#include "golden.h"
#include "report_fixture.h"

#include <sys/wait.h>

#include "engine/score/score.h"
#include "format/json/json.h"
#include "front/report/report.h"

typedef int writer_fn(const struct report *, const struct report_options *, struct buf *, struct error *);

static void write_fixture(struct arena *a, writer_fn *writer, bool show_suppressed, struct buf *out)
{
	struct report r;
	struct error err = { 0 };
	static const struct gate gate = { .kind = GATE_SEVERITY, .severity = SEVERITY_CRITICAL, .text = STR_INIT("critical") };
	struct verdict verdict = { .gate = &gate, .count = 3, .unjudged = 1 };
	struct ignore_rule_vec rules = { 0 };
	struct ignore_rule unused = { .id = STR("CVE-1999-0001"), .file = STR(".trivyignore"), .line = 7 };
	struct ignore_rule old = { .id = STR("CVE-1999-0002"), .file = STR(".trivyignore"), .line = 8, .until = STR("2020-01-01"), .expired = true };
	assert_true(vec_push(a, &rules, unused) && vec_push(a, &rules, old));
	struct report_options opt = { .list_all_pkgs = true, .show_suppressed = show_suppressed, .counts = { .suppressed = 1, .hidden[SEVERITY_LOW] = 2 },
				      .verdicts = &verdict, .verdict_count = 1, .rules = &rules };
	memset(opt.severities, 1, sizeof(opt.severities));
	fixture_report(a, &r);
	score_findings(&r.findings, NULL);
	assert_int_equal(writer(&r, &opt, out, &err), 0);
}

/* "Results/0/Vulnerabilities/1/Severity" */
static const struct value *at_path(const struct value *v, const char *path)
{
	struct str rest = str_c(path), part;
	while (v && str_next(&rest, '/', &part)) {
		uint64_t index;
		v = str_to_u64(part, &index) == 0 ? value_at(v, index) : value_get(v, part);
	}
	return v;
}

static void test_json(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: must not be there */
	} cases[] = {
		{ "SchemaVersion", "2" }, { "CreatedAt", "2023-11-14T22:13:20Z" }, { "ArtifactName", "my-app:1.0" }, { "ArtifactType", "container_image" },
		{ "Metadata/Size", "20480" }, { "Metadata/OS/Family", "debian" }, { "Metadata/OS/Name", "11.6" },
		{ "Metadata/ImageID", "sha256:83582c0bed213c35f631c36dc12b6e7ff8993434f1878a4c2e9a6857f9c55e31" },
		{ "Metadata/DiffIDs/0", "sha256:4e64de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf" }, { "Metadata/RepoTags/0", "my-app:1.0" },
		{ "Metadata/ImageConfig/architecture", "amd64" }, { "Metadata/ImageConfig/config/Env/0", "A=<b>" }, { "Metadata/Layers/0/Size", "20480" },
		{ "Results/0/Target", "my-app:1.0 (debian 11.6)" }, { "Results/0/Class", "os-pkgs" }, { "Results/0/Type", "debian" },
		{ "Results/0/Packages/0/ID", "openssl@1.1.1n-0+deb11u3" }, { "Results/0/Packages/0/Version", "1.1.1n" }, { "Results/0/Packages/0/Release", "0+deb11u3" },
		{ "Results/0/Packages/0/Identifier/PURL", "pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?arch=amd64&distro=debian-11.6" },
		{ "Results/0/Packages/0/SrcName", "openssl" }, { "Results/0/Packages/0/DependsOn/0", "libc6@2.31-13+deb11u5" },
		{ "Results/0/Packages/0/DependsOn/1", "git@1:2.30.2-1" }, { "Results/0/Packages/0/DependsOn/2", NULL }, { "Results/0/Packages/0/Epoch", NULL },
		{ "Results/0/Packages/1/SrcName", "glibc" }, { "Results/0/Packages/2/Epoch", "1" }, { "Results/0/Packages/2/Version", "2.30.2" },
		{ "Results/0/Packages/0/Layer/DiffID", "sha256:4e64de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf" },
		{ "Results/0/Packages/0/FilePath", NULL }, { "Results/0/Vulnerabilities/0/VulnerabilityID", "CVE-2023-0286" },
		{ "Results/0/Vulnerabilities/0/VendorIDs/0", "DSA-5343-1" }, { "Results/0/Vulnerabilities/0/PkgID", "openssl@1.1.1n-0+deb11u3" },
		{ "Results/0/Vulnerabilities/0/InstalledVersion", "1.1.1n-0+deb11u3" }, { "Results/0/Vulnerabilities/0/FixedVersion", "1.1.1n-0+deb11u4" },
		{ "Results/0/Vulnerabilities/0/Status", "fixed" }, { "Results/0/Vulnerabilities/0/Severity", "CRITICAL" },
		{ "Results/0/Vulnerabilities/0/SeveritySource", "nvd" }, { "Results/0/Vulnerabilities/0/DataSource/ID", "debian" },
		{ "Results/0/Vulnerabilities/0/DataSource/Name", "Debian Security Tracker" }, { "Results/0/Vulnerabilities/0/CweIDs/0", "CWE-843" },
		{ "Results/0/Vulnerabilities/0/VendorSeverity/nvd", "3" }, { "Results/0/Vulnerabilities/0/VendorSeverity/ghsa", "3" },
		{ "Results/0/Vulnerabilities/0/CVSS/nvd/V2Score", "6.4" }, { "Results/0/Vulnerabilities/0/CVSS/nvd/V3Score", "7.4" },
		{ "Results/0/Vulnerabilities/0/CVSS/nvd/V3Vector", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H" },
		{ "Results/0/Vulnerabilities/0/Bulkhead/EPSS/Score", "0.8923" }, { "Results/0/Vulnerabilities/0/Bulkhead/KEV", NULL },
		{ "Results/0/Vulnerabilities/0/Bulkhead/Score", "83.6" }, { "Results/0/Vulnerabilities/2/Bulkhead/Score", "30" },
		{ "Results/0/Vulnerabilities/2/Severity", "UNKNOWN" }, { "Results/0/Vulnerabilities/2/FixedVersion", NULL },
		{ "Results/0/Vulnerabilities/2/PrimaryURL", "https://nvd.nist.gov/vuln/detail/CVE-2023-0464" }, { "Results/0/Vulnerabilities/4", NULL },
		{ "Results/0/ExperimentalModifiedFindings/0/Status", "ignored" }, { "Results/0/ExperimentalModifiedFindings/0/Source", ".trivyignore.yaml:2" },
		{ "Results/0/ExperimentalModifiedFindings/0/Finding/VulnerabilityID", "CVE-2023-22490" },
		{ "Results/1/Type", "gobinary" }, { "Results/1/Target", "usr/local/bin/goapp" }, { "Results/1/Packages/0/FilePath", NULL },
		{ "Results/2/Type", "jar" }, { "Results/2/Target", "Java" }, { "Results/2/Packages/0/ID", NULL },
		{ "Results/2/Packages/0/FilePath", "app/fat-1.0.jar/BOOT-INF/lib/log4j-core-2.14.1.jar" },
		{ "Results/2/Vulnerabilities/0/PkgPath", "app/fat-1.0.jar/BOOT-INF/lib/log4j-core-2.14.1.jar" },
		{ "Results/2/Vulnerabilities/0/Bulkhead/KEV/DueDate", "2021-12-24" }, { "Results/3/Type", "node-pkg" }, { "Results/3/Vulnerabilities", NULL },
		{ "Results/3/Packages/0/Bulkhead/Owner", "git@1:2.30.2-1" }, { "Results/4/Vulnerabilities/0/FixedVersion", "3.2.5, 3.1.13" },
		{ "Bulkhead/Gates/0/Gate", "critical" }, { "Bulkhead/Gates/0/Failing", "3" }, { "Bulkhead/Gates/0/NotJudged", "1" },
		{ "Bulkhead/UnusedIgnoreRules/0/ID", "CVE-1999-0001" }, { "Bulkhead/ExpiredIgnoreRules/0/ID", "CVE-1999-0002" },
		{ "Bulkhead/UnusedIgnoreRules/1", NULL }, { "Bulkhead/Findings/0/Kind", "end-of-life" }, { "Bulkhead/Findings/1/Path", "app/broken.jar" },
		{ "Bulkhead/Counts/Shown/CRITICAL", "3" }, { "Bulkhead/Counts/HiddenBySeverity/LOW", "2" }, { "Bulkhead/Database/AgeDays", "3" },
	};
	struct arena a;
	struct buf out;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	write_fixture(&a, report_json, true, &out);
	if (json_parse(&a, buf_str(&out), NULL, &doc, NULL, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct value *v = at_path(doc.root, cases[i].path);
		if (!cases[i].want && v)
			fail_msg("%s is there", cases[i].path);
		if (cases[i].want && !v)
			fail_msg("%s is missing", cases[i].path);
		if (cases[i].want && !str_eq_c(value_text(v), cases[i].want))
			fail_msg("%s is \"%.*s\", not \"%s\"", cases[i].path, STR_FMT(value_text(v)), cases[i].want);
	}
	golden_check("report.json", buf_str(&out));
	buf_release(&out);
	arena_release(&a);
}

/* Types that readers rely on: numbers are numbers, flags booleans. */
static void test_json_kinds(void **state)
{
	static const struct {
		const char *path;
		enum value_kind kind;
	} cases[] = {
		{ "SchemaVersion", VALUE_NUMBER }, { "Metadata/OS/EOSL", VALUE_BOOL }, { "Results", VALUE_ARRAY }, { "Results/0/Packages/2/Epoch", VALUE_NUMBER },
		{ "Results/0/Vulnerabilities/0/VendorSeverity/nvd", VALUE_NUMBER }, { "Results/0/Vulnerabilities/0/CVSS/nvd/V3Score", VALUE_NUMBER },
		{ "Results/0/Packages/0/Licenses", VALUE_ARRAY }, { "Results/0/ExperimentalModifiedFindings", VALUE_NULL },
	};
	struct arena a;
	struct buf out;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	write_fixture(&a, report_json, false, &out);
	assert_int_equal(json_parse(&a, buf_str(&out), NULL, &doc, NULL, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct value *v = at_path(doc.root, cases[i].path);
		if ((v ? v->kind : VALUE_NULL) != cases[i].kind)
			fail_msg("%s is of another kind", cases[i].path);
	}
	buf_release(&out);
	arena_release(&a);
}

static void test_cyclonedx(void **state)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "bomFormat", "CycloneDX" }, { "specVersion", "1.6" }, { "metadata/timestamp", "2023-11-14T22:13:20Z" }, { "metadata/component/type", "container" },
		{ "metadata/component/purl", "pkg:oci/my-app@sha256%3A4e64de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf?arch=amd64&repository_url="
					     "registry.example%3A5000%2Fteam%2Fmy-app" },
		{ "components/0/type", "operating-system" }, { "components/0/name", "debian" }, { "components/0/version", "11.6" },
		{ "components/1/type", "application" }, { "components/1/name", "usr/local/bin/goapp" }, { "components/2/name", "openssl" },
		{ "components/2/licenses/0/license/id", "Apache-2.0" }, { "components/3/licenses/0/license/name", "GNU something \"odd\"" },
		{ "components/5/hashes/0/alg", "SHA-1" }, { "components/6/group", "org.apache.logging.log4j" }, { "components/6/name", "log4j-core" },
		{ "vulnerabilities/0/id", "CVE-2023-0286" }, { "vulnerabilities/0/ratings/0/severity", "critical" }, { "vulnerabilities/0/cwes/0", "843" },
		{ "vulnerabilities/0/updated", "2023-07-19T00:00:00Z" }, { "vulnerabilities/0/analysis", NULL }, { "vulnerabilities/4/id", "CVE-2023-22490" },
		{ "vulnerabilities/4/analysis/response/0", "will_not_fix" },
		{ "vulnerabilities/0/affects/0/ref", "pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?arch=amd64&distro=debian-11.6" },
	};
	struct arena a;
	struct buf out, again;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	write_fixture(&a, report_cyclonedx, false, &out);
	write_fixture(&a, report_cyclonedx, false, &again);
	assert_true(str_eq(buf_str(&out), buf_str(&again)));
	if (json_parse(&a, buf_str(&out), NULL, &doc, NULL, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct value *v = at_path(doc.root, cases[i].path);
		if (!cases[i].want != !v)
			fail_msg("%s is %s", cases[i].path, v ? "there" : "missing");
		if (cases[i].want && !str_eq_c(value_text(v), cases[i].want))
			fail_msg("%s is \"%.*s\", not \"%s\"", cases[i].path, STR_FMT(value_text(v)), cases[i].want);
	}
	golden_check("report.cdx.json", buf_str(&out));
	buf_release(&out);
	buf_release(&again);
	arena_release(&a);
}

static void test_timestamps(void **state)
{
	static const struct {
		const char *date, *want;
	} cases[] = {
		{ "2023-02-08T20:15:00Z", "2023-02-08T20:15:00Z" }, { "2023-02-08T20:15:00.123456Z", "2023-02-08T20:15:00.123456Z" },
		{ "2023-02-08T20:15:00+02:00", "2023-02-08T20:15:00+02:00" }, { "2023-02-08", "2023-02-08T00:00:00Z" },
		{ "2023-02-08T20:15:24.267", "2023-02-08T20:15:24.267Z" }, { "2023-02-08T20:15", "2023-02-08T00:00:00Z" }, { "2023-02-08 20:15:00", "2023-02-08T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", "" }, { "", "" }, { "yesterday", "" }, { "2023-02-30", "" }, { "2023-02-08T20:15:00.", "2023-02-08T20:15:00Z" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_str(report_timestamp(&a, str_c(cases[i].date)), cases[i].want);
	arena_release(&a);
}

static void test_cyclonedx_schema(void **state)
{
	char command[8192];
	const char *top = getenv("BULKHEAD_TOP");
	snprintf(command, sizeof(command), "'%s/tools/check-cyclonedx' '%s/tests/golden/report.cdx.json'", top ? top : ".", top ? top : ".");
	int status = system(command);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json), cmocka_unit_test(test_timestamps), cmocka_unit_test(test_json_kinds), cmocka_unit_test(test_cyclonedx), cmocka_unit_test(test_cyclonedx_schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
