/* SPDX-License-Identifier: GPL-2.0 */
/* A bin as the scripts read it: JSON, whose arrays' items data.js names. */
#ifndef IPITRACE_VIEW_HTML_BIN_JSON_H
#define IPITRACE_VIEW_HTML_BIN_JSON_H

#include <stdint.h>
#include <stdio.h>
#include "view/html/bins.h"

/* The version of the data, for the scripts. */
#define PAGE_FORMAT 1

/* @bin with its times in ns from @first on. Errors of @file are the caller's to check. */
void bin_json__put(FILE *file, const struct bin *bin, uint64_t first);

/* [src, dst, count, src, dst, count...] of the pairs that have a csd. */
void bin_json__put_edges(FILE *file, const struct edges *edges);

#endif /* IPITRACE_VIEW_HTML_BIN_JSON_H */
