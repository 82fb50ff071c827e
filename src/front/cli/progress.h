/* Progress on standard error when work takes more than a second: on a terminal one line that is rewritten and vanishes at the end, otherwise a line every few
 * seconds. The update function may be called from any thread, one call at a time (image_scan.h). */
#ifndef FRONT_PROGRESS_H
#define FRONT_PROGRESS_H
#include "front/cli/cli.h"

struct progress {
	struct cli *cli;
	bool on;
	uint64_t started_ms, shown_ms;
	bool line_open; /* something stands on the terminal's line */
};
void progress_init(struct progress *p, struct cli *c, bool on);
/* For image_scan_options.progress with the struct progress as context; never cancels. */
int progress_update(void *ctx, struct str what, uint64_t done, uint64_t total);
void progress_end(struct progress *p);
#endif
