/* Input: random-access bytes handed to a parser, so that formats need no files. Either everything is in memory (`data` set) or
 * `pread` fetches it. `name` is the path shown in diagnostics and used where a format derives facts from its file name. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H
#include "base/arena.h"
#include "base/error.h"

struct input {
	struct str name;  /* path inside the image without leading '/', or a file name */
	uint64_t size;    /* bytes */
	const char *data; /* whole content, or NULL */
	/* Reads exactly n bytes at off into dst; 0 or a negative code. Never called past size. */
	int (*pread)(void *ctx, void *dst, size_t n, uint64_t off, struct error *err);
	void *ctx;
	/* Another file of the same tree by its clean path, for formats that say a part of their meaning elsewhere (a pom.xml's parent). NULL where
	 * only this file is at hand, as in a layer that is read as a stream. Content on the arena; ERR_NOT_FOUND, ERR_LIMIT above max_bytes. */
	int (*open)(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err);
	void *tree;
};

static inline struct input input_from_str(struct str name, struct str data)
{
	return (struct input){ .name = name, .size = data.n, .data = data.p ? data.p : "" };
}
/* Exactly n bytes at off; ERR_FORMAT when that passes the end. */
int input_read(const struct input *in, void *dst, size_t n, uint64_t off, struct error *err);
/* The file at a path that `in` names relative to its own folder ("../pom.xml"): see `open`. ret_path (arena) is the clean path. */
int input_open_relative(struct arena *a, const struct input *in, struct str relative, uint64_t max_bytes, struct str *ret_path, struct str *ret, struct error *err);
/* The whole content as a view (borrowed when in memory, else copied to the arena); ERR_LIMIT above max_bytes. */
int input_all(struct arena *a, const struct input *in, uint64_t max_bytes, struct str *ret, struct error *err);
#endif
