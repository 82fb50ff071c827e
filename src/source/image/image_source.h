/* Image sources: registry, docker-archive, OCI layout directory or archive, the stores of container engines -> one description and its layers
 * as descriptors. Everything is checked: manifests and configurations against their digests; layer blobs when their bytes are read. Only what an engine
 * has unpacked to a directory is taken as it lies there.
 *
 * REF is looked up: a path that exists; an explicit prefix ("oci:", "docker-archive:", "oci-archive:", "containerd:", "docker:", "podman:" or
 * "containers-storage:", "registry:" or "docker://"); then, when asked for (options.engines), the engines of this machine; a registry. */
#ifndef SOURCE_IMAGE_SOURCE_H
#define SOURCE_IMAGE_SOURCE_H
#include "base/error.h"
#include "base/vec.h"
#include "model/image.h"

/* Where a layer's stored bytes lie: `size` bytes at `offset` of `fd`. The descriptor belongs to the image source and must support pread.
 * A layer that an engine has unpacked is a directory: then fd is that directory's and the rest is zero. Its content is hashed by nobody, so nothing
 * found in it may be kept under a digest. */
struct layer_blob {
	int fd;
	bool is_dir;
	uint64_t offset, size;
	enum compression compression; /* by magic bytes when the media type does not tell */
	struct str expect_digest;     /* the stored bytes must hash to this; empty: only claimed, never verified (docker-archive) */
	bool verified;                /* already hashed by the source (registry download) */
	/* For unverified archives: identity of the file for the cache key. */
	bool has_identity;
	uint64_t dev, ino, file_size;
	int64_t mtime_ns, ctime_ns;
};

/* Where engines keep their images; empty: the usual places. Engines' own settings (DOCKER_HOST, daemon.json, storage.conf) are honoured. */
struct engine_options {
	/* For references without a prefix, in order: "docker", "containerd", "podman", "remote". None: only "remote". */
	const struct str *order;
	size_t order_count;
	struct str containerd_root;      /* "/var/lib/containerd" */
	struct str containerd_namespace; /* empty: all */
	struct str docker_root;          /* "/var/lib/docker" */
	struct str docker_host;          /* "unix:///var/run/docker.sock", "tcp://host:2375" */
	struct str podman_root;          /* "/var/lib/containers/storage" */
};

struct registry_options;
struct image_source_options {
	bool force_file;               /* --input: REF is a file or directory, whatever it looks like */
	struct str platform;           /* "linux/arm64/v8"; empty: linux and this machine's architecture, else the first */
	const struct registry_options *registry; /* NULL: defaults */
	const struct engine_options *engines;    /* NULL: defaults */
	struct str tmp_dir;            /* for downloads and unpacked archives, both without names; empty: $TMPDIR, else /var/tmp */
	bool offline;                  /* refuse to use the network */
	/* May be NULL; non-zero cancels (ERR_CANCELLED). Called from any thread that is in image_source_open or image_source_layer; with an empty `what`
	 * only to ask whether to go on, while a connection is waited for. */
	int (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

struct image_source;
/* Opens and reads manifest and configuration. What opt points to is borrowed and must live as long as the source.
 * "oci:", "oci-archive:" and "docker-archive:" paths may be followed by ":NAME", "@DIGEST" or ":@NUMBER", which chooses one of several images. */
int image_source_open(struct str ref, const struct image_source_options *opt, struct image_source **ret, struct error *err);
/* The tags of a registry's repository ("host/name", also after "registry:"; it must have no tag of its own) as references for image_source_open, on the arena, in the
 * registry's order. Signatures and attestations that tools keep under tags ("sha256-….sig") are left out; *ret_skipped counts them. */
int image_source_tags(struct arena *a, struct str repository, const struct image_source_options *opt, struct str_vec *ret, size_t *ret_skipped, struct error *err);
const struct image_info *image_source_info(const struct image_source *s);
size_t image_source_layer_count(const struct image_source *s);
/* Makes layer i readable (downloads it where needed; thread-safe for different i). */
int image_source_layer(struct image_source *s, size_t i, struct layer_blob *ret, struct error *err);
/* What was odd while opening (unknown media types, missing optional parts); borrowed. */
const struct diags *image_source_diags(const struct image_source *s);
struct image_source *image_source_free(struct image_source *s); /* returns NULL */
#endif
