/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * virtio GPUs in two dimensions. The device has a picture of its own, a resource, which a
 * scanout shows. The pixels are in our memory; a flush tells the device to take a rectangle
 * of them over and to show it. All that is a command on the control queue with an answer;
 * every command is waited for, so that nothing is in flight when an operating system takes
 * over.
 *
 * A new mode is a new resource of that size over the same memory.
 *
 * Specification: virtio 1.2, 5.7 "GPU Device".
 */
#include <stddef.h>
#include <string.h>

#include "hw/display/display.h"
#include "hw/driver.h"
#include "hw/virtio/virtio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	CONTROL_QUEUE = 0,
	SCANOUT = 0,
	SCANOUTS = 16,
	BITS = 32,
	TIMEOUT_MS = 5000,
	BATCH = 2, /* commands under way at a time */
};

#define GPU_F_EDID (1ull << 1)

/* 5.7.6.7 "Device Operation: Request header" */
enum gpu_type {
	GPU_GET_DISPLAY_INFO = 0x0100,
	GPU_RESOURCE_CREATE_2D = 0x0101,
	GPU_RESOURCE_UNREF = 0x0102,
	GPU_SET_SCANOUT = 0x0103,
	GPU_RESOURCE_FLUSH = 0x0104,
	GPU_TRANSFER_TO_HOST_2D = 0x0105,
	GPU_RESOURCE_ATTACH_BACKING = 0x0106,
	GPU_GET_EDID = 0x010a,

	GPU_OK_NODATA = 0x1100,
	GPU_OK_DISPLAY_INFO = 0x1101,
	GPU_OK_EDID = 0x1104,

	GPU_FORMAT_B8G8R8X8 = 2,
};

struct gpu_header {
	uint32_t type;
	uint32_t flags;
	uint64_t fence;
	uint32_t context;
	uint32_t padding;
};

struct gpu_rectangle {
	uint32_t x, y, width, height;
};

/* 5.7.6.8 "Device Operation: controlq" */
struct gpu_command {
	struct gpu_header header;
	union {
		struct {
			uint32_t resource, format, width, height;
		} create;
		struct {
			uint32_t resource, padding;
		} unref;
		struct {
			struct gpu_rectangle rectangle;
			uint32_t scanout, resource;
		} set_scanout;
		struct {
			struct gpu_rectangle rectangle;
			uint32_t resource, padding;
		} flush;
		struct {
			struct gpu_rectangle rectangle;
			uint64_t offset;
			uint32_t resource, padding;
		} transfer;
		struct {
			uint32_t resource, entries;
			uint64_t address;
			uint32_t length, padding;
		} attach;
		struct {
			uint32_t scanout, padding;
		} get_edid;
	};
};

struct gpu_answer {
	struct gpu_header header;
	union {
		struct {
			struct gpu_rectangle rectangle;
			uint32_t enabled, flags;
		} modes[SCANOUTS];
		struct {
			uint32_t size, padding;
			uint8_t edid[1024];
		} edid;
	};
};

struct gpu {
	struct framebuffer framebuffer;
	struct virtio_device *device;
	struct virtqueue control;
	uint32_t resource; /* that is shown; 0: none */
	uint32_t start;    /* bytes, of the picture in the memory */
	bool lost;         /* the device failed: it is left alone */
	struct gpu_command commands[BATCH];
	struct gpu_answer answers[BATCH];
};

static struct gpu *gpu_of(struct framebuffer *framebuffer)
{
	return container_of(framebuffer, struct gpu, framebuffer);
}

/* --- commands -------------------------------------------------------------------- */

/* A command that says nothing yet but what it is; `which` of the batch. */
static struct gpu_command *begin(struct gpu *gpu, unsigned which, enum gpu_type type)
{
	struct gpu_command *command = &gpu->commands[which];

	memset(command, 0, sizeof(*command));
	command->header.type = type;
	return command;
}

