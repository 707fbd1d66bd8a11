/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Multiboot 1 kernels.
 */
#ifndef PETREL_BOOT_MULTIBOOT_H
#define PETREL_BOOT_MULTIBOOT_H

#include "boot/kernel.h"

/* Enters the kernel or says what is wrong and returns. */
void multiboot_start(const struct kernel *kernel);

#endif
