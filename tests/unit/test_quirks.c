// SPDX-License-Identifier: GPL-2.0
/* What newer kernels and CPUs hide of IPIs, from made-up files. */
#include <sys/stat.h>
#include <sys/utsname.h>
#include <bpf/libbpf.h>
#include "collect/collector.h"
#include "collect/hooks/hooks.h"
#include "collect/probe.h"
#include "host/machine.h"
#include "made_root.h"
#include "unit.h"

#define NOBODY	65534
#define TIMEOUT "/sys/module/smp/parameters/csd_lock_timeout"

/* A file with @mode below root. */
static void file(const char *path, const char *text, mode_t mode)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	/* Without root its mode may forbid to write it again. */
	unlink(whole);
	root_file(path, text);
	assert_int_equal(chmod(whole, mode), 0);
}

static void config(const char *text)
{
	struct utsname name;
	char path[128];

	assert_int_equal(uname(&name), 0);
	snprintf(path, sizeof(path), "/boot/config-%s", name.release);
	file(path, text, 0644);
}

static void says(const struct feature *feature, bool available, const char *what)
{
	assert_int_equal(feature->available, available);
	if (!strstr(available ? feature->how : feature->why, what))
		fail_msg("\"%s\" is not in \"%s%s\"", what, feature->how, feature->why);
	assert_string_equal(available ? feature->why : feature->how, "");
	/* A line of `check` has 80 columns. */
	assert_in_range(strlen(feature->how) + strlen(feature->why), 1, 80 - 14);
}

TEST(a_feature_is_what_was_told_last)
{
	struct feature feature = {};

	feature__tell(&feature, true, "by %d", 7);
	assert_members(feature, available, true, how, "by 7", why, "");
	feature__tell(&feature, false, "needs %s", "more");
	assert_members(feature, available, false, why, "needs more");
}

