# SPDX-License-Identifier: LGPL-3.0-or-later
# The fuzz targets that have no unit test beside them.

# AddressSanitizer would move the variables of a section apart, so that it cannot be
# cleared, and the linker's tables of drivers not be walked through.
renew-cflags := $(machine-fuzz-cflags) -include tests/fuzz/renew.h -mllvm -asan-globals=0
renew-targets := fuzz_virtio fuzz_kernel fuzz_optionrom
fuzz-targets += $(renew-targets)
$(addprefix $(BUILD)/fuzz/,$(renew-targets)): tests/unit/machine.h tests/unit/fake_io.h $(wildcard tests/fuzz/*.h tests/fuzz/*.lds) tests/fuzz/fuzz.mk

fuzz_virtio-srcs := tests/fuzz/fuzz_virtio.c src/hw/virtio/virtio.c src/hw/virtio/mmio.c \
	src/hw/virtio/blk.c src/hw/virtio/scsi.c src/hw/virtio/console.c src/hw/storage/scsi.c \
	$(filter-out tests/unit/fake_disk.c,$(disk-srcs))
fuzz_virtio-cflags := $(renew-cflags) $(io-cflags) \
	-Wl,-T,tests/fuzz/drivers.lds -pthread

fuzz_kernel-srcs := tests/fuzz/fuzz_kernel.c src/boot/fw_cfg_kernel.c src/boot/kernel.c \
	src/boot/linux.c src/boot/pvh.c src/boot/screen_info.c \
	src/boot/multiboot.c src/fw/e820.c $(machine-srcs)
fuzz_kernel-cflags := $(renew-cflags)

fuzz_optionrom-srcs := tests/fuzz/fuzz_optionrom.c src/boot/optionrom.c src/bios/pmm.c src/lib/checksum.c \
	src/fw/fw_cfg_drivers.c src/fw/e820.c tests/unit/fake_fw_cfg.c $(machine-srcs)
fuzz_optionrom-cflags := $(renew-cflags) -Wl,-T,tests/fuzz/drivers.lds
