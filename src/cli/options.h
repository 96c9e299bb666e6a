/* SPDX-License-Identifier: GPL-2.0 */
/* The command line. */
#ifndef IPITRACE_CLI_OPTIONS_H
#define IPITRACE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cpuset.h"

/* What is a stall unless --threshold says otherwise, ns. */
#define THRESHOLD_DEFAULT 1000000ULL

/* Where `serve` listens, and the functions that it tells apart, unless told. */
#define LISTEN_DEFAULT	      "127.0.0.1:9464"
#define MAX_FUNCTIONS_DEFAULT 128
#define MAX_FUNCTIONS_MOST    4096

/* What --buffer takes, records; powers of two. */
#define BUFFER_MIN 1024U
#define BUFFER_MAX (1U << 22)

enum rank_by {
	RANK_FUNCTION,
	RANK_SENDER,
	RANK_VICTIM,
	RANK_CGROUP,
	RANK_CPU,
	NR_RANKS,
};

/* Their names, for --by and in JSON. */
extern const char *const rank_names[NR_RANKS];

struct options {
	const char *command; /* NULL: none named */
	double duration; /* seconds; 0: not given */
	double interval; /* seconds; 0: not given */
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	bool version;
	bool has_cpus;
	struct cpuset cpus; /* either end */
	bool has_src;
	struct cpuset src;
	bool has_dst;
	struct cpuset dst;
	bool has_housekeeping;
	struct cpuset housekeeping;
	uint32_t pid; /* 0: all */
	enum rank_by by;
	uint64_t threshold; /* ns; 0: not given */
	bool exit_code;
	uint32_t record_kinds; /* a bit for each enum ipi_kind; 0: not given */
	uint64_t min_delay; /* ns; 0: not given */
	uint64_t min_handler;
	uint32_t buffer; /* records; 0: not given */
	double storm_rate; /* csds a second on one CPU; 0: not given */
	double storm_share; /* of CPU time, percent; 0: not given */
	double storm_rise; /* a multiple; 0: not given */
	bool stacks;
	bool all_kinds; /* follow the interrupts themselves */
	bool self;
	const char *func; /* NULL: all */
	const char *ready_file;
	const char *listen; /* ADDR:PORT as given; NULL: not given */
	const char *textfile; /* NULL: none */
	uint32_t max_functions; /* 0: not given */
	char **program; /* NULL-terminated; NULL: none */
};

/*
 * Parse. Returns 0, or -EINVAL with one line in @why (@size bytes) that
 * names the option and its value. The strings stay @argv's.
 */
int options__parse(struct options *opts, int argc, char **argv, char *why, size_t size);

/* The options' part of the help text, to stdout. */
void options__help(void);

/* The window's length in seconds. */
double options__window(const struct options *opts);

#endif /* IPITRACE_CLI_OPTIONS_H */
