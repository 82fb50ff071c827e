/* Registries: manifests and blobs over the OCI distribution-spec 1.1 (Docker registry API v2), read only.
 *
 *   struct registry *reg; registry_open(&reference, &options, http_client, &reg, err);
 *   registry_manifest(reg, arena, STR("1.0"), …)   registry_blob(reg, &descriptor, fd, …)   registry_close(reg);
 *
 * Endpoints: the mirrors that fit the reference in their order, then the registry itself; the next one is asked when one is down, has not what is
 * wanted, refuses, or answers with content that does not match its digest. Credentials of the options are for the registry itself only; mirrors use
 * the credential files. Authentication: what the server's WWW-Authenticate asks for: Basic, or Bearer with a token from its realm (anonymous, with
 * user and password, or an identity token by OAuth 2: Docker's token-spec), kept until shortly before it expires, renewed when refused.
 * Plain HTTP: only with `insecure`, or as a fallback when a loopback address speaks no TLS, as Docker does.
 * What comes back is checked: manifests against the digest asked for (or the Docker-Content-Digest stated), blobs against digest and size while
 * they are written. All functions are thread-safe; results lie on the caller's arena. Limits: manifests 4 MiB, tokens 1 MiB, blobs as declared, at most 64 GiB.
 * Errors: ERR_AUTH, ERR_NOT_FOUND, ERR_NETWORK, ERR_TIMEOUT, ERR_DIGEST, ERR_LIMIT, ERR_CANCELLED. */
#ifndef SOURCE_IMAGE_REGISTRY_H
#define SOURCE_IMAGE_REGISTRY_H
#include "format/oci/manifest.h"
#include "format/oci/reference.h"
#include "sys/http/http.h"

/* References whose "host/repository" starts with `prefix` (whole components) are looked for at the URLs first, in order.
 * "https://mirror.example:8443/cache": the part of the name after the prefix follows the URL's path. */
struct registry_mirror {
	struct str prefix; /* "docker.io", "registry.example/team" */
	const struct str *urls;
	size_t url_count;
};

/* "PREFIX=URL[,URL…]" texts, as options and the configuration file have them, on the arena. ERR_USAGE says which one is wrong. */
int registry_mirrors_parse(struct arena *a, const struct str *texts, size_t count, struct registry_mirror **ret, struct error *err);

struct registry_options {
	struct str username, password;
	struct str registry_token;   /* a bearer token, used as it is */
	struct str credentials_for;  /* the reference whose registry they are meant for, no other gets them; empty: whichever is asked */
	struct str credentials_file; /* instead of the usual ones (docker_config.h) */
	struct http_tls tls;
	bool insecure;               /* accept any certificate, and plain HTTP where there is no TLS */
	const struct registry_mirror *mirrors;
	size_t mirror_count;
	struct http_retry retry;
	unsigned connect_timeout_s, stall_timeout_s; /* 0: http.h's defaults */
};

struct registry;
/* Copies what it needs of the reference; options are borrowed and must live as long. No request yet. */
int registry_open(const struct oci_reference *ref, const struct registry_options *opt, struct http_client *http, struct registry **ret,
		  struct error *err);
struct registry *registry_close(struct registry *reg); /* returns NULL */

struct registry_manifest {
	struct str bytes, media_type, digest;
};
/* tag_or_digest: a digest (with ':') is verified. */
int registry_manifest(struct registry *reg, struct arena *a, struct str tag_or_digest, struct registry_manifest *ret, struct error *err);
/* All tags of the repository in the registry's order, page by page (distribution-spec, "Content Discovery"): at most 10,000. */
int registry_tags(struct registry *reg, struct arena *a, struct str_vec *ret, struct error *err);
/* A small blob into memory. */
int registry_blob_bytes(struct registry *reg, struct arena *a, const struct oci_descriptor *d, uint64_t max_bytes, struct str *ret, struct error *err);
/* A blob into a file from offset 0 on; resumed where a transfer broke off. progress may be NULL: called with the bytes so far, non-zero cancels. */
int registry_blob(struct registry *reg, const struct oci_descriptor *d, int fd, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
		  struct error *err);
/* The reference defaults of data/defaults.conf. */
struct oci_reference_defaults registry_reference_defaults(void);
#endif
