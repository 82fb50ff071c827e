/* The JSON files of docker-archives (`docker save`; moby/image/spec v1.2 and what older engines wrote):
 *
 *   manifest.json   [{"Config": "<hex>.json", "RepoTags": ["app:1"], "Layers": ["<id>/layer.tar", …]}]     one entry an image
 *   repositories    {"app": {"1": "<id>"}}                        archives before Docker 1.10 have only this …
 *   <id>/json       {"id": "…", "parent": "<id>", …}              … and a chain of layers
 *
 * Paths are as written. Views point into the text or the arena. Errors: ERR_FORMAT, ERR_LIMIT. */
#ifndef FORMAT_OCI_DOCKER_H
#define FORMAT_OCI_DOCKER_H
#include "format/oci/manifest.h"

struct docker_image {
	struct str config; /* path */
	struct str_vec repo_tags, layers;
};
VEC_DECLARE(docker_image_vec, struct docker_image);
int docker_manifest_parse(struct arena *a, struct str json, struct docker_image_vec *ret, struct error *err);

struct docker_repository {
	struct str name, tag, layer_id; /* id of the topmost layer */
};
VEC_DECLARE(docker_repository_vec, struct docker_repository);
int docker_repositories_parse(struct arena *a, struct str json, struct docker_repository_vec *ret, struct error *err);

struct docker_v1_layer {
	struct str parent; /* id or empty */
	struct oci_platform platform;
	struct str created, created_by;
};
int docker_v1_layer_parse(struct arena *a, struct str json, struct docker_v1_layer *ret, struct error *err);
/* 64 lower-case hex digits: what a v1 layer id has to be before it becomes part of a path. */
bool docker_id_is_valid(struct str id);
#endif
