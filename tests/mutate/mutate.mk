# SPDX-License-Identifier: LGPL-3.0-or-later
# `make mutate`: whether the tests notice when one thing in the sources is different.
# Variables: SEED, MUTANTS (how many), ONLY (a prefix of paths), BOOT=1 (boot tests for what
# the unit tests let live).

MUTANTS ?= 150
SEED ?= 1
mutate-dir := $(BUILD)/mutate

# How each program is built is told to the script by a file.
define mutate-plan
rom	-	$(ROM_CFLAGS) -DPETREL_VERSION='"0"'	$(wildcard $(rom-y:.o=.c))
link	-	$(ROM_LDFLAGS) -T $(BUILD)/rom.lds	$(rom-objs)
$(foreach t,$(unit-tests),test	$(t)	$(HOST_CFLAGS) $($(t)-cflags) $(SANITIZE)	$($(t)-srcs)
)
$(foreach t,$(host-tools),tool	$(t)	$(HOST_CFLAGS) $($(t)-cflags)	$($(t)-srcs)
)
endef

.PHONY: mutate
mutate: $(ROM) $(addprefix $(BUILD)/unit/,$(unit-tests)) tools \
		$(if $(BOOT),$(guest-images) $(DEMO))
	$(shell mkdir -p $(mutate-dir))$(file >$(mutate-dir)/plan,$(mutate-plan))
	@CC='$(CC)' OBJCOPY='$(OBJCOPY)' $(PYTHON) tests/mutate/mutate.py --directory $(mutate-dir) \
		--seed $(SEED) --mutants $(MUTANTS) --jobs $(TEST_JOBS) $(if $(ONLY),--only $(ONLY)) \
		$(if $(BOOT),--boot)
