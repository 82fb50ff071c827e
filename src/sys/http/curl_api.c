#include "sys/http/curl_api.h"

#include <dlfcn.h>

int curl_api_load(struct curl_api *ret, struct error *err)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
	struct curl_api api = { 0 };
	void *lib = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names) && !lib; i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return error_set(err, ERR_UNSUPPORTED, "the network needs libcurl (Debian package libcurl4), which cannot be loaded: %s", dlerror());
#define X(type, name, args)                                                                                   \
	*(void **)&api.name = dlsym(lib, "curl_" #name);                                                      \
	if (!api.name)                                                                                        \
		return error_set(err, ERR_UNSUPPORTED, "libcurl is too old: it has no function curl_" #name);
	CURL_FUNCTIONS(X)
#undef X
	if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERR_UNSUPPORTED, "libcurl cannot be initialised");
	*ret = api;
	return 0;
}
