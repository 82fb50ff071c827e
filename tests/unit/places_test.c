/* Package databases and release files behind symbolic links: whole scans of images made here, layer by layer, and of the same as directories. */
#include <fcntl.h>
#include <sys/stat.h>

#include "test.h"

#include "feature/image/image_scan.h"
#include "tar_maker.h"

static char base[] = "/tmp/bulkhead-places-XXXXXX";
static struct arena arena;

/* Words of a layer: "path>target" a link, "path/" a folder, "-path" a whiteout, "path=D:name" a dpkg status with that package, "A:" an apk
 * database, "L:" a list of files, "R:id" a release file, "T:" other text. */
static struct str content(struct str what)
{
	struct str value = str_from(what, 2);
	switch (what.p[0]) {
	case 'D':
		return arena_printf(&arena, "Package: %.*s\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n", STR_FMT(value));
	case 'A':
		return arena_printf(&arena, "P:%.*s\nV:1.0-r0\nA:x86_64\n\n", STR_FMT(value));
	case 'R':
		return arena_printf(&arena, "ID=%.*s\nVERSION_ID=11\n", STR_FMT(value));
	case 'L':
		return arena_printf(&arena, "/.\n/%.*s\n", STR_FMT(value));
	default:
		return value;
	}
}

static void add_word(struct buf *tar, const char *word)
{
	struct str w = str_c(word), path, rest;
	if (w.p[0] == '-') {
		size_t slash = str_rfind_char(w, '/');
		const char *name = slash == STR_NOT_FOUND ? arena_printf(&arena, ".wh.%s", word + 1).p :
			arena_printf(&arena, "%.*s/.wh.%s", (int)slash - 1, word + 1, word + slash + 1).p;
		tar_add(tar, '0', 0644, name, "", STR(""));
	} else if (str_cut(w, '>', &path, &rest)) {
		tar_add(tar, '2', 0777, arena_cstr(&arena, path), rest.p, STR(""));
	} else if (str_cut(w, '=', &path, &rest)) {
		tar_add(tar, '0', 0644, arena_cstr(&arena, path), "", content(rest));
	} else {
		tar_add(tar, '5', 0755, word, "", STR(""));
	}
}

static void make_parents(int dir, const char *path)
{
	char tmp[300];
	for (size_t i = 0; path[i]; i++)
		if (path[i] == '/') {
			memcpy(tmp, path, i);
			tmp[i] = 0;
			mkdirat(dir, tmp, 0755);
		}
}

