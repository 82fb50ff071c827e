/* Inside of the image sources: what the kinds of source share. A kind fills a `struct image_source` while opening (one thread) and gives two
 * functions: read a small document, make a layer readable. oci_image.c goes from an index to a platform's manifest, configuration and
 * layers for all kinds that speak OCI (layout directory, OCI archive, registry); docker_archive.c does its own. */
#ifndef SOURCE_IMAGE_INTERNAL_H
#define SOURCE_IMAGE_INTERNAL_H
#include "base/arena.h"
#include "format/oci/manifest.h"
#include "source/image/archive.h"
#include "source/image/image_source.h"
#include "source/image/registry.h"

struct source_layer {
	struct oci_descriptor desc;         /* OCI kinds */
	const struct archive_entry *entry;  /* docker-archive */
	struct str name;                    /* for messages */
	struct str dir;                     /* engines: path of the unpacked layer */
	bool ready;
	struct layer_blob blob;
	int own_fd;                         /* -1: blob.fd is shared */
};

struct image_store {
	/* Is a descriptor's content there? NULL: all is. An index's manifests for platforms that were never fetched are then passed over. */
	bool (*has)(struct image_source *s, const struct oci_descriptor *desc);
	/* A manifest or index, or else a configuration: exactly desc->size bytes that match desc->digest, on s->arena. */
	int (*document)(struct image_source *s, const struct oci_descriptor *desc, bool is_manifest, uint64_t max_bytes, struct str *ret, struct error *err);
	/* Fills layer->blob (and own_fd); may run in several threads for different layers, so s->arena is not to be used. */
	int (*layer)(struct image_source *s, struct source_layer *layer, struct error *err);
};

struct image_source {
	struct arena arena;
	struct image_source_options opt;
	struct image_info info;
	struct diags diags;
	const struct image_store *store;
	struct source_layer *layers;
	size_t layer_count;
	struct str path;          /* file kinds */
	struct str selector;      /* which of several images: "name:tag", "@2", "@sha256:…"; may be empty */
	int dir_fd;               /* layout directory, -1 none */
	struct archive *archive;
	struct http_client *http;
	struct registry *registry;
	struct containerd_source *containerd;
};

/* Room for n layers in s and s->info. */
int source_layers_alloc(struct image_source *s, size_t n, struct error *err);
/* One for each kind: fill s from s->path (or the reference). */
int source_open_docker_archive(struct image_source *s, struct error *err);
int source_open_oci_archive(struct image_source *s, struct error *err);
int source_open_oci_dir(struct image_source *s, struct error *err);
int source_open_registry(struct image_source *s, struct str reference, struct error *err);
/* Engines. ERR_NOT_FOUND: the engine is not here or has no such image. */
int source_open_containerd(struct image_source *s, struct str reference, struct error *err);
/* Of that root; namespace empty: all. */
int source_open_containerd_at(struct image_source *s, struct str root, struct str namespace_, struct str reference, struct error *err);
void containerd_close(struct containerd_source *c); /* NULL-safe */
int source_open_docker(struct image_source *s, struct str reference, struct error *err);
int source_open_podman(struct image_source *s, struct str reference, struct error *err);
/* Makes a half-filled source empty again, before another place is tried. */
void source_reset(struct image_source *s);
/* Documents and layers below s->dir_fd/blobs, as in an OCI layout. */
extern const struct image_store layout_store;
int source_layout_layer(struct image_source *s, struct source_layer *layer, struct error *err);
/* layer->dir as a directory layer. */
int source_dir_layer(struct image_source *s, struct source_layer *layer, struct error *err);
/* The image of a configuration (checked against `id` by the caller) whose layers are directories: fills info, leaves layers[i].dir to the caller. */
int source_load_unpacked(struct image_source *s, struct str config_json, struct str id, struct error *err);
bool source_dir_is_oci_layout(int dir_fd);

/* Chooses among roots (an index's entries, or one), follows nested indexes to the platform wanted, reads manifest and configuration, fills info. */
int oci_image_load(struct image_source *s, const struct oci_descriptor *roots, size_t root_count, struct error *err);
/* The same from a manifest or index that is already at hand. */
int oci_image_load_document(struct image_source *s, struct str bytes, struct str media_type, struct str digest, struct error *err);
/* Platform, dates and diff_ids from a configuration into info, checked against the platform asked for and the number of layers. */
int source_apply_config(struct image_source *s, const struct oci_config *c, size_t layer_count, struct error *err);
/* Is selector "@N"? */
bool source_selector_index(struct str selector, uint64_t *ret);
/* Do two names mean the same image (defaults filled in)? */
bool source_names_equal(struct arena *a, struct str x, struct str y);

/* Compression of the bytes at offset, by magic. */
int source_sniff(int fd, uint64_t offset, uint64_t size, enum compression *ret, struct error *err);
#endif
