/* Fetches a URL into a file as src/sys/http does: for integration tests.
 *
 *   http_fetch [--have N --etag E] [--if-none-match E] [--max N] [--expect N] [--attempts N] [--stall S] [--total S] [--post BODY] [--head]
 *              [--memory] [--offline] [--authorization V] URL [FILE]
 *
 * Prints "status N", "bytes N", "etag E", "url U" and, with --memory, the body; exit status 0, or 2 with "error CODE: text". */
#include <fcntl.h>
#include <getopt.h>

#include "sys/http/http.h"

static uint64_t number(const char *text)
{
	uint64_t n = 0;
	str_to_u64(str_c(text), &n);
	return n;
}

static int report(int r, const struct http_response *resp, uint64_t bytes, bool with_body, const struct error *err)
{
	if (r < 0) {
		fprintf(stderr, "error %s: %s\n", error_code_name(r), err->text);
		printf("bytes %llu\nfailure %d\n", (unsigned long long)bytes, (int)resp->failure);
		return 2;
	}
	printf("status %u\nbytes %llu\netag %.*s\nurl %.*s\n", resp->status, (unsigned long long)bytes, STR_FMT(http_response_header(resp, STR("etag"))),
	       STR_FMT(resp->url));
	if (with_body)
		printf("body %.*s\n", STR_FMT(resp->body));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "have", 1, NULL, 'h' },    { "etag", 1, NULL, 'e' },  { "if-none-match", 1, NULL, 'n' }, { "max", 1, NULL, 'm' },	 { "expect", 1, NULL, 'x' },
		{ "attempts", 1, NULL, 'a' }, { "stall", 1, NULL, 's' }, { "total", 1, NULL, 't' },	   { "post", 1, NULL, 'p' },	 { "head", 0, NULL, 'H' },
		{ "memory", 0, NULL, 'M' },  { "offline", 0, NULL, 'o' }, { "authorization", 1, NULL, 'A' }, { NULL, 0, NULL, 0 },
	};
	struct http_client_options opt = { 0 };
	struct http_header header = { STR("If-None-Match"), STR_NONE };
	struct http_download d = { .retry = { .attempts = 3, .base_ms = 20, .max_ms = 2000 }, .request = { .headers = &header, .max_bytes = 64 << 20 } };
	bool memory = false;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'h': d.have_bytes = number(optarg); break;
		case 'e': d.if_range = str_c(optarg); break;
		case 'n': header.value = str_c(optarg); d.request.header_count = 1; break;
		case 'm': d.request.max_bytes = number(optarg); break;
		case 'x': d.expect_bytes = number(optarg); break;
		case 'a': d.retry.attempts = (unsigned)number(optarg); break;
		case 's': opt.stall_timeout_s = (unsigned)number(optarg); break;
		case 't': d.request.total_timeout_s = (unsigned)number(optarg); break;
		case 'p': d.request.method = HTTP_POST; d.request.body = str_c(optarg); d.request.content_type = STR("text/plain"); memory = true; break;
		case 'H': d.request.method = HTTP_HEAD; memory = true; break;
		case 'M': memory = true; break;
		case 'o': opt.offline = true; break;
		case 'A': d.request.authorization = str_c(optarg); break;
		default: return 2;
		}
	}
	struct arena a;
	struct http_client *client;
	struct http_response resp = { 0 };
	struct error err = { 0 };
	uint64_t bytes = 0;
	arena_init(&a, 256 << 20);
	if (optind >= argc || http_client_new(&opt, &client, &err) < 0)
		return 2;
	d.request.url = str_c(argv[optind]);
	int r;
	if (memory) {
		r = http_send_retry(client, &a, &d.request, &d.retry, &resp, &err);
		bytes = resp.received;
	} else {
		d.fd = open(argv[optind + 1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (d.fd < 0)
			return 2;
		r = http_download(client, &a, &d, &resp, &bytes, &err);
		close(d.fd);
	}
	int status = report(r, &resp, bytes, memory, &err);
	http_client_free(client);
	arena_release(&a);
	return status;
}
