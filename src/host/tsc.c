// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include "base/sysfile.h"
#include "host/tsc.h"
#include "model/feature.h"
#include "model/storm_evidence.h"

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
	FILE *file = fopen(cpuinfo, "re");
	char *line = NULL;
	size_t size = 0;

	memset(tsc, 0, sizeof(*tsc));
	while (file && !tsc->known && getline(&line, &size, file) > 0) {
		if (strncmp(line, "flags", 5))
			continue;
		tsc->known = true;
		tsc->constant = has_word(line, "constant_tsc");
		tsc->nonstop = has_word(line, "nonstop_tsc");
	}
	free(line);
	if (file)
		fclose(file);
	sysfile__line(tsc->clocksource, sizeof(tsc->clocksource), clocksource);
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
 * KVM follows frequency changes, with an IPI to each CPU, only where the TSC
 * is not constant (kvm_timer_init() in arch/x86/kvm/x86.c); PREEMPT_RT does
 * not let it load there.
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
