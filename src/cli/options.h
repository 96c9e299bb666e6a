/* SPDX-License-Identifier: GPL-2.0 */
/* The command line: names that a user gives, the commands with the texts of --help, the options. */
#ifndef IPITRACE_CLI_OPTIONS_H
#define IPITRACE_CLI_OPTIONS_H

#include <stdio.h>
#include <string.h>
#include "model/isolation.h"
#include "model/names.h"

/* A user's words: the word that a misspelt one may mean; lists of globs: 'flush_tlb*,ipi_mb'. */

/* Returns the @i-th word. */
typedef const char *nearest_word_fn(size_t i);

/*
 * Find the one of @nr words that is most similar to the first @len bytes of @word. A word is
 * similar if it begins with @word, or differs by up to two letters (one, if @word has four or
 * fewer) that are wrong, missing, superfluous or swapped. NULL if no word is similar.
 */
const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr);

/* Bytes for a list of globs, separated by commas, and so for one glob. */
#define GLOBS_BYTES 1024

/* Copy the next glob of a list to @glob, and move *@rest after it. False: the list has ended. */
bool globs__next(const char **rest, char *glob);

/* Whether a glob of @list matches @name. */
bool globs__match(const char *list, const char *name);

enum command_id {
	COMMAND_SUMMARY, /* also the command if the command line names none */
	COMMAND_HIST,
	COMMAND_TRACE,
	COMMAND_STALLS,
	COMMAND_WAITS,
	COMMAND_SERVE,
	COMMAND_STORM,
	COMMAND_ISOLATED,
	COMMAND_RECORD,
	COMMAND_REPORT,
	COMMAND_TOP,
	COMMAND_IMPORT,
	COMMAND_CHECK,
	COMMAND_PROVE,
	NR_COMMANDS,
};

/* Texts of --help. They end without a newline; no line is wider than 72 columns. */
struct command_text {
	const char *name;
	const char *summary; /* one line for `ipitrace --help` */
	const char *question; /* what the command answers */
	const char *output; /* what the columns or fields mean */
	const char *examples; /* two lines */
	const char *operands; /* words that are no options; NULL if the command takes none */
	/* a second line of usage: its options and operands; NULL if there is none */
	const char *second;
	int max_operands;
	bool no_program; /* the command refuses `-- PROGRAM` */
};

extern const struct command_text command_texts[NR_COMMANDS];

/* Returns the command of that name; NR_COMMANDS if there is none. */
enum command_id command_find(const char *name);

/* Print --help on stdout: the commands and the common options, at most 28 lines. */
void help__commands(void);

/* Print the version on the first line; then how this binary was built, and with which libraries. */
void help__version(void);

/* Print the help of one command: what it answers, its options, its output, two examples. */
void help__command(enum command_id command);

/* The default of --threshold, ns. */
#define THRESHOLD_DEFAULT 1000000ULL

/* The default of --backtrace's value, ns. */
#define BACKTRACE_DEFAULT 10000000ULL

/* The defaults of `serve`: the address, and the number of functions with a series of their own. */
#define LISTEN_DEFAULT	      "127.0.0.1:9464"
#define MAX_FUNCTIONS_DEFAULT 128
#define MAX_FUNCTIONS_MOST    4096

/* How many csds a timeline shows: about 200 MB, which the viewer can open quickly. */
#define LIMIT_DEFAULT 1000000U

/* The range of --buffer, records; both are powers of two. */
#define BUFFER_MIN 1024U
#define BUFFER_MAX (1U << 22)

/* The least value of --max-size: two parts, each with room for some frames. */
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

enum colour_when {
	COLOUR_AUTO,
	COLOUR_ALWAYS,
	COLOUR_NEVER,
	NR_COLOURS,
};

/* The values of --color. */
extern const char *const colour_names[NR_COLOURS];

struct cpu_list {
	bool given;
	struct cpuset set;
};

/* The flight recorder: default and least SIZE, default --max-files, the time after a trigger. */
#define FLIGHT_SIZE_DEFAULT  (64ULL << 20)
#define FLIGHT_SIZE_MIN	     (8ULL << 20)
#define FLIGHT_SPAN_MAX	     3600000000000ULL
#define FLIGHT_FILES_DEFAULT 10
#define FLIGHT_FILES_MAX     10000
#define FLIGHT_AFTER_NS	     2000000000ULL

/* --on: the events at which a file is written. */
struct flight_conditions {
	bool stall;
	bool storm;
	uint64_t threshold; /* threshold of stalls, ns; 0: not given */
	uint64_t delay; /* delay of a csd, ns; 0: not given */
};

/* --keep COUNT,SIZE,AGE: limits of all files, also those of earlier runs. 0: no such limit. */
struct keep_limits {
	uint32_t count;
	uint64_t bytes;
	uint64_t age; /* ns */
};

