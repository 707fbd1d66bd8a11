# SPDX-License-Identifier: LGPL-3.0-or-later
# The real kernels of `make check-image`.

.PHONY: image-kernels
image-kernels: $(DEMO) $(BUILD)/images/debian-cloud.img
	$(PYTHON) tests/image/build-kernels
image-disks += image-kernels

# Disks without a boot loader, with these kernels.
.PHONY: image-entries
image-entries: image-kernels
	$(PYTHON) tests/image/build-entry-images
image-disks += image-entries
