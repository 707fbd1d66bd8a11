/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Drivers of displays, with devices that keep to their specifications and with such as
 * lie: ramfb, the registers of Bochs VBE on PCI, virtio GPUs.
 */
#include <string.h>

#include "alone.h"
#include "console/framebuffer.h"
#include "fake_fw_cfg.h"
#include "fake_virtio.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "hw/pci/pci.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

/* --- in place of console/framebuffer.c --------------------------------------------- */

static struct framebuffer *shown;
static struct framebuffer_mode wanted; /* by the text */

int framebuffer_register(struct framebuffer *framebuffer)
{
	int error = 0;

	ok(framebuffer->device && framebuffer->device->name[0]);
	if (!framebuffer->ops->fits(framebuffer, &wanted))
		return ERR_UNSUPPORTED;
	error = framebuffer->ops->set_mode(framebuffer, &wanted);
	if (error)
		return error;
	framebuffer->mode = wanted;
	shown = framebuffer;
	return 0;
}

static bool fits(unsigned width, unsigned height, unsigned bits, uint32_t pitch)
{
	struct framebuffer_mode mode = {width, height, bits, 0};

	return shown->ops->fits(shown, &mode) && mode.pitch == pitch;
}

static bool prefers(unsigned width, unsigned height)
{
	return shown->preferred_width == width && shown->preferred_height == height;
}

static void begin(void)
{
	machine_reset();
	fake_fw_cfg_reset();
	shown = NULL;
	wanted = (struct framebuffer_mode){640, 480, 32, 0};
	say("\n"); /* behind which the banner is */
	machine_said("");
}

/* --- EDID ---------------------------------------------------------------------------- */

static void make_edid(uint8_t *edid, unsigned width, unsigned height)
{
	memset(edid, 0, 128);
	memset(edid + 1, 0xff, 6);
	edid[54] = 1; /* a clock */
	edid[56] = width;
	edid[58] = width >> 4 & 0xf0;
	edid[59] = height;
	edid[61] = height >> 4 & 0xf0;
	for (unsigned i = 0; i < 127; i++)
		edid[127] -= edid[i];
}

/* --- ramfb --------------------------------------------------------------------------- */

static int probe_ramfb(void)
{
	ok(fw_cfg_drivers_start + 1 == fw_cfg_drivers_end);
	ok(!strcmp(fw_cfg_drivers_start->file, "etc/ramfb"));
	ok(fw_cfg_drivers_start->size == sizeof("etc/ramfb"));
	return fw_cfg_drivers_start->probe(fw_cfg_find("etc/ramfb"));
}

static uint32_t field(unsigned offset)
{
	return get_be32(fake_fw_cfg_content("etc/ramfb") + offset);
}

static void ramfb(void)
{
	begin();
	fake_fw_cfg_add("etc/ramfb", NULL, 28);
	wanted.bits = 24;
	ok(!probe_ramfb());
	ok(!field(0) && field(4) == shown->address && field(8) == get_le32("RG24") && !field(12));
	ok(field(16) == 640 && field(20) == 480 && field(24) == 640 * 3);
	ok(!shown->edid && prefers(0, 0) && !shown->ops->flush && !shown->ops->set_palette);
	/* a quarter of 8 MiB is less than 1280x800 and 1024x768 want */
	ok(shown->size == align_up(640 * 480 * 4, 64 * KIB));
	ok(shown->address >= memory_arena().start && shown->address % PAGE_SIZE == 0);
	ok(fits(640, 480, 32, 2560) && fits(640, 480, 24, 1920) && !fits(640, 480, 16, 1280));
	ok(fits(320, 972, 32, 1280) && !fits(320, 973, 32, 1280) && !fits(640, 487, 32, 2560));
	ok(!fits(0, 480, 32, 0) && !fits(65535, 65535, 32, 65535 * 4) && fits(8, 8, 32, 32));
	wanted = (struct framebuffer_mode){64, 48, 32, 256};
	ok(!shown->ops->set_mode(shown, &wanted));
	ok(field(8) == get_le32("XR24") && field(16) == 64 && field(20) == 48);
	fake_fw_cfg_write_fails = true;
	ok(shown->ops->set_mode(shown, &wanted) && machine_was_silent());
}

