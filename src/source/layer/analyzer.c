#include "source/layer/analyzer.h"

#include "base/path.h"
#include "format/apk/apk.h"
#include "format/binary/binary.h"
#include "format/bitnami/bitnami.h"
#include "format/conan/conan.h"
#include "format/dart/pub.h"
#include "format/dotnet/dotnet.h"
#include "format/dpkg/dpkg.h"
#include "format/elf/exe.h"
#include "format/elixir/mix.h"
#include "format/go/go.h"
#include "format/java/jar.h"
#include "format/java/maven.h"
#include "format/julia/julia.h"
#include "format/node/node.h"
#include "format/osrelease/osrelease.h"
#include "format/php/php.h"
#include "format/python/python.h"
#include "format/rpmdb/rpmdb.h"
#include "format/ruby/ruby.h"
#include "format/rust/rust.h"
#include "format/swift/swift.h"
#include "source/layer/facts_codec.h"

#define RELEASE_PLACES                                                                                                                            \
	"etc/alpine-release etc/lsb-release etc/centos-release etc/rocky-release etc/almalinux-release etc/oracle-release etc/fedora-release "    \
	"etc/SuSE-release etc/mariner-release etc/photon-release etc/openEuler-release etc/mageia-release etc/azurelinux-release "                \
	"etc/enterprise-release usr/lib/centos-release usr/lib/fedora-release usr/lib/rocky-release"
#define RPMDB_PLACES                                                                                                                \
	"var/lib/rpm/Packages var/lib/rpm/Packages.db var/lib/rpm/rpmdb.sqlite usr/lib/sysimage/rpm/Packages "                      \
	"usr/lib/sysimage/rpm/Packages.db usr/lib/sysimage/rpm/rpmdb.sqlite usr/share/rpm/Packages usr/share/rpm/Packages.db usr/share/rpm/rpmdb.sqlite"
#define RPMDB_WAL_PLACES "var/lib/rpm/rpmdb.sqlite-wal usr/lib/sysimage/rpm/rpmdb.sqlite-wal usr/share/rpm/rpmdb.sqlite-wal"

