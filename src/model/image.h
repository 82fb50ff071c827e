/* An image as its source describes it, before any layer is read; and what reading the layers gave. */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H
#include "base/diag.h"
#include "model/distro.h"
#include "model/observation.h"
#include "model/package.h"

/* How much of an image is read. QUICK: operating-system packages and lock files, what a developer's machine answers at once; NORMAL: also what is
 * installed (modules, jars, programs), but no lock files unless asked; DEEP: everything. */
enum scan_depth { SCAN_NORMAL, SCAN_QUICK, SCAN_DEEP };

enum compression { COMPRESS_UNKNOWN, COMPRESS_NONE, COMPRESS_GZIP, COMPRESS_ZSTD };

/* "sha256:<64 hex>" as text. */
struct image_layer {
	struct str digest;   /* of the stored (compressed) bytes; empty when the source states none (docker-archive) */
	struct str diff_id;  /* of the uncompressed tar, as the configuration claims it */
	struct str media_type;
	struct str created_by;
	uint64_t size;       /* stored bytes, 0 unknown */
};
VEC_DECLARE(image_layer_vec, struct image_layer);

struct image_info {
	struct str reference;     /* what the user asked for */
	struct str artifact_name; /* how reports call it */
	struct str id;            /* digest of the configuration */
	struct str digest;        /* of the manifest, when there is one */
	struct str_vec repo_tags, repo_digests;
	struct str os, architecture, variant;
	struct str created;
	struct str config_json;   /* the configuration as read (checked against its digest), or empty */
	struct image_layer_vec layers;
	uint64_t size;            /* of all layers, stored */
};

/* What one layer holds that matters (made by source/layer, cached by digest). Paths are relative and clean. */
enum facts_file_kind { FACTS_PACKAGES, FACTS_OS_RELEASE, FACTS_OWNED_FILES, FACTS_OBSERVATIONS };
struct facts_file {
	struct str path;
	enum facts_file_kind kind;
	enum package_kind package_kind;
	struct package_vec packages; /* FACTS_PACKAGES; FACTS_OWNED_FILES: one pseudo-package with name (dpkg "libc6" or "libc6:amd64") and owned */
	struct observation_vec observations; /* FACTS_OBSERVATIONS */
	struct distro distro;        /* FACTS_OS_RELEASE: what this file tells (fields it does not tell are empty) */
	bool unreadable;             /* a diagnostic says why */
	uint8_t priority;            /* FACTS_OS_RELEASE: lower wins (etc/os-release 0, usr/lib/os-release 1, family files 2…) */
};
VEC_DECLARE(facts_file_vec, struct facts_file);
struct facts_link {
	struct str path, target; /* symbolic link or hard link that matters to a wanted path */
	bool hard;
};
VEC_DECLARE(facts_link_vec, struct facts_link);
#define PRESENT_DIR UINT64_C(0x6469726563746f72)
struct layer_facts {
	struct facts_file_vec files;
	struct str_vec whiteouts; /* paths removed from the layers below ("etc/x" for etc/.wh.x) */
	struct str_vec opaque;    /* directories whose lower content is hidden */
	struct facts_link_vec links; /* every symbolic link of the layer; hard links whose name or target is wanted */
	/* path_hash of every non-directory path of the layer, and path_hash ^ PRESENT_DIR of every directory, sorted: answers "does this layer
	 * replace that path, or one of its parents by a non-directory, or that file or symbolic link by a directory?" without keeping names. */
	struct u64_vec present;
	struct diags diags;
	uint64_t entry_count, tar_bytes;
};

/* All layers applied in order. */
struct image_facts {
	struct distro distro;
	struct package_vec packages; /* OS packages first, sorted by (kind, path, name, version) */
	struct observation_vec observations; /* of all layers, also of files that later layers removed */
	struct u32_vec *relations;   /* what each package needs, as indices, where the source says it exactly (a bill of materials); NULL: package_relations tells */
	struct diags diags;
};
#endif
