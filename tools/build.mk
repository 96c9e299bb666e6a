# SPDX-License-Identifier: GPL-2.0
# The load generator of user space. Expects CC, CFLAGS and BUILD from the
# Makefile that includes it, and stands without it too.

BUILD ?= build
CFLAGS ?= -O2 -g

IPILOAD_PARTS := ipiload ipiload_cpus ipiload_hist ipiload_loads ipiload_opts ipiload_report ipiload_run
IPILOAD_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -pthread -D_GNU_SOURCE
IPILOAD_OBJECTS := $(IPILOAD_PARTS:%=$(BUILD)/tools/%.o)

$(BUILD)/ipiload: $(IPILOAD_OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs jansson)

$(IPILOAD_OBJECTS): $(BUILD)/tools/%.o: tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(IPILOAD_CFLAGS) $(shell $(PKG_CONFIG) --cflags jansson) -MMD -MP -c -o $@ $<

# Pure parts, so no jansson.
$(BUILD)/tests/test_ipiload: tests/unit/test_ipiload.c tools/ipiload_cpus.c tools/ipiload_hist.c \
		tools/ipiload_cpus.h tools/ipiload_hist.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(IPILOAD_CFLAGS) -Itools -o $@ $(filter %.c,$^) -lcmocka

-include $(IPILOAD_OBJECTS:.o=.d)
