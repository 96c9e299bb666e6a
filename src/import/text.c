// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "import/import.h"

/* The part of a line that has not been parsed yet. */
struct part {
	const char *at, *end;
};

/*
 * Times that are sums of several times must fit into 64 bits, so this is a quarter of their range:
 * in 2043 for CLOCK_REALTIME (perf record -k) and CLOCK_TAI (the trace clock `tai`).
 */
#define SECONDS_MOST (INT64_MAX / 4 / 1000000000)

/* A task's name has 16 columns, and may have any characters; the pid comes after them. */
#define COMM_COLUMNS 16

static size_t count_bytes_left(const struct part *part)
{
	return part->end - part->at;
}

static bool begins_with(const struct part *part, const char *word)
{
	size_t len = strlen(word);

	return count_bytes_left(part) >= len && !memcmp(part->at, word, len);
}

static bool skip_word(struct part *part, const char *word)
{
	if (!begins_with(part, word))
		return false;
	part->at += strlen(word);
	return true;
}

static void skip_spaces(struct part *part)
{
	while (part->at < part->end && (*part->at == ' ' || *part->at == '\t'))
		part->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parse at least one digit of a number below 2^62. */
static bool read_number(struct part *part, uint64_t *number)
{
	const char *from = part->at;

	*number = 0;
	for (; part->at < part->end && is_digit(*part->at); part->at++) {
		if (*number >= (1ULL << 62) / 10 - 1)
			return false;
		*number = *number * 10 + (*part->at - '0');
	}
	return part->at > from;
}

static int parse_hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Parse "ffff888627c2f9a0", "0xffff888627c2f9a0", "(nil)" or "(null)". */
static bool read_address(struct part *part, uint64_t *address)
{
	const char *from;

	*address = 0;
	if (skip_word(part, "(nil)") || skip_word(part, "(null)"))
		return true;
	skip_word(part, "0x");
	for (from = part->at; part->at < part->end && parse_hex_digit(*part->at) >= 0; part->at++)
		*address = *address << 4 | parse_hex_digit(*part->at);
	return part->at > from && part->at - from <= 16;
}

/* Parse "746.548735:" or "746.548735123:" as ns. */
static bool read_time(struct part *part, uint64_t *ns)
{
	uint64_t seconds, fraction;
	const char *from;
	size_t digits;

	if (!read_number(part, &seconds) || seconds > SECONDS_MOST || !skip_word(part, "."))
		return false;
	from = part->at;
	if (!read_number(part, &fraction) || part->at - from > 9 || !skip_word(part, ":"))
		return false;
	for (digits = part->at - 1 - from; digits < 9; digits++)
		fraction *= 10;
	*ns = seconds * 1000000000ULL + fraction;
	return *ns;
}

/* Read the value up to the text @end, and skip @end. */
static bool read_value(struct part *part, const char *end, struct part *value)
{
	const char *found = memmem(part->at, count_bytes_left(part), end, strlen(end));

	if (!found)
		return false;
	*value = (struct part){ part->at, found };
	part->at = found + strlen(end);
	return true;
}

static uint64_t read_name(struct text_reader *r, const struct part *value)
{
	return names__id(r->names, value->at, count_bytes_left(value));
}

static bool read_cpu_number(struct part *part, uint32_t *cpu)
{
	uint64_t number;

	if (!read_number(part, &number) || number >= MAX_CPUS)
		return false;
	*cpu = number;
	return true;
}

static bool is_word(const struct part *part, const char *word)
{
	return count_bytes_left(part) == strlen(word) && begins_with(part, word);
}

/* Parse "cpu=1 callsite=generic_exec_single+0x2e/0x120 func=ipi_mb csd=0000000007d6b20e". */
static bool read_queue(struct text_reader *r, struct part *part, struct import_event *e)
{
	struct part callsite, func;

	if (!skip_word(part, "cpu=") || !read_cpu_number(part, &e->mark.dst) ||
	    !skip_word(part, " callsite=") || !read_value(part, " func=", &callsite) ||
	    !read_value(part, " csd=", &func) || !read_address(part, &e->mark.csd) || !e->mark.csd)
		return false;
	e->type = EVENT_QUEUE;
	e->mark.callsite = read_name(r, &callsite);
	e->mark.func = read_name(r, &func);
	/* The call site is the caller of __smp_call_single_queue(). */
	e->mark.type = begins_with(&func, "sched_ttwu_pending")	    ? MARK_TTWU :
		       begins_with(&callsite, "irq_work_queue_on+") ? MARK_IRQ_WORK :
								      MARK_UNKNOWN;
	return true;
}

/* Parse "func=ipi_mb, csd=0000000007d6b20e". */
static bool read_run(struct text_reader *r, struct part *part, struct import_event *e)
{
	struct part func;

	if (!skip_word(part, "func=") || !read_value(part, ", csd=", &func) ||
	    !read_address(part, &e->mark.csd))
		return false;
	e->mark.func = read_name(r, &func);
	e->mark.type = begins_with(&func, "sched_ttwu_pending") ? MARK_TTWU : MARK_UNKNOWN;
	return true;
}

/* Parse "cpu=0 callsite=native_smp_send_reschedule+0x1c/0x20 callback=0x0". */
static bool read_send(struct part *part, struct import_event *e)
{
	struct part callsite;

	if (!skip_word(part, "cpu=") || !read_cpu_number(part, &e->mark.dst) ||
	    !skip_word(part, " callsite=") || !read_value(part, " callback=", &callsite))
		return false;
	e->type = EVENT_SEND;
	if (begins_with(part, "generic_smp_call_function_single_interrupt"))
		e->kind = KIND_CALL_FUNCTION;
	else if (begins_with(part, "0x0") || begins_with(part, "(nil)") ||
		 begins_with(part, "(null)") || !count_bytes_left(part))
		e->kind = KIND_RESCHEDULE;
	else
		e->kind = KIND_IRQ_WORK;
	return true;
}

/* Parse "0-2,5". */
static bool read_cpu_list(const struct part *list, struct cpuset *cpus)
{
	struct part part = *list;
	uint32_t from, to;

	*cpus = (struct cpuset){};
	do {
		if (!read_cpu_number(&part, &from))
			return false;
		to = from;
		if (skip_word(&part, "-") && !read_cpu_number(&part, &to))
			return false;
		for (uint32_t cpu = from; cpu <= to; cpu++)
			cpuset__add(cpus, cpu);
	} while (skip_word(&part, ","));
	return part.at == part.end;
}

/* Parse "00000000,00000027": words of 32 CPUs, the last first, as ftrace has them before 6.18. */
static bool read_mask_words(const struct part *list, struct cpuset *cpus)
{
	size_t len = list->end - list->at, words = (len + 1) / 9;

	*cpus = (struct cpuset){};
	if (!len || (len + 1) % 9)
		return false;
	for (size_t at = 0; at < len; at++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, list->at[at]);
		size_t cpu = (words - 1 - at / 9) * 32 + (7 - at % 9) * 4;

		if (at % 9 == 8 && list->at[at] == ',')
			continue;
		if (at % 9 == 8 || !list->at[at] || !digit)
			return false;
		for (int bit = 0; bit < 4; bit++) {
			if (!((digit - digits) >> bit & 1))
				continue;
			if (cpu + bit >= MAX_CPUS)
				return false;
			cpuset__add(cpus, cpu + bit);
		}
	}
	return true;
}

