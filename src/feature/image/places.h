/* Package databases and release files that lie elsewhere: an image may have /var/lib/dpkg, a parent of it or the database itself as a symbolic
 * link, across layers and through chains. Layers are read one by one, each without knowing the others' links; so the finished image says
 * where each place leads, and only when that is somewhere nobody looked (hardly ever) the layers are read once more with aliases.
 *
 *   places_list -> overlay_apply (redirects) -> places_aliases -> layers_analyze with aliases -> overlay_apply -> places_report
 *
 * Everything lies on the arena. Errors: ERR_NOMEM. */
#ifndef FEATURE_IMAGE_PLACES_H
#define FEATURE_IMAGE_PLACES_H
#include "engine/overlay/overlay.h"
#include "source/layer/layer.h"

/* The places of all rows of the analyzers' table. */
int places_list(struct arena *a, struct str_vec *ret, struct error *err);
/* Of the redirects those that lead where no row looks; release files only when the layers tell nothing better. Links in a circle are diagnostics. */
int places_aliases(struct arena *a, const struct overlay_redirect_vec *redirects, const struct layer_facts *const *layers, size_t layer_count,
		   struct walk_alias_vec *ret, struct diags *diags, struct error *err);
/* A diagnostic for each kind of database that links lead to and that is not there. */
void places_report(const struct walk_alias_vec *aliases, const struct layer_facts *const *layers, size_t layer_count, struct diags *diags);
#endif
