/* Parts of the program that are loaded when first needed, because linking them would cost every start: shared objects of our own, built and installed
 * with it, found beside the executable (a build tree) or in ../lib/bulkhead from there, never through search paths or the environment.
 *
 * Loaded for the life of the process; a second call gives the same. Call it before workers are forked and confined. Thread-safe.
 * Errors: ERR_NOT_FOUND with the places that were looked at, ERR_UNSUPPORTED (of another version). Cost: about 2 ms the first time. */
#ifndef SYS_MODULE_H
#define SYS_MODULE_H
#include "base/error.h"
#include "base/patterns.h"

int module_patterns(const struct patterns **ret, struct error *err);
#endif
