/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu: when it is offered, what it shows, and what each key does. Who types is
 * the test.
 */
#include "boot/menu.h"

#include <stdlib.h>
#include <string.h>

#include "block/disk.h"
#include "boot/candidate.h"
#include "console/keyboard.h"
#include "fake_disk.h"
#include "fake_fw_cfg.h"
#include "lib/error.h"
#include "unit.h"

enum { ESC = 0x011b, F12 = 0x8600, ENTRIES = 40, MAX_KEYS = 80 };

/* --- the keyboard ----------------------------------------------------------------- */

/* What is typed when, in the order of time. */
static struct {
	uint64_t time;
	uint16_t key;
} typed[MAX_KEYS];
static unsigned typed_count, taken;
static uint64_t now;

uint64_t keyboard_time_ms(void)
{
	return now;
}

bool keyboard_wait(uint16_t *key, uint64_t end)
{
	if (taken < typed_count && typed[taken].time < end) {
		if (now < typed[taken].time)
			now = typed[taken].time;
		*key = typed[taken++].key;
		return true;
	}
	if (end == KEYBOARD_NO_END) {
		printf("the menu waits for a key that never comes\n");
		abort();
	}
	now = end;
	return false;
}

static void type(uint64_t time, uint16_t key)
{
	typed[typed_count].time = time;
	typed[typed_count++].key = key;
}

/* --- the candidates ------------------------------------------------------------------- */

static struct candidate entries[ENTRIES];
static char names[ENTRIES][24];
static struct fake_disk disk;

static void describe(struct disk *unused, char *to, size_t size)
{
	(void)unused;
	snprintf(to, size, "%s", "A disk's model and serial number, so long that it must be cut");
}

static struct candidate *list_of(unsigned count)
{
	memset(entries, 0, sizeof(entries));
	for (unsigned i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "entry-%u", i);
		entries[i].name = names[i];
		entries[i].next = i + 1 < count ? &entries[i + 1] : NULL;
	}
	return count ? entries : NULL;
}

static void begin(void)
{
	machine_reset();
	fake_fw_cfg_reset();
	typed_count = taken = 0;
	now = 5000;
}

static void begin_wanted(void)
{
	begin();
	fake_fw_cfg_set_number(FW_CFG_BOOT_MENU, 1);
}

/* --- the tests -------------------------------------------------------------------------- */

static void not_wanted(void)
{
	begin();
	type(5001, ESC);
	ok(!menu_choose(list_of(3)) && machine_was_silent() && !taken && now == 5000);
	begin_wanted(); /* the file says more than the item */
	fake_fw_cfg_add("etc/show-boot-menu", "\0", 1);
	ok(!menu_choose(list_of(3)) && machine_was_silent());
	begin_wanted();
	fake_fw_cfg_read_fails = true;
	ok(!menu_choose(list_of(3)) && machine_was_silent());
	begin();
	fake_fw_cfg_add("etc/show-boot-menu", "\1\0", 2);
	ok(!menu_choose(list_of(3)) && machine_said("Press ESC for the boot menu\n"));
	begin(); /* 2: not if there is nothing to choose */
	fake_fw_cfg_add("etc/show-boot-menu", "\2\0", 2);
	ok(!menu_choose(list_of(1)) && machine_was_silent());
	ok(!menu_choose(list_of(2)) && machine_said("Press ESC for the boot menu\n"));
}

static void waiting(void)
{
	begin_wanted();
	ok(!menu_choose(list_of(3)) && now == 7500);
	ok(machine_said_once("Press ESC for the boot menu\n"));
	begin_wanted();
	fake_fw_cfg_add("etc/boot-menu-wait", "\x10\x27", 2);
	ok(!menu_choose(list_of(3)) && now == 15000);
	begin_wanted(); /* too late, and other keys */
	type(5100, 0x1e61);
	type(5200, F12);
	type(7500, ESC);
	ok(!menu_choose(list_of(3)) && taken == 2 && now == 7500);
	begin_wanted();
	fake_fw_cfg_add("etc/boot-menu-key", "\x86", 1);
	fake_fw_cfg_add("etc/boot-menu-message", "\nPress F12, please", 18);
	type(5100, ESC);
	type(5200, F12);
	type(5300, '2');
	ok(menu_choose(list_of(3)) == &entries[1]);
	ok(machine_said("\nPress F12, please\n"));
	begin_wanted(); /* the longest time that there is */
	fake_fw_cfg_add("etc/boot-menu-wait", "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	type(999999, ESC);
	type(999999, '1');
	ok(menu_choose(list_of(3)) == &entries[0]);
}

static void choosing(void)
{
	static const char keys[] = "123456789abcdefghijklmnopqrstuvwxyz";

	for (unsigned count = 0; count <= ENTRIES; count++) {
		for (unsigned i = 0; i < sizeof(keys) - 1; i++) {
			begin_wanted();
			type(5001, ESC);
			type(5002, 0x0200 | keys[i]);
			type(5003, 0x0200 | 'Z'); /* no such entry, whatever there is */
			type(5004, ESC);
			ok(menu_choose(list_of(count)) == (i < count ? &entries[i] : NULL));
			ok(taken == (i < count ? 2 : 4));
		}
	}
	begin_wanted(); /* keys without a character, and keys that are not in the list */
	type(5001, ESC);
	type(5002, F12);
	type(5003, 0x0b30);
	type(5004, 0x4be0);
	type(5005, 0x0300);
	type(5006, '3');
	ok(menu_choose(list_of(3)) == &entries[2]);
}

/* What is listed, of each size in the unit that tells most. */
static void listing(void)
{
	static const struct {
		uint64_t blocks;
		uint32_t block_size;
		const char *line;
	} sizes[] = {
		{0, 512, "  1  entry-0  0 KiB\n"},
		{3, 512, "  1  entry-0  1 KiB\n"},
		{2880, 512, "  1  entry-0  1440 KiB\n"},
		{20479, 512, "  1  entry-0  10239 KiB\n"},
		{20480, 512, "  1  entry-0  10 MiB\n"},
		{1000, 4096, "  1  entry-0  4000 KiB\n"},
		{20971519, 512, "  1  entry-0  10239 MiB\n"},
		{20971520, 512, "  1  entry-0  10 GiB\n"},
		{1ull << 40, 512, "  1  entry-0  524288 GiB\n"},
	};
	struct disk_ops described;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin_wanted();
		fake_disk_init(&disk, sizes[i].blocks, sizes[i].block_size);
		type(5001, ESC);
		type(5002, ESC);
		list_of(1)->disk = &disk.disk;
		ok(!menu_choose(entries));
		ok(machine_said(sizes[i].line));
	}
	begin_wanted();
	described = *disk.disk.ops;
	described.describe = describe;
	fake_disk_init(&disk, 4096, 512);
	disk.disk.ops = &described;
	type(5001, ESC);
	type(5002, ESC);
	list_of(2)->disk = &disk.disk;
	ok(!menu_choose(entries));
	ok(machine_said(
		"\nBoot from:\n  1  entry-0  A disk's model and serial number, so long that it"
		" must be cut, 2048 KiB\n  2  entry-1\nPress a key of the list, or ESC to"
		" boot as usual\n"));
}

int main(void)
{
	not_wanted();
	waiting();
	choosing();
	listing();
	return done();
}
