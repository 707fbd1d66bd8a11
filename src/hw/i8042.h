/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The interrupt of a PS/2 keyboard.
 */
#ifndef PETREL_HW_I8042_H
#define PETREL_HW_I8042_H

/* INT 09h has come to us. Where a program has hooked it, and so has read the byte, this
 * takes it as well: the port still has it. Otherwise it is left for a look at all inputs. */
void i8042_interrupt(void);

#endif
