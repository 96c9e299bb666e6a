/* SPDX-License-Identifier: GPL-2.0 */
/* The page without its data: page.html with styles and scripts in it, as build.mk joins them. */
#ifndef IPITRACE_VIEW_HTML_PAGE_PARTS_H
#define IPITRACE_VIEW_HTML_PAGE_PARTS_H

#include <stdio.h>

/*
 * The page up to its data. Its Content-Security-Policy lets nothing load, and the page's own
 * script and styles apply; @policy: what it is allowed besides, "; connect-src ..." or "".
 */
void page_parts__begin(FILE *file, const char *policy);

extern const char page_tail[]; /* behind the data */

/*
 * JSON inside a script element: a name like "</script>" must not end the element, so no
 * '<' is left. In JSON '<' stands in strings only, where an escape may take its place.
 */
void page_parts__put_json(FILE *file, const char *json);

#endif /* IPITRACE_VIEW_HTML_PAGE_PARTS_H */
