/* Calendar days and instants in UTC (proleptic Gregorian), without libc's time zone machinery: days since 1970-01-01 and RFC 3339 text.
 * Pure functions. */
#ifndef BASE_DATE_H
#define BASE_DATE_H
#include "base/str.h"

/* "2026-12-31", alone or with a time behind it ("2026-12-31T10:00:00Z"): days since 1970-01-01. 0 or -EINVAL (also for days that do not exist). */
int date_to_days(struct str text, int64_t *ret);
/* "2026-12-31T10:00:00.5+02:00" (a date alone: its midnight, UTC): microseconds since 1970. 0 or -EINVAL. */
int date_to_instant(struct str text, int64_t *ret);
#define DATE_TEXT_MAX 32
/* "2026-12-31T10:00:00Z" of seconds since 1970; years outside 0-9999 are cut to those. Returns a view of dst. */
struct str date_format_rfc3339(int64_t seconds, char dst[DATE_TEXT_MAX]);
/* "2026-12-31" of days since 1970. */
struct str date_format_day(int64_t days, char dst[DATE_TEXT_MAX]);
#endif
