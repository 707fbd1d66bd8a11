# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests that run in machine.h's machine: 32 bits, as the firmware is.

machine-srcs := tests/unit/machine.c src/memory.c src/print.c
machine-host-cflags := -include machine.h -Wl,--wrap=heap_alloc,--wrap=scratch_alloc \
	-Wl,--wrap=high_alloc,--wrap=high_alloc_even -Wl,--defsym=heap_start=machine_memory+0xe4000 \
	-Wl,--defsym=heap_end=machine_memory+0xf0000
machine-cflags := -m32 $(machine-host-cflags)

machine-tests := test_print test_e820 test_memory test_loader test_virtio \
	test_acpi test_disk test_int13
unit-tests += $(machine-tests) test_string test_checksum test_wallclock
$(foreach t,$(machine-tests),$(eval $(t)-cflags := $(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(machine-tests)): tests/unit/machine.h $(wildcard tests/unit/fake_*.h)

test_print-srcs := tests/unit/test_print.c $(machine-srcs)
test_string-srcs := tests/unit/test_string.c
test_string-cflags := -m32 -fno-builtin
$(BUILD)/unit/test_string: src/string.c
test_e820-srcs := tests/unit/test_e820.c src/fw/e820.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_memory-srcs := tests/unit/test_memory.c $(machine-srcs)
test_loader-srcs := tests/unit/test_loader.c src/fw/loader.c src/checksum.c tests/unit/fake_fw_cfg.c \
	$(machine-srcs)
test_virtio-srcs := tests/unit/test_virtio.c tests/unit/fake_virtio.c src/hw/virtio.c \
	$(machine-srcs)
test_acpi-srcs := tests/unit/test_acpi.c src/fw/acpi.c src/fw/loader.c src/fw/aml.c \
	src/fw/aml_resource.c src/fw/e820.c src/checksum.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_acpi-cflags += -Wl,--defsym=acpi_drivers_end=acpi_drivers_start+24
disk-srcs := src/disk.c src/geometry.c src/floppy.c src/readahead.c src/fw/e820.c \
	tests/unit/fake_disk.c tests/unit/fake_fw_cfg.c $(machine-srcs)
test_disk-srcs := tests/unit/test_disk.c $(disk-srcs)
test_int13-srcs := tests/unit/test_int13.c src/int13.c src/int40.c src/drive.c src/tables.c \
	$(disk-srcs)
test_checksum-srcs := tests/unit/test_checksum.c src/checksum.c
test_wallclock-srcs := tests/unit/test_wallclock.c src/wallclock.c

# clang has no 32-bit libFuzzer here; in 64 bits, uint64_t is not what %llu wants.
machine-fuzz-cflags := $(machine-host-cflags) -Wno-format

fuzz-targets += fuzz_loader fuzz_disk
fuzz_loader-srcs := tests/fuzz/fuzz_loader.c src/fw/loader.c src/checksum.c \
	tests/unit/fake_fw_cfg.c $(machine-srcs)
fuzz_loader-cflags := $(machine-fuzz-cflags)
fuzz_disk-srcs := tests/fuzz/fuzz_disk.c src/int13.c src/int40.c src/drive.c src/cdrom.c \
	src/tables.c $(filter-out tests/unit/fake_disk.c,$(disk-srcs))
fuzz_disk-cflags := $(machine-fuzz-cflags)
$(BUILD)/fuzz/fuzz_loader $(BUILD)/fuzz/fuzz_disk: tests/unit/machine.h
