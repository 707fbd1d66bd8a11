# SPDX-License-Identifier: LGPL-3.0-or-later
# Unit tests and fuzz targets of the drivers of disks behind PCI, in machine.h's machine.

storage-tests := test_nvme test_ahci
unit-tests += $(storage-tests)
$(foreach t,$(storage-tests),$(eval $(t)-cflags = $$(machine-cflags) $$(io-cflags) \
	-Wl,-T,tests/fuzz/drivers.lds))
$(addprefix $(BUILD)/unit/,$(storage-tests)): $(wildcard tests/unit/*.h) tests/fuzz/drivers.lds

storage-srcs = $(filter-out tests/unit/fake_disk.c,$(disk-srcs)) tests/unit/fake_function.c
nvme-srcs := $(addprefix src/hw/storage/,nvme.c nvme_disk.c nvme_queue.c) tests/unit/fake_nvme.c
test_nvme-srcs = tests/unit/test_nvme.c $(nvme-srcs) $(storage-srcs)
ahci-srcs := $(addprefix src/hw/storage/,ahci.c ahci_port.c ata.c atapi.c scsi.c) \
	tests/unit/fake_ahci.c
test_ahci-srcs = tests/unit/test_ahci.c $(ahci-srcs) $(storage-srcs)

storage-fuzz-targets := fuzz_nvme fuzz_ahci
fuzz-targets += $(storage-fuzz-targets)
$(foreach t,$(storage-fuzz-targets),$(eval $(t)-cflags = $$(renew-cflags) $$(io-cflags) \
	-Wl,-T,tests/fuzz/drivers.lds))
$(addprefix $(BUILD)/fuzz/,$(storage-fuzz-targets)): $(wildcard tests/unit/*.h tests/fuzz/*.h) \
	tests/fuzz/drivers.lds
fuzz_nvme-srcs = tests/fuzz/fuzz_nvme.c tests/fuzz/disk_calls.c $(nvme-srcs) $(storage-srcs)
fuzz_ahci-srcs = tests/fuzz/fuzz_ahci.c tests/fuzz/disk_calls.c $(ahci-srcs) $(storage-srcs)
