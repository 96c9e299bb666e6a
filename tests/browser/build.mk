# SPDX-License-Identifier: GPL-2.0
# axe-core (MPL-2.0) for tests/browser/page.t, which looks for what a screen reader cannot read. It
# goes into no program. The top Makefile includes this.

BROWSER_DEPS := chromium chromium-driver python3-selenium fonts-dejavu-core

AXE_VERSION := 4.14.1
AXE_SHA256 := e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
AXE_URL := https://registry.npmjs.org/axe-core/-/axe-core-$(AXE_VERSION).tgz
AXE := $(PAGE_CACHE)/axe-core-$(AXE_VERSION).tgz

$(AXE):
	@mkdir -p $(@D)
	$(call say,GET)
	$(Q)curl -fsSL --retry 2 -o $@.$$$$ $(AXE_URL) && mv $@.$$$$ $@

$(BUILD)/axe.min.js: $(AXE)
	@mkdir -p $(@D)
	@echo "$(AXE_SHA256)  $<" | sha256sum --check --quiet
	$(Q)tar -xzOf $< package/axe.min.js >$@

tests-all: $(BUILD)/axe.min.js