/* Sends the first `count` commands of the batch and waits for their answers, of which the
 * last is to be of type `wanted`, the others OK_NODATA. Returns 0, or ERR_IO, which is
 * said. */
static int run(struct gpu *gpu, unsigned count, enum gpu_type wanted)
{
	int slots[BATCH], error = 0;

	if (gpu->lost)
		return ERR_IO;
	for (unsigned i = 0; i < count; i++) {
		const struct virtq_buffer buffers[] = {
			{ptr_phys(&gpu->commands[i]), sizeof(gpu->commands[i]), false},
			{ptr_phys(&gpu->answers[i]), sizeof(gpu->answers[i]), true},
		};

		memset(&gpu->answers[i], 0, sizeof(gpu->answers[i].header));
		slots[i] = virtq_submit(&gpu->control, buffers, ARRAY_SIZE(buffers));
	}
	virtq_kick(gpu->device, &gpu->control);
	for (unsigned i = 0; i < count && !error; i++)
		error = slots[i] < 0 ? slots[i] :
				       virtq_wait(gpu->device, &gpu->control, slots[i], TIMEOUT_MS);
	if (error) {
		gpu->lost = true;
		return ERR_IO;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t type = gpu->answers[i].header.type;

		if (type == (i + 1 == count ? wanted : GPU_OK_NODATA))
			continue;
		say("%s: command %xh was answered by %xh\n", gpu->device->device.name,
		    gpu->commands[i].header.type, type);
		return ERR_IO;
	}
	return 0;
}

static int run_one(struct gpu *gpu)
{
	return run(gpu, 1, GPU_OK_NODATA);
}

static int create(struct gpu *gpu, uint32_t resource, const struct framebuffer_mode *mode)
{
	struct gpu_command *command = begin(gpu, 0, GPU_RESOURCE_CREATE_2D);
	int error;

	command->create.resource = resource;
	command->create.format = GPU_FORMAT_B8G8R8X8;
	command->create.width = mode->width;
	command->create.height = mode->height;
	error = run_one(gpu);
	if (error)
		return error;
	command = begin(gpu, 0, GPU_RESOURCE_ATTACH_BACKING);
	command->attach.resource = resource;
	command->attach.entries = 1;
	command->attach.address = gpu->framebuffer.address;
	command->attach.length = gpu->framebuffer.size;
	return run_one(gpu);
}

static void forget(struct gpu *gpu, uint32_t resource)
{
	if (!resource)
		return;
	begin(gpu, 0, GPU_RESOURCE_UNREF)->unref.resource = resource;
	run_one(gpu);
}

static int show(struct gpu *gpu, uint32_t resource, const struct framebuffer_mode *mode)
{
	struct gpu_command *command = begin(gpu, 0, GPU_SET_SCANOUT);

	command->set_scanout.rectangle.width = mode->width;
	command->set_scanout.rectangle.height = mode->height;
	command->set_scanout.scanout = SCANOUT;
	command->set_scanout.resource = resource;
	return run_one(gpu);
}

/* --- modes ------------------------------------------------------------------------ */

static bool gpu_fits(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	mode->pitch = mode->width * (BITS / 8);
	return mode->bits == BITS && mode->pitch && mode->height <= framebuffer->size / mode->pitch;
}

static int gpu_set_mode(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	struct gpu *gpu = gpu_of(framebuffer);
	uint32_t before = gpu->resource, resource = before == 1 ? 2 : 1;
	int error = create(gpu, resource, mode);

	if (!error)
		error = show(gpu, resource, mode);
	if (error) {
		forget(gpu, resource);
		return error;
	}
	gpu->resource = resource;
	gpu->start = 0;
	forget(gpu, before);
	return 0;
}

