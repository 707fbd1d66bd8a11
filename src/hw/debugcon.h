/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's debug port.
 */
#ifndef PETREL_HW_DEBUGCON_H
#define PETREL_HW_DEBUGCON_H

#include <stddef.h>

/* Writes text there, if anything listens: a sink for the log. */
void debugcon_write(const char *s, size_t length);

#endif
