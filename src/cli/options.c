// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "base/sanitize.h"
#include "cli/options.h"
#include "model/names.h"

/* Options without a letter. */
enum {
	OPT_READY_FILE = 256,
	OPT_VERSION,
	OPT_SRC,
	OPT_DST,
	OPT_BY,
	OPT_STACKS,
	OPT_KINDS,
	OPT_SELF,
	OPT_HOUSEKEEPING,
	OPT_EXIT_CODE,
	OPT_LISTEN,
	OPT_TEXTFILE,
	OPT_MAX_FUNCTIONS,
	OPT_KIND,
	OPT_MIN_DELAY,
	OPT_MIN_HANDLER,
	OPT_BUFFER,
	OPT_STORM_RATE,
	OPT_STORM_SHARE,
	OPT_STORM_RISE,
};

#define INTERVAL_MIN 0.001
#define SECONDS_MAX  1e9
#define NUMBER_MAX   1e12

/* One row an option: what getopt parses and what the help says. */
static const struct row {
	int key; /* the short option, or above 255 */
	const char *name;
	const char *arg;
	const char *help;
} rows[] = {
	{ 'd', "duration", "SEC", "end after SEC seconds; alone: one window" },
	{ 'i', "interval", "SEC", "a window every SEC seconds (1)" },
	{ 'j', "json", NULL, "one JSON object a line on stdout" },
	{ 'q', "quiet", NULL, "nothing but the data" },
	{ 'c', "cpus", "LIST", "only csds from or to these CPUs: 0,2-5" },
	{ 'f', "func", "GLOB", "only functions that match: 'flush_tlb*'" },
	{ OPT_SRC, "src", "LIST", "only csds from these CPUs" },
	{ OPT_DST, "dst", "LIST", "only csds to these CPUs" },
	{ 'p', "pid", "PID", "only what this process sends, in task context" },
	{ 't', "threshold", "TIME", "what lasts longer is a stall: 500us, 2ms (1ms)" },
	{ OPT_EXIT_CODE, "exit-code", NULL, "exit 1 when something was found" },
	{ OPT_KIND, "kind", "KINDS", "trace: which: call_function,reschedule,irq_work" },
	{ OPT_MIN_DELAY, "min-delay", "TIME", "trace: only csds delivered so late or later" },
	{ OPT_MIN_HANDLER, "min-handler", "TIME", "trace: only csds that ran so long or longer" },
	{ OPT_BUFFER, "buffer", "N", "trace: records that each CPU's buffer holds" },
	{ OPT_STORM_RATE, "storm-rate", "N", "csds/s on a CPU that are a storm (2000)" },
	{ OPT_STORM_SHARE, "storm-share", "PERCENT", "CPU time that is a storm (5)" },
	{ OPT_STORM_RISE, "storm-rise", "FACTOR", "rise over the time before that is one (8)" },
	{ OPT_BY, "by", "KEY", "rank by function, sender, victim, cgroup or cpu" },
	{ OPT_KINDS, "kinds", NULL, "the interrupts themselves, all kinds; costs more" },
	{ OPT_STACKS, "stacks", NULL, "the sampled call stacks, whole" },
	{ OPT_SELF, "self", NULL, "what ipitrace costs; to measure it adds to it" },
	{ OPT_HOUSEKEEPING, "housekeeping", "LIST", "ipitrace's own CPUs" },
	{ OPT_LISTEN, "listen", "ADDR:PORT", "where serve listens (127.0.0.1:9464)" },
	{ OPT_TEXTFILE, "textfile", "DIR", "serve: DIR/ipitrace.prom, for node_exporter" },
	{ OPT_MAX_FUNCTIONS, "max-functions", "N", "functions that serve tells apart (128)" },
	{ OPT_READY_FILE, "ready-file", "PATH", "create PATH once collection has begun" },
	{ 'v', "verbose", NULL, "say what libbpf says" },
	{ 'h', "help", NULL, "this text" },
	{ OPT_VERSION, "version", NULL, "the version" },
};

const char *const rank_names[NR_RANKS] = {
	[RANK_FUNCTION] = "function", [RANK_SENDER] = "sender", [RANK_VICTIM] = "victim",
	[RANK_CGROUP] = "cgroup",     [RANK_CPU] = "cpu",
};

#define NR_ROWS (sizeof(rows) / sizeof(*rows))

static const char *row_name(int key)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if (rows[i].key == key)
			return rows[i].name;
	return "?";
}

void options__help(void)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct row *row = &rows[i];
		char text[64], key[8] = "    ";

		if (row->key < 256)
			snprintf(key, sizeof(key), "-%c, ", row->key);
		snprintf(text, sizeof(text), "%s--%s%s%s", key, row->name, row->arg ? " " : "",
			 row->arg ? row->arg : "");
		printf("  %-26s %s\n", text, row->help);
	}
}

