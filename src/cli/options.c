// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/param.h>
#include "base/helper_process.h"
#include "base/sanitize.h"
#include "cli/options.h"

/* A longer word is never a misspelt one. */
#define WORD_MAX  32
/* A shorter word is similar to too many words. */
#define WORD_MIN  2
#define SHORT	  4 /* a word of up to this length may differ by one letter only */
#define FAR	  3 /* the least distance of a word that is not similar */
#define BEGINNING 1 /* the distance of the beginning of a word */

/*
 * Returns how many letters must be changed, inserted, deleted, or swapped with the next one, each
 * at most once.
 */
static size_t letter_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			d[i][j] = MIN(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
				      MIN(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

/* Whether one letter of @word is wrong in a beginning of @name: --stak for --stack(s). */
static bool is_near_beginning(const char *word, size_t len, const char *name)
{
	size_t length = strlen(name);

	for (size_t n = len - 1; n <= len + 1 && n < length && n <= WORD_MAX; n++)
		if (letter_distance(word, len, name, n) == 1)
			return true;
	return false;
}

const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr)
{
	size_t best = len > SHORT ? FAR : FAR - 1;
	const char *found = NULL;

	if (len < WORD_MIN || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < nr; i++) {
		const char *name = words(i);
		size_t length = strlen(name), far;

		if (length > WORD_MAX)
			continue;
		far = length > len && !strncmp(name, word, len) ?
			      BEGINNING :
			      letter_distance(word, len, name, length);
		if (far >= best)
			continue;
		best = far;
		found = name;
	}
	for (size_t i = 0; i < nr && !found && len >= SHORT; i++)
		if (is_near_beginning(word, len, words(i)))
			found = words(i);
	return found;
}

bool globs__next(const char **rest, char *glob)
{
	const char *end = strchrnul(*rest, ',');

	if (!**rest)
		return false;
	snprintf(glob, GLOBS_BYTES, "%.*s", (int)(end - *rest), *rest);
	*rest = *end ? end + 1 : end;
	return true;
}

bool globs__match(const char *list, const char *name)
{
	char glob[GLOBS_BYTES];

	while (globs__next(&list, glob))
		if (!fnmatch(glob, name, 0))
			return true;
	return false;
}

/* getopt's value for a row without a letter is the row's number plus this. */
#define LONG_ONLY 256

/* The state of parsing a command line into struct options. */
struct parse {
	struct options *opts;
	const char *given[NR_OPTIONS]; /* the value, "" without one; NULL: not given */
	char *why;
	size_t size;
};

static int __attribute__((format(printf, 2, 3)))
refuse_words(struct parse *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->size, format, args);
	va_end(args);
	return -EINVAL;
}

/* Returns the row for getopt's result; NULL if there is none. */
static const struct option_row *row_find(int key)
{
	if (key >= LONG_ONLY)
		return &option_rows[key - LONG_ONLY];
	for (int i = 0; i < NR_OPTIONS; i++)
		if (key && option_rows[i].letter == key)
			return &option_rows[i];
	return NULL;
}

/* Returns the option of that name; NULL: there is none. */
static const struct option_row *option_find(const char *name)
{
	for (int i = 0; i < NR_OPTIONS; i++)
		if (!strcmp(option_rows[i].name, name))
			return &option_rows[i];
	return NULL;
}

static const char *option_name(size_t i)
{
	return option_rows[i].name;
}

static const char *command_name(size_t i)
{
	return command_texts[i].name;
}

/* Refuse an option that getopt refused, as the user wrote it. */
static int unknown_refuse(struct parse *p, int got, char **argv)
{
	const struct option_row *row = row_find(optopt);
	const char *word = argv[optind - 1], *name;

	if (got == ':')
		return refuse_words(p, "--%s needs a value, %s", row->name, row->arg);
	if (optopt && !row)
		return refuse_words(p, "unknown option -%c", optopt);
	if (optopt)
		return refuse_words(p, "%s takes no value", word);
	name = strspn(word, "-") == 2 ? word + 2 : "";
	name = nearest__word(name, strcspn(name, "="), option_name, NR_OPTIONS);
	if (name)
		return refuse_words(p, "unknown option %s; did you mean: --%s", word, name);
	return refuse_words(p, "unknown option %s", word);
}

