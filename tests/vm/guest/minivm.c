// SPDX-License-Identifier: GPL-2.0
/*
 * A KVM guest of two vCPUs and a few instructions, for the test VM: what it does is known exactly.
 * Prints lines of JSON, every 50 ms: CLOCK_MONOTONIC and a count.
 *
 * usage: minivm clock SECONDS		the vCPUs have a clock page (kvmclock); count: its updates
 *	minivm ipis SECONDS SPINS	vCPU 0 asks for an IPI to vCPU 1, by the ICR and by the
 *					hypercall KVM_HC_SEND_IPI in turn; count: both
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define VCPUS  2
#define MEMORY 0x10000
/* Where things are in the guest. */
#define CODE   0x1000
#define COUNT  0x2000
#define CLOCK  0x3000 /* a clock page for each vCPU, 64 bytes apart */

/* Flat 32-bit code, without paging; interrupts stay off, and pend. */
extern const char guest_clock[], guest_sender[], guest_receiver[], guest_end[];
__asm__(".pushsection .rodata\n"
	".code32\n"
	/* edi: the clock page | 1. MSR_KVM_SYSTEM_TIME_NEW */
	"guest_clock:\n"
	"	movl	$0x4b564d01, %ecx\n"
	"	movl	%edi, %eax\n"
	"	xorl	%edx, %edx\n"
	"	wrmsr\n"
	"1:	jmp	1b\n"
	/* ebp: spins. The APIC: SVR on, then ICR: vector 0x40 to APIC id 1. */
	"guest_sender:\n"
	"	movl	$0x1ff, 0xfee000f0\n"
	"2:	movl	$0x1000000, 0xfee00310\n"
	"	movl	$0x40, 0xfee00300\n"
	"	incl	0x2000\n"
	"	movl	%ebp, %edi\n"
	"3:	decl	%edi\n"
	"	jnz	3b\n"
	/* KVM_HC_SEND_IPI: a bitmap of 64 APIC ids from edx on; ICR. */
	"	movl	$10, %eax\n"
	"	movl	$2, %ebx\n"
	"	xorl	%ecx, %ecx\n"
	"	xorl	%edx, %edx\n"
	"	movl	$0x40, %esi\n"
	"	vmmcall\n"
	"	incl	0x2000\n"
	"	movl	%ebp, %edi\n"
	"4:	decl	%edi\n"
	"	jnz	4b\n"
	"	jmp	2b\n"
	"guest_receiver:\n"
	"	movl	$0x1ff, 0xfee000f0\n"
	"5:	jmp	5b\n"
	"guest_end:\n"
	".code64\n"
	".popsection\n");

struct vcpu {
	int fd, number;
	pthread_t thread;
};

struct guest {
	int kvm, vm;
	char *memory;
	struct vcpu vcpus[VCPUS];
};

static int call(int fd, unsigned long request, void *arg, const char *name)
{
	int result = ioctl(fd, request, arg);

	if (result < 0)
		err(4, "%s", name);
	return result;
}

#define CALL(fd, request, arg) call(fd, request, (void *)(uintptr_t)(arg), #request)

static void guest_make(struct guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	guest->vm = CALL(guest->kvm, KVM_CREATE_VM, 0);
	CALL(guest->vm, KVM_CREATE_IRQCHIP, 0);
	guest->memory =
		mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guest->memory == MAP_FAILED)
		err(4, "mmap");
	region.userspace_addr = (uintptr_t)guest->memory;
	CALL(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
	memcpy(guest->memory + CODE, guest_clock, guest_end - guest_clock);
}

static void flat(struct kvm_segment *segment, uint16_t selector, uint8_t type)
{
	*segment = (struct kvm_segment){ .limit = 0xffffffff,
					 .selector = selector,
					 .type = type,
					 .present = 1,
					 .db = 1,
					 .s = 1,
					 .g = 1 };
}

static void vcpu_make(struct guest *guest, int number, const char *code, uint32_t spins)
{
	struct kvm_mp_state runs = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = CODE + (code - guest_clock),
				 .rflags = 2,
				 .rdi = (CLOCK + 64 * number) | 1,
				 .rbp = spins };
	struct vcpu *vcpu = &guest->vcpus[number];
	struct kvm_sregs sregs;

	vcpu->number = number;
	vcpu->fd = CALL(guest->vm, KVM_CREATE_VCPU, number);
	CALL(vcpu->fd, KVM_GET_SREGS, &sregs);
	flat(&sregs.cs, 8, 11);
	flat(&sregs.ds, 16, 3);
	sregs.es = sregs.fs = sregs.gs = sregs.ss = sregs.ds;
	sregs.cr0 |= 1;
	CALL(vcpu->fd, KVM_SET_SREGS, &sregs);
	CALL(vcpu->fd, KVM_SET_REGS, &regs);
	CALL(vcpu->fd, KVM_SET_MP_STATE, &runs);
}

/* Runs until the process ends; no instruction of the guest has an exit for this process. */
static void *vcpu_run(void *arg)
{
	struct vcpu *vcpu = arg;
	cpu_set_t cpus;
	char name[16];

	/* A vCPU that moves has its clock updated. */
	CPU_ZERO(&cpus);
	CPU_SET(2 + vcpu->number, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	snprintf(name, sizeof(name), "CPU %d/KVM", vcpu->number);
	pthread_setname_np(pthread_self(), name);
	ioctl(vcpu->fd, KVM_RUN, 0);
	err(4, "KVM_RUN came back");
}

/* The version of a clock page grows by two with each update. */
static unsigned int clock_updates(const struct guest *guest)
{
	unsigned int versions = 0;

	for (int i = 0; i < VCPUS; i++)
		versions += *(volatile uint32_t *)(guest->memory + CLOCK + 64 * i);
	return versions / 2;
}

static unsigned int ipis(const struct guest *guest)
{
	return *(volatile uint32_t *)(guest->memory + COUNT);
}

static void say(unsigned int count)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("{\"time\":%lld,\"count\":%u}\n", now.tv_sec * 1000000000LL + now.tv_nsec, count);
	fflush(stdout);
}

static void guest_run(struct guest *guest, double seconds,
		      unsigned int count(const struct guest *guest))
{
	for (int i = 0; i < VCPUS; i++)
		if (pthread_create(&guest->vcpus[i].thread, NULL, vcpu_run, &guest->vcpus[i]))
			errx(4, "no thread");
	for (int i = 0; i < seconds * 20; i++) {
		say(count(guest));
		usleep(50000);
	}
	say(count(guest));
}

int main(int argc, char **argv)
{
	struct guest guest = { .kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC) };
	const char *what = argc > 2 ? argv[1] : "";

	if (guest.kvm < 0)
		err(3, "/dev/kvm");
	guest_make(&guest);
	if (!strcmp(what, "clock")) {
		vcpu_make(&guest, 0, guest_clock, 0);
		vcpu_make(&guest, 1, guest_clock, 0);
		guest_run(&guest, atof(argv[2]), clock_updates);
	} else if (!strcmp(what, "ipis") && argc > 3) {
		vcpu_make(&guest, 0, guest_sender, strtoul(argv[3], NULL, 10));
		vcpu_make(&guest, 1, guest_receiver, 0);
		guest_run(&guest, atof(argv[2]), ipis);
	} else {
		errx(2, "usage: minivm clock SECONDS | ipis SECONDS SPINS");
	}
	/* The threads end with the process. */
	return 0;
}
