/* The pieces of reading Go programs, for src/format/go and its tests. */
#ifndef FORMAT_GO_PARTS_H
#define FORMAT_GO_PARTS_H
#include "format/elf/exe.h"

/* Version and module text of a Go program: 1 found, 0 no Go program, negative: it is one but damaged (ERR_FORMAT), or no memory.
 * *ret_modules is empty for programs built without modules. Views as exe_view gives them. */
int go_buildinfo_find(struct arena *a, const struct exe *x, struct str *ret_version, struct str *ret_modules, struct error *err);

/* The module text, line by line: "path", "mod", "dep", "=>", "build", tab-separated (runtime/debug.ParseBuildInfo). */
struct go_module {
	struct str path, version;
	bool has_replace;
	struct str replace_path, replace_version;
};
VEC_DECLARE(go_module_vec, struct go_module);
struct go_modules {
	struct str path;         /* of the main package */
	struct go_module main;   /* path empty when the text has none */
	struct go_module_vec deps;
	struct str ldflags;      /* value of the build setting, unquoted */
};
int go_modules_parse(struct arena *a, struct str text, struct go_modules *ret, struct error *err);

/* "go1.21.5 X:boringcrypto" -> "v1.21.5", "devel go1.22-4d0bc8c Mon…" -> "v1.22-4d0bc8c"; empty when there is no number. */
struct str go_stdlib_version(struct arena *a, struct str go_version);
/* The version that -X flags set for the main module ("v" added), or empty: a variable named …version or …ver in a package of the module itself, main,
 * common, version or cmd before others; two of one rank that differ cancel out. */
struct str go_ldflags_version(struct arena *a, struct str module, struct str ldflags);
/* v1.2.3-0.20230102150405-abcdefabcdef and the other two forms of https://go.dev/ref/mod#pseudo-versions */
bool go_is_pseudo_version(struct str version);
#endif
