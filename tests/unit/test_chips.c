/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Small drivers, by what they write where: serial ports, virtio-mmio's registers, memory
 * types, the local APIC, the reset register, the debug port, a board without tables.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "console/console.h"
#include "entry.h"
#include "fake_io.h"
#include "hw/board.h"
#include "hw/clock.h"
#include "hw/cpu.h"
#include "hw/debugcon.h"
#include "hw/driver.h"
#include "hw/lapic.h"
#include "hw/reset.h"
#include "hw/uart.h"
#include "hw/virtio/virtio.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum { MAX_WRITES = 200, PORTS = 0x10000, BASE = 0x50000 };

/* --- all that is written, in order ----------------------------------------------------------- */

static struct {
	uint32_t at;
	uint64_t value;
} writes[MAX_WRITES];
static unsigned write_count;

static void note(uint32_t at, uint64_t value)
{
	ok(write_count < MAX_WRITES);
	writes[write_count].at = at;
	writes[write_count++].value = value;
}

/* Whether exactly these came, as pairs of place and value, since the last call. */
static bool wrote(unsigned count, const uint64_t (*expected)[2])
{
	bool same = write_count == count;

	for (unsigned i = 0; same && i < count; i++)
		same = writes[i].at == expected[i][0] && writes[i].value == expected[i][1];
	for (unsigned i = 0; !same && i < write_count; i++)
		printf("wrote %llx to %x\n", (unsigned long long)writes[i].value, writes[i].at);
	write_count = 0;
	return same;
}

#define WROTE(...)                                                                                 \
	wrote(sizeof((const uint64_t[][2]){__VA_ARGS__}) / sizeof(uint64_t[2]),                    \
	      (const uint64_t[][2]){__VA_ARGS__})

/* --- ports -------------------------------------------------------------------------------------- */

static uint8_t ports[PORTS];
static bool is_uart[PORTS]; /* its first port */
static bool pci;
static uint32_t pci_address;
static unsigned status_reads;
static unsigned busy_reads; /* so many looks at the line status find it busy */

static bool is_chip(uint16_t port)
{
	return is_uart[port & ~7];
}

void outb(uint16_t port, uint8_t value)
{
	note(port, value);
	if (is_chip(port))
		ports[port] = value;
}

uint8_t inb(uint16_t port)
{
	if (port == 0x402)
		return ports[port];
	if (!is_chip(port))
		return 0xff;
	if ((port & 7) == 5) {
		status_reads++;
		if (busy_reads) {
			busy_reads--;
			return ports[port] & ~0x20;
		}
	}
	return ports[port];
}

void outl(uint16_t port, uint32_t value)
{
	ok(port == 0xcf8);
	pci_address = value;
}

uint32_t inl(uint16_t port)
{
	ok(port == 0xcf8);
	return pci ? pci_address : UINT32_MAX;
}

bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > deadline->duration_ms;
}

/* --- consoles ------------------------------------------------------------------------------------- */

static struct console *console;
static unsigned consoles;
static bool other_console;

void console_register(struct console *registered)
{
	console = registered;
	consoles++;
}

bool console_present(void)
{
	return consoles || other_console;
}

/* --- what tables say ---------------------------------------------------------------------------- */

static struct aml_resource resources[4];
static unsigned resource_count;
static int resources_error;

int aml_resources(struct aml *aml, const struct aml_device *device, struct aml_resources *crs)
{
	(void)aml, (void)device;
	crs->index = 0;
	return resources_error;
}

int aml_next_resource(struct aml_resources *crs, struct aml_resource *resource)
{
	if (crs->index == resource_count)
		return 0;
	*resource = resources[crs->index++];
	return 1;
}

/* The driver for an id. */
static const struct acpi_driver *driver_for(const char *id)
{
	for (const struct acpi_driver *d = acpi_drivers_start; d < acpi_drivers_end; d++)
		for (unsigned i = 0; i < ACPI_DRIVER_IDS; i++)
			if (d->ids[i] && !strcmp(d->ids[i], id))
				return d;
	ok(false);
	abort();
}

