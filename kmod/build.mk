# SPDX-License-Identifier: GPL-2.0
# The module ipigen.ko for one kernel. The top Makefile includes this.
#
# Kbuild writes beside its sources, so build/kmod/RELEASE has links to them.

KMOD_SOURCES := $(wildcard kmod/*.c kmod/*.h) kmod/Kbuild
KDIR ?= /lib/modules/$(shell uname -r)/build
# UTS_RELEASE, as uname -r says: Debian overrides the release that Kbuild would compute.
KMOD_RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
KMOD_DIR = $(BUILD)/kmod/$(KMOD_RELEASE)
# CC and CFLAGS are for programs: the headers name the compiler that made the kernel. KMOD_CC takes
# another.
KBUILD := env -u MAKEFLAGS -u CFLAGS -u LDFLAGS $(MAKE) --no-print-directory -j$(shell nproc) \
	$(if $(V),V=1)
KMOD_SPARSE ?= $(if $(shell command -v sparse),C=1)

.PHONY: kmod
kmod:
	@test -n "$(KMOD_RELEASE)" || { echo "kmod: no kernel headers in $(KDIR)" >&2; exit 3; }
	@mkdir -p $(KMOD_DIR)
	@ln -sf $(abspath $(KMOD_SOURCES)) $(KMOD_DIR)/
	$(KBUILD) -C $(KDIR) M=$(abspath $(KMOD_DIR)) W=1 $(KMOD_SPARSE) $(KMOD_CC:%=CC=%) modules

# For a kernel of tests/vm/KERNELS: `make build/kmod/6.12.ok`.
$(BUILD)/kmod/%.ok: $(KMOD_SOURCES) tests/vm/KERNELS
	headers=$$(tests/vm/host/fetch $*) && $(SUDO) tests/vm/host/within $* \
		$(MAKE) -f $(firstword $(MAKEFILE_LIST)) kmod KDIR=$$headers
	touch $@

$(BUILD)/ipigen-fuzz $(BUILD)/disturb $(BUILD)/minivm $(BUILD)/crowd: $(BUILD)/%: tests/vm/guest/%.c tests/vm/guest/guest.h kmod/ipigen.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $<

$(BUILD)/loads: $(wildcard tests/vm/guest/loads*.c) tests/vm/guest/loads.h tests/vm/guest/guest.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -pthread -o $@ $(filter %.c,$^)

# Prerequisites of the VM in make test, and in make test-all.
VM_TESTS := $(BUILD)/kmod/6.12.ok $(BUILD)/ipigen-fuzz $(BUILD)/disturb
VM_TESTS_ALL := $(VM_TESTS) $(BUILD)/kmod/5.10.ok $(BUILD)/kmod/6.1.ok $(BUILD)/kmod/6.1-arm64.ok \
	$(BUILD)/kmod/6.12-rt.ok $(BUILD)/kmod/6.12-arm64.ok $(BUILD)/kmod/7.ok

.PHONY: tests-all tests-arm64
tests: $(VM_TESTS)
tests-all: tests-arm64 tests-scale
tests-all: tests $(VM_TESTS_ALL) $(BUILD)/minivm $(BUILD)/loads $(BUILD)/crowd

tests-arm64:
	+$(MAKE) --no-print-directory ARCH=arm64 test-programs tests-scale build/arm64/ipigen-fuzz
