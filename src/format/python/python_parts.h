/* What the readers of Python files share, for src/format/python only. */
#ifndef FORMAT_PYTHON_PARTS_H
#define FORMAT_PYTHON_PARTS_H
#include "format/lang/lang.h"
#include "format/python/python.h"

/* Adds the package of a requirement (PEP 508) when it is pinned, else a DIAG_NOTE; on lines `from` to `to` of list->in. 0 or ERR_NOMEM. */
int python_add_requirement(struct lang_list *list, struct str line, uint32_t from, uint32_t to, bool dev);
#endif
