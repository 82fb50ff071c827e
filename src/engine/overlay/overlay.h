/* Layers -> image: applies layers bottom-up as overlayfs does (whiteouts, opaque directories, replaced files and directories, symbolic
 * links such as a merged /usr), picks the distribution, joins dpkg's file lists to their packages, and says which OS package owns which
 * language package. What was observed in files of lower layers stays, marked as deleted when it is out of sight: everybody who pulls the image
 * has it. OCI image-spec layer.md, "Applying Changesets". */
#ifndef ENGINE_OVERLAY_H
#define ENGINE_OVERLAY_H
#include "base/error.h"
#include "model/image.h"

/* A place whose file lies elsewhere: symbolic links lead there. */
struct overlay_redirect {
	struct str place, real; /* both end in '/' for folders */
	bool circle;            /* the links lead nowhere: real is not to be relied on */
};
VEC_DECLARE(overlay_redirect_vec, struct overlay_redirect);

struct overlay_options {
	bool lock_files; /* keep packages that only lock files name (in images default off, as Trivy; Cargo.lock is always kept) */
	/* Files, and folders ("…/"), that are looked for by their path. Those that lie elsewhere in the finished image (also single files of the
	 * folders) are appended to *redirects. */
	const struct str *places;
	size_t place_count;
	struct overlay_redirect_vec *redirects; /* NULL: not asked for */
};
/* layers[i] may be NULL for a layer that could not be read (the caller adds that diagnostic). Result on the arena; strings borrowed from the layers. */
int overlay_apply(struct arena *a, const struct layer_facts *const *layers, size_t layer_count, const struct overlay_options *opt,
		  struct image_facts *ret, struct error *err);
#endif
