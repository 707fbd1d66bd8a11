# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Builds build/bios-microvm.bin from src/, build/vgabios-*.bin from vgasrc/, and runs the tests. A plain `make`
# needs no prior step: the configuration is Kconfig's defaults unless there is
# a .config. `make help` lists the targets.

VERSION := $(shell scripts/version)
ifeq ($(VERSION),)
$(error scripts/version names no version)
endif

BUILD ?= build
CC ?= gcc
CLANG ?= clang
OBJCOPY ?= objcopy
# The first python3 that has the distribution's kconfiglib.
PYTHON ?= $(or $(shell for p in python3 /usr/bin/python3; do \
	$$p -c 'import kconfiglib' 2>/dev/null && { echo $$p; break; }; done),python3)
QEMU ?= qemu-system-x86_64

ROM := $(BUILD)/bios-microvm.bin

# Quiet, as the kernel's make: a line for each file that is made. V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-7s %s\n' $(1) $(2))
# What a goal needs beyond make itself; scripts/need names what is not there. Packages are
# built with UNIT_TESTS=, without the tools of the other tests.
goals := $(or $(MAKECMDGOALS),all)
needs := $(if $(filter-out clean distclean help uninstall dist deb rpm setup,$(goals)),build)
needs += $(if $(filter check check-% soak mutate bios-tables-test,$(goals)),check)
needs += $(if $(filter check check-unit mutate,$(goals)),unit $(if $(UNIT_TESTS),,iasl))
needs += $(if $(filter check-fs tools bench,$(goals)),unit)
needs += $(if $(filter check check-fs bench,$(goals)),fs)
needs += $(if $(filter check check-fuzz,$(goals)),fuzz)
missing := $(if $(strip $(needs)),$(shell \
	CC='$(CC)' CLANG='$(CLANG)' PYTHON='$(PYTHON)' scripts/need $(needs)))
ifneq ($(missing),)
$(error $(missing))
endif

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: $(ROM) vgabios

# --- configuration ---------------------------------------------------------

export KCONFIG_CONFIG ?= .config
no-config-goals := clean distclean help uninstall dist deb rpm menuconfig defconfig savedefconfig setup

