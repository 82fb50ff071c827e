/* containerd's metadata, read from its bbolt files (format/bbolt) without containerd:
 *
 *   io.containerd.metadata.v1.bolt/meta.db       v1 / NAMESPACE / images / NAME / target / { digest, mediatype, size }
 *                                                v1 / NAMESPACE / snapshots / SNAPSHOTTER / CHAIN ID / name
 *   io.containerd.snapshotter.v1.X/metadata.db   v1 / snapshots / NAME / { id, kind, parent }
 *
 * Numbers are Go's variable-length integers (encoding/binary): sizes zigzag, ids unsigned. Names and digests are checked before they are given on;
 * an image whose target is damaged is passed over with a diagnostic. Views point into the file. Threads: as bbolt.h. Limits: 1024 namespaces, 100000 images.
 * Errors: ERR_FORMAT, ERR_NOT_FOUND, ERR_LIMIT, ERR_NOMEM. */
#ifndef FORMAT_STORES_CONTAINERD_H
#define FORMAT_STORES_CONTAINERD_H
#include "base/diag.h"
#include "format/bbolt/bbolt.h"
#include "format/oci/manifest.h"

struct containerd_image {
	struct str namespace_, name;
	struct oci_descriptor target; /* media type, digest, size */
};
VEC_DECLARE(containerd_image_vec, struct containerd_image);
/* All images of one namespace, or (empty) of all. Namespaces that have none, or that do not exist, add none. */
int containerd_images(struct arena *a, struct bbolt *meta, struct str namespace_, struct containerd_image_vec *ret, struct diags *diags, struct error *err);
/* Names of namespaces, whether they hold images or not. */
int containerd_namespaces(struct arena *a, struct bbolt *meta, struct str_vec *ret, struct error *err);

struct containerd_snapshot {
	struct str snapshotter; /* "overlayfs" */
	struct str name;        /* key in the snapshotter's own file */
};
VEC_DECLARE(containerd_snapshot_vec, struct containerd_snapshot);
/* The snapshots of a chain id, one a snapshotter that has it, "overlayfs" first. */
int containerd_snapshots(struct arena *a, struct bbolt *meta, struct str namespace_, struct str chain_id, struct containerd_snapshot_vec *ret,
			 struct error *err);
/* Number of a committed snapshot: its folder is snapshots/NUMBER. */
int containerd_snapshot_id(struct bbolt *snapshots, struct str name, uint64_t *ret, struct error *err);
#endif
