# SPDX-License-Identifier: LGPL-3.0-or-later
#
# The VGA BIOS of each adapter: build/vgabios-NAME.bin. Included by the top-level Makefile.

vga-objs := $(addprefix $(BUILD)/vga/,$(addprefix vgasrc/,charset.o graphics.o highcopy.o int10.o \
	mode_table.o modes.o palette.o start.o state.o text.o vesa.o vesa_modes.o vga.o) \
	src/console/font.o src/lib/font.o)

# $(call adapter,vendor,device,BAR of the framebuffer,BAR of the EDID,name)
adapter = -DADAPTER_VENDOR=$(1) -DADAPTER_DEVICE=$(2) -DADAPTER_FRAMEBUFFER_BAR=$(3) \
	-DADAPTER_EDID_BAR=$(4) -DADAPTER_NAME='"$(5)"'
vga-adapters := isavga stdvga virtio qxl vmware
adapter-isavga := $(call adapter,0,0,NO_BAR,NO_BAR,isa-vga)
adapter-stdvga := $(call adapter,0x1234,0x1111,0,2,VGA)
adapter-virtio := $(call adapter,0x1af4,0x1050,0,NO_BAR,virtio-vga)
adapter-qxl := $(call adapter,0x1b36,0x0100,0,NO_BAR,qxl-vga)
adapter-vmware := $(call adapter,0x15ad,0x0405,1,NO_BAR,vmware-svga)

# QEMU has isa-vga's by another name, too.
VGA_ROMS := $(patsubst %,$(BUILD)/vgabios-%.bin,$(vga-adapters)) $(BUILD)/vgabios.bin

# Optimisations that make this code larger, by gcc 12.
VGA_SMALL := -fno-move-loop-invariants -fno-ipa-sra -fno-caller-saves -fno-thread-jumps

# Without jump tables and the like: constants that the compiler makes by itself are not
# where 16-bit code finds them (vgasrc/segment.h).
VGA_CFLAGS := -m16 -march=i386 -mregparm=3 -mpreferred-stack-boundary=2 -mgeneral-regs-only \
	-std=gnu11 -ffreestanding -Os -flto -flto-partition=one -ffunction-sections -fdata-sections -fomit-frame-pointer \
	-fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fcf-protection=none -fno-strict-aliasing -fno-jump-tables -fno-tree-switch-conversion \
	-fno-tree-loop-distribute-patterns $(VGA_SMALL) $(call cc-option,--param=min-pagesize=0) \
	-ffile-prefix-map=$(CURDIR)=. -g $(WARNINGS) -I . -I src -I src/lib
VGA_LDFLAGS := -static -nostdlib -no-pie -Wl,--build-id=none -Wl,--gc-sections \
	-Wl,--fatal-warnings -Wl,-z,noexecstack $(call cc-option,-Wl$(comma)--no-warn-rwx-segments)

$(BUILD)/vga/%.o: %.c vgasrc/vgasrc.mk Makefile
	@mkdir -p $(@D)
	$(call say,CC16,$<)
	$(Q)$(CC) $(VGA_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/vga/adapter-%.o: vgasrc/adapter.c vgasrc/vgasrc.mk Makefile
	@mkdir -p $(@D)
	$(call say,CC16,$@)
	$(Q)$(CC) $(VGA_CFLAGS) $(adapter-$*) -MMD -MP -c -o $@ $<

$(BUILD)/vga/entry-%.o: vgasrc/entry.S vgasrc/vgasrc.mk Makefile
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) -m32 $(adapter-$*) -MMD -MP -c -o $@ $<

$(BUILD)/vga/vgabios-%.elf: $(BUILD)/vga/entry-%.o $(BUILD)/vga/adapter-%.o $(vga-objs) \
		vgasrc/vgasrc.lds vgasrc/calls16.S
	$(call say,LD,$@)
	$(Q)$(CC) $(VGA_CFLAGS) -Wa,$(abspath vgasrc/calls16.S) $(VGA_LDFLAGS) -T vgasrc/vgasrc.lds -Wl,-Map,$(@:.elf=.map) -o $@ $(filter %.o,$^)

$(BUILD)/vgabios-%.bin: $(BUILD)/vga/vgabios-%.elf vgasrc/pack.py
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary -j .image $< $(@:.bin=.image)
	$(Q)$(PYTHON) vgasrc/pack.py $(@:.bin=.image) $@
	$(Q)rm $(@:.bin=.image)

$(BUILD)/vgabios.bin: $(BUILD)/vgabios-isavga.bin
	$(Q)cp $< $@

.PRECIOUS: $(vga-objs) $(BUILD)/vga/adapter-%.o $(BUILD)/vga/entry-%.o $(BUILD)/vga/vgabios-%.elf

.PHONY: vgabios
vgabios: $(VGA_ROMS)

-include $(vga-objs:.o=.d) $(wildcard $(BUILD)/vga/*.d)
