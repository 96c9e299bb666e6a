# SPDX-License-Identifier: GPL-2.0
# Installing, and the static binary. The Makefile includes this and has the
# rest: BUILD, OBJECTS, CC, the flags.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man/man8
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
DOCDIR ?= $(DATADIR)/doc/ipitrace
UNITDIR ?= $(PREFIX)/lib/systemd/system

# MODE:FROM:TO. The documents lie as in the source tree, so that their links hold.
INSTALL_FILES = $(foreach f,ipitrace ipiload ipigen,755:$(BUILD)/$(f):$(BINDIR)/$(f)) \
	$(foreach f,$(wildcard man/*.8),644:$(f):$(MANDIR)/$(notdir $(f))) \
	644:packaging/ipitrace.service:$(UNITDIR)/ipitrace.service \
	644:completion/ipitrace.bash:$(BASHDIR)/ipitrace \
	644:completion/_ipitrace:$(ZSHDIR)/_ipitrace \
	$(foreach f,README.md COPYING $(wildcard docs/*.md schema/*.json dashboards/*),644:$(f):$(DOCDIR)/$(f))

# Where all is built, it writes to DESTDIR alone.
install: all
	@set -e; for file in $(INSTALL_FILES); do \
		IFS=:; set -- $$file; \
		$(if $(V),echo "install $(DESTDIR)$$3";) \
		install -D -m "$$1" "$$2" "$(DESTDIR)$$3"; \
	done
	@sed -i 's|^ExecStart=[^ ]*|ExecStart=$(BINDIR)/ipitrace|' \
		"$(DESTDIR)$(UNITDIR)/ipitrace.service"

# The directories that are ours alone go too.
uninstall:
	@for file in $(INSTALL_FILES); do rm -f "$(DESTDIR)$${file##*:}"; done
	@for dir in $(DOCDIR)/docs $(DOCDIR)/schema $(DOCDIR)/dashboards $(DOCDIR); do \
		if [ -d "$(DESTDIR)$$dir" ]; then \
			rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$dir"; \
		fi; \
	done

# For hosts with another libc, or none. ld warns of getpwuid(), by which
# libcap-ng finds groups when asked to; it is not asked.
static: $(BUILD)/ipitrace-static

$(BUILD)/ipitrace-static: $(OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static -Wl,--no-warnings -o $@ $^ \
		$(filter-out -Wl%,$(STATIC_LIBS)) -lm

# tests/e2e/install.t tries it. The sanitizers cannot be linked so.
ifneq ($(ASAN),1)
tests: $(BUILD)/ipitrace-static
endif

.PHONY: install uninstall static
