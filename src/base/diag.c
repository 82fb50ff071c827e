#include "base/diag.h"

void diags_init(struct diags *d, struct arena *a)
{
	*d = (struct diags){ .arena = a };
}

void diag_add(struct diags *d, enum diag_level level, struct str path, uint32_t line, uint32_t col, const char *fmt, ...)
{
	if (!d)
		return;
	if (d->list.n >= DIAG_MAX) {
		d->dropped++;
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	struct diag x = { .level = level, .path = arena_str(d->arena, path), .line = line, .col = col, .text = arena_vprintf(d->arena, fmt, ap) };
	va_end(ap);
	if (!x.text.p || !vec_push(d->arena, &d->list, x))
		d->dropped++;
}
