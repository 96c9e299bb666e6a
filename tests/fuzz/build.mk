# SPDX-License-Identifier: GPL-2.0
# The parsers of untrusted input, under libFuzzer. The top Makefile includes this.

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 300
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -O1 -g -Isrc \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(BUILD)/fuzz/options: $(patsubst %,src/cli/%.c,commands nearest option_table option_value \
	options) \
	src/base/cpuset.c src/base/sanitize.c src/base/utf8.c $(wildcard src/model/*.c)
$(BUILD)/fuzz/http: src/serve/blob.c src/serve/http.c src/serve/http_accept.c
$(BUILD)/fuzz/backtrace: src/host/backtrace_text.c src/model/backtrace.c
$(BUILD)/fuzz/dump: $(patsubst %,src/collect/kcore/%.c,addresses elf_core flattened kallsyms \
	module_symbols vmcoreinfo) \
	$(patsubst %,src/collect/kcore/queues/%.c,csd facts image senders target tasks walk) \
	src/host/modules.c src/host/symbols.c src/base/cpuset.c src/base/sanitize.c src/base/utf8.c src/model/moment.c
$(BUILD)/fuzz/capture: $(wildcard src/view/capture/*.c src/model/*.c) src/base/cpuset.c src/base/utf8.c src/base/write_all.c

$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard src/*/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^) -levent_extra -levent_core -lzstd -ljansson -lm

# build/fuzz/ keeps the inputs that reached new code, for the next run.
fuzz: $(FUZZERS)
	@set -e; for fuzzer in $(FUZZERS); do \
		mkdir -p $$fuzzer.corpus; \
		(cd $(BUILD)/fuzz && ./$${fuzzer##*/} -max_total_time=$(FUZZ_SECONDS) \
			-dict=$(CURDIR)/tests/fuzz/$${fuzzer##*/}.dict $${fuzzer##*/}.corpus); \
	done

# tests/e2e/fuzz.t runs each for some seconds.
tests: $(FUZZERS)

.PHONY: fuzz
