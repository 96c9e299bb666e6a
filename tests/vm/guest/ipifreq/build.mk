# SPDX-License-Identifier: GPL-2.0
# The cpufreq driver of the test VM. The top Makefile includes this. For a kernel of
# tests/vm/KERNELS: `make build/ipifreq/6.12.ok` makes build/ipifreq/6.12/ipifreq.ko.

IPIFREQ_SOURCES := tests/vm/guest/ipifreq/Kbuild tests/vm/guest/ipifreq/ipifreq.c

$(BUILD)/ipifreq/%.ok: $(IPIFREQ_SOURCES) tests/vm/KERNELS
	@mkdir -p $(BUILD)/ipifreq/$*
	@ln -sf $(abspath $(IPIFREQ_SOURCES)) $(BUILD)/ipifreq/$*/
	headers=$$(tests/vm/host/fetch $*) && $(SUDO) tests/vm/host/within $* \
		$(KBUILD) -C $$headers M=$(abspath $(BUILD)/ipifreq/$*) W=1 modules
	touch $@

# Not for arm64: Debian's cloud kernel has no cpufreq there.
tests-all: $(BUILD)/ipifreq/6.1.ok $(BUILD)/ipifreq/6.12.ok $(BUILD)/ipifreq/6.12-rt.ok $(BUILD)/ipifreq/7.ok
