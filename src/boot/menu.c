/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu. It is offered where the user said `-boot menu=on` (fw_cfg item
 * 0Eh), or by the files that users of other firmware know: etc/show-boot-menu,
 * etc/boot-menu-wait (ms; also `-boot splash-time=`), etc/boot-menu-key (the scan
 * code of the key that opens it) and etc/boot-menu-message. Any key opens it while the wait
 * runs that an entry's own configuration asks for. Pictures (`-boot splash=`) are not shown:
 * the message says which key it is, on every console.
 *
 * Reference: QEMU, hw/nvram/fw_cfg.c; IBM PS/2 and PC BIOS Interface Technical
 * Reference, "Keyboard" for scan codes.
 */
#include "boot/menu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block/disk.h"
#include "boot/candidate.h"
#include "boot/direct.h"
#include "boot/entry.h"
#include "boot/lineedit.h"
#include "console/keyboard.h"
#include "fw/fw_cfg.h"
#include "lib/format.h"
#include "lib/log.h"

enum {
	DEFAULT_WAIT_MS = 2500,
	IF_THERE_IS_A_CHOICE = 2, /* in etc/show-boot-menu */
	DESCRIPTION_SIZE = 64,
	TITLE_SIZE = 100,
	KEY_EDIT = 'e',
	NO_KEY = ' ', /* of what comes behind those that have one */
};

/* All but KEY_EDIT. */
static const char item_keys[] = "123456789abcdfghijklmnopqrstuvwxyz";

static bool offered; /* or counted down: once is enough */

static uint64_t integer(const char *name, uint64_t otherwise)
{
	uint64_t value;

	return fw_cfg_integer(name, &value) ? otherwise : value;
}

static bool is_wanted(const struct candidate *first)
{
	uint16_t wanted = 0;
	uint64_t how;

	if (fw_cfg_find("etc/show-boot-menu")) {
		how = integer("etc/show-boot-menu", 0);
		return how == IF_THERE_IS_A_CHOICE ? first && first->next : how;
	}
	return !fw_cfg_read(FW_CFG_BOOT_MENU, &wanted, sizeof(wanted)) && wanted;
}

/* Waits for the key that opens the menu. */
static bool wait_for_key(void)
{
	uint64_t scan_code = integer("etc/boot-menu-key", SCAN_ESC);
	uint64_t now = keyboard_time_ms();
	uint64_t end = now + integer("etc/boot-menu-wait", DEFAULT_WAIT_MS);
	const char *message = fw_cfg_load("etc/boot-menu-message", NULL);
	uint16_t key;

	if (end < now)
		end = KEYBOARD_NO_END;
	say("%s\n", message ? message : "Press ESC for the boot menu");
	while (keyboard_wait(&key, end))
		if (key >> 8 == scan_code)
			return true;
	return false;
}

/* --- what is in the list ------------------------------------------------------------------ */

/* Candidates, and below those that are disks their entries, counted from 0; false if there
 * are not so many. */
static bool get_item(struct candidate *first, unsigned index, struct menu_choice *item)
{
	for (struct candidate *c = first; c; c = c->next) {
		struct entry_list *list = c->disk ? direct_entries(c->disk) : NULL;

		*item = (struct menu_choice){.candidate = c};
		if (!index--)
			return true;
		for (item->entry = list ? list->first : NULL; item->entry;
		     item->entry = item->entry->next)
			if (!index--)
				return true;
	}
	return false;
}

static char key_of(unsigned index)
{
	return index < sizeof(item_keys) - 1 ? item_keys[index] : NO_KEY;
}

static void list_candidate(char key, const struct candidate *entry)
{
	struct disk *disk = entry->disk;
	char description[DESCRIPTION_SIZE] = "";
	uint64_t kib;

	if (!disk) {
		say("  %c  %s\n", key, entry->name);
		return;
	}
	if (disk->ops->describe)
		disk->ops->describe(disk, description, sizeof(description));
	kib = disk_sectors(disk) / 2;
	say("  %c  %s  %s%s%llu %s\n", key, entry->name, description, *description ? ", " : "",
	    kib < 10240    ? kib :
	    kib < 10 << 20 ? kib >> 10 :
			     kib >> 20,
	    kib < 10240    ? "KiB" :
	    kib < 10 << 20 ? "MiB" :
			     "GiB");
}

