/* UTF-8 (RFC 3629), one sequence at a time: for readers that must say where the bad byte is or replace it.
 * str_is_utf8 (str.h) judges a whole view. Nothing here allocates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H
#include "base/base.h"

#define UTF8_REPLACEMENT 0xFFFDu
/* U+FFFD as bytes. */
#define UTF8_REPLACEMENT_BYTES "\xef\xbf\xbd"

/* Length (1 to 4) of the well-formed sequence that starts at p, or 0: ill-formed or cut off by `end`. Needs p < end. */
static inline unsigned utf8_sequence(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t left = (size_t)(end - p);
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || left < 2 || (u[1] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (left < 3 || (u[2] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xf0) /* E0: no overlong forms; ED: no surrogates */
		return (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ? 0 : 3;
	if (left < 4 || (u[3] & 0xc0) != 0x80)
		return 0;
	return (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f) ? 0 : 4;
}

/* Writes a code point (below 0x110000, no surrogate) to p, which has room for 4 bytes; gives the length. */
static inline unsigned utf8_encode(char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
#endif
