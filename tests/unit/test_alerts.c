// SPDX-License-Identifier: GPL-2.0
/* The alerts of dashboards/ fire where `storm` speaks of a storm: the same limits. */
#include <regex.h>
#include "model/storm.h"
#include "storm/detector.h"
#include "unit.h"

static char rules[1 << 16];

static int rules_read(void **state)
{
	FILE *file = fopen("dashboards/ipitrace.rules.yml", "r");

	if (!file)
		return -1;
	fread(rules, 1, sizeof(rules) - 1, file);
	fclose(file);
	return 0;
}

/* An alert's expression, up to the next key. */
static char *expr_of(const char *alert)
{
	char key[64], *from, *end;

	snprintf(key, sizeof(key), "- alert: %s\n", alert);
	from = strstr(rules, key);
	assert_non_null(from);
	from = strstr(from, " expr: ");
	end = strstr(from, " for: ");
	assert_non_null(end);
	return strndup(from, end - from);
}

/*
 * Returns the alert's limit for the @value of a label, whose matcher begins with "{LABEL"; 0: none.
 */
static double limit_by(const char *expr, const char *matcher, const char *value)
{
	double limit = 0;

	for (const char *at = expr; (at = strstr(at, matcher));) {
		bool negated = at[strlen(matcher)] == '!';
		const char *names = strchr(at, '"') + 1, *end = strchr(names, '"');
		char pattern[2048];
		regex_t regex;
		bool matches;

		snprintf(pattern, sizeof(pattern), "^(%.*s)$", (int)(end - names), names);
		assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
		matches = !regexec(&regex, value, 0, NULL, 0);
		regfree(&regex);
		at = strchr(end, '>') + 1;
		if (matches != negated) {
			assert_true(limit == 0);
			limit = strtod(at, NULL);
		}
	}
	return limit;
}

static double limit_of(const char *expr, const char *func)
{
	return limit_by(expr, "{func", func);
}

/* Functions of several causes have the highest limit: the alert does not see the cause. */
static enum usual usual_of(const char *func)
{
	enum usual usual = USUAL_COMMON;

	for (size_t i = 0; i < signatures__nr(); i++)
		for (int f = 0; f < SIGNATURE_FUNCS && signature__at(i)->funcs[f]; f++)
			if (!strcmp(signature__at(i)->funcs[f], func) &&
			    signature__at(i)->usual > usual)
				usual = signature__at(i)->usual;
	return usual;
}

TEST(each_function_has_storm_s_limit)
{
	char *expr = expr_of("IpitraceStorm");

	for (size_t i = 0; i < signatures__nr(); i++)
		for (int f = 0; f < SIGNATURE_FUNCS && signature__at(i)->funcs[f]; f++) {
			const char *func = signature__at(i)->funcs[f];
			double want = STORM_RATE_DEFAULT * usual_rates[usual_of(func)];

			if (limit_of(expr, func) != want)
				fail_msg("%s: the alert has %g, storm %g", func,
					 limit_of(expr, func), want);
		}
	/* A storm that costs less than a note has no alert. */
	assert_true(strtod(strrchr(expr, '<') + 1, NULL) == STORM_NOTE);
	/* A function that no signature names has the default limit. */
	assert_true(limit_of(expr, "a_function") == STORM_RATE_DEFAULT);
	/* "other" is the sum of many functions, none of which may have a storm. */
	assert_true(limit_of(expr, "other") == 0);
	free(expr);
}

/*
 * The alert of interrupts without a csd, such as most wake-ups, which the csds' metric does not
 * count.
 */
TEST(each_cause_of_interrupts_has_storm_s_limit)
{
	char *expr = expr_of("IpitraceStormOfInterrupts");

	assert_has(expr, "ipitrace_sends_per_cpu");
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);
		double want = STORM_RATE_DEFAULT * usual_rates[sig->usual];

		if (sig->kinds && limit_by(expr, "{cause", sig->name) != want)
			fail_msg("%s: the alert has %g, storm %g", sig->name,
				 limit_by(expr, "{cause", sig->name), want);
	}
	assert_true(limit_by(expr, "{cause", "wakeups") == 20000);
	assert_true(limit_by(expr, "{cause", "not_sampled") == 20000);
	assert_true(limit_by(expr, "{cause", "unknown") == STORM_RATE_DEFAULT);
	assert_true(limit_by(expr, "{cause", "other") == 0);
	free(expr);
}

TEST(the_cost_has_storm_s_limit)
{
	static const char *const alerts[] = { "IpitraceStormCost", "IpitraceWaited",
					      "IpitraceHandlers" };

	for (size_t i = 0; i < ARRAY_SIZE(alerts); i++) {
		char *expr = expr_of(alerts[i]);

		assert_true(strtod(strrchr(expr, '>') + 1, NULL) == STORM_SHARE_DEFAULT);
		free(expr);
	}
}

TEST_MAIN(rules_read, NULL)
