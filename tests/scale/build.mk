# SPDX-License-Identifier: GPL-2.0
# Cache lines that move for each csd, on simulated CPUs: tests/scale/README.md. The top Makefile
# includes this.

# Preloaded into ipitrace, so without a sanitizer; libbpf's archive is not for shared objects.
$(BUILD)/scale/lines.so: $(wildcard tests/scale/*.[ch]) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(ERRORS) -D_GNU_SOURCE -Isrc -O2 -g -shared -fPIC \
		-fno-semantic-interposition -o $@ $(filter %.c,$^) -lbpf -lm -ldl

# tests/scale/lines.t runs it, here alone: the sysroot of another architecture has no libbpf.so.
tests: $(BUILD)/scale/lines.so