static void list_entry(char key, const struct entry *entry)
{
	char title[TITLE_SIZE];

	direct_title(entry, title, sizeof(title));
	say("  %c    %s%s%s\n", key, title, entry->refused ? ": " : "",
	    entry->refused ? entry->refused : "");
}

static void list_items(struct candidate *first)
{
	struct menu_choice item;
	bool entries = false;

	say("\nBoot from:\n");
	for (unsigned i = 0; get_item(first, i, &item); i++) {
		entries |= item.entry != NULL;
		if (item.entry)
			list_entry(key_of(i), item.entry);
		else
			list_candidate(key_of(i), item.candidate);
	}
	say("Press a key of the list, or ESC to boot as usual\n");
	if (entries)
		say("Or choose by the arrows: Enter boots, e edits an entry's command line\n");
}

/* --- choosing ----------------------------------------------------------------------------- */

static void show_selected(struct candidate *first, unsigned index)
{
	char text[TITLE_SIZE], title[TITLE_SIZE];
	struct menu_choice item;

	if (!get_item(first, index, &item))
		return;
	if (item.entry)
		direct_title(item.entry, title, sizeof(title));
	format(text, sizeof(text), "> %c  %s", key_of(index),
	       item.entry ? title : item.candidate->name);
	lineedit_show(text, 0, 0);
}

/* Where the selection goes by a key; it stays where that is none of the list. */
static unsigned move(struct candidate *first, unsigned index, uint8_t scan_code)
{
	struct menu_choice item;

	if (scan_code == SCAN_UP && index)
		return index - 1;
	if (scan_code == SCAN_DOWN && get_item(first, index + 1, &item))
		return index + 1;
	if (scan_code == SCAN_HOME)
		return 0;
	while (scan_code == SCAN_END && get_item(first, index + 1, &item))
		index++;
	return index;
}

/* Lets the command line of an entry be edited; false if that was cancelled. */
static bool edit(struct menu_choice *item)
{
	char *line = direct_command_line(item->candidate->disk, item->entry);

	say("\nCommand line: Enter boots, ESC goes back to the list\n");
	item->line = line;
	return line && lineedit(line, DIRECT_LINE_SIZE);
}

/* The item with this key; false if there is none. */
static bool find_key(struct candidate *first, char key, struct menu_choice *item)
{
	for (unsigned i = 0; get_item(first, i, item); i++)
		if (key == key_of(i) && key != NO_KEY)
			return true;
	return false;
}

static bool choose(struct candidate *first, unsigned index, struct menu_choice *choice)
{
	uint16_t key;

	list_items(first);
	for (;;) {
		show_selected(first, index);
		keyboard_wait(&key, KEYBOARD_NO_END);
		if (key >> 8 == SCAN_ESC)
			return false;
		if (find_key(first, key, choice))
			return true;
		if ((key & 0xff) == CHARACTER_ENTER && get_item(first, index, choice))
			return true;
		if ((key & 0xff) == KEY_EDIT && get_item(first, index, choice) && choice->entry) {
			if (edit(choice))
				return true;
			list_items(first);
		}
		index = move(first, index, key >> 8);
	}
}

/* Chooses, and ends the line that shows the selection. */
static bool choose_from(struct candidate *first, unsigned index, struct menu_choice *choice)
{
	bool chosen = choose(first, index, choice);

	say("\n");
	return chosen;
}

bool menu_choose(struct candidate *first, struct menu_choice *choice)
{
	offered = is_wanted(first);
	return offered && wait_for_key() && choose_from(first, 0, choice);
}

bool menu_count_down(struct candidate *first, struct entry *entry, uint32_t wait_ms,
		     struct menu_choice *choice)
{
	char title[TITLE_SIZE];
	struct menu_choice item;
	unsigned index = 0;
	uint16_t key;

	if (!wait_ms || offered || !keyboard_has_input())
		return false;
	offered = true;
	direct_title(entry, title, sizeof(title));
	say("Booting %s in %u s; any key for the menu\n", title, (wait_ms + 999) / 1000);
	if (!keyboard_wait(&key, keyboard_time_ms() + wait_ms))
		return false;
	while (get_item(first, index, &item) && item.entry != entry)
		index++;
	return choose_from(first, index, choice);
}
