/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices that no table lists.
 */
#ifndef PETREL_HW_BOARD_H
#define PETREL_HW_BOARD_H

#include <stdbool.h>

/* Lets each driver look for its devices at their known places; where that is not
 * safe, says that devices cannot be found. For machines without a usable DSDT;
 * `have_tables` says that the host offers tables all the same. */
void board_search_devices(bool have_tables);

#endif
