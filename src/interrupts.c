// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "interrupts.h"

struct interrupts {
	FILE *file;
	struct arrivals last;
	char *line;
	size_t size;
};

/*
 * By its name in x86 (arch/x86/kernel/irq.c), by its text in arm64, where
 * the rows are IPI0, IPI1, ... (arch/arm64/kernel/smp.c).
 */
static const struct {
	const char *name;
	const char *text;
} rows[NR_KINDS] = {
	[KIND_CALL_FUNCTION] = { "CAL:", "Function call interrupts" },
	[KIND_RESCHEDULE] = { "RES:", "Rescheduling interrupts" },
	[KIND_IRQ_WORK] = { "IWI:", "IRQ work interrupts" },
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

static int kind_of(const char *line)
{
	const char *name = line + strspn(line, " ");

	for (int i = 0; i < NR_KINDS; i++)
		if (!strncmp(name, rows[i].name, strlen(rows[i].name)) ||
		    (!strncmp(name, "IPI", 3) && strstr(line, rows[i].text)))
			return i;
	return -1;
}

/* The counts of all CPUs behind the colon. */
static uint64_t sum(const char *line)
{
	const char *p = strchr(line, ':');
	uint64_t total = 0;

	while (p) {
		char *end;

		p += 1 + strspn(p + 1, " ");
		if (!isdigit((unsigned char)*p))
			break;
		total += strtoull(p, &end, 10);
		p = *end == ' ' ? end : NULL;
	}
	return total;
}

void interrupts__read(struct interrupts *in, struct arrivals *arrivals)
{
	memset(arrivals, 0, sizeof(*arrivals));
	rewind(in->file);
	while (getline(&in->line, &in->size, in->file) > 0) {
		int kind = kind_of(in->line);

		if (kind < 0)
			continue;
		arrivals->known[kind] = true;
		arrivals->count[kind] += sum(in->line);
	}
}

void interrupts__since(struct interrupts *in, struct arrivals *since)
{
	struct arrivals now;

	memset(since, 0, sizeof(*since));
	if (!in)
		return;
	interrupts__read(in, &now);
	for (int i = 0; i < NR_KINDS; i++) {
		since->known[i] = now.known[i] && in->last.known[i];
		since->count[i] = now.count[i] - in->last.count[i];
	}
	in->last = now;
}
