/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Whether sector 0 has a partition table. Boot sectors without one (a FAT volume's, games,
 * old systems') have code, text or data in its place, so it counts only if all four entries
 * can be what they claim to be.
 *
 * Reference: mbr.h.
 */
#include "block/mbr.h"

#include <stdbool.h>
#include <stddef.h>

/* By cylinder: sectors count from 1; tables that know LBA only have zeros. */
static bool chs_plausible(const struct mbr_chs *chs)
{
	return mbr_chs_sector(chs) || (!chs->head && !chs->sector && !chs->cylinder);
}

static uint64_t partition_end(const struct mbr_partition *p)
{
	return (uint64_t)p->start + p->count;
}

static bool entry_plausible(const struct mbr_partition *p)
{
	if (p->status & ~MBR_ACTIVE)
		return false;
	if (!p->type) /* unused; hybrid images have sizes there all the same */
		return true;
	return p->count && partition_end(p) <= UINT32_MAX + 1ull && chs_plausible(&p->first) &&
	       chs_plausible(&p->last);
}

/* Apart, or one in the other, as hybrid images have it. */
static bool pair_plausible(const struct mbr_partition *a, const struct mbr_partition *b)
{
	uint64_t a_end = partition_end(a), b_end = partition_end(b);

	if (a_end <= b->start || b_end <= a->start)
		return true;
	return (a->start >= b->start && a_end <= b_end) || (b->start >= a->start && b_end <= a_end);
}

const struct mbr_partition *mbr_table(const void *sector0)
{
	const struct mbr_partition *table = mbr_partitions(sector0);
	unsigned used = 0, active = 0;

	if (mbr_signature(sector0) != MBR_SIGNATURE_VALUE)
		return NULL;
	for (unsigned i = 0; i < MBR_PARTITIONS; i++) {
		if (!entry_plausible(&table[i]))
			return NULL;
		for (unsigned other = 0; table[i].type && other < i; other++)
			if (table[other].type && !pair_plausible(&table[i], &table[other]))
				return NULL;
		used += table[i].type != 0;
		active += table[i].status == MBR_ACTIVE;
	}
	return used && active <= 1 ? table : NULL;
}
