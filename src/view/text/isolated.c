// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "abi/interruption.h"
#include "base/cpuset.h"
#include "model/host.h"
#include "model/isolation.h"
#include "model/window.h"
#include "view/text/block.h"
#include "view/text/isolated.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/words.h"

#define INDENT	       11
#define CULPRITS_SHOWN 6 /* of a group */

/* What a reader looks for apart: IPIs come from somebody, tasks are in the wrong place. */
enum group {
	GROUP_IPIS,
	GROUP_INTERRUPTS,
	GROUP_TASKS,
	NR_GROUPS,
};

static const char *const group_names[NR_GROUPS] = { "IPIs", "interrupts and timers",
						    "tasks and kernel threads" };

/* The rest of a line that is filled up to @column, and further lines below it. */
static void rest(const char *text, int column)
{
	char buf[2048];
	struct block b;

	block__begin(&b, buf, sizeof(buf));
	block__wrap(&b, text, column);
	printf("%s", buf);
}

/* A paragraph, indented. */
static void paragraph(const char *label, const char *text)
{
	printf("%s%-*s", style__on(STYLE_DIM), INDENT, label);
	rest(text, INDENT);
	printf("%s", style__off());
}

static void check_print(const struct setup_check *check)
{
	const char *word = !check->known ? "?" : check->ok ? "ok" : "!!";

	printf("%s%-3s%s%-15s", style__on(check->known && !check->ok ? STYLE_ALERT : STYLE_PLAIN),
	       word, style__off(), check->name);
	rest(safe__cut(check->found, 200).s, 3 + 15);
	if (check->known && !check->ok)
		paragraph("   advice", check->advice);
}

void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct setup_check *checks, size_t nr, bool endless)
{
	static const char title[] = "ipitrace isolated: ";
	char text[256];
	struct block b;

	block__begin(&b, text, sizeof(text));
	block__add(&b, "%s, %s; CPU %s", safe__cut(host->name.nodename, 16).s,
		   safe__cut(host->name.release, 22).s, view__cpus(cpus).s);
	printf("%s%s%s", style__on(STYLE_HEAD), title, style__off());
	rest(text, sizeof(title) - 1);
	for (size_t i = 0; i < nr; i++)
		check_print(&checks[i]);
	if (endless)
		printf("\ncollecting; Ctrl-C ends, and gives the verdict\n");
}

/* The function, or the device, task or interrupt where there is none. */
static struct safe name_of(const struct culprit *culprit)
{
	static const char *const softirqs[] = { "HI",	    "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
						"IRQ_POLL", "TASKLET", "SCHED",	 "HRTIMER", "RCU" };
	char name[2 * CULPRIT_TEXT + 4];

	if (*culprit->func)
		snprintf(name, sizeof(name), "%s%s%s%s", culprit->func,
			 *culprit->module ? " [" : "", culprit->module,
			 *culprit->module ? "]" : "");
	else if (culprit->kind == INTERRUPTION_IRQ)
		snprintf(name, sizeof(name), "irq %" PRIu32 " %.*s", culprit->id, COMM_LEN,
			 culprit->what);
	else if (culprit->kind == INTERRUPTION_SOFTIRQ && culprit->id < 10)
		snprintf(name, sizeof(name), "%s", softirqs[culprit->id]);
	else if (culprit->kind == INTERRUPTION_SWITCH && culprit->id)
		snprintf(name, sizeof(name), "%.*s[%" PRIu32 "]", COMM_LEN, culprit->what,
			 culprit->id);
	else if (*culprit->what)
		snprintf(name, sizeof(name), "%.*s", COMM_LEN, culprit->what);
	else if (culprit->addr)
		snprintf(name, sizeof(name), "0x%" PRIx64, culprit->addr);
	else
		snprintf(name, sizeof(name), "-");
	/* Beside the other columns and the note that it is allowed. */
	return safe__cut(name, culprit->allowed ? 20 : 30);
}

