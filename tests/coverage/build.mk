# SPDX-License-Identifier: GPL-2.0
# Which lines and branches of src/ the tests run. The top Makefile includes this.

# The processes count in a file that they share: those, too, that may write no file, and those that end by _exit().
COUNTED := -fprofile-instr-generate=$(abspath $(BUILD))/coverage/counts/%c%m.profraw -fcoverage-mapping \
	-mllvm -runtime-counter-relocation

coverage: deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" coverage-programs
	@$(SUDO) BUILD=$(BUILD)/coverage tests/coverage/coverage $(if $(WRITE),--write) $(if $(LINES),--lines)

# Without optimization each line has code of its own. clang warns of what gcc does not.
coverage-programs:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CC=clang CFLAGS='-O0 -g -w -Qunused-arguments $(COUNTED)' WERROR= all tests

.PHONY: coverage coverage-programs
