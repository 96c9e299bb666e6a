// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include "cli/options.h"

#define INTERVAL_MIN 0.001
#define NUMBER_MAX   1e12
/* The letters of units, including wrong units. */
#define UNIT_LETTERS "abcdefghijklmnopqrstuvwxyz"
/* Bytes for the reason why a value is refused. */
#define REASON_BYTES 320

_Static_assert(MAX_CPUS == 4096, "cpus_parse() names the last CPU");

/*
 * Parse a duration with its unit. A number without a unit counts in units of @plain ns (0:
 * refused). Returns false if @text is no duration.
 */
static bool duration_parse(const char *text, double plain, double *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "m", 60e9 },
		      { "ns", 1 },
		      { "us", 1e3 },
		      /* Both of Unicode's letters: MICRO SIGN, GREEK SMALL LETTER MU. */
		      { "\u00b5s", 1e3 },
		      { "\u03bcs", 1e3 },
		      { "ms", 1e6 },
		      { "s", 1e9 },
		      { "min", 60e9 },
		      { "h", 3600e9 },
		      { "d", 86400e9 } };
	char *end;

	errno = 0;
	*ns = strtod(text, &end);
	if (errno || end == text || !(isdigit((unsigned char)*text) || *text == '.') ||
	    strchr(text, 'x'))
		return false;
	if (!*end && plain) {
		*ns *= plain;
		return true;
	}
	/* If most durations are in us and ms, "m" is rather an incomplete unit than a minute. */
	for (size_t i = plain ? 0 : 1; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*ns *= units[i].ns;
		return true;
	}
	return false;
}

/* Returns the reason why @text is refused, or NULL. */
static const char *seconds_parse(const char *text, double *seconds)
{
	if (duration_parse(text, 1e9, seconds)) {
		*seconds /= 1e9;
		if (*seconds >= INTERVAL_MIN && *seconds <= SECONDS_MAX)
			return NULL;
	}
	return "needs a time from 1ms to 1e9 seconds, such as 2, 2s, 500ms, 10min";
}

/*
 * Parse the fraction that may follow the seconds, ".338981". Returns the text after it. It has
 * digits only; strtod() would take an exponent, too.
 */
static const char *fraction_parse(const char *text, double *fraction)
{
	size_t len = text && *text == '.' ? strspn(text + 1, "0123456789") : 0;
	char digits[20]; /* more than a double has room for */

	*fraction = 0;
	if (!len)
		return text;
	snprintf(digits, sizeof(digits), "%.*s", (int)len + 1, text);
	*fraction = strtod(digits, NULL);
	return text + 1 + len;
}

/* Parse a local time, "03:10", "03:10:05" or "03:10:05.338981", as seconds after midnight. */
static bool day_parse(const char *text, double *seconds)
{
	struct tm tm = {};
	const char *rest = strptime(text, "%H:%M", &tm);
	double fraction = 0;

	if (rest && *rest == ':')
		rest = fraction_parse(strptime(rest, ":%S", &tm), &fraction);
	*seconds = 3600 * tm.tm_hour + 60 * tm.tm_min + tm.tm_sec + fraction;
	return rest && !*rest;
}

/* Parse a date of RFC 3339 as seconds since 1970; without a zone it is local time. */
static bool date_parse(const char *text, double *seconds)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	double fraction;
	long east;

	rest = fraction_parse(rest, &fraction);
	if (rest && !*rest) {
		*seconds = mktime(&tm) + fraction;
		return true;
	}
	rest = rest ? strptime(rest, "%z", &tm) : NULL;
	east = tm.tm_gmtoff; /* timegm() overwrites this */
	*seconds = timegm(&tm) - east + fraction;
	return rest && !*rest;
}

/* Whether @text is a time of 0, which a script may compute: "0", "0s". */
static bool is_zero(const char *text)
{
	double ns;

	return duration_parse(text, 1e9, &ns) && !ns;
}

