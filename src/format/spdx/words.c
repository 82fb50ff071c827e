#include "format/spdx/document.h"

#include "base/map.h"
#include "format/json/json.h"
#include "format/json/json_write.h"
#include "format/license/spdx_license.h"

static const struct hash_word {
	struct str ours, two, three;
	size_t digits; /* 0: any */
} hash_words[] = {
	{ STR_INIT("sha1"), STR_INIT("SHA1"), STR_INIT("sha1"), 40 },
	{ STR_INIT("sha224"), STR_INIT("SHA224"), STR_INIT("sha224"), 56 },
	{ STR_INIT("sha256"), STR_INIT("SHA256"), STR_INIT("sha256"), 64 },
	{ STR_INIT("sha384"), STR_INIT("SHA384"), STR_INIT("sha384"), 96 },
	{ STR_INIT("sha512"), STR_INIT("SHA512"), STR_INIT("sha512"), 128 },
	{ STR_INIT("sha3-256"), STR_INIT("SHA3-256"), STR_INIT("sha3_256"), 64 },
	{ STR_INIT("sha3-384"), STR_INIT("SHA3-384"), STR_INIT("sha3_384"), 96 },
	{ STR_INIT("sha3-512"), STR_INIT("SHA3-512"), STR_INIT("sha3_512"), 128 },
	{ STR_INIT("blake2b-256"), STR_INIT("BLAKE2b-256"), STR_INIT("blake2b256"), 64 },
	{ STR_INIT("blake2b-384"), STR_INIT("BLAKE2b-384"), STR_INIT("blake2b384"), 96 },
	{ STR_INIT("blake2b-512"), STR_INIT("BLAKE2b-512"), STR_INIT("blake2b512"), 128 },
	{ STR_INIT("blake3"), STR_INIT("BLAKE3"), STR_INIT("blake3"), 64 },
	{ STR_INIT("md2"), STR_INIT("MD2"), STR_INIT("md2"), 32 },
	{ STR_INIT("md4"), STR_INIT("MD4"), STR_INIT("md4"), 32 },
	{ STR_INIT("md5"), STR_INIT("MD5"), STR_INIT("md5"), 32 },
	{ STR_INIT("adler32"), STR_INIT("ADLER32"), STR_INIT("adler32"), 8 },
};

static const struct hash_word *hash_of(struct str digest, struct str *ret_hex)
{
	struct str algorithm, hex;
	if (!str_cut(digest, ':', &algorithm, &hex))
		return NULL;
	for (size_t i = 0; i < hex.n; i++) /* lower case, as SPDX wants it */
		if (!char_is_digit(hex.p[i]) && !(hex.p[i] >= 'a' && hex.p[i] <= 'f'))
			return NULL;
	for (size_t i = 0; i < ARRAY_LEN(hash_words); i++)
		if (str_eq(algorithm, hash_words[i].ours) && hex.n == hash_words[i].digits) {
			*ret_hex = hex;
			return &hash_words[i];
		}
	return NULL;
}

const char *spdx_hash_word(struct str digest, struct str *ret_hex)
{
	const struct hash_word *w = hash_of(digest, ret_hex);
	return w ? w->two.p : NULL;
}

const char *spdx_hash_word_3(struct str digest, struct str *ret_hex)
{
	const struct hash_word *w = hash_of(digest, ret_hex);
	return w ? w->three.p : NULL;
}

struct str spdx_digest(struct arena *a, struct str word, struct str hex)
{
	size_t zeros = 0;
	hex = str_trim(hex);
	while (zeros < hex.n && hex.p[zeros] == '0')
		zeros++;
	if (zeros == hex.n || !word.n) /* Syft's way of saying unknown */
		return STR("");
	struct str name = STR_NONE;
	for (size_t i = 0; i < ARRAY_LEN(hash_words) && !name.n; i++)
		if (str_eq_nocase(word, hash_words[i].two) || str_eq_nocase(word, hash_words[i].three))
			name = hash_words[i].ours;
	if (!name.n)
		name = arena_lower(a, word);
	hex = arena_lower(a, hex);
	return name.p && hex.p ? arena_printf(a, "%.*s:%.*s", STR_FMT(name), STR_FMT(hex)) : STR_NONE;
}

