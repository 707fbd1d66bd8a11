# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests of displays, in machine.h's machine.

displays-tests := test_framebuffer test_displays
unit-tests += $(displays-tests)
$(foreach t,$(displays-tests),$(eval $(t)-cflags = $$(machine-cflags)))
$(addprefix $(BUILD)/unit/,$(displays-tests)): tests/unit/machine.h tests/unit/alone.h \
	$(wildcard tests/unit/fake_*.h)

test_framebuffer-srcs = tests/unit/test_framebuffer.c \
	$(addprefix src/console/,framebuffer.c screen.c) src/lib/font.c $(machine-srcs)

# With the linker's tables of drivers, which have these.
test_displays-srcs = tests/unit/test_displays.c tests/unit/fake_fw_cfg.c \
	tests/unit/fake_virtio.c $(wildcard src/hw/display/*.c) src/hw/pci/pci.c \
	src/hw/virtio/virtio.c src/lib/device.c src/lib/checksum.c $(machine-srcs)
test_displays-cflags += $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds --param=asan-globals=0

fuzz-targets += fuzz_display
fuzz_display-srcs = tests/fuzz/fuzz_display.c tests/unit/fake_fw_cfg.c tests/unit/fake_virtio.c \
	$(addprefix src/hw/display/,display.c virtio_gpu.c) src/hw/virtio/virtio.c src/lib/device.c \
	$(addprefix src/console/,framebuffer.c screen.c) src/lib/font.c src/lib/checksum.c \
	$(machine-srcs)
fuzz_display-cflags = $(renew-cflags) $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
$(BUILD)/fuzz/fuzz_display: tests/unit/machine.h $(wildcard tests/unit/fake_*.h tests/fuzz/*.h \
	tests/fuzz/*.lds)
