# SPDX-License-Identifier: LGPL-3.0-or-later
# The disks of `make check-image`.

image-disks := $(BUILD)/images/debian-cloud.img $(BUILD)/images/debian-cloud.qcow2

$(image-disks) &: tests/image/build-cloud-image tests/image/customize.sh scripts/diskimage.py
	$(PYTHON) tests/image/build-cloud-image
