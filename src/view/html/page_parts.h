/* SPDX-License-Identifier: GPL-2.0 */
/* The page without its data: page.html with styles and scripts in it, as build.mk joins them. */
#ifndef IPITRACE_VIEW_HTML_PAGE_PARTS_H
#define IPITRACE_VIEW_HTML_PAGE_PARTS_H

extern const char page_head[]; /* up to the data */
extern const char page_tail[];

#endif /* IPITRACE_VIEW_HTML_PAGE_PARTS_H */
