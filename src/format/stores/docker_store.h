/* What the Docker engine keeps below DATA ROOT/image/DRIVER (overlay2, vfs …), without the engine:
 *
 *   repositories.json                           { "Repositories": { "app": { "app:1": "sha256:ID", "app@sha256:…": "sha256:ID" } } }
 *   imagedb/content/sha256/ID                   the image's configuration; its digest is the ID
 *   layerdb/sha256/CHAIN ID/{diff,cache-id,size} what a layer is, and the name of its folder below DATA ROOT/DRIVER
 *
 * Chain ids (OCI image-spec, config.md): the first layer's is its diff id, each further one sha256(chain id of the one below + " " + diff id).
 * Views point into the text. Limits: 64 MiB, 100000 names. Errors: ERR_FORMAT, ERR_LIMIT, ERR_NOMEM. */
#ifndef FORMAT_STORES_DOCKER_STORE_H
#define FORMAT_STORES_DOCKER_STORE_H
#include "base/error.h"
#include "base/vec.h"

#define DOCKER_REPOSITORIES_BYTES_MAX (64u << 20)

struct docker_store_name {
	struct str name; /* "app:1", "app@sha256:…", as people write it: the default registry is left out */
	struct str id;   /* "sha256:…", well formed */
};
VEC_DECLARE(docker_store_name_vec, struct docker_store_name);
int docker_store_names_parse(struct arena *a, struct str json, struct docker_store_name_vec *ret, struct error *err);
/* Is it the name of a layer's folder? Letters, digits, '-', '_': it becomes part of a path. */
bool docker_cache_id_is_valid(struct str s);
/* The next chain id: below is empty for the first layer. On the arena; p NULL: no memory. */
struct str chain_id_next(struct arena *a, struct str below, struct str diff_id);
#endif
