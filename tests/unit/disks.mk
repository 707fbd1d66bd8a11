# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of the SCSI layer, El Torito and the boot order, in machine.h's machine.

disks-tests := test_scsi test_cdrom test_bootorder
unit-tests += $(disks-tests)
$(foreach t,$(disks-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(disks-tests)): tests/unit/machine.h $(wildcard tests/unit/fake_*.h)

test_scsi-srcs = tests/unit/test_scsi.c src/hw/scsi.c $(disk-srcs)
test_cdrom-srcs = tests/unit/test_cdrom.c src/cdrom.c src/drive.c src/tables.c $(disk-srcs)
test_bootorder-srcs = tests/unit/test_bootorder.c src/bootorder.c src/geometry.c src/disk.c src/floppy.c src/readahead.c src/fw/e820.c \
	tests/unit/fake_fw_cfg.c $(machine-srcs)
