# SPDX-License-Identifier: LGPL-3.0-or-later
# lsfs, from the firmware's sources: the tool, and with sanitizers for the tests.

entry-srcs := $(addprefix src/boot/,bls.c bls_order.c entry.c entry_find.c entry_text.c \
	extlinux.c grub.c grub_lexer.c grub_script.c grub_test.c grubenv.c uki.c volume.c) $(addprefix src/lib/,glob.c vercmp.c)
fs-srcs := $(wildcard src/fs/*.c) $(addprefix src/block/,disk.c partition.c readahead.c transfer.c) \
	$(addprefix src/lib/,charset.c crc32.c format.c log.c memmap.c memory.c unicode.c)
# As in the ROM: 32 bits, and physical memory is what pointers point to.
lsfs-cflags := -m32 -O2 -D_FILE_OFFSET_BITS=64 -DCONFIG_LOG_LEVEL=0 -Wl,-T,tests/fuzz/drivers.lds
lsfs-srcs := scripts/lsfs.c $(fs-srcs) $(entry-srcs)

host-tools += lsfs
unit-tests += lsfs
$(BUILD)/lsfs $(BUILD)/unit/lsfs: tests/fuzz/drivers.lds tests/fs/fs.mk

unit-tests += test_fs test_fat test_unicode test_vercmp
core-srcs := src/fs/core.c $(addprefix src/lib/,charset.c crc32.c device.c unicode.c) \
	$(addprefix src/block/,disk.c partition.c readahead.c transfer.c) $(machine-srcs)
test_fs-srcs := tests/unit/test_fs.c tests/unit/fake_disk.c $(core-srcs)
test_fs-cflags := $(machine-cflags) -Wl,-T,tests/fuzz/drivers.lds
test_fat-srcs := tests/unit/test_fat.c src/fs/fat.c $(core-srcs)
test_fat-cflags := $(test_fs-cflags)
test_unicode-srcs := tests/unit/test_unicode.c src/lib/unicode.c
test_unicode-cflags := -m32
test_vercmp-srcs := tests/unit/test_vercmp.c src/lib/vercmp.c src/lib/glob.c
test_vercmp-cflags := -m32
$(BUILD)/unit/test_fs $(BUILD)/unit/test_fat: tests/unit/machine.h tests/unit/fake_disk.h tests/fuzz/drivers.lds tests/fs/fs.mk

# Each file system by itself, in machine.h's machine.
image-srcs := tests/fuzz/image.c $(core-srcs)
image-cflags := $(machine-host-cflags) -Wno-format -Wl,-T,tests/fuzz/drivers.lds \
	-fsanitize-ignorelist=tests/fuzz/drivers.ignore
image-targets := fuzz_partition fuzz_fat fuzz_iso9660 fuzz_ext fuzz_xfs fuzz_entry
fuzz-targets += $(image-targets)
$(foreach t,$(image-targets),$(eval $(t)-cflags := $(image-cflags)))
$(addprefix $(BUILD)/fuzz/,$(image-targets)): tests/unit/machine.h tests/fuzz/image.h \
	tests/fuzz/drivers.lds tests/fuzz/drivers.ignore tests/fs/fs.mk
# It has a CRC of its own.
fuzz_partition-srcs := tests/fuzz/fuzz_partition.c $(filter-out src/lib/crc32.c,$(image-srcs))
fuzz_fat-srcs := tests/fuzz/fuzz_fat.c src/fs/fat.c $(image-srcs)
fuzz_iso9660-srcs := tests/fuzz/fuzz_iso9660.c src/fs/iso9660.c $(image-srcs)
fuzz_ext-srcs := tests/fuzz/fuzz_ext.c src/fs/ext.c src/fs/jbd2.c $(image-srcs)
fuzz_xfs-srcs := tests/fuzz/fuzz_xfs.c src/fs/xfs.c src/fs/xfs_log.c $(image-srcs)
fuzz_entry-srcs := tests/fuzz/fuzz_entry.c $(entry-srcs) $(core-srcs)
