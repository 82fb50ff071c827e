/* Every code that bulkhead exits with, in one place (DESIGN.md, "One command line"). A gate's own code is what --exit-code N says. Commands that
 * keep a peer's codes say so in their help. */
#ifndef FRONT_EXIT_CODES_H
#define FRONT_EXIT_CODES_H
#include "base/error.h"

#include <errno.h>

enum exit_code {
	EXIT_CODE_OK = 0,       /* the work was done; without a gate whatever was found */
	EXIT_CODE_GATE = 1,     /* default of --exit-code: a gate was not met */
	EXIT_CODE_USAGE = 2,    /* wrong usage, or input that can't be read: nothing was judged */
	EXIT_CODE_INTERNAL = 3, /* a failure of our own: no memory, a full disk, a bug */
};
/* What a command that ended with this error exits with. A path that can't be opened as what it was named for is the user's matter. */
static inline int exit_code_of(const struct error *err)
{
	switch (err->code) {
	case ERR_SYSTEM:
		return err->sys_errno == ENOTDIR || err->sys_errno == EISDIR || err->sys_errno == EACCES || err->sys_errno == ELOOP || err->sys_errno == ENAMETOOLONG ?
			       EXIT_CODE_USAGE :
			       EXIT_CODE_INTERNAL;
	case 0: /* failed and did not say why: never a success that a gate would take for a pass */
	case ERR_NOMEM:
	case ERR_CRASHED:
	case ERR_INTERNAL:
		return EXIT_CODE_INTERNAL;
	default:
		return EXIT_CODE_USAGE;
	}
}
#endif
