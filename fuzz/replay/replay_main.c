/* A plain main for fuzz targets: runs every file of the folders and files named (the corpus) through the target, and each file's
 * truncations at a spread of lengths and a few byte flips, so that the corpus is replayed in the ordinary tests, under sanitizers too. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t runs;

static void run_variants(const uint8_t *data, size_t n)
{
	LLVMFuzzerTestOneInput(data, n);
	runs++;
	size_t step = n / 64 + 1;
	for (size_t len = 0; len < n; len += step, runs++) {
		uint8_t *cut = malloc(len ? len : 1); /* exact size: sanitizers see any read past the end */
		memcpy(cut, data, len);
		LLVMFuzzerTestOneInput(cut, len);
		free(cut);
	}
	uint8_t *flip = malloc(n ? n : 1);
	memcpy(flip, data, n);
	for (size_t i = 0; i < n; i += step, runs++) {
		flip[i] ^= (uint8_t)(1u << (i % 8));
		LLVMFuzzerTestOneInput(flip, n);
		flip[i] = data[i];
		flip[i] = 0xff;
		LLVMFuzzerTestOneInput(flip, n);
		flip[i] = data[i];
	}
	free(flip);
}

static int run_path(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return 0; /* a target without a corpus yet runs on the built-in inputs only */
	if (S_ISDIR(st.st_mode)) {
		DIR *d = opendir(path);
		for (struct dirent *e; d && (e = readdir(d));) {
			char child[4096];
			if (e->d_name[0] == '.')
				continue;
			snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
			run_path(child);
		}
		if (d)
			closedir(d);
		return 0;
	}
	FILE *f = fopen(path, "rb");
	if (!f || st.st_size > (8 << 20)) {
		if (f)
			fclose(f);
		return 1;
	}
	uint8_t *data = malloc((size_t)st.st_size + 1);
	size_t n = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	run_variants(data, n);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	static const uint8_t zeros[512];
	run_variants(zeros, 0);
	run_variants(zeros, sizeof(zeros));
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%zu runs\n", runs);
	return 0;
}
