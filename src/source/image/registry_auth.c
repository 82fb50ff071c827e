#include "source/image/registry_auth.h"

#include <dirent.h>
#include <time.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/log.h"
#include "format/json/json.h"
#include "sys/http/url.h"

#define TOKEN_MAX_BYTES   (1u << 20)
#define TOKEN_LIFE_S      60 /* when the server does not say: token-spec */
#define TOKEN_ARENA_BYTES (64u << 20)
#define SCOPES_MAX        8

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* "ca.crt", else the first NAME.suffix of a folder in the order of names; empty: none. */
static struct str find_in_folder(struct arena *a, const char *folder, const char *suffix, const char *preferred)
{
	char best[NAME_MAX + 1] = "";
	DIR *d = opendir(folder);
	if (!d)
		return STR_NONE;
	for (struct dirent *e; (e = readdir(d));) {
		if (!str_has_suffix(str_c(e->d_name), str_c(suffix)))
			continue;
		if (!best[0] || strcmp(e->d_name, preferred) == 0 || (strcmp(best, preferred) != 0 && strcmp(e->d_name, best) < 0))
			snprintf(best, sizeof(best), "%s", e->d_name);
	}
	closedir(d);
	return best[0] ? arena_printf(a, "%s/%s", folder, best) : STR_NONE;
}

/* CA and client certificates that Docker and Podman look for by host: …/certs.d/HOST:PORT/{*.crt,*.cert,*.key}. */
static int find_certificates(struct registry_endpoint *ep, struct error *err)
{
	const char *home = getenv("HOME");
	struct str user = home ? arena_printf(&ep->arena, "%s/.config/containers", home) : STR("");
	const char *const roots[] = { user.p, "/etc/containers", "/etc/docker" };
	if (!user.p)
		return error_nomem(err);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		if (!*roots[i] || str_find_char(ep->host, '/') != STR_NOT_FOUND)
			continue;
		struct str folder = arena_printf(&ep->arena, "%s/certs.d/%.*s", roots[i], STR_FMT(ep->host));
		if (!folder.p)
			return error_nomem(err);
		if (!ep->tls.ca_file.n && !ep->tls.ca_dir.n)
			ep->tls.ca_file = find_in_folder(&ep->arena, folder.p, ".crt", "ca.crt");
		if (!ep->tls.client_cert.n) {
			ep->tls.client_cert = find_in_folder(&ep->arena, folder.p, ".cert", "client.cert");
			if (ep->tls.client_cert.n)
				ep->tls.client_key = find_in_folder(&ep->arena, folder.p, ".key", "client.key");
		}
	}
	return 0;
}

int registry_endpoint_init(struct registry_endpoint *ep, struct http_client *http, const struct registry_options *opt, struct error *err)
{
	ep->http = http;
	ep->opt = opt;
	ep->tls = opt->tls;
	ep->tls.insecure = opt->tls.insecure || opt->insecure;
	pthread_mutex_init(&ep->lock, NULL);
	arena_init(&ep->arena, TOKEN_ARENA_BYTES);
	return find_certificates(ep, err);
}

void registry_endpoint_release(struct registry_endpoint *ep)
{
	arena_release(&ep->arena);
	pthread_mutex_destroy(&ep->lock);
}

/* Credentials that the options state go to the registry they are meant for, never to a mirror or to another image's. */
static bool are_stated(struct registry_endpoint *ep)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	const struct registry_options *opt = ep->opt;
	struct str meant = opt->credentials_for;
	struct oci_reference ref;
	if (!ep->is_origin || (!opt->username.n && !opt->registry_token.n))
		return false;
	if (!str_strip_prefix(&meant, STR("registry:")))
		str_strip_prefix(&meant, STR("docker://"));
	return !meant.n || (oci_reference_parse(&ep->arena, meant, &defaults, &ref, NULL) == 0 && str_eq(ref.host, ep->name));
}

