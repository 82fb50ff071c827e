/* Opens an image as src/source/image does and prints what it is and the digests of its layers' stored bytes: for integration tests.
 *
 *   image_source_dump [--platform P] [--username U --password P] [--token T] [--credentials-for REF] [--credentials FILE] [--ca FILE] [--insecure] [--offline]
 *                     [--mirror PREFIX=URL]… [--attempts N] [--tmp DIR] [--threads N] [--input] [--debug] [--places] REF
 *
 * --places: where layers lie is printed, their bytes are not read.
 *
 * Exit status 0, or 2 with "error CODE: text" on standard error. */
#include <getopt.h>
#include <pthread.h>

#include "base/log.h"
#include "format/oci/digest.h"
#include "source/image/image_source.h"
#include "source/image/registry.h"

#define MIRRORS_MAX 8

struct job {
	struct image_source *source;
	size_t next, count;
	bool places;
	pthread_mutex_t lock;
	struct layer_result {
		struct layer_blob blob;
		char digest[OCI_DIGEST_TEXT_MAX];
		struct error err;
	} *results;
};

static void print_log(enum log_level level, const char *text, void *ctx)
{
	fprintf(stderr, "log %d %s\n", (int)level, text);
}

static int hash_blob(const struct layer_blob *blob, char ret[static OCI_DIGEST_TEXT_MAX], struct error *err)
{
	struct oci_hasher h;
	char chunk[65536];
	oci_hasher_init(&h, STR("sha256:"), NULL);
	for (uint64_t at = 0; at < blob->size;) {
		ssize_t n = pread(blob->fd, chunk, MIN_OF(sizeof(chunk), blob->size - at), (off_t)(blob->offset + at));
		if (n <= 0)
			return error_set(err, ERR_SYSTEM, "short read of a layer");
		oci_hasher_update(&h, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	oci_hasher_text(&h, ret);
	if (blob->expect_digest.n && str_has_prefix(blob->expect_digest, STR("sha256:")) && !str_eq_c(blob->expect_digest, ret))
		return error_set(err, ERR_DIGEST, "layer is %s, expected %.*s", ret, STR_FMT(blob->expect_digest));
	return 0;
}

static void *work(void *arg)
{
	struct job *job = arg;
	while (true) {
		pthread_mutex_lock(&job->lock);
		size_t i = job->next++;
		pthread_mutex_unlock(&job->lock);
		if (i >= job->count)
			return NULL;
		struct layer_result *r = &job->results[i];
		if (image_source_layer(job->source, i, &r->blob, &r->err) == 0 && !job->places)
			hash_blob(&r->blob, r->digest, &r->err);
	}
}

static int print_layers(struct image_source *s, unsigned threads, bool places)
{
	static const char *const compressions[] = { "unknown", "none", "gzip", "zstd" };
	struct job job = { .source = s, .count = image_source_layer_count(s), .places = places, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t ids[16];
	unsigned started = 0;
	int status = 0;
	job.results = calloc(job.count + 1, sizeof(*job.results));
	while (started + 1 < MIN_OF(threads, 16u) && pthread_create(&ids[started], NULL, work, &job) == 0)
		started++;
	work(&job);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	for (size_t i = 0; i < job.count; i++) {
		const struct layer_result *r = &job.results[i];
		const struct image_layer *l = &image_source_info(s)->layers.v[i];
		if (r->err.code) {
			fprintf(stderr, "error %s: %s\n", error_code_name(r->err.code), r->err.text);
			status = 2;
			continue;
		}
		printf("layer %zu %s offset=%llu size=%llu compression=%s verified=%d expect=%.*s identity=%d diff_id=%.*s\n", i, r->digest,
		       (unsigned long long)r->blob.offset, (unsigned long long)r->blob.size, compressions[r->blob.compression], r->blob.verified, STR_FMT(r->blob.expect_digest),
		       r->blob.has_identity, STR_FMT(l->diff_id));
	}
	free(job.results);
	return status;
}

static void print_info(const struct image_source *s)
{
	const struct image_info *info = image_source_info(s);
	printf("artifact %.*s\nid %.*s\ndigest %.*s\nplatform %.*s/%.*s%s%.*s\n", STR_FMT(info->artifact_name), STR_FMT(info->id), STR_FMT(info->digest),
	       STR_FMT(info->os), STR_FMT(info->architecture), info->variant.n ? "/" : "", STR_FMT(info->variant));
	for (size_t i = 0; i < info->repo_tags.n; i++)
		printf("tag %.*s\n", STR_FMT(info->repo_tags.v[i]));
	for (size_t i = 0; i < info->repo_digests.n; i++)
		printf("repo-digest %.*s\n", STR_FMT(info->repo_digests.v[i]));
	const struct diags *d = image_source_diags(s);
	for (size_t i = 0; i < d->list.n; i++)
		printf("diag %d %.*s: %.*s\n", (int)d->list.v[i].level, STR_FMT(d->list.v[i].path), STR_FMT(d->list.v[i].text));
}

int main(int argc, char **argv)
{
	enum { O_PLATFORM = 1, O_USER, O_FOR, O_PASSWORD, O_TOKEN, O_CREDENTIALS, O_CA, O_INSECURE, O_OFFLINE, O_MIRROR, O_ATTEMPTS, O_TMP, O_THREADS, O_INPUT, O_DEBUG, O_PLACES };
	static const struct option options[] = {
		{ "platform", 1, NULL, O_PLATFORM }, { "username", 1, NULL, O_USER }, { "credentials-for", 1, NULL, O_FOR },     { "password", 1, NULL, O_PASSWORD }, { "token", 1, NULL, O_TOKEN },
		{ "credentials", 1, NULL, O_CREDENTIALS }, { "ca", 1, NULL, O_CA },       { "insecure", 0, NULL, O_INSECURE }, { "offline", 0, NULL, O_OFFLINE },
		{ "mirror", 1, NULL, O_MIRROR },     { "attempts", 1, NULL, O_ATTEMPTS }, { "tmp", 1, NULL, O_TMP },           { "threads", 1, NULL, O_THREADS },
		{ "input", 0, NULL, O_INPUT },       { "debug", 0, NULL, O_DEBUG }, { "places", 0, NULL, O_PLACES }, { NULL, 0, NULL, 0 },
	};
	struct str mirrors[MIRRORS_MAX];
	struct registry_mirror *parsed = NULL;
	struct arena a;
	struct registry_options registry = { .retry = { .attempts = 4, .base_ms = 50, .max_ms = 3000 } };
	struct image_source_options opt = { .registry = &registry };
	unsigned threads = 2;
	bool places = false;
	uint64_t n = 0;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		struct str arg = str_c(optarg);
		switch (c) {
		case O_PLATFORM: opt.platform = arg; break;
		case O_USER: registry.username = arg; break;
		case O_FOR: registry.credentials_for = arg; break;
		case O_PASSWORD: registry.password = arg; break;
		case O_TOKEN: registry.registry_token = arg; break;
		case O_CREDENTIALS: registry.credentials_file = arg; break;
		case O_CA: registry.tls.ca_file = arg; break;
		case O_INSECURE: registry.insecure = true; break;
		case O_OFFLINE: opt.offline = true; break;
		case O_ATTEMPTS: str_to_u64(arg, &n); registry.retry.attempts = (unsigned)n; break;
		case O_TMP: opt.tmp_dir = arg; break;
		case O_THREADS: str_to_u64(arg, &n); threads = (unsigned)n; break;
		case O_PLACES: places = true; break;
		case O_INPUT: opt.force_file = true; break;
		case O_DEBUG: log_set(print_log, NULL, LOG_LEVEL_DEBUG); break;
		case O_MIRROR:
			if (registry.mirror_count == MIRRORS_MAX)
				return 2;
			mirrors[registry.mirror_count++] = arg;
			break;
		default: return 2;
		}
	}
	struct image_source *s;
	struct error err = { 0 };
	arena_init(&a, 1 << 20);
	int r = registry_mirrors_parse(&a, mirrors, registry.mirror_count, &parsed, &err);
	registry.mirrors = parsed;
	if (r < 0 || image_source_open(str_c(optind < argc ? argv[optind] : ""), &opt, &s, &err) < 0) {
		fprintf(stderr, "error %s: %s\n", error_code_name(err.code), err.text);
		return 2;
	}
	print_info(s);
	int status = print_layers(s, threads, places);
	image_source_free(s);
	arena_release(&a);
	return status;
}
