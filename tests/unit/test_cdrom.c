/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * El Torito catalogues, good, damaged and hostile, on a CD in memory.
 */
#include "block/cdrom.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/eltorito.h"
#include "bios/regs.h"
#include "block/transfer.h"
#include "block/disks.h"
#include "layout.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/memory.h"
#include "unit.h"

enum { SECTORS = 64, CATALOGUE = 20, IMAGE = 40, ENTRY = 32 };
enum { STACK = 0x7000, PACKET = 0x6000, PACKET_SIZE = 19 };

static uint8_t content[SECTORS][CD_SECTOR_SIZE];

static int read_content(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	if (lba >= disk->blocks || count > disk->blocks - lba || address + count > MACHINE_MEMORY)
		abort();
	memcpy(phys_ptr(address), (uint8_t *)content + lba * disk->block_size,
	       count * disk->block_size);
	return 0;
}

static int load(struct disk *disk)
{
	(void)disk;
	return 0;
}

static const struct disk_ops ops = {.read = read_content, .load = load},
			     hd_ops = {.read = read_content};
static struct disk cd, hds[3]; /* these have the same data in blocks of other sizes */

static size_t no_path(const struct device *device, char *to, size_t size)
{
	(void)device, (void)to, (void)size;
	return 0;
}

static void no_edd(const struct device *device, struct edd_path *edd)
{
	(void)device, (void)edd;
}

/* How the image was entered. */
struct start {
	uint16_t cs, ip;
	uint8_t drive;
};

static struct start started;
static jmp_buf entered;

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	started = (struct start){cs, ip, drive};
	longjmp(entered, 1);
}

static uint8_t *entry(unsigned n)
{
	return content[CATALOGUE] + n * ENTRY;
}

static void set_entry(unsigned n, uint8_t id, uint8_t media, uint16_t segment, uint16_t sectors,
		      uint32_t image)
{
	uint8_t *e = entry(n);

	e[0] = id;
	e[1] = media;
	memcpy(e + 2, &segment, 2);
	memcpy(e + 6, &sectors, 2);
	memcpy(e + 8, &image, 4);
}

static void set_validation(uint8_t platform)
{
	uint8_t *e = entry(0);
	uint16_t sum = 0xaa55 + 1 + (platform << 8);

	memset(e, 0, ENTRY);
	e[0] = 1;
	e[1] = platform;
	sum = -sum;
	memcpy(e + 28, &sum, 2);
	e[30] = 0x55;
	e[31] = 0xaa;
}

static void begin(void)
{
	uint32_t catalogue = CATALOGUE;

	drive_init();
	memset(content, 0, sizeof(content));
	memcpy(content[17], "\0CD001\1EL TORITO SPECIFICATION", 30);
	memcpy(content[17] + 0x47, &catalogue, 4);
	memset(content[IMAGE], 0xcd, 4 * CD_SECTOR_SIZE);
	set_validation(0);
	set_entry(1, 0x88, 0, 0, 4, IMAGE);
	eltorito_end_emulation();
	drive_add(&cd);
}

static int try_disk(struct disk *disk, struct start *start)
{
	volatile int error = 0;

	if (!setjmp(entered))
		error = eltorito_boot(disk);
	*start = started;
	return error;
}

static int try(struct start *start)
{
	return try_disk(&cd, start);
}

/* Whether INT 13h 4Bh, for this drive, speaks of an emulated one. */
static bool emulates(uint8_t drive)
{
	struct regs regs = {.ax = 0x4b01, .dx = drive, .si = PACKET, .esp = STACK};
	const uint8_t *packet = phys_ptr(PACKET);

	return !eltorito_service(&regs) && packet[0] == PACKET_SIZE && packet[1] & 0xf;
}

