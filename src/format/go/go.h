/* Go programs and module files -> packages.
 *
 * go_binary_parse: the build information that `go build` leaves in executables (debug/buildinfo): "\xff Go buildinf:" at 16-byte alignment in section
 * .go.buildinfo (ELF), __go_buildinfo (Mach-O) or the first writable data; strings inline behind a 32-byte header (Go 1.18 and later) or by
 * pointer (1.13 to 1.17). Stripped programs keep it. Gives "stdlib" with the Go version ("v1.21.5"), each dependency with its replacement
 * applied, and the main module (is_root) with its version: as stamped, else from `-ldflags -X …version=…`, else empty.
 * go_mod_parse: go.mod files (https://go.dev/ref/mod#go-mod-file), requirements with replace and exclude applied, with lines.
 *
 * The uniform parser shape of source/layer/analyzer.h: no Go program is 0 with nothing appended, at the cost of four small reads. Strings are on
 * the arena or in the input. A program packed by UPX is a DIAG_UNREADABLE: what it is made of cannot be seen. */
#ifndef FORMAT_GO_H
#define FORMAT_GO_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int go_binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int go_mod_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