/* Parse "cpumask=0-2 callsite=... callback=...". perf before 6.4 cannot print the mask. */
static bool read_mask(struct part *part, struct import_event *e)
{
	struct part mask;

	if (!skip_word(part, "cpumask=") || !read_value(part, " callsite=", &mask))
		return false;
	e->type = EVENT_SEND_MASK;
	e->kind = KIND_CALL_FUNCTION;
	e->dsts_known = read_mask_words(&mask, &e->dsts) || read_cpu_list(&mask, &e->dsts);
	return true;
}

static const struct {
	const char *name;
	enum ipi_kind kind;
} arrivals[] = {
	{ "call_function_entry", KIND_CALL_FUNCTION },
	{ "call_function_single_entry", KIND_CALL_FUNCTION },
	{ "reschedule_entry", KIND_RESCHEDULE },
	{ "irq_work_entry", KIND_IRQ_WORK },
};

/* Set @e from @part, after the event's @name. *@other: an event of another tracepoint, ignored. */
static bool read_event(struct text_reader *r, const struct part *name, struct part *part,
		       struct import_event *e, bool *other)
{
	if (is_word(name, "csd_queue_cpu"))
		return read_queue(r, part, e);
	if (is_word(name, "csd_function_entry") || is_word(name, "csd_function_exit")) {
		e->type = is_word(name, "csd_function_entry") ? EVENT_ENTRY : EVENT_EXIT;
		return read_run(r, part, e);
	}
	if (is_word(name, "ipi_send_cpu"))
		return read_send(part, e);
	if (is_word(name, "ipi_send_cpumask"))
		return read_mask(part, e);
	for (size_t i = 0; i < sizeof(arrivals) / sizeof(*arrivals); i++)
		if (is_word(name, arrivals[i].name)) {
			e->type = EVENT_ARRIVED;
			e->kind = arrivals[i].kind;
			return true;
		}
	*other = true;
	return false;
}

