/* The shortest list of upgrades that removes the most findings.
 *
 *   findings of packages ──group by what is upgraded as one──> step: "upgrade openssl to 1.1.1w-0+deb11u1: 14 findings gone"
 *
 * A step is a source package of the distribution (its binary packages are upgraded together), a package of one lock file or binary, or all copies of one version of an
 * installed language package. Each finding belongs to one step at most, so taking steps by the score they remove is optimal for every length of the list.
 * The version is the lowest of the known fixes that removes the most score; it is never below the installed one. Where several branches have fixes ("3.1.13, 3.2.5")
 * a version counts as fixed only on the branch of a fix at or below it (see resolves() in plan.c): when in doubt a finding stays.
 * Suppressed findings are left out. Pure, all on the arena; findings are indices into report.findings. Cost: findings of a package × its distinct fixes, at most
 * PLAN_CANDIDATES_MAX of them. */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H
#include "base/error.h"
#include "model/finding.h"

#define PLAN_CANDIDATES_MAX 256

struct plan_step {
	enum package_kind kind;
	struct str name;      /* source package for those of the distribution */
	struct str from, to;  /* versions */
	struct str path;      /* lock file, binary or archive; empty for packages of the distribution */
	size_t packages;      /* how many binary packages or copies are upgraded */
	uint32_t layer;       /* 1-based number of the lowest layer they are in; 0 unknown */
	bool base;            /* … which belongs to the base image */
	bool indirect;        /* only another dependency needs it */
	bool exploited;       /* removes something in CISA's catalogue */
	struct u32_vec gone;  /* findings it removes */
	size_t left;          /* findings of the same packages that stay: no fix, or none on this branch */
	size_t by_severity[SEVERITY_COUNT]; /* of gone */
	uint32_t score;       /* sum of what is gone, in tenths */
};
VEC_DECLARE(plan_step_vec, struct plan_step);
struct plan {
	struct plan_step_vec steps; /* what removes the most score first; ties by count, name, version, path */
	size_t findings;            /* vulnerabilities of packages that were looked at */
	size_t gone;                /* by all steps */
	size_t unfixed;             /* no version fixes them yet */
	uint32_t base_layers;       /* of report.base */
};
/* Findings must be scored (engine/score). */
int plan_make(struct arena *a, const struct report *r, struct plan *ret, struct error *err);

/* "upgrade openssl to 1.1.1n-0+deb11u4: 2 findings gone", and where: "in base image layer 1", "in app/package-lock.json, line 12" … p NULL: no memory. */
struct str plan_step_text(struct arena *a, const struct plan_step *s);
struct str plan_step_place(struct arena *a, const struct plan_step *s);
#endif
