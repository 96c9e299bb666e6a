# SPDX-License-Identifier: GPL-2.0
# The unit tests with sanitizers: two lanes, each in a build of its own. The top Makefile includes this.

# All unit tests, with the address, leak and undefined sanitizers.
ASAN_TESTS := $(UNIT_TESTS:$(BUILD)/%=$(BUILD)/asan/%)

# With the thread sanitizer those that begin threads, by themselves or by a function of src/.
THREADS_BEGIN := pthread_create|http__start|watcher_threads__start|flight__start|slow_start__begin|round_trip__measure
THREADED := $(patsubst tests/unit/%.c,%,$(shell grep -lE '$(THREADS_BEGIN)' tests/unit/*.c))
# Each by the script that knows how to run such a program here.
TSAN_TESTS := $(THREADED:%=$(BUILD)/tsan/run/%)

check-asan: asan-programs
	@$(call proved,--jobs 2 $(ASAN_TESTS))

check-tsan: tsan-programs
	@$(call proved,--jobs 2 $(TSAN_TESTS))

# With sanitizers gcc warns of what cannot be.
asan-programs:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan ASAN=1 WERROR= unit-programs

tsan-programs: $(TSAN_TESTS)
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan TSAN=1 WERROR= threaded-programs

unit-programs: $(UNIT_TESTS)

threaded-programs: $(THREADED:%=$(BUILD)/tests/%) $(BUILD)/tests/nothing

$(BUILD)/tsan/run/%: tests/sanitizers/build.mk
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec $(CURDIR)/tests/sanitizers/run-tsan $(BUILD)/tsan/tests/$*\n' >$@ && chmod +x $@

# For run-tsan: whether such a program begins at all.
$(BUILD)/tests/nothing: $(BUILD)/flags
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' | $(CC) $(SANITIZE) -x c -o $@ -

# For sanitizers.t: the unit test TEST, with the file FAULTY in place of the archive's.
$(BUILD)/tests/faulty: $(PARTS_ARCHIVE) FORCE
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_WARNINGS) $(LDFLAGS) -o $@ $(FAULTY) tests/unit/$(TEST).c $(PARTS_ARCHIVE) $(LIBS) -lcmocka -lm

.PHONY: check-asan check-tsan asan-programs tsan-programs unit-programs threaded-programs
