// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stdio.h>

#include "ipiload.h"

static int run(const struct options *opts)
{
	const char *missing = load_missing(opts->load);
	struct run *run;
	int status, written;

	if (missing) {
		fprintf(stderr, "ipiload: %s: %s\n", opts->load->name, missing);
		return EXIT_CANNOT;
	}
	if (!opts->quiet && !opts->receivers && opts->senders == 1)
		fprintf(stderr, "ipiload: no receiver: the calls will have nobody to interrupt\n");
	run = run_new(opts);
	if (!run) {
		perror("ipiload: no memory");
		return EXIT_FAILED;
	}
	status = run_loads(run);
	written = report_print(run);
	return status ? status : written;
}

int main(int argc, char **argv)
{
	struct options opts;
	enum action action;
	int err = options_parse(argc, argv, &opts, &action);

	if (err)
		return err;
	/* A reader that has left makes a write fail; finish_stdout() handles that. */
	signal(SIGPIPE, SIG_IGN);
	switch (action) {
	case ACTION_HELP:
		options_help();
		return finish_stdout();
	case ACTION_LIST:
	case ACTION_LIST_JSON:
		return report_list(action == ACTION_LIST_JSON);
	case ACTION_RUN:
		break;
	}
	return run(&opts);
}
