// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The smallest program on the C runtime: more than one sector, loaded by the
 * boot sector (hello_chs is this one loaded by CHS reads).
 */

#include "guest.h"

/* Fills more than a track, so that a CHS load has to change heads. */
static const u8 ballast[16 * 1024] = {1, [16 * 1024 - 1] = 2};

void test(void)
{
	const volatile u8 *b = ballast;

	ok(b[0] == 1);
	ok(b[sizeof(ballast) / 2] == 0);
	ok(b[sizeof(ballast) - 1] == 2);
}
