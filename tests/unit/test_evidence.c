// SPDX-License-Identifier: GPL-2.0
/* Facts about a storm from the kernel's files, here made by the test. */
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/cpuset.h"
#include "host/machine.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"
#include "unit.h"

#define SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static char root[] = "/tmp/ipitrace-facts.XXXXXX";

/* Write a file under the root, and make its directories. */
static void put(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void hide(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(unlink(full), 0);
}

static struct tsc_evidence tsc_of(const char *cpuinfo)
{
	struct tsc_evidence tsc;

	put("/proc/cpuinfo", cpuinfo);
	put(SOURCE, "hpet\n");
	tsc__read(&tsc, root);
	hide(SOURCE);
	return tsc;
}

TEST(tsc_by_the_flags)
{
	struct tsc_evidence tsc;

	tsc = tsc_of("processor\t: 0\nflags\t\t: fpu constant_tsc nonstop_tsc rdtscp\nbugs\t:\n");
	assert_true(tsc.known && tsc.constant && tsc.nonstop);
	assert_string_equal(tsc.clocksource, "hpet");
	tsc = tsc_of("flags\t\t: fpu tsc constant_tsc\n");
	assert_true(tsc.known && tsc.constant && !tsc.nonstop);
	/* A part of a word is not the word. */
	tsc = tsc_of("flags\t\t: fpu tsc rdtscp not_constant_tsc constant_tsc_not\n");
	assert_true(tsc.known && !tsc.constant && !tsc.nonstop);
	/* arm64 has no such flags. */
	tsc = tsc_of("processor\t: 0\nFeatures\t: fp asimd constant_tsc\n");
	assert_false(tsc.known);
}

TEST(the_feature_says_which_storm_there_is_not)
{
	struct feature feature = {};

	tsc__feature(&feature);
	assert_members(feature, name, "tsc", what,
		       "no storm by KVM's tsc_khz_changed (constant TSC)");
}

TEST(users_of_the_module)
{
	struct guest_evidence guests;

	put("/proc/modules", "kvm 1372160 1 kvm_amd, Live 0x0\nkvm_amd_too 147456 3 - Live 0x0\n");
	kvm_guests__read(&guests, root);
	assert_members(guests, module, "", users, -1);
	put("/proc/modules", "loop 40960 0 - Live 0x0\nkvm_intel 147456 3 - Live 0x0\n");
	kvm_guests__read(&guests, root);
	assert_members(guests, module, "kvm_intel", users, 3);
	put("/proc/modules", "kvm_amd 147456 0 - Live 0x0\n");
	kvm_guests__read(&guests, root);
	assert_members(guests, module, "kvm_amd", users, 0);
}

/* A thread's /proc/PID/task/TID/stat, with its flags and guest_time. */
static void thread_put(const char *path, const char *comm, unsigned int flags, unsigned int guest)
{
	char whole[64], text[512];

	snprintf(whole, sizeof(whole), "/proc/%s/stat", path);
	snprintf(text, sizeof(text),
		 "78 (%s) S 1 1 1 0 -1 %u 0 0 0 0 9 9 9 9 20 0 3 0 9 9 9 9 0 0 0 0 0 0 0 0 0 0 0 0 "
		 "17 3 0 0 9 %u 9 0 0\n",
		 comm, flags, guest);
	put(whole, text);
	snprintf(whole, sizeof(whole), "/proc/%s/comm", path);
	snprintf(text, sizeof(text), "%s\n", comm);
	put(whole, text);
}

TEST(guests_are_unknown_where_proc_hides_processes)
{
	struct guest_evidence guests;

	put("/proc/modules", "kvm_intel 147456 0 - Live 0x0\n");
	put("/proc/77/comm", "qemu\n");
	thread_put("77/task/78", "CPU 0/KVM", 0x404040, 12);
	/* Not a thread: /proc/77/task/../stat has the sums of the process. */
	thread_put("77", "qemu", 0x404140, 12);
	/* Not even init is visible. */
	kvm_guests__read(&guests, root);
	assert_members(guests, known, false, module, "kvm_intel", users, 0);
	thread_put("1/task/1", "init", 0x404100, 0);
	kvm_guests__read(&guests, root);
	assert_true(guests.known);
	assert_members(guests, vcpus, 1, owner, "qemu[77]");
}

TEST(vcpus_are_threads_that_ran_a_guest)
{
	static const char *const names[] = { "CPU 0/KVM", "fc_vcpu 3", "vcpu1", "crosvm_vcpu0",
					     ") S 1 1 1 0 -1" };
	struct guest_evidence guests;
	char path[32];

	thread_put("1/task/1", "init", 0x404100, 0);
	thread_put("77/task/78", "a name", 0x404040, 0);
	/* A user's tasks that only have the names of vCPUs. */
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "90/task/%zu", 90 + i);
		thread_put(path, names[i], 0x404040, 0);
	}
	put("/proc/90/comm", "mover\n");
	kvm_guests__read(&guests, root);
	assert_members(guests, vcpus, 0, owner, "");
	/* A thread that has run a guest, and a thread that runs it for the first time. */
	thread_put("77/task/78", "a) name", 0x404040, 1);
	kvm_guests__read(&guests, root);
	assert_int_equal(guests.vcpus, 1);
	thread_put("77/task/79", "other", 0x404041, 0);
	kvm_guests__read(&guests, root);
	assert_members(guests, vcpus, 2, owner, "qemu[77]");
}

