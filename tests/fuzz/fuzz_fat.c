/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* What a FAT volume holds, by image.h. */
#include "image.h"

void image_use(struct disk *disk)
{
	image_walk(disk);
}