static const char *report_time_parse(const char *text, struct report_time *time)
{
	time->text = text;
	if (*text == '-' && !seconds_parse(text + 1, &time->seconds))
		time->kind = REPORT_TIME_BEFORE_END;
	else if (!seconds_parse(text, &time->seconds) || is_zero(text))
		time->kind = REPORT_TIME_AFTER;
	else if (day_parse(text, &time->seconds))
		time->kind = REPORT_TIME_OF_DAY;
	else if (date_parse(text, &time->seconds))
		time->kind = REPORT_TIME_DATE;
	else
		return "needs a time, such as 60, 10min (after the beginning), -10min (before the "
		       "end), 03:10, 03:10:05, 2026-11-21T03:10:05Z";
	return NULL;
}

/* Parse a duration with its unit, in whole ns: 500us, 2ms, 1.5s. */
static const char *time_parse(const char *text, uint64_t *ns)
{
	size_t digits = strspn(text, "0123456789.");
	double value;

	if (duration_parse(text, 0, &value)) {
		*ns = value <= SECONDS_MAX * 1e9 ? value : 0;
		if (*ns)
			return NULL;
	} else if (digits && strspn(text + digits, UNIT_LETTERS) == strlen(text + digits)) {
		return "needs a unit: ns, us, ms, s, min, h or d, such as 500us";
	}
	return "needs a time above 0, such as 500us, 2ms";
}

/* Parse a number; a @percent may have its sign, as in --help. */
static const char *number_parse(const char *text, bool percent, double *number)
{
	char *end;

	errno = 0;
	*number = strtod(text, &end);
	if (percent && *end == '%')
		end++;
	if (!errno && isdigit((unsigned char)*text) && !*end && !strchr(text, 'x') && *number > 0 &&
	    *number <= NUMBER_MAX)
		return NULL;
	return "needs a number above 0, up to 1e12, such as 5";
}

/* Parse a number of bytes with a unit: 64k, 256m, 2g. */
static const char *size_parse(const char *text, uint64_t *bytes)
{
	static const char units[] = "kmg";
	const char *unit;
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || !isdigit((unsigned char)*text) || strchr(text, 'x') || !unit || end[1])
		return "needs a size with its unit, such as 256m, 2g";
	value *= 1ULL << 10 * (unit - units + 1);
	/* No file has more bytes: off_t. */
	if (value >= 0x1p63)
		return "needs less than 8589934592g";
	*bytes = value;
	return *bytes < MAX_SIZE_MIN ? "needs 4m or more" : NULL;
}

/* Parse SPAN or SPAN,SIZE. */
static const char *flight_parse(const char *text, struct flight_options *flight)
{
	const char *comma = strchrnul(text, ',');
	char span[32];

	snprintf(span, sizeof(span), "%.*s", (int)(comma - text), text);
	if (time_parse(span, &flight->span) || flight->span > FLIGHT_SPAN_MAX)
		return "needs a time with its unit, up to 3600s, such as 10s or 10s,256m";
	flight->size = FLIGHT_SIZE_DEFAULT;
	if (*comma && size_parse(comma + 1, &flight->size))
		return "needs a size of 8m or more, such as 10s,256m";
	return flight->size < FLIGHT_SIZE_MIN ? "needs a size of 8m or more, such as 10s,256m" :
						NULL;
}

/* Parse COUNT,SIZE,AGE: any of them may be left out, but not all. */
static const char *keep_parse(const char *text, struct keep_limits *keep)
{
	char parts[3][32];
	unsigned long count;
	double age;
	const char *why = NULL;
	char *end;

	for (int i = 0; i < 3; i++) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(*parts))
			return "needs COUNT,SIZE,AGE, such as 20,512m,14d";
		snprintf(parts[i], sizeof(*parts), "%.*s", (int)len, text);
		text += len + (text[len] && i < 2);
	}
	count = strtoul(parts[0], &end, 10);
	if (*text || (*parts[0] && (!isdigit((unsigned char)*parts[0]) || *end || !count ||
				    count > FLIGHT_FILES_MAX)))
		return "needs COUNT,SIZE,AGE, such as 20,512m,14d, with a COUNT from 1 to 10000";
	keep->count = count;
	if (*parts[1])
		why = size_parse(parts[1], &keep->bytes);
	if (!why && *parts[2]) {
		keep->age = duration_parse(parts[2], 0, &age) && age <= SECONDS_MAX * 1e9 ? age : 0;
		why = keep->age ? NULL : "needs an AGE such as 14d, 36h";
	}
	if (!why && !keep->count && !keep->bytes && !keep->age)
		why = "needs a COUNT, a SIZE or an AGE, such as 20,512m,14d";
	return why;
}

