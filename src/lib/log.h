/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Messages: to the user, and to the debug log for whoever looks for the cause of
 * something. What shows them registers here.
 */
#ifndef PETREL_LIB_LOG_H
#define PETREL_LIB_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_ERROR = 1, /* something failed */
	LOG_INFO = 2,  /* what was found, what was chosen */
	LOG_DEBUG = 3, /* everything else worth knowing */
};

/* Takes text that ends its own lines with LF. */
typedef void log_sink(const char *s, size_t length);

/* The start of POST. `banner` is the line that is said before all others; `user` gets
 * what is said. */
void log_init(const char *banner, log_sink *user);

/* Sends the debug log to this sink, from here on. */
void log_set_debug_sink(log_sink *debug);

/* The highest level that is logged; 0: nothing. */
void log_set_level(unsigned level);

/* Bytes of memory that log_set_ring() wants. */
enum { LOG_RING_SIZE = 4096 };

/* Keeps the log's last part in this memory, from the first line on. What an earlier
 * run has left there stays in front of it. */
void log_set_ring(void *memory);

/* Writes one line to the log (LF is added), if its level is on. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says the banner, once. */
void say_banner(void);

/* Says something to the user, and logs it; the text ends its own lines. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
