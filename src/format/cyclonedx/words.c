#include "format/cyclonedx/words.h"

#include "format/license/spdx_license.h"

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

enum cyclonedx_license cyclonedx_license_kind(struct str text, bool alone)
{
	const char *id = spdx_license_id(text);
	if (id)
		return str_eq_c(text, id) ? CYCLONEDX_LICENSE_ID : CYCLONEDX_LICENSE_NAME; /* as written: "zlib" is no word of the schema */
	return alone && !spdx_is_license_ref(text) && spdx_is_expression(text) ? CYCLONEDX_LICENSE_EXPRESSION : CYCLONEDX_LICENSE_NAME;
}
