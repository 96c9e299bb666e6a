// SPDX-License-Identifier: GPL-2.0
#include "host/machine.h"

#define LABEL_LEN 16

/* A row of the file, kept from its first reading on. */
struct row {
	char label[LABEL_LEN]; /* the text before the colon */
	char kind[KIND_NAME];
	struct cpuset seen; /* CPUs that the file has shown */
	uint64_t call; /* number of the call of interrupts__since() that last read the row */
	uint64_t each[MAX_CPUS]; /* the count that the file last showed, by CPU */
};

struct interrupts {
	FILE *file;
	uint64_t calls; /* number of calls of interrupts__since() */
	struct cpuset shown; /* CPUs that the file had at the last call */
	struct row rows[KINDS_MAX];
	size_t nr_rows;
	/* The CPUs of the columns: the file has a column for each CPU that is online. */
	uint16_t cpus[MAX_CPUS];
	size_t columns;
	uint64_t counts[MAX_CPUS]; /* the counts of the row that is being read, by column */
	char *line;
	size_t size;
};

/*
 * The rows of x86 that count IPIs, some of them with other interrupts, and local timers, which are
 * no IPIs (arch/x86/kernel/irq.c).
 */
static const struct {
	const char *name;
	const char *kind;
	bool is_ipi;
} rows[] = {
	{ "LOC:", "local_timer", false },
	{ "CAL:", "call_function", true },
	{ "RES:", "reschedule", true },
	{ "IWI:", "irq_work", true },
	{ "TLB:", "tlb_shootdown", true },
	{ "NMI:", "nmi", true },
	{ "PLT:", "platform", true },
	{ "PIN:", "posted_interrupt", true },
	{ "NPI:", "nested_posted_interrupt", true },
	{ "PIW:", "posted_interrupt_wakeup", true },
	{ "PMN:", "posted_msi", true },
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
	FILE *file = fopen(path ? path : "/proc/interrupts", "re");

	if (!file)
		return -errno;
	*out = calloc(1, sizeof(**out));
	if (*out)
		(*out)->file = file;
	else
		fclose(file);
	return *out ? 0 : -ENOMEM;
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

/* Get the kind that a row counts. False: the row counts neither IPIs nor local timers. */
static bool kind_parse(const char *line, char kind[KIND_NAME], bool *is_ipi)
{
	const char *name = line + strspn(line, " ");

	*is_ipi = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strncmp(name, rows[i].name, strlen(rows[i].name)))
			continue;
		snprintf(kind, KIND_NAME, "%s", rows[i].kind);
		*is_ipi = rows[i].is_ipi;
		return true;
	}
	if (strncmp(name, "IPI", 3) || !isdigit((unsigned char)name[3]))
		return false;
	/* The description follows the counts. */
	name += strcspn(name, ":");
	name += strcspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	interrupts__name(name, kind);
	return *kind;
}

/* Read the head: "CPU0 CPU2 ...". */
static void columns_read(struct interrupts *in)
{
	const char *p = in->line;

	in->columns = 0;
	while (in->columns < MAX_CPUS && (p = strstr(p, "CPU"))) {
		unsigned long cpu;
		char *end;

		p += 3;
		cpu = strtoul(p, &end, 10);
		if (end == p || cpu >= MAX_CPUS)
			break;
		in->cpus[in->columns++] = cpu;
	}
}

/* Read the counts after the colon. False: there is no count for some column. */
static bool counts_read(struct interrupts *in)
{
	const char *p = strchr(in->line, ':');
	size_t nr = 0;

	while (p && nr <= in->columns) {
		uint64_t count;
		char *end;

		p += 1 + strspn(p + 1, " ");
		if (!isdigit((unsigned char)*p))
			break;
		count = strtoull(p, &end, 10);
		if (nr < in->columns)
			in->counts[nr] = count;
		nr++;
		p = *end == ' ' ? end : NULL;
	}
	return nr == in->columns;
}

