#include "format/oci/digest.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

static const struct algorithm {
	struct str prefix;
	size_t hex_len;
} algorithms[] = {
	{ STR_INIT("sha256:"), 64 },
	{ STR_INIT("sha512:"), 128 },
};

_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct oci_hasher *)0)->state), "hash state fits");
_Static_assert(sizeof(SHA512_CTX) <= sizeof(((struct oci_hasher *)0)->state), "hash state fits");

static int find_algorithm(struct str digest)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (str_has_prefix(digest, algorithms[i].prefix))
			return (int)i;
	return -1;
}

static bool is_lower_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}

struct str oci_digest_hex(struct str digest)
{
	size_t i = str_find_char(digest, ':');
	return i == STR_NOT_FOUND ? str_from(digest, digest.n) : str_from(digest, i + 1);
}

int oci_digest_validate(struct str digest, struct error *err)
{
	int i = find_algorithm(digest);
	struct str hex = oci_digest_hex(digest);
	if (i >= 0 && hex.n == algorithms[i].hex_len && is_lower_hex(hex))
		return 0;
	struct str shown = str_sub(digest, 0, OCI_DIGEST_TEXT_MAX);
	if (i < 0 && str_find_char(digest, ':') != STR_NOT_FOUND)
		return error_set(err, ERR_UNSUPPORTED, "digest \"%.*s\": unknown algorithm (sha256 and sha512 are known)", STR_FMT(shown));
	return error_set(err, ERR_FORMAT, "malformed digest \"%.*s\"", STR_FMT(shown));
}

bool oci_digest_is_valid(struct str digest)
{
	return oci_digest_validate(digest, NULL) == 0;
}

int oci_hasher_init(struct oci_hasher *h, struct str expect, struct error *err)
{
	int i = find_algorithm(expect);
	if (i < 0)
		return oci_digest_validate(expect, err);
	h->algorithm = (uint8_t)i;
	h->expect = expect;
	h->bytes = 0;
	if (h->algorithm == 0)
		SHA256_Init((SHA256_CTX *)h->state);
	else
		SHA512_Init((SHA512_CTX *)h->state);
	return 0;
}

void oci_hasher_update(struct oci_hasher *h, const void *p, size_t n)
{
	h->bytes += n;
	if (h->algorithm == 0)
		SHA256_Update((SHA256_CTX *)h->state, p, n);
	else
		SHA512_Update((SHA512_CTX *)h->state, p, n);
}

void oci_hasher_text(struct oci_hasher *h, char ret[static OCI_DIGEST_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[64];
	if (h->algorithm == 0)
		SHA256_Final(raw, (SHA256_CTX *)h->state);
	else
		SHA512_Final(raw, (SHA512_CTX *)h->state);
	const struct algorithm *alg = &algorithms[h->algorithm];
	char *out = ret;
	memcpy(out, alg->prefix.p, alg->prefix.n);
	out += alg->prefix.n;
	for (size_t i = 0; i < alg->hex_len / 2; i++) {
		*out++ = digits[raw[i] >> 4];
		*out++ = digits[raw[i] & 15];
	}
	*out = 0;
}

int oci_hasher_check(struct oci_hasher *h, struct error *err)
{
	char text[OCI_DIGEST_TEXT_MAX];
	oci_hasher_text(h, text);
	if (str_eq_c(h->expect, text))
		return 0;
	return error_set(err, ERR_DIGEST, "content is %s, expected %.*s", text, STR_FMT(h->expect));
}

struct str oci_digest_of(struct arena *a, struct str bytes)
{
	struct oci_hasher h;
	char text[OCI_DIGEST_TEXT_MAX];
	oci_hasher_init(&h, algorithms[0].prefix, NULL);
	oci_hasher_update(&h, bytes.p, bytes.n);
	oci_hasher_text(&h, text);
	return arena_str(a, str_c(text));
}

int oci_digest_check(struct str bytes, struct str expect, struct error *err)
{
	struct oci_hasher h;
	int r = oci_digest_validate(expect, err);
	if (r < 0 || (r = oci_hasher_init(&h, expect, err)) < 0)
		return r;
	oci_hasher_update(&h, bytes.p, bytes.n);
	return oci_hasher_check(&h, err);
}
