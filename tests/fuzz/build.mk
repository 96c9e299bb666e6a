# SPDX-License-Identifier: GPL-2.0
# What is parsed that others wrote, under libFuzzer. The Makefile includes this.

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 300
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -O1 -g -Isrc \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(BUILD)/fuzz/options: src/cli/options.c src/base/cpuset.c src/base/sanitize.c src/model/names.c
$(BUILD)/fuzz/http: src/serve/http.c src/serve/http_accept.c

$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard src/*/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^) -levent_extra -levent_core -lm

# Inputs that were of interest stay in build/fuzz/, for the next time.
fuzz: $(FUZZERS)
	@set -e; for fuzzer in $(FUZZERS); do \
		mkdir -p $$fuzzer.corpus; \
		(cd $(BUILD)/fuzz && ./$${fuzzer##*/} -max_total_time=$(FUZZ_SECONDS) \
			-dict=$(CURDIR)/tests/fuzz/$${fuzzer##*/}.dict $${fuzzer##*/}.corpus); \
	done

# tests/e2e/fuzz.t runs them for a while.
tests: $(FUZZERS)

.PHONY: fuzz
