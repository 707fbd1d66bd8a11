/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Operations on the real screen, with the real terminal behind it, for the program of
 * test_terminal.py and for fuzz_terminal: each takes its choices from a source of numbers.
 */
#ifndef PETREL_SCREEN_OPS_H
#define PETREL_SCREEN_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number below `limit`; 0 when there are no more. */
typedef unsigned choose(unsigned limit);

/* A new machine with one terminal, whose bytes go to `sink`. */
void screen_ops_begin(void (*sink)(const char *s, size_t length));

/* Forgets it. */
void screen_ops_end(void);

/* Does one thing or another. */
void screen_op(choose *choose);

/* Lets the device take output again, if it does not, and some ticks pass, so that the
 * terminal has all. */
void screen_ops_settle(void);

/* True if the screen is drawn from the terminal's first line on; otherwise it is lines. */
bool screen_ops_drawn(void);

#endif
