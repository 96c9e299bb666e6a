/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_QUOTED_H
#define IPITRACE_VIEW_JSON_QUOTED_H

/* @s as a JSON string, quotes included. The caller frees it; NULL without memory. */
char *json__quoted(const char *s);

#endif /* IPITRACE_VIEW_JSON_QUOTED_H */