TEST(flushes_without_ipis_are_reported)
{
	static const struct {
		struct tlb_facts facts;
		bool available;
		const char *says;
	} cases[] = {
		{ { false, KERNEL_HAS, false, false }, true, "this CPU has no INVLPGB" },
		{ { false, KERNEL_UNKNOWN, false, false }, true, "this CPU has no INVLPGB" },
		{ { true, KERNEL_LACKS, false, false }, true, "this kernel does not use" },
		{ { true, KERNEL_HAS, false, false }, false, "4 CPUs or more: no IPI" },
		{ { true, KERNEL_UNKNOWN, false, false }, false, "not known" },
		{ { false, KERNEL_LACKS, true, false }, false, "asks Hyper-V, by hypercalls" },
		{ { true, KERNEL_HAS, false, true }, false, "asks Xen, by hypercalls" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feature feature = {};

		quirks__tlb(&feature, &cases[i].facts);
#ifdef __x86_64__
		says(&feature, cases[i].available, cases[i].says);
#else
		says(&feature, false, "without IPIs");
#endif
	}
}

/* What is not certain is no reason to say that flushes send no IPIs. */
TEST(the_way_of_flushes_is_what_is_known)
{
	static const struct {
		struct tlb_facts facts;
		enum flush_way way;
	} cases[] = {
		{ { false, KERNEL_HAS, false, false }, FLUSH_BY_IPI },
		{ { true, KERNEL_LACKS, false, false }, FLUSH_BY_IPI },
		{ { true, KERNEL_UNKNOWN, false, false }, FLUSH_BY_IPI },
		{ { true, KERNEL_HAS, false, false }, FLUSH_BY_INVLPGB },
		{ { true, KERNEL_HAS, true, false }, FLUSH_BY_HOST },
		{ { false, KERNEL_LACKS, false, true }, FLUSH_BY_HOST },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(quirks__flush_way(&cases[i].facts), cases[i].way);
}

#ifdef __x86_64__
/* No hypervisor has this signature, and no machine has two leaves of one address. */
TEST(a_hypervisor_is_found_by_its_signature)
{
	uint32_t kvm = machine__hypervisor_leaf(HYPERVISOR_KVM);
	uint32_t hyperv = machine__hypervisor_leaf(HYPERVISOR_HYPERV);

	assert_int_equal(machine__hypervisor_leaf("No such host"), 0);
	assert_true(!kvm || kvm != hyperv);
	assert_false(machine__is_bare() && (kvm || hyperv));
}

TEST(a_paravirtual_guest_of_xen_is_found, root_setup, root_teardown)
{
	file("/sys/hypervisor/guest_type", "PV\n", 0644);
	assert_true(quirks__tlb_facts(root).xen);
	file("/sys/hypervisor/guest_type", "PVH\n", 0644);
	assert_false(quirks__tlb_facts(root).xen);
}
#endif

TEST(isolation_that_may_change_is_reported)
{
	struct feature feature = {};

	quirks__isolation(&feature, KERNEL_HAS);
	says(&feature, true, "at run time");
	quirks__isolation(&feature, KERNEL_LACKS);
	says(&feature, true, "stay as at boot");
	quirks__isolation(&feature, KERNEL_UNKNOWN);
	says(&feature, true, "not known");
}

/* If this kernel's types can be read, both answers are known. */
TEST(the_kernel_s_types_answer)
{
	bool readable = !access("/sys/kernel/btf/vmlinux", R_OK);

	assert_int_equal(probe__global_asids() != KERNEL_UNKNOWN, readable);
	assert_int_equal(probe__isolation_changes() != KERNEL_UNKNOWN, readable);
}

/* A command that needs csds says that the kernel lacks them, whatever error the programs ended with. */
TEST(a_kernel_without_csd_tracepoints_is_reported)
{
	const struct collect_config csds = { .command = "storm" },
				    victims = { .any_source = true, .by_key = BY_VICTIM };
	char why[256];

	setenv("IPITRACE_SOURCE", "calls", 1);
	probe__explain(&csds, -EINVAL, why, sizeof(why));
	assert_non_null(strstr(why, "no csd tracepoints (Linux 6.5 and later have them)"));
	probe__explain(&victims, -EOPNOTSUPP, why, sizeof(why));
	assert_non_null(strstr(why, "not known: --by victim"));
	/*
	 * If the kernel refuses BPF, that is said first: when it is mended the command may say
	 * more.
	 */
	probe__explain(&csds, -EPERM, why, sizeof(why));
	assert_null(strstr(why, "csd tracepoints"));
	unsetenv("IPITRACE_SOURCE");
}

/* libbpf has errors of its own, which the C library does not know. */
TEST(an_error_of_libbpf_has_its_text)
{
	const struct collect_config any = { .any_source = true };
	char why[256];

	setenv("IPITRACE_SOURCE", "calls", 1);
	probe__explain(&any, -LIBBPF_ERRNO__RELOC, why, sizeof(why));
	assert_lacks(why, "4005");
	if (!hooks__needs())
		assert_has(why, "in their place: Relocation failed (-v says more)");
	unsetenv("IPITRACE_SOURCE");
}

/* The advice keeps the command: sudo ipitrace without one is summary. */
TEST(a_user_gets_the_command_for_root)
{
	const struct collect_config csds = { .command = "storm" };
	uid_t self = geteuid();
	char why[256];

	if (!self)
		assert_int_equal(seteuid(NOBODY), 0);
	probe__explain(&csds, -EPERM, why, sizeof(why));
	assert_int_equal(seteuid(self), 0);
	assert_string_equal(why, "needs root: try sudo ipitrace storm");
}

static void timeout(bool available, const char *what)
{
	struct feature feature = {};

	quirks__csd_timeout(&feature, root);
	says(&feature, available, what);
}

TEST(the_timeout_and_whether_it_can_be_set, root_setup, root_teardown)
{
	timeout(false, "CONFIG_CSD_LOCK_WAIT_DEBUG");
	/* The file's mode decides, because root may write the file in any case. */
	file(TIMEOUT, "5000\n", 0444);
	timeout(true, "after 5000 ms, set at boot");
	file(TIMEOUT, "20000\n", 0644);
	timeout(true, "after 20000 ms, can be written");
	file(TIMEOUT, "0\n", 0644);
	timeout(true, "never, can be written");
	file(TIMEOUT, "soon\n", 0444);
	timeout(true, "not known");
}

static void debug(const char *cmdline, const char *what)
{
	struct feature feature = {};

	file("/proc/cmdline", cmdline, 0444);
	quirks__csd_debug(&feature, root);
	says(&feature, true, what);
}

TEST(whose_csds_are_by_the_command_line, root_setup, root_teardown)
{
	struct feature feature = {};

	quirks__csd_debug(&feature, root);
	says(&feature, false, "CONFIG_CSD_LOCK_WAIT_DEBUG");
	file(TIMEOUT, "5000\n", 0444);
	debug("quiet csdlock_debug=1\n", "on: ");
	debug("csdlock_debug=0 quiet\n", "off");
	debug("quiet csdlock-debug=0x1", "on: ");
	debug("\"csdlock_debug=1\" quiet\n", "on: ");
	debug("csdlock_debug=\"1\"\n", "on: ");
	/* The last number. */
	debug("csdlock_debug=1 csdlock_debug=0\n", "off");
	debug("csdlock_debug=0 csdlock_debug=1 csdlock_debug=ext\n", "on: ");
	/* Other arguments, and init's. */
	debug("xcsdlock_debug=1 csdlock_debugs=1 a=\"b csdlock_debug=1\"\n", "not known");
	debug("quiet -- csdlock_debug=1\n", "not known");
	debug("csdlock_debug\n", "not known");
	debug("", "not known");
}

TEST(whose_csds_are_by_the_config, root_setup, root_teardown)
{
	file(TIMEOUT, "5000\n", 0444);
	config("CONFIG_SMP=y\n");
	debug("quiet\n", "not known");
	config("CONFIG_SMP=y\nCONFIG_CSD_LOCK_WAIT_DEBUG_DEFAULT=y\n");
	debug("quiet\n", "on: ");
	debug("csdlock_debug=0\n", "off");
	config("CONFIG_SMP=y\n# CONFIG_CSD_LOCK_WAIT_DEBUG_DEFAULT is not set\n");
	debug("quiet\n", "off");
	debug("csdlock_debug=1\n", "on: ");
}

TEST_MAIN(NULL, NULL)
