/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * PCI: buses and functions are found, their memory is placed, and drivers get them, on
 * machines that exist and on some that should not.
 */
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bios/pcibios.h"
#include "bios/regs.h"
#include "entry.h"
#include "fake_pci.h"
#include "hw/driver.h"
#include "hw/pci/host.h"
#include "hw/pci/pci.h"
#include "hw/pci/place.h"
#include "hw/pci/rom.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/util.h"

enum { BAR_32 = 0, BAR_IO = 1, BAR_64 = 4, BAR_64_PREFETCHABLE = 12, PREFETCHABLE = 8 };

/* --- drivers ---------------------------------------------------------------------- */

static struct pci_function *probed[8];
static unsigned probes;

static int take(struct pci_function *function)
{
	probed[probes++ % ARRAY_SIZE(probed)] = function;
	return 0;
}

static int refuse(struct pci_function *function)
{
	(void)function;
	return ERR_IO;
}

static int leave(struct pci_function *function)
{
	(void)function;
	return ERR_NOENT;
}

/* It comes first, and what it does not want is for the others. */
PCI_DRIVER(picky) = {.vendor = 0x1af4, .first_id = 0x1000, .last_id = 0x103f, .probe = leave};
PCI_DRIVER(by_id) = {.vendor = 0x1af4, .first_id = 0x1000, .last_id = 0x103f, .probe = take};
PCI_DRIVER(by_class) = {.class_code = 0x010802, .class_mask = 0xffffff, .probe = take};
PCI_DRIVER(broken) = {.vendor = 0x1234, .first_id = 1, .last_id = 1, .probe = refuse};

void bios32_entry(void)
{
}

/* --- looking at the result -------------------------------------------------------- */

static struct pci_function *nth(unsigned n)
{
	struct pci_function *f = pci_first();

	while (f && n--)
		f = f->next;
	return f;
}

static bool inside(const struct pci_region *r, uint64_t start, uint64_t end)
{
	return r->address >= start && r->address + r->size <= end;
}

static bool overlap(const struct pci_region *a, const struct pci_region *b)
{
	return a->address < b->address + b->size && b->address < a->address + a->size;
}

/* Every region is aligned, within the window in front of it, and touches no other of its
 * bus; registers hold what the list says. */
static bool well_placed(void)
{
	for (struct pci_function *f = pci_first(); f; f = f->next)
		for (unsigned i = 0; i < PCI_REGIONS; i++) {
			const struct pci_region *r = &f->regions[i];
			const struct pci_region *low =
				f->bridge ? &f->bridge->regions[PCI_LOW_WINDOW] : NULL;
			const struct pci_region *high =
				f->bridge ? &f->bridge->regions[PCI_HIGH_WINDOW] : NULL;

			if (!r->size || r->flags & PCI_REGION_DROPPED)
				continue;
			if (r->address & ((1ull << r->align) - 1))
				return false;
			if (f->bridge && !inside(r, low->address, low->address + low->size) &&
			    !inside(r, high->address, high->address + high->size))
				return false;
			if (!f->bridge && !inside(r, 0xc0000000, 0xe0000000) &&
			    !inside(r, 100ull << 30, 356ull << 30))
				return false;
			for (struct pci_function *g = pci_first(); g; g = g->next)
				for (unsigned k = 0; k < PCI_REGIONS; k++)
					if ((f != g || i != k) && f->bridge == g->bridge &&
					    g->regions[k].size &&
					    !(g->regions[k].flags & PCI_REGION_DROPPED) &&
					    overlap(r, &g->regions[k]))
						return false;
		}
	return true;
}

static void begin(void)
{
	machine_reset();
	say_banner();
	ok(machine_said("Petrel\n"));
	fake_pci_reset();
}

/* --- tests ------------------------------------------------------------------------ */

static void test_nothing(void)
{
	begin();
	ok(fake_pci_probe() == 0 && !pci_first() && machine_was_silent());
	/* One for each empty slot, and whether it is a configuration space. */
	ok(fake_pci.accesses == 32 + 4);
	ok(!pci_rom_images());
	ok(fake_pci_probe() == ERR_NOENT || !pci_first());
}

