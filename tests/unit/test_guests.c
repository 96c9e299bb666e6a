// SPDX-License-Identifier: GPL-2.0
/* host/storm_facts: guests, the time stamp counter and policies of frequency, as the kernel's files show them. */
#include <stdarg.h>
#include <sys/utsname.h>
#include "base/cpuset.h"
#include "base/sysfile.h"
#include "host/machine.h"
#include "made_root.h"

#define CPUFREQ "/sys/devices/system/cpu/cpufreq/"

/* This machine, for functions that read no other: the flags of its CPUs, its clocksource, its kernel. */
static const char *cpu_flags, *clocksource, *kernel;

bool __wrap_sysfile__rest(char *buf, size_t size, const char *key, const char *format, ...)
{
	assert_string_equal(key, "flags");
	snprintf(buf, size, "%s", cpu_flags ?: "");
	return cpu_flags;
}

bool __real_sysfile__line(char *buf, size_t size, const char *format, ...);
bool __wrap_sysfile__line(char *buf, size_t size, const char *format, ...)
{
	char path[512];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (!strstr(path, "current_clocksource"))
		return __real_sysfile__line(buf, size, "%s", path);
	snprintf(buf, size, "%s", clocksource);
	return true;
}

int __wrap_uname(struct utsname *name)
{
	memset(name, 0, sizeof(*name));
	snprintf(name->version, sizeof(name->version), "%s", kernel ?: "");
	return kernel ? 0 : -1;
}

/* The row of `check` says why KVM's storm of frequency changes is impossible, or how it comes. */
TEST(the_clock_decides_whether_kvm_may_storm)
{
	static const char no_kvm[] = "no constant_tsc, without which PREEMPT_RT has no KVM";
	static const char may_storm[] =
		"no constant_tsc: with kvm loaded a frequency change interrupts CPUs";
	static const struct {
		const char *flags, *clocksource, *kernel, *how, *why;
	} rows[] = {
		{ NULL, "tsc", "#1 SMP", "no x86: there is no TSC", "" },
		{ "\t\t: fpu constant_tsc nonstop_tsc\n", "hpet", "#1 SMP PREEMPT_RT x",
		  "constant_tsc, nonstop_tsc; clocksource hpet", "" },
		{ "\t\t: fpu constant_tsc", "a234567890b234567890c", "#1 SMP",
		  "constant_tsc; clocksource a234567890b234567890", "" },
		{ "\t\t: fpu nonstop_tsc", "tsc", "#1 SMP PREEMPT_RT Thu", no_kvm, "" },
		{ "\t\t: fpu nonstop_tsc", "tsc", "#1 SMP PREEMPT_DYNAMIC Thu", "", may_storm },
		{ "\t\t: fpu nonstop_tsc", "tsc", NULL, "", may_storm },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct feature feature = {};

		cpu_flags = rows[i].flags;
		clocksource = rows[i].clocksource;
		kernel = rows[i].kernel;
		tsc__feature(&feature);
		assert_members(feature, name, "tsc", what,
			       "no storm by KVM's tsc_khz_changed (constant TSC)", available,
			       !*rows[i].why, how, rows[i].how, why, rows[i].why);
	}
}

static void check_flags(const char *flags, bool constant, bool nonstop)
{
	struct tsc_evidence tsc;

	memset(&tsc, 0xff, sizeof(tsc));
	cpu_flags = flags;
	clocksource = "jiffies";
	tsc__read(&tsc, root);
	assert_members(tsc, known, true, constant, constant, nonstop, nonstop, clocksource,
		       "jiffies");
}

/* A flag is a whole word, wherever it stands, also after a word that begins or ends with it. */
TEST(a_flag_is_a_whole_word)
{
	check_flags(" constant_tsc", true, false);
	check_flags("constant_tsc nonstop_tsc", false, true);
	check_flags(" constant_tscx xnonstop_tsc constant_tsc nonstop_tsc\n", true, true);
	check_flags(" xconstant_tsc constant_tsc_too", false, false);
}

/* A thread's stat has its flags and its time in guests; a process has a name of its own. */
static void thread(const char *path, unsigned int flags, unsigned int guest)
{
	char whole[64], text[512];

	snprintf(whole, sizeof(whole), "/proc/%s/stat", path);
	snprintf(text, sizeof(text),
		 "78 (x) S 1 1 1 0 -1 %u 0 0 0 0 9 9 9 9 20 0 3 0 9 9 9 9 0 0 0 0 0 0 0 0 0 0 0 0 "
		 "17 3 0 0 9 %u 9 0 0\n",
		 flags, guest);
	root_file(whole, text);
}

