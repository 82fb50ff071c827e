/* rpm's database of installed packages, in all the forms distributions ship, told apart by content:
 *
 *   Packages        Berkeley DB 4/5 hash file, either byte order (bdb.c)      RHEL/CentOS <= 8, Fedora <= 32, Amazon Linux, Photon, …
 *   Packages.db     rpm's own "ndb" (ndb.c)                                    SUSE
 *   rpmdb.sqlite    SQLite (sqlite.c)                                          RHEL 9, Fedora, Azure Linux, …
 *   container-manifest-2   tab-separated text (manifest.c)                     Azure Linux / CBL-Mariner distroless images
 *
 * The first three hold one header per package (header.c): name, [epoch:]version-release, arch, vendor, license, source package, module, provides,
 * requires, files. `depends` keeps file paths and capabilities as written and leaves out rpmlib() and boolean ones. The source's epoch is the
 * package's own, as SOURCERPM states none. "gpg-pubkey" entries (imported keys) are listed like every other; matching passes them over.
 *
 * Input is random access: of a database of any size only one page or record is held at a time, so memory is the largest header
 * (at most RPMDB_HEADER_MAX) and the answer. Damage costs the records it touches: what could be read is returned, the rest
 * is a diagnostic (DIAG_UNREADABLE). Negative only when the file is none of these (ERR_FORMAT), or ERR_NOMEM. Thread-safe. */
#ifndef FORMAT_RPMDB_H
#define FORMAT_RPMDB_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

#define RPMDB_HEADER_MAX (64u << 20)
int rpmdb_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* rpmdb.sqlite-wal: a write-ahead log that still holds pages means that the database beside it lacks what was installed last (rpm empties or
 * removes it when it closes the database). rpmdb_parse reads it with the database where other files are at hand (struct input's `open`); in a layer,
 * which is read as a stream, it is a diagnostic. */
int rpmdb_parse_wal(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int rpmdb_parse_manifest(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);

/* Which paths these are (struct analyzer's `wants`). container-manifest-1 holds the same packages as container-manifest-2 with less detail. */
bool rpmdb_wants(struct str path, uint32_t mode, uint64_t size);
bool rpmdb_wants_wal(struct str path, uint32_t mode, uint64_t size);
bool rpmdb_wants_manifest(struct str path, uint32_t mode, uint64_t size);
#endif
