# SPDX-License-Identifier: LGPL-3.0-or-later
# What unit tests and the fuzz targets' seeds reach in src: `make coverage`. All of it is
# built once more for gcov, without optimization, since that merges lines and branches.

coverage-dir := $(BUILD)/coverage
coverage-cflags = $(filter-out -O1 -Werror,$(HOST_CFLAGS)) -O0 --coverage -fsanitize=address \
	-Wno-unknown-pragmas

# A fuzz target is a program that takes each seed in a process of its own, so that no
# variable has to be cleared (renew.h), which libFuzzer and clang's sections are for.
coverage-replay := tests/coverage/replay.c
coverage-fuzz-cflags := -Wl,--defsym=__start_firmware_bss=machine_memory \
	-Wl,--defsym=__stop_firmware_bss=machine_memory+0x800000
# This one clears by itself, here nothing.
coverage-terminal-cflags := -Wl,--defsym=__start_firmware_bss=LLVMFuzzerTestOneInput \
	-Wl,--defsym=__stop_firmware_bss=LLVMFuzzerTestOneInput
$(foreach t,$(fuzz-targets),$(eval $(t)-coverage-cflags = \
	$$(filter-out -mllvm -asan-globals=0 -fsanitize-ignorelist=%,$$($(t)-cflags)) \
	$(if $(filter $(t),$(renew-targets)),$$(coverage-fuzz-cflags)) \
	$(if $(filter $(t),fuzz_terminal),$$(coverage-terminal-cflags))))
$(foreach t,$(unit-tests),$(eval $(t)-coverage-cflags = $$($(t)-cflags)))
coverage-srcs = $($(1)-srcs) $(if $(filter $(1),$(fuzz-targets)),$(coverage-replay))

# An object for each source of each program: files of one name would share their counts.
define coverage-object-rule
$(coverage-dir)/$(1)/$(2).o: $(2) $$(wildcard src/*.h src/*/*.h src/*/*/*.h tests/*/*.h) Makefile
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$$(CC) $$(coverage-cflags) $$($(1)-coverage-cflags) -c -o $$@ $$<
endef
define coverage-rule
$(coverage-dir)/$(1)/run: $(patsubst %,$(coverage-dir)/$(1)/%.o,$(coverage-srcs))
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(coverage-cflags) $$($(1)-coverage-cflags) -o $$@ $$(filter %.o,$$^)
endef

# The ROM's own objects, which do not run, tell what there is to reach.
coverage-rom := $(patsubst %.c,$(coverage-dir)/rom/%.o,$(filter-out src/version.c,$(wildcard src/*.c src/*/*.c src/*/*/*.c)))
$(coverage-dir)/rom/%.o: %.c $(BUILD)/config.mk Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -O2 -Os -Werror,$(ROM_CFLAGS)) -O0 --coverage -c -o $@ $<

# These are no tests by themselves; what they do fuzz targets do, too.
coverage-tests := $(filter-out terminal_driver lsfs,$(unit-tests))
coverage-programs := $(coverage-tests) $(fuzz-targets)
ifneq ($(filter coverage,$(MAKECMDGOALS)),)
$(foreach t,$(coverage-programs),$(foreach s,$(call coverage-srcs,$(t)), \
	$(eval $(call coverage-object-rule,$(t),$(s)))))
$(foreach t,$(coverage-programs),$(eval $(call coverage-rule,$(t))))
endif

.PHONY: coverage
coverage: $(patsubst %,$(coverage-dir)/%/run,$(coverage-programs)) $(coverage-rom) $(aml-tables)
	$(PYTHON) tests/coverage/report.py $(coverage-dir) $(coverage-tests) -- $(fuzz-targets)