static void choice(void)
{
	struct start start;

	begin();
	ok(!try(&start) && !start.cs && start.ip == BOOT_SECTOR && start.drive == 0xe0);
	ok(*(uint8_t *)phys_ptr(BOOT_SECTOR + 2047) == 0xcd);
	ok(!emulates(0xe0));

	begin(); /* EFI first, then a PC's in a section with an extension in between */
	set_validation(0xef);
	set_entry(2, 0x90, 0xef, 1, 0, 0);
	set_entry(3, 0x88, 0x20, 0, 1, 99999);
	set_entry(4, 0x44, 0, 0, 0, 0);
	set_entry(5, 0x91, 0, 2, 0, 0);
	set_entry(6, 0x00, 0, 0, 4, IMAGE);
	set_entry(7, 0x88, 0, 0x1000, 4, IMAGE);
	ok(!try(&start) && start.cs == 0x1000 && !start.ip);

	begin();
	set_validation(0xef);
	ok(try(&start) == ERR_UNSUPPORTED && machine_said("no entry for a PC"));
	begin();
	content[17][8] = 'x';
	ok(try(&start) == ERR_NOENT && machine_was_silent());
	begin();
	entry(0)[5]++;
	ok(try(&start) == ERR_INVAL && machine_said("damaged"));
}

/* A catalogue of several sectors, 64 entries in each. */
static void long_catalogue(void)
{
	struct start start;

	begin(); /* the PC's is entry 70 */
	set_validation(0xef);
	set_entry(2, 0x90, 0xef, 66, 0, 0);
	for (unsigned n = 3; n < 69; n++)
		set_entry(n, 0x88, 0, 0, 1, 99999);
	set_entry(69, 0x91, 0, 1, 0, 0);
	set_entry(70, 0x88, 0, 0x1000, 4, IMAGE);
	ok(!try(&start) && start.cs == 0x1000);
	set_entry(63, 0x44, 0, 0, 0, 0); /* an extension is none of the section's entries */
	set_entry(69, 0x88, 0, 0, 1, 99999);
	set_entry(70, 0x91, 0, 1, 0, 0);
	set_entry(71, 0x88, 0, 0x1100, 4, IMAGE);
	ok(!try(&start) && start.cs == 0x1100);

	begin(); /* the first one of the second sector */
	set_validation(0xef);
	set_entry(2, 0x90, 0xef, 60, 0, 0);
	for (unsigned n = 3; n < 63; n++)
		set_entry(n, 0x88, 0, 0, 1, 99999);
	set_entry(63, 0x91, 0, 1, 0, 0);
	set_entry(64, 0x88, 0, 0x1200, 4, IMAGE);
	ok(!try(&start) && start.cs == 0x1200);

	begin(); /* it runs off the disc's end */
	memcpy(content[SECTORS - 1], content[CATALOGUE], CD_SECTOR_SIZE);
	content[17][0x47] = SECTORS - 1;
	memset(content[SECTORS - 1], 0, ENTRY);
	set_validation(0xef);
	memcpy(content[SECTORS - 1], entry(0), ENTRY);
	content[SECTORS - 1][ENTRY] = 0;
	memcpy(content[SECTORS - 1] + 2 * ENTRY, "\x90\xef\xff\x00", 4);
	ok(try(&start) == ERR_UNSUPPORTED && machine_said("no entry for a PC"));
}