/* The sender in words; "" if there is none. */
static void sender_text(const struct culprit *culprit, char *text, size_t size)
{
	const struct task_id *sender = &culprit->sender;
	struct block b;

	block__begin(&b, text, size);
	if (!sender->known)
		return;
	if (culprit->serves)
		block__add(&b, "for %s[%" PRIu32 "]", safe__comm(sender->comm).s, sender->tgid);
	else if (sender->interrupt)
		block__add(&b, "from an interrupt");
	else
		block__add(&b, "from %s[%" PRIu32 "]", safe__comm(sender->comm).s, sender->tgid);
	if (!culprit->serves && culprit->src_known)
		block__add(&b, " on CPU %" PRIu32, culprit->src);
	if (*culprit->cgroup && strcmp(culprit->cgroup, "/"))
		block__add(&b, " in %s", safe__cut(culprit->cgroup, 60).s);
	if (*culprit->caller)
		block__add(&b, ", by %s", safe__cut(culprit->caller, 60).s);
}

/* The whole stack of the sender in the report; the verdict has its caller alone. */
static void chain_print(const struct culprit *culprit)
{
	if (culprit->chain && strcmp(culprit->chain, culprit->caller))
		paragraph("", safe__cut(culprit->chain, 400).s);
}

static enum group group_of(const struct culprit *culprit)
{
	switch (culprit->other ? INTERRUPTION_SWITCH : culprit->kind) {
	case INTERRUPTION_CSD:
	case INTERRUPTION_WAKE_SENT:
	case INTERRUPTION_IRQ_WORK:
		return GROUP_IPIS;
	case INTERRUPTION_VECTOR:
		/* Of a call or a reschedule the sender alone was not seen. */
		return !strcmp(culprit->cause, "empty_call") ||
				       !strcmp(culprit->cause, "reschedule") ?
			       GROUP_IPIS :
			       GROUP_INTERRUPTS;
	case INTERRUPTION_IRQ:
	case INTERRUPTION_SOFTIRQ:
	case INTERRUPTION_TIMER:
		return GROUP_INTERRUPTS;
	default:
		return GROUP_TASKS;
	}
}

/* The figures, and the function where there is room for it; else it goes into @below. */
static void culprit_row(const struct culprit *culprit, struct block *below)
{
	const char *mark = culprit->allowed ? " (allowed)" : "";
	bool wide = style__columns() == STYLE_COLUMNS;

	printf("%s%9s %8s %8s  ", culprit->allowed ? "" : style__on(STYLE_ALERT),
	       units__ns_of(culprit->stolen, culprit->timed).s, units__count(culprit->count).s,
	       units__ns_of(culprit->longest, culprit->timed).s);
	if (wide)
		printf("%-20s %s%s", culprit->cause, name_of(culprit).s, mark);
	else
		printf("%.20s", culprit->cause);
	printf("%s\n", culprit->allowed ? "" : style__off());
	if (!wide)
		block__add(below, "%s%s%s", name_of(culprit).s, mark,
			   culprit->sender.known ? " " : "");
}

/* @told: the group has a row of the same cause already, which says why and what to do. */
static void culprit_print(const struct culprit *culprit, bool told)
{
	char text[1024], sender[768];
	struct block below;

	block__begin(&below, text, sizeof(text));
	culprit_row(culprit, &below);
	sender_text(culprit, sender, sizeof(sender));
	block__add(&below, "%s", sender);
	if (*text)
		paragraph("", text);
	if (culprit->allowed)
		return;
	chain_print(culprit);
	if (told)
		return;
	paragraph("", culprit->because);
	if (culprit->follows)
		paragraph("     do:", "it goes with what runs there: the culprits of tasks");
	else
		paragraph("     do:", culprit->advice);
}

/* Whether a culprit before @culprits[@at] in its group has its cause, and said what to do. */
static bool is_told(const struct culprit *culprits, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (group_of(&culprits[i]) == group_of(&culprits[at]) && !culprits[i].allowed &&
		    culprits[i].follows == culprits[at].follows &&
		    !strcmp(culprits[i].cause, culprits[at].cause))
			return true;
	return false;
}

static void group_head(const struct isolated_cpu *cpu, enum group group)
{
	uint64_t count = 0, stolen = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (group_of(&cpu->culprits[i]) != group)
			continue;
		count += cpu->culprits[i].count;
		stolen += cpu->culprits[i].stolen;
	}
	printf("\n%s%s%s: %s time%s, %s stolen\n", style__on(STYLE_HEAD), group_names[group],
	       style__off(), units__count(count).s, units__plural(count), units__ns(stolen).s);
	printf("%s   stolen    count  longest  CAUSE%s%s\n", style__on(STYLE_HEAD),
	       style__columns() == STYLE_COLUMNS ? "                FUNCTION" : "", style__off());
}

