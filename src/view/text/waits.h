/* SPDX-License-Identifier: GPL-2.0 */
/* Who waits for whom at one moment, as a tree of CPUs and senders. */
#ifndef IPITRACE_VIEW_TEXT_WAITS_H
#define IPITRACE_VIEW_TEXT_WAITS_H

#include "model/moment.h"
#include "model/symbol.h"

/* Names @symbol, a function's address. */
typedef void waits_name_fn(void *ctx, struct symbol *symbol);

/* Whether a sender waits longer than @threshold ns. */
bool view__waits_any(const struct moment *moment, uint64_t threshold);

/* Each into @buf; returns the length, 0 if there is no room. */
size_t view__waits(char *buf, size_t size, const struct moment *moment, waits_name_fn *name,
		   void *ctx);
size_t json__waits(char *buf, size_t size, const struct moment *moment, waits_name_fn *name,
		   void *ctx);

#endif /* IPITRACE_VIEW_TEXT_WAITS_H */
