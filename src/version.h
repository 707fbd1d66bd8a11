/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Which Petrel this is.
 */
#ifndef PETREL_VERSION_H
#define PETREL_VERSION_H

/* "Petrel " and the version as scripts/version prints it: the banner, and what
 * strings(1) finds in the image. */
extern const char petrel_version[];

/* How long it is, and how long what is before the version itself. */
enum { PETREL_NAME_LENGTH = sizeof("Petrel ") - 1 };
extern const unsigned petrel_version_length;

/* The day of that release, or of the one before, as SMBIOS has it: MM/DD/YYYY. */
extern const char petrel_date[];

#endif
