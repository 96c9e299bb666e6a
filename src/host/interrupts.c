// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "host/interrupts.h"
#include "model/kind_stats.h"

struct interrupts {
	FILE *file;
	struct arrivals last;
	/* Counts by row and column; a column is the same CPU as long as their number stays. */
	uint64_t each[KINDS_MAX][MAX_CPUS];
	size_t columns;
	char *line;
	size_t size;
};

/* The rows of x86 that count IPIs, alone or among others (arch/x86/kernel/irq.c). */
static const struct {
	const char *name;
	const char *kind;
} rows[] = {
	{ "CAL:", "call_function" },
	{ "RES:", "reschedule" },
	{ "IWI:", "irq_work" },
	{ "TLB:", "tlb_shootdown" },
	{ "NMI:", "nmi" },
	{ "PLT:", "platform" },
	{ "PIN:", "posted_interrupt" },
	{ "NPI:", "nested_posted_interrupt" },
	{ "PIW:", "posted_interrupt_wakeup" },
	{ "PMN:", "posted_msi" },
};

/* Other architectures call the rows IPI0, IPI1, ...; these kinds have another name on x86. */
static const struct {
	const char *text;
	const char *kind;
} texts[] = {
	{ "Rescheduling interrupts", "reschedule" },
	{ "Function call interrupts", "call_function" },
};

int interrupts__open(struct interrupts **out, const char *path)
{
	struct interrupts *in = calloc(1, sizeof(*in));
	int err;

	if (!in)
		return -ENOMEM;
	in->file = fopen(path ? path : "/proc/interrupts", "re");
	if (!in->file) {
		err = -errno;
		free(in);
		return err;
	}
	*out = in;
	return 0;
}

void interrupts__close(struct interrupts *in)
{
	if (!in)
		return;
	fclose(in->file);
	free(in->line);
	free(in);
}

void interrupts__name(const char *text, char kind[KIND_NAME])
{
	size_t len = strcspn(text, "\n"), n = 0;
	const char *last = " interrupts";

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strncmp(text, texts[i].text, strlen(texts[i].text)))
			continue;
		snprintf(kind, KIND_NAME, "%s", texts[i].kind);
		return;
	}
	if (len > strlen(last) && !strncmp(text + len - strlen(last), last, strlen(last)))
		len -= strlen(last);
	for (size_t i = 0; i < len && n + 1 < KIND_NAME; i++) {
		if (isalnum((unsigned char)text[i]))
			kind[n++] = tolower((unsigned char)text[i]);
		else if (n && kind[n - 1] != '_')
			kind[n++] = '_';
	}
	kind[n] = '\0';
	if (n && kind[n - 1] == '_')
		kind[n - 1] = '\0';
}

/* The description behind the counts. */
static const char *words(const char *line)
{
	line += strcspn(line, ":");
	return line + strcspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/* The kind of IPIs that the row counts; false: none. */
static bool kind_of(const char *line, char kind[KIND_NAME])
{
	const char *name = line + strspn(line, " ");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strncmp(name, rows[i].name, strlen(rows[i].name)))
			continue;
		snprintf(kind, KIND_NAME, "%s", rows[i].kind);
		return true;
	}
	if (strncmp(name, "IPI", 3) || !isdigit((unsigned char)name[3]))
		return false;
	interrupts__name(words(line), kind);
	return *kind;
}

/* Add up the counts behind the colon; @each has the last ones, and gets these. Returns their number. */
static size_t counts(const char *line, uint64_t each[MAX_CPUS], struct arrival *row)
{
	const char *p = strchr(line, ':');
	size_t nr = 0;

	while (p && nr < MAX_CPUS) {
		uint64_t count;
		char *end;

		p += 1 + strspn(p + 1, " ");
		if (!isdigit((unsigned char)*p))
			break;
		count = strtoull(p, &end, 10);
		row->count += count;
		if (count > each[nr] && count - each[nr] > row->most)
			row->most = count - each[nr];
		each[nr++] = count;
		p = *end == ' ' ? end : NULL;
	}
	return nr;
}

const struct arrival *arrivals__of(const struct arrivals *arrivals, const char *kind)
{
	for (size_t i = 0; i < arrivals->nr; i++)
		if (!strcmp(arrivals->rows[i].kind, kind))
			return &arrivals->rows[i];
	return NULL;
}

void interrupts__read(struct interrupts *in, struct arrivals *arrivals)
{
	size_t columns = 0;

	memset(arrivals, 0, sizeof(*arrivals));
	rewind(in->file);
	while (getline(&in->line, &in->size, in->file) > 0 && arrivals->nr < KINDS_MAX) {
		struct arrival *row = &arrivals->rows[arrivals->nr];

		if (!kind_of(in->line, row->kind))
			continue;
		columns = counts(in->line, in->each[arrivals->nr], row);
		arrivals->nr++;
	}
	in->columns = columns;
}

void interrupts__since(struct interrupts *in, struct arrivals *since)
{
	struct arrivals now;
	size_t columns;

	memset(since, 0, sizeof(*since));
	if (!in)
		return;
	columns = in->columns;
	interrupts__read(in, &now);
	for (size_t i = 0; i < now.nr; i++) {
		const struct arrival *row = &now.rows[i];
		const struct arrival *last = arrivals__of(&in->last, row->kind);

		if (!last)
			continue;
		since->rows[since->nr] = *row;
		if (last != &in->last.rows[i] || in->columns != columns)
			since->rows[since->nr].most = 0;
		since->rows[since->nr++].count -= last->count;
	}
	in->last = now;
}
