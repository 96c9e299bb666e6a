// SPDX-License-Identifier: GPL-2.0
/* The command line. Each error is one line that names the option and the value. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipiload.h"

/* 31 years; also a number of calls that overflows no counter. */
#define MAX_SECONDS 1000000000
#define MAX_COUNT   UINT64_C(1000000000000000000)
#define MAX_RATE    UINT64_C(1000000000)
#define MAX_THREADS 4096

enum { OPT_COUNT = 256, OPT_RATE, OPT_THREADS, OPT_RECEIVERS };

static const struct option long_options[] = {
	{ "duration", required_argument, NULL, 'd' },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "cpus", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "receivers", required_argument, NULL, OPT_RECEIVERS },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Options as given, before they are checked against each other. */
struct given {
	const char *cpus;
	const char *receivers;
	bool duration;
	bool json;
};

static int usage_error(const char *option, const char *value, const char *wrong)
{
	fprintf(stderr, "ipiload: %s %s: %s\n", option, *value ? value : "''", wrong);
	return EXIT_USAGE;
}

/* Digits only, because strtoull() would accept signs, spaces and trailing text. */
static int parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
			uint64_t *value)
{
	char wrong[80];

	if (!*text || text[strspn(text, "0123456789")])
		return usage_error(option, text, "not a whole number");
	errno = 0;
	*value = strtoull(text, NULL, 10);
	if (errno || *value < min || *value > max) {
		snprintf(wrong, sizeof(wrong), "not between %llu and %llu", (unsigned long long)min,
			 (unsigned long long)max);
		return usage_error(option, text, wrong);
	}
	return 0;
}

static int parse_unsigned(const char *option, const char *text, unsigned int min, unsigned int *n)
{
	uint64_t value;
	int err = parse_number(option, text, min, MAX_THREADS, &value);

	if (!err)
		*n = value;
	return err;
}

/* Digits and a point only, because strtod() would accept exponents, hexadecimal, nan and inf. */
static int parse_duration(const char *text, uint64_t *ns)
{
	size_t whole = strspn(text, "0123456789");
	size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	size_t len = whole + (text[whole] == '.') + fraction;
	double seconds;

	if (!(whole + fraction) || text[len])
		return usage_error("--duration", text, "not a number of seconds");
	seconds = strtod(text, NULL);
	if (seconds > MAX_SECONDS)
		return usage_error("--duration", text, "more than 1000000000 seconds");
	*ns = seconds * NSEC_PER_SEC;
	if (!*ns)
		return usage_error("--duration", text, "must be more than 0");
	return 0;
}

/* getopt does not return the bad option: it is the word before optind, or a letter in it. */
static int option_error(int argc, char **argv, int kind)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	char letter[3] = { '-', optopt, '\0' };

	if (strncmp(word, "--", 2) && optopt > 0 && optopt < OPT_COUNT)
		word = letter;
	fprintf(stderr, "ipiload: %s: %s\n", word,
		kind == ':'		    ? "a value is due" :
		optopt && strchr(word, '=') ? "takes no value" :
					      "no such option; 'ipiload --help' lists them");
	return EXIT_USAGE;
}

static int parse_option(int opt, struct options *opts, struct given *given, enum action *action)
{
	switch (opt) {
	case 'd':
		given->duration = true;
		return parse_duration(optarg, &opts->duration_ns);
	case OPT_COUNT:
		return parse_number("--count", optarg, 1, MAX_COUNT, &opts->count);
	case OPT_RATE:
		return parse_number("--rate", optarg, 0, MAX_RATE, &opts->rate);
	case 'c':
		given->cpus = optarg;
		return 0;
	case OPT_THREADS:
		return parse_unsigned("--threads", optarg, 1, &opts->senders);
	case OPT_RECEIVERS:
		given->receivers = optarg;
		return parse_unsigned("--receivers", optarg, 0, &opts->receivers);
	case 'j':
		given->json = true;
		return 0;
	case 'q':
		opts->quiet = true;
		return 0;
	}
	*action = ACTION_HELP;
	return 0;
}

static int check_cpus(const char *text, const struct cpuset *cpus)
{
	struct cpuset possible, online;
	int cpu, err = cpuset__read(&possible, "possible");
	char wrong[40];

	if (!err)
		err = cpuset__read(&online, "online");
	if (err) {
		fprintf(stderr,
			"ipiload: cannot read which CPUs there are, in "
			"/sys/devices/system/cpu: %s\n",
			strerror(-err));
		return EXIT_CANNOT;
	}
	for_each_cpu(cpu, cpus) {
		if (cpuset__has(&online, cpu))
			continue;
		snprintf(wrong, sizeof(wrong), "CPU %d %s", cpu,
			 cpuset__has(&possible, cpu) ? "is offline" : "does not exist");
		return usage_error("--cpus", text, wrong);
	}
	return 0;
}

