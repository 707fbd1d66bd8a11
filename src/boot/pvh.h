/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ELF kernels with an entry point for PVH.
 */
#ifndef PETREL_BOOT_PVH_H
#define PETREL_BOOT_PVH_H

#include "boot/kernel.h"

/* Enters the kernel or says what is wrong and returns. */
void pvh_start(const struct kernel *kernel);

#endif
