// SPDX-License-Identifier: GPL-2.0
/* Which CPUs are isolated, and the checks of the setup, from made-up files. */
#include "base/cpuset.h"
#include "host/machine.h"
#include "made_root.h"
#include "model/isolation.h"
#include "unit.h"

static void check_cpus(const char *want)
{
	struct cpuset set;
	char list[64];

	isolation__cpus(root, &set);
	cpuset__format(&set, list, sizeof(list));
	assert_string_equal(list, want);
}

/* The check @name for the CPUs of @list. */
static struct setup_check check_for(const char *name, const char *list)
{
	struct setup_check checks[SETUP_CHECKS];
	struct cpuset cpus;
	size_t nr;

	assert_int_equal(cpuset__parse(&cpus, list), 0);
	nr = isolation__check(root, &cpus, checks);
	assert_in_range(nr, 1, SETUP_CHECKS);
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(checks[i].name, name))
			return checks[i];
	fail_msg("no check %s", name);
	return checks[0];
}

static struct setup_check check(const char *name)
{
	return check_for(name, "2-3");
}

static void bad(const char *name, const char *found)
{
	struct setup_check got = check(name);

	assert_true(got.known);
	assert_members(got, ok, false, found, found);
	assert_true(strlen(got.advice) > 5);
}

static void good(const char *name)
{
	assert_true(check(name).known);
	assert_true(check(name).ok);
}

TEST(masks, root_setup, root_teardown)
{
	static const struct {
		const char *text, *list;
	} known[] = {
		{ "0", "" },
		{ "3", "0-1" },
		{ "f0", "4-7" },
		{ "1,00000000", "32" },
		{ "ffffffff,fffffffe", "1-63" },
	};
	static const char path[] = "/sys/devices/virtual/workqueue/cpumask";
	struct setup_check got;
	char found[64];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		root_file(path, known[i].text);
		got = check_for("workqueue", "0-63");
		snprintf(found, sizeof(found),
			 strchr(known[i].list, '-') ? "CPUs %s take unbound work" :
						      "CPU %s takes unbound work",
			 known[i].list);
		assert_members(got, known, true, ok, !*known[i].list);
		assert_string_equal(got.found, got.ok ? "unbound work runs elsewhere" : found);
	}
	root_file(path, "");
	assert_false(check("workqueue").known);
	root_file(path, "2-3");
	assert_false(check("workqueue").known);
}

/* A list that is too long ends between two CPUs, and says that there are more. */
TEST(a_long_list_of_cpus_is_cut_at_a_comma, root_setup, root_teardown)
{
	static const char path[] = "/sys/devices/virtual/workqueue/cpumask";

	root_file(path, "55555,55555555");
	assert_string_equal(check_for("workqueue", "10-47").found,
			    "CPUs 10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,40,42,44,46 take "
			    "unbound work");
	root_file(path, "55555555,55555555");
	assert_string_equal(check_for("workqueue", "10-55").found,
			    "CPUs 10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,40,42,44,46,48,... "
			    "take unbound work");
}

TEST(none_is_isolated, root_setup, root_teardown)
{
	check_cpus("");
	root_file("/sys/devices/system/cpu/isolated", "\n");
	/* Linux without nohz_full=. */
	root_file("/sys/devices/system/cpu/nohz_full", "  (null)\n");
	check_cpus("");
}

TEST(all_ways_are_read, root_setup, root_teardown)
{
	root_file("/sys/devices/system/cpu/isolated", "1-2\n");
	root_file("/sys/devices/system/cpu/nohz_full", "2-3\n");
	root_file("/sys/fs/cgroup/a/cpuset.cpus.partition", "isolated\n");
	root_file("/sys/fs/cgroup/a/cpuset.cpus.effective", "6\n");
	root_file("/sys/fs/cgroup/b/c/cpuset.cpus.partition",
		  "isolated invalid (Cpu list empty)\n");
	root_file("/sys/fs/cgroup/b/c/cpuset.cpus.effective", "7\n");
	root_file("/sys/fs/cgroup/d/cpuset.cpus.partition", "member\n");
	root_file("/sys/fs/cgroup/d/cpuset.cpus.effective", "8\n");
	check_cpus("1-3,6");
}

TEST(partitions_have_no_domain, root_setup, root_teardown)
{
	root_file("/sys/devices/system/cpu/isolated", "3\n");
	bad("domain", "CPU 2 takes part in load balancing");
	root_file("/sys/fs/cgroup/rt/cpuset.cpus.partition", "isolated\n");
	root_file("/sys/fs/cgroup/rt/cpuset.cpus.effective", "2\n");
	good("domain");
}

TEST(ticks_and_callbacks, root_setup, root_teardown)
{
	root_file("/proc/cmdline", "root=/dev/vda my_rcu_nocbs=2 rcu_nocbs=3 quiet\n");
	bad("nohz_full", "CPUs 2-3 keep their tick");
	bad("rcu_nocbs", "CPU 2 runs its own RCU callbacks");
	root_file("/sys/devices/system/cpu/nohz_full", "2\n");
	bad("nohz_full", "CPU 3 keeps its tick");
	good("rcu_nocbs");
}

TEST(unknown_is_not_ok, root_setup, root_teardown)
{
	assert_false(check("rcu_nocbs").known);
	assert_false(check("workqueue").known);
	assert_false(check("irqs").known);
}

TEST(interrupts_by_where_they_go, root_setup, root_teardown)
{
	root_file("/proc/irq/24/smp_affinity_list", "0-3\n");
	root_file("/proc/irq/24/effective_affinity_list", "0\n");
	root_file("/proc/irq/24/eth0/x", "");
	/* No handler. */
	root_file("/proc/irq/9/smp_affinity_list", "0-3\n");
	good("irqs");
	root_file("/proc/irq/25/smp_affinity_list", "3\n");
	root_file("/proc/irq/25/disk/x", "");
	bad("irqs", "interrupts come there: irq 25");
}