static void ramfb_fails(void)
{
	begin();
	fake_fw_cfg_add("etc/ramfb", NULL, 27);
	ok(probe_ramfb() == ERR_INVAL);
	begin();
	fake_fw_cfg_add("etc/ramfb", NULL, 28);
	fake_fw_cfg_write_fails = true;
	ok(probe_ramfb() && !shown);
	begin();
	fake_fw_cfg_add("etc/ramfb", NULL, 28);
	while (memory_alloc_uncounted(64 << 10, 1))
		;
	ok(probe_ramfb() == ERR_NOMEM);
	while (memory_alloc_uncounted(16, 1))
		;
	ok(probe_ramfb() == ERR_NOMEM && machine_was_silent());
}

static void users_size(void)
{
	static const struct {
		const char *xres, *yres;
		unsigned width, height;
	} cases[] = {
		{"800", "600", 800, 600}, {"8192", "10", 8192, 10}, {"8193", "600", 0, 0},
		{"", "600", 0, 0},        {"800x", "600", 0, 0},    {"800", " 600", 0, 0},
		{"-800", "600", 0, 0},    {"800", "0", 0, 0},       {"99999999999", "600", 0, 0},
		{NULL, "600", 0, 0},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		fake_fw_cfg_add("etc/ramfb", NULL, 28);
		if (cases[i].xres)
			fake_fw_cfg_add("opt/org.petrel/xres", cases[i].xres,
					strlen(cases[i].xres));
		fake_fw_cfg_add("opt/org.petrel/yres", cases[i].yres, strlen(cases[i].yres));
		wanted.height = 10;
		ok(!probe_ramfb() && prefers(cases[i].width, cases[i].height));
		if (cases[i].width == 800)
			ok(shown->size == align_up(800 * 600 * 4, 64 * KIB));
	}
}

/* --- Bochs VBE on PCI ---------------------------------------------------------------- */

enum { REGISTERS = 0xc1000000, MEMORY = 0xc0000000, DISPI = 0x500 };

static struct {
	bool is_vga, refuses;
	uint16_t dispi[11];
	uint8_t edid[128];
	uint8_t ports[0x20]; /* of 3C0, as written last */
	bool index_is_next;
	uint8_t dac[768];
	unsigned dac_index;
} card;
static struct pci_function function;

uint16_t readw(uint32_t address)
{
	unsigned which = (address - REGISTERS - DISPI) / 2;

	ok(address >= REGISTERS + DISPI && which < 11 && address % 2 == 0);
	if (card.is_vga && card.dispi[4] & 2 && which >= 1 && which <= 3)
		return which == 3 ? 32 : 16000;
	return card.dispi[which];
}

void writew(uint32_t address, uint16_t value)
{
	unsigned which = (address - REGISTERS - DISPI) / 2;

	ok(address >= REGISTERS + DISPI && which && which < 10);
	if (card.refuses && which == 3)
		return;
	card.dispi[which] = value;
	if (card.is_vga && which == 1)
		card.dispi[1] &= ~7;
}

uint32_t readl(uint32_t address)
{
	unsigned offset = address - REGISTERS;

	ok(offset <= 124 && offset % 4 == 0);
	return get_le32(card.edid + offset);
}

uint8_t readb(uint32_t address)
{
	ok(address == REGISTERS + 0x41a && card.ports[2] & 1);
	card.index_is_next = true;
	return 0;
}

void writeb(uint32_t address, uint8_t value)
{
	unsigned port = address - REGISTERS - 0x400;

	ok(card.is_vga && port < 0x20);
	if (port == 0)
		ok(card.index_is_next);
	if (port == 8)
		card.dac_index = value * 3;
	else if (port == 9)
		card.dac[card.dac_index++ % 768] = value;
	else
		card.ports[port] = value;
}

