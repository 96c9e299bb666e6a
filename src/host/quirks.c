// SPDX-License-Identifier: GPL-2.0
#include "host/machine.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* CPUID 0x80000008: a bit of EBX is the flag of INVLPGB, which /proc/cpuinfo may lack. */
#define CPUID_ADDRESS_SIZES 0x80000008
#define CPUID_INVLPGB	    (1U << 3)

/*
 * The fourth leaf after Hyper-V's first: this bit of EAX says that Hyper-V flushes TLBs
 * (arch/x86/include/asm/hyperv-tlfs.h).
 */
#define HYPERV_HINTS   4
#define HYPERV_FLUSHES (1U << 2)

/*
 * Whether the kernel asks Hyper-V to flush TLBs: hyperv_setup_mmu_ops(), arch/x86/hyperv/mmu.c,
 * since 4.14. A KVM that shows Hyper-V's leaves first is KVM to the kernel
 * (detect_hypervisor_vendor(), arch/x86/kernel/cpu/hypervisor.c).
 */
static bool asks_hyperv(void)
{
	uint32_t leaf = machine__hypervisor_leaf(HYPERVISOR_HYPERV);
	unsigned int a, b, c, d;

	if (!leaf || machine__hypervisor_leaf(HYPERVISOR_KVM))
		return false;
	__cpuid(leaf + HYPERV_HINTS, a, b, c, d);
	return a & HYPERV_FLUSHES;
}

struct tlb_facts quirks__tlb_facts(const char *root)
{
	unsigned int a, b, c, d;
	char type[16];

	return (struct tlb_facts){
		.invlpgb = __get_cpuid(CPUID_ADDRESS_SIZES, &a, &b, &c, &d) && (b & CPUID_INVLPGB),
		.global_asids = KERNEL_UNKNOWN,
		.hyperv = asks_hyperv(),
		/* xen_mmu_ops, arch/x86/xen/mmu_pv.c: only of paravirtual guests. */
		.xen = sysfile__line(type, sizeof(type), "%s/sys/hypervisor/guest_type", root) &&
		       !strcmp(type, "PV"),
	};
}

void quirks__tlb(struct feature *feature, const struct tlb_facts *facts)
{
	const char *host = facts->hyperv ? "Hyper-V" : facts->xen ? "Xen" : NULL;

	if (host)
		feature__tell(feature, false, "the kernel asks %s, by hypercalls: no IPI", host);
	else if (!facts->invlpgb)
		feature__tell(feature, true, "by IPIs: this CPU has no INVLPGB");
	else if (facts->global_asids == KERNEL_LACKS)
		feature__tell(feature, true, "by IPIs: this kernel does not use the CPU's INVLPGB");
	else if (facts->global_asids == KERNEL_UNKNOWN)
		feature__tell(feature, false,
			      "the CPU has INVLPGB; whether the kernel uses it: not known");
	else
		feature__tell(feature, false,
			      "INVLPGB: flushes of kernel addresses, of 4 CPUs or more: no IPI");
}
#else
struct tlb_facts quirks__tlb_facts(const char *root)
{
	(void)root;
	return (struct tlb_facts){};
}

/* arm64 flushes other CPUs' TLBs without IPIs: the TLBI instructions broadcast. */
void quirks__tlb(struct feature *feature, const struct tlb_facts *facts)
{
	(void)facts;
	feature__tell(feature, false, "this architecture flushes other CPUs' TLBs without IPIs");
}
#endif

enum flush_way quirks__flush_way(const struct tlb_facts *facts)
{
	if (facts->hyperv || facts->xen)
		return FLUSH_BY_HOST;
	return facts->invlpgb && facts->global_asids == KERNEL_HAS ? FLUSH_BY_INVLPGB :
								     FLUSH_BY_IPI;
}

void quirks__isolation(struct feature *feature, enum kernel_has kernel)
{
	static const char *const how[] = {
		[KERNEL_UNKNOWN] = "looked at once, at the start; not known if it may change",
		[KERNEL_LACKS] = "isolcpus=, nohz_full= stay as at boot; cpusets may change",
		[KERNEL_HAS] = "cpuset partitions change it at run time (housekeeping_update)",
	};

	feature__tell(feature, true, "%s", how[kernel]);
}

