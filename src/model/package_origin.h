/* Who made an operating-system package: the distribution, or somebody else whose packages the distribution's advisories do not know (Docker's,
 * NodeSource's, a company's own). The files of such packages are judged by their own ecosystem's data.
 * rpm: the VENDOR tag, which every distribution sets. deb: Debian's own maintainers are people with addresses of all kinds, so only makers known
 * to publish their own repositories are told apart, by words of the Maintainer field. apk: no such field, always the distribution's. */
#ifndef MODEL_PACKAGE_ORIGIN_H
#define MODEL_PACKAGE_ORIGIN_H
#include "model/package.h"

bool package_is_third_party(const struct package *p);
#endif
