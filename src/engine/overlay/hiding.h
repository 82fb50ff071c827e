/* Which layers remove or replace what lower layers had: one index over all layers, so that the cost is the sum of what the layers and the
 * questions hold, not their product (images of 500 layers and layers of 100 000 whiteouts exist).
 *
 *   hiding_init; for each layer from the lowest: hiding_add_removals, and hiding_ask(path) for every path that will be looked up;
 *   hiding_fill once; hiding_hides(path, layer) as often as wanted
 *
 * A layer hides a path by a whiteout of it or of a folder above it, by an opaque folder above it, by an entry of the same name, or by
 * something that is no folder in the place of a folder above it. On one arena; not thread-safe. Memory: 16 bytes a path and folder asked for. */
#ifndef ENGINE_HIDING_H
#define ENGINE_HIDING_H
#include "base/error.h"
#include "base/map.h"
#include "model/image.h"

/* A path's hash and the topmost layer (+ 1) with an entry there: one that is no folder, and a folder. */
struct hiding_slot {
	uint64_t hash; /* 0: empty */
	uint32_t top, top_dir;
};
struct hiding {
	struct arena *arena;
	uint64_t key; /* map_spread */
	struct map whiteouts, opaque; /* path -> topmost layer + 1 */
	struct hiding_slot *slots;
	size_t n, slot_count;
};
void hiding_init(struct hiding *h, struct arena *a);
int hiding_ask(struct hiding *h, struct str path); /* 0 or ERR_NOMEM */
/* A layer's whiteouts and opaque folders. 0 or ERR_NOMEM */
int hiding_add_removals(struct hiding *h, const struct layer_facts *layer, size_t index);
int hiding_fill(struct hiding *h, const struct layer_facts *const *layers, size_t layer_count);
/* Whether a whiteout or an opaque folder of a layer above `layer` (of those added so far) removes the path. */
bool hiding_removes(const struct hiding *h, struct str path, size_t layer);
/* "bin", "lib", "usr/lib" …: in systems with a merged /usr two spellings of one folder. */
bool hiding_is_merged_usr_dir(struct str path);
/* Whether a layer above `layer` hides the path. */
bool hiding_hides(const struct hiding *h, struct str path, size_t layer);
#endif
