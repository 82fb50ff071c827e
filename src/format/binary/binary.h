/* Programs and libraries that no package manager installed -> packages, by the version text that their makers compile in.
 *
 *   usr/local/bin/node    …"node.js/v22.9.0"…      node 22.9.0
 *   opt/java/release      JAVA_VERSION="17.0.9"    openjdk 17.0.9
 *
 * One table (rules.c): file names, and the texts around the version. A rule asks for both, so that a program that merely mentions another
 * one (curl's libraries in every browser) is not taken for it. The first rule with a hit names the file; no hit is 0 packages.
 * The kind is PKG_BINARY: advisories are those that OSV files under "Bitnami", by Bitnami's names (model/package.c), in the order of semantic versions.
 *
 * The uniform parser shape of source/layer/analyzer.h. The file is read once, front to back, in pieces of 1 MiB that overlap, until the best text has been
 * found; BINARY_MAX_BYTES at most (then DIAG_UNREADABLE, unless something was found). Cost: one memmem a text and piece, about 1 GB/s; only files with a known name are read.
 * Strings are on the arena. Thread-safe for different arenas. */
#ifndef FORMAT_BINARY_H
#define FORMAT_BINARY_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

#define BINARY_MAX_BYTES (UINT64_C(512) << 20)

/* Whether some rule knows the file's name. As struct analyzer's wants(). */
bool binary_wants(struct str path, uint32_t mode, uint64_t size);
/* An executable, a script, or the text file "release" of a Java runtime. */
bool binary_sniff(const unsigned char *head, size_t n);
int binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);

/* The "vendor:product" of NVD's CPE names for what a rule calls so; NULL: none is known. */
const char *binary_cpe(struct str name);
/* Different products that the table knows. */
size_t binary_product_count(void);
#endif