static int take_cpus(const char *text, struct options *opts)
{
	const char *wrong;

	if (!text) {
		if (!pin_allowed(&opts->cpus))
			return 0;
		fprintf(stderr, "ipiload: cannot read the affinity mask: %s\n", strerror(errno));
		return EXIT_CANNOT;
	}
	if (cpuset__parse_below(&opts->cpus, text, CPUSET_MAX, &wrong))
		return usage_error("--cpus", text, wrong);
	return check_cpus(text, &opts->cpus);
}

/* Choose one receiver for each sender, or one on each CPU that has no sender. */
static int take_receivers(const struct given *given, struct options *opts)
{
	unsigned int cpus = cpuset__count(&opts->cpus);

	if (opts->load->peer == PEER_PAIRS) {
		if (given->receivers)
			return usage_error("--receivers", given->receivers,
					   "this load has one for each sender");
		if (cpus < 2 && given->cpus)
			return usage_error("--cpus", given->cpus, "this load needs two CPUs");
		if (cpus < 2) {
			fprintf(stderr, "ipiload: %s needs two CPUs; this process may use one\n",
				opts->load->name);
			return EXIT_CANNOT;
		}
		opts->receivers = opts->senders;
	} else if (!given->receivers) {
		opts->receivers = cpus > opts->senders ? cpus - opts->senders : 0;
	}
	return 0;
}

static int take_load(int argc, char **argv, struct options *opts, enum action *action)
{
	const char *name = argv[optind];

	if (!name) {
		fprintf(stderr, "ipiload: no LOAD; 'ipiload list' names them\n");
		return EXIT_USAGE;
	}
	if (optind + 1 < argc) {
		fprintf(stderr, "ipiload: %s: one LOAD is all it takes\n", argv[optind + 1]);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "list")) {
		*action = ACTION_LIST;
		return 0;
	}
	opts->load = load_find(name);
	if (opts->load)
		return 0;
	fprintf(stderr, "ipiload: %s: no such load; 'ipiload list' names them\n",
		*name ? name : "''");
	return EXIT_USAGE;
}

int options_parse(int argc, char **argv, struct options *opts, enum action *action)
{
	struct given given = { 0 };
	int opt, err;

	*opts = (struct options){ .duration_ns = 3 * NSEC_PER_SEC,
				  .count = UINT64_MAX,
				  .senders = 1 };
	*action = ACTION_RUN;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":d:c:jqh", long_options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return option_error(argc, argv, opt);
		err = parse_option(opt, opts, &given, action);
		if (err || *action == ACTION_HELP)
			return err;
	}
	err = take_load(argc, argv, opts, action);
	if (err)
		return err;
	if (*action == ACTION_LIST) {
		*action = given.json ? ACTION_LIST_JSON : ACTION_LIST;
		return 0;
	}
	/* --count without --duration has no time limit. */
	if (opts->count != UINT64_MAX && !given.duration)
		opts->duration_ns = UINT64_MAX;
	err = take_cpus(given.cpus, opts);
	return err ? err : take_receivers(&given, opts);
}

void options_help(void)
{
	const struct load *load;

	fputs("Usage: ipiload LOAD [OPTIONS]\n"
	      "       ipiload list [-j]\n"
	      "\n"
	      "Makes inter-processor interrupts on purpose, through system calls that send\n"
	      "them, and prints what it did as one JSON object. Needs no root.\n"
	      "\n"
	      "Loads ('ipiload list' says which function each makes other CPUs run):\n",
	      stdout);
	for (size_t i = 0; (load = load_at(i)); i++)
		printf("  %s\n", load->name);
	fputs("\n"
	      "Options:\n"
	      "  -d, --duration SEC    stop after so many seconds, 0.5 too (default 3, or no\n"
	      "                        limit with --count)\n"
	      "      --count N         stop after exactly N calls, by all senders together\n"
	      "      --rate N          N calls a second by all senders together; 0, the\n"
	      "                        default: as fast as they can\n"
	      "  -c, --cpus LIST       CPUs to use, as 0,2-5 (default: all it may run on)\n"
	      "      --threads N       senders, pinned to the CPUs of LIST in turn (default 1)\n"
	      "      --receivers N     busy threads to interrupt, pinned in turn to the CPUs of\n"
	      "                        LIST without a sender (default: one on each); wakeup and\n"
	      "                        setaffinity have one for each sender\n"
	      "  -q, --quiet           no summary on stderr\n"
	      "  -h, --help            this\n"
	      "\n"
	      "A receiver is interrupted only while it runs: on CPUs that are busy with other\n"
	      "work there are fewer IPIs than calls, and wakeup sends plain reschedules.\n"
	      "\n"
	      "Ctrl-C ends the run early, with the report. round_trip_ns in it is the time of\n"
	      "each call, taken around the system call alone.\n"
	      "\n"
	      "Exit status: 0 done; 2 usage; 3 this kernel cannot; 4 failed while running.\n"
	      "\n"
	      "Examples:\n"
	      "  ipiload membarrier --count 1000 --cpus 0,1   1,000 calls, CPU 0 to CPU 1\n"
	      "  ipiload tlb-munmap --rate 500 -d 10          500 shootdowns a second\n",
	      stdout);
}
