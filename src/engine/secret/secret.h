/* Secrets in files: rules (built in: data/secrets.rules; one's own: format/secretfile) on text -> observations without the secrets.
 *
 *   text ──first look: vectorscan, all built-in rules at once──> rules ──exactly: RE2, entropy, allow rules──> places ──merged, redacted──> observations
 *
 * A secret_ruleset is made once and shared, read-only, by threads and forked workers; a secret_scanner belongs to one thread. What is found is told
 * with the secret, and every other one in the lines around it, replaced by stars: no secret leaves this folder but to who has to star it out elsewhere
 * (secret_scan_text).
 *
 * Which files are looked at at all: secret_wants, secret_sniff (secret_paths.c has the tables, docs/secrets.md the list).
 * Files of any size are read by parts (SECRET_PART_BYTES, overlapping). At most SECRETS_PER_FILE observations a file; more become a warning.
 * Cost: the first look runs at some GB/s; a file in which a rule's first look finds something is read once more for each such rule. */
#ifndef ENGINE_SECRET_H
#define ENGINE_SECRET_H
#include "base/diag.h"
#include "base/input.h"
#include "base/patterns.h"
#include "format/secretfile/secretfile.h"
#include "model/observation.h"

#define SECRET_SCANNER_VERSION 1 /* part of the cache key: raise it when the same rules and bytes give other observations */
#define SECRETS_PER_FILE       500
#define SECRET_PART_BYTES      (4u << 20)
#define SECRET_OVERLAP_BYTES   (32u << 10) /* of parts: the longest secret that is surely found across them */
#define SECRET_MIN_BYTES       10

struct secret_ruleset;
/* config: rules of one's own, or NULL; borrowed. ERR_FORMAT: an expression that does not compile (file and line), ERR_UNSUPPORTED: this machine
 * cannot run the built-in rules. On the arena, but for compiled expressions: secret_ruleset_close. */
int secret_ruleset_open(struct arena *a, const struct patterns *patterns, const struct secretfile *config, struct secret_ruleset **ret, struct error *err);
void secret_ruleset_close(struct secret_ruleset *set); /* NULL-safe */
/* Of all rules: part of the layer cache's key. */
uint64_t secret_ruleset_fingerprint(const struct secret_ruleset *set);

struct secret_scanner;
struct secret_scanner *secret_scanner_new(const struct secret_ruleset *set); /* NULL: no memory */
void secret_scanner_free(struct secret_scanner *s);
/* Appends what is found in the file. in->name is its path. Text that is none (control characters at its beginning) gives nothing. */
int secret_scan(struct secret_scanner *s, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err);

/* The same for a short text in memory; `secrets` (may be NULL) gets what was found itself, views of the text, so that the caller can star it out. */
int secret_scan_text(struct secret_scanner *s, struct arena *a, struct str path, struct str text, struct observation_vec *out, struct str_vec *secrets,
		     struct diags *diags, struct error *err);

/* Whether a file of this path may hold secrets: neither package manager data nor libraries' own files, test data, lock files, media … size 0: not known. */
bool secret_wants(struct str path, uint32_t mode, uint64_t size);
/* Whether these first bytes look like text. */
bool secret_sniff(const unsigned char *head, size_t n);
#endif