static int probe(const char *id, uint8_t kind, uint64_t base, uint64_t length)
{
	resources[0] = (struct aml_resource){.kind = AML_IRQ, .base = base, .length = length};
	resources[1] = (struct aml_resource){.kind = kind, .base = base, .length = length};
	resource_count = 2;
	return driver_for(id)->probe(NULL, NULL);
}

/* --- the processor -------------------------------------------------------------------------------- */

struct smp_msr smp_msrs[SMP_MSRS];
uint32_t smp_msr_count;
static uint32_t refused_msr, cpuid_edx, largest_leaf, address_bits;
static uint64_t mtrr_cap, mtrr_type;

bool try_wrmsr(uint32_t index, uint64_t value)
{
	note(index, value);
	return index != refused_msr;
}

uint64_t rdmsr(uint32_t index)
{
	ok(cpuid_edx & 1 << 12 && (index == 0xfe || index == 0x2ff));
	return index == 0xfe ? mtrr_cap : mtrr_type;
}

struct cpuid_registers cpuid(uint32_t leaf)
{
	if (leaf == 1)
		return (struct cpuid_registers){.edx = cpuid_edx};
	if (leaf == 0x80000000)
		return (struct cpuid_registers){.eax = largest_leaf};
	ok(leaf == 0x80000008 && largest_leaf >= leaf);
	return (struct cpuid_registers){.eax = 0x3000 | address_bits};
}

/* --- registers in memory --------------------------------------------------------------------------- */

static struct {
	uint32_t magic, version, id;
} slots[8], slot;
static uint32_t features[2], selected_features, selected_queue, mmio_status, generation;

uint32_t readl(uint32_t address)
{
	uint32_t at = address - BASE;

	if (address == 0xfee00390)
		return 0x12345;
	if (address >= 0xfeb00000 && address < 0xfeb01000) {
		at = address % 0x200;
		slot = slots[(address - 0xfeb00000) / 0x200];
	}
	switch (at) {
	case 0x00:
		return slot.magic;
	case 0x04:
		return slot.version;
	case 0x08:
		return slot.id;
	case 0x10:
		return features[selected_features];
	case 0x34:
		return selected_queue == 3 ? 128 : 0;
	case 0x70:
		return mmio_status;
	case 0xfc:
		return generation;
	default:
		ok(false);
		return 0;
	}
}

void writel(uint32_t address, uint32_t value)
{
	note(address, value);
	if (address == BASE + 0x14)
		selected_features = value;
	if (address == BASE + 0x30)
		selected_queue = value;
}

static struct virtio_device *found;
static int virtio_result;
static unsigned virtio_probes;

int virtio_probe(struct virtio_device *device)
{
	found = device;
	virtio_probes++;
	return virtio_result;
}

static jmp_buf after_reset;

void clock_wait_us(uint64_t microseconds)
{
	ok(microseconds == 10000);
	longjmp(after_reset, 1);
}

/* --- serial ports ----------------------------------------------------------------------------------- */

static void begin(void)
{
	machine_reset();
	say("\n"); /* behind which the banner is */
	machine_said("");
	memset(bda(), 0, sizeof(struct bda));
	write_count = 0;
}

static void chip_at(uint16_t port)
{
	is_uart[port] = true;
	ports[port + 5] = 0x60;
}

static void uart_is_set_up(void)
{
	begin();
	chip_at(0x2f8);
	ok(!probe("PNP0501", AML_IO, 0x2f8, 8));
	ok(WROTE({0x2f9, 0}, {0x2fb, 0x83}, {0x2f8, 1}, {0x2f9, 0}, {0x2fb, 0x03}, {0x2fa, 1},
		 {0x2fc, 3}));
	ok(!consoles); /* not COM1: it waits */
	bda()->equipment = 0x20;
	uart_start();
	ok(consoles == 1 && machine_was_silent());
	ok(bda()->com_port[0] == 0x2f8 && !bda()->com_port[1] && bda()->com_timeout[0] == 1 &&
	   !bda()->com_timeout[1] && bda()->equipment == 0x220);
	write_count = 0;
}

