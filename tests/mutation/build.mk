# SPDX-License-Identifier: GPL-2.0
# What tests/mutation/random links: each unit test's object; its wraps, the objects of src/ that it is
# linked with and the files of src/ that it includes (.parts); and the commands.

MUTATION := $(BUILD)/slips
# Not test_ipiload, which tests a tool.
MUTATED_TESTS := $(patsubst tests/unit/%.c,$(MUTATION)/tests/%.parts,$(filter-out %_ipiload.c,$(wildcard tests/unit/*.c))) \
	$(patsubst tests/bpf/test_%.c,$(MUTATION)/tests/bpf_%.parts,$(wildcard tests/bpf/test_*.c))

# Warnings are errors: the compiler notices such a slip. A change that moves no line of machine code is no
# slip, therefore no -g. BUILT is what cli/commands.c needs.
$(MUTATION)/commands: $(BUILD)/flags tests/mutation/build.mk
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(BUILT) -g0 -Werror)' > $@
	@echo '$(subst ','\'',$(LIBS) -lcmocka -lm)' >> $@
	@echo '$(WRAP)' >> $@

$(MUTATION)/tests/%.o: tests/unit/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_WARNINGS) $(ERRORS) -g0 -c -o $@ $<

$(MUTATION)/tests/bpf_%.o: tests/bpf/test_%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_WARNINGS) $(ERRORS) -Itests/bpf -g0 -c -o $@ $<

# A thin archive knows its members by their paths.
$(MUTATION)/parts.a: $(PARTS)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcsT $@ $(PARTS)

$(MUTATION)/tests/%.parts: $(MUTATION)/tests/%.o $(MUTATION)/parts.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=leak $(call wraps,tests/unit/$*.c) -Wl,--trace -o $(@:.parts=) $^ $(LIBS) -lcmocka -lm > $@.tmp
	$(Q){ echo '$(call wraps,tests/unit/$*.c)'; sed -n 's,.*/obj/,$(BUILD)/obj/,p' $@.tmp; \
		grep -ow 'src/[^ ]*\.c' $(@:.parts=.d); :; } > $@ && rm $@.tmp

$(MUTATION)/tests/bpf_%.parts: $(MUTATION)/tests/bpf_%.o $(BUILD)/tests/rig.o $(MUTATION)/parts.a | \
		$(BUILD)/tests/fake.bpf.o $(BUILD)/tests/stacks.bpf.o
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=leak $(call wraps,tests/bpf/test_$*.c) -Wl,--trace -o $(@:.parts=) $^ $(LIBS) \
		-lcmocka -lm > $@.tmp
	$(Q){ echo '$(call wraps,tests/bpf/test_$*.c)'; sed -n 's,.*/obj/,$(BUILD)/obj/,p' $@.tmp; } > $@ && rm $@.tmp

mutation-programs: $(MUTATED_TESTS) $(MUTATION)/commands

-include $(wildcard $(MUTATION)/tests/*.d)

.PHONY: mutation-programs
