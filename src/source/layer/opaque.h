/* Folders of an overlayfs layer that hide what the layers below have in them: extended attribute "overlay.opaque" = "y", in the name space `trusted`
 * (engines run by root), `user` (rootless ones) or fuse-overlayfs's own. Reading a `trusted` attribute takes CAP_SYS_ADMIN, which a worker must not have,
 * so this is done beforehand, on the trusted side: names and attributes of folders only, no file is opened. The lowest layer needs none of it.
 *
 * Paths are relative and clean, on the arena. Folders that cannot be opened are passed over here: the walk tells of them. Limits: 200 levels,
 * a million folders. Cost: four system calls a folder. Thread-safe for different arenas. */
#ifndef SOURCE_OPAQUE_H
#define SOURCE_OPAQUE_H
#include "base/error.h"
#include "base/vec.h"

struct opaque_dirs {
	struct str_vec dirs;
	struct str redirected; /* a folder that overlayfs has renamed ("redirect_dir"), which no engine does to an image's layers; empty: none */
	bool blind;            /* the attributes of this layer cannot be seen: it belongs to root, and the right is missing */
};
int opaque_find(struct arena *a, int dir_fd, struct opaque_dirs *ret, struct error *err);
#endif
