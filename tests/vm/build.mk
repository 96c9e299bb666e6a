# SPDX-License-Identifier: GPL-2.0
# The tests in VMs: a script for prove for each row of tests/vm/TABLE. The top Makefile includes this.

include tests/vm/guest/ipifreq/build.mk

vm_scripts = $(patsubst %,$(BUILD)/vm/%.t,$(shell tests/vm/test --names $(1)))
VM_TEST_SCRIPTS := $(call vm_scripts,test)
VM_ALL_SCRIPTS := $(VM_TEST_SCRIPTS) $(call vm_scripts,all)
VM_LONG_SCRIPTS := $(call vm_scripts,long)
VM_ALONE_SCRIPTS := $(call vm_scripts,alone)

# A VM computes all the time, and the tests beside it mostly wait: it gives way to them.
$(BUILD)/vm/%.t: tests/vm/build.mk
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec nice -n 4 $(CURDIR)/tests/vm/test $*\n' >$@ && chmod +x $@

tests: $(VM_TEST_SCRIPTS)
tests-all: $(VM_ALL_SCRIPTS) $(VM_LONG_SCRIPTS) $(VM_ALONE_SCRIPTS)
