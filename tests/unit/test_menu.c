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
#include "boot/direct.h"
#include "boot/entry.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "fake_disk.h"
#include "fake_fw_cfg.h"
#include "lib/error.h"
#include "alone.h"

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

static bool have_input = true;

bool keyboard_has_input(void)
{
	return have_input;
}

static void type(uint64_t time, uint16_t key)
{
	typed[typed_count].time = time;
	typed[typed_count++].key = key;
}

/* --- the row that is written again and again ---------------------------------------- */

static char row[SCREEN_COLUMNS + 1];
static unsigned column;

unsigned screen_columns(void)
{
	return SCREEN_COLUMNS;
}

void screen_print(const char *s, size_t length)
{
	for (; length; length--, s++) {
		if (*s == '\r') {
			column = 0;
		} else {
			ok(column < SCREEN_COLUMNS - 1);
			row[column++] = *s;
		}
	}
}

static bool row_is(const char *text)
{
	char padded[SCREEN_COLUMNS];

	snprintf(padded, sizeof(padded), "%-79s", text);
	return !strcmp(row, padded);
}

/* --- entries of disks ------------------------------------------------------------------ */

static struct entry_list list;
static struct entry *list_entries;
static char line[DIRECT_LINE_SIZE];

struct entry_list *direct_entries(struct disk *of)
{
	(void)of;
	return list.first ? &list : NULL;
}

char *direct_command_line(struct disk *of, const struct entry *entry)
{
	(void)of;
	snprintf(line, sizeof(line), "%s", entry->options);
	return line;
}

void direct_title(const struct entry *entry, char *to, uint32_t size)
{
	snprintf(to, size, "%s", entry->title);
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
	memset(row, 0, sizeof(row));
	column = 0;
	list.first = NULL;
	have_input = true;
}

static void begin_wanted(void)
{
	begin();
	fake_fw_cfg_set_number(FW_CFG_BOOT_MENU, 1);
}

/* What was chosen, and with which line; the entry is in chosen_entry. */
static struct menu_choice choice;

static struct candidate *choose(struct candidate *first)
{
	choice = (struct menu_choice){0};
	return menu_choose(first, &choice) ? choice.candidate : NULL;
}

/* --- the tests -------------------------------------------------------------------------- */

static void not_wanted(void)
{
	begin();
	type(5001, ESC);
	ok(!choose(list_of(3)) && machine_was_silent() && !taken && now == 5000);
	begin_wanted(); /* the file says more than the item */
	fake_fw_cfg_add("etc/show-boot-menu", "\0", 1);
	ok(!choose(list_of(3)) && machine_was_silent());
	begin_wanted();
	fake_fw_cfg_read_fails = true;
	ok(!choose(list_of(3)) && machine_was_silent());
	begin();
	fake_fw_cfg_add("etc/show-boot-menu", "\1\0", 2);
	ok(!choose(list_of(3)) && machine_said("Press ESC for the boot menu\n"));
	begin(); /* 2: not if there is nothing to choose */
	fake_fw_cfg_add("etc/show-boot-menu", "\2\0", 2);
	ok(!choose(list_of(1)) && machine_was_silent());
	ok(!choose(list_of(2)) && machine_said("Press ESC for the boot menu\n"));
}

