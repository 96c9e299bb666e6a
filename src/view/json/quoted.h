/* SPDX-License-Identifier: GPL-2.0 */
/* A string as a JSON string, for text that is put together by hand. */
#ifndef IPITRACE_VIEW_JSON_QUOTED_H
#define IPITRACE_VIEW_JSON_QUOTED_H

/* The caller frees the result; NULL without memory. */
char *json__quoted(const char *s);

#endif /* IPITRACE_VIEW_JSON_QUOTED_H */
