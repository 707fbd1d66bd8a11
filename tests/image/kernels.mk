# SPDX-License-Identifier: LGPL-3.0-or-later
# The real kernels of `make check-image`.

.PHONY: image-kernels
image-kernels: $(DEMO) $(BUILD)/images/debian-cloud.img
	$(PYTHON) tests/image/build-kernels
image-disks += image-kernels
