/* Packages: what is installed in an image or named by a lock file, whichever format it came from. Plain data; strings live in the
 * arena of whoever read them (layer facts) or in a cache file. One table (package.c) describes every source of packages. */
#ifndef MODEL_PACKAGE_H
#define MODEL_PACKAGE_H
#include "base/vec.h"

/* Where a package was found: decides purl type, the name Trivy gives the result ("Type"), version order, advisory ecosystem. */
enum package_kind {
	PKG_NONE,
	/* operating system */
	PKG_DPKG, PKG_APK, PKG_RPM,
	/* installed language packages and binaries */
	PKG_PYTHON,        /* dist-info, egg-info          Trivy: python-pkg */
	PKG_CONDA,         /* conda-meta                   conda-pkg */
	PKG_NODE,          /* package.json                 node-pkg */
	PKG_JAR,           /* jar, war, ear, par           jar */
	PKG_GO_BINARY,     /* build info                   gobinary */
	PKG_RUST_BINARY,   /* .dep-v0                      rustbinary */
	PKG_GEM,           /* *.gemspec                    gemspec */
	PKG_COMPOSER_INSTALLED, /* vendor/composer/installed.json   composer-vendor */
	PKG_DOTNET_DEPS,   /* *.deps.json                  dotnet-core */
	PKG_BITNAMI,       /* opt/bitnami/X/.spdx-X.spdx   bitnami */
	PKG_BINARY,        /* a program's own version text (SCAN_DEEP)   binary */
	/* lock files */
	PKG_CARGO_LOCK,    /* cargo */
	PKG_PIP,           /* requirements.txt             pip */
	PKG_PIPENV, PKG_POETRY, PKG_UV,
	PKG_NPM_LOCK,      /* package-lock.json v1-v3, npm-shrinkwrap   npm */
	PKG_YARN, PKG_PNPM,
	PKG_BUNDLER,       /* Gemfile.lock                 bundler */
	PKG_COMPOSER_LOCK, /* composer.lock                composer */
	PKG_GO_MOD,        /* go.mod                       gomod */
	PKG_NUGET_LOCK,    /* packages.lock.json           nuget */
	PKG_NUGET_CONFIG,  /* packages.config              nuget, as Trivy says of both */
	PKG_POM,           /* pom.xml, gradle.lockfile     pom, gradle */
	PKG_GRADLE_LOCK,
	PKG_SBT_LOCK,      /* build.sbt.lock               sbt */
	PKG_BUN,           /* bun.lock                     bun */
	PKG_PYLOCK,        /* pylock.toml                  pylock */
	PKG_CONDA_ENV,     /* environment.yml              conda-environment */
	PKG_NUGET_PROPS,   /* Directory.Packages.props     packages-props */
	PKG_CONAN,         /* conan.lock                   conan */
	PKG_HEX,           /* mix.lock                     hex */
	PKG_PUB,           /* pubspec.lock                 pub */
	PKG_COCOAPODS,     /* Podfile.lock                 cocoapods */
	PKG_SWIFT,         /* Package.resolved             swift */
	PKG_JULIA,         /* Manifest.toml                julia */
	PKG_KIND_COUNT
};

/* Version orders; see engine/version/version.h. */
enum version_scheme {
	VERSION_NONE, VERSION_DEB, VERSION_RPM, VERSION_APK, VERSION_SEMVER, VERSION_NPM, VERSION_PEP440, VERSION_MAVEN,
	VERSION_GO, VERSION_GEM, VERSION_NUGET, VERSION_COMPOSER, VERSION_CARGO, VERSION_SCHEME_COUNT
};

struct package_kind_info {
	const char *name;       /* ours, stable: written to caches and JSON ("dpkg", "python", …) */
	const char *trivy_type; /* Trivy's Result.Type; NULL for operating-system kinds (the distribution's family is used) */
	const char *purl_type;  /* deb, apk, rpm, pypi, npm, maven, golang, cargo, gem, composer, nuget, conan, hex, pub, cocoapods, swift, julia, generic, bitnami */
	const char *ecosystem;  /* OSV ecosystem of language kinds ("PyPI"); NULL for operating-system kinds */
	enum version_scheme scheme;
	bool os;                /* operating-system package (Class os-pkgs) */
	bool lock_file;         /* names what would be installed: read in a source tree, not in an image unless asked */
	bool aggregated;        /* Trivy folds all packages of the kind in one Result (node-pkg, python-pkg, gemspec, jar …) */
	const char *title;      /* Trivy's Target for aggregated kinds: "Python", "Node.js", "Java", "Ruby", … */
};
/* Never NULL for a kind below PKG_KIND_COUNT. */
const struct package_kind_info *package_kind_info(enum package_kind kind);
/* By our stable name; PKG_NONE when unknown. */
enum package_kind package_kind_by_name(struct str name);

