/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * NVMe namespaces as disks. What INT 13h has written must be durable, so each write to
 * a controller with a volatile cache is followed by a flush: QEMU's takes the FUA bit of a write
 * and ignores it.
 *
 * Specification: NVM Express Base 1.4, 6 "NVM Command Set", figure 245 "Identify
 * Namespace Data Structure".
 */
#include <stddef.h>
#include <string.h>

#include "block/disk.h"
#include "block/disks.h"
#include "hw/storage/nvme.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	NAMESPACE_BLOCKS = 0,
	NAMESPACE_FORMAT = 26,
	NAMESPACE_ATTRIBUTES = 99,
	NAMESPACE_FORMATS = 128,

	FORMAT_INDEX = 0xf,  /* of the byte that says which of the formats is in use */
	FORMAT_METADATA = 0, /* offsets in a format: bytes of metadata with each block, ... */
	FORMAT_SHIFT = 2,    /* ... and log2 of the block's */
	FORMAT_SIZE = 4,
	WRITE_PROTECTED = 1,
	MAX_SHIFT = 31,

	DWORD_ALIGN = 4, /* figure 109: a PRP's lowest two bits are 0 */
};

struct nvme_disk {
	struct disk disk;
	struct device unit; /* the namespace, whose address is its id */
	struct nvme *nvme;
};

static struct nvme_disk *nvme_disk_of(struct disk *disk)
{
	return container_of(disk, struct nvme_disk, disk);
}

/* Sends a command. Returns its slot, or an error. */
static int send(struct disk *disk, enum nvme_io_opcode opcode, uint64_t lba, uint32_t count,
		uint64_t address)
{
	struct nvme *nvme = nvme_disk_of(disk)->nvme;
	const struct nvme_command command = {
		.opcode = opcode,
		.nsid = nvme_disk_of(disk)->unit.address,
		.arguments = {lba, lba >> 32, count ? count - 1 : 0},
	};
	int slot = nvme_submit(nvme, &nvme->io, &command, address, count * disk->block_size);

	if (slot >= 0)
		nvme_kick(&nvme->io);
	return slot;
}

static int nvme_finish_read(struct disk *disk, int slot)
{
	struct nvme *nvme = nvme_disk_of(disk)->nvme;

	return nvme_wait(nvme, &nvme->io, slot);
}

/*
 * Runs a command. A controller that is off is started again, and one that fails
 * meanwhile, or was reset by somebody, gets a second chance: the caller need not know. It
 * has none after a timeout.
 */
static int run(struct disk *disk, enum nvme_io_opcode opcode, uint64_t lba, uint32_t count,
	       uint64_t address)
{
	struct nvme *nvme = nvme_disk_of(disk)->nvme;
	int error = 0;

	for (unsigned tries = 0; tries < 2; tries++) {
		int slot;

		if (nvme->broken)
			error = nvme_restart(nvme);
		if (error)
			return error;
		slot = send(disk, opcode, lba, count, address);
		error = slot < 0 ? slot : nvme_finish_read(disk, slot);
		if (error != ERR_IO || !nvme->broken)
			return error;
		error = 0;
	}
	return ERR_IO;
}

static int nvme_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	return run(disk, NVME_READ, lba, count, address);
}

static int nvme_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	int error = run(disk, NVME_WRITE, lba, count, address);

	if (error || !nvme_disk_of(disk)->nvme->has_cache)
		return error;
	return run(disk, NVME_FLUSH, 0, 0, 0);
}

/* The last slot is left to a command that somebody waits for. */
static int nvme_start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	const struct nvme_queue *queue = &nvme_disk_of(disk)->nvme->io;

	if (nvme_used_slots(queue) + 1 >= queue->slots)
		return ERR_NOMEM;
	return send(disk, NVME_READ, lba, count, address);
}

static void nvme_describe(struct disk *disk, char *to, size_t size)
{
	format(to, size, "%s", nvme_disk_of(disk)->nvme->id);
}

static const struct disk_ops nvme_ops = {
	.read = nvme_read,
	.write = nvme_write,
	.start_read = nvme_start_read,
	.finish_read = nvme_finish_read,
	.describe = nvme_describe,
};

/* QEMU, hw/nvme/ctrl.c: the namespace of a controller that was given a drive. For an nvme-ns
 * device, hw/nvme/ns.c makes a string and frees it; what is left is "/nvme-ns" and anything,
 * behind the controller's path (7.2) or without it (10.0, 11.1). */
static size_t namespace_path(const struct device *device, char *to, size_t size)
{
	return format(to, size, "/namespace@%u,0", (uint32_t)device->address);
}

static void namespace_edd(const struct device *device, struct edd_path *edd)
{
	memcpy(edd->interface, "NVME    ", sizeof(edd->interface));
	edd->device_path[0] = device->address;
}

static const struct device_bus namespace_bus = {
	.path = namespace_path,
	.wrong_path = "/nvme-ns",
	.edd = namespace_edd,
};

/* Fills in what the namespace says of itself. */
static int take_format(struct disk *disk, const uint8_t *answer)
{
	const struct nvme *nvme = nvme_disk_of(disk)->nvme;
	const uint8_t *in_use = answer + NAMESPACE_FORMATS +
				(answer[NAMESPACE_FORMAT] & FORMAT_INDEX) * FORMAT_SIZE;
	uint8_t shift = in_use[FORMAT_SHIFT];

	if (in_use[FORMAT_METADATA] || in_use[FORMAT_METADATA + 1]) {
		say("%s: blocks with metadata are not supported\n", disk_name(disk));
		return ERR_UNSUPPORTED;
	}
	disk->block_size = shift <= MAX_SHIFT ? 1u << shift : 0;
	if (disk->block_size < SECTOR_SIZE || disk->block_size > MAX_BLOCK_SIZE) {
		say("%s: blocks of 2^%u bytes are not supported\n", disk_name(disk), shift);
		return ERR_UNSUPPORTED;
	}
	disk->blocks = get_le32(answer + NAMESPACE_BLOCKS) |
		       (uint64_t)get_le32(answer + NAMESPACE_BLOCKS + 4) << 32;
	disk->max_blocks = nvme->max_bytes / disk->block_size;
	disk->read_only = answer[NAMESPACE_ATTRIBUTES] & WRITE_PROTECTED;
	return 0;
}

int nvme_add_namespace(struct nvme *nvme, uint32_t nsid)
{
	const uint8_t *answer = nvme_identify(nvme, NVME_IDENTIFY_NAMESPACE, nsid);
	struct nvme_disk *namespace;

	/* Of a number that is not in use, all is 0. */
	if (!answer || !(get_le32(answer) | get_le32(answer + 4)))
		return 0;
	namespace = memory_alloc(sizeof(*namespace), 8);
	if (!namespace)
		return ERR_NOMEM;
	device_init(&namespace->unit, &namespace_bus, &nvme->function->device, nsid);
	format(namespace->unit.name, sizeof(namespace->unit.name), "%s ns %u", nvme->device.name,
	       nsid);
	namespace->nvme = nvme;
	namespace->disk.ops = &nvme_ops;
	namespace->disk.kind = DISK_HARD;
	namespace->disk.device = &namespace->unit;
	namespace->disk.align = DWORD_ALIGN;
	return take_format(&namespace->disk, answer) ? 0 : disk_register(&namespace->disk);
}
