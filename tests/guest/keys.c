// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * Reports each key of INT 16h AH=10h with the shift flags at that moment, until a
 * '.' comes. Then keys by AH=00h, until a '.'.
 */

#include "guest.h"

static void report(u8 function)
{
	u16 key;

	do {
		key = intr_ax(0x16, function << 8).ax;
		say("key: %x %x\n", key, intr_ax(0x16, 0x0200).al);
	} while ((key & 0xff) != '.');
}

void test(void)
{
	say("ready\n");
	report(0x10);
	report(0x00);
	ok(true);
}