TEST(a_guest_by_its_process)
{
	char name[EVIDENCE_LEN];

	put("/proc/80/comm", "qemu-system-x86\n");
	kvm_guests__name(80, name, sizeof(name), root);
	assert_string_equal(name, "qemu-system-x86");
	kvm_guests__name(81, name, sizeof(name), root);
	assert_string_equal(name, "");
}

TEST(ipis_that_the_cpu_delivers)
{
	assert_false(kvm_guests__ipis_virtualized(root));
	put("/sys/module/kvm_amd/parameters/avic", "N\n");
	assert_false(kvm_guests__ipis_virtualized(root));
	put("/sys/module/kvm_intel/parameters/enable_ipiv", "Y\n");
	assert_true(kvm_guests__ipis_virtualized(root));
	put("/sys/module/kvm_intel/parameters/enable_ipiv", "N\n");
	put("/sys/module/kvm_amd/parameters/avic", "1\n");
	assert_true(kvm_guests__ipis_virtualized(root));
}

#define SWITCHES(n) "Name:\tmigration/0\nvoluntary_ctxt_switches:\t" #n "\n"

/* The flags of task_struct, as /proc shows them. */
#define KERNEL 69238848 /* PF_KTHREAD, PF_NO_SETAFFINITY, PF_NOFREEZE */
#define USER   4194304

static void stat_put(int pid, const char *comm, int flags)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	snprintf(text, sizeof(text), "%d (%s) S 2 0 0 0 -1 %d 0 0 0 0\n", pid, comm, flags);
	put(path, text);
}

TEST(stoppers_are_unknown_while_they_are_hidden)
{
	struct stopper_threads *st;
	uint64_t runs;

	assert_int_equal(stopper_threads__open(&st, "/nonexistent"), -ENOENT);
	assert_false(stopper_threads__since(NULL, &runs));
	stat_put(19, "migration/0", KERNEL);
	put("/proc/19/status", SWITCHES(1000));
	assert_int_equal(stopper_threads__open(&st, root), 0);
	put("/proc/19/status", SWITCHES(1007));
	assert_true(stopper_threads__since(st, &runs));
	assert_int_equal(runs, 7);
	hide("/proc/19/status");
	assert_false(stopper_threads__since(st, &runs));
	put("/proc/19/status", SWITCHES(2000));
	/* It is unknown how often the stoppers ran in the last window. */
	assert_false(stopper_threads__since(st, &runs));
	put("/proc/19/status", SWITCHES(2002));
	assert_true(stopper_threads__since(st, &runs));
	assert_int_equal(runs, 2);
	stopper_threads__close(st);
}

