/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Linux by its boot protocol.
 */
#ifndef PETREL_BOOT_LINUX_H
#define PETREL_BOOT_LINUX_H

#include "boot/kernel.h"

/* Whether a sound kernel's own real-mode part must run. */
bool linux_needs_bios(const struct kernel *kernel);

/* Enters the kernel, in real mode if `real` is set, or says what is wrong and returns. */
void linux_start(const struct kernel *kernel, bool real);

#endif
