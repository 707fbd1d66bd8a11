/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Tables that software finds by address, byte by byte, as the IBM PS/2 and PC BIOS
 * Interface Technical Reference and RBIL have them. Included as source, because nothing
 * but their addresses leads to some of them.
 */
#include <string.h>

#include "unit.h"

#include "../../src/bios/tables.c"
#include "../../src/block/floppy.c"
#include "../../src/console/font.c"

static bool is(const void *table, size_t size, const char *hex)
{
	const uint8_t *bytes = table;
	bool same = strlen(hex) == 2 * size;

	for (size_t i = 0; same && i < size; i++) {
		char text[3];

		snprintf(text, sizeof(text), "%02x", bytes[i]);
		same = !memcmp(text, hex + 2 * i, 2);
	}
	return same;
}

static void fixed_tables(void)
{
	ok(is(fixed_disk_table, 16, "00000000000000000000000000000000"));
	ok(is(config_table, 10, "0800fc00006444000000"));
	ok(is(baud_table, 16, "170400038001c0006000300018000c00"));
	ok(is(vector_table, 48,
	      "a5fe87e953ff53ff53ff53ff57ef53ff65f04df841f859ec39e759f82ee8d2ef53fff2e66efe53ff53ff"
	      "a4f0c7ef53ff"));
	ok(is(bios_date, 9, "31312f32312f323600"));
	ok(is(model_byte, 2, "fc00"));
}

/* RBIL, MEM F000h:F0A4h and INT 1D: four sets for the 6845, page sizes, columns, modes. */
static void video(void)
{
	ok(is(&video_table, 88,
	      "38282d0a1f06191c0207060700000000"
	      "71505a0a1f06191c0207060700000000"
	      "38282d0a7f0664700201060700000000"
	      "6150520f19061919020d0b0c00000000"
	      "0008001000400040"
	      "2828505028285050"
	      "2c282d292a2e1e29"));
}

static void diskette_tables(void)
{
	static const struct {
		unsigned sectors, cylinders, heads, type, state;
		const char *table;
	} formats[] = {
		{320, 40, 1, 1, 0x93, "df022502082aff50f60f08"},
		{360, 40, 1, 1, 0x93, "df022502092aff50f60f08"},
		{640, 40, 2, 1, 0x93, "df022502082aff50f60f08"},
		{720, 40, 2, 1, 0x93, "df022502092aff50f60f08"},
		{1440, 80, 2, 3, 0x97, "df022502092aff50f60f08"},
		{2400, 80, 2, 2, 0x15, "df0225020f1bff54f60f08"},
		{2880, 80, 2, 4, 0x17, "df022502121bff6cf60f08"},
		{5760, 80, 2, 6, 0xd7, "df022502241bff50f60f08"},
	};
	unsigned known = 0;

	for (unsigned i = 0; i < 8; i++) {
		const struct floppy *f = floppy_by_size(formats[i].sectors);
		struct geometry g;

		ok(f && f->cylinders == formats[i].cylinders && f->heads == formats[i].heads &&
		   f->type == formats[i].type && f->state == formats[i].state);
		ok(is(f->table, 11, formats[i].table));
		g = floppy_geometry(f);
		ok(g.cylinders == f->cylinders && g.heads == f->heads &&
		   g.cylinders * g.heads * g.sectors == formats[i].sectors);
		/* a track may be missing, and a sector more be there */
		ok(!floppy_near(formats[i].sectors - 18) && floppy_near(formats[i].sectors - 17));
		ok(floppy_near(formats[i].sectors + 1) && !floppy_near(formats[i].sectors + 2));
	}
	for (unsigned sectors = 0; sectors < 10000; sectors++)
		known += floppy_by_size(sectors) != NULL;
	ok(known == 8 && !floppy_by_size((1ull << 32) + 2880) && !floppy_near((1ull << 32) + 2880));
	ok(floppy_by_tracks(80, 18)->sectors == 2880 && floppy_by_tracks(40, 9)->sectors == 720);
	ok(floppy_by_tracks(80, 36)->sectors == 5760 && floppy_by_tracks(40, 8)->sectors == 640);
	ok(!floppy_by_tracks(80, 17) && !floppy_by_tracks(41, 9) && !floppy_by_tracks(40, 18));
	ok(diskette_table.track_sectors == 18);
}

/* Shapes that are nobody's to compute: whoever draws one anew writes its sum here. */
static void font(void)
{
	uint32_t sum = 1;

	for (unsigned i = 0; i < sizeof(font_8x8); i++)
		sum = sum * 31 + font_8x8[i];
	ok(sizeof(font_8x8) == 1024);
	ok(sum == 0xa0467a45);
}

int main(void)
{
	fixed_tables();
	video();
	diskette_tables();
	font();
	return done();
}
