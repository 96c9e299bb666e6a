// SPDX-License-Identifier: GPL-2.0
#include "host/machine.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define CHANGES_KEPT 64 /* number of changes that are kept; a new change replaces the oldest one */
#define MODULES_MAX  1024
#define SHOWN	     32 /* bytes of a value */

/* The watched files. If a file shows a choice, "a [b] c", its value is the chosen word. */
static const struct watched {
	const char *path;
	const char *name;
} watched[] = {
	{ "/sys/devices/system/cpu/online", "CPUs online" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource", "clocksource" },
	{ "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "governor of policy0" },
	{ "/sys/devices/system/cpu/cpufreq/policy0/scaling_driver", "cpufreq driver" },
	{ "/proc/sys/kernel/numa_balancing", "kernel.numa_balancing" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "transparent huge pages" },
	{ "/sys/kernel/mm/ksm/run", "KSM" },
	{ "/sys/kernel/rcu_expedited", "rcu_expedited" },
};

#define NR_WATCHED (sizeof(watched) / sizeof(*watched))

struct module {
	char name[EVIDENCE_LEN - 8];
	bool seen;
};

struct change_log {
	char root[EVIDENCE_LEN];
	char values[NR_WATCHED][CPUSET_TEXT]; /* a list of CPUs is the longest */
	struct module modules[MODULES_MAX];
	uint32_t nr_modules;
	struct change kept[CHANGES_KEPT];
	uint64_t nr; /* number of changes so far; the latest is kept[(nr - 1) % CHANGES_KEPT] */
};

/* Returns @value or its beginning, in @text. */
static const char *shorten_value(const char *value, char text[SHOWN])
{
	char whole[CPUSET_TEXT];

	snprintf(whole, sizeof(whole), "%s", *value ? value : "none");
	cpuset__shorten(whole, SHOWN);
	snprintf(text, SHOWN, "%.*s", SHOWN - 1, whole);
	return text;
}

/* Note that @what changed from @from to @to; @to NULL: @what ("module loaded:") is about @from. */
static void note_change(struct change_log *ch, uint64_t time, const char *what, const char *from,
			const char *to)
{
	char before[SHOWN], now[SHOWN];
	struct change *change;

	/* The first update has no earlier values to compare with. */
	if (!time)
		return;
	change = &ch->kept[ch->nr++ % CHANGES_KEPT];
	change->time = time;
	if (to)
		snprintf(change->text, sizeof(change->text), "%.40s: %s -> %s", what,
			 shorten_value(from, before), shorten_value(to, now));
	else
		snprintf(change->text, sizeof(change->text), "%.40s %.60s", what, from);
}

/* Read file number @i. False: not enough memory or descriptors, so the value is unknown. */
static bool value_read(const struct change_log *ch, size_t i, char value[CPUSET_TEXT])
{
	char line[CPUSET_TEXT], *open, *close;

	errno = 0;
	if (!sysfile__line(line, sizeof(line), "%s%s", ch->root, watched[i].path) &&
	    (errno == ENOMEM || errno == EMFILE || errno == ENFILE))
		return false;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		*close = '\0';
	snprintf(value, CPUSET_TEXT, "%s", close ? open + 1 : line);
	return true;
}

static void module_seen(struct change_log *ch, const char *name, uint64_t time)
{
	for (uint32_t i = 0; i < ch->nr_modules; i++) {
		if (strcmp(ch->modules[i].name, name))
			continue;
		ch->modules[i].seen = true;
		return;
	}
	if (ch->nr_modules == MODULES_MAX)
		return;
	snprintf(ch->modules[ch->nr_modules].name, sizeof(ch->modules[0].name), "%s", name);
	ch->modules[ch->nr_modules++].seen = true;
	note_change(ch, time, "module loaded:", name, NULL);
}

static void modules_update(struct change_log *ch, uint64_t time)
{
	char path[2 * EVIDENCE_LEN], line[512], name[sizeof(ch->modules[0].name)];
	uint32_t nr = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/modules", ch->root);
	file = fopen(path, "re");
	if (!file)
		return;
	for (uint32_t i = 0; i < ch->nr_modules; i++)
		ch->modules[i].seen = false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%55s", name) == 1)
			module_seen(ch, name, time);
	fclose(file);
	for (uint32_t i = 0; i < ch->nr_modules; i++) {
		const struct module module = ch->modules[i];

		if (module.seen)
			ch->modules[nr++] = module;
		else
			note_change(ch, time, "module unloaded:", module.name, NULL);
	}
	ch->nr_modules = nr;
}

void change_log__update(struct change_log *ch, uint64_t time)
{
	char value[CPUSET_TEXT];

	for (size_t i = 0; i < NR_WATCHED; i++) {
		if (!value_read(ch, i, value) || !strcmp(value, ch->values[i]))
			continue;
		note_change(ch, time, watched[i].name, ch->values[i], value);
		memcpy(ch->values[i], value, sizeof(value));
	}
	modules_update(ch, time);
}

int change_log__open(struct change_log **ch, const char *root)
{
	*ch = calloc(1, sizeof(**ch));
	if (!*ch)
		return -ENOMEM;
	snprintf((*ch)->root, sizeof((*ch)->root), "%s", root);
	change_log__update(*ch, 0);
	return 0;
}

void change_log__close(struct change_log *ch)
{
	free(ch);
}

uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *changes, uint32_t max)
{
	uint64_t first = ch->nr > CHANGES_KEPT ? ch->nr - CHANGES_KEPT : 0;
	uint32_t nr = 0;

	for (uint64_t i = first; i < ch->nr; i++) {
		const struct change *change = &ch->kept[i % CHANGES_KEPT];

		if (change->time < from || change->time > to)
			continue;
		if (nr == max) {
			memmove(changes, changes + 1, (max - 1) * sizeof(*changes));
			nr--;
		}
		changes[nr++] = *change;
	}
	return nr;
}

/* Each thread costs a read in each window; on larger machines this many threads are enough. */
#define STOPPERS_MAX 256

#define PF_KTHREAD 0x00200000U /* include/linux/sched.h, since 3.1 */

struct stopper {
	int pid;
	bool known; /* it could be read at the last count */
	uint64_t before; /* number of its runs at the last count */
};

struct stopper_threads {
	const char *root;
	struct stopper stoppers[STOPPERS_MAX];
	uint32_t nr;
	uint32_t nr_possible; /* a CPU gets its thread when it comes for the first time */
	struct cpuset online; /* CPUs online at the last search for threads */
};

/* Whether @pid is a new stopper. Any thread may take the name, so the flags are checked, too. */
static bool is_new_stopper(const struct stopper_threads *st, int pid)
{
	struct proc_stat stat;
	const char *name;
	char line[512];

	for (uint32_t i = 0; i < st->nr; i++)
		if (st->stoppers[i].pid == pid)
			return false;
	if (!sysfile__line(line, sizeof(line), "%s/proc/%d/stat", st->root, pid))
		return false;
	name = strchr(line, '(');
	return name && !strncmp(name, "(migration/", 11) && proc_stat__parse(&stat, line) &&
	       stat.flags & PF_KTHREAD;
}

/* Search the stopper threads. Kernel threads come first in /proc: stop if no CPU is missing. */
static void search_threads(struct stopper_threads *st)
{
	DIR *proc = sysdir__open("%s/proc", st->root);
	const struct dirent *entry;

	while (proc && st->nr < st->nr_possible && st->nr < STOPPERS_MAX &&
	       (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && is_new_stopper(st, pid))
			st->stoppers[st->nr++] = (struct stopper){ .pid = pid, .known = true };
	}
	if (proc)
		closedir(proc);
}

static bool read_cpu_list(const struct stopper_threads *st, const char *name, struct cpuset *cpus)
{
	return !cpuset__read_path(cpus, "%s/sys/devices/system/cpu/%s", st->root, name);
}

int stopper_threads__open(struct stopper_threads **out, const char *root)
{
	struct stopper_threads *st = calloc(1, sizeof(*st));
	struct cpuset possible;
	uint64_t past;

	*out = NULL;
	if (!st)
		return -ENOMEM;
	st->root = root;
	st->nr_possible = read_cpu_list(st, "possible", &possible) ? cpuset__count(&possible) :
								     STOPPERS_MAX;
	read_cpu_list(st, "online", &st->online);
	search_threads(st);
	if (!st->nr) {
		free(st);
		return -ENOENT;
	}
	stopper_threads__since(st, &past);
	*out = st;
	return 0;
}

void stopper_threads__close(struct stopper_threads *st)
{
	free(st);
}

bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs)
{
	struct cpuset online;
	bool known = true;

	*runs = 0;
	if (!st)
		return false;
	/* A CPU that came has a new thread, whose runs are all new. */
	if (st->nr < st->nr_possible && read_cpu_list(st, "online", &online) &&
	    memcmp(&online, &st->online, sizeof(online))) {
		st->online = online;
		search_threads(st);
	}
	for (uint32_t i = 0; i < st->nr; i++) {
		struct stopper *stopper = &st->stoppers[i];
		bool before = stopper->known;
		uint64_t now;

		/* A stopper goes to sleep after each run: voluntary switches count runs. */
		stopper->known = sysfile__number(&now, "voluntary_ctxt_switches: %" SCNu64,
						 "%s/proc/%d/status", st->root, stopper->pid);
		known &= before && stopper->known;
		if (now > stopper->before)
			*runs += now - stopper->before;
		stopper->before = now;
	}
	if (!known)
		*runs = 0;
	return known;
}

