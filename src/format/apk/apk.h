/* apk-tools' database of installed packages: lib/apk/db/installed (usr/lib/apk/db/installed where /lib is merged), of Alpine, Wolfi, Chainguard and
 * others. Blocks of lines "X:value" with an empty line after each (apk-tools apk-db(5); wiki.alpinelinux.org, "Apk spec").
 *
 *   P:musl     name       o:musl   src_name     D:so:libc.musl-x86_64.so.1 /bin/sh !uclibc a>=1   depends
 *   V:1.1.22   version    L:MIT    licenses     p:so:libc.musl-x86_64.so.1=1 cmd:ldd              provides
 *   A:x86_64   arch       m:…      vendor       F:lib, then R:ld-musl-x86_64.so.1                 owned: lib/ld-musl-x86_64.so.1
 *   C:Q1…      digest (sha1 in base64; Q2: sha256)
 *
 * Dependencies and provides lose version conditions and repository tags, conflicts ("!x") are left out; "so:", "cmd:" and "pc:" stay, as both sides
 * write them. The source's version is the package's own. A block without name or version and lines without a key are diagnostics with
 * their line. Strings are copied to the arena. Linear. Thread-safe. */
#ifndef FORMAT_APK_H
#define FORMAT_APK_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int apk_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* Which paths these are (struct analyzer's `wants`). */
bool apk_wants(struct str path, uint32_t mode, uint64_t size);
#endif
