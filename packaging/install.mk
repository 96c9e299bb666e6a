# SPDX-License-Identifier: GPL-2.0
# make install, make uninstall, make static. The top Makefile includes this.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man/man8
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
DOCDIR ?= $(DATADIR)/doc/ipitrace
UNITDIR ?= $(PREFIX)/lib/systemd/system

# A line of a page that names a part of man/common.inc stands for that part.
MAN_PAGES := $(patsubst %,$(BUILD)/%,$(wildcard man/*.8))
all: $(MAN_PAGES)
$(BUILD)/man/%.8: man/%.8 man/common.inc man/common.awk
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)awk -v version='$(VERSION)' -f man/common.awk man/common.inc $< >$@.tmp && mv $@.tmp $@

UNITS := ipitrace.service ipitrace-record.service

# MODE:FROM:TO. The documents keep the layout of the source tree, so their links stay valid.
INSTALL_FILES = $(foreach f,ipitrace ipiload ipigen,755:$(BUILD)/$(f):$(BINDIR)/$(f)) \
	$(foreach f,$(MAN_PAGES),644:$(f):$(MANDIR)/$(notdir $(f))) \
	$(foreach f,$(UNITS),644:packaging/$(f):$(UNITDIR)/$(f)) \
	644:completion/ipitrace.bash:$(BASHDIR)/ipitrace \
	644:completion/_ipitrace:$(ZSHDIR)/_ipitrace \
	$(foreach f,README.md CHANGELOG.md COPYING $(wildcard docs/*.md docs/*.png docs/*.svg schema/*.json dashboards/*) packaging/container/Dockerfile \
		packaging/kubernetes/daemonset.yaml,644:$(f):$(DOCDIR)/$(f))

# After make, this writes to DESTDIR alone.
install: all
	@set -e; for file in $(INSTALL_FILES); do \
		IFS=:; set -- $$file; \
		$(if $(V),echo "install $(DESTDIR)$$3";) \
		install -D -m "$$1" "$$2" "$(DESTDIR)$$3"; \
	done
	@sed -i 's|^ExecStart=[^ ]*|ExecStart=$(BINDIR)/ipitrace|' \
		$(UNITS:%="$(DESTDIR)$(UNITDIR)/%")

# Removes ipitrace's own directories too.
uninstall:
	@for file in $(INSTALL_FILES); do rm -f "$(DESTDIR)$${file##*:}"; done
	@for dir in $(DOCDIR)/docs $(DOCDIR)/schema $(DOCDIR)/dashboards $(DOCDIR)/packaging/container \
		$(DOCDIR)/packaging/kubernetes $(DOCDIR)/packaging $(DOCDIR); do \
		if [ -d "$(DESTDIR)$$dir" ]; then \
			rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$dir"; \
		fi; \
	done

# For hosts with another libc, or none. ld warns of getpwuid() in libcap-ng's lookup of groups,
# which ipitrace never calls.
static: $(BUILD)/ipitrace-static

STATIC_LIBS := -lbpf -lelf -lz -ljansson -lcap-ng -levent_extra -levent_core -lzstd -lprotobuf-nanopb \
	-lncursesw -ltinfo -lm
$(BUILD)/ipitrace-static: $(OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $(WRAP) -static -Wl,--no-warnings -o $@ $^ $(STATIC_LIBS)

# tests/e2e/install.t runs it. The sanitizers have no static library.
ifneq ($(ASAN),1)
tests: $(BUILD)/ipitrace-static
endif

.PHONY: install uninstall static
