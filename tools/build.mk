# SPDX-License-Identifier: GPL-2.0
# ipiload and ipigen: make IPIs from user space, and through the module; make schema. The top Makefile includes
# this. Both share lists of CPUs and the exit status with ipitrace.

tool_objects = $(patsubst tools/%.c,$(BUILD)/tools/%.o,$(wildcard tools/$(1)*.c) tools/pin.c)
IPILOAD_OBJECTS := $(call tool_objects,ipiload)
IPIGEN_OBJECTS := $(call tool_objects,ipigen)
TOOL_OBJECTS := $(sort $(IPILOAD_OBJECTS) $(IPIGEN_OBJECTS))
CPUSET := $(BUILD)/obj/base/cpuset.o
JANSSON = $(shell $(PKG_CONFIG) --libs jansson)

$(BUILD)/ipiload: $(IPILOAD_OBJECTS) $(CPUSET)
$(BUILD)/ipigen: $(IPIGEN_OBJECTS) $(CPUSET)
$(BUILD)/ipiload $(BUILD)/ipigen:
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) -pthread -o $@ $^ $(JANSSON)

$(TOOL_OBJECTS): $(BUILD)/tools/%.o: tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) -pthread -c -o $@ $<

$(BUILD)/tests/test_ipiload: tests/unit/test_ipiload.c $(BUILD)/tools/ipiload_hist.o
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(TEST_WARNINGS) $(ERRORS) -Itools $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# The tables of fields, for tools/schema.
$(BUILD)/fields: tools/fields.c $(BUILD)/parts.a
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^) $(LIBS) -lm

schema: $(BUILD)/fields
	tools/schema $<

-include $(TOOL_OBJECTS:.o=.d) $(BUILD)/fields.d
