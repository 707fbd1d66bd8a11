/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Which Petrel this is.
 */
#ifndef PETREL_VERSION_H
#define PETREL_VERSION_H

/* "Petrel " and the version as scripts/version prints it: the banner, and what
 * strings(1) finds in the image. */
extern const char petrel_version[];

#endif
