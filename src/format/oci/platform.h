/* Platforms: os/architecture[/variant], parsed, normalised and matched (OCI image-spec, image-index.md; the spellings and the order of ARM
 * variants are those of Go's GOARM and of containerd's platform package).
 *
 * Normal form: arm64 without variant (v8 is the default), arm with v5…v8 (v7 when none is given), amd64 without v1. Views are borrowed. */
#ifndef FORMAT_OCI_PLATFORM_H
#define FORMAT_OCI_PLATFORM_H
#include "base/arena.h"
#include "base/error.h"

struct oci_platform {
	struct str os, architecture, variant, os_version;
};

/* "linux/arm/v7", "linux", "arm64", "aarch64" … A part that is missing stays empty. ERR_USAGE when it is none. */
int oci_platform_parse(struct str text, struct oci_platform *ret, struct error *err);
struct oci_platform oci_platform_normalize(struct oci_platform p);
/* Architecture as OCI calls it for a name of uname -m or GOARCH ("x86_64" -> "amd64"); unknown names stay. */
struct str oci_architecture_normalize(struct str name, struct str *ret_variant);

/* How well `have` serves `want` (both any spelling; empty parts of want match all): 0 best, higher worse, OCI_PLATFORM_NO not at all.
 * Lower variants of the same architecture serve (arm/v6 code runs on v7), higher ones do not. */
#define OCI_PLATFORM_NO UINT32_MAX
uint32_t oci_platform_rank(struct oci_platform want, struct oci_platform have);
/* "linux/arm/v7"; p NULL: no memory. */
struct str oci_platform_text(struct arena *a, struct oci_platform p);
#endif