/* Of configuration spaces, which these drivers do not write to. */
void writel(uint32_t address, uint32_t value)
{
	(void)value;
	ok(!address);
}

static const struct pci_driver *driver_for(uint16_t vendor)
{
	for (const struct pci_driver *d = pci_drivers_start; d < pci_drivers_end; d++)
		if (d->vendor == vendor)
			return d;
	return NULL;
}

static void begin_card(bool is_vga)
{
	begin();
	memset(&card, 0, sizeof(card));
	card.is_vga = is_vga;
	card.dispi[0] = 0xb0c5;
	card.dispi[10] = 256; /* 16 MiB */
	make_edid(card.edid, 1366, 768);
	function = (struct pci_function){.vendor = 0x1234, .id = 0x1111, .class_code = 0x030000};
	strcpy(function.device.name, "pci 00:01.0");
	function.regions[0] = (struct pci_region){.address = MEMORY, .size = 16 << 20};
	function.regions[2] = (struct pci_region){.address = REGISTERS, .size = 4096};
}

static int probe_card(void)
{
	return driver_for(0x1234)->probe(&function);
}

static void bochs_display(void)
{
	begin_card(false);
	wanted = (struct framebuffer_mode){1366, 768, 16, 0};
	ok(!probe_card() && shown->address == MEMORY && shown->size == 16 << 20);
	ok(shown->device == &function.device && prefers(1366, 768));
	ok(shown->edid && !memcmp(shown->edid, card.edid, 128));
	ok(!shown->ops->flush && !shown->ops->set_palette);
	ok(card.dispi[1] == 1366 && card.dispi[2] == 768 && card.dispi[3] == 16);
	ok((card.dispi[4] & 0x41) == 0x41 && card.dispi[6] == 1366);
	ok(!card.dispi[8] && !card.dispi[9]);
	ok(fits(1366, 768, 32, 1366 * 4) && !fits(1366, 768, 24, 1366 * 3));
	ok(!fits(640, 480, 8, 640) && !fits(640, 480, 15, 1280));
	ok(fits(2048, 2048, 32, 8192) && !fits(2048, 2049, 32, 8192) && !fits(0, 1, 32, 0));
	card.refuses = true;
	wanted.bits = 32;
	ok(shown->ops->set_mode(shown, &wanted) == ERR_IO);
	ok(card.dispi[1] == 1366 && card.dispi[4] & 1 && machine_was_silent());
}

static void vga(void)
{
	static const uint8_t colours[] = {0xff, 0x80, 0x04, 1, 2, 3};

	begin_card(true);
	ok(!probe_card() && prefers(1360, 768));
	ok(card.ports[0] == 0x20 && card.dispi[3] == 32);
	ok(fits(1360, 768, 8, 1360) && fits(640, 480, 15, 1280) && fits(640, 480, 24, 1920));
	ok(!fits(1366, 768, 32, 1366 * 4));
	shown->ops->set_palette(shown, 2, 2, colours);
	ok(card.dac[6] == 0x3f && card.dac[7] == 0x20 && card.dac[8] == 1 && !card.dac[9]);
	begin_card(true); /* its size is what is less: the BAR, or the register */
	card.dispi[10] = 32;
	ok(!probe_card() && shown->size == 2 << 20);
	begin_card(true);
	function.regions[0].size = 4 << 20;
	ok(!probe_card() && shown->size == 4 << 20);
}

static bool refused(const char *what)
{
	char line[100];

	snprintf(line, sizeof(line), "pci 00:01.0: %s\n", what);
	return probe_card() == ERR_NOENT && !shown && machine_said_only(line);
}

