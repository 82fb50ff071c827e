/* Image references as Docker and the OCI distribution-spec write them: [HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST].
 *
 *   "debian:12"                      -> host and repository from the defaults: HUB, "library/debian", tag "12"
 *   "localhost:5000/a/b@sha256:…"    -> host "localhost:5000", repository "a/b", digest
 *
 * The first component is a host when it holds '.', ':' or an upper-case letter, or is "localhost" (distribution/reference's rule). Views point
 * into the text parsed, into the defaults or into the arena. Errors: ERR_USAGE (a reference is what a user typed), text says what is wrong.
 * Limits: 255 bytes of name, 128 of tag. */
#ifndef FORMAT_OCI_REFERENCE_H
#define FORMAT_OCI_REFERENCE_H
#include "base/arena.h"
#include "base/error.h"

/* What stands in for a missing host; all empty: a host is required. */
struct oci_reference_defaults {
	struct str host;      /* "docker.io" */
	struct str alias;     /* another spelling of it */
	struct str namespace_; /* folder of repositories without one */
};

struct oci_reference {
	struct str host;       /* with port */
	struct str repository;
	struct str tag;        /* "latest" when neither tag nor digest were given; empty when only a digest was */
	struct str digest;
	bool tag_is_default;
};

int oci_reference_parse(struct arena *a, struct str text, const struct oci_reference_defaults *defaults, struct oci_reference *ret,
			struct error *err);
/* As people write it: the default host and namespace left out; without tag and digest. p NULL: no memory. */
struct str oci_reference_short_name(struct arena *a, const struct oci_reference *ref, const struct oci_reference_defaults *defaults);
bool oci_tag_is_valid(struct str tag);
bool oci_repository_is_valid(struct str repository);
#endif
