// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: the kernel's log behind sysrq-l, in which anything may stand. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/machine.h"
#include "model/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct backtrace bt = {};

	memcpy(text, data, size);
	text[size] = '\0';
	if (backtrace_text__parse(text, 1, &bt) == BACKTRACE_FOUND) {
		if (bt.nr > STACK_DEPTH || (bt.nr && !backtrace__culprit(&bt)))
			abort();
		for (uint32_t i = 0; i < bt.nr; i++)
			if (!*bt.frames[i].name || strlen(bt.frames[i].name) > 95 ||
			    strlen(bt.frames[i].module) > 55)
				abort();
	}
	free(text);
	return 0;
}