static void getopt_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (int i = 0; i < NR_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		longs[i] = (struct option){ .name = row->name,
					    .has_arg = row->preset ? optional_argument :
						       row->arg	   ? required_argument :
								     no_argument,
					    .val = row->letter ? row->letter : LONG_ONLY + i };
		if (!row->letter)
			continue;
		*shorts++ = row->letter;
		if (row->arg)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

/* Split the words at the first "--", which begins PROGRAM: it cannot be an option's value. */
static int program_split(struct parse *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (!argv[i + 1] || !*argv[i + 1])
			return refuse_words(p, "--: needs a PROGRAM, such as -- make");
		p->opts->program = argv + i + 1;
		return i;
	}
	return argc;
}

static int options_parse(struct parse *p, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1] = {};
	char shorts[2 * NR_OPTIONS + 2];
	int key;

	getopt_tables(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row;
		const char **given;

		if (key == '?' || key == ':')
			return unknown_refuse(p, key, argv);
		row = row_find(key);
		given = &p->given[row - option_rows];
		if (row->once && *given && strcmp(*given, optarg))
			return refuse_words(p,
					    "--%s %s: only one %s is possible, and --%s %s was "
					    "given, too",
					    row->name, optarg, row->arg, row->name, *given);
		*given = optarg ?: "";
		if (option_value__set(p->opts, row, optarg, p->why, p->size))
			return -EINVAL;
	}
	return 0;
}

/* Refuse @words from @name on, which is no command of ipitrace. */
static int command_refuse(struct parse *p, const char *name, char **words)
{
	const char *near = nearest__word(name, strlen(name), command_name, NR_COMMANDS);
	const struct option_row *option = option_find(name);
	char program[64], command[64] = "";
	size_t len = 0;

	/* "calls" is an option of summary, "diff" of report, "version" of all. */
	if (option && option->commands & 1U << COMMAND_SUMMARY)
		snprintf(command, sizeof(command), "; did you mean: ipitrace --%s", name);
	else if (option)
		snprintf(command, sizeof(command), "; did you mean: ipitrace %s --%s",
			 command_name(__builtin_ctz(option->commands)), name);
	/* A path is no misspelt command. */
	else if (near && !strchr(name, '/'))
		snprintf(command, sizeof(command), "; did you mean: ipitrace %s", near);
	if (become__check(name))
		return refuse_words(p, "%s: no such command%s", name, command);
	*program = '\0';
	for (int i = 0; words[i] && strcmp(words[i], "--") && len < sizeof(program); i++)
		len += snprintf(program + len, sizeof(program) - len, "%s%s", i ? " " : "",
				words[i]);
	return refuse_words(p, "%s: no such command%s%s ipitrace -- %s%s", name, command,
			    *command ? ", or:" : "; did you mean:", program,
			    len < sizeof(program) ? "" : "...");
}

/*
 * Parse "1 5", as vmstat does: a window of summary every second, five windows. A single "5s" is
 * refused, because half of all people mean a run of 5 s.
 */
static int windows_parse(struct parse *p, int nr, char **words)
{
	double count = 0;
	char *end = words[0];

	if (nr == 1 && strspn(words[0], "0123456789.") != strlen(words[0]) &&
	    !option_value__set(p->opts, row_find('i'), words[0], p->why, p->size))
		return refuse_words(p,
				    "%s: use -d %s for one report of that time, -i %s for a "
				    "report each %s",
				    words[0], words[0], words[0], words[0]);
	if (nr > 2)
		return refuse_words(p, "%s: only an INTERVAL and a COUNT are possible, such as 1 5",
				    words[2]);
	if (option_value__set(p->opts, row_find('i'), words[0], p->why, p->size))
		return -EINVAL;
	p->opts->bare_interval = nr == 1;
	if (nr == 1)
		return 0;
	if (isdigit((unsigned char)*words[1]))
		count = strtoul(words[1], &end, 10);
	if (count < 1 || *end || count * p->opts->interval > SECONDS_MAX)
		return refuse_words(p, "%s: needs a COUNT of windows, 1 or more, such as 5",
				    words[1]);
	p->opts->duration = count * p->opts->interval;
	return 0;
}

