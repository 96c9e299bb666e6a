// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/backtrace.h"

/* Beginnings of the names of functions that spend time for their callers. */
static const char *const helpers[] = {
	"__const_udelay",     "__delay",   "__pv_queued_spin_lock",
	"__raw_spin_lock",    "__udelay",  "_raw_",
	"arch_counter_get",   "delay_",	   "do_raw_spin_lock",
	"ktime_get",	      "kvm_clock", "native_queued_spin_lock",
	"native_sched_clock", "pvclock_",  "queued_",
	"read_hpet",	      "read_tsc",  "rep_nop",
	"sched_clock",
};

static bool is_helper(const struct backtrace_frame *frame)
{
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (!*frame->module && !strncmp(frame->name, helpers[i], strlen(helpers[i])))
			return true;
	return false;
}

const struct backtrace_frame *backtrace__culprit(const struct backtrace *bt)
{
	for (uint32_t i = 0; i < bt->nr; i++)
		if (!is_helper(&bt->frames[i]))
			return &bt->frames[i];
	return bt->nr ? &bt->frames[0] : NULL;
}
