/* What http.c shares with download.c. */
#ifndef SYS_HTTP_INTERNAL_H
#define SYS_HTTP_INTERNAL_H
#include <time.h>

#include "sys/http/http.h"

/* The client's tick: non-zero cancels. */
int http_tick(struct http_client *c);
/* Seconds since 1970, or -1. Only after a first request. */
time_t http_parse_date(struct http_client *c, const char *text);
#endif
