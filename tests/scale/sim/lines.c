// SPDX-License-Identifier: GPL-2.0
/*
 * lines [-abj] [-s PROGRAM:N] CAPTURE...
 * lines -t
 *
 * Each capture is a folder that is named by its number of CPUs. The selftest
 * runs first; -t: alone. -a: what moves in each workload and size; -b: tables
 * alone; -j: JSON; -s: a planted fault, each N-th run of PROGRAM is left out.
 * Status 1: a csd was not followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/exit_status.h"
#include "fail.h"
#include "machine.h"
#include "results.h"
#include "selftest.h"

static bool brief, all, json, test_only;

static int usage(void)
{
	fputs("lines: usage: lines [-abj] [-s PROGRAM:N] CAPTURE... | lines -t\n", stderr);
	return EXIT_USAGE;
}

static bool skip_option(char *value)
{
	char *colon = strchr(value, ':');
	uint64_t nth = colon ? strtoull(colon + 1, NULL, 10) : 0;

	if (!nth)
		return false;
	*colon = '\0';
	fire_skips(value, nth);
	return true;
}

static bool options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "abjs:t")) != -1) {
		if (opt == '?' || (opt == 's' && !skip_option(optarg)))
			return false;
		all |= opt == 'a';
		brief |= opt == 'b';
		json |= opt == 'j';
		test_only |= opt == 't';
	}
	return test_only == (optind == argc) && argc - optind <= SIZES_MAX;
}

static void capture_measure(const char *dir)
{
	const char *slash = strrchr(dir, '/');
	uint32_t nr_cpus = strtoul(slash ? slash + 1 : dir, NULL, 10);

	if (nr_cpus < 2 || nr_cpus > CPUS_MAX)
		fail("%s: from 2 to %d CPUs", dir, CPUS_MAX);
	results.sizes[results.nr_sizes] = sim.nr_cpus = nr_cpus;
	capture_load(dir, nr_cpus);
	for (int w = 0; w < NR_WORKLOADS; w++)
		measure(w, results.nr_sizes);
	results.nr_sizes++;
}

static bool all_whole(void)
{
	for (int w = 0; w < NR_WORKLOADS; w++)
		for (int i = 0; i < results.nr_sizes; i++)
			if (!result_is_whole(&results.of[w][i]))
				return false;
	return true;
}

int main(int argc, char **argv)
{
	int right;

	opterr = 0;
	if (!options(argc, argv))
		return usage();
	machine_open();
	right = selftest();
	if (test_only) {
		printf("%d results are right\n", right);
		return EXIT_DONE;
	}
	for (; optind < argc; optind++)
		capture_measure(argv[optind]);
	if (json)
		results_json();
	else
		report(brief, all);
	if (all_whole())
		return EXIT_DONE;
	fflush(stdout);
	fputs("lines: not every csd was followed\n", stderr);
	return EXIT_FOUND;
}
