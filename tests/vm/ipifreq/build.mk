# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile: the cpufreq driver of the test VM, for a kernel of
# tests/vm/KERNELS: `make build/ipifreq/6.12.ok` leaves build/ipifreq/6.12/ipifreq.ko.

IPIFREQ_SOURCES := tests/vm/ipifreq/Kbuild tests/vm/ipifreq/ipifreq.c

$(BUILD)/ipifreq/%.ok: $(IPIFREQ_SOURCES) tests/vm/KERNELS
	@mkdir -p $(BUILD)/ipifreq/$*
	@ln -sf $(abspath $(IPIFREQ_SOURCES)) $(BUILD)/ipifreq/$*/
	headers=$$(tests/vm/fetch $*) && $(SUDO) tests/vm/within $* \
		$(MAKE) -C $$headers M=$(abspath $(BUILD)/ipifreq/$*) W=1 modules
	touch $@

# Not of arm64: Debian's kernel for clouds has no cpufreq there.
tests-all: $(BUILD)/ipifreq/6.12.ok $(BUILD)/ipifreq/6.12-rt.ok $(BUILD)/ipifreq/7.ok