static void gpu_flush(struct framebuffer *framebuffer, unsigned x, unsigned y, unsigned width,
		      unsigned height)
{
	const struct gpu_rectangle rectangle = {x, y, width, height};
	struct gpu *gpu = gpu_of(framebuffer);
	struct gpu_command *transfer = begin(gpu, 0, GPU_TRANSFER_TO_HOST_2D);
	struct gpu_command *flush = begin(gpu, 1, GPU_RESOURCE_FLUSH);

	transfer->transfer.rectangle = rectangle;
	transfer->transfer.offset = gpu->start + y * framebuffer->mode.pitch + x * (BITS / 8);
	transfer->transfer.resource = gpu->resource;
	flush->flush.rectangle = rectangle;
	flush->flush.resource = gpu->resource;
	if (run(gpu, 2, GPU_OK_NODATA))
		gpu->lost = true; /* its complaint is not repeated at each tick */
}

/* Lines are taken over from there on, all of them at once. */
static int gpu_show_from(struct framebuffer *framebuffer, unsigned line)
{
	gpu_of(framebuffer)->start = line * framebuffer->mode.pitch;
	gpu_flush(framebuffer, 0, 0, framebuffer->mode.width, framebuffer->mode.height);
	return 0;
}

static const struct framebuffer_ops gpu_ops = {
	.fits = gpu_fits,
	.set_mode = gpu_set_mode,
	.show_from = gpu_show_from,
	.flush = gpu_flush,
};

/* --- bringing it up ---------------------------------------------------------------- */

static void ask_edid(struct gpu *gpu)
{
	const struct gpu_answer *answer = &gpu->answers[0];
	uint8_t *edid;

	if (!(gpu->device->features & GPU_F_EDID))
		return;
	begin(gpu, 0, GPU_GET_EDID)->get_edid.scanout = SCANOUT;
	if (run(gpu, 1, GPU_OK_EDID) || answer->edid.size < EDID_SIZE)
		return;
	edid = memory_alloc(EDID_SIZE, 4);
	if (edid)
		display_set_edid(&gpu->framebuffer, memcpy(edid, answer->edid.edid, EDID_SIZE));
}

/* The size of the window, or what the user wants it to be. */
static int ask_size(struct gpu *gpu)
{
	const struct gpu_rectangle *rectangle = &gpu->answers[0].modes[SCANOUT].rectangle;
	int error;

	begin(gpu, 0, GPU_GET_DISPLAY_INFO);
	error = run(gpu, 1, GPU_OK_DISPLAY_INFO);
	if (error)
		return error;
	if (gpu->answers[0].modes[SCANOUT].enabled && rectangle->width <= UINT16_MAX &&
	    rectangle->height <= UINT16_MAX) {
		gpu->framebuffer.preferred_width = rectangle->width;
		gpu->framebuffer.preferred_height = rectangle->height;
	}
	return 0;
}

static int bring_up(struct gpu *gpu)
{
	int error = virtio_init(gpu->device, GPU_F_EDID);

	if (!error)
		error = virtio_add_queue(gpu->device, &gpu->control, CONTROL_QUEUE,
					 VIRTQ_KEPT_SLOTS);
	if (error)
		return error;
	virtio_start(gpu->device);
	ask_edid(gpu);
	error = ask_size(gpu);
	if (error)
		return error;
	display_set_users_size(&gpu->framebuffer);
	error = display_alloc(&gpu->framebuffer);
	return error ? error : framebuffer_register(&gpu->framebuffer);
}

static int gpu_probe(struct virtio_device *device)
{
	struct gpu *gpu = memory_alloc(sizeof(*gpu), 8);
	int error;

	if (!gpu)
		return ERR_NOMEM;
	gpu->device = device;
	gpu->framebuffer.device = &device->device;
	gpu->framebuffer.ops = &gpu_ops;
	error = bring_up(gpu);
	if (error)
		virtio_fail(device);
	return error;
}

VIRTIO_DRIVER(virtio_gpu) = {
	.device_id = VIRTIO_ID_GPU,
	.probe = gpu_probe,
};