static int load_credentials(struct registry_endpoint *ep, struct error *err)
{
	const struct registry_options *opt = ep->opt;
	if (ep->credentials_known)
		return 0;
	if (are_stated(ep)) {
		ep->credentials = (struct registry_credentials){ .username = opt->username, .password = opt->password,
								 .registry_token = opt->registry_token, .origin = STR("options") };
	} else {
		int r = docker_config_find(&ep->arena, ep->name, ep->repository, opt->credentials_file, &ep->credentials, err);
		if (r < 0)
			return r;
	}
	ep->credentials_known = true;
	return 0;
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static int set_authorization(struct registry_endpoint *ep, const char *scheme, struct str value, int64_t expires_ms, struct error *err)
{
	struct str header = arena_printf(&ep->arena, "%s %.*s", scheme, STR_FMT(value));
	if (!header.p)
		return error_nomem(err);
	ep->authorization = header;
	ep->generation++;
	ep->expires_ms = expires_ms;
	return 0;
}

static struct str basic_value(struct arena *a, const struct registry_credentials *c)
{
	struct str plain = arena_printf(a, "%.*s:%.*s", STR_FMT(c->username), STR_FMT(c->password));
	return plain.p ? base64_encode(a, plain) : plain;
}

/* name=value of a query or form, encoded. */
static void add_pair(struct arena *a, struct buf *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	if (b->n && b->p[b->n - 1] != '?' && b->p[b->n - 1] != '&')
		buf_add_char(b, '&');
	buf_addf(b, "%s=", name);
	buf_add(b, url_encode(a, value));
}

static void add_scopes(struct registry_endpoint *ep, struct arena *a, struct buf *b, struct str scopes, bool one_value)
{
	struct str scope;
	unsigned n = 0;
	if (!scopes.n)
		scopes = arena_printf(a, "repository:%.*s:pull", STR_FMT(ep->repository));
	if (one_value) {
		add_pair(a, b, "scope", scopes);
		return;
	}
	while (n++ < SCOPES_MAX && str_next_word(&scopes, &scope))
		add_pair(a, b, "scope", scope);
}

/* A realm is an address that the server chose: passwords go there only over TLS, or where plain HTTP was accepted anyway. */
static int check_realm(struct registry_endpoint *ep, struct str realm, bool with_secret, struct error *err)
{
	struct url u;
	int r = url_parse(realm, &u, err);
	if (r < 0)
		return error_wrap(err, ERR_AUTH, "token server of %.*s", STR_FMT(ep->name));
	if (url_is_https(&u) || (str_eq_nocase(u.scheme, STR("http")) && (!with_secret || ep->opt->insecure || url_host_is_loopback(u.host))))
		return 0;
	return error_set(err, ERR_AUTH, "the token server of %.*s is not reached by https (%.*s): credentials are not sent there", STR_FMT(ep->name),
			 STR_FMT(str_sub(realm, 0, 200)));
}

/* One exchange with the token server. form: OAuth 2 POST, else GET with Basic. */
static int request_token(struct registry_endpoint *ep, struct arena *a, const struct auth_challenge *c, bool form, struct http_response *resp,
			 struct error *err)
{
	const struct registry_credentials *cred = &ep->credentials;
	struct str realm = auth_challenge_param(c, STR("realm")), service = auth_challenge_param(c, STR("service"));
	struct str scope = auth_challenge_param(c, STR("scope"));
	struct http_request q = { .url = realm, .max_bytes = TOKEN_MAX_BYTES, .total_timeout_s = 60, .tls = &ep->tls };
	struct buf b;
	int r = check_realm(ep, realm, cred->username.n || cred->identity_token.n, err);
	if (r < 0)
		return r;
	buf_init(&b, 64 << 10);
	if (form) {
		add_pair(a, &b, "grant_type", cred->identity_token.n ? STR("refresh_token") : STR("password"));
		add_pair(a, &b, "client_id", STR("bulkhead"));
		add_pair(a, &b, "service", service);
		add_scopes(ep, a, &b, scope, true);
		add_pair(a, &b, "refresh_token", cred->identity_token);
		if (!cred->identity_token.n) {
			add_pair(a, &b, "username", cred->username);
			add_pair(a, &b, "password", cred->password);
		}
		q.method = HTTP_POST;
		q.content_type = STR("application/x-www-form-urlencoded");
		q.body = buf_str(&b);
	} else {
		buf_add(&b, realm);
		buf_add_char(&b, str_find_char(realm, '?') == STR_NOT_FOUND ? '?' : '&');
		add_pair(a, &b, "service", service);
		add_scopes(ep, a, &b, scope, false);
		if (cred->username.n) {
			add_pair(a, &b, "account", cred->username);
			q.authorization = arena_printf(a, "Basic %.*s", STR_FMT(basic_value(a, cred)));
		}
		q.url = buf_str(&b);
	}
	r = buf_failed(&b) ? error_nomem(err) : http_send_retry(ep->http, a, &q, &ep->opt->retry, resp, err);
	buf_release(&b);
	return r < 0 ? error_wrap(err, r, "token for %.*s", STR_FMT(ep->name)) : 0;
}

static int take_token(struct registry_endpoint *ep, struct arena *a, struct str body, struct error *err)
{
	const struct json_options opt = { .max_bytes = TOKEN_MAX_BYTES, .max_nodes = 10000, .max_depth = 32 };
	struct document doc;
	int64_t life = 0;
	int r = json_parse(a, body, &opt, &doc, NULL, err);
	if (r < 0)
		return error_wrap(err, ERR_AUTH, "token for %.*s", STR_FMT(ep->name));
	struct str token = value_str_c(doc.root, "token");
	if (!token.n)
		token = value_str_c(doc.root, "access_token");
	if (!is_printable(token))
		return error_set(err, ERR_AUTH, "the token server of %.*s sent no token", STR_FMT(ep->name));
	if (value_int(value_get_c(doc.root, "expires_in"), &life) < 0 || life <= 0)
		life = TOKEN_LIFE_S;
	life = MIN_OF(life, (int64_t)86400);
	/* A tenth earlier than it expires, so that it does not expire under way. */
	return set_authorization(ep, "Bearer", token, now_ms() + life * 900, err);
}

/* Gets a new token into ep->authorization. Lock held. */
static int renew_token(struct registry_endpoint *ep, struct arena *a, const struct auth_challenge *c, struct error *err)
{
	const struct registry_credentials *cred = &ep->credentials;
	struct http_response resp;
	bool form = cred->identity_token.n > 0;
	if (cred->registry_token.n)
		return set_authorization(ep, "Bearer", cred->registry_token, 0, err);
	int r = request_token(ep, a, c, form, &resp, err);
	/* Some token servers know only the other way. */
	if (r == 0 && !form && cred->username.n && (resp.status == 404 || resp.status == 405))
		r = request_token(ep, a, c, true, &resp, err);
	if (r < 0)
		return r;
	if (resp.status == 401 || resp.status == 403)
		return error_set(err, ERR_AUTH, "%s for %.*s (%s%.*s; token server's status %u)",
				 cred->origin.n ? "the credentials were refused" : "no token without credentials", STR_FMT(ep->name),
				 cred->origin.n ? "they come from " : "there are none for it", STR_FMT(cred->origin), resp.status);
	if (resp.status != 200)
		return error_set(err, ERR_AUTH, "token for %.*s: the token server answers with status %u", STR_FMT(ep->name), resp.status);
	return take_token(ep, a, resp.body, err);
}

static int copy_challenge(struct arena *a, const struct auth_challenge *from, struct auth_challenge *to, struct error *err)
{
	struct auth_challenge c = { .scheme = arena_str(a, from->scheme) };
	for (size_t i = 0; i < from->params.n; i++) {
		struct auth_param p = { arena_str(a, from->params.v[i].name), arena_str(a, from->params.v[i].value) };
		if (!p.name.p || !p.value.p || !vec_push(a, &c.params, p))
			return error_nomem(err);
	}
	*to = c;
	return 0;
}

/* Answers a 401: 0 when ep->authorization is new. Lock held. */
static int answer_challenge(struct registry_endpoint *ep, struct arena *a, const struct http_response *resp, struct error *err)
{
	struct auth_challenge_vec list = { 0 };
	int r = load_credentials(ep, err);
	for (size_t i = 0; i < resp->headers.n && r == 0; i++)
		if (str_eq_nocase(resp->headers.v[i].name, STR("www-authenticate")))
			r = auth_challenges_parse(a, resp->headers.v[i].value, &list, err);
	if (r < 0)
		return error_wrap(err, ERR_AUTH, "%.*s", STR_FMT(ep->name));
	const struct auth_challenge *bearer = auth_challenge_find(&list, STR("Bearer")), *basic = auth_challenge_find(&list, STR("Basic"));
	bool refused = ep->authorization.n > 0 && !ep->bearer.scheme.n;
	if (bearer) {
		r = renew_token(ep, a, bearer, err);
		return r < 0 ? r : copy_challenge(&ep->arena, bearer, &ep->bearer, err);
	}
	if (basic && ep->credentials.username.n && !refused)
		return set_authorization(ep, "Basic", basic_value(a, &ep->credentials), 0, err);
	if (ep->credentials.registry_token.n && !refused)
		return set_authorization(ep, "Bearer", ep->credentials.registry_token, 0, err);
	if (ep->credentials.origin.n)
		return error_set(err, ERR_AUTH, "%.*s refused the credentials (they come from %.*s)", STR_FMT(ep->name), STR_FMT(ep->credentials.origin));
	return error_set(err, ERR_AUTH, "%.*s wants credentials and there are none for it", STR_FMT(ep->name));
}

/* What to send now; renews a token that is about to expire. */
static int current_authorization(struct registry_endpoint *ep, struct arena *a, struct str *ret, uint64_t *ret_generation, struct error *err)
{
	int r = 0;
	pthread_mutex_lock(&ep->lock);
	if (ep->opt->registry_token.n && !ep->authorization.n && are_stated(ep))
		r = set_authorization(ep, "Bearer", ep->opt->registry_token, 0, err);
	else if (ep->expires_ms && now_ms() >= ep->expires_ms && ep->bearer.scheme.n)
		r = renew_token(ep, a, &ep->bearer, err);
	*ret = arena_str(a, ep->authorization);
	*ret_generation = ep->generation;
	pthread_mutex_unlock(&ep->lock);
	return r;
}

static struct str endpoint_url(struct registry_endpoint *ep, struct arena *a, struct str path, bool plain)
{
	return arena_printf(a, "%s://%.*s/v2/%.*s%s%.*s/%.*s", plain ? "http" : "https", STR_FMT(ep->host), STR_FMT(ep->path), ep->path.n ? "/" : "",
			    STR_FMT(ep->repository), STR_FMT(path));
}

/* One request; settles https or http at the first. */
static int send_by_scheme(struct registry_endpoint *ep, struct arena *a, struct str path, struct http_request *q, struct http_response *ret,
			  struct error *err)
{
	struct error tls_error = { 0 }, plain_error = { 0 }, *told = &tls_error;
	pthread_mutex_lock(&ep->lock);
	bool known = ep->scheme_known, plain = ep->plain;
	pthread_mutex_unlock(&ep->lock);
	q->allow_downgrade = plain || ep->opt->insecure;
	q->url = endpoint_url(ep, a, path, plain);
	if (!q->url.p)
		return error_nomem(err);
	int r = http_send(ep->http, a, q, ret, known ? err : &tls_error);
	if (known)
		return r;
	bool fallback = !ep->scheme_fixed && (ep->opt->insecure || url_host_is_loopback(ep->host));
	/* Something that speaks no TLS breaks the handshake off or is not there at all; a bad certificate is no reason to do without. */
	if (r < 0 && fallback && ret->status == 0 &&
	    (ret->failure == HTTP_FAIL_TLS || ret->failure == HTTP_FAIL_CONNECT || ret->failure == HTTP_FAIL_TRANSFER)) {
		struct http_response second;
		q->allow_downgrade = true;
		q->url = endpoint_url(ep, a, path, true);
		if (!q->url.p)
			return error_nomem(err);
		int r2 = http_send(ep->http, a, q, &second, &plain_error);
		if (r2 == 0 || second.status) {
			*ret = second;
			r = r2;
			plain = true;
			told = &plain_error;
			log_debug("registry %.*s: plain http", STR_FMT(ep->name));
		}
	}
	if (r == 0 || ret->status) {
		pthread_mutex_lock(&ep->lock);
		ep->scheme_known = true;
		ep->plain = plain;
		pthread_mutex_unlock(&ep->lock);
	}
	if (r < 0 && err)
		*err = *told;
	return r;
}

int registry_endpoint_send(struct registry_endpoint *ep, struct arena *a, struct str path, const struct http_request *q, struct http_response *ret,
			   struct error *err)
{
	struct http_request with = *q;
	*ret = (struct http_response){ .failure = HTTP_FAIL_OTHER };
	for (int round = 0;; round++) {
		uint64_t generation;
		int r = current_authorization(ep, a, &with.authorization, &generation, err);
		if (r < 0)
			return r;
		with.tls = &ep->tls;
		r = send_by_scheme(ep, a, path, &with, ret, err);
		if (r < 0 || ret->status != 401)
			return r;
		struct url asked, answered;
		if (url_parse(with.url, &asked, err) < 0 || url_parse(ret->url, &answered, err) < 0 || !url_same_origin(&asked, &answered))
			return error_set(err, ERR_AUTH, "%.*s redirects to a host that wants credentials of its own", STR_FMT(ep->name));
		pthread_mutex_lock(&ep->lock);
		/* Another thread may have got a new token meanwhile. */
		if (round < 2 && ep->generation != generation)
			r = 0;
		else if (round < 2)
			r = answer_challenge(ep, a, ret, err);
		else
			r = error_set(err, ERR_AUTH, "%.*s refuses the token that its token server gave", STR_FMT(ep->name));
		pthread_mutex_unlock(&ep->lock);
		if (r < 0)
			return r;
	}
}
