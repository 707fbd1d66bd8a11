# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests that run in machine.h's machine: 32 bits, as the firmware is.

machine-srcs := tests/unit/machine.c $(addprefix src/lib/,format.c log.c memmap.c memory.c)
machine-host-cflags := -include machine.h \
	$(addprefix -Wl$(comma)--wrap=,memory_alloc memory_alloc_raw memory_alloc_uncounted \
	memory_alloc_low memory_alloc_fseg memory_alloc_scratch)
machine-cflags := -m32 $(machine-host-cflags)

# Ports and registers are functions that the test defines.
io-cflags := -include fake_io.h

machine-tests := test_print test_e820 test_memory test_loader test_virtio \
	test_acpi test_disk test_int13 test_smp test_fw_cfg test_smbios \
	test_rtc test_clock test_tick test_device test_menu \
	test_candidates test_services test_pmm test_mptable
unit-tests += $(machine-tests) test_string test_checksum test_wallclock
$(foreach t,$(machine-tests),$(eval $(t)-cflags := $(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(machine-tests)): $(addprefix tests/unit/,machine.h alone.h) \
	$(wildcard tests/unit/fake_*.h)

test_print-srcs := tests/unit/test_print.c $(machine-srcs)
test_string-srcs := tests/unit/test_string.c
test_string-cflags := -m32 -fno-builtin
$(BUILD)/unit/test_string: src/lib/string.c
test_e820-srcs := tests/unit/test_e820.c src/fw/e820.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_memory-srcs := tests/unit/test_memory.c $(machine-srcs)
test_loader-srcs := tests/unit/test_loader.c src/fw/loader.c src/lib/checksum.c tests/unit/fake_fw_cfg.c \
	$(machine-srcs)
test_virtio-srcs := tests/unit/test_virtio.c tests/unit/fake_virtio.c src/hw/virtio/virtio.c src/lib/device.c \
	$(machine-srcs)
test_virtio-cflags += -Wl,--defsym=virtio_drivers_end=virtio_drivers_start+8
test_acpi-srcs := tests/unit/test_acpi.c src/fw/acpi.c src/fw/loader.c src/fw/aml.c \
	src/fw/aml_resource.c src/fw/e820.c src/lib/checksum.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_acpi-cflags += -Wl,--defsym=acpi_drivers_end=acpi_drivers_start+24 \
	-Wl,--defsym=acpi_table_drivers_end=acpi_table_drivers_start+12
disk-srcs := $(addprefix src/block/,disk.c disks.c floppy.c geometry.c mbr.c readahead.c \
	transfer.c) \
	src/fw/e820.c src/lib/device.c tests/unit/fake_disk.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_disk-srcs := tests/unit/test_disk.c $(disk-srcs)
int13-srcs := $(addprefix src/bios/,int13.c int13_common.c int40.c eltorito.c drive.c tables.c) \
	src/block/cdrom.c
test_int13-srcs := tests/unit/test_int13.c $(int13-srcs) $(disk-srcs)
test_smp-srcs := tests/unit/test_smp.c src/hw/smp.c $(machine-srcs)
test_checksum-srcs := tests/unit/test_checksum.c src/lib/checksum.c src/lib/crc32.c
test_wallclock-srcs := tests/unit/test_wallclock.c src/bios/wallclock.c

test_fw_cfg-srcs := tests/unit/test_fw_cfg.c src/fw/fw_cfg.c $(machine-srcs)
test_fw_cfg-cflags += $(io-cflags)
test_smbios-srcs := tests/unit/test_smbios.c src/fw/smbios.c src/fw/smbios_machine.c \
	src/lib/checksum.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_smbios-cflags += $(io-cflags)
test_mptable-srcs := tests/unit/test_mptable.c src/fw/mptable.c src/lib/checksum.c $(machine-srcs)
test_mptable-cflags += $(io-cflags)
test_rtc-srcs := tests/unit/test_rtc.c src/hw/rtc.c
test_rtc-cflags := -m32 $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
test_clock-srcs := tests/unit/test_clock.c src/hw/clock.c $(machine-srcs)
test_clock-cflags += $(io-cflags)
test_tick-srcs := tests/unit/test_tick.c $(addprefix src/bios/,tick.c irq.c alarm.c wallclock.c) \
	src/hw/pic.c src/hw/lapic.c $(machine-srcs)
test_tick-cflags += $(io-cflags)
test_device-srcs := tests/unit/test_device.c src/lib/device.c $(machine-srcs)
test_menu-srcs := tests/unit/test_menu.c src/boot/menu.c src/boot/lineedit.c $(disk-srcs)
test_candidates-srcs := tests/unit/test_candidates.c \
	$(addprefix src/boot/,boot.c bootorder.c candidate.c) src/bios/drive.c src/bios/tables.c \
	$(disk-srcs)
test_services-srcs := tests/unit/test_services.c src/interrupt.c $(int13-srcs) \
	$(addprefix src/bios/,display.c int10.c int14.c int15.c int16.c int17.c int1a.c alarm.c \
	handover.c irq.c pmm.c \
	realmode.c tick.c vbe.c vectors.c wallclock.c) $(wildcard src/console/*.c) src/hw/pic.c src/hw/quiet.c \
	src/hw/lapic.c src/lib/charset.c src/lib/checksum.c src/lib/font.c $(disk-srcs)
test_services-cflags += $(io-cflags) -Wl,--wrap=realmode_halt
test_pmm-srcs := tests/unit/test_pmm.c src/bios/pmm.c src/lib/checksum.c $(machine-srcs)

# clang has no 32-bit libFuzzer here; in 64 bits, uint64_t is not what %llu wants.
machine-fuzz-cflags := $(machine-host-cflags) -Wno-format

fuzz-targets += fuzz_loader fuzz_disk
fuzz_loader-srcs := tests/fuzz/fuzz_loader.c src/fw/loader.c src/lib/checksum.c \
	tests/unit/fake_fw_cfg.c $(machine-srcs)
fuzz_loader-cflags := $(machine-fuzz-cflags)
fuzz_disk-srcs := tests/fuzz/fuzz_disk.c $(int13-srcs) $(filter-out tests/unit/fake_disk.c,$(disk-srcs))
fuzz_disk-cflags := $(machine-fuzz-cflags)
$(BUILD)/fuzz/fuzz_loader $(BUILD)/fuzz/fuzz_disk: tests/unit/machine.h
