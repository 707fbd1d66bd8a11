# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of the SCSI layer, El Torito and the boot order, in machine.h's machine.

disks-tests := test_scsi test_cdrom test_bootorder
unit-tests += $(disks-tests)
$(foreach t,$(disks-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(disks-tests)): tests/unit/machine.h $(wildcard tests/unit/fake_*.h)

test_scsi-srcs = tests/unit/test_scsi.c src/hw/storage/scsi.c $(disk-srcs)
test_cdrom-srcs = tests/unit/test_cdrom.c src/block/cdrom.c src/bios/eltorito.c src/bios/drive.c \
	src/bios/int13_common.c src/bios/tables.c $(disk-srcs)
test_bootorder-srcs = tests/unit/test_bootorder.c src/boot/bootorder.c $(disk-srcs)
