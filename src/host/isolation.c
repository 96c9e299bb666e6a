// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include "host/machine.h"

#define LINE	   4096
/* Bytes of a list of CPUs in a finding; "..." is in the place of what is beyond. */
#define CPUS_SHOWN 64

/* The data that all checks share. */
struct checker {
	const char *root;
	const struct cpuset *cpus;
	struct cpuset others; /* CPUs that are online, and not judged */
	bool others_known;
	struct setup_check *checks;
	size_t nr;
};

static bool line_read(const char *root, const char *path, char line[LINE])
{
	return sysfile__line(line, LINE, "%s%s", root, path) && *line;
}

/* Read a list of CPUs. False, and no CPUs, if the file is missing, empty or "(null)". */
static bool list_read(const char *root, const char *path, struct cpuset *set)
{
	if (!cpuset__read_path(set, "%s%s", root, path))
		return true;
	memset(set, 0, sizeof(*set));
	return false;
}

/*
 * Add the CPUs of isolated partitions to the set. cpuset.cpus.partition reads
 * "isolated", or "isolated invalid (...)" if the partition has no effect (since
 * 6.1).
 */
static void partition_read(void *ctx, const char *dir, uint64_t id)
{
	struct cpuset *set = ctx, cpus;
	char line[LINE];

	(void)id;
	if (line_read(dir, "/cpuset.cpus.partition", line) && !strcmp(line, "isolated") &&
	    list_read(dir, "/cpuset.cpus.effective", &cpus))
		cpuset__unite(set, &cpus);
}

/* Read the CPUs that no scheduling domain has: isolcpus=domain, isolated partitions. */
static void domainless_read(const char *root, struct cpuset *set)
{
	char top[PATH_MAX];

	list_read(root, "/sys/devices/system/cpu/isolated", set);
	snprintf(top, sizeof(top), "%s/sys/fs/cgroup", root);
	cgroup_walk(top, partition_read, set);
}

void isolation__cpus(const char *root, struct cpuset *set)
{
	struct cpuset nohz_full;

	domainless_read(root, set);
	list_read(root, "/sys/devices/system/cpu/nohz_full", &nohz_full);
	cpuset__unite(set, &nohz_full);
}

/* Parse a mask of the kernel, which is hexadecimal: "3" or "f,ffffffff". Returns 0 or -EINVAL. */
static int mask_parse(struct cpuset *set, const char *text)
{
	size_t len = strlen(text);
	uint32_t cpu = 0;

	memset(set, 0, sizeof(*set));
	while (len) {
		char digit = text[--len];
		int value;

		if (digit == ',')
			continue;
		if (!isxdigit((unsigned char)digit) || cpu + 4 > CPUSET_MAX)
			return -EINVAL;
		value = digit <= '9' ? digit - '0' : tolower(digit) - 'a' + 10;
		for (int bit = 0; bit < 4; bit++, cpu++)
			if (value >> bit & 1)
				cpuset__add(set, cpu);
	}
	return cpu ? 0 : -EINVAL;
}

/* Set the advice of @check. @irq: the interrupt that the advice is about; negative: none. */
static void advice_set(const struct checker *c, struct setup_check *check, const char *advice,
		       int irq)
{
	struct advice_values values = {
		.judged = c->cpus,
		.others = c->others_known ? &c->others : NULL,
		.cpu = cpuset__count(c->cpus) == 1 ? cpuset__next(c->cpus, 0) : -1,
		.irq = irq,
	};

	advice__fill(&values, advice, check->advice, sizeof(check->advice));
}

static struct setup_check *check_add(struct checker *c, const char *name, const char *advice)
{
	struct setup_check *check = &c->checks[c->nr++];

	*check = (struct setup_check){ .name = name, .known = true, .ok = true };
	advice_set(c, check, advice, -1);
	return check;
}

/*
 * Fail the check if CPUs of @bad are judged: its finding is these CPUs, followed by @one, or by
 * @several if they are several. @good is the finding otherwise.
 */
