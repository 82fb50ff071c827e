/* A bill of materials (SBOM) as a graph of components, whichever format it came from or goes to. Readers and writers (format/cyclonedx,
 * format/spdx) translate between bytes and this struct and judge nothing; what the graph means for a scan (packages, distribution, layers) is
 * format/sbom/facts.h, both ways. So converting is reading and writing, and whatever a document carries comes through.
 *
 *   subjects (container, directory …) ──> operating system ──> its packages ──> what they need
 *                                     ──> application (lock file, binary) ──> its packages
 *                                     ──> folded language packages
 *
 * All edges are in `depends`: containment where the component is a subject, an operating system or a group (sbom_is_group), need otherwise.
 * What a format has a place for goes there; all else is a property, whose names are below. CycloneDX has properties; SPDX carries them as
 * annotations. Strings live on the reader's arena or are borrowed from the text read. Plain data, read-only once made; no shared state.
 * Specifications: CycloneDX 1.6 (ECMA-424), SPDX 2.3 (ISO/IEC 5962) and 3.0.1, Package URL (ECMA-427). */
#ifndef MODEL_SBOM_H
#define MODEL_SBOM_H
#include "base/diag.h"
#include "base/error.h"
#include "base/vec.h"

/* Component types of CycloneDX 1.6; the names are its words. SPDX: primaryPackagePurpose (software_primaryPurpose). */
enum sbom_type {
	SBOM_LIBRARY, SBOM_APPLICATION, SBOM_FRAMEWORK, SBOM_CONTAINER, SBOM_PLATFORM, SBOM_OPERATING_SYSTEM, SBOM_DEVICE, SBOM_DEVICE_DRIVER,
	SBOM_FIRMWARE, SBOM_FILE, SBOM_MODEL, SBOM_DATA, SBOM_CRYPTO, SBOM_TYPE_COUNT
};
/* "library", "operating-system", … */
const char *sbom_type_name(enum sbom_type t);
/* 0, or ERR_NOT_FOUND with *ret untouched. */
int sbom_type_parse(struct str name, enum sbom_type *ret);

struct sbom_property {
	struct str name, value;
};
VEC_DECLARE(sbom_property_vec, struct sbom_property);
/* First property of this name (empty when there is none) or number `i` of them. */
struct str sbom_property_get(const struct sbom_property_vec *v, struct str name);
/* Appends unless the value is empty: 0 or ERR_NOMEM. */
int sbom_property_add(struct arena *a, struct sbom_property_vec *v, struct str name, struct str value);

struct sbom_component {
	struct str ref;         /* bom-ref, SPDXID: unique in the document, never empty (sbom_finish sees to that) */
	enum sbom_type type;
	struct str group, name, version; /* group: Maven's group, npm's scope with '@', Composer's vendor; empty where the name has all */
	struct str purl;        /* empty: none */
	struct str supplier;    /* who distributes it: name */
	struct str description, copyright, homepage;
	struct str_vec licenses;/* each an SPDX identifier, an SPDX expression, or text as written */
	struct str_vec digests; /* "sha256:<hex>"; algorithm in lower case without '-' (sha1, sha512, md5, blake2b256 …) */
	struct str_vec cpes;
	struct sbom_property_vec properties;
	struct u32_vec depends; /* indices into components, ascending, no repeats, not itself */
};
VEC_DECLARE(sbom_component_vec, struct sbom_component);

struct sbom_tool {
	struct str vendor, name, version;
};
VEC_DECLARE(sbom_tool_vec, struct sbom_tool);

struct sbom {
	struct str format;      /* of the document read ("CycloneDX 1.6", "SPDX-2.3"); empty when made here */
	struct str id;          /* serialNumber "urn:uuid:…" or SPDX documentNamespace; empty: writers make one from the content */
	struct str name;        /* of the document (SPDX); empty: the first subject's */
	struct str created;     /* RFC 3339; empty unknown */
	struct sbom_tool_vec tools;
	struct str_vec authors; /* people or organisations, names */
	struct sbom_property_vec properties; /* of the document */
	/* Subjects first: components[0 .. subject_count) are what the bill is about. A merged bill has several. */
	struct sbom_component_vec components;
	size_t subject_count;
	bool incomplete;        /* the maker says that parts may be missing */
	struct diags diags;     /* what a reader passed over */
};

void sbom_init(struct sbom *s, struct arena *a);

/* An edge while refs are not indices yet. */
struct sbom_edge {
	struct str from, to; /* refs */
};
VEC_DECLARE(sbom_edge_vec, struct sbom_edge);
/* Readers call this last. Gives a ref to components without one, makes repeated refs unique (diagnostic), turns edges into `depends`
 * (unknown refs: diagnostic), sorts and de-duplicates them. 0, ERR_NOMEM. Linear but for sorting. */
int sbom_finish(struct arena *a, struct sbom *s, const struct sbom_edge_vec *edges, struct error *err);

