/* dpkg's database of installed packages (deb822 paragraphs; dpkg(1), deb-control(5), Debian Policy chapters 5 and 7): var/lib/dpkg/status, the
 * one-paragraph files of "distroless" images (var/lib/dpkg/status.d/NAME, without a Status field), and opkg's status, which has the same form.
 *
 *   Package: libssl1.1            name          Source: openssl (1.1.1n-0+deb11u3)  src_name, src_version
 *   Status: install ok installed  see below     Depends, Pre-Depends, Provides      depends, provides
 *   Architecture, Version, Maintainer           arch, version, vendor
 *
 * A paragraph counts as a package unless its state (third word of Status) is "not-installed" or "config-files": then its files are gone.
 * "deinstall ok installed" is a package that somebody wants removed and that is still there, so it counts. No Status counts as installed.
 * `depends` holds the names of all alternatives ("a | b" gives both) without versions and architecture qualifiers: the installed one is the
 * dependency. Folded lines, CRLF and lines of blanks between paragraphs are understood; what is malformed becomes a diagnostic with its line.
 *
 * File lists (info/NAME[:ARCH].list; status.d/NAME.md5sums) give FACTS_OWNED_FILES: one pseudo-package called as the file.
 * Strings are copied to the arena. Linear in the input, no limits but the caller's on size and the arena's. Thread-safe. */
#ifndef FORMAT_DPKG_H
#define FORMAT_DPKG_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int dpkg_parse_status(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int dpkg_parse_list(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);

/* Which paths these are (struct analyzer's `wants`). */
bool dpkg_wants_status(struct str path, uint32_t mode, uint64_t size);
bool dpkg_wants_list(struct str path, uint32_t mode, uint64_t size);
#endif
