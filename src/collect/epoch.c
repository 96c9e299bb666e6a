// SPDX-License-Identifier: GPL-2.0
#include <time.h>
#include "base/clock.h"
#include "collect/epoch.h"
#include "model/window.h"

void epoch__begin(volatile uint32_t *word, uint32_t epoch, struct window *window)
{
	clock_gettime(CLOCK_REALTIME, &window->start);
	window->mono_start = mono_ns();
	__atomic_store_n(word, epoch, __ATOMIC_SEQ_CST);
}