/* INT 13h 4Bh and 4Dh of what was booted. */
static void telling(void)
{
	struct regs regs = {.ax = 0x4b01, .dl = 0xe0, .si = PACKET, .esp = STACK};
	uint8_t *packet = phys_ptr(PACKET), *buffer = phys_ptr(0x20000);
	struct start start;

	begin();
	set_entry(1, 0x88, 0, 0x1234, 6, IMAGE);
	ok(!try(&start) && start.drive == 0xe0 && start.cs == 0x1234);
	memset(packet, 0xee, 32);
	ok(eltorito_service(&regs) == 0);
	ok(packet[0] == PACKET_SIZE && !packet[1] && packet[2] == 0xe0 && !packet[3]);
	ok(packet[4] == IMAGE && !packet[5] && !packet[8] && !packet[9]);
	ok(packet[12] == 0x34 && packet[13] == 0x12 && packet[14] == 6 && !packet[15]);
	ok(packet[PACKET_SIZE] == 0xee);
	regs.ax = 0x4b02;
	ok(eltorito_service(&regs) == 1);
	regs.ax = 0x4b00; /* there is no emulation to be ended */
	ok(eltorito_service(&regs) == 1);
	regs.ax = 0x4b01;
	regs.dl = 0xe1;
	ok(eltorito_service(&regs) == 1);

	memcpy(packet, (uint8_t[]){8, 2, 0, 0, 0, 0x20, 0, 0}, 8);
	memset(content[CATALOGUE + 1], 0x77, CD_SECTOR_SIZE);
	regs.ax = 0x4d00;
	regs.dl = 0x7f;
	ok(!eltorito_service(&regs) && !memcmp(buffer, content[CATALOGUE], 2 * CD_SECTOR_SIZE));
	packet[1] = 1;
	packet[6] = 1; /* from the second sector on */
	ok(!eltorito_service(&regs) && buffer[0] == 0x77 && buffer[2048] == 0x77);
	regs.ax = 0x4d01;
	ok(eltorito_service(&regs) == 1);
	regs.ax = 0x4d00;
	packet[0] = 7;
	ok(eltorito_service(&regs) == 1);
	packet[0] = 8;
	packet[1] = 0;
	ok(eltorito_service(&regs) == 1);
	packet[1] = 1;
	packet[4] = 0;
	packet[5] = 0xe8; /* the firmware's memory */
	ok(eltorito_service(&regs) == 1);
	packet[5] = 0x20;
	eltorito_end_emulation();
	ok(eltorito_service(&regs) == 1);
}

/* AH=4Ah and 4Ch: a program describes the drive that it wants. */
static void asking(void)
{
	struct regs regs = {.ax = 0x4a00, .dl = 0xe0, .si = PACKET, .esp = STACK};
	uint8_t *packet = phys_ptr(PACKET);
	const uint8_t diskette[PACKET_SIZE] = {PACKET_SIZE, 2, [4] = IMAGE, [14] = 1};
	struct disk *disk;

	begin();
	memcpy(packet, diskette, PACKET_SIZE);
	ok(!eltorito_service(&regs));
	disk = drive_disk(0);
	ok(disk && disk->kind == DISK_FLOPPY && disk->geometry.sectors == 18);
	ok(drive_count(DISK_FLOPPY) == 1);
	regs.ax = 0x4b01;
	regs.dl = 0;
	memset(packet, 0xee, PACKET_SIZE);
	ok(!eltorito_service(&regs) && packet[1] == 2 && !packet[2]);
	ok(packet[16] == 79 && packet[17] == 18 && packet[18] == 1); /* as 08h has them */
	regs.ax = 0x4b00;
	ok(!eltorito_service(&regs) && !drive_disk(0));
	regs.ax = 0x4a01;
	memcpy(packet, diskette, PACKET_SIZE);
	ok(eltorito_service(&regs) == 1 && !drive_disk(0));
	regs.ax = 0x4a00;
	packet[0] = PACKET_SIZE - 1;
	ok(eltorito_service(&regs) == 1 && !drive_disk(0));
	packet[0] = PACKET_SIZE;
	packet[1] = 5;
	ok(eltorito_service(&regs) == 1);

	memcpy(packet, diskette, PACKET_SIZE);
	packet[13] = 0x20;
	packet[14] = 3;
	regs.ax = 0x4c00;
	memset(phys_ptr(0x20000), 0, 2048);
	started = (struct start){0};
	if (!setjmp(entered))
		ok(!eltorito_service(&regs));
	ok(started.cs == 0x2000 && !started.ip && !started.drive);
	ok(!memcmp(phys_ptr(0x20000), content[IMAGE], 1536) &&
	   *(uint8_t *)phys_ptr(0x20000 + 1536) == 0);
	packet[1] = 0; /* no emulation: the CD itself is the drive */
	packet[2] = 0x55;
	started = (struct start){0};
	if (!setjmp(entered))
		ok(!eltorito_service(&regs));
	ok(started.cs == 0x2000 && started.drive == 0xe0 && !drive_disk(0));
	drive_init();
	eltorito_end_emulation();
	ok(eltorito_service(&regs) == 1); /* there is no CD */
	for (unsigned ah = 0x48; ah < 0x50; ah++)
		ok(eltorito_has(ah) == (ah >= 0x4a && ah <= 0x4d));
}

