// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: a command line; zero bytes separate its words. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "cli/options.h"

#define WORDS 16

static void check(const struct options *opts)
{
	const struct cpuset *sets[] = { &opts->cpus.set, &opts->src.set, &opts->dst.set,
					&opts->housekeeping.set };

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		if (cpuset__end(sets[i]) > MAX_CPUS)
			abort();
	}
	if (opts->max_functions > MAX_FUNCTIONS_MOST || opts->by >= NR_RANKS ||
	    opts->command >= NR_COMMANDS)
		abort();
	/* True of NaN too. */
	if (!(options__window(opts) >= 0.001 && options__window(opts) <= 1e9))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "ipitrace";
	char *argv[WORDS + 2] = { name };
	struct options opts;
	char why[512] = "", *text = malloc(size + 1);
	int argc = 1;

	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at < size && argc <= WORDS; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	if (!options__parse(&opts, argc, argv, why, sizeof(why)))
		check(&opts);
	else if (!*why || strpbrk(why, "\n\r\x1b"))
		abort(); /* a refusal is one line, without control characters */
	free(text);
	return 0;
}