static void make_word(int dir, const char *word)
{
	struct str w = str_c(word), path, rest;
	if (str_cut(w, '>', &path, &rest)) {
		make_parents(dir, arena_cstr(&arena, path));
		assert_int_equal(symlinkat(rest.p, dir, arena_cstr(&arena, path)), 0);
	} else if (str_cut(w, '=', &path, &rest)) {
		make_parents(dir, arena_cstr(&arena, path));
		int fd = openat(dir, arena_cstr(&arena, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		struct str text = content(rest);
		assert_int_equal(write(fd, text.p, text.n), text.n);
		close(fd);
	} else {
		make_parents(dir, word);
	}
}

static const struct {
	const char *what;
	const char *layers[4][7];
	const char *want; /* packages, distribution, and "!" for each unreadable place */
} cases[] = {
	{ "nothing moved", { { "etc/os-release=R:debian", "var/lib/dpkg/status=D:one" } }, "one debian" },
	{ "folder is a link", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/dpkg", "opt/dpkg/status=D:one" } }, "one debian" },
	{ "relative link", { { "etc/os-release=R:debian", "var/lib/dpkg>../../opt/dpkg", "opt/dpkg/status=D:one" } }, "one debian" },
	{ "database is a link", { { "etc/os-release=R:debian", "var/lib/dpkg/status>/data/status.txt", "data/status.txt=D:one" } }, "one debian" },
	{ "parent is a link", { { "etc/os-release=R:debian", "var>mnt/var", "mnt/var/lib/dpkg/status=D:one" } }, "one debian" },
	{ "chain", { { "etc/os-release=R:debian", "var/lib>/a/lib", "a>b", "b/lib/dpkg>../dpkg", "b/dpkg>real", "b/real/status=D:one" } }, "one debian" },
	{ "link above the database's layer", { { "etc/os-release=R:debian", "opt/x/status=D:one" }, { "var/lib/dpkg>/opt/x" } }, "one debian" },
	{ "link below it", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/x" }, { "opt/x/status=D:one" } }, "one debian" },
	{ "written through the link", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/x", "opt/x/status=D:old" }, { "var/lib/dpkg/status=D:new" } }, "new debian" },
	{ "chain over layers", { { "etc/os-release=R:debian", "r/status=D:one" }, { "q>r" }, { "var/lib/dpkg>/q" } }, "one debian" },
	{ "link replaced by a folder", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/x", "opt/x/status=D:old" }, { "var/lib/dpkg/", "var/lib/dpkg/status=D:new" } },
	  "new debian" },
	{ "link removed", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/x", "opt/x/status=D:old" }, { "-var/lib/dpkg" } }, "debian" },
	{ "target removed", { { "etc/os-release=R:debian", "var/lib/dpkg>/opt/x", "opt/x/status=D:old" }, { "-opt/x" } }, "debian" },
	{ "status.d", { { "etc/os-release=R:debian", "var/lib/dpkg/status.d>/s", "s/one=D:one", "s/two=D:two" } }, "one two debian" },
	{ "a file of status.d", { { "etc/os-release=R:debian", "var/lib/dpkg/status.d/one>/s/1", "s/1=D:one" } }, "one debian" },
	{ "apk", { { "etc/os-release=R:alpine", "lib/apk>/opt/apk", "opt/apk/db/installed=A:one" } }, "one alpine" },
	{ "apk, merged usr", { { "etc/os-release=R:alpine", "lib>usr/lib", "usr/lib/apk/db/installed=A:one" } }, "one alpine" },
	{ "release file", { { "etc/os-release>/opt/os", "opt/os=R:debian", "var/lib/dpkg/status=D:one" } }, "one debian" },
	{ "release file, usual", { { "etc/os-release>../usr/lib/os-release", "usr/lib/os-release=R:debian", "var/lib/dpkg/status=D:one" } }, "one debian" },
	{ "release file twice", { { "etc/os-release>../usr/lib/os-release", "usr/lib/os-release>/n/os", "n/os=R:debian", "var/lib/dpkg/status=D:one" } }, "one debian" },
	{ "circle", { { "etc/os-release=R:debian", "var/lib/dpkg>/a", "a>var/lib/dpkg" } }, "debian !" },
	{ "leads nowhere", { { "etc/os-release=R:debian", "var/lib/dpkg>/not/there" } }, "debian !" },
	{ "parent leads nowhere", { { "etc/os-release=R:debian", "var/lib>/not/there" } }, "debian !" },
	{ "leads above the root", { { "etc/os-release=R:debian", "var/lib/dpkg>../../../../../../opt/x", "opt/x/status=D:one" } }, "one debian" },
	{ "not a database", { { "etc/os-release=R:debian", "var/lib/dpkg/status>/s", "s=T:hello\nworld\n" } }, "debian !!!" },
};

static struct str describe(const struct report *r)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < r->facts.packages.n; i++)
		buf_addf(&b, "%.*s ", STR_FMT(r->facts.packages.v[i].name));
	buf_add(&b, r->facts.distro.id);
	size_t n = 0;
	for (size_t i = 0; i < r->findings.n; i++)
		n += r->findings.v[i].kind == FINDING_UNREADABLE;
	if (n)
		buf_add_char(&b, ' ');
	buf_add_repeat(&b, '!', n);
	struct str s = arena_str(&arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static void scan(const char *what, const char *how, const char *ref, bool rootfs, const char *cache, const char *want)
{
	struct report report;
	struct error err = { 0 };
	const struct image_scan_options opt = { .ref = str_c(ref), .is_rootfs = rootfs, .offline = true, .cache_dir = str_c(cache) };
	int r = image_scan(&arena, &opt, &report, &err);
	if (r < 0)
		fail_msg("%s, %s: %s", what, how, err.text);
	struct str got = describe(&report);
	if (!str_eq_c(got, want)) {
		for (size_t i = 0; i < report.findings.n; i++)
			print_message("%.*s: %.*s\n", STR_FMT(report.findings.v[i].subject.path), STR_FMT(report.findings.v[i].title));
		fail_msg("%s, %s: \"%.*s\" instead of \"%s\"", what, how, STR_FMT(got), want);
	}
	image_scan_release(&report);
}

static void write_file(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	close(fd);
}

static void test_places(void **state)
{
	assert_non_null(mkdtemp(base));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf image, names;
		size_t n = 0;
		char ref[200], cache[200];
		arena_init(&arena, 0);
		buf_init(&image, 1 << 20);
		buf_init(&names, 4096);
		for (; n < 4 && cases[i].layers[n][0]; n++) {
			struct buf layer;
			buf_init(&layer, 1 << 20);
			for (size_t k = 0; k < 7 && cases[i].layers[n][k]; k++)
				add_word(&layer, cases[i].layers[n][k]);
			tar_end(&layer);
			const char *name = arena_printf(&arena, "l%zu.tar", n).p;
			tar_entry_add(&image, TAR_USTAR, '0', name, buf_str(&layer));
			buf_addf(&names, "%s\"%s\"", n ? "," : "", name);
			buf_release(&layer);
		}
		struct str id = STR("\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""), ids = id;
		for (size_t k = 1; k < n; k++)
			ids = arena_printf(&arena, "%.*s,%.*s", STR_FMT(ids), STR_FMT(id));
		struct str config = arena_printf(&arena, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%.*s]}}", STR_FMT(ids));
		struct str manifest = arena_printf(&arena, "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":[%.*s]}]", STR_FMT(buf_str(&names)));
		tar_entry_add(&image, TAR_USTAR, '0', "c.json", config);
		tar_entry_add(&image, TAR_USTAR, '0', "manifest.json", manifest);
		tar_end(&image);
		snprintf(ref, sizeof(ref), "%s/%zu.tar", base, i);
		snprintf(cache, sizeof(cache), "%s/cache", base);
		write_file(ref, buf_str(&image));
		scan(cases[i].what, "image", ref, false, "", cases[i].want);
		scan(cases[i].what, "image, first with cache", ref, false, cache, cases[i].want);
		scan(cases[i].what, "image, again", ref, false, cache, cases[i].want);
		if (n == 1) {
			snprintf(ref, sizeof(ref), "%s/%zu", base, i);
			assert_int_equal(mkdir(ref, 0755), 0);
			int dir = open(ref, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			for (size_t k = 0; k < 7 && cases[i].layers[0][k]; k++)
				make_word(dir, cases[i].layers[0][k]);
			close(dir);
			scan(cases[i].what, "directory", ref, true, "", cases[i].want);
		}
		buf_release(&image);
		buf_release(&names);
		arena_release(&arena);
	}
	char command[100];
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_places) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
