/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Devices that no table lists.
 */
#ifndef PETREL_HW_BOARD_H
#define PETREL_HW_BOARD_H

/* Lets each driver look for its devices at their known places; where that is not
 * safe, says that devices cannot be found. For machines without a usable DSDT. */
void board_search_devices(void);

#endif
