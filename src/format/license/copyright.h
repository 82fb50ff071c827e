/* usr/share/doc/PACKAGE/copyright of Debian packages -> licences as written.
 *
 *   License: GPL-2+ with Autoconf exception        machine-readable files (Debian copyright format 1.0, DEP-5): the first line of each License field
 *   … see /usr/share/common-licenses/LGPL-2.1'.    others: which of the common licences the text points to
 *
 * Each licence once, in the order of the file. Remarks ("(MIT)", "The main library is licensed under") are taken away. Copies on the arena. Never fails but for
 * memory; at most COPYRIGHT_LICENSES_MAX licences, each of at most COPYRIGHT_LICENSE_BYTES. Linear in the text. Thread-safe. */
#ifndef FORMAT_COPYRIGHT_H
#define FORMAT_COPYRIGHT_H
#include "base/error.h"
#include "base/vec.h"

#define COPYRIGHT_LICENSES_MAX  200u
#define COPYRIGHT_LICENSE_BYTES 400u

int copyright_licenses(struct arena *a, struct str text, struct str_vec *out, struct error *err);
/* "usr/share/doc/zlib1g/copyright" -> "zlib1g"; empty: another path. */
struct str copyright_package(struct str path);
#endif
