/* SPDX-License-Identifier: GPL-2.0 */
/* The command line as plain data. */
#ifndef IPITRACE_CLI_OPTIONS_H
#define IPITRACE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "cli/commands.h"
#include "cli/match.h"
#include "model/isolation.h"

/* The default of --threshold, ns. */
#define THRESHOLD_DEFAULT 1000000ULL

/* The default of --backtrace's value, ns. */
#define BACKTRACE_DEFAULT 10000000ULL

/* The defaults of `serve`: the address, and the functions with a series of their own. */
#define LISTEN_DEFAULT	      "127.0.0.1:9464"
#define MAX_FUNCTIONS_DEFAULT 128
#define MAX_FUNCTIONS_MOST    4096

/* How many csds a timeline shows: some 200 MB, which the viewer still opens at once. */
#define LIMIT_DEFAULT 1000000U

/* The range of --buffer, records; both are powers of two. */
#define BUFFER_MIN 1024U
#define BUFFER_MAX (1U << 22)

/* The least of --max-size: two parts, each with room for some frames. */
#define MAX_SIZE_MIN (4ULL << 20)

enum rank_by {
	RANK_FUNCTION,
	RANK_SENDER,
	RANK_VICTIM,
	RANK_CGROUP,
	RANK_CPU,
	NR_RANKS,
};

/* The values of --by. */
extern const char *const rank_names[NR_RANKS];

struct cpu_list {
	bool given;
	struct cpuset set;
};

/* The flight recorder: the default of SIZE and its least, of --max-files; the time after. */
#define FLIGHT_SIZE_DEFAULT  (64ULL << 20)
#define FLIGHT_SIZE_MIN	     (8ULL << 20)
#define FLIGHT_SPAN_MAX	     3600000000000ULL
#define FLIGHT_FILES_DEFAULT 10
#define FLIGHT_FILES_MAX     10000
#define FLIGHT_AFTER_NS	     2000000000ULL

/* --on: what has a file written. */
struct flight_conditions {
	bool stall;
	bool storm;
	uint64_t threshold; /* of stalls, ns; 0: not given */
	uint64_t delay; /* ns; 0: not given */
};

/* --flight SPAN[,SIZE] and what goes with it. */
struct flight_options {
	uint64_t span; /* ns; 0: no flight recorder */
	uint64_t size; /* bytes */
	struct flight_conditions on;
	const char *exec; /* NULL: not given */
	uint32_t signal; /* a process; 0: not given */
	bool exit;
	uint32_t max_files; /* 0: not given */
};

/* A time in a capture. */
struct report_time {
	enum {
		REPORT_TIME_NONE, /* not given */
		REPORT_TIME_AFTER, /* seconds after the capture's beginning */
		REPORT_TIME_OF_DAY, /* seconds after midnight, local time */
		REPORT_TIME_DATE, /* seconds since 1970 */
	} of;
	double seconds;
};

/* All zero bytes: no option was given. */
struct options {
	enum command_id command;
	bool command_named; /* false: the default command */
	double duration; /* seconds; 0: not given */
	double interval; /* seconds; 0: not given */
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	bool version;
	struct cpu_list cpus; /* either end */
	struct cpu_list src;
	struct cpu_list dst;
	struct cpu_list housekeeping;
	uint32_t pid; /* 0: all */
	enum rank_by by;
	uint64_t threshold; /* ns; 0: not given */
	uint32_t phases; /* of stalls, a bit for each enum stall_phase; 0: not given */
	uint64_t backtrace; /* ns; 0: not given */
	bool exit_code;
	const char *vmcore; /* a dump; NULL: this machine */
	const char *btf; /* of the dump's kernel; NULL: the dump's own */
	uint32_t record_kinds; /* a bit for each enum ipi_kind; 0: not given */
	uint64_t min_delay; /* ns; 0: not given */
	uint64_t min_handler; /* ns; 0: not given */
	uint64_t min_wait; /* ns; 0: not given */
	uint32_t buffer; /* records, a power of two; 0: not given */
	double storm_rate; /* csds a second on one CPU; 0: not given */
	double storm_share; /* percent of CPU time; 0: not given */
	double storm_rise; /* a multiple; 0: not given */
	bool stacks;
	bool calls;
	bool no_user; /* leave the user's side of stacks alone */
	bool all_kinds; /* follow the interrupts themselves */
	bool self;
	bool full; /* the report with all figures */
	bool scroll; /* pages one below the other, on a terminal too */
	const char *func; /* a list of globs (match.h); NULL: all */
	char func_list[GLOBS_BYTES]; /* to which func points */
	const char *ready_file; /* NULL: none */
	const char *listen; /* ADDR:PORT as given; NULL: not given */
	const char *host; /* names of this host, a list; NULL: not given */
	const char *textfile; /* NULL: none */
	uint32_t max_functions; /* 0: not given */
	uint32_t series; /* the budget; 0: not given */
	bool details; /* names of tasks and cgroups on the page */
	bool no_page; /* metrics alone */
	bool events; /* stalls and storms on stdout */
	bool per_cpu; /* no budget: series for each CPU */
	bool folded; /* stacks for flame graphs */
	bool diff; /* operands are two captures to compare */
	double tolerance; /* percent; 0: not given */
	struct report_time since, until;
	struct gate gate; /* --allow, --max-interruption */
	const char *output; /* NULL: not given */
	bool trace; /* record each csd too */
	uint64_t max_size; /* bytes; 0: not given */
	struct flight_options flight;
	const char *html; /* a file; NULL: none */
	const char *perfetto; /* a file; NULL: none */
	uint32_t limit; /* csds of a timeline; 0: not given */
	char **operands; /* words behind the command that are no options */
	int nr_operands;
	char **words; /* of the command line, up to PROGRAM */
	int nr_words;
	char **program; /* NULL-terminated; NULL: none */
};

/*
 * Parse the command line. The strings stay @argv's. Returns 0, or -EINVAL with
 * one line in @why (@size bytes) that says what is wrong and which --help to
 * read. Checked first to last: unknown options and bad values, in the order of
 * the words; the command; whether the command uses each option.
 */
int options__parse(struct options *opts, int argc, char **argv, char *why, size_t size);

/* The window's length in seconds. */
double options__window(const struct options *opts);

/* An interval that no run reaches: its only window ends with the run. */
#define WHOLE_RUN 1e9

/* Whether a text about PROGRAM is of its whole run: nothing else is asked for. */
bool options__whole_run(const struct options *opts);

#endif /* IPITRACE_CLI_OPTIONS_H */
