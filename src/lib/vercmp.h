/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Which of two versions is the newer one, in the two ways that boot loaders have.
 */
#ifndef PETREL_LIB_VERCMP_H
#define PETREL_LIB_VERCMP_H

/* Less than, equal to or greater than 0 as `a` is older than, as old as or newer than `b`;
 * source: UAPI.10 "Version Format Specification", "Version Comparison". */
int vercmp_uapi(const char *a, const char *b);

/* The same as RPM does, and GRUB with the names of entries: what is neither letter, digit
 * nor '~' only separates. Source: RPM's manual, "Sorting". */
int vercmp_rpm(const char *a, const char *b);

#endif
