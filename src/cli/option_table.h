/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options: a row each, from which the parser, --help and the refusal of an
 * option that a command does not use are made. tests/e2e/install.t compares the
 * completions with --help, tests/e2e/docs.t the manual pages and the reference.
 */
#ifndef IPITRACE_CLI_OPTION_TABLE_H
#define IPITRACE_CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the value of an option is read, and the type of its member of struct options. */
enum option_type {
	OPTION_FLAG, /* takes no value; bool */
	OPTION_SECONDS, /* a duration, of seconds where it has no unit; double */
	OPTION_REPORT_TIME, /* a time in a capture; struct report_time */
	OPTION_TIME, /* a duration with its unit; uint64_t, ns */
	OPTION_NUMBER, /* above 0; double */
	OPTION_SIZE, /* bytes, with a unit; uint64_t */
	OPTION_WHOLE, /* from .min to .max; uint32_t */
	OPTION_CPUS, /* a list of CPUs; struct cpu_list */
	OPTION_WORD, /* one of .words; an enum, the word's index */
	OPTION_WORDS, /* a list of .words; uint32_t, a bit for each */
	OPTION_GLOB, /* not empty; const char * */
	OPTION_GLOBS, /* a list of globs, may be repeated; const char * to options.func_list */
	OPTION_TEXT, /* anything; const char * */
	OPTION_FLIGHT, /* a duration and a size; struct flight_options */
	OPTION_ON, /* a condition, may be repeated; struct flight_conditions */
	OPTION_ALLOW, /* a list of N and GLOB=N, may be repeated; struct gate */
};

struct option_row {
	char letter; /* 0: the option has no short form */
	const char *name;
	const char *arg; /* the value's name in --help; NULL: a flag */
	const char *help; /* one line, with the unit and the default */
	uint32_t commands; /* a bit for each enum command_id that uses the option */
	enum option_type type;
	uint64_t preset; /* of OPTION_TIME, ns: the value may be left out, and is this then */
	size_t offset; /* in struct options */
	bool common; /* `ipitrace --help` shows the row, too */
	uint32_t min, max; /* of OPTION_WHOLE, inclusive */
	const char *const *words; /* of OPTION_WORD and OPTION_WORDS */
	int nr_words;
	bool power_of_two; /* of OPTION_WHOLE: the value is rounded up to one */
	const char *noun; /* of OPTION_WHOLE: " of" what, NULL: plainly a number */
	struct {
		uint32_t commands; /* a bit for each that means something of its own by it */
		const char *help;
	} own;
};

#define NR_OPTIONS 65

extern const struct option_row option_rows[NR_OPTIONS];

struct options;

/*
 * Read @text (NULL for a flag) into the row's member of @opts, which may keep
 * the pointer. Returns 0, or -EINVAL with "--NAME VALUE: reason" in @why.
 */
int option_value__set(struct options *opts, const struct option_row *row, const char *text,
		      char *why, size_t size);

#endif /* IPITRACE_CLI_OPTION_TABLE_H */
