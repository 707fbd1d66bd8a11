/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The debug log, for whoever looks for the cause of something.
 */
#ifndef PETREL_LOG_H
#define PETREL_LOG_H

#include <stddef.h>

enum log_level {
	LOG_ERROR = 1, /* something failed */
	LOG_INFO = 2,  /* what was found, what was chosen */
	LOG_DEBUG = 3, /* everything else worth knowing */
};

/* Reads the level from fw_cfg's opt/org.petrel/loglevel, a digit, which goes
 * before Kconfig's. */
void log_configure(void);

/* Writes one line ("\n" is added), if its level is on. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes text that ends its own lines, unless the level is 0. */
void log_text(const char *s, size_t length);

#endif
