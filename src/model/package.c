#include "model/package.h"

static const struct package_kind_info kinds[PKG_KIND_COUNT] = {
	/*                      name                 trivy_type         purl_type   ecosystem     scheme            os     lock   aggr.  title */
	/* Components of a bill of materials that no advisories are known for. */
	[PKG_NONE]          = { "none",              NULL,              "generic",  NULL,         VERSION_NONE,     false, false, true,  "Other packages" },
	[PKG_DPKG]          = { "dpkg",              NULL,              "deb",      NULL,         VERSION_DEB,      true,  false, true,  NULL },
	[PKG_APK]           = { "apk",               NULL,              "apk",      NULL,         VERSION_APK,      true,  false, true,  NULL },
	[PKG_RPM]           = { "rpm",               NULL,              "rpm",      NULL,         VERSION_RPM,      true,  false, true,  NULL },
	[PKG_PYTHON]        = { "python",            "python-pkg",      "pypi",     "PyPI",       VERSION_PEP440,   false, false, true,  "Python" },
	[PKG_CONDA]         = { "conda",             "conda-pkg",       "conda",    "Conda",      VERSION_PEP440,   false, false, true,  "Conda" },
	[PKG_NODE]          = { "node",              "node-pkg",        "npm",      "npm",        VERSION_NPM,      false, false, true,  "Node.js" },
	[PKG_JAR]           = { "jar",               "jar",             "maven",    "Maven",      VERSION_MAVEN,    false, false, true,  "Java" },
	[PKG_GO_BINARY]     = { "go-binary",         "gobinary",        "golang",   "Go",         VERSION_GO,       false, false, false, NULL },
	[PKG_RUST_BINARY]   = { "rust-binary",       "rustbinary",      "cargo",    "crates.io",  VERSION_CARGO,    false, false, false, NULL },
	[PKG_GEM]           = { "gem",               "gemspec",         "gem",      "RubyGems",   VERSION_GEM,      false, false, true,  "Ruby" },
	[PKG_COMPOSER_INSTALLED] = { "composer-installed", "composer-vendor", "composer", "Packagist", VERSION_COMPOSER, false, false, false, NULL },
	[PKG_DOTNET_DEPS]   = { "dotnet-deps",       "dotnet-core",     "nuget",    "NuGet",      VERSION_NUGET,    false, false, false, NULL },
	/* OSV files Bitnami's advisories by their names of programs. */
	[PKG_BITNAMI]       = { "bitnami",           "bitnami",           "bitnami",  "Bitnami",    VERSION_SEMVER,   false, false, false, NULL },
	[PKG_BINARY]        = { "binary",            "binary",          "generic",  "Bitnami",    VERSION_SEMVER,   false, false, true,  "Programs" },
	/* Trivy reads Cargo.lock and NuGet's files in images too; the other lock files only in a source tree. */
	[PKG_CARGO_LOCK]    = { "cargo-lock",        "cargo",           "cargo",    "crates.io",  VERSION_CARGO,    false, false, false, NULL },
	[PKG_PIP]           = { "pip",               "pip",             "pypi",     "PyPI",       VERSION_PEP440,   false, true,  false, NULL },
	[PKG_PIPENV]        = { "pipenv",            "pipenv",          "pypi",     "PyPI",       VERSION_PEP440,   false, true,  false, NULL },
	[PKG_POETRY]        = { "poetry",            "poetry",          "pypi",     "PyPI",       VERSION_PEP440,   false, true,  false, NULL },
	[PKG_UV]            = { "uv",                "uv",              "pypi",     "PyPI",       VERSION_PEP440,   false, true,  false, NULL },
	[PKG_NPM_LOCK]      = { "npm-lock",          "npm",             "npm",      "npm",        VERSION_NPM,      false, true,  false, NULL },
	[PKG_YARN]          = { "yarn",              "yarn",            "npm",      "npm",        VERSION_NPM,      false, true,  false, NULL },
	[PKG_PNPM]          = { "pnpm",              "pnpm",            "npm",      "npm",        VERSION_NPM,      false, true,  false, NULL },
	[PKG_BUNDLER]       = { "bundler",           "bundler",         "gem",      "RubyGems",   VERSION_GEM,      false, true,  false, NULL },
	[PKG_COMPOSER_LOCK] = { "composer-lock",     "composer",        "composer", "Packagist",  VERSION_COMPOSER, false, true,  false, NULL },
	[PKG_GO_MOD]        = { "go-mod",            "gomod",           "golang",   "Go",         VERSION_GO,       false, true,  false, NULL },
	[PKG_NUGET_LOCK]    = { "nuget-lock",        "nuget",           "nuget",    "NuGet",      VERSION_NUGET,    false, false, false, NULL },
	[PKG_NUGET_CONFIG]  = { "nuget-config",      "nuget",           "nuget",    "NuGet",      VERSION_NUGET,    false, false, false, NULL },
	[PKG_POM]           = { "pom",               "pom",             "maven",    "Maven",      VERSION_MAVEN,    false, true,  false, NULL },
	[PKG_GRADLE_LOCK]   = { "gradle-lock",       "gradle",          "maven",    "Maven",      VERSION_MAVEN,    false, true,  false, NULL },
	[PKG_SBT_LOCK]      = { "sbt-lock",          "sbt",              "maven",    "Maven",      VERSION_MAVEN,    false, true,  false, NULL },
	[PKG_BUN]           = { "bun",               "bun",              "npm",      "npm",        VERSION_NPM,      false, true,  false, NULL },
	[PKG_PYLOCK]        = { "pylock",            "pylock",           "pypi",     "PyPI",       VERSION_PEP440,   false, true,  false, NULL },
	[PKG_CONDA_ENV]     = { "conda-environment", "conda-environment", "conda",   "Conda",      VERSION_PEP440,   false, true,  false, NULL },
	[PKG_NUGET_PROPS]   = { "nuget-props",       "packages-props",   "nuget",    "NuGet",      VERSION_NUGET,    false, false, false, NULL },
	[PKG_CONAN]         = { "conan",             "conan",            "conan",    "ConanCenter", VERSION_SEMVER,  false, true,  false, NULL },
	[PKG_HEX]           = { "hex",               "hex",              "hex",      "Hex",        VERSION_SEMVER,   false, true,  false, NULL },
	[PKG_PUB]           = { "pub",               "pub",              "pub",      "Pub",        VERSION_SEMVER,   false, true,  false, NULL },
	[PKG_COCOAPODS]     = { "cocoapods",         "cocoapods",        "cocoapods", "CocoaPods", VERSION_GEM,      false, true,  false, NULL },
	[PKG_SWIFT]         = { "swift",             "swift",            "swift",    "SwiftURL",   VERSION_SEMVER,   false, true,  false, NULL },
	[PKG_JULIA]         = { "julia",             "julia",            "julia",    "Julia",      VERSION_SEMVER,   false, false, false, NULL },
};