/* Refuse @word, which the command does not take: name what was probably meant. */
static int word_refuse(struct parse *p, const char *word)
{
	const struct option_row *interval = row_find('i');
	enum command_id command = p->opts->command;
	const char *name = command_texts[command].name, *option = NULL;

	if (command == COMMAND_RECORD && become__check(word))
		option = "-o";
	if (isdigit((unsigned char)*word))
		option = command == COMMAND_ISOLATED	    ? "-c" :
			 interval->commands & 1U << command ? "-i" :
							      "-d";
	if (option)
		return refuse_words(p, "%s: %s takes no such word; did you mean: ipitrace %s %s %s",
				    word, name, name, option, word);
	return refuse_words(p, "%s: %s takes no such word; a PROGRAM follows --: ipitrace %s -- %s",
			    word, name, name, word);
}

/* Parse the words that are no options, from argv[optind] on: the command and its operands. */
static int command_parse(struct parse *p, int argc, char **argv)
{
	const char *name = argv[optind];
	int most;

	for (int i = optind; i < argc; i++)
		if (!*argv[i])
			return refuse_words(p,
					    "'': an empty word, as of a variable that is not set");
	if (optind == argc)
		return 0;
	if (!strcmp(name, "help")) {
		p->opts->help = true;
		if (++optind == argc)
			return 0;
		name = argv[optind];
	}
	p->opts->command = command_find(name);
	if (p->opts->command == NR_COMMANDS && isdigit((unsigned char)*name) && !p->opts->help) {
		p->opts->command = COMMAND_SUMMARY;
		return windows_parse(p, argc - optind, argv + optind);
	}
	if (p->opts->command == NR_COMMANDS)
		return command_refuse(p, name, argv + optind);
	p->opts->command_named = true;
	if (p->opts->command == COMMAND_SUMMARY && optind + 1 < argc &&
	    isdigit((unsigned char)*argv[optind + 1]) && !p->opts->help)
		return windows_parse(p, argc - optind - 1, argv + optind + 1);
	p->opts->nr_operands = argc - optind - 1;
	if (p->opts->nr_operands)
		p->opts->operands = argv + optind + 1;
	most = command_texts[p->opts->command].max_operands;
	if (p->opts->nr_operands > most && p->opts->diff)
		return refuse_words(p, "%s: %s --diff takes only two FILEs, A and B",
				    p->opts->operands[most], name);
	if (p->opts->nr_operands > most && most)
		return refuse_words(p, "%s: %s takes only %s", p->opts->operands[most], name,
				    command_texts[p->opts->command].operands);
	if (p->opts->nr_operands > most && command_texts[p->opts->command].no_program)
		return refuse_words(p, "%s: %s takes only options", p->opts->operands[0], name);
	if (p->opts->nr_operands > most)
		return word_refuse(p, p->opts->operands[0]);
	return 0;
}

/* Join the names of @commands: "a", "a and b", "a, b and c"; of over 7 "a, b, c and 6 more". */
static void names_join(uint32_t commands, char *text, size_t size)
{
	int nr = __builtin_popcount(commands), shown = nr > 7 ? 3 : nr, at = 0;
	size_t len = 0;

	for (int i = 0; at < shown; i++) {
		if (!(commands & 1U << i))
			continue;
		at++;
		len += snprintf(text + len, size - len, "%s%s",
				at == 1 ? "" :
				at < nr ? ", " :
					  " and ",
				command_texts[i].name);
	}
	if (shown < nr)
		snprintf(text + len, size - len, " and %d more", nr - shown);
}

