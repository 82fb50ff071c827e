/* The part of libcurl that src/sys/http uses, as a table of functions filled by dlopen("libcurl.so.4"): one list (X-macro) gives the
 * members and the names to look up, so they cannot drift. Only headers are needed at build time. The library stays loaded. */
#ifndef SYS_HTTP_CURL_API_H
#define SYS_HTTP_CURL_API_H
#include <curl/curl.h>

#include "base/error.h"

#define CURL_FUNCTIONS(X)                                                         \
	X(CURLcode, global_init, (long flags))                                    \
	X(void, global_cleanup, (void))                                           \
	X(CURL *, easy_init, (void))                                              \
	X(void, easy_cleanup, (CURL *))                                           \
	X(void, easy_reset, (CURL *))                                             \
	X(CURLcode, easy_setopt, (CURL *, CURLoption, ...))                       \
	X(CURLcode, easy_getinfo, (CURL *, CURLINFO, ...))                        \
	X(CURLcode, easy_perform, (CURL *))                                       \
	X(const char *, easy_strerror, (CURLcode))                                \
	X(struct curl_slist *, slist_append, (struct curl_slist *, const char *)) \
	X(void, slist_free_all, (struct curl_slist *))                            \
	X(time_t, getdate, (const char *, const time_t *))

struct curl_api {
#define X(type, name, args) type(*name) args;
	CURL_FUNCTIONS(X)
#undef X
};
/* ERR_UNSUPPORTED when the library or one of its functions is missing. */
int curl_api_load(struct curl_api *ret, struct error *err);
#endif
