# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile: the module for one kernel, and its client.
#
# Kbuild writes beside its sources, so they are linked into build/kmod/RELEASE. W=1 is for the
# warnings of the module alone.

KMOD_SOURCES := $(wildcard kmod/*.c kmod/*.h) kmod/Kbuild
KDIR ?= /lib/modules/$(shell uname -r)/build
# Debian overrides the release that Kbuild would make up: what counts is what the kernel calls itself.
KMOD_RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
KMOD_DIR = $(BUILD)/kmod/$(KMOD_RELEASE)
KMOD_SPARSE ?= $(if $(shell command -v sparse),C=1)

.PHONY: kmod
kmod:
	@test -n "$(KMOD_RELEASE)" || { echo "kmod: no kernel headers in $(KDIR)" >&2; exit 3; }
	@mkdir -p $(KMOD_DIR)
	@ln -sf $(abspath $(KMOD_SOURCES)) $(KMOD_DIR)/
	$(MAKE) -C $(KDIR) M=$(abspath $(KMOD_DIR)) W=1 $(KMOD_SPARSE) modules

# The same for a kernel of tests/vm/KERNELS: `make build/kmod/6.12.ok`.
$(BUILD)/kmod/%.ok: $(KMOD_SOURCES) tests/vm/KERNELS
	headers=$$(tests/vm/fetch $*) && $(SUDO) tests/vm/within $* \
		$(MAKE) -f $(firstword $(MAKEFILE_LIST)) kmod KDIR=$$headers
	touch $@

IPIGEN_SOURCES := $(wildcard tools/ipigen*.c)

$(BUILD)/ipigen: $(IPIGEN_SOURCES) $(wildcard tools/ipigen*.h) kmod/ipigen.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) -Ikmod -o $@ $(IPIGEN_SOURCES) -ljansson

$(BUILD)/ipigen-fuzz: tests/vm/ipigen-fuzz.c kmod/ipigen.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) -o $@ $<

# What the VM of make test needs, and of make test-all.
VM_TESTS := $(BUILD)/kmod/6.12.ok $(BUILD)/ipigen-fuzz
VM_TESTS_ALL := $(VM_TESTS) $(BUILD)/kmod/6.1.ok $(BUILD)/kmod/6.12-rt.ok $(BUILD)/kmod/6.12-arm64.ok \
	$(BUILD)/kmod/7.ok

.PHONY: tests-all tests-arm64
tests: $(VM_TESTS)
tests-all: tests-arm64 tests-scale
tests-all: tests $(VM_TESTS_ALL)

tests-arm64:
	+$(MAKE) --no-print-directory ARCH=arm64 test-programs tests-scale build/arm64/ipigen-fuzz