struct package {
	enum package_kind kind;
	struct str name;         /* as written by its source; rpm/deb binary name; Maven "group:artifact"; Go module path; npm "@scope/x" */
	/* As its ecosystem writes it in full: deb "1:2.30.2-1", rpm "epoch:version-release" (no epoch part when absent or 0), apk "1.2-r3",
	 * Go "v1.2.3" (standard library: "v1.21.5", name "stdlib"), else the plain version. Empty: unknown. */
	struct str version;
	struct str arch;
	struct str src_name;     /* source package (deb Source, apk origin, rpm SOURCERPM's name); empty: same as name */
	struct str src_version;  /* full, as version; empty: same as version */
	struct str modularity;   /* rpm MODULARITYLABEL */
	struct str vendor;       /* rpm VENDOR, deb Maintainer */
	struct str uuid;         /* Julia: what identifies a package there */
	struct str path;         /* file that names it, inside the image, no leading '/' */
	struct str nested_path;  /* inside an archive: "BOOT-INF/lib/x.jar" ("a.war/WEB-INF/lib/x.jar" for deeper ones); empty else */
	struct str purl;         /* as a bill of materials gave it; empty: package_purl makes it */
	struct str digest;       /* of the package where its source states one: "sha1:…" "sha256:…" */
	struct str_vec licenses; /* as written */
	struct str_vec depends;  /* names (or name@version where the source is that exact) of what it needs */
	struct str_vec provides; /* other names it answers to (deb Provides, rpm/apk provides without versions) */
	struct u64_vec owned;    /* path_hash() of files it installed (dpkg, rpm, apk); order is of no meaning */
	uint32_t line, end_line; /* in path, for lock files; 0 = unknown */
	uint32_t layer;          /* index of the layer where it was found (filled by the merge) */
	uint32_t owner;          /* index + 1 of the OS package that installed this language package's file (filled by the merge); 0 = none */
	bool dev;                /* needed for development only */
	bool indirect;           /* not asked for by the project itself (lock files that tell) */
	bool is_root;            /* the project or binary's own main module, not a dependency */
	bool vendored;           /* bundled copy inside another package (pip/_vendor …) */
};
VEC_DECLARE(package_vec, struct package);

/* deb and rpm: "1:2.30.2-1+b1" -> epoch 1, version "2.30.2", release "1+b1"; the versions of other kinds stay whole. */
void package_split_version(const struct package *p, struct str full, int64_t *ret_epoch, struct str *ret_version, struct str *ret_release);
/* path, or path/nested_path; p NULL when out of memory. */
struct str package_full_path(struct arena *a, const struct package *p);
/* Order of image_facts.packages, for qsort: operating system first, then kind, path (of language packages), nested path, name, version, architecture. */
int package_compare(const void *a, const void *b);

struct distro;
/* purl (package-url specification, purl-spec PURL-SPECIFICATION.rst): "pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?arch=amd64&distro=debian-11.6".
 * distro may be NULL. Text on the arena; p NULL when out of memory. */
struct str package_purl(struct arena *a, const struct package *p, const struct distro *distro);
/* Parses a purl; unknown types give kind PKG_NONE and error ERR_UNSUPPORTED. Strings on the arena. ret_distro may be NULL. */
struct error;
int package_from_purl(struct arena *a, struct str purl, struct package *ret, struct distro *ret_distro, struct error *err);
/* The version that advisories speak of: without Bitnami's revision ("7.2.4-1"); all others as they are. */
struct str package_judged_version(const struct package *p);
/* Name under which advisories of the package's ecosystem are filed: PyPI by PEP 503, NuGet and Packagist lower-case, else as is. */
struct str package_advisory_name(struct arena *a, enum package_kind kind, struct str name);
#endif
