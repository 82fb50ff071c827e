/* A report made by hand, with one of everything that reports treat differently: system and language packages, nested archives, several fixes, no fix, no rating,
 * KEV and EPSS, a suppressed finding, end of life, an unreadable file, hostile text. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H
#include "base/error.h"
#include "base/vec.h"
#include "model/finding.h"

static inline void fixture_push(struct arena *a, struct str_vec *list, const char *s)
{
	struct str item = str_c(s);
	if (!vec_push(a, list, item))
		abort();
}

static inline struct package *fixture_package(struct arena *a, struct report *r, enum package_kind kind, const char *name, const char *version, const char *path)
{
	struct package *p = vec_add(a, &r->facts.packages);
	if (!p)
		abort();
	p->kind = kind;
	p->name = str_c(name);
	p->version = str_c(version);
	p->path = str_c(path);
	return p;
}

static inline struct finding *fixture_finding(struct arena *a, struct report *r, size_t package, const char *id, enum severity s, const char *fixed, const char *title)
{
	struct finding *f = vec_add(a, &r->findings);
	if (!f)
		abort();
	f->id = str_c(id);
	f->severity = s;
	f->severity_source = s ? str_c("nvd") : STR_NONE;
	f->title = str_c(title);
	f->subject = (struct subject){ .kind = SUBJECT_PACKAGE, .package = &r->facts.packages.v[package] };
	f->status = *fixed ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	if (*fixed)
		fixture_push(a, &f->fixed, fixed);
	f->data_source = str_c("debian");
	return f;
}

static inline int fixture_source(void *ctx, struct str key, struct data_source *ret)
{
	if (!str_eq(key, STR("debian")))
		return ERR_NOT_FOUND;
	*ret = (struct data_source){ .key = key, .name = STR("Debian Security Tracker"), .url = STR("https://security-tracker.debian.org/") };
	return 0;
}

static inline struct vulnerability *fixture_details(struct arena *a, struct finding *f)
{
	struct vulnerability *v = arena_new(a, struct vulnerability);
	if (!v)
		abort();
	v->id = f->id;
	v->epss = v->epss_percentile = -1;
	f->vulnerability = v;
	return v;
}

static inline void fixture_report(struct arena *a, struct report *r)
{
	*r = (struct report){ .created = STR("2023-11-14T22:13:20Z"), .ecosystem = STR("Debian:11"), .db_path = STR("advisories.db"), .db_age_days = 3,
			      .db_updated = STR("2023-11-11T00:00:00Z") };
	r->lookup.source = fixture_source;
	r->image.artifact_name = STR("my-app:1.0");
	r->image.id = STR("sha256:83582c0bed213c35f631c36dc12b6e7ff8993434f1878a4c2e9a6857f9c55e31");
	r->image.size = 20480;
	r->image.architecture = STR("amd64");
	r->image.config_json = STR("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"A=<b>\"]}}");
	fixture_push(a, &r->image.repo_tags, "my-app:1.0");
	fixture_push(a, &r->image.repo_digests, "registry.example:5000/team/my-app@sha256:4e64de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf");
	struct image_layer *layer = vec_add(a, &r->image.layers);
	layer->diff_id = STR("sha256:4e64de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf");
	layer->digest = STR("sha256:0000de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf");
	layer->size = 20480;
	r->facts.distro = (struct distro){ .id = STR("debian"), .version = STR("11.6"), .version_id = STR("11"), .codename = STR("bullseye"),
					   .name = STR("Debian GNU/Linux 11 (bullseye)"), .known = true };
	diags_init(&r->facts.diags, a);
	if (vec_reserve(a, &r->facts.packages, 16) < 0)
		abort(); /* findings point at packages: they must not move */

	struct package *p = fixture_package(a, r, PKG_DPKG, "openssl", "1.1.1n-0+deb11u3", "var/lib/dpkg/status");
	p->arch = STR("amd64");
	p->vendor = STR("Debian OpenSSL Team <pkg-openssl-devel@example.org>");
	fixture_push(a, &p->depends, "libc6");
	fixture_push(a, &p->depends, "libssl-virtual");
	fixture_push(a, &p->depends, "not-installed");
	fixture_push(a, &p->licenses, "Apache-2.0");
	p = fixture_package(a, r, PKG_DPKG, "libc6", "2.31-13+deb11u5", "var/lib/dpkg/status");
	p->arch = STR("amd64");
	p->src_name = STR("glibc");
	fixture_push(a, &p->licenses, "GNU something \"odd\"");
	p = fixture_package(a, r, PKG_DPKG, "git", "1:2.30.2-1", "var/lib/dpkg/status");
	p->arch = STR("amd64");
	fixture_push(a, &p->provides, "libssl-virtual");
	p = fixture_package(a, r, PKG_PYTHON, "Django", "3.2", "usr/lib/python3/dist-packages/Django-3.2.dist-info/METADATA");
	p->digest = STR("sha1:574d490311b68db01c0a3e44f5491be0cdc79250");
	p = fixture_package(a, r, PKG_JAR, "org.apache.logging.log4j:log4j-core", "2.14.1", "app/fat-1.0.jar");
	p->nested_path = STR("BOOT-INF/lib/log4j-core-2.14.1.jar");
	p = fixture_package(a, r, PKG_GO_BINARY, "stdlib", "v1.20.1", "usr/local/bin/goapp");
	p = fixture_package(a, r, PKG_NODE, "@babel/traverse", "7.22.0", "app/node_modules/@babel/traverse/package.json");
	p->owner = 3;

	struct finding *f = fixture_finding(a, r, 0, "CVE-2023-0286", SEVERITY_CRITICAL, "1.1.1n-0+deb11u4", "openssl: X.400 address type confusion in X.509 GeneralName");
	f->source_id = STR("DSA-5343-1");
	struct vulnerability *v = fixture_details(a, f);
	v->epss = 0.8923;
	v->epss_percentile = 0.98;
	struct cvss_entry nvd = { .source = STR("nvd"), .vector = STR("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H"), .score = 7.4, .version = 31 };
	struct cvss_entry old = { .source = STR("nvd"), .vector = STR("AV:N/AC:L/Au:N/C:P/I:N/A:P"), .score = 6.4, .version = 2 };
	struct source_severity word = { STR("ghsa"), SEVERITY_HIGH };
	if (!vec_push(a, &v->cvss, nvd) || !vec_push(a, &v->cvss, old) || !vec_push(a, &v->severities, word))
		abort();
	fixture_push(a, &v->cwes, "CWE-843");
	fixture_push(a, &v->references, "https://www.openssl.org/news/secadv/20230207.txt");
	v->published = STR("2023-02-08T20:15:00Z");
	v->modified = STR("2023-07-19");
	f->description = STR("There is a type confusion vulnerability relating to X.400 address processing.");
	fixture_finding(a, r, 0, "CVE-2023-0215", SEVERITY_HIGH, "1.1.1n-0+deb11u4", "use-after-free following BIO_new_NDEF");
	fixture_finding(a, r, 0, "CVE-2023-0464", SEVERITY_UNKNOWN, "", "");
	f = fixture_finding(a, r, 1, "CVE-2022-99999", SEVERITY_HIGH, "2.31-13+deb11u6",
			    "a title \033[31mwith an escape\033[0m,\na line feed, \xff and much more text than fits into three lines of any column, however wide the terminal "
			    "may be that somebody looks at it with, because it goes on and on");
	f = fixture_finding(a, r, 2, "CVE-2023-22490", SEVERITY_MEDIUM, "1:2.30.2-1+deb11u2", "data exfiltration with maliciously crafted repository");
	f->suppressed = (struct suppression){ .active = true, .by = STR(".trivyignore.yaml:2"), .reason = STR("no git at run time"), .until = STR("2030-01-01"), .status = STR("ignored") };
	f = fixture_finding(a, r, 3, "CVE-2021-35042", SEVERITY_CRITICAL, "3.2.5", "Django: potential SQL injection via unsanitized QuerySet.order_by()");
	fixture_push(a, &f->fixed, "3.1.13");
	f = fixture_finding(a, r, 4, "CVE-2021-44228", SEVERITY_CRITICAL, "2.15.0", "log4j-core: Remote code execution when an attacker controls message parameters");
	v = fixture_details(a, f);
	v->kev = v->kev_ransomware = true;
	v->kev_added = STR("2021-12-10");
	v->kev_due = STR("2021-12-24");
	v->epss = 0.97565;
	fixture_finding(a, r, 5, "GO-2023-1569", SEVERITY_LOW, "1.20.2", "Excessive resource consumption in 日本語 mime/multipart");

	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_END_OF_LIFE, .id = STR("end-of-life"), .title = STR("debian 11.6 is out of support since 2024-08-14") };
	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_UNREADABLE, .id = STR("unreadable"), .title = STR("not a zip archive"), .subject.path = STR("app/broken.jar") };
	diag_add(&r->facts.diags, DIAG_UNREADABLE, STR("app/broken.jar"), 0, 0, "not a zip archive");
}