/* --flight SPAN[,SIZE] and the options that go with it. */
struct flight_options {
	uint64_t span; /* time to keep in memory, ns; 0: no flight recorder */
	uint64_t size; /* memory for that, bytes */
	struct flight_conditions on;
	const char *exec; /* command to run for each file; NULL: not given */
	uint32_t signal; /* pid of the process that gets SIGUSR1; 0: not given */
	bool exit;
	uint32_t max_files; /* 0: not given */
	struct keep_limits keep; /* all zero: not given */
};

/* A time in a capture. */
struct report_time {
	enum {
		REPORT_TIME_NONE, /* not given */
		REPORT_TIME_AFTER, /* seconds after the capture's beginning */
		REPORT_TIME_BEFORE_END, /* seconds before the capture's end */
		REPORT_TIME_OF_DAY, /* seconds after midnight, local time */
		REPORT_TIME_DATE, /* seconds since 1970 */
	} kind;
	double seconds;
	const char *text; /* as the user wrote it */
};

/* The values of the options. All zero bytes: no option was given. */
struct options {
	enum command_id command;
	bool command_named; /* false: the command is the default */
	double duration; /* seconds; 0: not given */
	double interval; /* seconds; 0: not given */
	bool bare_interval; /* the interval is a word of its own, as of vmstat, without a COUNT */
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	bool version;
	struct cpu_list cpus; /* csds whose sender or target is in the list */
	struct cpu_list src;
	struct cpu_list dst;
	struct cpu_list housekeeping;
	uint32_t pid; /* 0: all processes */
	enum rank_by by;
	uint64_t threshold; /* ns; 0: not given */
	uint32_t phases; /* phases of stalls, a bit for each enum stall_phase; 0: not given */
	uint64_t backtrace; /* ns; 0: not given */
	bool exit_code;
	bool tap; /* print the gate's tests instead of text */
	const char *vmcore; /* a dump; NULL: read this machine */
	const char *btf; /* BTF of the dump's kernel; NULL: the BTF in the dump */
	uint32_t record_kinds; /* a bit for each enum ipi_kind; 0: not given */
	struct key_list keys; /* keys that a record in JSON has */
	uint64_t min_delay; /* ns; 0: not given */
	uint64_t min_handler; /* ns; 0: not given */
	uint64_t min_wait; /* ns; 0: not given */
	uint32_t buffer; /* records, a power of two; 0: not given */
	double storm_rate; /* csds a second on one CPU; 0: not given */
	double storm_share; /* percent of CPU time; 0: not given */
	double storm_rise; /* a multiple; 0: not given */
	bool stacks;
	bool calls;
	bool no_user; /* do not read the user part of stacks */
	bool all_kinds; /* follow the interrupts themselves */
	bool self;
	bool full; /* print the report with percentiles */
	enum colour_when colour;
	bool scroll; /* print pages below one another, on a terminal too */
	const char *func; /* a list of globs; NULL: all functions */
	char func_list[GLOBS_BYTES]; /* func points to this */
	const char *ready_file; /* NULL: not given */
	const char *listen; /* ADDR:PORT as given; NULL: not given */
	const char *host; /* names of this host, a list; NULL: not given */
	const char *textfile; /* NULL: not given */
	uint32_t max_functions; /* 0: not given */
	uint32_t series; /* budget of series; 0: not given */
	bool details; /* show names of tasks and cgroups on the page */
	bool no_page; /* serve only metrics */
	bool events; /* print stalls and storms on stdout */
	bool per_cpu; /* no budget: serve series for each CPU */
	bool folded; /* print stacks for flame graphs */
	bool recipe; /* for `check`: print how other tracers can record csds */
	bool diff; /* the operands are two captures to compare */
	double tolerance; /* percent; 0: not given */
	struct report_time since, until;
	struct gate gate; /* --allow, --max-interruption */
	const char *output; /* NULL: not given */
	bool trace; /* record each csd, too */
	uint64_t max_size; /* bytes; 0: not given */
	struct flight_options flight;
	const char *html; /* a file; NULL: not given */
	const char *perfetto; /* a file; NULL: not given */
	uint32_t limit; /* maximum csds of a timeline; 0: not given */
	bool load; /* let ipiload make csds */
	char **operands; /* the words after the command that are no options */
	int nr_operands;
	char **words; /* the words of the command line, up to PROGRAM */
	int nr_words;
	char **program; /* PROGRAM and its arguments, NULL-terminated; NULL: not given */
};

/*
 * Parse the command line. @opts points to strings of @argv. Returns 0, or -EINVAL with one line in
 * @why (@size bytes) that says what is wrong and which --help to read. Checks first for unknown
 * options and bad values, in the order of the words; then the command; then whether the command
 * uses each option; then, unless --help or --version is given, which options need or exclude each
 * other.
 */
int options__parse(struct options *opts, int argc, char **argv, char *why, size_t size);

/* Returns the window's length, seconds. */
double options__window(const struct options *opts);

/* An interval that no run reaches, seconds: the only window ends with the run. */
#define WHOLE_RUN 1e9

/* Whether a report about PROGRAM covers its whole run, because the user asked for nothing else. */
bool options__whole_run(const struct options *opts);

