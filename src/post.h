/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Power-on self-test, as it is still called.
 */
#ifndef PETREL_POST_H
#define PETREL_POST_H

/* Called by entry.S after a reset, on the private stack. */
void __attribute__((noreturn)) post(void);

#endif
