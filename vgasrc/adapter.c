/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The adapter that this image is for. Compiled once for each.
 *
 * Reference: QEMU, docs/specs/standard-vga, and the BARs that its adapters register.
 */
#include "vgasrc/adapter.h"

static const char ROM name[] = ADAPTER_NAME;

const struct adapter ROM adapter = {
	.vendor = ADAPTER_VENDOR,
	.device = ADAPTER_DEVICE,
	.framebuffer_bar = ADAPTER_FRAMEBUFFER_BAR,
	.edid_bar = ADAPTER_EDID_BAR,
	.name = name,
};
