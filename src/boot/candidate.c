/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The list of boot candidates: disks, and what option ROMs offer.
 *
 * Reference: BIOS Boot Specification 1.01, 3 "IPL Devices".
 */
#include "boot/candidate.h"

#include <stddef.h>

static struct candidate *candidates;

void candidate_add(struct candidate *candidate)
{
	struct candidate **slot = &candidates;

	while (*slot && (*slot)->place <= candidate->place)
		slot = &(*slot)->next;
	candidate->next = *slot;
	*slot = candidate;
}

struct candidate *candidate_first(void)
{
	return candidates;
}
