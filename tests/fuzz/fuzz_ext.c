/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* What an ext2, ext3 or ext4 file system holds, by image.h. */
#include "image.h"

void image_use(struct disk *disk)
{
	image_walk(disk);
}
