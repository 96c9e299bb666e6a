# SPDX-License-Identifier: GPL-2.0
# Which lines and branches of src/ the tests run. The top Makefile includes this.

COVERAGE_DEPS := gcovr

coverage: deps
	@$(SUDO) tools/deps $(COVERAGE_DEPS)
	@$(MAKE) --no-print-directory -j"$$(nproc)" coverage-programs
	@$(SUDO) BUILD=$(BUILD)/coverage tests/coverage/coverage $(if $(WRITE),--write)

# Without optimization each line has code of its own. Threads count at the same time.
coverage-programs:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage -fprofile-update=atomic' WERROR= test-programs

.PHONY: coverage coverage-programs
