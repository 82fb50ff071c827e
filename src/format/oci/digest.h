/* Content digests as OCI writes them: "sha256:" + 64 or "sha512:" + 128 lower-case hex digits (OCI image-spec, descriptor.md, "Digests").
 *
 *   struct oci_hasher h; oci_hasher_init(&h, "sha256:…"); oci_hasher_update(&h, p, n); … oci_hasher_check(&h, err);
 *
 * The hasher is a plain struct (no allocation, nothing to release; copy it to branch). It uses OpenSSL's SHA-2 functions below EVP: the same
 * assembler, but the first use of EVP loads providers and configuration files, 0.8 ms that a scan of a small image would notice.
 * Errors: ERR_DIGEST for a mismatch, ERR_FORMAT for a malformed digest, ERR_UNSUPPORTED for another algorithm. */
#ifndef FORMAT_OCI_DIGEST_H
#define FORMAT_OCI_DIGEST_H
#include "base/arena.h"
#include "base/error.h"

#define OCI_DIGEST_TEXT_MAX 136 /* "sha512:" + 128 + NUL */

struct oci_hasher {
	uint8_t algorithm; /* 0 sha256, 1 sha512 */
	struct str expect; /* borrowed */
	uint64_t bytes;
	_Alignas(8) unsigned char state[256];
};

/* 0 when well formed and of a known algorithm. */
int oci_digest_validate(struct str digest, struct error *err);
bool oci_digest_is_valid(struct str digest);
/* The hex part ("" when there is no colon). */
struct str oci_digest_hex(struct str digest);
/* Ready to hash with the algorithm that `expect` names (borrowed until the check); STR("sha256:") alone asks for the algorithm only. */
int oci_hasher_init(struct oci_hasher *h, struct str expect, struct error *err);
void oci_hasher_update(struct oci_hasher *h, const void *p, size_t n);
/* Ends hashing: the digest as text, NUL-terminated. */
void oci_hasher_text(struct oci_hasher *h, char ret[static OCI_DIGEST_TEXT_MAX]);
/* Ends hashing: 0 when the digest is the expected one, else ERR_DIGEST with both named. */
int oci_hasher_check(struct oci_hasher *h, struct error *err);
/* sha256 digest of bytes as text (arena); p NULL: no memory. */
struct str oci_digest_of(struct arena *a, struct str bytes);
int oci_digest_check(struct str bytes, struct str expect, struct error *err);
#endif