static void bad_cards(void)
{
	static const char unreachable[] = "its memory or its registers cannot be reached";
	static const char no_vbe[] = "a display without the registers of Bochs VBE";

	begin_card(true);
	function.regions[2].address = 0;
	ok(refused(unreachable));
	begin_card(true);
	function.regions[2].size = DISPI;
	ok(refused(unreachable));
	begin_card(true);
	function.regions[0].address = 1ull << 33;
	ok(refused(unreachable));
	begin_card(true);
	function.regions[0].size = 4096;
	ok(refused(unreachable));
	begin_card(true);
	card.dispi[0] = 0xffff;
	ok(refused(no_vbe));
	begin_card(true);
	card.dispi[0] = 0xb0c3;
	ok(refused(no_vbe));
	begin_card(true);
	card.dispi[10] = 0; /* no memory: no mode fits */
	ok(probe_card() == ERR_UNSUPPORTED && !shown);
	begin_card(false);
	card.refuses = true;
	ok(probe_card() == ERR_IO && !shown);
	begin_card(false);
	while (memory_alloc(16, 4))
		;
	ok(probe_card() == ERR_NOMEM);
}

static void bad_edid(void)
{
	begin_card(false);
	card.edid[127]++;
	ok(!probe_card() && !shown->edid && prefers(0, 0));
	begin_card(false);
	card.edid[0]++;
	card.edid[127]--;
	ok(!probe_card() && !shown->edid);
	begin_card(false);
	make_edid(card.edid, 4095, 4095);
	ok(!probe_card() && prefers(4095, 4095));
	begin_card(false); /* the first descriptor is no timing */
	card.edid[54] = 0;
	card.edid[127]++;
	ok(!probe_card() && shown->edid && prefers(0, 0));
	begin_card(false);
	fake_fw_cfg_add("opt/org.petrel/xres", "800", 3);
	fake_fw_cfg_add("opt/org.petrel/yres", "600", 3);
	ok(!probe_card() && shown->edid && prefers(800, 600));
}

/* The same id as a virtio-gpu-pci has. */
static void virtio_vga(void)
{
	const struct pci_driver *driver = driver_for(0x1af4);

	ok(driver->first_id == 0x1050 && driver->last_id == 0x1050);
	begin_card(true);
	ok(!driver->probe(&function) && shown);
	begin_card(true);
	function.class_code = 0x038000;
	ok(driver->probe(&function) == ERR_NOENT && !shown);
}

/* --- virtio GPUs ------------------------------------------------------------------------ */

enum {
	GET_DISPLAY_INFO = 0x100,
	CREATE = 0x101,
	UNREF = 0x102,
	SET_SCANOUT = 0x103,
	FLUSH = 0x104,
	TRANSFER = 0x105,
	ATTACH = 0x106,
	GET_EDID = 0x10a,
	OK_NODATA = 0x1100,
	OK_DISPLAY_INFO = 0x1101,
	OK_EDID = 0x1104,
	UNSPECIFIED = 0x1200,
	MAX_COMMANDS = 32,
	WORDS = 24,
};

#define F_EDID (1ull << 1)

static struct fake_virtio fake;
static uint32_t commands[MAX_COMMANDS][WORDS]; /* what came, as words */
static unsigned count;
static uint32_t answers_wrong; /* this command, with ... */
static uint32_t wrong_answer;
static uint32_t info[6]; /* of the first scanout: rectangle, enabled, flags */
static uint32_t edid_size;
static uint8_t edid[128];

static void serve(struct fake_virtio *device, const struct virtq_buffer *buffers, unsigned n)
{
	uint32_t *command = commands[count++ % MAX_COMMANDS], *answer;

	(void)device;
	ok(n == 2 && !buffers[0].device_writes && buffers[1].device_writes);
	ok(buffers[0].length == 56);
	ok(buffers[1].length == 24 + 8 + 1024);
	memset(command, 0, sizeof(commands[0]));
	memcpy(command, phys_ptr(buffers[0].address), buffers[0].length);
	answer = phys_ptr(buffers[1].address);
	memset(answer, 0xee, buffers[1].length);
	answer[0] = OK_NODATA;
	if (command[0] == GET_DISPLAY_INFO) {
		answer[0] = OK_DISPLAY_INFO;
		memcpy(answer + 6, info, sizeof(info));
	}
	if (command[0] == GET_EDID) {
		answer[0] = OK_EDID;
		answer[6] = edid_size;
		memcpy(answer + 8, edid, sizeof(edid));
	}
	if (command[0] == answers_wrong)
		answer[0] = wrong_answer;
}

