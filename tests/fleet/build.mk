# SPDX-License-Identifier: GPL-2.0
# DuckDB for tests/fleet/captures.t: npm's package, pinned with its sums. It goes into no program. The
# top Makefile includes this.

$(BUILD)/duckdb/node_modules: tests/fleet/duckdb/package.json tests/fleet/duckdb/package-lock.json
	@mkdir -p $(@D)
	$(call say,NPM)
	$(Q)cp $^ $(@D) && npm --prefix $(@D) ci --ignore-scripts --no-audit --no-fund --silent && touch $@

tests-all: $(BUILD)/duckdb/node_modules