/* QEMU's FIFO takes 16 bytes: one look at the status for as many. */
static void uart_output(void)
{
	char text[64];

	memset(text, 'a', sizeof(text));
	uart_is_set_up();
	status_reads = 0;
	ok(console->ops->output.write(console, text, 16) && write_count == 16 && !status_reads);
	ok(writes[15].at == 0x2f8 && writes[15].value == 'a');
	ok(console->ops->output.write(console, text, 16) && write_count == 32 && status_reads == 1);
	ok(console->ops->output.write(console, text, 17) && status_reads == 3);
	ok(console->ops->output.write(console, text, 0) && status_reads == 3);
	write_count = 0;
	busy_reads = 400; /* it takes its time */
	ok(console->ops->output.write(console, text, 16) && write_count == 16 && !busy_reads);
	busy_reads = 100000; /* and for ever: half a second */
	ok(!console->ops->output.write(console, text, 16) && busy_reads == 100000 - 501);
	ok(write_count == 31 && !console->ops->output.ready(console));
	busy_reads = 0;
	ok(console->ops->output.ready(console));
	status_reads = 0;
	ok(console->ops->output.write(console, text, 16) && !status_reads);
}

static void uart_input(void)
{
	uart_is_set_up();
	ok(console->ops->read(console) == -1);
	ports[0x2fd] = 0x61;
	ports[0x2f8] = 'k';
	ok(console->ops->read(console) == 'k');
	ports[0x2f8] = 0xe9;
	ok(console->ops->read(console) == 0xe9);
	ports[0x2fd] = 0x71;
	ok(console->ops->read(console) == CONSOLE_BREAK);
	ports[0x2fd] = 0xff; /* the chip has gone */
	ok(console->ops->read(console) == -1);
}

/* Somebody has typed before POST: the byte is not lost with the FIFO. */
static void typed_early(void)
{
	begin();
	chip_at(0x3f8);
	ports[0x3fd] = 0x61;
	ports[0x3f8] = 1; /* which is also the divisor, in this chip of little memory */
	ok(!probe("PNP0500", AML_IO, 0x3f8, 8));
	ok(WROTE({0x3f9, 0}, {0x3fb, 0x83}, {0x3f8, 1}, {0x3f9, 0}, {0x3fb, 0x03}, {0x3fc, 0x10},
		 {0x3fa, 1}, {0x3fc, 3}));
	ports[0x3fd] = 0x60;
	ok(consoles == 1); /* COM1 at once */
	ok(console->ops->read(console) == 1 && console->ops->read(console) == -1);
}

static void busy_at_first(void)
{
	begin();
	chip_at(0x3f8);
	busy_reads = 1;
	ok(!probe("PNP0501", AML_IO, 0x3f8, 8));
	status_reads = 0;
	ok(console->ops->output.write(console, "x", 1) && status_reads == 1);
}

/* Tables list them in any order. */
static void uart_order(void)
{
	static const uint16_t order[] = {0x5000, 0x2e8, 0x2f8, 0x3e8};

	begin();
	for (unsigned i = 0; i < 4; i++) {
		chip_at(order[i]);
		ok(!probe("PNP0501", AML_IO, order[i], 8));
	}
	chip_at(0x3f8);
	ok(probe("PNP0501", AML_IO, 0x3f8, 8) == ERR_NOMEM); /* a fifth */
	uart_start();
	ok(bda()->com_port[0] == 0x2f8 && bda()->com_port[1] == 0x3e8 &&
	   bda()->com_port[2] == 0x2e8 && bda()->com_port[3] == 0x5000);
	ok(bda()->com_timeout[3] == 1 && bda()->equipment == 4 << 9 && consoles == 1);
	write_count = 0;
	ok(console->ops->output.write(console, "x", 1) && WROTE({0x2f8, 'x'}));
}