static void begin_gpu(bool legacy, uint64_t offers)
{
	static const uint32_t window[] = {0, 0, 800, 600, 1, 0};

	begin();
	fake_virtio_init(&fake, legacy, offers, 64);
	fake.device.id = VIRTIO_ID_GPU;
	strcpy(fake.device.device.name, "virtio-mmio 12");
	fake.serve = serve;
	count = 0;
	answers_wrong = 0;
	memcpy(info, window, sizeof(info));
	edid_size = 256;
	make_edid(edid, 1024, 768);
}

static bool sent(unsigned i, uint32_t type, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t *words = commands[i] + 6;

	return i < count && commands[i][0] == type && words[0] == a && words[1] == b &&
	       words[2] == c && words[3] == d;
}

static void gpu(bool legacy)
{
	begin_gpu(legacy, F_EDID);
	ok(!virtio_probe(&fake.device));
	ok(sent(0, GET_EDID, 0, 0, 0, 0) && sent(1, GET_DISPLAY_INFO, 0, 0, 0, 0));
	ok(prefers(800, 600) && shown->edid && !memcmp(shown->edid, edid, 128));
	ok(shown->size == align_up(800 * 600 * 4, 64 * KIB));
	ok(sent(2, CREATE, 1, 2, 640, 480));
	ok(sent(3, ATTACH, 1, 1, shown->address, 0) && commands[3][10] == shown->size);
	ok(sent(4, SET_SCANOUT, 0, 0, 640, 480) && !commands[4][10] && commands[4][11] == 1);
	ok(count == 5 && !shown->ops->set_palette);
	ok(fits(640, 480, 32, 2560) && !fits(640, 480, 24, 1920) && !fits(640, 480, 16, 1280));
	ok(!fits(800, 615, 32, 3200) && !fits(0, 1, 32, 0));
	fake.notified = 0;
	shown->ops->flush(shown, 3, 4, 50, 60);
	ok(sent(5, TRANSFER, 3, 4, 50, 60) && commands[5][10] == 4 * 2560 + 3 * 4);
	ok(commands[5][12] == 1);
	ok(sent(6, FLUSH, 3, 4, 50, 60) && commands[6][10] == 1);
	ok(count == 7 && fake.notified == 1);
	wanted = (struct framebuffer_mode){320, 200, 32, 1280};
	ok(!shown->ops->set_mode(shown, &wanted));
	ok(sent(7, CREATE, 2, 2, 320, 200) && commands[9][11] == 2 && sent(10, UNREF, 1, 0, 0, 0));
	ok(count == 11 && fake.queue.avail->index == fake.queue.used->index);
	ok(machine_was_silent());
}

static void modern_gpu(void)
{
	gpu(false);
}

static void legacy_gpu(void)
{
	gpu(true);
}

/* What it says of sizes is no more than a wish. */
static void gpu_sizes(void)
{
	static const struct {
		uint32_t width, height, enabled, preferred_width, size;
	} cases[] = {
		{800, 600, 0, 0, 640 * 480 * 4},         {0, 0, 1, 0, 640 * 480 * 4},
		{0xffffffff, 600, 1, 0, 640 * 480 * 4},  {65535, 65535, 1, 65535, 640 * 480 * 4},
		{32768, 32769, 1, 32768, 640 * 480 * 4}, {8192, 8192, 1, 8192, 640 * 480 * 4},
		{700, 700, 1, 700, 700 * 700 * 4},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_gpu(false, 0);
		info[2] = cases[i].width;
		info[3] = cases[i].height;
		info[4] = cases[i].enabled;
		ok(!virtio_probe(&fake.device));
		ok(shown->preferred_width == cases[i].preferred_width && !shown->edid);
		ok(shown->size == align_up(cases[i].size, 64 * KIB));
		ok(sent(0, GET_DISPLAY_INFO, 0, 0, 0, 0));
	}
}

