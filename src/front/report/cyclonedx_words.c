#include "front/report/cyclonedx_words.h"

const char *cyclonedx_hash_name(struct str algorithm, struct str hex)
{
	static const struct {
		struct str ours;
		const char *theirs;
		size_t digits;
	} names[] = {
		{ STR_INIT("md5"), "MD5", 32 }, { STR_INIT("sha1"), "SHA-1", 40 }, { STR_INIT("sha256"), "SHA-256", 64 },
		{ STR_INIT("sha384"), "SHA-384", 96 }, { STR_INIT("sha512"), "SHA-512", 128 },
	};
	for (size_t i = 0; i < hex.n; i++)
		if (!char_is_digit(hex.p[i]) && !(char_lower(hex.p[i]) >= 'a' && char_lower(hex.p[i]) <= 'f'))
			return NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(algorithm, names[i].ours) && hex.n == names[i].digits)
			return names[i].theirs;
	return NULL;
}

const char *cyclonedx_severity(enum severity s)
{
	static const char *const words[SEVERITY_COUNT] = {
		[SEVERITY_UNKNOWN] = "unknown", [SEVERITY_LOW] = "low", [SEVERITY_MEDIUM] = "medium", [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
	};
	return words[s];
}

const char *cyclonedx_cvss_method(unsigned version)
{
	return version >= 40 ? "CVSSv4" : version == 31 ? "CVSSv31" : version == 30 ? "CVSSv3" : "CVSSv2";
}

const char *cyclonedx_analysis_state(struct str status)
{
	static const struct {
		struct str ours;
		const char *theirs;
	} states[] = {
		{ STR_INIT("not_affected"), "not_affected" }, { STR_INIT("fixed"), "resolved" }, { STR_INIT("affected"), "exploitable" },
		{ STR_INIT("under_investigation"), "in_triage" }, { STR_INIT("false_positive"), "false_positive" },
	};
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(status, states[i].ours))
			return states[i].theirs;
	return NULL;
}

const char *cyclonedx_spdx_id(struct str license)
{
	static const char *const ids[] = {
		"0BSD", "AFL-2.1", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0", "Artistic-2.0", "BSD-2-Clause",
		"BSD-3-Clause", "BSD-4-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "CDDL-1.1",
		"CPL-1.0", "EPL-1.0", "EPL-2.0", "EUPL-1.2", "FTL", "GFDL-1.3-only", "GPL-1.0-only", "GPL-1.0-or-later", "GPL-2.0-only", "GPL-2.0-or-later",
		"GPL-3.0-only", "GPL-3.0-or-later", "HPND", "ICU", "IJG", "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later",
		"LGPL-3.0-only", "LGPL-3.0-or-later", "Libpng", "MIT", "MIT-0", "MPL-1.1", "MPL-2.0", "MS-PL", "NCSA", "OFL-1.1", "OpenSSL", "PHP-3.01",
		"PSF-2.0", "PostgreSQL", "Python-2.0", "Ruby", "Unicode-DFS-2016", "Unlicense", "Vim", "W3C", "WTFPL", "X11", "ZPL-2.1", "Zlib", "bzip2-1.0.6",
		"curl",
	};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		if (str_eq_nocase(license, str_c(ids[i])))
			return ids[i];
	return NULL;
}
