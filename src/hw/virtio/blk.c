/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio block devices. A request is three pieces of memory: a header that says
 * what to do at which sector, the data, and a byte in which the device says how
 * it went.
 *
 * What INT 13h has written must be durable, since nobody would flush. A device whose
 * driver does not accept BLK_F_FLUSH must complete a write only when it is, and QEMU's
 * own does. qemu-storage-daemon does not ask what was accepted; its write cache is
 * switched off by BLK_F_CONFIG_WCE before the first write.
 *
 * Specification: virtio 1.2, 5.2 "Block Device".
 */
#include <stddef.h>

#include "block/disk.h"
#include "block/disks.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

/* 5.2.3 "Feature bits" */
#define BLK_F_SIZE_MAX   (1ull << 1)
#define BLK_F_RO         (1ull << 5)
#define BLK_F_BLK_SIZE   (1ull << 6)
#define BLK_F_CONFIG_WCE (1ull << 11)

#define BLK_FEATURES     (BLK_F_SIZE_MAX | BLK_F_RO | BLK_F_BLK_SIZE)

/* 5.2.4 "Device configuration layout" */
enum {
	CONFIG_CAPACITY = 0, /* in 512 bytes, whatever the block size */
	CONFIG_SIZE_MAX = 8,
	CONFIG_BLK_SIZE = 20,
	CONFIG_WRITEBACK = 32,
};

enum {
	BLK_T_IN = 0,
	BLK_T_OUT = 1,
	BLK_T_GET_ID = 8,
	BLK_ID_SIZE = 20, /* not always with a NUL */

	BLK_S_OK = 0,
	BLK_S_NONE = 0xff, /* ours: the device wrote nothing */

	REQUEST_QUEUE = 0,
	SLOTS = 4, /* requests in flight */
	TIMEOUT_MS = 30000,
	MAX_BYTES = 16 << 20, /* of one request, where the device sets no limit */
};

/* 5.2.6 "Device Operation" */
struct header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector; /* of 512 bytes */
};

/* The parts of a request that are not the data. */
struct blk_request {
	struct header header;
	uint32_t expected; /* bytes that the device must write */
	volatile uint8_t status;
};

struct virtio_blk {
	struct disk disk;
	struct device unit; /* the disk, behind the virtio device */
	struct virtio_device *virtio;
	struct virtqueue queue;
	bool writes_through;                /* its cache is off */
	struct blk_request requests[SLOTS]; /* one for each slot of the queue */
	char id[BLK_ID_SIZE + 1];
};

static struct virtio_blk *blk_of(struct disk *disk)
{
	return container_of(disk, struct virtio_blk, disk);
}

/* Sends a request. Returns its slot, or an error. */
static int blk_submit(struct disk *disk, uint32_t type, uint64_t sector, uint64_t address,
		      uint32_t length)
{
	struct virtio_blk *blk = blk_of(disk);
	int slot = virtq_free_slot(&blk->queue);
	struct virtq_buffer buffers[VIRTQ_CHAIN];
	struct blk_request *request;

	if (slot < 0)
		return slot;
	request = &blk->requests[slot];
	request->header.type = type;
	request->header.sector = sector;
	/* Legacy devices count as they like: virtio 1.2, 2.7.8. */
	request->expected = type == BLK_T_OUT || blk->virtio->legacy ? 0 : length;
	request->status = BLK_S_NONE;
	buffers[0] = (struct virtq_buffer){ptr_phys(request), sizeof(request->header), false};
	buffers[1] = (struct virtq_buffer){address, length, type != BLK_T_OUT};
	buffers[2] = (struct virtq_buffer){ptr_phys(&request->status), 1, true};
	slot = virtq_submit(&blk->queue, buffers, VIRTQ_CHAIN);
	if (slot >= 0)
		virtq_kick(blk->virtio, &blk->queue);
	return slot;
}

static int blk_finish(struct disk *disk, int slot)
{
	struct virtio_blk *blk = blk_of(disk);
	const struct blk_request *request = &blk->requests[slot];
	int error = virtq_wait(blk->virtio, &blk->queue, slot, TIMEOUT_MS);

	if (error)
		return error;
	/* Reported done, but not done: it may be at work still. */
	if (request->status == BLK_S_NONE || blk->queue.written[slot] < request->expected)
		return virtq_give_up(blk->virtio, ERR_IO);
	return request->status == BLK_S_OK ? 0 : ERR_IO;
}

/*
 * 5.2.6.2: a device that has this field writes through while it is 0. It is set first,
 * because that of qemu-storage-daemon reads as 0 from the start, but its cache is on, and
 * QEMU passes only changes on. A reset of the device, after an error, brings the cache
 * back.
 */