static void check_cpus(struct checker *c, struct setup_check *check, const struct cpuset *bad,
		       const char *one, const char *several, const char *good)
{
	struct cpuset found = *c->cpus;
	char list[2 * CPUS_SHOWN];

	cpuset__intersect(&found, bad);
	check->ok = !cpuset__count(&found);
	if (check->ok) {
		snprintf(check->found, sizeof(check->found), "%s", good);
		return;
	}
	cpuset__format(&found, list, sizeof(list));
	cpuset__shorten(list, CPUS_SHOWN);
	if (cpuset__count(&found) == 1)
		snprintf(check->found, sizeof(check->found), "CPU %s %s", list, one);
	else
		snprintf(check->found, sizeof(check->found), "CPUs %s %s", list, several);
}

static void set_unknown(struct setup_check *check, const char *path)
{
	check->known = false;
	snprintf(check->found, sizeof(check->found), "%s cannot be read", path);
}

/* Fail the check if CPUs are judged that are not in @good. */
static void check_others(struct checker *c, struct setup_check *check, const struct cpuset *good,
			 const char *one, const char *several, const char *good_text)
{
	struct cpuset bad = *c->cpus;

	cpuset__subtract(&bad, good);
	check_cpus(c, check, &bad, one, several, good_text);
}

/* Get the value of @key, "rcu_nocbs=", on the kernel's command line, as a list of CPUs. */
static bool cmdline_list(const char *cmdline, const char *key, struct cpuset *set)
{
	const char *at = cmdline;
	char value[256];
	size_t len;

	while ((at = strstr(at, key)) && at != cmdline && at[-1] != ' ')
		at++;
	if (!at)
		return false;
	at += strlen(key);
	len = strcspn(at, " \n");
	snprintf(value, sizeof(value), "%.*s", (int)len, at);
	return !cpuset__parse(set, value);
}

/*
 * Check where RCU's callbacks run: the kernel also offloads the callbacks of the CPUs of nohz_full=
 * (kernel/rcu/tree_nocb.h).
 */
static void check_rcu(struct checker *c, const struct cpuset *nohz_full)
{
	struct setup_check *check = check_add(c, "rcu_nocbs", "boot with rcu_nocbs=LIST");
	struct cpuset offloaded = *nohz_full, named;
	char line[LINE];

	if (!line_read(c->root, "/proc/cmdline", line)) {
		set_unknown(check, "/proc/cmdline");
		return;
	}
	if (cmdline_list(line, "rcu_nocbs=", &named))
		cpuset__unite(&offloaded, &named);
	check_others(c, check, &offloaded, "runs its own RCU callbacks",
		     "run their own RCU callbacks", "RCU callbacks run elsewhere");
}

/* Whether interrupt @irq has a handler: its directory is in /proc/irq/N. */
static bool irq_used(const char *root, const char *irq)
{
	DIR *dir = sysdir__open("%s/proc/irq/%s", root, irq);
	const struct dirent *entry;
	bool used = false;

	while ((entry = sysdir__next(dir)))
		used |= entry->d_type == DT_DIR;
	return used;
}