/* The file exists if the kernel has csdlock_debug and csd_lock_timeout. */
#define TIMEOUT "/sys/module/smp/parameters/csd_lock_timeout"

/* @without: what a kernel without them does. */
static bool has_debug(struct feature *feature, const char *root, struct stat *file,
		      const char *without)
{
	char path[256];

	snprintf(path, sizeof(path), "%s" TIMEOUT, root);
	if (!stat(path, file))
		return true;
	feature__tell(feature, false, "needs CONFIG_CSD_LOCK_WAIT_DEBUG: %s", without);
	return false;
}

void quirks__csd_timeout(struct feature *feature, const char *root)
{
	uint64_t ms;
	struct stat file;
	const char *set;

	if (!has_debug(feature, root, &file, "no line in the log"))
		return;
	/* Do not ask access(): root may write a file even if the file's mode has no such bit. */
	set = file.st_mode & 0222 ? "can be written" : "set at boot";
	if (!sysfile__number(&ms, "%" SCNu64, "%s" TIMEOUT, root))
		feature__tell(feature, true, "not known (csd_lock_timeout), %s", set);
	else if (!ms)
		feature__tell(feature, true, "never, %s", set);
	else
		feature__tell(feature, true, "after %" PRIu64 " ms, %s", ms, set);
}

/* Take the next argument from *@at on; blanks in quotes do not end it. NULL: there is none. */
static char *argument_next(char **at)
{
	char *arg = *at + strspn(*at, " \t\n"), *end = arg;
	bool quoted = false;

	if (!*arg)
		return NULL;
	for (; *end && (quoted || !isspace((unsigned char)*end)); end++)
		quoted ^= *end == '"';
	*at = *end ? end + 1 : end;
	*end = '\0';
	return arg;
}

/* Returns the text after @name= in @arg, or NULL. The kernel accepts - in place of _. */
static const char *argument_value(const char *arg, const char *name)
{
	arg += *arg == '"';
	for (; *name; name++, arg++)
		if (*arg != *name && !(*name == '_' && *arg == '-'))
			return NULL;
	if (*arg++ != '=')
		return NULL;
	return arg + (*arg == '"');
}

/* Read csdlock_debug= on the command line: the last number decides (kernel/smp.c, since 6.4). */
static enum kernel_has debug_by_command_line(const char *root)
{
	enum kernel_has debug = KERNEL_UNKNOWN;
	char line[8192], *at = line, *arg;

	sysfile__line(line, sizeof(line), "%s/proc/cmdline", root);
	/* Arguments after -- are for init. */
	while ((arg = argument_next(&at)) && strcmp(arg, "--") != 0) {
		const char *value = argument_value(arg, "csdlock_debug");
		char *end;
		long number = value ? strtol(value, &end, 0) : 0;

		if (value && end != value)
			debug = number ? KERNEL_HAS : KERNEL_LACKS;
	}
	return debug;
}

#define DEBUG_DEFAULT "CONFIG_CSD_LOCK_WAIT_DEBUG_DEFAULT"

static enum kernel_has debug_by_config(const char *root)
{
	char line[64];
	struct utsname name;

	if (uname(&name))
		return KERNEL_UNKNOWN;
	if (sysfile__rest(line, sizeof(line), DEBUG_DEFAULT "=y", "%s/boot/config-%s", root,
			  name.release))
		return KERNEL_HAS;
	if (sysfile__rest(line, sizeof(line), "# " DEBUG_DEFAULT " is not set", "%s/boot/config-%s",
			  root, name.release))
		return KERNEL_LACKS;
	return KERNEL_UNKNOWN;
}

void quirks__csd_debug(struct feature *feature, const char *root)
{
	static const char *const how[] = {
		[KERNEL_UNKNOWN] = "not known: neither boot options nor /boot/config-* show it",
		[KERNEL_LACKS] = "off",
		[KERNEL_HAS] = "on: from Linux 7.2 on all senders share a target's csd",
	};
	enum kernel_has debug;
	struct stat file;

	if (!has_debug(feature, root, &file, "the sender owns them"))
		return;
	debug = debug_by_command_line(root);
	if (debug == KERNEL_UNKNOWN)
		debug = debug_by_config(root);
	feature__tell(feature, true, "%s", how[debug]);
}