/* Returns the row of the line's label; *@is_new: the row was made now. NULL: there is no room. */
static struct row *row_find(struct interrupts *in, bool *is_new)
{
	const char *name = in->line + strspn(in->line, " ");
	struct row *row;
	char label[LABEL_LEN];

	snprintf(label, sizeof(label), "%.*s", (int)strcspn(name, ":"), name);
	*is_new = false;
	for (row = in->rows; row < in->rows + in->nr_rows; row++)
		if (!strcmp(row->label, label))
			return row;
	if (in->nr_rows == KINDS_MAX)
		return NULL;
	*is_new = true;
	memcpy(row->label, label, sizeof(label));
	in->nr_rows++;
	return row;
}

/* Returns the interrupts that came between @last and @count. x86's counts have 32 bits. */
static uint64_t count_between(uint64_t last, uint64_t count)
{
	if (count >= last)
		return count - last;
	/*
	 * A count that is a little lower did not overflow: a CPU came or went after the head was
	 * written, so this column of the row has the count of another CPU.
	 */
	return last <= UINT32_MAX && last - count > INT32_MAX ? (uint32_t)(count - last) : 0;
}

/*
 * Add what arrived since the row was last read, by CPU. A CPU that is offline has no column; its
 * counts do not change, and are shown again when the CPU is back. What a CPU received before it was
 * first seen is not known: its first count serves only for later differences.
 */
static void row_add(struct interrupts *in, struct row *row, struct arrival *arrival,
		    struct arrivals *since_all)
{
	bool reschedules = !strcmp(row->kind, kind_names[KIND_RESCHEDULE]);
	bool was_read = row->call == in->calls - 1;

	for (size_t i = 0; i < in->columns; i++) {
		uint32_t cpu = in->cpus[i];
		uint64_t since = 0;

		if (cpuset__has(&row->seen, cpu))
			since = count_between(row->each[cpu], in->counts[i]);
		if (reschedules && was_read && cpuset__has(&in->shown, cpu)) {
			cpuset__add(&since_all->counted, cpu);
			since_all->reschedules[cpu] = since;
		}
		cpuset__add(&row->seen, cpu);
		row->each[cpu] = in->counts[i];
		arrival->count += since;
		if (since > arrival->most)
			arrival->most = since;
	}
	arrival->whole = was_read && !memcmp(&since_all->shown, &in->shown, sizeof(in->shown));
	row->call = in->calls;
}

bool interrupts__of_cpu(const struct interrupts *in, const char *kind, uint32_t cpu,
			uint64_t *count)
{
	for (size_t i = 0; in && i < in->nr_rows; i++) {
		const struct row *row = &in->rows[i];

		if (strcmp(row->kind, kind) || !cpuset__has(&row->seen, cpu))
			continue;
		*count = row->each[cpu];
		return true;
	}
	return false;
}

void interrupts__since(struct interrupts *in, struct arrivals *since)
{
	struct arrival *arrival = since->rows;

	memset(since, 0, sizeof(*since));
	if (!in)
		return;
	in->calls++;
	rewind(in->file);
	if (getline(&in->line, &in->size, in->file) > 0)
		columns_read(in);
	for (size_t i = 0; i < in->columns; i++)
		cpuset__add(&since->shown, in->cpus[i]);
	while (arrival < since->rows + KINDS_MAX && getline(&in->line, &in->size, in->file) > 0) {
		char kind[KIND_NAME];
		struct row *row;
		bool is_new, is_ipi;

		if (!kind_parse(in->line, kind, &is_ipi) || !counts_read(in))
			continue;
		row = row_find(in, &is_new);
		if (!row)
			continue;
		memcpy(row->kind, kind, sizeof(kind));
		memset(arrival, 0, sizeof(*arrival));
		memcpy(arrival->kind, kind, sizeof(kind));
		row_add(in, row, arrival, since);
		if (!is_new && is_ipi)
			arrival++;
	}
	since->nr = arrival - since->rows;
	in->shown = since->shown;
}
