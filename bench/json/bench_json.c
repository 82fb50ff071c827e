/* bench/json: parses every line of a file to a full tree with one reader and clears it, so that callgrind can count instructions.
 *
 *   bench_json READER FILE     READER: none (split into lines only), bulkhead, simdjson, cjson, yajl (events only), yajl-tree
 *
 * "none" is what the harness itself costs; bench/json/run takes it off. Prints records and bytes, so that readers that skip work show. */
#include "base/base.h"

#ifdef HAVE_CJSON
#include <cjson/cJSON.h>
#endif
#include <yajl/yajl_parse.h>
#include <yajl/yajl_tree.h>

#include "format/json/json.h"

#define PADDING 64 /* SIMDJSON_PADDING is 32 */

struct input {
	char *p;
	size_t n;
};

static struct input read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input in = { 0 };
	if (!f || fseek(f, 0, SEEK_END) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	in.n = (size_t)ftell(f);
	rewind(f);
	in.p = malloc(in.n + PADDING);
	if (!in.p || fread(in.p, 1, in.n, f) != in.n)
		exit(2);
	memset(in.p + in.n, 0, PADDING);
	fclose(f);
	return in;
}

static struct arena arena;

static bool read_none(char *line, size_t n)
{
	return n > 0;
}

static bool read_bulkhead(char *line, size_t n)
{
	struct document doc;
	struct error err;
	arena_clear(&arena);
	err.code = 0;
	return json_parse(&arena, str_make(line, n), NULL, &doc, NULL, &err) == 0 && doc.root->count > 0;
}

#ifdef HAVE_SIMDJSON
bool simdjson_read_line(const char *line, size_t n); /* simdjson_shim.cc */

static bool read_simdjson(char *line, size_t n)
{
	return simdjson_read_line(line, n);
}
#endif

#ifdef HAVE_CJSON
static bool read_cjson(char *line, size_t n)
{
	cJSON *v = cJSON_ParseWithLength(line, n);
	bool ok = v != NULL;
	cJSON_Delete(v);
	return ok;
}
#endif

static bool read_yajl(char *line, size_t n)
{
	static const yajl_callbacks none;
	yajl_handle h = yajl_alloc(&none, NULL, NULL);
	bool ok = yajl_parse(h, (unsigned char *)line, n) == yajl_status_ok && yajl_complete_parse(h) == yajl_status_ok;
	yajl_free(h);
	return ok;
}

static bool read_yajl_tree(char *line, size_t n)
{
	char err[128];
	char saved = line[n];
	line[n] = 0;
	yajl_val v = yajl_tree_parse(line, err, sizeof(err));
	line[n] = saved;
	bool ok = v != NULL;
	yajl_tree_free(v);
	return ok;
}

static const struct {
	const char *name;
	bool (*read)(char *line, size_t n);
} readers[] = {
	{ "none", read_none },
	{ "bulkhead", read_bulkhead },
	{ "yajl", read_yajl },
	{ "yajl-tree", read_yajl_tree },
#ifdef HAVE_SIMDJSON
	{ "simdjson", read_simdjson },
#endif
#ifdef HAVE_CJSON
	{ "cjson", read_cjson },
#endif
};

int main(int argc, char **argv)
{
	bool (*read)(char *, size_t) = NULL;
	for (size_t i = 0; argc == 3 && i < ARRAY_LEN(readers); i++)
		if (strcmp(argv[1], readers[i].name) == 0)
			read = readers[i].read;
	if (!read) {
		fprintf(stderr, "usage: bench_json READER FILE\n");
		return 2;
	}
	struct input in = read_all(argv[2]);
	arena_init(&arena, ARENA_NO_LIMIT);
	size_t records = 0, bad = 0;
	for (char *p = in.p, *end = in.p + in.n, *nl; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		if (nl == p)
			continue;
		if (read(p, (size_t)(nl - p)))
			records++;
		else
			bad++;
	}
	printf("%zu records, %zu bad, %zu bytes\n", records, bad, in.n);
	arena_release(&arena);
	free(in.p);
	return bad ? 1 : 0;
}
