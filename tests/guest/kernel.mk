# SPDX-License-Identifier: LGPL-3.0-or-later
#
# The payloads that tests/qemu/kernels.py wraps as kernels: kernel.bin for
# protected mode, setup16.bin for real mode, setup32.bin for the way between; and
# the kinds of optrom.S, to which tests/qemu/test_optionrom.py adds the checksum.

optroms := bev bcv hook13 hook18 hook19
optrom-bins := $(optroms:%=$(BUILD)/guest/optrom_%.bin)
kernel-payloads := $(BUILD)/guest/kernel.bin $(BUILD)/guest/setup16.bin $(BUILD)/guest/setup32.bin \
	$(optrom-bins)
guest-images += $(kernel-payloads)
guests: $(kernel-payloads)

kernel_cflags := -m32 -march=i686 -std=gnu11 -Os -g -ffreestanding -fno-pic -fno-builtin \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
	-mgeneral-regs-only -fno-strict-aliasing -Wno-array-bounds -Wall -Wextra -Werror

$(BUILD)/guest/kernel.elf: tests/guest/kernel_entry.S tests/guest/kernel.c tests/guest/kernel.ld \
		tests/guest/kernel.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(kernel_cflags) -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -T tests/guest/kernel.ld -o $@ $(filter %.S %.c,$^)

$(BUILD)/guest/setup16.elf $(BUILD)/guest/setup32.elf: $(BUILD)/guest/%.elf: \
		tests/guest/%.S tests/guest/kernel.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0 -Wl,-e,_start -o $@ $<

$(optrom-bins:.bin=.elf): $(BUILD)/guest/optrom_%.elf: tests/guest/optrom.S tests/guest/kernel.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0 -Wl,-e,_start \
		-D$(shell echo $* | tr a-z A-Z) -o $@ $<

$(kernel-payloads): %.bin: %.elf
	$(Q)$(OBJCOPY) -O binary $< $@
