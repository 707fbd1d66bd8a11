# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Boot programs: build/guest/NAME.img from tests/guest/NAME.c (or NAME.S, one
# sector). Included by the top-level Makefile; `make guests` builds them all.
#
#   guests += NAME                 a program in C on the runtime
#   boot_sectors += NAME           a program of one sector, in assembly
#   guest_sectors_NAME = N         its disk has N sectors (default: 2048)
#   guest_partition_NAME = S,C     its disk has an active partition

guests += hello_c hello_chs entry state screen keys
guests += reset vm86 nested int10 int11_12 int13
guests += int09 int15 int16 int1a chips cpus memmap
guests += diskette ioerror last_block bench handover random
guests += int14 medium nmi pci shrunk slow stale stall stolen takeover waits
guests += vbe vesa vga vgabench vgadump vgarandom
boot_sectors += hello boot18 boot19 mbr

# No multiple of a track or a cylinder, and one sector more than is round.
guest_sectors_int13 = 20001
guest_sectors_diskette = 2880
guest_sectors_bench = 131328
guest_sectors_handover = 20001
guest_sectors_stolen = 20001
# The partition begins behind the end of its disk.
guest_partition_mbr = 4096,1000

BUILD ?= build
PYTHON ?= python3
GUEST_CC ?= gcc
GUEST_LD ?= ld
GUEST_OBJCOPY ?= objcopy

guest_dir := tests/guest
guest_build := $(BUILD)/guest

guest_cflags := -m16 -march=i386 -std=gnu11 -Os -g -ffreestanding -fno-pic -fno-builtin \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
	-mpreferred-stack-boundary=2 -fomit-frame-pointer -ffunction-sections \
	-fno-strict-aliasing -Wall -Wextra -Werror -Wa,--fatal-warnings
guest_asflags := -m32 -march=i686 -Wa,--fatal-warnings
guest_ldflags := -m elf_i386 -nostdlib --gc-sections --fatal-warnings -T $(guest_dir)/guest.ld

guest_headers := $(guest_dir)/guest.h $(guest_dir)/sectors.h $(guest_dir)/layout.h $(guest_dir)/guest.mk
guest-images := $(guests:%=$(guest_build)/%.img) $(boot_sectors:%=$(guest_build)/%.img)
guest_disk_sectors = $(or $(guest_sectors_$*),2048)


$(guest_build):
	@mkdir -p $@

$(guest_build)/%.o: $(guest_dir)/%.c $(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_cflags) -DGUEST_NAME='"$*"' \
		-DDISK_SECTORS=$(guest_disk_sectors) -c -o $@ $<

# GUEST_NAME is what results are labelled with, so guest.c is compiled per program.
$(guest_build)/%.runtime.o: $(guest_dir)/guest.c $(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_cflags) -DGUEST_NAME='"$*"' -c -o $@ $<

$(guest_build)/start.o: $(guest_dir)/start.S $(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_asflags) -c -o $@ $<

$(guest_build)/start_chs.o: $(guest_dir)/start.S $(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_asflags) -DLOAD_BY_CHS -c -o $@ $<

$(guest_build)/vm86_monitor.o: $(guest_dir)/vm86_monitor.S $(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_asflags) -c -o $@ $<

$(guest_build)/vm86.elf: $(guest_build)/vm86_monitor.o

guest_plain := $(filter-out hello_chs,$(guests))

$(guest_plain:%=$(guest_build)/%.elf): $(guest_build)/%.elf: \
		$(guest_build)/start.o $(guest_build)/%.o $(guest_build)/%.runtime.o \
		$(guest_dir)/guest.ld
	$(call say,LD,$@)
	$(Q)$(GUEST_LD) $(guest_ldflags) -o $@ $(filter %.o,$^)

# hello_c once more, loaded by CHS reads although EDD is there.
$(guest_build)/hello_chs.elf: $(guest_build)/start_chs.o $(guest_build)/hello_c.o \
		$(guest_build)/hello_c.runtime.o $(guest_dir)/guest.ld
	$(call say,LD,$@)
	$(Q)$(GUEST_LD) $(guest_ldflags) -o $@ $(filter %.o,$^)

$(boot_sectors:%=$(guest_build)/%.elf): $(guest_build)/%.elf: $(guest_dir)/%.S \
		$(guest_headers) | $(guest_build)
	$(call say,CC,$@)
	$(Q)$(GUEST_CC) $(guest_asflags) -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-Ttext=0x7c00 -o $@ $<

$(guest_build)/%.bin: $(guest_build)/%.elf
	$(Q)$(GUEST_OBJCOPY) -O binary $< $@

$(guest-images): $(guest_build)/%.img: $(guest_build)/%.bin $(guest_dir)/mkimage.py
	$(call say,IMAGE,$@)
	$(Q)$(PYTHON) $(guest_dir)/mkimage.py $< $@ $(guest_disk_sectors) $(guest_partition_$*)

.PRECIOUS: $(guest_build)/%.o $(guest_build)/%.runtime.o $(guest_build)/%.elf $(guest_build)/%.bin
