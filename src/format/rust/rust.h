/* Rust programs and lock files -> packages.
 *
 * rust_binary_parse: the dependency list that cargo-auditable puts into executables (its PARSING.md): section .dep-v0, zlib-compressed JSON
 *   {"packages":[{"name":"a","version":"1.0.0","source":"crates.io","kind":"runtime","dependencies":[2,3],"root":true}]}
 * Packages of kind "build" ran on the builder and are not listed. The root is is_root; `depends` holds "name@version".
 * cargo_lock_parse: Cargo.lock of versions 1 to 4 (TOML), with lines. A package without a source is the project's own or a local one; is_root when
 * nothing in the file needs it.
 *
 * The uniform parser shape of source/layer/analyzer.h: a program without the section is 0 with nothing appended, at the cost of four small reads.
 * Limits: section 8 MiB, JSON 32 MiB, lock file 64 MiB. Strings are on the arena or in the input. */
#ifndef FORMAT_RUST_H
#define FORMAT_RUST_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int rust_binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int cargo_lock_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