static void waiting(void)
{
	begin_wanted();
	ok(!choose(list_of(3)) && now == 7500);
	ok(machine_said_once("Press ESC for the boot menu\n"));
	begin_wanted();
	fake_fw_cfg_add("etc/boot-menu-wait", "\x10\x27", 2);
	ok(!choose(list_of(3)) && now == 15000);
	begin_wanted(); /* too late, and other keys */
	type(5100, 0x1e61);
	type(5200, F12);
	type(7500, ESC);
	ok(!choose(list_of(3)) && taken == 2 && now == 7500);
	begin_wanted();
	fake_fw_cfg_add("etc/boot-menu-key", "\x86", 1);
	fake_fw_cfg_add("etc/boot-menu-message", "\nPress F12, please", 18);
	type(5100, ESC);
	type(5200, F12);
	type(5300, '2');
	ok(choose(list_of(3)) == &entries[1]);
	ok(machine_said("\nPress F12, please\n"));
	begin_wanted(); /* the longest time that there is */
	fake_fw_cfg_add("etc/boot-menu-wait", "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	type(999999, ESC);
	type(999999, '1');
	ok(choose(list_of(3)) == &entries[0]);
}

static void choosing(void)
{
	static const char keys[] = "123456789abcdfghijklmnopqrstuvwxyz"; /* e edits */

	for (unsigned count = 0; count <= ENTRIES; count++) {
		for (unsigned i = 0; i < sizeof(keys) - 1; i++) {
			begin_wanted();
			type(5001, ESC);
			type(5002, 0x0200 | keys[i]);
			type(5003, 0x0200 | 'Z'); /* no such entry, whatever there is */
			type(5004, ESC);
			ok(choose(list_of(count)) == (i < count ? &entries[i] : NULL));
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
	ok(choose(list_of(3)) == &entries[2]);
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
		ok(!choose(entries));
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
	ok(!choose(entries));
	ok(machine_said(
		"\nBoot from:\n  1  entry-0  A disk's model and serial number, so long that it"
		" must be cut, 2048 KiB\n  2  entry-1\nPress a key of the list, or ESC to"
		" boot as usual\n\n"));
}

/* Two entries below the first of two disks. */
static void begin_entries(void)
{
	static struct entry two[2];

	begin_wanted();
	fake_disk_init(&disk, 4096, 512);
	two[0] = (struct entry){.next = &two[1], .title = "Title 1", .options = "options of 1"};
	two[1] = (struct entry){.title = "Title 2", .options = "", .refused = "needs a password"};
	list_entries = two;
	list = (struct entry_list){.first = two, .chosen = two};
	list_of(2)->disk = &disk.disk;
	type(5001, ESC);
}

static void type_all(const uint16_t *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		type(5100 + i, keys[i]);
}

#define TYPE(...)                                                                                  \
	do {                                                                                       \
		const uint16_t keys_[] = {__VA_ARGS__};                                            \
		type_all(keys_, sizeof(keys_) / sizeof(keys_[0]));                                 \
	} while (0)

enum {
	UP = 0x48e0,
	DOWN = 0x50e0,
	HOME = 0x47e0,
	END = 0x4fe0,
	LEFT = 0x4be0,
	RIGHT = 0x4de0,
	DEL = 0x53e0,
	BACKSPACE = 0x0e08,
	ENTER = 0x1c0d,
	EDIT = 0x1265,
	CTRL_K = 0x250b,
	CTRL_U = 0x1615
};

static void listing_entries(void)
{
	begin_entries();
	TYPE(ESC);
	ok(!choose(entries));
	ok(machine_said("  2    Title 1\n  3    Title 2: needs a password\n  4  entry-1\n"
			"Press a key of the list, or ESC to boot as usual\n"
			"Or choose by the arrows: Enter boots, e edits an entry's command line\n"));
	ok(row_is("> 1  entry-0"));
}

static void choosing_entries(void)
{
	begin_entries();
	TYPE('3');
	ok(choose(entries) == &entries[0] && choice.entry == &list_entries[1] && !choice.line);
	begin_entries();
	TYPE('4');
	ok(choose(entries) == &entries[1] && !choice.entry);
	begin_entries();
	TYPE(DOWN, ENTER);
	ok(choose(entries) == &entries[0] && choice.entry == &list_entries[0] && !choice.line);
	ok(row_is("> 2  Title 1"));
	begin_entries(); /* not beyond the ends */
	TYPE(UP, DOWN, DOWN, DOWN, DOWN, DOWN, ENTER);
	ok(choose(entries) == &entries[1] && !choice.entry);
	begin_entries();
	TYPE(END, HOME, DOWN, DOWN, UP, ENTER);
	ok(choose(entries) == &entries[0] && choice.entry == &list_entries[0]);
	begin_entries(); /* a disk has no command line */
	TYPE(EDIT, ENTER);
	ok(choose(entries) == &entries[0] && !choice.entry);
}

static void editing(void)
{
	begin_entries();
	TYPE(DOWN, EDIT, BACKSPACE, '2', ' ', 'x', LEFT, LEFT, LEFT, DEL, HOME, 'A', RIGHT, ENTER);
	ok(choose(entries) == &entries[0] && choice.entry == &list_entries[0]);
	ok(!strcmp(choice.line, "Aoptions of  x"));
	ok(row_is("Aoptions of  x") && column == 2);
	begin_entries();
	TYPE(DOWN, EDIT, HOME, RIGHT, RIGHT, CTRL_K, 0x011b, DOWN, EDIT, LEFT, DEL, BACKSPACE, 'y',
	     'z', CTRL_U, 'q', CTRL_K, ENTER);
	ok(choose(entries) && choice.entry == &list_entries[1] && !strcmp(choice.line, "q"));
}

/* One that is longer than the row, and one that is as long as it can be. */
static void long_line(void)
{
	static char text[DIRECT_LINE_SIZE];

	memset(text, 'a', 200);
	text[200] = '\0';
	begin_entries();
	list_entries[0].options = text;
	TYPE(DOWN, EDIT, 'b', ENTER);
	ok(choose(entries) && strlen(choice.line) == 201 && choice.line[200] == 'b');
	ok(row[77] == 'b' && row[78] == ' ' && column == 78);
	begin_entries();
	list_entries[0].options = text;
	TYPE(DOWN, EDIT, HOME, 'c', ENTER);
	ok(choose(entries) && choice.line[0] == 'c' && row[0] == 'c' && column == 1);
	begin_entries();
	memset(text, 'a', sizeof(text) - 1);
	list_entries[0].options = text;
	TYPE(DOWN, EDIT, 'b', BACKSPACE, ENTER);
	ok(choose(entries) && strlen(choice.line) == sizeof(text) - 2);
}

static void counting_down(void)
{
	begin_entries();
	typed_count = 0;
	ok(!menu_count_down(entries, list_entries, 3000, &choice) && now == 8000);
	ok(machine_said("Booting Title 1 in 3 s; any key for the menu\n"));
	type(8001, ' ');
	ok(!menu_count_down(entries, list_entries, 3000, &choice)); /* once is enough */
	ok(machine_was_silent());
}

static void no_count_down(void)
{
	begin_entries();
	ok(!menu_count_down(entries, list_entries, 0, &choice) && now == 5000);
	have_input = false;
	ok(!menu_count_down(entries, list_entries, 3000, &choice) && now == 5000);
	ok(machine_was_silent());
}

static void interrupted(void)
{
	begin_entries();
	typed_count = 0;
	TYPE(' ', ENTER);
	ok(menu_count_down(entries, list_entries, 3500, &choice) && choice.entry == list_entries);
	ok(machine_said("Booting Title 1 in 4 s; any key for the menu\n"));
}

static void no_count_down_after_the_menu(void)
{
	begin_entries();
	TYPE(ESC);
	ok(!choose(entries));
	ok(!menu_count_down(entries, list_entries, 3000, &choice) && machine_said("Boot from"));
}

int main(void)
{
	alone(counting_down);
	alone(no_count_down);
	alone(interrupted);
	alone(no_count_down_after_the_menu);
	not_wanted();
	waiting();
	choosing();
	listing();
	listing_entries();
	choosing_entries();
	editing();
	long_line();
	return done();
}
