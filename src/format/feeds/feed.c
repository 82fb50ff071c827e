#include "format/feeds/feed.h"

#include "format/feeds/feed_util.h"
#include "format/json/json.h"
#include "model/package.h"

/* Keys, names and addresses as Trivy's reports give them where Trivy knows the source. */
const struct feed_source feed_sources[] = {
	{ "alma", "AlmaLinux Product Errata", "https://errata.almalinux.org/" },
	{ "alpine", "Alpine Secdb", "https://secdb.alpinelinux.org/" },
	{ "amazon", "Amazon Linux Security Center", "https://alas.aws.amazon.com/" },
	{ "azure", "Azure Linux Vulnerability Data", "https://github.com/microsoft/AzureLinuxVulnerabilityData" },
	{ "bitnami", "Bitnami Vulnerability Database", "https://github.com/bitnami/vulndb" },
	{ "cbl-mariner", "CBL-Mariner Vulnerability Data", "https://github.com/microsoft/CBL-MarinerVulnerabilityData" },
	{ "chainguard", "Chainguard Security Data", "https://packages.cgr.dev/chainguard/security.json" },
	{ "debian", "Debian Security Tracker", "https://salsa.debian.org/security-tracker-team/security-tracker" },
	{ "epss", "Exploit Prediction Scoring System", "https://www.first.org/epss/" },
	{ "ghsa", "GitHub Security Advisory", "https://github.com/advisories" },
	{ "govulndb", "The Go Vulnerability Database", "https://pkg.go.dev/vuln/" },
	{ "kev", "CISA Known Exploited Vulnerabilities Catalog", "https://www.cisa.gov/known-exploited-vulnerabilities-catalog" },
	{ "mageia", "Mageia Advisories", "https://advisories.mageia.org/" },
	{ "malicious-packages", "OpenSSF Malicious Packages", "https://github.com/ossf/malicious-packages" },
	{ "nodejs-security-wg", "Node.js Ecosystem Security Working Group", "https://github.com/nodejs/security-wg" },
	{ "nvd", "National Vulnerability Database", "https://nvd.nist.gov/" },
	{ "openeuler", "openEuler Security Advisories", "https://www.openeuler.org/en/security/security-bulletins/" },
	{ "oracle-oval", "Oracle Linux OVAL definitions", "https://linux.oracle.com/security/oval/" },
	{ "osv", "Open Source Vulnerabilities", "https://osv.dev" },
	{ "osv-pypi", "Python Packaging Advisory Database", "https://github.com/pypa/advisory-database" },
	{ "photon", "Photon OS CVE metadata", "https://packages.vmware.com/photon/photon_cve_metadata/" },
	{ "php-security-advisories", "PHP Security Advisories Database", "https://github.com/FriendsOfPHP/security-advisories" },
	{ "redhat", "Red Hat Product Security", "https://access.redhat.com/security/" },
	{ "retirejs", "Retire.js", "https://github.com/RetireJS/retire.js" },
	{ "rocky", "Rocky Linux errata", "https://errata.rockylinux.org/" },
	{ "ruby-advisory-db", "Ruby Advisory Database", "https://github.com/rubysec/ruby-advisory-db" },
	{ "rustsec", "RustSec Advisory Database", "https://rustsec.org/" },
	{ "starter", "Bulkhead starter table", "" },
	{ "suse-cvrf", "SUSE security advisories", "https://www.suse.com/support/security/" },
	{ "trivy-db", "Trivy's database", "https://github.com/aquasecurity/trivy-db" },
	{ "ubuntu", "Ubuntu CVE Tracker", "https://git.launchpad.net/ubuntu-cve-tracker" },
	{ "victims", "Victims CVE database", "https://github.com/victims/victims-cve-db" },
	{ "wolfi", "Wolfi Secdb", "https://packages.wolfi.dev/os/security.json" },
};
const size_t feed_source_count = ARRAY_LEN(feed_sources);

const struct feed_source *feed_source_by_key(struct str key)
{
	for (size_t i = 0; i < feed_source_count; i++)
		if (str_eq_c(key, feed_sources[i].key))
			return &feed_sources[i];
	return NULL;
}