/* What other formats treat differently: lock files with lines, transitive dependencies, findings of every kind in files, in layers, in nothing, two alike, hostile names. */
static inline void fixture_more(struct arena *a, struct report *r)
{
	struct image_layer *layer = vec_add(a, &r->image.layers);
	layer->diff_id = STR("sha256:1111de315d22492e914a797a677887f3b4c7b456d8d0fed559883546beb26abf");
	layer->created_by = STR("COPY . /app # buildkit");
	struct package *p = fixture_package(a, r, PKG_NPM_LOCK, "lodash", "4.17.15", "app/package-lock.json");
	p->line = 120;
	p->end_line = 126;
	p->layer = 1;
	p = fixture_package(a, r, PKG_NPM_LOCK, "minimist", "1.2.0", "app/package-lock.json");
	p->line = 140;
	p->layer = 1;
	p->indirect = true;
	size_t lodash = r->facts.packages.n - 2, minimist = r->facts.packages.n - 1;
	fixture_finding(a, r, lodash, "CVE-2021-23337", SEVERITY_HIGH, "4.17.21", "lodash: command injection via template");
	fixture_finding(a, r, lodash, "CVE-2020-8203", SEVERITY_HIGH, "4.17.19", "</script><script>alert('x')</script> & \"quotes\" | pipes, @team #1 `code` [link](javascript:1) www.evil.example");
	fixture_finding(a, r, minimist, "CVE-2021-44906", SEVERITY_CRITICAL, "1.2.6", "=cmd|'/c calc'!A1");
	struct finding *f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_SECRET, .id = STR("aws-access-key-id"), .severity = SEVERITY_CRITICAL, .title = STR("AWS access key: AKIA****************"),
			       .subject = { .kind = SUBJECT_FILE, .path = STR("app/.env"), .line = 3, .col = 9, .end_line = 3, .end_col = 29 }, .fix_text = STR("remove it and rotate the key") };
	f->subject.layer_diff_id = layer->diff_id;
	f = vec_add(a, &r->findings);
	*f = r->findings.v[r->findings.n - 2];
	f->subject.line = f->subject.end_line = 7;
	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_MISCONFIGURATION, .id = STR("root-user"), .severity = SEVERITY_HIGH, .title = STR("The image runs as root"),
			       .description = STR("No USER is set.\nAdd one."), .subject = { .kind = SUBJECT_IMAGE }, .fix_text = STR("add USER to the Dockerfile"),
			       .primary_url = STR("https://docs.example/root-user") };
	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_LICENSE, .id = STR("AGPL-3.0-only"), .severity = SEVERITY_MEDIUM, .title = STR("Denied licence"),
			       .subject = { .kind = SUBJECT_PACKAGE, .package = &r->facts.packages.v[3] } };
	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_SECRET, .id = STR("private-key"), .severity = SEVERITY_HIGH, .title = STR("Private key"),
			       .subject = { .kind = SUBJECT_FILE, .path = STR("etc/ssl/private/test key.pem"), .line = 1 },
			       .suppressed = { .active = true, .by = STR("vex.json"), .reason = STR("a test's key"), .status = STR("not_affected") } };
	f = vec_add(a, &r->findings);
	*f = (struct finding){ .kind = FINDING_NO_DATA, .id = STR("no-data"), .title = STR("no advisory data for Conan") };
}
#endif
