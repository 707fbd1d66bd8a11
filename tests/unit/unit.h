/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The whole of the unit-test framework: ok(expression) counts, and prints what
 * failed and where; main() ends with `return done();`. The sanitizers stop a
 * test that reads or writes where it must not.
 */
#ifndef PETREL_UNIT_H
#define PETREL_UNIT_H

#include <stdbool.h>
#include <stdio.h>

static unsigned unit_passed, unit_failed;

static inline void unit_result(bool passed, const char *file, int line, const char *expression)
{
	if (passed) {
		unit_passed++;
		return;
	}
	unit_failed++;
	printf("%s:%d: FAILED: %s\n", file, line, expression);
}

#define ok(expression) unit_result((expression), __FILE__, __LINE__, #expression)

static inline int done(void)
{
	printf("%u passed, %u failed\n", unit_passed, unit_failed);
	return unit_failed || !unit_passed;
}

#endif
