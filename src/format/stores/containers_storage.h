/* containers-storage, where Podman, Buildah and CRI-O keep images: the two lists below GRAPH ROOT, without their programs.
 *
 *   DRIVER-images/images.json   [ { "id", "digest", "names": [], "layer": top layer's id, "big-data-names": [], … } ]
 *   DRIVER-layers/layers.json   [ { "id", "parent", "diff-digest", "diff-size", "compressed-diff-digest", … } ]
 *   DRIVER-images/ID/FILE       small documents ("big data"): manifests, and the configuration under its digest
 *   DRIVER/LAYER ID/diff        a layer's folder (overlay); DRIVER/dir/LAYER ID: the whole tree up to that layer (vfs)
 *
 * Ids become parts of paths: only those of 64 hex digits are given on, entries with others are an error. Views point into the text or the arena.
 * Limits: 64 MiB a list, 100000 entries. Errors: ERR_FORMAT, ERR_LIMIT, ERR_NOMEM. */
#ifndef FORMAT_STORES_CONTAINERS_STORAGE_H
#define FORMAT_STORES_CONTAINERS_STORAGE_H
#include "base/error.h"
#include "base/vec.h"

#define CONTAINERS_STORAGE_BYTES_MAX (64u << 20)

struct storage_image {
	struct str id;     /* 64 hex digits: the configuration's digest, or made up for other kinds */
	struct str digest; /* of the manifest, may be empty */
	struct str_vec names;
	struct str layer;  /* id of the topmost layer; empty for an image of none */
	struct str_vec data_names;
};
VEC_DECLARE(storage_image_vec, struct storage_image);
int storage_images_parse(struct arena *a, struct str json, struct storage_image_vec *ret, struct error *err);

struct storage_layer {
	struct str id, parent;
	struct str diff_digest; /* may be empty */
	uint64_t diff_size;     /* 0 unknown */
};
VEC_DECLARE(storage_layer_vec, struct storage_layer);
int storage_layers_parse(struct arena *a, struct str json, struct storage_layer_vec *ret, struct error *err);

/* File name of a document: lower-case letters, digits and dots stand as they are, all else as "=" and base64. p NULL: no memory. */
struct str storage_data_file(struct arena *a, struct str data_name);
#endif
