/* Files that say which distribution an image is made from: os-release (systemd's os-release(5): shell-style assignments), lsb-release,
 * and the one-line files older or smaller systems have: debian_version "11.6", alpine-release "3.10.4", "CentOS release 6.10 (Final)", …
 *
 * One parser; the file's name chooses the form (table in osrelease.c). Each file gives only what it states: fields it does not tell stay
 * empty, and distro_merge joins them by priority. IDs come out normalised (distro_normalize_id; "centos" named "CentOS Stream" is
 * "centos-stream", openSUSE by its product). Strings are copied to the arena. Errors: ERR_LIMIT above 1 MiB, ERR_NOMEM; a line
 * that is no assignment is a warning with its number. Thread-safe, linear. */
#ifndef FORMAT_OSRELEASE_H
#define FORMAT_OSRELEASE_H
#include "base/diag.h"
#include "base/input.h"
#include "model/distro.h"

int osrelease_parse(struct arena *a, const struct input *in, struct distro *out, struct diags *diags, struct error *err);

/* Which paths are such files (struct analyzer's `wants`), in the order in which their word counts: priority 0 to 4. The fourth is the
 * release file other distributions keep for compatibility, the last the one every Debian derivative inherits. */
bool osrelease_wants_etc(struct str path, uint32_t mode, uint64_t size);
bool osrelease_wants_usr(struct str path, uint32_t mode, uint64_t size);
bool osrelease_wants_family(struct str path, uint32_t mode, uint64_t size);
bool osrelease_wants_redhat(struct str path, uint32_t mode, uint64_t size);
bool osrelease_wants_debian(struct str path, uint32_t mode, uint64_t size);
#endif