static void uart_com1_first(void)
{
	begin();
	chip_at(0x2f8);
	chip_at(0x3f8);
	ok(!probe("PNP0501", AML_IO, 0x2f8, 8) && !consoles);
	ok(!probe("PNP0501", AML_IO, 0x3f8, 8) && consoles == 1);
	uart_start();
	ok(consoles == 1 && bda()->com_port[0] == 0x3f8 && bda()->com_port[1] == 0x2f8);
}

static void uart_bad_resources(void)
{
	begin();
	ok(probe("PNP0501", AML_IO, 0x3f8, 7) == ERR_INVAL);
	ok(probe("PNP0501", AML_MEMORY, 0x3f8, 8) == ERR_INVAL);
	ok(probe("PNP0501", AML_IO, 0xfff8, 8) == ERR_INVAL);
	ok(!write_count);
	resources_error = ERR_NOENT;
	ok(probe("PNP0501", AML_IO, 0x3f8, 8) == ERR_INVAL);
	resources_error = 0;
	ok(!probe("PNP0501", AML_IO, 0xfff7, 8));
}

/* No table lists a chip, but it answers. */
static void uart_unlisted(void)
{
	begin();
	chip_at(0x3f8);
	uart_start();
	ok(consoles == 1 && bda()->com_port[0] == 0x3f8 && writes[0].at == 0x3ff);
}

static void uart_nowhere(void)
{
	begin();
	uart_start();
	ok(!consoles && !bda()->com_port[0] && !bda()->equipment);
	driver_for("PNP0501")->search();
	ok(!consoles);
}

static void uart_with_another_console(void)
{
	begin();
	other_console = true;
	chip_at(0x3f8);
	uart_start();
	ok(!consoles && !bda()->com_port[0]);
}

static void uart_by_search(void)
{
	begin();
	chip_at(0x3f8);
	driver_for("PNP0501")->search();
	ok(consoles == 1);
	uart_start();
	ok(consoles == 1 && bda()->com_port[0] == 0x3f8 && !bda()->com_port[1]);
}

/* etc/sercon-port: that chip and no other. */
static void uart_asked_for(void)
{
	begin();
	chip_at(0x3f8);
	chip_at(0x2e8);
	uart_set_console(0x2e8);
	ok(!probe("PNP0501", AML_IO, 0x3f8, 8) && !consoles);
	other_console = true;
	uart_start();
	ok(consoles == 1 && bda()->com_port[0] == 0x3f8);
	write_count = 0;
	ok(console->ops->output.write(console, "x", 1) && WROTE({0x2e8, 'x'}));
}

static void uart_asked_for_none(void)
{
	begin();
	chip_at(0x3f8);
	uart_set_console(0);
	ok(!probe("PNP0501", AML_IO, 0x3f8, 8));
	uart_start();
	ok(!consoles && bda()->com_port[0] == 0x3f8);
}

static void uart_asked_for_nonsense(void)
{
	static const uint16_t nonsense[] = {0xff, 0xfff8};

	for (unsigned i = 0; i < 2; i++) {
		begin();
		is_uart[nonsense[i] & ~7] = true;
		uart_set_console(nonsense[i]);
		uart_start();
		ok(!consoles && !write_count);
	}
	begin();
	chip_at(0x100);
	uart_set_console(0x100);
	uart_start();
	ok(consoles == 1);
}

static void uart_no_memory(void)
{
	begin();
	chip_at(0x3f8);
	while (memory_alloc_low(1, 1))
		;
	ok(probe("PNP0501", AML_IO, 0x3f8, 8) == ERR_NOMEM && !consoles);
}

/* --- virtio-mmio ------------------------------------------------------------------------------------- */

