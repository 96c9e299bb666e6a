# SPDX-License-Identifier: GPL-2.0
# The page of `report --html` and of `serve` without its data, as C strings: page.html with the
# styles, uPlot and the scripts in it. The top Makefile includes this.

# The charts' library (MIT): https://github.com/leeoniya/uPlot. For a build without a network put
# the file where UPLOT says.
UPLOT_VERSION := 1.6.32
UPLOT_SHA256 := 4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d
UPLOT_URL := https://registry.npmjs.org/uplot/-/uplot-$(UPLOT_VERSION).tgz
# Under sudo: the cache of the user who ran sudo, as for the tests' kernels.
PAGE_CACHE := $(or $(XDG_CACHE_HOME),$(shell getent passwd "$${SUDO_USER:-$$(id -un)}" | \
	cut -d: -f6)/.cache)/ipitrace
# A release's source archive has the file.
UPLOT ?= $(or $(wildcard packaging/uplot-$(UPLOT_VERSION).tgz),$(PAGE_CACHE)/uplot-$(UPLOT_VERSION).tgz)

PAGE := src/view/html
# In the order in which a script uses those before it.
PAGE_SCRIPTS := $(patsubst %,$(PAGE)/%.js,units hist data dom chart heat findings sections live main)

$(UPLOT):
	@mkdir -p $(@D)
	$(call say,GET)
	$(Q)curl -fsSL --retry 2 -o $@.$$$$ $(UPLOT_URL) && mv $@.$$$$ $@ || { rm -f $@.$$$$; \
		echo "uPlot is missing: fetch $(UPLOT_URL) to $@" >&2; exit 1; }

$(BUILD)/page/uplot: $(UPLOT)
	@mkdir -p $@
	@echo "$(UPLOT_SHA256)  $<" | sha256sum --check --quiet
	$(Q)tar -xzf $< -C $@ --strip-components=1 package/LICENSE package/dist/uPlot.iife.min.js \
		package/dist/uPlot.min.css && touch $@

# One script and one style sheet, in strict mode; uPlot's licence goes where uPlot goes.
$(BUILD)/page/page.js: $(PAGE_SCRIPTS) $(BUILD)/page/uplot
	$(Q){ echo '/*'; cat $(BUILD)/page/uplot/LICENSE; echo '*/'; \
		cat $(BUILD)/page/uplot/dist/uPlot.iife.min.js; \
		echo '(function () {'; echo '"use strict";'; cat $(PAGE_SCRIPTS); echo '})();'; } >$@

$(BUILD)/page/page.css: $(PAGE)/page.css $(BUILD)/page/uplot
	$(Q)cat $(BUILD)/page/uplot/dist/uPlot.min.css $(PAGE)/page.css >$@

# The policy names what may run by its hash, with the newline after the tag.
page_hash = $$({ echo; cat $(1); } | sha256sum | cut -c-64 | tr -d '\n' | sed 's/../\\x&/g' | xargs -0 env printf | base64)

$(BUILD)/page/policy: $(PAGE)/build.mk $(BUILD)/page/page.js $(BUILD)/page/page.css
	$(Q)printf "%s" "default-src 'none'; script-src 'sha256-$(call page_hash,$(BUILD)/page/page.js)';" \
		" style-src 'sha256-$(call page_hash,$(BUILD)/page/page.css)'; base-uri 'none';" \
		" form-action 'none'" >$@

$(BUILD)/page/page.html: $(PAGE)/build.mk $(PAGE)/page.html $(BUILD)/page/page.js $(BUILD)/page/page.css
	$(call say,PAGE)
	$(Q)sed -e '/^@SCRIPT@$$/{r $(BUILD)/page/page.js' -e 'd}' \
		-e '/^@STYLE@$$/{r $(BUILD)/page/page.css' -e 'd}' $(PAGE)/page.html >$@

# A C string a line.
# '?' is escaped because two of them begin a trigraph.
page_string = sed -e 's/\\/\\\\/g' -e 's/["?]/\\&/g' -e 's/^/"/' -e 's/$$/\\n"/'

$(BUILD)/page_policy.inc: $(BUILD)/page/policy
	$(Q){ printf '"'; cat $<; echo '"'; } >$@

$(BUILD)/page_head.inc: $(BUILD)/page/page.html $(PAGE)/build.mk
	$(Q)sed '/^@POLICY@$$/,$$d' $< | $(page_string) >$@

$(BUILD)/page_body.inc: $(BUILD)/page/page.html $(PAGE)/build.mk
	$(Q)sed -e '1,/^@POLICY@$$/d' -e '/^@DATA@$$/,$$d' $< | $(page_string) >$@

$(BUILD)/page_tail.inc: $(BUILD)/page/page.html $(PAGE)/build.mk
	$(Q)sed '1,/^@DATA@$$/d' $< | $(page_string) >$@

$(BUILD)/obj/view/html/page.o: $(addprefix $(BUILD)/page_,head.inc policy.inc body.inc tail.inc)
