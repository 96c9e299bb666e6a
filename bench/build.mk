# SPDX-License-Identifier: GPL-2.0
# make bench: ipitrace and its peers in turn. The top Makefile includes this.

# linux-perf and bpftrace are the peers; libbpf1 switches on the BPF statistics.
BENCH_DEPS := bpftrace linux-perf bpftool python3 libbpf1

BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,attach floor.bpf.o limit.bpf.o switches)

# BENCH='--rounds 9' make bench: see bench/bench.py --help.
bench:
	@$(SUDO) tools/deps $(BUILD_DEPS) $(BENCH_DEPS)
	@$(MAKE) --no-print-directory all $(BENCH_PROGRAMS)
	@$(SUDO) bench/bench.py --build $(BUILD) $(BENCH)

# tests/e2e/bench.t runs a round.
tests: $(BENCH_PROGRAMS)

$(BUILD)/bench/%.bpf.o: bench/%.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(ERRORS) -Wno-unused-parameter -c -o $@ $<

$(BUILD)/bench/attach: bench/attach.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $< $(LIBS)

$(BUILD)/bench/switches: bench/switches.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $<

-include $(BUILD)/bench/attach.d $(BUILD)/bench/floor.bpf.d $(BUILD)/bench/limit.bpf.d

.PHONY: bench
