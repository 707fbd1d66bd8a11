/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The step from the BIOS to a boot sector or boot image, which both the boot order and
 * INT 13h 4Ch take.
 *
 * Reference: BIOS Boot Specification 1.01, 6 "Booting".
 */
#include "bios/bootstrap.h"

#include "bios/drive.h"
#include "bios/realmode.h"
#include "block/disks.h"
#include "lib/log.h"

/* For the log; a candidate's name, in the arena. Set before anything is booted. */
static const char *name;

void bootstrap_name(const char *text)
{
	name = text;
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	log_line(LOG_INFO, "%s: booting as drive %xh", name, drive);
	/* What is booted now has not asked for block sizes yet (int13.c). */
	for (struct disk *disk = disk_first(); disk; disk = disk->next)
		disk->knows_size = false;
	drive_publish();
	realmode_boot(cs, ip, drive);
}
