/* Facts of layers kept between scans: one file a layer in CACHE_DIR/layers (0700), replaced by rename, checked when read.
 *
 *   struct cache_header | key text, padded to 8 | encoded facts (facts_codec.h)
 *
 * Keys: the digest of the stored bytes, when these were hashed and found right; for archives that state no digest, the identity of the file
 * (device, inode, size, both times) and the place in it. A digest that was only claimed is never a key to write under; that is the caller's
 * duty. Every key holds the analyzers' fingerprint and the options that change what is found. An entry that is damaged, of another version
 * or of another key is as good as absent, and is replaced by the next write. Two scans may use one cache at the same time.
 *
 * Entries that were not used for 60 days are removed, looked for at most once a day. A directory that others may write to, or that belongs to
 * somebody else, is not used. A cache that does not work is never an error: it is logged once and left alone. Thread-safe once opened. */
#ifndef SOURCE_LAYER_CACHE_H
#define SOURCE_LAYER_CACHE_H
#include "source/image/image_source.h"
#include "source/layer/layer.h"

struct layer_cache {
	int dir_fd; /* -1: no cache on disk */
	struct layer_memory *memory; /* NULL: none */
	uint64_t fingerprint;
};
struct cache_key {
	char name[160]; /* of the file */
	char text[320]; /* all of the key */
};
void layer_cache_open(struct layer_cache *c, const struct layer_options *opt);
void layer_cache_close(struct layer_cache *c);
static inline bool layer_cache_is_open(const struct layer_cache *c)
{
	return c->dir_fd >= 0 || c->memory;
}
/* digest: well-formed (oci_digest_is_valid). */
void layer_cache_key_digest(const struct layer_cache *c, struct str digest, struct cache_key *ret);
/* A folder, of an unpacked layer: for layer_cache.memory alone. false: it cannot be identified. */
bool layer_cache_key_folder(const struct layer_cache *c, int dir_fd, struct cache_key *ret);
void layer_cache_key_file(const struct layer_cache *c, const struct layer_blob *blob, struct cache_key *ret);
/* true and the facts (on the arena) when there is a sound entry. */
bool layer_cache_load(const struct layer_cache *c, const struct cache_key *key, struct arena *a, struct layer_facts *ret);
void layer_cache_store(const struct layer_cache *c, const struct cache_key *key, struct str facts);
#endif
