// SPDX-License-Identifier: GPL-2.0
/* The mode of the local APICs, by the kernel's log. */
#include "host/machine.h"
#include "unit.h"

#define BOOT "<5>[    0.000000] Linux version 6.12.117+deb12-cloud-amd64\n"

TEST(the_log_says_which_driver_the_kernel_took)
{
	static const struct {
		const char *log;
		enum apic_mode mode;
	} logs[] = {
		{ BOOT
		  "<6>[    0.9] APIC: Switched APIC routing to: physical x2apic\n<6>[    1.0] x\n",
		  APIC_X2APIC },
		{ "<6>[    0.9] Switched APIC routing to cluster x2apic.\n", APIC_X2APIC },
		{ BOOT
		  "<6>[    0.9] Switched APIC routing to physical flat.\n<6>[    1.0] x2apic: no\n",
		  APIC_XAPIC },
		/* The last line counts. */
		{ "<6>[    0.1] APIC: Switched APIC routing to: physical flat\n"
		  "<6>[    0.9] APIC: Switched APIC routing to: physical x2apic\n",
		  APIC_X2APIC },
		/* The kernel kept the driver with which it begins. */
		{ BOOT "<6>[    1.0] x2apic: IRQ remapping doesn't support X2APIC mode\n",
		  APIC_XAPIC },
		/* The log does not have the lines of the boot any more. */
		{ "<6>[ 9000.0] x2apic\n", APIC_UNKNOWN },
		{ "", APIC_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		assert_int_equal(apic__mode_in_log(logs[i].log), logs[i].mode);
}

TEST_MAIN(NULL, NULL)
