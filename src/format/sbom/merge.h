/* Several bills of materials as one. Subjects stay side by side at the top; packages with the same package URL in the same place (FilePath, kind of
 * package, nested path) are one component, whose relations are those of all; groups and operating systems stay apart, because what they contain
 * differs (the same image in two bills is one subject with one set of groups). Of components that become one each field, list and property is that of the
 * first bill that has it: in which layer a package is, say. Two components of one bill never become one. Refs that two bills use for different things are made
 * different. Tools, authors and document properties are joined.
 * Borrows from the bills. Errors: ERR_NOMEM, ERR_LIMIT. Linear. */
#ifndef FORMAT_SBOM_MERGE_H
#define FORMAT_SBOM_MERGE_H
#include "model/sbom.h"

int sbom_merge(struct arena *a, const struct sbom *bills, size_t n, struct sbom *ret, struct error *err);
#endif
