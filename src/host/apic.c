// SPDX-License-Identifier: GPL-2.0
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/klog.h>
#endif
#include "host/machine.h"

/* The kernel prints the line at boot. A log that begins later lacks it, and proves nothing. */
enum apic_mode apic__mode_in_log(const char *log)
{
	/* "Switched APIC routing to physical flat." (6.1), "... to: cluster x2apic" (6.12). */
	const char *line = strstr(log, "Switched APIC routing to"), *next;
	const char *name;

	if (!line)
		/* The kernel begins with a driver for xAPIC; a line is printed only for another. */
		return strstr(log, "Linux version ") ? APIC_XAPIC : APIC_UNKNOWN;
	while ((next = strstr(line + 1, "Switched APIC routing to")))
		line = next;
	name = strstr(line, "x2apic");
	return name && name < line + strcspn(line, "\n") ? APIC_X2APIC : APIC_XAPIC;
}

#if defined(__x86_64__)
/*
 * SYSLOG_ACTION_READ_ALL of syslog(2), and bytes enough for the log of a boot. syslog(2) gives the
 * last bytes of the log, so the whole log is read to find a line of the boot: 1 ms for 128 KiB.
 * /dev/kmsg begins with the boot, but a service with PrivateDevices= has no such file; and to read
 * the register (IA32_APIC_BASE) takes the module msr and CAP_SYS_RAWIO.
 */
#define READ_ALL  3
#define LOG_BYTES (1 << 20)

/* CPUID leaf 1, ECX: the processor has x2APIC. */
#define HAS_X2APIC (1U << 21)

enum apic_mode apic__mode(void)
{
	enum apic_mode mode = APIC_UNKNOWN;
	unsigned int a, b, c, d;
	char *log;
	int len;

	if (__get_cpuid(1, &a, &b, &c, &d) && !(c & HAS_X2APIC))
		return APIC_XAPIC;
	log = malloc(LOG_BYTES + 1);
	len = log ? klogctl(READ_ALL, log, LOG_BYTES) : -1;
	if (len >= 0) {
		log[len] = '\0';
		mode = apic__mode_in_log(log);
	}
	free(log);
	return mode;
}
#else
enum apic_mode apic__mode(void)
{
	return APIC_UNKNOWN;
}
#endif
