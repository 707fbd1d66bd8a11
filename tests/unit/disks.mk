# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of disks' drivers, the SCSI layer, El Torito and the boot order, in machine.h's
# machine.

disks-tests := test_scsi test_cdrom test_bootorder test_vblk test_vscsi
unit-tests += $(disks-tests)
$(foreach t,$(disks-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(disks-tests)): tests/unit/machine.h $(wildcard tests/unit/fake_*.h)

test_scsi-srcs = tests/unit/test_scsi.c src/hw/storage/scsi.c $(disk-srcs)
test_cdrom-srcs = tests/unit/test_cdrom.c src/block/cdrom.c src/bios/eltorito.c src/bios/drive.c \
	src/bios/int13_common.c src/bios/tables.c $(disk-srcs)
test_bootorder-srcs = tests/unit/test_bootorder.c src/boot/bootorder.c $(disk-srcs)

# With the linker's table of drivers, which has this one.
test_vblk-srcs = tests/unit/test_vblk.c src/hw/virtio/blk.c src/hw/virtio/virtio.c \
	tests/unit/fake_virtio.c $(disk-srcs)
test_vblk-cflags += -Wl,-T,tests/fuzz/drivers.lds
test_vscsi-srcs = tests/unit/test_vscsi.c src/hw/virtio/scsi.c src/hw/storage/scsi.c \
	src/hw/virtio/virtio.c tests/unit/fake_virtio.c $(disk-srcs)
test_vscsi-cflags += -Wl,-T,tests/fuzz/drivers.lds
