/* The symbolic links of an image, as they stand after each of its layers: a path as it is written -> where it really lies.
 *
 *   links_init; for each layer from the lowest: hiding_add_removals, links_add_layer, then links_resolve for the paths of that layer
 *
 * A link is gone once a later layer removes it or has a folder or file in its place. Resolving works as in a system that has the image for its
 * root (path_resolution(7)): ".." is physical and stops at the root, at most 40 links, at most PATH_MAX bytes. On one arena; not thread-safe.
 * Cost: one map look-up for each folder of a path; links themselves only when a path leads through them. */
#ifndef ENGINE_LINKS_H
#define ENGINE_LINKS_H
#include "engine/overlay/hiding.h"

struct links {
	struct arena *arena;
	const struct layer_facts *const *layers;
	const struct hiding *hiding; /* its whiteouts and opaque folders, of the layers so far */
	uint32_t layer;              /* the topmost so far */
	struct map by_path;          /* -> struct image_link */
};
void links_init(struct links *l, struct arena *a, const struct layer_facts *const *layers, const struct hiding *hiding);
int links_add_layer(struct links *l, uint32_t layer); /* 0 or ERR_NOMEM */
/* Follows links in the folders of a path, and when `last` also of its last segment. The path itself when there are none (or no memory).
 * *ret_circle (may be NULL): too many links; the result is then not to be relied on. */
struct str links_resolve(struct links *l, struct str path, bool last, bool *ret_circle);
#endif
