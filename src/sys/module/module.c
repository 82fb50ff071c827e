#include "sys/module/module.h"

#include <dlfcn.h>

#define PATTERNS_FILE "bulkhead-patterns.so"

/* Folders relative to that of the executable. */
static const char *const places[] = { "", "modules/patterns/" /* a build tree */, "../lib/bulkhead/", "../libexec/bulkhead/" };

static int load(const char *file, const char *symbol, const void **ret, struct error *err)
{
	char exe[4096], path[4200];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n <= 0)
		return error_set(err, ERR_NOT_FOUND, "%s: /proc/self/exe does not tell where the program is", file);
	exe[n] = 0;
	char *slash = strrchr(exe, '/');
	if (!slash)
		return error_set(err, ERR_NOT_FOUND, "%s: no folder in %s", file, exe);
	slash[1] = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s%s%s", exe, places[i], file);
		if (access(path, R_OK) < 0)
			continue;
		void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		const void *found = module ? dlsym(module, symbol) : NULL;
		if (!found)
			return error_set(err, ERR_UNSUPPORTED, "%s: %s", path, module ? "belongs to another version of the program" : dlerror());
		*ret = found;
		return 0;
	}
	return error_set(err, ERR_NOT_FOUND, "%s is missing: not in %s and not in ../lib/bulkhead from there", file, exe);
}

int module_patterns(const struct patterns **ret, struct error *err)
{
	const void *found;
	int r = load(PATTERNS_FILE, PATTERNS_SYMBOL, &found, err);
	if (r < 0)
		return r;
	const struct patterns *p = found;
	if (p->version != PATTERNS_VERSION)
		return error_set(err, ERR_UNSUPPORTED, "%s belongs to another version of the program", PATTERNS_FILE);
	*ret = p;
	return 0;
}