static const struct {
	const char *name;
	feed_reader *read;
} formats[FEED_KIND_COUNT] = {
	[FEED_UNKNOWN] = { "unknown", NULL },
	[FEED_OSV] = { "OSV", feed_read_osv },
	[FEED_DEBIAN_LIST] = { "Debian advisory list", feed_read_debian_list },
	[FEED_DEBIAN_CONFIG] = { "Debian release names", feed_read_debian_config },
	[FEED_DEBIAN_TRACKER] = { "Debian security tracker", feed_read_debian_tracker },
	[FEED_ALPINE] = { "Alpine secdb", feed_read_alpine },
	[FEED_RUBYSEC] = { "RubySec", feed_read_rubysec },
	[FEED_PHP] = { "FriendsOfPHP", feed_read_php },
	[FEED_KEV] = { "CISA KEV", feed_read_kev },
	[FEED_EPSS] = { "EPSS", feed_read_epss },
	[FEED_NVD] = { "NVD", feed_read_nvd },
	[FEED_TRIVY_DB] = { "trivy.db", feed_read_trivy_db },
	[FEED_TRIVY_METADATA] = { "trivy.db metadata", feed_read_trivy_metadata },
	[FEED_STARTER] = { "Bulkhead table", feed_read_starter },
	[FEED_ZIP] = { "zip archive", NULL },
	[FEED_TAR] = { "tar archive", NULL },
};

const char *feed_kind_name(enum feed_kind kind)
{
	return formats[(unsigned)kind < FEED_KIND_COUNT ? kind : FEED_UNKNOWN].name;
}

int feed_read(enum feed_kind kind, struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink,
	      struct error *err)
{
	feed_reader *read = formats[(unsigned)kind < FEED_KIND_COUNT ? kind : FEED_UNKNOWN].read;
	if (!read)
		return error_set(err, ERR_UNSUPPORTED, "this is no feed that can be read by itself (%s)", feed_kind_name(kind));
	return read(ctx, scratch, name, content, sink, err);
}

struct str feed_ecosystem_family(struct str ecosystem)
{
	struct str family, rest;
	str_cut(ecosystem, ':', &family, &rest);
	return family;
}

/* Language ecosystems of OSV that no package kind of ours reads, beside those of the table in model/package.c. */
static const char *const other_languages[] = { "Hex", "Pub", "Hackage", "CRAN", "Bioconductor", "SwiftURL", "ConanCenter", "CocoaPods", "Julia", "opam", "VSCode", "GHC", "GitHub Actions", "OSS-Fuzz" };

bool feed_ecosystem_is_language(struct str ecosystem)
{
	struct str family = feed_ecosystem_family(ecosystem);
	for (unsigned k = PKG_NONE + 1; k < PKG_KIND_COUNT; k++) {
		const char *e = package_kind_info((enum package_kind)k)->ecosystem;
		if (e && str_eq_c(family, e))
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(other_languages); i++)
		if (str_eq_c(family, other_languages[i]))
			return true;
	return false;
}

bool feed_is_cve(struct str id)
{
	return id.n >= 8 && str_has_prefix(id, STR("CVE-")) && char_is_digit(id.p[4]);
}

