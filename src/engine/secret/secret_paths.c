#include "engine/secret/secret.h"

#include "base/path.h"

/* Folders of the system whose files come from packages and hold examples at most. From the root, each ends in '/'. */
static const struct str system_dirs[] = {
	STR_INIT("usr/share/"), STR_INIT("usr/include/"), STR_INIT("usr/lib/"), STR_INIT("usr/lib32/"), STR_INIT("usr/lib64/"), STR_INIT("usr/libx32/"),
	STR_INIT("usr/libexec/"), STR_INIT("usr/src/linux"), STR_INIT("usr/src/wordpress/"), STR_INIT("lib/"), STR_INIT("lib32/"), STR_INIT("lib64/"),
	STR_INIT("usr/local/go/"), STR_INIT("usr/local/include/"), STR_INIT("usr/local/share/man/"), STR_INIT("usr/local/share/doc/"),
	STR_INIT("proc/"), STR_INIT("sys/"), STR_INIT("dev/"),
	/* package managers' own */
	STR_INIT("var/lib/dpkg/"), STR_INIT("var/lib/apt/"), STR_INIT("var/lib/rpm/"), STR_INIT("var/lib/dnf/"), STR_INIT("var/lib/yum/"), STR_INIT("var/lib/pacman/"),
	STR_INIT("var/cache/apt/"), STR_INIT("var/cache/apk/"), STR_INIT("var/cache/dnf/"), STR_INIT("var/cache/yum/"), STR_INIT("var/cache/zypp/"), STR_INIT("var/cache/man/"),
	STR_INIT("var/cache/fontconfig/"), STR_INIT("var/cache/debconf/"), STR_INIT("var/lib/ucf/"), STR_INIT("var/lib/systemd/"), STR_INIT("var/log/anaconda/"), STR_INIT("etc/apk/keys/"),
	STR_INIT("etc/ssl/certs/"), STR_INIT("etc/pki/ca-trust/"), STR_INIT("etc/pki/rpm-gpg/"), STR_INIT("etc/apt/trusted.gpg.d/"),
};
/* Names of folders, anywhere: libraries as package managers install them, test data, examples. */
static const struct str dirs[] = {
	STR_INIT("node_modules"), STR_INIT("vendor"), STR_INIT("dist-packages"), STR_INIT("__pycache__"), STR_INIT("locale"), STR_INIT("locales"),
	STR_INIT("test"), STR_INIT("tests"), STR_INIT("testing"), STR_INIT("testdata"), STR_INIT("test-data"), STR_INIT("test_data"), STR_INIT("__tests__"), STR_INIT("spec"),
	STR_INIT("fixtures"), STR_INIT("__fixtures__"), STR_INIT("mocks"), STR_INIT("__mocks__"), STR_INIT("example"), STR_INIT("examples"), STR_INIT("samples"),
};
/* Files whose hashes look random. */
static const struct str names[] = {
	STR_INIT("go.mod"), STR_INIT("go.sum"), STR_INIT("go.work.sum"), STR_INIT("package-lock.json"), STR_INIT("npm-shrinkwrap.json"), STR_INIT("yarn.lock"), STR_INIT("pnpm-lock.yaml"),
	STR_INIT("bun.lock"), STR_INIT("Pipfile.lock"), STR_INIT("poetry.lock"), STR_INIT("uv.lock"), STR_INIT("pdm.lock"), STR_INIT("Gemfile.lock"), STR_INIT("composer.lock"), STR_INIT("Cargo.lock"),
	STR_INIT("packages.lock.json"), STR_INIT("gradle.lockfile"), STR_INIT("mix.lock"), STR_INIT("pubspec.lock"), STR_INIT("Podfile.lock"), STR_INIT("flake.lock"), STR_INIT("RECORD"), STR_INIT("SHA256SUMS"),
	STR_INIT("ld.so.cache"), STR_INIT("locale-archive"),
};
/* What follows the last dot, lower case, sorted: what is no text, or text that only describes. */
static const char *const exts[] = {
	"7z", "a", "ai", "apk", "avi", "bin", "bmp", "br", "bz2", "class", "css", "dat", "db", "deb", "dll", "doc", "docx", "dylib", "ear", "egg", "eot", "eps", "exe", "gem", "gif", "gpg",
	"gz", "gzip", "h", "hpp", "ico", "jar", "jpeg", "jpg", "la", "lz4", "lzma", "map", "md", "mo", "mov", "mp3", "mp4", "mpeg", "node", "o", "ogg", "otf", "pack", "pdf", "png", "po", "pot",
	"ppt", "pptx", "psd", "pyc", "pyd", "pyi", "pyo", "rlib", "rmeta", "rpm", "rst", "scss", "so", "socket", "sqlite", "svg", "swf", "tar", "tgz", "tif", "tiff", "ttf", "wasm", "wav", "webm",
	"webp", "whl", "woff", "woff2", "xls", "xlsx", "xz", "z", "zip", "zst",
};

static int compare_ext(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

static bool ext_is_skipped(struct str name)
{
	char ext[8];
	size_t dot = str_rfind_char(name, '.');
	if (dot == STR_NOT_FOUND || dot == 0 || name.n - dot - 1 >= sizeof(ext))
		return false;
	struct str e = str_from(name, dot + 1);
	for (size_t i = 0; i < e.n; i++)
		ext[i] = char_lower(e.p[i]);
	ext[e.n] = 0;
	return bsearch(ext, exts, ARRAY_LEN(exts), sizeof(exts[0]), compare_ext);
}

/* "x_test.go", "test_x.py", "x.test.js", "x.spec.ts", "config.example.yaml" */
static bool is_test_name(struct str name)
{
	static const struct str inside[] = { STR_INIT("_test."), STR_INIT(".test."), STR_INIT("-test."), STR_INIT(".spec."), STR_INIT("_spec."), STR_INIT("example") };
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (str_contains(name, inside[i]))
			return true;
	return str_has_prefix(name, STR("test_"));
}

static bool dirs_are_skipped(struct str path)
{
	struct str dir = path_dir(path), segment;
	while (str_next(&dir, '/', &segment)) {
		for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
			if (str_eq(segment, dirs[i]))
				return true;
		/* git's objects are packed; its configuration may hold an address with a password */
		if (str_eq(segment, STR(".git")) && !str_has_suffix(path, STR(".git/config")))
			return true;
	}
	return false;
}

bool secret_wants(struct str path, uint32_t mode, uint64_t size)
{
	if (size && size < SECRET_MIN_BYTES)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(system_dirs); i++)
		if (str_has_prefix(path, system_dirs[i]))
			return false;
	struct str name = path_base(path);
	if (ext_is_skipped(name))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, names[i]))
			return false;
	if (str_has_prefix(path, STR("usr/local/lib/python")) || is_test_name(name))
		return false;
	return !dirs_are_skipped(path);
}

/* Control characters other than those of text: as Trivy tells a binary. */
bool secret_sniff(const unsigned char *head, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = head[i];
		if (c < 7 || c == 11 || (c > 13 && c < 27) || (c > 27 && c < 32) || c == 127)
			return false;
	}
	return true;
}
