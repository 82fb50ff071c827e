#include "format/oci/challenge.h"

#define CHALLENGES_MAX 16
#define PARAMS_MAX     32

struct cursor {
	const char *p, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

static bool skip_char(struct cursor *c, char ch)
{
	if (c->p >= c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static bool is_tchar(char ch)
{
	return char_is_alnum(ch) || char_is_one_of(ch, "!#$%&'*+-.^_`|~");
}

static struct str take_token(struct cursor *c)
{
	const char *start = c->p;
	while (c->p < c->end && is_tchar(*c->p))
		c->p++;
	return str_make(start, (size_t)(c->p - start));
}

/* After the opening quote. */
static int take_quoted(struct arena *a, struct cursor *c, struct str *ret, struct error *err)
{
	const char *close = c->p;
	while (close < c->end && *close != '"')
		close += *close == '\\' && close + 1 < c->end ? 2 : 1;
	char *out = arena_alloc_aligned(a, (size_t)(close - c->p) + 1, 1);
	size_t n = 0;
	if (!out)
		return error_nomem(err);
	while (c->p < c->end && *c->p != '"') {
		if (*c->p == '\\' && ++c->p == c->end)
			break;
		if ((unsigned char)*c->p < ' ' && *c->p != '\t')
			return error_set(err, ERR_FORMAT, "WWW-Authenticate: control character in a value");
		out[n++] = *c->p++;
	}
	if (!skip_char(c, '"'))
		return error_set(err, ERR_FORMAT, "WWW-Authenticate: unterminated quote");
	*ret = str_make(out, n);
	return 0;
}

/* name [space] = [space] value; the name is taken already and '=' comes next. */
static int take_param(struct arena *a, struct cursor *c, struct str name, struct auth_challenge *to, struct error *err)
{
	struct auth_param param = { .name = name };
	skip_char(c, '=');
	skip_space(c);
	if (skip_char(c, '"')) {
		int r = take_quoted(a, c, &param.value, err);
		if (r < 0)
			return r;
	} else {
		/* Not a strict token: some servers leave quotes out around addresses. */
		const char *start = c->p;
		while (c->p < c->end && *c->p != ',' && *c->p != ' ' && *c->p != '\t' && *c->p != '"')
			c->p++;
		param.value = str_make(start, (size_t)(c->p - start));
	}
	if (to->params.n >= PARAMS_MAX)
		return error_set(err, ERR_FORMAT, "WWW-Authenticate: more than %d parameters", PARAMS_MAX);
	return vec_push(a, &to->params, param) ? 0 : error_nomem(err);
}

/* After a scheme and a space: is what follows token68, that is, base64 up to a comma or the end? */
static bool take_token68(struct cursor *c, struct str *ret)
{
	const char *p = c->p;
	while (p < c->end && (char_is_alnum(*p) || char_is_one_of(*p, "-._~+/")))
		p++;
	const char *body = p;
	while (p < c->end && *p == '=')
		p++;
	const char *end = p;
	while (p < c->end && (*p == ' ' || *p == '\t'))
		p++;
	if (body == c->p || (p < c->end && *p != ','))
		return false;
	*ret = str_make(c->p, (size_t)(end - c->p));
	c->p = p;
	return true;
}

int auth_challenges_parse(struct arena *a, struct str header, struct auth_challenge_vec *list, struct error *err)
{
	struct cursor c = { header.p, header.p ? header.p + header.n : header.p };
	struct auth_challenge *current = NULL;
	while (true) {
		skip_space(&c);
		if (c.p == c.end)
			return 0;
		if (skip_char(&c, ','))
			continue;
		struct str name = take_token(&c);
		if (!name.n)
			return error_set(err, ERR_FORMAT, "WWW-Authenticate: unexpected character");
		bool space = c.p < c.end && (*c.p == ' ' || *c.p == '\t');
		skip_space(&c);
		if (c.p < c.end && *c.p == '=' && current) {
			int r = take_param(a, &c, name, current, err);
			if (r < 0)
				return r;
			continue;
		}
		if (list->n >= CHALLENGES_MAX)
			return error_set(err, ERR_FORMAT, "WWW-Authenticate: more than %d challenges", CHALLENGES_MAX);
		current = vec_add(a, list);
		if (!current)
			return error_nomem(err);
		current->scheme = name;
		if (!space || c.p == c.end || *c.p == ',')
			continue;
		take_token68(&c, &current->token68);
	}
}

const struct auth_challenge *auth_challenge_find(const struct auth_challenge_vec *list, struct str scheme)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq_nocase(list->v[i].scheme, scheme))
			return &list->v[i];
	return NULL;
}

struct str auth_challenge_param(const struct auth_challenge *c, struct str name)
{
	for (size_t i = 0; i < c->params.n; i++)
		if (str_eq_nocase(c->params.v[i].name, name))
			return c->params.v[i].value;
	return STR_NONE;
}
