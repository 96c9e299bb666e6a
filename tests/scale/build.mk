# SPDX-License-Identifier: GPL-2.0
# Cache lines that move for each csd, on simulated CPUs: tests/scale/README.md. The top Makefile
# includes this.

SCALE_OBJECTS := $(patsubst tests/scale/sim/%.c,$(BUILD)/scale/sim/%.o,$(wildcard tests/scale/sim/*.c))
SCALE_CAPTURE := $(wildcard tests/scale/capture/*.c)

$(SCALE_OBJECTS): $(BUILD)/scale/sim/%.o: tests/scale/sim/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) -c -o $@ $<

$(BUILD)/scale/lines: $(SCALE_OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lm

# Preloaded into ipitrace, so without a sanitizer.
$(BUILD)/scale/capture.so: $(SCALE_CAPTURE) $(wildcard tests/scale/capture/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(ERRORS) -D_GNU_SOURCE -Isrc -O2 -g -shared -fPIC -o $@ \
		$(SCALE_CAPTURE) -ldl

# tests/scale/lines.t runs both.
test-programs: $(BUILD)/scale/lines $(BUILD)/scale/capture.so

-include $(SCALE_OBJECTS:.o=.d)