static const char *const purposes[SBOM_TYPE_COUNT] = {
	[SBOM_LIBRARY] = "LIBRARY", [SBOM_APPLICATION] = "APPLICATION", [SBOM_FRAMEWORK] = "FRAMEWORK", [SBOM_CONTAINER] = "CONTAINER",
	[SBOM_OPERATING_SYSTEM] = "OPERATING-SYSTEM", [SBOM_DEVICE] = "DEVICE", [SBOM_FIRMWARE] = "FIRMWARE", [SBOM_FILE] = "FILE",
};

const char *spdx_purpose_word(enum sbom_type t)
{
	return (unsigned)t < SBOM_TYPE_COUNT ? purposes[t] : NULL;
}

bool spdx_purpose_type(struct str word, enum sbom_type *ret)
{
	for (unsigned i = 0; i < SBOM_TYPE_COUNT; i++) {
		struct str p = str_c(purposes[i]);
		bool same = p.n && p.n == word.n;
		for (size_t k = 0; same && k < p.n; k++)
			same = p.p[k] == word.p[k] || (p.p[k] == '-' && word.p[k] == '_');
		if (same) {
			*ret = (enum sbom_type)i;
			return true;
		}
	}
	/* words that only 3.0 has */
	static const struct {
		struct str word;
		enum sbom_type type;
	} more[] = { { STR_INIT("PLATFORM"), SBOM_PLATFORM }, { STR_INIT("DEVICE-DRIVER"), SBOM_DEVICE_DRIVER }, { STR_INIT("MODEL"), SBOM_MODEL }, { STR_INIT("DATA"), SBOM_DATA } };
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		if (str_eq(word, more[i].word)) {
			*ret = more[i].type;
			return true;
		}
	return false;
}

struct str spdx_camel(struct arena *a, struct str word)
{
	char *p = arena_alloc(a, word.n + 1);
	size_t n = 0;
	bool up = false;
	for (size_t i = 0; p && i < word.n; i++) {
		char c = word.p[i];
		if (c == '_' || c == '-') {
			up = true;
			continue;
		}
		p[n++] = up ? c : char_lower(c);
		up = false;
	}
	return str_make(p, p ? n : 0);
}

