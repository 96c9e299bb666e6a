// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include "view/top/history.h"

static void forget_oldest(struct history *history)
{
	history->bytes -= history->windows[0]->bytes;
	kept__free(history->windows[0]);
	history->nr--;
	memmove(history->windows, history->windows + 1, history->nr * sizeof(*history->windows));
}

int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns)
{
	struct kept *kept = kept__new(snap);
	uint64_t end = snap->window.mono_end;

	if (!kept)
		return -ENOMEM;
	kept->own_ns = own_ns;
	if (history->nr == HISTORY_MOST)
		forget_oldest(history);
	history->windows[history->nr++] = kept;
	history->bytes += kept->bytes;
	/* One window stays, however large. */
	while (history->nr > 1 && (history->bytes > HISTORY_BYTES ||
				   history->windows[0]->snap.window.mono_start + HISTORY_NS < end))
		forget_oldest(history);
	return 0;
}

const struct kept *history__get(const struct history *history, size_t back)
{
	return back < history->nr ? history->windows[history->nr - 1 - back] : NULL;
}

void history__free(struct history *history)
{
	while (history->nr)
		forget_oldest(history);
}
