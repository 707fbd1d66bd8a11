# SPDX-License-Identifier: LGPL-3.0-or-later
# lsfs, from the firmware's sources: the tool, and with sanitizers for the tests.

fs-srcs := $(wildcard src/fs/*.c) $(addprefix src/block/,disk.c partition.c readahead.c transfer.c) \
	$(addprefix src/lib/,charset.c crc32.c format.c log.c memmap.c memory.c unicode.c)
# As in the ROM: 32 bits, and physical memory is what pointers point to.
lsfs-cflags := -m32 -O2 -D_FILE_OFFSET_BITS=64 -DCONFIG_LOG_LEVEL=0 -Wl,-T,tests/fuzz/drivers.lds
lsfs-srcs := scripts/lsfs.c $(fs-srcs)

host-tools += lsfs
unit-tests += lsfs
$(BUILD)/lsfs $(BUILD)/unit/lsfs: tests/fuzz/drivers.lds tests/fs/fs.mk
