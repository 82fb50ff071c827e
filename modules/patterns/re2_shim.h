/* RE2 for C: the functions of struct patterns (base/patterns.h) that concern expressions. No exception leaves them. */
#ifndef RE2_SHIM_H
#define RE2_SHIM_H
#ifdef __cplusplus
extern "C" {
struct pattern;
struct pattern_span {
	size_t from, to;
};
#else
#include "base/patterns.h"
#endif
struct pattern *shim_compile(const char *regex, size_t n, unsigned flags, char *why, size_t cap);
void shim_free(struct pattern *p);
bool shim_find(const struct pattern *p, const char *text, size_t n, size_t from, struct pattern_span *groups, size_t count);
size_t shim_group_count(const struct pattern *p);
int shim_group_named(const struct pattern *p, const char *name, size_t n);
#ifdef __cplusplus
}
#endif
#endif
