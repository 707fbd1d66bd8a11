# SPDX-License-Identifier: LGPL-3.0-or-later
# src/console on the host: unit tests, the program behind test_terminal.py, fuzz targets.

console-cflags := -include fake_console.h
keyboard-srcs := src/console/keyboard.c src/console/keymap.c src/console/decoder.c \
	src/lib/charset.c tests/unit/fake_console.c

console-tests := test_bytes test_decoder test_keyboard test_screen test_vconsole
unit-tests += $(console-tests)
$(foreach t,$(console-tests),$(eval $(t)-cflags := -m32 $(console-cflags)))
$(addprefix $(BUILD)/unit/,$(console-tests)): tests/unit/fake_console.h

test_bytes-srcs := tests/unit/test_bytes.c src/console/terminal.c src/console/screen.c \
	src/lib/charset.c tests/unit/fake_console.c
test_decoder-srcs := tests/unit/test_decoder.c $(keyboard-srcs)
test_keyboard-srcs := tests/unit/test_keyboard.c src/console/console.c $(keyboard-srcs)
test_screen-srcs := tests/unit/test_screen.c src/console/screen.c src/lib/charset.c \
	tests/unit/fake_console.c
test_vconsole-srcs := tests/unit/test_vconsole.c src/hw/virtio/console.c src/hw/virtio/virtio.c \
	tests/unit/fake_console.c
# The linker's table of drivers, which has this one.
test_vconsole-cflags += -Wl,-T,tests/fuzz/drivers.lds

# Not a test by itself: test_terminal.py runs it.
terminal-srcs := tests/unit/screen_ops.c src/console/terminal.c src/console/screen.c \
	src/lib/charset.c tests/unit/fake_console.c
terminal-cflags := $(console-cflags) -Wl,--wrap=screen_add_viewer
unit-tests += terminal_driver
terminal_driver-srcs := tests/unit/terminal_driver.c $(terminal-srcs)
terminal_driver-cflags := -m32 $(terminal-cflags)
$(BUILD)/unit/terminal_driver: tests/unit/fake_console.h tests/unit/screen_ops.h

fuzz-targets += fuzz_decoder fuzz_terminal
fuzz_decoder-srcs := tests/fuzz/fuzz_decoder.c src/console/decoder.c src/lib/charset.c \
	tests/unit/fake_console.c
fuzz_decoder-cflags := $(console-cflags)
# AddressSanitizer would move the variables of a section apart, so that it cannot be cleared.
fuzz_terminal-srcs := tests/fuzz/fuzz_terminal.c $(terminal-srcs)
fuzz_terminal-cflags := $(terminal-cflags) -DFAKE_CONSOLE_RENEWED -mllvm -asan-globals=0
$(BUILD)/fuzz/fuzz_decoder $(BUILD)/fuzz/fuzz_terminal: tests/unit/fake_console.h \
	tests/unit/screen_ops.h
