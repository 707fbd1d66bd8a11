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

/*
 * Does for a kernel that comes from a file what QEMU has done for one of -kernel: finds
 * where its parts go and fills in what the boot protocol has a boot loader fill in, but for
 * the initrd. kernel->setup has its first `setup_read` bytes, kernel->size that of the whole
 * file; command line, read and top are set. Returns false if it is damaged or does not fit,
 * which is said.
 */
bool linux_prepare(struct kernel *kernel, uint32_t setup_read);

#endif
