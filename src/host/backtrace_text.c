// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/sysrq.h"

/* EFLAGS and PSTATE: x86's interrupt flag; arm64's mask of interrupts is a letter. */
#define EFLAGS_IF 0x200UL
/*
 * With pseudo-NMIs arm64 masks interrupts by priority, and PSTATE's mask stays clear: only this
 * priority lets them through (GIC_PRIO_IRQON, arch/arm64/include/asm/ptrace.h).
 */
#define PMR_ON	  0xe0UL

struct line {
	char s[512];
};

/* The next line of *@text, cut to a line's size, without blanks at its beginning. False: none. */
static bool line_next(const char **text, struct line *line)
{
	size_t len = strcspn(*text, "\n"), skip = strspn(*text, " \t");

	if (!**text)
		return false;
	skip = skip < len ? skip : len;
	snprintf(line->s, sizeof(line->s), "%.*s", (int)(len - skip < 511 ? len - skip : 511),
		 *text + skip);
	*text += len + ((*text)[len] == '\n');
	return true;
}

/* "NMI backtrace for cpu 3", and " skipped: idling at ..." behind it. */
static bool is_head(const char *line, uint32_t *cpu, bool *idle)
{
	int len = 0;

	if (sscanf(line, "NMI backtrace for cpu %" SCNu32 "%n", cpu, &len) != 1 || !len)
		return false;
	*idle = strstr(line + len, "idling");
	return true;
}

/*
 * "func.part.0+0x12/0x340 [module]" at @text; [module BUILD-ID] where the kernel
 * has CONFIG_STACKTRACE_BUILD_ID. False: it is none.
 */
static bool frame_parse(const char *text, struct backtrace_frame *frame)
{
	size_t len = strcspn(text, "+ ");
	const char *module;
	char *end;

	if (!len || text[len] != '+' || strncmp(text + len, "+0x", 3) || len >= sizeof(frame->name))
		return false;
	*frame = (struct backtrace_frame){};
	memcpy(frame->name, text, len);
	frame->offset = strtoull(text + len + 1, &end, 16);
	if (*end != '/')
		return false;
	module = strchr(end, '[');
	if (module)
		snprintf(frame->module, sizeof(frame->module), "%.*s",
			 (int)strcspn(module + 1, " ]"), module + 1);
	return true;
}

static void frame_add(struct backtrace *bt, const char *text)
{
	if (bt->nr < STACK_DEPTH && frame_parse(text, &bt->frames[bt->nr]))
		bt->nr++;
}

/* "CPU: 1 UID: 0 PID: 212 Comm: ipigen/1 Tainted: G ...": a name may have blanks. */
static void task_parse(const char *line, struct task_id *task)
{
	const char *pid = strstr(line, " PID: "), *comm = strstr(line, " Comm: ");
	const char *end = comm ? strstr(comm, " Not tainted") : NULL;

	if (!pid || !comm)
		return;
	comm += strlen(" Comm: ");
	end = end ? end : strstr(comm, " Tainted: ");
	*task = (struct task_id){ .known = true, .pid = strtoul(pid + strlen(" PID: "), NULL, 10) };
	snprintf(task->comm, sizeof(task->comm), "%.*s", end ? (int)(end - comm) : COMM_LEN - 1,
		 comm);
}

static void flags_parse(const char *line, struct backtrace *bt)
{
	const char *eflags = strstr(line, "EFLAGS: "), *pstate = strstr(line, "pstate: ");
	const char *masks, *pmr;

	if (eflags) {
		bt->interrupts_known = true;
		bt->interrupts_off = !(strtoul(eflags + strlen("EFLAGS: "), NULL, 16) & EFLAGS_IF);
	}
	/* "pstate: 600000c5 (nZCv daIF -PAN ...)": an upper-case I masks interrupts. */
	masks = pstate ? strchr(pstate, '(') : NULL;
	masks = masks ? strchr(masks, ' ') : NULL;
	if (masks && strlen(masks) > 4) {
		bt->interrupts_known = true;
		bt->interrupts_off = masks[3] == 'I';
	}
	/* "pmr: 000000c0", of older kernels "pmr_save: 000000c0"; behind pstate, and only with pseudo-NMIs. */
	pmr = !strncmp(line, "pmr: ", 5) || !strncmp(line, "pmr_save: ", 10) ? strchr(line, ' ') :
									       NULL;
	if (pmr) {
		bt->interrupts_known = true;
		bt->interrupts_off |= strtoul(pmr, NULL, 16) != PMR_ON;
	}
}

/* Where a line stands in the part of a CPU. */
struct place {
	bool calls; /* behind "Call Trace:" */
	bool nmi; /* the NMI's own frames, which the CPU had no part in */
};

static void part_line(const char *line, struct place *place, struct backtrace *bt)
{
	if (!strncmp(line, "<NMI>", 5))
		place->nmi = true;
	else if (!strncmp(line, "</NMI>", 6))
		place->nmi = false;
	else if (!strncasecmp(line, "call trace:", 11))
		place->calls = true;
	else if (place->nmi)
		return;
	else if (!strncmp(line, "CPU: ", 5))
		task_parse(line, &bt->task);
	else if (!strncmp(line, "RIP: ", 5) && !place->calls && strchr(line + 5, ':'))
		frame_add(bt, strchr(line + 5, ':') + 1);
	else if (!strncmp(line, "pc : ", 5) && !place->calls)
		frame_add(bt, line + 5);
	else if (!place->calls)
		flags_parse(line, bt);
	else if (line[0] != '?') /* an address that merely lay on the stack */
		frame_add(bt, line);
	if (!place->calls)
		flags_parse(line, bt);
}

enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt)
{
	enum backtrace_found found = BACKTRACE_ABSENT;
	struct place place = {};
	struct line line;
	bool within = false;

	while (line_next(&text, &line)) {
		uint32_t its;
		bool idle;

		if (is_head(line.s, &its, &idle)) {
			within = its == cpu && !idle;
			if (its != cpu)
				continue;
			*bt = (struct backtrace){};
			place = (struct place){};
			found = idle ? BACKTRACE_IDLE : BACKTRACE_FOUND;
		} else if (!strncmp(line.s, "Sending NMI from CPU ", 21)) {
			within = false;
		} else if (within) {
			part_line(line.s, &place, bt);
		}
	}
	return found;
}
