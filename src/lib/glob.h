/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Patterns with `*`, `?` and `[...]`.
 */
#ifndef PETREL_LIB_GLOB_H
#define PETREL_LIB_GLOB_H

#include <stdbool.h>

/* Whether all of `text` is what the pattern says; source: POSIX.1-2017, Shell Command
 * Language, 2.13 "Pattern Matching Notation", without classes such as [:alpha:]. */
bool glob_match(const char *pattern, const char *text);

#endif
