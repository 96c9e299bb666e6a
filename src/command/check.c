// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include "../collect.h"
#include "../command.h"
#include "../message.h"
#include "../probe.h"
#include "../tsc.h"
#include "../view/json.h"
#include "../view/style.h"

/* Whether the programs that see interrupts load here. */
static void task_context(struct feature *f)
{
	struct collect_config config = { .by_key = BY_SENDER, .no_attach = true };
	struct collect *collect;
	int err = collect__open(&collect, &config);

	f->name = "task";
	f->what = "-p, --by: tasks told from what interrupts them";
	f->available = !err && collect__sees_interrupts(collect);
	if (f->available)
		snprintf(f->how, sizeof(f->how), "the CPU's preempt count");
	else if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else
		snprintf(f->why, sizeof(f->why),
			 "needs CONFIG_KALLSYMS_ALL; the current task is taken instead");
	collect__close(collect);
}

static void waits(struct feature *f, int err, const struct collect *collect)
{
	f->name = "wait";
	f->what = "how long senders wait";
	f->available = !err;
	if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else if (collect__wait_source(collect) == WAITS_FEXIT)
		snprintf(f->how, sizeof(f->how), "fexit: from the call to its return");
	else
		snprintf(f->how, sizeof(f->how),
			 "csd: to the last target's end (no fentry, fexit programs here)");
}

static bool is_rt(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.version, " PREEMPT_RT ");
}

/*
 * KVM follows frequency changes, with an IPI to each CPU, only where the TSC
 * is not constant (kvm_timer_init() in arch/x86/kvm/x86.c); PREEMPT_RT does
 * not let it load there.
 */
static void constant_tsc(struct feature *f)
{
	struct tsc_facts tsc;

	tsc__read(&tsc);
	f->name = "tsc";
	f->what = "storm: KVM's tsc_khz_changed cannot happen";
	f->available = !tsc.known || tsc.constant || is_rt();
	if (!tsc.known)
		snprintf(f->how, sizeof(f->how), "no x86: there is no TSC");
	else if (tsc.constant)
		snprintf(f->how, sizeof(f->how), "constant_tsc%s; clocksource %.20s",
			 tsc.nonstop ? ", nonstop_tsc" : "", tsc.clocksource);
	else if (f->available)
		snprintf(f->how, sizeof(f->how),
			 "no constant_tsc, without which PREEMPT_RT has no KVM");
	else
		snprintf(f->why, sizeof(f->why),
			 "no constant_tsc: with kvm loaded a frequency change interrupts CPUs");
}

/* The proof: it is done. Fills @f and @wait; 0 or the negative errno. */
static int main_job(struct feature *f, struct feature *wait)
{
	struct collect_config config = {};
	struct collect *collect;
	int err = collect__open(&collect, &config);

	f->name = "main job";
	f->what = "all of it, loaded and attached";
	f->available = !err;
	if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else
		snprintf(f->how, sizeof(f->how), "%llu KiB of maps for CPUs up to %u",
			 (unsigned long long)collect__map_bytes(collect) / 1024,
			 collect__possible(collect)->end - 1);
	waits(wait, err, collect);
	collect__close(collect);
	return err;
}

static void feature_print(const struct feature *f)
{
	printf("%s%s%s  %-9s %s\n", style__on(f->available ? STYLE_PLAIN : STYLE_ALERT),
	       f->available ? "ok" : "no", style__off(), f->name, f->what);
	printf("%s              %s%s\n", style__on(STYLE_DIM), f->available ? f->how : f->why,
	       style__off());
}

#define NR_OWN 4

int command_check(const struct options *opts)
{
	struct feature features[NR_FEATURES + NR_OWN] = {}, *own = &features[NR_FEATURES];
	size_t nr = NR_FEATURES + NR_OWN;
	int err, status;

	if (opts->program)
		return fail(EXIT_USAGE, "check: takes no PROGRAM");
	probe__features(features);
	constant_tsc(&own[0]);
	task_context(&own[1]);
	err = main_job(&own[3], &own[2]);
	if (opts->json) {
		status = output_status(json__check(features, nr));
		if (status != EXIT_DONE)
			return status;
	} else {
		for (size_t i = 0; i < nr; i++)
			feature_print(&features[i]);
	}
	if (err)
		return fail(EXIT_CANNOT, "%s", own[3].why);
	return EXIT_DONE;
}
