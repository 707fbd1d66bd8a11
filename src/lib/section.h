/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Where in the image something goes; rom.lds.S has these sections.
 */
#ifndef PETREL_LIB_SECTION_H
#define PETREL_LIB_SECTION_H

/* A table at an offset in segment F000 that old software knows. The address counts,
 * not the alignment that the compiler would like. */
#define FIXED(offset) __attribute__((used, aligned(1), section(".fixed." #offset)))

/* A table anywhere in segment F000, for guests that are given its seg:off. */
#define IN_FSEG __attribute__((section(".fseg")))

/* A variable that POST does not clear, since whoever uses it fills it first. */
#define NOINIT __attribute__((section(".noinit")))

#endif
