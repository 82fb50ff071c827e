/* What the files of engine/baseimage share: look-ups in the table (base_table.h). */
#ifndef ENGINE_BASE_INTERNAL_H
#define ENGINE_BASE_INTERNAL_H
#include "base/str.h"
#include "engine/baseimage/base_table.h"

const struct base_family *base_family_find(struct str id); /* NULL: none */
const struct base_family *base_family_of_distro(struct str os_release_id);
/* "3.11" of python's "3.11.4"; a view of version. */
struct str base_cycle_of(const struct base_family *f, struct str version);
bool base_glob_any(const char *const *globs, struct str name);
#endif
