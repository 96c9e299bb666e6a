# SPDX-License-Identifier: GPL-2.0
# Published schemas that tests/schemas/schemas.t holds dashboards and manifest against: npm's packages,
# pinned with their sums in tests/schemas/package-lock.json. They go into no program. The top Makefile
# includes this.

# Where there is an npm already, Debian's would get into its way.
SCHEMA_DEPS := python3-yaml $(if $(shell command -v npm),,npm)

$(BUILD)/schemas/node_modules: tests/schemas/package.json tests/schemas/package-lock.json
	@mkdir -p $(@D)
	$(call say,NPM)
	$(Q)cp $^ $(@D) && npm --prefix $(@D) ci --ignore-scripts --no-audit --no-fund --silent && touch $@

tests-all: $(BUILD)/schemas/node_modules