static void check_irqs(struct checker *c)
{
	static const char advice[] =
		"echo OTHERS >/proc/irq/N/smp_affinity_list, or boot with irqaffinity=OTHERS "
		"isolcpus=managed_irq,LIST; for irqbalance set IRQBALANCE_BANNED_CPULIST=LIST";
	struct setup_check *check = check_add(c, "irqs", advice);
	DIR *dir = sysdir__open("%s/proc/irq", c->root);
	const struct dirent *entry;
	char list[128] = "";
	bool whole = true;
	size_t len = 0;

	if (!dir) {
		set_unknown(check, "/proc/irq");
		return;
	}
	while ((entry = sysdir__next(dir))) {
		const char *irq = entry->d_name;
		struct cpuset cpus;

		/* The effective affinity, if the kernel has that. */
		if (!isdigit((unsigned char)*irq) ||
		    (cpuset__read_path(&cpus, "%s/proc/irq/%s/effective_affinity_list", c->root,
				       irq) &&
		     cpuset__read_path(&cpus, "%s/proc/irq/%s/smp_affinity_list", c->root, irq)) ||
		    !irq_used(c->root, irq))
			continue;
		cpuset__intersect(&cpus, c->cpus);
		if (!cpuset__count(&cpus))
			continue;
		if (check->ok)
			advice_set(c, check, advice, atoi(entry->d_name));
		check->ok = false;
		whole = len + 16 < sizeof(list);
		if (whole)
			len += snprintf(list + len, sizeof(list) - len, "%s%.8s", len ? ", " : "",
					irq);
	}
	if (check->ok)
		snprintf(check->found, sizeof(check->found), "no device's interrupt comes there");
	else
		snprintf(check->found, sizeof(check->found), "interrupts come there: irq %s%s",
			 list, whole ? "" : ", ...");
}

static void check_workqueue(struct checker *c)
{
	static const char path[] = "/sys/devices/virtual/workqueue/cpumask";
	struct setup_check *check =
		check_add(c, "workqueue", "echo MASK >/sys/devices/virtual/workqueue/cpumask");
	struct cpuset set;
	char line[LINE];

	if (!line_read(c->root, path, line) || mask_parse(&set, line))
		set_unknown(check, path);
	else
		check_cpus(c, check, &set, "takes unbound work", "take unbound work",
			   "unbound work runs elsewhere");
}

static void check_watchdog(struct checker *c)
{
	struct setup_check *check = check_add(
		c, "watchdog", "sysctl kernel.watchdog_cpumask=OTHERS, or kernel.watchdog=0");
	struct cpuset set;
	char line[LINE];

	if (!line_read(c->root, "/proc/sys/kernel/watchdog", line) || !strcmp(line, "0"))
		snprintf(check->found, sizeof(check->found), "off");
	else if (!list_read(c->root, "/proc/sys/kernel/watchdog_cpumask", &set))
		set_unknown(check, "/proc/sys/kernel/watchdog_cpumask");
	else
		check_cpus(c, check, &set, "has a watchdog", "have a watchdog",
			   "watches other CPUs");
}

/* Fail the check for each CPU of which @is_bad is true for the line of @dir + number + @file. */
static void check_files(struct checker *c, struct setup_check *check, const char *dir,
			const char *file, bool (*is_bad)(const char *line), const char *one,
			const char *several, const char *good)
{
	struct cpuset bad = {};
	char line[LINE];
	int cpu;

	for_each_cpu(cpu, c->cpus)
		if (sysfile__line(line, LINE, "%s%s%d%s", c->root, dir, cpu, file) && *line &&
		    is_bad(line))
			cpuset__add(&bad, cpu);
	check_cpus(c, check, &bad, one, several, good);
}

static bool governor_samples(const char *governor)
{
	return !strcmp(governor, "ondemand") || !strcmp(governor, "conservative");
}

static bool server_has_time(const char *runtime)
{
	return strcmp(runtime, "0");
}

/* Fail the check, with @found, if the first line of @path has the word @bad; else set @good. */
static void check_word(struct checker *c, const char *name, const char *path, const char *bad,
		       const char *found, const char *good, const char *advice)
{
	struct setup_check *check = check_add(c, name, advice);
	char line[LINE];

	/* A kernel without the file lacks the feature, so the check passes. */
	check->ok = !line_read(c->root, path, line) || !strstr(line, bad);
	snprintf(check->found, sizeof(check->found), "%s", check->ok ? good : found);
}

