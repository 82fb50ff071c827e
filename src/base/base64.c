#include "base/base64.h"

struct str base64_encode(struct arena *a, struct str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = bytes.n > SIZE_MAX / 2 ? NULL : arena_alloc_aligned(a, (bytes.n + 2) / 3 * 4 + 1, 1);
	size_t n = 0;
	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = MIN_OF(bytes.n - i, (size_t)3);
		uint32_t v = (uint32_t)(unsigned char)bytes.p[i] << 16;
		v |= left > 1 ? (uint32_t)(unsigned char)bytes.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(unsigned char)bytes.p[i + 2] : 0;
		out[n++] = digits[v >> 18];
		out[n++] = digits[v >> 12 & 63];
		out[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
		out[n++] = left > 2 ? digits[v & 63] : '=';
	}
	out[n] = 0;
	return str_make(out, n);
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (char_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

int base64_decode(struct arena *a, struct str text, struct str *ret)
{
	size_t padding = 0, n = 0;
	uint32_t v = 0;
	while (text.n && text.p[text.n - 1] == '=') {
		text.n--;
		padding++;
	}
	if (text.n % 4 == 1 || padding > 2 || (padding && (text.n + padding) % 4))
		return -EINVAL;
	char *out = arena_alloc_aligned(a, text.n / 4 * 3 + 4, 1);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < text.n; i++) {
		int d = digit_value(text.p[i]);
		if (d < 0)
			return -EINVAL;
		v = v << 6 | (uint32_t)d;
		if (i % 4)
			out[n++] = (char)(v >> (6 - i % 4 * 2));
	}
	out[n] = 0;
	*ret = str_make(out, n);
	return 0;
}