static void mmio(bool legacy)
{
	const struct virtio_transport *t;
	struct virtqueue queue = {.index = 3, .size = 64};
	struct edd_path edd = {0};
	char path[64];

	begin();
	slot.magic = 0x74726976;
	slot.version = legacy ? 1 : 2;
	slot.id = 2;
	virtio_result = ERR_UNSUPPORTED;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_UNSUPPORTED && virtio_probes == 1);
	ok(found->id == 2 && found->legacy == legacy && found->device.order == UINT32_MAX - BASE);
	ok(!strcmp(found->device.name, "virtio-mmio 00050000") && !found->device.parent);
	device_path(&found->device, path, sizeof(path));
	ok(!strcmp(path, "/virtio-mmio@0000000000050000"));
	device_edd_path(&found->device, &edd);
	ok(!memcmp(edd.bus, "MMIO", 4) && edd.interface_path == BASE);
	ok(!write_count);
	t = found->transport;
	features[0] = 0x89abcdef;
	features[1] = 0x01234567;
	ok(t->get_features(found) == (legacy ? 0x89abcdef : 0x0123456789abcdefull));
	ok(legacy ? !write_count : WROTE({BASE + 0x14, 0}, {BASE + 0x14, 1}));
	t->set_features(found, 0x1122334455667788);
	if (legacy)
		ok(WROTE({BASE + 0x20, 0x55667788}, {BASE + 0x28, VIRTQ_PAGE}));
	else
		ok(WROTE({BASE + 0x24, 0}, {BASE + 0x20, 0x55667788}, {BASE + 0x24, 1},
			 {BASE + 0x20, 0x11223344}));
	mmio_status = 0x4f;
	ok(t->get_status(found) == 0x4f);
	t->set_status(found, 0x80);
	ok(WROTE({BASE + 0x70, 0x80}));
	ok(t->queue_max(found, 2) == 0 && WROTE({BASE + 0x30, 2}));
	ok(t->queue_max(found, 3) == 128 && WROTE({BASE + 0x30, 3}));
	queue.desc = phys_ptr(0x60200);
	queue.avail = phys_ptr(0x60600);
	queue.used = phys_ptr(0x60800);
	t->set_queue(found, &queue);
	if (legacy)
		ok(WROTE({BASE + 0x38, 64}, {BASE + 0x3c, VIRTQ_ALIGN},
			 {BASE + 0x40, 0x60200 / VIRTQ_PAGE}));
	else
		ok(WROTE({BASE + 0x38, 64}, {BASE + 0x80, 0x60200}, {BASE + 0x84, 0},
			 {BASE + 0x90, 0x60600}, {BASE + 0x94, 0}, {BASE + 0xa0, 0x60800},
			 {BASE + 0xa4, 0}, {BASE + 0x44, 1}));
	t->notify(found, &queue);
	ok(WROTE({BASE + 0x50, 3}));
	machine_end_of_post();
	memcpy(phys_ptr(BASE + 0x108), "\x11\x22\x33\x44\x55", 5);
	ok(t->config(found, 8, 1) == 0x11 && t->config(found, 8, 2) == 0x2211);
	ok(t->config(found, 8, 4) == 0x44332211);
	t->set_config8(found, 12, 0x99);
	ok(*(uint8_t *)phys_ptr(BASE + 0x10c) == 0x99);
	generation = 77;
	ok(t->config_generation(found) == (legacy ? 0 : 77));
	ok(!write_count && machine_was_silent());
}

static void mmio_legacy(void)
{
	mmio(true);
}

static void mmio_modern(void)
{
	mmio(false);
}

static void mmio_refused(void)
{
	begin();
	slot.magic = 0x74726976;
	slot.version = 1;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_NOENT); /* empty */
	slot.id = 1;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x100) == ERR_INVAL);
	ok(probe("LNRO0005", AML_IO, BASE, 0x200) == ERR_INVAL);
	ok(probe("LNRO0005", AML_MEMORY, 0xffffff00, 0x101) == ERR_INVAL);
	ok(probe("LNRO0005", AML_MEMORY, 0x100000000, 0x200) == ERR_INVAL);
	resources_error = ERR_NOENT;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_INVAL);
	resources_error = 0;
	slot.version = 3;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_UNSUPPORTED);
	slot.version = 0;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_UNSUPPORTED);
	slot.version = 2;
	slot.magic++;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_INVAL && !virtio_probes);
	slot.magic--;
	ok(!probe("LNRO0005", AML_MEMORY, BASE, 0x101) && virtio_probes == 1);
	while (memory_alloc_raw(16, 1))
		;
	ok(probe("LNRO0005", AML_MEMORY, BASE, 0x200) == ERR_NOMEM);
}