/* Interrupt @irq, which has a handler, and comes to CPU 3. */
static void irq_file(int irq)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	root_file(path, "3\n");
	snprintf(path, sizeof(path), "/proc/irq/%d/nvme/x", irq);
	root_file(path, "");
}

/* An interrupt's directory has a directory for each handler, and files. */
TEST(a_handler_is_found_among_files, root_setup, root_teardown)
{
	static const char *const files[] = { "affinity_hint", "node", "spurious" };
	char path[64];

	for (int irq = 24; irq < 26; irq++) {
		if (irq == 25)
			irq_file(irq);
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			snprintf(path, sizeof(path), "/proc/irq/%d/%s", irq, files[i]);
			root_file(path, "0\n");
		}
		if (irq == 24)
			irq_file(irq);
	}
	assert_has(check("irqs").found, "24", "25");
}

/* The files may come in any order. */
TEST(as_many_interrupts_are_listed_as_fit, root_setup, root_teardown)
{
	static const char begin[] = "interrupts come there: irq ";
	struct setup_check got;

	/* With each name the list grows by 6 characters, and stays below 128. */
	for (int irq = 1000; irq < 1018; irq++)
		irq_file(irq);
	got = check("irqs");
	assert_int_equal(count_words(got.found, ", 10"), 17);
	assert_lacks(got.found, "...");
	for (int irq = 1000; irq < 1018; irq++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", irq);
		assert_has(got.found, name);
	}
	for (int irq = 1018; irq < 1040; irq++)
		irq_file(irq);
	got = check("irqs");
	assert_int_equal(strncmp(got.found, begin, strlen(begin)), 0);
	assert_int_equal(strlen(got.found + strlen(begin)), 19 * 6 - 2 + strlen(", ..."));
	assert_string_equal(strchr(got.found, '.'), "...");
}

/* The advice, which can be pasted, names one of the interrupts. */
TEST(the_advice_names_an_interrupt, root_setup, root_teardown)
{
	assert_false(check("irqs").known);
	root_file("/proc/irq/9/smp_affinity_list", "0-1\n");
	root_file("/proc/irq/9/acpi/x", "");
	good("irqs");
	assert_has(check("irqs").advice, "/proc/irq/N/smp_affinity_list");
	irq_file(25);
	assert_has(check("irqs").advice, "/proc/irq/25/smp_affinity_list");
}

TEST(work_and_watchdogs, root_setup, root_teardown)
{
	root_file("/sys/devices/virtual/workqueue/cpumask", "f\n");
	bad("workqueue", "CPUs 2-3 take unbound work");
	root_file("/sys/devices/virtual/workqueue/cpumask", "3\n");
	good("workqueue");
	good("watchdog");
	root_file("/proc/sys/kernel/watchdog", "1\n");
	root_file("/proc/sys/kernel/watchdog_cpumask", "0-2\n");
	bad("watchdog", "CPU 2 has a watchdog");
	root_file("/proc/sys/kernel/watchdog_cpumask", "0-1\n");
	good("watchdog");
}

TEST(words, root_setup, root_teardown)
{
	good("thp");
	good("numa_balancing");
	good("governor");
	root_file("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	root_file("/proc/sys/kernel/numa_balancing", "1\n");
	root_file("/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "ondemand\n");
	assert_false(check("thp").ok);
	assert_false(check("numa_balancing").ok);
	bad("governor", "CPU 3 has a governor that samples its load");
	good("fair_server");
	root_file("/sys/kernel/debug/sched/fair_server/cpu2/runtime", "0\n");
	root_file("/sys/kernel/debug/sched/fair_server/cpu3/runtime", "50000000\n");
	bad("fair_server", "CPU 3 has a server for fair tasks, which interrupts it each second");
	/* The advice has the number of a CPU only where a single CPU is judged. */
	assert_has(check("fair_server").advice, "/cpuN/runtime");
	assert_has(check_for("fair_server", "3").advice, "/cpu3/runtime");
	root_file("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	good("thp");
}

TEST(more_programs_than_cpus, root_setup, root_teardown)
{
	root_file("/proc/1/status", "Name:\tinit\nVmSize:\t1 kB\nCpus_allowed_list:\t0-3\n");
	root_file("/proc/11/status", "Name:\ta\nVmSize:\t1 kB\nCpus_allowed_list:\t2\n");
	root_file("/proc/12/status", "Name:\tb\nVmSize:\t1 kB\nCpus_allowed_list:\t2-3\n");
	/* A kernel thread. */
	root_file("/proc/13/status", "Name:\tkworker/2:1\nCpus_allowed_list:\t2\n");
	good("programs");
	root_file("/proc/14/status", "Name:\tc\nVmSize:\t1 kB\nCpus_allowed_list:\t3\n");
	assert_false(check("programs").ok);
	assert_has(check("programs").found, "c[14]");
}

TEST(the_cgroup_of_a_process, root_setup, root_teardown)
{
	char path[16];

	assert_false(task_cgroup__read(root, 7, path, sizeof(path)));
	assert_string_equal(path, "");
	root_file("/proc/7/cgroup", "4:cpuset:/old\n0::/a/b\n");
	assert_true(task_cgroup__read(root, 7, path, sizeof(path)));
	assert_string_equal(path, "/a/b");
	root_file("/proc/7/cgroup", "0::/longer/than/the/room\n");
	assert_true(task_cgroup__read(root, 7, path, sizeof(path)));
	assert_string_equal(path, "/longer/than/th");
}

TEST_MAIN(NULL, NULL)
