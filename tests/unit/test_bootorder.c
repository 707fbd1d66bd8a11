/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's device paths: who is meant by them, and what is not a path at all.
 */
#include "bootorder.h"

#include <string.h>

#include "fake_fw_cfg.h"
#include "memory.h"
#include "unit.h"

static const char order[] = "/virtio-mmio@00000000feb02e00/disk@0,0\n"
			    "/virtio-mmio@00000000feb02c00/channel@0/disk@3,5\n"
			    "/rom@genroms/x.rom\n"
			    "/virtio-mmio@00000000feb02a00/disk@0,0/more\n"
			    "/virtio-mmio@ffffffffffffffffffff/disk@0,0\n"
			    "/@\n@\n\n"
			    "HALT";

static const char geometries[] = "/virtio-mmio@00000000feb02e00/disk@0,0 9999 16 32\n"
				 "/virtio-mmio@00000000feb02c00/disk@0,0 1 0 99\n";

static uint32_t place(uint32_t base, bool on_scsi, uint16_t target, uint16_t lun)
{
	struct disk disk = {.base = base, .on_scsi = on_scsi, .target = target, .lun = lun};

	return bootorder_of_disk(&disk);
}

int main(void)
{
	struct disk disk = {.base = 0xfeb02e00, .block_size = 512, .blocks = 10000};

	machine_reset();
	fake_fw_cfg_reset();
	bootorder_init();
	ok(place(0xfeb02e00, false, 0, 0) == BOOTORDER_UNLISTED && !bootorder_is_strict());

	fake_fw_cfg_add("bootorder", order, sizeof(order));
	fake_fw_cfg_add("bios-geometry", geometries, sizeof(geometries));
	bootorder_init();
	ok(place(0xfeb02e00, false, 0, 0) == 0);
	ok(place(0xfeb02e00, true, 0, 0) == BOOTORDER_UNLISTED);
	ok(place(0xfeb02c00, true, 3, 5) == 1);
	ok(place(0xfeb02c00, true, 3, 4) == BOOTORDER_UNLISTED);
	ok(place(0xfeb02c00, false, 3, 5) == BOOTORDER_UNLISTED);
	ok(place(0xfeb02a00, false, 0, 0) == BOOTORDER_UNLISTED);
	ok(place(0xffffffff, false, 0, 0) == BOOTORDER_UNLISTED);
	ok(place(0, false, 0, 0) == BOOTORDER_UNLISTED);
	ok(bootorder_of_path("/rom@genroms/x.rom") == 2);
	ok(bootorder_of_path("/rom@genroms/x.ro") == BOOTORDER_UNLISTED);
	ok(bootorder_is_strict());

	bootorder_set_geometry(&disk);
	ok(disk.geometry_final && disk.geometry.cylinders == 1024);
	ok(disk.geometry.heads == 16 && disk.geometry.sectors == 32);
	disk = (struct disk){.base = 0xfeb02c00, .block_size = 512, .blocks = 10000};
	bootorder_set_geometry(&disk);
	ok(!disk.geometry_final && machine_said("impossible"));
	return done();
}
