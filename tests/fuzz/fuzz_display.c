/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A virtio GPU that lies about its window, in its EDID and in its answers, with the real
 * driver and the text screen that is drawn there on the other side.
 *
 * An input is struct header, and then what the device does with each command (enum act),
 * until nothing is left; from then on it obeys.
 *
 * Whatever it does: nothing is drawn outside the picture (AddressSanitizer, and what was
 * announced to the device); every wait ends; a device that is left is told nothing more.
 */
#include <stdlib.h>
#include <string.h>

#include "bda.h"
#include "console/framebuffer.h"
#include "console/screen.h"
#include "fake_fw_cfg.h"
#include "fake_virtio.h"
#include "hw/driver.h"
#include "lib/memory.h"
#include "lib/util.h"

#pragma clang section bss = ""

enum {
	GET_DISPLAY_INFO = 0x100,
	CREATE = 0x101,
	FLUSH = 0x104,
	ATTACH = 0x106,
	GET_EDID = 0x10a,
	OK_NODATA = 0x1100,
	OK_DISPLAY_INFO = 0x1101,
	OK_EDID = 0x1104,
	F_EDID = 2,
};

struct header {
	uint8_t flags, edid_size;
	uint16_t queue_max;
	uint32_t window[6]; /* rectangle, enabled, flags */
	uint8_t edid[128];
	uint8_t text[16];
	uint16_t cursor, shape;
	uint16_t width, height; /* of a mode that a program sets */
} __attribute__((packed));

enum header_flags { LEGACY = 1, INDIRECT = 2, NO_EDID = 4, NO_FEATURES = 8, RESET_HANGS = 16 };

enum act { OBEY, REFUSE, SILENT, WILD_ID, WILD_INDEX, ACTS };

static struct fake_virtio fake;
static struct header header;
static const uint8_t *input;
static size_t left;
static uint32_t width, height; /* of the resource that was created last */

static uint8_t next_byte(void)
{
	return left ? (left--, *input++) : OBEY;
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* What the device would do with memory. */
static void check(const uint32_t *command)
{
	const uint32_t *words = command + 6;

	if (command[0] == CREATE) {
		width = words[2];
		height = words[3];
	}
	if (command[0] == ATTACH) {
		struct memory_range arena = memory_arena();

		must(words[1] == 1 && !words[3] && words[2] >= arena.start);
		must(words[4] >= width * height * 4 && words[4] <= arena.end - words[2]);
	}
	if (command[0] == FLUSH) {
		must(words[0] <= width && words[2] <= width - words[0]);
		must(words[1] <= height && words[3] <= height - words[1]);
	}
}

static void serve(struct fake_virtio *device, const struct virtq_buffer *buffers, unsigned count)
{
	const uint32_t *command = phys_ptr(buffers[0].address);
	uint32_t *answer = phys_ptr(buffers[1].address);
	uint8_t act = next_byte();

	must(count == 2 && buffers[1].device_writes);
	check(command);
	memset(answer, act, buffers[1].length);
	answer[0] = OK_NODATA;
	if (command[0] == GET_DISPLAY_INFO) {
		answer[0] = OK_DISPLAY_INFO;
		memcpy(answer + 6, header.window, sizeof(header.window));
	}
	if (command[0] == GET_EDID) {
		answer[0] = OK_EDID;
		answer[6] = header.edid_size;
		memcpy(answer + 8, header.edid, sizeof(header.edid));
	}
	switch (act % ACTS) {
	case REFUSE:
		answer[0] = act << 4;
		break;
	case SILENT:
		device->manner = FAKE_SILENT;
		break;
	case WILD_ID:
		fake_virtio_push_used(device, next_byte());
		break;
	case WILD_INDEX:
		fake_virtio_set_used(device, next_byte());
		break;
	}
}

static void use_screen(void)
{
	struct framebuffer *framebuffer = framebuffer_first();
	struct framebuffer_mode mode = {header.width, header.height, 32, 0};

	for (unsigned i = 0; i < sizeof(header.text); i++)
		screen_type(0, header.text[i], header.text[i]);
	bda()->cursor[0] = header.cursor;
	bda()->cursor_shape = header.shape;
	screen_tick();
	screen_set_mode(header.flags & 3, header.flags & 4);
	screen_print((const char *)header.text, sizeof(header.text));
	screen_tick();
	if (!framebuffer)
		return;
	if (framebuffer->ops->fits(framebuffer, &mode) && !framebuffer_take(framebuffer, &mode)) {
		must(mode.height * mode.pitch <= framebuffer->size);
		screen_tick();
		framebuffer_give_back(framebuffer);
	}
	screen_leave();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	input = data + sizeof(header);
	left = size - sizeof(header);
	width = height = 0;

	renew_firmware();
	machine_end_of_post();
	fake_fw_cfg_reset();
	screen_init();
	fake_virtio_init(&fake, header.flags & LEGACY,
			 (header.flags & INDIRECT ? VIRTIO_F_INDIRECT_DESC : 0) |
				 (header.flags & NO_EDID ? 0 : F_EDID),
			 header.queue_max);
	fake.refuses_features = header.flags & NO_FEATURES;
	fake.reset_hangs = header.flags & RESET_HANGS;
	fake.device.id = VIRTIO_ID_GPU;
	strcpy(fake.device.device.name, "virtio-mmio 12");
	fake.serve = serve;
	must(!virtio_probe(&fake.device) == !!framebuffer_first());
	use_screen();
	return 0;
}