TEST(changes_with_their_times)
{
	struct change changes[8];
	struct change_log *ch;

	put("/proc/modules", "loop 1 0 - Live 0x0\nkvm 1 0 - Live 0x0\n");
	put("/sys/devices/system/cpu/online", "0-3\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	assert_int_equal(change_log__open(&ch, root), 0);
	change_log__update(ch, 100);
	assert_int_equal(change_log__of(ch, 0, 1000, changes, 8), 0);

	put("/proc/modules", "kvm 1 0 - Live 0x0\nipifreq 1 0 - Live 0x0\n");
	change_log__update(ch, 200);
	put("/sys/devices/system/cpu/online", "0-2\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	put(SOURCE, "hpet\n");
	change_log__update(ch, 300);
	change_log__update(ch, 400);

	assert_int_equal(change_log__of(ch, 0, 200, changes, 8), 2);
	assert_string_equal(changes[0].text, "module loaded: ipifreq");
	assert_string_equal(changes[1].text, "module unloaded: loop");
	assert_int_equal(changes[0].time, 200);
	assert_int_equal(change_log__of(ch, 201, 1000, changes, 8), 3);
	assert_string_equal(changes[0].text, "CPUs online: 0-3 -> 0-2");
	assert_string_equal(changes[1].text, "clocksource: none -> hpet");
	assert_string_equal(changes[2].text, "transparent huge pages: madvise -> always");
	/* The latest changes, if there is no room for all. */
	assert_int_equal(change_log__of(ch, 0, 1000, changes, 1), 1);
	assert_int_equal(changes[0].time, 300);
	change_log__close(ch);
}

TEST(unread_settings_have_not_changed)
{
	struct rlimit had, none;
	struct change_log *ch;
	struct change changes[8];

	put("/sys/devices/system/cpu/online", "0-3\n");
	assert_int_equal(change_log__open(&ch, root), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	none = (struct rlimit){ 0, had.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	change_log__update(ch, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
	change_log__update(ch, 200);
	assert_int_equal(change_log__of(ch, 0, 1000, changes, 8), 0);
	change_log__close(ch);
}

/* Every other of 400 CPUs, as a policy's file and as a list. */
static void cpus_many(char *words, char *list)
{
	for (int cpu = 0; cpu < 400; cpu += 2) {
		words += sprintf(words, "%d ", cpu);
		list += sprintf(list, "%s%d", cpu ? "," : "", cpu);
	}
	strcpy(words, "\n");
}

TEST(a_policy_of_many_cpus_is_whole)
{
	struct cpufreq_evidence cpufreq = {};
	char words[2048], list[2048], got[2048];

	cpus_many(words, list);
	put("/sys/devices/system/cpu/cpufreq/policy0/affected_cpus", words);
	put("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n");
	put("/sys/devices/system/cpu/cpufreq/policy0/scaling_driver", "ipifreq\n");
	cpufreq__policies(&cpufreq, root);
	assert_members(cpufreq, nr_policies, 1, cpus_a_policy, 200, policies[0].name, "policy0",
		       policies[0].governor, "powersave", policies[0].driver, "ipifreq");
	cpuset__format(&cpufreq.policies[0].cpus, got, sizeof(got));
	assert_string_equal(got, list);
	/* Offline: the policy has no CPUs. */
	put("/sys/devices/system/cpu/cpufreq/policy0/affected_cpus", "\n");
	cpufreq__policies(&cpufreq, root);
	assert_int_equal(cpufreq.policies[0].nr_cpus, 0);
}

TEST(a_change_at_the_end_of_a_long_list_is_seen)
{
	char words[2048], list[2048];
	struct change changes[8];
	struct change_log *ch;

	cpus_many(words, list);
	put("/sys/devices/system/cpu/online", list);
	assert_int_equal(change_log__open(&ch, root), 0);
	change_log__update(ch, 100);
	strcat(list, ",401\n");
	put("/sys/devices/system/cpu/online", list);
	change_log__update(ch, 200);
	assert_int_equal(change_log__of(ch, 101, 1000, changes, 8), 1);
	assert_string_equal(changes[0].text, "CPUs online: 0,2,4,6,8,10,12,14,16,18,20,... -> "
					     "0,2,4,6,8,10,12,14,16,18,20,...");
	change_log__close(ch);
}

TEST(changes_without_end)
{
	struct change changes[8];
	struct change_log *ch;
	char text[64];

	assert_int_equal(change_log__open(&ch, root), 0);
	for (uint64_t i = 1; i <= 1000; i++) {
		snprintf(text, sizeof(text), "m%u 1 0 - Live 0x0\n", (unsigned int)i);
		put("/proc/modules", text);
		change_log__update(ch, i);
	}
	assert_int_equal(change_log__of(ch, 0, 1000, changes, 8), 8);
	assert_members(changes[7], text, "module unloaded: m999", time, 1000);
	change_log__close(ch);
}

static void stopper(int pid, const char *comm, int runs)
{
	char path[64], text[128];

	stat_put(pid, comm, KERNEL);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	snprintf(text, sizeof(text),
		 "Name:\t%s\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t7\n", comm,
		 runs);
	put(path, text);
}

#define CPUS "/sys/devices/system/cpu/"

static uint64_t runs_since(struct stopper_threads *st)
{
	uint64_t runs;

	assert_true(stopper_threads__since(st, &runs));
	return runs;
}

/* CPU 1 was online and went, CPU 3 has never been online: it has no thread. */
TEST(stoppers_of_cpus_that_come_are_counted)
{
	struct stopper_threads *st;

	stat_put(18, "migration/7", USER);
	/* The thread's name looks as if flags came after it. */
	stat_put(19, "migration/) S 2", USER);
	assert_int_equal(stopper_threads__open(&st, root), -ENOENT);
	put(CPUS "possible", "0-3\n");
	put(CPUS "online", "0,2\n");
	stopper(15, "migration/0", 100);
	stopper(20, "migration/1", 1000);
	stopper(26, "migration/2", 10);
	stopper(40, "kthreadd", 5000);
	assert_int_equal(stopper_threads__open(&st, root), 0);
	assert_int_equal(runs_since(st), 0);
	stopper(15, "migration/0", 103);
	stopper(26, "migration/2", 15);
	assert_int_equal(runs_since(st), 8);
	put(CPUS "online", "0-2\n");
	stopper(20, "migration/1", 1002);
	assert_int_equal(runs_since(st), 2);
	put(CPUS "online", "0-3\n");
	stopper(9000, "migration/3", 30);
	assert_int_equal(runs_since(st), 30);
	stopper(9000, "migration/3", 31);
	assert_int_equal(runs_since(st), 1);
	stopper_threads__close(st);
}

#define MS 1000000ULL

/* A window from @begin to @end, ms, with @transitions of a CPU's frequency and @moves of tasks. */
static void window(struct evidence_reader *reader, uint64_t begin, uint64_t end,
		   uint64_t transitions, uint64_t moves)
{
	const struct snapshot snap = {
		.window = { .mono_start = begin * MS, .mono_end = end * MS },
		.events = { .known = { [EVENT_FREQUENCY] = true, [EVENT_MIGRATION] = true },
			    .hits = { [EVENT_FREQUENCY] = transitions, [EVENT_MIGRATION] = moves } },
	};
	struct task_moves moved;

	evidence_reader__window(reader, &snap, &moved);
}

/* The second window is held up: the module is loaded in it, and the onset is near its beginning. */
TEST(a_change_in_a_long_window_is_near_the_onset)
{
	struct storm storm = { .news = STORM_BEGAN, .onset = 1500 * MS, .last.ns = 500 * MS };
	struct evidence_reader *reader;
	struct storm_evidence evidence;

	put("/proc/modules", "ipifreq 1 0 - Live 0x0\n");
	assert_int_equal(evidence_reader__open(&reader, root), 0);
	window(reader, 500, 1000, 0, 0);
	put("/proc/modules", "ipifreq 1 0 - Live 0x0\nkvm 1 0 - Live 0x0\n");
	window(reader, 1000, 4000, 0, 0);
	window(reader, 4000, 4500, 0, 0);
	storm.recognised = storm.seen = 4500 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_members(evidence, nr_changes, 1, changes[0].text, "module loaded: kvm",
		       changes[0].time, 4000 * MS);
	/* A later change is not near. */
	put("/proc/modules", "ipifreq 1 0 - Live 0x0\n");
	window(reader, 4500, 5000, 0, 0);
	storm.news = STORM_LASTS;
	storm.seen = 5000 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_changes, 1);
	evidence_reader__close(reader);
}

/* A count of the time after the storm is no evidence of the storm. */
TEST(counts_are_of_the_last_interval_that_had_the_storm)
{
	const struct signature sig = { .shows = SHOWS_CPUFREQ | SHOWS_STOPS };
	struct storm storm = { .news = STORM_LASTS, .sig = &sig, .seen = 4000 * MS };
	struct evidence_reader *reader;
	struct storm_evidence evidence;

	put("/sys/devices/system/cpu/cpufreq/policy0/affected_cpus", "0 1\n");
	assert_int_equal(evidence_reader__open(&reader, root), 0);
	window(reader, 1000, 2000, 500, 7);
	/* These windows together are an interval. */
	window(reader, 2000, 2100, 300, 30);
	window(reader, 2100, 4000, 600, 60);
	evidence_reader__of(reader, &storm, &evidence);
	/* An event for each of the policy's CPUs, over 2 s. */
	assert_true(evidence.cpufreq.counted && evidence.cpufreq.transitions == 225);
	window(reader, 4000, 5000, 5, 1);
	storm.news = STORM_ENDED;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.ns, 2000 * MS);
	assert_true(evidence.cpufreq.transitions == 225);
	assert_members(evidence, moves, 90, moves_ns, 2000 * MS);
	storm.seen = 5000 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_true(evidence.cpufreq.transitions == 2.5);
	evidence_reader__close(reader);
}

/* Whether IPIs of guests cost no exit is a fact of the module that runs the guests. */
TEST(guests_whose_ipis_the_cpu_delivers)
{
	const struct signature sig = { .shows = SHOWS_GUEST_IPIS };
	struct storm storm = { .news = STORM_LASTS, .sig = &sig, .seen = 1000 * MS };
	const struct snapshot snap = {
		.window = { .mono_start = 0, .mono_end = 1000 * MS },
		.events = { .known = { [EVENT_GUEST_IPI] = true },
			    .hits = { [EVENT_GUEST_IPI] = 50 } },
	};
	struct evidence_reader *reader;
	struct storm_evidence evidence;
	struct task_moves moved;

	for (int on = 0; on < 2; on++) {
		put("/sys/module/kvm_intel/parameters/enable_ipiv", on ? "Y\n" : "N\n");
		put("/sys/module/kvm_amd/parameters/avic", "N\n");
		assert_int_equal(evidence_reader__open(&reader, root), 0);
		evidence_reader__window(reader, &snap, &moved);
		evidence_reader__of(reader, &storm, &evidence);
		assert_members(evidence, guest_ipis.known, true, guest_ipis.all, 50, guest_ipis.ns,
			       1000 * MS, guest_ipis.virtualized, on);
		evidence_reader__close(reader);
	}
}

/* The usual rate is that of earlier intervals: the last two are part of the change. */
TEST(a_rise_of_frequency_changes_has_both_rates)
{
	struct storm storm = { .news = STORM_BEGAN, .onset = 40000 * MS };
	struct evidence_reader *reader;
	struct storm_evidence evidence;
	uint64_t at = 1000;

	assert_int_equal(evidence_reader__open(&reader, root), 0);
	for (; at < 40000; at += 1000)
		window(reader, at, at + 1000, 8, 0);
	window(reader, at, at + 1000, 300, 0);
	window(reader, at + 1000, at + 2000, 500, 0);
	storm.recognised = storm.seen = (at + 2000) * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_members(evidence, nr_changes, 1, changes[0].time, storm.seen, changes[0].text,
		       "frequency changes, of each CPU: 8 -> 500 a second");
	evidence_reader__close(reader);
}

/* The last test, because these policies stay. */
TEST(policies_of_as_many_cpus_each_have_a_number)
{
	struct cpufreq_evidence cpufreq = {};

	put("/sys/devices/system/cpu/cpufreq/policy0/affected_cpus", "0 1\n");
	put("/sys/devices/system/cpu/cpufreq/policy2/affected_cpus", "2 3\n");
	put("/sys/devices/system/cpu/cpufreq/policy4/affected_cpus", "4 5\n");
	cpufreq__policies(&cpufreq, root);
	assert_members(cpufreq, nr_policies, 3, cpus_a_policy, 2);
	put("/sys/devices/system/cpu/cpufreq/policy2/affected_cpus", "2\n");
	cpufreq__policies(&cpufreq, root);
	assert_members(cpufreq, nr_policies, 3, cpus_a_policy, 0);
}

static int root_make(void **state)
{
	return mkdtemp(root) ? 0 : -1;
}

static int root_remove(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

TEST_MAIN(root_make, root_remove)
