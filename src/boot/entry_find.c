/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Finds a disk's entries: mounts what it has, and asks the reader of each kind of files in
 * the places where that kind is. The first kind that has any says what the default is.
 */
#include <stddef.h>
#include <string.h>

#include "boot/bls.h"
#include "boot/entry.h"
#include "boot/entry_text.h"
#include "boot/extlinux.h"
#include "boot/grub.h"
#include "boot/uki.h"
#include "boot/volume.h"
#include "lib/error.h"
#include "lib/util.h"

static bool can_start(const struct entry *entry)
{
	return !entry->is_efi_only && !entry->refused;
}

/* Adds entries behind those of a list; the first ones say what its default and timeout are. */
static void append(struct entry_list *list, struct entry *first, struct entry *chosen,
		   uint32_t timeout_ms)
{
	struct entry **slot = &list->first;

	if (!list->chosen) {
		list->chosen = chosen;
		list->timeout_ms = timeout_ms;
	}
	while (*slot)
		slot = &(*slot)->next;
	*slot = first;
}

/* The entry, or the first one behind it that can be started, or the first one at all. */
static struct entry *choose(struct entry *first, struct entry *wanted)
{
	for (struct entry *e = wanted; e; e = e->next)
		if (can_start(e))
			return e;
	for (struct entry *e = first; e; e = e->next)
		if (can_start(e))
			return e;
	return NULL;
}

/* --- what systemd-boot would show ------------------------------------------------------------ */

/* Whether it is there at all: it has a loader.conf, without which there are only entries that
 * another boot loader may be meant to show. */
static bool find_bls(struct volume *volumes, struct entry_list *list)
{
	struct bls_config config = {.timeout_ms = ENTRY_NO_TIMEOUT};
	struct bls_list found = {0};
	struct entry *wanted = NULL;
	bool configured = false;

	for (struct volume *v = volumes; v; v = v->next) {
		if (v->role == VOLUME_OTHER)
			continue;
		if (!configured)
			configured = bls_read_config(&v->fs, &config);
		uki_read_directory(&v->fs, "/EFI/Linux", &found);
		if (!v->has_grub)
			bls_read_directory(&v->fs, "/loader/entries", NULL, &found);
	}
	bls_distinguish(&found);
	if (config.wanted)
		wanted = bls_find(&found, config.wanted);
	append(list, found.first, choose(found.first, wanted ? wanted : found.first),
	       config.timeout_ms);
	return configured;
}

/* --- other directories of such entries ------------------------------------------------------ */

/* What GRUB keeps in its environment: a name, a title or a number. */
static struct entry *find_saved(const struct bls_list *list, const struct grub_variables *env)
{
	const char *wanted = grub_get(env, "next_entry");
	struct entry *e;
	uint32_t number;

	if (!wanted || !*wanted)
		wanted = grub_get(env, "saved_entry");
	if (!wanted)
		return NULL;
	for (e = list->first; e; e = e->next)
		if (!strcmp(e->id, wanted) || !strcmp(e->title, wanted))
			return e;
	if (text_number(wanted, &number))
		for (e = list->first; e && number; number--)
			e = e->next;
	return e;
}

/* A /boot partition, or the /boot of a root file system: GRUB's where its environment is. */
static void find_boot(struct volume *volumes, struct entry_list *list)
{
	static const char *const directories[] = {"/loader/entries", "/boot/loader/entries"};

	for (struct volume *v = volumes; v; v = v->next) {
		struct grub_variables env = {0};
		struct bls_list found = {.is_grub = !grubenv_find(&v->fs, &env)};
		struct entry *wanted;

		if (v->role != VOLUME_OTHER || v->has_grub)
			continue;
		for (unsigned i = 0; i < ARRAY_SIZE(directories); i++)
			bls_read_directory(&v->fs, directories[i], found.is_grub ? &env : NULL,
					   &found);
		if (!found.is_grub)
			bls_distinguish(&found);
		wanted = find_saved(&found, &env);
		append(list, found.first, choose(found.first, wanted ? wanted : found.first),
		       ENTRY_NO_TIMEOUT);
	}
}

/* The image that firmware for UEFI starts where nothing tells it another one. */
static void find_removable(struct volume *volumes, struct entry_list *list)
{
	struct bls_list found = {0};

	for (struct volume *v = volumes; v; v = v->next)
		if (v->role == VOLUME_ESP)
			uki_read_file(&v->fs, "/EFI/BOOT/BOOTX64.EFI", &found);
	append(list, found.first, choose(found.first, found.first), ENTRY_NO_TIMEOUT);
}

/* The text as it may be shown: files can hold anything. */
static const char *shown(const char *text)
{
	char *copy = text_copy(text, strlen(text));

	if (!copy)
		return "";
	text_clean(copy);
	return copy;
}

int entry_find(struct disk *disk, struct entry_list *list)
{
	struct entry_list grub = {.timeout_ms = ENTRY_NO_TIMEOUT};
	struct volume *volumes;
	int error;

	*list = (struct entry_list){.timeout_ms = ENTRY_NO_TIMEOUT};
	error = volume_mount_all(disk, &volumes);
	if (error)
		return error == ERR_NOMEDIUM ? ERR_NOENT : error;
	grub_find(volumes, &grub);
	grub.chosen = choose(grub.first, grub.chosen);
	if (find_bls(volumes, list) || !grub.first) {
		append(list, grub.first, grub.chosen, grub.timeout_ms);
	} else {
		append(&grub, list->first, list->chosen, list->timeout_ms);
		*list = grub;
	}
	if (!grub.first)
		find_boot(volumes, list);
	if (!list->first) {
		extlinux_find(volumes, list);
		list->chosen = choose(list->first, list->chosen);
	}
	if (!list->first)
		find_removable(volumes, list);
	for (struct entry *e = list->first; e; e = e->next) {
		e->title = shown(e->title);
		e->id = shown(e->id);
	}
	return list->first ? 0 : ERR_NOENT;
}
