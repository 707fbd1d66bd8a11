/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * For fake devices: what a driver must do, or the test ends.
 */
#ifndef PETREL_RULES_H
#define PETREL_RULES_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: the driver broke a rule: %s\n", __FILE__, __LINE__,         \
			       #condition);                                                        \
			fflush(stdout);                                                            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
