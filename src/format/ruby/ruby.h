/* Ruby packages: installed gems (specifications/name-version.gemspec) and Gemfile.lock. A gemspec is Ruby code; those that RubyGems writes when
 * it installs a gem are plain assignments, which are read as text, as Trivy and Syft do:
 *
 *   # stub: rake 13.0.6 ruby lib
 *   Gem::Specification.new do |s|
 *     s.name = "rake".freeze
 *     s.version = "13.0.6"
 *     s.licenses = ["MIT".freeze]
 *
 * Each function is an analyzer's `parse` (source/layer/analyzer.h): packages are appended, strings are copies on the arena. Linear time. */
#ifndef FORMAT_RUBY_H
#define FORMAT_RUBY_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

/* Any .gemspec below a folder "specifications". */
bool ruby_wants_gemspec(struct str path, uint32_t mode, uint64_t size);
int ruby_parse_gemspec(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int ruby_parse_gemfile_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