/*
 * Returns the first name of *@list, names with a space in between, and sets *@len, its length, and
 * *@list to the rest; NULL: the list is empty.
 */
static const char *take_name(const char **list, size_t *len)
{
	const char *name = *list;

	if (!name || !*name)
		return NULL;
	*len = strcspn(name, " ");
	*list += *len + strspn(name + *len, " ");
	return name;
}

static bool is_name(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(word, name, len);
}

/* Returns what to do in @command instead of giving the option @name; NULL: nothing is known. */
static const char *find_instead(enum command_id command, const char *name)
{
	for (int i = 0; i < NR_OPTION_INSTEADS; i++) {
		const char *list = option_insteads[i].options, *word;
		size_t len;

		while (option_insteads[i].commands >> command & 1 &&
		       (word = take_name(&list, &len)))
			if (is_name(word, len, name))
				return option_insteads[i].hint;
	}
	return NULL;
}

/* Refuse an option that has no effect, and name the commands that use it. */
static int ownership_check(struct parse *p)
{
	enum command_id command = p->opts->command;
	const char *name = command_texts[command].name;
	char users[128];

	for (int i = 0; i < NR_OPTIONS; i++) {
		uint32_t commands = option_rows[i].commands;
		const char *hint;

		if (!p->given[i] || commands & 1U << command)
			continue;
		names_join(commands, users, sizeof(users));
		hint = find_instead(command, option_rows[i].name);
		return refuse_words(p, "%s does not use --%s: %s %s%s%s (see ipitrace %s --help)",
				    name, option_rows[i].name, users,
				    commands & (commands - 1) ? "do" : "does", hint ? "; " : "",
				    hint ?: "", name);
	}
	if (p->opts->program && command_texts[command].no_program)
		return refuse_words(p, "%s: takes no PROGRAM (see ipitrace %s --help)", name, name);
	return 0;
}

/*
 * Find the first of the options @list (as in struct option_rule) that was given, and write it into
 * @text as the user wrote it. Returns whether there is one.
 */
static bool given_find(const struct parse *p, const char *list, char *text, size_t size)
{
	const char *name;
	size_t len;

	while ((name = take_name(&list, &len))) {
		if (p->opts->program && is_name(name, len, "PROGRAM")) {
			snprintf(text, size, "PROGRAM");
			return true;
		}
		for (int i = 0; i < NR_OPTIONS; i++) {
			const char *other = option_rows[i].name, *value = p->given[i];

			if (!value || !is_name(name, len, other))
				continue;
			snprintf(text, size, "--%s%s%s", other, *value ? " " : "", value);
			return true;
		}
	}
	return false;
}

/* Refuse an option that needs another one, or that cannot go with another one. */
static int rules_check(struct parse *p)
{
	enum command_id command = p->opts->command;
	const char *name = command_texts[command].name;
	char option[160], other[160];

	for (int i = 0; i < NR_OPTION_RULES; i++) {
		const struct option_rule *rule = &option_rules[i];

		if (!(rule->commands >> command & 1) ||
		    !given_find(p, rule->options, option, sizeof(option)) ||
		    given_find(p, rule->unless, other, sizeof(other)) ||
		    given_find(p, rule->needs ?: rule->excludes, other, sizeof(other)) ==
			    (rule->needs != NULL))
			continue;
		if (rule->needs)
			snprintf(other, sizeof(other), "--%s", rule->needs);
		return refuse_words(p, "%s: %s %s %s%s%s (see ipitrace %s --help)", name, option,
				    rule->needs ? "needs" : "cannot go with", other,
				    rule->hint ? ": " : "", rule->hint ?: "", name);
	}
	return 0;
}

/*
 * Whether no csd can pass the filters: --cpus wants the sender or the target among its CPUs, and
 * neither --src nor --dst has one of these.
 */
static bool passes_nothing(const struct options *opts)
{
	struct cpuset ends = opts->src.set;

	if (!opts->cpus.given || !opts->src.given || !opts->dst.given)
		return false;
	cpuset__unite(&ends, &opts->dst.set);
	cpuset__intersect(&ends, &opts->cpus.set);
	return !cpuset__count(&ends);
}

