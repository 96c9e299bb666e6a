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
#define CULPRITS_SHOWN 8

/* A paragraph, indented. */
static void paragraph(const char *label, const char *text)
{
	char buf[2048];
	struct block b;

	block__begin(&b, buf, sizeof(buf));
	block__wrap(&b, text, INDENT);
	printf("%s%-*s%s%s", style__on(STYLE_DIM), INDENT, label, buf, style__off());
}

static void check_print(const struct setup_check *check)
{
	const char *word = !check->known ? "?" : check->ok ? "ok" : "no";
	char text[640], label[INDENT + 32];

	printf("%s%-3s%s%-15s%s\n",
	       style__on(check->known && !check->ok ? STYLE_ALERT : STYLE_PLAIN), word,
	       style__off(), check->name, safe__cut(check->found, 200).s);
	if (!check->known || check->ok)
		return;
	snprintf(text, sizeof(text), "%s", check->advice);
	snprintf(label, sizeof(label), "   advice");
	paragraph(label, text);
}

void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct setup_check *checks, size_t nr)
{
	printf("%sipitrace isolated%s: %s, %s; CPU %s\n", style__on(STYLE_HEAD), style__off(),
	       safe__cut(host->name.nodename, 16).s, safe__cut(host->name.release, 22).s,
	       view__cpus(cpus).s);
	for (size_t i = 0; i < nr; i++)
		check_print(&checks[i]);
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
	if (culprit->kind == INTERRUPTION_TIMER)
		block__add(&b, "for %s[%" PRIu32 "]", safe__comm(sender->comm).s, sender->tgid);
	else if (sender->interrupt)
		block__add(&b, "from an interrupt");
	else
		block__add(&b, "from %s[%" PRIu32 "]", safe__comm(sender->comm).s, sender->tgid);
	if (culprit->kind != INTERRUPTION_TIMER && culprit->src_known)
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

static void culprit_print(const struct culprit *culprit)
{
	char text[1024];

	printf("%s%9s %8s %8s  %-20s %s%s%s\n", culprit->allowed ? "" : style__on(STYLE_ALERT),
	       units__ns_of(culprit->stolen, culprit->timed).s, units__count(culprit->count).s,
	       units__ns_of(culprit->longest, culprit->timed).s, culprit->cause, name_of(culprit).s,
	       culprit->allowed ? " (allowed)" : "", culprit->allowed ? "" : style__off());
	sender_text(culprit, text, sizeof(text));
	if (*text)
		paragraph("", text);
	if (culprit->allowed)
		return;
	chain_print(culprit);
	snprintf(text, sizeof(text), "%s", culprit->because);
	paragraph("", text);
	if (culprit->follows)
		paragraph("     do:", "it goes with what runs there: the culprits above");
	else
		paragraph("     do:", culprit->advice);
}

static void cpu_print(const struct isolated_cpu *cpu)
{
	printf("\nCPU %" PRIu32 ": %s%s%s; %s times, %s stolen, longest %s; silence %s\n", cpu->cpu,
	       style__on(cpu->quiet ? STYLE_PLAIN : STYLE_ALERT),
	       cpu->quiet ? "quiet" : "not quiet", style__off(), units__count(cpu->count).s,
	       units__ns(cpu->stolen).s, units__ns(cpu->longest).s, units__ns(cpu->silence).s);
	if (!cpu->nr_culprits)
		return;
	printf("%s   stolen    count  longest  CAUSE                FUNCTION%s\n",
	       style__on(STYLE_HEAD), style__off());
	for (size_t i = 0; i < cpu->nr_culprits && i < CULPRITS_SHOWN; i++)
		culprit_print(&cpu->culprits[i]);
	if (cpu->nr_culprits > CULPRITS_SHOWN)
		printf("           and %zu more: -j has all\n", cpu->nr_culprits - CULPRITS_SHOWN);
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

	if (cpu->quiet)
		return;
	printf("%sCPU %" PRIu32 " is not quiet%s: ", style__on(STYLE_ALERT), cpu->cpu,
	       style__off());
	if (!first) {
		printf("did not get on for %s\n", units__ns(cpu->longest).s);
		return;
	}
	sender_text(first, sender, sizeof(sender));
	printf("%s, %s %s, %s\n", first->cause, units__count(first->count).s,
	       first->count == 1 ? "time" : "times",
	       first->timed ? units__ns(first->stolen).s : "time not known");
	if (*sender)
		paragraph("", sender);
}

void view__isolated_verdict(const struct isolation *isolation)
{
	double seconds = window__seconds(&isolation->window);

	for (size_t i = 0; i < isolation->nr_cpus; i++)
		cpu_verdict(&isolation->cpus[i]);
	if (isolation->lost)
		printf("%snot certain%s: %s events were lost\n", style__on(STYLE_ALERT),
		       style__off(), units__count(isolation->lost).s);
	else if (isolation->quiet)
		printf("quiet for %.2f s\n", seconds);
}
