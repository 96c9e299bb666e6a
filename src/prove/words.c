// SPDX-License-Identifier: GPL-2.0
#include "prove/page.h"

const char *const proof_measure_keys[] = { "delay", "handler" };
const char *const proof_mark_keys[] = { "queue", "entry", "exit" };
const char *const proof_side_keys[] = { "ipitrace", "ftrace" };

const char *proof__func(const struct proof_report *report, uint64_t func)
{
	struct symbol symbol = {};

	if (report->names)
		symbol = names__symbol(report->names, func);
	if (!symbol.name)
		return "?";
	return symbol.module && !report->details ? "of a module" : symbol.name;
}
