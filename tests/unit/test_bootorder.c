/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's device paths: who is meant by them, and what is not a path at all.
 */
#include "boot/bootorder.h"

#include <string.h>

#include "block/disk.h"
#include "fake_fw_cfg.h"
#include "lib/device.h"
#include "lib/format.h"
#include "unit.h"

static const char order[] = "/virtio-mmio@00000000feb02e00/disk@0,0\n"
			    "/virtio-mmio@00000000feb02c00/channel@0/disk@3,5\n"
			    "/rom@genroms/x.rom\n"
			    "/virtio-mmio@00000000feb02a00/disk@0,0/more\n"
			    "/virtio-mmio@ffffffffffffffffffff/disk@0,0\n"
			    "/@\n@\n\n"
			    "/virtio-mmio@00000000feb02800/wrong@1\n"
			    "/virtio-mmio@00000000feb02600/wrongly\n"
			    "/wrong/anything@0,0\n"
			    "HALT";

static const char geometries[] = "/virtio-mmio@00000000feb02e00/disk@0,0 9999 16 32\n"
				 "/virtio-mmio@00000000feb02c00/disk@0,0 1 0 99\n";

static size_t mmio_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/virtio-mmio@%016llx", device->address);
}

static size_t unit_path(const struct device *device, char *to, size_t size)
{
	(void)device;
	return format(to, size, "/disk@0,0");
}

static size_t scsi_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/channel@0/disk@%x,%x", (unsigned)device->address & 0xff,
		      (unsigned)device->address >> 8);
}

static const struct device_bus mmio_bus = {.path = mmio_path}, unit_bus = {.path = unit_path},
			       scsi_bus = {.path = scsi_path};
static struct device transport, unit;

/* A virtio-blk, or a unit behind a virtio-scsi. */
static void make_device(uint32_t base, bool on_scsi, uint16_t target, uint16_t lun)
{
	device_init(&transport, &mmio_bus, NULL, base);
	device_init(&unit, on_scsi ? &scsi_bus : &unit_bus, &transport, target | lun << 8);
}

static uint32_t place(uint32_t base, bool on_scsi, uint16_t target, uint16_t lun)
{
	make_device(base, on_scsi, target, lun);
	return bootorder_place(&unit);
}

/* QEMU does not name some devices, but says that there is one of their kind. */
static void wrong_names(void)
{
	static const struct device_bus bus = {.path = unit_path, .wrong_path = "/wrong"};

	make_device(0xfeb02800, false, 0, 0);
	unit.bus = &bus;
	ok(bootorder_place(&unit) == 8);
	transport.address = 0xfeb02600;
	ok(bootorder_place(&unit) == 9);
	transport.address = 0xfeb02400;
	ok(bootorder_place(&unit) == 10);
	transport.address = 0xfeb02e00;
	ok(bootorder_place(&unit) == 0);
}

int main(void)
{
	struct disk disk = {.device = &unit, .block_size = 512, .blocks = 10000};

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
	ok(bootorder_place_of_path("/rom@genroms/x.rom") == 2);
	ok(bootorder_place_of_path("/rom@genroms/x.ro") == BOOTORDER_UNLISTED);
	ok(bootorder_is_strict());
	wrong_names();

	make_device(0xfeb02e00, false, 0, 0);
	bootorder_set_geometry(&disk);
	ok(disk.geometry_final && disk.geometry.cylinders == 1024);
	ok(disk.geometry.heads == 16 && disk.geometry.sectors == 32);
	make_device(0xfeb02c00, false, 0, 0);
	disk = (struct disk){.device = &unit, .block_size = 512, .blocks = 10000};
	bootorder_set_geometry(&disk);
	ok(!disk.geometry_final && machine_said("impossible"));
	return done();
}
