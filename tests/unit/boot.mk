# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of kernels and option ROMs, in machine.h's machine.

boot-tests := test_kernel test_optionrom
unit-tests += $(boot-tests)
$(foreach t,$(boot-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(boot-tests)): tests/unit/machine.h tests/unit/alone.h \
	$(wildcard tests/unit/fake_*.h)

test_kernel-srcs = tests/unit/test_kernel.c $(addprefix src/boot/,fw_cfg_kernel.c kernel.c \
	linux.c multiboot.c pvh.c screen_info.c) $(machine-srcs)
test_optionrom-srcs = tests/unit/test_optionrom.c src/boot/optionrom.c src/bios/pmm.c \
	src/fw/fw_cfg_drivers.c src/lib/checksum.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_optionrom-cflags += -Wl,-T,tests/fuzz/drivers.lds