/* A microvm without tables has eight slots. */
static void mmio_slots(void)
{
	begin();
	for (unsigned i = 0; i < 8; i++) {
		slots[i].magic = 0x74726976;
		slots[i].version = 1;
		slots[i].id = i == 0 || i == 7 ? 2 : 0;
	}
	slots[3].version = 7;
	driver_for("LNRO0005")->search();
	ok(virtio_probes == 2 && found->device.address == 0xfeb00e00);
	ok(machine_said_once("virtio-mmio feb00600: cannot be used, error -"));
}

/* --- memory types ------------------------------------------------------------------------------------ */

/* The type of an address, by the registers that were written: SDM, 12.11.3. */
static unsigned type_of(uint64_t address)
{
	unsigned type = 6;

	for (unsigned i = 0; i + 1 < write_count; i++) {
		uint32_t index = writes[i].at;
		uint64_t mask = writes[i + 1].value;

		if (index < 0x200 || index >= 0x20c || index & 1)
			continue;
		ok(writes[i + 1].at == index + 1 && mask & 1 << 11);
		mask &= ~0xfffull;
		if ((address & mask) == (writes[i].value & mask))
			type = writes[i].value & 0xff;
	}
	return type;
}

static void memory_types(void)
{
	static const uint32_t uncached[] = {0xc0000000, 0xdfffffff, 0xe0000000, 0xf0000000,
					    0xf8000000, 0xfc000000, 0xfeffffff};
	static const uint64_t cached[] = {0,          0x100000,   0xbfffffff,    0xff000000,
					  0xffffffff, 1ull << 32, 0x1c0000000ull};

	begin();
	cpuid_edx = 1 << 12;
	mtrr_cap = 0x508; /* eight variable ones, and the fixed ones */
	largest_leaf = 0x80000008;
	address_bits = 40;
	ok(!cpu_is_set_up());
	cpu_init();
	ok(writes[0].at == 0x250 && writes[0].value == 0x0606060606060606);
	ok(writes[1].at == 0x258 && writes[1].value == 0x0606060606060606);
	ok(writes[2].at == 0x259 && writes[2].value == 0);
	for (unsigned i = 0; i < 8; i++)
		ok(writes[3 + i].at == 0x268 + i && writes[3 + i].value == 0x0606060606060606);
	ok(write_count == 11 + 12 + 1 && writes[23].at == 0x2ff && writes[23].value == 0xc06);
	for (unsigned i = 0; i < sizeof(uncached) / sizeof(uncached[0]); i++)
		ok(type_of(uncached[i]) == 0);
	for (unsigned i = 0; i < sizeof(cached) / sizeof(cached[0]); i++)
		ok(type_of(cached[i]) == 6);
	ok(writes[12].at == 0x201 && writes[12].value == 0xffe0000800);
	ok(smp_msr_count == 24 && smp_msrs[23].index == 0x2ff && smp_msrs[0].index == 0x250 &&
	   smp_msrs[11].value == 0xc0000000);
	mtrr_type = 1 << 11;
	ok(cpu_is_set_up());
	write_count = 0;
	cpu_set_feature_control(5);
	ok(WROTE({0x3a, 5}) && smp_msr_count == 25 && smp_msrs[24].value == 5);
	cpu_init(); /* anew */
	ok(smp_msr_count == 24);
}

static void fewer_registers(void)
{
	begin();
	cpu_init();
	ok(!write_count && !cpu_is_set_up());
	cpuid_edx = 1 << 12;
	mtrr_cap = 5; /* too few, and none of the fixed ones */
	cpu_init();
	ok(WROTE({0x2ff, 0xc06}));
	mtrr_cap = 6;
	largest_leaf = 0x80000007; /* which does not say how wide addresses are: 36 bits */
	cpu_init();
	ok(write_count == 13 && writes[1].value == 0xfe0000800);
	refused_msr = 0x200;
	write_count = 0;
	cpu_init();
	ok(smp_msr_count == 12 && smp_msrs[0].index == 0x201); /* not passed on */
	refused_msr = 0;
	for (unsigned i = 0; i < 40; i++)
		cpu_set_feature_control(i);
	ok(smp_msr_count == SMP_MSRS && smp_msrs[SMP_MSRS - 1].value == SMP_MSRS - 13);
}

