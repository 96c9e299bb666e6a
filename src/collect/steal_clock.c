// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <bpf/btf.h>
#include "collect/layout.h"
#include "collect/steal_clock.h"

#if defined(__x86_64__)
/* arch/x86/include/uapi/asm/kvm_para.h */
#define KVM_SIGNATURE	       0x40000000
#define KVM_FEATURES	       0x40000001
#define KVM_FEATURE_STEAL_TIME (1U << 5)

/* KVM offers the clock; the kernel uses it unless its command line says otherwise. */
static bool offered(void)
{
	unsigned int a, b, c, d;
	char name[13] = "";

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31))
		return false;
	__cpuid(KVM_SIGNATURE, a, b, c, d);
	memcpy(name, &b, 4);
	memcpy(name + 4, &c, 4);
	memcpy(name + 8, &d, 4);
	if (strcmp(name, "KVMKVMKVM") != 0)
		return false;
	__cpuid(KVM_FEATURES, a, b, c, d);
	return a & KVM_FEATURE_STEAL_TIME;
}

static bool refused(void)
{
	FILE *file = fopen("/proc/cmdline", "re");
	char line[4096] = "";
	bool no;

	if (!file)
		return false;
	no = fgets(line, sizeof(line), file) && strstr(line, "no-steal-acc");
	fclose(file);
	return no;
}
#else
/* arm64's (stolen_time_region) was not tried. */
static bool offered(void)
{
	return false;
}

static bool refused(void)
{
	return false;
}
#endif

/* pahole writes sections behind all other types. */
static const struct btf_type *percpu_section(const struct btf *btf)
{
	for (uint32_t id = btf__type_cnt(btf) - 1; id; id--) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_is_datasec(type) &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), ".data..percpu"))
			return type;
	}
	return NULL;
}

/* As the kernel's types @btf say: how far the clock lies behind the run queue; 0: they do not. */
static int64_t distance(const struct btf *btf)
{
	const struct btf_type *section = percpu_section(btf);
	const struct btf_var_secinfo *var = section ? btf_var_secinfos(section) : NULL;
	bool clock_found = false, queue_found = false;
	int64_t clock = 0, queue = 0;

	for (uint32_t i = 0; section && i < btf_vlen(section); i++, var++) {
		const struct btf_type *type = btf__type_by_id(btf, var->type);
		const char *name = btf__name_by_offset(btf, type->name_off);

		if (!strcmp(name, "steal_time")) {
			clock = var->offset;
			clock_found = true;
		} else if (!strcmp(name, "runqueues")) {
			queue = var->offset;
			queue_found = true;
		}
	}
	return clock_found && queue_found ? clock - queue : 0;
}

int64_t steal_clock__behind(void)
{
	struct btf *btf = offered() && !refused() ? kernel_btf__load() : NULL;
	int64_t behind = btf ? distance(btf) : 0;

	/* To read them took 5 ms; who asks loads programs next. */
	if (btf)
		kernel_btf__keep(btf);
	return behind;
}
