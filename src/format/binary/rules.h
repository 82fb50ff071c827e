/* The table behind binary.h.
 *
 * A text is what stands in the file, byte for byte, with these marks:
 *   %v  the version: two to four numbers, and a pre-release ("1.2.3", "1.2", "1.2.3-rc.1", "15beta4" is %n)
 *   %w  as %v, and what some projects put behind it ("1.1.1w", "9.3p2", "2.7.7p221", "1.8.0_392")
 *   %n  as %v, but one number is enough
 *   %f  the version, which continues the one in the file's name (python3.11: 3.11.2)
 *   %0  one NUL            %z  one or more            %s  one or more spaces
 *   %d  digits             %h  lower-case hex digits  %i  letters, digits, '_', '-'
 *   %?  any one byte       %%  a percent sign
 * Every text without %f has a run of four or more plain bytes, by which it is found. */
#ifndef FORMAT_BINARY_RULES_H
#define FORMAT_BINARY_RULES_H
#include <stdbool.h>
#include <stddef.h>

#define BINARY_TEXTS_MAX 4

struct binary_rule {
	const char *name;   /* of the package */
	const char *cpe;    /* "vendor:product", NULL: none known */
	const char *files;  /* last segments of the path, separated by spaces; a '*' at the end stands for anything */
	const char *texts[BINARY_TEXTS_MAX]; /* the surest first */
	const char *also;   /* plain bytes that must stand somewhere in the file too */
	const char *never;  /* … that must not */
	bool in_text;       /* read in text files only, instead of in programs only */
};
extern const struct binary_rule binary_rules[];
extern const size_t binary_rule_count;
#endif
