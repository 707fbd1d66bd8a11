/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A disk's file systems, mounted, and which of them are for boot loaders.
 *
 * References: UAPI.1 "Boot Loader Specification", "The Partitions"; UEFI 2.10, 13.3.3
 * "Partition Discovery".
 */
#include "boot/volume.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry.h"
#include "lib/error.h"

enum {
	VOLUMES_MAX = 64,
	MBR_ESP = 0xef,
	MBR_XBOOTLDR = 0xea,
};

/* In the order of bytes on the disk. */
static const uint8_t guid_esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				     0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
static const uint8_t guid_xbootldr[16] = {0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
					  0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};

static enum volume_role find_role(const struct fs *fs)
{
	const struct partition *p = &fs->partition;

	if (p->table == PARTITION_GPT) {
		if (!memcmp(p->type, guid_esp, sizeof(guid_esp)))
			return VOLUME_ESP;
		return memcmp(p->type, guid_xbootldr, sizeof(guid_xbootldr)) ? VOLUME_OTHER :
									       VOLUME_XBOOTLDR;
	}
	if (p->mbr_type == MBR_XBOOTLDR)
		return VOLUME_XBOOTLDR;
	/* Firmware starts from any FAT where no type forbids it: sticks, and disks for
	 * machines that know both worlds. */
	return p->mbr_type == MBR_ESP || !strcmp(fs_format(fs), "vfat") ? VOLUME_ESP : VOLUME_OTHER;
}

struct mounting {
	struct volume **slot;
	struct volume *spare; /* of a partition that had no file system */
	unsigned count;
};

static int mount(const struct partition *partition, void *context)
{
	struct mounting *m = context;

	if (!m->spare)
		m->spare = entry_alloc(sizeof(*m->spare));
	if (!m->spare)
		return ERR_NOMEM;
	if (fs_mount(&m->spare->fs, partition))
		return 0;
	m->spare->role = find_role(&m->spare->fs);
	*m->slot = m->spare;
	m->slot = &m->spare->next;
	m->spare = NULL;
	return ++m->count == VOLUMES_MAX;
}

int volume_mount_all(struct disk *disk, struct volume **first)
{
	struct mounting m = {.slot = first};
	int result;

	*first = NULL;
	result = partition_each(disk, mount, &m);
	return result < 0 ? result : 0;
}