/* Which keys stand at the top of a JSON text's first object: enough to tell the JSON feeds from each other. */
#define SNIFF_MAX (1u << 20)
static enum feed_kind recognise_json(struct str name, struct str content)
{
	static const struct {
		const char *key;
		enum feed_kind kind;
	} keys[] = {
		{ "cveID", FEED_KEV },       { "catalogVersion", FEED_KEV },  { "secfixes", FEED_ALPINE }, { "distroversion", FEED_ALPINE },
		{ "apkurl", FEED_ALPINE },   { "affected", FEED_OSV },        { "schema_version", FEED_OSV }, { "distributions", FEED_DEBIAN_CONFIG },
		{ "NextUpdate", FEED_TRIVY_METADATA }, { "UpdatedAt", FEED_TRIVY_METADATA },
	};
	struct json_pieces p;
	struct str key, value;
	uint32_t line;
	if (json_pieces_init(&p, content, NULL) < 0)
		return FEED_UNKNOWN;
	if (p.close == ']') { /* an array: of what its first element is */
		if (json_pieces_next(&p, &key, &value, &line, NULL) <= 0 || value.n < 2 || value.p[0] != '{')
			return FEED_UNKNOWN;
		return recognise_json(name, value);
	}
	bool nvd_format = false, osv_id = false;
	struct str first_object = STR_NONE;
	for (unsigned n = 0; n < 64 && json_pieces_next(&p, &key, &value, &line, NULL) > 0; n++) {
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (str_eq_c(key, keys[i].key))
				return keys[i].kind;
		if (str_eq_c(key, "format"))
			nvd_format = str_eq_c(value, "\"NVD_CVE\"");
		if (str_eq_c(key, "vulnerabilities"))
			return nvd_format || str_contains(str_sub(value, 0, 4096), STR("\"cve\"")) ? FEED_NVD : FEED_KEV;
		osv_id = osv_id || str_eq_c(key, "id");
		if (n == 0 && value.n && value.p[0] == '{')
			first_object = value;
	}
	if (osv_id)
		return FEED_OSV; /* a record without `affected` is legal */
	/* {"package": {"CVE-…": {"releases": …}}} */
	if (first_object.n && json_pieces_init(&p, first_object, NULL) == 0 && json_pieces_next(&p, &key, &value, &line, NULL) > 0 &&
	    (str_contains(str_sub(value, 0, SNIFF_MAX), STR("\"releases\""))))
		return FEED_DEBIAN_TRACKER;
	return FEED_UNKNOWN;
}

/* "[29 Mar 2023] DSA-5380-1 xorg-server - security update" */
static bool is_debian_list(struct str head)
{
	struct str line;
	while (str_next_line(&head, &line)) {
		size_t close = line.n && line.p[0] == '[' ? str_find_char(line, ']') : STR_NOT_FOUND;
		if (close == STR_NOT_FOUND)
			continue;
		struct str id = str_trim(str_from(line, close + 1));
		return str_has_prefix(id, STR("DSA-")) || str_has_prefix(id, STR("DLA-")) || str_has_prefix(id, STR("DTSA-"));
	}
	return false;
}

/* The first YAML documents' keys at the start of a line. */
static enum feed_kind recognise_yaml(struct str head)
{
	struct str line;
	bool gem = false, php = false;
	while (str_next_line(&head, &line)) {
		gem = gem || str_has_prefix(line, STR("gem:"));
		php = php || (str_strip_prefix(&line, STR("reference:")) && str_has_prefix(str_trim(line), STR("composer://")));
		if (gem || php)
			break;
	}
	return gem ? FEED_RUBYSEC : php ? FEED_PHP : FEED_UNKNOWN;
}

enum feed_kind feed_recognise(struct str name, struct str content)
{
	const unsigned char *p = (const unsigned char *)content.p;
	struct str head = str_sub(content, 0, 65536);
	if (content.n >= 4 && memcmp(p, "PK\3\4", 4) == 0)
		return FEED_ZIP;
	if (content.n >= 32 && p[16] == 0xED && p[17] == 0xDA && p[18] == 0x0C && p[19] == 0xED)
		return FEED_TRIVY_DB; /* bbolt's magic in its first meta page */
	if (content.n >= 512 && memcmp(p + 257, "ustar", 5) == 0)
		return FEED_TAR;
	struct str text = head;
	str_strip_prefix(&text, STR("\xef\xbb\xbf"));
	text = str_trim(text);
	if (text.n && (text.p[0] == '{' || (text.p[0] == '[' && !is_debian_list(head))))
		return recognise_json(name, content);
	if (str_has_prefix(text, STR("# bulkhead advisory table 1")))
		return FEED_STARTER;
	if (str_has_prefix(text, STR("#model_version")) || str_has_prefix(text, STR("cve,epss")))
		return FEED_EPSS;
	if (is_debian_list(head))
		return FEED_DEBIAN_LIST;
	return recognise_yaml(head);
}