/* --- the rest ------------------------------------------------------------------------------------------ */

static void local_apic(void)
{
	begin();
	lapic_enable();
	ok(WROTE({0xfee000f0, 0x1ff}));
	lapic_timer_start(1000);
	ok(WROTE({0xfee003e0, 0xa}, {0xfee00320, 0x10000}, {0xfee00380, 1000}));
	lapic_timer_periodic(2000, 0x7e);
	ok(WROTE({0xfee003e0, 0xa}, {0xfee00320, 0x2007e}, {0xfee00380, 2000}));
	lapic_pic_interrupts(true);
	ok(WROTE({0xfee00350, 0x700}));
	lapic_pic_interrupts(false);
	ok(WROTE({0xfee00350, 0x10700}, {0xfee00080, 0}));
	lapic_end_of_interrupt();
	ok(WROTE({0xfee000b0, 0}));
	lapic_start_others(); /* at F000:0000 */
	ok(WROTE({0xfee00300, 0xc4500}, {0xfee00300, 0xc46f0}));
	ok(lapic_timer_count() == 0x12345);
}

static void resetting(void)
{
	begin();
	machine_end_of_post();
	reset_use(&(struct reset_register){true, 0x604, 0x42});
	if (!setjmp(after_reset))
		reset_machine();
	ok(WROTE({0x604, 0x42}));
	reset_use(&(struct reset_register){false, 0x70123, 0x43});
	if (!setjmp(after_reset))
		reset_machine();
	ok(!write_count && *(uint8_t *)phys_ptr(0x70123) == 0x43);
}

static void debug_port(void)
{
	begin();
	ports[0x402] = 0xe9;
	debugcon_write("ab", 2);
	ok(WROTE({0x402, 'a'}, {0x402, 'b'}));
	ports[0x402] = 0; /* asked once */
	debugcon_write("c", 1);
	ok(WROTE({0x402, 'c'}));
	debugcon_write("c", 0);
	ok(!write_count);
}

static void no_debug_port(void)
{
	begin();
	ports[0x402] = 0xff;
	debugcon_write("ab", 2);
	ports[0x402] = 0xe9;
	debugcon_write("ab", 2);
	ok(!write_count);
}

static void board(void)
{
	begin();
	chip_at(0x3f8);
	for (unsigned i = 0; i < 8; i++)
		slots[i].magic = 0x74726976, slots[i].version = 1, slots[i].id = i == 4;
	board_search_devices(true);
	ok(machine_said_only("ACPI: no usable DSDT: devices cannot be found\n") && !virtio_probes);
	pci = true;
	board_search_devices(false);
	ok(pci_address == 0x80000000);
	ok(machine_said_only("ACPI: no usable DSDT: devices cannot be found\n") && !virtio_probes);
	pci = false;
	board_search_devices(false);
	ok(virtio_probes == 1 && consoles == 1 && machine_was_silent());
}

int main(void)
{
	static void (*const parts[])(void) = {
		uart_is_set_up,
		uart_output,
		uart_input,
		typed_early,
		busy_at_first,
		uart_order,
		uart_com1_first,
		uart_bad_resources,
		uart_unlisted,
		uart_nowhere,
		uart_with_another_console,
		uart_by_search,
		uart_asked_for,
		uart_asked_for_none,
		uart_asked_for_nonsense,
		uart_no_memory,
		mmio_legacy,
		mmio_modern,
		mmio_refused,
		mmio_slots,
		memory_types,
		fewer_registers,
		local_apic,
		resetting,
		debug_port,
		no_debug_port,
		board,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
