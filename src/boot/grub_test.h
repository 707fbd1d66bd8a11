/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The conditions of GRUB's `test` and `[`.
 */
#ifndef PETREL_BOOT_GRUB_TEST_H
#define PETREL_BOOT_GRUB_TEST_H

#include <stdbool.h>

/* Whether there is a file (-e, -f), one that is not empty (-s), or a directory (-d) of this
 * name. */
typedef bool grub_file_test(const char *path, char kind, void *context);

/* Whether the expression holds; `words` has `count` of them. */
bool grub_test(char *const words[], unsigned count, grub_file_test *file, void *context);

#endif