static void check_guests(uint32_t vcpus, const char *module, long users, const char *owner)
{
	struct guest_evidence guests;

	/* What was known before does not stay. */
	memset(&guests, 0x55, sizeof(guests));
	kvm_guests__read(&guests, root);
	assert_members(guests, known, true, vcpus, vcpus, module, module, users, users, owner,
		       owner);
}

TEST(guests_are_read_anew_each_time, root_setup, root_teardown)
{
	thread("1/task/1", 0x400000, 0);
	check_guests(0, "", -1, "");
	root_file("/proc/modules", "kvm_intel 1 3 - Live\nkvm_amd 1 0 - Live\n");
	check_guests(0, "kvm_intel", 3, "");
	root_file("/proc/modules", "kvm_amd 7 2 - Live\n");
	/* PF_VCPU, and a flag beside it; then a tick in a guest. */
	thread("77/task/78", 1, 0);
	thread("77/task/79", 2, 0);
	thread("77/task/80", 0, 1);
	root_file("/proc/77/comm", "a-name-of-16byteXX\n");
	/* This is no process, whatever it has. */
	thread("x7/task/78", 1, 1);
	check_guests(2, "kvm_amd", 2, "a-name-of-16byte[77]");
}

/* A process whose name cannot be read has none, and keeps none of another process. */
TEST(a_process_that_has_ended_has_no_name, root_setup, root_teardown)
{
	char name[8] = "before";

	kvm_guests__name(12, name, sizeof(name), root);
	assert_string_equal(name, "");
	root_file("/proc/12/comm", "qemu-system\n");
	kvm_guests__name(12, name, sizeof(name), root);
	assert_string_equal(name, "qemu-sy");
}

/* Policy @number of the CPUs @cpus, with a governor and a driver of its own. */
static void policy(int number, const char *cpus)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), CPUFREQ "policy%d/affected_cpus", number);
	root_file(path, cpus);
	snprintf(path, sizeof(path), CPUFREQ "policy%d/scaling_driver", number);
	snprintf(text, sizeof(text), "driver%d\n", number);
	root_file(path, text);
	snprintf(path, sizeof(path), CPUFREQ "policy%d/scaling_governor", number);
	snprintf(text, sizeof(text), "governor%d\n", number);
	root_file(path, text);
}

static struct cpufreq_evidence read_policies(void)
{
	struct cpufreq_evidence evidence;

	memset(&evidence, 0x55, sizeof(evidence));
	cpufreq__policies(&evidence, root);
	return evidence;
}

TEST(a_policy_has_its_own_files, root_setup, root_teardown)
{
	static const struct {
		const char *file, *list;
		uint32_t nr;
	} rows[] = {
		{ "2 3 7\n", "2-3,7", 3 }, { "5 \n", "5", 1 }, { "6", "6", 1 },
		{ "1 x\n", "", 0 },	   { "", "", 0 },
	};
	struct cpufreq_evidence evidence = read_policies();
	char list[64];

	assert_members(evidence, nr_policies, 0, cpus_a_policy, 0);
	root_file(CPUFREQ "boost", "1\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		policy(4, rows[i].file);
		evidence = read_policies();
		assert_members(evidence, nr_policies, 1, cpus_a_policy, rows[i].nr,
			       policies[0].name, "policy4", policies[0].nr_cpus, rows[i].nr,
			       policies[0].driver, "driver4", policies[0].governor, "governor4");
		cpuset__format(&evidence.policies[0].cpus, list, sizeof(list));
		assert_string_equal(list, rows[i].list);
	}
}

/* All policies are counted; as many as have room are described, and none of them twice. */
TEST(policies_beyond_the_room_are_counted, root_setup, root_teardown)
{
	struct cpufreq_evidence evidence;
	char cpus[16];

	for (int i = 0; i < POLICIES_MAX + 3; i++) {
		snprintf(cpus, sizeof(cpus), "%d\n", i);
		policy(i, cpus);
	}
	evidence = read_policies();
	assert_members(evidence, nr_policies, POLICIES_MAX + 3, cpus_a_policy, 1);
	for (int i = 0; i < POLICIES_MAX; i++) {
		char driver[32];

		snprintf(driver, sizeof(driver), "driver%s", evidence.policies[i].name + 6);
		assert_members(evidence.policies[i], nr_cpus, 1, driver, driver);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(evidence.policies[i].name,
						evidence.policies[j].name);
	}
	/* The first and the last differ from the others: there is no common number. */
	policy(0, "0 9\n");
	policy(POLICIES_MAX + 2, "6 8\n");
	assert_int_equal(read_policies().cpus_a_policy, 0);
}

TEST_MAIN(NULL, NULL)