/* Whether FILE of --output is a capture, which the command opens; else FILE replaces stdout. */
bool options__output_is_capture(const struct options *opts);

#define RECORD_FILE_DEFAULT "ipitrace.ndjson.zst"

/* Returns the name of the capture that the command writes: that of --output, or the default. */
const char *options__capture_path(const struct options *opts);

/*
 * The options: a row each, from which the parser, --help and the refusal of an option that a
 * command does not use are made; and a row for each rule about options that need or exclude each
 * other. tests/e2e/completion.t compares the completions with --help, tests/e2e/docs.t the manual
 * pages and the reference.
 */

/* How the value of an option is read, and the type of its member of struct options. */
enum option_type {
	OPTION_FLAG, /* takes no value; bool */
	OPTION_SECONDS, /* a duration, in seconds if it has no unit; double */
	OPTION_REPORT_TIME, /* a time in a capture; struct report_time */
	OPTION_TIME, /* a duration with its unit; uint64_t, ns */
	OPTION_NUMBER, /* above 0; double */
	OPTION_SIZE, /* bytes, with a unit; uint64_t */
	OPTION_WHOLE, /* a whole number from .min to .max; uint32_t */
	OPTION_CPUS, /* a list of CPUs; struct cpu_list */
	OPTION_WORD, /* one of .words; an enum, the word's index */
	OPTION_WORDS, /* a list of .words; uint32_t, a bit for each */
	OPTION_KEYS, /* a list of trace_keys[], whose order counts; struct key_list */
	OPTION_NONEMPTY, /* not empty; const char * */
	OPTION_GLOBS, /* a text that is not empty; const char * */
	OPTION_FLIGHT, /* a duration and a size; struct flight_options */
	OPTION_KEEP, /* a number, a size and an age; struct keep_limits */
	OPTION_ON, /* a condition, may be repeated; struct flight_conditions */
	OPTION_ALLOW, /* a list of N and GLOB=N, may be repeated; struct gate */
};

/* Maximum number of texts that one option has in addition to .help. */
#define OWN_TEXTS 4

struct option_row {
	char letter; /* 0: the option has no short form */
	const char *name;
	const char *arg; /* the value's name in --help; NULL: the option has no value */
	/* begins with a verb; lines of 43 columns, with the unit and the default */
	const char *help;
	uint32_t commands; /* a bit for each enum command_id that uses the option */
	enum option_type type;
	/* for OPTION_TIME: the value in ns if the user gives none; 0: the user must give a value */
	uint64_t preset;
	size_t offset; /* offset of the member in struct options */
	bool common; /* `ipitrace --help` shows the row, too */
	const char *group; /* heading in --help of the group that begins with this row; else NULL */
	uint32_t min, max; /* for OPTION_WHOLE: limits of the value, inclusive */
	const char *const *words; /* for OPTION_WORD and OPTION_WORDS: the accepted words */
	int nr_words;
	bool once; /* a second value is refused, because a gate would leave out the first in silence */
	bool power_of_two; /* for OPTION_WHOLE: round the value up to a power of two */
	/* For OPTION_WHOLE: the words for the number in a refusal; NULL: "a number". */
	const char *noun;
	struct {
		/* a bit for each command in which the option has another meaning */
		uint32_t commands;
		const char *help;
	} own[OWN_TEXTS];
};

#define NR_OPTIONS 71

extern const struct option_row option_rows[NR_OPTIONS];

/*
 * Options that need or exclude others. Each text has names of options, with a space in between;
 * PROGRAM is one, too.
 */
struct option_rule {
	uint32_t commands; /* a bit for each enum command_id in which the rule holds */
	const char *options; /* each of these */
	const char *needs; /* needs this option; NULL: the rule excludes options */
	const char *excludes; /* cannot go with any of these */
	const char *unless; /* there is no such rule if one of these is given; NULL: always */
	const char *hint; /* why, or what to do; NULL: nothing */
};

#define NR_OPTION_RULES 30

extern const struct option_rule option_rules[NR_OPTION_RULES];

/* A hint for an option that a command does not use: what the user may do instead. */
struct option_instead {
	uint32_t commands; /* a bit for each enum command_id */
	const char *options; /* names of options, with a space in between */
	const char *hint;
};

#define NR_OPTION_INSTEADS 8

extern const struct option_instead option_insteads[NR_OPTION_INSTEADS];

/* Returns the text of the row in the help of a command; NR_COMMANDS: in the overview. */
const char *option__help(const struct option_row *row, enum command_id command);

/* The longest time that an option accepts, seconds. */
#define SECONDS_MAX 1e9

/*
 * Parse @text (NULL for an option without a value) into the row's member of @opts, which may keep
 * the pointer. Returns 0, or -EINVAL with "--NAME VALUE: reason" in @why (@size bytes).
 */
int option_value__set(struct options *opts, const struct option_row *row, const char *text,
		      char *why, size_t size);

#endif /* IPITRACE_CLI_OPTIONS_H */