/* The table. Rows of one family stand together; order is of no meaning to the result's content, only to the order of facts of one file. */
const struct analyzer analyzers[] = {
	/* --- operating systems: release files and package databases --- */
	{ .name = "os-release-etc", .version = 1, .kind = FACTS_OS_RELEASE, .priority = 0, .names = "os-release", .places = "etc/os-release", .wants = osrelease_wants_etc, .parse_distro = osrelease_parse },
	{ .name = "os-release-usr", .version = 1, .kind = FACTS_OS_RELEASE, .priority = 1, .names = "os-release", .places = "usr/lib/os-release", .wants = osrelease_wants_usr, .parse_distro = osrelease_parse },
	{ .name = "os-release-family", .version = 1, .kind = FACTS_OS_RELEASE, .priority = 2, .dirs = "etc usr/lib", .places = RELEASE_PLACES, .wants = osrelease_wants_family, .parse_distro = osrelease_parse },
	{ .name = "os-release-redhat", .version = 1, .kind = FACTS_OS_RELEASE, .priority = 3, .names = "redhat-release system-release", .places = "etc/redhat-release etc/system-release usr/lib/system-release", .wants = osrelease_wants_redhat,
	  .parse_distro = osrelease_parse },
	{ .name = "os-release-debian", .version = 1, .kind = FACTS_OS_RELEASE, .priority = 4, .names = "debian_version", .places = "etc/debian_version", .wants = osrelease_wants_debian,
	  .parse_distro = osrelease_parse },
	{ .name = "dpkg-status", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_DPKG, .names = "status", .dirs = "var/lib/dpkg/status.d",
	  .places = "var/lib/dpkg/status var/lib/dpkg/status.d/ usr/lib/opkg/status var/lib/opkg/status", .wants = dpkg_wants_status, .parse = dpkg_parse_status },
	{ .name = "dpkg-list", .version = 1, .kind = FACTS_OWNED_FILES, .package_kind = PKG_DPKG, .exts = "list", .dirs = "var/lib/dpkg/status.d",
	  .places = "var/lib/dpkg/info/ var/lib/dpkg/status.d/", .wants = dpkg_wants_list, .parse = dpkg_parse_list },
	{ .name = "apk", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_APK, .names = "installed", .places = "lib/apk/db/installed usr/lib/apk/db/installed", .wants = apk_wants, .parse = apk_parse },
	{ .name = "rpmdb", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_RPM, .max_bytes = UINT64_C(2) << 30, .random_access = true,
	  .names = "Packages Packages.db rpmdb.sqlite", .places = RPMDB_PLACES, .wants = rpmdb_wants, .parse = rpmdb_parse },
	{ .name = "rpmdb-wal", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_RPM, .max_bytes = UINT64_C(2) << 30, .random_access = true,
	  .names = "rpmdb.sqlite-wal", .places = RPMDB_WAL_PLACES, .wants = rpmdb_wants_wal, .parse = rpmdb_parse_wal },
	{ .name = "rpm-manifest", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_RPM, .names = "container-manifest-2", .places = "var/lib/rpmmanifest/container-manifest-2", .wants = rpmdb_wants_manifest,
	  .parse = rpmdb_parse_manifest },

	/* --- programs and archives: Java, Go, Rust --- */
	{ .name = "jar", .version = 2, .kind = FACTS_PACKAGES, .package_kind = PKG_JAR, .max_bytes = UINT64_C(8) << 30, .random_access = true,
	  .exts = "jar war ear par sar nar jpi hpi kar far lpkg rar zap", .parse = jar_parse },
	{ .name = "go-binary", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GO_BINARY, .max_bytes = UINT64_C(8) << 30, .random_access = true,
	  .executables = true, .exts = "exe so", .wants = exe_wants, .sniff = exe_sniff, .parse = go_binary_parse },
	{ .name = "rust-binary", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_RUST_BINARY, .max_bytes = UINT64_C(8) << 30, .random_access = true,
	  .executables = true, .exts = "exe so", .wants = exe_wants, .sniff = exe_sniff, .parse = rust_binary_parse },
	{ .name = "binary", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_BINARY, .max_bytes = UINT64_C(8) << 30, .random_access = true, .deep = true,
	  .wants = binary_wants, .sniff = binary_sniff, .parse = binary_parse },
	{ .name = "bitnami", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_BITNAMI, .exts = "spdx", .wants = bitnami_wants, .parse = bitnami_parse },
	{ .name = "archive", .version = 1, .kind = FACTS_PACKAGES, .max_bytes = UINT64_C(8) << 30, .random_access = true, .archive = true, .deep = true,
	  .exts = "zip jar war ear par sar nar jpi hpi kar far lpkg rar zap whl egg nupkg aar vsix xpi conda apk tar tgz tzst gz zst crate gem", .wants = walk_nested_wants, .sniff = walk_nested_sniff },
	{ .name = "cargo-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_CARGO_LOCK, .names = "Cargo.lock", .parse = cargo_lock_parse },
	{ .name = "go-mod", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GO_MOD, .names = "go.mod", .parse = go_mod_parse },
	{ .name = "pom", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_POM, .names = "pom.xml", .parse = maven_parse_pom },
	{ .name = "gradle-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GRADLE_LOCK, .exts = "lockfile", .wants = gradle_wants_lock,
	  .parse = gradle_parse_lock },
	{ .name = "sbt-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_SBT_LOCK, .names = "build.sbt.lock", .parse = sbt_parse_lock },

	/* --- Python, Node, Ruby, PHP, .NET and their lock files --- */
	{ .name = "python-metadata", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PYTHON, .names = "METADATA PKG-INFO", .exts = "egg-info",
	  .wants = python_wants_metadata, .parse = python_parse_metadata },
	{ .name = "python-egg", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PYTHON, .random_access = true, .exts = "egg", .parse = python_parse_egg },
	{ .name = "conda-meta", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_CONDA, .exts = "json", .wants = python_wants_conda, .parse = python_parse_conda },
	{ .name = "requirements", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PIP, .exts = "txt", .wants = python_wants_requirements,
	  .parse = python_parse_requirements },
	{ .name = "pipfile-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PIPENV, .names = "Pipfile.lock", .parse = python_parse_pipfile_lock },
	{ .name = "poetry-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_POETRY, .names = "poetry.lock", .parse = python_parse_poetry_lock },
	{ .name = "uv-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_UV, .names = "uv.lock", .parse = python_parse_uv_lock },
	{ .name = "pylock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PYLOCK, .exts = "toml", .wants = python_wants_pylock, .parse = python_parse_pylock },
	{ .name = "conda-environment", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_CONDA_ENV, .names = "environment.yml environment.yaml",
	  .parse = python_parse_conda_environment },
	{ .name = "package-json", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NODE, .names = "package.json", .parse = node_parse_package_json },
	{ .name = "npm-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NPM_LOCK, .names = "package-lock.json npm-shrinkwrap.json", .wants = node_wants_lock,
	  .parse = node_parse_npm_lock },
	{ .name = "yarn-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_YARN, .names = "yarn.lock", .wants = node_wants_lock, .parse = node_parse_yarn_lock },
	{ .name = "pnpm-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PNPM, .names = "pnpm-lock.yaml", .wants = node_wants_lock,
	  .parse = node_parse_pnpm_lock },
	{ .name = "bun-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_BUN, .names = "bun.lock", .wants = node_wants_lock, .parse = node_parse_bun_lock },
	{ .name = "gemspec", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GEM, .exts = "gemspec", .wants = ruby_wants_gemspec, .parse = ruby_parse_gemspec },
	{ .name = "gemfile-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_BUNDLER, .names = "Gemfile.lock", .parse = ruby_parse_gemfile_lock },
	{ .name = "composer-installed", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_COMPOSER_INSTALLED, .names = "installed.json", .parse = php_parse_installed },
	{ .name = "composer-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_COMPOSER_LOCK, .names = "composer.lock", .wants = php_wants_lock,
	  .parse = php_parse_lock },
	{ .name = "dotnet-deps", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_DOTNET_DEPS, .exts = "json", .wants = dotnet_wants_deps, .parse = dotnet_parse_deps },
	{ .name = "nuget-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NUGET_LOCK, .names = "packages.lock.json", .parse = dotnet_parse_lock },
	{ .name = "nuget-config", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NUGET_CONFIG, .names = "packages.config", .parse = dotnet_parse_config },
	{ .name = "nuget-props", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NUGET_PROPS, .exts = "props", .wants = dotnet_wants_props,
	  .parse = dotnet_parse_props },

	/* --- lock files of C and C++, Elixir, Dart, Swift, Julia --- */
	{ .name = "conan-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_CONAN, .names = "conan.lock", .parse = conan_parse_lock },
	{ .name = "mix-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_HEX, .names = "mix.lock", .parse = mix_parse_lock },
	{ .name = "pubspec-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PUB, .names = "pubspec.lock", .parse = pub_parse_lock },
	{ .name = "swift-resolved", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_SWIFT, .names = "Package.resolved", .parse = swift_parse_resolved },
	{ .name = "podfile-lock", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_COCOAPODS, .names = "Podfile.lock", .parse = cocoapods_parse_lock },
	{ .name = "julia-manifest", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_JULIA, .names = "Manifest.toml JuliaManifest.toml",
	  .parse = julia_parse_manifest },

	{ .name = NULL },
};
const size_t analyzer_count = ARRAY_LEN(analyzers) - 1;
_Static_assert(ARRAY_LEN(analyzers) - 1 <= 64, "a set of rows is a 64-bit mask");

uint64_t analyzer_rows_off(const struct analyzer *table, size_t count, enum scan_depth depth, bool lock_files)
{
	/* Files that name packages and are read in images too. */
	static const enum package_kind named[] = { PKG_CARGO_LOCK, PKG_NUGET_LOCK, PKG_NUGET_CONFIG, PKG_NUGET_PROPS, PKG_JULIA };
	uint64_t off = 0;
	for (size_t i = 0; i < count; i++) {
		const struct package_kind_info *info = package_kind_info(table[i].package_kind);
		bool quick = table[i].kind != FACTS_PACKAGES || info->os || info->lock_file;
		for (size_t k = 0; k < ARRAY_LEN(named); k++)
			quick |= table[i].package_kind == named[k];
		bool wanted = depth == SCAN_QUICK ? quick && !table[i].deep : depth == SCAN_DEEP || (!table[i].deep && (lock_files || !info->lock_file));
		if (!wanted)
			off |= UINT64_C(1) << i;
	}
	return off;
}

uint64_t analyzers_fingerprint(void)
{
	uint64_t h = FACTS_CODEC_VERSION;
	for (size_t i = 0; i < analyzer_count; i++) {
		uint64_t row[] = { h, str_hash(str_c(analyzers[i].name)), analyzers[i].version, (uint64_t)analyzers[i].kind, (uint64_t)analyzers[i].package_kind };
		h = str_hash(str_make((const char *)row, sizeof(row)));
	}
	return h;
}

/* --- index --- */

enum key_kind { KEY_NAME = 1, KEY_EXT, KEY_DIR };

static uint64_t key_hash(enum key_kind kind, struct str s)
{
	uint64_t h = str_hash(s) ^ (UINT64_C(0x9e3779b97f4a7c15) * (unsigned)kind);
	return h ? h : 1; /* 0 marks an empty slot */
}

static struct str lower_ext(struct str ext, char *tmp, size_t cap)
{
	if (ext.n > cap)
		return STR_NONE;
	for (size_t i = 0; i < ext.n; i++)
		tmp[i] = char_lower(ext.p[i]);
	return str_make(tmp, ext.n);
}
#define EXT_MAX 16

static struct analyzer_key *find_slot(const struct analyzer_index *ix, uint64_t hash)
{
	for (size_t i = hash & ix->mask;; i = (i + 1) & ix->mask)
		if (!ix->slots[i].hash || ix->slots[i].hash == hash)
			return &ix->slots[i];
}

static size_t count_words(const char *words)
{
	struct str rest = str_c(words), word;
	size_t n = 0;
	while (str_next_word(&rest, &word))
		n++;
	return n;
}

static void put_words(struct analyzer_index *ix, enum key_kind kind, const char *words, uint64_t row)
{
	struct str rest = str_c(words), word;
	char tmp[EXT_MAX];
	while (str_next_word(&rest, &word)) {
		uint64_t h = key_hash(kind, kind == KEY_EXT ? lower_ext(word, tmp, sizeof(tmp)) : word);
		struct analyzer_key *k = find_slot(ix, h);
		k->hash = h;
		k->rows |= row;
	}
}

int analyzer_index_init(struct analyzer_index *ix, struct arena *a, const struct analyzer *table, size_t count, uint64_t rows_off, struct error *err)
{
	size_t keys = 0, slots = 16;
	if (count > 64)
		return error_set(err, ERR_INTERNAL, "%zu analyzers, more than a mask holds", count);
	for (size_t i = 0; i < count; i++)
		keys += count_words(table[i].names) + count_words(table[i].exts) + count_words(table[i].dirs);
	while (slots < keys * 4)
		slots *= 2;
	*ix = (struct analyzer_index){ .slots = arena_new_array(a, struct analyzer_key, slots), .mask = slots - 1 };
	if (!ix->slots)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		uint64_t row = UINT64_C(1) << i;
		if (rows_off & row)
			continue;
		put_words(ix, KEY_NAME, table[i].names, row);
		put_words(ix, KEY_EXT, table[i].exts, row);
		put_words(ix, KEY_DIR, table[i].dirs, row);
		ix->has_dirs |= table[i].dirs != NULL;
		if (table[i].executables)
			ix->executables |= row;
		if (!table[i].names && !table[i].exts && !table[i].dirs && !table[i].executables && !table[i].look)
			ix->unkeyed |= row;
	}
	return 0;
}

uint64_t analyzer_select(const struct analyzer_index *ix, const struct analyzer *table, struct str path, uint32_t mode, uint64_t size)
{
	size_t slash = str_rfind_char(path, '/');
	struct str name = slash == STR_NOT_FOUND ? path : str_from(path, slash + 1);
	uint64_t rows = ix->unkeyed | find_slot(ix, key_hash(KEY_NAME, name))->rows;
	size_t dot = str_rfind_char(name, '.');
	if (dot != STR_NOT_FOUND) {
		char tmp[EXT_MAX];
		struct str ext = lower_ext(str_from(name, dot + 1), tmp, sizeof(tmp));
		if (ext.n)
			rows |= find_slot(ix, key_hash(KEY_EXT, ext))->rows;
	}
	if (ix->has_dirs && slash != STR_NOT_FOUND)
		rows |= find_slot(ix, key_hash(KEY_DIR, str_sub(path, 0, slash)))->rows;
	if (mode & 0111)
		rows |= ix->executables;
	for (uint64_t left = rows; left; left &= left - 1) {
		int i = __builtin_ctzll(left);
		if (table[i].wants && !table[i].wants(path, mode, size))
			rows &= ~(UINT64_C(1) << i);
	}
	return rows;
}
