/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * For tests of sources whose variables are clear only at the start of POST.
 */
#ifndef PETREL_ALONE_H
#define PETREL_ALONE_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* Runs a part of the test in a process of its own: what it changes is gone afterwards,
 * but for the results. */
static inline void alone(void (*part)(void))
{
	unsigned results[2] = {0, 1};
	int ends[2];
	pid_t child;

	fflush(stdout);
	if (pipe(ends) || (child = fork()) < 0)
		abort();
	if (!child) {
		unit_passed = unit_failed = 0;
		part();
		results[0] = unit_passed;
		results[1] = unit_failed;
		fflush(stdout);
		if (write(ends[1], results, sizeof(results)) != sizeof(results))
			abort();
		exit(0); /* not _exit(): coverage is counted at the end */
	}
	close(ends[1]);
	if (read(ends[0], results, sizeof(results)) != sizeof(results))
		printf("a part of the test has died\n");
	close(ends[0]);
	waitpid(child, NULL, 0);
	unit_passed += results[0];
	unit_failed += results[1];
}

#endif
