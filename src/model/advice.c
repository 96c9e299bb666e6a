// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "model/isolation.h"

/* A person does not read or paste a list longer than this, in bytes with its NUL. */
#define VALUE_MAX 64

static void write_list(const struct cpuset *set, char value[VALUE_MAX])
{
	if (!set || cpuset__format(set, value, VALUE_MAX) >= VALUE_MAX)
		*value = '\0';
}

/* Write @set in the format that the kernel's bitmap_parse() reads: 32 bits, a comma, 32 bits. */
static void write_mask(const struct cpuset *set, char value[VALUE_MAX])
{
	uint32_t end = set ? cpuset__end(set) : 0;
	size_t len = 0;

	*value = '\0';
	for (int word = (int)((end + 31) / 32) - 1; word >= 0 && len < VALUE_MAX; word--) {
		uint32_t bits = 0;

		for (int bit = 0; bit < 32; bit++)
			bits |= (uint32_t)cpuset__has(set, 32 * word + bit) << bit;
		len += snprintf(value + len, VALUE_MAX - len, len ? ",%08x" : "%x", bits);
	}
	if (len >= VALUE_MAX)
		*value = '\0';
}

static void write_number(const char *format, int64_t number, char value[VALUE_MAX])
{
	*value = '\0';
	if (number >= 0)
		snprintf(value, VALUE_MAX, format, (int)number);
}

enum word { LIST, OTHERS, MASK, CPU_ARG, CPU_NAME, IRQ, PID, NR_WORDS };

/*
 * Find the value of the word at the beginning of @text. Returns the word's length in bytes, and the
 * value in @value: "" if @text begins with no such word, or if the word has no value.
 */
static size_t find_value(const struct advice_values *values, const char *text,
			 char value[VALUE_MAX])
{
	static const char *const words[NR_WORDS] = {
		[LIST] = "LIST",     [OTHERS] = "OTHERS", [MASK] = "MASK", [CPU_ARG] = "-c CPU",
		[CPU_NAME] = "cpuN", [IRQ] = "N",	  [PID] = "PID"
	};
	size_t len = 0;
	int word = 0;

	*value = '\0';
	for (; word < NR_WORDS; word++) {
		len = strlen(words[word]);
		if (!strncmp(text, words[word], len) && !isalnum((unsigned char)text[len]))
			break;
	}
	switch (word) {
	case LIST:
		write_list(values->judged, value);
		break;
	case OTHERS:
		write_list(values->others, value);
		break;
	case MASK:
		write_mask(values->others, value);
		break;
	case CPU_ARG:
		write_number("-c %d", values->cpu, value);
		break;
	case CPU_NAME:
		write_number("cpu%d", values->cpu, value);
		break;
	case IRQ:
		write_number("%d", values->irq, value);
		break;
	case PID:
		write_number("%d", values->pid ? (int64_t)values->pid : -1, value);
		break;
	}
	return len;
}

/* Whether @advice has a word for other CPUs than the judged ones, and there are none. */
static bool lacks_others(const struct advice_values *values, const char *advice)
{
	return values->judged && cpuset__count(values->judged) && values->others &&
	       !cpuset__count(values->others) &&
	       (strstr(advice, "OTHERS") || strstr(advice, "MASK"));
}

void advice__fill(const struct advice_values *values, const char *advice, char *text, size_t size)
{
	char value[VALUE_MAX];
	size_t len = 0;

	if (lacks_others(values, advice)) {
		len = snprintf(text, size, "judge fewer CPUs (-c), as OTHERS has none: ");
		len = len < size ? len : size - 1;
	}
	for (const char *rest = advice; *rest && len + 1 < size;) {
		bool begins_word = rest == advice || !isalnum((unsigned char)rest[-1]);
		size_t word_len = begins_word ? find_value(values, rest, value) : 0;

		if (begins_word && *value) {
			len += snprintf(text + len, size - len, "%s", value);
			rest += word_len;
		} else {
			text[len++] = *rest++;
		}
	}
	text[len < size ? len : size - 1] = '\0';
}