static void hard_disk_image(void)
{
	static const uint8_t partition[16] = {0x80, 1, 1, 0, 6,    3, 32, 3,
					      32,   0, 0, 0, 0xe0, 1, 0,  0};
	struct start start;
	struct disk *disk;
	uint8_t *buffer = phys_ptr(0x20000);

	begin();
	memset(content[IMAGE], 0, CD_SECTOR_SIZE);
	memcpy(content[IMAGE] + 446, partition, 16);
	content[IMAGE][510] = 0x55;
	content[IMAGE][511] = 0xaa;
	set_entry(1, 0x88, 4, 0, 1, IMAGE);
	ok(!try(&start) && start.drive == 0x80 && !start.cs);
	disk = drive_disk(0x80);
	ok(disk && disk->kind == DISK_HARD && disk->read_only && disk->block_size == 512);
	ok(disk->blocks == (SECTORS - IMAGE) * 4u); /* of 256, what is on the CD */
	ok(disk->geometry.heads == 4 && disk->geometry.sectors == 32);
	content[IMAGE + 1][512] = 0x99;
	ok(!disk->ops->read(disk, 4 + 1, 1, 0x20000) && buffer[0] == 0x99 && buffer[511] == 0xcd);
	eltorito_end_emulation();
	ok(!drive_disk(0x80));
}

static void images(void)
{
	struct start start;

	begin();
	set_entry(1, 0x88, 0, 0x9f00, 60000, IMAGE);
	ok(try(&start) == ERR_RANGE && machine_said("cannot be loaded"));
	begin();
	set_entry(1, 0x88, 0, 0, 4, SECTORS);
	ok(try(&start) == ERR_RANGE);
	begin();
	set_entry(1, 0x88, 0, 0, 4, UINT32_MAX);
	ok(try(&start) == ERR_RANGE);
	begin();
	set_entry(1, 0x88, 0, 1, 4, IMAGE); /* over the BIOS data area */
	ok(try(&start) == ERR_RANGE);
	begin();
	set_entry(1, 0x88, 5, 0, 4, IMAGE);
	ok(try(&start) == ERR_INVAL);

	begin(); /* a diskette, cut short by the end of the CD */
	set_entry(1, 0x88, 2, 0, 1, IMAGE);
	ok(!try(&start) && start.drive == 0 && emulates(0) && emulates(0x7f));
	ok(drive_disk(0)->blocks == (SECTORS - IMAGE) * 4u && drive_disk(0)->read_only);
	eltorito_end_emulation();
	ok(!drive_disk(0));

	begin(); /* a hard disk without partitions */
	memset(content[IMAGE], 0, 512);
	set_entry(1, 0x88, 4, 0, 1, IMAGE);
	ok(try(&start) == ERR_INVAL && !drive_disk(0x80));
	begin(); /* one whose partition wraps */
	memset(content[IMAGE] + 446, 0xff, 64);
	set_entry(1, 0x88, 4, 0, 1, IMAGE);
	ok(try(&start) == ERR_INVAL);
}

/* A disk with the image of a CD is drive E0h to its program, in front of the CD drive, and no
 * hard disk for that long. */