struct str spdx_scream(struct arena *a, struct str word, char separator)
{
	char *p = arena_alloc(a, 2 * word.n + 1);
	size_t n = 0;
	for (size_t i = 0; p && i < word.n; i++) {
		char c = word.p[i];
		if (c >= 'A' && c <= 'Z')
			p[n++] = separator;
		p[n++] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	return str_make(p, p ? n : 0);
}

enum spdx_direction spdx_direction(struct str type)
{
	static const struct {
		struct str word;
		enum spdx_direction direction;
	} words[] = {
		{ STR_INIT("CONTAINS"), SPDX_FORWARD }, { STR_INIT("CONTAIN"), SPDX_FORWARD }, { STR_INIT("CONTAINED_BY"), SPDX_BACKWARD },
		{ STR_INIT("DEPENDS_ON"), SPDX_FORWARD }, { STR_INIT("DEPENDENCY_OF"), SPDX_BACKWARD }, { STR_INIT("BUILD_DEPENDENCY_OF"), SPDX_BACKWARD },
		{ STR_INIT("DEV_DEPENDENCY_OF"), SPDX_BACKWARD }, { STR_INIT("OPTIONAL_DEPENDENCY_OF"), SPDX_BACKWARD },
		{ STR_INIT("PROVIDED_DEPENDENCY_OF"), SPDX_BACKWARD }, { STR_INIT("RUNTIME_DEPENDENCY_OF"), SPDX_BACKWARD },
		{ STR_INIT("TEST_DEPENDENCY_OF"), SPDX_BACKWARD }, { STR_INIT("HAS_PREREQUISITE"), SPDX_FORWARD }, { STR_INIT("PREREQUISITE_FOR"), SPDX_BACKWARD },
		{ STR_INIT("DYNAMIC_LINK"), SPDX_FORWARD }, { STR_INIT("STATIC_LINK"), SPDX_FORWARD }, { STR_INIT("PACKAGE_OF"), SPDX_BACKWARD },
		{ STR_INIT("HAS_DYNAMIC_LINK"), SPDX_FORWARD }, { STR_INIT("HAS_STATIC_LINK"), SPDX_FORWARD }, { STR_INIT("HAS_OPTIONAL_DEPENDENCY"), SPDX_FORWARD },
		{ STR_INIT("HAS_OPTIONAL_COMPONENT"), SPDX_FORWARD }, { STR_INIT("OPTIONAL_COMPONENT_OF"), SPDX_BACKWARD },
		{ STR_INIT("HAS_PROVIDED_DEPENDENCY"), SPDX_FORWARD }, { STR_INIT("EXPANDED_FROM_ARCHIVE"), SPDX_BACKWARD },
		{ STR_INIT("DESCRIBES"), SPDX_DESCRIBES }, { STR_INIT("DESCRIBE"), SPDX_DESCRIBES }, { STR_INIT("DESCRIBED_BY"), SPDX_DESCRIBED_BY },
		{ STR_INIT("DISTRIBUTION_ARTIFACT"), SPDX_ARTIFACT }, { STR_INIT("HAS_DISTRIBUTION_ARTIFACT"), SPDX_ARTIFACT },
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(type, words[i].word))
			return words[i].direction;
	return SPDX_IGNORED;
}

const struct spdx_carried spdx_carried[SPDX_CARRIED_COUNT] = {
	{ SBOM_OURS "DownloadLocation", offsetof(struct spdx_element, download) }, { SBOM_OURS "Originator", offsetof(struct spdx_element, originator) },
	{ SBOM_OURS "LicenseConcluded", offsetof(struct spdx_element, license_concluded) }, { SBOM_OURS "Summary", offsetof(struct spdx_element, summary) },
	{ SPDX_P_COMMENT, offsetof(struct spdx_element, comment) }, { SBOM_OURS "BuiltDate", offsetof(struct spdx_element, built) },
	{ SBOM_OURS "ReleaseDate", offsetof(struct spdx_element, released) }, { SBOM_OURS "ValidUntilDate", offsetof(struct spdx_element, valid_until) },
};

#define FIELD(member) offsetof(struct sbom_component, member)
const struct spdx_field spdx_fields[SPDX_FIELD_COUNT] = {
	[SPDX_FIELD_NAME] = { "name", FIELD(name) }, [SPDX_FIELD_VERSION] = { "version", FIELD(version) }, [SPDX_FIELD_PURL] = { "purl", FIELD(purl) },
	[SPDX_FIELD_SUPPLIER] = { "supplier", FIELD(supplier) }, [SPDX_FIELD_DESCRIPTION] = { "description", FIELD(description) },
	[SPDX_FIELD_COPYRIGHT] = { "copyright", FIELD(copyright) }, [SPDX_FIELD_HOMEPAGE] = { "homepage", FIELD(homepage) },
};

bool spdx_is_unstated(struct str s)
{
	return !s.n || str_eq(s, STR(SPDX_NO_ASSERTION)) || str_eq(s, STR("NONE"));
}

static bool fits(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && !char_is_one_of(s.p[i], allowed)) || s.p[i] == 0x7f)
			return false;
	return !spdx_is_unstated(s) && !char_is_space(s.p[0]) && !char_is_space(s.p[s.n - 1]) && !str_contains(s, STR("<text>")) && !str_contains(s, STR("</text>")) &&
	       str_is_utf8(s);
}

bool spdx_fits_line(struct str s)
{
	return fits(s, "");
}

bool spdx_fits_text(struct str s)
{
	return fits(s, "\n\t");
}

