/* Who needs whom: the names in package.depends resolved to packages of the same place. A place is what is installed together: all
 * operating-system packages; all packages of one folded language kind; else those that one file names. Real names go before provided
 * ones, "name@version" before the bare name. ret[i] lists indices into packages, ascending, without itself and without repeats; a name that
 * nothing answers to is left out. On the arena. 0 or ERR_NOMEM. Cost: one map entry a name. */
#ifndef MODEL_PACKAGE_RELATIONS_H
#define MODEL_PACKAGE_RELATIONS_H
#include "model/package.h"

int package_relations(struct arena *a, const struct package_vec *packages, struct u32_vec **ret);
#endif