static void write_through(struct virtio_blk *blk)
{
	if (!(blk->virtio->features & BLK_F_CONFIG_WCE) || blk->writes_through)
		return;
	blk->virtio->transport->set_config8(blk->virtio, CONFIG_WRITEBACK, 1);
	blk->virtio->transport->set_config8(blk->virtio, CONFIG_WRITEBACK, 0);
	blk->writes_through = true;
}

static int blk_run(struct disk *disk, uint32_t type, uint64_t sector, uint64_t address,
		   uint32_t length)
{
	struct virtio_blk *blk = blk_of(disk);
	int slot, error = 0;

	if (blk->queue.broken) {
		blk->writes_through = false;
		error = virtio_restart(blk->virtio);
	}
	if (error)
		return error;
	if (type == BLK_T_OUT)
		write_through(blk);
	slot = blk_submit(disk, type, sector, address, length);
	return slot < 0 ? slot : blk_finish(disk, slot);
}

static int blk_transfer(struct disk *disk, uint32_t type, uint64_t lba, uint32_t count,
			uint64_t address)
{
	return blk_run(disk, type, lba * (disk->block_size / SECTOR_SIZE), address,
		       count * disk->block_size);
}

static int blk_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	return blk_transfer(disk, BLK_T_IN, lba, count, address);
}

static int blk_write(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	return blk_transfer(disk, BLK_T_OUT, lba, count, address);
}

/* A small queue is left to requests that somebody waits for. */
static int blk_start_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	if (blk_of(disk)->queue.slots < SLOTS)
		return ERR_NOMEM;
	return blk_submit(disk, BLK_T_IN, lba * (disk->block_size / SECTOR_SIZE), address,
			  count * disk->block_size);
}

static void blk_describe(struct disk *disk, char *to, size_t size)
{
	char *id = blk_of(disk)->id;

	if (!blk_run(disk, BLK_T_GET_ID, 0, ptr_phys(id), BLK_ID_SIZE))
		format(to, size, "%s", id);
}

static const struct disk_ops blk_ops = {
	.read = blk_read,
	.write = blk_write,
	.start_read = blk_start_read,
	.finish_read = blk_finish,
	.describe = blk_describe,
};

/* Fills in what the device's configuration says of the disk. */
static int blk_read_config(struct virtio_blk *blk)
{
	struct virtio_device *device = blk->virtio;
	struct disk *disk = &blk->disk;
	uint32_t max_bytes = MAX_BYTES;

	disk->block_size = SECTOR_SIZE;
	if (device->features & BLK_F_BLK_SIZE)
		disk->block_size = device->transport->config(device, CONFIG_BLK_SIZE, 4);
	if (disk->block_size < SECTOR_SIZE || disk->block_size > MAX_BLOCK_SIZE ||
	    disk->block_size & (disk->block_size - 1)) {
		say("%s: blocks of %u bytes are not supported\n", disk_name(disk),
		    disk->block_size);
		return ERR_UNSUPPORTED;
	}
	if (device->features & BLK_F_SIZE_MAX)
		max_bytes = device->transport->config(device, CONFIG_SIZE_MAX, 4);
	if (!max_bytes) /* no limit: qemu-storage-daemon's vhost-user-blk */
		max_bytes = MAX_BYTES;
	disk->max_blocks = max_bytes / disk->block_size;
	if (!disk->max_blocks) {
		say("%s: segments of %u bytes are not supported\n", disk_name(disk), max_bytes);
		return ERR_UNSUPPORTED;
	}
	disk->blocks = virtio_config64(device, CONFIG_CAPACITY) >>
		       __builtin_ctz(disk->block_size / SECTOR_SIZE);
	disk->read_only = device->features & BLK_F_RO;
	return 0;
}

static int blk_start(struct virtio_blk *blk)
{
	struct virtio_device *device = blk->virtio;
	int error = virtio_init(device, BLK_FEATURES | (device->legacy ? 0 : BLK_F_CONFIG_WCE));

	if (error)
		return error;
	error = blk_read_config(blk);
	if (!error)
		error = virtio_add_queue(device, &blk->queue, REQUEST_QUEUE, SLOTS);
	if (error) {
		virtio_fail(device);
		return error;
	}
	virtio_start(device);
	return 0;
}

static int blk_probe(struct virtio_device *device)
{
	struct virtio_blk *blk = memory_alloc(sizeof(*blk), 8);
	int error;

	if (!blk)
		return ERR_NOMEM;
	device_init(&blk->unit, &virtio_unit_bus, &device->device, 0);
	device_name(&blk->unit, "virtio-blk", &device->device);
	blk->virtio = device;
	blk->disk.ops = &blk_ops;
	blk->disk.kind = DISK_HARD;
	blk->disk.device = &blk->unit;
	error = blk_start(blk);
	return error ? error : disk_register(&blk->disk);
}

VIRTIO_DRIVER(virtio_blk) = {
	.device_id = VIRTIO_ID_BLOCK,
	.probe = blk_probe,
};