void spdx_split_tool(struct str text, struct sbom_tool *ret)
{
	*ret = (struct sbom_tool){ .name = text };
	for (size_t i = text.n; i-- > 1;) {
		if (text.p[i] != '-')
			continue;
		struct str version = str_from(text, i + 1);
		bool number = version.n && (char_is_digit(version.p[0]) || (version.n > 1 && version.p[0] == 'v' && char_is_digit(version.p[1])));
		if (number || str_eq(version, STR("dev"))) {
			ret->name = str_sub(text, 0, i);
			ret->version = version;
		}
		/* "tool-1.0-2": the version begins at the first number, but is not looked for in "log4j-2-scanner" */
		if (!number)
			return;
	}
}

struct str spdx_pack(struct arena *a, const struct str *v, size_t n)
{
	struct json_writer w;
	struct buf out;
	buf_init(&out, SBOM_BYTES_MAX);
	json_writer_init(&w, &out, 0, JSON_WRITE_HTML_SAFE); /* no "</text>" in it */
	json_begin_array(&w);
	for (size_t i = 0; i < n; i++)
		json_string(&w, v[i]);
	json_end_array(&w);
	struct str text = buf_failed(&out) ? STR_NONE : arena_str(a, buf_str(&out));
	buf_release(&out);
	return text;
}

int spdx_unpack(struct arena *a, struct str text, struct str_vec *ret)
{
	struct json_options opt = { .max_depth = 1, .utf8 = JSON_UTF8_REPLACE };
	struct document doc;
	int r = json_parse(a, text, &opt, &doc, NULL, NULL);
	if (r < 0)
		return r == ERR_NOMEM ? r : ERR_FORMAT;
	if (doc.root->kind != VALUE_ARRAY)
		return ERR_FORMAT;
	value_foreach(item, doc.root)
	{
		struct str s = value_text(item);
		if (item->kind != VALUE_STRING)
			return ERR_FORMAT;
		if (!vec_push(a, ret, s))
			return ERR_NOMEM;
	}
	return 0;
}

/* The words behind a LicenseRef: its name, or a text of one line. */
static struct str resolve(struct str part, const struct map *licenses)
{
	const struct spdx_license *l = licenses ? map_get(licenses, part) : NULL;
	if (!l)
		return part;
	if (!spdx_is_unstated(l->name) && l->name.n <= SPDX_LICENSE_NAME_MAX)
		return l->name;
	return !spdx_is_unstated(l->text) && l->text.n <= SPDX_LICENSE_NAME_MAX && str_find_char(l->text, '\n') == STR_NOT_FOUND ? l->text : part;
}

/* "(A OR B)" without its parentheses when they belong together. */
static struct str without_parentheses(struct str s)
{
	size_t depth = 0;
	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '(';
		if (s.p[i] == ')' && depth)
			depth--;
		if (!depth && i + 1 < s.n)
			return s;
	}
	return s.n > 2 && !depth && s.p[0] == '(' ? str_trim(str_sub(s, 1, s.n - 2)) : s;
}

int spdx_read_expression(struct arena *a, struct str text, const struct map *licenses, struct str_vec *ret)
{
	struct str rest = str_trim(text), token;
	const char *start = rest.p;
	size_t depth = 0, first = ret->n;
	bool split = spdx_is_expression(rest);
	bool has_or = false;
	if (spdx_is_unstated(rest))
		return 0;
	/* AND binds more tightly than OR: only a text without OR outside parentheses falls into parts. */
	for (struct str r = rest; split && spdx_expression_next(&r, &token);) {
		depth += str_eq(token, STR("("));
		depth -= str_eq(token, STR(")"));
		has_or |= !depth && str_eq(token, STR("OR"));
	}
	depth = 0;
	struct str r = rest;
	while (split && !has_or && spdx_expression_next(&r, &token)) {
		depth += str_eq(token, STR("("));
		depth -= str_eq(token, STR(")"));
		if (depth || !str_eq(token, STR("AND")))
			continue;
		struct str part = resolve(without_parentheses(str_make(start, (size_t)(token.p - start))), licenses);
		if (!vec_push(a, ret, part))
			return ERR_NOMEM;
		start = token.p + token.n;
	}
	struct str last = str_make(start, (size_t)(rest.p + rest.n - start));
	last = resolve(ret->n > first ? without_parentheses(last) : str_trim(last), licenses);
	return vec_push(a, ret, last) ? 0 : ERR_NOMEM;
}
