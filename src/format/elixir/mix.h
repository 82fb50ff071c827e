/* mix.lock of Elixir's Mix (hexdocs.pm/mix): a map with a line a dependency,
 *   "jason": {:hex, :jason, "1.4.0", "hash", [:mix], [{:decimal, "~> 1.0", [hex: :decimal, repo: "hexpm", optional: true]}], "hexpm", "hash"},
 * An analyzer's `parse` (source/layer/analyzer.h). The package is what Hex calls it (the atom), the key is the application's name, by which others
 * depend on it. Dependencies from git have no version: a DIAG_NOTE. Linear time. */
#ifndef FORMAT_MIX_H
#define FORMAT_MIX_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int mix_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
