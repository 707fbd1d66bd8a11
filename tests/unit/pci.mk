# SPDX-License-Identifier: LGPL-3.0-or-later
# PCI: unit test and fuzz target, in machine.h's machine with fake_pci's functions.

pci-srcs = tests/unit/fake_pci.c $(addprefix src/hw/pci/,host.c pci.c place.c rom.c) src/lib/device.c \
	$(machine-srcs)

unit-tests += test_pci
test_pci-srcs = tests/unit/test_pci.c src/bios/pcibios.c src/lib/checksum.c $(pci-srcs)
test_pci-cflags = $(machine-cflags) $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
$(BUILD)/unit/test_pci: $(addprefix tests/unit/,machine.h alone.h fake_pci.h fake_io.h)

fuzz-targets += fuzz_pci
fuzz_pci-srcs = tests/fuzz/fuzz_pci.c src/bios/pcibios.c src/lib/checksum.c $(pci-srcs)
fuzz_pci-cflags = $(renew-cflags) $(io-cflags) -Wl,-T,tests/fuzz/drivers.lds
$(BUILD)/fuzz/fuzz_pci: tests/unit/machine.h tests/unit/fake_pci.h tests/unit/fake_io.h \
	$(wildcard tests/fuzz/*.h tests/fuzz/*.lds) tests/unit/pci.mk
