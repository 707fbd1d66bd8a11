/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The version, in a file of its own: make compiles it anew when the version is
 * another, and nothing else.
 */
#include "version.h"

const char petrel_version[] = "Petrel " PETREL_VERSION;
const unsigned petrel_version_length = sizeof(petrel_version) - 1;
const char petrel_date[] = "11/21/2026";
