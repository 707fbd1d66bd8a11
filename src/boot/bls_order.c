/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The order of entries. Those that have been tried too often come last, then the sort key
 * decides, the machine, the newest version, the name; GRUB looks at nothing but the names.
 * Names may count how often an entry is still to be tried and how often it was
 * ("linux+3-0.efi"): it is read, but not counted down, since nothing is ever written here.
 *
 * References: UAPI.1 "Boot Loader Specification", "Boot counting" and "Sorting"; systemd,
 * src/boot/boot.c, for what the specification leaves open; GRUB, grub-core/commands/blscfg.c.
 */
#include "boot/bls_order.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry_text.h"
#include "lib/log.h"
#include "lib/util.h"
#include "lib/vercmp.h"

enum { ENTRIES_MAX = 256 };

/* The digits before *end, which goes to where they begin; false if there are none. */
static bool take_number(const char *start, const char **end, uint32_t *number)
{
	const char *p = *end;
	uint32_t value = 0, unit = 1;

	for (; p > start && p[-1] >= '0' && p[-1] <= '9' && *end - p < 9; p--) {
		value += (p[-1] - '0') * unit;
		unit *= 10;
	}
	if (p == *end || p == start)
		return false;
	*end = p;
	*number = value;
	return true;
}

bool bls_set_name(struct bls_entry *entry, const char *file_name)
{
	const char *dot = file_name + strlen(file_name), *end;
	uint32_t left = 0, done = 0;

	while (dot > file_name && *dot != '.')
		dot--;
	end = dot;
	if (take_number(file_name, &end, &left)) {
		if (end[-1] == '-') {
			done = left;
			end--;
			if (!take_number(file_name, &end, &left))
				end = dot;
		}
		entry->is_counted = end < dot && end[-1] == '+';
	}
	entry->name = file_name;
	if (entry->is_counted) {
		char *stem = text_copy(file_name, end - 1 - file_name);

		entry->tries_left = left;
		entry->tries_done = done;
		entry->name = stem ? text_print("%s%s", stem, dot) : NULL;
	}
	entry->entry.id = entry->name;
	entry->sort_key = entry->machine_id = entry->version = "";
	return entry->name;
}

static struct bls_entry *of(const struct entry *entry)
{
	return container_of(entry, struct bls_entry, entry);
}

static bool is_bad(const struct bls_entry *entry)
{
	return entry->is_counted && !entry->tries_left;
}

/* Less than 0 if `a` comes before `b`. */
static int compare(const struct bls_entry *a, const struct bls_entry *b)
{
	int order = is_bad(a) - is_bad(b);

	if (!order)
		order = !*a->sort_key - !*b->sort_key;
	if (!order && *a->sort_key) {
		order = strcmp(a->sort_key, b->sort_key);
		if (!order)
			order = strcmp(a->machine_id, b->machine_id);
		if (!order)
			order = vercmp_uapi(b->version, a->version);
	}
	if (!order)
		order = vercmp_uapi(b->name, a->name);
	if (!order)
		order = strcmp(b->name, a->name);
	return order ? order : (int)(a->profile - b->profile);
}

static int compare_as_grub(const struct bls_entry *a, const struct bls_entry *b)
{
	int order = vercmp_rpm(b->name, a->name);

	return order ? order : strcmp(b->name, a->name);
}

void bls_insert(struct bls_list *list, struct bls_entry *entry)
{
	struct entry **slot = &list->first;

	if (list->count == ENTRIES_MAX) {
		text_note(entry->entry.fs, entry->entry.source, 0, "left out: too many entries");
		return;
	}
	while (*slot &&
	       (list->is_grub ? compare_as_grub(of(*slot), entry) : compare(of(*slot), entry)) <= 0)
		slot = &(*slot)->next;
	entry->entry.next = *slot;
	*slot = &entry->entry;
	list->count++;
}

static bool is_alone(const struct bls_list *list, const struct entry *entry, bool by_version)
{
	for (const struct entry *e = list->first; e; e = e->next)
		if (e != entry && !strcmp(e->title, entry->title) &&
		    (!by_version || !strcmp(of(e)->version, of(entry)->version)))
			return false;
	return true;
}

void bls_distinguish(struct bls_list *list)
{
	/* Decided for all before any is changed. */
	for (struct entry *e = list->first; e; e = e->next) {
		struct bls_entry *entry = of(e);

		entry->behind_title = is_alone(list, e, false)                   ? NULL :
				      *entry->version && is_alone(list, e, true) ? entry->version :
										   e->id;
	}
	for (struct entry *e = list->first; e; e = e->next) {
		const char *behind = of(e)->behind_title;
		const char *title = behind ? text_print("%s (%s)", e->title, behind) : NULL;

		if (title)
			e->title = title;
	}
}
