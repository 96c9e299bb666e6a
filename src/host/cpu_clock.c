// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/storm_facts.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* EDX of CPUID 0x80000007: the TSC is constant and does not stop (both vendors). */
#define CPUID_POWER	0x80000007
#define CPUID_INVARIANT (1U << 8)

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += len)
		if (at > line && at[-1] == ' ' && (!at[len] || strchr(" \n", at[len])))
			return true;
	return false;
}

/*
 * Read the kernel's own flags, on which KVM relies: X86_FEATURE_CONSTANT_TSC is
 * also set for old models that have no CPUID bit for it.
 */
void tsc__parse(struct tsc_evidence *tsc, const char *cpuinfo, const char *clocksource)
{
	char flags[8192];

	memset(tsc, 0, sizeof(*tsc));
	tsc->known = sysfile__rest(flags, sizeof(flags), "flags", "%s", cpuinfo);
	tsc->constant = has_word(flags, "constant_tsc");
	tsc->nonstop = has_word(flags, "nonstop_tsc");
	sysfile__line(tsc->clocksource, sizeof(tsc->clocksource), "%s", clocksource);
}

void tsc__read(struct tsc_evidence *tsc)
{
	tsc__parse(tsc, "/proc/cpuinfo",
		   "/sys/devices/system/clocksource/clocksource0/current_clocksource");
#if defined(__x86_64__) || defined(__i386__)
	{
		unsigned int a, b, c, d;

		tsc->invariant = __get_cpuid(CPUID_POWER, &a, &b, &c, &d) && (d & CPUID_INVARIANT);
	}
#endif
}

static bool is_rt(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.version, " PREEMPT_RT ");
}

/*
 * KVM follows frequency changes, with an IPI to each CPU, only where the TSC is not constant
 * (kvm_timer_init() in arch/x86/kvm/x86.c); PREEMPT_RT does not let it load there.
 */
void tsc__feature(struct feature *f)
{
	struct tsc_evidence tsc;

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

/* affected_cpus is "0 1 2". */
static void read_policy_cpus(struct cpuset *cpus, const char *dir)
{
	char list[CPUSET_TEXT];

	sysfile__line(list, sizeof(list), "%s/affected_cpus", dir);
	for (char *p = list; *p; p++)
		if (*p == ' ')
			*p = p[1] ? ',' : '\0';
	if (cpuset__parse(cpus, list))
		memset(cpus, 0, sizeof(*cpus));
}

static void policy_read(struct cpufreq_policy *policy, const char *policies, const char *name)
{
	char dir[180];

	memset(policy, 0, sizeof(*policy));
	snprintf(dir, sizeof(dir), "%.140s/%.32s", policies, name);
	snprintf(policy->name, sizeof(policy->name), "%.32s", name);
	read_policy_cpus(&policy->cpus, dir);
	policy->nr_cpus = cpuset__count(&policy->cpus);
	sysfile__line(policy->driver, sizeof(policy->driver), "%s/scaling_driver", dir);
	sysfile__line(policy->governor, sizeof(policy->governor), "%s/scaling_governor", dir);
}

void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root)
{
	struct cpufreq_policy policy;
	const struct dirent *entry;
	char path[140];
	DIR *dir;

	snprintf(path, sizeof(path), "%.100s/sys/devices/system/cpu/cpufreq", root);
	dir = sysdir__open("%s", path);
	evidence->nr_policies = 0;
	evidence->cpus_a_policy = 0;
	while ((entry = sysdir__next(dir))) {
		if (strncmp(entry->d_name, "policy", 6))
			continue;
		policy_read(&policy, path, entry->d_name);
		if (!evidence->nr_policies)
			evidence->cpus_a_policy = policy.nr_cpus;
		else if (evidence->cpus_a_policy != policy.nr_cpus)
			evidence->cpus_a_policy = 0;
		if (evidence->nr_policies < POLICIES_MAX)
			evidence->policies[evidence->nr_policies] = policy;
		evidence->nr_policies++;
	}
}
