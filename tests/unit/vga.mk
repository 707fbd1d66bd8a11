# SPDX-License-Identifier: LGPL-3.0-or-later
# The VGA BIOS's tables, in one address space.

unit-tests += test_vga_tables
test_vga_tables-srcs := tests/unit/test_vga_tables.c src/console/font.c src/lib/font.c \
	$(addprefix vgasrc/,mode_table.c palette.c vesa_modes.c)
test_vga_tables-cflags := -I . -I src -include tests/unit/fake_segment.h
$(BUILD)/unit/test_vga_tables: tests/unit/fake_segment.h $(wildcard vgasrc/*.h)
