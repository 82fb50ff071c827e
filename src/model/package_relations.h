/* Who needs whom: the names in package.depends resolved to packages of the same place. A place is what is installed together: all
 * operating-system packages; all packages of one folded language kind; else those that one file names. By "name@version" where
 * a lock file is that exact, else by name and what others provide (real names first); rpm's files by who installed them; Node's modules as Node looks
 * for them, from the package's own folder outwards; an archive has the archives inside it. ret[i] lists indices into packages, ascending, without itself and without repeats; a name that
 * nothing answers to is left out. On the arena. 0 or ERR_NOMEM. Cost: one map entry a name. */
#ifndef MODEL_PACKAGE_RELATIONS_H
#define MODEL_PACKAGE_RELATIONS_H
#include "model/package.h"

int package_relations(struct arena *a, const struct package_vec *packages, struct u32_vec **ret);
#endif
