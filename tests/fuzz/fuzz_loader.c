/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The linker-loader on any script. An input is the sizes of four files in 16
 * bits each, then entries in a short form (struct packed), whose names are
 * numbers: of one of the files, or of a name that is wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_fw_cfg.h"
#include "fw/loader.h"
#include "lib/memory.h"

enum { FILES = 4, ENTRY_SIZE = 128, MAX_SCRIPT = 256 };

struct packed {
	uint8_t command, file, source, size;
	uint32_t a, b, c;
} __attribute__((packed));

/* The last one has no room for its NUL. */
static const char *const names[] = {
	"tables",
	"rsdp",
	"guid",
	"address",
	"missing",
	"",
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
};

static void put_name(uint8_t *to, uint8_t number)
{
	const char *name = names[number % (sizeof(names) / sizeof(names[0]))];
	size_t length = strlen(name);

	memcpy(to, name, length < FW_CFG_NAME_SIZE ? length : FW_CFG_NAME_SIZE);
}

static void unpack(uint8_t *e, const struct packed *p)
{
	bool pointer = p->command == 2 || p->command == 4;

	memset(e, 0, ENTRY_SIZE);
	e[0] = p->command;
	put_name(e + 4, p->file);
	if (pointer)
		put_name(e + 60, p->source);
	memcpy(e + (pointer ? 116 : 60), &p->a, 4);
	memcpy(e + (pointer ? 120 : 64), &p->b, 4);
	if (!pointer)
		memcpy(e + 68, &p->c, 4);
	if (p->command == 1)
		e[64] = p->size;
	else if (p->command == 2)
		e[120] = p->size;
	else if (p->command == 4)
		e[124] = p->size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t script[(MAX_SCRIPT + 1) * ENTRY_SIZE];
	static uint8_t rsdp_content[UINT16_MAX] = "RSD PTR ";
	uint16_t sizes[FILES];
	unsigned n = 0;
	uint8_t *rsdp;

	if (size < sizeof(sizes))
		return 0;
	memcpy(sizes, data, sizeof(sizes));
	data += sizeof(sizes);
	size -= sizeof(sizes);
	machine_reset();
	fake_fw_cfg_reset();
	for (unsigned i = 0; i < FILES; i++)
		fake_fw_cfg_add(names[i], i == 1 ? rsdp_content : NULL, sizes[i]);
	for (; size >= sizeof(struct packed) && n < MAX_SCRIPT; n++) {
		unpack(script + n * ENTRY_SIZE, (const struct packed *)data);
		data += sizeof(struct packed);
		size -= sizeof(struct packed);
	}
	/* What is left stands for the part of an entry. */
	fake_fw_cfg_add("etc/table-loader", script, n * ENTRY_SIZE + size % ENTRY_SIZE);
	rsdp = loader_run();
	if (rsdp && memory_is_callers(ptr_phys(rsdp), 20))
		abort();
	return 0;
}
