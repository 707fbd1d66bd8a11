/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Disks have no cylinders any more, but partition tables and boot sectors written
 * on other machines name sectors by cylinder, head and sector, and a loader that
 * uses them (DOS, old SYSLINUX, GRUB without LBA) must be told the geometry that
 * they were written with. Where sector 0 says nothing, it is by convention that
 * of LBA assist.
 *
 * References: Phoenix Enhanced Disk Drive Specification 1.1, 3.2 (LBA assist);
 * mbr.h for the tables.
 */
#include "block/geometry.h"

#include <stddef.h>

#include "block/mbr.h"
#include "lib/util.h"

enum {
	LBA_HEADS = 255, /* what LBA-assist translation ends with */
	LBA_SECTORS = 63,
	MAX_CYLINDERS = 1024,  /* the ten bits of INT 13h */
	LAST_CYLINDERS = 1022, /* from here on, "beyond": 1022 or 1023 by taste */
	BPB_MEDIA = 0xf0,      /* the lowest media descriptor */
};

/* What partitioning programs use, most common first. */
static const struct {
	uint8_t heads, sectors;
} usual[] = {
	{255, 63}, {16, 63}, {64, 32}, {32, 63}, {64, 63}, {128, 63}, {240, 63}, {15, 63},
};

struct geometry geometry_of(uint64_t sectors, uint16_t heads, uint16_t track_sectors)
{
	struct geometry g = {.heads = heads, .sectors = track_sectors};
	uint32_t limited = sectors < UINT32_MAX ? sectors : UINT32_MAX;

	g.cylinders = limited / (heads * track_sectors);
	if (g.cylinders > MAX_CYLINDERS)
		g.cylinders = MAX_CYLINDERS;
	if (!g.cylinders)
		g.cylinders = 1;
	return g;
}

struct geometry geometry_by_size(uint64_t sectors)
{
	uint32_t limited = sectors < UINT32_MAX ? sectors : UINT32_MAX;
	uint16_t heads = 16;

	while (heads < LBA_HEADS && limited / (heads * LBA_SECTORS) > MAX_CYLINDERS)
		heads = heads == 128 ? LBA_HEADS : heads * 2;
	return geometry_of(sectors, heads, LBA_SECTORS);
}

/* Whether an address by cylinder says anything: zeros and "beyond" do not. */
static bool speaks(const struct mbr_chs *chs)
{
	return mbr_chs_sector(chs) && mbr_chs_cylinder(chs) < LAST_CYLINDERS;
}

static bool agrees(const struct mbr_chs *chs, uint32_t lba, uint16_t heads, uint16_t sectors)
{
	uint32_t track = (uint32_t)mbr_chs_cylinder(chs) * heads + chs->head;

	if (!speaks(chs))
		return true;
	return chs->head < heads && mbr_chs_sector(chs) <= sectors &&
	       track * sectors + mbr_chs_sector(chs) - 1 == lba;
}

/* Whether all partitions begin and end where they say, in this geometry. */
static bool all_agree(const struct mbr_partition *p, uint16_t heads, uint16_t sectors)
{
	for (unsigned i = 0; i < MBR_PARTITIONS; i++, p++)
		if (p->type && (!agrees(&p->first, p->start, heads, sectors) ||
				!agrees(&p->last, p->start + p->count - 1, heads, sectors)))
			return false;
	return true;
}

/* Whether a table names at least one end by cylinder. */
static bool table_speaks(const struct mbr_partition *p)
{
	bool any = false;

	for (unsigned i = 0; i < MBR_PARTITIONS; i++, p++)
		any |= p->type && (speaks(&p->first) || speaks(&p->last));
	return any;
}

static void by_partitions(const struct mbr_partition *p, uint64_t sectors, struct geometry *g)
{
	if (all_agree(p, g->heads, g->sectors))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (all_agree(p, usual[i].heads, usual[i].sectors)) {
			*g = geometry_of(sectors, usual[i].heads, usual[i].sectors);
			return;
		}
	}
	/* Partitions that fill whole cylinders end in the last sector of the
	 * last head. */
	for (unsigned i = 0; i < MBR_PARTITIONS; i++) {
		uint16_t heads = p[i].last.head + 1;
		uint8_t track = mbr_chs_sector(&p[i].last);

		if (p[i].type && speaks(&p[i].last) && heads <= LBA_HEADS &&
		    all_agree(p, heads, track)) {
			*g = geometry_of(sectors, heads, track);
			return;
		}
	}
}

const struct bpb *geometry_find_bpb(const void *sector0)
{
	const struct bpb *bpb = sector0;

	if (bpb->jump[0] != BPB_JUMP_SHORT && bpb->jump[0] != BPB_JUMP_NEAR)
		return NULL;
	if (bpb->sector_size != SECTOR_SIZE || bpb->media < BPB_MEDIA)
		return NULL;
	if (!bpb->heads || bpb->heads > LBA_HEADS || !bpb->track_sectors ||
	    bpb->track_sectors > LBA_SECTORS)
		return NULL;
	return bpb;
}

void geometry_by_sector0(const void *sector0, uint64_t sectors, struct geometry *geometry)
{
	const struct mbr_partition *table = mbr_table(sector0);
	const struct bpb *bpb = geometry_find_bpb(sector0);

	if (mbr_signature(sector0) != MBR_SIGNATURE_VALUE)
		return;
	if (table && table_speaks(table))
		by_partitions(table, sectors, geometry);
	else if (bpb)
		*geometry = geometry_of(sectors, bpb->heads, bpb->track_sectors);
}
