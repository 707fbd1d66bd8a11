/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The boot menu. It is offered where the user said `-boot menu=on` (fw_cfg item
 * 0Eh), or by the files that users of other firmware know: etc/show-boot-menu,
 * etc/boot-menu-wait (ms; also `-boot splash-time=`), etc/boot-menu-key (the scan
 * code of the key that opens it) and etc/boot-menu-message. Pictures (`-boot splash=`) are
 * not shown: the message says which key it is, on every console.
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
#include "console/keyboard.h"
#include "fw/fw_cfg.h"
#include "lib/log.h"

enum {
	DEFAULT_WAIT_MS = 2500,
	IF_THERE_IS_A_CHOICE = 2, /* in etc/show-boot-menu */
	SCAN_ESC = 0x01,
	DESCRIPTION_SIZE = 64,
};

static const char entry_keys[] = "123456789abcdefghijklmnopqrstuvwxyz";

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

static void list_entry(char key, const struct candidate *entry)
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

struct candidate *menu_choose(struct candidate *first)
{
	struct candidate *entry = first;
	uint16_t key;

	if (!is_wanted(first) || !wait_for_key())
		return NULL;
	say("\nBoot from:\n");
	for (const char *k = entry_keys; *k && entry; k++, entry = entry->next)
		list_entry(*k, entry);
	say("Press a key of the list, or ESC to boot as usual\n");
	for (;;) {
		keyboard_wait(&key, KEYBOARD_NO_END);
		if (key >> 8 == SCAN_ESC)
			return NULL;
		entry = first;
		for (const char *k = entry_keys; *k && entry; k++, entry = entry->next)
			if ((key & 0xff) == *k)
				return entry;
	}
}
