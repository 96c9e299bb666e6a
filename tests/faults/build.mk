# SPDX-License-Identifier: GPL-2.0
# A preload library that fails allocations, for tests/e2e/faults.t. The top Makefile includes this.

FAULTS := $(BUILD)/tests/faults.so

$(FAULTS): tests/faults/faults.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(ERRORS) -D_GNU_SOURCE -O2 -g -shared -fPIC -o $@ $<

test-programs: $(FAULTS)