static int seconds_parse(const char *text, double min, double *seconds)
{
	char *end;

	errno = 0;
	*seconds = strtod(text, &end);
	if (errno || (!isdigit((unsigned char)*text) && *text != '.') || *end || strchr(text, 'x'))
		return -EINVAL;
	return *seconds >= min && *seconds <= SECONDS_MAX ? 0 : -ERANGE;
}

/* A duration with its unit, in whole ns: 500us, 2ms, 1.5s. */
static int time_parse(const char *option, const char *text, uint64_t *ns, char *why, size_t size)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (!errno && isdigit((unsigned char)*text) && !strchr(text, 'x'))
		for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
			if (strcmp(end, units[i].unit) || value * units[i].ns > SECONDS_MAX * 1e9)
				continue;
			*ns = value * units[i].ns;
			if (*ns)
				return 0;
		}
	snprintf(why, size, "--%s %s: not a duration such as 500us, 2ms", option, text);
	return -EINVAL;
}

/* A number above 0, for one of the thresholds of storm. */
static int number_parse(int key, const char *text, double *number, char *why, size_t size)
{
	char *end;

	errno = 0;
	*number = strtod(text, &end);
	if (!errno && isdigit((unsigned char)*text) && !*end && !strchr(text, 'x') && *number > 0 &&
	    *number <= NUMBER_MAX)
		return 0;
	snprintf(why, size, "--%s %s: not a number above 0", row_name(key), text);
	return -EINVAL;
}

static int cpus_parse(int key, bool *has, struct cpuset *set, const char *text, char *why,
		      size_t size)
{
	int err = cpuset__parse_below(set, text, MAX_CPUS, NULL);

	if (err == -ERANGE)
		snprintf(why, size, "--%s %s: there is no CPU beyond %d", row_name(key), text,
			 MAX_CPUS - 1);
	else if (err)
		snprintf(why, size, "--%s %s: not a list of CPUs such as 0,2-5", row_name(key),
			 text);
	*has = true;
	return err ? -EINVAL : 0;
}

/* A whole number from @min to @max. */
static bool whole_parse(const char *text, unsigned long min, unsigned long max, unsigned long *n)
{
	char *end;

	errno = 0;
	*n = strtoul(text, &end, 10);
	return !errno && isdigit((unsigned char)*text) && !*end && *n >= min && *n <= max;
}

static int pid_parse(struct options *opts, const char *text, char *why, size_t size)
{
	unsigned long pid;

	if (!whole_parse(text, 1, INT32_MAX, &pid)) {
		snprintf(why, size, "--pid %s: not the number of a process", text);
		return -EINVAL;
	}
	opts->pid = pid;
	return 0;
}

static int max_functions_parse(struct options *opts, const char *text, char *why, size_t size)
{
	unsigned long nr;

	if (!whole_parse(text, 1, MAX_FUNCTIONS_MOST, &nr)) {
		snprintf(why, size, "--max-functions %s: not a number from 1 to %d", text,
			 MAX_FUNCTIONS_MOST);
		return -EINVAL;
	}
	opts->max_functions = nr;
	return 0;
}

static int by_parse(struct options *opts, const char *text, char *why, size_t size)
{
	for (int i = 0; i < NR_RANKS; i++) {
		if (!strcmp(text, rank_names[i])) {
			opts->by = i;
			return 0;
		}
	}
	snprintf(why, size, "--by %s: not one of function, sender, victim, cgroup, cpu", text);
	return -EINVAL;
}

/* A list of kinds of IPIs: those that are told when they are sent. */
static int kinds_parse(struct options *opts, const char *text, char *why, size_t size)
{
	const char *name = text;

	opts->record_kinds = 0;
	while (*name) {
		size_t len = strcspn(name, ",");
		int kind = 0;

		while (kind < NR_KINDS &&
		       (strlen(kind_names[kind]) != len || strncmp(kind_names[kind], name, len)))
			kind++;
		if (kind == NR_KINDS)
			break;
		opts->record_kinds |= 1U << kind;
		name += len;
		if (*name && !*++name)
			break;
		if (!*name)
			return 0;
	}
	snprintf(why, size, "--kind %s: not a list of call_function, reschedule, irq_work", text);
	return -EINVAL;
}

static int buffer_parse(struct options *opts, const char *text, char *why, size_t size)
{
	unsigned long nr;

	if (!whole_parse(text, BUFFER_MIN, BUFFER_MAX, &nr)) {
		snprintf(why, size, "--buffer %s: not a number of records from %u to %u", text,
			 BUFFER_MIN, BUFFER_MAX);
		return -EINVAL;
	}
	opts->buffer = BUFFER_MIN;
	while (opts->buffer < nr)
		opts->buffer *= 2;
	return 0;
}

static int flag(struct options *opts, int key)
{
	bool *flags[] = {
		['j'] = &opts->json,
		['q'] = &opts->quiet,
		['v'] = &opts->verbose,
		['h'] = &opts->help,
		[OPT_VERSION] = &opts->version,
		[OPT_EXIT_CODE] = &opts->exit_code,
		[OPT_STACKS] = &opts->stacks,
		[OPT_KINDS] = &opts->all_kinds,
		[OPT_SELF] = &opts->self,
	};

	*flags[key] = true;
	return 0;
}

