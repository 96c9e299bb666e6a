/* SPDX-License-Identifier: GPL-2.0 */
/* Stalls and waits in words: a text, how wide it is, and the names of the functions in it. */
#ifndef IPITRACE_TESTS_STALL_TEXT_H
#define IPITRACE_TESTS_STALL_TEXT_H

#include "model/incident.h"
#include "model/moment.h"
#include "model/names.h"
#include "stalls.h"
#include "view/text/views.h"

static char text[STALL_TEXT];

static inline void name(void *ctx, struct symbol *symbol, bool func)
{
	if (symbol->addr == SPIN) {
		symbol->name = "ipi_bad_spinning";
		symbol->module = "ipigen";
	} else if (symbol->addr == FLUSH) {
		symbol->name = "flush_tlb_func";
	}
}

static const struct naming naming = { .symbol = name };

static inline int widest(const char *s)
{
	int width = 0, max = 0;

	for (; *s; s++) {
		width = *s == '\n' ? 0 : width + ((*s & 0xc0) != 0x80);
		max = width > max ? width : max;
	}
	return max;
}

#endif /* IPITRACE_TESTS_STALL_TEXT_H */
