/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What drivers of displays share: which size is asked for.
 */
#ifndef PETREL_HW_DISPLAY_DISPLAY_H
#define PETREL_HW_DISPLAY_DISPLAY_H

#include <stdint.h>

#include "console/framebuffer.h"

enum { EDID_SIZE = 128 };

/* Takes the 128 bytes at `edid`, which must stay, for the framebuffer's, and the size in
 * pixels that the display likes best. Nothing happens if they are none. */
void display_set_edid(struct framebuffer *framebuffer, const uint8_t *edid);

/* Takes the size that the user has asked for by opt/org.petrel/xres and yres, which goes
 * before the display's own; what is there stays if there are no such files. During POST. */
void display_set_users_size(struct framebuffer *framebuffer);

/* Memory for the pixels of a display that has none of its own, for good: enough for the
 * preferred size or, if there is not so much to spare, for a smaller one; 32 bits a pixel.
 * Returns 0 or ERR_NOMEM. */
int display_alloc(struct framebuffer *framebuffer);

#endif
