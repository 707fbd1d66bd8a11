/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* What a CD holds, by image.h. */
#include "image.h"

void image_use(struct disk *disk)
{
	image_walk(disk);
}
