/* Paths inside images: always relative ("usr/lib/os-release"), '/' separated, no "." or ".." segments. */
#ifndef BASE_PATH_H
#define BASE_PATH_H
#include "base/arena.h"

/* Cleans an archive's path: drops leading "/" and "./", folds "//" and ".", resolves ".." but never above the root (".." at the root
 * vanishes, as chroot does). Result is "" for the root itself; p NULL when out of memory. Borrowed when nothing had to change. */
struct str path_clean(struct arena *a, struct str raw);
/* "usr/lib/x" -> "x"; "usr/lib/x" -> "usr/lib" ("" when there is no slash). */
struct str path_base(struct str path);
struct str path_dir(struct str path);
/* Extension with dot, in the last segment, or empty. */
struct str path_ext(struct str path);
/* dir + "/" + name (name alone when dir is empty). */
struct str path_join(struct arena *a, struct str dir, struct str name);
/* Hash for ownership and shadowing: of the path after "usr/" is removed before bin, sbin, lib, lib32, lib64, libx32, so that both
 * spellings of a merged /usr give the same number. Stable: written to caches. */
uint64_t path_hash(struct str path);
#endif
