/* What the stores of engines share: how an image that a user names is recognised among those a store has.
 *
 *   a name    "debian", "debian:12", "quay.io/a/b@sha256:…"   defaults filled in
 *   an id     "sha256:…", or its first hex digits (at least 4): of the configuration, of the manifest
 *
 * A name goes before an id. Texts lie on the arena given to engine_query_init or are views of the reference. No I/O but engine_read. */
#ifndef SOURCE_IMAGE_ENGINES_H
#define SOURCE_IMAGE_ENGINES_H
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "format/oci/reference.h"

struct engine_query {
	struct str text;         /* as given */
	bool is_name;
	struct oci_reference ref; /* is_name */
	struct str full;         /* "docker.io/library/debian:12", with "@DIGEST" in place of the tag when there is one */
	struct str local;        /* "localhost/debian:12" for names without a host, else empty */
	struct str familiar;     /* "debian:12" */
	struct str hex;          /* start of an id; empty: is none */
};
/* ERR_USAGE: it can be neither. */
int engine_query_init(struct arena *a, struct str reference, struct engine_query *ret, struct error *err);
/* Does "sha256:…" or the bare hex digits begin with the query's? */
bool engine_id_matches(const struct engine_query *q, struct str id);
/* A store's name (full or familiar form) is the one asked for. */
bool engine_name_matches(const struct engine_query *q, struct str name);

/* Candidates with the same id are one image; different ones are an error that lists them (ERR_USAGE, `hint` says how to choose). */
struct engine_match {
	struct str id;    /* tells images apart */
	struct str shown; /* for the list */
	size_t index;     /* the store's own number */
};
VEC_DECLARE(engine_match_vec, struct engine_match);
int engine_match_only(struct arena *a, const struct engine_query *q, const struct engine_match_vec *list, const char *hint, size_t *ret, struct error *err);

/* An image that was found, parts of which were not: ERR_NOT_FOUND becomes ERR_FORMAT, so that the one is told from the other. */
int engine_unusable(int code, struct error *err);

/* "FOLDER/NAME" as a whole, on the arena. ERR_NOT_FOUND also when a folder on the way is missing. */
int engine_read(struct arena *a, struct str folder, struct str name, uint64_t max_bytes, struct str *ret, struct error *err);
/* Is there such a file or folder? -1 and errno when that cannot be told (EACCES). */
int engine_exists(struct str folder, struct str name);
#endif
