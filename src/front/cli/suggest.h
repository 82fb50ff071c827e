/* The nearest right spelling of a mistyped word, and characters that word processors put in place of the ones a shell needs.
 * Pure functions; cost O(length²) a candidate, words are cut at 64 bytes. */
#ifndef FRONT_SUGGEST_H
#define FRONT_SUGGEST_H
#include "base/error.h"
#include "base/str.h"

/* Edits (insert, delete, replace, swap of neighbours) between two words, case ignored. */
size_t suggest_distance(struct str a, struct str b);

/* Keeps the nearest of many candidates: suggest_offer for each, then .best is NULL when none is near enough to be meant. */
struct suggestion {
	struct str word;
	const char *best;
	size_t distance;
};
void suggest_offer(struct suggestion *s, const char *candidate);

/* A command-line word as pasted from an article: a typographic dash at its beginning (or after a first '-'), typographic quotes around it or its value,
 * a no-break space in it, a full-width comma in an option. ERR_USAGE with a text that names each wrong character (U+2013 EN DASH) and the correct
 * spelling; 0 when there is nothing of the kind, or when it may well be a file's name. */
int typography_check(struct str word, struct error *err);
/* As typography_check, for a word that is known to be wrong: every such character counts. */
int typography_name(struct str word, struct error *err);
#endif