/* A component that stands for a place and not for something installed: what hangs on it is contained, not needed. */
bool sbom_is_group(const struct sbom *s, size_t index);

/* Version 8 UUID (RFC 9562) of bytes: the same for the same content and salt. "xxxxxxxx-xxxx-8xxx-…"; p NULL: no memory. */
struct str sbom_uuid(struct arena *a, struct str content, struct str salt);

/* "urn:uuid:…" made of all that the bill says, for one that is made here: the same bill, whatever format it goes to, has the same. p NULL: no memory. */
struct str sbom_identity(struct arena *a, const struct sbom *s);

/* Limits every reader keeps. */
#define SBOM_BYTES_MAX      (512u << 20)
#define SBOM_COMPONENTS_MAX 2000000u
#define SBOM_EDGES_MAX      20000000u
#define SBOM_NESTING_MAX    64u

/* Property names. The first group is Trivy's (its scan of our bills needs them, and we read its own); the second ours, for what has no other
 * place and a scan needs. A property with several values stands several times. All other names are carried along untouched. */
#define SBOM_TRIVY "aquasecurity:trivy:"
#define SBOM_OURS  "bulkhead:"
/* of the subject */
#define SBOM_P_IMAGE_ID      SBOM_TRIVY "ImageID"
#define SBOM_P_REPO_TAG      SBOM_TRIVY "RepoTag"
#define SBOM_P_REPO_DIGEST   SBOM_TRIVY "RepoDigest"
#define SBOM_P_DIFF_ID       SBOM_TRIVY "DiffID" /* one a layer, bottom first */
#define SBOM_P_LAYER         SBOM_OURS "Layer"   /* one a layer: digest, diff_id and stored bytes, parted by spaces, "-" for none */
#define SBOM_P_PLATFORM      SBOM_OURS "Platform" /* "linux/arm64/v8" */
#define SBOM_P_CREATED       SBOM_OURS "Created"  /* when the image was made, RFC 3339 */
#define SBOM_P_UNREADABLE    SBOM_OURS "Unreadable" /* a part that could not be read: JSON array [path, line, diff_id of the layer, text] */
/* of groups: operating system and applications */
#define SBOM_P_CLASS         SBOM_TRIVY "Class"  /* "os-pkgs", "lang-pkgs" */
#define SBOM_P_TYPE          SBOM_TRIVY "Type"   /* "debian", "gobinary" */
/* The operating system's name is Trivy's word for the family, its version the most exact known, its description os-release's PRETTY_NAME. */
#define SBOM_P_DISTRO_ID     SBOM_OURS "DistroID" /* struct distro's id, where it is not the component's name */
#define SBOM_P_VERSION_ID    SBOM_OURS "DistroVersionID" /* where it is not the component's version */
#define SBOM_P_CODENAME      SBOM_OURS "DistroCodename"
#define SBOM_P_ID_LIKE       SBOM_OURS "DistroLike"
/* of packages */
#define SBOM_P_PKG_TYPE      SBOM_TRIVY "PkgType"
#define SBOM_P_SRC_NAME      SBOM_TRIVY "SrcName"
#define SBOM_P_SRC_VERSION   SBOM_TRIVY "SrcVersion"
#define SBOM_P_SRC_RELEASE   SBOM_TRIVY "SrcRelease"
#define SBOM_P_SRC_EPOCH     SBOM_TRIVY "SrcEpoch"
#define SBOM_P_MODULARITY    SBOM_TRIVY "Modularitylabel"
#define SBOM_P_FILE_PATH     SBOM_TRIVY "FilePath"
#define SBOM_P_LAYER_DIGEST  SBOM_TRIVY "LayerDigest"
#define SBOM_P_LAYER_DIFF_ID SBOM_TRIVY "LayerDiffID"
#define SBOM_P_KIND          SBOM_OURS "Kind"       /* package_kind_info.name, where PkgType and purl would not give it back */
#define SBOM_P_NAME          SBOM_OURS "Name"       /* the package's name where group and name would not give it back */
#define SBOM_P_ARCH          SBOM_OURS "Arch"       /* where the purl does not say it */
#define SBOM_P_UUID          SBOM_OURS "UUID"       /* Julia's */
#define SBOM_P_NESTED_PATH   SBOM_OURS "NestedPath" /* the part of FilePath inside the archive */
#define SBOM_P_LINES         SBOM_OURS "Lines"      /* "12-20" or "12", of the lock file */
#define SBOM_P_OWNED_BY      SBOM_OURS "OwnedBy"    /* ref of the operating-system package that installed it */
#define SBOM_P_FLAGS         SBOM_OURS "Flags"      /* of "development", "indirect", "root", "vendored", parted by spaces */
/* of the document */
#define SBOM_P_NAMESPACE     SBOM_OURS "Namespace"  /* SPDX documentNamespace in a CycloneDX document */
#define SBOM_P_DOCUMENT_NAME SBOM_OURS "DocumentName"
#define SBOM_P_NOTICE        SBOM_OURS "Notice"
#endif