static void gpu_edid(void)
{
	begin_gpu(false, F_EDID);
	edid_size = 127;
	ok(!virtio_probe(&fake.device) && !shown->edid);
	begin_gpu(false, F_EDID);
	edid[5] = 0;
	ok(!virtio_probe(&fake.device) && !shown->edid);
	begin_gpu(false, F_EDID);
	answers_wrong = GET_EDID;
	wrong_answer = UNSPECIFIED;
	ok(!virtio_probe(&fake.device) && !shown->edid && prefers(800, 600));
	ok(machine_said_only("virtio-mmio 12: command 10ah was answered by 1200h\n"));
	begin_gpu(false, F_EDID);
	edid_size = 0xffffffff;
	ok(!virtio_probe(&fake.device) && shown->edid);
}

static void gpu_refuses(void)
{
	static const struct {
		uint32_t command, answer;
		const char *said;
	} cases[] = {
		{GET_DISPLAY_INFO, OK_NODATA,
		 "virtio-mmio 12: command 100h was answered by 1100h\n"},
		{CREATE, 0x1201, "virtio-mmio 12: command 101h was answered by 1201h\n"},
		{ATTACH, 0, "virtio-mmio 12: command 106h was answered by 0h\n"},
		{SET_SCANOUT, 0x1202, "virtio-mmio 12: command 103h was answered by 1202h\n"},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_gpu(false, 0);
		answers_wrong = cases[i].command;
		wrong_answer = cases[i].answer;
		ok(virtio_probe(&fake.device) == ERR_IO && !shown);
		ok(machine_said_only(cases[i].said) && fake.status & VIRTIO_FAILED);
		if (i)
			ok(sent(count - 1, UNREF, 1, 0, 0, 0));
	}
	begin_gpu(false, 0);
	fake.queue_max = 0;
	ok(virtio_probe(&fake.device) == ERR_NOENT && !shown && fake.status & VIRTIO_FAILED);
	begin_gpu(false, 0);
	while (memory_alloc_uncounted(256 << 10, 1))
		;
	ok(virtio_probe(&fake.device) == ERR_NOMEM && !shown);
}

/* A device that is gone is left alone, after one line. */
static void gpu_is_gone(void)
{
	unsigned before;

	begin_gpu(false, 0);
	ok(!virtio_probe(&fake.device));
	fake.manner = FAKE_SILENT;
	shown->ops->flush(shown, 0, 0, 1, 1);
	ok(machine_said_only("virtio-mmio 12: no answer within 5000 ms\n"));
	before = fake.notified;
	fake.manner = FAKE_OBEYS;
	shown->ops->flush(shown, 0, 0, 1, 1);
	ok(shown->ops->set_mode(shown, &wanted) == ERR_IO);
	ok(fake.notified == before && machine_was_silent());
	begin_gpu(false, 0);
	ok(!virtio_probe(&fake.device));
	answers_wrong = TRANSFER;
	wrong_answer = 0x1203;
	shown->ops->flush(shown, 0, 0, 1, 1);
	ok(machine_said_only("virtio-mmio 12: command 105h was answered by 1203h\n"));
	shown->ops->flush(shown, 0, 0, 1, 1);
	ok(machine_was_silent());
	begin_gpu(false, 0);
	fake.manner = FAKE_ASKS_FOR_RESET;
	ok(virtio_probe(&fake.device) == ERR_IO && !shown);
	ok(machine_said_once("virtio-mmio 12: "));
	begin_gpu(false, 0);
	ok(!virtio_probe(&fake.device));
	fake_virtio_push_used(&fake, 99);
	shown->ops->flush(shown, 0, 0, 1, 1);
	ok(machine_said_only("virtio-mmio 12: the used ring makes no sense\n"));
}

int main(void)
{
	alone(ramfb);
	alone(ramfb_fails);
	alone(users_size);
	alone(bochs_display);
	alone(vga);
	alone(bad_cards);
	alone(bad_edid);
	alone(virtio_vga);
	alone(modern_gpu);
	alone(legacy_gpu);
	alone(gpu_sizes);
	alone(gpu_edid);
	alone(gpu_refuses);
	alone(gpu_is_gone);
	return done();
}