static void test_functions(void)
{
	struct fake_function *f;

	begin();
	fake_pci_add(-1, 0, 0, 0x1b36, 0x0008, 0x060000);
	f = fake_pci_add(-1, 3, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_bar(f, 0, 0x80, BAR_IO);
	fake_pci_bar(f, 1, 0x1000, BAR_32);
	fake_pci_bar(f, 4, 0x4000, BAR_64_PREFETCHABLE);
	fake_pci_rom(f, 0x40000);
	f->config[PCI_HEADER_TYPE] = 0x80;
	fake_pci_add(-1, 3, 5, 0x1234, 1, 0x020000);
	/* Not a multi-function device: nobody looks at its function 1. */
	fake_pci_add(-1, 4, 0, 0x8086, 0x5845, 0x010802);
	fake_pci_add(-1, 4, 1, 0x8086, 0x5845, 0x010802);
	ok(fake_pci_probe() == 0);
	ok(machine_said_only("pci 00:03.5: cannot be used, error -5\n"));
	ok(nth(3) && !nth(4) && well_placed());
	ok(probes == 2 && probed[0] == nth(1) && probed[1] == nth(3));
	ok(nth(1)->is_driven && !nth(2)->is_driven && !nth(0)->is_driven);
	ok(nth(2)->slot == 3 && nth(2)->number == 5 && nth(1)->device.order < nth(2)->device.order);

	/* Larger ones first: the ROM, then BAR 4, then BAR 1. */
	ok(fake_pci_address(f, 6) == 0xc0000000 && fake_pci_address(f, 4) == 0xc0040000);
	ok(fake_pci_address(f, 1) == 0xc0044000);
	ok(fake_pci_get(f, PCI_BAR0, 4) == BAR_IO); /* no port, and no leftover */
	ok(fake_pci_get(f, PCI_COMMAND, 2) == PCI_COMMAND_MEMORY);
	ok(fake_pci_get(&fake_pci.functions[2], PCI_COMMAND, 2) == 0);
	pci_add_command(nth(1), PCI_COMMAND_BUS_MASTER);
	ok(fake_pci_get(f, PCI_COMMAND, 2) == (PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER));

	ok(pci_bar(nth(1), 4, 0x3000, 0x1000) == 0xc0043000);
	ok(!pci_bar(nth(1), 4, 0x3001, 0x1000) && !pci_bar(nth(1), 4, 0x5000, 0));
	ok(!pci_bar(nth(1), 4, 1, UINT64_MAX) && !pci_bar(nth(1), 0, 0, 1) &&
	   !pci_bar(nth(1), 6, 0, 1));
}

static void test_names(void)
{
	struct edd_path edd;
	char path[100];
	int bridge;

	begin();
	bridge = fake_pci_add_bridge(-1, 2, 4, false);
	fake_pci_add(bridge, 0, 0, 0x1af4, 0x1004, 0x010000)->config[PCI_HEADER_TYPE] = 0x80;
	fake_pci_add(bridge, 0, 3, 0x8086, 0x2922, 0x010601);
	ok(fake_pci_probe() == 0 && nth(2));
	ok(!strcmp(nth(2)->device.name, "pci 01:00.3"));
	device_path(&nth(1)->device, path, sizeof(path));
	ok(!strcmp(path, "/pci@ffffffffffffffff/pci-bridge@2/scsi@0"));
	device_path(&nth(2)->device, path, sizeof(path));
	ok(!strcmp(path, "/pci@ffffffffffffffff/pci-bridge@2/pci8086,2922@0,3"));
	device_edd_path(&nth(2)->device, &edd);
	ok(!memcmp(edd.bus, "PCI ", 4) && edd.interface_path == (1 | 0 << 8 | 3 << 16));
}

/* A root port, a bridge to a bus of 32 slots behind it, and one more port. */
static void test_bridges(void)
{
	struct fake_function *f, *port;
	int root, pci, other;

	begin();
	root = fake_pci_add_bridge(-1, 1, 4, false);
	pci = fake_pci_add_bridge(root, 0, 7, false);
	fake_pci_bar(&fake_pci.functions[pci], 0, 0x100, BAR_64);
	f = fake_pci_add(pci, 31, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_bar(f, 4, 0x4000, BAR_64_PREFETCHABLE);
	other = fake_pci_add_bridge(-1, 2, 4, true);
	/* Behind a port there is one slot: this one does not exist for anybody. */
	fake_pci_add(other, 1, 0, 0x1af4, 0x1001, 0x010000);
	ok(fake_pci_probe() == 0 && machine_was_silent() && well_placed());
	ok(nth(3) && !nth(4));
	port = &fake_pci.functions[root];
	ok(fake_pci_get(port, PCI_BUS_NUMBERS, 4) == 0x020100);
	ok(fake_pci_get(&fake_pci.functions[pci], PCI_BUS_NUMBERS, 4) == 0x020201);
	ok(fake_pci_get(&fake_pci.functions[other], PCI_BUS_NUMBERS, 4) == 0x030300);
	/* 1 MiB of the bus behind it, and 1 MiB for the bridge's own register. */
	ok(nth(0)->regions[PCI_LOW_WINDOW].size == 2 * MIB);
	ok(fake_pci_get(port, PCI_MEMORY_WINDOW, 4) == 0xc010c000 ||
	   fake_pci_get(port, PCI_MEMORY_WINDOW, 4) == 0xc030c020);
	ok(fake_pci_get(port, PCI_PREFETCHABLE_WINDOW, 4) == 0x0001fff1); /* closed */
	ok(fake_pci_get(port, PCI_COMMAND, 2) == (PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER));
	/* Space to spare where something may be plugged in, above 4 GiB as well. */
	ok(nth(3)->regions[PCI_LOW_WINDOW].size == 2 * MIB);
	ok(nth(3)->regions[PCI_HIGH_WINDOW].size == 2 * MIB);
	ok(fake_pci_get(&fake_pci.functions[other], PCI_PREFETCHABLE_BASE_UPPER, 4) == 100 / 4);
	ok(pci_bar(nth(2), 4, 0, 0x4000) && nth(2)->bus == 2 && nth(2)->slot == 31);
}

/* 1 GiB is more than the window below 4 GiB has; what our drivers need stays there. */
static void test_above_4_gib(void)
{
	struct fake_function *f, *g, *h;
	int root;

	begin();
	f = fake_pci_add(-1, 1, 0, 0x1af4, 0x1110, 0x050000);
	fake_pci_bar(f, 0, 0x100, BAR_32);
	fake_pci_bar(f, 2, GIB, BAR_64_PREFETCHABLE);
	root = fake_pci_add_bridge(-1, 2, 4, false);
	g = fake_pci_add(root, 0, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_bar(g, 0, 2ull * GIB, BAR_64_PREFETCHABLE);
	fake_pci_bar(g, 4, 0x4000, BAR_64_PREFETCHABLE);
	h = fake_pci_add(-1, 3, 0, 0x8086, 0x5845, 0x010802);
	fake_pci_bar(h, 0, 0x4000, BAR_64);
	ok(fake_pci_probe() == 0 && machine_was_silent() && well_placed());
	ok(fake_pci_address(f, 2) >= FOUR_GIB && fake_pci_address(g, 0) >= FOUR_GIB);
	ok(fake_pci_address(f, 0) < FOUR_GIB && fake_pci_address(h, 0) < FOUR_GIB);
	ok(fake_pci_address(g, 4) < FOUR_GIB && pci_bar(nth(2), 4, 0, 0x4000));
	ok(!pci_bar(nth(2), 0, 0, 0x1000)); /* out of our reach */
}

/* What cannot go above 4 GiB and does not fit below. */
static void test_no_room(void)
{
	struct fake_function *f, *g, *h;
	int root;

	begin();
	f = fake_pci_add(-1, 1, 0, 0x1234, 0x1111, 0x038000);
	fake_pci_bar(f, 0, 512 * MIB, BAR_32 | PREFETCHABLE);
	fake_pci_bar(f, 2, 0x1000, BAR_32);
	root = fake_pci_add_bridge(-1, 2, 4, true);
	g = fake_pci_add(root, 0, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_bar(g, 1, 0x1000, BAR_32);
	fake_pci_bar(g, 2, 256 * MIB, BAR_64); /* not prefetchable, and behind a bridge */
	h = fake_pci_add(-1, 3, 0, 0x8086, 0x5845, 0x010802);
	fake_pci_bar(h, 0, 0x4000, BAR_64);
	ok(fake_pci_probe() == 0 && well_placed());
	ok(machine_said_only("pci 00:01.0: no room for BAR 0 of 524288 KiB\n"));
	ok(!fake_pci_address(f, 0) && !(fake_pci_get(f, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY));
	ok(fake_pci_address(g, 1) && fake_pci_address(g, 2) && fake_pci_address(h, 0));
}

/* Nothing fits at all. */
static void test_no_window(void)
{
	struct fake_function *f;
	int root;

	begin();
	fake_pci.resource_count = 1;
	root = fake_pci_add_bridge(-1, 1, 4, true);
	f = fake_pci_add(root, 0, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_bar(f, 1, 0x1000, BAR_32);
	fake_pci_bar(f, 4, 0x4000, BAR_64_PREFETCHABLE);
	ok(fake_pci_probe() == 0);
	ok(machine_said("pci 01:00.0: no room for BAR 4 of 16 KiB\n"));
	ok(!pci_bar(nth(1), 1, 0, 1) && !fake_pci_address(f, 1));
}

static void test_ecam(void)
{
	begin();
	fake_pci_add(-1, 1, 0, 1, 1, 0);
	fake_pci.cba = 0;
	fake_pci.reserved = FAKE_ECAM;
	ok(fake_pci_probe() == 0 && pci_first());
	ok(fake_pci_probe() == ERR_NOENT &&
	   machine_said("PCI: a second host bridge is not supported\n"));
}

static void test_mcfg(void)
{
	uint8_t table[60] = {'M', 'C', 'F', 'G'};

	begin();
	fake_pci_add(-1, 1, 0, 1, 1, 0);
	fake_pci.cba = 0;
	table[44 + 3] = 0xe0; /* E0000000 */
	table[44 + 11] = 0xff;
	ok(!memcmp(acpi_table_drivers_start->signature, "MCFG", 5));
	acpi_table_drivers_start->found(table, 59); /* cut off */
	ok(fake_pci_probe() == ERR_NOENT &&
	   machine_said("PCI: no configuration space below 4 GiB in the tables\n"));
	acpi_table_drivers_start->found(table, 60);
	ok(fake_pci_probe() == 0 && pci_first());
}

static void test_no_ecam(void)
{
	begin();
	fake_pci.cba = 0x8000000000;
	ok(fake_pci_probe() == ERR_NOENT);
	ok(machine_said_only("PCI: no configuration space below 4 GiB in the tables\n"));
	fake_pci.cba = FAKE_ECAM + 0x1000; /* not aligned */
	ok(fake_pci_probe() == ERR_NOENT);
	fake_pci.no_crs = true;
	ok(fake_pci_probe() == ERR_UNSUPPORTED);
}

static void test_few_buses(void)
{
	int root;

	begin();
	fake_pci.resources[0] = (struct aml_resource){.kind = AML_BUS, .base = 0x20, .length = 2};
	root = fake_pci_add_bridge(-1, 1, 4, false);
	fake_pci_add(root, 0, 0, 0x1af4, 0x1001, 0x010000);
	fake_pci_add_bridge(-1, 2, 4, false);
	ok(fake_pci_probe() == 0);
	ok(machine_said_only("pci 20:02.0: no number is left for the bus behind this bridge\n"));
	ok(nth(2) && nth(1)->bus == 0x21);
}

/* Bridges behind bridges without end. */
static void test_deep(void)
{
	int parent = -1;

	begin();
	for (unsigned i = 0; i < 40; i++)
		parent = fake_pci_add_bridge(parent, 0, 4, false);
	ok(fake_pci_probe() == 0 && well_placed());
	ok(machine_said("pci 0f:00.0: no number is left for the bus behind this bridge\n"));
	ok(nth(15) && !nth(16));
}

static void test_many(void)
{
	begin();
	for (unsigned i = 0; i < 32; i++)
		for (unsigned n = 0; n < 8; n++)
			fake_pci_bar(fake_pci_add(-1, i, n, 0x1af4, 0x1001, 0x010000), 0,
				     0x1000 << n % 4, BAR_32);
	for (unsigned i = 0; i < fake_pci.count; i++)
		fake_pci.functions[i].config[PCI_HEADER_TYPE] = 0x80;
	ok(fake_pci_probe() == 0 && well_placed() && nth(255) && !nth(256));
	ok(machine_was_silent());
}

/* Configuration spaces that lie. */
static void test_lies(void)
{
	struct pci_capability capability = {0};
	struct fake_function *f;
	unsigned count = 0;

	begin();
	f = fake_pci_add(-1, 1, 0, 0x8086, 1, 0x020000);
	memset(f->writable + PCI_BAR0, 0x50, 24); /* no power of two */
	memset(f->config + PCI_STATUS, 0x10, 1);
	f->config[PCI_CAPABILITIES] = 0x40;
	f->config[0x40] = PCI_CAPABILITY_VENDOR;
	f->config[0x41] = 0x48;
	f->config[0x49] = 0x40; /* a loop */
	f = fake_pci_add(-1, 2, 0, 0x8086, 2, 0x020000);
	memset(f->config + PCI_BAR0, 0xff, 24); /* all ones, whatever is written */
	f = fake_pci_add(-1, 3, 0, 0x8086, 3, 0x020000);
	f->config[PCI_HEADER_TYPE] = 2; /* CardBus */
	ok(fake_pci_probe() == 0 && nth(2) && !nth(3));
	for (unsigned i = 0; i < PCI_REGIONS; i++)
		ok(!nth(0)->regions[i].size && !nth(1)->regions[i].size &&
		   !nth(2)->regions[i].size);
	while (pci_next_capability(nth(0), &capability))
		count++;
	ok(count && count <= 48);
	ok(!pci_find_capability(nth(0), PCI_CAPABILITY_EXPRESS));
	ok(pci_find_capability(nth(0), PCI_CAPABILITY_VENDOR) == 0x40);
	fake_pci.vanished = true;
	capability = (struct pci_capability){0};
	for (count = 0; pci_next_capability(nth(0), &capability);)
		count++;
	ok(count <= 48);
	ok(!pci_find_capability(nth(1), PCI_CAPABILITY_EXPRESS));
}

/* --- the PCI BIOS ----------------------------------------------------------------- */

static struct regs call(uint16_t ax, uint16_t bx, uint32_t ecx, uint16_t dx, uint16_t si,
			uint16_t di, bool fails)
{
	struct regs regs = {.ecx = ecx};

	regs.ax = ax;
	regs.bx = bx;
	regs.dx = dx;
	regs.si = si;
	regs.di = di;
	ok(pcibios_call(&regs) == fails);
	return regs;
}

static void test_bios(void)
{
	struct fake_function *f;
	struct regs regs;
	int bridge;

	begin();
	regs = call(0xb101, 0, 0, 0, 0, 0, true); /* nothing there */
	ok(regs.ah == 0x81);
	pcibios_init();

	bridge = fake_pci_add_bridge(-1, 2, 4, false);
	f = fake_pci_add(bridge, 0, 0, 0x1af4, 0x1000, 0x020000);
	fake_pci_add(-1, 9, 0, 0x1af4, 0x1000, 0x020000);
	ok(fake_pci_probe() == 0);
	regs = call(0xb101, 0, 0, 0, 0, 0, false);
	ok(!regs.ax && regs.edx == 0x20494350 && regs.bx == 0x0210 && regs.cl == 1);
	regs = call(0xb102, 0, 0x1000, 0x1af4, 0, 0, false);
	ok(!regs.ah && regs.bx == 0x0100);
	regs = call(0xb102, 0, 0x1000, 0x1af4, 1, 0, false);
	ok(!regs.ah && regs.bx == 9 << 3);
	ok(call(0xb102, 0, 0x1000, 0x1af4, 2, 0, true).ah == 0x86);
	ok(call(0xb102, 0, 0x1000, 0xffff, 0, 0, true).ah == 0x83);
	ok(call(0xb103, 0, 0xaa060400, 0, 0, 0, false).bx == 2 << 3);
	ok(call(0xb103, 0, 0x060401, 0, 0, 0, true).ah == 0x86);
	ok(call(0xb108, 0x0100, 0, 0, 0, PCI_VENDOR_ID + 1, false).cl == 0x1a);
	ok(call(0xb109, 0x0100, 0, 0, 0, PCI_DEVICE_ID, false).cx == 0x1000);
	ok(call(0xb10a, 0x0100, 0, 0, 0, PCI_VENDOR_ID, false).ecx == 0x10001af4);
	ok(call(0xb109, 0x0100, 0, 0, 0, 1, true).ah == 0x87);
	ok(call(0xb10a, 0x0100, 0, 0, 0, 2, true).ah == 0x87);
	ok(call(0xb108, 0x0100, 0, 0, 0, 0x1000, true).ah == 0x87);
	ok(call(0xb10a, 0x0500, 0, 0, 0, 0, false).ecx == UINT32_MAX); /* nobody there */
	call(0xb10b, 0x0100, 0x5a, 0, 0, PCI_INTERRUPT_LINE, false);
	ok(fake_pci_get(f, PCI_INTERRUPT_LINE, 1) == 0x5a);
	call(0xb10c, 0x0100, 0x0006, 0, 0, PCI_COMMAND, false);
	ok(fake_pci_get(f, PCI_COMMAND, 2) == 6);
	call(0xb10d, 0x0100, 0x0002, 0, 0, PCI_COMMAND, false);
	ok(fake_pci_get(f, PCI_COMMAND, 2) == 2);
	ok(call(0xb106, 0, 0, 0, 0, 0, true).ah == 0x81 &&
	   call(0xb10e, 0, 0, 0, 0, 0, true).ah == 0x81);
	pcibios_init();
	ok(!memcmp(phys_ptr(MACHINE_FSEG), "_32_", 4));
}

int main(void)
{
	alone(test_nothing);
	alone(test_functions);
	alone(test_names);
	alone(test_bridges);
	alone(test_above_4_gib);
	alone(test_no_room);
	alone(test_no_window);
	alone(test_ecam);
	alone(test_mcfg);
	alone(test_no_ecam);
	alone(test_few_buses);
	alone(test_deep);
	alone(test_many);
	alone(test_lies);
	alone(test_bios);
	return done();
}