static int take(struct options *opts, int key, char *arg, char *why, size_t size)
{
	switch (key) {
	case 'd':
	case 'i':
		if (!seconds_parse(arg, INTERVAL_MIN,
				   key == 'd' ? &opts->duration : &opts->interval))
			return 0;
		snprintf(why, size, "--%s %s: not a number of seconds from %g to %g", row_name(key),
			 arg, INTERVAL_MIN, SECONDS_MAX);
		return -EINVAL;
	case 'c':
		return cpus_parse(key, &opts->has_cpus, &opts->cpus, arg, why, size);
	case OPT_SRC:
		return cpus_parse(key, &opts->has_src, &opts->src, arg, why, size);
	case OPT_DST:
		return cpus_parse(key, &opts->has_dst, &opts->dst, arg, why, size);
	case OPT_HOUSEKEEPING:
		return cpus_parse(key, &opts->has_housekeeping, &opts->housekeeping, arg, why,
				  size);
	case 'p':
		return pid_parse(opts, arg, why, size);
	case OPT_BY:
		return by_parse(opts, arg, why, size);
	case OPT_MIN_DELAY:
		return time_parse(row_name(key), arg, &opts->min_delay, why, size);
	case OPT_MIN_HANDLER:
		return time_parse(row_name(key), arg, &opts->min_handler, why, size);
	case OPT_KIND:
		return kinds_parse(opts, arg, why, size);
	case OPT_BUFFER:
		return buffer_parse(opts, arg, why, size);
	case OPT_STORM_RATE:
		return number_parse(key, arg, &opts->storm_rate, why, size);
	case OPT_STORM_SHARE:
		return number_parse(key, arg, &opts->storm_share, why, size);
	case OPT_STORM_RISE:
		return number_parse(key, arg, &opts->storm_rise, why, size);
	case 't':
		return time_parse(row_name(key), arg, &opts->threshold, why, size);
	case 'f':
		opts->func = arg;
		if (*arg)
			return 0;
		snprintf(why, size, "--func '': matches no function");
		return -EINVAL;
	case OPT_LISTEN:
		opts->listen = arg;
		return 0;
	case OPT_TEXTFILE:
		opts->textfile = arg;
		return 0;
	case OPT_MAX_FUNCTIONS:
		return max_functions_parse(opts, arg, why, size);
	case OPT_READY_FILE:
		opts->ready_file = arg;
		return 0;
	}
	return flag(opts, key);
}

/* What getopt did not like, named as the user wrote it. */
static void refuse(int got, char **argv, char *why, size_t size)
{
	if (got == ':')
		snprintf(why, size, "--%s needs a value", row_name(optopt));
	else if (optopt && !strcmp(row_name(optopt), "?"))
		snprintf(why, size, "unknown option -%c", optopt);
	else if (optopt)
		snprintf(why, size, "%s takes no value", argv[optind - 1]);
	else
		snprintf(why, size, "unknown option %s", argv[optind - 1]);
}

static void getopt_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct row *row = &rows[i];

		longs[i] = (struct option){ row->name, row->arg ? required_argument : no_argument,
					    NULL, row->key };
		if (row->key >= 256)
			continue;
		*shorts++ = row->key;
		if (row->arg)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

/* The first "--" begins PROGRAM, so none can be an option's value. */
static int program_split(struct options *opts, int argc, char **argv, char *why, size_t size)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (!argv[i + 1]) {
			snprintf(why, size, "--: no PROGRAM behind it");
			return -EINVAL;
		}
		opts->program = argv + i + 1;
		return i;
	}
	return argc;
}

static int parse(struct options *opts, int argc, char **argv, char *why, size_t size)
{
	struct option longs[NR_ROWS + 1] = {};
	char shorts[2 * NR_ROWS + 2];
	int key;

	memset(opts, 0, sizeof(*opts));
	argc = program_split(opts, argc, argv, why, size);
	if (argc < 0)
		return argc;
	getopt_tables(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (key == '?' || key == ':') {
			refuse(key, argv, why, size);
			return -EINVAL;
		}
		if (take(opts, key, optarg, why, size))
			return -EINVAL;
	}
	if (optind < argc)
		opts->command = argv[optind++];
	if (optind < argc) {
		snprintf(why, size, "%s: what is this? a PROGRAM goes behind --", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

int options__parse(struct options *opts, int argc, char **argv, char *why, size_t size)
{
	int err = parse(opts, argc, argv, why, size);

	/* @why quotes the user's words, and is to be one line. */
	if (err)
		sanitize(why, size, why);
	return err;
}

double options__window(const struct options *opts)
{
	if (opts->interval && (!opts->duration || opts->interval < opts->duration))
		return opts->interval;
	if (opts->duration)
		return opts->duration;
	return 1;
}
