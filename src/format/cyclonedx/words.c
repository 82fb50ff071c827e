#include "format/cyclonedx/words.h"

static const struct hash_word {
	struct str ours;
	const char *theirs;
	size_t digits;
} hash_words[] = {
	{ STR_INIT("md5"), "MD5", 32 }, { STR_INIT("sha1"), "SHA-1", 40 }, { STR_INIT("sha256"), "SHA-256", 64 },
	{ STR_INIT("sha384"), "SHA-384", 96 }, { STR_INIT("sha512"), "SHA-512", 128 }, { STR_INIT("sha3-256"), "SHA3-256", 64 },
	{ STR_INIT("sha3-384"), "SHA3-384", 96 }, { STR_INIT("sha3-512"), "SHA3-512", 128 }, { STR_INIT("blake2b-256"), "BLAKE2b-256", 64 },
	{ STR_INIT("blake2b-384"), "BLAKE2b-384", 96 }, { STR_INIT("blake2b-512"), "BLAKE2b-512", 128 }, { STR_INIT("blake3"), "BLAKE3", 64 },
};

const char *cyclonedx_hash_name(struct str algorithm, struct str hex)
{
	for (size_t i = 0; i < hex.n; i++)
		if (!char_is_digit(hex.p[i]) && !(char_lower(hex.p[i]) >= 'a' && char_lower(hex.p[i]) <= 'f'))
			return NULL;
	for (size_t i = 0; i < ARRAY_LEN(hash_words); i++)
		if (str_eq_nocase(algorithm, hash_words[i].ours) && hex.n == hash_words[i].digits)
			return hash_words[i].theirs;
	return NULL;
}

const char *cyclonedx_hash_ours(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(hash_words); i++)
		if (str_eq_c(word, hash_words[i].theirs))
			return hash_words[i].ours.p;
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

bool cyclonedx_is_expression(struct str license)
{
	struct str word;
	size_t operators = 0;
	bool exception = false; /* the word names what follows WITH */
	while (license.n) {
		size_t n = 0;
		while (n < license.n && !char_is_space(license.p[n]) && !char_is_one_of(license.p[n], "()"))
			n++;
		word = str_sub(license, 0, n);
		license = str_from(license, n ? n : 1);
		if (!n)
			continue;
		if (str_eq(word, STR("AND")) || str_eq(word, STR("OR")) || str_eq(word, STR("WITH"))) {
			operators++;
			exception = str_eq(word, STR("WITH"));
			continue;
		}
		str_strip_suffix(&word, STR("+"));
		const char *id = exception ? NULL : cyclonedx_spdx_id(word);
		if (exception ? !str_has_suffix(word, STR("-exception")) && !str_contains(word, STR("-exception-")) : !id || !str_eq_c(word, id))
			return false;
		exception = false;
	}
	return operators > 0;
}