/* Whether a process may run only on judged CPUs. @comm gets its name; "" for a kernel thread. */
static bool pinned_read(const struct checker *c, const char *pid, char comm[64])
{
	char path[PATH_MAX], line[LINE];
	struct cpuset cpus;

	*comm = '\0';
	snprintf(path, sizeof(path), "%s/proc/%s/status", c->root, pid);
	/* Kernel threads have no memory of their own. */
	if (!sysfile__rest(line, sizeof(line), "VmSize:", "%s", path) ||
	    !sysfile__rest(line, sizeof(line), "Cpus_allowed_list:\t", "%s", path) ||
	    cpuset__parse(&cpus, line))
		return false;
	cpuset__subtract(&cpus, c->cpus);
	sysfile__rest(line, sizeof(line), "Name:", "%s", path);
	sscanf(line, "%63s", comm);
	return !cpuset__count(&cpus);
}

/* Fail the check if more programs than CPUs are pinned to these CPUs: some must share a CPU. */
static void check_programs(struct checker *c)
{
	struct setup_check *check =
		check_add(c, "programs", "one program for each CPU: taskset -cp OTHERS PID");
	DIR *dir = sysdir__open("%s/proc", c->root);
	char comm[64], names[192] = "";
	const struct dirent *entry;
	size_t len = 0;
	uint32_t nr = 0;

	while ((entry = sysdir__next(dir))) {
		if (!isdigit((unsigned char)*entry->d_name) || !pinned_read(c, entry->d_name, comm))
			continue;
		nr++;
		if (len + 40 < sizeof(names))
			len += snprintf(names + len, sizeof(names) - len, "%s%.16s[%.10s]",
					len ? ", " : "", comm, entry->d_name);
	}
	check->ok = nr <= cpuset__count(c->cpus);
	snprintf(check->found, sizeof(check->found), "%" PRIu32 " pinned%s%s", nr, nr ? ": " : "",
		 names);
}

size_t isolation__check(const char *root, const struct cpuset *cpus,
			struct setup_check checks[SETUP_CHECKS])
{
	struct checker c = { .root = root, .cpus = cpus, .checks = checks };
	struct cpuset domainless, nohz_full;

	c.others_known = list_read(root, "/sys/devices/system/cpu/online", &c.others);
	cpuset__subtract(&c.others, cpus);
	domainless_read(root, &domainless);
	list_read(root, "/sys/devices/system/cpu/nohz_full", &nohz_full);
	check_others(&c,
		     check_add(&c, "domain",
			       "boot with isolcpus=domain,LIST, or an isolated cpuset partition"),
		     &domainless, "takes part in load balancing", "take part in load balancing",
		     "out of load balancing");
	check_others(&c, check_add(&c, "nohz_full", "boot with nohz_full=LIST"), &nohz_full,
		     "keeps its tick", "keep their tick", "no tick with one task");
	check_rcu(&c, &nohz_full);
	check_irqs(&c);
	check_workqueue(&c);
	check_watchdog(&c);
	check_files(&c, check_add(&c, "governor", "cpupower -c LIST frequency-set -g performance"),
		    "/sys/devices/system/cpu/cpu", "/cpufreq/scaling_governor", governor_samples,
		    "has a governor that samples its load", "have governors that sample their load",
		    "no governor samples the load");
	/* The fair server (6.12) makes the tick start, each second, on a CPU that is busy. */
	check_files(&c,
		    check_add(&c, "fair_server",
			      "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime"),
		    "/sys/kernel/debug/sched/fair_server/cpu", "/runtime", server_has_time,
		    "has a server for fair tasks, which interrupts it each second",
		    "have servers for fair tasks, which interrupt them each second",
		    "none, or it is off");
	check_word(&c, "thp", "/sys/kernel/mm/transparent_hugepage/enabled", "[always]",
		   "huge pages for all: khugepaged sends IPIs as it joins pages", "not for all",
		   "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled");
	check_word(&c, "numa_balancing", "/proc/sys/kernel/numa_balancing", "1",
		   "pages are unmapped to see who uses them, which flushes TLBs", "off",
		   "sysctl kernel.numa_balancing=0");
	check_programs(&c);
	return c.nr;
}