const struct package_kind_info *package_kind_info(enum package_kind kind)
{
	return &kinds[(unsigned)kind < PKG_KIND_COUNT ? kind : PKG_NONE];
}

enum package_kind package_kind_by_name(struct str name)
{
	for (unsigned k = PKG_NONE + 1; k < PKG_KIND_COUNT; k++)
		if (str_eq_c(name, kinds[k].name))
			return (enum package_kind)k;
	return PKG_NONE;
}

/* PEP 503: lower case, runs of '-', '_' and '.' become one '-'. */
static struct str pep503_name(struct arena *a, struct str name)
{
	char *p = arena_cstr(a, name);
	if (!p)
		return STR_NONE;
	size_t n = 0;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool separator = c == '-' || c == '_' || c == '.';
		if (separator && n && p[n - 1] == '-')
			continue;
		p[n++] = separator ? '-' : char_lower(c);
	}
	p[n] = 0;
	return str_make(p, n);
}

/* Bitnami's names of programs, where they are not the usual ones. */
static struct str bitnami_name(struct str name)
{
	static const struct {
		const char *name, *bitnami;
	} names[] = { { "httpd", "apache" }, { "go", "golang" }, { "openjdk", "java" }, { "argocd", "argo-cd" }, { "mysql-cluster", "mysql" } };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(name, names[i].name))
			return str_c(names[i].bitnami);
	return name;
}

struct str package_advisory_name(struct arena *a, enum package_kind kind, struct str name)
{
	if (kind == PKG_BINARY)
		return bitnami_name(name);
	const char *type = package_kind_info(kind)->purl_type;
	if (strcmp(type, "pypi") == 0)
		return pep503_name(a, name);
	if (strcmp(type, "nuget") != 0 && strcmp(type, "composer") != 0)
		return name;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != char_lower(name.p[i]))
			return arena_lower(a, name);
	return name;
}

struct str package_judged_version(const struct package *p)
{
	size_t dash = p->kind == PKG_BITNAMI ? str_rfind_char(p->version, '-') : STR_NOT_FOUND;
	uint64_t revision;
	return dash != STR_NOT_FOUND && str_to_u64(str_from(p->version, dash + 1), &revision) == 0 ? str_sub(p->version, 0, dash) : p->version;
}

struct str package_full_path(struct arena *a, const struct package *p)
{
	if (!p->nested_path.n)
		return p->path.n ? p->path : STR("");
	return arena_printf(a, "%.*s/%.*s", STR_FMT(p->path), STR_FMT(p->nested_path));
}

void package_split_version(const struct package *p, struct str full, int64_t *ret_epoch, struct str *ret_version, struct str *ret_release)
{
	*ret_epoch = 0;
	*ret_version = full;
	*ret_release = STR_NONE;
	if (p->kind != PKG_DPKG && p->kind != PKG_RPM)
		return;
	size_t colon = str_find_char(full, ':'), dash;
	if (colon != STR_NOT_FOUND && str_to_i64(str_sub(full, 0, colon), ret_epoch) == 0)
		*ret_version = full = str_from(full, colon + 1);
	dash = str_rfind_char(full, '-');
	if (dash != STR_NOT_FOUND) {
		*ret_version = str_sub(full, 0, dash);
		*ret_release = str_from(full, dash + 1);
	}
}

int package_compare(const void *va, const void *vb)
{
	const struct package *a = va, *b = vb;
	bool os_a = package_kind_info(a->kind)->os, os_b = package_kind_info(b->kind)->os;
	if (os_a != os_b)
		return os_a ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	int r = os_a ? 0 : str_cmp(a->path, b->path);
	if (!r)
		r = str_cmp(a->nested_path, b->nested_path);
	if (!r)
		r = str_cmp(a->name, b->name);
	if (!r)
		r = str_cmp(a->version, b->version);
	return r ? r : str_cmp(a->arch, b->arch);
}
