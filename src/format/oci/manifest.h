/* OCI and Docker image manifests, indexes and configurations: JSON -> plain structs (OCI image-spec 1.1: descriptor.md, manifest.md,
 * image-index.md, config.md; Docker "image manifest version 2, schema 2").
 *
 *   index ──> manifest ──> config          descriptor: media type, digest, size of what it points to
 *                     └──> layers
 *
 * Every digest is checked to be well formed and every size to be an integer; whether the content matches is the caller's work. A document that
 * reads as both a manifest and an index is refused (CVE-2021-41190), as is Docker's schema 1. Views point into the JSON text or the arena: the
 * text must live as long. Errors: ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT. Limits: 4 MiB a document, 1000 layers, 10000 manifests, 10000 history entries. */
#ifndef FORMAT_OCI_MANIFEST_H
#define FORMAT_OCI_MANIFEST_H
#include "base/error.h"
#include "base/vec.h"
#include "format/oci/platform.h"
#include "model/image.h"

#define OCI_MANIFEST_BYTES_MAX (4u << 20)
#define OCI_CONFIG_BYTES_MAX   (8u << 20)

#define OCI_TYPE_INDEX       "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define DOCKER_TYPE_INDEX    "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_TYPE_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"

struct oci_descriptor {
	struct str media_type, digest, artifact_type;
	uint64_t size;
	bool has_platform;
	struct oci_platform platform;
	struct str ref_name;   /* annotation org.opencontainers.image.ref.name: a tag or a whole reference */
	struct str image_name; /* annotation io.containerd.image.name: a whole reference */
	struct str title;      /* annotation org.opencontainers.image.title: an artifact's file name */
	bool is_attestation;   /* no image: build provenance or the like, stored beside */
	struct str_vec urls;
};
VEC_DECLARE(oci_descriptor_vec, struct oci_descriptor);

enum oci_kind { OCI_MANIFEST, OCI_INDEX };
struct oci_manifest {
	enum oci_kind kind;
	struct str media_type, artifact_type;
	struct oci_descriptor config;         /* OCI_MANIFEST */
	struct oci_descriptor_vec layers;     /* OCI_MANIFEST */
	struct oci_descriptor_vec manifests;  /* OCI_INDEX */
};
/* media_type: what the transport says it is ("" unknown); it must not contradict the content. */
int oci_manifest_parse(struct arena *a, struct str json, struct str media_type, struct oci_manifest *ret, struct error *err);

struct oci_history {
	struct str created, created_by;
	bool empty_layer;
};
VEC_DECLARE(oci_history_vec, struct oci_history);
struct oci_config {
	struct oci_platform platform;
	struct str created;
	struct str_vec diff_ids;
	struct oci_history_vec history;
};
int oci_config_parse(struct arena *a, struct str json, struct oci_config *ret, struct error *err);
/* What made layer i (of `count`): the history entry that belongs to it, or empty when history and layers do not agree. */
struct str oci_config_created_by(const struct oci_config *c, size_t layer, size_t count);

/* Is it an image's configuration / index by media type (parameters such as "; charset" are passed over)? */
bool oci_type_is_index(struct str media_type);
bool oci_type_is_manifest(struct str media_type);
bool oci_type_is_image_config(struct str media_type);
/* Layers that Windows images leave with their publisher: descriptor.urls say where. */
bool oci_type_is_foreign_layer(struct str media_type);
/* A tar layer of an image (in any compression)? */
bool oci_type_is_layer(struct str media_type);
/* From the media type; COMPRESS_UNKNOWN when it does not tell or is no layer. */
enum compression oci_type_compression(struct str media_type);
#endif
