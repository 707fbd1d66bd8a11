# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of small drivers and of what the firmware's tables hold, in machine.h's machine.

chips-tests := test_chips test_realmode test_post test_pmm_table
unit-tests += $(chips-tests)
$(foreach t,$(chips-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(chips-tests)): tests/unit/machine.h tests/unit/alone.h \
	$(wildcard tests/unit/fake_*.h)

test_chips-srcs = tests/unit/test_chips.c $(addprefix src/hw/,board.c cpu.c debugcon.c lapic.c \
	reset.c uart.c virtio/mmio.c) src/lib/device.c $(machine-srcs)
# Its table of drivers has two entries, which AddressSanitizer must not move apart.
test_chips-cflags += $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds --param=asan-globals=0
test_realmode-srcs = tests/unit/test_realmode.c $(addprefix src/bios/,realmode.c bootstrap.c \
	idle.c drive.c) $(disk-srcs)
test_post-srcs = tests/unit/test_post.c src/post.c $(machine-srcs)
# What the ROM's linker script names.
test_post-cflags += -DCONFIG_UART=1 -DCONFIG_PCI=1 $(addprefix -Wl$(comma)--defsym=,bss_end=bss_start+64 \
	data_end=machine_memory+0xe4000 fseg_tables_start=machine_memory+0xf4000 \
	fseg_tables_end=machine_memory+0xfe000)
test_pmm_table-srcs = tests/unit/test_pmm_table.c src/lib/checksum.c $(machine-srcs)
$(BUILD)/unit/test_pmm_table: src/bios/pmm.c

unit-tests += test_tables
test_tables-srcs := tests/unit/test_tables.c
test_tables-cflags := -m32
$(BUILD)/unit/test_tables: src/bios/tables.c src/block/floppy.c src/console/font.c
