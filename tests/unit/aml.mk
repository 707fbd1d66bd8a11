# SPDX-License-Identifier: LGPL-3.0-or-later
# The AML reader's unit test, fuzz target and host tool.

aml-srcs := src/fw/aml.c src/fw/aml_resource.c src/lib/checksum.c

# The corpus. iasl refuses some legal AML as bad style (forward references to
# methods, say): -f has it written all the same.
aml-tables := $(patsubst tests/unit/asl/%.asl,$(BUILD)/aml/%.aml,$(wildcard tests/unit/asl/*.asl))

$(BUILD)/aml/%.aml: tests/unit/asl/%.asl
	@mkdir -p $(@D)
	$(call say,IASL,$@)
	$(Q)iasl -f -va -p $(basename $@) $< >$(basename $@).log 2>&1; test -s $@

unit-tests += test_aml
test_aml-srcs := tests/unit/test_aml.c $(aml-srcs)
test_aml-cflags := -DAML_DIR='"$(BUILD)/aml"'
$(BUILD)/unit/test_aml: $(aml-tables)

fuzz-targets += fuzz_aml
fuzz_aml-srcs := tests/fuzz/fuzz_aml.c $(aml-srcs)

host-tools += amldump
amldump-srcs := scripts/amldump.c $(aml-srcs)