static void on_a_disk(void)
{
	struct start start;
	uint32_t done;

	for (unsigned i = 0; i < 3; i++) {
		struct disk *hd = &hds[i], *shown;

		begin();
		for (unsigned n = 0; n < 3; n++)
			drive_add(&hds[n]);
		drive_lead(DISK_HARD, hd);
		set_entry(1, 0x88, 0, 0, 3, IMAGE);
		ok(!try_disk(hd, &start) && start.drive == 0xe0 && start.ip == BOOT_SECTOR);
		ok(!memcmp(phys_ptr(BOOT_SECTOR), content[IMAGE], 3 * SECTOR_SIZE));
		shown = drive_disk(0xe0);
		ok(shown && shown != hd && drive_disk(0xe1) == &cd && !drive_disk(0xe2));
		ok(shown->kind == DISK_CD && shown->blocks == SECTORS && shown->read_only);
		ok(shown->block_size == CD_SECTOR_SIZE && disk_name(shown) == disk_name(hd));
		ok(drive_count(DISK_HARD) == 2 && drive_disk(0x80) != hd && drive_disk(0x81) != hd);
		for (unsigned n = 0; n < sizeof(content); n++)
			((uint8_t *)content)[n] = n >> 11 ^ n >> 8 ^ n;
		memset(phys_ptr(0x10000), 0, 5 * CD_SECTOR_SIZE);
		ok(!disk_transfer(shown, DISK_READ, 33, 5, 0x10000, &done) && done == 5);
		ok(!memcmp(phys_ptr(0x10000), content[33], 5 * CD_SECTOR_SIZE));
		ok(!disk_verify(shown, 0, SECTORS) && disk_verify(shown, 0, SECTORS + 1));
		ok(disk_transfer(shown, DISK_WRITE, 33, 1, 0x10000, &done) == ERR_READONLY);
		drive_lead(DISK_HARD, NULL); /* as for the next candidate */
		drive_lead(DISK_CD, NULL);
		drive_hide(NULL);
		ok(drive_count(DISK_HARD) == 3 && drive_disk(0xe0) == &cd);
	}
	begin(); /* an emulated drive on it is another one */
	drive_add(&hds[0]);
	set_entry(1, 0x88, 2, 0, 1, IMAGE);
	ok(!try_disk(&hds[0], &start) && start.drive == 0 && emulates(0));
	ok(drive_disk(0)->kind == DISK_FLOPPY && drive_disk(0xe0)->blocks == SECTORS);
	drive_lead(DISK_CD, NULL);
	drive_hide(NULL);
	begin(); /* without a catalogue it stays what it is */
	drive_add(&hds[0]);
	content[17][8] = 'x';
	ok(try_disk(&hds[0], &start) == ERR_NOENT && drive_disk(0x80) == &hds[0]);
	ok(drive_disk(0xe0) == &cd);
	machine_said("");
}

static void noise(void)
{
	struct start start;

	for (unsigned seed = 0; seed < 20000; seed++) {
		begin();
		srand(seed);
		for (unsigned n = 0; n < 12; n++)
			entry(1)[rand() % 512] = rand() % 3 ? rand() : 0x88 + rand() % 10;
		if (rand() % 4 == 0)
			content[IMAGE][446 + rand() % 66] = rand();
		try(&start);
		machine_said("");
	}
	ok(true);
}

int main(void)
{
	static const struct device_bus bus = {.path = no_path, .edd = no_edd};
	static struct device device = {.bus = &bus, .name = "cd"};
	static const uint16_t sizes[] = {512, 2048, 4096};

	cd = (struct disk){
		.ops = &ops,
		.kind = DISK_CD,
		.blocks = SECTORS,
		.block_size = CD_SECTOR_SIZE,
		.max_blocks = 7,
		.read_only = true,
		.device = &device,
	};
	machine_reset();
	disk_register(&cd);
	for (unsigned i = 0; i < 3; i++) {
		hds[i] = cd;
		hds[i].kind = DISK_HARD;
		hds[i].block_size = sizes[i];
		hds[i].blocks = sizeof(content) / hds[i].block_size;
		hds[i].ops = &hd_ops;
		disk_register(&hds[i]);
	}
	machine_end_of_post();
	choice();
	long_catalogue();
	telling();
	asking();
	hard_disk_image();
	images();
	on_a_disk();
	noise();
	return done();
}
