/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The error codes that functions inside Petrel return, all negative; zero or a
 * positive value is success. Services turn them into the codes that their own
 * callers know (INT 13h's status byte, say); drivers know only these.
 */
#ifndef PETREL_LIB_ERROR_H
#define PETREL_LIB_ERROR_H

enum {
	ERR_INVAL = -1,       /* malformed input, or an argument out of range */
	ERR_RANGE = -2,       /* an offset, index or length outside its object */
	ERR_NOMEM = -3,       /* no room left where it must go */
	ERR_NOENT = -4,       /* no such file, device or entry */
	ERR_IO = -5,          /* the device reported a failure */
	ERR_TIMEOUT = -6,     /* no answer before the deadline */
	ERR_UNSUPPORTED = -7, /* well formed, but not something we do */
	ERR_CHECKSUM = -8,    /* the bytes do not sum to zero */
	ERR_READONLY = -9,    /* a write to something that cannot be written */
	ERR_NOMEDIUM = -10,   /* the drive is empty */
};

#endif