static int report_lost(struct text_reader *r, struct import_event *e, uint64_t number)
{
	e->type = EVENT_LOST;
	e->lost = number;
	r->facts->lost += number;
	r->facts->gaps++;
	return r->fn(r->ctx, e);
}

/* Parse the task, before the CPU: "bash-7141 (   7141)", "gcc  7293/7293", "gcc 7293". */
static bool read_task(const struct part *part, struct mark_task *task)
{
	struct part ids = *part, comm = *part;
	uint64_t pid = 0, tgid = TGID_NOT_KNOWN;

	while (ids.end > ids.at && ids.end[-1] == ' ')
		ids.end--;
	if (ids.end > ids.at && ids.end[-1] == ')') {
		const char *open = memrchr(ids.at, '(', count_bytes_left(&ids));
		struct part group = { open ? open + 1 : ids.end, ids.end };

		if (!open)
			return false;
		skip_spaces(&group);
		/* In "(-------)" the kernel does not know the process. */
		if (!read_number(&group, &tgid) || tgid > INT32_MAX)
			tgid = TGID_NOT_KNOWN;
		for (ids.end = open; ids.end > ids.at && ids.end[-1] == ' ';)
			ids.end--;
	}
	comm.end = ids.end;
	while (comm.end > comm.at && (is_digit(comm.end[-1]) || comm.end[-1] == '/'))
		comm.end--;
	ids.at = comm.end;
	if (comm.end == comm.at || (comm.end[-1] != '-' && comm.end[-1] != ' ') ||
	    !read_number(&ids, &pid) || pid > INT32_MAX)
		return false;
	if (skip_word(&ids, "/")) {
		tgid = pid;
		if (!read_number(&ids, &pid) || pid > INT32_MAX)
			return false;
	}
	if (ids.at != ids.end)
		return false;
	comm.end--;
	while (comm.end > comm.at && comm.end[-1] == ' ')
		comm.end--;
	skip_spaces(&comm);
	if (count_bytes_left(&comm) > COMM_COLUMNS)
		comm.at = comm.end - COMM_COLUMNS;
	skip_spaces(&comm);
	task->pid = pid;
	/* The idle task is no thread of another process. */
	task->tgid = pid ? tgid : 0;
	if (count_bytes_left(&comm) < COMM_LEN && !begins_with(&comm, "<...>"))
		memcpy(task->comm, comm.at, count_bytes_left(&comm));
	return true;
}

/* Parse the flags between the CPU and the time, "d.h1.": the third shows an interrupt. */
static void read_flags(struct part *part, struct mark_task *task)
{
	struct part flags = *part;

	while (part->at < part->end && *part->at != ' ')
		part->at++;
	flags.end = part->at;
	skip_spaces(part);
	if (count_bytes_left(&flags) < 4)
		return;
	task->interrupt_known = true;
	task->interrupt = memchr("hHszZ", flags.at[2], 5);
}

/* Returns where the CPU's column, "[001]", begins, from @from on; NULL: the line is no event. */
static const char *find_cpu(const struct part *line, size_t from, uint32_t *cpu)
{
	struct part part = *line;

	if (count_bytes_left(line) <= from)
		return NULL;
	part.at += from;
	while ((part.at = memchr(part.at, '[', count_bytes_left(&part)))) {
		const char *at = part.at++;

		if (at[-1] == ' ' && read_cpu_number(&part, cpu) && begins_with(&part, "] "))
			return at;
	}
	return NULL;
}