/* Parse stall, stall:TIME, storm or delay:TIME. */
static const char *on_parse(const char *text, struct flight_conditions *on)
{
	const char *colon = strchrnul(text, ':'), *time = *colon ? colon + 1 : NULL;
	size_t len = colon - text;
	bool stall = len == strlen("stall") && !strncmp(text, "stall", len);
	bool delay = len == strlen("delay") && !strncmp(text, "delay", len);

	if (!strcmp(text, "storm")) {
		on->storm = true;
		return NULL;
	}
	on->stall |= stall;
	if ((stall && !time) ||
	    (time && (stall || delay) && !time_parse(time, stall ? &on->threshold : &on->delay)))
		return NULL;
	return "needs stall, stall:TIME, storm or delay:TIME, such as stall:500us";
}

/* Add a list of CPUs to those that were given before. */
static const char *cpus_parse(const char *text, struct cpu_list *list)
{
	struct cpuset more;
	int err = cpuset__parse_below(&more, text, MAX_CPUS, NULL);

	list->given = true;
	cpuset__unite(&list->set, &more);
	if (err == -ERANGE)
		return "needs CPUs from 0 to 4095, such as 0,2-5";
	return err ? "needs a list of CPUs, such as 0,2-5" : NULL;
}

/* Parse N, total=N or GLOB=N. */
static const char *allowance_parse(const char *text, struct gate *gate)
{
	const char *equals = strrchr(text, '='), *number = equals ? equals + 1 : text;
	size_t len = equals ? (size_t)(equals - text) : 0;
	struct allowance *allowance = &gate->allowances[gate->nr_allowances];
	uint64_t count;
	char *end;

	errno = 0;
	count = strtoull(number, &end, 10);
	if (errno || !isdigit((unsigned char)*number) || *end || (equals && !len))
		return "needs a number, or GLOB=NUMBER, such as tlb_*=10";
	if (!equals || (len == 5 && !strncmp(text, "total", len))) {
		gate->total_given = true;
		gate->total = count;
		return NULL;
	}
	if (len >= ALLOWANCE_GLOB)
		return "needs a glob of 63 bytes or fewer";
	if (gate->nr_allowances == ALLOWANCES_MAX)
		return "needs 16 globs or fewer";
	memcpy(allowance->glob, text, len);
	allowance->count = count;
	gate->nr_allowances++;
	return NULL;
}

/* Parse a list of items that allowance_parse() accepts. */
static const char *allow_parse(const char *list, struct gate *gate)
{
	const char *reason = NULL;

	for (const char *end; !reason; list = end + 1) {
		char text[2 * ALLOWANCE_GLOB];

		end = strchrnul(list, ',');
		if (end - list >= (long)sizeof(text))
			return "needs a glob of 63 bytes or fewer";
		snprintf(text, sizeof(text), "%.*s", (int)(end - list), list);
		reason = allowance_parse(text, gate);
		if (!*end)
			break;
	}
	return reason;
}

/* Add a list of globs to those that were given before. */
static const char *globs_parse(const char *text, struct options *opts)
{
	size_t len = strlen(opts->func_list), more = strlen(text);

	if (!*text)
		return "needs a glob, such as flush_tlb*";
	if (*text == ',' || text[more - 1] == ',' || strstr(text, ",,"))
		return "needs globs with a comma in between, such as flush_tlb*,ipi_mb";
	if (len + !!len + more >= sizeof(opts->func_list))
		return "needs 1023 bytes of globs or fewer";
	if (len)
		opts->func_list[len++] = ',';
	memcpy(opts->func_list + len, text, more + 1);
	opts->func = opts->func_list;
	return NULL;
}

static bool whole_parse(const char *text, const struct option_row *row, uint32_t *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || *end || value < row->min || value > row->max)
		return false;
	*number = value;
	if (row->power_of_two)
		for (*number = row->min; *number < value;)
			*number *= 2;
	return true;
}