static void group_print(const struct isolated_cpu *cpu, enum group group)
{
	size_t nr = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (group_of(&cpu->culprits[i]) != group)
			continue;
		if (!nr)
			group_head(cpu, group);
		if (nr++ < CULPRITS_SHOWN)
			culprit_print(&cpu->culprits[i], is_told(cpu->culprits, i));
	}
	if (nr > CULPRITS_SHOWN)
		printf("           and %zu more: -j has all\n", nr - CULPRITS_SHOWN);
}

static void cpu_print(const struct isolated_cpu *cpu)
{
	static const char *const words[] = { "quiet", "not quiet", "not certain" };

	printf("\nCPU %" PRIu32 ": %s%s%s; longest silence %s\n", cpu->cpu,
	       style__on(cpu->verdict == VERDICT_QUIET ? STYLE_PLAIN : STYLE_ALERT),
	       words[cpu->verdict], style__off(), units__ns(cpu->silence).s);
	printf("       %s interruption%s, %s stolen, longest %s\n", units__count(cpu->count).s,
	       units__plural(cpu->count), units__ns(cpu->stolen).s, units__ns(cpu->longest).s);
	for (int group = 0; group < NR_GROUPS; group++)
		group_print(cpu, group);
}

void view__isolated(const struct isolation *isolation)
{
	for (size_t i = 0; i < isolation->nr_cpus; i++)
		cpu_print(&isolation->cpus[i]);
	putchar('\n');
}

/* The first culprit that is not allowed; NULL: none. */
static const struct culprit *first_of(const struct isolated_cpu *cpu)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		if (!cpu->culprits[i].allowed)
			return &cpu->culprits[i];
	return NULL;
}

static void cpu_verdict(const struct isolated_cpu *cpu)
{
	const struct culprit *first = first_of(cpu);
	char sender[1024] = "";

	if (cpu->verdict != VERDICT_NOT_QUIET)
		return;
	printf("%sCPU %" PRIu32 " is not quiet%s: ", style__on(STYLE_ALERT), cpu->cpu,
	       style__off());
	if (!first) {
		printf("did not get on for %s\n", units__ns(cpu->longest).s);
		return;
	}
	sender_text(first, sender, sizeof(sender));
	printf("%s, %s time%s, %s\n", first->cause, units__count(first->count).s,
	       units__plural(first->count),
	       first->timed ? units__ns(first->stolen).s : "time not known");
	if (*sender)
		paragraph("", sender);
}

/* Why there is no verdict. */
static void doubt(const struct isolation *isolation)
{
	char text[320];

	if (isolation->cut.by != CUT_NOT)
		snprintf(text, sizeof(text), "%s; until then it was quiet", isolation->cut.why);
	else
		snprintf(text, sizeof(text),
			 "%s event%s lost, and each may hide an interruption; run it again, or "
			 "take that with --allow lost=%" PRIu64,
			 units__count(isolation->lost).s, isolation->lost == 1 ? " was" : "s were",
			 isolation->lost);
	printf("%snot certain%s: ", style__on(STYLE_ALERT), style__off());
	rest(text, strlen("not certain: "));
}

/* Events that were lost, where that makes no difference. */
static void loss(const struct isolation *isolation)
{
	if (isolation->lost && isolation->verdict != VERDICT_NOT_CERTAIN)
		printf("lost: %s event%s%s\n", units__count(isolation->lost).s,
		       units__plural(isolation->lost),
		       isolation->verdict == VERDICT_QUIET ? ", which --allow covers" : "");
	if (isolation->senders_lost)
		printf("lost: the sender%s of %s csd%s\n", units__plural(isolation->senders_lost),
		       units__count(isolation->senders_lost).s,
		       units__plural(isolation->senders_lost));
}

void view__isolated_verdict(const struct isolation *isolation)
{
	for (size_t i = 0; i < isolation->nr_cpus; i++)
		cpu_verdict(&isolation->cpus[i]);
	loss(isolation);
	if (isolation->verdict == VERDICT_NOT_CERTAIN)
		doubt(isolation);
	if (isolation->verdict == VERDICT_QUIET)
		printf("quiet for %.2f s\n", window__seconds(&isolation->window));
}