static int take_event(struct text_reader *r, const struct part *line)
{
	struct import_event e;
	struct part part = *line, task = *line, name;
	const char *colon;
	bool other = false;

	memset(&e, 0, offsetof(struct import_event, dsts));
	task.end = find_cpu(line, COMM_COLUMNS + 1, &e.mark.cpu);
	/* A task's name with a newline in it begins in the line before. */
	if (!task.end)
		task.end = find_cpu(line, 1, &e.mark.cpu);
	if (!task.end)
		return 0;
	part.at = memchr(task.end, ']', part.end - task.end) + 1;
	skip_spaces(&part);
	if (!read_task(&task, &e.mark.task))
		return 0;
	if (part.at < part.end && !read_time(&(struct part){ part.at, part.end }, &e.mark.time))
		read_flags(&part, &e.mark.task);
	if (!read_time(&part, &e.mark.time))
		return 0;
	skip_spaces(&part);
	/* perf script --show-lost-events */
	if (skip_word(&part, "PERF_RECORD_LOST ")) {
		skip_word(&part, "lost ");
		return report_lost(r, &e, read_number(&part, &e.lost) ? e.lost : 0);
	}
	name.at = part.at;
	name.end = memchr(part.at, ' ', count_bytes_left(&part));
	if (!name.end || name.end == name.at || name.end[-1] != ':')
		return 0;
	part.at = name.end--;
	skip_spaces(&part);
	colon = memchr(name.at, ':', count_bytes_left(&name));
	if (colon) {
		r->facts->kind = "perf script";
		name.at = colon + 1;
	}
	if (!read_event(r, &name, &part, &e, &other)) {
		r->facts->others += other;
		r->facts->unread += !other;
		return 0;
	}
	r->facts->events++;
	return r->fn(r->ctx, &e);
}

/* Parse a line of the tracer itself, if it is one. */
static int take_note(struct text_reader *r, struct part *part)
{
	const char *cpus = memmem(part->at, count_bytes_left(part), "#P:", 3);
	struct import_event e = {};
	uint64_t kept, written;

	if (skip_word(part, "# tracer: ")) {
		r->facts->kind = "tracefs";
	} else if (skip_word(part, "# entries-in-buffer/entries-written: ")) {
		if (read_number(part, &kept) && skip_word(part, "/") &&
		    read_number(part, &written) && written > kept)
			r->facts->lost += written - kept;
		part->at = cpus ? cpus + 3 : part->end;
		if (read_number(part, &kept) && kept <= MAX_CPUS)
			r->facts->nr_cpus = kept;
	} else if (skip_word(part, "##### CPU ") && read_cpu_number(part, &e.mark.cpu) &&
		   skip_word(part, " buffer started")) {
		/* "##### CPU 1 buffer started ####" means that earlier events were overwritten. */
		return report_lost(r, &e, 0);
	}
	return 0;
}

static int take_text_line(struct text_reader *r, const char *text, size_t len)
{
	const struct part whole = { text, text + len };
	struct part line = whole;
	uint64_t number;

	if (!len)
		return 0;
	if (*text == '#') {
		int err = take_note(r, &line);

		return err ? err : take_event(r, &whole);
	}
	/* "CPU:1 [LOST 12 EVENTS]" of tracefs, or "CPU:1 [12 EVENTS DROPPED]" of trace-cmd. */
	if (skip_word(&line, "CPU:")) {
		struct import_event e = {};

		if (!read_cpu_number(&line, &e.mark.cpu) || !skip_word(&line, " ["))
			return take_event(r, &whole);
		skip_word(&line, "LOST ");
		if (!read_number(&line, &number))
			number = 0;
		skip_spaces(&line);
		/* Else this is the end of a task's name with a newline in it. */
		return begins_with(&line, "EVENTS") ? report_lost(r, &e, number) :
						      take_event(r, &whole);
	}
	if (skip_word(&line, "cpus=") && read_number(&line, &number) && line.at == line.end) {
		r->facts->kind = "trace-cmd report";
		if (number <= MAX_CPUS)
			r->facts->nr_cpus = number;
		return 0;
	}
	return take_event(r, &whole);
}

/* Add @len bytes to the line. @whole: the line ends after them. */
static int take_bytes(struct text_reader *r, const char *bytes, size_t len, bool whole)
{
	int err = 0;

	if (whole && !r->len && !r->skips)
		return take_text_line(r, bytes, len);
	if (r->skips || len > sizeof(r->line) - r->len) {
		r->skips = !whole;
		r->len = 0;
		return 0;
	}
	memcpy(r->line + r->len, bytes, len);
	r->len += len;
	if (whole) {
		err = take_text_line(r, r->line, r->len);
		r->len = 0;
	}
	return err;
}

int text_reader__feed(struct text_reader *r, const char *bytes, size_t len)
{
	const char *end = bytes + len, *newline;
	int err = 0;

	r->facts->bytes += len;
	while (!err && (newline = memchr(bytes, '\n', end - bytes))) {
		err = take_bytes(r, bytes, newline - bytes, true);
		bytes = newline + 1;
	}
	return err || bytes == end ? err : take_bytes(r, bytes, end - bytes, false);
}

void text_reader__end(struct text_reader *r)
{
	r->facts->cut = r->len || r->skips;
	r->len = 0;
}
