/* Which image a scanned one is built on, what of the findings comes from it, and what would be better. Judgement only: no image is read here.
 *
 *   image_info + image_facts (+ layers of images at hand) ──base_image_recognise──> struct base_image (model/base_image.h)
 *   report ──base_image_count──> findings by where they come from          report ──base_image_advise──> struct base_advice_vec
 *
 * What tells, strongest first; a stronger one wins, a weaker one fills in what it leaves open:
 *   1. layers   diff_ids of an image at hand are the lowest of this one's (OCI image-spec config.md, rootfs.diff_ids); the longest match wins
 *   2. stated   labels org.opencontainers.image.base.name and .digest (OCI image-spec annotations.md); io.buildpacks.lifecycle.metadata (Buildpacks platform
 *               specification), which names the run image's top layer; Red Hat's com.redhat.component
 *   3. history  created_by of the lower entries: the last instruction of a family's official Dockerfile behind its version variable, marks of builders
 *               (bazel, jib, ko, apko), the root filesystem (debuerreotype, ADD), else the last CMD or ENTRYPOINT that is not the image's own
 *   4. a guess  the environment, then os-release
 *
 * Families, their releases and variants are data/baseimages.tsv (base_table.h). Pure; everything on the arena or borrowed. All text is foreign. Errors: ERR_NOMEM.
 * Cost: linear in the history (BASE_HISTORY_MAX entries are looked at) and in the findings. */
#ifndef ENGINE_BASEIMAGE_H
#define ENGINE_BASEIMAGE_H
#include "base/error.h"
#include "model/finding.h"

#define BASE_HISTORY_MAX 2048

/* An image at hand that may be the base. */
struct base_known {
	struct str name;
	struct str_vec diff_ids;
};
VEC_DECLARE(base_known_vec, struct base_known);
int base_image_recognise(struct arena *a, const struct image_info *image, const struct image_facts *facts, const struct base_known_vec *known, struct base_image *ret,
			 struct error *err);

/* Active vulnerabilities by whose layers they are in; `elsewhere` are in no known layer. All zero but elsewhere when the base's layers are not known. */
struct base_counts {
	size_t base[SEVERITY_COUNT], own[SEVERITY_COUNT];
	size_t base_total, own_total, elsewhere;
};
void base_image_count(const struct report *r, struct base_counts *ret);

/* What to use in the place of the base, best founded first: each candidate (another image's report, judged likewise) with the exact difference between the base's
 * part of r and it; a maintained release, or the newest of this one; smaller variants, with what the package list says they do not carry. Nothing that is not
 * known of is advised: no base, no family or no findings in it give an empty list. r must be judged (filters and suppressions). `today`: days since 1970-01-01. */
int base_image_advise(struct arena *a, const struct report *r, const struct report *const *candidates, size_t candidate_count, int64_t today,
		      struct base_advice_vec *ret, struct error *err);
#endif
