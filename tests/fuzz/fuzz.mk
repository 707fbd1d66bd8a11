# SPDX-License-Identifier: LGPL-3.0-or-later
# The fuzz targets that have no unit test beside them.

# Drivers are found by the linker's tables, whose elements AddressSanitizer would
# move apart.
fuzz-targets += fuzz_virtio
fuzz_virtio-srcs := tests/fuzz/fuzz_virtio.c src/hw/virtio.c src/hw/virtio_mmio.c \
	src/hw/virtio_blk.c src/hw/virtio_scsi.c src/hw/virtio_console.c src/hw/scsi.c \
	src/console.c $(filter-out tests/unit/fake_disk.c,$(disk-srcs))
fuzz_virtio-cflags := $(machine-fuzz-cflags) -include tests/fuzz/fake_io.h \
	-mllvm -asan-globals=0 -Wl,-T,tests/fuzz/drivers.lds -pthread
$(BUILD)/fuzz/fuzz_virtio: tests/unit/machine.h tests/fuzz/fake_io.h tests/fuzz/drivers.lds