/* Refuse values that do not go together. */
static int values_check(struct parse *p)
{
	const struct options *opts = p->opts;
	const uint32_t csds = 1U << KIND_CALL_FUNCTION;

	if (passes_nothing(opts))
		return refuse_words(p,
				    "--cpus, --src and --dst: no csd passes all three: --src and "
				    "--dst have no CPU of --cpus");
	if (opts->func && opts->record_kinds & ~csds)
		return refuse_words(p,
				    "--func %s: an interrupt names no function; use only --kind %s",
				    opts->func, kind_names[KIND_CALL_FUNCTION]);
	/* With --json the capture's lines also go to stdout. */
	if (options__output_is_capture(opts) && opts->json && opts->output &&
	    !strcmp(opts->output, "-"))
		return refuse_words(p, "%s: --json cannot go with -o -: both write to stdout",
				    command_texts[opts->command].name);
	if (opts->command != COMMAND_RECORD)
		return 0;
	/* Windows count csds, so the programs of csds must run. */
	if (opts->record_kinds && !(opts->record_kinds & csds))
		return refuse_words(p, "record: --kind needs %s among its kinds",
				    kind_names[KIND_CALL_FUNCTION]);
	if (opts->flight.on.threshold && opts->threshold)
		return refuse_words(p, "record: --on stall:TIME cannot go with --threshold: TIME "
				       "is the threshold");
	return 0;
}

/*
 * Append to a refusal a hint at the help of the command that @word names, or at the overview. Cuts
 * the refusal if there is no room.
 */
static void hint_append(char *why, size_t size, const char *word)
{
	enum command_id command = word ? command_find(word) : NR_COMMANDS;
	const char *name = command < NR_COMMANDS ? command_texts[command].name : "";
	size_t len = strlen(why), hint_size;
	char hint[64];

	hint_size =
		snprintf(hint, sizeof(hint), " (see ipitrace %s%s--help)", name, *name ? " " : "") +
		1;
	if (size < hint_size)
		return;
	if (len > size - hint_size)
		len = size - hint_size;
	memcpy(why + len, hint, hint_size);
}

static int words_parse(struct parse *p, int argc, char **argv)
{
	int err;

	argc = program_split(p, argc, argv);
	if (argc < 0)
		return argc;
	p->opts->words = argv + 1;
	p->opts->nr_words = argc - 1;
	/* If the user forgot "--", the options after the first word are PROGRAM's. */
	if (argc > 1 && *argv[1] && *argv[1] != '-' && !isdigit((unsigned char)*argv[1]) &&
	    strcmp(argv[1], "help") && command_find(argv[1]) == NR_COMMANDS)
		return command_refuse(p, argv[1], argv + 1);
	err = options_parse(p, argc, argv);
	return err ? err : command_parse(p, argc, argv);
}

int options__parse(struct options *opts, int argc, char **argv, char *why, size_t size)
{
	struct parse p = { .opts = opts, .why = why, .size = size };
	/* Keep the first word here, because getopt reorders argv. */
	const char *first = argc > 1 ? argv[1] : NULL;
	int err;

	memset(opts, 0, sizeof(*opts));
	err = words_parse(&p, argc, argv);
	if (err)
		hint_append(why, size, first);
	else
		err = ownership_check(&p);
	if (!err && !opts->help && !opts->version)
		err = rules_check(&p) ?: values_check(&p);
	/* The user's words may have any bytes. Make the message one safe line. */
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

bool options__whole_run(const struct options *opts)
{
	return opts->program && !opts->interval && !opts->duration && !opts->json;
}

bool options__output_is_capture(const struct options *opts)
{
	return opts->command == COMMAND_RECORD || opts->command == COMMAND_IMPORT ||
	       opts->command == COMMAND_TOP;
}

const char *options__capture_path(const struct options *opts)
{
	return opts->output ?: RECORD_FILE_DEFAULT;
}
