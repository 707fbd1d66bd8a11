# SPDX-License-Identifier: LGPL-3.0-or-later
# USB over a controller in memory: the unit test and the fuzz target.

usb-srcs = tests/unit/fake_xhci.c $(addprefix src/hw/usb/,xhci.c usb.c hub.c \
	bot.c uas.c keyboard.c) src/hw/quiet.c \
	src/hw/storage/scsi.c src/hw/storage/single.c $(addprefix src/console/,keyboard.c keymap.c scancode.c) \
	$(filter-out tests/unit/fake_disk.c,$(disk-srcs))

unit-tests += test_usb
test_usb-srcs = tests/unit/test_usb.c $(usb-srcs)
test_usb-cflags = $(machine-cflags) $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
$(BUILD)/unit/test_usb: tests/unit/machine.h $(wildcard tests/unit/fake_*.h)

renew-targets += fuzz_usb
fuzz-targets += fuzz_usb
fuzz_usb-srcs = tests/fuzz/fuzz_usb.c $(usb-srcs)
fuzz_usb-cflags = $(renew-cflags) $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
$(BUILD)/fuzz/fuzz_usb: tests/unit/machine.h $(wildcard tests/unit/fake_*.h tests/fuzz/*.h tests/fuzz/*.lds)