static int word_find(const char *const *words, int nr, const char *word, size_t len)
{
	for (int i = 0; i < nr; i++)
		if (strlen(words[i]) == len && !strncmp(words[i], word, len))
			return i;
	return -1;
}

/* Add a list of words to those that were given before. */
static bool words_parse(const char *text, const struct option_row *row, uint32_t *bits)
{
	for (const char *word = text;; word++) {
		size_t len = strcspn(word, ",");
		int i = word_find(row->words, row->nr_words, word, len);

		if (i < 0)
			return false;
		*bits |= 1U << i;
		word += len;
		if (!*word)
			return true;
	}
}

/* Write into @reason what the option accepts (@what), and the @nr words that it knows. */
static const char *words_list(const char *what, const char *const *words, size_t nr, char *reason)
{
	size_t len = snprintf(reason, REASON_BYTES, "needs %s of", what);

	for (size_t i = 0; i < nr && len < REASON_BYTES; i++)
		len += snprintf(reason + len, REASON_BYTES - len, "%s %s", i ? "," : "", words[i]);
	return reason;
}

static const char *words_refuse(const struct option_row *row, const char *what, char *reason)
{
	return words_list(what, row->words, row->nr_words, reason);
}

/* Returns NULL, or why the list @text is refused, perhaps in @reason. */
static const char *keys_parse(const char *text, struct key_list *keys, char *reason)
{
	keys->nr = 0;
	for (const char *word = text;; word++) {
		size_t blanks = strspn(word, " "), len = strcspn(word += blanks, ",");
		int key = word_find(trace_keys, NR_TRACE_KEYS, word, len);

		if (key < 0)
			return words_list("a list", trace_keys, NR_TRACE_KEYS, reason);
		for (size_t i = 0; i < keys->nr; i++)
			if (keys->keys[i] == (enum trace_key)key)
				return "needs each key once";
		keys->keys[keys->nr++] = key;
		word += len;
		if (!*word)
			return NULL;
	}
}

/*
 * Store the value @text in @row's member of @opts. Returns NULL, or why the value is refused: a
 * text, perhaps in @reason.
 */
static const char *value_parse(struct options *opts, const struct option_row *row, const char *text,
			       char *reason)
{
	void *member = (char *)opts + row->offset;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return NULL;
	case OPTION_SECONDS:
		return seconds_parse(text, member);
	case OPTION_REPORT_TIME:
		return report_time_parse(text, member);
	case OPTION_TIME:
		if (text)
			return time_parse(text, member);
		*(uint64_t *)member = row->preset;
		return NULL;
	case OPTION_NUMBER:
		return number_parse(text, !strcmp(row->arg, "PERCENT"), member);
	case OPTION_WHOLE:
		if (whole_parse(text, row, member))
			return NULL;
		snprintf(reason, REASON_BYTES, "needs %s from %u to %u",
			 row->noun ? row->noun : "a number", row->min, row->max);
		return reason;
	case OPTION_SIZE:
		return size_parse(text, member);
	case OPTION_CPUS:
		return cpus_parse(text, member);
	case OPTION_WORD:
		*(int *)member = word_find(row->words, row->nr_words, text, strlen(text));
		return *(int *)member >= 0 ? NULL : words_refuse(row, "one", reason);
	case OPTION_WORDS:
		return words_parse(text, row, member) ? NULL : words_refuse(row, "a list", reason);
	case OPTION_KEYS:
		return keys_parse(text, member, reason);
	case OPTION_FLIGHT:
		return flight_parse(text, member);
	case OPTION_KEEP:
		return keep_parse(text, member);
	case OPTION_ON:
		return on_parse(text, member);
	case OPTION_ALLOW:
		return allow_parse(text, member);
	case OPTION_GLOBS:
		return globs_parse(text, opts);
	case OPTION_NONEMPTY:
		*(const char **)member = text;
		return *text ? NULL : "needs a value that is not empty";
	}
	return NULL;
}

int option_value__set(struct options *opts, const struct option_row *row, const char *text,
		      char *why, size_t size)
{
	char room[REASON_BYTES];
	const char *reason = value_parse(opts, row, text, room);

	if (!reason)
		return 0;
	snprintf(why, size, "--%s %s: %s", row->name, *text ? text : "''", reason);
	return -EINVAL;
}