/* The task is in a guest just now (include/linux/sched.h; 0x10 before 5.12). */
#define PF_VCPU 0x00000001U

static void kvm_module_read(struct guest_evidence *guests, const char *root)
{
	static const struct {
		const char *name;
		const char *form;
	} modules[] = {
		{ "kvm_amd", "kvm_amd %*u %" SCNu64 },
		{ "kvm_intel", "kvm_intel %*u %" SCNu64 },
	};
	uint64_t users;

	guests->users = -1;
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		if (!sysfile__number(&users, modules[i].form, "%s/proc/modules", root))
			continue;
		snprintf(guests->module, sizeof(guests->module), "%s", modules[i].name);
		guests->users = users;
	}
}

/*
 * Count the vCPUs among the threads of process @pid: the threads that run a guest, or have done so
 * for a tick of the clock. Only KVM_RUN gives a thread time in a guest, but anybody may take a
 * vCPU's name. The file stat is readable without rights, and /proc/PID/fd is not.
 */
static void vcpus_count(struct guest_evidence *guests, const char *root, const char *pid)
{
	DIR *dir = sysdir__open("%s/proc/%s/task", root, pid);
	const struct dirent *entry;
	char line[1024], comm[32];
	struct proc_stat stat;

	while ((entry = sysdir__next(dir))) {
		if (!sysfile__line(line, sizeof(line), "%s/proc/%s/task/%s/stat", root, pid,
				   entry->d_name) ||
		    !proc_stat__parse(&stat, line) || !(stat.guest || stat.flags & PF_VCPU))
			continue;
		guests->vcpus++;
		sysfile__line(comm, sizeof(comm), "%s/proc/%s/comm", root, pid);
		snprintf(guests->owner, sizeof(guests->owner), "%.16s[%.10s]", comm, pid);
	}
}

void kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root)
{
	*name = '\0';
	if (machine__proc_has_kernel_pids(root))
		sysfile__line(name, size, "%s/proc/%" PRIu32 "/comm", root, tgid);
}

bool kvm_guests__ipis_virtualized(const char *root)
{
	/* AVIC; Intel's IPI virtualization. With only APICv each write of the ICR makes an exit. */
	static const char *const parameters[] = { "kvm_amd/parameters/avic",
						  "kvm_intel/parameters/enable_ipiv" };
	char line[16];

	for (int i = 0; i < 2; i++)
		if (sysfile__line(line, sizeof(line), "%s/sys/module/%s", root, parameters[i]) &&
		    (*line == 'Y' || *line == '1'))
			return true;
	return false;
}

void kvm_guests__read(struct guest_evidence *guests, const char *root)
{
	/* Mounted with hidepid, /proc shows other users' processes, such as init, only to root. */
	DIR *init = sysdir__open("%s/proc/%d/task", root, 1), *proc;
	const struct dirent *entry;

	memset(guests, 0, sizeof(*guests));
	kvm_module_read(guests, root);
	guests->known = init;
	if (!init)
		return;
	closedir(init);
	proc = sysdir__open("%s/proc", root);
	while ((entry = sysdir__next(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			vcpus_count(guests, root, entry->d_name);
}

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
void tsc__read(struct tsc_evidence *tsc, const char *root)
{
	char flags[8192];

	memset(tsc, 0, sizeof(*tsc));
	tsc->known = sysfile__rest(flags, sizeof(flags), "flags", "%s/proc/cpuinfo", root);
	tsc->constant = has_word(flags, "constant_tsc");
	tsc->nonstop = has_word(flags, "nonstop_tsc");
	sysfile__line(tsc->clocksource, sizeof(tsc->clocksource),
		      "%s/sys/devices/system/clocksource/clocksource0/current_clocksource", root);
#if defined(__x86_64__) || defined(__i386__)
	{
		unsigned int a, b, c, d;

		tsc->invariant = __get_cpuid(CPUID_POWER, &a, &b, &c, &d) && (d & CPUID_INVARIANT);
	}
#endif
}

/*
 * Set @f, the feature of tsc_khz_changed. KVM follows frequency changes, with an IPI to each CPU,
 * only where the TSC is not constant (kvm_timer_init() in arch/x86/kvm/x86.c); PREEMPT_RT does not
 * let it load there.
 */
void tsc__feature(struct feature *f)
{
	struct tsc_evidence tsc;
	struct utsname name;

	tsc__read(&tsc, "");
	f->name = "tsc";
	f->what = "no storm by KVM's tsc_khz_changed (constant TSC)";
	if (!tsc.known)
		feature__tell(f, true, "no x86: there is no TSC");
	else if (tsc.constant)
		feature__tell(f, true, "constant_tsc%s; clocksource %.20s",
			      tsc.nonstop ? ", nonstop_tsc" : "", tsc.clocksource);
	else if (!uname(&name) && strstr(name.version, " PREEMPT_RT "))
		feature__tell(f, true, "no constant_tsc, without which PREEMPT_RT has no KVM");
	else
		feature__tell(
			f, false,
			"no constant_tsc: with kvm loaded a frequency change interrupts CPUs");
}

static void policy_read(struct cpufreq_policy *policy, const char *policies, const char *name)
{
	char dir[180], list[CPUSET_TEXT];

	memset(policy, 0, sizeof(*policy));
	snprintf(dir, sizeof(dir), "%.140s/%.32s", policies, name);
	snprintf(policy->name, sizeof(policy->name), "%.32s", name);
	/* The file has "0 1 2". */
	sysfile__line(list, sizeof(list), "%s/affected_cpus", dir);
	for (char *p = list; *p; p++)
		if (*p == ' ')
			*p = p[1] ? ',' : '\0';
	if (cpuset__parse(&policy->cpus, list))
		memset(&policy->cpus, 0, sizeof(policy->cpus));
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
