/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The kernel given to QEMU with -kernel.
 */
#ifndef PETREL_BOOT_FW_CFG_KERNEL_H
#define PETREL_BOOT_FW_CFG_KERNEL_H

#include <stdbool.h>

/* Enters the kernel if there is one that needs no BIOS. Returns if there is none,
 * if it must wait, or if it is damaged, which is said on the console. Needs the
 * memory map and the ACPI tables, and nothing else. */
void fw_cfg_kernel_start(void);

/* Enters the kernel for which fw_cfg_kernel_start() returned because it must wait for
 * the services and the option ROMs; returns if there is none, or if it is damaged. */
void fw_cfg_kernel_start_late(void);

/* Whether QEMU has a kernel, sound or not. Call after fw_cfg_kernel_start(). */
bool fw_cfg_kernel_given(void);

#endif