ifneq ($(filter-out $(no-config-goals),$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/config.mk
endif

$(BUILD)/config.mk: Kconfig scripts/genconfig.py $(wildcard $(KCONFIG_CONFIG))
	@mkdir -p $(BUILD)
	$(call say,CONFIG,$@)
	$(Q)$(PYTHON) scripts/genconfig.py Kconfig $(BUILD)/config.h $@

.PHONY: menuconfig defconfig savedefconfig
menuconfig:
	$(PYTHON) -m menuconfig Kconfig
defconfig:
	$(PYTHON) -m alldefconfig Kconfig
savedefconfig:
	$(PYTHON) -m savedefconfig --kconfig Kconfig --out defconfig

# --- the ROM ---------------------------------------------------------------
# A driver is its own file, its line here and its entry in Kconfig.

rom-y := $(addprefix src/,entry.o interrupt.o post.o version.o)
rom-y += $(addprefix src/lib/,charset.o checksum.o crc32.o device.o font.o format.o glob.o \
	log.o memmap.o memory.o string.o unicode.o vercmp.o)
rom-y += $(addprefix src/bios/,alarm.o bootstrap.o display.o drive.o eltorito.o handover.o \
	idle.o int10.o int13.o \
	int13_common.o int14.o int15.o int16.o int17.o int1a.o int40.o irq.o pmm.o realmode.o \
	tables.o tick.o vbe.o vectors.o wallclock.o)
rom-y += $(addprefix src/console/,console.o decoder.o font.o framebuffer.o keyboard.o \
	keymap.o scancode.o screen.o terminal.o)
rom-y += $(addprefix src/block/,cdrom.o disk.o disks.o floppy.o geometry.o mbr.o partition.o \
	readahead.o transfer.o)
rom-y += src/fs/core.o
rom-y += $(addprefix src/boot/,bls.o bls_order.o entry.o entry_find.o entry_text.o \
	extlinux.o grub.o grub_lexer.o grub_script.o grub_test.o grubenv.o uki.o volume.o)
rom-y += $(addprefix src/boot/,boot.o bootorder.o candidate.o fw_cfg_kernel.o kernel.o \
	kernel_enter.o linux.o menu.o multiboot.o optionrom.o pvh.o screen_info.o)
rom-y += src/boot/direct.o src/boot/lineedit.o
rom-y += $(addprefix src/fw/,acpi.o aml.o aml_resource.o e820.o fw_cfg.o fw_cfg_drivers.o \
	loader.o mptable.o smbios.o \
	smbios_machine.o)
rom-y += $(addprefix src/hw/,board.o clock.o cpu.o debugcon.o lapic.o pic.o quiet.o reset.o \
	smp.o)
rom-y += src/hw/virtio/virtio.o
rom-$(CONFIG_PCI) += src/bios/bios32.o src/bios/pcibios.o $(addprefix src/hw/pci/,host.o pci.o place.o rom.o)
rom-$(CONFIG_FS_EXT) += src/fs/ext.o src/fs/jbd2.o
rom-$(CONFIG_FS_XFS) += src/fs/xfs.o src/fs/xfs_log.o
rom-$(CONFIG_FS_FAT) += src/fs/fat.o
rom-$(CONFIG_FS_ISO9660) += src/fs/iso9660.o
rom-$(CONFIG_DISPLAY) += src/hw/display/display.o
rom-$(CONFIG_DISPI) += src/hw/display/dispi.o
rom-$(CONFIG_RAMFB) += src/hw/display/ramfb.o
rom-$(CONFIG_VIRTIO_GPU) += src/hw/display/virtio_gpu.o
rom-$(CONFIG_I8042) += src/hw/i8042.o
rom-$(CONFIG_RTC) += src/hw/rtc.o
rom-$(CONFIG_UART) += src/hw/uart.o
rom-$(CONFIG_USB_UAS) += src/hw/usb/uas.o
rom-$(CONFIG_VIRTIO_BLK) += src/hw/virtio/blk.o
rom-$(CONFIG_VIRTIO_CONSOLE) += src/hw/virtio/console.o
rom-$(CONFIG_VIRTIO_INPUT) += src/hw/virtio/input.o
rom-$(CONFIG_SCSI) += src/hw/storage/scsi.o src/hw/storage/single.o
rom-$(CONFIG_USB) += $(addprefix src/hw/usb/,hub.o sysbus.o usb.o xhci.o)
rom-$(CONFIG_USB_PCI) += src/hw/usb/pci.o
rom-$(CONFIG_USB_KEYBOARD) += src/hw/usb/keyboard.o
rom-$(CONFIG_USB_STORAGE) += src/hw/usb/bot.o
rom-$(CONFIG_VIRTIO_SCSI) += src/hw/virtio/scsi.o
rom-$(CONFIG_AHCI) += $(addprefix src/hw/storage/,ahci.o ahci_port.o ata.o atapi.o)
rom-$(CONFIG_NVME) += $(addprefix src/hw/storage/,nvme.o nvme_disk.o nvme_queue.o)
rom-$(CONFIG_VIRTIO_MMIO) += src/hw/virtio/mmio.o
rom-$(CONFIG_VIRTIO_PCI) += src/hw/virtio/pci.o

rom-objs := $(addprefix $(BUILD)/rom/,$(rom-y))

comma := ,
WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla

# $(call cc-option,OPTION): the option, if this compiler and linker know it.
cc-option = $(shell printf 'int main(void){return 0;}' | $(CC) -m32 -nostdlib -ffreestanding \
	-Wl,-e,main $(1) -x c -o /dev/null - 2>/dev/null && echo $(1))

# Address 0 is where the interrupt vectors are.
ANALYZER := -fanalyzer -Wno-analyzer-null-dereference

# min-pagesize: gcc 12 and later take low addresses for null pointers otherwise.
# no-tree-loop-distribute-patterns: memset() must not become a call of memset().
ROM_CFLAGS := -m32 -march=i686 -mtune=generic -mregparm=3 -mpreferred-stack-boundary=2 -mgeneral-regs-only \
	-std=gnu11 -ffreestanding -O2 -ffunction-sections -fdata-sections \
	-fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fcf-protection=none -fno-strict-aliasing -fno-tree-loop-distribute-patterns \
	$(call cc-option,--param=min-pagesize=0) -ffile-prefix-map=$(CURDIR)=. -g $(WARNINGS) \
	-I src -I src/lib -include $(BUILD)/config.h $(if $(ANALYZE),$(ANALYZER))

ROM_LDFLAGS := -m32 -static -nostdlib -no-pie -Wl,--build-id=none -Wl,--gc-sections \
	-Wl,--fatal-warnings -Wl,-z,noexecstack -Wl,-z,max-page-size=16 $(call cc-option,-Wl$(comma)--no-warn-rwx-segments) \
	-Wl,--orphan-handling=error

# Touched only when the version is another one.
$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@
.PHONY: FORCE

$(BUILD)/rom/src/version.o: $(BUILD)/version
$(BUILD)/rom/src/version.o: ROM_CFLAGS += -DPETREL_VERSION='"$(VERSION)"'

# The stack has 12 KiB, and these are called from deep down.
$(BUILD)/rom/src/fs/%.o: ROM_CFLAGS += -Wframe-larger-than=1024
$(BUILD)/rom/src/block/%.o: ROM_CFLAGS += -Wframe-larger-than=1024
$(BUILD)/rom/src/boot/%.o: ROM_CFLAGS += -Wframe-larger-than=1024

.PHONY: objects
objects: $(rom-objs)

$(BUILD)/rom/%.o: %.c $(BUILD)/config.mk Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ROM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/rom/%.o: %.S $(BUILD)/config.mk Makefile
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(ROM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/rom.lds: src/rom.lds.S src/layout.h
	$(call say,CPP,$@)
	$(Q)$(CC) -E -P -undef -I src -x assembler-with-cpp -o $@ $<

$(BUILD)/petrel.elf: $(BUILD)/rom.lds $(rom-objs)
	$(call say,LD,$@)
	$(Q)$(CC) $(ROM_LDFLAGS) -T $< -Wl,-Map,$(BUILD)/petrel.map -o $@ $(rom-objs)

$(ROM): $(BUILD)/petrel.elf scripts/check_rom.py
	$(Q)$(PYTHON) scripts/check_rom.py $<
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary -j .code -j .fseg -j .fixed --gap-fill 0 $< $@
	$(Q)$(PYTHON) scripts/check_rom.py $< $@

-include $(rom-objs:.o=.d)

include vgasrc/vgasrc.mk

# --- running ---------------------------------------------------------------

DEMO := $(BUILD)/images/demo.img
IMAGE ?= $(DEMO)

$(DEMO): scripts/demo-disk
	$(PYTHON) scripts/demo-disk

.PHONY: run setup
run: $(ROM) $(if $(filter $(DEMO),$(IMAGE)),$(DEMO))
	@$(PYTHON) scripts/run $(IMAGE)
setup:
	scripts/setup

# --- tests -----------------------------------------------------------------
# Each module's unit tests, fuzz targets and host tools are listed in a .mk
# file beside them.

include $(wildcard tests/unit/*.mk tests/fuzz/*.mk tests/guest/*.mk tests/image/*.mk tests/fs/*.mk)

HOST_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -iquote src -iquote tests/unit
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

define unit-rule
$(BUILD)/unit/$(1): $$($(1)-srcs) tests/unit/unit.h $$(wildcard src/*.h src/*/*.h src/*/*/*.h) Makefile
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$$(CC) $$(HOST_CFLAGS) $$($(1)-cflags) $$(SANITIZE) -o $$@ $$($(1)-srcs)
endef
define fuzz-rule
$(BUILD)/fuzz/$(1): $$($(1)-srcs) $$(wildcard src/*.h src/*/*.h src/*/*/*.h) Makefile
	@mkdir -p $$(@D)
	$$(call say,FUZZCC,$$@)
	$$(Q)$$(CLANG) $$(HOST_CFLAGS) $$($(1)-cflags) -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $$@ $$($(1)-srcs)
endef
define host-rule
$(BUILD)/$(1): $$($(1)-srcs) $$(wildcard src/*.h src/*/*.h src/*/*/*.h) Makefile
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$$(CC) $$(HOST_CFLAGS) $$($(1)-cflags) -o $$@ $$($(1)-srcs)
endef
$(foreach t,$(unit-tests),$(eval $(call unit-rule,$(t))))
$(foreach t,$(fuzz-targets),$(eval $(call fuzz-rule,$(t))))
$(foreach t,$(host-tools),$(eval $(call host-rule,$(t))))

# Two processes where python3-pytest-xdist is installed. Tests of one file share what they
# have made, and stay together.
TEST_JOBS ?= 2
parallel := $(shell $(PYTHON) -c 'import xdist' 2>/dev/null && \
	printf '%s' '-n $(TEST_JOBS) --dist loadfile')
PYTEST := $(PYTHON) -m pytest -q -p no:cacheprovider $(parallel)
FUZZ_SECONDS ?= 60
# Packages are built with those only that need no other tools: tests/unit/test_unit.py.
UNIT_TESTS ?= tests/unit

export BUILD QEMU

.PHONY: check check-unit check-fuzz check-qemu check-fault check-image check-packaging
.PHONY: check-fs check-matrix soak tools guests bios-tables-test
guests: $(guest-images)
tools: $(addprefix $(BUILD)/,$(host-tools))

check-unit: $(addprefix $(BUILD)/unit/,$(unit-tests)) tools
	$(PYTEST) $(UNIT_TESTS)

check-fs: $(BUILD)/unit/lsfs
	$(PYTEST) tests/fs

check-fuzz: $(addprefix $(BUILD)/fuzz/,$(fuzz-targets))
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) tests/fuzz

check-qemu: $(ROM) $(VGA_ROMS) $(guest-images) $(DEMO)
	$(PYTEST) tests/qemu

check-packaging: $(ROM) $(VGA_ROMS)
	$(PYTEST) tests/packaging

check-image: $(ROM) $(image-disks)
	$(PYTEST) tests/image

# All machines and memory sizes where `make check` takes some that stand for them.
check-matrix: $(ROM) $(guest-images) $(DEMO)
	MATRIX=all $(PYTEST) tests/qemu/test_machines.py tests/qemu/test_memory.py \
		tests/image/test_demo.py

# QEMU's own, from the source of the QEMU that is installed, which is fetched.
bios-tables-test: $(ROM)
	tests/qtest/fetch $(BUILD)/qtest
	$(PYTEST) tests/qtest

check-fault: $(ROM) $(guest-images)
	$(PYTEST) tests/fault

# What takes long and is the same again. Pytest does not find soak.py by its name.
soak: $(ROM) $(guest-images) $(image-disks)
	RESETS=1000 $(PYTEST) tests/qemu/test_reset.py tests/fault/soak.py

check: $(ROM) $(VGA_ROMS) $(addprefix $(BUILD)/unit/,$(unit-tests)) $(addprefix $(BUILD)/fuzz/,$(fuzz-targets)) \
		$(guest-images) $(image-disks) tools
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) tests

include tests/coverage/coverage.mk
include tests/mutate/mutate.mk

# --- the benchmark ---------------------------------------------------------
# Variables: BENCH_ROMS="name=path ...", JSON=file, BENCH_DEADLINE=seconds.

.PHONY: bench
bench: $(ROM) $(VGA_ROMS) $(guest-images) $(BUILD)/lsfs
	JSON="$(JSON)" $(PYTHON) tests/bench/bench.py
	$(PYTHON) tests/bench/files.py

include scripts/packaging/packaging.mk

.PHONY: clean distclean help
clean:
	rm -rf $(BUILD)/rom $(BUILD)/vga $(BUILD)/unit $(BUILD)/fuzz $(BUILD)/guest $(BUILD)/test \
		$(BUILD)/coverage $(BUILD)/mutate $(BUILD)/config.h $(BUILD)/config.mk \
		$(BUILD)/version $(BUILD)/petrel.* $(ROM) $(VGA_ROMS)
distclean:
	rm -rf $(BUILD) .config .config.old
help:
	@sed -n 's/^#h //p' $(firstword $(MAKEFILE_LIST))

#h make               build/bios-microvm.bin, and the VGA BIOSes build/vgabios-*.bin
#h make vgabios       these alone
#h make run           boot the demo disk on this terminal (IMAGE=file for your own)
#h make setup         install the packages that all of this needs
#h make check         all tests; its parts: check-unit check-fs check-fuzz check-qemu check-fault
#h                    check-image check-packaging
#h make coverage      which lines and branches unit tests and fuzz seeds reach (FILES=1: by file)
#h make mutate        how many single changes of the sources the tests notice (SEED, MUTANTS,
#h                    ONLY=prefix, BOOT=1)
#h make check-matrix  every machine without some chips, and every memory size; takes long
#h make bios-tables-test  QEMU's own test of the tables; gets its source, and make check runs it then
#h make soak          faults for an hour: 1,000 resets, 50 boots of the real image, random calls
#h make guests        the boot programs of tests/guest
#h make bench         Petrel beside SeaBIOS and qboot (BENCH_ROMS="name=path ...", JSON=file)
#h make install       PREFIX=/usr/local DESTDIR=; the ROMs and a descriptor for libvirt; uninstall
#h make dist          the source tarball; make deb and make rpm build packages from it
#h make tools         host tools (amldump, lsfs)
#h make menuconfig    change the configuration; defconfig, savedefconfig
#h make clean         remove what was built, keep downloaded packages and disk images
#h make distclean     remove all of it
