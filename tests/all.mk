# SPDX-License-Identifier: GPL-2.0
# make test-all, in three lanes. A VM seldom keeps two CPUs busy. The niced tests use what is left: they
# need no CPU at a certain moment, and no VM waits for them. The tests of the third lane mostly wait, or
# see nothing of this machine. The last tests judge real time, see every IPI of this machine, or make a
# storm of a certain rate (fleet.t).

nice = $(patsubst tests/%,$(BUILD)/nice/%,$(1))
NICE_TESTS := $(call nice,tests/e2e/faults.t tests/mutation/run $(wildcard tests/packages/*.t tests/schemas/*.t tests/sanitizers/*.t tests/coverage/*.t))
STORM_TESTS := tests/fleet/fleet.t
# These wait until nobody sends membarriers, and faults.t sends some all the time.
QUIET_TESTS := tests/e2e/serve.t tests/e2e/live.t
MORE_TESTS := $(VM_LONG_SCRIPTS) $(filter-out tests/e2e/faults.t $(QUIET_TESTS),$(PLAIN_TESTS)) $(COMPUTING_TESTS) $(call nice,$(filter-out $(STORM_TESTS),$(wildcard tests/fleet/*.t)) $(wildcard tests/soak/*.t))
LAST_TESTS := $(TESTS) $(QUIET_TESTS) tests/mutation/prove $(wildcard tests/hidden/*.t) $(wildcard tests/browser/*.t) $(STORM_TESTS) $(VM_ALONE_SCRIPTS)

$(BUILD)/nice/%: tests/all.mk
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec nice $(CURDIR)/tests/$*\n' >$@ && chmod +x $@

tests-all: asan-programs tsan-programs coverage-programs $(NICE_TESTS) $(filter $(BUILD)/nice/%,$(MORE_TESTS))

test-all: deps
	@$(SUDO) tools/deps $(shell cat tests/vm/PACKAGES-all) $(BROWSER_DEPS) $(SCHEMA_DEPS) $(COVERAGE_DEPS)
	@$(MAKE) --no-print-directory -j"$$(nproc)" tests-all
	@($(call gate,--jobs 3 \
		$(call lane,$(VM_ALL_SCRIPTS)) $(call lane,$(NICE_TESTS)) $(call lane,$(MORE_TESTS)) \
		$(VM_ALL_SCRIPTS) $(NICE_TESTS) $(MORE_TESTS) $(LAST_TESTS),$(SUDO) FAULTS=all SCALE=all)); \
		status=$$?; BUILD=$(BUILD) tests/vm/host/matrix show >$(BUILD)/matrix.md; exit $$status
